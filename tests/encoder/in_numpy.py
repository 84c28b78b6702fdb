"""What encoders compute: numpy, straight from the definition."""

from __future__ import annotations

from typing import Any

import numpy as np

from symsim.encoder.layers import Encoder, FeedForward, Head
from symsim.encoder.layouts import TokenLayout
from symsim.encoder.masks import Mask


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
