"""The family of realisation R at symbolic sizes, and for each member faults that a check has to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sympy

from symsim.claims.construction import Construction
from symsim.encoder.layers import FeedForward
from symsim.encoder.masks import Mask
from symsim.simulators import (
    cross_attention,
    grouped_query,
    linear_attention,
    linformer,
    looped,
    universal,
)
from symsim.simulators.heads import head

Fault = Callable[[Construction], Construction]
X_ONLY = Mask(keys=("X",))


@dataclass(frozen=True)
class Member:
    """A construction: how to build it, its heads in each layer, sizes to try, and faults."""

    build: Callable[..., Construction]
    sizes: dict[str, str]
    heads: tuple[int, ...]
    tried: tuple[tuple[int, ...], ...]
    faults: dict[str, Fault]

    def general(self) -> Construction:
        """At symbolic sizes."""
        return self.build(**self.sizes)


def masked(layer: int, mask: Mask | None, number: int = 0) -> Fault:
    """Another mask of one head."""
    return lambda U: U.change(layer, number, mask=mask)


def rewired(layer: int, number: int = 0, **parts: Any) -> Fault:
    """A head with other slots as query, key and value."""

    def fault(U: Construction) -> Construction:
        new = head(U.encoder.slots, **{"normaliser": "linear", **parts})
        return U.change(layer, number, W_Q=new.W_Q, W_K=new.W_K, W_V=new.W_V, W_O=new.W_O)

    return fault


def without_units(layer: int) -> Fault:
    """One layer without its feed-forward network."""
    return lambda U: U.change(layer, feed_forward=None)


def no_residual(layer: int) -> Fault:
    """The attention part of one layer without its residual connection."""
    return lambda U: U.change(layer, residual=False)


def as_identity(layer: int, old: str) -> Fault:
    """The units of one kind in a layer as identity units."""

    def fault(U: Construction) -> Construction:
        network = U.encoder.layers[layer].feed_forward
        assert isinstance(network, FeedForward)
        runs = tuple(("identity" if name == old else name, size) for name, size in network.activations)
        assert runs != network.activations
        return U.change(layer, feed_forward=replace(network, activations=runs))

    return fault


def unwritten(layer: int, read: str, written: str) -> Fault:
    """The units of a layer that read one slot no longer write to another (symbolic sizes)."""

    def fault(U: Construction) -> Construction:
        network = U.encoder.layers[layer].feed_forward
        assert isinstance(network, FeedForward)
        i, j = (U.encoder.slots.names.index(slot) for slot in (read, written))
        inward, table = network.W_1.blocks, network.W_2.blocks.tolist()
        units = [u for u in range(inward.cols) if isinstance(inward[i, u], sympy.Identity)]
        for u in units:
            assert not isinstance(table[u][j], sympy.ZeroMatrix)
            table[u][j] = sympy.ZeroMatrix(*table[u][j].shape)
        assert units
        return U.change(layer, feed_forward=replace(network, W_2=sympy.BlockMatrix(table)))

    return fault


def _bare(**options: Any) -> Callable[..., Construction]:
    return lambda **sizes: universal(**sizes, **options)


SMALL = {"n": "n", "d": "d", "d_v": "v"}
WIDE = {"n": "n", "d": "d", "d_k": "k", "d_v": "v"}
WHOLE = {**WIDE, "d_ff": "f"}

FAMILY: dict[str, Member] = {
    "U": Member(
        universal,
        SMALL,
        (1, 1),
        ((2, 1, 2), (1, 2, 3)),
        {
            "mask dropped": masked(1, None),
            "wrong keys": rewired(1, query=["x"], key=["xa"], value={"xv": "out"}),
            "no residual": no_residual(0),
        },
    ),
    "causal": Member(
        _bare(mask="causal"),
        SMALL,
        (1, 1),
        ((2, 1, 2), (3, 2, 1)),
        {
            "not causal": masked(1, X_ONLY),
            "sees parameters instead": masked(1, Mask(keys=("A",), causal=True)),
            "all tokens seen": masked(1, None),
        },
    ),
    "padding": Member(
        _bare(),
        {**SMALL, "padding": "p"},
        (1, 1),
        ((2, 1, 1, 2), (1, 2, 2, 1)),
        {"padding seen": masked(1, Mask(keys=("X", "X_pad"))), "mask dropped": masked(1, None)},
    ),
    "projections": Member(
        _bare(projections=True),
        WIDE,
        (1, 1),
        ((2, 1, 2, 1), (2, 2, 1, 1)),
        {
            "mask dropped": masked(1, None),
            "key and value exchanged": rewired(0, query=["x"], key=["id"], value={"wq": "q", "wk": "k", "wv": "o"}),
        },
    ),
    "scale": Member(
        _bare(projections=True, scale="tau"),
        WIDE,
        (1, 1),
        ((2, 1, 1, 1),),
        {
            "scale missing": rewired(1, query=["q"], key=["k"], value={"v": "o"}),
            "scale twice": rewired(1, query=["q"], key=["k"], value={"v": "o"}, scale=2),
        },
    ),
    **{
        f"{h} heads": Member(
            _bare(heads=h),
            WIDE,
            (1, h, 1),
            ((2, 1, 1, 1), (2, 2, 1, 1)) if h == 2 else ((2, 1, 1, 1),),
            {
                "mask dropped": masked(1, None, h - 1),
                "values of head 1": rewired(1, h - 1, query=[f"q{h}"], key=[f"k{h}"], value={"v1": f"o{h}"}),
            },
        )
        for h in (2, 4)
    },
    "causal heads with padding": Member(
        _bare(heads=2, mask="causal"),
        {**WIDE, "padding": "p"},
        (1, 2, 1),
        ((2, 1, 1, 1, 1),),
        {
            "second head not causal": masked(1, X_ONLY, 1),
            "padding alone": masked(1, Mask(keys=("X_pad",)), 1),
        },
    ),
    "biases": Member(
        _bare(biases=True),
        WIDE,
        (1, 1, 1),
        ((2, 1, 1, 1), (1, 2, 1, 2)),
        {
            "no b_Q, b_K, b_V": rewired(0, query=["x"], key=["id"], value={"wq": "q", "wk": "k", "wv": "v"}),
            "no b_O": rewired(2, query=["o"], key=["ido"], value={"wo": "out"}),
        },
    ),
    **{
        f"encoder layer, {h} heads": Member(
            _bare(heads=h),
            WHOLE,
            (1, h, 1, 1, 1),
            ((2, 1, 1, 1, 1),),
            {
                "no relu": as_identity(3, "relu"),
                "residual missing": no_residual(2),
                "no b_2": rewired(4, query=["r"], key=["id2"], value={"w2": "x"}),
            },
        )
        for h in (1, 2, 4)
    },
    "post-norm": Member(
        _bare(norm="post"),
        WHOLE,
        (1, 1, 1, 1, 1),
        ((2, 1, 1, 1, 1), (2, 2, 1, 1, 1)),
        {
            "last norm missing": without_units(4),
            "residual missing": no_residual(4),
            "no norm": as_identity(2, "layernorm"),
        },
    ),
    "pre-norm": Member(
        _bare(norm="pre", heads=2),
        WHOLE,
        (0, 1, 2, 1, 1, 1),
        ((2, 1, 1, 1, 1), (2, 2, 1, 1, 1)),
        {
            "first norm missing": as_identity(0, "layernorm"),
            "old norm for the network": without_units(3),
            "norm skipped": rewired(
                4, query={"x": "x", "one": "one"}, key={"id": "x", "idb": "one"}, value={"w1": "h"}
            ),
        },
    ),
    "cross attention": Member(
        cross_attention,
        {"n": "n", "m": "m", "d": "d", "d_y": "y", "d_k": "k", "d_v": "v"},
        (1, 1),
        ((2, 1, 1, 2, 1, 1), (1, 2, 2, 1, 1, 2)),
        {
            "Y rows seen": masked(1, Mask(keys=("X", "Y"))),
            "mask dropped": masked(1, None),
            "wrong row numbers": rewired(0, query={"x": "x"}, key={"id": "x"}, value={"wq": "q", "wk": "k", "wv": "v"}),
        },
    ),
    "linear attention": Member(
        linear_attention,
        SMALL,
        (1, 1),
        ((2, 1, 2), (2, 3, 1)),
        {
            "softmax": lambda U: U.change(1, 0, normaliser="softmax"),
            "A forgotten": rewired(1, query=["x"], key=["x"], value={"xv": "out"}),
        },
    ),
    "linformer": Member(
        linformer,
        {"n": "n", "d": "d", "r": "r", "d_k": "k", "d_v": "v"},
        (1, 2, 1),
        ((2, 1, 2, 1, 1), (2, 2, 1, 1, 1)),
        {
            "E for the values": rewired(1, 1, query={"e": "p"}, key={"pos": "p"}, value={"v": "fv"}),
            "mask dropped": masked(2, None),
            "rows of X as keys": rewired(2, query=["q"], key=["k"], value={"fv": "out"}),
        },
    ),
    **{
        f"cross attention, {h} heads": Member(
            partial(cross_attention, heads=h),
            {"n": "n", "m": "m", "d": "d", "d_y": "y", "d_k": "k", "d_v": "v"},
            (1, h, 1),
            ((2, 1, 1, 2, 1, 1),),
            {
                "Y rows seen by the last head": masked(1, Mask(keys=("X", "Y")), h - 1),
                "values of head 1": rewired(1, h - 1, query=[f"q{h}"], key=[f"k{h}"], value={"v1": f"o{h}"}),
            },
        )
        for h in (2, 4)
    },
    "linear attention, projections": Member(
        partial(linear_attention, projections=True),
        WIDE,
        (1, 1),
        ((2, 1, 2, 1),),
        {
            "softmax": lambda U: U.change(1, 0, normaliser="softmax"),
            "causal": masked(1, Mask(causal=True)),
        },
    ),
    **{
        f"linear attention, {h} heads": Member(
            partial(linear_attention, heads=h),
            WIDE,
            (1, h, 1),
            ((2, 1, 1, 1),),
            {
                "softmax in the last head": lambda U, h=h: U.change(1, h - 1, normaliser="softmax"),
                "keys of head 1": rewired(1, h - 1, query=[f"q{h}"], key=["k1"], value={f"v{h}": f"o{h}"}),
            },
        )
        for h in (2, 4)
    },
    **{
        f"linformer, {h} heads": Member(
            partial(linformer, heads=h),
            {"n": "n", "d": "d", "r": "r", "d_k": "k", "d_v": "v"},
            (1, 2, h, 1),
            ((2, 1, 2, 1, 1),),
            {
                "E for the values": lambda U: U.change(1, 1, W_Q=U.encoder.layers[1].heads[0].W_Q),
                "values of head 1": rewired(2, h - 1, query=[f"q{h}"], key=[f"ek{h}"], value={"fv1": f"o{h}"}),
            },
        )
        for h in (2, 4)
    },
    "multi-query": Member(
        lambda **sizes: grouped_query(heads=2, groups=1, **sizes),
        WIDE,
        (1, 2, 1),
        ((2, 1, 1, 1),),
        {
            "mask dropped": masked(1, None, 1),
            "queries shared as well": rewired(1, 1, query=["q1"], key=["k"], value={"v": "o2"}),
        },
    ),
    "grouped-query": Member(
        lambda **sizes: grouped_query(heads=4, groups=2, **sizes),
        WIDE,
        (1, 4, 1),
        ((2, 1, 1, 1),),
        {
            "wrong keys": rewired(1, 1, query=["q2"], key=["k2"], value={"v1": "o2"}),
            "wrong values": rewired(1, 3, query=["q4"], key=["k2"], value={"v1": "o4"}),
        },
    ),
}


@dataclass(frozen=True)
class Loop:
    """A looped simulator: its options, the layers of a pass, a parameter slot, and a working slot."""

    options: dict[str, Any]
    length: int
    parameter: str
    working: str

    def general(self, layers: int) -> Construction:
        """At symbolic sizes."""
        return looped(layers=layers, **self.options)

    @property
    def faults(self) -> dict[str, Fault]:
        """Faults in the first reset, for two passes."""
        end = self.length - 1
        return {
            "reset forgotten": without_units(end),
            "parameters not moved": unwritten(end, f"{self.parameter}_2", self.parameter),
            "old parameters kept": unwritten(end, self.parameter, self.parameter),
            "working slot not cleared": unwritten(end, self.working, self.working),
        }


LOOPS: dict[str, Loop] = {
    "bare": Loop({"n": "n", "d": "d"}, 2, "a", "xa"),
    "causal, padded": Loop({"n": "n", "d": "d", "mask": "causal", "padding": "p"}, 2, "v", "xv"),
    "1 head": Loop({**WIDE, "projections": True}, 3, "wv", "v"),
    "2 heads": Loop({**WIDE, "heads": 2}, 3, "wv1", "o2"),
    "4 heads": Loop({**WIDE, "heads": 4}, 3, "wv4", "v4"),
    "encoder, 1 head": Loop({**WHOLE, "heads": 1}, 5, "w1", "h"),
    "encoder, 2 heads": Loop({**WHOLE, "heads": 2}, 5, "w2", "r"),
    "encoder, 4 heads": Loop({**WHOLE, "heads": 4}, 5, "w2", "r"),
    "post-norm": Loop({**WHOLE, "norm": "post", "biases": True}, 5, "w1", "h"),
    "pre-norm": Loop({**WHOLE, "norm": "pre"}, 6, "w1", "xn"),
}
