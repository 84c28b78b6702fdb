"""Realisation P of multi-head attention: h heads with projections and an output projection, over scalar tokens."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.errors import BadInput
from symsim.formulas.building import softmax as softmax_formula
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import Plan, Value
from symsim.simulators import pieces
from symsim.simulators.programs import Mark, Program, Shapes, construction, inputs, named
from symsim.simulators.tokens import fixed


def multi_head(
    n: int,
    d: int,
    d_k: int,
    d_v: int,
    d_m: int,
    heads: int = 2,
    narrow: bool = False,
    scale: Any = 1,
    output: bool = True,
) -> Construction:
    """Multi-head attention: the sum over the heads g of ``softmax(X W_Qg W_Kg^T X^T) X W_Vg W_Og``.

    X is n x d, W_Qg and W_Kg are d x d_k, W_Vg is d x d_v and W_Og is d_v x d_m, the rows of W_O for head g. Seven
    layers: queries, keys and values; scores; softmax in three; the products with the values; the products with W_O,
    which add up in one slot. ``scale`` is a rational that multiplies the scores. ``narrow``: one product a layer and
    head. One head without ``output`` has no W_O. Source: arXiv 2506.18739; this construction is ours.

    >>> U = multi_head(1, 1, 1, 1, 1)
    >>> U(X=[[2]], W_Q=[[1], [1]], W_K=[[1], [1]], W_V=[[3], [5]], W_O=[[1], [10]])
    Matrix([[106]])
    """
    if isinstance(scale, str):
        raise BadInput(f"the scale of an encoder over scalar tokens is a rational number, got '{scale}'")
    n, d, d_k, d_v, d_m, heads = fixed("multi_head_cost", n=n, d=d, d_k=d_k, d_v=d_v, d_m=d_m, heads=heads)
    attention = _Attention((n, d, d_k, d_v, d_m), heads, narrow, scale, output or heads > 1)
    return construction(attention.program())


def multi_head_cost(
    n: Size, d: Size, d_k: Size, d_v: Size, d_m: Size, heads: Size, narrow: bool = False, output: bool = True
) -> Cost:
    """What multi-head attention costs, at integer or symbolic sizes and numbers of heads.

    >>> multi_head_cost("n", "d", "d_k", "d_v", "d_m", "h").heads
    (6*d*h, 2*d_k*h, 0, h, 0, 2*h*n, 2*d_v*h)
    """
    sizes = as_size(n), as_size(d), as_size(d_k), as_size(d_v), as_size(d_m)
    return counting.count(_Attention(sizes, as_size(heads), narrow, 1, output).plan)


class _Attention:
    """The plan, built head by head; a symbolic number of heads is one head that stands for all."""

    def __init__(
        self, sizes: tuple[Size, Size, Size, Size, Size], heads: Size, narrow: bool, scale: Any, output: bool
    ) -> None:
        n, d, d_k, d_v, d_m = self.sizes = sizes
        self.heads, self.narrow, self.scale, self.output = heads, narrow, scale, output
        self.numbers = list(Plan(1).each(heads))
        self.shapes: dict[str, tuple[Size, Size]] = {"X": (n, d)}
        for g in self.numbers:
            self.shapes.update({f"W_Q{g}": (d, d_k), f"W_K{g}": (d, d_k), f"W_V{g}": (d, d_v)})
        self.shapes.update({f"W_O{g}": (d_v, d_m) for g in self.numbers if output})
        many = {name: heads for name in self.shapes if name != "X" and not isinstance(heads, int)}
        results = [n * d_k, n * n, n * d_v, *([n * d_m] if output else [])]
        self.plan, self.given = inputs(self.shapes, *results, times=many)
        self.values: dict[str, Value] = {}
        if output:
            self.plan.slot("y")
        for g in self.plan.each(heads):
            self._head(g)

    def _head(self, g: str) -> None:
        plan, given, narrow = self.plan, self.given, self.narrow
        q, k, v = (
            pieces.product(plan, given["X"], given[f"W_{part}{g}"], f"{part.lower()}{g}", narrow) for part in "QKV"
        )
        s = pieces.product(plan, q, k, f"s{g}", narrow, turned=True)
        w = pieces.row_softmax(plan, s, f"w{g}", self.scale)
        o = pieces.product(plan, w, v, f"o{g}", narrow)
        self.values.update({f"Q{g}": q, f"K{g}": k, f"V{g}": v, f"S{g}": s, f"W{g}": w, f"O{g}": o})
        if self.output:
            self.values["Y"] = pieces.product(plan, o, given[f"W_O{g}"], f"y{g}", narrow, into="y")

    # -- the specification --------------------------------------------------------------------------------------------
    def program(self) -> Program:
        """With the formula of every node, at integer sizes."""
        marks = [mark for g in self.numbers for mark in self._marks(g)]
        given = named(self.shapes)
        if self.output:
            nodes = self._nodes()
            total = _sum(nodes[f"O{g}"] @ given[f"W_O{g}"] for g in self.numbers)
            marks.append(Mark("Y", self.values["Y"], total, "the products of all heads add up in one slot"))
        outputs = [self._direct(given, g) for g in self.numbers]
        if self.output:
            outputs = [out @ given[f"W_O{g}"] for out, g in zip(outputs, self.numbers, strict=True)]
        parts = [f"W_{part}" for part in ("QKVO" if self.output else "QKV")]
        together = tuple((part, tuple(f"{part}{g}" for g in self.numbers)) for part in parts)
        return Program(
            "multi_head" if self.output else "projected",
            self.plan,
            self.shapes,
            tuple(marks),
            _sum(outputs),
            self.narrow,
            together=together if len(self.numbers) > 1 else (),
        )

    def _nodes(self) -> dict[str, Formula]:
        shapes: Shapes = {name: (value.rows, value.cols) for name, value in self.values.items()}
        return named(shapes)

    def _direct(self, given: dict[str, Formula], g: str) -> Formula:
        """The output of one head in the inputs alone."""
        X = given["X"]
        scores = X @ given[f"W_Q{g}"] @ (given[f"W_K{g}"].T @ X.T)
        return self._softmax(scores) @ X @ given[f"W_V{g}"]

    def _softmax(self, scores: Formula) -> Formula:
        return softmax_formula(scores if self.scale == 1 else self.scale * scores)

    def _marks(self, g: str) -> list[Mark]:
        X, node, value = named(self.shapes)["X"], self._nodes(), self.values
        given = named(self.shapes)
        found = [
            Mark(f"{part}{g}", value[f"{part}{g}"], X @ given[f"W_{part}{g}"], pieces.SUMMED) for part in "QKV"
        ]
        out = f"O{g}" if self.output else "Y"
        scores, weights = node[f"Q{g}"] @ node[f"K{g}"].T, self._softmax(node[f"S{g}"])
        return [
            *found,
            Mark(f"S{g}", value[f"S{g}"], scores, f"{pieces.SUMMED}; the heads fetch the keys turned"),
            Mark(f"W{g}", value[f"W{g}"], weights, pieces.NORMALISED),
            Mark(out, value[f"O{g}"], node[f"W{g}"] @ node[f"V{g}"], pieces.SUMMED),
        ]


def _sum(terms: Any) -> Formula:
    found: Formula = reduce(operator.add, terms)
    return found
