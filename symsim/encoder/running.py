"""What an encoder does: the one semantics, over any number system.

A layer is ``H1 = H + sum_h head_h(H)`` and ``H2 = H1 + ffn(H1)``; a head is ``normalise((H W_Q)(H W_K)^T, M) (H W_V)
W_O``. Keys that a mask hides from everybody are dropped first: their columns of the weights are zero. Linear weights
without a mask are multiplied in the order ``Q (K^T V)``. Both are laws of every number system, and they make running
a construction cost what attention costs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from symsim.domains.layout import Layout
from symsim.domains.protocol import Domain
from symsim.encoder.activations import ACTIVATIONS
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import TokenLayout
from symsim.encoder.normalisers import NORMALISERS

ONE = Layout((("one", 1),))


def head_output(
    domain: Domain[Any], head: Head, state: Any, tokens: TokenLayout, rows: Sequence[int] | None = None
) -> Any:
    """What one head adds to the stream, for all positions or (flat domains) only for those in ``rows``."""
    queries = domain.product(state if rows is None else domain.take(state, rows), domain.constant(head.W_Q))
    seen, sight = head.mask.cut(domain, state, tokens, rows)
    keys = domain.product(seen, domain.constant(head.W_K))
    values = domain.product(seen, domain.constant(head.W_V))
    normaliser = NORMALISERS[head.normaliser]
    if normaliser.linear and sight.everything:
        mixed = domain.product(queries, domain.product(domain.transpose(keys), values))
    else:
        weights = normaliser.weights(domain, domain.product(queries, domain.transpose(keys)), sight)
        mixed = domain.product(weights, values)
    return domain.product(mixed, domain.constant(head.W_O))


def feed_forward_output(domain: Domain[Any], network: FeedForward, state: Any, ones: Any) -> Any:
    """What a feed-forward network adds to the stream; ``ones`` is the column of ones beside ``state``."""
    hidden = domain.product(state, domain.constant(network.W_1))
    if network.b_1 is not None:
        hidden = domain.add(hidden, domain.product(ones, domain.constant(network.b_1)))
    parts = []
    for part, (name, _) in zip(network.hidden.names, network.activations, strict=True):
        units = hidden if len(network.activations) == 1 else domain.columns(hidden, network.hidden, [part])
        parts.append(ACTIVATIONS[name].apply(domain, units))
    active = parts[0] if len(parts) == 1 else domain.beside(parts, network.hidden)
    out = domain.product(active, domain.constant(network.W_2))
    if network.b_2 is not None:
        out = domain.add(out, domain.product(ones, domain.constant(network.b_2)))
    return out


def run_layer(
    domain: Domain[Any], layer: Layer, state: Any, tokens: TokenLayout, rows: Sequence[int] | None = None
) -> Any:
    """The token matrix after one layer; with ``rows`` (flat domains) only these positions of it."""
    start = state if rows is None else domain.take(state, rows)
    after = start if layer.residual else domain.scale(0, start)
    for head in layer.heads:
        after = domain.add(after, head_output(domain, head, state, tokens, rows))
    network = layer.feed_forward
    if network is not None:
        after = domain.settle(after)
        ones = domain.ones(len(rows), 1) if rows is not None else column_of_ones(domain, tokens)
        written = feed_forward_output(domain, network, after, ones)
        after = domain.add(after, written) if network.residual else written
    return domain.settle(after)


def layer_rows(
    domain: Domain[Any], layer: Layer, state: Any, tokens: TokenLayout
) -> Callable[[Sequence[int]], Any]:
    """What gives rows of the token matrix after one layer (flat domains).

    The units of a layer run at every position. So where something of it may be undefined, all positions are computed,
    once, and a 1/0 where nobody reads is noticed.
    """
    units = layer.feed_forward.activations if layer.feed_forward is not None else ()
    total = all(ACTIVATIONS[name].total for name, _ in units)
    if total and all(NORMALISERS[head.normaliser].total for head in layer.heads):
        return lambda rows: run_layer(domain, layer, state, tokens, rows)
    whole = cache(lambda: run_layer(domain, layer, state, tokens))
    return lambda rows: domain.take(whole(), rows)


def column_of_ones(domain: Domain[Any], tokens: TokenLayout) -> Any:
    """A 1 at every position, cut like the tokens."""
    return domain.assemble({(name, "one"): domain.ones(size, 1) for name, size in tokens.parts}, tokens, ONE)


def states(domain: Domain[Any], encoder: Encoder, start: Any) -> Iterator[Any]:
    """The token matrix before the first layer and after each layer, one by one."""
    yield start
    for layer in encoder.layers:
        start = run_layer(domain, layer, start, encoder.tokens)
        yield start


def run(domain: Domain[Any], encoder: Encoder, start: Any, rows: Sequence[int] | None = None) -> Any:
    """The token matrix after the last layer; with ``rows`` (flat domains) only these positions of it."""
    for layer in encoder.layers[:-1]:
        start = run_layer(domain, layer, start, encoder.tokens)
    if not encoder.layers:
        return start if rows is None else domain.take(start, rows)
    last = encoder.layers[-1]
    if rows is None:
        return run_layer(domain, last, start, encoder.tokens)
    return layer_rows(domain, last, start, encoder.tokens)(rows)
