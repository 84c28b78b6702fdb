"""Lemmas about weights alone: columns of a weight, the circuits Q K^T and V O of a head, slots that nobody writes.

They depend on no input. Every proof walks along the blocks of a weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symsim.proof import rocq_language as gallina
from symsim.proof.rocq_language import Names
from symsim.proof.rocq_model import HeadModel, NetworkModel
from symsim.proof.rocq_tails import Sum, Tails
from symsim.proof.rocq_terms import Lemmas, Term, Value, nested, repeat, shown, times
from symsim.proof.rocq_weights import BlockWeight


@dataclass(frozen=True)
class Circuit:
    """The two circuits of a head for one slot: blocks of Q K^T, blocks of V O, and the lemmas that say so."""

    pairs: tuple[tuple[int, int, Value], ...]
    pairs_lemma: str
    values: tuple[tuple[int, Value], ...]
    values_lemma: str


class Weights:
    """Lemmas about the weights of a model, each written on its first use."""

    def __init__(self, names: Names, lemmas: Lemmas) -> None:
        self.names, self.lemmas = names, lemmas
        self._known: dict[str, str] = {}
        self._tails = Tails(lemmas)

    def number(self, c: Any) -> Value:
        """A coefficient as a multiple of the identity."""
        return (Term() if c == 1 else Term((gallina.scalar(c, self.names),)),)

    def multiple(self, c: Any) -> str:
        """A multiple of the identity as a block."""
        return "1%:M" if c == 1 else f"{gallina.scalar(c, self.names)}%:M"

    def _once(self, name: str, statement: str, proof: str, binders: str = "") -> str:
        if name not in self._known:
            self._known[name] = self.lemmas.add(name, statement, proof, binders)
        return self._known[name]

    def _column(self, word: str, weight: BlockWeight, rows: str, cols: str, part: int) -> str:
        terms = [f"(place F {rows} {i})^T *m {shown(self.number(c))}" for i, c in weight.column(part)]
        statement = f"{word} *m (place F {cols} {part})^T = {nested(terms)}"
        name = f"{word}_at_{part}"
        if name not in self._known:
            self._once(name, statement, self._tails.proof(self._sum(word, weight, rows, cols), part))
        return name

    def _sum(self, word: str, weight: BlockWeight, rows: str, cols: str) -> Sum:
        """A weight as the sum of its blocks, by columns."""
        parts = tuple((j, f"block {rows} {cols} {i} {j} {self.multiple(c)}") for i, j, c in weight.blocks)
        return Sum(word, f"'M[F]_(sumn {rows}, sumn {cols})", parts, "block", f"SUM *m (place F {cols} s)^T")

    def output(self, head: HeadModel, s: int) -> str:
        """What W_O of a head writes to slot s."""
        return self._column(f"O{head.name}", head.O, f"values{head.name}", "slots", s)

    def value(self, head: HeadModel, part: int) -> str:
        """What part of the values W_V of a head fills."""
        return self._column(f"V{head.name}", head.V, "slots", f"values{head.name}", part)

    def up(self, network: NetworkModel, run: int) -> str:
        """What a run of hidden units reads."""
        return self._column(f"W1_{network.name}", network.W_1, "slots", f"hidden{network.name}", run)

    def down(self, network: NetworkModel, s: int) -> str:
        """What the hidden units write to slot s."""
        return self._column(f"W2_{network.name}", network.W_2, f"hidden{network.name}", "slots", s)

    def active(self, network: NetworkModel, part: int) -> str:
        """What one part of the hidden units hands on."""
        hidden = f"hidden{network.name}"
        function = gallina.activation(network.functions[part], self.names)
        statement = (
            f"act{network.name} Z *m ((place F {hidden} {part})^T *m C)"
            f" = {function} (Z *m (place F {hidden} {part})^T) *m C"
        )
        name = f"act{network.name}_at_{part}"
        if name not in self._known:
            functions = [gallina.activation(function, self.names) for function in network.functions]
            runs = tuple((i, f"run {i} ({function}) Z") for i, function in enumerate(functions))
            kind = f"'M[F]_(sumn groups, sumn {hidden})"
            reading, binders = f"SUM *m ((place F {hidden} s)^T *m C)", f" Z w (C : 'M_(nth 0%N {hidden} s, w))"
            proof = self._tails.proof(Sum(f"act{network.name}", kind, runs, "run", reading, " Z", binders), part)
            self._once(name, statement, proof, binders.replace(" s, w", f" {part}, w"))
        return name

    def quiet(self, part: HeadModel | NetworkModel, what: str) -> str:
        """The lemma that a part adds nothing to a ``cell`` or a ``column`` of a slot to which it does not write."""
        if isinstance(part, HeadModel):
            writer, word, rows = f"head{part.name}", f"O{part.name}", f"values{part.name}"
            rule = f"{what}_quiet_{part.normaliser}; apply: {word}_off"
        else:
            writer, word, rows = f"units{part.name}", f"W2_{part.name}", f"hidden{part.name}"
            rule = f"{what}_quiet_ff; [apply: {word}_off | exact: mul0mx]"
        name = f"{what}_quiet_{writer}"
        if name not in self._known:
            off = self._tails.off(self._sum(word, part.into, rows, "slots"))
            free = "".join(f"({j} != s)%N -> " for j in part.into.columns)
            self._once(f"{word}_off", f"{free}{word} *m (place F slots s)^T = 0", off, " (s : nat)")
            group = "g " if what == "cell" else ""
            statement = f"{free}{what} {group}s ({writer} H) = 0"
            self._once(name, statement, f"by move=> *; apply: {rule}.", f" {group}(s : nat) H")
        return name

    def circuit(self, head: HeadModel, s: int) -> Circuit:
        """The circuits of a head that reach slot s."""
        n = head.name
        pairs = tuple(
            (i, j, times(self.number(b), self.number(c)))
            for i, r, b in head.Q.blocks
            for j, t, c in head.K.blocks
            if r == t
        )
        terms = [f"block slots slots {i} {j} {shown(c)}" for i, j, c in pairs]
        meet = self._once(f"QK{n}", f"Q{n} *m K{n}^T = {nested(terms)}", f"rewrite /Q{n} /K{n}; circuit.")
        middle = head.O.column(s)
        values = tuple((v, times(self.number(b), self.number(c))) for m, c in middle for v, b in head.V.column(m))
        reads = [f"(pick_column _ {self.value(head, m)})" for m, _ in middle]
        cuts = sum(max(len(head.V.column(m)) - 1, 0) for m, _ in middle)
        rewrites = [self.output(head, s), *repeat("mulmxDr", len(middle) - 1), *reads, *repeat("mulmxDl", cuts)]
        terms = [f"(place F slots {v})^T *m {shown(c)}" for v, c in values]
        statement = f"V{n} *m (O{n} *m (place F slots {s})^T) = {nested(terms)}"
        move = self._once(f"OV{n}_{s}", statement, f"rewrite {' '.join(rewrites)}; scalars.")
        return Circuit(pairs, meet, values, move)
