"""A value of an encoder for words that is not rational, or not seen to be: kept exactly, told apart by balls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symsim.domains.enclosure import decimal, is_constant, separate
from symsim.domains.exact import Exact
from symsim.domains.field import Element, Value
from symsim.domains.sympy_edge import from_sympy, rational, to_sympy

DIGITS = 12
LONG = 40
"""A form of more characters is left out where people read a value; its decimals stay."""


@dataclass(frozen=True, eq=False)
class RealValue:
    """A real number as an element of an exact field, such as ``E/(1 + E)``.

    ``codes`` are the numbers of the values that are written as numbers. ``condition`` says what is not known and would
    have to hold for this to be the value.

    >>> K = Exact()
    >>> e = RealValue(K, K.field.exp(1))
    >>> str(e), e.agrees(3), e.agrees("b")
    ('E = 2.71828182846...', False, False)
    """

    domain: Exact = field(repr=False)
    value: Value
    codes: Mapping[str, Fraction] = field(default_factory=dict, repr=False)
    condition: str = ""

    def agrees(self, other: Any) -> bool | None:
        """Whether this is a rational number, the number of a string, or another such value; None: not known.

        True where the difference has the form 0, False where balls separate it from 0.
        """
        if self.condition or isinstance(other, RealValue) and other.condition:
            return None
        if isinstance(other, str):
            return self.agrees(self.codes[other]) if other in self.codes else False
        inside = self.domain.field
        if isinstance(other, RealValue):
            shared = other.domain is self.domain
            number = other.value if shared else from_sympy(inside, to_sympy(other.domain.field, other.value))
        else:
            number = rational(Fraction(other), "as a value")
        gap = inside.add(self.value, number, -1)
        if inside.equal(gap, 0):
            return True
        return False if is_constant(inside, gap) and separate(inside, gap) is not None else None

    def __str__(self) -> str:
        """Its form with some decimals; ``unknown`` where a condition is open."""
        if self.condition:
            return f"unknown ({self.condition})"
        text = str(to_sympy(self.domain.field, self.value))
        if type(self.value) is not Element or not is_constant(self.domain.field, self.value):
            return text
        digits = f"{decimal(self.domain.field, self.value, DIGITS)}..."
        return f"{text} = {digits}" if len(text) <= LONG else digits


def same(a: Any, b: Any) -> bool | None:
    """Whether two values are equal: exact ones always tell, real ones where forms or balls do.

    >>> same(1, Fraction(1)), same("1", 1)
    (True, False)
    """
    if isinstance(a, RealValue):
        return a.agrees(b)
    if isinstance(b, RealValue):
        return b.agrees(a)
    return isinstance(a, str) == isinstance(b, str) and bool(a == b)
