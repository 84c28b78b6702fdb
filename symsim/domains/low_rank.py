"""Matrices that are never written out: products of a tall and a flat one, and softmax weights made block by block.

They keep the memory of a modular run linear in the token matrix: the scores of n queries and n keys are a product of
n x d and d x n, and the weights are drawn again whenever some rows of them are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

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
    """A matrix whose rows are made on demand: ``rows(start, stop)`` gives a block of them."""

    height: int
    width: int
    batch: int
    rows: Callable[[int, int], Any]

    @property
    def shape(self) -> tuple[int, int, int]:
        """As of an array: batch, rows, columns."""
        return self.batch, self.height, self.width

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """The ranges of rows that are made at a time."""
        return [(start, min(start + ROWS_AT_ONCE, self.height)) for start in range(0, self.height, ROWS_AT_ONCE)]
