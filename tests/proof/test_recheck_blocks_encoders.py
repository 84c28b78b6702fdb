"""The checker of certificates for all sizes on encoders, part by part: heads, masks, units, norms, places.

Everything is written by hand and sealed without the package, so that only the checker is on trial: these are the tests
that its mutants have to pass.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from symsim.proof import recheck_blocks
from tests.proof.block_sealing import (
    GRAM,
    ONE,
    TWO,
    X,
    Y,
    blocks,
    encoder,
    established,
    formula,
    head,
    layer,
    network,
    sealed,
    tau,
    turned,
)
from tests.proof.sealing import canonical

ZERO = ["scaled", ["number", "0"], X]
ACROSS = ["product", X, turned(Y)]
ATTENTION = ["product", ["softmax", GRAM], X]
CAUSAL = ["product", ["causal_softmax", GRAM], X]
NORM = ["layernorm", X]


def relu(tree: Any) -> Any:
    return ["apply", "relu", tree]


def apart(*layers: Any, **parts: Any) -> dict[str, Any]:
    """X in slot 0 and Y in slot 1 of the same tokens."""
    return encoder(*layers, at=((0, 0, X), (0, 1, Y)), **parts)


READ = {"W_Q": ((1, 0),), "W_K": ((0, 0),), "W_V": ((0, 0, TWO),), "W_O": ((0, 1, tau),)}
EQUAL: list[tuple[Any, Any]] = [
    (encoder(), X),
    (encoder(readout=(1, 0)), Y),
    (encoder(readout=(0, 1)), ZERO),
    (encoder(at=((0, 0, X), (0, 0, Y))), ["sum", X, Y]),
    (encoder(layer()), X),
    (encoder(layer(head())), ["sum", X, ATTENTION]),
    (encoder(layer(head(), residual=False)), ATTENTION),
    (encoder(layer(head(), residual_2=False)), ["sum", X, ATTENTION]),
    (encoder(layer(head(), head(), residual=False)), ["scaled", TWO, ATTENTION]),
    (encoder(layer(head(), head("linear"))), ["sum", X, ATTENTION, ["product", GRAM, X]]),
    (encoder(layer(head(keys=(1,)), residual=False)), ["product", ["softmax", ACROSS], Y]),
    (encoder(layer(head(), residual=False), readout=(1, 0)), ["product", ["softmax", turned(ACROSS)], X]),
    (encoder(layer(head(keys=())), readout=(1, 0)), Y),
    (encoder(layer(head(keys=()), residual=False)), ZERO),
    (encoder(layer(head("linear", keys=(0, 1)), residual=False)),
     ["sum", ["product", GRAM, X], ["product", ACROSS, Y]]),
    (encoder(layer(head("linear", keys=(1,)), residual=False)), ["product", ACROSS, Y]),
    (encoder(layer(head(causal=True), residual=False)), CAUSAL),
    (encoder(layer(head(causal=True), residual=False), readout=(1, 0)), ["product", ["softmax", turned(ACROSS)], X]),
    (encoder(layer(head(keys=(1,), causal=True), residual=False)), ZERO),
    (encoder(layer(head(keys=(1,), causal=True), residual=False), readout=(1, 0)),
     ["product", ["causal_softmax", ["product", Y, turned(Y)]], Y]),
    (apart(layer(head(**READ), residual=False), readout=(0, 1)),
     ["scaled", TWO, ["scaled", tau, ["product", ["softmax", ["product", Y, turned(X)]], X]]]),
    (apart(layer(head(**READ)), readout=(0, 1)),
     ["sum", Y, ["scaled", ["product", TWO, tau], ["product", ["softmax", ["product", Y, turned(X)]], X]]]),
    (apart(layer(head(**READ)), readout=(0, 0)), X),
    (apart(layer(head(inner=("d", "d"), W_Q=((0, 0), (1, 1)), W_K=((0, 0), (1, 1, TWO))), residual=False)),
     ["product", ["softmax", ["sum", GRAM, ["scaled", TWO, ["product", Y, turned(Y)]]]], X]),
    (apart(layer(head(middle=("d", "d"), W_V=((0, 1), (1, 1)), W_O=((1, 0),)), residual=False)),
     ["product", ["softmax", GRAM], ["sum", X, Y]]),
    (apart(layer(head(middle=("d", "d"), W_V=((0, 0), (1, 1)), W_O=((0, 0), (1, 0, TWO))), residual=False)),
     ["product", ["softmax", GRAM], ["sum", X, Y, Y]]),
    (apart(layer(head("linear", W_Q=((0, 0), (1, 0)), W_K=((1, 0),)), residual=False)),
     ["product", ["sum", X, Y], turned(Y), X]),
    (encoder(layer(head(), residual=False), layer(head("linear"))),
     ["sum", ATTENTION, ["product", ATTENTION, turned(ATTENTION), ATTENTION]]),
    (encoder(layer(head(W_Q=()), residual=False)), ["product", ["softmax", ["scaled", ["number", "0"], GRAM]], X]),
    (encoder(layer(head()), slots=("d",)), ["sum", X, ATTENTION]),
    (encoder(layer(head("linear", keys=()), residual=False), slots=("d",)), ZERO),
    # units
    (encoder(layer(units=network(("relu", "d")))), ["sum", X, relu(X)]),
    (encoder(layer(units=network(("relu", "d")), residual_2=False)), relu(X)),
    (encoder(layer(units=network(("relu", "d")), residual_2=False), readout=(1, 0)), relu(Y)),
    (encoder(layer(head("linear"), units=network(("relu", "d")), residual_2=False)),
     relu(["sum", X, ["product", GRAM, X]])),
    (encoder(layer(units=network(("identity", "d"), W_1=((0, 0, TWO),), W_2=((0, 0, tau),)), residual_2=False)),
     ["scaled", ["product", TWO, tau], X]),
    (apart(layer(units=network(("relu", "d"), ("silu", "d"), W_1=((0, 0), (1, 1)), W_2=((0, 0), (1, 0, TWO))),
                 residual_2=False)), ["sum", relu(X), ["scaled", TWO, ["apply", "silu", Y]]]),
    (apart(layer(units=network(("relu", "d"), W_1=((0, 0), (1, 0, TWO)), W_2=((0, 1),)), residual_2=False),
           readout=(0, 1)), relu(["sum", X, Y, Y])),
    (apart(layer(units=network(("relu", "d"), W_1=((0, 0),), W_2=((0, 1),)), residual_2=False)), ZERO),
    *((encoder(layer(units=network((name, "d")), residual_2=False)), ["apply", name, X])
      for name in ("square", "exp", "step", "silu")),
    # norms
    (encoder(layer(units=network(("layernorm", "d")), residual_2=False)), NORM),
    (encoder(layer(units=network(("layernorm", "d")))), ["sum", X, NORM]),
    (encoder(layer(head(), units=network(("layernorm", "d")), residual_2=False)), ["layernorm", ["sum", X, ATTENTION]]),
    (encoder(layer(units=network(("layernorm", "d")), residual_2=False), layer(head())),
     ["sum", NORM, ["product", ["softmax", ["product", NORM, turned(NORM)]], NORM]]),
    (apart(layer(units=network(("layernorm", "d"), ("layernorm", "d"), W_1=((0, 0), (1, 1)), W_2=((0, 0), (1, 1))),
                 residual_2=False), readout=(0, 1)), ["layernorm", Y]),
    (apart(layer(units=network(("layernorm", "d"), W_1=((0, 0, TWO), (1, 0)), W_2=((0, 0, tau),)), residual_2=False)),
     ["scaled", tau, ["layernorm", ["sum", Y, X, X]]]),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=[f"{k}" for k in range(len(EQUAL))])
def test_encoders_that_compute_a_formula(left: Any, right: Any) -> None:
    name = f"the encoders with SHA-256 {sha256(canonical(left)).hexdigest()} = "
    assert established(left, right).startswith(name)
    with pytest.raises(ValueError, match="the two sides differ"):
        established(left, ["sum", right, Y])


PAIRS: list[tuple[Any, Any, bool]] = [
    # two groups of keys: softmax over both
    (encoder(layer(head(keys=(0, 1)))), encoder(layer(head(keys=(0, 1)))), True),
    (encoder(layer(head(keys=(0, 1)))), encoder(layer(head(keys=(0,)))), False),
    (encoder(layer(head(keys=(0, 1)))), encoder(layer(head(keys=(0,)), head(keys=(1,)))), False),
    (encoder(layer(head(keys=(0, 1)))), encoder(layer(head(keys=(0, 1))), at=((0, 0, X), (1, 0, X))), False),
    (encoder(layer(head(keys=(0, 1)))), encoder(layer(head(keys=(0, 1)), head(keys=(0, 1)))), False),
    (encoder(layer(head(keys=(0, 1)), residual=False)),
     encoder(layer(head(keys=(0, 2)), residual=False), at=((0, 0, X), (2, 0, Y)), tokens=("n", "n", "n")), True),
    (encoder(layer(head(keys=(0, 1)), residual=False)),
     encoder(layer(head(keys=(0, 1, 2)), residual=False), at=((0, 0, X), (1, 0, Y)), tokens=("n", "n", "n")), False),
    # the weights of a group are those of its own scores
    (encoder(layer(head(keys=(0, 1), W_V=((0, 0),)), residual=False), at=((0, 0, X), (1, 0, Y), (0, 1, X))),
     encoder(layer(head(keys=(0, 1), W_V=((1, 0),)), residual=False), at=((0, 0, X), (1, 0, Y), (1, 1, X))), False),
    (encoder(layer(head(W_V=((1, 0),)), residual=False), at=((0, 0, X), (0, 1, Y))),
     encoder(layer(head(W_Q=((1, 0),), W_K=((1, 0),)), residual=False), at=((0, 1, X), (0, 0, Y))), True),
]  # fmt: skip


@pytest.mark.parametrize(("left", "right", "same"), PAIRS, ids=[f"{k}" for k in range(len(PAIRS))])
def test_encoder_against_encoder(left: Any, right: Any, same: bool) -> None:
    if same:
        found = [sha256(canonical(side)).hexdigest() for side in (left, right)]
        assert established(left, right).split(" for ")[0] == (
            f"the encoders with SHA-256 {found[0]} = the encoders with SHA-256 {found[1]}"
        )
    else:
        with pytest.raises(ValueError, match="the two sides differ"):
            established(left, right)


def test_a_shift_of_the_scores_of_one_of_two_groups_matters() -> None:
    """What is constant along a row may be dropped only where it is the same for all keys."""
    slots, ones = ("d", 1), [["ones", "n", 1]]
    parts: dict[str, Any] = {"slots": slots, "tokens": ("n", "n")}
    common: dict[str, Any] = {"inner": ("d", 1), "W_Q": ((0, 0), (1, 1)), "W_K": ((0, 0), (1, 1))}
    at = [(0, 0, X), (0, 1, ones[0]), (1, 0, Y)]
    shifted = encoder(layer(head(keys=(0, 1), **common)), at=at, **parts)
    plain = encoder(layer(head(keys=(0, 1))), at=at, **parts)
    with pytest.raises(ValueError, match="the two sides differ"):
        established(shifted, plain)
    alone = encoder(layer(head(**common)), at=at, **parts)
    assert established(alone, ["sum", X, ATTENTION])


def test_blocks_of_other_widths_and_sizes() -> None:
    """Slots of width n and 1, groups of d tokens: shapes are followed, and a mistake in them is seen."""
    inputs = [["X", "n", "d"], ["W", "d", "d"], ["b", 1, "d"]]
    W, b = ["name", "W"], ["name", "b"]
    side = encoder(
        layer(head("linear", keys=(1,), W_K=((1, 0),), W_V=((0, 0),), W_O=((0, 2),))),
        layer(head("linear", keys=(2,), inner=(1,), W_Q=((3, 0),), W_K=((3, 0),), W_O=((0, 2),))),
        slots=("d", "d", "d", 1), tokens=("n", "d", 1), readout=(0, 2),
        at=((0, 0, X), (1, 0, W), (1, 1, ["identity", "d"]), (2, 0, b), (2, 3, ONE), (0, 3, ["ones", "n", 1])),
    )  # fmt: skip
    target = ["sum", ["product", X, W], ["product", ["ones", "n", 1], b]]
    assert established(side, target, inputs=inputs).split(" for ")[0].endswith("= (X W) + (ones(n, 1) b)")
    for wrong in (["product", X, W], ["sum", ["product", X, turned(W)], ["product", ["ones", "n", 1], b]]):
        with pytest.raises(ValueError, match="the two sides differ"):
            established(side, wrong, inputs=inputs)


def test_a_norm_is_of_the_whole_row_and_the_same_function_everywhere() -> None:
    norm = network(("layernorm", "d"))
    there = encoder(layer(units=norm, residual_2=False))
    for wrong in (X, relu(X), ["apply", "norm", X], ["layernorm", ["sum", X, X]], turned(["layernorm", turned(X)])):
        with pytest.raises(ValueError, match="the two sides differ"):
            established(there, wrong)
    halves = network(("layernorm", 1), ("layernorm", 1), W_1=((0, 0), (1, 1)), W_2=((0, 0), (1, 1)))
    inputs = [["X", "n", 1], ["Y", "n", 1]]
    one = encoder(layer(units=halves, residual_2=False), slots=(1, 1), at=((0, 0, X), (0, 1, Y)))
    assert established(one, ["layernorm", X], inputs=inputs)
    with pytest.raises(ValueError, match="the two sides differ"):
        established(one, X, inputs=inputs)


# -- what is malformed ------------------------------------------------------------------------------------------------
def changed(**parts: Any) -> dict[str, Any]:
    """An encoder of one head and one layer of units, with one field of it another one."""
    side = encoder(layer({**head(), **parts}))
    return side


MALFORMED: list[tuple[dict[str, Any], str]] = [
    (changed(normaliser="hard"), "malformed"),
    (changed(normaliser="average-hard"), "malformed"),
    (changed(causal=1), "malformed"),
    (changed(causal=None), "malformed"),
    (changed(keys=[0, 0]), "malformed"),
    (changed(keys=[1, 0]), "malformed"),
    (changed(keys=[-1]), "malformed"),
    (changed(keys=[2]), "malformed"),
    (changed(keys=[False]), "malformed"),
    (changed(keys=[0, 1], causal=True), "one group"),
    (changed(keys=[], causal=True), "one group"),
    (changed(normaliser="linear", causal=True), "one group"),
    (changed(inner=[0]), "no size"),
    (changed(middle=["m"]), "no size"),
    (changed(inner=["n"]), "not square"),
    (changed(middle=["n"]), "not square"),
    (changed(scale="2"), "other keys"),
    (changed(W_Q=[[0, 0, ONE], [0, 0, ONE]]), "twice"),
    (changed(W_Q=[[2, 0, ONE]]), "outside"),
    (changed(W_Q=[[-1, 0, ONE]]), "outside"),
    (changed(W_Q=[[0, 1, ONE]]), "outside"),
    (changed(W_Q=[[0, -1, ONE]]), "outside"),
    (changed(W_Q=[[False, 0, ONE]]), "outside"),
    (changed(W_Q=[[0, False, ONE]]), "outside"),
    (changed(W_Q=[[0.0, 0, ONE]]), "outside"),
    (changed(W_O=[[0, 0, X]]), "numbers and scalars"),
    (changed(W_O=[[0, 0, ["ones", 1, 1]], [0, 1, ["ones", "n", 1]]]), "numbers and scalars"),
    (changed(W_Q=[[0, 0]]), "unpack"),
    (encoder({**layer(), "residual": 1}), "is there or not"),
    (encoder({**layer(), "residual_2": None}), "is there or not"),
    (encoder({**layer(), "norm": None}), "other keys"),
    (encoder(layer(units=network(("tanh", "d")))), "unknown activation"),
    (encoder(layer(units=network(("maxmin", "d")))), "unknown activation"),
    (encoder(layer(units=network(("relu", "d"), ("tanh", "d")))), "unknown activation"),
    (encoder(layer(units=network(("reciprocal", "d")))), "unknown activation"),
    (encoder(layer(units=network(("log", "d")))), "unknown activation"),
    (encoder(layer(units=network(("relu", 0)))), "no size"),
    (encoder(layer(units=network(("layernorm", "n")))), "not square"),
    (encoder(layer(units=network(("relu", "d"), W_1=((0, 1),)))), "outside"),
    (encoder(layer(units=network(("relu", "d"), W_2=((1, 0),)))), "outside"),
    (encoder(layer(units={**network(("relu", "d")), "b_1": []})), "other keys"),
    (encoder(at=((-1, 0, X),)), "placement is malformed"),
    (encoder(at=((0, -1, X),)), "placement is malformed"),
    (encoder(at=((False, 0, X),)), "placement is malformed"),
    (encoder(at=((0, False, X),)), "placement is malformed"),
    (encoder(at=((0, 0, turned(X)),)), "different shape"),
    (encoder(readout=(-1, 0)), "read-out is malformed"),
    (encoder(readout=(0, -1)), "read-out is malformed"),
    (encoder(readout=(False, 0)), "read-out is malformed"),
    (encoder(readout=(0, False)), "read-out is malformed"),
    (encoder(slots=("d", 0)), "no size"),
    (encoder(tokens=("n", "m")), "no size"),
    ({**encoder(), "cuts": []}, "other keys"),
]


@pytest.mark.parametrize(("side", "reason"), MALFORMED, ids=[f"{k} {row[1]}" for k, row in enumerate(MALFORMED)])
def test_malformed_encoders_are_rejected_though_both_sides_are_the_same(side: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        established(side, side)


@pytest.mark.parametrize(
    "side",
    [
        encoder(at=((2, 0, X),)),
        encoder(at=((0, 2, X),)),
        encoder(readout=(2, 0)),
        encoder(readout=(0, 2)),
        encoder(layer(residual=False)),
        encoder({"heads": []}),
        encoder(layer("head")),
        {**encoder(), "kind": "oracle"},
        {**encoder(), "layers": None},
    ],
)
def test_what_is_out_of_place_is_rejected(side: dict[str, Any]) -> None:
    with pytest.raises(Exception):  # noqa: B017
        established(side, side)


def test_a_formula_may_stand_on_the_left_and_an_encoder_on_the_right() -> None:
    data = sealed(blocks(formula(ATTENTION), encoder(layer(head(), residual=False))))
    assert recheck_blocks.establish(data).startswith("softmax(X X^T) X = the encoders with SHA-256 ")
