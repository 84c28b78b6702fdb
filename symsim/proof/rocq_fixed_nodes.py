"""One lemma for every node of the dataflow at fixed sizes: a cell of the tokens after a step that the result needs.

A cell is proposed as a polynomial in entries of the inputs and of earlier cuts, by following the weights backwards from
the read-out. A lemma says that the layer computes exactly this; a cell that has a counterpart in the specification is
said to be an entry of it. What is proposed wrongly is refused by the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from symsim.errors import BadInput
from symsim.proof.rocq_fixed_arguments import Arguments
from symsim.proof.rocq_fixed_model import HeadData, Model, Step, Weight
from symsim.proof.rocq_fixed_values import (
    Value,
    applied,
    atom,
    inverse,
    number,
    product,
    quotient,
    scaled,
    total,
)
from symsim.proof.rocq_language import Names


class Nodes:
    """Writes lemmas, each after those that it uses."""

    def __init__(self, model: Model, names: Names, formulas: Arguments) -> None:
        self.model, self.names, self.formulas = model, names, formulas
        self.lines: list[str] = []
        self.picks = {
            (s, h): picks(model, head)
            for s, step in enumerate(model.steps, start=1)
            for h, head in enumerate(step.heads)
            if head.kind == "Hard"
        }
        self._cells: dict[tuple[int, int, int], Value] = {}
        self._inner: dict[str, Value] = {}
        self._cuts = [model.cuts(s) for s in range(1, len(model.steps) + 1)]

    def cell(self, s: int, p: int, c: int) -> Value:
        """What column c of position p holds after step s; its lemma is ``node_s_p_c``."""
        if (s, p, c) not in self._cells:
            self._cells[s, p, c] = self._start(p, c) if s == 0 else self._after(s, p, c)
        return self._cells[s, p, c]

    def _lemma(self, name: str, statement: str, proof: str) -> None:
        self.lines += [f"Lemma {name} : {statement}.", f"Proof. {proof} Qed."]

    def _start(self, p: int, c: int) -> Value:
        value = number(self.model.given.get((p, c), 0))
        if (p, c) in self.model.inputs:
            name, i, j = self.model.inputs[p, c]
            value = atom(f"{self.names[name]} {i} {j}")
        self._lemma(f"node_0_{p}_{c}", f"state0 {p} {c} = {value.text}", "by rewrite state0E /tokens; spelled_out.")
        return value

    def _after(self, s: int, p: int, c: int) -> Value:
        name, here = f"node_{s}_{p}_{c}", f"state{s} {p} {c}"
        if c in self.model.constants:
            value = number(self.model.given.get((p, c), 0))
            proof = f"by rewrite (fixed{s} (i := {p}%N) (c := {c}%N) isT isT) /given; spelled_out."
            self._lemma(name, f"{here} = {value.text}", proof)
            return value
        step, used = self.model.steps[s - 1], Used()
        value, proof = self._value(step, s, p, c, used)
        cut = self._cuts[s - 1].get((p, c))
        if cut is not None:
            word = self.names[cut[0].name]
            value = atom(f"{word} {cut[1]} {cut[2]}")
            proof = proof.replace(" rewritten.", "") + f" rewrite unfold_{word}; spelled_out;"
            proof += f" rewrite {self.formulas.equal}; decided."
        elif not proof.endswith("rewritten."):
            proof += " decided."
        self._lemma(name, f"{here} = {value.text}", proof.replace(". rewritten.", "; reflexivity."))
        return value

    def _value(self, step: Step, s: int, p: int, c: int, used: Used) -> tuple[Value, str]:
        """What a cell holds, and the proof but for its end."""
        parts = [self._read(used, s - 1, p, c)] if step.stay else []
        if step.network is None:
            writers = [(h, head) for h, head in enumerate(step.heads) if head.O.column(c)]
            if not writers and step.stay:
                return parts[0], f"rewrite state{s}E attention_silent // {used.rewrites}. rewritten."
            for h, head in writers:
                parts += [scaled(w, self._attend(head, h, s, p, m, used)) for m, w in head.O.column(c)]
            hard = any(head.kind == "Hard" for head in step.heads)
            heads = " ".join(f"/head{s}_{h + 1}" for h in range(len(step.heads)))
            unfold = f"rewrite state{s}{'M' if hard else 'E'} // /attention{s}_heads {heads}"
            unfold += f" /attention{s}_picks" if hard else ""
        else:
            network = step.network
            outward, bias = network.W_2.column(c), network.b_2.column(c)
            if not outward and not bias and step.stay:
                return parts[0], f"rewrite state{s}E feed_forward_silent // {used.rewrites}. rewritten."
            parts += [number(w) for _, w in bias]
            for u, w in outward:
                driven = self._drive(s, p, u, used)
                parts.append(scaled(w, self._unit(network.units[u], driven)))
            unfold = f"rewrite state{s}E /network{s}"
        return total(parts), f"{unfold}; spelled_out. rewrite {used.rewrites}."

    def _read(self, used: Used, s: int, p: int, c: int) -> Value:
        value = self.cell(s, p, c)
        used.add(f"node_{s}_{p}_{c}")
        return value

    def _form(self, used: Used, s: int, p: int, weight: Weight, c: int) -> Value:
        """A column of a weight at a position: a sum of cells."""
        return total(scaled(w, self._read(used, s, p, row)) for row, w in weight.column(c))

    # -- heads ----------------------------------------------------------------------------------------------------
    def _attend(self, head: HeadData, h: int, s: int, p: int, m: int, used: Used) -> Value:
        """What a head brings to a position from value column m."""
        if head.kind == "Hard":
            picked = self.picks[s, h][p]
            values = [self._form(used, s - 1, j, head.V, m) for j in picked]
            return scaled(Fraction(1, max(len(picked), 1)), total(values))
        keys = head.sees[p]
        values = [self._form(used, s - 1, j, head.V, m) for j in keys]
        scores = [self._score(head, h, s, p, j, used) for j in keys]
        if head.kind == "Softmax":
            scores = [applied("e", score) for score in scores]
        mixed = total(product(a, b) for a, b in zip(scores, values, strict=True))
        return mixed if head.kind == "Linear" else quotient(mixed, total(scores)) if keys else number(0)

    def _score(self, head: HeadData, h: int, s: int, i: int, j: int, used: Used) -> Value:
        name = f"node_score_{s}_{h + 1}_{i}_{j}"

        def form(inner: Used) -> Value:
            query = [self._form(inner, s - 1, i, head.Q, m) for m in range(head.inner)]
            key = [self._form(inner, s - 1, j, head.K, m) for m in range(head.inner)]
            return total(product(a, b) for a, b in zip(query, key, strict=True))

        word = f"head{s}_{h + 1}"
        return self._named(name, used, f"score {word} state{s - 1} {i} {j}", f"rewrite /score /{word}", form)

    def _named(self, name: str, used: Used, what: str, unfold: str, form: Callable[[Used], Value]) -> Value:
        """A score, or what a unit is driven by, with a lemma of its own."""
        if name not in self._inner:
            inner = Used()
            value = form(inner)
            rewrite = f" rewrite {inner.rewrites}." if inner.rewrites else ""
            self._lemma(name, f"{what} = {value.text}", f"{unfold}; spelled_out.{rewrite} decided.")
            self._inner[name] = value
        used.add(name)
        return self._inner[name]

    # -- units ----------------------------------------------------------------------------------------------------
    def _drive(self, s: int, p: int, u: int, used: Used) -> Value:
        network = self.model.steps[s - 1].network
        if network is None:
            raise BadInput("this step has no feed-forward network")

        def form(inner: Used) -> Value:
            bias = [number(w) for _, w in network.b_1.column(u)]
            return total([self._form(inner, s - 1, p, network.W_1, u), *bias])

        functions = " ".join(["e", *(self.names[word] for word in self.model.opaque)])
        what = f"drive (network{s} {functions}) state{s - 1} {p} {u}"
        return self._named(f"node_drive_{s}_{p}_{u}", used, what, f"rewrite /drive /network{s}", form)

    def _unit(self, name: str, driven: Value) -> Value:
        if name == "identity":
            return driven
        if name == "square":
            return product(driven, driven)
        if name == "reciprocal":
            return inverse(driven)
        return applied("e" if name == "exp" else self.names[name], driven)


class Used:
    """The lemmas that a proof rewrites with, each once."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}

    def add(self, name: str) -> None:
        """One more."""
        self._names[name] = None

    @property
    def rewrites(self) -> str:
        """As arguments of ``rewrite``."""
        return " ".join(self._names)


def picks(model: Model, head: HeadData) -> list[list[int]]:
    """The keys with the largest score for every query, where the scores are constants; ``BadInput`` where not."""
    read = {row for weight in (head.Q, head.K) for row, _, _ in weight.above}
    if loose := sorted(read - set(model.constants)):
        raise BadInput(
            f"a hard head reads column {loose[0]}, which is no constant: its maximum depends on the inputs, and the "
            "Rocq export at fixed sizes has no lemma for that"
        )
    queries, keys = (_codes(model, weight, head.inner) for weight in (head.Q, head.K))
    found = []
    for i, seen in enumerate(head.sees):
        scores = {j: sum(a * b for a, b in zip(queries[i], keys[j], strict=True)) for j in seen}
        found.append([j for j in seen if scores[j] == max(scores.values())])
    return found


def _codes(model: Model, weight: Weight, inner: int) -> list[list[int]]:
    """The queries or keys of all positions, but for the denominator."""
    codes = [[0] * inner for _ in range(model.positions)]
    for row, col, z in weight.above:
        for p in range(model.positions):
            codes[p][col] += z * model.given.get((p, row), 0)
    return codes
