"""The matrix of a selector at one input: an integer a row, bit j for key j, so that ``and`` is one step."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from symsim.rasp.arithmetic import Atom, plain
from symsim.rasp.faults import RaspError


def rows(relation: str, keys: Sequence[Atom], queries: Sequence[Atom]) -> list[int]:
    """Row i has bit j where ``key_j relation query_i``; no symbols.

    >>> rows("<", [0, 1, 2], [0, 1, 2])
    [0, 1, 3]
    """
    if relation in ("==", "!="):
        return _equal(keys, queries, relation == "!=")
    return _ordered(relation, keys, queries)


def _equal(keys: Sequence[Atom], queries: Sequence[Atom], other: bool) -> list[int]:
    masks: dict[Atom, int] = {}
    for j, key in enumerate(keys):
        masks[plain(key)] = masks.get(plain(key), 0) | 1 << j
    full = (1 << len(keys)) - 1 if other else 0
    return [full ^ masks.get(plain(query), 0) for query in queries]


def _ordered(relation: str, keys: Sequence[Atom], queries: Sequence[Atom]) -> list[int]:
    strings = {isinstance(value, str) for value in (*keys, *queries)}
    if len(strings) > 1:
        raise RaspError(f"a string and a number have no order: '{relation}' compares two numbers or two strings")
    order = sorted(range(len(keys)), key=lambda j: keys[j])
    values = [keys[j] for j in order]
    below = [0]
    for j in order:
        below.append(below[-1] | 1 << j)
    cut = bisect_left if relation in ("<", ">=") else bisect_right
    counted = [below[cut(values, query)] for query in queries]
    return counted if relation in ("<", "<=") else [below[-1] ^ row for row in counted]


def positions(row: int) -> list[int]:
    """The selected positions of a row.

    >>> positions(5)
    [0, 2]
    """
    found = []
    while row:
        low = row & -row
        found.append(low.bit_length() - 1)
        row ^= low
    return found
