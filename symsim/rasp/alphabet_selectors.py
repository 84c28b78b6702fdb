"""Selectors over an alphabet: which classes of queries select which classes of keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy

from symsim.rasp.alphabet_table import Ids, Table, joined, representatives
from symsim.rasp.arithmetic import compare
from symsim.rasp.faults import RaspError
from symsim.rasp.values import Aggregate, Combined, Constant, Elementwise, Indices, Select, Selector, SOp

MOST_CELLS = 4_000_000
"""A selector is a table of at most so many pairs of a query and a key."""


@dataclass(frozen=True, eq=False)
class Choice:
    """Query class q selects key class k where ``table[q, k]``; a context of class -1 selects, or is selected, never.

    For classes that no word brings together, where ``met`` is False, the table says nothing.
    """

    queries: Ids
    keys: Ids
    table: Any
    met: Any

    @property
    def mark(self) -> tuple[bytes, bytes, bytes]:
        """Equal for equal choices."""
        return self.queries.tobytes(), self.keys.tobytes(), self.table.tobytes()


def comparisons(selector: Selector) -> list[Select]:
    """The comparisons that a selector is made of."""
    return [node for node in _below(selector) if isinstance(node, Select)]


def _below(selector: Selector) -> list[Any]:
    """The selectors under a selector, operands first; the s-ops that they compare are left out."""
    done: dict[Any, None] = {}
    stack: list[tuple[Any, bool]] = [(selector, False)]
    while stack:
        node, below = stack.pop()
        if node in done:
            continue
        if below or isinstance(node, Select):
            done[node] = None
            continue
        stack.append((node, True))
        stack.extend((part, False) for part in reversed(node.inputs))
    return list(done)


def choice(selector: Selector, table: Table, merged: bool = True) -> Choice:
    """The classes of a selector: queries are one class where no word tells them apart, and so are keys.

    With ``merged`` False they are one class only where what is compared is equal.
    """
    nodes = comparisons(selector)
    size = len(table.place)
    queries = joined([table.columns[node.query].ids for node in dict.fromkeys(nodes)], size)
    keys = joined([table.columns[node.key].ids for node in dict.fromkeys(nodes)], size)
    one, other = representatives(queries), representatives(keys)
    if len(one) * len(other) > MOST_CELLS:
        raise RaspError(
            f"{len(one)} kinds of queries meet {len(other)} kinds of keys here, the limit is {MOST_CELLS} pairs: a "
            "shorter length or a smaller alphabet would allow it",
            selector.place,
        )
    known: dict[Selector, Any] = {}
    for node in _below(selector):
        if isinstance(node, Select):
            known[node] = _compared(node, table, one, other)
        else:
            known[node] = _combined(node, known)
    cells, met = known[selector], _met(table, queries, keys)
    cells = cells & met
    if not merged:
        return Choice(queries, keys, cells, met)
    row, cells, met = _merged(cells, met)
    column, cells, met = _merged(cells.T, met.T)
    return Choice(row[queries], column[keys], cells.T, met.T)


def never_empty(found: Choice, table: Table) -> bool:
    """Whether every query selects something, at every word."""
    if not found.table.size:
        return False
    start = 0
    for n in range(1, table.length + 1):
        stop = start + n * len(table.alphabet) ** n
        ask, answer = found.queries[start:stop].reshape(-1, n, 1), found.keys[start:stop].reshape(-1, 1, n)
        if not bool(((ask >= 0) & (answer >= 0) & found.table[ask, answer]).any(axis=2).all()):
            return False
        start = stop
    return True


def _compared(node: Select, table: Table, queries: Ids, keys: Ids) -> Any:
    query, key = table.columns[node.query], table.columns[node.key]
    small = numpy.array([[_holds(node.operator, k, q) for k in key.atoms] for q in query.atoms])
    return small[numpy.ix_(query.ids[queries], key.ids[keys])]


def _holds(operator: str, key: Any, query: Any) -> bool:
    """A comparison; strings and numbers that have no order never meet in one word."""
    if operator not in ("==", "!=") and isinstance(key, str) != isinstance(query, str):
        return False
    return compare(operator, key, query)


def _combined(node: Combined, known: dict[Selector, Any]) -> Any:
    parts = [known[part] for part in node.operands]
    if node.operator == "not":
        return ~parts[0]
    return parts[0] & parts[1] if node.operator == "and" else parts[0] | parts[1]


def _met(table: Table, queries: Ids, keys: Ids) -> Any:
    """Which query and key stand in one word."""
    met = numpy.zeros((int(queries.max()) + 1, int(keys.max()) + 1), dtype=bool)
    start = 0
    for n in range(1, table.length + 1):
        stop = start + n * len(table.alphabet) ** n
        ask, answer = queries[start:stop].reshape(-1, n), keys[start:stop].reshape(-1, n)
        met[ask[:, :, None], answer[:, None, :]] = True
        start = stop
    return met


def _merged(cells: Any, met: Any) -> tuple[Ids, Any, Any]:
    """Rows that agree wherever both meet a column, made one: the number of each row, -1 for zeros, and the new rows.

    Each row joins the first one that it agrees with.
    """
    number = numpy.full(len(cells), -1)
    rows, seen = numpy.zeros_like(cells), numpy.zeros_like(met)
    count = 0
    for i, (row, here) in enumerate(zip(cells, met, strict=True)):
        if not row.any():
            continue
        apart = ((rows[:count] ^ row) & seen[:count] & here).any(axis=1)
        number[i] = int(numpy.argmin(apart)) if count and not apart.all() else count
        count = max(count, int(number[i]) + 1)
        rows[number[i]] |= row
        seen[number[i]] |= here
    return number, rows[:count], seen[:count]


# -- counting ---------------------------------------------------------------------------------------------------------
def counted(node: SOp) -> Selector | None:
    """The selector of ``selector_width(sel)`` as the standard library builds it, where a node is that.

    >>> from symsim.rasp import Interpreter, parse
    >>> width = Interpreter("asis").run(parse("selector_width(select(tokens, tokens, ==));"))[-1].value
    >>> counted(width), counted(width.operands[0])
    (<Select sel ==, line 1, column 16>, None)
    """
    match node:
        case Elementwise(
            operator="round",
            operands=(
                Elementwise(
                    operator="+",
                    operands=(
                        Elementwise(
                            operator="-",
                            operands=(Elementwise(operator="/", operands=(one, mean)), less),
                        ),
                        overlap,
                    ),
                ),
            ),
        ) if _is(one, 1) and _is(less, 1):
            return _counted(mean, overlap)
    return None


def _counted(mean: SOp, overlap: SOp) -> Selector | None:
    """The selector in ``aggregate(sel or first, first?)`` and ``aggregate(sel and first, 1)``."""
    match mean, overlap:
        case (
            Aggregate(selector=Combined(operator="or", operands=(selector, first)), value=flag),
            Aggregate(selector=Combined(operator="and", operands=(again, second)), value=one, default=default),
        ) if selector is again and first is second and _is(one, 1) and not default:
            match first, flag:
                case (
                    Select(key=Indices(), query=zero, operator="=="),
                    Elementwise(
                        operator="indicator",
                        operands=(Elementwise(operator="==", operands=(Indices(), other)),),
                    ),
                ) if _is(zero, 0) and _is(other, 0):
                    return selector
    return None


def _is(node: SOp, number: int) -> bool:
    return isinstance(node, Constant) and not isinstance(node.value, str | bool) and bool(node.value == number)
