"""The sign of a value as a product of signs of forms: irreducible polynomials, and sums with exponentials.

A *form* is an interned group-ring element up to a positive unit (see ``field.Denominator``): its least exponent is 0
and its leading coefficient 1, so that ``x - y``, ``2 y - 2 x`` and ``exp(x) - exp(y)`` ask about one form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from flint import Ordering, fmpq_mpoly_ctx

from symsim.domains.enclosure import is_constant, separate
from symsim.domains.field import Denominator, Element, Value, positive
from symsim.domains.group_ring import Num
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import Number, Poly, constant, number

Form: TypeAlias = Denominator
"""A value up to a positive factor, compared by identity."""

MOST_TERMS = 200
"""Polynomials with more terms are not factored."""


@dataclass(frozen=True)
class Factored:
    """``sign`` times the product of the signs of the forms; of ``odd`` ones as they are, of ``even`` ones squared.

    Forms ``below`` stand in a denominator: where the value exists they are not 0.
    """

    sign: int
    odd: tuple[Form, ...] = ()
    even: tuple[Form, ...] = ()
    below: tuple[Form, ...] = ()


class Signs:
    """Values of one field as products of forms.

    >>> F = NestedField()
    >>> x, y = F.symbol("x"), F.symbol("y")
    >>> signs = Signs(F)
    >>> one = signs.factored(F.add(x, y, -1))
    >>> other = signs.factored(F.add(F.exp(F.multiply(2, y)), F.exp(F.multiply(2, x)), -1))
    >>> one.odd == other.odd, one.sign == -other.sign
    (True, True)
    """

    def __init__(self, field: NestedField) -> None:
        self.field = field
        self.texts: dict[Form, tuple[str, bool]] = {}
        """How forms are shown, and whether with the opposite sign."""
        self._known: dict[Form, tuple[int, list[tuple[Form, int]]]] = {}

    def factored(self, value: Value) -> Factored:
        """The factors of a value; the sign is 0 for the value 0."""
        if type(value) is not Element:
            return Factored(int(value > 0) - int(value < 0))
        sign, forms = self._split(value.num)
        powers = {form: power for form, power in forms}
        below: list[Form] = []
        for d, power in value.den:
            if power % 2 and not positive(d.num, self.field.nonnegative):
                other, parts = self._split(d.num)
                sign *= other
                for form, count in parts:
                    powers[form] = powers.get(form, 0) + count
                    below.append(form)
        odd = tuple(form for form, count in powers.items() if count % 2)
        even = tuple(form for form, count in powers.items() if not count % 2)
        return Factored(sign, odd, even, tuple(below))

    def visible(self, form: Form) -> int | None:
        """The sign of a form where it is the same at all inputs and visible."""
        value = Element(form.num, ())
        found = self.field.sign(value)
        if found is None and is_constant(self.field, value):
            return separate(self.field, value)
        return found

    def _split(self, num: Num) -> tuple[int, list[tuple[Form, int]]]:
        """The sign of the unit, and the forms with their multiplicities."""
        den, unit = self.field.denominator(num)
        sign = _sign_of(unit)
        if not den:
            return sign, []
        whole = den[0][0]
        if whole not in self._known:
            self._known[whole] = self._without_visible(*self._factors(whole))
        own, forms = self._known[whole]
        return sign * own, list(forms)

    def _without_visible(self, sign: int, forms: list[tuple[Form, int]]) -> tuple[int, list[tuple[Form, int]]]:
        """The forms whose sign depends on the input; the others go into the sign."""
        kept = []
        for form, power in forms:
            known = self.visible(form)
            if known is None:
                kept.append((form, power))
            else:
                sign *= known**power
        return sign, kept

    def _factors(self, form: Form) -> tuple[int, list[tuple[Form, int]]]:
        polys = list(form.num.values())
        if len(polys) == 1:
            return self._irreducible(polys[0]) or (1, [(form, 1)])
        content = _common(self.field, polys)
        if content is None:
            return self._between(form) or (1, [(form, 1)])
        sign, forms = self._split({self.field.zero_exponent: content})
        quotient = self.field.divide_nums(form.num, {self.field.zero_exponent: content})
        if quotient is None:
            return 1, [(form, 1)]
        other, rest = self._split(quotient)
        return sign * other, [*forms, *rest]

    def _between(self, form: Form) -> tuple[int, list[tuple[Form, int]]] | None:
        """``exp(a) - exp(b)`` has the sign of ``a - b``."""
        if len(form.num) != 2:
            return None
        (low, p), (high, q) = form.num.items()
        if p.constant is None or q.constant is None or p.constant != -q.constant:
            return None
        gap = self._argument(_difference(low, high))
        if gap is None:
            return None
        sign, forms = self._split(gap.num) if type(gap) is Element else (int(gap > 0) - int(gap < 0), [])
        return (sign if p.constant > 0 else -sign), forms

    def _argument(self, terms: dict[int, Number]) -> Value | None:
        """An exponent as a value, up to a positive factor: atoms are put back, one log of a prime is divided out."""
        field = self.field
        logs = {mono: [log for log in field.logs.values() if mono % log == 0] for mono in terms}
        shared = next(iter(logs.values()))
        if any(found != shared for found in logs.values()) or len(shared) > 1:
            return None
        total: Value = 0
        for mono, coefficient in terms.items():
            part: Value = coefficient
            for prime in field.factors(mono // shared[0] if shared else mono):
                name = field.names[prime]
                known = name[1] if isinstance(name, tuple) and name[0] == "atom" else None
                part = field.multiply(part, field.symbol(name) if known is None else field.atoms[known].value)
            total = field.add(total, part)
        return total

    def _irreducible(self, poly: Poly) -> tuple[int, list[tuple[Form, int]]] | None:
        if len(poly.terms) > MOST_TERMS or all(len(self.field.factors(mono)) < 2 for mono in poly.terms):
            return None
        ring = _Ring(self.field, [poly])
        unit, factors = ring.to(poly).factor()
        sign = 1 if unit > 0 else -1
        forms: list[tuple[Form, int]] = []
        for factor, power in factors:
            den, part = self.field.denominator({self.field.zero_exponent: ring.back(factor)})
            sign *= _sign_of(part) ** int(power)
            forms += [(d, int(power)) for d, _ in den]
        return sign, forms


def _sign_of(unit: Num) -> int:
    (coefficient,) = (p.constant for p in unit.values())
    return 1 if coefficient is not None and coefficient > 0 else -1


def _difference(a: Poly, b: Poly) -> dict[int, Number]:
    out = dict(a.terms)
    for mono, c in b.terms.items():
        out[mono] = number(out.get(mono, 0) - c)
    return {mono: c for mono, c in out.items() if c}


def _common(field: NestedField, polys: list[Poly]) -> Poly | None:
    """The greatest common divisor of some polynomials, or None where it is a number."""
    if any(p.constant is not None for p in polys) or sum(len(p.terms) for p in polys) > MOST_TERMS:
        return None
    ring = _Ring(field, polys)
    found = ring.to(polys[0])
    for poly in polys[1:]:
        found = found.gcd(ring.to(poly))
    back = ring.back(found)
    return back if back.constant is None else None


class _Ring:
    """flint's polynomials in the variables of some of ours."""

    def __init__(self, field: NestedField, polys: list[Poly]) -> None:
        self.field = field
        self.primes = sorted({q for p in polys for mono in p.terms for q in field.factors(mono)})
        self.context = fmpq_mpoly_ctx.get([f"v{q}" for q in self.primes], Ordering.lex)

    def to(self, poly: Poly) -> Any:
        terms = {}
        for mono, coefficient in poly.terms.items():
            factors = self.field.factors(mono)
            terms[tuple(factors.count(q) for q in self.primes)] = coefficient
        return self.context.from_dict(terms)

    def back(self, poly: Any) -> Poly:
        terms: dict[int, Number] = {}
        value: Any = 0
        for powers, coefficient in poly.to_dict().items():
            mono, at_point = 1, 1
            for q, k in zip(self.primes, map(int, powers), strict=True):
                mono *= q**k
                at_point *= self.field.variables[self.field.names[q]].value ** k
            terms[mono] = number(coefficient)
            value += coefficient * at_point
        return Poly(terms, number(value)) if terms else constant(0)
