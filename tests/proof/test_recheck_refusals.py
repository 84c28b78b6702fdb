"""Each thing that the stand-alone checker refuses, planted: without the refusal the claim would be accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from symsim.proof import check, recheck
from symsim.simulators import universal
from tests import tampering

X: list[Any] = ["name", "X"]
SQUARE = [["X", 2, 2, "real"]]


def _claims(left: Any, right: Any, inputs: Any = None, definitions: Any = ()) -> bytes:
    """A certificate, with its hash and its claim, that two formulas are equal."""
    body = {
        "schema_version": 1,
        "kind": "symbolic",
        "inputs": inputs or SQUARE,
        "left": {"kind": "program" if definitions else "formula", "definitions": list(definitions), "tree": left},
        "right": {"kind": "formula", "definitions": [], "tree": right},
        "side_conditions": [],
    }
    data = tampering.forged({**body, "claim": ""})
    assert b'"claim":""' not in data, "the claim cannot even be said"
    return data


def test_plain_claim_is_accepted() -> None:
    """The positive control of this page."""
    assert recheck.establish(_claims(X, X)) == "X = X for all real X (2 x 2)"


@pytest.mark.parametrize("number", ["2/2", "4/2", "+1", " 1", "1.0", "1e0", "01", "1_0", "-0", "٣"])
def test_numbers_have_one_text(number: str) -> None:
    tree = ["scaled", ["number", number], X]
    with pytest.raises(ValueError, match="lowest terms"):
        recheck.establish(_claims(tree, tree))


@pytest.mark.parametrize("name", ["X y", "X\nproved", "", "1", "X" * 100, "Ü", "X'"])
def test_names_are_names(name: str) -> None:
    content = {"schema_version": 1, "kind": "symbolic", "inputs": [[name, 1, 1, "real"]], "side_conditions": []}
    side = {"kind": "formula", "definitions": [], "tree": ["name", name]}
    text = f"{name} = {name} for all real {name} (1 x 1)"
    with pytest.raises(ValueError, match="no name"):
        recheck.establish(tampering.forged({**content, "left": side, "right": side, "claim": text}, claim=False))


@pytest.mark.parametrize(
    "tree",
    [
        ["binary", "==", X, X],
        ["softmax", X, X],
        ["apply", "log", ["apply", "exp", X]],
        ["apply", "round", X],
        ["sum", X, ["ones", 2, 1]],
        ["product", X, ["ones", 1, 2]],
        ["hadamard", X, ["ones", 2, 1]],
        ["scaled", X, X],
        ["reshape", X, 1, 2],
        ["reshape", X, 4, 4],
        ["transpose", X, X],
        ["sum"],
        ["apply", "reciprocal", ["sum", X, ["scaled", ["number", "-1"], X]]],
        ["ones", 2, True],
        ["ones", 2, -1],
        ["ones", 5000, 5000],
        ["name", "Y"],
        ["inverse", X],
        ["matrix", {"shape": [2, 2], "entries": [[0, 0, "1"], [0, 0, "1"]]}],
        ["matrix", {"shape": [2, 2], "entries": [[0, 2, "1"]]}],
        ["matrix", {"shape": [2, 2], "entries": [[-1, 0, "1"]]}],
        ["matrix", {"shape": [2, 2], "entries": [], "note": "1"}],
    ],
)
def test_operation_is_refused(tree: Any) -> None:
    with pytest.raises((ValueError, LookupError, TypeError)):
        recheck.establish(_claims(tree, tree))


def test_sides_of_different_shape_are_no_claim() -> None:
    for other in (["reshape", ["ones", 2, 2], 4, 1], ["ones", 2, 3], ["ones", 3, 2]):
        with pytest.raises(ValueError):  # noqa: PT011
            recheck.establish(_claims(["scaled", ["number", "0"], ["ones", 2, 2]], ["scaled", ["number", "0"], other]))


def test_definitions_do_not_redefine() -> None:
    with pytest.raises(ValueError, match="names two things"):
        recheck.establish(_claims(["name", "X"], X, definitions=[["X", ["ones", 2, 2]]]))
    assert recheck.establish(_claims(["name", "Z"], X, definitions=[["Z", X]]))


def test_inputs_are_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        recheck.establish(_claims(X, X, inputs=[*SQUARE, *SQUARE]))


def test_too_many_masks() -> None:
    with pytest.raises(ValueError, match="masks"):
        recheck.establish(_claims(X, X, inputs=[["X", 5, 5, "0/1"]]))


def _words(letters: Any, length: Any = 1) -> bytes:
    side = {"kind": "program", "definitions": [], "tree": ["name", "word"]}
    body = {"schema_version": 1, "kind": "exhaustive", "letters": letters, "length": length}
    return tampering.forged({**body, "left": side, "right": side, "side_conditions": [], "claim": ""})


@pytest.mark.parametrize("letters", [[], [["a", "1"], ["b", "1"]], [["a", "1"], ["a", "2"]], [["a b", "1"]]])
def test_alphabet_is_refused(letters: Any) -> None:
    assert recheck.establish(_words([["a", "0"], ["b", "1"]], 2))
    with pytest.raises(ValueError):  # noqa: PT011
        recheck.establish(_words(letters))


@pytest.mark.parametrize("length", [0, 21, True, "2"])
def test_length_is_refused(length: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        recheck.establish(_words([["a", "0"], ["b", "1"]], length))


def _machine(change: Any) -> bytes:
    """The universal simulator with something changed that computes the same, were it not refused."""
    content = json.loads(check(universal(n=1, d=1).claim, cut=False).certifier.data)
    change(content["left"])
    return tampering.forged(content)


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e["layers"][0].update(residual=1),
        lambda e: e["layers"][0].update(residual_2="yes"),
        lambda e: e["layers"][0]["heads"][0].update(mask=[[[0, 3]], 0]),
        lambda e: e["layers"][0]["heads"][0].update(mask=[[[-3, 3]], False]),
        lambda e: e["layers"][0]["heads"][0].update(name="products"),
        lambda e: e["layers"][0]["heads"][0]["W_V"]["shape"].__setitem__(0, 8),
        lambda e: e["layers"][0]["heads"][0]["W_K"]["shape"].__setitem__(1, 2),
        lambda e: e["layers"][0].update(note=1),
        lambda e: e["cuts"].append([2, 0, 0, 1, 1, ["name", "X"]]),
        lambda e: e["cuts"].append([True, 0, 0, 1, 1, ["name", "X"]]),
        lambda e: e["cuts"].append([1, 0, 0, 1, 1, ["name", "A"]]),
        lambda e: e["readout"].__setitem__(2, 3),
        lambda e: e["slots"][0].__setitem__(1, 0),
        lambda e: e["layers"][1]["heads"][0].update(normaliser="sparsemax"),
    ],
)
def test_encoder_is_refused(change: Any) -> None:
    assert recheck.establish(_machine(lambda encoder: None))
    with pytest.raises((ValueError, LookupError, TypeError)):
        recheck.establish(_machine(change))


def test_activations_fit_the_units() -> None:
    content = json.loads(check(universal(n=1, d=1, d_ff=1).claim, cut=False).certifier.data)
    assert recheck.establish(tampering.forged(content))
    (layer,) = [layer for layer in content["left"]["layers"] if layer["feed_forward"]]
    layer["feed_forward"]["activations"].append(["relu", 1])
    with pytest.raises(ValueError, match="do not fit"):
        recheck.establish(tampering.forged(content))
