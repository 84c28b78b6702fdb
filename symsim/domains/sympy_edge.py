"""The edge to sympy: values of the exact field from sympy expressions, Python numbers and decimals, and back."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import sympy
from flint import fmpq

from symsim.domains.field import Element, Value
from symsim.domains.group_ring import Num
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import Number, Poly, Terms, fraction, number
from symsim.errors import BadInput


def rational(value: Any, where: str = "here") -> Number:
    """The exact rational that a Python or sympy number is.

    Floats are refused: ``BadInput`` says so and offers the exact dyadic value and ``--rationalize``.

    >>> rational(Fraction(1, 10)), rational(3)
    (1/10, 3)
    """
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, Fraction, fmpq)):
        return number(value)
    if isinstance(value, sympy.Rational):
        return number(Fraction(int(value.p), int(value.q)))
    if isinstance(value, (float, sympy.Float)) or type(value).__module__ == "numpy":
        return _from_machine_number(value, where)
    raise BadInput(f"'{value}' {where} is no rational number; pass int, Fraction or sympy.Rational")


def _from_machine_number(value: Any, where: str) -> Number:
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, int):
        return plain
    as_float = float(plain)
    if not math.isfinite(as_float):
        raise BadInput(f"{as_float} {where} is no number: every entry has to be finite")
    if as_float.is_integer():
        return int(as_float)
    raise BadInput(
        f"the float {as_float!r} {where} is not exact: pass Fraction('{as_float!r}') for the decimal, "
        f"Fraction({as_float!r}) for the machine's own value, or use --rationalize"
    )


def from_sympy(field: NestedField, expr: Any) -> Value:
    """The value of a sympy expression: numbers, symbols, ``+``, ``*``, integer powers, ``exp``, and rational bases.

    Symbols are told apart by name; two symbols of one name and different assumptions are a ``BadInput``.

    >>> F = NestedField()
    >>> x = sympy.Symbol("x")
    >>> c = sympy.Rational("2.73")
    >>> F.equal(from_sympy(F, c ** (x + 1)), from_sympy(F, c * c**x))
    True
    """
    if isinstance(expr, Element) or not isinstance(expr, sympy.Basic):
        return expr if isinstance(expr, Element) else rational(expr)
    if isinstance(expr, sympy.Symbol):
        return symbol(field, expr)
    if expr.is_Rational or isinstance(expr, sympy.Float):
        return rational(expr)
    if expr is sympy.E:
        return field.exp(1)
    if isinstance(expr, sympy.Add):
        total: Value = 0
        for arg in expr.args:
            total = field.add(total, from_sympy(field, arg))
        return total
    if isinstance(expr, sympy.Mul):
        out: Value = 1
        for arg in expr.args:
            out = field.multiply(out, from_sympy(field, arg))
        return out
    if isinstance(expr, sympy.exp):
        return _exponential(field, expr.args[0])
    if isinstance(expr, sympy.Pow):
        return _power(field, expr)
    if expr is sympy.nan or expr in (sympy.oo, -sympy.oo, sympy.zoo):
        raise BadInput(f"{expr} is no number: every entry has to be finite")
    raise BadInput(f"'{expr}' is not exp-rational: allowed are rationals, symbols, + - * /, integer powers and exp")


def _exponential(field: NestedField, argument: Any) -> Value:
    """``exp`` of an argument that may hold rational multiples of logarithms, as sympy writes ``2**x`` at times."""
    out: Value = 1
    rest: Value = 0
    for term in sympy.Add.make_args(argument):
        logs = [f for f in sympy.Mul.make_args(term) if isinstance(f, sympy.log) and f.args[0].is_Rational]
        if len(logs) == 1 and logs[0].args[0] > 0:
            factor = sympy.Mul(*(f for f in sympy.Mul.make_args(term) if f is not logs[0]))
            out = field.multiply(out, field.power(rational(logs[0].args[0]), from_sympy(field, factor)))
        else:
            rest = field.add(rest, from_sympy(field, term))
    return field.multiply(out, field.exp(rest))


def symbol(field: NestedField, given: Any) -> Element:
    """The variable of a sympy symbol."""
    known = field.symbols.setdefault(given.name, given)
    if known != given:
        raise BadInput(f"two different symbols are called '{given.name}' (their assumptions differ): rename one")
    return field.symbol(given.name)


def _power(field: NestedField, expr: Any) -> Value:
    base, exponent = expr.args
    if exponent.is_Integer:
        value = from_sympy(field, base)
        if exponent < 0:
            value = field.invert(value)
        return integer_power(field, value, abs(int(exponent)))
    if base is sympy.E:
        return field.exp(from_sympy(field, exponent))
    if base.is_Rational and base > 0:
        return field.power(rational(base), from_sympy(field, exponent))
    raise BadInput(f"'{expr}' is not exp-rational: a power needs an integer exponent or a positive rational base")


def integer_power(field: NestedField, value: Value, exponent: int) -> Value:
    """``value ** exponent`` for an exponent >= 0."""
    out: Value = 1
    for _ in range(exponent):
        out = field.multiply(out, value)
    return out


def to_sympy(field: NestedField, value: Value) -> Any:
    """The sympy expression of a value.

    >>> F = NestedField()
    >>> to_sympy(F, F.multiply(F.exp(F.symbol("x")), 2))
    2*exp(x)
    """
    if type(value) is not Element:
        exact = fraction(value)
        return sympy.Rational(exact.numerator, exact.denominator)
    bottom = [sympy.Pow(_num(field, d.num), power) for d, power in value.den]
    return _num(field, value.num) / sympy.Mul(*bottom)


def _num(field: NestedField, num: Num) -> Any:
    parts = []
    for exponent in sorted(num, key=lambda e: e.value):
        parts.append(_poly(field, num[exponent].terms) * _exp_of(field, exponent.terms))
    return sympy.Add(*parts)


def _exp_of(field: NestedField, terms: Terms) -> Any:
    """The exponential of a polynomial; what multiplies log p becomes a power of p."""
    plain = dict(terms)
    out = sympy.Integer(1)
    for prime, log in sorted(field.logs.items()):
        powers = {mono // log: plain.pop(mono) for mono in terms if mono % log == 0}
        out *= sympy.Pow(prime, _poly(field, powers))
    return out * sympy.exp(_poly(field, plain))


def _poly(field: NestedField, terms: Terms) -> Any:
    out = []
    for mono in sorted(terms):
        factors = [_variable(field, field.names[q]) for q in field.factors(mono)]
        out.append(sympy.Mul(to_sympy(field, terms[mono]), *factors))
    return sympy.Add(*out)


def _variable(field: NestedField, name: Any) -> Any:
    if isinstance(name, tuple) and name[0] == "atom":
        return to_sympy(field, field.atoms[name[1]].value)
    if isinstance(name, tuple):
        return sympy.Symbol(field.describe(name))
    return field.symbols.get(name, sympy.Symbol(str(name)))


def poly_text(field: NestedField, poly: Poly) -> str:
    """A polynomial for people."""
    return str(_poly(field, poly.terms))
