"""What every slot of every token group holds after every step, as Rocq lemmas with their proofs, on demand.

The content of a slot is computed here as text and the proof is written beside it; only the kernel decides whether it
holds. A cut gives the content its name, so that later lemmas stay short.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import HeadModel, Model, NetworkModel, Step
from symsim.proof.rocq_weights import BlockWeight


@dataclass(frozen=True)
class Term:
    """A product ``c1 * c2 *: A *m B``; without factors a multiple of the identity."""

    coefficients: tuple[str, ...] = ()
    factors: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The product as Gallina."""
        scale = " * ".join(self.coefficients)
        if not self.factors:
            return f"({scale})%:M" if scale else "1%:M"
        body = " *m ".join(self.factors)
        return f"({scale}) *: ({body})" if scale else body

    @property
    def T(self) -> Term:  # noqa: N802
        """The transpose."""
        return Term(self.coefficients, tuple(f[:-2] if f.endswith("^T") else f"{f}^T" for f in self.factors[::-1]))


Value = Term | None
"""A product, or None for zero."""


def times(*factors: Value) -> Value:
    """The product; None where a factor is zero."""
    if any(factor is None for factor in factors):
        return None
    known = [factor for factor in factors if factor is not None]
    return Term(tuple(c for f in known for c in f.coefficients), tuple(x for f in known for x in f.factors))


def plus(terms: list[Value]) -> Value:
    """The sum; a sum of several terms is one bracketed factor."""
    found = [term for term in terms if term is not None]
    if len(found) < 2:
        return found[0] if found else None
    return Term((), ("(" + " + ".join(term.text for term in found) + ")",))


def atom(text: str) -> Term:
    """A term that stands for itself."""
    return Term((), (text if text.replace("_", "a").replace("'", "a").isalnum() else f"({text})",))


def _steps(tactics: list[str]) -> str:
    """Tactics one after the other, repetitions counted."""
    runs = [(tactic, len(list(run))) for tactic, run in itertools.groupby(tactics)]
    return "; ".join(tactic if count == 1 else f"do {count} {tactic}" for tactic, count in runs) + "."


def _repeat(rule: str, count: int) -> list[str]:
    """A rewriting rule, used that often: a rule without a count could open definitions."""
    return [f"{count}!{rule}"] if count > 0 else []


