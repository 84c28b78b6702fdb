"""Exponents that are no polynomials: atoms, and the search for linear relations between them.

The exponent of a nested exponential, or of ``exp(x / (x + 1))``, becomes an *atom*: a fresh variable that occurs
linearly inside exponents. Atoms are kept linearly independent over QQ modulo the polynomials, so that distinct
exponents stay distinct functions (Ax 1971). A new argument is first written as a rational combination of known atoms
and a polynomial, if it is one: candidates come from ring homomorphisms into a finite field, and each is verified
exactly before it is used. A relation that the search misses costs completeness only: the formal values are then
called different where they are equal, and "different" alone never refutes.
"""

from __future__ import annotations

from typing import Any

import flint
from sympy import factorint

from symsim.domains.field import GENERATOR, MODULUS, ORDER, Element, Field, Value
from symsim.domains.group_ring import Exponent, Num
from symsim.domains.polynomials import Number, Poly, add, constant, divide_exactly, fraction, multiply, number, scale
from symsim.domains.rational import Ratio
from symsim.domains.rational import relation as rational_relation
from symsim.errors import BadInput


class Point:
    """A pair of points, one inside exp and one outside: a ring homomorphism into the field of MODULUS elements."""

    def __init__(self, field: NestedField, outside: int, inside: int) -> None:
        self.field = field
        self.outside = outside
        self.inside = inside
        self._powers: dict[Exponent, int] = {}
        self._monomials: tuple[dict[int, int], dict[int, int]] = ({}, {})

    def _monomial(self, mono: int, inside: bool) -> int:
        known = self._monomials[inside].get(mono)
        if known is None:
            seed, modulus = (self.inside, ORDER) if inside else (self.outside, MODULUS)
            known = 1
            # Exponents are only added, so inside exp the monomial 1 is as free as others: exp(1) is an indeterminate.
            for prime in self.field.factors(mono) or ((1,) if inside else ()):
                mixed = pow(prime * 0x9E3779B97F4A7C15 + seed * 0xD6E8FEB86659FD93 + 1, 5, (1 << 89) - 1)
                known = known * mixed % modulus
            self._monomials[inside][mono] = known
        return known

    def _poly(self, poly: Poly, inside: bool) -> int:
        modulus = ORDER if inside else MODULUS
        total = 0
        for mono, coeff in poly.terms.items():
            exact = coeff if type(coeff) is int else int(coeff.p) * pow(int(coeff.q), -1, modulus)
            total += exact * self._monomial(mono, inside)
        return total % modulus

    def _num(self, num: Num) -> int:
        total = 0
        for e, p in num.items():
            power = self._powers.get(e)
            if power is None:
                power = self._powers[e] = pow(GENERATOR, self._poly(e, True), MODULUS)
            total += self._poly(p, False) * power
        return total % MODULUS

    def value(self, a: Element) -> int:
        """The image of ``a``; raises ``ValueError`` where a denominator vanishes."""
        out = self._num(a.num)
        for d, power in a.den:
            out = out * pow(self._num(d.num), -power, MODULUS) % MODULUS
        return out


class Atom:
    """One exponent that is no polynomial: its value, its variable, and its images at the pairs of points so far."""

    def __init__(self, value: Element, variable: Poly, ratio: Ratio | None) -> None:
        self.value = value
        self.variable = variable
        self.ratio = ratio
        """Numerator and denominator where the value is a rational function, without exponentials."""
        self.images: list[int] = []


