"""Rows of attention weights as letters: one group of queries over its visible groups of keys.

Laws (softmax and hard attention): the same ``u 1^T`` added to all visible scores changes nothing; hidden keys weigh 0
and do not enter; where each row sees a key the weights of a row sum to 1. Softmax and average-hard attention do not
depend on the order of groups either, equal groups weigh the same, and a group with scores ``u 1^T`` is so many equal
keys: hence the uniform weights at scores 0. Where the sum is 1, the last group is written by the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from symsim.domains.block_coefficients import Dim, Key, coefficient_key, divide
from symsim.domains.exponentials import row_constant
from symsim.domains.words import PAIRS, Letter, Sum, Terms, Word, flipped, letter, ones

ORDERLESS = ("softmax", "average")
"""The normalisers whose weights do not depend on the order of the keys."""


@dataclass(frozen=True, eq=False)
class Group:
    """One visible group of keys: its scores, who sees which of them, and how often the group occurs.

    ``causal``: query i sees key j <= i. ``mask``: a word for a 0/1 matrix, or the empty word.
    """

    scores: Sum
    causal: bool = False
    mask: Word = ()
    count: Dim = 1

    @property
    def plain(self) -> bool:
        """Whether every query sees every key of the group."""
        return not self.causal and not self.mask

    @property
    def key(self) -> Key:
        """What the weights depend on, ``count`` aside."""
        return (self.causal, self.mask, self.scores.key)


def weights(kind: str, groups: Sequence[Group], full: bool) -> list[Sum]:
    """The weights of each group of keys; ``full`` says that each row surely sees a key.

    ``kind`` is ``softmax``, or ``average``, ``left``, ``right`` for hard attention.

    >>> from symsim.domains.block_coefficients import coefficient
    >>> [part.sorted_terms()[0][0] for part in weights("softmax", [Group(Sum(2, 3, {})), Group(Sum(2, 1, {}))], True)]
    [Fraction(1, 4), Fraction(1, 4)]
    """
    candidates = {}
    for group in groups:
        shift, _ = row_constant(group.scores)
        if shift.key not in candidates:
            candidates[shift.key] = _arrange(kind, [_shifted(other, shift) for other in groups])
    distinct, places = min(candidates.values(), key=lambda found: _key(found[0]))
    parts = [_part(kind, distinct, i, full) for i in range(len(distinct))]
    return [
        parts[i] if parts[i].cols == group.scores.cols else parts[i] @ Sum.ones(1, group.scores.cols)
        for i, group in zip(places, groups, strict=True)
    ]


def _shifted(group: Group, shift: Sum) -> Group:
    if not shift:
        return group
    return replace(group, scores=group.scores - shift @ Sum.ones(1, group.scores.cols))


def _arrange(kind: str, groups: Sequence[Group]) -> tuple[tuple[Group, ...], list[int]]:
    """The distinct groups in canonical order, and the place of each given one among them."""
    if kind not in ORDERLESS:
        return tuple(groups), list(range(len(groups)))
    found: dict[Key, Group] = {}
    keys = []
    for group in groups:
        column, rest = row_constant(group.scores)
        if group.plain and not rest and group.scores.cols != 1:
            group = Group(column, count=group.scores.cols)
        known = found.get(group.key)
        found[group.key] = group if known is None else replace(known, count=known.count + group.count)
        keys.append(group.key)
    order = sorted(found)
    return tuple(found[key] for key in order), [order.index(key) for key in keys]


def _key(groups: tuple[Group, ...]) -> Key:
    return tuple((*group.key, coefficient_key(group.count)) for group in groups)


def _letter(kind: str, groups: tuple[Group, ...], index: int, full: bool) -> Letter:
    scores = groups[index].scores
    payload = (kind, full, _key(groups), index)
    return letter("attention", scores.rows, scores.cols, payload, content=(groups,))


def _part(kind: str, groups: tuple[Group, ...], index: int, full: bool) -> Sum:
    """The weights of one distinct group; if all are single keys, the last is 1 minus the others."""
    rows, cols = groups[index].scores.rows, groups[index].scores.cols
    if not full or index != len(groups) - 1 or any(group.scores.cols != 1 for group in groups):
        return Sum.word((_letter(kind, groups, index, full),), rows, cols)
    left = Sum.ones(rows, 1)
    for i, group in enumerate(groups[:-1]):
        left = left - Sum.word((_letter(kind, groups, i, full),), rows, 1).scaled(group.count)
    return left.divided(groups[-1].count)


def _row_sum(a: Letter, b: Letter) -> Terms | None:
    """``S_p 1 = (1 - sum of count_i S_i 1 over i != p) / count_p`` for the last group p with more than a single key."""
    if a.flip or b.flip:
        return None
    kind, full, _, index = a.payload
    groups: tuple[Group, ...] = a.content[0]
    if not full or index != max(i for i, group in enumerate(groups) if group.scores.cols != 1):
        return None
    count = groups[index].count
    terms: Terms = ((divide(1, count), (), ones(a.rows)),)
    for i, group in enumerate(groups):
        if i != index:
            word = (_letter(kind, groups, i, full), *ones(group.scores.cols))
            terms += ((divide(-1 * group.count, count), (), word),)
    return terms


def _column_sum(a: Letter, b: Letter) -> Terms | None:
    terms = _row_sum(b.twin, a.twin)
    return None if terms is None else tuple((c, s, flipped(word)) for c, s, word in terms)


PAIRS["attention", "one"] = _row_sum
PAIRS["one", "attention"] = _column_sum
