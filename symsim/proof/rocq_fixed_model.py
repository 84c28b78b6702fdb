"""A construction of fixed sizes for the Rocq export: steps, weights as whole numbers over a denominator, tokens.

Every number comes from the weights, masks and placements of the construction itself. What has no definition in the
library ``Fixed.v`` is refused with a reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from symsim.claims.approximate import ApproximateClaim
from symsim.claims.construction import Construction, Cut
from symsim.encoder.layers import FeedForward, Head
from symsim.errors import BadInput
from symsim.formulas.syntax import Formula
from symsim.proof.rocq_language import OPAQUE, applied

KINDS = {"linear": "Linear", "softmax": "Softmax", "average-hard": "Hard"}
"""Normalisers that have a definition."""

UNITS = ("identity", "square", "exp", "reciprocal", *OPAQUE)
"""Activations that have a definition."""


@dataclass(frozen=True)
class Weight:
    """A matrix of rationals: whole numbers (row, column, number) over one denominator."""

    below: int
    above: tuple[tuple[int, int, int], ...]

    def column(self, c: int) -> list[tuple[int, Fraction]]:
        """The entries of a column, with their rows, as rationals."""
        return [(row, Fraction(z, self.below)) for row, col, z in self.above if col == c]

    @property
    def text(self) -> str:
        """As a term of Rocq."""
        entries = "; ".join(f"({row}, {col}, {_whole(z)})" for row, col, z in self.above)
        return f"(Weight {self.below} [:: {entries}]%N)" if entries else f"(Weight {self.below} [::])"


@dataclass(frozen=True)
class HeadData:
    """A head: its weights, and the keys that every query sees."""

    kind: str
    sees: tuple[tuple[int, ...], ...]
    inner: int
    Q: Weight
    K: Weight
    V: Weight
    O: Weight  # noqa: E741


@dataclass(frozen=True)
class NetworkData:
    """A feed-forward network: weights, biases, and one activation a unit."""

    W_1: Weight
    b_1: Weight
    units: tuple[str, ...]
    W_2: Weight
    b_2: Weight


@dataclass(frozen=True)
class Step:
    """The attention part or the feed-forward network of a layer, counted from 0."""

    layer: int
    stay: bool
    heads: tuple[HeadData, ...] = ()
    network: NetworkData | None = None


class Model:
    """What is written out. Raises ``BadInput`` for parts without a definition."""

    def __init__(self, construction: Construction) -> None:
        self.construction = construction
        if not construction.fixed:
            raise BadInput("this theorem is about fixed sizes; without sizes there is one about all sizes")
        if not isinstance(construction.computes, Formula):
            raise BadInput("the Rocq export compares an encoder with a formula")
        if isinstance(construction.claim, ApproximateClaim):
            raise BadInput("the Rocq export states equalities, and this claim is one about a distance")
        if construction.encoder.constants:
            free = construction.encoder.constants[0]
            raise BadInput(f"'{free}' is a free scalar in the weights: the Rocq export at fixed sizes wants numbers")
        self.positions = int(construction.encoder.tokens.total)
        self.steps = tuple(self._steps())
        self.inputs, self.given = self._tokens()

    def _steps(self) -> list[Step]:
        steps = []
        for number, layer in enumerate(self.construction.encoder.layers):
            where = f"layer {number + 1}"
            if layer.heads or not layer.residual:
                heads = tuple(self._head(head, where) for head in layer.heads)
                steps.append(Step(number, layer.residual, heads=heads))
            if layer.feed_forward is not None:
                network = layer.feed_forward
                steps.append(Step(number, network.residual, network=_network(network, where)))
        return steps

    def _head(self, head: Head, where: str) -> HeadData:
        if head.normaliser not in KINDS:
            raise BadInput(f"{where}: the Rocq export at fixed sizes has no definition for {head.normaliser} heads")
        weights = (weight(getattr(head, name)) for name in ("W_Q", "W_K", "W_V", "W_O"))
        return HeadData(KINDS[head.normaliser], self._sees(head), int(head.W_Q.shape[1]), *weights)

    def _sees(self, head: Head) -> tuple[tuple[int, ...], ...]:
        """For every position the keys that its query may see."""
        mask, tokens = head.mask, self.construction.encoder.tokens
        places = tokens.positions(mask.visible(tokens))
        shown = [j for j in places if mask.positions is None or j in mask.positions]

        def sees(i: int, j: int) -> bool:
            return (not mask.causal or j <= i) and (mask.matrix is None or mask.matrix[i, j] == 1)

        return tuple(tuple(j for j in shown if sees(i, j)) for i in range(self.positions))

    def _tokens(self) -> tuple[dict[tuple[int, int], tuple[str, int, int]], dict[tuple[int, int], int]]:
        """Cells with entries of inputs, and cells with whole numbers; what is in neither is 0."""
        inputs: dict[tuple[int, int], tuple[str, int, int]] = {}
        given: dict[tuple[int, int], int] = {}
        shapes = dict(self.construction.inputs)
        tokens, slots = self.construction.encoder.tokens, self.construction.encoder.slots
        for placed in self.construction.placements:
            top, left = tokens.span(placed.group)[0], slots.span(placed.slot)[0]
            height, width = int(tokens.size(placed.group)), int(slots.size(placed.slot))
            cells = [(i, j) for i in range(height) for j in range(width)]
            for i, j in cells:
                place = top + i, left + j
                if placed.what == "input":
                    inputs[place] = placed.name, i, j
                elif placed.what == "flat":
                    inputs[place] = placed.name, *divmod(i, int(shapes[placed.name][1]))
                else:
                    value = {"identity": int(i == j), "ones": 1}.get(placed.what)
                    value = placed.matrix[i, j] if value is None else value
                    if value != int(value):
                        raise BadInput(f"slot {placed.slot} holds {value}: the Rocq export wants whole numbers there")
                    given[place] = int(value)
        return inputs, {place: value for place, value in given.items() if value}

    @cached_property
    def constants(self) -> tuple[int, ...]:
        """The columns that hold whole numbers at the start and that nothing ever writes to."""
        written = {col for _, col in self.inputs}
        for step in self.steps:
            outputs = [head.O for head in step.heads]
            if step.network is not None:
                outputs += [step.network.W_2, step.network.b_2]
            written |= {col for output in outputs for _, col, _ in output.above}
            if not step.stay:
                return ()
        return tuple(sorted({col for _, col in self.given} - written))

    @cached_property
    def opaque(self) -> tuple[str, ...]:
        """Functions about which nothing is assumed, in the order in which they occur."""
        found = [unit for step in self.steps if step.network for unit in step.network.units if unit in OPAQUE]
        for node in (self.construction.computes, *(cut.formula for cut in self.construction.cuts)):
            found += applied(node)
        return tuple(dict.fromkeys(found))

    def cuts(self, step: int) -> dict[tuple[int, int], tuple[Cut, int, int]]:
        """The cells after a step (counted from 1) that have a counterpart, with its row and column."""
        found = {}
        last = step == len(self.steps) or self.steps[step].layer != self.steps[step - 1].layer
        for cut in self.construction.cuts if last else ():
            if cut.layer == self.steps[step - 1].layer:
                for i in range(int(cut.formula.shape[0])):
                    for j in range(int(cut.formula.shape[1])):
                        found[self.place(cut.slot, cut.group, cut.formula.shape, i, j)] = cut, i, j
        return found

    def place(self, slot: str, group: str | None, shape: tuple[Any, Any], i: int, j: int) -> tuple[int, int]:
        """The cell that holds an entry of a matrix of that shape."""
        left = self.construction.encoder.slots.span(slot)[0]
        if group is None:
            return i * int(shape[1]) + j, left
        return self.construction.encoder.tokens.span(group)[0] + i, left + j


def weight(matrix: Any) -> Weight:
    """A sparse matrix of rationals, in the order of rows and columns."""
    entries = {place: Fraction(int(v.p), int(v.q)) for place, v in matrix.todok().items() if v}
    below = math.lcm(1, *(value.denominator for value in entries.values()))
    above = tuple((row, col, int(value * below)) for (row, col), value in sorted(entries.items()))
    return Weight(below, above)


def _network(network: FeedForward, where: str) -> NetworkData:
    for name, _ in network.activations:
        if name not in UNITS:
            raise BadInput(f"{where}: the Rocq export at fixed sizes has no definition for {name} units")
    units = tuple(name for name, size in network.activations for _ in range(int(size)))
    biases = (Weight(1, ()) if bias is None else weight(bias) for bias in (network.b_1, network.b_2))
    b_1, b_2 = biases
    return NetworkData(weight(network.W_1), b_1, units, weight(network.W_2), b_2)


def _whole(z: int) -> str:
    return f"Posz {z}" if z >= 0 else f"Negz {-z - 1}"
