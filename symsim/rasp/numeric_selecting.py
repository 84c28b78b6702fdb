"""Selectors over arrays: the position of the one key of each query where there is at most one, else rows of booleans.

Queries that select the same keys share one row, and rows are made a block at a time: neither ``full_s`` nor a matrix
that is turned costs the square of the length, and no selector takes more memory than a block.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy

Relation = Callable[[Any, Any], Any]

RELATIONS: dict[str, Relation] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
"""The relations, entry by entry, from two arrays of numbers to an array of booleans."""

MOST_CELLS = 1 << 20
"""A block of rows has at most so many cells."""

MOST_KEPT = 1 << 17
"""The rows of a selector are kept for its next reader if they have at most so many cells in all."""

FEW = 64
"""Below this length equal rows are not looked for."""


def host(array: Any) -> Any:
    """Any library's array as one of numpy."""
    return array if isinstance(array, numpy.ndarray) else numpy.from_dlpack(array)


class Selection(ABC):
    """Which keys each of ``size`` queries selects, over an array namespace ``xp`` and on one of its devices."""

    def __init__(self, xp: Any, size: int, device: Any) -> None:
        self.xp = xp
        self.size = size
        self.device = device

    @abstractmethod
    def block(self, queries: Any) -> Any:
        """The rows of some queries (an array of their positions), as booleans of shape (queries, keys)."""

    @abstractmethod
    def along(self, keys: Any) -> Any:
        """For every query i whether it selects key ``keys[i]``, as booleans of shape (size,)."""

    @abstractmethod
    def means(self, values: Any, default: float) -> Any:
        """For every query the mean of ``values`` over its keys; ``default`` where it selects none."""

    @property
    @abstractmethod
    def classes(self) -> tuple[Any, Any]:
        """Queries that stand for all others, and for every query the number of the one that stands for it."""

    def numbers(self) -> Any:
        """The positions from 0."""
        return self.xp.arange(self.size, dtype=self.xp.int64, device=self.device)

    @cached_property
    def rows(self) -> list[int]:
        """The rows as integers: bit j for key j."""
        first, labels = self.classes
        found = [
            int.from_bytes(row.tobytes(), "little")
            for block in self._blocks(first)
            for row in numpy.packbits(host(block), axis=1, bitorder="little")
        ]
        return [found[label] for label in host(labels).tolist()]

    def _blocks(self, queries: Any) -> Iterator[Any]:
        step = max(1, MOST_CELLS // self.size)
        size = queries.shape[0]
        for start in range(0, size, step):
            yield self.block(queries[start : min(start + step, size)])


class One(Selection):
    """At most one key a query: ``index[i]``, or -1.

    >>> turn = One(numpy, numpy.asarray([2, -1, 0]))
    >>> turn.means(numpy.asarray([5.0, 6.0, 7.0]), 0.5).tolist(), turn.rows
    ([7.0, 0.5, 5.0], [4, 0, 1])
    """

    def __init__(self, xp: Any, index: Any) -> None:
        super().__init__(xp, index.shape[0], index.device)
        self.index = index
        self._none = index < 0
        self._some_select_none = bool(xp.any(self._none))
        self.position = xp.where(self._none, xp.zeros_like(index), index) if self._some_select_none else index
        """The key of each query, and 0 where it selects none."""

    def block(self, queries: Any) -> Any:
        return self.numbers()[None, :] == self.xp.take(self.index, queries)[:, None]

    def along(self, keys: Any) -> Any:
        return (self.index == keys) & ~self._none

    @property
    def classes(self) -> tuple[Any, Any]:
        numbers = self.numbers()
        return numbers, numbers

    @cached_property
    def rows(self) -> list[int]:
        return [1 << j if j >= 0 else 0 for j in host(self.index).tolist()]

    def means(self, values: Any, default: float) -> Any:
        found = self.xp.take(values, self.position)
        if not self._some_select_none:
            return found
        return self.xp.where(self._none, self.xp.full_like(found, default), found)


class Table(Selection):
    """Any selector.

    ``block`` and ``along`` are given as functions; ``labels`` gives for every query a number, the same only for
    queries that select the same keys.

    >>> before = compared(numpy, "<", numpy.asarray([0.0, 1.0, 2.0]), numpy.asarray([0.0, 1.0, 2.0]))
    >>> before.means(numpy.asarray([5.0, 6.0, 7.0]), 0.0).tolist(), before.rows
    ([0.0, 5.0, 5.5], [0, 1, 3])
    """

    def __init__(
        self,
        xp: Any,
        size: int,
        device: Any,
        block: Callable[[Any], Any],
        along: Callable[[Any], Any],
        labels: Callable[[], Any],
    ) -> None:
        super().__init__(xp, size, device)
        self._block = block
        self._along = along
        self._labels = labels
        self._whole: tuple[Any, Any] | None = None

    def block(self, queries: Any) -> Any:
        return self._block(queries)

    def along(self, keys: Any) -> Any:
        return self._along(keys)

    @cached_property
    def classes(self) -> tuple[Any, Any]:
        if self.size < FEW:
            numbers = self.numbers()
            return numbers, numbers
        found = self.xp.unique_all(self._labels())
        return found.indices, self.xp.reshape(found.inverse_indices, (self.size,))

    def means(self, values: Any, default: float) -> Any:
        xp = self.xp
        first, labels = self.classes
        parts = []
        for weights, counts in self._weights(first, values.dtype):
            mean = xp.matmul(weights, values) / xp.where(counts > 0, counts, xp.ones_like(counts))
            parts.append(xp.where(counts > 0, mean, xp.full_like(mean, default)))
        found = parts[0] if len(parts) == 1 else xp.concat(parts)
        return found if self.size < FEW else xp.take(found, labels)

    def _weights(self, first: Any, dtype: Any) -> Iterator[tuple[Any, Any]]:
        """Blocks of rows of 0 and 1 and the sums of the rows; kept where there is one block."""
        if self._whole is not None:
            yield self._whole
            return
        for block in self._blocks(first):
            weights = self.xp.astype(block, dtype)
            pair = weights, self.xp.sum(weights, axis=1)
            if first.shape[0] * self.size <= MOST_KEPT:
                self._whole = pair
            yield pair


def compared(xp: Any, relation: str, keys: Any, queries: Any, positions: bool = False) -> Selection:
    """The selector of ``key_j relation query_i`` for two arrays of numbers.

    ``positions`` says that the keys are 0, 1, 2, ... in order.
    """
    if relation == "==":
        index = _numbered(xp, keys.shape[0], queries) if positions else _found(xp, keys, queries)
        if index is not None:
            return One(xp, index)
    holds = RELATIONS[relation]
    return Table(
        xp,
        keys.shape[0],
        keys.device,
        lambda chosen: holds(keys[None, :], xp.take(queries, chosen)[:, None]),
        lambda index: holds(xp.take(keys, index), queries),
        lambda: queries,
    )


def _numbered(xp: Any, size: int, queries: Any) -> Any:
    """The queries as positions, -1 for those that are none."""
    there = (queries >= 0) & (queries < size) & (queries == xp.floor(queries))
    return xp.astype(xp.where(there, queries, xp.full_like(queries, -1)), xp.int64)


def _found(xp: Any, keys: Any, queries: Any) -> Any:
    """The position of the key that equals each query, or -1; None where two keys are equal."""
    order = xp.argsort(keys)
    ranked = xp.take(keys, order)
    if bool(xp.any(ranked[1:] == ranked[:-1])):
        return None
    at = xp.searchsorted(ranked, queries)
    at = xp.where(at < keys.shape[0], at, xp.zeros_like(at))
    there = xp.take(ranked, at) == queries
    return xp.where(there, xp.take(order, at), xp.full_like(order, -1))


def everything(xp: Any, size: int, device: Any, every: bool) -> Selection:
    """All keys for every query, or none."""

    def cells(*shape: int) -> Any:
        return xp.full(shape, every, dtype=xp.bool, device=device)

    def labels() -> Any:
        return xp.zeros((size,), dtype=xp.int64, device=device)

    return Table(xp, size, device, lambda chosen: cells(chosen.shape[0], size), lambda index: cells(size), labels)


def negated(a: Selection) -> Selection:
    """The selector of all other keys."""
    return Table(
        a.xp, a.size, a.device, lambda chosen: ~a.block(chosen), lambda index: ~a.along(index), lambda: a.classes[1]
    )


def both(a: Selection, b: Selection) -> Selection:
    """The keys that both select; at most one if one of them selects at most one."""
    if isinstance(b, One):
        a, b = b, a
    if isinstance(a, One):
        kept = b.along(a.position) & (a.index >= 0)
        return One(a.xp, a.xp.where(kept, a.index, a.xp.full_like(a.index, -1)))
    return _joined(operator.and_, a, b)


def either(a: Selection, b: Selection) -> Selection:
    """The keys that one of them selects, or both."""
    return _joined(operator.or_, a, b)


def _joined(join: Relation, a: Selection, b: Selection) -> Selection:
    def labels() -> Any:
        return a.classes[1] * b.classes[0].shape[0] + b.classes[1]

    return Table(
        a.xp,
        a.size,
        a.device,
        lambda chosen: join(a.block(chosen), b.block(chosen)),
        lambda index: join(a.along(index), b.along(index)),
        labels,
    )
