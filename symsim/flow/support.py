"""What can be other than zero, and what is read: for each slot, in which token groups, layer by layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from symsim.flow.wiring import Carrier, Wires

Groups: TypeAlias = dict[str, frozenset[str]]
"""For each slot a set of token groups; a slot that is left out has none."""


def forward(wires: Sequence[Wires], start: Groups, groups: Sequence[str]) -> list[Groups]:
    """Where each state can be other than zero, from where the encoded input is."""
    states = [start]
    for layer in wires:
        states.append(_after(layer, states[-1], groups))
    return states


def _after(layer: Wires, before: Groups, groups: Sequence[str]) -> Groups:
    middle: dict[str, set[str]] = {slot: set(found) for slot, found in before.items()} if layer.residual else {}
    for head in layer.heads:
        for source, target in head.paths:
            middle.setdefault(target, set()).update(g for g in groups if _sources(head, source, g, before))
    if layer.network is None:
        return _frozen(middle)
    after = {slot: set(found) for slot, found in middle.items()} if layer.network_residual else {}
    for source, target in layer.network.paths:
        after.setdefault(target, set()).update(middle.get(source, ()))
    for target in layer.network.constant:
        after.setdefault(target, set()).update(groups)
    return _frozen(after)


def _sources(head: Carrier, source: str, group: str, state: Groups) -> list[str]:
    """The token groups whose slot ``source`` the queries of one group can get something from."""
    shown = [g for g in head.visible if g in state.get(source, ())]
    if not head.linear:
        return shown
    return [g for g in shown if _scores(head, group, g, state)]


def _scores(head: Carrier, query: str, key: str, state: Groups) -> bool:
    """Whether the scores of one group of queries against one group of keys can be other than zero."""
    asked = _coordinates(head.queries, query, state)
    return bool(asked & _coordinates(head.keys, key, state))


def _coordinates(side: Mapping[str, frozenset[int]], group: str, state: Groups) -> frozenset[int]:
    return frozenset[int]().union(*(cs for slot, cs in side.items() if group in state.get(slot, ())))


def backward(wires: Sequence[Wires], present: Sequence[Groups], result: Groups) -> list[Groups]:
    """Where each state is read by what reaches the result, from where the result is read."""
    needed = [result]
    for layer, state in zip(reversed(wires), reversed(present[:-1]), strict=True):
        needed.append(_before(layer, state, needed[-1]))
    return needed[::-1]


def _before(layer: Wires, state: Groups, after: Groups) -> Groups:
    middle: dict[str, set[str]] = {slot: set(found) for slot, found in after.items()}
    if layer.network is not None:
        if not layer.network_residual:
            middle = {}
        for source, target in layer.network.paths:
            middle.setdefault(source, set()).update(after.get(target, ()))
    before = {slot: set(found) for slot, found in middle.items()} if layer.residual else {}
    for head in layer.heads:
        for slot, found in _read_by(head, state, middle):
            before.setdefault(slot, set()).update(found)
    return _frozen(before)


def _read_by(head: Carrier, state: Groups, wanted: Mapping[str, Iterable[str]]) -> list[tuple[str, list[str]]]:
    """The slots and groups that a head reads to write what is wanted."""
    found: list[tuple[str, list[str]]] = []
    for source, target in head.paths:
        for query in wanted.get(target, ()):
            given = _sources(head, source, query, state)
            if not given:
                continue
            found.append((source, given))
            keys = given if head.linear else list(head.visible)
            found += [(slot, [query]) for slot in head.queries]
            found += [(slot, keys) for slot in head.keys]
    return found


def _frozen(table: Mapping[str, Iterable[str]]) -> Groups:
    return {slot: frozenset(found) for slot, found in table.items() if found}
