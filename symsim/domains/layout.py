"""Layouts and sights: how rows and columns are cut into named parts, and which query sees which key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias

from symsim.errors import BadInput, nearest

Size: TypeAlias = Any
"""A size: a positive ``int``, or a sympy expression in size symbols (each symbol ranges over the integers >= 1)."""


@dataclass(frozen=True)
class Layout:
    """An ordered cut of an axis into named parts, each with its size.

    Sizes are integers or sympy expressions; parts of size 0 are allowed and hold nothing.

    >>> axis = Layout((("x", 2), ("y", 3)))
    >>> axis.total, axis.span("y")
    (5, (2, 5))
    """

    parts: tuple[tuple[str, Size], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple((str(name), _size(name, size)) for name, size in self.parts))
        names = [name for name, _ in self.parts]
        if len(set(names)) != len(names):
            raise BadInput(f"a layout names each part once, got {names}")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts in order."""
        return tuple(name for name, _ in self.parts)

    @property
    def total(self) -> Size:
        """The size of the whole axis."""
        return sum(size for _, size in self.parts)

    @property
    def fixed(self) -> bool:
        """Whether every size is an integer."""
        return all(isinstance(size, int) for _, size in self.parts)

    def size(self, name: str) -> Size:
        """The size of one part."""
        return dict(self.parts)[self._known(name)]

    def span(self, name: str) -> tuple[int, int]:
        """First and one past the last index of a part (integers at fixed sizes)."""
        self._known(name)
        start = 0
        for part, size in self.parts:
            if part == name:
                return start, start + size
            start += size
        raise BadInput(f"no part named '{name}'")

    def positions(self, names: Iterable[str]) -> tuple[int, ...]:
        """All indices of the named parts, in the order of ``names`` (fixed sizes)."""
        return tuple(i for name in names for i in range(*self.span(name)))

    def spans(self, names: Iterable[str]) -> list[tuple[int, int]]:
        """The index ranges of the named parts, neighbours joined so that one slice serves them (fixed sizes)."""
        spans: list[tuple[int, int]] = []
        for start, stop in map(self.span, names):
            if spans and spans[-1][1] == start:
                spans[-1] = (spans[-1][0], stop)
            else:
                spans.append((start, stop))
        return spans

    def select(self, names: Iterable[str]) -> Self:
        """The layout of the named parts alone, in the order of ``names``."""
        return type(self)(tuple((name, self.size(name)) for name in names))

    def _known(self, name: str) -> str:
        if name not in self.names:
            raise BadInput(f"unknown part '{name}': {nearest(name, self.names)}")
        return name


def _size(name: str, size: Any) -> Size:
    """A size of a part: a whole number >= 0, or an expression in size symbols."""
    if hasattr(size, "__index__") and not isinstance(size, bool):
        if int(size.__index__()) < 0:
            raise BadInput(f"the part '{name}' has size {size}: a size is at least 0")
        return int(size.__index__())
    if not hasattr(size, "free_symbols"):
        raise BadInput(f"the part '{name}' has size {size!r}: give a whole number, or a symbol as sizes('n') makes it")
    return size


@dataclass(frozen=True)
class Sight:
    """Which query sees which key: what is left of a mask once keys that nobody sees are dropped.

    ``rows`` and ``cols`` are the layouts of the queries and keys at hand; ``order`` names all token groups in order
    (for causal sight between groups). At fixed sizes ``row_positions`` and ``col_positions`` are their absolute
    positions. ``causal``: a query at position i sees keys at positions j <= i. ``mask``: a 0/1 matrix of the
    number system at hand, with one row a query and one column a key, or None.
    """

    rows: Layout
    cols: Layout
    causal: bool = False
    mask: Any = None
    order: tuple[str, ...] = ()
    row_positions: tuple[int, ...] | None = None
    col_positions: tuple[int, ...] | None = None

    @classmethod
    def plain(cls, rows: Size, cols: Size, causal: bool = False, mask: Any = None) -> Sight:
        """The sight of a bare ``rows x cols`` score matrix, as in the formula ``softmax(S, causal)``."""
        return cls(Layout((("", rows),)), Layout((("", cols),)), causal, mask, ("",))

    @property
    def everything(self) -> bool:
        """Whether every query sees every key."""
        return not self.causal and self.mask is None

    def sees(self, i: int, j: int) -> bool:
        """Whether row i sees column j by position (fixed sizes; ``mask`` not included)."""
        if not self.causal:
            return True
        row = self.row_positions[i] if self.row_positions is not None else i
        col = self.col_positions[j] if self.col_positions is not None else j
        return col <= row

    def block(self, query: str, key: str) -> str:
        """How one group of queries sees one group of keys: ``all``, ``none`` or ``causal`` (``mask`` not included)."""
        if not self.causal:
            return "all"
        row, col = self.order.index(query), self.order.index(key)
        return "causal" if row == col else ("all" if col < row else "none")

    def take(self, rows: Sequence[int]) -> Sight:
        """The sight of some of the rows only (fixed sizes; a mask has to be cut by the caller)."""
        absolute = self.row_positions if self.row_positions is not None else range(self.rows.total)
        chosen = tuple(absolute[i] for i in rows)
        layout = Layout((("", len(chosen)),))
        cols = self.col_positions if self.col_positions is not None else tuple(range(self.cols.total))
        return Sight(layout, self.cols, self.causal, self.mask, self.order, chosen, cols)
