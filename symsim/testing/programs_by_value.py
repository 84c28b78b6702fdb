"""Random RASP programs whose selectors compare values, each with an alphabet: these become encoders over words."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

ALPHABETS: tuple[tuple[tuple[Any, ...], int], ...] = (
    (("a", "b"), 4),
    (("b", "a", "c"), 3),
    ((0, 1), 4),
    ((1, Fraction(-1, 2), 3), 3),
    (("a",), 5),
)
"""Alphabets, and how long their words get."""

Case = tuple[str, tuple[Any, ...], int]


class Drawn:
    """Draws expressions of one kind, with at most so many operations in each other."""

    def __init__(self, source: random.Random, strings: bool) -> None:
        self.source, self.strings = source, strings

    def one(self, *forms: str) -> str:
        return self.source.choice(forms)

    def selector(self, deep: int) -> str:
        """Compares numbers, or the strings of the input."""
        relation = self.one("==", "<", "<=", ">", ">=", "!=")
        match self.source.randrange(6 if deep > 0 else 3):
            case 0:
                return f"select({self.word(0)}, {self.word(0)}, {relation})"
            case 1:
                return f"select({self.number(deep - 1)}, {self.number(deep - 1)}, {relation})"
            case 2:
                return "select(indices, indices, <)"
            case 3:
                return f"(not {self.selector(deep - 1)})"
        return f"({self.selector(deep - 1)} {self.one('and', 'or')} {self.selector(deep - 1)})"

    def word(self, deep: int) -> str:
        """A string; over an alphabet of numbers a number."""
        if not self.strings:
            return self.number(deep - 1)
        match self.source.randrange(4) if deep > 0 else 0:
            case 0:
                return self.one(*["tokens"] * 6, '"a"', '"b"')
            case 1:
                return f"load_from_location(tokens, {self.number(deep - 1)})"
            case 2:
                place = f"select(indices, {self.number(deep - 1)}, ==)"
                return f'aggregate({place} and {self.selector(deep - 1)}, tokens, "-")'
        return f'({self.word(deep - 1)} if {self.truth(deep - 1)} else {self.one("tokens", chr(34) + "c" + chr(34))})'

    def truth(self, deep: int) -> str:
        if self.source.randrange(3) == 0:
            return f"has_focus({self.selector(deep)})"
        part = self.word if self.source.randrange(2) else self.number
        return f"({part(deep - 1)} {self.one('==', '<', '<=', '>', '>=')} {part(deep - 1)})"

    def attention(self, deep: int) -> str:
        """A count or a mean for what is selected."""
        match self.source.randrange(3):
            case 0:
                return f"selector_width({self.selector(deep)})"
            case 1:
                return f"aggregate({self.selector(deep)}, {self.number(deep - 1)})"
        return f"aggregate({self.selector(deep)}, {self.number(deep - 1)}, {self.one('-1', '1/2', '3')})"

    def number(self, deep: int) -> str:
        if deep <= 0:
            own = 'indicator(tokens in ["a", "c"])', '{"a": 1, "b": -1, "c": 1/2}[tokens]'
            return self.one("0", "1", "2", "1/2", "indices", "indices", *(own if self.strings else ("tokens",) * 3))

        def a() -> str:
            return self.number(deep - 1)

        b = a
        forms: tuple[Callable[[], str], ...] = (
            *[lambda: self.attention(deep)] * 6,
            lambda: f"({a()} {self.one('+', '-', '*')} {b()})",
            lambda: f"({a()} / {self.one('2', 'length', '(indices + 1)')})",
            lambda: f"({a()} % {self.one('2', '3')})",
            lambda: f"round({a()})",
            lambda: f"indicator({self.truth(deep)})",
            lambda: f"({a()} if {self.truth(deep)} else {b()})",
            lambda: f"{self.one('max', 'min')}({a()}, {b()})",
        )
        return self.source.choice(forms)()


def program(source: random.Random, deep: int = 3) -> Case:
    """A program, its alphabet and a length."""
    alphabet, length = source.choice(ALPHABETS)
    drawn = Drawn(source, isinstance(alphabet[0], str))
    kinds: tuple[Callable[[], str], ...] = (
        lambda: drawn.number(deep),
        lambda: f"{drawn.attention(deep)} + {drawn.number(deep)}",
        lambda: f"{drawn.attention(deep)} * tokens" if not drawn.strings else drawn.word(deep),
        lambda: f"sort(tokens, {drawn.attention(deep)})",
    )
    text = source.choice(kinds)()
    return f"({text}) if indices >= 0 else ({text})", alphabet, length  # an s-op also where the text is a number


def programs_by_value(deep: int = 3) -> st.SearchStrategy[Case]:
    """An expression of RASP, an alphabet and a length: a program for all words up to that length.

    >>> from hypothesis import find
    >>> text, alphabet, length = find(programs_by_value(1), lambda case: "select(" in case[0])
    >>> len(alphabet) >= 1 <= length
    True
    """
    return st.integers(0, 2**32 - 1).map(lambda seed: program(random.Random(seed), deep))
