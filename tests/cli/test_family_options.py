"""Options of a family on the command line: read, completed with sizes, refused by name; the claim that they make."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from derivations import registry
from symsim.cli.family import member, named
from symsim.errors import BadInput
from symsim.proof import check
from tests.cli.conftest import Command

Refused = Callable[..., str]


def test_values_are_numbers_truths_or_words() -> None:
    given = named(["layers=3", "scale=-1/2", "eps=0.25", "biases=true", "mask = causal", "d-v=v"], {"n": 2})
    assert given == {
        "n": 2,
        "layers": 3,
        "scale": Fraction(-1, 2),
        "eps": Fraction(1, 4),
        "biases": True,
        "mask": "causal",
        "d_v": "v",
    }


@pytest.mark.parametrize(
    ("item", "message"),
    [("layers", "takes NAME=VALUE"), ("=3", "takes NAME=VALUE"), ("n=", "takes NAME=VALUE"), ("n=4", "given twice")],
)
def test_what_is_no_pair_is_refused(item: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        named([item], {"n": 3})


def shapes(name: str, general: bool = False, **options: Any) -> dict[str, tuple[str, str]]:
    derivation = registry[name]
    construction = derivation.construction_for(**member(derivation, options, general))
    return {key: (str(a), str(b)) for key, (a, b) in construction.inputs}


def test_sizes_that_are_not_given_are_symbols() -> None:
    assert shapes("universal-simulator", d=2) == {"X": ("n", "2"), "A": ("2", "2"), "V": ("2", "2")}
    assert shapes("linformer", r=2)["E"] == ("2", "n")
    assert shapes("cross-attention", d_y=3)["Y"] == ("m", "3")
    assert member(registry["linformer"], {}) == {}


def test_the_general_claim_has_every_size_of_the_statement() -> None:
    assert shapes("universal-simulator", mask="causal")["V"] == ("d", "d")
    assert shapes("universal-simulator", general=True, mask="causal")["V"] == ("d", "d_v")
    assert shapes("looped-attention", general=True, layers=3)["V_3"] == ("d", "d")
    assert shapes("looped-attention", general=True, heads=2)["W_V1_1"] == ("d", "d_v")
    assert shapes("looped-encoder", general=True, heads=1, layers=1)["W_1"] == ("d", "d_ff")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("universal-simulator --option maks=causal", "has no option 'maks': did you mean 'mask'?"),
        ("linear-attention --option layers=2", "linear-attention has no option 'layers': known: d, d_k, d_v"),
        ("linformer --realisation P", "linformer has no option 'realisation'"),
        ("looped-attention --option layers=two", "layers is a whole number, got 'two'"),
        ("looped-attention --option layers=true", "layers is a whole number, got 'True'"),
        ("looped-attention --option projections=3", "the option 'projections' is true or false, got '3'"),
        ("looped-attention --option n=2 --n 3", "the option 'n' is given twice"),
        ("grouped-query-attention --option groups=3", "4 heads cannot share 3 keys and values evenly"),
        ("linformer --option r=0", "0 is not a size"),
        ("linformer --option r", "--option takes NAME=VALUE, such as layers=3, got 'r'"),
        ("universal-simulator linear-attention --option mask=causal", "linear-attention has no option 'mask'"),
    ],
)
def test_mistakes(refused: Refused, arguments: str, message: str) -> None:
    err = refused("prove", *arguments.split())
    assert message in err and "\n" not in err


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ("looped-encoder --option layers=3", "W_Q_3"),
        ("grouped-query-attention --option groups=4", "W_K4"),
        ("linformer --option r=2 --n 3 --realisation R", "E: 2 x 3"),
        ("cross-attention --option m=1 --heads 2", "W_O2"),
        ("universal-simulator --projections --option scale=1/2", "1/2"),
    ],
)
def test_options_reach_the_family(symsim: Command, arguments: str, shown: str) -> None:
    done = symsim("prove", *arguments.split())
    assert (done.status, done.err) == (0, "")
    assert shown in done.out and done.text.splitlines()[-1].startswith("  proved        -.--  parametric ")


def test_an_option_that_changes_the_formula_makes_a_claim_of_its_own() -> None:
    derivation = registry["universal-simulator"]
    causal = derivation.construction_for(n=2, d=1, mask="causal")
    assert check(derivation.claim_of(causal)).verdict == "proved"
    assert "causal" in str(derivation.claim_of(causal).right)
    plain = derivation.construction_for(n=2, d=1)
    broken = plain.change(layer=1, head=0, mask=None)
    assert derivation.claim_of(plain).right == derivation.computes_for(plain)
    assert check(derivation.claim_of(broken)).verdict == "refuted"


def test_certify_and_trace_take_them_too(symsim: Command, tmp_path: Path) -> None:
    path = tmp_path / "loop.json"
    done = symsim("certify", "looped-attention", "--option", "layers=3", "-o", path)
    assert done.status == 0 and "V_3: d x d" in done.out
    assert symsim("recheck", path).status == 0
    assert "W_O2" in symsim("certify", "linformer", "--heads", "2", "-o", tmp_path / "l.json").out
    flow = symsim("trace", "looped-attention", "--option", "layers=1", "--json").data
    assert {node["layer"] for node in flow["nodes"]} == {0, 1, 2}
    assert symsim("trace", "looped-attention", "--option", "layer=1").status == 2
