"""Where the items of a sketch stand: columns from left to right, few crossings, lines as straight as they can be."""

from __future__ import annotations

from collections.abc import Sequence

import networkx

from symsim.flow.sketch import Item, Link, Sketch
from symsim.flow.typesetting import formula, width

GAP, CLOSE, MANY = 64.0, 46.0, 9
"""Between two columns, for the lines; less where there are more than ``MANY`` columns."""
APART = 14.0
"""Between two items of a column."""
TITLE, LINE, ROW = 14.0, 13.0, 18.0
"""Sizes of text, and the height of a port."""
HEAD = 46.0
"""The height of the title and the note of a card."""
SWEEPS = 12


def place(found: Sketch, top: float, left: float) -> tuple[float, float]:
    """Give every item its size and place; returns the width and the height of the picture without its legend."""
    for item in found.items.values():
        _measure(item)
    columns = _columns(found)
    _order(found, columns)
    _heights(found, columns)
    x, gap = left, GAP if len(columns) <= MANY else CLOSE
    for number, column in enumerate(columns):
        wide = max([item.width for item in column] + [width(found.captions[number], 13) * 1.08])
        for item in column:
            item.x = x if item.kind == "pass" else x + (wide - item.width) / 2
            item.width = wide if item.kind == "pass" else item.width
            item.column_left, item.column_right = x, x + wide
        x += wide + gap
    highest = min(item.y - item.height / 2 for item in found.items.values())
    for item in found.items.values():
        item.y += top - highest
    return x - gap + left, max(item.y + item.height / 2 for item in found.items.values())


def port(item: Item, number: int) -> float:
    """How far below the middle of an item a port is."""
    return 0.0 if number < 0 or item.kind != "card" else HEAD + (number + 0.5) * ROW - item.height / 2


def _measure(item: Item) -> None:
    if item.kind == "pass":
        item.width, item.height = 0.0, 6.0
    elif item.kind == "card":
        rows = [width(role, 11) for role in item.rows]
        item.width = max(width(item.title, TITLE) * 1.08, width(item.note, 11.5), *rows, 60) + 28
        item.height = HEAD + ROW * len(item.rows) + 8
    else:
        texts = [
            width(formula(line.text), LINE) + (width(line.where, 11) + 14 if line.where else 0) for line in item.lines
        ]
        item.width = max([width(item.title, TITLE) * 1.08 + (62 if item.readout else 0), *texts, 24]) + 24
        item.height = 30 + 18 * len(item.lines) + (4 if item.lines else -2)


def _columns(found: Sketch) -> list[list[Item]]:
    """The items by column, in the order of the layered layout that networkx starts from."""
    graph = networkx.DiGraph()
    graph.add_nodes_from(found.items)
    graph.add_edges_from((link.source, link.target) for link in found.links)
    # Lists, not an attribute: networkx would collect the nodes of a column in a set.
    layers: dict[int, list[str]] = {}
    for key, item in found.items.items():
        layers.setdefault(item.column, []).append(key)
    heights = {key: y for key, (_, y) in networkx.multipartite_layout(graph, subset_key=layers).items()}
    columns: list[list[Item]] = [[] for _ in found.captions]
    for key in sorted(graph, key=lambda k: heights[k]):
        columns[found.items[key].column].append(found.items[key])
    return columns


def _order(found: Sketch, columns: list[list[Item]]) -> None:
    """Order each column by the middle of its neighbours, to and fro; keep the order with the fewest crossings."""
    best, fewest = [list(column) for column in columns], _crossings(found, columns)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else columns[::-1]:
            _sort(found, columns, column, forward)
        _swap(found, columns)
        count = _crossings(found, columns)
        if count < fewest:
            best, fewest = [list(column) for column in columns], count
    for column, order in zip(columns, best, strict=True):
        column[:] = order


