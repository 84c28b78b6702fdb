"""Sparse multivariate polynomials over QQ: dictionaries whose monomials are products of primes, one prime a variable.

A monomial is then one integer, a product of monomials an integer product, and division a remainder test. Beside its
terms a polynomial carries its exact value at one fixed integer point: a ring homomorphism that costs next to nothing
to keep, serves as a hash and as a translation-invariant order, and never decides an equality alone (equal values are
followed by a comparison of the terms).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from flint import fmpq

Number: TypeAlias = Any
"""An exact rational: ``int`` where it is integral, ``flint.fmpq`` elsewhere; never a float."""

Terms: TypeAlias = dict[int, Number]
"""Monomial (product of primes) to non-zero coefficient."""


def number(value: int | Fraction | fmpq) -> Number:
    """The canonical form of a rational: ``int`` if integral, else ``fmpq``.

    >>> number(Fraction(4, 2)), number(Fraction(1, 3))
    (2, 1/3)
    """
    if type(value) is int:
        return value
    if isinstance(value, fmpq):
        return int(value.p) if value.q == 1 else value
    if isinstance(value, int):
        return int(value)
    return value.numerator if value.denominator == 1 else fmpq(value.numerator, value.denominator)


def divide(a: Number, b: Number) -> Number:
    """The exact quotient of two rationals, ``b`` not 0."""
    return number(fmpq(a) / fmpq(b))


def fraction(value: Number) -> Fraction:
    """The same rational as a ``fractions.Fraction``."""
    return Fraction(value) if type(value) is int else Fraction(int(value.p), int(value.q))


class Poly:
    """A polynomial: ``terms`` (never changed once shared) and ``value``, its exact value at the field's fixed point."""

    __slots__ = ("terms", "value")

    def __init__(self, terms: Terms, value: Number) -> None:
        self.terms = terms
        self.value = value

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Poly) and self.value == other.value and self.terms == other.terms
        )

    def __hash__(self) -> int:
        return hash(self.value)

    @property
    def constant(self) -> Number | None:
        """The rational that this polynomial is, or None."""
        terms = self.terms
        if not terms:
            return 0
        return terms.get(1) if len(terms) == 1 else None


ONE = Poly({1: 1}, 1)


def constant(value: Number) -> Poly:
    """The constant polynomial."""
    if value == 1:
        return ONE
    return Poly({1: value} if value else {}, value)


def tidy(terms: Terms) -> Terms:
    """``terms`` without zeros and with canonical coefficients; works in place where it can."""
    values = terms.values()
    if 0 in values:
        terms = {m: c for m, c in terms.items() if c}
        values = terms.values()
    for c in values:
        if type(c) is not int:
            return {m: number(c) for m, c in terms.items()}
    return terms


def add_multiple(target: Terms, source: Terms, monomial: int = 1, factor: Number = 1) -> None:
    """``target += factor * monomial * source``, in place; zeros may stay and are swept by :func:`tidy`."""
    if monomial == 1:
        new = source if factor == 1 else {m: c * factor for m, c in source.items()}
    elif factor == 1:
        new = dict(zip(map(monomial.__mul__, source), source.values(), strict=True))
    else:
        new = {m * monomial: c * factor for m, c in source.items()}
    if not target or target.keys().isdisjoint(new):
        target.update(new)
        return
    get = target.get
    for m, c in new.items():
        target[m] = get(m, 0) + c


def add_product(target: Terms, a: Terms, b: Terms, factor: Number = 1) -> None:
    """``target += factor * a * b``, in place; zeros may stay and are swept by :func:`tidy`."""
    if len(a) < len(b):
        a, b = b, a
    for m, c in b.items():
        add_multiple(target, a, m, c if factor == 1 else c * factor)


def multiply(a: Poly, b: Poly) -> Poly:
    """The product."""
    if a is ONE:
        return b
    if b is ONE:
        return a
    terms: Terms = {}
    add_product(terms, a.terms, b.terms)
    return Poly(tidy(terms), number(a.value * b.value))


def add(a: Poly, b: Poly, factor: Number = 1) -> Poly:
    """``a + factor * b``."""
    terms = dict(a.terms)
    add_multiple(terms, b.terms, 1, factor)
    return Poly(tidy(terms), number(a.value + factor * b.value))


def scale(factor: Number, a: Poly) -> Poly:
    """``factor * a`` for a non-zero rational."""
    if factor == 1:
        return a
    return Poly({m: number(c * factor) for m, c in a.terms.items()}, number(a.value * factor))


def divide_exactly(a: Poly, b: Poly) -> Poly | None:
    """The polynomial ``a / b``, or None where none was found (``b`` not 0)."""
    if b.value == 0:  # the fixed point is a zero of the divisor: no quotient value could be kept
        return None
    if len(b.terms) > 1:
        return _long_division(a, b)
    ((mono, coeff),) = b.terms.items()
    if any(m % mono for m in a.terms):
        return None
    return Poly({m // mono: divide(c, coeff) for m, c in a.terms.items()}, divide(a.value, b.value))


def _long_division(a: Poly, b: Poly) -> Poly | None:
    rest = dict(a.terms)
    lead = max(b.terms)  # by size of the prime product: a multiplicative order on monomials
    lead_coeff = b.terms[lead]
    quotient: Terms = {}
    while rest:
        top = max(rest)
        if top % lead:
            return None
        mono, coeff = top // lead, divide(rest[top], lead_coeff)
        quotient[mono] = coeff
        add_multiple(rest, b.terms, mono, -coeff)
        rest = {m: c for m, c in rest.items() if c}
    return Poly(tidy(quotient), divide(a.value, b.value))
