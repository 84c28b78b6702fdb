"""The field of exp-rational functions over QQ: elements, their arithmetic, and the decision of equality.

An element is a numerator over a product of interned denominators. Numerator and denominators are *group-ring
elements*: dictionaries ``{exponent: coefficient}`` that stand for ``sum coefficient * exp(exponent)``, where
exponents and coefficients are polynomials over QQ. Exponents are interned, so distinct keys are distinct polynomials;
exponentials of distinct polynomials with rational constants are linearly independent over QQ(x) (Ax 1971 on a generic
line, Lindemann-Weierstrass for the constants, Besicovitch 1940 for rational powers of primes), hence an element is
zero exactly if no term is left. An exponent that is no polynomial is a linear combination of a polynomial and *atoms*
(see ``nested``), so nothing changes for towers.

Entries of matrices are rationals (``int``, ``fmpq``) or :class:`Element`; an element never stands for a rational.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from symsim.domains.group_ring import Exponent, GroupRing, Num, finish, least_first
from symsim.domains.polynomials import ONE, Number, Poly, add_multiple, add_product, constant, divide, number, scale
from symsim.errors import Undefined

MODULUS = 2305843009213691579
ORDER = 1152921504606845789
GENERATOR = 4
"""``exp`` becomes a power of GENERATOR, of prime order ORDER, in the field of MODULUS = 2 ORDER + 1 elements."""


class Denominator:
    """An interned group-ring element that is no unit; its least exponent is 0 and its coefficients are normed."""

    __slots__ = ("num", "index", "positive", "__weakref__")

    def __init__(self, num: Num, index: int, positive: bool) -> None:
        self.num = num
        self.index = index
        self.positive = positive


Den: TypeAlias = tuple[tuple[Denominator, int], ...]


class Element:
    """A value of the field that is not a rational number: ``num / prod(d ** power)``."""

    __slots__ = ("num", "den")

    def __init__(self, num: Num, den: Den) -> None:
        self.num = num
        self.den = den


Value: TypeAlias = Any
"""A value of the field: ``int``, ``flint.fmpq`` where it is no integer, or ``Element`` where it is no rational."""


def positive(num: Num, nonnegative: Collection[int] = ()) -> bool:
    """Whether a group-ring element is visibly positive: exponentials with positive rational coefficients.

    Further terms with positive coefficients may hold products of the variables ``nonnegative`` (primes).
    """
    strict = False
    for p in num.values():
        for mono, coefficient in p.terms.items():
            if coefficient <= 0 or mono != 1 and not _product_of(mono, nonnegative):
                return False
            strict = strict or mono == 1
    return strict


def _product_of(mono: int, primes: Collection[int]) -> bool:
    for prime in primes:
        while mono % prime == 0:
            mono //= prime
    return mono == 1


class Field(GroupRing):
    """One field: its variables, exponents, denominators and opaque functions.

    Elements of different fields must not meet. Values are ``int``, ``fmpq`` or ``Element``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._denominators: WeakValueDictionary[Any, Denominator] = WeakValueDictionary()
        self._count = 0
        self.nonnegative: set[int] = set()
        """Variables (as primes) that stand for values never below 0, such as an opaque weight of hard attention."""

    def symbol(self, name: Any) -> Element:
        """The variable as an element."""
        return Element({self.zero_exponent: self.variable(name)}, ())

    # -- building elements ----------------------------------------------------------------------------------------
    def element(self, num: Num, den: Den = ()) -> Value:
        """The value ``num / den``: a rational where it is one."""
        if not num:
            return 0
        if not den and len(num) == 1:
            poly = num.get(self.zero_exponent)
            if poly is not None and (value := poly.constant) is not None:
                return value
        return Element(num, den)

    def polynomial(self, value: Value) -> Poly | None:
        """The polynomial that a value is, or None."""
        if type(value) is not Element:
            return constant(value)
        if value.den or len(value.num) != 1:
            return None
        return value.num.get(self.zero_exponent)

    # -- field operations -----------------------------------------------------------------------------------------
    def add(self, a: Value, b: Value, factor: Number = 1) -> Value:
        """``a + factor * b``."""
        if type(b) is not Element:
            if not b:
                return a
            if type(a) is not Element:
                return number(a + factor * b)
            b = Element({self.zero_exponent: constant(b)}, ())
        elif type(a) is not Element:
            a = Element({self.zero_exponent: constant(a)} if a else {}, ())
        if a.den == b.den:
            return self.element(self.add_nums(a.num, b.num, factor), a.den)
        den = join(a.den, b.den)
        left = self.times_missing(a.num, a.den, den)
        right = self.times_missing(b.num, b.den, den)
        return self.element(self.add_nums(left, right, factor), den)

    def multiply(self, a: Value, b: Value) -> Value:
        """The product."""
        if type(b) is not Element:
            a, b = b, a
        if type(a) is not Element:
            if type(b) is not Element:
                return number(a * b)
            if a == 1:
                return b
            return Element({e: scale(a, p) for e, p in b.num.items()}, b.den) if a else 0
        return self.element(self.multiply_nums(a.num, b.num), merge(a.den, b.den))

    def dot(self, pairs: Iterable[tuple[Value, Value]]) -> Value:
        """``sum a * b`` over the pairs, accumulated in place."""
        total: Number = 0
        groups: dict[Den, dict[Exponent, list[Any]]] = {}
        for a, b in pairs:
            if type(a) is not Element:
                if type(b) is not Element:
                    total += a * b
                    continue
                a, b = b, a
            if type(b) is not Element:
                work = groups.setdefault(a.den, {})
                for e, p in a.num.items():
                    slot = work.setdefault(e, [{}, 0])
                    add_multiple(slot[0], p.terms, 1, b)
                    slot[1] += b * p.value
                continue
            work = groups.setdefault(merge(a.den, b.den) if a.den or b.den else (), {})
            for ea, pa in a.num.items():
                for eb, pb in b.num.items():
                    exponent, factor = self.shift(ea, eb)
                    slot = work.setdefault(exponent, [{}, 0])
                    add_product(slot[0], pa.terms, pb.terms, factor)
                    slot[1] += factor * pa.value * pb.value
        value: Value = number(total)
        for den, work in groups.items():
            value = self.add(value, self.element(finish(work), den))
        return value

    def invert(self, a: Value) -> Value:
        """``1 / a``; raises ``Undefined`` at 0."""
        if type(a) is not Element:
            if a == 0:
                raise Undefined("the reciprocal of 0 does not exist")
            return divide(1, a)
        num: Num = {self.zero_exponent: ONE}
        for d, power in a.den:
            for _ in range(power):
                num = self.multiply_nums(num, d.num)
        den, unit = self.denominator(a.num)
        return self.element(self.multiply_nums(num, unit), den)

    def denominator(self, num: Num) -> tuple[Den, Num]:
        """``1 / num`` as ``unit / den`` with an interned denominator."""
        low = min(num, key=least_first)
        poly = num[low]
        norm = divide(1, poly.terms[max(poly.terms)])
        back, factor = self.shift(self.zero_exponent, low, -1)
        unit: Num = {back: constant(number(norm * factor))}
        if len(num) == 1 and poly.constant is not None:
            return (), unit
        normed = self.multiply_nums(num, unit)
        key: Any = frozenset((e.value, p.value) for e, p in normed.items())
        step = 0
        while (known := self._denominators.get(key if not step else (key, step))) is not None:
            if known.num == normed:
                return ((known, 1),), unit
            step += 1
        self._count += 1
        known = Denominator(normed, self._count, positive(normed, self.nonnegative))
        self._denominators[key if not step else (key, step)] = known
        return ((known, 1),), unit

    def times_missing(self, num: Num, have: Den, want: Den) -> Num:
        """``num`` times the factors of ``want`` that ``have`` lacks."""
        powers = dict(have)
        for d, power in want:
            for _ in range(power - powers.get(d, 0)):
                num = self.multiply_nums(num, d.num)
        return num

    def reduce(self, a: Value) -> Value:
        """The same value with its own denominators divided out of its numerator where that is exact (no gcd)."""
        if type(a) is not Element or not a.den:
            return a
        num, left = a.num, []
        for d, power in a.den:
            while power and not (len(num) == 1 and len(d.num) > 1):
                quotient = self.divide_nums(num, d.num)
                if quotient is None:
                    break
                num, power = quotient, power - 1
            if power:
                left.append((d, power))
        return self.element(num, tuple(left))

    # -- deciding -------------------------------------------------------------------------------------------------
    def residue(self, a: Value) -> int | None:
        """The image of ``a`` under one ring homomorphism into the field of MODULUS elements; None where it has none."""
        try:
            if type(a) is not Element:
                return _residue(a, MODULUS)
            if self.logs:
                return None
            out = self._num_residue(a.num)
            for d, power in a.den:
                out = out * pow(self._num_residue(d.num), -power, MODULUS) % MODULUS
            return out
        except ValueError:
            return None

    def _num_residue(self, num: Num) -> int:
        total = 0
        for e, p in num.items():
            total += _residue(p.value, MODULUS) * pow(GENERATOR, _residue(e.value, ORDER), MODULUS)
        return total % MODULUS

    def equal(self, a: Value, b: Value) -> bool:
        """Whether two values are the same formal element: True is a proof, see the module's docstring for False."""
        if type(a) is not Element or type(b) is not Element:
            if type(a) is not Element and type(b) is not Element:
                return bool(a == b)
            return self._equal_by_difference(a, b)
        if a.den == b.den:
            return a.num == b.num
        return self._equal_by_difference(a, b)

    def _equal_by_difference(self, a: Value, b: Value) -> bool:
        left, right = self.residue(a), self.residue(b)
        if left is not None and right is not None and left != right:
            return False
        difference = self.add(a, b, -1)
        return type(difference) is not Element and difference == 0

    def sign(self, a: Value) -> int | None:
        """-1, 0 or 1 where the sign is the same at every real input and visible, else None."""
        if type(a) is not Element:
            return int(a > 0) - int(a < 0)
        if not all(d.positive for d, _ in a.den):
            return None
        if positive(a.num, self.nonnegative):
            return 1
        if positive({e: scale(-1, p) for e, p in a.num.items()}, self.nonnegative):
            return -1
        return None

    def exp(self, a: Value) -> Value:
        """``exp(a)`` for a polynomial ``a``; other arguments go through ``nested``."""
        poly = self.polynomial(a)
        if poly is None:
            poly = self.linear(a)
        exponent, factor = self.exponent(poly.terms, poly.value)
        return self.element({exponent: constant(factor)})

    def linear(self, a: Value) -> Poly:
        """``a`` as a polynomial plus a rational combination of atoms (overridden where towers are allowed)."""
        raise Undefined("this field has no nested exponentials")


def _residue(value: Number, modulus: int) -> int:
    if type(value) is int:
        return value % modulus
    return int(value.p) * pow(int(value.q), -1, modulus) % modulus


def merge(a: Den, b: Den) -> Den:
    """The product of two denominators."""
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for d, power in b:
        powers[d] = powers.get(d, 0) + power
    return tuple(sorted(powers.items(), key=_index))


def join(a: Den, b: Den) -> Den:
    """The least common multiple of two denominators as products of interned ones."""
    powers = dict(a)
    for d, power in b:
        powers[d] = max(powers.get(d, 0), power)
    return tuple(sorted(powers.items(), key=_index))


def _index(item: tuple[Denominator, int]) -> int:
    return item[0].index
