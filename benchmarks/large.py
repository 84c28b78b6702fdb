"""Methods for large sizes beside one forward pass of U over float64 arrays, in the same process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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
        """The best of some rounds of the forward pass, the first run of the method, its verdict and bound."""
        forward()
        passes = min(_seconds(forward) for _ in range(ROUNDS))
        found = []
        seconds = _seconds(_noted(found, lambda: check(U.claim, method=large.method)))
        return f"{seconds:.6f} {passes:.6f} {found[0].verdict} {found[0].error_bound}"

    return ratio


def _noted(found: list, run: Callable[[], object]) -> Callable[[], None]:
    return lambda: found.append(run())


def larges() -> list[Case]:
    """One case for each method and size."""
    return [Case("large sizes", large.title, partial(_question, large), "", large.n > 1024) for large in LARGE]
