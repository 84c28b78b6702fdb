"""A second opinion about encoders, written from the definition of the machine alone: dense numpy, no package.

``layer`` is the whole machine: it takes weights as arrays. The functions after ``formula`` copy an encoder into arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
TIE = 1e-9
"""Scores that are this close are a tie (at small integer inputs scores are equal or far apart)."""


# -- the machine ------------------------------------------------------------------------------------------------------
# S = (H W_Q)(H W_K)^T, alpha = normalise(S, M), H1 = H + sum alpha (H W_V) W_O, H2 = H1 + act(H1 W_1 + b_1) W_2 + b_2
def layer(H: Array, heads: list[Any], network: Any, residual: bool) -> Array:
    out = H * residual
    for W_Q, W_K, W_V, W_O, M, normaliser in heads:
        out = out + weights((H @ W_Q) @ (H @ W_K).T, M, normaliser) @ (H @ W_V) @ W_O
    if network is not None:
        W_1, b_1, W_2, b_2, activations, keep = network
        hidden = out @ W_1 + b_1
        hidden = np.column_stack([activate(name, hidden[:, u]) for u, name in enumerate(activations)])
        out = out * keep + hidden @ W_2 + b_2
    return out


def weights(S: Array, M: Array, normaliser: str) -> Array:
    if normaliser == "linear":
        return np.where(M, S, 0.0)
    top = np.where(M, S, -np.inf).max(axis=1, keepdims=True)
    if normaliser == "softmax":
        P = np.where(M, np.exp(np.where(M, S - top, -np.inf)), 0.0)
    else:
        P = np.where(M & (S >= top - TIE * (1 + abs(top))), 1.0, 0.0)
        if normaliser != "average-hard":
            ones = P.cumsum(axis=1) if normaliser == "unique-hard" else P[:, ::-1].cumsum(axis=1)[:, ::-1]
            P = P * (ones == 1)
    return P / np.maximum(P.sum(axis=1, keepdims=True), 1e-300)


def activate(name: str, x: Array) -> Array:
    return {
        "relu": lambda: np.maximum(x, 0.0),
        "square": lambda: x * x,
        "exp": lambda: np.exp(x),
        "reciprocal": lambda: np.where(abs(x) < 1e-12, np.nan, 1.0 / x),
        "step": lambda: np.where(x >= 0, 1.0, 0.0),
        "identity": lambda: x,
        "silu": lambda: x / (1.0 + np.exp(-x)),
    }[name]()


def formula(inputs: dict[str, Array]) -> Array:
    """softmax(X A X^T) X V; with projections the sum over heads of softmax(X W_Q W_K^T X^T) X W_V W_O (W_O if any)."""
    X = inputs["X"]
    if "A" in inputs:
        return softmax(X @ inputs["A"] @ X.T) @ X @ inputs["V"]
    total: Any = 0.0
    for g in [name[3:] for name in inputs if name.startswith("W_Q")]:
        S = X @ inputs[f"W_Q{g}"] @ inputs[f"W_K{g}"].T @ X.T
        total = total + softmax(S) @ X @ inputs[f"W_V{g}"] @ inputs.get(f"W_O{g}", np.eye(inputs[f"W_V{g}"].shape[1]))
    return total


def softmax(S: Array) -> Array:
    E = np.exp(S - S.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


# -- copying ----------------------------------------------------------------------------------------------------------
def run(construction: Any, inputs: dict[str, Array], encoder: Any = None) -> Array:
    """The result of an encoder (by default the construction's own) on inputs given as float arrays.

    Raises ZeroDivisionError where a value does not exist, at any position: units act everywhere.
    """
    encoder = encoder or construction.encoder
    H = tokens(construction, encoder, inputs)
    with np.errstate(all="ignore"):
        for heads, network, residual in copied(encoder):
            H = layer(H, heads, network, residual)
            if np.isnan(H).any():
                raise ZeroDivisionError("a token is undefined")
    return read(construction, encoder, H)


def tokens(construction: Any, encoder: Any, inputs: dict[str, Array]) -> Array:
    H = np.zeros((encoder.tokens.total, encoder.slots.total))
    for p in construction.placements:
        (top, bottom), (left, right) = encoder.tokens.span(p.group), encoder.slots.span(p.slot)
        size = (bottom - top, right - left)
        what = {
            "input": lambda p=p: inputs[p.name],
            "flat": lambda p=p, size=size: inputs[p.name].reshape(size),
            "identity": lambda size=size: np.eye(size[0]),
            "ones": lambda size=size: np.ones(size),
            "constant": lambda p=p: floats(p.matrix),
        }
        H[top:bottom, left:right] = what[p.what]()
    return H


def read(construction: Any, encoder: Any, H: Array) -> Array:
    left, right = encoder.slots.span(construction.readout.slot)
    if construction.readout.group is not None:
        return H[slice(*encoder.tokens.span(construction.readout.group)), left:right]
    rows, cols = construction.readout.shape
    return H[: rows * cols, left].reshape(rows, cols)


def copied(encoder: Any) -> list[tuple[list[Any], Any, bool]]:
    """The layers of an encoder as arrays, for ``layer``."""
    out = []
    for part in encoder.layers:
        heads = [
            (*map(floats, (h.W_Q, h.W_K, h.W_V, h.W_O)), visible(h.mask, encoder.tokens), h.normaliser)
            for h in part.heads
        ]
        n, network = part.feed_forward, None
        if n is not None:
            b_1 = np.zeros((1, n.units)) if n.b_1 is None else floats(n.b_1)
            b_2 = np.zeros((1, n.width)) if n.b_2 is None else floats(n.b_2)
            names = [name for name, size in n.activations for _ in range(size)]
            network = (floats(n.W_1), b_1, floats(n.W_2), b_2, names, n.residual)
        out.append((heads, network, part.residual))
    return out


def visible(mask: Any, tokens: Any) -> Array:
    """The mask as an N x N matrix of booleans."""
    M = np.ones((tokens.total, tokens.total), dtype=bool)
    if mask.keys is not None:
        seen = [p for name in mask.keys for p in range(*tokens.span(name))]
        M &= np.isin(np.arange(tokens.total), seen)[None, :]
    if mask.positions is not None:
        M &= np.isin(np.arange(tokens.total), mask.positions)[None, :]
    if mask.causal:
        M &= np.tri(tokens.total, dtype=bool)
    return M if mask.matrix is None else M & (floats(mask.matrix) == 1)


def floats(matrix: Any) -> Array:
    out = np.zeros(matrix.shape)
    for place, value in matrix.todok().items():
        out[place] = float(value)
    return out
