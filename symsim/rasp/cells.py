"""Selectors on symbols: which cells are selected at all inputs, which at none, and which have to be asked about.

A cell is asked about when somebody reads it: ``select(tokens, tokens, ==) and select(indices, indices, <)`` asks about
the cells below the diagonal only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symsim.rasp.selecting import positions

Ask = Callable[[int, int], bool]
"""``ask(i, j)``: whether query i selects key j, for an open cell."""

DEEPEST = 50
"""So many open selectors are combined before their cells are asked about."""


@dataclass(frozen=True)
class Cells:
    """Row i: bit j of ``sure[i]`` for cells that are selected, of ``open[i]`` for those that have to be asked about."""

    sure: tuple[int, ...]
    open: tuple[int, ...]
    ask: Ask
    depth: int = 0

    def rows(self) -> list[int]:
        """All rows; every open cell is asked about."""
        return [
            sure | sum(1 << j for j in positions(cells) if self.ask(i, j))
            for i, (sure, cells) in enumerate(zip(self.sure, self.open, strict=True))
        ]

    def selected(self, i: int, j: int) -> bool:
        """One cell."""
        return bool(self.sure[i] >> j & 1) or (bool(self.open[i] >> j & 1) and self.ask(i, j))


def known(rows: Sequence[int]) -> Cells:
    """Rows without open cells."""
    return Cells(tuple(rows), (0,) * len(rows), lambda i, j: False)


def asked(size: int, ask: Ask) -> Cells:
    """A selector whose cells are all open; each is asked about once."""
    answers: dict[tuple[int, int], bool] = {}

    def once(i: int, j: int) -> bool:
        if (i, j) not in answers:
            answers[i, j] = ask(i, j)
        return answers[i, j]

    return Cells((0,) * size, ((1 << size) - 1,) * size, once)


def negated(a: Cells) -> Cells:
    """The selector of all other cells."""
    full = (1 << len(a.sure)) - 1
    sure = tuple(full ^ (x | y) for x, y in zip(a.sure, a.open, strict=True))
    return _settled(Cells(sure, a.open, lambda i, j: not a.ask(i, j), a.depth + 1))


def combined(every: bool, a: Cells, b: Cells) -> Cells:
    """``a and b`` (``every``) or ``a or b``.

    >>> half = asked(1, lambda i, j: True)
    >>> combined(True, known([0]), half).open, combined(False, known([0]), half).rows()
    ((0,), [1])
    """
    if b.depth == 0 and not any(b.open):
        a, b = b, a  # what is known is looked at first
    sure, still = [], []
    for ay, ao, by, bo in zip(a.sure, a.open, b.sure, b.open, strict=True):
        yes = ay & by if every else ay | by
        maybe = (ay | ao) & (by | bo) if every else ay | ao | by | bo
        sure.append(yes)
        still.append(maybe & ~yes)

    def ask(i: int, j: int) -> bool:
        first = a.selected(i, j)
        return b.selected(i, j) if first == every else first

    return _settled(Cells(tuple(sure), tuple(still), ask, max(a.depth, b.depth) + 1))


def _settled(a: Cells) -> Cells:
    if not any(a.open):
        return known(a.sure)
    return a if a.depth < DEEPEST else known(a.rows())
