"""How numbers enter ``rounded``: floats as they are, rationals with their error, weights that move columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy
import sympy

from symsim.domains import rounding
from symsim.domains.floats import place_name, real_array
from symsim.domains.polynomials import fraction
from symsim.domains.rounding import Enclosed, U, enclosed, point, up
from symsim.domains.sympy_edge import rational
from symsim.domains.weights import SparseWeight
from symsim.errors import BadInput

Entries = Mapping[tuple[int, int], Fraction]

LEAST, MOST = Fraction(1, 2**900), Fraction(2**900)
"""Weights between these are rounded with a relative error of at most U."""


def weight_of(shape: tuple[int, ...], entries: Entries) -> Any:
    """A weight: ``Moves`` where every column has at most one non-zero, else a matrix written out."""
    columns = [j for _, j in entries]
    if len(set(columns)) == len(columns) and all(LEAST < abs(v) < MOST for v in entries.values()):
        return Moves(shape, entries)
    return _written_out(shape, entries)


def _written_out(shape: Any, entries: Entries) -> Enclosed:
    found = point(numpy.zeros(shape))
    for place, value in entries.items():
        one = from_exact([[value]])
        found.centre[place], found.radius[place] = one.centre[0, 0], one.radius[0, 0]
    return found


class Moves:
    """A weight with at most one non-zero a column: it moves, scales and drops columns."""

    def __init__(self, shape: Any, entries: Entries) -> None:
        self.shape = shape
        self.dense = _written_out(shape, entries)
        self._by_size = [
            SparseWeight(shape, {k: change(float(v)) for k, v in entries.items()}, numpy, numpy.asarray, numpy.zeros)
            for change in (float, abs)
        ]
        self._exact = all(abs(v) == 1 for v in entries.values())

    def times(self, operand: Enclosed) -> Enclosed:
        """``operand @ weight``: one product an entry, exact where all factors are 1 or -1."""
        centre, radius = self._by_size[0].times(operand.centre), self._by_size[1].times(operand.radius)
        if self._exact:
            return Enclosed(centre, radius)
        return enclosed(centre, up(radius + 4.0 * U * (numpy.abs(centre) + radius)))


def is_floats(value: Any) -> bool:
    """Whether a value is an array of floats."""
    return hasattr(value, "dtype") and value.dtype.kind in "f"


def from_array(value: Any) -> Enclosed:
    """Floats as they are; ``BadInput`` for NaN and infinite entries."""
    return point(numpy.array(real_array(numpy, value, numpy.float64)))


def from_exact(value: Any) -> Enclosed:
    """Nearest floats, each with its error as the radius."""
    if isinstance(value, sympy.MatrixExpr) and not isinstance(value, sympy.MatrixBase):
        value = value.as_explicit()
    table = numpy.array(value.tolist() if hasattr(value, "tolist") else value, dtype=object)
    centre, radius = numpy.zeros(table.shape), numpy.zeros(table.shape)
    for place, entry in numpy.ndenumerate(table):
        if isinstance(entry, list | tuple):
            raise BadInput("the rows of a matrix have one length, and these have several")
        exact = Fraction(entry) if isinstance(entry, float) and math.isfinite(entry) else None
        exact = exact if exact is not None else fraction(rational(entry, f"at {place_name(place)}"))
        try:
            centre[place] = float(exact)
        except OverflowError:
            centre[place], radius[place] = 0.0, numpy.inf
            continue
        if Fraction(float(centre[place])) != exact:
            radius[place] = U * abs(centre[place]) + rounding.TINY
    return Enclosed(centre, radius)
