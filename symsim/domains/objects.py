"""Exact entries inside object arrays: ``int``, ``Fraction`` and sympy expressions, never floats."""

from __future__ import annotations

from fractions import Fraction
from numbers import Integral
from typing import Any

import sympy

from symsim.errors import BadInput, Undefined


def exact(value: Any, where: str = "entry") -> Any:
    """The exact form of a number: an ``int`` or ``Fraction`` if it is rational, a sympy expression otherwise.

    Raises ``BadInput`` for floats, complex and infinite values, booleans of other libraries and everything else.

    >>> exact(sympy.Rational(6, 3)), exact(Fraction(1, 2)), exact(sympy.exp(1))
    (2, Fraction(1, 2), E)
    """
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Fraction):
        return value if value.denominator != 1 else value.numerator
    if isinstance(value, sympy.Rational):
        return int(value.p) if value.q == 1 else Fraction(int(value.p), int(value.q))
    if isinstance(value, float) or isinstance(value, sympy.Expr) and value.has(sympy.Float):
        raise BadInput(f"{where} is the float {value}, and exact values are asked: pass Fraction({value}) or a fraction")
    if isinstance(value, sympy.Expr):
        if value.has(sympy.I, sympy.oo, sympy.zoo, sympy.nan, -sympy.oo):
            raise BadInput(f"{where} is {value}, and real numbers are asked")
        return value
    raise BadInput(f"{where} is {value!r} of type {type(value).__name__}: pass an int, a Fraction or a sympy expression")


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
