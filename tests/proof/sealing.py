"""Certificates written by hand: trees, weights, encoders and whole files, sealed without the package."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from symsim.proof import recheck

X, Y, Z = (["name", name] for name in "XYZ")
SQUARES = [["X", 2, 2, "real"], ["Y", 2, 2, "real"], ["Z", 2, 2, "real"]]


def canonical(data: Any) -> bytes:
    """Sorted keys, no spaces."""
    return json.dumps(data, sort_keys=True, separators=(",", ":")).encode()


def sealed(body: dict[str, Any], **changes: Any) -> bytes:
    """The bytes of a certificate with its claim and its hash; ``changes`` are made before it is sealed."""
    body = json.loads(canonical({"schema_version": 1, **body, **changes}))
    if "claim" not in body:
        body["claim"] = recheck.claimed(body)
    return canonical({**body, "hash": hashlib.sha256(canonical(body)).hexdigest()}) + b"\n"


def formula(tree: Any, definitions: Any = (), kind: str = "formula") -> dict[str, Any]:
    """A formula or a program as a side."""
    return {"kind": kind, "definitions": [list(d) for d in definitions], "tree": tree}


def symbolic(left: Any, right: Any, inputs: Any = SQUARES, conditions: Any = ()) -> dict[str, Any]:
    """A claim about all inputs; a side is a tree or already a side."""
    sides = [side if isinstance(side, dict) else formula(side) for side in (left, right)]
    return {"kind": "symbolic", "inputs": inputs, "left": sides[0], "right": sides[1],
            "side_conditions": list(conditions)}


def exhaustive(left: Any, right: Any, letters: Any = (("a", "0"), ("b", "1")), length: int = 2) -> dict[str, Any]:
    """A claim about all words."""
    sides = [side if isinstance(side, dict) else formula(side, kind="program") for side in (left, right)]
    return {"kind": "exhaustive", "letters": [list(a) for a in letters], "length": length, "left": sides[0],
            "right": sides[1], "side_conditions": []}


def weight(*rows: Any) -> dict[str, Any]:
    """A weight from its rows."""
    entries = [[i, j, str(v)] for i, row in enumerate(rows) for j, v in enumerate(row) if v != 0]
    return {"entries": entries, "shape": [len(rows), len(rows[0])]}


def constant(*rows: Any) -> list[Any]:
    """A matrix of numbers as a formula."""
    return ["matrix", weight(*rows)]


def number(value: Any) -> list[Any]:
    return ["number", str(value)]


def unit(n: int) -> dict[str, Any]:
    """The identity as a weight."""
    return weight(*([int(i == j) for j in range(n)] for i in range(n)))


def head(W_Q: Any, W_K: Any, W_V: Any, W_O: Any, name: str = "softmax", mask: Any = ((0, 99),), causal: bool = False
         ) -> dict[str, Any]:
    return {"W_Q": W_Q, "W_K": W_K, "W_V": W_V, "W_O": W_O, "normaliser": name,
            "mask": [[list(r) for r in mask], causal]}


def layer(*heads: Any, network: Any = None, residual: bool = True, residual_2: bool = True) -> dict[str, Any]:
    return {"heads": list(heads), "feed_forward": network, "residual": residual, "residual_2": residual_2}


def network(W_1: Any, b_1: Any, W_2: Any, b_2: Any, *runs: Any) -> dict[str, Any]:
    return {"W_1": W_1, "b_1": b_1, "W_2": W_2, "b_2": b_2, "activations": [list(run) for run in runs]}


def encoder(tokens: int, slots: int, layers: Any, placements: Any, readout: Any, cuts: Any = ()) -> dict[str, Any]:
    """One token group and one slot; a place is ``[top, left, rows, columns]``."""
    return {"kind": "encoder", "tokens": [["t", tokens]], "slots": [["s", slots]], "layers": list(layers),
            "placements": [list(p) for p in placements], "readout": list(readout), "cuts": [list(c) for c in cuts]}

ONES = ["ones", 2, 2]
INVERSE = ["apply", "reciprocal", X]
HALF = number("1/2")


def exp(tree: Any) -> list[Any]:
    return ["apply", "exp", tree]


def relu(tree: Any) -> list[Any]:
    return ["apply", "relu", tree]


def given(*trees: Any) -> list[Any]:
    """The inputs that occur in trees."""
    shown = str(trees)
    return [row for row in SQUARES if f"'{row[0]}'" in shown]


I2 = unit(2)
SUM = ["product", X, ["transpose", X]]
ATTENTION = ["product", ["softmax", SUM], X]
FIRST = constant((1, 0), (1, 0))


def stack(*layers: Any, at: Any = ((0, 0, X),), readout: Any = (0, 0, 2, 2, 2), cuts: Any = (), size: Any = (2, 2)
          ) -> dict[str, Any]:
    return encoder(*size, layers, at, readout, cuts)


def plain(name: str = "softmax", **parts: Any) -> dict[str, Any]:
    return head(I2, I2, I2, I2, name, **parts)
