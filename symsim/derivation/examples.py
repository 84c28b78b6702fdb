"""Worked examples: inputs, and the exact value of every matrix on the way from them to the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

from symsim.claims.construction import Construction
from symsim.domains.closed_forms import ClosedForm, ball, rounded_up
from symsim.domains.enclosure import decimal, enclose
from symsim.domains.exact import Exact, ExactMatrix
from symsim.encoder.layers import Head
from symsim.encoder.normalisers import NORMALISERS
from symsim.encoder.running import run_layer
from symsim.formulas.syntax import Formula

BITS = 256
"""The precision at which distances are enclosed."""


@dataclass(frozen=True)
class HeadRun:
    """The matrices inside one head: queries, keys and values of all positions that it sees, scores and weights.

    ``seen`` are the positions of the keys; ``output`` is what the head adds to the stream.
    """

    head: Head
    seen: tuple[int, ...]
    queries: ExactMatrix
    keys: ExactMatrix
    scores: ExactMatrix
    weights: ExactMatrix
    values: ExactMatrix
    output: ExactMatrix


@dataclass(frozen=True)
class Trace:
    """One exact run: the token matrix before the first layer and after each one, and the inside of every head."""

    domain: Exact
    construction: Construction
    inputs: dict[str, ExactMatrix]
    states: tuple[ExactMatrix, ...]
    heads: tuple[tuple[HeadRun, ...], ...]
    result: ExactMatrix
    expected: ExactMatrix

    def slot(self, slot: str, group: str, layer: int) -> ExactMatrix:
        """What a slot of one token group holds after a layer, counted from 0; -1 is the start."""
        encoder = self.construction.encoder
        column = self.domain.columns(self.states[layer + 1], encoder.slots, [slot])
        return self.domain.rows(column, encoder.tokens, [group])

    def decimals(self, value: ExactMatrix, digits: int) -> list[list[str]]:
        """Every entry of a matrix without variables in decimal, rounded to ``digits`` significant digits."""
        field = self.domain.field
        return [[decimal(field, value[i, j], digits) for j in range(value.width)] for i in range(value.height)]

    @property
    def distance(self) -> str:
        """The largest difference of an entry of the result from that of the formula: a decimal, rounded up."""
        gap = self.domain.add(self.result, self.domain.scale(-1, self.expected))
        balls = [enclose(self.domain.field, gap[i, j], BITS) for i in range(gap.height) for j in range(gap.width)]
        return rounded_up(reduce(lambda a, b: a.max(b), map(abs, balls)), 3)

    def within(self, eps: ClosedForm) -> bool:
        """Whether every entry of the result is seen to be within ``eps`` of that of the formula."""
        return bool(ball(Fraction(self.distance)) <= eps.ball())

    @property
    def agrees(self) -> bool:
        """Whether the encoder's result equals the formula at this input, exactly."""
        return self.domain.equal(self.result, self.expected) is True


@dataclass(frozen=True)
class Example:
    """Inputs of a derivation with numbers in them; nested lists, sympy matrices and Fractions, never floats."""

    inputs: Mapping[str, Any]
    title: str = ""

    @cached_property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """Rows and columns of every input."""
        return {name: _shape(value) for name, value in self.inputs.items()}

    def run(self, construction: Construction, computes: Formula) -> Trace:
        """Run a construction of fixed sizes on the inputs, and evaluate the formula beside it."""
        domain, encoder = Exact(), construction.encoder
        inputs = {name: domain.given(self.inputs[name], *shape) for name, shape in construction.inputs}
        states, heads = [construction.tokens(domain, inputs)], []
        for layer in encoder.layers:
            heads.append(tuple(_inside(domain, head, states[-1], construction) for head in layer.heads))
            states.append(run_layer(domain, layer, states[-1], encoder.tokens))
        return Trace(
            domain,
            construction,
            inputs,
            tuple(states),
            tuple(heads),
            construction.read(domain, states[-1]),
            computes.evaluate(domain, inputs),
        )


def _inside(domain: Exact, head: Head, state: ExactMatrix, construction: Construction) -> HeadRun:
    tokens = construction.encoder.tokens
    queries = domain.product(state, domain.constant(head.W_Q))
    seen, sight = head.mask.cut(domain, state, tokens, None)
    keys = domain.product(seen, domain.constant(head.W_K))
    values = domain.product(seen, domain.constant(head.W_V))
    scores = domain.product(queries, domain.transpose(keys))
    weights = NORMALISERS[head.normaliser].weights(domain, scores, sight)
    output = domain.product(domain.product(weights, values), domain.constant(head.W_O))
    return HeadRun(head, tuple(sight.col_positions or ()), queries, keys, scores, weights, values, output)


def _shape(value: Any) -> tuple[int, int]:
    if hasattr(value, "shape"):
        return int(value.shape[0]), int(value.shape[1])
    return len(value), len(value[0])
