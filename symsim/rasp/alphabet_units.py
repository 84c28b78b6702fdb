"""Functions on finitely many points as units: relu units of one linear form, shared by all functions of it.

A function of a few rational numbers with finitely many values is a function of one linear form t that tells the points
apart where the function does. On the values t_0 < t_1 < ... of the form it is piecewise linear, so it is its value at
t_0 plus a combination of relu(t - t_k): exact at every point.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MOST_POINTS = 20_000
"""Functions of at most so many points are written as units."""

SMALL = (1, -1, 2, -2, 3, -3)
"""Coefficients that are tried before the ones that tell all points apart."""

Point = tuple[Fraction, ...]


@dataclass(frozen=True)
class Bends:
    """``f_j = start_j + sum over k of change[k, j] * relu(t - knots[k])`` with ``t = sum of coefficients * x``."""

    coefficients: tuple[Fraction, ...]
    low: Fraction
    knots: tuple[Fraction, ...]
    start: dict[int, Fraction]
    change: dict[tuple[int, int], Fraction]


def bends(points: Sequence[Point], functions: Sequence[Sequence[int]], values: Sequence[dict[int, Fraction]]) -> Bends:
    """Units for functions on points.

    Parameters
    ----------
    points
        The arguments, all of one length.
    functions
        For each point what is wanted there, as a class a function.
    values
        The same as numbers: output column to value, zeros left out.

    >>> three = [(Fraction(1),), (Fraction(2),), (Fraction(3),)]
    >>> found = bends(three, [[0], [1], [0]], [{}, {0: Fraction(1)}, {}])
    >>> found.knots, found.change
    ((Fraction(1, 1), Fraction(2, 1)), {(0, 0): Fraction(1, 1), (1, 0): Fraction(-2, 1)})
    """
    scaled = [_whole(column) for column in zip(*points, strict=True)]
    columns = [column for column, _ in scaled]
    tried = [(_needed(columns, factors, functions), factors) for factors in _candidates(list(map(max, columns)))]
    best = min((found for found in tried if found[0] is not None), key=lambda found: found[0] or 0)
    coefficients = tuple(factor * scale for factor, (_, scale) in zip(best[1], scaled, strict=True))
    along: dict[Fraction, dict[int, Fraction]] = {}
    for point, wanted in zip(points, values, strict=True):
        along[sum((c * x for c, x in zip(coefficients, point, strict=True)), Fraction(0))] = wanted
    return _through(coefficients, along)


def _whole(column: Sequence[Fraction]) -> tuple[list[int], Fraction]:
    """A column as whole numbers from 0, as small as can be, and the factor from the one to the other."""
    bottom = math.lcm(*(x.denominator for x in column))
    whole = [int(x * bottom) for x in column]
    least = min(whole)
    step = math.gcd(*(x - least for x in whole)) or 1
    return [(x - least) // step for x in whole], Fraction(bottom, step)


def _candidates(ranges: Sequence[int]) -> list[tuple[int, ...]]:
    """Coefficients to try; with the ones at the end no two points have one value."""
    found: dict[tuple[int, ...], None] = {}
    if len(ranges) <= 2:
        found.update(dict.fromkeys((1, *rest) for rest in itertools.product(SMALL, repeat=len(ranges) - 1)))
    orders = list(itertools.permutations(range(len(ranges)))) if len(ranges) <= 4 else [tuple(range(len(ranges)))]
    for order in orders:
        radix, factors = 1, [1] * len(ranges)
        for column in order:
            factors[column] = radix
            radix *= ranges[column] + 1
        found[tuple(factors)] = None
    return list(found)


def _needed(columns: Sequence[Sequence[int]], tried: Sequence[int], functions: Sequence[Sequence[int]]) -> int | None:
    """How many units at most the coefficients lead to; None where they do not tell enough points apart."""
    along: dict[int, Sequence[int]] = {}
    for wanted, *point in zip(functions, *columns, strict=True):
        t = sum(factor * x for factor, x in zip(tried, point, strict=True))
        if along.setdefault(t, wanted) != wanted:
            return None
    row = [along[t] for t in sorted(along)]
    before = [row[0], *row]
    return sum(not (a == b == c) for a, b, c in zip(before, row, row[1:], strict=False))


def _through(coefficients: tuple[Fraction, ...], along: dict[Fraction, dict[int, Fraction]]) -> Bends:
    """The units of the piecewise linear functions with these values."""
    places = sorted(along)
    slope: dict[int, Fraction] = {}
    change: dict[int, dict[int, Fraction]] = {}
    for k, (here, there) in enumerate(itertools.pairwise(places)):
        ahead = {
            j: (along[there].get(j, 0) - along[here].get(j, 0)) / (there - here)
            for j in along[here].keys() | along[there].keys()
        }
        turned = {j: ahead.get(j, Fraction(0)) - slope.get(j, 0) for j in sorted(ahead.keys() | slope.keys())}
        change[k] = {j: v for j, v in turned.items() if v}
        slope = {j: v for j, v in ahead.items() if v}
    used = [k for k, found in change.items() if found]
    table: dict[tuple[int, int], Any] = {(n, j): v for n, k in enumerate(used) for j, v in change[k].items()}
    return Bends(coefficients, places[0], tuple(places[k] for k in used), along[places[0]], table)
