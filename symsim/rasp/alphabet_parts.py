"""A program over an alphabet as heads and functions: what each head fetches, and what is a function of what.

What a position knows before the first layer is its *place*: its token and its number. Every value at a position is a
function of its place and of what heads fetch there. A *feature* is such a value where somebody reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from symsim.rasp.alphabet_selectors import Choice, choice, comparisons, counted
from symsim.rasp.alphabet_table import Column, Ids, Table, determined, numbered
from symsim.rasp.faults import RaspError
from symsim.rasp.values import Aggregate, Selector, SOp, ordered


@dataclass(eq=False)
class Fetched:
    """What a head fetches for an aggregate, or for a count of what a selector selects.

    ``numbers[ids[c]]`` is what stands in its slot in context c: the mean, or 1/(1 + count); ``at_sink`` is what stands
    there at the sink. ``layer``, from 1, is where it stands; ``earliest`` is the first layer that has what it reads.
    """

    node: SOp
    selector: Selector
    counts: bool
    choice: Choice
    query: Feature
    key: Feature
    value: Feature | None
    ids: Ids
    numbers: tuple[Fraction, ...]
    at_sink: Fraction
    earliest: int = 0
    layer: int = 0

    @property
    def reads(self) -> list[Feature]:
        """The features that its head reads."""
        return [self.query, self.key] + ([self.value] if self.value is not None else [])


@dataclass(eq=False)
class Feature:
    """A function of ``bases`` and, if ``place``, of the place: one-hot (-1: nothing), or a number where there are some.

    ``name`` is for people.
    """

    ids: Ids
    numbers: tuple[Fraction, ...] | None
    bases: tuple[Fetched, ...]
    place: bool
    name: str = field(default="", compare=False)

    @property
    def ready(self) -> int:
        """The layer after which it is known; 0 where the embedding has it."""
        return max((base.layer for base in self.bases), default=0)

    @cached_property
    def mark(self) -> tuple[bytes, tuple[Fraction, ...] | None]:
        """Equal for features that are equal in every context."""
        return self.ids.tobytes(), self.numbers

    @property
    def width(self) -> int:
        """How many columns a slot for it has."""
        return 1 if self.numbers is not None else int(self.ids.max()) + 1

    @property
    def direct(self) -> Fetched | None:
        """The head whose slot is this number already."""
        if self.numbers is not None and len(self.bases) == 1 and not self.place:
            base = self.bases[0]
            if [self.numbers[i] for i in self.ids] == [base.numbers[i] for i in base.ids]:
                return base
        return None


class Parts:
    """All heads and features of one program, each head in the earliest layer that has what it reads."""

    def __init__(self, root: SOp, table: Table) -> None:
        self.table = table
        self.order = [node for node in ordered([root]) if isinstance(node, SOp)]
        self.below = self._below(root)
        self.columns = table.columns
        table.fill(root, self._wanted(root))
        self.codes = self._codes()
        self.fetched: dict[SOp, Fetched] = {}
        for node in self.order:
            if node in self.live:
                self._add(node)
        self.result = self._number(root, root.name or "result")

    # -- the graph ------------------------------------------------------------------------------------------------
    def _below(self, root: SOp) -> dict[SOp, frozenset[SOp]]:
        """For each s-op the heads that it is a function of, beside its place."""
        self.sources: dict[SOp, Selector] = {}
        below: dict[SOp, frozenset[SOp]] = {}
        for node in self.order:
            selector = counted(node)
            if selector is None and isinstance(node, Aggregate):
                selector = node.selector
            if selector is not None:
                self.sources[node] = selector
                below[node] = frozenset([node])
            else:
                below[node] = frozenset().union(*(below[part] for part in node.inputs if isinstance(part, SOp)))
        self.live: set[SOp] = set()
        open_ = [*below[root]]
        while open_:
            node = open_.pop()
            if node not in self.live:
                self.live.add(node)
                open_ += [leaf for read in self._reads(node) for leaf in below[read]]
        return below

    def _reads(self, node: SOp) -> list[SOp]:
        """The s-ops that the head for a node compares and carries."""
        found = [part for compared in comparisons(self.sources[node]) for part in (compared.key, compared.query)]
        if counted(node) is None and isinstance(node, Aggregate):
            found.append(node.value)
        return list(dict.fromkeys(found))

    def _wanted(self, root: SOp) -> list[SOp]:
        live = [node for node in self.order if node in self.live]
        return list(dict.fromkeys([root, *live, *(read for node in live for read in self._reads(node))]))

    # -- numbers for values ---------------------------------------------------------------------------------------
    def _codes(self) -> dict[str, Fraction]:
        """A number for each string; beyond all numbers where one s-op gives both, so that no mean is taken for one."""
        words = dict.fromkeys(token for token in self.table.alphabet if isinstance(token, str))
        columns = list(self.columns.values())
        words.update(dict.fromkeys(atom for column in columns for atom in column.atoms if isinstance(atom, str)))
        mixed = any(column.strings and not all(isinstance(a, str) for a in column.atoms) for column in columns)
        sizes = [abs(atom) for column in columns for atom in column.atoms if not isinstance(atom, str)] if mixed else []
        first = 1 + int(max(sizes, default=Fraction(0)).__ceil__())
        return {word: Fraction(first + k) for k, word in enumerate(words)}

    def coded(self, column: Column) -> tuple[Fraction, ...]:
        """The numbers for the values of a column."""
        return tuple(self.codes[atom] if isinstance(atom, str) else atom for atom in column.atoms)

    # -- heads ----------------------------------------------------------------------------------------------------
    def _add(self, node: SOp) -> None:
        try:
            made = self._made(node)
        except RaspError as error:
            raise error.at(node.place) from None
        made.layer = made.earliest = 1 + max(feature.ready for feature in made.reads)
        twin = (other for other in self.fetched.values() if _same(other, made) and other.layer <= made.layer)
        self.fetched[node] = next(twin, made)

    def _made(self, node: SOp) -> Fetched:
        selector, column = self.sources[node], self.columns[node]
        found = choice(selector, self.table)
        nodes = comparisons(selector)
        query = self.feature(found.queries, None, [part.query for part in nodes], "query")
        key = self.feature(found.keys, None, [part.key for part in nodes], "key")
        if not isinstance(node, Aggregate):
            shares = tuple(1 / (1 + atom) for atom in column.atoms)
            return Fetched(node, selector, True, found, query, key, None, column.ids, shares, Fraction(1))
        value = self._number(node.value, node.value.name)
        default = Fraction(0)
        if isinstance(node.default, str):
            default = self.codes.get(node.default, default)
        elif node.default is not None:
            default = _fraction(node.default)
        numbers = self.coded(column)
        return Fetched(node, selector, False, found, query, key, value, column.ids, numbers, default)

    # -- features -------------------------------------------------------------------------------------------------
    def _number(self, node: SOp, name: str) -> Feature:
        column = self.columns[node]
        return self.feature(numbered(column.ids), self._in_order(column), [node], name or "value")

    def _in_order(self, column: Column) -> tuple[Fraction, ...]:
        numbers = self.coded(column)
        return tuple(numbers[i] for i in dict.fromkeys(column.ids.tolist()))

    def feature(
        self, ids: Ids, numbers: tuple[Fraction, ...] | None, nodes: Sequence[SOp], name: str, extra: bool = True
    ) -> Feature:
        """A feature with as few bases as determine it, the late ones left out first and the place last."""
        leaves = dict.fromkeys(
            self.fetched[leaf] for node in self.order for leaf in [node] if any(leaf in self.below[n] for n in nodes)
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
