"""Arrays of rationals: integer numerators over one positive denominator, exact at any size.

Numerators are machine integers (int64) where a bound says beforehand that nothing overflows, and Python integers where
it does not. So numpy does the work almost always, and a result is never wrapped around.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy

FITS = 2**62
"""Machine integers hold numerators below this."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class RationalArray:
    """``numerators / denominator``, entry by entry; ``most`` is a bound on the absolute value of the numerators.

    >>> half = made(numpy.asarray([[1, 2]]), 4)
    >>> add(half, half).tolist()
    [[Fraction(1, 2), 1]]
    """

    numerators: Any
    denominator: int
    most: int

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes; the last two are rows and columns, what stands before them is a batch."""
        return tuple(self.numerators.shape)

    @property
    def mT(self) -> RationalArray:
        """Rows and columns changed over, in every matrix of the batch."""
        return self.like(self.numerators.mT)

    def like(self, numerators: Any) -> RationalArray:
        """Some of the same entries in another arrangement, perhaps with zeros between them."""
        return RationalArray(numerators, self.denominator, self.most)

    def value(self, index: tuple[int, ...]) -> Any:
        """One entry: an ``int`` where it is integral, else a ``Fraction``."""
        return plain(int(self.numerators[index]), self.denominator)

    def tolist(self) -> Any:
        """All entries as nested lists of ``int`` and ``Fraction``."""
        return _nested(self.numerators.tolist(), self.denominator)


def made(numerators: Any, denominator: int = 1) -> RationalArray:
    """The array with these numerators (an array of integers of any type), its bound measured."""
    if numerators.dtype == object:
        most = max((abs(int(v)) for v in numerators.flat), default=0)
        return RationalArray(numerators.astype(numpy.int64) if most < FITS else numerators, denominator, most)
    if numerators.dtype.kind == "u" and numerators.dtype.itemsize == 8:
        return made(numerators.astype(object), denominator)
    whole = numerators.astype(numpy.int64)
    if not whole.size:
        return RationalArray(whole, denominator, 0)
    most = max(int(whole.max()), -int(whole.min()))
    return RationalArray(whole if most < FITS else whole.astype(object), denominator, most)


def integers(table: Any) -> Any:
    """An array of integers from nested lists of them: machine integers if all of them fit."""
    found = numpy.asarray(table, dtype=object)
    fits = all(abs(int(v)) < FITS for v in found.flat)
    return found.astype(numpy.int64) if fits else found


def from_rationals(entries: Any) -> RationalArray:
    """The array of an object array of ``int`` and ``Fraction``, over their least common denominator."""
    denominator = math.lcm(1, *{int(v.denominator) for v in entries.flat})
    flat = [int(v.numerator) * (denominator // int(v.denominator)) for v in entries.flat]
    whole = numpy.empty(len(flat), dtype=object)
    whole[:] = flat
    return made(whole.reshape(entries.shape), denominator)


# -- arithmetic ---------------------------------------------------------------------------------------------------
def fitting(bound: Callable[..., int], *arrays: RationalArray) -> tuple[int, tuple[RationalArray, ...]]:
    """A bound on the numerators of a result, and its operands: with Python integers where the bound does not fit.

    ``bound`` reckons it from the operands; where it does not fit they are first brought to their lowest terms.
    """
    found = bound(*arrays)
    if found >= FITS:
        arrays = tuple(lowest(array) for array in arrays)
        found = bound(*arrays)
    if found >= FITS:
        arrays = tuple(replace(array, numerators=array.numerators.astype(object)) for array in arrays)
    return found, arrays


def _shared(*arrays: RationalArray) -> int:
    """The least common denominator."""
    return math.lcm(*(array.denominator for array in arrays))


def _raised(a: RationalArray, denominator: int) -> Any:
    """The numerators over a multiple of the denominator."""
    factor = denominator // a.denominator
    return a.numerators if factor == 1 else a.numerators * factor


def _highest(*arrays: RationalArray) -> int:
    """A bound on all numerators over the least common denominator, and on the factors that bring them there."""
    denominator = _shared(*arrays)
    return max(max(array.most, 1) * (denominator // array.denominator) for array in arrays)


def add(a: RationalArray, b: RationalArray) -> RationalArray:
    """The entrywise sum of two arrays that broadcast."""
    bound, (a, b) = fitting(lambda a, b: 2 * _highest(a, b), a, b)
    denominator = _shared(a, b)
    return RationalArray(_raised(a, denominator) + _raised(b, denominator), denominator, bound)


def scale(factor: Fraction | int, a: RationalArray) -> RationalArray:
    """A rational times every entry."""
    bound, (a,) = fitting(lambda a: max(a.most, 1) * max(abs(factor.numerator), 1), a)
    return RationalArray(a.numerators * factor.numerator, a.denominator * factor.denominator, bound)


def multiply(a: RationalArray, b: RationalArray) -> RationalArray:
    """The entrywise product of two arrays that broadcast."""
    bound, (a, b) = fitting(lambda a, b: max(a.most, 1) * max(b.most, 1), a, b)
    return RationalArray(a.numerators * b.numerators, a.denominator * b.denominator, bound)


def matmul(a: RationalArray, b: RationalArray) -> RationalArray:
    """The matrix product, for every pair of the batch."""
    bound, (a, b) = fitting(lambda a, b: max(a.most, 1) * max(b.most, 1) * max(a.shape[-1], 1), a, b)
    return RationalArray(numpy.matmul(a.numerators, b.numerators), a.denominator * b.denominator, bound)


def joined(parts: list[RationalArray], axis: int) -> RationalArray:
    """The arrays one behind the other along an axis, over one denominator."""
    bound, arrays = fitting(_highest, *parts)
    denominator = _shared(*arrays)
    pieces = [_raised(array, denominator) for array in arrays]
    return RationalArray(numpy.concatenate(pieces, axis=axis), denominator, bound)


def inverted(a: RationalArray) -> RationalArray:
    """``1 / x`` at every entry; none of them is 0.

    >>> inverted(made(numpy.asarray([2, -4]), 3)).tolist()
    [Fraction(3, 2), Fraction(-3, 4)]
    """
    values, places = numpy.unique(a.numerators, return_inverse=True)
    table = [Fraction(a.denominator, int(v)) for v in values]
    entries = numpy.empty(len(table), dtype=object)
    entries[:] = table
    each = from_rationals(entries)
    return each.like(each.numerators[places].reshape(a.numerators.shape))


def inverses(a: RationalArray) -> tuple[RationalArray, tuple[int, ...] | None]:
    """The inverse of every square matrix of the batch, and the place of the first that has none (then no inverses)."""
    from flint import fmpz_mat

    entries = numpy.empty(a.shape, dtype=object)
    for place in numpy.ndindex(*a.shape[:-2]):
        try:
            found = fmpz_mat(a.numerators[place].tolist()).inv()
        except ZeroDivisionError:
            return a, place
        for i, j in numpy.ndindex(*a.shape[-2:]):
            entries[(*place, i, j)] = a.denominator * Fraction(int(found[i, j].p), int(found[i, j].q))
    return from_rationals(entries), None


def determinants(a: RationalArray) -> RationalArray:
    """The determinant of every square matrix of the batch, as 1 x 1 matrices."""
    from flint import fmpz_mat

    entries = numpy.empty((*a.shape[:-2], 1, 1), dtype=object)
    for place in numpy.ndindex(*a.shape[:-2]):
        entries[(*place, 0, 0)] = int(fmpz_mat(a.numerators[place].tolist()).det())
    return made(entries, a.denominator ** a.shape[-1])


def lowest(a: RationalArray) -> RationalArray:
    """The same entries over the least denominator, with machine integers if they fit."""
    shared = a.denominator
    flat = a.numerators.reshape(-1)
    for start in range(0, flat.size, _CHUNK):
        if shared == 1:
            break
        shared = math.gcd(shared, int(numpy.gcd.reduce(flat[start : start + _CHUNK])))
    return made(a.numerators if shared == 1 else a.numerators // shared, a.denominator // shared)


# -- comparing ----------------------------------------------------------------------------------------------------
def differing(a: RationalArray, b: RationalArray) -> Any:
    """Where two arrays that broadcast differ, as booleans."""
    _, (a, b) = fitting(_highest, a, b)
    denominator = _shared(a, b)
    return numpy.asarray(_raised(a, denominator) != _raised(b, denominator), dtype=bool)


def maximal(a: RationalArray, visible: Any) -> Any:
    """Which visible entries are the largest of their row, as booleans; there is at least one column."""
    if visible is None:
        return numpy.asarray(a.numerators == a.numerators.max(axis=-1, keepdims=True), dtype=bool)
    lowest_of_all = int(a.numerators.min()) - 1 if a.numerators.size else 0
    shown = numpy.where(visible, a.numerators, lowest_of_all)
    return numpy.asarray(shown == shown.max(axis=-1, keepdims=True), dtype=bool) & visible


def shares(marks: Any) -> RationalArray:
    """Each mark of a row counts the same, and the marks of a row sum to 1; a row without a mark is 0."""
    counts = marks.sum(axis=-1, keepdims=True)
    denominator = math.lcm(1, *(int(n) for n in numpy.unique(counts) if n))
    share = integers([denominator // n if n else 0 for n in range(marks.shape[-1] + 1)])
    return RationalArray(numpy.where(marks, share[counts], 0), denominator, denominator)


def plain(numerator: int, denominator: int) -> Any:
    """A quotient as an ``int`` where it is integral, else as a ``Fraction``."""
    found = Fraction(numerator, denominator)
    return found.numerator if found.denominator == 1 else found


def _nested(entry: Any, denominator: int) -> Any:
    if isinstance(entry, list):
        return [_nested(part, denominator) for part in entry]
    return plain(int(entry), denominator)
