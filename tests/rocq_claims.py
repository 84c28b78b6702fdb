"""The claims of realisation R that are emitted for Rocq, and claims with a planted fault, which are false."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import sympy

from symsim import simulators
from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas import matrix, softmax
from symsim.simulators import universal, unwritten

Build = Callable[[], Construction]
Change = Callable[[Construction], Construction]


def _all_sizes(**options: Any) -> Build:
    return lambda: universal(n="n", d="d", d_v="d_v", **options)


def _looped(layers: int, **options: Any) -> Build:
    sizes = {"d_v": "d_v", "d_k": "d_k"} if options else {}
    return lambda: simulators.looped("n", "d", layers=layers, **sizes, **options)


def _grouped(heads: int, groups: int) -> Build:
    return lambda: simulators.grouped_query("n", "d", heads=heads, groups=groups, d_k="d_k", d_v="d_v")


def _by_heads(name: str, build: Callable[[int], Build]) -> dict[str, Build]:
    """A claim with 1, 2 and 4 heads."""
    return {name if heads == 1 else f"{name}_{heads}": build(heads) for heads in (1, 2, 4)}


def _projected(**options: Any) -> Callable[[int], Build]:
    return lambda heads: _all_sizes(d_k="d_k", projections=True, heads=heads, **options)


def _layer(**options: Any) -> Callable[[int], Build]:
    return lambda heads: _all_sizes(d_k="d_k", d_ff="d_ff", heads=heads, **options)


THEOREMS: dict[str, Build] = {
    "U": _all_sizes(),
    "U_square": lambda: universal(n="n", d="d"),
    "U_causal": _all_sizes(mask="causal"),
    "U_padding": _all_sizes(padding="m"),
    "half": _all_sizes(d_k="d_k", projections=True, scale=Fraction(1, 2)),
    **_by_heads("heads", _projected()),
    **_by_heads("scale", _projected(scale="tau")),
    **_by_heads("causal", _projected(mask="causal")),
    **_by_heads("padding", _projected(padding="m")),
    **_by_heads("biases", _projected(biases=True)),
    "all_options_2": _projected(scale="tau", mask="causal", padding="m", biases=True)(2),
    **_by_heads("encoder_layer", _layer()),
    **_by_heads("post_norm", _layer(norm="post")),
    **_by_heads("pre_norm", _layer(norm="pre")),
    "layer_all_options_2": _layer(scale="tau", mask="causal", padding="m", biases=True, norm="pre")(2),
    **_by_heads("cross", lambda heads: lambda: simulators.cross_attention("n", "m", "d", "d_y", "d_k", "d_v", heads)),
    "linear_bare": lambda: simulators.linear_attention("n", "d", "d_v"),
    **_by_heads("linear", lambda heads: lambda: simulators.linear_attention("n", "d", "d_v", "d_k", heads, True)),
    **_by_heads("linformer", lambda heads: lambda: simulators.linformer("n", "d", "r", "d_k", "d_v", heads)),
    **{f"grouped_{heads}_{groups}": _grouped(heads, groups) for heads, groups in ((2, 1), (4, 1), (4, 2))},
    **{f"looped_{layers}": _looped(layers) for layers in (1, 2, 3)},
    **{
        f"looped_layer{f'_{heads}' * (heads > 1)}_of_{layers}": _looped(layers, d_ff="d_ff", heads=heads)
        for heads in (1, 2, 4)
        for layers in (1, 2, 3)
    },
    "looped_pre_norm_2_of_2": _looped(2, d_ff="d_ff", heads=2, norm="pre", padding="m", biases=True),
    "one_pass": lambda: simulators.looped_pass("n", "d", layers=3),
}
"""Every claim of realisation R that is emitted, by the name of its file: ``_2`` and ``_4`` count the heads."""


TAU = sympy.Symbol("tau")


# -- planted faults ---------------------------------------------------------------------------------------------------


def _other_formula(u: Construction) -> Construction:
    X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d_v")
    return dataclasses.replace(u, computes=softmax(X @ A.T @ X.T) @ X @ V)


def _claims(name: str) -> Change:
    """The formula of another claim over the same inputs."""
    return lambda u: dataclasses.replace(u, computes=THEOREMS[name]().computes)


def _exchanged(layer: int) -> Change:
    """Query and key of the first head of a layer."""

    def change(u: Construction) -> Construction:
        head = u.encoder.layers[layer].heads[0]
        return u.change(layer, 0, W_Q=head.W_K, W_K=head.W_Q)

    return change


def _of_another(layer: int, head: int, other: int, weight: str) -> Change:
    """A head with a weight of another one."""
    return lambda u: u.change(layer, head, **{weight: getattr(u.encoder.layers[layer].heads[other], weight)})


def _doubled(layer: int, head: int, weight: str) -> Change:
    return lambda u: u.change(layer, head, **{weight: 2 * getattr(u.encoder.layers[layer].heads[head], weight)})


def _masked(mask: Mask) -> Change:
    return lambda u: u.change(1, 0, mask=mask)


def _unplaced(group: str, slot: str) -> Change:
    """A slot of a group starts with 0."""
    return lambda u: dataclasses.replace(
        u, placements=tuple(p for p in u.placements if (p.group, p.slot) != (group, slot))
    )


def _placed_in_turn(one: str, other: str) -> Change:
    """Two inputs in the place of each other."""
    names = {one: other, other: one}
    return lambda u: dataclasses.replace(
        u, placements=tuple(dataclasses.replace(p, name=names.get(p.name, p.name)) for p in u.placements)
    )


def _units(layer: int, function: str) -> Change:
    """The last run of units of a layer with another function."""

    def change(u: Construction) -> Construction:
        network = u.encoder.layers[layer].feed_forward
        runs = (*network.activations[:-1], (function, network.activations[-1][1]))
        return u.change(layer, feed_forward=dataclasses.replace(network, activations=runs))

    return change


def _reading(layer: int, slot: str, instead: str) -> Change:
    """The last run of units of a layer reads another slot."""

    def change(u: Construction) -> Construction:
        names, network = u.encoder.slots.names, u.encoder.layers[layer].feed_forward
        i, j, table = names.index(slot), names.index(instead), network.W_1.blocks.tolist()
        table[i][-1], table[j][-1] = table[j][-1], table[i][-1]
        return u.change(layer, feed_forward=dataclasses.replace(network, W_1=sympy.BlockMatrix(table)))

    return change


def _in_every_pass(length: int, source: str, target: str) -> Change:
    """Units of the reset that no longer write, in each of two passes."""

    def change(u: Construction) -> Construction:
        for layer in (length - 1, 2 * length - 1):
            u = unwritten(u, layer, source, target)
        return u

    return change


FAULTS: dict[str, tuple[str, Change]] = {
    "no mask": ("U", _masked(Mask())),
    "another mask": ("U", _masked(Mask(keys=("A",)))),
    "doubled value": ("U", _doubled(0, 0, "W_V")),
    "transposed A in the formula": ("U", _other_formula),
    "query and key exchanged": ("U", _exchanged(1)),
    "linear instead of softmax": ("U", lambda u: u.change(1, 0, normaliser="linear")),
    "no residual connection": ("U", lambda u: u.change(0, residual=False)),
    "another slot is read": ("U", lambda u: dataclasses.replace(u, readout=dataclasses.replace(u.readout, slot="xv"))),
    "a row number is missing": ("U", _unplaced("A", "id")),
    "the scale is left out": ("scale", lambda u: u.change(1, 0, W_Q=u.encoder.layers[1].heads[0].W_Q / TAU)),
    "keys of the other head": ("heads_2", _of_another(1, 0, 1, "W_K")),
    "no causal mask": ("causal", _masked(Mask(keys=("X",)))),
    "only padding is seen": ("padding", _masked(Mask(keys=("X_pad",)))),
    "nothing matches the biases": ("biases", _unplaced("X", "one")),
    "no relu": ("encoder_layer", _units(3, "identity")),
    "the second residual is doubled": ("encoder_layer", _doubled(4, 0, "W_O")),
    "a norm is missing": ("post_norm", _units(2, "identity")),
    "norm of the wrong slot": ("post_norm", _reading(4, "x", "id")),
    "norm before the parts, not after": ("pre_norm", _claims("post_norm")),
    "a norm before is missing": ("pre_norm", _units(0, "identity")),
    "a query sees the wrong rows": ("cross", _masked(Mask(keys=("Y",)))),
    "linear, query and key exchanged": ("linear_bare", _exchanged(1)),
    "E and F exchanged": ("linformer", _placed_in_turn("E", "F")),
    "keys of the other group": ("grouped_4_2", _of_another(1, 0, 2, "W_K")),
    "parameters are not moved on": ("looped_2", _in_every_pass(2, "a_2", "a")),
    "a working slot is not reset": ("looped_2", _in_every_pass(2, "xa", "xa")),
    "layers in another order": ("looped_2", _placed_in_turn("A_1", "A_2")),
    "the stream is not moved": ("looped_2", _in_every_pass(2, "out", "x")),
    "a loop without relu": ("looped_layer_of_2", lambda u: _units_of_both(u, "relu", "identity")),
}
"""Changes after which a theorem is false; coqc has to refuse every one of them."""


def _units_of_both(u: Construction, function: str, instead: str) -> Construction:
    """All units of one function with another, in every pass."""
    for number, layer in enumerate(u.encoder.layers):
        if layer.feed_forward is not None:
            runs = tuple((instead if name == function else name, size) for name, size in layer.feed_forward.activations)
            u = u.change(number, feed_forward=dataclasses.replace(layer.feed_forward, activations=runs))
    return u


def faulty(fault: str) -> Construction:
    """The claim with a planted fault."""
    name, change = FAULTS[fault]
    return change(THEOREMS[name]())
