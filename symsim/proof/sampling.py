"""Seeded exact points of a claim, the corners of its inputs among them, and small sizes for claims about all sizes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from symsim.claims.claim import Claim
from symsim.claims.sides import prepare
from symsim.domains.arrays import Arrays
from symsim.errors import SymsimError

STEPS = 16
"""Entries are whole multiples of the bound over this number."""
PLAIN_BOUND = Fraction(2)
"""The bound on entries where a claim states none."""
SMALL_SIZES = ((1, 1), (2, 1), (2, 2), (3, 2))
"""Claims about all sizes are sampled with their first size and their other sizes at these."""
CLIMBED = 64
"""Corners are searched from one another for inputs of at most so many entries."""
ROUNDS = 12


def at_small_sizes(claim: Any) -> Iterator[Any]:
    """The claim itself at fixed sizes, else the claim at a few small ones."""
    if claim.fixed:
        yield claim
        return
    for first, others in SMALL_SIZES:
        names = claim.free_sizes
        yield claim.at({name: first if name == names[-1] else others for name in names})


def points(claim: Claim, count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """``count`` points with entries k B / 16 for random whole k, drawn from the seed alone; masks get 0 and 1."""
    generator = random.Random(seed)
    bound = getattr(claim, "bound", PLAIN_BOUND)
    for _ in range(count):
        point: dict[str, Any] = {}
        for name, (rows, cols) in claim.inputs:
            table = [[_drawn(generator, bound, name in claim.binary) for _ in range(cols)] for _ in range(rows)]
            for row in table if name in claim.binary and claim.nonempty_rows else []:
                row[generator.randrange(cols)] = Fraction(1)
            point[name] = table
        point.update({name: _drawn(generator, bound, False) for name in claim.scalars})
        yield point


def _drawn(generator: random.Random, bound: Fraction, binary: bool) -> Fraction:
    return Fraction(generator.randint(0, 1)) if binary else bound * Fraction(generator.randint(-STEPS, STEPS), STEPS)


def extreme(claim: Any, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Corners of the inputs of a claim that states a distance: all entries B or -B, the farthest that is found last.

    Floats look for it, by changing signs one at a time as long as the sides move apart; they only propose.
    """
    size = sum(rows * cols for _, (rows, cols) in claim.inputs)
    ones = np.ones(size)
    yield _point(claim, ones)
    if size > CLIMBED:
        return
    generator = np.random.default_rng(seed)
    best, found = ones, -1.0
    for start in (ones, *generator.choice([-1.0, 1.0], (3, size))):
        corner, value = _climb(claim, start)
        if value > found:
            best, found = corner, value
    yield _point(claim, best)


def _climb(claim: Any, corner: Any) -> tuple[Any, float]:
    value = -1.0
    for _ in range(ROUNDS):
        near = np.concatenate([corner[None, :], np.where(np.eye(len(corner), dtype=bool), -corner, corner)])
        values = _distances(claim, near)
        best = int(np.argmax(values))
        if not values[best] > value:
            break
        corner, value = near[best], float(values[best])
    return corner, value


def _distances(claim: Any, corners: Any) -> Any:
    """The largest distance of the sides at every corner, in floats."""
    domain, inputs, start = Arrays(), {}, 0
    for name, (rows, cols) in claim.inputs:
        part = corners[:, start : start + rows * cols] * float(claim.bound)
        inputs[name], start = part.reshape(-1, rows, cols), start + rows * cols
    try:
        left, right = (prepare(side, domain, inputs, {})(None) for side in (claim.left, claim.right))
    except SymsimError:
        return np.zeros(len(corners))
    found = np.abs(left - right).max(axis=(-2, -1))
    return np.where(np.isfinite(found), np.broadcast_to(found, (len(corners),)), 0.0)


def _point(claim: Any, signs: Any) -> dict[str, Any]:
    entries = itertools.chain(claim.bound if sign > 0 else -claim.bound for sign in signs)
    return {name: [[next(entries) for _ in range(cols)] for _ in range(rows)] for name, (rows, cols) in claim.inputs}
