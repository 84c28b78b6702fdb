"""Both sides of a claim enclosed at one exact point: how far apart they are, and the witness where that is too far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import flint
import sympy

from symsim.claims.claim import Claim
from symsim.claims.report import Witness
from symsim.claims.sides import prepare
from symsim.domains.balls import Balls
from symsim.domains.rounded import Rounded
from symsim.errors import Inconclusive, SymsimError
from symsim.proof import witness as search

Point = Mapping[str, Any]
"""A table of rationals for every input, and a rational for every free scalar."""

PRECISIONS = (128, 512)
"""The precisions in bits at which Arb balls are tried, after floats."""

TINY = 2.0**-64
"""Sides of an equality that are seen to be this close are not looked at more closely."""

SMALL = 24
"""Up to so many input entries both sides are also evaluated exactly, for the witness."""


@dataclass(frozen=True)
class Gap:
    """How far two sides are apart at a point.

    ``largest`` is a ball around the largest distance of entries; ``place`` an entry that is further apart than allowed,
    with enclosures ``left`` and ``right`` there.
    """

    largest: Any
    place: tuple[int, int] | None = None
    left: Any = None
    right: Any = None

    def least_text(self) -> str:
        """A decimal below the distance at ``place``."""
        return str((self.left - self.right).abs_lower().str(4, radius=False))


def systems() -> tuple[Any, ...]:
    """The number systems that are tried in turn; they remember the weights that they have read."""
    return (Rounded(), *(Balls(bits) for bits in PRECISIONS))


def gap(claim: Claim, point: Point, tried: Sequence[Any], allowed: Any = None) -> Gap:
    """How far the two sides are apart at a point: first by floats with their rounding bound, then by Arb balls.

    ``tried`` is what :func:`systems` gives. ``allowed`` is a ball around the distance that the claim states; without it
    none is. The first number system that tells decides, and for an equality one that sees a difference below ``TINY``.
    Raises ``Inconclusive`` where none does for a stated distance, and ``Undefined`` where a side has no value.
    """
    found = None
    for known in tried:
        domain = known.having({name: point[name] for name in claim.scalars}) if claim.scalars else known
        try:
            found = _gap(claim, point, allowed, domain)
        except Inconclusive:
            continue
        if found.place is not None or found.largest <= (TINY if allowed is None else allowed):
            return found
    if found is None or allowed is not None:
        raise Inconclusive(f"{PRECISIONS[-1]} bits do not tell how far the sides are apart")
    return found


def _gap(claim: Claim, point: Point, allowed: Any, domain: Any) -> Gap:
    left, right = values(claim, point, domain)
    largest = domain.distance(left, right)
    place = domain.first_difference(left, right) if allowed is None else domain.farthest(left, right)
    if place is None:
        return Gap(largest)
    ours, theirs = domain.ball(left, place), domain.ball(right, place)
    if allowed is not None:
        with flint.ctx.workprec(PRECISIONS[-1]):
            if not abs(ours - theirs) > allowed:
                return Gap(largest)
    return Gap(largest, place, ours, theirs)


def values(claim: Claim, point: Point, domain: Any) -> tuple[Any, Any]:
    """Both sides over a number system of enclosures."""
    inputs = {name: domain.given(point[name], *shape) for name, shape in claim.inputs}
    scalars = {name: point[name] for name in claim.scalars}
    left = prepare(claim.left, domain, inputs, scalars)(None)
    return left, prepare(claim.right, domain, inputs, scalars)(None)


def witness(claim: Claim, point: Point, gap: Gap) -> Witness:
    """The witness that a point is: exact values of both sides where they are small, else their middles."""
    place = gap.place or (0, 0)
    texts = tuple(_text(value) for value in (gap.left, gap.right))
    tables = {name: [[Fraction(v) for v in row] for row in _rows(point[name])] for name, _ in claim.inputs}
    if sum(rows * cols for _, (rows, cols) in claim.inputs) <= SMALL:
        try:
            found = search.confirmed(claim, tables, {name: Fraction(point[name]) for name in claim.scalars})
        except SymsimError:
            found = None
        if found is not None:
            return replace(found, place=place, left_value=texts[0], right_value=texts[1])
    given = {name: sympy.Matrix([[_rational(v) for v in row] for row in table]) for name, table in tables.items()}
    given.update({name: _rational(Fraction(point[name])) for name in claim.scalars})
    domain = Balls(PRECISIONS[0], constants={name: point[name] for name in claim.scalars})
    left, right = (_middles(domain.dense(side)) for side in values(claim, point, domain))
    return Witness(given, {}, left, right, texts[0], texts[1], place)


def _rows(table: Any) -> Any:
    return table.tolist() if hasattr(table, "tolist") else table


def _rational(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)


def _middles(matrix: Any) -> Any:
    """Decimals near the values, for a reader."""
    return sympy.Matrix(*matrix.shape, [sympy.Float(entry.mid().str(15, radius=False), 15) for entry in matrix.ravel()])


def _text(value: Any) -> str:
    """A ball in decimals, with its radius."""
    return str(value.str(12))
