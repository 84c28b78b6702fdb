"""Constructions as JSON: read back they are equal, what was edited or torn is refused, and no claim is proved by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from symsim.claims.report import Verdict
from symsim.claims.stored_constructions import load, save
from symsim.encoder.stored import content_hash
from symsim.errors import BadInput
from symsim.proof import check
from symsim.rasp import load as load_program
from symsim.simulators import scalars, universal
from tests.simulators.family import FAMILY


@pytest.mark.parametrize("name", FAMILY)
def test_the_family_at_all_sizes_is_read_back_as_it_was(name: str) -> None:
    made = FAMILY[name].general()
    back = load(save(made))
    assert back == made and back.claim == made.claim
    assert save(back) == save(made)


@pytest.mark.parametrize(
    "made",
    [
        universal(2, 1, 3),
        scalars.universal(2, 2, 1),
        scalars.transposition(2, 3),
        universal(2, 2, projections=True, scale="tau"),
    ],
)
def test_fixed_sizes_flat_tokens_and_constants(made: Any) -> None:
    back = load(made.to_json())
    assert back == made and check(back.claim).verdict is Verdict.PROVED


def test_a_broken_encoder_is_stored_with_its_claim_and_refuted() -> None:
    broken = universal("n", "d").change(1, 0, mask=None)
    back = load(save(broken))
    assert back == broken and check(back.claim).verdict is Verdict.REFUTED


def test_what_is_no_equality_with_a_formula_is_refused() -> None:
    program = load_program("library:matrices").compile(
        "transposition", [1, 2], length=2, inputs={"A": (1, 2)}, shape=(2, 1)
    )
    for made in (program, universal(2, 2, realisation="softmax")):
        with pytest.raises(BadInput, match="only a claim that it equals a formula"):
            save(made)


def signed(data: dict[str, Any]) -> str:
    return json.dumps({**data, "hash": content_hash(data)})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("computes", "softmax(X A X^T", "line 1"),
        ("computes", "A", "shape|sizes"),
        ("computes", 3, "3 is no text"),
        ("inputs", [["X", ["n", "d"]]], "unknown name 'A'|'A'"),
        ("readout", {}, "missing or malformed"),
        ("placements", [{"group": "X"}], "missing or malformed"),
    ],
)
def test_signed_nonsense_is_refused(field: str, value: Any, words: str) -> None:
    data = json.loads(save(universal("n", "d")))
    with pytest.raises(BadInput, match=words):
        load(signed({**data, field: value}))


def test_an_edited_or_torn_file_is_refused() -> None:
    text = save(universal(2, 2))
    with pytest.raises(BadInput, match="does not match its hash"):
        load(text.replace("softmax(X A X^T)", "softmax(X A^T X^T)"))
    with pytest.raises(BadInput):
        load(text[: len(text) // 2])
    with pytest.raises(BadInput, match="holds no construction"):
        load(json.dumps({"kind": "encoder"}))
