"""Random encoders with small exact weights: heads, masks, feed-forward networks, layers."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.testing.matrices import tables

NORMALISERS = ("softmax", "average-hard", "unique-hard", "unique-hard-right", "linear")
ACTIVATIONS = ("relu", "square", "exp", "step", "identity", "silu", "maxmin")


def masks(total: int, groups: Sequence[str] = ("a", "b")) -> st.SearchStrategy[Mask]:
    """Masks of all kinds, alone and combined, for ``total`` positions in these token groups."""
    return st.builds(
        Mask,
        keys=st.none() | st.lists(st.sampled_from(list(groups)), unique=True).map(tuple),
        positions=st.none() | st.lists(st.integers(0, total - 1), max_size=total, unique=True).map(tuple),
        causal=st.booleans(),
        matrix=st.none() | tables(total, total, st.integers(0, 1)),
    )


@st.composite
def heads(
    draw: st.DrawFn, width: int, total: int, groups: Sequence[str] = ("a", "b"),
    normalisers: Sequence[str] = NORMALISERS,
) -> Head:  # fmt: skip
    """Heads over a stream of that width, for ``total`` positions."""
    r, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    W_Q, W_K, W_V, W_O = (draw(tables(*shape)) for shape in ((width, r), (width, r), (width, m), (m, width)))
    return Head(W_Q, W_K, W_V, W_O, draw(masks(total, groups)), draw(st.sampled_from(list(normalisers))))


@st.composite
def networks(draw: st.DrawFn, width: int, activations: Sequence[str] = ACTIVATIONS) -> FeedForward:
    """Feed-forward networks over a stream of that width, with one to six units."""
    kinds = draw(st.lists(st.sampled_from(list(activations)), min_size=1, max_size=3))
    runs = [(kind, 2 if kind == "maxmin" else 1) for kind in kinds]
    units = sum(size for _, size in runs)
    biases = [draw(st.none() | tables(1, size)) for size in (units, width)]
    return FeedForward(
        draw(tables(width, units)), biases[0], draw(tables(units, width)), biases[1], runs, draw(st.booleans())
    )


@st.composite
def layers(
    draw: st.DrawFn, width: int, total: int, groups: Sequence[str] = ("a", "b"),
    normalisers: Sequence[str] = NORMALISERS, activations: Sequence[str] = ACTIVATIONS,
) -> Layer:  # fmt: skip
    """Layers with up to two heads, with or without a feed-forward network and residual."""
    attention = draw(st.lists(heads(width, total, groups, normalisers), max_size=2))
    network = draw(st.none() | networks(width, activations))
    return Layer(tuple(attention), network, draw(st.booleans()))


@st.composite
def encoders(
    draw: st.DrawFn, normalisers: Sequence[str] = NORMALISERS, activations: Sequence[str] = ACTIVATIONS
) -> Encoder:
    """Encoders with one or two layers, slots x and y, token groups a and b, three or four positions.

    >>> from hypothesis import find
    >>> find(encoders(), lambda encoder: len(encoder.layers) == 2).slots.names
    ('x', 'y')
    """
    slots = Slots((("x", draw(st.integers(1, 2))), ("y", 1)))
    tokens = TokenLayout((("a", draw(st.integers(1, 2))), ("b", 2)))
    one = layers(slots.total, tokens.total, tokens.names, normalisers, activations)
    return Encoder(slots, tokens, tuple(draw(st.lists(one, min_size=1, max_size=2))))
