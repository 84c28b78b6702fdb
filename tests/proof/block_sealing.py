"""Certificates for all sizes written by hand: weights and encoders of symbolic size, sealed without the package."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from symsim.proof import recheck_blocks
from tests.proof.sealing import canonical

X, Y, S, u, tau = (["name", name] for name in ("X", "Y", "S", "u", "tau"))
ONE, TWO = ["number", "1"], ["number", "2"]
INPUTS = [["X", "n", "d"], ["Y", "n", "d"], ["S", "n", "n"], ["u", "n", 1]]
GRAM = ["product", X, ["transpose", X]]


def turned(tree: Any) -> Any:
    return ["transpose", tree]


def formula(tree: Any) -> dict[str, Any]:
    return {"kind": "formula", "tree": tree}


def blocks(left: Any, right: Any, **changes: Any) -> dict[str, Any]:
    """A claim about all sizes n and d; a side is a tree or already a side."""
    sides = [side if isinstance(side, dict) else formula(side) for side in (left, right)]
    body = {"schema_version": 1, "kind": "blocks", "sizes": ["n", "d"], "inputs": INPUTS, "scalars": ["tau"],
            "left": sides[0], "right": sides[1], "side_conditions": []}
    return {**body, **changes}


def sealed(body: dict[str, Any], **changes: Any) -> bytes:
    """The bytes of a certificate with its claim and its hash; ``changes`` are made before it is sealed."""
    body = json.loads(canonical({**body, **changes}))
    if "claim" not in body:
        body["claim"] = recheck_blocks.claimed(body)
    return canonical({**body, "hash": hashlib.sha256(canonical(body)).hexdigest()}) + b"\n"


def established(left: Any, right: Any, **changes: Any) -> str:
    """The claim that the checker establishes of two sides."""
    return recheck_blocks.establish(sealed(blocks(left, right, **changes)))


def weight(*places: Any) -> list[Any]:
    """A weight from ``(row, column)``, 1 there, or ``(row, column, coefficient)``."""
    return [[i, j, *(rest or [ONE])] for i, j, *rest in places]


def head(normaliser: str = "softmax", keys: Any = (0,), causal: bool = False, inner: Any = ("d",), middle: Any = ("d",),
         W_Q: Any = ((0, 0),), W_K: Any = ((0, 0),), W_V: Any = ((0, 0),), W_O: Any = ((0, 0),)) -> dict[str, Any]:
    """A head that reads and writes slot 0, unless told otherwise."""
    return {"normaliser": normaliser, "keys": list(keys), "causal": causal, "inner": list(inner),
            "middle": list(middle), "W_Q": weight(*W_Q), "W_K": weight(*W_K), "W_V": weight(*W_V), "W_O": weight(*W_O)}


def network(*runs: Any, W_1: Any = ((0, 0),), W_2: Any = ((0, 0),)) -> dict[str, Any]:
    """Units that read and write slot 0; a run is ``(function, size)``."""
    return {"activations": [list(run) for run in runs], "W_1": weight(*W_1), "W_2": weight(*W_2)}


def layer(*heads: Any, units: Any = None, residual: bool = True, residual_2: bool = True) -> dict[str, Any]:
    return {"heads": list(heads), "feed_forward": units, "residual": residual, "residual_2": residual_2}


def encoder(*layers: Any, at: Any = ((0, 0, X), (1, 0, Y)), readout: Any = (0, 0), slots: Any = ("d", "d"),
            tokens: Any = ("n", "n")) -> dict[str, Any]:
    """Two groups of n tokens and two slots of width d; X in the first, Y in the second group of slot 0."""
    return {"kind": "encoder", "slots": [[f"s{k}", size] for k, size in enumerate(slots)],
            "tokens": [[f"t{k}", size] for k, size in enumerate(tokens)], "layers": list(layers),
            "placements": [list(place) for place in at], "readout": list(readout)}
