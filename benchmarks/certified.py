"""Certified evaluation: U in Arb balls and in floats with a proved bound, beside the plain floats and beside sympy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import Case, Question
from benchmarks.peers import PROGRESS
from symsim.domains.arrays import Arrays
from symsim.domains.balls import Balls
from symsim.domains.rounded import Rounded
from symsim.simulators import universal

SIZES = ((4, 4), (16, 16), (64, 32), (256, 32))
SYMPY_SIZES = ((4, 4), (16, 16), (64, 32))
BITS = 128
DIGITS = 30
ROUNDS = 3


@dataclass(frozen=True)
class Enclosed:
    """Seconds of plain floats, floats with a bound, and balls; the largest radius of both enclosures."""

    plain: float
    rounded: float
    balls: float
    rounded_radius: float
    ball_radius: float

    @classmethod
    def read(cls, answer: str) -> Enclosed:
        """From the answer of the case."""
        return cls(*map(float, answer.split()))


def inputs(n: int, d: int) -> dict[str, Any]:
    """Dyadic rationals as floats, so that every number system gets the same exact numbers."""
    rng = np.random.default_rng(0)
    shapes = {"X": (n, d), "A": (d, d), "V": (d, d)}
    return {name: rng.integers(-64, 65, shape) / 256 for name, shape in shapes.items()}


def _run(n: int, d: int, domain: Any) -> Callable[[], Any]:
    U = universal(n, d)
    given = {name: domain.given(value, *value.shape) for name, value in inputs(n, d).items()}
    return lambda: U.prepare(domain, given, {})(None)


def _least(run: Callable[[], Any]) -> float:
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def _question(n: int, d: int) -> Question:
    plain, rounded, balls = (_run(n, d, domain) for domain in (Arrays(), Rounded(), Balls(BITS)))

    def ask() -> str:
        floats, enclosed, exact = plain(), rounded(), balls()
        middles = np.array([[float(x.mid()) for x in row] for row in exact])
        apart = np.abs(enclosed.centre - middles) > enclosed.radius
        if apart.any() or np.abs(floats - middles).max() > 1e-10:
            raise ArithmeticError("the number systems disagree")
        seconds = [_least(run) for run in (plain, rounded, balls)]
        radius = max(float(x.rad()) for x in exact.ravel())
        return " ".join([*(f"{s:.6f}" for s in seconds), f"{enclosed.radius.max():.1e}", f"{radius:.1e}"])

    return ask


def _sympy_question(n: int, d: int) -> Question:
    """The entries of U at the same numbers as exact sympy expressions; the question evaluates them to 30 digits."""
    domain = Arrays(dtype=object)
    tables = {name: [[Fraction(v) for v in row] for row in table.tolist()] for name, table in inputs(n, d).items()}
    given = {name: domain.given(table, len(table), d) for name, table in tables.items()}
    entries = universal(n, d).prepare(domain, given, {})(None).ravel()

    def evaluate() -> str:
        for number, entry in enumerate(entries, 1):
            entry.evalf(DIGITS)
            print(f"{PROGRESS}{number}/{len(entries)}", flush=True)
        return "evaluated"

    return evaluate


def certified() -> list[Case]:
    """U at growing sizes, enclosed; the answer holds what ``Enclosed.read`` reads."""
    return [Case("U enclosed", f"n = {n}, d = {d}", partial(_question, n, d), "") for n, d in SIZES]


def evaluated() -> list[Case]:
    """The peer: sympy evaluates the same entries to 30 digits, where it can."""
    return [Case("U by sympy evalf", f"n = {n}, d = {d}", partial(_sympy_question, n, d), "") for n, d in SYMPY_SIZES]
