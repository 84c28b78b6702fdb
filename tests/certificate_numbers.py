"""The claim of a certificate in machine numbers, at random points; it shares nothing with the checkers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np

NORMALISERS = ("softmax", "linear", "average-hard", "unique-hard", "unique-hard-right")


def holds(content: Any, points: int = 3) -> bool:
    """Whether the claim of a content holds at random points (or on words), in machine numbers."""
    rng = np.random.default_rng(0)
    for given, sides in _cases(content, rng, points):
        try:
            with np.errstate(all="ignore"):
                values = [_side(side, given) for side in sides]
        except FloatingPointError:
            continue
        if values[0].shape != values[1].shape or not np.allclose(*values, rtol=1e-6, atol=1e-8, equal_nan=True):
            return False
    return True


def _cases(content: Any, rng: Any, points: int) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    if content["kind"] == "symbolic":
        for _ in range(points):
            yield {
                name: rng.uniform(-1, 1, (r, c)) if kind == "real" else rng.integers(0, 2, (r, c)).astype(float)
                for name, r, c, kind in content["inputs"]
            }, [content["left"], content["right"]]
        return
    if content["kind"] == "cases":
        for _ in range(20 * points):  # halves, so that there are ties
            yield {
                name: rng.integers(-4, 5, (r, c)) / 2 for name, r, c in content["inputs"]
            }, [content["left"], content["right"]]
        return
    if content["kind"] == "blocks":
        for _ in range(points):
            sizes = {name: int(rng.integers(1, 4)) for name in content["sizes"]}
            fixed = {name: sizes.get(name, name) for name in sizes}
            given = {
                name: rng.uniform(-1, 1, (fixed.get(r, r), fixed.get(c, c))) for name, r, c in content["inputs"]
            } | {name: rng.uniform(-1, 1, (1, 1)) for name in content["scalars"]}
            yield given, [_written_out(content[side], sizes) for side in ("left", "right")]
        return
    codes = [float(Fraction(code)) for _, code in content["letters"]]
    for n in range(1, content["length"] + 1):
        text = json.dumps([content["left"], content["right"]]).replace('"#"', str(n))
        for _ in range(points):
            row = rng.integers(0, len(codes), n)
            column = {"word": [codes[k] for k in row], "letter": row, "index": range(n)}
            yield {name: np.array(list(v), float).reshape(n, 1) for name, v in column.items()}, json.loads(text)


def _side(side: Any, given: dict[str, Any]) -> Any:
    if side["kind"] != "encoder":
        known = dict(given)
        for name, tree in side["definitions"]:
            known[name] = _value_of(tree, known)
        return _value_of(side["tree"], known)
    state = np.zeros([sum(size for _, size in side[layout]) for layout in ("tokens", "slots")])
    for top, left, tree in side["placements"]:
        block = _value_of(tree, given)
        rows, cols = np.nonzero(block)  # zeros take no place
        state[top + rows, left + cols] += block[rows, cols]
    for layer in side["layers"]:
        state = _layer(layer, state, given)
    top, left, tall, wide, cols = side["readout"]
    return state[top : top + tall, left : left + wide].reshape(-1, cols)


def _written_out(side: Any, sizes: dict[str, int]) -> Any:
    """A side of symbolic size at concrete sizes."""
    put = _put(side, sizes)
    if side["kind"] == "formula":
        return {"kind": "formula", "definitions": [], "tree": put["tree"]}
    slots, tokens = [size for _, size in put["slots"]], [size for _, size in put["tokens"]]
    columns, rows = _starts(slots), _starts(tokens)
    layers = []
    for layer in put["layers"]:
        heads = []
        for head in layer["heads"]:
            inner, middle = head["inner"], head["middle"]
            cuts = {"W_Q": (slots, inner), "W_K": (slots, inner), "W_V": (slots, middle), "W_O": (middle, slots)}
            weights = {part: _explicit(head[part], *cut) for part, cut in cuts.items()}
            ranges = [[rows[k], rows[k] + tokens[k]] for k in head["keys"]]
            heads.append({"normaliser": head["normaliser"], "mask": [ranges, head["causal"]], **weights})
        network = layer["feed_forward"]
        if network is not None:
            hidden = [size for _, size in network["activations"]]
            W_1, W_2 = _explicit(network["W_1"], slots, hidden), _explicit(network["W_2"], hidden, slots)
            zeros = [{"shape": [1, sum(part)], "entries": []} for part in (hidden, slots)]
            network = {"activations": network["activations"], "W_1": W_1, "W_2": W_2, "b_1": zeros[0], "b_2": zeros[1]}
        layers.append({**layer, "heads": heads, "feed_forward": network})
    group, slot = put["readout"]
    return {
        **put,
        "layers": layers,
        "placements": [[rows[g], columns[s], tree] for g, s, tree in put["placements"]],
        "readout": [rows[group], columns[slot], tokens[group], slots[slot], slots[slot]],
    }


def _put(data: Any, sizes: dict[str, int]) -> Any:
    """Size names replaced by numbers, where a name does not stand for a matrix."""
    if isinstance(data, dict):
        layouts = {k: [[label, _put(size, sizes)] for label, size in data[k]] for k in ("slots", "tokens") if k in data}
        return {key: layouts.get(key) or _put(value, sizes) for key, value in data.items()}
    if isinstance(data, list):
        return data if data[:1] == ["name"] else [_put(value, sizes) for value in data]
    return sizes.get(data, data) if isinstance(data, str) else data


def _starts(sizes: list[int]) -> list[int]:
    return [sum(sizes[:k]) for k in range(len(sizes))]


def _explicit(blocks: Any, rows: list[int], cols: list[int]) -> Any:
    """A weight of multiples of identities, entry by entry."""
    tops, lefts = _starts(rows), _starts(cols)
    entries = [[tops[i] + k, lefts[j] + k, tree] for i, j, tree in blocks for k in range(rows[i])]
    return {"shape": [sum(rows), sum(cols)], "entries": entries}


def _layer(layer: Any, state: Any, given: Any) -> Any:
    after = state if layer["residual"] else 0 * state
    for head in layer["heads"]:
        after = after + _head(head, state, given)
    network = layer["feed_forward"]
    if network is None:
        return after
    hidden = after @ _weight(network["W_1"], given) + _weight(network["b_1"], given)
    starts = _starts([size for _, size in network["activations"]])
    runs = zip(network["activations"], starts, strict=True)
    active = np.hstack([_units(name, hidden[:, start : start + size]) for (name, size), start in runs])
    out = active @ _weight(network["W_2"], given) + _weight(network["b_2"], given)
    return after + out if layer["residual_2"] else out


def _head(head: Any, state: Any, given: Any) -> Any:
    W_Q, W_K, W_V, W_O = (_weight(head[part], given) for part in ("W_Q", "W_K", "W_V", "W_O"))
    ranges, causal = head["mask"]
    n = len(state)
    seen = np.zeros((n, n), bool)
    for start, stop in ranges:
        seen[:, start:stop] = True
    if causal:
        seen &= np.tri(n, dtype=bool)
    return _normalised(head["normaliser"], state @ W_Q @ (state @ W_K).T, seen) @ (state @ W_V @ W_O)


def _normalised(name: str, scores: Any, seen: Any) -> Any:
    if name == "linear":
        return np.where(seen, scores, 0)
    top = np.where(seen, scores, -np.inf).max(axis=1, keepdims=True)
    if name == "softmax":
        weights = np.where(seen, np.exp(scores - np.where(np.isfinite(top), top, 0)), 0)
    else:
        weights = (seen & (scores >= top - 1e-9)).astype(float)
        if name != "average-hard":
            kept = weights[:, ::-1] if name == "unique-hard-right" else weights
            first = kept * (np.cumsum(kept, axis=1) == 1)
            weights = first[:, ::-1] if name == "unique-hard-right" else first
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


def _weight(data: Any, given: dict[str, Any]) -> Any:
    found = np.zeros(data["shape"])
    for i, j, value in data["entries"]:
        found[i, j] = float(Fraction(value)) if isinstance(value, str) else _value_of(value, given)[0, 0]
    return found


def _apply(name: str, v: Any) -> Any:
    known: dict[str, Callable[[Any], Any]] = {
        "identity": lambda x: x,
        "square": lambda x: x * x,
        "exp": np.exp,
        "reciprocal": lambda x: 1 / x,
        "relu": lambda x: np.maximum(x, 0),
        "step": lambda x: (x >= 0).astype(float),
        "abs": np.abs,
        "round": np.round,
        "silu": lambda x: x / (1 + np.exp(-x)),
    }
    return known.get(name, lambda x: np.sin(len(name) * x + 1))(v)


def _units(name: str, run: Any) -> Any:
    """A run of units of one kind: a norm is of the run, any other function of each unit."""
    return _norm(run) if name == "layernorm" else _apply(name, run)


def _norm(x: Any) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)


def _value_of(tree: Any, given: dict[str, Any]) -> Any:
    kind, *args = tree
    below = [_value_of(part, given) for part in args if isinstance(part, list)]
    compare = {"<": np.less, "<=": np.less_equal, "==": np.isclose, "%": np.mod}
    rules: dict[str, Callable[[], Any]] = {
        "name": lambda: given[args[0]],
        "number": lambda: np.full((1, 1), float(Fraction(args[0]))),
        "ones": lambda: np.ones((args[0], args[1])),
        "identity": lambda: np.eye(args[0]),
        "matrix": lambda: _weight(args[0], given),
        "sum": lambda: sum(below[1:], below[0]),
        "product": lambda: np.linalg.multi_dot(below) if len(below) > 1 else below[0],
        "hadamard": lambda: below[0] * below[1],
        "scaled": lambda: below[0][0, 0] * below[1],
        "transpose": lambda: below[0].T,
        "reshape": lambda: below[0].reshape(args[1], args[2]),
        "apply": lambda: _apply(args[0], below[0]),
        "layernorm": lambda: _norm(below[0]),
        "binary": lambda: compare[args[0]](below[0], below[1]).astype(float),
        **{name: lambda name=name: _normalised(name, below[0], _sight(below)) for name in NORMALISERS[2:]},
        "softmax": lambda: _normalised("softmax", below[0], _sight(below)),
        "causal_softmax": lambda: _normalised("softmax", below[0], _sight(below) & np.tri(*below[0].shape, dtype=bool)),
    }
    return rules[kind]()


def _sight(below: list[Any]) -> Any:
    return below[1] != 0 if len(below) > 1 else np.ones(below[0].shape, bool)
