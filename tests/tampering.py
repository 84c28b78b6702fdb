"""Altered certificates: what may be done to one, and whether accepting the result is wrong.

An acceptance is wrong where the printed claim is false, or is that of the original although both sides or the inputs
were changed. Claims are judged by machine numbers, with an evaluator that shares nothing with the checker.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from typing import Any

import numpy as np

from symsim.proof import recheck, recheck_blocks

NUMBERS = ("0", "1", "-1", "2", "1/2", "3")
NORMALISERS = ("softmax", "linear", "average-hard", "unique-hard", "unique-hard-right")
ACTIVATIONS = ("relu", "square", "exp", "reciprocal", "step", "identity")
KINDS = ("name", "product", "sum", "hadamard", "scaled", "transpose", "softmax", "causal_softmax", "identity", "ones")


@dataclass(frozen=True)
class Tampered:
    """An altered certificate, and what was done to it."""

    how: str
    data: bytes


def canonical(content: Any) -> bytes:
    """The canonical text, written here once more."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def checker(content: Any) -> Any:
    """The checker for the kind of a content."""
    return recheck_blocks if isinstance(content, dict) and content.get("kind") == "blocks" else recheck


def forged(content: dict[str, Any], claim: bool = True) -> bytes:
    """The bytes of a content with its hash, and with ``claim`` the claim that belongs to it, made anew."""
    body = {key: value for key, value in content.items() if key != "hash"}
    if claim:
        try:
            body["claim"] = checker(body).claimed(body)
        except Exception:
            pass  # the content is beyond saying, and stays with the old claim
    return canonical({**body, "hash": sha256(canonical(body)).hexdigest()}) + b"\n"


# -- alterations ------------------------------------------------------------------------------------------------------
def tampered(data: bytes, seed: int) -> Tampered:
    """One alteration of a certificate, drawn by ``seed``."""
    rng = random.Random(seed)
    rules: list[Callable[[bytes, random.Random], bytes]] = [_bytes, _truncated, _spaced, _twice, _hash, _fields]
    rule = rng.choice(rules + [_value] * 10 + [_part] * 4)
    return Tampered(rule.__name__.strip("_"), rule(data, rng))


