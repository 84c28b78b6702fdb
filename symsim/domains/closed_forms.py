"""Closed formulas in named numbers, such as an error bound: exact as sympy expressions, enclosed by Arb balls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from typing import Any

import flint
import sympy

from symsim.errors import BadInput, Inconclusive

BITS = 128
"""The precision at which a formula is enclosed unless another is asked."""

FUNCTIONS: dict[Any, Callable[[Any], Any]] = {
    sympy.exp: lambda x: x.exp(),
    sympy.log: lambda x: x.log(),
    sympy.sinh: lambda x: x.sinh(),
    sympy.cosh: lambda x: x.cosh(),
    sympy.tanh: lambda x: x.tanh(),
}
"""The functions that may occur, and what each is over balls."""


def ball(number: Fraction | int) -> Any:
    """The ball around a rational number, at the precision at hand."""
    value = Fraction(number)
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def enclosed(expression: Any, values: Mapping[str, Any] | None = None) -> Any:
    """A ball that contains the value of a closed formula, at the precision at hand.

    The formula is made of rationals, symbols with a value (a rational or a ball), sums, products, integer powers and
    the functions of ``FUNCTIONS``. Raises ``BadInput`` for anything else and ``Inconclusive`` for a value that is not
    seen to be finite.

    >>> enclosed(sympy.tanh(sympy.Symbol("u")), {"u": Fraction(0)})
    0
    """
    found = _walk(sympy.Integer(expression) if isinstance(expression, int) else expression, values or {})
    if not found.is_finite():
        raise Inconclusive(f"{expression} is not seen to be finite at {flint.ctx.prec} bits")
    return found


def _walk(node: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(node, sympy.Rational):
        return ball(Fraction(int(node.p), int(node.q)))
    if isinstance(node, sympy.Symbol):
        if node.name not in values:
            raise BadInput(f"the formula has no value for '{node.name}'")
        value = values[node.name]
        return value if isinstance(value, flint.arb) else ball(value)
    if node is sympy.E:
        return flint.arb(1).exp()
    if isinstance(node, sympy.Pow) and isinstance(node.exp, sympy.Integer):
        return _walk(node.base, values) ** int(node.exp)
    if isinstance(node, sympy.Add | sympy.Mul):
        parts = [_walk(part, values) for part in node.args]
        total = parts[0]
        for part in parts[1:]:
            total = total + part if isinstance(node, sympy.Add) else total * part
        return total
    rule = FUNCTIONS.get(getattr(node, "func", None))
    if rule is None:
        raise BadInput(f"{node} cannot be enclosed: a closed formula has rationals, symbols, + * and exp, tanh")
    return rule(_walk(node.args[0], values))


@dataclass(frozen=True)
class ClosedForm:
    """A formula with its numbers: ``expression`` in symbols, and the exact ``values`` of all or some of them.

    >>> u = sympy.Symbol("u")
    >>> print(ClosedForm(u**2 / 2, (("u", Fraction(1, 3)),)))
    u**2/2 with u = 1/3
    """

    expression: Any
    values: tuple[tuple[str, Fraction], ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.expression, sympy.Expr) or self.expression.has(sympy.Float):
            raise BadInput(f"a closed formula is a sympy expression without floats, got {self.expression!r}")
        plain = {symbol: sympy.Symbol(symbol.name) for symbol in self.expression.free_symbols}
        object.__setattr__(self, "expression", self.expression.xreplace(plain))
        object.__setattr__(self, "values", tuple(sorted(self.values)))

    @property
    def free(self) -> tuple[str, ...]:
        """The names of the symbols without a value, sorted."""
        known = dict(self.values)
        return tuple(sorted(s.name for s in self.expression.free_symbols if s.name not in known))

    def at(self, values: Mapping[str, Any]) -> ClosedForm:
        """The formula with more of its free symbols given numbers."""
        more = tuple((name, Fraction(value)) for name, value in sorted(values.items()) if name in self.free)
        return ClosedForm(self.expression, (*self.values, *more))

    def times(self, factor: Fraction) -> ClosedForm:
        """The formula times a rational number."""
        return ClosedForm(sympy.Rational(factor.numerator, factor.denominator) * self.expression, self.values)

    def ball(self, bits: int = BITS) -> Any:
        """A ball that contains the value."""
        with flint.ctx.workprec(bits):
            return enclosed(self.expression, dict(self.values))

    def decimal(self, digits: int = 6) -> str:
        """The value rounded *up* to a decimal of so many digits: a bound stays a bound."""
        return rounded_up(self.ball(), digits)

    def __str__(self) -> str:
        numbers = ", ".join(f"{name} = {value}" for name, value in self.values)
        return f"{self.expression}" + (f" with {numbers}" if numbers else "")


def upper(value: Any) -> Fraction:
    """The largest number in a ball, exactly; ``Inconclusive`` for an unbounded ball."""
    top = value.upper()
    if not top.is_finite():
        raise Inconclusive("a value has no finite bound at this precision")
    mantissa, exponent = top.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def rounded_up(value: Any, digits: int = 6) -> str:
    """A decimal of so many significant digits that is at least every number in a ball.

    >>> rounded_up(flint.arb(2) / 3, 3), rounded_up(flint.arb(0))
    ('0.667', '0')
    """
    top = upper(value)
    how = Context(prec=digits, rounding=ROUND_CEILING)
    found = how.divide(Decimal(top.numerator), Decimal(top.denominator)).normalize(how)
    return f"{found:f}" if -10 < found.adjusted() < 20 else f"{found:e}"
