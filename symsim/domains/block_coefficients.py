"""Coefficients and sizes of the ``blocks`` domain: exact rational functions over Q in named symbols, in canonical form.

Plain numbers stay ``int`` or ``Fraction``. Only where a symbol occurs (a size such as ``n``, a scalar such as ``tau``)
a :class:`Ratio` is used: a fraction of coprime polynomials, so that equal functions have equal keys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any, TypeAlias

import sympy
from sympy.polys.fields import FracField

from symsim.errors import BadInput

Key: TypeAlias = tuple[Any, ...]


@cache
def _field(names: tuple[str, ...]) -> Any:
    return FracField([sympy.Symbol(name) for name in names], sympy.QQ, "lex")


def _number(value: Any) -> int | Fraction:
    fraction = Fraction(int(value.numerator), int(value.denominator))
    return fraction.numerator if fraction.denominator == 1 else fraction


class Ratio:
    """A rational function that is not a constant, over exactly the symbols that occur in it.

    >>> n = coefficient(sympy.Symbol("n"))
    >>> (n + 1) / n - 1 / n, n / n
    (1, 1)
    """

    __slots__ = ("element", "names", "key", "_hash")

    def __init__(self, element: Any, names: tuple[str, ...]) -> None:
        self.element, self.names = element, names
        self.key: Key = (names, _terms(element.numer), _terms(element.denom))
        self._hash = hash(self.key)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ratio) and self._hash == other._hash and self.key == other.key

    def __add__(self, other: Coefficient) -> Any:
        return _combined(self, other, "+")

    def __mul__(self, other: Coefficient) -> Any:
        return self if other == 1 else _combined(self, other, "*")

    def __truediv__(self, other: Coefficient) -> Any:
        return _combined(self, other, "/")

    def __rtruediv__(self, other: Coefficient) -> Any:
        return _combined(self, other, "under")

    def __neg__(self) -> Ratio:
        return Ratio(-self.element, self.names)

    def __sub__(self, other: Coefficient) -> Any:
        return self + -other

    def __rsub__(self, other: Coefficient) -> Any:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def __reduce__(self) -> Any:
        return coefficient, (to_sympy(self),)

    def __repr__(self) -> str:
        return str(to_sympy(self))


Coefficient: TypeAlias = int | Fraction | Ratio
Dim: TypeAlias = int | Ratio
"""A size inside the domain: a number, or a polynomial with coefficients >= 0 (so that it is >= 1 at sizes >= 1)."""


def _terms(polynomial: Any) -> Key:
    return tuple((monomial, int(c.numerator), int(c.denominator)) for monomial, c in polynomial.terms())


def _lift(value: Coefficient, names: tuple[str, ...]) -> Any:
    field = _field(names)
    if not isinstance(value, Ratio):
        number = Fraction(value)
        return field(sympy.QQ(number.numerator, number.denominator))
    if value.names == names:
        return value.element
    at = [names.index(name) for name in value.names]

    def spread(polynomial: Any) -> Any:
        terms = {}
        for monomial, c in polynomial.terms():
            powers = [0] * len(names)
            for i, power in zip(at, monomial, strict=True):
                powers[i] = power
            terms[tuple(powers)] = c
        return field.ring.from_dict(terms)

    return field.raw_new(spread(value.element.numer), spread(value.element.denom))


def _together(a: Ratio, b: Coefficient) -> tuple[Any, Any, tuple[str, ...]]:
    names = tuple(sorted({*a.names, *(b.names if isinstance(b, Ratio) else ())}))
    return _lift(a, names), _lift(b, names), names


@lru_cache(maxsize=1 << 14)
def _combined(x: Ratio, y: Coefficient, how: str) -> Coefficient:
    a, b, names = _together(x, y)
    if how in "+*":
        return _reduced(a + b if how == "+" else a * b, names)
    return _reduced(a / b if how == "/" else b / a, names)


def _reduced(element: Any, names: tuple[str, ...]) -> Coefficient:
    """Drop the symbols that cancelled, so that equal functions have one form."""
    used = {i for part in (element.numer, element.denom) for m in part.keys() for i, power in enumerate(m) if power}
    if not used:
        if not element.numer:
            return 0
        return _number(element.numer.LC / element.denom.LC)
    if len(used) == len(names):
        return Ratio(element, names)
    keep = sorted(used)
    few = tuple(names[i] for i in keep)
    ring = _field(few).ring
    parts = [
        ring.from_dict({tuple(m[i] for i in keep): c for m, c in part.terms()})
        for part in (element.numer, element.denom)
    ]
    return Ratio(_field(few).raw_new(*parts), few)


def divide(a: Coefficient, b: Coefficient) -> Coefficient:
    """The exact quotient of two coefficients, the second not zero.

    >>> divide(1, 2), divide(4, 2)
    (Fraction(1, 2), 2)
    """
    if isinstance(a, Ratio) or isinstance(b, Ratio):
        result: Any = a / b
        return tidy(result)
    return _number(Fraction(a) / Fraction(b))


def tidy(value: Coefficient) -> Coefficient:
    """A whole ``Fraction`` as an ``int``; anything else as it is."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def coefficient_key(value: Coefficient) -> Key:
    """A sortable key: equal exactly for equal coefficients, and free of hashes."""
    return value.key if isinstance(value, Ratio) else ((), (value.numerator, value.denominator))


