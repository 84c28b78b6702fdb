"""Float64 arithmetic with proved error bounds: arrays of centres and radii, and the few operations all else is made of.

Assumed of the machine, and nothing else: ``+ - * /`` and ``ldexp`` of numpy on float64 round to nearest as IEEE 754
says, with gradual underflow; ``rint``, ``abs`` and comparisons are exact; sums and matrix products add their terms in
some order, with or without fused multiply-add (so no Strassen). The exponential is our own, made of these operations,
because no bound is promised for that of a math library. The bounds are derived in the page "Enclosures".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

U = 2.0**-53
"""The unit roundoff: an operation has relative error at most this."""
TINY = 2.0**-1000
"""More than all underflow in one operation on matrices."""
SMALLEST = 2.0**-1022
"""More than one underflow; added where a product that may underflow is multiplied further."""
LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")
"""The first 32 bits of log 2: a product with an integer below 2^20 is exact."""
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
"""The rest of log 2, rounded to nearest."""
EXP_ERROR = 2.0**-46
"""The relative error of :func:`exponential` where it neither overflows nor underflows; 60.4 U is proved."""
_FACTORIALS = [1.0]
for _k in range(1, 15):
    _FACTORIALS.append(_FACTORIALS[-1] * _k)  # exact: 14! < 2^53


@dataclass(frozen=True)
class Enclosed:
    """All matrices whose entries differ from ``centre`` by at most ``radius``; both are float64 arrays of one shape."""

    centre: Any
    radius: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""
        return tuple(self.centre.shape)

    @property
    def mT(self) -> Enclosed:
        """The transpose."""
        return Enclosed(self.centre.T, self.radius.T)


def enclosed(centre: Any, radius: Any) -> Enclosed:
    """A matrix from computed centres and radii: where either is not a number, nothing is known."""
    lost = ~numpy.isfinite(centre) | numpy.isnan(radius)
    return Enclosed(numpy.where(lost, 0.0, centre), numpy.where(lost, numpy.inf, radius))


def point(centre: Any) -> Enclosed:
    """A matrix of exact floats."""
    return Enclosed(centre, numpy.zeros(centre.shape))


def up(radius: Any, steps: int = 0) -> Any:
    """A bound on the exact value of a sum of products of non-negative floats that was computed in floats.

    ``steps`` is the number of summands; up to 16 further operations are allowed for.
    """
    return radius * (1.0 + (steps + 24) * 4.0 * U) + TINY


def add(a: Enclosed, b: Enclosed) -> Enclosed:
    """The sum; its rounding error is computed without one (Knuth's TwoSum), so exact sums stay exact."""
    centre = a.centre + b.centre
    part = centre - a.centre
    error = numpy.abs((a.centre - (centre - part)) + (b.centre - part))
    spread = a.radius + b.radius + error
    return enclosed(centre, numpy.where(spread == 0, 0.0, up(spread)))


def multiply(a: Enclosed, b: Enclosed) -> Enclosed:
    """The entrywise product."""
    centre = a.centre * b.centre
    spread = a.radius * (numpy.abs(b.centre) + b.radius) + numpy.abs(a.centre) * b.radius
    return enclosed(centre, up(spread + U * numpy.abs(centre)))


def matmul(a: Enclosed, b: Enclosed) -> Enclosed:
    """The matrix product: k summands in any order err by at most 2 k U times the product of absolute values.

    Rows of ``b`` that are exactly 0 are left out first, its columns that are give exactly 0, and so do such rows of
    ``a``. On a grid nothing is rounded at all: see ``_exactly``.
    """
    used = _nonzero(b, 1)
    if not numpy.all(used):
        a, b = Enclosed(a.centre[:, used], a.radius[:, used]), Enclosed(b.centre[used], b.radius[used])
    inner = a.shape[-1]
    if _exactly(a, b):
        return point(a.centre @ b.centre)
    size = numpy.abs(b.centre)
    spread = numpy.abs(a.centre) @ (b.radius + 2.0 * (inner + 2) * U * size + SMALLEST)
    if numpy.any(a.radius):
        spread = spread + a.radius @ (size + b.radius)
    some = _nonzero(a, 1)[:, None] & _nonzero(b, 0)[None, :]
    return enclosed(a.centre @ b.centre, numpy.where(some, up(spread, inner), 0.0))


def _nonzero(a: Enclosed, axis: int) -> Any:
    """Which rows (axis 1) or columns (axis 0) are not exactly 0 throughout."""
    return numpy.any((a.centre != 0) | (a.radius != 0), axis=axis)


def _exactly(a: Enclosed, b: Enclosed) -> bool:
    """Whether all products and all their sums are multiples of 2^-32 below 2^21, and so exact floats."""
    for side in (a, b):
        if numpy.any(side.radius) or not numpy.all(numpy.rint(side.centre * 2.0**16) == side.centre * 2.0**16):
            return False
    largest = [float(numpy.max(numpy.abs(side.centre), initial=0.0)) for side in (a, b)]
    return largest[0] * largest[1] * max(a.shape[-1], 1) < 2.0**20


def total(a: Enclosed) -> Enclosed:
    """The sums of the rows, as a column."""
    count = a.shape[-1]
    centre = numpy.sum(a.centre, axis=-1, keepdims=True)
    slack = 2.0 * (count + 2) * U * numpy.sum(numpy.abs(a.centre), axis=-1, keepdims=True)
    return enclosed(centre, up(numpy.sum(a.radius, axis=-1, keepdims=True) + slack, count))


def divide(a: Enclosed, b: Enclosed) -> Enclosed:
    """The entrywise quotient; nothing is known where a denominator may be 0."""
    centre = a.centre / b.centre
    size = numpy.abs(centre) + SMALLEST
    least = numpy.abs(b.centre) - b.radius
    spread = (a.radius + size * b.radius + SMALLEST) / least + 2.0 * U * size
    return enclosed(numpy.where(least > 0, centre, numpy.nan), up(spread))


def exponential(x: Any) -> Any:
    """e^x for an array of floats, with relative error at most ``EXP_ERROR`` and absolute error at most ``TINY``.

    ``x = k log 2 + r`` with an integer k and ``|r| < 0.3466``; then a Taylor polynomial of degree 14 in r.

    >>> exponential(numpy.array([0.0, -1e9, 1e9])).tolist()
    [1.0, 0.0, inf]
    """
    near = numpy.clip(x, -800.0, 800.0)
    k = numpy.rint(near * (1.0 / (LN2_HIGH + LN2_LOW)))
    r = (near - k * LN2_HIGH) - k * LN2_LOW
    found = numpy.full(r.shape, 1.0 / _FACTORIALS[-1])
    for factorial in reversed(_FACTORIALS[:-1]):
        found = found * r + 1.0 / factorial
    return numpy.ldexp(found, k.astype(numpy.int64))


def exp(a: Enclosed) -> Enclosed:
    """The exponential of every entry: ``|e^(c + t) - e^c| <= e^c (e^|t| - 1)``, and ``e^t - 1 <= t + t^2`` up to 1."""
    centre = exponential(a.centre)
    small = a.radius + a.radius * a.radius
    growth = numpy.where(a.radius <= 1.0, small, exponential(a.radius) * (1.0 + 2.0 * EXP_ERROR))
    spread = (centre + SMALLEST) * (EXP_ERROR + (1.0 + 2.0 * EXP_ERROR) * growth)
    return enclosed(centre, up(spread))
