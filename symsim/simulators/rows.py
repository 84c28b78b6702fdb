"""Realisation R: tokens are rows of the inputs, linear and softmax heads, exact for all sizes.

Every matrix product ``X W`` is one linear head: the query of token i is its row x_i, the key of parameter row k is
the unit vector e_k, so the score is x_ik itself, and summing ``x_ik w_k`` over k gives row i of ``X W``. A softmax
head that sees only the X rows does the rest. Weights depend on the widths only; the number n of X rows enters through
the mask alone. The idea to put inputs and parameters side by side into tokens is that of arXiv 2506.18739; this
construction and its proofs are ours.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any

import sympy

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.domains.layout import Layout
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.formulas.building import matrix, ones, relu, scalar, softmax
from symsim.formulas.syntax import Formula

Parts = Sequence[tuple[str, Any]]


def head(
    slots: Slots,
    query: dict[str, str] | Sequence[str],
    key: dict[str, str] | Sequence[str],
    value: dict[str, str],
    normaliser: str,
    mask: Mask | None = None,
    scale: Any = 1,
    name: str = "",
) -> Head:
    """A head whose weights are blocks of identities.

    ``query`` and ``key`` map slots to key coordinates (a list of slots names its coordinates by itself), ``value``
    maps the slots it reads to the slots it writes. ``scale`` multiplies the query.
    """
    queries = query if isinstance(query, dict) else {slot: slot for slot in query}
    keys = key if isinstance(key, dict) else dict(zip(key, queries.values(), strict=True))
    inner = Layout(tuple((coordinate, slots.size(slot)) for slot, coordinate in queries.items()))
    middle = Layout(tuple((source, slots.size(source)) for source in value))
    return Head(
        W_Q=block_weight({(slot, c): scale for slot, c in queries.items()}, slots, inner),
        W_K=block_weight({(slot, c): 1 for slot, c in keys.items()}, slots, inner),
        W_V=block_weight({(source, source): 1 for source in value}, slots, middle),
        W_O=block_weight({(source, target): 1 for source, target in value.items()}, middle, slots),
        mask=mask or Mask(),
        normaliser=normaliser,
        name=name,
    )


def single_head(n: Any, d: Any, d_v: Any) -> Construction:
    """The universal simulator U in two layers: ``softmax(X A X^T) X V`` from the rows of X, A and V.

    Layer 1, one linear head, writes X A and X V beside X. Layer 2, one softmax head that sees the X rows only,
    finishes the attention.
    """
    slots = Slots((("x", d), ("id", d), ("a", d), ("v", d_v), ("xa", d), ("xv", d_v), ("out", d_v)))
    tokens = TokenLayout((("X", n), ("A", d), ("V", d)))
    products = head(slots, ["x"], ["id"], {"a": "xa", "v": "xv"}, "linear", name="products")
    attention = head(slots, ["xa"], ["x"], {"xv": "out"}, "softmax", Mask(keys=("X",)), name="attention")
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)
    XA, XV = matrix("XA", n, d), matrix("XV", n, d_v)
    return Construction(
        name="U",
        encoder=Encoder(slots, tokens, (Layer((products,), name="products"), Layer((attention,), name="attention"))),
        inputs=(("X", (n, d)), ("A", (d, d)), ("V", (d, d_v))),
        placements=(
            Placement("X", "x", "input", "X"),
            Placement("A", "id", "identity"),
            Placement("A", "a", "input", "A"),
            Placement("V", "id", "identity"),
            Placement("V", "v", "input", "V"),
        ),
        readout=Readout("out", (n, d_v), "X"),
        computes=softmax(X @ A @ X.T) @ X @ V,
        cuts=(
            Cut("XA", 0, "xa", X @ A, "X", "row i of X A is the sum of x_ik times row k of A"),
            Cut("XV", 0, "xv", X @ V, "X", "row i of X V is the sum of x_ik times row k of V"),
            Cut("Y", 1, "out", softmax(XA @ X.T) @ XV, "X", "the softmax head sees the X rows only"),
        ),
        realisation="rows",
        layer_notes=(
            "Query: the row x_i. Key of parameter row k: the unit vector e_k. So the score is x_ik itself, and the "
            "head sums x_ik times row k of A, and of V: rows of X A and X V.",
            "Query: row i of X A. Key: the row x_j. So the scores are X A X^T; the value is X V. The mask hides the "
            "parameter tokens, which would otherwise add exp(0) = 1 each to every denominator.",
        ),
    )


def projected(
    n: Any, d: Any, d_k: Any, d_v: Any, heads: int, scale: Any = 1, d_ff: Any = None
) -> Construction:
    """Multi-head attention with separate projections, and with ``d_ff`` the whole encoder layer.

    Three layers compute ``sum_g softmax(scale X W_Qg W_Kg^T X^T) X W_Vg W_Og`` for g = 1..heads; W_O is given as its
    blocks of rows ``W_O1, W_O2, ...``; with one head and no ``d_ff`` there is no W_O and two layers are enough. With
    ``d_ff`` five layers compute ``Y = X + attention``, ``Y + relu(Y W_1 + 1 b_1) W_2 + 1 b_2``.
    """
    if heads < 1:
        raise BadInput(f"heads has to be at least 1, got {heads}")
    with_output = heads > 1 or d_ff is not None
    numbers = [""] if heads == 1 else [str(g) for g in range(1, heads + 1)]
    build = _Projected(n, d, d_k, d_v, numbers, scale, d_ff, with_output)
    return build.construction()


class _Projected:
    """Collects the parts of a projected construction; one instance a construction."""

    def __init__(
        self, n: Any, d: Any, d_k: Any, d_v: Any, numbers: list[str], scale: Any, d_ff: Any, with_output: bool
    ) -> None:
        self.n, self.d, self.d_k, self.d_v, self.d_ff = n, d, d_k, d_v, d_ff
        self.numbers, self.with_output = numbers, with_output
        self.scale = sympy.Symbol(scale) if isinstance(scale, str) else scale
        self.constants = (scale,) if isinstance(scale, str) else ()
        self.inputs: list[tuple[str, tuple[Any, Any]]] = [("X", (n, d))]
        self.placements = [Placement("X", "x", "input", "X")]
        self.slots = Slots(tuple(self._slot_parts()))
        self.tokens: list[tuple[str, Any]] = [("X", n)]
        self.layers: list[Layer] = []
        self.cuts: list[Cut] = []
        self.notes: list[str] = []
        self.X = matrix("X", n, d)

    def _slot_parts(self) -> list[tuple[str, Any]]:
        parts: list[tuple[str, Any]] = [("x", self.d), ("id", self.d)]
        for g in self.numbers:
            parts += [(f"wq{g}", self.d_k), (f"wk{g}", self.d_k), (f"wv{g}", self.d_v)]
        for g in self.numbers:
            parts += [(f"q{g}", self.d_k), (f"k{g}", self.d_k), (f"v{g}", self.d_v)]
        parts += [(f"o{g}", self.d_v) for g in self.numbers]
        if self.with_output:
            parts += [(f"ido{g}", self.d_v) for g in self.numbers] + [("wo", self.d)]
        if self.d_ff is None:
            return parts + ([("out", self.d)] if self.with_output else [])
        hidden = [(slot, self.d_ff) for slot in ("w1", "h", "r", "id2")]
        return [*parts, ("one", 1), ("idb", 1), *hidden, ("w2", self.d)]

    def _parameter(self, name: str, shape: tuple[Any, Any], key: str, slot: str) -> Formula:
        """A token group with the rows of one parameter matrix: row number in slot ``key``, entries in ``slot``."""
        self.inputs.append((name, shape))
        self.tokens.append((name, shape[0]))
        what = "identity" if shape[0] != 1 else "ones"
        self.placements += [Placement(name, key, what), Placement(name, slot, "input", name)]
        return matrix(name, *shape)

    def construction(self) -> Construction:
        concatenated = self._projections()
        result = self._outputs(concatenated) if self.with_output else concatenated[0]
        if self.d_ff is not None:
            result = self._network(result)
        slot = "x" if self.d_ff is not None else "out" if self.with_output else "o"
        together = [(f"W_{p}", tuple(f"W_{p}{g}" for g in self.numbers)) for p in "QKV"]
        if self.with_output:
            together.append(("W_O", tuple(f"W_O{g}" for g in self.numbers)))
        return Construction(
            name="encoder_layer" if self.d_ff is not None else "multi_head" if self.with_output else "projected",
            encoder=Encoder(self.slots, TokenLayout(tuple(self.tokens)), tuple(self.layers), self.constants),
            inputs=tuple(self.inputs),
            placements=tuple(self.placements),
            readout=Readout(slot, (self.n, self.d if self.with_output else self.d_v), "X"),
            computes=result,
            cuts=tuple(self.cuts),
            together=tuple(sorted(together, key=lambda group: group[1] == (group[0],))),
            realisation="rows",
            layer_notes=tuple(self.notes),
        )

    def _projections(self) -> list[Formula]:
        """Layers 1 and 2: queries, keys and values of all heads by one linear head; then one softmax head each."""
        sizes = {"q": self.d_k, "k": self.d_k, "v": self.d_v}
        weights = {
            f"{p}{g}": self._parameter(f"W_{p.upper()}{g}", (self.d, sizes[p]), "id", f"w{p}{g}")
            for g in self.numbers
            for p in "qkv"
        }
        first = head(self.slots, ["x"], ["id"], {f"w{slot}": slot for slot in weights}, "linear", name="projections")
        self.layers.append(Layer((first,), name="projections"))
        self.notes.append(
            "Query: the row x_i. Key of row k of every parameter matrix: the unit vector e_k. So one linear head "
            "writes the queries, keys and values of all heads, each into its own slot."
        )
        for slot, weight in weights.items():
            reason = "a linear head multiplies X by any parameter matrix"
            self.cuts.append(Cut(slot.upper(), 0, slot, self.X @ weight, "X", reason))
        mask = Mask(keys=("X",))
        second = tuple(
            head(self.slots, [f"q{g}"], [f"k{g}"], {f"v{g}": f"o{g}"}, "softmax", mask, self.scale, f"attention{g}")
            for g in self.numbers
        )
        self.layers.append(Layer(second, name="attention"))
        self.notes.append(
            "One softmax head for each simulated head: query q_i, key k_j, value v_j, all among the X rows. The "
            "mask hides the parameter tokens."
        )
        factor: Any = scalar(self.constants[0]) if self.constants else self.scale
        outputs = []
        for g in self.numbers:
            Q, K, V = (matrix(f"{p.upper()}{g}", self.n, size) for p, size in sizes.items())
            scores = Q @ K.T if factor == 1 else factor * (Q @ K.T)
            name = f"O{g}" if self.with_output else "Y"
            reason = "the softmax head sees the X rows only"
            self.cuts.append(Cut(name, 1, f"o{g}", softmax(scores) @ V, "X", reason))
            direct = self.X @ weights[f"q{g}"] @ weights[f"k{g}"].T @ self.X.T
            outputs.append(softmax(direct if factor == 1 else factor * direct) @ self.X @ weights[f"v{g}"])
        return outputs

    def _outputs(self, concatenated: list[Formula]) -> Formula:
        """Layer 3: the output projection, a linear head whose keys are the row numbers of W_O."""
        residual: list[Formula] = [] if self.d_ff is None else [self.X]
        terms, shorts = list(residual), list(residual)
        for g, value in zip(self.numbers, concatenated, strict=True):
            weight = self._parameter(f"W_O{g}", (self.d_v, self.d), f"ido{g}", "wo")
            terms.append(value @ weight)
            shorts.append(matrix(f"O{g}", self.n, self.d_v) @ weight)
        result, cut = reduce(operator.add, terms), reduce(operator.add, shorts)
        target = "x" if self.d_ff is not None else "out"
        keys = {f"ido{g}": f"o{g}" for g in self.numbers}
        out = head(self.slots, [f"o{g}" for g in self.numbers], keys, {"wo": target}, "linear", name="output")
        self.layers.append(Layer((out,), name="output projection"))
        self.notes.append(
            "Query: the outputs of all heads side by side. Key of a row of W_O: its own row number. So a linear head "
            "multiplies by W_O" + (" and writes into slot x, which adds the residual X." if residual else ".")
        )
        self.cuts.append(Cut("Y", 2, target, cut, "X", "a linear head multiplies by W_O"))
        return result

    def _network(self, attended: Formula) -> Formula:
        """Layers 4 and 5: relu(Y W_1 + 1 b_1) W_2 + 1 b_2, added to Y."""
        n, d, d_ff = self.n, self.d, self.d_ff
        self.placements.append(Placement("X", "one", "ones"))
        W_1 = self._parameter("W_1", (d, d_ff), "id", "w1")
        b_1 = self._parameter("b_1", (1, d_ff), "idb", "w1")
        # The first linear head must not mix W_1 into its sums: it reads the slots wq, wk, wv only, which are 0 there.
        up = head(self.slots, {"x": "x", "one": "one"}, {"id": "x", "idb": "one"}, {"w1": "h"}, "linear", name="W_1")
        units = FeedForward(
            W_1=block_weight({("h", "r"): 1}, self.slots, Layout((("r", d_ff),))),
            b_1=None,
            W_2=block_weight({("r", "r"): 1}, Layout((("r", d_ff),)), self.slots),
            b_2=None,
            activations="relu",
        )
        self.layers.append(Layer((up,), units, name="W_1 and relu"))
        self.notes.append(
            "The same linear head for W_1; the constant 1 of the X rows matches the key of the bias token, which adds "
            "b_1. Then one relu unit for each hidden coordinate copies relu(h) into slot r."
        )
        W_2 = self._parameter("W_2", (d_ff, d), "id2", "w2")
        b_2 = self._parameter("b_2", (1, d), "idb", "w2")
        down = head(self.slots, {"r": "r", "one": "one"}, {"id2": "r", "idb": "one"}, {"w2": "x"}, "linear", name="W_2")
        self.layers.append(Layer((down,), name="W_2"))
        self.notes.append("Once more for W_2 and b_2, written into slot x, which adds the second residual.")
        Y, R, one = matrix("Y", n, d), matrix("R", n, d_ff), ones(n)
        first, second = "a linear head with a bias token, then relu units", "the same without units, added to Y"
        self.cuts.append(Cut("R", 3, "r", relu(Y @ W_1 + one @ b_1), "X", first))
        self.cuts.append(Cut("Z", 4, "x", Y + R @ W_2 + one @ b_2, "X", second))
        return attended + relu(attended @ W_1 + one @ b_1) @ W_2 + one @ b_2
