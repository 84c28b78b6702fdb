"""Every derivation of the library is complete: claim, steps, controls, cases and examples; a wrong step is caught."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from derivations import biases, masked, registry
from symsim.claims.approximate import ApproximateClaim
from symsim.claims.report import Verdict
from symsim.derivation import CheckedDerivation, Step, WordDerivation
from symsim.derivation.checked import reached
from symsim.encoder.masks import Mask
from symsim.formulas import Formula
from symsim.formulas.syntax import Zero
from symsim.proof import check

LARGEST = 2
"""No entry of a witness of a control is larger."""
SEVERAL_HEADS = (
    "multi-head-attention",
    "causal-attention",
    "padded-attention",
    "attention-with-biases",
    "scaled-attention",
    "encoder-layer",
    "post-norm-layer",
    "pre-norm-layer",
)
"""The derivations that name cases with 1, 2 and 4 heads."""

every = pytest.mark.parametrize("name", registry.names())


@cache
def checked(name: str) -> CheckedDerivation:
    """Each derivation is checked once."""
    return registry[name].check()


def entries(value: Any) -> list[Any]:
    """The numbers in an input of a witness: of a matrix, of a word, or one alone."""
    return list(value) if isinstance(value, list) or hasattr(value, "rows") else [value]


@every
def test_claim_and_every_step_hold_as_they_are_stated(name: str) -> None:
    found = checked(name)
    assert found.complete
    assert reached(found.report) and len(found.identities) >= 1
    assert all(item.report.verdict is Verdict.PROVED for item in found.identities)


@every
def test_at_least_two_controls_are_refuted_by_small_exact_inputs(name: str) -> None:
    controls = checked(name).controls
    assert len(controls) >= 2
    for item in controls:
        witness = item.report.witness
        assert item.refuted and witness is not None, item.control.name
        numbers = [number for value in witness.inputs.values() for number in entries(value)]
        assert numbers and all(abs(number) <= LARGEST for number in numbers), item.control.name
        assert witness.left_value != witness.right_value


@every
def test_every_case_reaches_its_verdict(name: str) -> None:
    cases = registry[name].cases
    titles = [case.title for case in cases]
    assert cases and len(set(titles)) >= 2
    for case in cases:
        assert reached(check(case.claim(), cut=case.cut)), case.title


@every
def test_every_part_of_the_text_is_there(name: str) -> None:
    found = registry[name]
    assert found.title != found.name and found.statement and found.source and found.ours
    assert found.does_not_say and found.examples
    assert any(re.search(r"arXiv \d{4}\.\d{5}", reference) for reference in found.references)
    assert all(step.title and step.reason for step in found.steps)
    assert all(control.title and control.reason for control in found.controls)


@every
def test_examples_agree_exactly(name: str) -> None:
    found = registry[name]
    if isinstance(found, WordDerivation):
        for example in found.examples:
            assert found.construction.values(example.word) == found.construction.computes.values(example.word)
        return
    for example in found.examples:
        construction = found.at(found.sizes_of(example.shapes))
        trace = example.run(construction, found.computes_for(construction))
        claim = construction.claim
        assert trace.within(claim.eps) if isinstance(claim, ApproximateClaim) else trace.agrees


def planted(step: Step) -> Step:
    """The first identity of a step that claims more than 0, with another value in its place."""

    def identities(state: Any) -> Any:
        for place, formula in step.identities(state):
            if isinstance(formula, Formula) and not isinstance(formula, Zero):
                yield place, formula + formula
                return
            if callable(formula):
                yield place, lambda word, true=formula: [value + 1 for value in true(word)]
                return

    return Step("planted", "Another value, says somebody.", "", identities)


@every
def test_planted_wrong_step_is_refuted(name: str) -> None:
    found = registry[name]
    answer = replace(found, steps=[planted(step) for step in found.steps], controls=[], cases=[]).check()
    assert reached(answer.report)
    assert answer.identities and all(item.report.verdict is Verdict.REFUTED for item in answer.identities)
    assert not answer.complete


# -- what the texts of some derivations say ------------------------------------------------------------------------
@pytest.mark.parametrize("name", SEVERAL_HEADS)
def test_cases_with_one_two_and_four_heads_have_so_many_softmax_heads(name: str) -> None:
    seen = set()
    for case in registry[name].cases:
        if named := re.match(r"h = (\d)", case.title):
            layers = case.construction().encoder.layers
            count = sum(head.normaliser == "softmax" for layer in layers for head in layer.heads)
            assert count == int(named[1]), case.title
            seen.add(count)
            assert "all sizes" not in case.title or not case.claim().fixed
    assert seen == {1, 2, 4}


def test_causal_mask_alone_hides_the_parameters_because_x_stands_first() -> None:
    changed = masked.causal.construction.change(layer=1, head=0, mask=Mask(causal=True))
    assert check(masked.causal.claim_of(changed)).verdict is Verdict.PROVED


def test_key_bias_may_be_left_out_and_the_query_bias_may_not() -> None:
    found = biases.derivation
    idle, needed = (biases.without_key(found.construction, bias) for bias in ("b_K", "b_Q"))
    assert check(found.claim_of(idle)).verdict is Verdict.PROVED
    assert check(found.claim_of(needed)).verdict is Verdict.REFUTED


def test_scale_stands_in_the_query_weight_of_the_softmax_head_alone() -> None:
    encoder = registry["scaled-attention"].construction.encoder
    weights = {
        (number, part): getattr(head, part)
        for number, layer in enumerate(encoder.layers)
        for head in layer.heads
        for part in ("W_Q", "W_K", "W_V", "W_O")
    }
    tau = {place for place, weight in weights.items() if "tau" in {s.name for s in weight.free_symbols}}
    assert tau == {(1, "W_Q")}
