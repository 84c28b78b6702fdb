"""The derivation of the universal simulator: complete for all sizes and at fixed ones, with at least five controls."""

from __future__ import annotations

import numpy as np
import pytest

from derivations import registry
from symsim.claims.report import Verdict
from symsim.derivation import CheckedDerivation

DERIVATION = registry["universal-simulator"]


@pytest.fixture(scope="module")
def checked() -> CheckedDerivation:
    return DERIVATION.check()


def test_claim_is_proved_for_all_sizes_by_the_parametric_method(checked: CheckedDerivation) -> None:
    assert checked.report.verdict is Verdict.PROVED
    assert checked.report.method == "parametric"
    assert checked.report.claim.free_sizes == ("d", "d_v", "n")
    assert checked.report.side_conditions == ()


def test_every_step_is_proved_by_itself(checked: CheckedDerivation) -> None:
    assert len(checked.identities) >= 5
    assert all(item.report.verdict is Verdict.PROVED for item in checked.identities)


def test_controls_are_refuted_and_an_independent_evaluation_agrees(checked: CheckedDerivation) -> None:
    assert len(checked.controls) >= 5 and checked.complete
    for control in checked.controls:
        witness = control.report.witness
        assert witness is not None
        X, A, V = (np.array(witness[name].tolist(), dtype=float) for name in "XAV")
        scores = np.exp(X @ A @ X.T)
        right = scores / scores.sum(axis=1, keepdims=True) @ X @ V
        left = control.construction(X=X, A=A, V=V)
        assert np.allclose(right, np.array(witness.right.evalf().tolist(), dtype=float), atol=1e-12)
        assert np.allclose(left, np.array(witness.left.evalf().tolist(), dtype=float), atol=1e-12), control.control.name
        assert not np.allclose(left, right, atol=1e-9), control.control.name


def test_fixed_sizes_are_proved_too() -> None:
    checked = DERIVATION.check(n=2, d=1, d_v=2)
    assert checked.complete and checked.report.claim.fixed


def test_cases_cover_what_the_main_job_has_to_show() -> None:
    cases = {(case.title, case.cut) for case in DERIVATION.cases}
    for label in ("R", "P"):
        for sizes in ("n = 3, d = 3, d_v = 3", "n = 4, d = 2, d_v = 3"):
            assert {(f"{label}, {sizes}", True), (f"{label}, {sizes}", False)} <= cases
    assert ("R, all sizes", True) in cases
    titles = {title for title, _ in cases}
    assert {f"R, {h} {'head' if h == 1 else 'heads'} with projections, all sizes" for h in (1, 2, 3)} <= titles
    assert any("whole encoder layer" in title for title in titles)
    for case in DERIVATION.cases:
        if "all sizes" in case.title:
            assert not case.claim().fixed


@pytest.mark.parametrize("example", DERIVATION.examples, ids=lambda example: example.title or "integers")
def test_examples_agree_with_numpy(example) -> None:  # type: ignore[no-untyped-def]
    construction = DERIVATION.construction.at(DERIVATION.sizes_of(example.shapes))
    trace = example.run(construction, DERIVATION.computes_for(construction))
    assert trace.agrees
    X, A, V = (np.array(example.inputs[name], dtype=float) for name in "XAV")
    scores = np.exp(X @ A @ X.T)
    expected = scores / scores.sum(axis=1, keepdims=True) @ X @ V
    assert np.allclose(np.array(trace.decimals(trace.result, 16), dtype=float), expected, rtol=1e-14)
