"""Encoders as JSON: read back they are equal; what was edited, torn or foreign is a clear error."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from typing import Any

import pytest
import sympy
from hypothesis import given, settings

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.stored import content_hash, from_dict, load, save, to_dict
from symsim.errors import BadInput
from symsim.simulators import universal
from symsim.testing import encoders

tau = sympy.Symbol("tau")
ENCODERS = {
    "rows": universal(n=3, d=2, d_v=1).encoder,
    "rows, all sizes": universal(n="n", d="d", d_v="v").encoder,
    "encoder layer, all sizes": universal(n="n", d="d", d_k="k", d_v="v", d_ff="f", heads=2).encoder,
    "scaled": universal(n=2, d=2, projections=True, scale="tau").encoder,
    "scaled, all sizes": universal(n="n", d="d", projections=True, scale="tau").encoder,
    "a rational scale": universal(n="n", d="d", projections=True, scale=sympy.Rational(1, 3)).encoder,
    "polynomials in tau": Encoder(
        Slots((("x", 1),)),
        TokenLayout((("X", 1),)),
        (Layer((Head([[tau**2 / 3 - 1]], [[1]], [[1]], [[-tau]]),)),),
        ("tau",),
    ),
    "no layers": Encoder(Slots((("x", 1),)), TokenLayout((("X", 2),)), ()),
    "sums of sizes": Encoder(
        Slots((("x", sympy.Integer(2)),)), TokenLayout((("X", 2), ("empty", 0))), (Layer((), None, False, "zeros"),)
    ),
}


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
def test_round_trip(encoder: Encoder) -> None:
    text = save(encoder)
    again = load(text)
    assert again == encoder
    assert save(again) == text
    data = json.loads(text)
    assert (data["schema_version"], data["kind"]) == (1, "encoder")
    assert data["hash"] == content_hash(data)


@settings(max_examples=60)
@given(encoders())
def test_round_trip_of_random_encoders(encoder: Encoder) -> None:
    assert load(save(encoder)) == encoder


def test_different_encoders_have_different_hashes() -> None:
    seen = [to_dict(encoder)["hash"] for encoder in ENCODERS.values()]
    assert len(set(seen)) == len(seen)
    encoder = universal(n=2, d=2).encoder
    assert to_dict(encoder)["hash"] != to_dict(encoder.change(1, 0, mask=None))["hash"]


# -- damage -----------------------------------------------------------------------------------------------------------
TEXT = save(universal(n=2, d=1).encoder)


def resigned(**changes: Any) -> str:
    """The stored encoder with fields replaced and a hash that fits again."""
    data = {**json.loads(TEXT), **changes}
    return json.dumps({**data, "hash": content_hash(data)})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no complete JSON"),
        (TEXT[: len(TEXT) // 2], "no complete JSON"),
        (TEXT[:-3], "no complete JSON"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "holds no encoder"),
        ('{"kind": "report"}', "its 'kind' has to be 'encoder'"),
        (TEXT.replace('"linear"', '"softmax"'), "does not match its hash"),
        (TEXT.replace('"1"', '"2"', 1), "does not match its hash"),
        (TEXT.replace('"hash": "', '"hash": "0'), "does not match its hash"),
        (resigned(schema_version=2), "schema_version 2 is not known; this program reads 1"),
        (TEXT.replace('"constants": []', '"constants": [NaN]'), "NaN, which is no exact number"),
        (TEXT.replace('"constants": []', '"constants": ' + "[" * 900 + "]" * 900), "nested too deeply"),
        (resigned(slots=None), "missing or malformed"),
        (resigned(slots=[["x"]]), "missing or malformed"),
        (resigned(slots=[["x", ["n"]]]), "missing or malformed"),
        (resigned(slots=[["x", -1]]), "-1 is no size"),
        (resigned(slots=[["x", "n-1"]]), "n-1"),
        (resigned(slots=[["x", 0.5]]), "holds 0.5, which is no exact number"),
        (resigned(layers=[{}]), "missing or malformed: KeyError"),
        (resigned(layers=7), "missing or malformed"),
        (resigned(constants=["__import__"]), "cannot name a constant"),
        (resigned(tokens=[["A", 2]]), "unknown part 'X'"),
    ],
    ids=range(22),
)
def test_damage_is_bad_input(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        load(text)


def weight(entries: Any, shape: Any = (1, 1)) -> dict[str, Any]:
    return {"shape": list(shape), "entries": entries}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (weight([[0, 0, "0.5"]]), "no exact entry"),
        (weight([[0, 0, 0.5]]), "no exact"),
        (weight([[0, 0, "1/0"]]), "no exact entry"),
        (weight([[0, 0, "__import__('os')"]]), "no exact entry"),
        (weight([[0, 5, "1"]]), "lies outside its 1 x 1 weight"),
        (weight([], (2, 1)), "differ in their rows"),
        (weight([[0, 0, {"symbols": ["tau"], "terms": [[[1], "1"]]}]]), "holds 'tau', which is no declared constant"),
        ({"rows": [1], "cols": [1], "blocks": [[0, 0, "eval", "1"]]}, "unknown block 'eval'"),
    ],
    ids=range(8),
)
def test_damaged_weights(changed: dict[str, Any], message: str) -> None:
    encoder = Encoder(Slots((("x", 1),)), TokenLayout((("X", 1),)), (Layer((Head([[1]], [[1]], [[1]], [[1]]),)),))
    data = to_dict(encoder)
    data["layers"][0]["heads"][0]["W_Q"] = changed
    data["hash"] = content_hash(data)
    with pytest.raises(BadInput, match=message):
        load(json.dumps(data))
    with pytest.raises(BadInput, match=message):
        from_dict(data)


def test_masks_and_networks_come_back() -> None:
    mask = Mask(("X",), (0,), True, [[1]])
    network = FeedForward([[1]], [[sympy.Rational(-7, 3)]], [[1]], [[2]], (("silu", 1),), residual=False)
    head = Head([[1]], [[1]], [[1]], [[1]], mask, "unique-hard-right", "h")
    encoder = Encoder(Slots((("x", 1),)), TokenLayout((("X", 1),)), (Layer((head, head), network, False, "l"),))
    again = load(save(encoder)).layers[0]
    assert again.heads[0].mask.kind == "keys X and key padding and causal and arbitrary"
    assert again.feed_forward == network
    assert (again.residual, again.name, again.heads[1].name) == (False, "l", "h")


# -- anything at all --------------------------------------------------------------------------------------------------
JUNK: list[Any] = [None, True, -1, 0, 3, 10**30, 0.5, "", "n", "1/2", "1/0", "-", "n+m", "n*", "n**2", "²", "x" * 2000]
JUNK += [[], [[]], {}, {"a": 1}, ["x"], [0, 0, "1"], [[0, 0, "1"]]]
JUNK += [{"symbols": ["t"], "terms": []}, {"symbols": [1], "terms": [[[1], "1"]]}]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside plain data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path] * bool(path) + [found for key, value in inner for found in places(value, (*path, key))]


@pytest.mark.parametrize("name", ["rows", "encoder layer, all sizes", "polynomials in tau"])
def test_any_damage_is_bad_input_or_another_encoder(name: str) -> None:
    original = to_dict(ENCODERS[name])
    rng = random.Random(4)
    found = [path for path in places(original) if path[0] != "hash"]
    outcomes: Counter[str] = Counter()
    for _ in range(400):
        data = copy.deepcopy(original)
        *path, last = rng.choice(found)
        target = data
        for key in path:
            target = target[key]
        if rng.random() < 0.3:
            del target[last]
        else:
            target[last] = rng.choice(JUNK)
        try:
            again = load(json.dumps({**data, "hash": content_hash(data)}))
        except BadInput as error:
            assert str(error)
            outcomes["bad"] += 1
        else:
            assert load(save(again)) == again
            outcomes["good"] += 1
    assert outcomes["bad"] > 100
