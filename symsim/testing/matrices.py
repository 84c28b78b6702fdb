"""Small exact numbers, shapes, and matrices of them as nested lists."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

ENTRIES = st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(2, 3)])
"""Entries of weights: a third of them is 0."""


def rationals(largest: int = 3, denominator: int = 5) -> st.SearchStrategy[Fraction]:
    """Rationals from ``-largest`` to ``largest`` with denominators up to ``denominator``.

    >>> from hypothesis import find
    >>> find(rationals(), lambda x: x > 1)
    Fraction(2, 1)
    """
    return st.fractions(-largest, largest, max_denominator=denominator)


def shapes(largest: int = 3) -> st.SearchStrategy[tuple[int, int]]:
    """Shapes of matrices with 1 to ``largest`` rows and columns."""
    return st.tuples(st.integers(1, largest), st.integers(1, largest))


def tables(rows: int, cols: int, values: st.SearchStrategy[Any] = ENTRIES) -> st.SearchStrategy[list[list[Any]]]:
    """Matrices as nested lists.

    >>> from hypothesis import find
    >>> find(tables(1, 2), lambda table: table[0][1] == 1)
    [[Fraction(0, 1), Fraction(1, 1)]]
    """
    return st.lists(st.lists(values, min_size=cols, max_size=cols), min_size=rows, max_size=rows)
