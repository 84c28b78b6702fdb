"""Values of the exact field with variables replaced: in numerators, denominators, exponents, opaque functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symsim.domains.field import Element, Value
from symsim.domains.group_ring import Exponent, Num
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import Number, Poly, constant
from symsim.domains.sympy_edge import integer_power
from symsim.errors import Undefined

Apply = Callable[[str, tuple[Value, ...]], Value]
"""The value of an opaque function at new arguments."""


class Substitution:
    """Replaces variables, given as primes, by values of the same field.

    ``apply`` gives an opaque function at new arguments; without it the function stays opaque. Raises ``Undefined``
    where a denominator becomes 0.

    >>> from symsim.domains.sympy_edge import to_sympy
    >>> F = NestedField()
    >>> x, y = F.symbol("x"), F.symbol("y")
    >>> (prime,) = F.variable("x").terms
    >>> to_sympy(F, Substitution(F, {prime: F.add(y, 1)}).value(F.exp(F.multiply(x, x))))
    exp(y**2 + 2*y + 1)
    """

    def __init__(self, field: NestedField, changes: Mapping[int, Value], apply: Apply | None = None) -> None:
        self.field = field
        self.changes: dict[int, Value] = dict(changes)
        self.apply = apply or self._opaque
        self._same: set[int] = set()
        """Variables that were looked at and stay."""
        self._exponentials: dict[Exponent, Value] = {}

    def value(self, value: Value) -> Value:
        """One value with the variables replaced."""
        if type(value) is not Element:
            return value
        out = self._num(value.num)
        for d, power in value.den:
            below = self._num(d.num)
            if type(below) is not Element and below == 0:
                raise Undefined("a denominator is 0 in this case")
            out = self.field.multiply(out, integer_power(self.field, self.field.invert(below), power))
        return self.field.reduce(out)

    def _num(self, num: Num) -> Value:
        total: Value = 0
        kept: Num = {}
        for exponent, poly in num.items():
            if self._stays(exponent) and self._stays(poly):
                kept[exponent] = poly
                continue
            part = self.field.multiply(self._poly(poly.terms), self._exponential(exponent))
            total = self.field.add(total, part)
        return self.field.add(total, self.field.element(kept))

    def _stays(self, poly: Poly) -> bool:
        return all(self._variable(q) is None for mono in poly.terms for q in self.field.factors(mono))

    def _variable(self, prime: int) -> Value | None:
        """What replaces a variable, or None where it stays."""
        if prime in self.changes:
            return self.changes[prime]
        if prime in self._same:
            return None
        name = self.field.names[prime]
        if isinstance(name, tuple) and name[0] == "atom":
            old: Value = self.field.atoms[name[1]].value
            new = self.value(old)
            changed = new is not old and not self.field.equal(new, old)
        elif isinstance(name, tuple) and name[0] == "opaque":
            arguments = self.field.arguments[name]
            values = tuple(map(self.value, arguments))
            changed = not all(map(self.field.equal, values, arguments))
            new = self.apply(name[1], values) if changed else None
        else:
            changed = False
        if not changed:
            self._same.add(prime)
            return None
        self.changes[prime] = new
        return new

    def _poly(self, terms: Mapping[int, Number]) -> Value:
        total: Value = 0
        for mono, coefficient in terms.items():
            part: Value = coefficient
            for prime in self.field.factors(mono):
                new = self._variable(prime)
                part = self.field.multiply(part, self._itself(prime) if new is None else new)
            total = self.field.add(total, part)
        return total

    def _itself(self, prime: int) -> Value:
        """A variable that stays; inside exponents an atom is its value."""
        name = self.field.names[prime]
        if isinstance(name, tuple) and name[0] == "atom":
            return self.field.atoms[name[1]].value
        return self.field.symbol(name)

    def _exponential(self, exponent: Exponent) -> Value:
        """``exp`` of an exponent with replaced variables; what multiplies log p becomes a power of p."""
        if self._stays(exponent):
            return self.field.element({exponent: constant(1)})
        if exponent not in self._exponentials:
            plain = dict(exponent.terms)
            out: Value = 1
            for prime, log in self.field.logs.items():
                powers = {mono // log: plain.pop(mono) for mono in exponent.terms if mono % log == 0}
                if powers:
                    out = self.field.multiply(out, self.field.power(prime, self._poly(powers)))
            self._exponentials[exponent] = self.field.multiply(out, self.field.exp(self._poly(plain)))
        return self._exponentials[exponent]

    def _opaque(self, function: str, arguments: tuple[Value, ...]) -> Any:
        return self.field.opaque(function, arguments)
