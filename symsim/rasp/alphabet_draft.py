"""From the heads and features of a program over an alphabet to weights and the embedding table.

Two slots of width 1 tell words and the sink apart. What a query selects has one score, all else 1 less at least. The
sink scores 1/2 less, or as much where it is counted too. It selects itself alone: so its row is the same at every word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy
import sympy

from symsim.encoder.layers import FeedForward, Head, Layer
from symsim.encoder.layouts import Slots
from symsim.encoder.weights import sparse_weight
from symsim.rasp.alphabet_features import Feature, Fetched, Lookup, OneHot, Score
from symsim.rasp.alphabet_parts import Parts
from symsim.rasp.alphabet_schedule import grouped
from symsim.rasp.alphabet_table import joined, numbered, representatives
from symsim.rasp.alphabet_units import MOST_POINTS, Bends, bends
from symsim.rasp.alphabet_words import selector_text, sop_text
from symsim.rasp.faults import RaspError
from symsim.rasp.values import Aggregate

Entries = dict[tuple[int, int], Any]

Form = dict[int, Any]
"""A linear form in the stream: column to coefficient."""

WORD, SINK = "word flag", "sink flag"
"""The slots that are 1 at the tokens of the word, and at the sink."""


@dataclass(frozen=True)
class Drafted:
    """Slots, layers with what they do in words, the embedding, the sink's row, and the slot of the result."""

    slots: Slots
    layers: tuple[Layer, ...]
    notes: tuple[str, ...]
    embedding: Any
    sink: Any
    readout: str


@dataclass(frozen=True)
class _Units:
    """Units that compute some features: what their linear form reads, a number for each place first if there is one.

    ``flag`` is the coefficient of the sink's flag, which puts the sink to the left of all knots.
    """

    kinds: Any
    reads: tuple[str, ...]
    flag: Fraction
    found: Bends
    columns: tuple[tuple[str, int], ...]


def drafted(parts: Parts, stages: Sequence[Sequence[Fetched]]) -> Drafted:
    """Write out the heads and what is computed between them."""
    return _Draft(parts, stages).drafted()


