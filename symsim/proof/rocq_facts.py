"""What every slot of every token group holds after every step, as Rocq lemmas with their proofs, on demand.

The content of a slot is computed here as text and the proof is written beside it; only the kernel decides whether it
holds. A cut gives the content its name, so that later lemmas stay short.
"""

from __future__ import annotations

import re
from typing import Any

from symsim.claims.construction import Cut
from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_circuits import Circuit, Weights
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import HeadModel, Model, NetworkModel
from symsim.proof.rocq_start import Column, Start
from symsim.proof.rocq_terms import (
    Lemmas,
    Term,
    Value,
    atom,
    nested,
    plus,
    repeat,
    shown,
    times,
    transposed,
)

SUM = re.compile(r"\bsum\d+_\d+_\d+\b")
"""The names of sums."""


class Facts:
    """Lemmas about the states ``state0, state1, ...`` of a model, collected in ``lemmas`` in the order of their use."""

    def __init__(self, model: Model, names: Names, tokens: str = "tokens") -> None:
        self.model, self.names = model, names
        self.lemmas = Lemmas()
        self.weights = Weights(names, self.lemmas)
        self.start = Start(model, names, self.lemmas, tokens)
        self.unfolding: list[str] = []
        """The lemmas that replace the name of a cut or a sum by what it stands for, in the order of their use."""
        self._sums: dict[str, tuple[str, Value]] = {}
        self._kept: dict[tuple[int, str], str] = {}
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
            self._cells[key] = self.start.cell(g, s) if step == 0 else self._after(step, g, s)
        return self._cells[key]

    def _written(self, step: int, s: int) -> int:
        """The last step, up to this one, that changes slot s; 0 if there is none."""
        return max((i for i in range(1, step + 1) if self.model.steps[i - 1].writes(s)), default=0)

    def _keeps(self, step: int, since: int, what: str) -> str:
        """The rewriting of a ``cell`` or a ``column`` that stays as it is from one step to another."""
        return " ".join(f"{self._keep(i, what)} //" for i in range(step, since, -1))

    def _keep(self, step: int, what: str) -> str:
        """The lemma that a step changes no slot to which it does not write."""
        key = (step, what)
        if key not in self._kept:
            parts = self.model.steps[step - 1].parts
            quiet = [f"{self.weights.quiet(part, what)} // ?addr0" for part in parts]
            rewrites = " ".join([*[f"{what}D"] * len(parts), *quiet])
            free = "".join(f"({j} != s)%N -> " for j in sorted({j for part in parts for j in part.into.columns}))
            group = "g " if what == "cell" else ""
            self._kept[key] = self.lemmas.add(
                f"keep_{what}{step}",
                f"{free}{what} {group}s state{step} = {what} {group}s state{step - 1}",
                f"by move=> *; rewrite state{step}E /{self.model.steps[step - 1].name} {rewrites}.",
                f" {group}(s : nat)",
            )
        return self._kept[key]

    def _after(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """What was there, and what the parts of the step add."""
        total, opened = self._kept_or_added(step, g, s)
        cut = self._cuts.get((step, g, s))
        if cut is not None:
            return self._named(cut, step, g, s, total, opened)
        if len(total) > 1:
            return self._summed(step, g, s, total, opened)
        statement = f"cell {g} {s} state{step} = {shown(total)}"
        return total, self.lemmas.add(f"state{step}_{g}_{s}", statement, f"{opened}; same.")

    def _kept_or_added(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """The content after a step, and the tactics that write it out."""
        what, since = self.model.steps[step - 1], self._written(step, s)
        if since < step:
            value, lemma = self.cell(since, g, s)
            return value, f"rewrite {self._keeps(step, since, 'cell')} {lemma}"
        if self._source(step, s) is not None:
            return self._off_column(step, g, s)
        found = [self.cell(step - 1, g, s) if what.residual else ((), "cell0")]
        for part in what.parts:
            if not part.into.column(s):
                found.append(((), f"{self.weights.quiet(part, 'cell')} //"))
            elif isinstance(part, HeadModel):
                found.append(self._head(step, part, g, s))
            else:
                found.append(self._network(step, part, g, s))
        rewrites = " ".join([*["cellD"] * len(what.parts), *(lemma for _, lemma in found)])
        return plus([value for value, _ in found]), f"rewrite state{step}E /{what.name} {rewrites}; tidy"

    def _summed(self, step: int, g: int, s: int, total: Value, opened: str) -> tuple[Value, str]:
        """A sum gets a name, so that it stays one factor of what is made of it."""
        word = f"sum{step}_{g}_{s}"
        kind = gallina.matrix_type((self.model.groups[g], self.model.slots[s]), self.names)
        self.lemmas.lines.append(f"Definition {word} : {kind} := locked ({shown(total)}).")
        unfold = self.lemmas.add(f"unfold_{word}", f"{word} = {shown(total)}", f"by rewrite /{word} -lock.")
        self.unfolding.append(unfold)
        self._sums[word] = unfold, total
        proof = f"{opened}; rewrite {unfold}; same."
        return atom(word), self.lemmas.add(f"state{step}_{g}_{s}", f"cell {g} {s} state{step} = {word}", proof)

    def _opened(self, value: Value) -> str:
        """The rewriting that replaces the names of sums in a content by the sums."""
        words = list(dict.fromkeys(SUM.findall(shown(value))))
        return "".join(f" {self._sums[word][0]}{self._opened(self._sums[word][1])}" for word in words)

    def _named(self, cut: Cut, step: int, g: int, s: int, total: Value, opened: str) -> tuple[Value, str]:
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
        proof = f"{opened}; rewrite {unfold}{self._opened(total)}; same."
        return atom(word), self.lemmas.add(f"node_{word}", f"cell {g} {s} state{step} = {word}", proof)

    # -- one slot of all groups ---------------------------------------------------------------------------------------
    def column(self, step: int, s: int) -> tuple[Column, str]:
        """What slot s holds in all groups after a step, and the lemma that says so."""
        key = (step, s)
        if key not in self._columns:
            found, proof = self.start.column(s) if step == 0 else self._column_after(step, s)
            terms = [f"(place F groups {g})^T *m ({shown(value)})" for g, value in found]
            lemma = self.lemmas.add(f"column{step}_{s}", f"column {s} state{step} = {nested(terms)}", proof)
            self._columns[key] = found, lemma
        return self._columns[key]


    def _column_after(self, step: int, s: int) -> tuple[Column, str]:
        since = self._written(step, s)
        if since < step:
            found, lemma = self.column(since, s)
            return found, f"by rewrite {self._keeps(step, since, 'column')} {lemma}."
        if (moved := self._source(step, s)) is not None:
            return self._moved(step, s, *moved)
        cells = [self.cell(step, g, s) for g in range(len(self.model.groups))]
        rewrites = " ".join(lemma for _, lemma in cells)
        proof = f"rewrite column_cells !big_ord_recl big_ord0 /= {rewrites} ?mulmx0 ?add0r ?addr0; reflexivity."
        return [(g, value) for g, (value, _) in enumerate(cells) if value], proof

    def _source(self, step: int, s: int) -> tuple[int | None, Value] | None:
        """The slot that identity units move to slot s, whatever s held; (None, zero) where they clear s.

        None where a step does something else to the slot, and where what it moves is the result of earlier steps.
        """
        what = self.model.steps[step - 1]
        network = what.parts[0] if len(what.parts) == 1 else None
        if not isinstance(network, NetworkModel) or not what.residual:
            return None
        into = network.W_2.column(s)
        if not into or any(network.functions[i] != "identity" for i, _ in into):
            return None
        old = {t: atom(f"column {t} state{step - 1}") for i, _ in into for t, _ in network.W_1.column(i)}
        old[s] = atom(f"column {s} state{step - 1}")
        added = [
            times(old[t], self.weights.number(b), self.weights.number(c))
            for i, c in into
            for t, b in network.W_1.column(i)
        ]
        total = plus([old[s], *added])
        source = next((t for t, value in old.items() if value == total), None)
        if total and (source is None or self._written(step - 1, source) > 0):
            return None
        return source, total

    def _moved(self, step: int, s: int, source: int | None, total: Value) -> tuple[Column, str]:
        """A slot that identity units clear, or to which they move another one."""
        what = self.model.steps[step - 1]
        network = what.parts[0]
        into = network.W_2.column(s)
        rewrites = [f"(column_feed_forward _ _ _ _ {self.weights.down(network, s)} (mul0mx _ _))"]
        rewrites += repeat("mulmxDr", len(into) - 1)
        for i, _ in into:
            read = [f"(read_identity _ _ {self.weights.up(network, i)} (mul0mx _ _))"]
            rewrites += [self.weights.active(network, i), *read, *repeat("mulmxDr", len(network.W_1.column(i)) - 1)]
        opened = f"rewrite state{step}E /{what.name} columnD /units{network.name} {' '.join(rewrites)} ?column_of"
        name, statement = f"moved{step}_{s}", f"column {s} state{step} = {shown(total)}"
        lemma = self.lemmas.add(name, statement, f"{opened}; tidy; same.")
        if source is None:
            return [], f"exact: {lemma}."
        found, earlier = self.column(step - 1, source)
        return found, f"by rewrite {lemma} {earlier}."

    def _off_column(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """A slot of one group, off what all groups hold there."""
        found, lemma = self.column(step, s)
        picks = [f"(@row_pick F groups {k}%N)" if k == g else f"(@row_skip F groups {g}%N {k}%N) //" for k, _ in found]
        rewrites = [*repeat("mulmxDr", len(found) - 1), *(picks or ["mulmx0"])]
        return dict(found).get(g, ()), f"rewrite cell_column {lemma} {' '.join(rewrites)}; tidy"

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
            read = "rows" if network.functions[i] == gallina.ROWS else "units"
            rewrites.append(f"(read_{read} _ _ _ _ {self.weights.up(network, i)} (mul0mx _ _))")
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
        return (Term((), (f"{function} ({self._text(inner, self.model.groups[g], network.W_1.cols[run])})",)),)