def _swap(found: Sketch, columns: Sequence[list[Item]]) -> None:
    """Swap neighbours while that removes crossings."""
    for number, column in enumerate(columns):
        near = [link for link in found.links if found.items[link.source].column in (number - 1, number)]
        around = columns[max(number - 1, 0) : number + 2]
        count, i = _crossings(found, around, near), 0
        while i + 1 < len(column):
            column[i], column[i + 1] = column[i + 1], column[i]
            fewer = _crossings(found, around, near)
            if fewer < count:
                count, i = fewer, max(i - 1, 0)
            else:
                column[i], column[i + 1] = column[i + 1], column[i]
                i += 1


def _ranks(columns: Sequence[Sequence[Item]]) -> dict[str, float]:
    return {item.key: (i + 0.5) / len(column) for column in columns for i, item in enumerate(column)}


def _sort(found: Sketch, columns: list[list[Item]], column: list[Item], forward: bool) -> None:
    ranks = _ranks(columns)
    near: dict[str, list[float]] = {}
    for link in found.links:
        here, there = (link.target, link.source) if forward else (link.source, link.target)
        number = link.source_port if forward else link.target_port
        near.setdefault(here, []).append(ranks[there] + 0.001 * max(number, 0))
    column.sort(key=lambda item: sum(near[item.key]) / len(near[item.key]) if item.key in near else ranks[item.key])


def _crossings(found: Sketch, columns: Sequence[Sequence[Item]], links: Sequence[Link] | None = None) -> int:
    ranks = _ranks(columns)
    lines: dict[int, list[tuple[float, float]]] = {}
    for link in found.links if links is None else links:
        ends = (ranks[link.source] + 1e-4 * link.source_port, ranks[link.target] + 1e-4 * link.target_port)
        lines.setdefault(found.items[link.source].column, []).append(ends)
    return sum(
        (a[0] - b[0]) * (a[1] - b[1]) < 0 for column in lines.values() for i, a in enumerate(column) for b in column[:i]
    )


def _heights(found: Sketch, columns: Sequence[Sequence[Item]]) -> None:
    """Move each column so that lines get straight, without changing its order."""
    for column in columns:
        y = 0.0
        for item in column:
            item.y = y + item.height / 2
            y += item.height + APART
        for item in column:
            item.y -= y / 2
    before: dict[str, list[Link]] = {}
    after: dict[str, list[Link]] = {}
    for link in found.links:
        before.setdefault(link.target, []).append(link)
        after.setdefault(link.source, []).append(link)
    for sweep in range(4 * SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            _settle(column, [_wish(found, item, before.get(item.key, []), after.get(item.key, [])) for item in column])


def _wish(found: Sketch, item: Item, before: Sequence[Link], after: Sequence[Link]) -> tuple[float, float]:
    """Where an item would like to be, and how much it wants that."""
    places, weight = 0.0, 0.0
    for link in [*before, *after]:
        other, own = (
            (found.items[link.source], link.target_port)
            if link.target == item.key
            else (found.items[link.target], link.source_port)
        )
        theirs = link.source_port if link.target == item.key else link.target_port
        pull = 8.0 if item.kind == other.kind == "pass" else 2.0 if "pass" in (item.kind, other.kind) else 1.0
        places += pull * (other.y + port(other, theirs) - port(item, own))
        weight += pull
    return (places / weight, weight) if weight else (item.y, 0.1)


def _settle(column: Sequence[Item], wishes: Sequence[tuple[float, float]]) -> None:
    """The places nearest to the wishes at which nothing overlaps (pool adjacent violators)."""
    offsets, total = [], 0.0
    for i, item in enumerate(column):
        total += (column[i - 1].height + item.height) / 2 + APART if i else 0.0
        offsets.append(total)
    pools: list[list[float]] = []
    for (wish, weight), offset in zip(wishes, offsets, strict=True):
        pools.append([wish - offset, weight, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            place, heavy, count = pools.pop()
            pools[-1] = [
                (pools[-1][0] * pools[-1][1] + place * heavy) / (pools[-1][1] + heavy),
                pools[-1][1] + heavy,
                pools[-1][2] + count,
            ]
    start = 0
    for place, _, count in pools:
        for i in range(start, start + int(count)):
            column[i].y = place + offsets[i]
        start += int(count)
