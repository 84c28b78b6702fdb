"""A bounded part of the long attack: faults of compiled programs, rewrites, altered certificates, with controls."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from symsim.formulas import matrix
from symsim.simulators import universal
from symsim.testing import encoder_rewrites, formula_rewrites
from tests import campaign_compiled, campaign_faults, campaign_rewrites, campaign_tampering, faults, tampering, trial
from tests.campaign_families import FAMILIES

NAMES = [*campaign_compiled.MATRICES, *campaign_compiled.WORDS]


@pytest.mark.parametrize("name", NAMES)
def test_faults_of_compiled_programs_are_decided_rightly(name: str) -> None:
    _, found = campaign_compiled.planted(name)
    rows = [campaign_compiled.attack(name, k) for k in random.Random(3).sample(range(len(found)), 12)]
    assert [row["wrong"] for row in rows if row["wrong"]] == []
    assert {row["verdict"] for row in rows} == {"proved", "refuted"}


def test_faults_are_distinct_and_their_pairs_end() -> None:
    for name in ("transposition 2,2", "histogram, twice"):
        made, found = campaign_compiled.planted(name)
        assert len({fault.encoder for fault in found}) == len(found) > 100 and made.encoder not in found


def test_second_opinion_about_words_sees_a_wrong_encoder_and_a_wrong_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    made, found = campaign_compiled.planted("reverse")
    oracle = campaign_compiled.WORDS["reverse"][3]
    assert not campaign_compiled.differs(made, "aab", oracle) and campaign_compiled.differs(made, "aab", list)
    result = campaign_compiled.trial_of_words(made, faults.Fault("none", "none", lambda: made.encoder), list)
    assert result.verdict == "proved" and "proved, but wrong at" in result.wrong
    broken = next(f for f in found if campaign_compiled.attack("reverse", found.index(f))["verdict"] == "refuted")
    monkeypatch.setattr(campaign_compiled, "differs", lambda *_: False)
    assert "numpy sees no difference" in campaign_compiled.trial_of_words(made, broken, oracle).wrong


def test_second_opinion_about_matrices_sees_a_wrong_verdict() -> None:
    made, _ = campaign_compiled.planted("transposition 2,2")
    unchanged = faults.Fault("none", "none", lambda: made.encoder)
    assert trial.trial(made, unchanged, False, 20, lambda x: x["A"].T).wrong == ""
    assert "proved, but" in trial.trial(made, unchanged, False, 20, lambda x: x["A"]).wrong


@pytest.mark.parametrize("kind", list(campaign_rewrites.KINDS))
def test_rewrites_are_proved(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_rewrites, "SIZE", 25)
    row = campaign_rewrites.attack(kind, 1000)
    assert row["wrong"] == [] and row["tried"] >= 20


@pytest.mark.parametrize("law", list(encoder_rewrites.RULES))
def test_every_rule_for_encoders_applies_somewhere_and_keeps_the_function(law: str) -> None:
    source, applied = random.Random(law), 0
    for name in ("R 2,1,1", "R two heads 2,1", "P narrow 2,1,1", "R projections 2,2"):
        construction = universal(**campaign_faults.MACHINES[name])
        if law == "token groups in another order" and construction.readout.group is None:
            continue
        twice = encoder_rewrites.RULES["a head split in two"](construction.encoder, source)
        other = encoder_rewrites.RULES[law](twice or construction.encoder, source)
        if other is not None and other != construction.encoder:
            campaign_rewrites.judged(construction, other)
            applied += 1
    assert applied


def test_laws_for_formulas_apply_somewhere() -> None:
    seen = set()
    for seed in range(60):
        for formula in _samples():
            seen.add(formula_rewrites.rewritten_formula(formula, random.Random(seed))[0])
    assert set(formula_rewrites.LAWS) <= seen


def _samples() -> list[Any]:
    from symsim.formulas import apply, hadamard, ones, softmax, trace

    X, Y, M = matrix("X22", 2, 2), matrix("Y22", 2, 2), matrix("M22", 2, 2)
    products = [X @ (X + Y), (X @ Y).T, hadamard(X, Y) + X, X @ ones(2, 1)]
    return [softmax(X, mask=M), trace(X @ Y), apply("square", X), *products]


def _wrong_rule(head: Any, source: random.Random) -> Any:
    return (replace(head, W_O=2 * encoder_rewrites._dense(head.W_O)),)


def test_a_wrong_rule_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: dict[str, Callable[..., Any]] = {"twice": encoder_rewrites._over_heads(_wrong_rule)}
    monkeypatch.setattr(encoder_rewrites, "RULES", wrong)
    row = campaign_rewrites.attack("constructions", 0)
    assert len(row["wrong"]) >= row["tried"] // 2
    monkeypatch.setattr(formula_rewrites, "LAWS", {"twice": lambda node, source: 2 * node})
    assert campaign_rewrites.attack("formulas", 0)["wrong"]


@pytest.mark.parametrize("name", list(campaign_tampering.CLAIMS))
def test_altered_certificates_of_every_kind(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_tampering, "SIZE", 25)
    row = campaign_tampering.attack(name, 1000)
    assert row["wrong"] == [] and row["kinds"]["rejected"] > 10


def test_a_wrong_acceptance_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_tampering, "SIZE", 100)
    monkeypatch.setattr(tampering, "verdict", lambda original, changed: "WRONG: a false claim")
    assert campaign_tampering.attack("condition", 0)["wrong"]


def test_the_whole_attack_is_as_large_as_it_is_said_to_be() -> None:
    """Faults are counted where that is quick: the machines of R and P bring 16,000 of them."""
    rewritten = sum(len(FAMILIES[f"rewritten {kind}"].blocks()) for kind in campaign_rewrites.KINDS)
    assert rewritten * campaign_rewrites.SIZE >= 2_000
    tampered = sum(len(FAMILIES[f"tampered {name}"].blocks()) for name in campaign_tampering.CLAIMS)
    assert tampered * campaign_tampering.SIZE * 3 // 4 >= 10_000
    assert sum(len(FAMILIES[f"compiled {name}"].blocks()) for name in NAMES) > 3_000
