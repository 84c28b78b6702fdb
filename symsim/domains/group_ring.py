"""The group ring under the exact field: sums of ``coefficient * exp(exponent)`` with interned polynomial exponents.

Exponents are interned, so distinct keys are distinct polynomials. Exponentials of distinct polynomials with rational
constants are linearly independent over QQ(x) (Ax 1971 on a generic line, Lindemann-Weierstrass for the constants,
Besicovitch 1940 for rational powers of primes), hence an element is zero exactly if no term is left.
"""

from __future__ import annotations

from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from sympy.ntheory import sieve

from symsim.domains.polynomials import (
    ONE,
    Number,
    Poly,
    Terms,
    add,
    add_multiple,
    add_product,
    divide,
    divide_exactly,
    multiply,
    number,
    scale,
    tidy,
)


class Exponent(Poly):
    """An interned polynomial inside exp; compared by identity."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


Num: TypeAlias = dict[Exponent, Poly]
"""A group-ring element: ``sum coefficient * exp(exponent)``; no coefficient is zero."""


class GroupRing:
    """The variables, the interned exponents and the arithmetic of group-ring elements."""

    def __init__(self) -> None:
        self.variables: dict[Any, Poly] = {}
        self.names: dict[int, Any] = {}
        self.logs: dict[int, int] = {}
        """Prime p to the monomial of the symbol log p, which occurs inside exponents only."""
        self._exponents: WeakValueDictionary[Any, Exponent] = WeakValueDictionary()
        self.zero_exponent = self._intern({}, 0)

    # -- variables and exponents ----------------------------------------------------------------------------------
    def variable(self, name: Any) -> Poly:
        """The polynomial that is the variable called ``name`` (any hashable), made at first use."""
        known = self.variables.get(name)
        if known is None:
            index = len(self.variables)
            prime = int(sieve[index + 1])
            mixed = (index + 1) * 0x9E3779B97F4A7C15
            point = ((mixed ^ (mixed >> 29)) * 0xBF58476D1CE4E5B9 >> 7) % (1 << 61) + 2
            known = self.variables[name] = Poly({prime: 1}, point)
            self.names[prime] = name
        return known

    def _intern(self, terms: Terms, value: Number) -> Exponent:
        key: Any = value
        step = 0
        while (known := self._exponents.get(key)) is not None:
            if known.terms == terms:
                return known
            step += 1
            key = (value, step)
        new = Exponent(terms, value)
        self._exponents[key] = new
        return new

    def exponent(self, terms: Terms, value: Number) -> tuple[Exponent, Number]:
        """The interned exponent, and the rational factor that integer multiples of log p in it stand for."""
        factor: Number = 1
        if self.logs:
            terms = dict(terms)
            for prime, mono in self.logs.items():
                coeff = terms.get(mono, 0)
                whole = int(coeff) if type(coeff) is int else int(coeff.p // coeff.q)
                if whole:
                    factor = number(factor * number(_power(prime, whole)))
                    terms[mono] = number(coeff - whole)
                    value = number(value - whole * self.variables[("log", prime)].value)
            terms = tidy(terms)
        return self._intern(terms, value), factor

    def shift(self, a: Exponent, b: Exponent, factor: int = 1) -> tuple[Exponent, Number]:
        """``a + factor * b`` (factor 1 or -1) as an exponent, and the rational it throws off."""
        if not b.terms:
            return a, 1
        if factor == 1 and not a.terms:
            return b, 1
        if a is b and factor == -1:
            return self.zero_exponent, 1
        terms = dict(a.terms)
        add_multiple(terms, b.terms, 1, factor)
        return self.exponent(tidy(terms), number(a.value + factor * b.value))

    # -- arithmetic  -----------------------------------------------------------------------------------------------
    def multiply_nums(self, a: Num, b: Num) -> Num:
        """The product in the group ring."""
        if len(a) < len(b):
            a, b = b, a
        if len(b) == 1:
            ((exponent, poly),) = b.items()
            if not exponent.terms:
                return a if poly is ONE else {e: multiply(p, poly) for e, p in a.items()}
        work: dict[Exponent, list[Any]] = {}
        for eb, pb in b.items():
            for ea, pa in a.items():
                exponent, factor = self.shift(ea, eb)
                slot = work.setdefault(exponent, [{}, 0])
                add_product(slot[0], pa.terms, pb.terms, factor)
                slot[1] += factor * pa.value * pb.value
        return finish(work)

    def add_nums(self, a: Num, b: Num, factor: Number = 1) -> Num:
        """``a + factor * b`` in the group ring."""
        out = dict(a)
        for e, p in b.items():
            mine = out.get(e)
            new = scale(factor, p) if mine is None else add(mine, p, factor)
            if new.terms:
                out[e] = new
            else:
                out.pop(e, None)
        return out

    def divide_nums(self, a: Num, b: Num) -> Num | None:
        """The exact quotient ``a / b`` in the group ring, or None where none was found (always sound)."""
        lead = max(b, key=least_first)
        low = min(b, key=least_first)
        floor = min(e.value for e in a) - low.value
        rest = dict(a)
        quotient: Num = {}
        for _ in range(4 * (len(a) + len(b)) + 16):
            if not rest:
                return quotient
            top = max(rest, key=least_first)
            if top.value - lead.value < floor:
                return None
            coefficient = divide_exactly(rest[top], b[lead])
            if coefficient is None:
                return None
            exponent, factor = self.shift(top, lead, -1)
            if exponent in quotient:
                return None
            quotient[exponent] = scale(factor, coefficient)
            rest = self.add_nums(rest, self.multiply_nums({exponent: quotient[exponent]}, b), -1)
            if top in rest:
                return None
        return None


def least_first(e: Exponent) -> Number:
    """The key of the order on exponents: their values at the fixed point."""
    return e.value


def finish(work: dict[Exponent, list[Any]]) -> Num:
    """Accumulated terms as a group-ring element; zeros are swept."""
    out: Num = {}
    for e, (terms, value) in work.items():
        terms = tidy(terms)
        if terms:
            out[e] = ONE if len(terms) == 1 and terms.get(1) == 1 else Poly(terms, number(value))
    return out


def _power(base: int, exponent: int) -> Any:
    return base**exponent if exponent >= 0 else divide(1, base**-exponent)


