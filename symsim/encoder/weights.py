"""Weights: exact matrices over QQ, stored sparse, or block matrices of symbolic size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from symsim.domains.layout import Layout
from symsim.domains.polynomials import fraction
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput

Block = Any
"""A block of a weight: a rational (that multiple of the identity), or a sympy matrix."""


def as_weight(value: Any, what: str = "a weight") -> Any:
    """``value`` as an ``ImmutableSparseMatrix`` over QQ (or over QQ[tau]), or as a ``BlockMatrix`` of symbolic size.

    Accepts sympy matrices, nested lists and numpy arrays; floats that are no integers are a ``BadInput``.

    >>> as_weight([[1, 0], [0, 2]]).shape
    (2, 2)
    """
    if isinstance(value, sympy.MatrixExpr) and not isinstance(value, sympy.MatrixBase):
        return _distributed(value)
    if isinstance(value, sympy.ImmutableSparseMatrix):
        matrix = value
    elif isinstance(value, sympy.MatrixBase):
        matrix = sympy.ImmutableSparseMatrix(value)
    else:
        table = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(table, (list, tuple)) or not table or not isinstance(table[0], (list, tuple)):
            raise BadInput(f"{what} has to be a matrix with at least one row, got {type(value).__name__}")
        if len({len(row) for row in table}) != 1 or not table[0]:
            raise BadInput(f"the rows of {what} need one common length of at least 1")
        matrix = sympy.ImmutableSparseMatrix(
            [[_exact(v, what, i, j) for j, v in enumerate(row)] for i, row in enumerate(table)]
        )
    inexact = {place: _exact(v, what, *place) for place, v in matrix.todok().items() if not v.is_Rational}
    if all(matrix[place] == v for place, v in inexact.items()):
        return matrix
    return sympy.ImmutableSparseMatrix(*matrix.shape, {**matrix.todok(), **inexact})


def _distributed(value: Any) -> Any:
    """A number times a block matrix as the block matrix of the products."""
    factor, matrices = value.as_coeff_matrices() if isinstance(value, sympy.MatMul) else (1, [])
    if len(matrices) != 1 or not isinstance(matrices[0], sympy.BlockMatrix):
        return value
    table = matrices[0].blocks
    return sympy.BlockMatrix(
        [[sympy.MatMul(factor, table[i, j]).doit() for j in range(table.cols)] for i in range(table.rows)]
    )


def _exact(value: Any, what: str, i: int, j: int) -> Any:
    """An entry as a rational, or as a polynomial over QQ in the constants."""
    place = f"in {what} at row {i + 1}, column {j + 1}"
    if isinstance(value, sympy.Expr) and value.free_symbols:
        symbols = sorted(value.free_symbols, key=str)
        coefficients = sympy.Poly(value, *symbols).coeffs() if value.is_polynomial(*symbols) else []
        if not coefficients or not all(c.is_Rational for c in coefficients):
            raise BadInput(f"{value} {place} is no polynomial with rational coefficients")
        return value
    exact = fraction(rational(value, place))
    return sympy.Rational(exact.numerator, exact.denominator)


def undeclared(weight: Any, constants: Sequence[str]) -> set[str]:
    """The names in a weight that are no constants and (at symbolic size) no sizes; matrix symbols are never allowed."""
    sizes = {s.name for size in weight.shape for s in getattr(size, "free_symbols", ())}
    if isinstance(weight, sympy.BlockMatrix):
        sizes |= {s.name for block in weight.blocks for size in block.shape for s in size.free_symbols}
    matrices = {str(symbol.name) for symbol in weight.atoms(sympy.MatrixSymbol)}
    return matrices | ({s.name for s in weight.free_symbols} - {*constants, *sizes})


def block_weight(blocks: Mapping[tuple[str, str], Block], rows: Layout, cols: Layout) -> Any:
    """The weight with the given blocks and zeros elsewhere.

    A rational block is that multiple of the identity; other blocks are sympy matrices. At fixed sizes the result is
    sparse and explicit, at symbolic sizes a ``BlockMatrix`` cut like ``rows`` and ``cols``.

    >>> rows, cols = Layout((("x", 2), ("y", 1))), Layout((("k", 2),))
    >>> block_weight({("x", "k"): 1}, rows, cols)
    Matrix([
    [1, 0],
    [0, 1],
    [0, 0]])
    """
    if rows.fixed and cols.fixed:
        return _explicit(blocks, rows, cols)
    for r, c in blocks:
        rows.size(r), cols.size(c)
    table = []
    for r, height in rows.parts:
        line = []
        for c, width in cols.parts:
            block = blocks.get((r, c))
            if block is None:
                line.append(sympy.ZeroMatrix(height, width))
            elif isinstance(block, sympy.MatrixExpr) or isinstance(block, sympy.MatrixBase):
                line.append(block)
            else:
                if sympy.expand(height - width) != 0:
                    raise BadInput(f"block ({r}, {c}) is {height} x {width}: a multiple of the identity is square")
                line.append(sympy.Identity(height) if block == 1 else sympy.MatMul(block, sympy.Identity(height)))
        table.append(line)
    return sympy.BlockMatrix(table)


def _explicit(blocks: Mapping[tuple[str, str], Block], rows: Layout, cols: Layout) -> Any:
    entries: dict[tuple[int, int], Any] = {}
    for (r, c), block in blocks.items():
        top, bottom = rows.span(r)
        left, right = cols.span(c)
        shape = (bottom - top, right - left)
        if isinstance(block, (sympy.MatrixBase, sympy.MatrixExpr)):
            explicit = sympy.ImmutableSparseMatrix(block.as_explicit())
            if explicit.shape != shape:
                found = f"{explicit.shape[0]} x {explicit.shape[1]}"
                raise BadInput(f"block ({r}, {c}) is {found}, expected {shape[0]} x {shape[1]}")
            entries.update(((top + i, left + j), v) for (i, j), v in explicit.todok().items())
        else:
            if shape[0] != shape[1]:
                raise BadInput(f"block ({r}, {c}) is {shape[0]} x {shape[1]}: a multiple of the identity is square")
            entries.update(((top + i, left + i), block) for i in range(shape[0]))
    return sympy.ImmutableSparseMatrix(rows.total, cols.total, entries)


def sparse_weight(rows: int, cols: int, entries: Mapping[tuple[int, int], Any]) -> Any:
    """The explicit weight with these entries and zeros elsewhere."""
    return sympy.ImmutableSparseMatrix(rows, cols, dict(entries))


def count(weight: Any) -> tuple[Any, Any]:
    """How many entries a weight has, and how many of them are not zero (sympy expressions at symbolic sizes)."""
    rows, cols = weight.shape
    if isinstance(weight, sympy.MatrixBase):
        return rows * cols, len(weight.todok())
    return sympy.expand(rows * cols), sympy.expand(_nonzero(weight))


def _nonzero(block: Any) -> Any:
    if isinstance(block, sympy.BlockMatrix):
        return sum((_nonzero(b) for b in block.blocks), sympy.Integer(0))
    if isinstance(block, sympy.ZeroMatrix):
        return sympy.Integer(0)
    if isinstance(block, sympy.Identity):
        return block.rows
    if isinstance(block, sympy.MatMul) and all(isinstance(f, sympy.Identity) or not f.is_Matrix for f in block.args):
        return block.rows
    if isinstance(block, sympy.MatrixBase):
        return sympy.Integer(len(sympy.SparseMatrix(block).todok()))
    return block.shape[0] * block.shape[1]


def same_size(a: Any, b: Any) -> bool:
    """Whether two sizes are equal for all values of their symbols."""
    return bool(a == b) or sympy.expand(sympy.Integer(a) - b if isinstance(a, int) else a - b) == 0


def runs(activations: str | Sequence[Any], units: Any) -> tuple[tuple[str, Any], ...]:
    """Activations as runs ``((name, number of units), ...)``, from one name, one name a unit, or runs.

    Runs stay as they are given; names of neighbouring units are joined.
    """
    if isinstance(activations, str):
        return ((activations, units),)
    out: list[tuple[str, Any]] = []
    joins = False
    for item in activations:
        name, size = (item, 1) if isinstance(item, str) else item
        if joins and isinstance(item, str) and out[-1][0] == name:
            out[-1] = (name, out[-1][1] + size)
        else:
            out.append((name, size))
        joins = isinstance(item, str)
    total = sum(size for _, size in out)
    if not same_size(total, units):
        raise BadInput(f"{total} activations for {units} hidden units")
    return tuple(out)
