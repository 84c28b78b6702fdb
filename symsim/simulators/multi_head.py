"""Multi-head attention with separate projections, and the whole encoder layer, as steps of a draft.

One pass: queries, keys and values by one linear head; a softmax head for each simulated head; the output projection by
a linear head; with a feed-forward network two layers more. The constant 1 of the data rows matches the keys of bias
tokens. A layer norm is a run of units on one slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.formulas.building import layernorm, ones, relu, scalar, softmax
from symsim.formulas.syntax import Formula
from symsim.simulators.drafting import Draft, Reads, Units
from symsim.simulators.output import added, reads_outputs, times_W_O

NORMS = ("pre", "post")


@dataclass(frozen=True)
class Simulated:
    """What is simulated: sizes and options of multi-head attention or of an encoder layer.

    ``groups`` heads of keys and values are shared by the ``heads`` heads of queries. ``padding`` is a number of further
    data rows whose keys nobody sees. ``norm`` is ``pre``, ``post`` or None. With ``linear`` the weights are the scores
    themselves, and parameter tokens, whose keys are 0, need not be hidden.
    """

    n: Any
    d: Any
    d_k: Any
    d_v: Any
    heads: int = 1
    groups: int = 0
    d_ff: Any = None
    scale: Any = 1
    causal: bool = False
    padding: Any = None
    biases: bool = False
    norm: str | None = None
    output: bool = True
    linear: bool = False

    def __post_init__(self) -> None:
        for name, value in (("heads", self.heads), ("groups", self.groups or self.heads)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise BadInput(f"{name} is a whole number of at least 1, got {value!r}")
        if self.heads % len(self.shared):
            raise BadInput(f"{self.heads} heads cannot share {len(self.shared)} keys and values evenly")
        if self.norm is not None and self.norm not in NORMS:
            raise BadInput(f"norm is 'pre', 'post' or None, got {self.norm!r}")
        if self.norm is not None and self.d_ff is None:
            raise BadInput("a layer norm belongs to a whole encoder layer: give d_ff")

    @property
    def numbers(self) -> list[str]:
        """The heads as parts of names: nothing where there is one only."""
        return _numbers(self.heads)

    @property
    def shared(self) -> list[str]:
        """The heads of keys and values as parts of names."""
        return _numbers(self.groups or self.heads)

    def serving(self, g: str) -> str:
        """The head of keys and values that the head of queries ``g`` uses."""
        each = self.heads // len(self.shared)
        return self.shared[self.numbers.index(g) // each]

    @property
    def factor(self) -> Any:
        """The scale in a weight."""
        return sympy.Symbol(self.scale) if isinstance(self.scale, str) else self.scale

    @property
    def constants(self) -> tuple[str, ...]:
        """The architecture constants: the scale, where it is a name."""
        return (self.scale,) if isinstance(self.scale, str) else ()

    def attention(self, scores: Formula, V: Formula) -> Formula:
        """One head of attention as a formula; ``scores`` without the scale."""
        if self.constants:
            scores = scalar(self.constants[0]) * scores
        elif self.scale != 1:
            scores = self.scale * scores
        return (scores if self.linear else softmax(scores, causal=self.causal)) @ V


def _numbers(count: int) -> list[str]:
    return [""] if count == 1 else [str(g) for g in range(1, count + 1)]


def start(draft: Draft, what: Simulated) -> Formula:
    """The data rows: X, and with ``padding`` the rows X_pad beside them; each holds a 1 where there are biases."""
    X = draft.rows("X", (what.n, what.d), "x")
    if what.padding is not None:
        draft.rows("X_pad", (what.padding, what.d), "x")
    draft.slot("id", what.d)
    return X


@dataclass
class Pass:
    """One pass over a draft; ``direct`` is the stream in the inputs alone, ``short`` the stream by a cut's name."""

    draft: Draft
    what: Simulated
    direct: Formula
    short: Formula

    def write(self) -> str:
        """Write the layers of the pass; the name of the slot with the result. ``direct`` and ``short`` are updated."""
        what = self.what
        stream, source = (self.direct, self.short), "x"
        if what.norm == "pre":
            stream, source = self._before(), "xn"
        outputs = self._attention(stream, source)
        if not what.output:
            self.direct, self.short = outputs[0]
            return "o"
        slot = self._output(outputs)
        return slot if what.d_ff is None else self._network()

    # -- attention ------------------------------------------------------------------------------------------------
    def _attention(self, stream: tuple[Formula, Formula], source: str) -> list[tuple[Formula, Formula]]:
        """Queries, keys and values of all heads; then the softmax heads. The outputs, direct and by names of cuts."""
        values = self._projections(stream, source)
        draft, what = self.draft, self.what
        mask = Mask(causal=what.causal) if what.linear else Mask(keys=("X",), causal=what.causal)
        normaliser = "linear" if what.linear else "softmax"
        heads, cuts = [], []
        outputs: list[tuple[Formula, Formula]] = []
        for g in what.numbers:
            s = what.serving(g)
            out = draft.slot(f"o{g}", what.d_v, working=True)
            value = {f"v{s}": out}
            heads.append(Reads([f"q{g}"], [f"k{s}"], value, normaliser, mask, what.factor, f"attention{g}"))
            (Q, q), (K, k), (V, v) = (values[name] for name in (f"q{g}", f"k{s}", f"v{s}"))
            scores = Q @ K.T
            if not what.biases:  # as people write it: X W_Q W_K^T X^T
                scores = Q @ (draft.again(f"W_K{s}").T @ stream[0].T)
            cuts.append((g, what.attention(scores, V), what.attention(q @ k.T, v)))
        note, reason = self._said()
        draft.layer("attention", note, heads)
        for g, direct, formula in cuts:
            name = f"O{g}" if what.output else "Y"
            outputs.append((direct, draft.cut(name, f"o{g}", formula, reason)))
        return outputs

    def _said(self) -> tuple[str, str]:
        """The note of the attention layer, and the reason of its cuts."""
        what = self.what
        seen = "the X rows up to and including its own" if what.causal else "the X rows"
        if what.linear:
            note = (
                f"One linear head for each simulated head: query q_i, key k_j, value v_j, all among {seen}. The "
                "parameter tokens need no mask: their keys are 0, and so are their scores."
            )
            return note, "scores of other tokens are 0"
        hidden = "the parameter tokens" + ("" if what.padding is None else " and the padding")
        note = (
            f"One softmax head for each simulated head: query q_i, key k_j, value v_j, all among {seen}. The mask "
            f"hides {hidden}."
        )
        return note, f"the softmax head sees {seen} only"

    def _projections(self, stream: tuple[Formula, Formula], source: str) -> dict[str, tuple[Formula, Formula]]:
        draft, what = self.draft, self.what
        sizes = {"q": what.d_k, "k": what.d_k, "v": what.d_v}
        names: list[str] = []
        for g in what.numbers:
            names += [f"{p}{h}" for p, h in (("q", g), ("k", what.serving(g)), ("v", what.serving(g)))]
        names = list(dict.fromkeys(names))
        weights = {}
        for name in names:
            p, g = name[0], name[1:]
            weights[name] = draft.parameter(f"W_{p.upper()}{g}", (what.d, sizes[p]), "id", f"w{name}")
        for p in "qkv":
            for name in (name for name in names if name[0] == p):
                draft.slot(name, sizes[p], working=True)
        biases = {}
        if what.biases:
            biases = {name: self._bias(f"b_{name.upper()}", sizes[name[0]], f"w{name}") for name in names}
        written = {f"w{name}": name for name in names}
        draft.layer(
            "projections",
            "Query: the row x_i. Key of row k of every parameter matrix: the unit vector e_k. So one linear head "
            "writes the queries, keys and values of all heads, each into its own slot."
            + (" The constant 1 of the data rows matches the keys of the bias tokens, which adds them." * what.biases),
            [self._linear({source: "x"}, {"id": "x"}, written, "projections", what.biases)],
        )
        found = {}
        for name, weight in weights.items():
            direct, short = (part @ weight for part in stream)
            if biases:
                direct, short = direct + biases[name], short + biases[name]
            reason = "a linear head multiplies X by any parameter matrix"
            found[name] = (direct, draft.cut(name.upper(), name, short, reason))
        return found

    def _bias(self, name: str, width: Any, slot: str) -> Formula:
        """A bias token, and ``1 b``."""
        draft = self.draft
        self._one()
        return ones(self.what.n) @ draft.parameter(name, (1, width), "idb", slot)

    def _one(self) -> None:
        self.draft.slot("one", 1)
        self.draft.slot("idb", 1)
        for group in ("X", *(("X_pad",) if self.what.padding is not None else ())):
            self.draft.place(group, "one", "ones")

    @staticmethod
    def _linear(query: dict[str, str], key: dict[str, str], value: dict[str, str], name: str, biases: bool) -> Reads:
        """A linear head that multiplies by parameter matrices, and adds biases."""
        if biases:
            query, key = {**query, "one": "one"}, {**key, "idb": "one"}
        return Reads(query, key, value, "linear", name=name)

    # -- output projection ----------------------------------------------------------------------------------------
    def _output(self, outputs: list[tuple[Formula, Formula]]) -> str:
        draft, what = self.draft, self.what
        residual = what.d_ff is not None
        terms = [(self.direct, self.short)] if residual else []
        terms += times_W_O(draft, what.numbers, outputs, (what.d_v, what.d))
        if what.biases:
            bias = self._bias("b_O", what.d, "wo")
            terms.append((bias, bias))
        target = "x" if residual else draft.slot("out", what.d, working=True)
        query, key = reads_outputs(what.numbers)
        draft.layer(
            "output projection",
            "Query: the outputs of all heads side by side. Key of a row of W_O: its own row number. So a linear head "
            "multiplies by W_O" + (" and writes into slot x, which adds the residual X." if residual else "."),
            [self._linear(query, key, {"wo": target}, "output", what.biases)],
        )
        self.direct, summed = added(terms)
        self._settle(summed, "Y", target, "a linear head multiplies by W_O")
        return target

    # -- network --------------------------------------------------------------------------------------------------
    def _network(self) -> str:
        """relu(Y W_1 + 1 b_1) W_2 + 1 b_2, added to Y."""
        draft, what = self.draft, self.what
        n, d, d_ff = what.n, what.d, what.d_ff
        self._one()
        W_1 = draft.parameter("W_1", (d, d_ff), "id", "w1")
        b_1 = draft.parameter("b_1", (1, d_ff), "idb", "w1")
        hidden, active = draft.slot("h", d_ff, working=True), draft.slot("r", d_ff, working=True)
        read = "xn" if what.norm == "pre" else "x"
        # The first linear head must not mix W_1 into its sums: it reads the slots wq, wk, wv only, which are 0 there.
        draft.layer(
            "W_1 and relu",
            "The same linear head for W_1; the constant 1 of the X rows matches the key of the bias token, which adds "
            "b_1. Then one relu unit for each hidden coordinate copies relu(h) into slot r.",
            [self._linear({read: "x"}, {"id": "x"}, {"w1": hidden}, "W_1", True)],
            [Units("relu", hidden, {active: 1})],
        )
        normed = layernorm if what.norm == "pre" else (lambda formula: formula)
        inner, inner_short = (normed(part) for part in (self.direct, self.short))
        up = "a linear head with a bias token, then relu units"
        R = draft.cut("R", active, relu(inner_short @ W_1 + ones(n) @ b_1), up)
        W_2 = draft.parameter("W_2", (d_ff, d), "id2", "w2")
        b_2 = draft.parameter("b_2", (1, d), "idb", "w2")
        draft.layer(
            "W_2",
            "Once more for W_2 and b_2, written into slot x, which adds the second residual.",
            [self._linear({active: "r"}, {"id2": "r"}, {"w2": "x"}, "W_2", True)],
        )
        summed = self.short + R @ W_2 + ones(n) @ b_2
        self.direct = self.direct + relu(inner @ W_1 + ones(n) @ b_1) @ W_2 + ones(n) @ b_2
        self._settle(summed, "Z", "x", "the same without units, added to Y", last=True)
        return "x"

    # -- norms ----------------------------------------------------------------------------------------------------
    def _before(self) -> tuple[Formula, Formula]:
        """A layer that writes the norm of the stream into slot xn."""
        draft = self.draft
        normed = draft.slot("xn", self.what.d, working=True)
        draft.layer(
            "norm",
            "No head. A run of layer norm units writes the norm of slot x into slot xn.",
            units=[Units("layernorm", "x", {normed: 1})],
        )
        short = draft.cut("N", normed, layernorm(self.short), "a run of layer norm units on one slot")
        return layernorm(self.direct), short

    def _settle(self, summed: Formula, name: str, slot: str, reason: str, last: bool = False) -> None:
        """After a residual was added: with ``post`` the norm replaces slot x, with ``pre`` it goes to slot xn."""
        draft, norm = self.draft, self.what.norm
        if norm == "post":
            units = [Units("identity", "x", {"x": -1}), Units("layernorm", "x", {"x": 1})]
            draft.then(units, "Then layer norm units replace slot x by its norm.")
            summed, self.direct = layernorm(summed), layernorm(self.direct)
        elif norm == "pre" and not last:
            units = [Units("identity", "xn", {"xn": -1}), Units("layernorm", "x", {"xn": 1})]
            draft.then(units, "Then layer norm units write the norm of the new slot x into slot xn.")
        self.short = draft.cut(name, slot, summed, reason)
