"""Which tokens the value at a position can depend on, seen from the graph of a program before it runs on symbols.

What is found may be too much, never too little, and it holds for errors as well: whether an operation fails at a
position depends on the same tokens. Selectors that compare positions only are evaluated; others may select any key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.selecting import positions
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Indices,
    Lookup,
    Node,
    Select,
    SOp,
    Tokens,
    ordered,
)

MOST_CELLS = 2_000_000
"""Operations times positions squared stay below this."""

_ARITHMETIC = ("+", "-", "*", "/", "^", "%", "negative", "positive", "round", "indicator", "exp")

Cell = int | None
"""The tokens that decide a cell of a selector, as bits; None where the cell is never selected."""


def tokens_read(node: SOp, size: int) -> tuple[list[int], list[int]] | None:
    """The tokens that each position of the result depends on, and the sets that hold those of every operation.

    Sets are integers, bit j for token j. No set of the second list lies in another one, and whatever any operation does
    at any position depends on the tokens of one of them. None where the program is too large, or has strings.

    >>> from symsim.rasp import Interpreter
    >>> tokens_read(Interpreter("asis").expression("tokens if tokens > 0 else 0"), 3)
    ([1, 2, 4], [1, 2, 4])
    >>> tokens_read(Interpreter("asis").expression("aggregate(select(indices, indices, <=), tokens)"), 3)
    ([1, 3, 7], [7])
    """
    order = ordered([node])
    if len(order) * size * size > MOST_CELLS:
        return None
    if any(isinstance(atom, str) for part in order for atom in _atoms(part)):
        return None
    try:
        reads = _Reads(size)
        for part in order:
            reads.add(part)
    except RaspError:
        return None  # what fails without symbols is for the run to say
    return reads.columns[node], reads.largest()


def union(sets: Iterable[int]) -> int:
    """The union of sets of tokens."""
    out = 0
    for one in sets:
        out |= one
    return out


def _atoms(node: Node) -> Iterable[Any]:
    """The atoms that a program puts into sequences."""
    if isinstance(node, Constant):
        return [node.value]
    if isinstance(node, Aggregate):
        return [node.default]
    if isinstance(node, Lookup):
        return node.container.values() if isinstance(node.container, dict) else list(node.container)
    return []


class _Reads:
    """What the operations that were looked at depend on."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.columns: dict[Node, list[int]] = {}
        self.cells: dict[Node, list[list[Cell]]] = {}
        self._run = Run([0] * size)
        self._free: set[Node] = set()
        self._numeric: set[Node] = set()

    def add(self, node: Node) -> None:
        """Look at an operation whose inputs were looked at."""
        if not isinstance(node, Tokens) and all(part in self._free for part in node.inputs):
            self._free.add(node)
        if isinstance(node, Select | Combined):
            self.cells[node] = self._selector(node)
            return
        if self._is_numeric(node):
            self._numeric.add(node)
        self.columns[node] = self._column(node)

    def _column(self, node: Node) -> list[int]:
        if isinstance(node, Tokens):
            return [1 << i for i in range(self.size)]
        if node in self._free:
            return [0] * self.size
        if isinstance(node, Aggregate):
            return [self._row(node, row) for row in self.cells[node.selector]]
        read = [self.columns[part] for part in node.inputs]
        return [union(column[i] for column in read) for i in range(self.size)]

    def _row(self, node: Aggregate, row: list[Cell]) -> int:
        values = self.columns[node.value]
        chosen = [j for j, cell in enumerate(row) if cell is not None]
        found = union((row[j] or 0) | values[j] for j in chosen)
        if len(chosen) > 1 and node.value not in self._numeric:  # whether there is a mean depends on all types
            found |= union(values)
        return found

    def _selector(self, node: Select | Combined) -> list[list[Cell]]:
        if node in self._free:
            rows = [set(positions(row)) for row in self._run.values(node)]
            return [[0 if j in row else None for j in range(self.size)] for row in rows]
        if isinstance(node, Select):
            keys, queries = self.columns[node.key], self.columns[node.query]
            return [[key | query for key in keys] for query in queries]
        places = range(self.size)
        parts = [self.cells[part] for part in node.operands]
        return [[self._cell(node.operator, [part[i][j] for part in parts]) for j in places] for i in places]

    def _cell(self, operator: str, found: list[Cell]) -> Cell:
        if operator == "not":
            return found[0] or 0  # a cell that is always selected is not told from one that may be
        if operator == "and" and None in found or all(cell is None for cell in found):
            return None
        return union(cell or 0 for cell in found)

    def _is_numeric(self, node: Node) -> bool:
        """Whether the values are surely numbers, and no booleans."""
        if isinstance(node, Indices | Euler):
            return True
        if isinstance(node, Tokens):
            return node.cast in ("asis", "float", "int")
        if isinstance(node, Constant):
            return not isinstance(node.value, bool | str)
        if isinstance(node, Elementwise):
            taken = node.operands[1:] if node.operator == "if" else ()
            return node.operator in _ARITHMETIC or bool(taken) and all(part in self._numeric for part in taken)
        return isinstance(node, Aggregate) and node.value in self._numeric and not isinstance(node.default, bool)

    def largest(self) -> list[int]:
        """The sets of tokens that lie in no other one; cells of selectors are asked about where they are read."""
        found = {reads for column in self.columns.values() for reads in column}
        return sorted(a for a in found if not any(a != b and a & b == a for b in found))
