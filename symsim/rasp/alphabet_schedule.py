"""In which layer each head of a program over an alphabet stands, and which heads are one."""

from __future__ import annotations

from collections.abc import Sequence

from symsim.rasp.alphabet_features import Feature, Fetched
from symsim.rasp.alphabet_parts import Parts

Kind = tuple[bool, tuple[bytes, bytes, bytes]]


def needed(result: Feature) -> list[Fetched]:
    """All heads that a feature needs, each after the heads that it reads."""
    done: dict[Fetched, None] = {}
    stack: list[tuple[Fetched, bool]] = [(base, False) for base in reversed(result.bases)]
    while stack:
        head, below = stack.pop()
        if head in done:
            continue
        if below:
            done[head] = None
            continue
        stack.append((head, True))
        stack.extend((base, False) for feature in reversed(head.reads) for base in reversed(feature.bases))
    return list(done)


def kind(head: Fetched) -> Kind:
    """Heads of one kind in one layer are one head, which carries several values."""
    return head.counts, head.choice.mark


def grouped(stage: Sequence[Fetched]) -> list[list[Fetched]]:
    """The heads of one layer, those of one kind together; the first of them says how the head scores."""
    groups: dict[Kind, list[Fetched]] = {}
    for head in stage:
        groups.setdefault(kind(head), []).append(head)
    return list(groups.values())


def scheduled(parts: Parts, together: bool = True) -> list[list[Fetched]]:
    """The heads layer by layer.

    Every head stands in the first layer that has what it reads, or in a later one where a head of its kind stands, if
    nobody reads it before. With ``together`` False each has a layer of its own, in the order of the program.
    """
    heads = needed(parts.result)
    if not together:
        for number, head in enumerate(heads, 1):
            head.layer = number
        return [[head] for head in heads]
    for head in heads:
        head.layer = head.earliest
    last = max((head.layer for head in heads), default=0)
    for number in range(last - 1, 0, -1):
        for members in grouped([head for head in heads if head.layer == number]):
            limit = min(_latest(head, heads, last) for head in members)
            later = [h.layer for h in heads if kind(h) == kind(members[0]) and number < h.layer <= limit]
            for head in members if later else []:
                head.layer = min(later)
    return [[head for head in heads if head.layer == number] for number in range(1, last + 1)]


def _latest(head: Fetched, heads: list[Fetched], last: int) -> int:
    readers = [other.layer for other in heads if any(head in feature.bases for feature in other.reads)]
    return min(readers, default=last + 1) - 1
