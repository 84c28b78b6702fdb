"""Whole numbers for queries and keys such that a selector selects exactly where they are equal, if there are such.

A selector ``select(k, q, ==)`` of whole numbers has them: its own values. Others have them where the pairs that are
selected fall apart into blocks; the blocks are numbered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy

from symsim.rasp.alphabet_program import AlphabetProgram
from symsim.rasp.alphabet_selectors import Choice, comparisons
from symsim.rasp.alphabet_table import Ids, representatives
from symsim.rasp.values import Select, Selector, SOp

Numbers = tuple[int | None, ...]
"""The number of each class; None where nothing is selected."""


@dataclass(frozen=True, eq=False)
class Codes:
    """The query in context c has the number ``query_numbers[queries[c]]`` (None for class -1), and so for keys."""

    queries: Ids
    query_numbers: Numbers
    keys: Ids
    key_numbers: Numbers

    @property
    def blocks(self) -> int:
        """How many numbers queries and keys have in common."""
        return len({number for number in self.query_numbers if number is not None} & set(self.key_numbers))


def codes(selector: Selector, program: AlphabetProgram) -> list[Codes]:
    """All numberings that are tried, the most natural first; none where selecting is no equality.

    >>> from symsim.rasp import Interpreter, parse
    >>> from symsim.rasp.alphabet_table import Table
    >>> text = "aggregate(select(indices, length - 1 - indices, ==), indices);"
    >>> node = Interpreter("asis").run(parse(text))[-1].value
    >>> found = codes(node.selector, AlphabetProgram(node, Table(("a",), 3)))[0]
    >>> found.key_numbers, found.query_numbers
    ((0, 1, 2), (0, 1, 2))
    """
    found = []
    if isinstance(selector, Select) and selector.operator == "==":
        query, key = program.columns[selector.query], program.columns[selector.key]
        if _whole(query.atoms) and _whole(key.atoms):
            found.append(Codes(query.ids, _integers(query.atoms), key.ids, _integers(key.atoms)))
    for merged in (True, False):
        classes = program.choice(selector, merged)
        proposed = [*_proposed(selector, classes, program)]
        fitting = [pair for pair in dict.fromkeys(proposed) if _fits(classes, *pair)]
        found += [Codes(classes.queries, asks, classes.keys, keys) for asks, keys in fitting]
        if fitting:
            break
    return found


def _proposed(selector: Selector, classes: Choice, program: AlphabetProgram) -> Iterator[tuple[Numbers, Numbers]]:
    """Numbers for the classes: values that are compared, their ranks, and the blocks of the table."""
    asks, keys = classes.table.any(axis=1), classes.table.any(axis=0)
    for node in comparisons(selector):
        if node.operator == "==":
            query = _per_class(node.query, classes.queries, asks, program)
            key = _per_class(node.key, classes.keys, keys, program)
            if query is not None and key is not None:
                yield from _numbered(query, key)
    yield from _numbered(*_blocks(classes.table))


def _per_class(node: SOp, ids: Ids, used: Any, program: AlphabetProgram) -> list[Any] | None:
    """The value of an s-op in each class, if it has one there; None in classes that select nothing."""
    column = program.columns[node]
    value = column.ids[representatives(ids)]
    inside = numpy.append(used, False)[ids]  # class -1 reads the last
    if not bool((value[ids[inside]] == column.ids[inside]).all()):
        return None
    return [column.atoms[number] if here else None for number, here in zip(value, used, strict=True)]


def _numbered(query: Sequence[Any], key: Sequence[Any]) -> Iterator[tuple[Numbers, Numbers]]:
    """The values themselves where they are whole numbers, else their ranks; 1 and -1 where there are two."""
    known = sorted({value for value in (*query, *key) if value is not None}, key=lambda v: (isinstance(v, str), v))
    if _whole(known):
        yield _integers(query), _integers(key)
    number = dict(zip(known, range(-1, 2, 2) if len(known) == 2 else range(len(known)), strict=True))
    yield tuple(map(number.get, query)), tuple(map(number.get, key))


def _blocks(table: Any) -> tuple[list[int | None], list[int | None]]:
    """The number of the block that each row and each column of a 0/1 table is in; None for zeros."""
    rows: list[int | None] = [None] * table.shape[0]
    columns: list[int | None] = [None] * table.shape[1]
    count = 0
    for first in range(len(rows)):
        if rows[first] is not None or not table[first].any():
            continue
        inside = numpy.zeros(len(rows), dtype=bool)
        inside[first], size = True, 0
        while size < int(inside.sum()):
            size = int(inside.sum())
            reached = table[inside].any(axis=0)
            inside |= table[:, reached].any(axis=1)
        for row in numpy.flatnonzero(inside):
            rows[row] = count
        for column in numpy.flatnonzero(reached):
            columns[column] = count
        count += 1
    return rows, columns


def _fits(classes: Choice, asks: Numbers, keys: Numbers) -> bool:
    """Whether numbers are equal exactly where a query selects a key, for all that one word brings together."""
    known = {number: rank for rank, number in enumerate(dict.fromkeys((*asks, *keys)))}
    ask = numpy.array([-1 if number is None else known[number] for number in asks], dtype=int)
    key = numpy.array([-2 if number is None else known[number] for number in keys], dtype=int)
    equal = ask[:, None] == key[None, :]
    return bool((equal == classes.table)[classes.met].all())


def _whole(values: Sequence[Any]) -> bool:
    return all(isinstance(value, Fraction | int) and value.denominator == 1 for value in values if value is not None)


def _integers(values: Sequence[Any]) -> Numbers:
    return tuple(None if value is None else int(value) for value in values)