@lru_cache(maxsize=4096, typed=True)
def coefficient(value: Any) -> Coefficient:
    """A coefficient from an ``int``, ``Fraction`` or sympy expression built by ``+ - * /`` and whole powers.

    Raises ``BadInput`` for floats, roots, ``exp(tau)`` and a division by zero.

    >>> coefficient(sympy.Symbol("n") ** 2 / sympy.Symbol("n")), coefficient(sympy.Rational(4, 2))
    (n, 2)
    """
    if isinstance(value, Ratio):
        return value
    if isinstance(value, int | Fraction):
        return tidy(Fraction(value)) if not isinstance(value, int) else int(value)
    if isinstance(value, sympy.Rational):
        return _number(value)
    if isinstance(value, sympy.Symbol):
        return Ratio(_field((value.name,)).gens[0], (value.name,))
    if isinstance(value, sympy.Add | sympy.Mul):
        total: Any = 0 if isinstance(value, sympy.Add) else 1
        for part in value.args:
            total = total + coefficient(part) if isinstance(value, sympy.Add) else total * coefficient(part)
        return tidy(total)
    if isinstance(value, sympy.Pow) and isinstance(value.exp, sympy.Integer):
        return _power(coefficient(value.base), int(value.exp), value)
    raise BadInput(
        f"'{value}' cannot be a scalar of symbolic-size matrices: use rational numbers and symbols joined by + - * / "
        "and whole powers (a float x is exact as Fraction(x))"
    )


def _power(base: Coefficient, exponent: int, shown: Any) -> Coefficient:
    if exponent < 0 and base == 0:
        raise BadInput(f"'{shown}' divides by zero")
    result: Any = 1
    for _ in range(abs(exponent)):
        result = result * base
    return divide(1, result) if exponent < 0 else tidy(result)


@lru_cache(maxsize=4096, typed=True)
def dim(size: Any) -> Dim:
    """The canonical form of a size; ``BadInput`` for what is not surely a whole number >= 1 (or the number 0).

    >>> n, d = sympy.symbols("n d")
    >>> dim(n * (d + 1)) == dim(n * d + n), dim(3)
    (True, 3)
    >>> dim(n - 1)
    Traceback (most recent call last):
    ...
    symsim.errors.BadInput: size 'n - 1' may be below 1: write it as a sum of products of sizes (n = m + 1)
    """
    try:
        value = coefficient(size)
    except (BadInput, TypeError):
        raise BadInput(f"'{size}' is not a size: give a whole number >= 0 or a sum of products of symbols") from None
    if isinstance(value, Ratio):
        if value.element.denom != 1 or any(c.denominator != 1 for c in value.element.numer.coeffs()):
            raise BadInput(f"size '{size}' is not a whole number at all sizes: write it without a division")
        if any(c < 0 for c in value.element.numer.coeffs()):
            raise BadInput(f"size '{size}' may be below 1: write it as a sum of products of sizes (n = m + 1)")
        return value
    if not isinstance(value, int) or value < 0:
        raise BadInput(f"size {size} is not a whole number >= 0")
    return value


def is_dim(value: Coefficient) -> bool:
    """Whether a difference of sizes is a size >= 1 at all sizes >= 1."""
    if not isinstance(value, Ratio):
        return isinstance(value, int) and value > 0
    return bool(value.element.denom == 1) and all(c > 0 and c.denominator == 1 for c in value.element.numer.coeffs())


def symbols_of(value: Coefficient) -> tuple[str, ...]:
    """The names of the symbols that occur, sorted."""
    return value.names if isinstance(value, Ratio) else ()


def surely_positive(value: Coefficient, sizes: Collection[str]) -> bool:
    """Whether the value is > 0 wherever the symbols in ``sizes`` are >= 1 (a sufficient test)."""
    if not isinstance(value, Ratio):
        return value > 0
    parts = (value.element.numer, value.element.denom)
    return all(name in sizes for name in value.names) and all(c > 0 for part in parts for c in part.coeffs())


def denominator(value: Coefficient) -> Coefficient:
    """The denominator of the canonical form.

    >>> denominator(coefficient(1 / sympy.Symbol("tau")))
    tau
    """
    if not isinstance(value, Ratio):
        return value.denominator
    return _reduced(_field(value.names)(value.element.denom), value.names)


@lru_cache(maxsize=4096)
def to_sympy(value: Coefficient) -> Any:
    """The same value as a sympy expression (a whole number as ``int``)."""
    if isinstance(value, int):
        return value
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    return value.element.as_expr()


def total(sizes: Iterable[Dim]) -> Dim:
    """The sum of sizes."""
    result: Dim = 0
    for size in sizes:
        result = result + size
    return result
