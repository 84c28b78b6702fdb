"""Methods for large sizes beside one forward pass of U over float64 arrays, in the same process.

Both are measured by one rule: processor time on one core, in turns, the least of some rounds after a first one that is
not counted. The method starts from the claim each time; nothing that it finds is kept for the next round.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import Case, Question
from benchmarks.floor import ROUNDS, _seconds
from symsim.domains.arrays import Arrays
from symsim.proof import check
from symsim.simulators import universal


@dataclass(frozen=True)
class Large:
    """A method at a size; ``bar`` is how many forward passes it may take at most, where that was promised."""

    method: str
    n: int
    d: int
    bar: float | None = None

    @property
    def title(self) -> str:
        """The size in words."""
        return f"{self.method}, n = {self.n}, d = {self.d}"


LARGE = [
    Large("modular", 64, 16),
    Large("modular", 256, 32),
    Large("modular", 1024, 64, bar=30),
    Large("modular", 4096, 64),
]


def _question(large: Large) -> Question:
    U, domain, rng = universal(large.n, large.d), Arrays(), np.random.default_rng(0)
    values = {name: rng.standard_normal(shape) / 8 for name, shape in U.inputs}
    inputs = {name: domain.given(value, *value.shape) for name, value in values.items()}

    def forward() -> object:
        return U.prepare(domain, inputs, {})(None)

    def ratio() -> str:
        """The least of some rounds of both, taken in turns after one round of each; the verdict and its bound."""
        reports: list[Any] = []

        def decided() -> None:
            reports.append(check(U.claim, method=large.method))

        both = [(_seconds(decided), _seconds(forward)) for _ in range(1 + ROUNDS)][1:]
        ours, passes = (min(times) for times in zip(*both, strict=True))
        return f"{ours:.6f} {passes:.6f} {reports[0].verdict} {reports[0].error_bound}"  # the same each time: one seed

    return ratio


def larges() -> list[Case]:
    """One case for each method and size."""
    return [Case("large sizes", large.title, partial(_question, large), "", large.n > 1024) for large in LARGE]
