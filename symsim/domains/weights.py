"""Weights that know their structure: a product with one is slices and gathers, and dense only where it must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy

Column: TypeAlias = tuple[tuple[int, Any], ...]
"""The non-zero entries of a column: row number and value, in the order of rows."""

Piece: TypeAlias = Callable[[Any], Any]
"""Some columns of the product with an array of shape (..., rows of the weight)."""

FEW = 4
"""Up to so many non-zeros, a column is gathered and added; above, a dense product is faster."""

MOST_PIECES = 16
"""Up to so many slices, a weight is applied slice by slice; above, one gather is faster."""


class SparseWeight:
    """A constant ``rows x cols`` matrix by its non-zero entries, over an array namespace ``xp``.

    ``array`` makes an array of the domain's entries from nested lists, ``zeros`` one of zeros from a shape. Weights of
    encoders move blocks between slots, so almost all of them are identity blocks: those become slices of the operand.

    >>> shift = SparseWeight((3, 2), {(1, 0): 1.0, (2, 1): 1.0}, numpy, numpy.asarray, numpy.zeros)
    >>> shift.times(numpy.asarray([[1.0, 2.0, 3.0]]))
    array([[2., 3.]])
    """

    def __init__(
        self,
        shape: tuple[int, int],
        entries: Mapping[tuple[int, int], Any],
        xp: Any,
        array: Callable[..., Any],
        zeros: Callable[[tuple[int, ...]], Any],
    ) -> None:
        self.shape = shape
        self.entries = dict(entries)
        self._xp, self._array, self._zeros = xp, array, zeros

    @cached_property
    def dense(self) -> Any:
        """The weight as an array."""
        table: list[list[Any]] = [[0] * self.shape[1] for _ in range(self.shape[0])]
        for (i, j), value in self.entries.items():
            table[i][j] = value
        return self._xp.reshape(self._array(table), self.shape)

    @cached_property
    def transposed(self) -> SparseWeight:
        """The transpose, with its structure."""
        rows, cols = self.shape
        entries = {(j, i): value for (i, j), value in self.entries.items()}
        return SparseWeight((cols, rows), entries, self._xp, self._array, self._zeros)

    def times(self, operand: Any) -> Any:
        """``operand @ weight`` for an array of shape (..., any, rows of the weight)."""
        pieces, order = self._plan
        parts = [piece(operand) for piece in pieces]
        joined = parts[0] if len(parts) == 1 else self._xp.concat(parts, axis=-1)
        return joined if order is None else self._xp.take(joined, order, axis=-1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return numpy.array(self.dense, dtype=dtype)

    # -- planning -------------------------------------------------------------------------------------------------
    @cached_property
    def _columns(self) -> list[Column]:
        columns: list[list[tuple[int, Any]]] = [[] for _ in range(self.shape[1])]
        for (i, j), value in sorted(self.entries.items(), key=lambda item: item[0]):
            columns[j].append((i, value))
        return [tuple(column) for column in columns]

    @cached_property
    def _plan(self) -> tuple[list[Piece], Any]:
        """The pieces of the product, and the order in which their columns are read (None: as they stand)."""
        runs = _runs(self._columns)
        if len(runs) <= MOST_PIECES:
            return [self._piece(run) for run in runs] or [self._nothing(0)], None
        light = [j for j, column in enumerate(self._columns) if len(column) <= FEW]
        heavy = [j for j, column in enumerate(self._columns) if len(column) > FEW]
        pieces = [self._piece([self._columns[j] for j in part]) for part in (light, heavy) if part]
        if not (light and heavy):
            return pieces, None
        place = {j: k for k, j in enumerate(light + heavy)}
        return pieces, self._numbers([place[j] for j in range(self.shape[1])])

    def _piece(self, columns: Sequence[Column]) -> Piece:
        """How some columns are computed, chosen by the most crowded of them."""
        most = max(len(column) for column in columns)
        if most == 0:
            return self._nothing(len(columns))
        if all(follows(a, b) for a, b in zip(columns, columns[1:], strict=False)) and most == 1:
            (start, factor) = columns[0][0]
            return _slice(start, start + len(columns), factor)
        return self._gather(columns, most) if most <= FEW else self._product(columns)

    def _nothing(self, count: int) -> Piece:
        return lambda operand: self._zeros((*operand.shape[:-1], count))

    def _gather(self, columns: Sequence[Column], most: int) -> Piece:
        """Sum over t of the column with the t-th non-zero, times it; short columns are filled up with nothing."""
        terms = []
        for t in range(most):
            cells = [column[t] if t < len(column) else (0, 0) for column in columns]
            filled = self._numbers([int(t < len(column)) for column in columns]) == 1
            gaps = any(t >= len(column) for column in columns)
            terms.append((self._numbers([i for i, _ in cells]), self._array([w for _, w in cells]), filled, gaps))

        def apply(operand: Any) -> Any:
            total = None
            for rows, factors, filled, gaps in terms:
                term = self._xp.take(operand, rows, axis=-1) * factors
                if gaps:  # where, not times 0: an infinite entry that nobody reads must not become nan
                    term = self._xp.where(filled, term, self._zeros(()))
                total = term if total is None else total + term
            return total

        return apply

    def _product(self, columns: Sequence[Column]) -> Piece:
        """A dense product with the rows that are used at all."""
        used = sorted({i for column in columns for i, _ in column})
        place = {i: k for k, i in enumerate(used)}
        table: list[list[Any]] = [[0] * len(columns) for _ in used]
        for j, column in enumerate(columns):
            for i, value in column:
                table[place[i]][j] = value
        matrix, rows = self._array(table), self._numbers(used)
        if len(used) == self.shape[0]:
            return lambda operand: self._xp.matmul(operand, matrix)
        return lambda operand: self._xp.matmul(self._xp.take(operand, rows, axis=-1), matrix)

    def _numbers(self, values: Sequence[int]) -> Any:
        return self._xp.asarray(values, dtype=self._xp.int64)


def follows(first: Column, second: Column) -> bool:
    """Whether two neighbouring columns go on a diagonal: one non-zero each, one row further down, the same value."""
    if len(first) != 1 or len(second) != 1:
        return False
    (i, a), (k, b) = first[0], second[0]
    return k == i + 1 and bool(a == b)


def _runs(columns: Sequence[Column]) -> list[list[Column]]:
    """The columns cut into runs: diagonals, zeros, and all others."""
    runs: list[list[Column]] = []
    for column in columns:
        if runs and _joins(runs[-1][-1], column):
            runs[-1].append(column)
        else:
            runs.append([column])
    return runs


def _joins(previous: Column, column: Column) -> bool:
    if len(column) == 1:
        return follows(previous, column)
    return (not column and not previous) or (len(column) > 1 and len(previous) > 1)


def _slice(start: int, stop: int, factor: Any) -> Piece:
    if factor == 1:
        return lambda operand: operand[..., start:stop]
    return lambda operand: operand[..., start:stop] * factor
