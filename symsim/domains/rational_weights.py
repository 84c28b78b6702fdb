"""Weights of rationals that know their structure: integers over one denominator, the same at every input."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy
import sympy

from symsim.domains.floats import place_name
from symsim.domains.polynomials import fraction
from symsim.domains.rational_arrays import RationalArray, fitting, integers
from symsim.domains.sympy_edge import rational
from symsim.domains.weights import SparseWeight


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """A weight over one denominator, with its structure; the same at every input."""

    numerators: SparseWeight
    denominator: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return self.numerators.shape

    @property
    def mT(self) -> Weight:
        """The transpose."""
        return Weight(self.numerators.transposed, self.denominator)

    def load(self) -> int:
        """The largest sum of absolute numerators of a column, at least 1."""
        sums: dict[int, int] = {}
        for (_, j), value in self.numerators.entries.items():
            sums[j] = sums.get(j, 0) + abs(value)
        return max(sums.values(), default=1)


def weight_of(weight: Any) -> Weight:
    """A weight by its non-zero entries; ``BadInput`` where one is no rational number."""
    if isinstance(weight, sympy.MatrixExpr) and not isinstance(weight, sympy.MatrixBase):
        weight = weight.as_explicit()
    found = {place: fraction(rational(v, f"at {place_name(place)} of a weight")) for place, v in weight.todok().items()}
    denominator = math.lcm(1, *(value.denominator for value in found.values()))
    entries = {(int(i), int(j)): int(value * denominator) for (i, j), value in found.items()}
    return integral(weight.shape, entries, denominator)


def integral(shape: tuple[int, int], entries: dict[tuple[int, int], int], denominator: int = 1) -> Weight:
    """The weight with these numerators, and zeros elsewhere."""
    sparse = SparseWeight(shape, entries, numpy, integers, lambda axes: numpy.zeros(axes, dtype=numpy.int64))
    return Weight(sparse, denominator)


def times(a: RationalArray, weight: Weight) -> RationalArray:
    """The product with a weight on the right."""
    load = weight.load()
    bound, (a,) = fitting(lambda a: max(a.most, 1) * load, a)
    return RationalArray(weight.numerators.times(a.numerators), a.denominator * weight.denominator, bound)