class NestedField(Field):
    """The field with towers of exponentials and rational functions as exponents.

    >>> F = NestedField()
    >>> x = F.symbol("x")
    >>> one_over = F.invert(F.add(x, 1))
    >>> left = F.multiply(F.exp(F.multiply(x, one_over)), F.exp(one_over))   # exp(x/(x+1)) exp(1/(x+1)) = e
    >>> F.equal(left, F.exp(1))
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self.atoms: list[Atom] = []
        self._pairs: list[tuple[Point, Point]] = []
        self._factors: dict[int, tuple[int, ...]] = {}
        self.symbols: dict[str, Any] = {}
        """The sympy symbol that a name came from."""
        self._opaque: dict[Any, list[tuple[tuple[Value, ...], Element]]] = {}
        self.arguments: dict[Any, tuple[Value, ...]] = {}
        """The arguments of each opaque value, by the name of its variable."""

    def factors(self, mono: int) -> tuple[int, ...]:
        """The primes of a monomial with multiplicity, in increasing order."""
        known = self._factors.get(mono)
        if known is None:
            rest, found = mono, []
            for prime in self.names:
                while rest % prime == 0:
                    found.append(prime)
                    rest //= prime
                if rest == 1:
                    break
            known = self._factors[mono] = tuple(found)
        return known

    def power(self, base: Number, exponent: Value) -> Value:
        """``base ** exponent`` for a rational base > 0: ``exp(exponent * log base)``, log base expanded over primes."""
        exact = fraction(base)
        if exact <= 0:
            raise BadInput(f"the base {exact} of a power has to be positive")
        shape = self.linear(exponent)
        total = constant(0)
        primes = [(p, k) for p, k in factorint(exact.numerator).items()]
        primes += [(p, -k) for p, k in factorint(exact.denominator).items()]
        for prime, multiplicity in sorted(primes):
            log = self.variable(("log", int(prime)))
            self.logs[int(prime)] = next(iter(log.terms))
            total = add(total, multiply(shape, log), int(multiplicity))
        exponent_, factor = self.exponent(total.terms, total.value)
        return self.element({exponent_: constant(factor)})

    def opaque(self, function: str, arguments: tuple[Value, ...], nonnegative: bool = False) -> Element:
        """A value of an unknown function: equal to itself at equal arguments, and to nothing else.

        ``nonnegative`` says that the function is never below 0, which signs and denominators then use.
        """
        residues = tuple(self.residue(a) for a in arguments)
        seen = self._opaque.setdefault((function, residues), [])
        for known, symbol in seen:
            if len(known) == len(arguments) and all(map(self.equal, known, arguments)):
                return symbol
        name = "opaque", function, sum(len(s) for s in self._opaque.values())
        symbol = self.symbol(name)
        self.arguments[name] = arguments
        if nonnegative:
            self.nonnegative.update(self.variable(name).terms)
        seen.append((arguments, symbol))
        return symbol

    def describe(self, name: tuple[Any, ...]) -> str:
        """An opaque variable for people."""
        return f"{name[1]}#{name[2]}"

    def linear(self, a: Value) -> Poly:
        """``a`` as a polynomial plus a rational combination of atoms, with a new atom where none fits."""
        base = constant(0)
        if type(a) is Element and not a.den and self.zero_exponent in a.num:
            base = a.num[self.zero_exponent]
            a = self.element({e: p for e, p in a.num.items() if e is not self.zero_exponent})
        poly = self.polynomial(a)
        if poly is not None:
            return add(base, poly)
        found = self._relation(a)
        if found is None:
            atom = self._new_atom(a)
            return add(base, atom.variable)
        return add(base, found)

    # -- the search -----------------------------------------------------------------------------------------------
    def _relation(self, a: Element) -> Poly | None:
        mixed = [atom for atom in self.atoms if atom.ratio is None]
        weights = self._candidate(a, mixed)
        if weights is None:
            return None
        out = constant(0)
        rest: Value = a
        for atom, weight in zip(mixed, weights, strict=True):
            if weight:
                rest = self.add(rest, atom.value, -weight)
                out = add(out, atom.variable, weight)
        ratio = self._rational_function(rest)
        if ratio is None:
            return None
        top, bottom = ratio
        quotient = divide_exactly(top, bottom)
        if quotient is not None:
            return add(out, quotient)
        return add(out, self._pure(rest, top, bottom))

    def _candidate(self, a: Element, atoms: list[Atom]) -> list[Number] | None:
        """Weights w with ``a - sum w t`` independent of the exponentials, as far as a finite field can tell."""
        rows = len(atoms) + 2
        images: list[int] = []
        self._extend(a, images, rows)
        if len(images) < rows:
            return None
        for atom in atoms:
            self._extend(atom.value, atom.images, rows)
            if len(atom.images) < rows:
                return None
        table = [[atom.images[r] for atom in atoms] + [images[r]] for r in range(rows)]
        reduced, rank = flint.nmod_mat(table, MODULUS).rref()
        if rank != len(atoms) or any(int(reduced[i, i]) != 1 for i in range(rank)):
            return None
        weights = [_reconstruct(int(reduced[i, rank])) for i in range(rank)]
        return None if any(w is None for w in weights) else weights

    def _extend(self, a: Element, images: list[int], rows: int) -> None:
        while len(self._pairs) < rows:
            k = len(self._pairs)
            self._pairs.append((Point(self, k, 2 * k), Point(self, k, 2 * k + 1)))
        for first, second in self._pairs[len(images) : rows]:
            try:
                images.append((first.value(a) - second.value(a)) % MODULUS)
            except ValueError:
                return

    def _rational_function(self, a: Value) -> tuple[Poly, Poly] | None:
        """Numerator and denominator polynomials of a value without exponentials, verified; None for others."""
        if type(a) is not Element:
            return constant(a), constant(1)
        bottom: Num = {self.zero_exponent: constant(1)}
        for d, power in a.den:
            for _ in range(power):
                bottom = self.multiply_nums(bottom, d.num)
        if len(a.num) != len(bottom) or a.num.keys() != bottom.keys():
            return None
        lead = next(iter(bottom))
        for e, p in bottom.items():
            if multiply(a.num[e], bottom[lead]) != multiply(p, a.num[lead]):
                return None
        return a.num[lead], bottom[lead]

    def _pure(self, value: Value, top: Poly, bottom: Poly) -> Poly:
        """A rational function as polynomial plus combination of pure atoms, with a new one where none fits."""
        known = [atom for atom in self.atoms if atom.ratio is not None]
        ratios = [atom.ratio for atom in known if atom.ratio is not None]
        found = rational_relation(self, (top, bottom), ratios)
        if found is None:
            element = value if isinstance(value, Element) else Element({self.zero_exponent: top}, ())
            return self._new_atom(element, (top, bottom)).variable
        weights, rest = found
        out = rest
        for atom, weight in zip(known, weights, strict=True):
            if weight:
                out = add(out, scale(weight, atom.variable))
        return out

    def _new_atom(self, value: Element, ratio: Ratio | None = None) -> Atom:
        atom = Atom(value, self.variable(("atom", len(self.atoms))), ratio)
        self.atoms.append(atom)
        return atom


def _reconstruct(residue: int) -> Any:
    """The rational of small numerator and denominator with this residue, or None (Wang 1981)."""
    bound = 1 << 29
    old, new, s_old, s_new = MODULUS, residue, 0, 1
    while new > bound:
        quotient = old // new
        old, new = new, old - quotient * new
        s_old, s_new = s_new, s_old - quotient * s_new
    if not s_new or abs(s_new) > bound:
        return None
    return number(flint.fmpq(new, s_new))
