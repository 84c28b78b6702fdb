"""Why a fault is harmless: what the change can reach, followed from the place of the fault to the read-out.

Both encoders run side by side over entries of which only this is known: the same constant at every input, or not
(``known``), and whether the two encoders agree there at every input (``same``). Where the read-out is the same, the
place at which the last difference died is the reason. Nothing of the provers is used; what cancels by algebra
alone has no reason here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.second_opinion import Array, activate, copied, read, tokens, weights

ZERO = "it reads what is zero at every input"
KEYS = "the changed queries meet keys that are zero, or the changed keys queries that are"
LARGEST = "the weights stay the same: the scores that it changes are hidden, or not the largest, or alone in their row"
VALUE = "the changed weights meet values that are zero"
UNREAD = "it changes only what nobody reads"
CANCELS = "it cancels by algebra"


@dataclass
class Pair:
    """The same matrix in both encoders: constants ``left``, ``right`` where ``known``; ``same`` where both agree."""

    left: Array
    right: Array
    known: Array
    same: Array

    @classmethod
    def constant(cls, left: Array, right: Array) -> Pair:
        return cls(left, right, np.ones(left.shape, dtype=bool), left == right)

    @property
    def zero(self) -> Array:
        return self.known & (self.left == 0) & (self.right == 0)

    @property
    def T(self) -> Pair:
        return Pair(self.left.T, self.right.T, self.known.T, self.same.T)

    def __add__(self, other: Pair) -> Pair:
        return _settled(
            self.left + other.left, self.right + other.right, self.known & other.known, self.same & other.same
        )

    def __matmul__(self, other: Pair) -> Pair:
        mine, theirs = (~self.zero).astype(int), (~other.zero).astype(int)
        unknown = (~self.known).astype(int) @ theirs + mine @ (~other.known).astype(int) > 0
        differs = (~self.same).astype(int) @ theirs + mine @ (~other.same).astype(int) > 0
        left, right = self._filled(0) @ other._filled(0), self._filled(1) @ other._filled(1)
        return _settled(left, right, ~unknown, ~differs)

    def _filled(self, side: int) -> Array:
        return np.where(self.known, (self.left, self.right)[side], 0.0)


def _settled(left: Array, right: Array, known: Array, same: Array) -> Pair:
    return Pair(left, right, known, np.where(known, left == right, same))


Facts = tuple[list[Array], Array]
"""Where the weights of each head and the hidden units of a layer are known to be the same (squares: up to sign)."""


def reason(construction: Any, faulty: Any, facts: list[Facts] | None = None) -> str | None:
    """Why an encoder computes what the construction's own does, or None where this analysis cannot tell.

    ``facts`` says more about each layer; they are used where the layers differ.
    """
    ours, theirs = copied(construction.encoder), copied(faulty)
    if _shapes(ours) != _shapes(theirs):
        return None
    H, found = _start(construction), UNREAD
    for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
        before = H.same.all()
        with np.errstate(all="ignore"):
            H, died = _layer(H, one, other, facts[number] if facts and _differ(one, other) else None)
        if np.isnan(H.left).any() or np.isnan(H.right).any():
            return None
        if before and H.same.all() and died:
            found = died
    return found if _read(construction, H.same).all() else None


def _shapes(layers: list[Any]) -> list[Any]:
    return [
        ([[W.shape for W in head[:4]] for head in heads], network and network[0].shape) for heads, network, _ in layers
    ]


def _start(construction: Any) -> Pair:
    """The tokens: what inputs write is not known, everything else is a constant."""
    names = [name for name, _ in construction.inputs]
    shapes = dict(construction.inputs)
    low, high = (
        tokens(construction, construction.encoder, {k: np.full(shapes[k], v) for k in names}) for v in (2.0, 3.0)
    )
    return Pair(low, low, low == high, np.ones(low.shape, dtype=bool))


def _read(construction: Any, H: Array) -> Array:
    return read(construction, construction.encoder, H)


def _differ(ours: Any, theirs: Any) -> bool:
    flat = ([x for head in heads for x in head] + list(network or ()) for heads, network, _ in (ours, theirs))
    return not all(np.array_equal(a, b) for a, b in zip(*flat, strict=True))


def _layer(H: Pair, ours: Any, theirs: Any, facts: Facts | None = None) -> tuple[Pair, str | None]:
    """The pair after a layer, and where the last difference died if the layer brought one in."""
    out, died = _kept(H, ours[2], theirs[2]), None
    for number, (one, other) in enumerate(zip(ours[0], theirs[0], strict=True)):
        W_Q, W_K, W_V, W_O = (Pair.constant(a, b) for a, b in zip(one[:4], other[:4], strict=True))
        Q, K, V = H @ W_Q, H @ W_K, H @ W_V
        S = Q @ K.T
        P = _weights(S, one[4:], other[4:])
        if facts is not None:
            P = Pair(P.left, P.right, P.known, P.same | facts[0][number])
        added = P @ V @ W_O
        out = out + added
        if not added.same.all():
            continue
        for stage, why in (
            (P, VALUE),
            (S, LARGEST),
            (Pair.constant(*_normal(one, other)), LARGEST),
            (Q, KEYS),
            (K, KEYS),
        ):
            if not stage.same.all():
                died = died or why
        if not all(W.same.all() for W in (W_Q, W_K, W_V, W_O)):
            died = died or ZERO
    if ours[1] is None or theirs[1] is None:
        return out, died
    moves, (one, other) = _linear(ours[1], theirs[1], fold=facts is None)
    changed = not (moves.same.all() and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True)))
    after = out @ moves + _network(out, one, other, facts and facts[1])
    return after, died or (ZERO if changed and after.same.all() else None)


def _linear(ours: Any, theirs: Any, fold: bool) -> tuple[Pair, tuple[Any, Any]]:
    """The residual and the identity units together, which may clear a slot; and the networks without these units."""
    linear = np.array([fold and a == b == "identity" for a, b in zip(ours[4], theirs[4], strict=True)])
    moves, others = [], []
    for W_1, b_1, W_2, b_2, activations, residual in (ours, theirs):
        moves.append(np.eye(len(W_1)) * residual + W_1[:, linear] @ W_2[linear])
        left = [name for name, skip in zip(activations, linear, strict=True) if not skip]
        others.append((W_1[:, ~linear], b_1[:, ~linear], W_2[~linear], b_2 + b_1[:, linear] @ W_2[linear], left))
    return Pair.constant(*moves), (others[0], others[1])


def _normal(one: Any, other: Any) -> tuple[Array, Array]:
    """Mask and normaliser of two heads as arrays that are equal when they are."""
    different = one[5] != other[5] or not np.array_equal(one[4], other[4])
    return np.zeros((1, 1)), np.full((1, 1), float(different))


def _kept(H: Pair, ours: bool, theirs: bool) -> Pair:
    known = H.known | ((not ours) and (not theirs))
    left, right = H.left * ours, H.right * theirs
    return Pair(left, right, known, np.where(known, left == right, H.same & (ours == theirs)))


def _weights(S: Pair, ours: Any, theirs: Any) -> Pair:
    """The weights of a head. A row is constant where its visible scores are known, or it sees one key."""
    (M, normaliser), (M_2, normaliser_2) = ours, theirs
    left, right = weights(S.left, M, normaliser), weights(S.right, M_2, normaliser_2)
    hidden = ~(M | M_2)
    if normaliser == normaliser_2 == "linear":
        known, same = S.known | hidden, (S.same & (M == M_2)) | hidden
    else:
        alone = (
            (M.sum(axis=1, keepdims=True) == 1)
            & (M_2.sum(axis=1, keepdims=True) == 1)
            & ("linear" not in (normaliser, normaliser_2))
        )
        known = hidden | alone | (S.known | hidden).all(axis=1, keepdims=True)
        like = (S.same | hidden).all(axis=1, keepdims=True) & (M == M_2).all(axis=1, keepdims=True)
        same = (like & (normaliser == normaliser_2)) | hidden
    return _settled(np.where(known, left, 0.0), np.where(known, right, 0.0), known, same)


def _network(H: Pair, ours: Any, theirs: Any, fact: Array | None = None) -> Pair:
    rows = np.ones((len(H.left), 1))
    hidden = H @ Pair.constant(ours[0], theirs[0]) + Pair.constant(rows @ ours[1], rows @ theirs[1])
    rest = Pair.constant(rows @ ours[3], rows @ theirs[3])
    if not ours[4]:
        return rest
    if fact is not None:
        hidden = Pair(hidden.left, hidden.right, hidden.known, hidden.same | fact)
    columns = []
    for u, (name, name_2) in enumerate(zip(ours[4], theirs[4], strict=True)):
        known = hidden.known[:, u]
        left, right = (
            activate(n, np.where(known, side[:, u], 1.0)) for n, side in ((name, hidden.left), (name_2, hidden.right))
        )
        columns.append(_settled(left, right, known, hidden.same[:, u] & (name == name_2)))
    active = Pair(
        *(np.column_stack([getattr(c, part) for c in columns]) for part in ("left", "right", "known", "same"))
    )
    return active @ Pair.constant(ours[2], theirs[2]) + rest
