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
    >>> swap = ResidueWeight((2, 2), {(0, 1): np.array([1.0]), (1, 0): np.array([3.0])}, p)
    >>> swap.times(np.array([[[2.0, 4.0]]])).tolist()
    [[[5.0, 2.0]]]
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
        for (i, j), value in self.entries.items():
            table[:, i, j] = value
        return table

    @cached_property
    def transposed(self) -> ResidueWeight:
        """The transpose."""
        rows, cols = self.shape
        return ResidueWeight((cols, rows), {(j, i): value for (i, j), value in self.entries.items()}, self.p)

    @cached_property
    def _terms(self) -> list[tuple[Any, Any, Any]] | None:
        """The t-th non-zeros: columns, rows, factors (None: all 1); None where a column has too many."""
        columns: list[list[tuple[int, Any]]] = [[] for _ in range(self.shape[1])]
        for (i, j), value in sorted(self.entries.items(), key=lambda item: item[0]):
            columns[j].append((i, value))
        most = max(map(len, columns), default=0)
        if most > FEW:
            return None
        terms = []
        for t in range(most):
            filled = np.array([j for j, column in enumerate(columns) if t < len(column)], dtype=np.int64)
            rows = np.array([columns[j][t][0] for j in filled.tolist()], dtype=np.int64)
            factors = np.stack([columns[j][t][1] for j in filled.tolist()], axis=-1)
            terms.append((filled, rows, None if (factors == 1).all() else factors[:, None, :]))
        return terms

    def times(self, operand: Any) -> Any:
        """``operand @ weight``."""
        if self._terms is None:
            return matmul(operand, self.dense, self.p)
        batch = operand.shape[:-2] if operand.ndim > 2 else ()
        total = np.zeros((*np.broadcast_shapes(batch, (self.batch,)), operand.shape[-2], self.shape[1]))
        for t, (filled, rows, factors) in enumerate(self._terms):
            part = np.take(operand, rows, axis=-1)
            part = part if factors is None else times(part, factors, self.p)
            total[..., filled] = part if t == 0 else plus(total[..., filled], part, self.p)
        return total


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