class Facts:
    """Lemmas about the states ``state0, state1, ...`` of a model, collected in ``lines`` in the order of their use."""

    def __init__(self, model: Model, names: Names) -> None:
        self.model, self.names = model, names
        self.lines: list[str] = []
        self.opened: list[str] = []
        self._cells: dict[tuple[int, int, int], tuple[Value, str]] = {}
        self._columns: dict[tuple[int, int], tuple[list[tuple[int, Value]], str]] = {}
        self._weights: dict[str, str] = {}
        self._named = {
            (step, g, s): cut for step in range(len(model.steps) + 1) for g, s, cut in model.cuts(step)
        }

    # -- helpers --------------------------------------------------------------------------------------------------
    def number(self, c: Any) -> Value:
        """A coefficient as a multiple of the identity."""
        return Term() if c == 1 else Term((gallina.scalar(c, self.names),))

    def _lemma(self, name: str, statement: str, proof: str) -> str:
        self.lines += [f"Lemma {name} : {statement}.", f"Proof. {proof} Qed."]
        return name

    def _zero(self, shape: tuple[Any, Any]) -> Term:
        return Term((), (f"(0 : {gallina.matrix_type(shape, self.names)})",))

    def _shown(self, value: Value) -> str:
        return "0" if value is None else value.text

    # -- what a slot of a group holds -------------------------------------------------------------------------------
    def cell(self, step: int, g: int, s: int) -> tuple[Value, str]:
        """What slot s of group g holds after a step, and the lemma that says so."""
        key = (step, g, s)
        if key not in self._cells:
            self._cells[key] = self._start(g, s) if step == 0 else self._after(step, g, s)
        return self._cells[key]

    def _content(self, kind: str, name: str, g: int, s: int) -> tuple[str, Value]:
        """What a placement writes, and its simplest form."""
        shape = (self.model.groups[g], self.model.slots[s])
        if kind == "input":
            return self.names[name], atom(self.names[name])
        if kind == "identity":
            return "1%:M", Term()
        return "const_mx 1", Term() if shape == (1, 1) else Term((), (f"(const_mx 1 : {gallina.matrix_type(shape, self.names)})",))

    def _start(self, g: int, s: int) -> tuple[Value, str]:
        """A slot of the tokens: the proof walks along their blocks."""
        value: Value = None
        walk = []
        for group, slot, kind, name in self.model.contents:
            here = (group, slot) == (g, s)
            walk.append("hit" if here else "row" if group != g else "col")
            if here:
                text, value = self._content(kind, name, g, s)
        *inner, last = walk
        proof = "rewrite state0E /tokens; " + _steps([step if step == "hit" else f"off_{step}" for step in inner] + [f"last_{last}"])
        if value == Term() and text == "const_mx 1":
            proof = f"transitivity (const_mx 1 : 'M[F]_1); last exact: const11. {proof}"
        name = f"state0_{g}_{s}"
        return value, self._lemma(name, f"cell {g} {s} state0 = {self._shown(value)}", proof)

    def _after(self, step: int, g: int, s: int) -> tuple[Value, str]:
        what = self.model.steps[step - 1]
        parts = []
        rewrites = []
        if what.residual:
            value, lemma = self.cell(step - 1, g, s)
            parts.append(value)
            rewrites.append(lemma)
        else:
            rewrites.append("cell0")
        for part in what.parts:
            value, lemma = self._head(step, part, g, s) if isinstance(part, HeadModel) else self._network(step, part, g, s)
            parts.append(value)
            rewrites.append(lemma)
        total = plus(parts)
        opened = f"rewrite state{step}E /{what.name}{' cellD' * len(what.parts)} {' '.join(rewrites)}; tidy"
        cut = self._named.get((step, g, s))
        if cut is None:
            name = f"state{step}_{g}_{s}"
            return total, self._lemma(name, f"cell {g} {s} state{step} = {self._shown(total)}", f"{opened}; same.")
        word = self.names[cut.name]
        shape = gallina.matrix_type(cut.formula.shape, self.names)
        formula = gallina.formula(cut.formula, self.names)
        encoder = self.model.construction.encoder
        self.lines += [f"(* {encoder.slots.names[s]} of the {encoder.tokens.names[g]} rows{': ' + cut.reason if cut.reason else ''} *)"]
        self.lines.append(f"Definition {word} : {shape} := locked ({formula}).")
        self._lemma(f"{word}E", f"{word} = {formula}", f"by rewrite /{word} -lock.")
        lemma = self._lemma(f"node_{word}", f"cell {g} {s} state{step} = {word}", f"{opened}; rewrite {word}E; same.")
        self.opened.append(f"{word}E")
        return atom(word), lemma

    # -- a whole slot -------------------------------------------------------------------------------------------------
    def column(self, step: int, s: int) -> tuple[list[tuple[int, Value]], str]:
        """What slot s holds in all groups after a step: the groups that are not zero there, and the lemma."""
        key = (step, s)
        if key not in self._columns:
            self._columns[key] = self._column_start(s) if step == 0 else self._column_after(step, s)
        return self._columns[key]

    def _column_statement(self, step: int, s: int, found: list[tuple[int, Value]]) -> str:
        terms = [f"(place F groups {g})^T *m ({self._shown(value)})" for g, value in found]
        return f"column {s} state{step} = {' + ('.join(terms) + ')' * (len(terms) - 1) if terms else '0'}"

    def _column_start(self, s: int) -> tuple[list[tuple[int, Value]], str]:
        found: list[tuple[int, Value]] = []
        raw = []
        for group, slot, kind, name in self.model.contents:
            if slot == s:
                text, value = self._content(kind, name, group, s)
                found.append((group, value))
                raw.append(f"(place F groups {group})^T *m ({text})")
        hits = [slot == s for _, slot, *_ in self.model.contents]
        left = [sum(hits[i:]) for i in range(len(hits))]
        walk = [("take" if left[i + 1] else "end") if hit else "off" for i, hit in enumerate(hits[:-1])]
        proof = "rewrite state0E /tokens; " + _steps([f"{step}_column" for step in walk] + ["last_take_column" if hits[-1] else "last_off_column"])
        return found, self._lemma(f"column0_{s}", self._column_statement(0, s, found), proof)

    def _column_after(self, step: int, s: int) -> tuple[list[tuple[int, Value]], str]:
        what = self.model.steps[step - 1]
        quiet = [lemma for part in what.parts if (lemma := self._quiet(part, s, "column"))]
        if what.residual and len(quiet) == len(what.parts):
            found, before = self.column(step - 1, s)
            proof = f"by rewrite state{step}E /{what.name}{' columnD' * len(what.parts)} {before} {' '.join(quiet)} ?addr0."
            return found, self._lemma(f"column{step}_{s}", self._column_statement(step, s, found), proof)
        cells = [self.cell(step, g, s) for g in range(len(self.model.groups))]
        found = [(g, value) for g, (value, _) in enumerate(cells) if value is not None]
        rewrites = " ".join(lemma for _, lemma in cells)
        proof = f"rewrite column_cells !big_ord_recl big_ord0 /= {rewrites} ?mulmx0 ?add0r ?addr0 ?addrA; reflexivity."
        return found, self._lemma(f"column{step}_{s}", self._column_statement(step, s, found), proof)

    # -- weights ------------------------------------------------------------------------------------------------------
    def _quiet(self, part: HeadModel | NetworkModel, s: int, what: str) -> str | None:
        """The lemma that a part adds nothing to slot s, for a ``cell`` or a ``column``; None where it writes there."""
        head = isinstance(part, HeadModel)
        if (part.O if head else part.W_2).column(s):
            return None
        key = f"{what}_quiet{part.name}_{s}" if head else f"{what}_quiet_units{part.name}_{s}"
        if key not in self._weights:
            g = "g " if what == "cell" else ""
            if head:
                zero = self._product(f"O{part.name}", part.O, s, [])
                writer, proof = f"head{part.name}", f"exact: {what}_quiet_{part.normaliser} {zero}"
            else:
                zero = self._product(f"W2_{part.name}", part.W_2, s, [])
                writer, proof = f"units{part.name}", f"exact: {what}_quiet_ff {zero} (mul0mx _ _)"
            statement = f"{what} {g}{s} ({writer} H) = 0"
            self._weights[key] = self._lemma(f"{key} {g}H", statement, f"{proof}.").split()[0]
        return self._weights[key]

    def _product(self, name: str, weight: BlockWeight, s: int, found: list[tuple[int, Any]]) -> str:
        """Column part s of a weight."""
        key = f"{name}_at_{s}"
        if key not in self._weights:
            rows = {"O": "values", "W": "hidden"}[name[0]] + name.removeprefix("O").removeprefix("W2_")
            terms = [f"(place F {rows} {i})^T *m {self._scalar(c)}" for i, c in found]
            statement = f"{name} *m (place F slots {s})^T = {' + '.join(terms) if terms else '0'}"
            self._weights[key] = self._lemma(key, statement, f"rewrite /{name}; read_weight.")
        return self._weights[key]

    def _scalar(self, c: Any) -> str:
        value = self.number(c)
        return self._shown(value)

    def circuits(self, head: HeadModel, s: int) -> tuple[list[tuple[int, int, str]], str, list[tuple[int, str]], str]:
        """The blocks of Q K^T, those of V O that reach slot s, and the lemmas."""
        pairs = [
            (i, j, self._joined(b, c)) for i, r, b in head.Q.blocks for j, t, c in head.K.blocks if r == t
        ]
        key = f"QK{head.name}"
        if key not in self._weights:
            terms = [f"block slots slots {i} {j} {self._shown(c)}" for i, j, c in pairs]
            statement = f"Q{head.name} *m K{head.name}^T = {' + '.join(terms) if terms else '0'}"
            self._weights[key] = self._lemma(key, statement, f"rewrite /Q{head.name} /K{head.name}; circuit.")
        values = [(v, self._joined(b, c)) for m, c in head.O.column(s) for v, b in head.V.column(m)]
        other = f"OV{head.name}_{s}"
        if other not in self._weights:
            first = self._product(f"O{head.name}", head.O, s, head.O.column(s))
            terms = [f"(place F slots {v})^T *m {self._shown(c)}" for v, c in values]
            statement = (
                f"V{head.name} *m (O{head.name} *m (place F slots {s})^T) = {' + '.join(terms) if terms else '0'}"
            )
            self._weights[other] = self._lemma(other, statement, f"rewrite {first} /V{head.name}; read_weight.")
        return pairs, self._weights[key], values, self._weights[other]

    def _joined(self, b: Any, c: Any) -> Value:
        return times(self.number(b), self.number(c))

    # -- what one part writes -------------------------------------------------------------------------------------------
    def _head(self, step: int, head: HeadModel, g: int, s: int) -> tuple[Value, str]:
        quiet = self._quiet(head, s, "cell")
        if quiet is not None:
            return None, quiet
        pairs, qk, values, ov = self.circuits(head, s)
        if head.normaliser == "linear" and head.sees is None:
            value, proof = self._linear(step, g, pairs, values)
            proof = f"rewrite (cell_linear _ _ {qk} {ov}) {proof}"
        else:
            k = head.sees[0] if head.sees else 0
            value, proof = self._grouped(step, head, g, k, pairs, values)
            function = "e " if head.normaliser == "softmax" else ""
            proof = f"rewrite (cell_{head.normaliser}_group {function}_ _ _ {qk} {ov}) {proof}"
        name = f"head{head.name}_{g}_{s}"
        statement = f"cell {g} {s} (head{head.name} state{step - 1}) = {self._shown(value)}"
        return value, self._lemma(name, statement, f"rewrite /head{head.name}; {proof}; tidy; same.")

    def _linear(self, step: int, g: int, pairs: list[Any], values: list[Any]) -> tuple[Value, str]:
        terms, reads, steps = [], [], []
        cuts = sum(max(len(self.column(step - 1, v)[0]) - 1, 0) for v, _ in values)
        for i, j, c in pairs:
            for v, b in values:
                found, lemma = self.column(step - 1, v)
                reads.append(f"(read_column _ {lemma})")
                for k, content in found:
                    query, q = self.cell(step - 1, g, i)
                    key, y = self.cell(step - 1, k, j)
                    terms.append(times(query, c, None if key is None else key.T, content, b))
                    steps.append(f"(fetch_block _ _ {q} {y})")
        sums = _repeat("mulmxDr", len(values) - 1) + list(dict.fromkeys(reads)) + _repeat("mulmxDl", cuts)
        opened = [*sums, "?mul0mx -?mulmxA ?(fetchDl, fetchDr, fetch0l, fetch0r)"]
        return plus(terms), " ".join([*opened, *steps])

    def _grouped(self, step: int, head: HeadModel, g: int, k: int, pairs: list[Any], values: list[Any]) -> tuple[Value, str]:
        terms, steps = [], []
        for i, j, c in pairs:
            query, q = self.cell(step - 1, g, i)
            key, y = self.cell(step - 1, k, j)
            terms.append(times(query, c, None if key is None else key.T))
            steps.append(f"(meet_block _ {q} {y})")
        scores = plus(terms)
        contents = [(self.cell(step - 1, k, v), b) for v, b in values]
        mixed = plus([times(content, b) for (content, _), b in contents])
        reads = [f"(read_cell _ {lemma})" for (_, lemma), _ in contents]
        if head.normaliser == "softmax":
            shown = scores or self._zero((self.model.groups[g], self.model.groups[k]))
            scores = Term((), (f"softmax e ({shown.text})",))
        sums = _repeat("meetD", len(pairs) - 1) + ([] if pairs else ["meet0"]) + _repeat("mulmxDr", len(values) - 1)
        return times(scores, mixed), " ".join([*sums, *steps, *dict.fromkeys(reads)])

    def _network(self, step: int, network: NetworkModel, g: int, s: int) -> tuple[Value, str]:
        name = network.name
        quiet = self._quiet(network, s, "cell")
        if quiet is not None:
            return None, quiet
        into = network.W_2.column(s)
        down = self._product(f"W2_{name}", network.W_2, s, into)
        terms, steps = [], []
        runs = len(network.functions)
        for i, c in into:
            reads = [(self.cell(step - 1, g, t), self.number(b)) for t, b in network.W_1.column(i)]
            inner = plus([times(content, b) for (content, _), b in reads])
            shape = (self.model.groups[g], network.W_1.cols[i])
            active = f"map_mx {self.function(network.functions[i])} ({(inner or self._zero(shape)).text})"
            terms.append(times(Term((), (active,)), self.number(c)))
            for j in range(runs):
                here = f"(run_here _ _ _ _ {self._up(network, i)} (mul0mx _ _))"
                steps.append(here if i == j else f"(run_there _ _ _ (isT : ({j} != {i})%N))")
            steps += _repeat("mulmxDr", len(reads) - 1)
            steps += dict.fromkeys(f"(read_cell _ {lemma})" for (_, lemma), _ in reads)
        opened = _repeat("mulmxDl", runs - 1) + _repeat("mulmxDr", runs * (len(into) - 1) + runs * len(into) - 1)
        down = f"(cell_feed_forward _ _ _ _ _ {down} (mul0mx _ _)) /act{name}"
        value = plus(terms)
        statement = f"cell {g} {s} (units{name} state{step - 1}) = {self._shown(value)}"
        proof = f"rewrite /units{name} {' '.join([down, *opened, *steps])}; tidy; same."
        return value, self._lemma(f"network{name}_{g}_{s}", statement, proof)

    def _up(self, network: NetworkModel, i: int) -> str:
        name = f"W1_{network.name}"
        key = f"{name}_at_{i}"
        if key not in self._weights:
            terms = [f"(place F slots {t})^T *m {self._scalar(b)}" for t, b in network.W_1.column(i)]
            statement = f"{name} *m (place F hidden{network.name} {i})^T = {' + '.join(terms) if terms else '0'}"
            self._weights[key] = self._lemma(key, statement, f"rewrite /{name}; read_weight.")
        return self._weights[key]

    def function(self, name: str) -> str:
        """An activation as a function of F."""
        return {"identity": "id", "exp": "e"}.get(name) or self.names[name]