def _bytes(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def _truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def _spaced(data: bytes, rng: random.Random) -> bytes:
    """The same content in bytes that are not canonical."""
    content = json.loads(data)
    return rng.choice([data + b"\n", data[:-1], data.replace(b",", b", ", 1), json.dumps(content).encode() + b"\n"])


def _twice(data: bytes, rng: random.Random) -> bytes:
    return data.replace(b'{"', b'{"claim":"false","', 1)


def _hash(data: bytes, rng: random.Random) -> bytes:
    content = json.loads(data)
    content["hash"] = sha256(rng.randbytes(8)).hexdigest()
    return canonical(content) + b"\n"


def _fields(data: bytes, rng: random.Random) -> bytes:
    """A field more, a field less, or two fields exchanged."""
    content = json.loads(data)
    keys = sorted(content)
    what = rng.randrange(3)
    if what == 0:
        content[rng.choice(["note", "trusted", "cuts", "seconds"])] = rng.choice([None, True, "proved"])
    elif what == 1:
        del content[rng.choice(keys)]
    else:
        first, second = rng.sample(keys, 2)
        content[first], content[second] = content[second], content[first]
    return forged(content, rng.random() < 0.5)


def _places(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values, in a fixed order."""
    if path:
        yield path
    if isinstance(content, dict):
        for key in sorted(content):
            yield from _places(content[key], (*path, key))
    elif isinstance(content, list):
        for k, value in enumerate(content):
            yield from _places(value, (*path, k))


def _at(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        content = content[key]
    return content


def _value(data: bytes, rng: random.Random) -> bytes:
    """One number, name or flag of the content is another one; the hash is made anew, and mostly the claim too."""
    content = json.loads(data)
    leaves = [p for p in _places(content) if not isinstance(_at(content, p), dict | list) and p[0] not in ("hash",)]
    groups: dict[Any, list[tuple[Any, ...]]] = {}
    for path in leaves:
        groups.setdefault(tuple(key for key in path if isinstance(key, str)), []).append(path)
    path = rng.choice(groups[rng.choice(sorted(groups))])
    old = _at(content, path)
    _at(content, path[:-1])[path[-1]] = _another(old, leaves, content, rng)
    return forged(content, rng.random() < 0.8)


def _another(old: Any, leaves: list[tuple[Any, ...]], content: Any, rng: random.Random) -> Any:
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return rng.choice([old + 1, max(old - 1, 0), 0, -1, True, str(old), 10**9])
    if old is None:
        return rng.choice([0, "X", []])
    for known in (NORMALISERS, ACTIVATIONS, KINDS):
        if old in known and rng.random() < 0.9:
            return rng.choice(known)
    if set(old) <= set("-/0123456789"):
        return rng.choice([*NUMBERS, "2/2", "1e3", "NaN", 1])
    strings = [_at(content, p) for p in leaves if isinstance(_at(content, p), str)]
    return rng.choice([*strings[:50], old + "'", "", "Z"])


def _part(data: bytes, rng: random.Random) -> bytes:
    """A list with an entry less, an entry twice, two entries exchanged, or a part in the place of another one."""
    content = json.loads(data)
    lists = [p for p in _places(content) if isinstance(_at(content, p), list) and _at(content, p)]
    chosen = _at(content, rng.choice(lists))
    what = rng.randrange(4)
    k, j = rng.randrange(len(chosen)), rng.randrange(len(chosen))
    if what == 0:
        del chosen[k]
    elif what == 1:
        chosen.insert(j, copy.deepcopy(chosen[k]))
    elif what == 2:
        chosen[k], chosen[j] = chosen[j], chosen[k]
    else:
        chosen[k] = copy.deepcopy(_at(content, rng.choice(lists)))
    return forged(content, rng.random() < 0.8)


def attack(original: bytes, seeds: Iterable[int]) -> Counter[str]:
    """What became of one alteration for each seed; ``WRONG`` entries name the seed."""
    found: Counter[str] = Counter()
    for seed in seeds:
        outcome = verdict(original, tampered(original, seed).data)
        found[f"{outcome} (seed {seed})" if outcome.startswith("WRONG") else outcome] += 1
    return found


# -- judging ----------------------------------------------------------------------------------------------------------
def verdict(original: bytes, changed: bytes) -> str:
    """``rejected``, ``same`` (the claim of the original), ``other`` (another claim, and a true one), or ``WRONG``."""
    before = json.loads(original)
    try:
        claim = checker(before).establish(changed)
    except Exception:
        return "rejected"
    after = json.loads(changed)
    if claim == before["claim"]:
        return "same" if _asked(before) == _asked(after) else "WRONG: the claim of the original for another content"
    return "other" if holds(after) else "WRONG: a false claim"


def _asked(content: Any) -> Any:
    """Everything but the cuts and the hash."""
    found = {key: value for key, value in content.items() if key != "hash"}
    for side in ("left", "right"):
        found[side] = {key: value for key, value in found[side].items() if key != "cuts"}
    return canonical(found)


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
        text = canonical([content["left"], content["right"]]).decode().replace('"#"', str(n))
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
        return {key: _put(value, sizes) for key, value in data.items()}
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
    names = [name for name, size in network["activations"] for _ in range(size)]
    active = np.stack([_apply(name, hidden[:, u]) for u, name in enumerate(names)], axis=1)
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
        "binary": lambda: compare[args[0]](below[0], below[1]).astype(float),
        "softmax": lambda: _normalised("softmax", below[0], _sight(below)),
        "causal_softmax": lambda: _normalised("softmax", below[0], _sight(below) & np.tri(*below[0].shape, dtype=bool)),
    }
    return rules[kind]()


def _sight(below: list[Any]) -> Any:
    return below[1] != 0 if len(below) > 1 else np.ones(below[0].shape, bool)
