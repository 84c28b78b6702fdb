"""Arithmetic where a symbol is involved: in the exact field, with the conditions under which the results exist."""

from __future__ import annotations

from math import comb
from typing import Any

from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.domains.sympy_edge import integer_power, to_sympy
from symsim.errors import Undefined
from symsim.rasp import arithmetic
from symsim.rasp.arithmetic import Atom, numeric
from symsim.rasp.faults import RaspError

HIGHEST_POWER = 100
"""A symbolic value is raised to powers up to this."""

MOST_TERMS = 1_000_000
"""Two symbolic values are multiplied if the numbers of their terms multiply to at most this."""

MOST_POWER_TERMS = 20_000
"""A symbolic power has at most so many terms."""

LARGEST_BASE = 10**12
"""The base of an exponential is a quotient of integers up to this, so that it can be factored."""


class Symbolic:
    """The operators of the language over one exact field."""

    def __init__(self, domain: Exact) -> None:
        self.domain = domain
        self.field = domain.field

    def binary(self, sign: str, a: Atom, b: Atom) -> Atom:
        """``a sign b`` for one of ``+ - * / % ^``, with a symbol in ``a`` or ``b``."""
        if isinstance(a, str) or isinstance(b, str):
            raise RaspError(f"'{sign}' does not work between {arithmetic.kind(a)} and {arithmetic.kind(b)}")
        a, b = numeric(a), numeric(b)
        field = self.field
        if sign in "+-":
            return _tagged(field.add(a, b, 1 if sign == "+" else -1))
        if sign == "*":
            return self._product(a, b)
        if sign == "/":
            return self._product(a, self._reciprocal(b))
        if sign == "^":
            return self._power(a, b)
        raise RaspError(f"the remainder of {self.text(a)} by {self.text(b)} depends on the symbols: it is no formula")

    def negative(self, a: Atom) -> Atom:
        """``-a``."""
        return self.field.multiply(-1, a)

    def exp(self, a: Atom) -> Atom:
        """``exp(a)``, also of a rational number: a float of the language."""
        if isinstance(a, str):
            raise RaspError("exp of a string")
        return _tagged(self.field.exp(numeric(a)))

    def _product(self, a: Atom, b: Atom) -> Atom:
        if _terms(a) * _terms(b) > MOST_TERMS:
            raise RaspError(f"a symbolic product would have more than {MOST_TERMS} terms")
        return _tagged(self.field.reduce(self.field.multiply(a, b)))

    def _reciprocal(self, a: Atom) -> Atom:
        try:
            return self.domain.apply("reciprocal", a)
        except Undefined:
            raise RaspError("division by 0") from None

    def _power(self, a: Atom, b: Atom) -> Atom:
        if isinstance(b, Element):
            return self._exponential(a, b)
        if not isinstance(b, int):
            raise RaspError(f"({self.text(a)})^({b}): a root of a symbolic value is no exp-rational number")
        if abs(b) > HIGHEST_POWER:
            raise RaspError(f"({self.text(a)})^({b}): symbolic values are raised to powers up to {HIGHEST_POWER}")
        base = self._reciprocal(a) if b < 0 else a
        if comb(abs(b) + _terms(base) - 1, abs(b)) > MOST_POWER_TERMS:
            raise RaspError(f"a symbolic power could have more than {MOST_POWER_TERMS} terms")
        return _tagged(integer_power(self.field, base, abs(b)))

    def _exponential(self, base: Atom, exponent: Atom) -> Atom:
        if isinstance(base, Element):
            if self.field.equal(base, self.field.exp(1)):
                return _tagged(self.field.exp(exponent))
            raise RaspError(
                f"({self.text(base)})^({self.text(exponent)}): a power with symbols in the exponent needs a "
                "rational base or e"
            )
        exact = fmpq(base)
        if exact <= 0:
            raise RaspError(f"({base})^({self.text(exponent)}): the base of an exponential is positive")
        if max(exact.p, exact.q) > LARGEST_BASE:
            raise RaspError(f"the base {base} of an exponential has more than 12 digits above or below")
        return _tagged(self.field.power(numeric(exact), exponent))

    def text(self, a: Atom) -> str:
        """A value for people."""
        return str(to_sympy(self.field, a)) if isinstance(a, Element) else arithmetic.text(a)


def _tagged(value: Any) -> Atom:
    """A rational that comes from symbols is a float of the language."""
    return value if isinstance(value, Element) else fmpq(value)


def _terms(value: Atom) -> int:
    return sum(len(p.terms) for p in value.num.values()) if isinstance(value, Element) else 1
