"""The floor: U over arrays of floats beside attention written by hand, in the same numpy and the same process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import Case, Question
from symsim.domains.arrays import Arrays
from symsim.simulators import universal

WIDTH = 64
ROUNDS = 5


@dataclass(frozen=True)
class Floor:
    """A number of tokens; ``bar`` is how many times as long as plain attention U may take, where that was promised."""

    n: int
    bar: float | None = None

    @property
    def title(self) -> str:
        """The size in words."""
        return f"n = {self.n}, d = {WIDTH}"


FLOORS = [Floor(512), Floor(1024), Floor(4096, bar=2)]


def attention(X: Any, A: Any, V: Any) -> Any:
    """``softmax(X A X^T) X V`` as one writes it by hand."""
    scores = (X @ A) @ X.T
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (weights / weights.sum(axis=-1, keepdims=True)) @ (X @ V)


def _seconds(run: Callable[[], Any]) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


def _question(n: int) -> Question:
    rng = np.random.default_rng(0)
    X, A, V = (rng.standard_normal(shape) / 8 for shape in ((n, WIDTH), (WIDTH, WIDTH), (WIDTH, WIDTH)))
    U, domain = universal(n, WIDTH), Arrays()
    inputs = {name: domain.given(value, *value.shape) for name, value in (("X", X), ("A", A), ("V", V))}

    def run() -> Any:
        return U.prepare(domain, inputs, {})(None)

    def ratio() -> str:
        """The best of some rounds of both, taken in turns; with it the largest difference of the two results."""
        error = float(np.abs(run() - attention(X, A, V)).max())
        both = [(_seconds(run), _seconds(partial(attention, X, A, V))) for _ in range(ROUNDS)]
        ours, theirs = (min(times) for times in zip(*both, strict=True))
        return f"{ours:.6f} {theirs:.6f} {error:.1e}"

    return ratio


def floors() -> list[Case]:
    """U at growing n and d = 64; the answer holds our seconds, those of plain attention, and the largest difference."""
    return [Case("U over float64", floor.title, partial(_question, floor.n), "", floor.n > 1024) for floor in FLOORS]
