"""Parts of an encoder: what fits together is accepted, what does not is refused by name, and the price is counted."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings

from symsim.encoder.cost import cost
from symsim.encoder.instantiating import encoder_at
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.machine import machine
from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.formulas import sizes
from symsim.simulators import universal
from symsim.testing import encoders

ONE, TWO = [[1]], [[1], [0]]
GOOD = Head(TWO, TWO, TWO, [[1, 0]])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"W_Q": [[1], [0], [0]]}, "W_Q and W_K differ in their rows: 3 against 2"),
        ({"W_Q": [[1, 0], [0, 1]]}, "W_Q and W_K differ in their columns: 2 against 1"),
        ({"W_V": [[1]]}, "W_Q and W_V differ in their rows"),
        ({"W_O": [[1], [0]]}, "W_V and W_O"),
        ({"W_O": [[1, 0, 0]]}, "W_Q and W_O"),
        ({"W_Q": [[0.5], [0]]}, r"float 0.5 in W_Q at row 1, column 1 .* Fraction\('0.5'\)"),
        ({"W_Q": np.array([[0.1], [0]])}, r"float 0.1 in W_Q at row 1, column 1 is not exact"),
        ({"W_K": sympy.Matrix([[sympy.Float("0.25")], [0]])}, "float 0.25 in W_K"),
        ({"W_K": [[float("nan")], [0]]}, "every entry has to be finite"),
        ({"W_K": [[float("inf")], [0]]}, "every entry has to be finite"),
        ({"W_K": [[sympy.oo], [0]]}, "no rational number"),
        ({"W_K": [[sympy.pi], [0]]}, "no rational number"),
        ({"W_K": [[sympy.sqrt(2)], [0]]}, "no rational number"),
        ({"W_K": [[1 / sympy.Symbol("t")], [0]]}, "no polynomial with rational coefficients"),
        ({"W_K": [[sympy.exp(sympy.Symbol("t"))], [0]]}, "no polynomial with rational coefficients"),
        ({"W_K": [["1"], [0]]}, "no rational number"),
        ({"W_K": []}, "at least one row"),
        ({"W_K": [[]]}, "at least 1"),
        ({"W_K": [[1], [1, 2]]}, "one common length"),
        ({"W_K": 5}, "W_K has to be a matrix"),
        ({"W_K": None}, "W_K has to be a matrix"),
        ({"normaliser": "hardmax"}, "unknown normaliser 'hardmax'"),
        ({"mask": Mask}, "a mask is a Mask"),
    ],
    ids=str,
)
def test_heads_that_do_not_fit(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        dataclasses.replace(GOOD, **parts)


def test_weights_of_all_kinds_are_stored_alike() -> None:
    kinds = ([[1], [0]], ((Fraction(1),), (0,)), np.array([[1], [0]]), np.array([[1.0], [0.0]]), sympy.Matrix([1, 0]))
    found = [dataclasses.replace(GOOD, W_Q=value) for value in kinds]
    assert all(head == GOOD and hash(head.W_Q) == hash(GOOD.W_Q) for head in found)
    assert dataclasses.replace(GOOD, W_Q=[[Fraction(1, 3)], [0]]).W_Q[0] == sympy.Rational(1, 3)
    assert dataclasses.replace(GOOD, mask=None).mask == Mask()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((TWO, None, [[1, 0, 0]], None), "W_1 and W_2.* rows"),
        ((TWO, None, [[1, 0], [0, 1]], None), "W_1 and W_2.* columns"),
        ((TWO, [[1, 2]], [[1, 0]], None), "a bias and its weight differ in their columns: 2 against 1"),
        ((TWO, [[1], [2]], [[1, 0]], None), "a bias differ in their rows"),
        ((TWO, None, [[1, 0]], [[1]]), "a bias and its weight differ in their columns: 1 against 2"),
        ((TWO, None, [[1, 0]], None, "gelu"), "unknown activation 'gelu'"),
        ((TWO, None, [[1, 0]], None, ("relu", "relu")), "2 activations for 1 hidden units"),
        ((TWO, None, [[1, 0]], None, "maxmin"), "maxmin units come in groups of 2, got 1"),
        ((TWO, None, [[0.5, 0]], None), "float 0.5 in W_2"),
        ((TWO, [[0.1]], [[1, 0]], None), "float 0.1 in b_1"),
        ((None, None, [[1, 0]], None), "W_1 has to be a matrix"),
    ],
    ids=str,
)
def test_networks_that_do_not_fit(args: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        FeedForward(*args)


def encoder(*layers: Layer, width: int = 2, total: int = 3, **more: Any) -> Encoder:
    return Encoder(Slots((("x", width),)), TokenLayout((("X", total - 1), ("Y", 1))), layers, **more)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (Head(ONE, ONE, ONE, ONE), "layer 2, head 1, and the slots differ in their widths: 1 against 2"),
        (dataclasses.replace(GOOD, mask=Mask(keys=("Z",))), "unknown part 'Z'"),
        (dataclasses.replace(GOOD, mask=Mask(positions=(3,))), "names position 3, and positions are 0 to 2"),
        (dataclasses.replace(GOOD, mask=Mask(positions=(-1,))), "names position -1"),
        (dataclasses.replace(GOOD, mask=Mask(matrix=[[1, 0], [0, 1]])), "the mask is 2 x 2, and there are 3 positions"),
        (dataclasses.replace(GOOD, W_Q=[[sympy.Symbol("t")], [0]]), "holds 't', which is no declared constant"),
    ],
    ids=range(6),
)
def test_heads_that_do_not_fit_the_encoder(head: Head, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        encoder(Layer((GOOD,)), Layer((head,)))


def test_weights_do_not_depend_on_inputs() -> None:
    """A matrix symbol in a weight would be taken for the input of that name."""
    n, d = sizes("n d")
    U = universal(n=n, d=d)
    head = U.encoder.layers[0].heads[0]
    blocks = [[head.W_Q.blocks[i, j] for j in range(head.W_Q.blocks.cols)] for i in range(head.W_Q.blocks.rows)]
    blocks[0][0] = sympy.MatrixSymbol("A", d, d)
    with pytest.raises(BadInput, match="a weight holds 'A', which is no declared constant"):
        U.change(layer=0, head=0, W_Q=sympy.BlockMatrix(blocks))
    with pytest.raises(BadInput, match="'X_1,1' cannot name a constant"):
        dataclasses.replace(universal(n=1, d=1).encoder, constants=("X_1,1",))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"keys": "X"}, r"keys is a tuple of token groups: write \('X',\)"),
        ({"matrix": [[2]]}, "entries 0 and 1 only"),
        ({"matrix": [[0.5]]}, "float 0.5 in the mask"),
        ({"matrix": [[-1]]}, "entries 0 and 1 only"),
    ],
    ids=str,
)
def test_masks_that_are_none(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Mask(**parts)


@pytest.mark.parametrize("size", ["n", -1, 1.5, None, True], ids=str)
def test_layouts_refuse_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(BadInput, match="the part 'x' has size"):
        Slots((("x", size),))
    with pytest.raises(BadInput, match="names each part once"):
        Slots((("x", 1), ("x", 2)))


# -- machine ----------------------------------------------------------------------------------------------------------
def test_the_machine_model_is_read_off_the_object() -> None:
    network = FeedForward(TWO, None, [[1, 0]], None, "square", residual=False)
    hard = dataclasses.replace(GOOD, normaliser="average-hard", mask=Mask(causal=True))
    found = machine(encoder(Layer((GOOD, hard), residual=False), Layer((hard,), network), Layer((), None, False)))
    assert found.normalisers == ("softmax", "average-hard")
    assert found.activations == ("square",)
    assert found.masks == ("none", "causal")
    assert found.residual == "everywhere but attention of layer 1, feed-forward of layer 2, attention of layer 3"
    assert found.layer_norm == "none"
    plain = machine(encoder(Layer((GOOD,))))
    assert (plain.residual, plain.activations, plain.masks) == ("everywhere", (), ("none",))
    assert "SMAT" in dict(plain.rows())["Normalisers"]
    assert machine(encoder()).masks == ("none",)


def test_dropping_a_residual_is_reported_by_the_construction() -> None:
    U = universal(n=2, d=2)
    assert U.machine.residual == "everywhere"
    assert U.change(layer=1, residual=False).machine.residual == "everywhere but attention of layer 2"
    assert U.claim.machine == U.machine


# -- cost -------------------------------------------------------------------------------------------------------------
def by_brute_force(given: Encoder) -> dict[str, Any]:
    """The cost counted entry by entry."""
    weights: list[Any] = []
    for layer in given.layers:
        for head in layer.heads:
            weights += [head.W_Q, head.W_K, head.W_V, head.W_O]
        if (net := layer.feed_forward) is not None:
            weights += [w for w in (net.W_1, net.b_1, net.W_2, net.b_2) if w is not None]
    entries = [v for w in weights for row in w.tolist() for v in row]
    return {
        "layers": len(given.layers),
        "heads": [len(layer.heads) for layer in given.layers],
        "width": sum(size for _, size in given.slots.parts),
        "positions": sum(size for _, size in given.tokens.parts),
        "ffn_units": [len(layer.feed_forward.W_1.tolist()[0]) if layer.feed_forward else 0 for layer in given.layers],
        "parameters": len(entries),
        "nonzero_parameters": sum(v != 0 for v in entries),
    }


@settings(max_examples=80)
@given(encoders())
def test_cost_is_counted(given: Encoder) -> None:
    assert cost(given).to_dict() == by_brute_force(given)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"d_v": "v"},
        {"heads": 2, "d_k": "k", "d_v": "v"},
        {"heads": 3, "d_ff": "f"},
        {"projections": True, "scale": "tau"},
    ],
    ids=str,
)
def test_costs_at_all_sizes_are_the_costs_at_each_size(options: dict[str, Any]) -> None:
    """The polynomials agree with the count at concrete sizes, for the encoder built there and the one instantiated."""
    general = universal(n="n", d="d", **options)
    for values in ({"n": 3, "d": 2, "v": 4, "k": 5, "f": 3}, {"n": 2, "d": 3, "v": 2, "k": 4, "f": 5}):
        fixed = {name: values.get(v, v) if isinstance(v, str) else v for name, v in options.items()}
        direct = universal(n=values["n"], d=values["d"], **fixed)
        there = encoder_at(general.encoder, values)
        assert there == direct.encoder
        expected = by_brute_force(there)
        assert cost(there).to_dict() == expected
        symbols = {s: values[s.name] for s in sympy.symbols("n d v k f", positive=True, integer=True)}
        for name, value in general.cost.to_dict().items():
            if isinstance(value, str):
                value = sympy.sympify(value, locals={s.name: s for s in symbols}).subs(symbols)
            elif isinstance(value, list):
                named = [sympy.sympify(v, locals={s.name: s for s in symbols}) for v in value]
                value = [v.subs(symbols) for v in named]
            assert value == expected[name], name


def test_every_part_can_be_replaced() -> None:
    U = universal(n=2, d=2)
    head = U.encoder.layers[0].heads[0]
    other = U.with_encoder(U.encoder.change(0, 0, W_Q=2 * head.W_Q))
    assert other.encoder.layers[0].heads[0].W_Q == 2 * head.W_Q
    assert U.encoder.layers[0].heads[0] is head
    assert other.claim.right == U.claim.right
    with pytest.raises(dataclasses.FrozenInstanceError):
        head.W_Q = None
    with pytest.raises(TypeError):
        head.W_Q[0, 0] = 7
