"""Values of token cells as text for Rocq: polynomials over the rationals in terms that stand for themselves.

They are proposals only: the kernel proves every one of them or refuses the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

Monomial = tuple[str, ...]
"""A product of terms of Rocq; each binds as tightly as an application."""


@dataclass(frozen=True)
class Value:
    """A polynomial: monomials with their coefficients, none of which is 0, sorted.

    >>> x, y = atom("X 0 0"), atom("X 0 1")
    >>> total([product(x, y), product(x, x), scaled(Fraction(-1, 4), y)]).text
    '((- (1 / 4%:R)) * X 0 1 : F) + ((X 0 0 * X 0 0 : F) + X 0 0 * X 0 1)'
    """

    terms: tuple[tuple[Monomial, Fraction], ...] = ()

    @property
    def text(self) -> str:
        """The polynomial as an element of the field.

        It is bracketed and typed as the sums of ``Fixed.v`` are, so that equal terms are the same for the kernel.
        """
        if not self.terms:
            return "0"
        *first, last = (_term(monomial, c) for monomial, c in self.terms)
        typed = [f"({text} : F)" if " * " in text else text for text in first]
        return "".join(f"{text} + (" for text in typed[:-1]) + "".join(f"{text} + " for text in typed[-1:]) + last + (
            ")" * (len(first) - 1)
        )

    @property
    def constant(self) -> Fraction | None:
        """The number that it is, if it is one."""
        if not self.terms:
            return Fraction(0)
        (monomial, c), *more = self.terms
        return None if monomial or more else c


def number(value: Fraction | int) -> Value:
    """A constant."""
    return Value((((), Fraction(value)),) if value else ())


def atom(text: str) -> Value:
    """A term of Rocq that stands for itself."""
    return Value((((text,), Fraction(1)),))


def total(values: Iterable[Value]) -> Value:
    """The sum."""
    return _collected(term for value in values for term in value.terms)


def scaled(c: Fraction | int, value: Value) -> Value:
    """A multiple."""
    return _collected((monomial, c * old) for monomial, old in value.terms)


def product(a: Value, b: Value) -> Value:
    """The product, multiplied out."""
    return _collected((m + n, c * d) for m, c in a.terms for n, d in b.terms)


def applied(function: str, value: Value) -> Value:
    """A function of one argument, as a term that stands for itself."""
    return atom(f"{function} ({value.text})")


def quotient(above: Value, below: Value) -> Value:
    """A fraction, as a term that stands for itself."""
    return atom(f"(({above.text}) / ({below.text}))")


def inverse(value: Value) -> Value:
    """One over a value that is not the constant 0; that of a number is a number."""
    c = value.constant
    return number(1 / c) if c else atom(f"({value.text})^-1")


def scalar(c: Fraction) -> str:
    """A rational as an element of the field.

    >>> scalar(Fraction(-3, 2)), scalar(Fraction(1))
    ('(- (3%:R / 2%:R))', '1')
    """
    text = "1" if abs(c.numerator) == 1 else f"{abs(c.numerator)}%:R"
    text = text if c.denominator == 1 else f"({text} / {c.denominator}%:R)"
    return text if c >= 0 else f"(- {text})"


def _term(monomial: Monomial, c: Fraction) -> str:
    factors = [scalar(c)] if c != 1 or not monomial else []
    return " * ".join([*factors, *monomial])


def _collected(terms: Iterable[tuple[Monomial, Fraction]]) -> Value:
    sums: dict[Monomial, Fraction] = {}
    for monomial, c in terms:
        key = tuple(sorted(monomial))
        sums[key] = sums.get(key, Fraction(0)) + c
    return Value(tuple((key, sums[key]) for key in sorted(sums, key=lambda key: (len(key), key)) if sums[key]))
