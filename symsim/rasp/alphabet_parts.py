"""A program over an alphabet as heads and functions: what each head fetches, and what is a function of what.

What a position knows before the first layer is its *place*: its token and its number. Every value at a position is a
function of its place and of what heads fetch there. A *feature* is such a value where somebody reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symsim.rasp.alphabet_features import Feature, Fetched
from symsim.rasp.alphabet_program import AlphabetProgram
from symsim.rasp.alphabet_scores import Scores
from symsim.rasp.alphabet_table import Column, Ids, determined, numbered
from symsim.rasp.faults import RaspError
from symsim.rasp.values import Aggregate, SOp


class Parts:
    """All heads and features of one program, each head in the earliest layer that has what it reads.

    ``encoding`` is ``"one-hot"`` or ``"integer"``: how queries and keys are written.
    """

    def __init__(self, program: AlphabetProgram, encoding: str) -> None:
        self.program, self.table, self.columns = program, program.table, program.columns
        self.scores = Scores(program, encoding, self.feature)
        self.fetched: dict[SOp, Fetched] = {}
        for node in program.order:
            if node in program.live:
                self._add(node)
        self.result = self._number(program.root, program.root.name or "result")

    # -- heads ----------------------------------------------------------------------------------------------------
    def _add(self, node: SOp) -> None:
        try:
            made = self._made(node)
        except RaspError as error:
            raise error.at(node.place) from None
        made.layer = made.earliest = 1 + max((feature.ready for feature in made.reads), default=0)
        twin = (other for other in self.fetched.values() if _same(other, made) and other.layer <= made.layer)
        self.fetched[node] = next(twin, made)

    def _made(self, node: SOp) -> Fetched:
        selector, column = self.program.sources[node], self.columns[node]
        found = self.program.choice(selector)
        counts = not isinstance(node, Aggregate)
        score = self.scores.of(selector, counts)
        if not isinstance(node, Aggregate):
            shares = tuple(1 / (1 + atom) for atom in column.atoms)
            return Fetched(node, selector, True, found, score, None, column.ids, shares, Fraction(1))
        value = self._number(node.value, node.value.name)
        default = Fraction(0)
        if isinstance(node.default, str):
            default = self.program.codes.get(node.default, default)
        elif node.default is not None:
            default = _fraction(node.default)
        numbers = self.program.coded(column)
        return Fetched(node, selector, False, found, score, value, column.ids, numbers, default)

    # -- features -------------------------------------------------------------------------------------------------
    def _number(self, node: SOp, name: str) -> Feature:
        column = self.columns[node]
        return self.feature(numbered(column.ids), self._in_order(column), [node], name or "value")

    def _in_order(self, column: Column) -> tuple[Fraction, ...]:
        numbers = self.program.coded(column)
        return tuple(numbers[i] for i in dict.fromkeys(column.ids.tolist()))

    def feature(self, ids: Ids, numbers: tuple[Fraction, ...] | None, nodes: Sequence[SOp], name: str) -> Feature:
        """A feature with as few bases as determine it, the late ones left out first and the place last."""
        below = self.program.below
        leaves = dict.fromkeys(
            self.fetched[leaf] for leaf in self.program.order if any(leaf in below[node] for node in nodes)
        )
        bases = sorted(leaves, key=lambda fetched: fetched.layer)
        for base in reversed(list(bases)):
            rest = [other for other in bases if other is not base]
            if determined(ids, [*(other.ids for other in rest), self.table.place]):
                bases = rest
        place = not determined(ids, [base.ids for base in bases])
        return Feature(ids, numbers, tuple(bases), place, name)


def _same(a: Fetched, b: Fetched) -> bool:
    return (a.counts, a.at_sink, a.numbers) == (b.counts, b.at_sink, b.numbers) and bool((a.ids == b.ids).all())


def _fraction(value: object) -> Fraction:
    if isinstance(value, bool | int):
        return Fraction(int(value))
    return Fraction(int(value.p), int(value.q))  # type: ignore[attr-defined]
