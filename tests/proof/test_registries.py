"""A new normaliser, activation or method is one object in one file: registered it works, removed it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.claims.comparing import compare
from symsim.claims.construction import Construction, Placement, Readout
from symsim.domains.registry import Registry
from symsim.encoder.activations import ACTIVATIONS
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.normalisers import NORMALISERS, Normaliser
from symsim.encoder.stored import load, save
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.formulas import apply, diag, hadamard, matrix, ones, sizes
from symsim.proof import METHODS, check
from symsim.simulators.heads import head
from tests.proof.toys.cube import CUBE
from tests.proof.toys.squared import SQUARED
from tests.proof.toys.syntactic import SYNTACTIC


@pytest.fixture
def toys() -> Iterator[None]:
    """The three toys, registered for one test."""
    pairs: list[tuple[Registry[Any], Any]] = [(NORMALISERS, SQUARED), (ACTIVATIONS, CUBE), (METHODS, SYNTACTIC)]
    for registry, toy in pairs:
        registry.register(toy)
    yield
    for registry, toy in pairs:
        registry.remove(toy.name)


def attending(n: Any, d: Any, mask: Mask | None = None) -> Construction:
    """One head with the toy normaliser: ``sq(X X^T) X``."""
    slots = Slots((("x", d), ("out", d)))
    only = head(slots, ["x"], ["x"], {"x": "out"}, "squared", mask)
    X = matrix("X", n, d)
    S = X @ X.T
    raised = ones(n, n) + hadamard(S, S)
    return Construction(
        name="toy",
        encoder=Encoder(slots, TokenLayout((("X", n),)), (Layer((only,)),)),
        inputs=(("X", (n, d)),),
        placements=(Placement("X", "x", "input", "X"),),
        readout=Readout("out", (n, d), "X"),
        computes=diag(apply("reciprocal", raised @ ones(n))) @ raised @ X,
    )


def cubing(n: Any, d: Any) -> Construction:
    """A feed-forward network with cube units: ``X .* X .* X``."""
    slots = Slots((("x", d), ("out", d)))
    inner = slots.select(["x"])
    units = FeedForward(
        block_weight({("x", "x"): 1}, slots, inner), None, block_weight({("x", "out"): 1}, inner, slots), None, "cube"
    )
    X = matrix("X", n, d)
    return Construction(
        name="cubes",
        encoder=Encoder(slots, TokenLayout((("X", n),)), (Layer((), units),)),
        inputs=(("X", (n, d)),),
        placements=(Placement("X", "x", "input", "X"),),
        readout=Readout("out", (n, d), "X"),
        computes=hadamard(X, X, X),
    )


def by_hand(X: Any, mask: Any = None) -> Any:
    """What the toy head computes, in numpy."""
    S = X @ X.T
    raised = (1 + S**2) * (np.ones(S.shape) if mask is None else mask)
    total = raised.sum(axis=1, keepdims=True)
    return raised / np.where(total == 0, 1, total) @ X


def test_a_normaliser(toys: None) -> None:
    toy = attending(3, 2)
    X = [[1, 2], [0, -1], [3, 1]]
    exact = toy(X=X)
    assert exact[0, 0] == sympy.Rational(26 + 0 + 3 * 26, 26 + 5 + 26)
    floats = toy(X=np.array(X, dtype=float))
    assert np.allclose(np.array(exact.tolist(), dtype=float), by_hand(np.array(X)))
    assert np.allclose(floats, by_hand(np.array(X)))
    assert toy.machine.normalisers == ("squared",)
    assert ("Normalisers", "squared (toy: squared scores)") in toy.machine.rows()
    assert load(save(toy.encoder)) == toy.encoder


def test_a_normaliser_under_masks(toys: None) -> None:
    table = [[0, 1, 0], [0, 0, 0], [1, 1, 1]]
    X = np.array([[1.0, 2], [0, -1], [3, 1]])
    toy = attending(3, 2, Mask(matrix=table))
    assert np.allclose(toy(X=X), by_hand(X, np.array(table)))
    assert np.allclose(np.array(toy(X=X.astype(int)).tolist(), dtype=float), by_hand(X, np.array(table)))


def test_claims_about_a_normaliser(toys: None) -> None:
    for size in (2, 3):
        report = check(attending(size, 2).claim)
        assert report.verdict == "proved", report
        assert report.to_dict()["machine"]["normalisers"] == ["squared"]
    assert check(attending(*sizes("n d")).claim).verdict == "proved"
    wrong = attending(2, 2).change(layer=0, head=0, normaliser="softmax")
    report = check(wrong.claim)
    assert report.verdict == "refuted"
    assert report.witness is not None
    X = np.array(report.witness["X"].tolist(), dtype=float)
    i, j = report.witness.place
    assert abs(wrong(X=X)[i, j] - by_hand(X)[i, j]) > 1e-6


def test_an_activation(toys: None) -> None:
    toy = cubing(2, 3)
    X = [[1, -2, 3], [0, 5, sympy.Rational(1, 2)]]
    assert toy(X=X) == sympy.Matrix(X).applyfunc(lambda v: v**3)
    assert toy.machine.activations == ("cube",)
    assert np.allclose(toy(X=np.array(X, dtype=float)), np.array(X, dtype=float) ** 3)
    assert check(toy.claim).verdict == "proved"
    assert check(cubing(*sizes("n d")).claim).verdict == "proved"
    network = toy.encoder.layers[0].feed_forward
    assert network is not None
    other = toy.change(layer=0, feed_forward=FeedForward(network.W_1, None, network.W_2, None, "square"))
    assert check(other.claim).verdict == "refuted"
    assert load(save(toy.encoder)) == toy.encoder


def test_a_method(toys: None) -> None:
    shapes = {"A": ("d", "d"), "B": ("d", "d")}
    same, turned = compare("A B + B", "A B + B", shapes), compare("A B + B", "B + A B", shapes)
    report = check(same, method="syntactic")
    assert (report.verdict, report.method, report.steps[0].name) == ("proved", "syntactic", "trees")
    report = check(turned, method="syntactic")
    assert report.verdict == "undecided"
    assert "other trees" in report.reason
    assert check(compare("A B", "B A", shapes), method="syntactic").verdict == "refuted"
    with pytest.raises(BadInput, match="'syntactic' does not apply: it compares formulas, not encoders"):
        check(attending(2, 2).claim, method="syntactic")


def test_what_is_not_registered_is_unknown() -> None:
    with pytest.raises(BadInput, match="unknown normaliser 'squared'"):
        Head([[1]], [[1]], [[1]], [[1]], normaliser="squared")
    with pytest.raises(BadInput, match="unknown activation 'cube'"):
        FeedForward([[1]], None, [[1]], None, "cube")
    with pytest.raises(BadInput, match="unknown method 'syntactic'"):
        check(compare("A", "A", {"A": (1, 1)}), method="syntactic")
    with pytest.raises(BadInput, match="unknown normaliser 'sofmax': did you mean 'softmax'"):
        Head([[1]], [[1]], [[1]], [[1]], normaliser="sofmax")


def test_an_encoder_outlives_its_normaliser_as_a_clear_error() -> None:
    NORMALISERS.register(SQUARED)
    text = save(attending(2, 2).encoder)
    NORMALISERS.remove("squared")
    with pytest.raises(BadInput, match="unknown normaliser 'squared'"):
        load(text)


def test_names_are_taken_once(toys: None) -> None:
    with pytest.raises(BadInput, match="a normaliser named 'squared' is registered already"):
        NORMALISERS.register(Normaliser("squared", SQUARED.weights, ""))
    assert NORMALISERS.register(SQUARED) is SQUARED
    assert "squared" in NORMALISERS.names()
    with pytest.raises(BadInput, match="unknown method 'nothing'"):
        METHODS.remove("nothing")
