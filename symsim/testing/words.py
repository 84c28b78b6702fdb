"""Finite alphabets, of strings or of numbers, and words over them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

ALPHABETS: tuple[tuple[Any, ...], ...] = (
    ("a", "b"), ("b", "a", "c"), ("a",), ("(", ")"), (0, 1), (1, Fraction(-1, 2), 3),
)  # fmt: skip


def alphabets() -> st.SearchStrategy[tuple[Any, ...]]:
    """Alphabets with one to three tokens."""
    return st.sampled_from(ALPHABETS)


def words(alphabet: Sequence[Any], length: int = 5) -> st.SearchStrategy[list[Any]]:
    """Words of 1 to ``length`` tokens.

    >>> from hypothesis import find
    >>> find(words("ab"), lambda word: word.count("b") == 2)
    ['b', 'b']
    """
    return st.lists(st.sampled_from(list(alphabet)), min_size=1, max_size=length)
