"""Theorems of fixed sizes that ``make rocq`` compiles, with a lemma for every node, and faults that coqc refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas import matrix, softmax
from symsim.simulators import scalars, universal

Build = Callable[[], Construction]


def _at(n: int, d: int, d_v: int, **options: Any) -> Build:
    return lambda: universal(n=n, d=d, d_v=d_v, **options)


FIXED: dict[str, Build] = {
    "R_2_2_2": _at(2, 2, 2),
    "R_3_1_2": _at(3, 1, 2),
    "R_causal": _at(2, 1, 1, mask="causal"),
    "R_padding": _at(2, 1, 1, padding=1),
    "R_heads_2": _at(2, 1, 1, d_k=1, heads=2),
    "R_encoder_layer": _at(2, 1, 1, d_k=1, d_ff=1),
    "P_1_1_1": _at(1, 1, 1, realisation="scalars"),
    "P_2_1_1": _at(2, 1, 1, realisation="scalars"),
    "P_2_2_2": _at(2, 2, 2, realisation="scalars"),
    "P_narrow_2_2_2": _at(2, 2, 2, realisation="scalars-narrow"),
    "transposition": lambda: scalars.transposition(2, 3),
    "product": lambda: scalars.product(2, 3, 2),
    "product_narrow": lambda: scalars.product(2, 3, 2, narrow=True),
    "row_softmax": lambda: scalars.row_softmax(2, 3),
}
"""Every claim of fixed sizes that is compiled, by the name of its file."""


def _wrong_formula(u: Construction) -> Construction:
    X, A, V = matrix("X", 2, 1), matrix("A", 1, 1), matrix("V", 1, 1)
    return dataclasses.replace(u, computes=softmax(2 * X @ A @ X.T) @ X @ V)


def _doubled(part: str, layer: int = 0) -> Callable[[Construction], Construction]:
    """A weight of the first head of a layer, times two."""

    def fault(u: Construction) -> Construction:
        return u.change(layer, 0, **{part: 2 * getattr(u.encoder.layers[layer].heads[0], part)})

    return fault


def _other_keys(u: Construction) -> Construction:
    """The heads for a and b exchange the positions that they want."""
    first, second = u.encoder.layers[0].heads[:2]
    return u.change(0, 0, W_Q=second.W_Q, W_K=second.W_K)


def _unit(**parts: Any) -> Callable[[Construction], Construction]:
    """Other parts of the feed-forward network of the first layer."""

    def fault(u: Construction) -> Construction:
        network = dataclasses.replace(u.encoder.layers[0].feed_forward, **parts)
        return u.change(0, feed_forward=network)

    return fault


SMALL: dict[str, Build] = {
    "R": _at(2, 1, 1),
    "product": lambda: scalars.product(1, 2, 1),
    "transposition": lambda: scalars.transposition(1, 2),
}
"""What faults are planted in."""

FIXED_FAULTS: dict[str, tuple[str, Callable[[Construction], Construction]]] = {
    "no mask": ("R", lambda u: u.change(1, 0, mask=Mask())),
    "doubled value": ("R", _doubled("W_V")),
    "doubled query": ("R", _doubled("W_Q", layer=1)),
    "another formula": ("R", _wrong_formula),
    "another slot is read": ("R", lambda u: dataclasses.replace(u, readout=dataclasses.replace(u.readout, slot="xv"))),
    "the wrong entry is fetched": ("product", _other_keys),
    "identity units instead of squares": ("product", _unit(activations="identity")),
    "all see one key": ("transposition", lambda u: u.change(0, 0, mask=Mask(positions=(0,)))),
    "doubled value of a hard head": ("transposition", _doubled("W_V")),
}
"""Changes of small constructions after which their theorem is false; coqc has to refuse every one of them."""


def faulty_at_fixed_sizes(name: str) -> Construction:
    """The construction with this fault."""
    of, fault = FIXED_FAULTS[name]
    return fault(SMALL[of]())
