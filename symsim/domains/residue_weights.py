"""Constant matrices modulo several primes at once, applied by gathering columns where they are sparse."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from symsim.domains.residue_arithmetic import matmul, plus, times
from symsim.errors import Undefined

FEW = 8
"""Up to so many non-zeros in the fullest column, columns are gathered and added; above, the product is dense."""


class ResidueWeight:
    """A ``rows x cols`` matrix of residues by its non-zero entries, each an array of one residue a prime.

    >>> p = np.array([[[7.0]]])
    >>> swap = ResidueWeight((2, 3), {(0, 2): np.array([1.0]), (1, 0): np.array([3.0])}, p)
    >>> filled, factor = swap.filling(np.arange(2))
    >>> filled.tolist(), factor.times(np.array([[[2.0, 4.0]]])).tolist()
    ([0, 2], [[[5.0, 2.0]]])
    """

    def __init__(self, shape: tuple[int, int], entries: Mapping[tuple[int, int], Any], p: Any) -> None:
        self.shape = shape
        self.entries = dict(entries)
        self.p = p

    @property
    def batch(self) -> int:
        """The number of primes."""
        return int(self.p.shape[0])

    @cached_property
    def dense(self) -> Any:
        """The weight as an array."""
        table = np.zeros((self.batch, *self.shape))
        if self.entries:
            rows, cols, values = self._sorted
            table[:, rows, cols] = values
        return table

    @cached_property
    def transposed(self) -> ResidueWeight:
        """The transpose."""
        rows, cols = self.shape
        return ResidueWeight((cols, rows), {(j, i): value for (i, j), value in self.entries.items()}, self.p)

    @cached_property
    def _sorted(self) -> tuple[Any, Any, Any]:
        """Rows, columns and values (one row a prime) of the entries, column by column."""
        places = sorted(self.entries, key=lambda place: (place[1], place[0]))
        table = np.array(places, dtype=np.int64).reshape(-1, 2)
        values = np.array([self.entries[place] for place in places]).reshape(-1, self.batch).T
        return table[:, 0], table[:, 1], values

    def filling(self, columns: Any) -> tuple[Any, Filling]:
        """For a matrix that is 0 outside these columns: which columns of its product are not, and what gives them."""
        rows, cols, values = self._sorted
        if len(columns) < self.shape[0]:
            place = np.full(self.shape[0], -1)
            place[columns] = np.arange(len(columns))
            kept = place[rows] >= 0
            if not kept.any():
                return rows[:0], Filling((len(columns), 0), rows[:0], cols[:0], values[:, :0], self.p)
            rows, cols, values = place[rows[kept]], cols[kept], values[:, kept]
        elif len(columns) and (np.diff(columns) < 0).any():
            rows = np.argsort(columns)[rows]
        new = np.diff(cols, prepend=-1) > 0
        return cols[new], Filling((len(columns), int(new.sum())), rows, np.cumsum(new) - 1, values, self.p)

    def times(self, operand: Any) -> Any:
        """``operand @ weight``."""
        filled, factor = self.filling(np.arange(self.shape[0]))
        found = factor.times(operand)
        if len(filled) == self.shape[1]:
            return found
        total = np.zeros((*found.shape[:-1], self.shape[1]))
        total[..., filled] = found
        return total


class Filling:
    """The columns of a weight that are not empty: entry ``values[:, t]`` in row ``rows[t]`` of column ``cols[t]``."""

    def __init__(self, shape: tuple[int, int], rows: Any, cols: Any, values: Any, p: Any) -> None:
        self.shape, self.p = shape, p
        self.rows, self.cols, self.values = rows, cols, values

    def times(self, operand: Any) -> Any:
        """``operand @ weight``, where possible as a view of the operand."""
        batch = np.broadcast_shapes(operand.shape[:-2], (self.p.shape[0],))
        order = np.arange(len(self.cols))
        if self.shape[1] == len(order):
            rank = np.zeros(len(order), dtype=np.int64)
        else:
            rank = order - np.searchsorted(self.cols, self.cols)  # entries are in order of columns
        most = int(rank.max(initial=-1)) + 1
        if most > FEW:
            return self._densely(operand)
        total = np.broadcast_to(np.zeros(()), (*batch, operand.shape[-2], self.shape[1]))
        for t in range(most):
            chosen = rank == t
            values = self.values[:, chosen]
            part = picked(operand, self.rows[chosen])
            part = part if (values == 1).all() else times(part, values[:, None, :], self.p)
            if t == 0:  # every column has a first entry
                total = np.broadcast_to(part, total.shape)
                continue
            total = total if total.flags.writeable else total.copy()
            here = self.cols[chosen]
            total[..., here] = plus(total[..., here], part, self.p)
        return total

    def _densely(self, operand: Any) -> Any:
        table = np.zeros((self.p.shape[0], *self.shape))
        table[:, self.rows, self.cols] = self.values
        return matmul(operand, table, self.p)


def picked(a: Any, columns: Any) -> Any:
    """Some columns of an array, in this order: a view where they are consecutive.

    >>> picked(np.arange(4).reshape(1, 4), np.array([1, 2])).tolist()
    [[1, 2]]
    """
    if len(columns) and (np.diff(columns) == 1).all():
        return a[..., int(columns[0]) : int(columns[-1]) + 1]
    return np.take(a, columns, axis=-1)


def residues(value: Fraction, p: Any) -> Any:
    """A rational modulo every prime; ``Undefined`` where a prime divides its denominator (then other primes serve).

    >>> residues(Fraction(1, 2), np.array([[[7.0]]])).tolist()
    [4.0]
    """
    found = []
    for prime in p[:, 0, 0].tolist():
        modulus = int(prime)
        if value.denominator % modulus == 0:
            raise Undefined(f"the prime {modulus} divides a denominator")
        found.append(float(value.numerator * pow(value.denominator, -1, modulus) % modulus))
    return np.array(found)
