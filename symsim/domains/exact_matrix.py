"""Sparse matrices over the exact field, and the shape of what users pass in."""

from __future__ import annotations

from typing import Any

from symsim.domains.field import Value
from symsim.domains.layout import Size
from symsim.errors import BadInput

Row = dict[int, Value]


class ExactMatrix:
    """A sparse matrix over the exact field: one dictionary a row, zeros left out. Rows are never changed once made."""

    __slots__ = ("entries", "width")

    def __init__(self, entries: list[Row], width: int) -> None:
        self.entries = entries
        self.width = width

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.entries)

    def __getitem__(self, place: tuple[int, int]) -> Value:
        return self.entries[place[0]].get(place[1], 0)


def same_shape(what: str, a: tuple[Size, Size], b: tuple[Size, Size]) -> None:
    """Raise ``BadInput`` unless two shapes agree."""
    if a != b:
        raise BadInput(f"{what}: {a[0]} x {a[1]} against {b[0]} x {b[1]}")


def as_table(value: Any, rows: int, cols: int) -> list[list[Any]]:
    """The entries of a user's matrix (sympy, numpy, nested lists, a flat list for a column), its shape checked."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        value = [[value]]
    table = [list(line) if isinstance(line, (list, tuple)) else [line] for line in value]
    widths = {len(line) for line in table}
    if len(widths) > 1:
        raise BadInput(f"the rows of a matrix have one length, got lengths {sorted(widths)}")
    shape = (len(table), widths.pop() if widths else 0)
    if shape != (rows, cols):
        raise BadInput(f"expected a {rows} x {cols} matrix, got {shape[0]} x {shape[1]}")
    return table
