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
from hashlib import sha256
from typing import Any

from symsim.proof import recheck, recheck_blocks, recheck_cases
from tests.certificate_numbers import NORMALISERS, holds

NUMBERS = ("0", "1", "-1", "2", "1/2", "3")
ACTIVATIONS = ("relu", "square", "exp", "reciprocal", "step", "identity", "layernorm")
KINDS = ("name", "product", "sum", "hadamard", "scaled", "transpose", "softmax", "causal_softmax", "identity", "ones",
         "layernorm")


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
    kind = content.get("kind") if isinstance(content, dict) else None
    return recheck_blocks if kind == "blocks" else recheck_cases if kind == "cases" else recheck


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
    """Everything but the cuts, the tree of cases and the hash."""
    found = {key: value for key, value in content.items() if key not in ("hash", "tree")}
    for side in ("left", "right"):
        found[side] = {key: value for key, value in found[side].items() if key != "cuts"}
    return canonical(found)
