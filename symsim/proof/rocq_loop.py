"""Loops in Rocq: an encoder of L equal passes, by one lemma of a pass that is applied L times.

A pass starts in a state ``entering``: the tokens, with anything at all in the slot of the stream of the parameter
tokens. The lemma ``passed`` says that it ends in such a state again, with the next stream, and the parameters moved on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

from symsim.claims.construction import Construction, Placement
from symsim.formulas.building import matrix, zeros
from symsim.formulas.substitution import names as names_of
from symsim.formulas.substitution import replace as put
from symsim.formulas.syntax import Formula
from symsim.proof import rocq_language as gallina
from symsim.proof import rocq_statement as statement
from symsim.proof.composing import composes
from symsim.proof.rocq_facts import Facts
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import Model
from symsim.proof.rocq_start import strip
from symsim.proof.rocq_terms import nested, shown


@dataclass(frozen=True)
class Loop:
    """A construction as equal passes.

    ``one`` is one pass from any state that a pass may start in; ``left`` are its inputs that stand for leftovers.
    """

    whole: Construction
    one: Construction
    passes: int
    left: tuple[str, ...]


def loop_of(construction: Construction) -> Loop | None:
    """The construction as a loop, or None where its layers are no equal passes that compute what it claims."""
    layers, read = construction.encoder.layers, construction.readout
    count = len(layers)
    lengths = (k for k in range(1, count) if count % k == 0 and layers[k:] == layers[:-k])
    length = next(lengths, count)
    starts = [p for p in construction.placements if (p.group, p.slot, p.what) == (read.group, read.slot, "input")]
    if length == count or not starts or not isinstance(construction.computes, Formula):
        return None
    known: dict[str, Formula] = {}
    result = None
    for cut in (cut for cut in construction.cuts if cut.layer < length):
        known[cut.name] = put(cut.formula, known)
        if (cut.layer, cut.group, cut.slot) == (length - 1, read.group, read.slot):
            result = known[cut.name]
    if result is None or result.shape != read.shape:
        return None
    return _from_anywhere(construction, length, result)


def _from_anywhere(construction: Construction, length: int, result: Formula) -> Loop:
    """The loop with its pass from a state with leftovers in the slot of the stream."""
    read, encoder = construction.readout, construction.encoder
    width = encoder.slots.size(read.slot)
    filled = {p.group: p for p in construction.placements if p.slot == read.slot and p.group != read.group}
    inputs, placements = [*construction.inputs], [*construction.placements]
    left = []
    for group, height in encoder.tokens.parts:
        if group in filled:
            left.append(filled[group].name)
        elif group != read.group:
            left.append(f"left_{group}")
            inputs.append((left[-1], (height, width)))
            placements.append(Placement(group, read.slot, "input", left[-1]))
    one = replace(
        construction,
        encoder=replace(encoder, layers=encoder.layers[:length]),
        cuts=tuple(cut for cut in construction.cuts if cut.layer < length),
        computes=result,
        inputs=tuple(inputs),
        placements=tuple(placements),
    )
    return Loop(construction, one, len(encoder.layers) // length, tuple(left))


@dataclass
class Passes:
    """The lemma of a pass, and the theorem that applies it ``loop.passes`` times."""

    loop: Loop
    model: Model
    names: Names

    def __post_init__(self) -> None:
        self.facts = Facts(self.model, self.names, "entering")
        self.last = len(self.model.steps)
        self.group, self.slot = statement.result(self.model)
        self.stream = next(p.name for p in self.loop.one.placements if self._place(p) == (self.group, self.slot))

    def _place(self, p: Placement) -> tuple[int, int]:
        return self.model.group(p.group), self.model.slot(p.slot)

    def moved(self) -> dict[str, str | None] | None:
        """Which input stands in the place of which after a pass (None: zero), leftovers and the stream aside.

        None where a pass does not end in a state in which it may start.
        """
        start, found = self.facts.start, {}
        for s in (s for s in range(len(self.model.slots)) if s != self.slot):
            after = dict(self.facts.column(self.last, s)[0])
            here = {g: (kind, name) for g, t, kind, name in self.model.contents if t == s}
            for g, (kind, name) in here.items():
                value = after.pop(g, ())
                if kind != "input" and value != start.slot(g, s)[0]:
                    return None
                if kind == "input":
                    found[name] = self._input(value) if value else None
                    if value and found[name] is None:
                        return None
            if after:
                return None
        return found

    def _input(self, value: Any) -> str | None:
        """The input that a content is."""
        return next((word for word, _ in self.loop.whole.inputs if shown(value) == self.names[word]), None)

    # -- what is claimed ----------------------------------------------------------------------------------------------
    def used(self) -> list[str]:
        """The inputs of one pass of the simulated machine: the stream, and the parameters of the first pass."""
        found = names_of(self.loop.one.computes)
        return [word for word, _ in self.loop.one.inputs if word in found]

    def claims(self, moved: dict[str, str | None]) -> bool:
        """Whether the result of one pass, put into itself, is what the construction claims."""
        result, shapes = self.loop.one.computes, dict(self.loop.one.inputs)
        found: Formula = matrix(self.stream, *shapes[self.stream])
        values: dict[str, Formula] = {name: matrix(name, *shapes[name]) for name in moved}
        for _ in range(self.loop.passes):
            found = put(result, {**values, self.stream: found})
            after = {name: values[new] if new is not None else zeros(*shapes[name]) for name, new in moved.items()}
            values = after
        whole = self.loop.whole
        last = whole.cuts[-1].name
        known: dict[str, Formula] = {}
        for cut in whole.cuts:
            known[cut.name] = put(cut.formula, known)
        return found == known[last] and composes(whole.claim)

    def applied(self, stream: str, values: dict[str, str]) -> str:
        """``simulated`` of a stream and the values of the parameters."""
        words = [stream if word == self.stream else values[word] for word in self.used()]
        return f"@simulated {' '.join([*self._constants(), *words])}"

    def _constants(self) -> list[str]:
        words = [*statement.functions(self.model), *statement.sizes(self.loop.one), *self.loop.one.encoder.constants]
        return ["F", "e", *(self.names[word] for word in words)]

    def simulated(self) -> list[str]:
        """The definition of one pass of the simulated machine, before anything else."""
        names, one = self.names, self.loop.one
        shapes = dict(one.inputs)
        matrices = [f"({names[word]} : {gallina.matrix_type(shapes[word], names)})" for word in self.used()]
        return [
            "Definition simulated",
            *(f"    {binder}" for binder in [*statement.fixed_binders(self.model, names), *matrices]),
            f"  : {gallina.matrix_type(one.readout.shape, names)} :=",
            f"  {gallina.formula(one.computes, names)}.",
        ]

    # -- one pass -----------------------------------------------------------------------------------------------------
    def one_pass(self) -> list[str]:
        """The state in which a pass starts, its nodes, and what slots hold after it."""
        names, one, facts = self.names, self.loop.one, self.facts
        binders = [f"({names[word]} : {gallina.matrix_type(shape, names)})" for word, shape in one.inputs]
        rows = [f"stack groups slots {g} ({strip(self.model, names, g)})" for g in self.model.strips]
        inputs = " ".join(names[word] for word, _ in one.inputs)
        for step in range(1, self.last + 1):
            for g, s, _ in self.model.cuts(step):
                facts.cell(step, g, s)
        _, lemma = facts.cell(self.last, self.group, self.slot)
        facts.cell(0, self.group, self.slot)
        for s in range(len(self.model.slots)):
            facts.column(0, s)
        unfolded = " ".join(f"?{name}" for name in reversed(facts.unfolding))
        first = self.applied(names[self.stream], {word: names[word] for word, _ in one.inputs})
        return [
            f"Definition entering {' '.join(binders)} : state :=",
            f"  {nested(rows)}.",
            "Section Pass.",
            *(f"Variable {binder[1:-1]}." for binder in binders),
            *statement.states(self.model, f"entering {inputs}"),
            *facts.lemmas.lines,
            f"Lemma leaving : one_pass (entering {inputs}) = state{self.last}.",
            f"Proof. by rewrite /one_pass {statement.folded(self.last)}. Qed.",
            f"Lemma outcome : cell {self.group} {self.slot} state{self.last} = {first}.",
            f"Proof. rewrite {lemma} {unfolded} /simulated; same. Qed.",
            "End Pass.",
        ]

    def passed(self, moved: dict[str, str | None]) -> list[str]:
        """The lemma that a pass ends in a state in which it may start."""
        names, one = self.names, self.loop.one
        words = [word for word, _ in one.inputs]
        inputs = " ".join(names[word] for word in words)
        rest = [f"rest{i}" for i in range(len(self.loop.left))]
        values = {word: "0" if moved[word] is None else names[moved[word] or ""] for word in moved}
        values |= dict(zip(self.loop.left, rest, strict=True))
        values[self.stream] = f"({self.applied(names[self.stream], {word: names[word] for word in words})})"
        groups = [self.model.group(p.group) for name in self.loop.left for p in one.placements if p.name == name]
        witnesses = ", ".join(f"(cell {g} {self.slot} (state{self.last} {inputs}))" for g in groups)
        after = " ".join(values[word] for word in words)
        goals = [self._same(s) for s in range(len(self.model.slots))]
        pattern = reduce(lambda inner, _: f"[|{inner}]", goals[1:], "[|s]")
        return [
            f"Lemma passed {inputs} : exists {' '.join(rest)}, one_pass (entering {inputs}) = entering {after}.",
            f"Proof. exists {witnesses}.",
            f"rewrite leaving -[RHS]state0E; apply: columnsP; case=> {pattern} // _.",
            *(f"- {goal}" for goal in goals),
            "Qed.",
        ]

    def _same(self, s: int) -> str:
        """Why a slot holds after a pass what the next one needs."""
        start = self.facts.column(0, s)[1]
        if s == self.slot:
            return f"by rewrite column_cells !big_ord_recl big_ord0 /= outcome {start} ?addr0."
        return f"by rewrite {self.facts.column(self.last, s)[1]} {start} ?mulmx0 ?addr0 ?add0r."

    # -- all passes ---------------------------------------------------------------------------------------------------
    def result(self, moved: dict[str, str | None]) -> tuple[list[str], str]:
        """The lemma that all passes together compute what is claimed, and the right side of the theorem."""
        names, words = self.names, [word for word, _ in self.loop.one.inputs]
        own = {word for word, _ in self.loop.whole.inputs}
        values = {word: names[word] if word in own else "0" for word in words}
        added = [word for word in words if word not in own]
        groups = [self.model.group(p.group) for word in added for p in self.loop.one.placements if p.name == word]
        zero = " ".join(f"(@put0 F groups slots {g} {self.slot}) addr0" for g in groups)
        start = " ".join(values[word] for word in words)
        proof = [
            "rewrite /readout /encoder.",
            f"have -> : tokens = entering {start}.",
            f"  by rewrite /tokens /entering {zero}.",
        ]
        stream = values[self.stream]
        for number in range(1, self.loop.passes + 1):
            rest = [f"rest{number}_{i}" for i in range(len(self.loop.left))]
            arguments = " ".join(values[word] for word in words)
            proof.append(f"have {''.join(f'[{name} ' for name in rest)}->{']' * len(rest)} := passed {arguments}.")
            stream = self.applied(stream, values)
            values = {word: "0" if new is None else values[new] for word, new in moved.items()}
            stream = f"({stream})"
            values |= {**dict(zip(self.loop.left, rest, strict=True)), self.stream: stream}
        claim = f"readout (encoder tokens) = {stream[1:-1]}"
        read = self.facts.cell(0, self.group, self.slot)[1]
        proof.append(f"by rewrite -state0E {read}.")
        return [f"Theorem result : {claim}.", "Proof.", *proof, "Qed."], stream[1:-1]

