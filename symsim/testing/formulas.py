"""Random formulas of the matrix language, of a given shape, built with the functions that users call."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from symsim.formulas import (
    Formula,
    apply,
    blocks,
    determinant,
    diag,
    hadamard,
    identity,
    matrix,
    number,
    ones,
    scalar,
    softmax,
    trace,
    zeros,
)
from symsim.testing.matrices import rationals

SIZES = (1, 2, 3)
"""Rows and columns of what is drawn."""

SCALARS = {"tau": Fraction(3, 4), "beta": Fraction(-2)}
"""Free scalars that occur, each with a value at which nothing is divided by 0."""

SHAPES = {f"{letter}{r}{c}": (r, c) for letter in "XY" for r in SIZES for c in SIZES}
MASKS = {f"M{r}{c}": (r, c) for r in SIZES for c in SIZES}
DECLARED = {**SHAPES, **MASKS}
"""The matrices that occur, ``X12`` is 1 x 2, and the masks, with their shapes."""



FUNCTIONS = ("abs", "relu", "step", "square", "silu")
"""Functions of one entry that occur."""


@st.composite
def formulas(draw: st.DrawFn, rows: int | None = None, cols: int | None = None, depth: int = 3) -> Formula:
    """Formulas of a given shape (any small one where it is None) with up to ``depth`` operations in each other.

    >>> from hypothesis import find
    >>> str(find(formulas(1, 2, depth=1), lambda formula: "softmax" in str(formula)))
    'softmax(X12)'
    """
    rows = draw(st.sampled_from(SIZES)) if rows is None else rows
    cols = draw(st.sampled_from(SIZES)) if cols is None else cols
    if depth == 0:
        return draw(_leaf(rows, cols))
    kinds = ["leaf", "sum", "difference", "product", "scaled", "transposed", "hadamard", "apply", "softmax", "masked"]
    kinds += ["causal", "diag"] if rows == cols else []
    kinds += ["trace", "determinant"] if (rows, cols) == (1, 1) else []
    kinds += ["blocks"] if rows > 1 and cols > 1 else []
    return draw(_node(draw(st.sampled_from(kinds)), rows, cols, depth - 1))


@st.composite
def _leaf(draw: st.DrawFn, rows: int, cols: int) -> Formula:
    options = [matrix(f"X{rows}{cols}", rows, cols), matrix(f"Y{rows}{cols}", rows, cols), ones(rows, cols)]
    options += [zeros(rows, cols)] + ([identity(rows)] if rows == cols else [])
    if (rows, cols) == (1, 1):
        options += [scalar("tau"), scalar("beta"), number(draw(rationals()))]
    return draw(st.sampled_from(options))


@st.composite
def _node(draw: st.DrawFn, kind: str, rows: int, cols: int, depth: int) -> Formula:
    def part(r: int = rows, c: int = cols) -> Formula:
        return draw(formulas(r, c, depth))

    if kind == "product":
        inner = draw(st.sampled_from(SIZES))
        return part(rows, inner) @ part(inner, cols)
    if kind == "scaled":
        divisor = draw(st.sampled_from([scalar("tau"), scalar("beta"), number(3)]))
        return part(1, 1) * part() if draw(st.booleans()) else part() / divisor
    if kind == "blocks":
        return blocks([[part(1, 1), part(1, cols - 1)], [part(rows - 1, 1), part(rows - 1, cols - 1)]])
    if kind == "masked":
        return softmax(part(), mask=matrix(f"M{rows}{cols}", rows, cols))
    if kind == "apply":
        return apply(draw(st.sampled_from(FUNCTIONS)), part())
    if kind == "leaf":
        return draw(_leaf(rows, cols))
    if kind in ("trace", "determinant"):
        return (trace if kind == "trace" else determinant)(part(2, 2))
    if kind == "diag":
        return diag(part(rows, 1))
    if kind == "transposed":
        return part(cols, rows).T
    if kind in ("softmax", "causal"):
        return softmax(part(), causal=kind == "causal")
    return {
        "sum": lambda: part() + part(),
        "difference": lambda: part() - part(),
        "hadamard": lambda: hadamard(part(), part()),
    }[kind]()
