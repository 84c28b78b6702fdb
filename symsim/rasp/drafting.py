"""From a plan of integer sizes to an encoder: average-hard heads over one-hot positions, and exact units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from symsim.claims.construction import Placement
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.weights import sparse_weight
from symsim.rasp.plans import POSITION, Fetch, Plan, Reading, Term, Units

HALF = sympy.Rational(1, 2)


def draft(plan: Plan, tokens: TokenLayout) -> Encoder:
    """The encoder that does what the plan says; the last token is the sink.

    A head knows its queries by groups: the query of a position is the unit vector of its group, the key of a token is
    the sum of the unit vectors of the groups that want it, and the sink's key is 1/2 in every coordinate. So the
    scores are 1 for what is wanted, 1/2 for the sink and 0 else, and a query that wants nothing (the last group) gets
    the sink alone, whose value is 0.
    """
    return _Draft(plan).encoder(tokens)


def layer_of(plan: Plan, stage: int, number: int | None = 1) -> int:
    """Where layer ``number`` of a stage stands among all layers, counted from 0; None: the last one of its stage."""
    before = sum(int(plan.repeats(s)) for s in range(stage))
    return before + (int(plan.repeats(stage)) if number is None else number) - 1


def one_hot(tokens: TokenLayout) -> list[Placement]:
    """What the position slot holds at the start: row p of the identity at position p."""
    out = []
    for name in tokens.names:
        top, bottom = tokens.span(name)
        code = sparse_weight(bottom - top, tokens.total, {(p - top, p): 1 for p in range(top, bottom)})
        out.append(Placement(name, POSITION, "constant", matrix=code))
    return out


def words(plan: Plan) -> list[str]:
    """What each layer does, in words, from the notes of the plan."""
    out = []
    for stage in range(plan.stages):
        for t in range(int(plan.repeats(stage))):
            said = " ".join(note.text for note in plan.remarks(stage, t))
            out.append(f"Step t = {t + 1}. {said}" if plan.repeats(stage) != 1 else said)
    return out


class _Draft:
    """Writes out one plan; equal weights are one object, so that a number system converts them once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.slots = Slots(tuple(plan.slots.items()))
        self.width, self.positions = int(self.slots.total), int(plan.positions)
        self.starts = {name: self.slots.span(name)[0] for name in self.slots.names}
        self.first = self.starts[POSITION]
        self.known: dict[Any, Any] = {}

    def encoder(self, tokens: TokenLayout) -> Encoder:
        layers = []
        for stage in range(self.plan.stages):
            layers += [self._layer(stage, t) for t in range(int(self.plan.repeats(stage)))]
        return Encoder(self.slots, tokens, tuple(layers))

    def _layer(self, stage: int, t: int) -> Layer:
        heads: list[Head] = []
        units: list[tuple[Units, int]] = []
        for step in self.plan.steps:
            if step.stage != stage or t >= step.layers:
                continue
            copies = range(t, t + 1) if step.narrow else range(int(step.copies))
            if isinstance(step, Fetch):
                heads += [self._head(step, copy, t + 1) for copy in copies]
            else:
                units += [(step, copy) for copy in copies]
        name = ", ".join(slot for note in self.plan.remarks(stage, t) for slot in note.slots)
        return Layer(tuple(heads), self._network(units) if units else None, name=name)

    def _weight(self, rows: int, cols: int, entries: Mapping[tuple[int, int], Any]) -> Any:
        key = rows, cols, tuple(entries.items())
        if key not in self.known:
            self.known[key] = sparse_weight(rows, cols, entries)
        return self.known[key]

    # -- heads ----------------------------------------------------------------------------------------------------
    def _head(self, step: Fetch, t: int, number: int) -> Head:
        groups = int(step.selection.groups)
        of = {i * step.cols + j: step.selection.group(i, j) for i in range(step.rows) for j in range(step.cols)}
        queries = {(self.first + p, of.get(p, groups)): 1 for p in range(self.positions)}
        keys = {
            (self.first + step.source.place(i, j), g): 1 for g in range(groups) for i, j in step.selection.chosen(t, g)
        }
        keys.update({(self.first + self.positions - 1, g): HALF for g in range(groups + 1)})
        read, written = {}, {}
        for column, carried in enumerate(step.carried):
            read.update({(row, column): v for row, v in self._form(carried.reading, t).items()})
            factor = carried.scale(number) if carried.scale else 1
            written.update({(column, self._coordinate(term, t)): term.coefficient * factor for term in carried.writes})
        return Head(
            W_Q=self._weight(self.width, groups + 1, queries),
            W_K=self._weight(self.width, groups + 1, keys),
            W_V=self._weight(self.width, len(step.carried), read),
            W_O=self._weight(len(step.carried), self.width, written),
            normaliser="average-hard",
            name=f"{step.name} {t + 1}" if step.copies != 1 else step.name,
        )

    def _form(self, form: Reading, t: int) -> dict[int, Any]:
        """The coordinates of a linear form in copy t of its step."""
        out = {self._coordinate(term, t): term.coefficient for term in form.terms}
        flag = form.flag(t) if callable(form.flag) else form.flag
        if flag:
            out.update({self.first + p: flag for p in range(form.support, self.positions)})
        out.update({self.first + p: value for p, value in form.constants})
        return out

    def _coordinate(self, term: Term, t: int) -> int:
        return int(self.starts[term.slot]) + (t if term.moving else 0)

    # -- units ----------------------------------------------------------------------------------------------------
    def _network(self, units: list[tuple[Units, int]]) -> FeedForward:
        inward: dict[tuple[int, int], Any] = {}
        outward: dict[tuple[int, int], Any] = {}
        for u, (step, t) in enumerate(units):
            inward.update({(row, u): v for row, v in self._form(step.reading, t).items()})
            outward.update({(u, self._coordinate(term, t)): term.coefficient for term in step.writes})
        return FeedForward(
            W_1=self._weight(self.width, len(units), inward),
            b_1=None,
            W_2=self._weight(len(units), self.width, outward),
            b_2=None,
            activations=tuple(step.activation for step, _ in units),
        )
