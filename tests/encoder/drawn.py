"""Random encoders with small exact weights, and what they compute: numpy, straight from the definition."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask

NORMALISERS = ("softmax", "average-hard", "unique-hard", "unique-hard-right", "linear")
ACTIVATIONS = ("relu", "square", "exp", "step", "identity", "silu", "maxmin")
entries = st.sampled_from([Fraction(0), Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(2, 3)])


def tables(rows: int, cols: int, values: Any = entries) -> Any:
    """Matrices as nested lists."""
    return st.lists(st.lists(values, min_size=cols, max_size=cols), min_size=rows, max_size=rows)


def masks(total: int) -> Any:
    """Masks of all kinds, alone and combined."""
    return st.builds(
        Mask,
        keys=st.none() | st.sampled_from([("a",), ("b",), ("b", "a"), ()]),
        positions=st.none() | st.lists(st.integers(0, total - 1), max_size=total, unique=True).map(tuple),
        causal=st.booleans(),
        matrix=st.none() | tables(total, total, st.integers(0, 1)),
    )


@st.composite
def heads(draw: Any, width: int, total: int) -> Head:
    """One head."""
    r, m = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    return Head(
        *(draw(tables(*shape)) for shape in ((width, r), (width, r), (width, m), (m, width))),
        mask=draw(masks(total)),
        normaliser=draw(st.sampled_from(NORMALISERS)),
    )


@st.composite
def networks(draw: Any, width: int) -> FeedForward:
    """One feed-forward network."""
    kinds = draw(st.lists(st.sampled_from(ACTIVATIONS), min_size=1, max_size=3))
    runs = [(kind, 2 if kind == "maxmin" else 1) for kind in kinds]
    units = sum(size for _, size in runs)
    biases = [draw(st.none() | tables(1, size)) for size in (units, width)]
    return FeedForward(
        draw(tables(width, units)), biases[0], draw(tables(units, width)), biases[1], runs, draw(st.booleans())
    )


@st.composite
def encoders(draw: Any) -> Encoder:
    """Encoders with up to two layers, three or four positions and two or three columns."""
    slots = Slots((("x", draw(st.integers(1, 2))), ("y", 1)))
    tokens = TokenLayout((("a", draw(st.integers(1, 2))), ("b", 2)))
    layers = []
    for _ in range(draw(st.integers(1, 2))):
        attention = draw(st.lists(heads(slots.total, tokens.total), max_size=2))
        network = draw(st.none() | networks(slots.total))
        layers.append(Layer(tuple(attention), network, draw(st.booleans())))
    return Encoder(slots, tokens, tuple(layers))


# -- the definition ---------------------------------------------------------------------------------------------------
def run(encoder: Encoder, H: Any) -> Any:
    """The token matrix after the last layer: H1 = H + sum of the heads, H2 = H1 + the network, for each layer."""
    for layer in encoder.layers:
        H1 = H if layer.residual else np.zeros_like(H)
        for head in layer.heads:
            H1 = H1 + attend(head, H, encoder.tokens)
        if layer.feed_forward is not None:
            written = feed(layer.feed_forward, H1)
            H1 = H1 + written if layer.feed_forward.residual else written
        H = H1
    return H


def attend(head: Head, H: Any, tokens: TokenLayout) -> Any:
    W_Q, W_K, W_V, W_O = (floats(getattr(head, part)) for part in ("W_Q", "W_K", "W_V", "W_O"))
    S, M = (H @ W_Q) @ (H @ W_K).T, visible(head.mask, tokens)
    alpha = np.zeros(S.shape)
    for i in range(len(S)):
        seen = [j for j in range(len(S)) if M[i, j]]
        if not seen:
            continue
        if head.normaliser == "linear":
            alpha[i, seen] = S[i, seen]
        elif head.normaliser == "softmax":
            e = np.exp(S[i, seen] - max(S[i, seen]))
            alpha[i, seen] = e / e.sum()
        else:
            best = [j for j in seen if S[i, j] > max(S[i, seen]) - 1e-9]
            chosen = {"average-hard": best, "unique-hard": best[:1], "unique-hard-right": best[-1:]}[head.normaliser]
            alpha[i, chosen] = 1 / len(chosen)
    return alpha @ (H @ W_V) @ W_O


def visible(mask: Mask, tokens: TokenLayout) -> Any:
    """M in {0,1}^{N x N}."""
    N = tokens.total
    M = np.ones((N, N), dtype=bool)
    group = [name for name, size in tokens.parts for _ in range(size)]
    for i in range(N):
        for j in range(N):
            M[i, j] = (
                (mask.keys is None or group[j] in mask.keys)
                and (mask.positions is None or j in mask.positions)
                and (not mask.causal or j <= i)
                and (mask.matrix is None or mask.matrix[i, j] == 1)
            )
    return M


def feed(network: FeedForward, H: Any) -> Any:
    hidden = H @ floats(network.W_1) + (0 if network.b_1 is None else floats(network.b_1))
    out, start = [], 0
    for name, size in network.activations:
        out.append(act(name, hidden[:, start : start + size]))
        start += size
    return np.hstack(out) @ floats(network.W_2) + (0 if network.b_2 is None else floats(network.b_2))


def act(name: str, h: Any) -> Any:
    if name == "maxmin":
        pairs = [np.sort(h[:, k : k + 2], axis=1)[:, ::-1] for k in range(0, h.shape[1], 2)]
        return np.hstack(pairs)
    if name == "step":
        return (h > -1e-9).astype(float)
    return {
        "relu": lambda: np.maximum(h, 0),
        "square": lambda: h * h,
        "exp": lambda: np.exp(h),
        "identity": lambda: h,
        "silu": lambda: h / (1 + np.exp(-h)),
    }[name]()


def floats(weight: Any) -> Any:
    return np.array(weight.tolist(), dtype=float)
