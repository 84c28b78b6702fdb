"""Matrices that are never written out: products of a tall and a flat one, weights made block by block, their products.

They keep the memory of a modular run linear in the token matrix: the scores of n queries and n keys are a product of
n x d and d x n, and the weights are drawn again whenever some rows of them are needed. What weights are applied to is
kept beside them, since equal factors have equal products: such products are compared without being computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symsim.domains.residue_arithmetic import matmul
from symsim.domains.residue_sight import Seen

ROWS_AT_ONCE = 256
"""So many rows of a matrix that is never written out are made at a time."""


@dataclass(frozen=True)
class LowRank:
    """``left @ right`` with few columns on the left."""

    left: Any
    right: Any

    @property
    def shape(self) -> tuple[int, ...]:
        """As of an array: batch, rows, columns."""
        return (*self.left.shape[:-1], self.right.shape[-1])

    @property
    def mT(self) -> LowRank:  # noqa: N802 (the name in the array API standard)
        """The transpose."""
        return LowRank(self.right.mT, self.left.mT)


@dataclass(frozen=True)
class RowSource:
    """Softmax weights whose rows are made on demand: ``rows(start, stop)`` gives a block of them.

    A row is determined by its class, by how many keys it sees (``counts``) and by which these are (``seen``).
    """

    batch: int
    classes: Any
    counts: Any
    seen: Seen
    rows: Callable[[int, int], Any]

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of an array: batch, rows, columns."""
        return self.batch, self.seen.rows, self.seen.cols

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The ranges of rows that are made at a time."""
        height = self.seen.rows
        return [(start, min(start + ROWS_AT_ONCE, height)) for start in range(0, height, ROWS_AT_ONCE)]

    def same(self, other: RowSource) -> bool:
        """Whether both make the same rows."""
        if self is other:
            return True
        if self.shape != other.shape or not np.array_equal(self.counts, other.counts):
            return False
        if not np.array_equal(self.classes, other.classes):
            return False
        if self.seen.all and other.seen.all:
            return True
        return all(np.array_equal(self.seen.block(*rows)[0], other.seen.block(*rows)[0]) for rows in self.blocks)


class Weighted:
    """``weights @ values``, computed where its entries are asked for, and once.

    ``mapped`` applies a linear map of rows: to the values at once, and to the product where that is computed. So
    several of them share one product of the weights.
    """

    def __init__(self, weights: RowSource, values: Any, p: Any, origin: Weighted | None = None, change: Any = None):
        self.weights, self.values, self.p = weights, values, p
        self._origin, self._change = origin, change

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of an array: batch, rows, columns."""
        return self.weights.batch, self.weights.seen.rows, int(self.values.shape[-1])

    def mapped(self, change: Callable[[Any], Any]) -> Weighted:
        """``weights @ change(values)``, for a linear map of rows."""
        return Weighted(self.weights, change(self.values), self.p, self, change)

    @cached_property
    def dense(self) -> Any:
        """The product as an array."""
        if self._origin is not None:
            return self._change(self._origin.dense)
        blocks = [matmul(self.weights.rows(*block), self.values, self.p) for block in self.weights.blocks]
        return np.concatenate(blocks or [np.zeros(self.shape)], axis=-2)
