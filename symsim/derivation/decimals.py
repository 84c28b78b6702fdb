"""Matrices of decimals as exact rationals, for worked examples."""

from __future__ import annotations

from fractions import Fraction

from symsim.errors import BadInput


def decimals(text: str) -> list[list[Fraction]]:
    """The matrix whose rows are separated by ``;`` and whose entries by blanks; every decimal is the exact rational.

    >>> decimals(".1 .2; 3 4")
    [[Fraction(1, 10), Fraction(1, 5)], [Fraction(3, 1), Fraction(4, 1)]]
    """
    try:
        return [[Fraction(entry) for entry in row.split()] for row in text.split(";")]
    except (ValueError, ZeroDivisionError) as error:
        raise BadInput(f"{text!r} is no matrix of decimals: {error}") from None
