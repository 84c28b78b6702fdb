"""Exact entries inside object arrays: ``int``, ``Fraction`` and sympy expressions, never floats."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy
import sympy
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.exceptions import DMNonInvertibleMatrixError

from symsim.domains.polynomials import fraction
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput, Undefined


def exact(value: Any, where: str = "here") -> Any:
    """The exact form of a number: an ``int`` or ``Fraction`` if it is rational, a sympy expression otherwise.

    Raises ``BadInput`` for floats that are no integers, complex and infinite values and whatever is no number.

    >>> exact(sympy.Rational(6, 3)), exact(Fraction(1, 2)), exact(sympy.exp(1))
    (2, Fraction(1, 2), E)
    """
    if isinstance(value, sympy.Expr) and not isinstance(value, sympy.Rational | sympy.Float):
        if value.has(sympy.Float):
            raise BadInput(f"{value} {where} holds a float, and exact values are asked")
        if value.has(sympy.I, sympy.oo, sympy.zoo, sympy.nan, -sympy.oo):
            raise BadInput(f"{value} {where} is no real number")
        return value
    found = fraction(rational(value, where))
    return found.numerator if found.denominator == 1 else found


def is_rational(value: Any) -> bool:
    """Whether an exact entry is a known rational number."""
    return isinstance(value, int | Fraction | sympy.Rational)


def quotient(numerator: Any, denominator: Any) -> Any:
    """The exact quotient; ``Undefined`` for a denominator that is the number 0.

    >>> quotient(1, 3), quotient(sympy.exp(1), 2)
    (Fraction(1, 3), E/2)
    """
    if denominator == 0:
        raise Undefined(f"{numerator} / 0 does not exist")
    if isinstance(denominator, int):
        denominator = Fraction(denominator)
    return exact(numerator / denominator)


def sign(value: Any) -> int | None:
    """The sign of an exact entry, or None where it holds symbols or is not known.

    >>> sign(Fraction(-1, 2)), sign(sympy.exp(1) - 3), sign(sympy.Symbol("x"))
    (-1, -1, None)
    """
    if is_rational(value):
        return int(value > 0) - int(value < 0)
    if value.free_symbols:
        return None
    if value.is_positive:
        return 1
    return -1 if value.is_negative else None


def compare(left: Any, right: Any) -> int:
    """-1, 0 or 1 for the order of two entries; ``BadInput`` where it cannot be known from the entries alone."""
    found = 0 if left == right else sign(left - right)
    if found is None:
        raise BadInput(f"the order of {left} and {right} is not known: hard attention over arrays needs numbers")
    return found


def exp(value: Any) -> Any:
    """The exponential, as sympy writes it; the number 1 at 0."""
    return exact(sympy.exp(symbolic(value)))


def relu(value: Any) -> Any:
    """``max(0, x)``, or the opaque ``relu(x)`` where the sign of x is not known."""
    return _by_sign("relu", value, (0, 0, value))


def step(value: Any) -> Any:
    """1 for x >= 0 and 0 otherwise, or the opaque ``step(x)`` where the sign of x is not known."""
    return _by_sign("step", value, (0, 1, 1))


def absolute(value: Any) -> Any:
    """``|x|``, or the opaque ``abs(x)`` where the sign of x is not known."""
    return _by_sign("abs", value, (-value, 0, value))


def silu(value: Any) -> Any:
    """``x / (1 + exp(-x))``."""
    return quotient(value, 1 + exp(-value))


def opaque(function: str, value: Any) -> Any:
    """A function of which nothing is known but its name; ``log`` is sympy's."""
    if function == "log":
        found = sign(value)
        if found is not None and found <= 0:
            raise Undefined(f"log({value}) does not exist")
        return exact(sympy.log(symbolic(value)))
    return sympy.Function(function)(symbolic(value))


def _by_sign(function: str, value: Any, at: tuple[Any, Any, Any]) -> Any:
    found = sign(value)
    return opaque(function, value) if found is None else at[found + 1]


def symbolic(value: Any) -> Any:
    """The sympy form of an exact entry."""
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return sympy.Integer(value) if isinstance(value, int) else value


# -- whole arrays -------------------------------------------------------------------------------------------------
def each(function: Callable[[Any], Any], a: Any) -> Any:
    """A function at every entry of an object array."""
    return numpy.frompyfunc(function, 1, 1)(a)


def divide(a: Any, b: Any) -> Any:
    """The exact entrywise quotient of two object arrays that broadcast."""
    return numpy.frompyfunc(quotient, 2, 1)(a, b)


def maximal(a: Any, visible: Any) -> Any:
    """Which visible entries are the largest of their row, as booleans, by exact comparison."""
    shown = numpy.broadcast_to(True if visible is None else visible, a.shape)
    found = numpy.zeros(a.shape, dtype=bool)
    for row in numpy.ndindex(*a.shape[:-1]):
        top: list[int] = []
        for j in map(int, numpy.flatnonzero(shown[row])):
            order = compare(a[row][j], a[row][top[0]]) if top else 1
            top = [j] if order > 0 else [*top, j] if order == 0 else top
        found[row][top] = True
    return found


def inverse(a: Any) -> Any:
    """The exact inverse of each square matrix of an object array of shape (..., n, n)."""
    found = numpy.empty(a.shape, dtype=object)
    for place in numpy.ndindex(*a.shape[:-2]):
        matrix = DomainMatrix.from_Matrix(sympy.Matrix(*a.shape[-2:], [symbolic(value) for value in a[place].ravel()]))
        try:
            entries = [exact(value) for value in matrix.to_field().inv().to_Matrix()]
        except DMNonInvertibleMatrixError as error:
            raise Undefined(f"the inverse of this {a.shape[-2]} x {a.shape[-1]} matrix does not exist") from error
        found[place] = numpy.reshape(numpy.array(entries, dtype=object), a.shape[-2:])
    return found


def determinant(a: Any) -> Any:
    """The exact determinant of each square matrix of an object array of shape (..., n, n), as shape (..., 1, 1)."""
    found = numpy.empty((*a.shape[:-2], 1, 1), dtype=object)
    for place in numpy.ndindex(*a.shape[:-2]):
        matrix = DomainMatrix.from_Matrix(sympy.Matrix(*a.shape[-2:], [symbolic(value) for value in a[place].ravel()]))
        found[(*place, 0, 0)] = exact(matrix.domain.to_sympy(matrix.charpoly()[-1] * (-1) ** a.shape[-1]))
    return found


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": partial(each, exp),
    "reciprocal": partial(each, partial(quotient, 1)),
    "relu": partial(each, relu),
    "step": partial(each, step),
    "silu": partial(each, silu),
    "abs": partial(each, absolute),
}
"""The functions whose behaviour over exact entries is known, from object arrays to object arrays."""
