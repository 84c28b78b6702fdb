"""Rigorous enclosures of constants of the exact field by Arb balls (python-flint), and their decimals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flint

from symsim.domains.field import Element, Value
from symsim.domains.group_ring import Num
from symsim.domains.nested import NestedField
from symsim.domains.norm_scale import of_ball
from symsim.domains.polynomials import Poly
from symsim.errors import BadInput, Undefined

OPAQUE: dict[str, Callable[[Any], Any]] = {"normscale": of_ball}
"""The functions that the field keeps opaque and that have one enclosure at all reals."""


def enclose(field: NestedField, value: Value, bits: int = 128) -> Any:
    """A ball that contains a constant of the field; a value with variables or opaque functions is a ``BadInput``.

    >>> F = NestedField()
    >>> enclose(F, F.exp(1)).overlaps(flint.arb(1).exp())
    True
    """
    with flint.ctx.workprec(bits):
        return _Balls(field).value(value)


def is_constant(field: NestedField, value: Value) -> bool:
    """Whether a value has no variables: then it is one real number, built from rationals by exp and arithmetic."""
    if type(value) is not Element:
        return True
    nums = [value.num, *(d.num for d, _ in value.den)]
    return all(_constant_poly(field, p) for num in nums for item in num.items() for p in item)


def _constant_poly(field: NestedField, poly: Poly) -> bool:
    for mono in poly.terms:
        for prime in field.factors(mono):
            name = field.names[prime]
            if not isinstance(name, tuple) or name[0] not in ("log", "atom", "opaque"):
                return False
            if name[0] == "opaque" and not _constant_opaque(field, name):
                return False
            if name[0] == "atom" and not is_constant(field, field.atoms[name[1]].value):
                return False
    return True


def _constant_opaque(field: NestedField, name: Any) -> bool:
    """Whether an opaque value is one real number: of a function with an enclosure, at constants."""
    return name[1] in OPAQUE and all(is_constant(field, value) for value in field.arguments[name])


def separate(field: NestedField, value: Value, most: int = 4096) -> int | None:
    """The sign of a constant by balls of growing precision: -1, 1, or None where 0 is not excluded at ``most`` bits."""
    bits = 64
    while bits <= most:
        ball = _ball(field, value, bits)
        if ball is not None and ball > 0:
            return 1
        if ball is not None and ball < 0:
            return -1
        bits *= 2
    return None


def _ball(field: NestedField, value: Value, bits: int) -> Any:
    """The enclosure at a precision, or None where a denominator cannot be told from 0 there: that is no zero yet."""
    try:
        return enclose(field, value, bits)
    except Undefined:
        return None


def decimal(field: NestedField, value: Value, digits: int = 16) -> str:
    """A constant in decimal, rounded to ``digits`` significant digits (the last one may be off by one unit)."""
    if type(value) is not Element and value == 0:
        return "0"
    bits = max(64, 4 * digits + 32)
    while bits < 1 << 16:
        ball = _ball(field, value, bits)
        if ball is not None and (ball.rel_accuracy_bits() > 4 * digits or ball.is_exact()):
            return _short(str(ball.str(digits, radius=False)))
        bits *= 2
    return str(enclose(field, value, bits).str(digits))


def _short(text: str) -> str:
    """A decimal whose exponent is not written out where that takes more than 30 digits."""
    mantissa, _, exponent = text.partition("e")
    if len(exponent) < 32:
        return text
    return f"{mantissa}e{exponent[0]}(a number of {len(exponent) - 1} digits)"


class _Balls:
    def __init__(self, field: NestedField) -> None:
        self.field = field

    def value(self, value: Value) -> Any:
        if type(value) is not Element:
            return flint.arb(value)
        out = self.num(value.num)
        for d, power in value.den:
            bottom = self.num(d.num)
            if bottom.contains(0):
                raise Undefined("a denominator cannot be told from 0 at this precision")
            out = out / bottom**power
        return out

    def num(self, num: Num) -> Any:
        total = flint.arb(0)
        for exponent, coefficient in num.items():
            total += self.poly(coefficient) * self.poly(exponent).exp()
        return total

    def poly(self, poly: Poly) -> Any:
        total = flint.arb(0)
        for mono, coeff in poly.terms.items():
            term = flint.arb(coeff)
            for prime in self.field.factors(mono):
                term *= self.variable(self.field.names[prime])
            total += term
        return total

    def variable(self, name: Any) -> Any:
        if isinstance(name, tuple) and name[0] == "log":
            return flint.arb(name[1]).log()
        if isinstance(name, tuple) and name[0] == "atom":
            return self.value(self.field.atoms[name[1]].value)
        if isinstance(name, tuple) and name[0] == "opaque" and name[1] in OPAQUE:
            return OPAQUE[name[1]](*map(self.value, self.field.arguments[name]))
        raise BadInput(f"'{name}' is a symbol: only constants have an enclosure")