class _Draft:
    def __init__(self, parts: Parts, stages: Sequence[Sequence[Fetched]]) -> None:
        self.parts, self.table, self.stages = parts, parts.table, stages
        self.widths: dict[str, int] = {WORD: 1, SINK: 1}
        self.table_rows: dict[str, dict[tuple[int, int], Any]] = {WORD: {}, SINK: {}}
        self.known: dict[Any, str] = {}
        self.fetched: dict[Fetched, str] = {}
        self.computed: dict[tuple[Any, ...], list[Feature]] = {}
        for stage in stages:
            leaders = [members[0] for members in grouped(stage)]
            for head in stage:
                self._slots_of(head, head in leaders)
        self.readout = self._readout(parts.result)
        self.units = self._all_units()

    # -- slots ----------------------------------------------------------------------------------------------------
    def _name(self, wish: str, width: int) -> str:
        name, number = wish, 1
        while name in self.widths:
            number += 1
            name = f"{wish}{number}"
        self.widths[name] = width
        self.table_rows[name] = {}
        return name

    def _slots_of(self, head: Fetched, leads: bool) -> None:
        """Slots for what a head reads, and for what it fetches; one that follows another scores as that one."""
        wish = head.node.name or ("count" if head.counts else "mean")
        if head is self.parts.result.direct:
            wish = head.node.name or "result"
        for feature in head.reads if leads else [head.value] if head.value is not None else []:
            self._slot(feature, wish)
        self.fetched[head] = self._name(wish, 1)

    def _slot(self, feature: Feature, reader: str) -> None:
        """Give a feature a slot, unless the flag for words or what a head fetches is that feature."""
        if feature.mark in self.known or feature.direct is not None or feature.constant:
            return
        name = feature.name if feature.numbers is not None else self._about(feature) or f"{reader} {feature.name}"
        self._placed(feature, name.strip() or "value")

    def _placed(self, feature: Feature, wish: str) -> str:
        slot = self._name(wish, feature.width)
        self.known[feature.mark] = slot
        if feature.bases:
            self.computed.setdefault((feature.ready, feature.bases, feature.place), []).append(feature)
        else:
            self._embed(slot, feature)
        return slot

    def _embed(self, slot: str, feature: Feature) -> None:
        for context in representatives(self.table.place):
            place, found = int(self.table.place[context]), int(feature.ids[context])
            if feature.numbers is not None:
                self.table_rows[slot][place, 0] = _rational(feature.numbers[found])
            elif found >= 0:
                self.table_rows[slot][place, found] = sympy.Integer(1)

    def _about(self, feature: Feature) -> str:
        """``token`` or ``position`` where a one-hot slot says just that."""
        length, place = self.table.length, self.table.place
        for name, ids in (("token", place // length), ("position", place % length)):
            if bool((numbered(ids) == feature.ids).all()):
                return name
        return ""

    def _readout(self, result: Feature) -> str:
        if result.direct is not None:
            return self.fetched[result.direct]
        return self.known.get(result.mark) or self._placed(result, result.name or "result")

    # -- units ----------------------------------------------------------------------------------------------------
    def _all_units(self) -> dict[int, list[_Units]]:
        """The units of each layer; features that are functions of the same are computed by shared units if fewer."""
        found: dict[int, list[_Units]] = {}
        for (ready, _, _), features in self.computed.items():
            shared = [self._units_of(features)]
            if len(features) > 1:
                alone = [self._units_of([feature]) for feature in features]
                if sum(len(units.found.knots) for units in alone) < len(shared[0].found.knots):
                    shared = alone
            found.setdefault(ready, []).extend(self._settled(units) for units in shared)
        return found

    def _units_of(self, features: Sequence[Feature]) -> _Units:
        bases, place, size = features[0].bases, features[0].place, len(self.table.place)
        arguments = [base.ids for base in bases]
        kinds = self._kinds(features) if place else None
        if kinds is not None:
            arguments = [kinds[self.table.place], *arguments]
        classes = joined([*arguments, *(feature.ids for feature in features)], size)
        contexts = representatives(classes)
        if len(contexts) > MOST_POINTS:
            raise RaspError(
                f"'{features[0].name}' is a function of {len(contexts)} points, the limit is {MOST_POINTS}: a shorter "
                "length or a smaller alphabet would allow it"
            )
        points = []
        for c in contexts:
            own = [Fraction(int(kinds[self.table.place[c]]))] if kinds is not None else []
            points.append((*own, *(base.numbers[base.ids[c]] for base in bases)))
        columns = tuple((self.known[f.mark], j) for f in features for j in range(f.width))
        wanted = [[int(feature.ids[c]) for feature in features] for c in contexts]
        found = bends(points, wanted, [_values(features, row) for row in wanted])
        slots = tuple(self.fetched[base] for base in bases)
        at_sink = [Fraction(0)] * (kinds is not None) + [base.at_sink for base in bases]
        there = sum((c * x for c, x in zip(found.coefficients, at_sink, strict=True)), Fraction(0))
        return _Units(kinds, slots, min(Fraction(0), found.low - there), found, columns)

    def _kinds(self, features: Sequence[Feature]) -> Any:
        """A number for each place: equal for places at which the features are the same functions of what is fetched."""
        bases, size = features[0].bases, len(self.table.place)
        key = joined([base.ids for base in bases], size)
        value = joined([feature.ids for feature in features], size)
        seen: list[set[tuple[int, int]]] = [set() for _ in range(self.table.places)]
        for place, k, v in zip(self.table.place.tolist(), key.tolist(), value.tolist(), strict=True):
            seen[place].add((k, v))
        known: dict[frozenset[tuple[int, int]], int] = {}
        return numpy.array([known.setdefault(frozenset(found), len(known)) for found in seen])

    def _place_slot(self, kinds: Any) -> str:
        key = ("place", kinds.tobytes())
        if key not in self.known:
            self.known[key] = self._name("place", 1)
            rows = {(place, 0): sympy.Integer(int(k)) for place, k in enumerate(kinds) if k}
            self.table_rows[self.known[key]] = rows
        return self.known[key]

    def _settled(self, units: _Units) -> _Units:
        """What the units start from stands in the embedding, at the places of words only, and so do their numbers."""
        for column, value in units.found.start.items():
            slot, j = units.columns[column]
            self.table_rows[slot].update({(place, j): _rational(value) for place in range(self.table.places)})
        return units if units.kinds is None else replace(units, reads=(self._place_slot(units.kinds), *units.reads))

    # -- weights --------------------------------------------------------------------------------------------------
    def drafted(self) -> Drafted:
        """Everything, once all slots are known."""
        self.slots = Slots(tuple(self.widths.items()))
        self.start = {name: int(self.slots.span(name)[0]) for name in self.slots.names}
        self.width = int(self.slots.total)
        layers, notes = [], []
        for number, stage in enumerate(self.stages, 1):
            groups = grouped(stage)
            heads = [self._head(members) for members in groups]
            units = self.units.get(number, [])
            name = ", ".join(self.fetched[head] for head in stage)
            layers.append(Layer(tuple(heads), self._network(units) if units else None, name=name))
            notes.append(self._note(groups, units))
        rows = {(place, self.start[WORD]): sympy.Integer(1) for place in range(self.table.places)}
        for slot, entries in self.table_rows.items():
            rows.update({(place, self.start[slot] + j): v for (place, j), v in entries.items() if v != 0})
        embedding = sparse_weight(self.table.places, self.width, rows)
        sink = sparse_weight(1, self.width, {(0, self.start[SINK]): sympy.Integer(1)})
        return Drafted(self.slots, tuple(layers), tuple(notes), embedding, sink, self.readout)

    def _head(self, members: Sequence[Fetched]) -> Head:
        asks, keys, rank = self._scored(members[0].score, members[0].counts)
        read: Entries = {}
        for column, head in enumerate(members):
            read.update({(row, column): value for row, value in self._carried(head).items() if value != 0})
        written = {(column, self.start[self.fetched[head]]): 1 for column, head in enumerate(members)}
        return Head(
            W_Q=sparse_weight(self.width, rank, asks),
            W_K=sparse_weight(self.width, rank, keys),
            W_V=sparse_weight(self.width, len(members), read),
            W_O=sparse_weight(len(members), self.width, written),
            normaliser="average-hard",
            name=", ".join(self.fetched[head] for head in members),
        )

    def _scored(self, score: Score, counts: bool) -> tuple[Entries, Entries, int]:
        """The entries of W_Q and W_K and how many columns they have: the last one is the score of the sink.

        Selected keys score q^2 + 1, or one of the two, less a constant k^2; the sink that much less 1/2 or 0.
        """
        pairs = self._matched(score.lookup) if score.lookup is not None else []
        pairs += self._told_apart(score.classes) if score.classes is not None else []
        own = Fraction(score.classes is not None) - (0 if counts else Fraction(1, 2))
        follows: Form = {}
        if score.lookup is not None:
            own += score.lookup.key_square.number if score.lookup.key_square.constant else 0
            follows = self._form(score.lookup.query_square)
        word, sink = self.start[WORD], self.start[SINK]
        follows[word] = follows.get(word, 0) + _rational(own)
        pairs.append(({**follows, sink: follows.get(sink, 0) + 1}, {sink: 1}))
        asks, keys = (
            {(row, j): value for j, pair in enumerate(pairs) for row, value in pair[side].items() if value != 0}
            for side in (0, 1)
        )
        return asks, keys, len(pairs)

    def _matched(self, lookup: Lookup) -> list[tuple[Form, Form]]:
        """The score 2 q k - k^2 as products of a form of the query and a form of the key."""
        query, key, square = (self._form(f) for f in (lookup.query, lookup.key, lookup.key_square))
        found = [({row: 2 * value for row, value in query.items()}, key)] if query and key else []
        return found + ([] if lookup.key_square.constant else [({self.start[WORD]: -1}, square)])

    def _told_apart(self, classes: OneHot) -> list[tuple[Form, Form]]:
        """The score of one-hot classes: one product a class of queries or of keys, whichever are fewer."""
        query, key, table = self._columns(classes.query), self._columns(classes.key), classes.table
        rows, columns = list(enumerate(classes.rows)), list(enumerate(classes.columns))
        wide, high = table.shape
        if wide <= high:
            asked = [{query[a]: 1 for a, row in rows if row == q} for q in range(wide)]
            held = [{key[b]: 1 for b, column in columns if column >= 0 and table[q, column]} for q in range(wide)]
        else:
            asked = [{query[a]: 1 for a, row in rows if row >= 0 and table[row, k]} for k in range(high)]
            held = [{key[b]: 1 for b, column in columns if column == k} for k in range(high)]
        return list(zip(asked, held, strict=True))

    def _columns(self, feature: Feature) -> list[int]:
        """The columns of a one-hot feature."""
        start = self.start[WORD] if feature.constant else self.start[self.known[feature.mark]]
        return list(range(start, start + feature.width))

    def _form(self, feature: Feature | None) -> Form:
        """A number as coefficients: itself at words, 0 at the sink."""
        if feature is None:
            return {}
        if feature.direct is not None:
            start, at_sink = self.start[self.fetched[feature.direct]], feature.direct.at_sink
            return {start: 1, self.start[SINK]: _rational(-at_sink)} if at_sink else {start: 1}
        if feature.constant:
            return {self.start[WORD]: _rational(feature.number)} if feature.number else {}
        return {self.start[self.known[feature.mark]]: 1}

    def _carried(self, head: Fetched) -> Form:
        """What a head carries, as coefficients: the value at words, ``at_sink`` at the sink."""
        sink = self.start[SINK]
        if head.value is None:
            return {sink: sympy.Integer(1)}
        form = self._form(head.value)
        return {**form, sink: form.get(sink, 0) + _rational(head.at_sink)}

    def _network(self, units: Sequence[_Units]) -> FeedForward:
        inward: Entries = {}
        bias: Entries = {}
        outward: Entries = {}
        number = 0
        for made in units:
            for k, knot in enumerate(made.found.knots):
                for slot, c in zip(made.reads, made.found.coefficients, strict=True):
                    inward[self.start[slot], number] = _rational(c)
                if made.flag:
                    inward[self.start[SINK], number] = _rational(made.flag)
                if knot:
                    bias[0, number] = _rational(-knot)
                for j, (slot, column) in enumerate(made.columns):
                    if (k, j) in made.found.change:
                        outward[number, self.start[slot] + column] = _rational(made.found.change[k, j])
                number += 1
        return FeedForward(
            W_1=sparse_weight(self.width, number, inward),
            b_1=sparse_weight(1, number, bias),
            W_2=sparse_weight(number, self.width, outward),
            b_2=None,
            activations="relu",
        )

    # -- words ----------------------------------------------------------------------------------------------------
    def _note(self, groups: Sequence[Sequence[Fetched]], units: Sequence[_Units]) -> str:
        """What a layer does, in words."""
        out = []
        for members in groups:
            into = [(self.fetched[head], self._what(head)) for head in members]
            said = "; ".join(f"slot {slot} gets {what}" for slot, what in into)
            default = "Where nothing is selected, the sink gives the default"
            sink = "The sink is counted too" if members[0].counts else default
            out.append(f"One head, {self._by(members[0])}{selector_text(members[0].selector)}: {said}. {sink}.")
        for made in units:
            count = len(made.found.knots)
            slots = ", ".join(dict.fromkeys(slot for slot, _ in made.columns))
            what = "One relu unit writes" if count == 1 else f"{count} relu units write"
            out.append(f"{what} {slots} from {', '.join(made.reads)}.")
        return " ".join(out)

    def _by(self, head: Fetched) -> str:
        """How queries find their keys, if it is by more than one-hot classes: a lookup of integers."""
        lookup = head.score.lookup
        if lookup is None or lookup.key.constant:
            return ""
        asked, held = (self._told(feature) for feature in (lookup.query, lookup.key))
        both = f"integer lookup of {asked}" if asked == held else f"integer lookup of {asked} among {held}"
        return f"{both}, {'' if head.score.classes is None else 'with one-hot classes, '}"

    def _told(self, feature: Feature) -> str:
        """Where a number stands."""
        if feature.direct is not None:
            return f"slot {self.fetched[feature.direct]}"
        return str(feature.number) if feature.constant else f"slot {self.known[feature.mark]}"

    def _what(self, head: Fetched) -> str:
        """What a head fetches, in words."""
        if isinstance(head.node, Aggregate) and not head.counts:
            return f"the mean of {sop_text(head.node.value)}"
        return "1/(1 + the number of keys)"


def _values(features: Sequence[Feature], row: Sequence[int]) -> dict[int, Fraction]:
    """What the columns of some features hold for these classes, zeros left out."""
    out: dict[int, Fraction] = {}
    start = 0
    for feature, found in zip(features, row, strict=True):
        if feature.numbers is not None:
            if feature.numbers[found]:
                out[start] = feature.numbers[found]
        elif found >= 0:
            out[start + found] = Fraction(1)
        start += feature.width
    return out


def _rational(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)
