"""Why a fault is harmless where algebra and not the wiring makes it so: measured at random real inputs.

A fault that ``harmless`` cannot explain changes numbers on the way to the read-out, and they are forgotten on the
way: this names the place. It is a reason for a reader, measured at points; that
the fault is harmless is what the prover proves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.harmless import reason
from tests.second_opinion import Array, activate, copied, layer, tokens, weights

POINTS = 6
SYMMETRIC = "(x + y)^2 - (x - y)^2 does not see x and y swapped"
EQUAL = "the slots that it swaps hold the same"
COMMUTES = "1 x 1 matrices commute: the scores are the same"
ALONE = "a row that sees one key alone takes its value as it is, with or without attention"
SHIFT = "it shifts all scores of a row alike, or scales all exponentials of a row alike: softmax forgets it"
ORDER = "it adds the terms of a sum in another order"
BETWEEN = "weights of a softmax lie between 0 and 1, so the largest scores stay the largest"


def algebra(construction: Any, faulty: Any) -> str | None:
    """The place where the change is forgotten, the same at all points, or None."""
    source = np.random.default_rng(5)
    found, runs = [], []
    for _ in range(POINTS):
        inputs = {name: source.uniform(-1, 1, shape) for name, shape in construction.inputs}
        runs.append((_run(construction, construction.encoder, inputs), _run(construction, faulty, inputs)))
        found.append(_place(*runs[-1], _grid(construction)))
    names = (ORDER, SYMMETRIC, SHIFT, COMMUTES, ALONE, BETWEEN, EQUAL)
    first = next((name for name in names if all(name in at_point for at_point in found)), None)
    return first or _where_read(construction, faulty, runs)


def _where_read(construction: Any, faulty: Any, runs: list[Any]) -> str | None:
    """Weights or hidden units that are the same at all points wherever somebody reads what comes of them."""
    if any([name for name, _ in ours] != [name for name, _ in theirs] for ours, theirs in runs):
        return None
    told = [
        (name, np.all([_alike(name, a[k][1], b[k][1]) for a, b in runs], axis=0))
        for k, (name, _) in enumerate(runs[0][0])
    ]
    facts: list[Any] = []
    for layer_ in construction.encoder.layers:
        heads = [told.pop(0) and told.pop(0)[1] for _ in layer_.heads]
        units = layer_.feed_forward.units if layer_.feed_forward is not None else 0
        hidden = [told.pop(0)[1] for _ in range(units)]
        del told[:units]
        facts.append((heads, np.column_stack(hidden) if hidden else np.zeros((1, 1), dtype=bool)))
    weights_only = [(heads, hidden & False) for heads, hidden in facts]
    if reason(construction, faulty, weights_only) is not None:
        return BETWEEN
    return EQUAL if reason(construction, faulty, facts) is not None else None


def _alike(name: str, a: Array, b: Array) -> Array:
    return np.isclose(abs(a), abs(b)) if name == "square" else np.isclose(a, b)


def _grid(construction: Any) -> tuple[int, int]:
    """Rows and columns of the scores where they lie as scalars, position by position."""
    return next((cut.formula.shape for cut in construction.cuts if cut.name == "W"), (0, 0))


def _run(construction: Any, encoder: Any, inputs: dict[str, Array]) -> list[tuple[str, Array]]:
    """What happens on the way: scores and weights of heads, hidden units before and after activation."""
    H, out = tokens(construction, encoder, inputs), []
    for heads, network, residual in copied(encoder):
        for W_Q, W_K, _, _, M, normaliser in heads:
            S = (H @ W_Q) @ (H @ W_K).T
            out += [(f"scores {normaliser}", np.where(M, S, 0.0)), ("weights", weights(S, M, normaliser))]
        if network is not None:
            hidden = layer(H, heads, None, residual) @ network[0] + network[1]
            out += [(name, hidden[:, u]) for u, name in enumerate(network[4])]
            out += [("after", activate(name, hidden[:, u])) for u, name in enumerate(network[4])]
        H = layer(H, heads, network, residual)
    return out


def _place(ours: list[tuple[str, Array]], theirs: list[tuple[str, Array]], grid: tuple[int, int]) -> set[str]:
    found: set[str] = set()
    told, told_2 = _told(ours), _told(theirs)
    if told != told_2 and sorted(told) == sorted(told_2):
        found.add(ORDER)
    if [name for name, _ in ours] != [name for name, _ in theirs]:
        return found
    pairs = [(name, a, b) for (name, a), (_, b) in zip(ours, theirs, strict=True)]
    squares = [(a, b) for name, a, b in pairs if name == "square"]
    if any(not np.allclose(a, b) for a, b in squares) and all(np.allclose(abs(a), abs(b)) for a, b in squares):
        found.add(SYMMETRIC)
    for (name, S, S_2), (_, P, P_2) in zip(pairs, pairs[1:], strict=False):
        if not name.startswith("scores"):
            continue
        rows = [i for i in range(len(P)) if np.allclose(P[i], P_2[i])]
        if name == "scores softmax" and rows:
            same = ALONE if np.allclose(P[rows].max(axis=1), 1) else COMMUTES
            found.add(same if np.allclose(S[rows], S_2[rows]) else SHIFT)
        if name.endswith("hard") and not np.allclose(S, S_2) and np.allclose(P, P_2):
            found.add(BETWEEN)
    cells = grid[0] * grid[1]
    for name, a, b in pairs:
        if name == "reciprocal" and not np.allclose(a[:cells], b[:cells]):
            ratio = (b[:cells] / a[:cells]).reshape(grid)
            if np.allclose(ratio, ratio[:, :1]):
                found.add(SHIFT)
    if all(np.allclose(a, b) for _, a, b in pairs):
        found.add(EQUAL)
    return found


def _told(run: list[tuple[str, Array]]) -> list[tuple[str, bytes]]:
    return [(name, (np.round(a, 9) + 0.0).tobytes()) for name, a in run]
