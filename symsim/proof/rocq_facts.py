"""What every slot of every token group holds after every step, as Rocq lemmas with their proofs, on demand.

The content of a slot is computed here as text and the proof is written beside it; only the kernel decides whether it
holds. A cut gives the content its name, so that later lemmas stay short.
"""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Cut
from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_circuits import Circuit, Weights
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import HeadModel, Model, NetworkModel
from symsim.proof.rocq_terms import (
    Lemmas,
    Term,
    Value,
    atom,
    nested,
    plus,
    repeat,
    shown,
    steps,
    times,
    transposed,
    walk,
)

Column = list[tuple[int, Value]]
"""What a slot holds in the token groups in which it is not zero."""


class Facts:
    """Lemmas about the states ``state0, state1, ...`` of a model, collected in ``lemmas`` in the order of their use."""

    def __init__(self, model: Model, names: Names) -> None:
        self.model, self.names = model, names
        self.lemmas = Lemmas()
        self.weights = Weights(names, self.lemmas)
        self.unfolding: list[str] = []
        """The lemmas that replace the name of a cut by its formula, in the order of the cuts."""
        self._cells: dict[tuple[int, int, int], tuple[Value, str]] = {}
        self._columns: dict[tuple[int, int], tuple[Column, str]] = {}
        self._cuts = {(step, g, s): cut for step in range(len(model.steps) + 1) for g, s, cut in model.cuts(step)}

    def _text(self, value: Value, rows: Any, cols: Any) -> str:
        """A value as the argument of a function: a zero needs its type."""
        return shown(value) if value else f"0 : {gallina.matrix_type((rows, cols), self.names)}"

    # -- one slot of one group ----------------------------------------------------------------------------------------
    def cell(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """What slot s of group g holds after a step, and the lemma that says so."""
        key = (step, g, s)
        if key not in self._cells:
            self._cells[key] = self._start(g, s) if step == 0 else self._after(step, g, s)
        return self._cells[key]

    def _content(self, kind: str, name: str, g: int, s: int) -> Value:
        """What a placement writes."""
        if kind == "input":
            return atom(self.names[name])
        ones = f"(const_mx 1 : {gallina.matrix_type((self.model.groups[g], self.model.slots[s]), self.names)})"
        return (Term(),) if kind == "identity" else atom(ones[1:-1])

    def _start(self, g: int, s: int) -> tuple[Value, str]:
        """A slot of the tokens: the proof walks along their blocks."""
        value: Value = ()
        path = []
        proof = "rewrite state0E /tokens; "
        for group, slot, kind, name in self.model.contents:
            here = (group, slot) == (g, s)
            path.append("hit" if here else "row" if group != g else "col")
            if here:
                value = self._content(kind, name, g, s)
                if kind == "ones" and (self.model.groups[g], self.model.slots[s]) == (1, 1):
                    proof = f"transitivity ({shown(value)}); last exact: const11. {proof}"
                    value = (Term(),)
        proof += steps([step if step == "hit" else f"off_{step}" for step in path[:-1]] + [f"last_{path[-1]}"])
        return value, self.lemmas.add(f"state0_{g}_{s}", f"cell {g} {s} state0 = {shown(value)}", proof)

    def _after(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """What was there, and what the parts of the step add."""
        what = self.model.steps[step - 1]
        found = [self.cell(step - 1, g, s) if what.residual else ((), "cell0")]
        for part in what.parts:
            quiet = self.weights.quiet(part, s, "cell")
            if quiet is not None:
                found.append(((), quiet))
            elif isinstance(part, HeadModel):
                found.append(self._head(step, part, g, s))
            else:
                found.append(self._network(step, part, g, s))
        total = plus([value for value, _ in found])
        rewrites = " ".join([*["cellD"] * len(what.parts), *(lemma for _, lemma in found)])
        opened = f"rewrite state{step}E /{what.name} {rewrites}; tidy"
        cut = self._cuts.get((step, g, s))
        if cut is None:
            statement = f"cell {g} {s} state{step} = {shown(total)}"
            return total, self.lemmas.add(f"state{step}_{g}_{s}", statement, f"{opened}; same.")
        return self._named(cut, step, g, s, opened)

    def _named(self, cut: Cut, step: int, g: int, s: int, opened: str) -> tuple[Value, str]:
        """The content of a cut: its formula gets a name, which stays closed until the end."""
        word = self.names[cut.name]
        formula = gallina.formula(cut.formula, self.names)
        kind = gallina.matrix_type(cut.formula.shape, self.names)
        slot, reason = self.model.construction.encoder.slots.names[s], gallina.comment(cut.reason)
        group = self.model.construction.encoder.tokens.names[g]
        self.lemmas.lines += [
            f"(* Node {cut.name}, slot {slot} of the rows of {group}{': ' + reason if reason else ''}. *)",
            f"Definition {word} : {kind} := locked ({formula}).",
        ]
        unfold = self.lemmas.add(f"unfold_{word}", f"{word} = {formula}", f"by rewrite /{word} -lock.")
        self.unfolding.append(unfold)
        proof = f"{opened}; rewrite {unfold}; same."
        return atom(word), self.lemmas.add(f"node_{word}", f"cell {g} {s} state{step} = {word}", proof)

    # -- one slot of all groups ---------------------------------------------------------------------------------------
    def column(self, step: int, s: int) -> tuple[Column, str]:
        """What slot s holds in all groups after a step, and the lemma that says so."""
        key = (step, s)
        if key not in self._columns:
            found, proof = self._column_start(s) if step == 0 else self._column_after(step, s)
            terms = [f"(place F groups {g})^T *m ({shown(value)})" for g, value in found]
            lemma = self.lemmas.add(f"column{step}_{s}", f"column {s} state{step} = {nested(terms)}", proof)
            self._columns[key] = found, lemma
        return self._columns[key]

    def _column_start(self, s: int) -> tuple[Column, str]:
        contents = self.model.contents
        found: Column = [(g, self._content(kind, name, g, s)) for g, slot, kind, name in contents if slot == s]
        return found, "rewrite state0E /tokens; " + walk([slot == s for _, slot, *_ in contents], "column")

    def _column_after(self, step: int, s: int) -> tuple[Column, str]:
        what = self.model.steps[step - 1]
        quiet = [lemma for part in what.parts if (lemma := self.weights.quiet(part, s, "column"))]
        if what.residual and len(quiet) == len(what.parts):
            found, before = self.column(step - 1, s)
            rewrites = " ".join([*["columnD"] * len(what.parts), before, *quiet])
            return found, f"by rewrite state{step}E /{what.name} {rewrites} ?addr0."
        cells = [self.cell(step, g, s) for g in range(len(self.model.groups))]
        rewrites = " ".join(lemma for _, lemma in cells)
        proof = f"rewrite column_cells !big_ord_recl big_ord0 /= {rewrites} ?mulmx0 ?add0r ?addr0; reflexivity."
        return [(g, value) for g, (value, _) in enumerate(cells) if value], proof

    # -- what a part of a step adds -----------------------------------------------------------------------------------
    def _head(self, step: int, head: HeadModel, g: int, s: int) -> tuple[Value, str]:
        circuit = self.weights.circuit(head, s)
        hypotheses = f"{circuit.pairs_lemma} {circuit.values_lemma}"
        if head.normaliser == "linear" and head.sees is None:
            value, rewrites = self._linear(step, g, circuit)
            start = f"(cell_linear _ _ {hypotheses})"
        else:
            value, rewrites = self._grouped(step, head, g, circuit)
            function = "e " if head.normaliser == "softmax" else ""
            rule = f"causal {function}_ _" if head.causal else f"group {function}_ _ _"
            start = f"(cell_{head.normaliser}_{rule} {hypotheses})"
        statement = f"cell {g} {s} (head{head.name} state{step - 1}) = {shown(value)}"
        proof = f"rewrite /head{head.name} {' '.join([start, *rewrites])}; tidy; same."
        if len(head.sees or ()) != 1 and (head.normaliser, head.sees) != ("linear", None):
            proof = f'fail "no lemma for a {head.normaliser} head that sees the keys of several token groups".'
        if head.causal and head.sees != (g,):
            proof = 'fail "no lemma for a causal head whose queries and keys are of different token groups".'
        return value, self.lemmas.add(f"head{head.name}_{g}_{s}", statement, proof)

    def _linear(self, step: int, g: int, circuit: Circuit) -> tuple[Value, list[str]]:
        """Every query against the keys of every group that has a value."""
        columns = [(self.column(step - 1, v), b) for v, b in circuit.values]
        terms, fetches = [], []
        for i, j, c in circuit.pairs:
            for (found, _), b in columns:
                for k, content in found:
                    (query, q), (key, y) = self.cell(step - 1, g, i), self.cell(step - 1, k, j)
                    terms.append(times(query, c, transposed(key), content, b))
                    fetches.append(f"(fetch_block _ _ {q} {y})")
        reads = list(dict.fromkeys(f"(read_column _ {lemma})" for (_, lemma), _ in columns))
        cuts = sum(max(len(found) - 1, 0) for (found, _), _ in columns)
        sums = [*repeat("mulmxDr", len(columns) - 1), *reads, *repeat("mulmxDl", cuts)]
        return plus(terms), [*sums, "?mul0mx -?mulmxA ?(fetchDl, fetchDr, fetch0l, fetch0r)", *fetches]

    def _grouped(self, step: int, head: HeadModel, g: int, circuit: Circuit) -> tuple[Value, list[str]]:
        """Every query against the keys of the one group that the mask leaves."""
        k = head.sees[0] if head.sees else 0
        terms, meets = [], []
        for i, j, c in circuit.pairs:
            (query, q), (key, y) = self.cell(step - 1, g, i), self.cell(step - 1, k, j)
            terms.append(times(query, c, transposed(key)))
            meets.append(f"(meet_block _ {q} {y})")
        contents = [(self.cell(step - 1, k, v), b) for v, b in circuit.values]
        mixed = plus([times(content, b) for (content, _), b in contents])
        weights = plus(terms)
        if head.normaliser == "softmax":
            scores = self._text(weights, self.model.groups[g], self.model.groups[k])
            weights = (Term((), (f"{'causal_' * head.causal}softmax e ({scores})",)),)
        reads = list(dict.fromkeys(f"(read_cell _ {lemma})" for (_, lemma), _ in contents))
        sums = repeat("meetD", len(circuit.pairs) - 1) if circuit.pairs else ["meet0"]
        return times(weights, mixed), [*sums, *repeat("mulmxDr", len(contents) - 1), *meets, *reads]

    def _network(self, step: int, network: NetworkModel, g: int, s: int) -> tuple[Value, str]:
        into = network.W_2.column(s)
        rewrites = [f"(cell_feed_forward _ _ _ _ _ {self.weights.down(network, s)} (mul0mx _ _))"]
        rewrites += repeat("mulmxDr", 2 * (len(into) - 1))
        terms = []
        for i, c in into:
            reads = [(self.cell(step - 1, g, t), self.weights.number(b)) for t, b in network.W_1.column(i)]
            inner = plus([times(content, b) for (content, _), b in reads])
            terms.append(times(self._active(network, g, i, inner), self.weights.number(c)))
            rewrites.append(self.weights.active(network, i))
            rewrites.append(f"(read_units _ _ _ _ {self.weights.up(network, i)} (mul0mx _ _))")
            rewrites += repeat("mulmxDr", len(reads) - 1)
            rewrites += dict.fromkeys(f"(read_cell _ {lemma})" for (_, lemma), _ in reads)
        value = plus(terms)
        statement = f"cell {g} {s} (units{network.name} state{step - 1}) = {shown(value)}"
        proof = f"rewrite /units{network.name} {' '.join(rewrites)}; tidy; same."
        return value, self.lemmas.add(f"units{network.name}_{g}_{s}", statement, proof)

    def _active(self, network: NetworkModel, g: int, run: int, inner: Value) -> Value:
        """A run of hidden units over what it reads; identity units hand it on."""
        if network.functions[run] == "identity":
            return inner
        function = gallina.activation(network.functions[run], self.names)
        return (Term((), (f"map_mx {function} ({self._text(inner, self.model.groups[g], network.W_1.cols[run])})",)),)
