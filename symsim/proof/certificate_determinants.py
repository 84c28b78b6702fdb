"""Determinants and inverses in certificates: written out by their definition, as sums and products of entries.

A determinant is expanded along its rows (Laplace), an inverse is the transposed matrix of the cofactors over the
determinant (Cramer). The checker needs to know of neither, and what it establishes is about these formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

Tree = list[Any]
HIGHEST_ORDER = 5
"""The formula of an order has more than the factorial of it as products."""


def determinant(argument: Tree, order: int) -> Tree:
    """The determinant of the formula ``argument`` of shape ``order`` x ``order``, as a 1 x 1 formula.

    >>> str(determinant(["name", "A"], 3)).count("'name', 'A'"), determinant(["name", "a"], 1)
    (15, ['name', 'a'])
    """
    return argument if order == 1 else _minors(argument, order)(tuple(range(order)), tuple(range(order)))


def inverse(argument: Tree, order: int) -> Tree:
    """The inverse of the formula ``argument`` of shape ``order`` x ``order``.

    >>> inverse(["name", "a"], 1)
    ['apply', 'reciprocal', ['name', 'a']]
    >>> str(inverse(["name", "A"], 2)).count("reciprocal")
    1
    """
    over = ["apply", "reciprocal", determinant(argument, order)]
    if order == 1:
        return over
    minor, every = _minors(argument, order), range(order)
    terms = []
    for i in every:
        for j in every:
            rows, cols = (tuple(k for k in every if k != left_out) for left_out in (j, i))
            cofactor = _signed(i + j, minor(rows, cols))
            terms.append(["product", _unit(order, i), cofactor, ["transpose", _unit(order, j)]])
    return ["scaled", over, ["sum", *terms]]


def _minors(argument: Tree, order: int) -> Callable[[tuple[int, ...], tuple[int, ...]], Tree]:
    """The determinant of what is left of a matrix in some rows and columns."""

    @cache
    def minor(rows: tuple[int, ...], cols: tuple[int, ...]) -> Tree:
        first = [["product", ["transpose", _unit(order, rows[0])], argument, _unit(order, col)] for col in cols]
        if len(rows) == 1:
            return first[0]
        rest = [minor(rows[1:], cols[:k] + cols[k + 1 :]) for k in range(len(cols))]
        return ["sum", *(_signed(k, ["product", a, b]) for k, (a, b) in enumerate(zip(first, rest, strict=True)))]

    return minor


def _signed(power: int, tree: Tree) -> Tree:
    """The formula times (-1) to this power."""
    return ["scaled", ["number", "-1"], tree] if power % 2 else tree


def _unit(order: int, k: int) -> Tree:
    """The column with a 1 at place ``k``, counted from 0."""
    return ["matrix", {"shape": [order, 1], "entries": [[k, 0, "1"]]}]
