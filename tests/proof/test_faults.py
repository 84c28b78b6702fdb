"""Planted faults: every change of an encoder is decided, and a second opinion confirms each decision."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.proof import check
from symsim.simulators import universal
from tests import algebra, harmless, second_opinion
from tests.faults import changes, doubles, faults, sample
from tests.trial import Result, confirm, contradict, trial


def judged(construction: Any, found: Any) -> list[Result]:
    results = [trial(construction, fault) for fault in found]
    assert [r for r in results if r.wrong] == []
    assert {r.verdict for r in results} <= {"proved", "refuted"}
    return results


def reasons(results: list[Result]) -> dict[str, int]:
    return dict(Counter(r.why for r in results if r.verdict == "proved"))


# -- realisation R ----------------------------------------------------------------------------------------------------
def test_every_fault_of_r_is_decided_in_time_and_the_smallest_witnesses_are_small() -> None:
    rows = universal(n=2, d=2)
    start = time.process_time()
    found = faults(rows.encoder)
    results = judged(rows, found)
    assert time.process_time() - start < 30
    assert len(found) == 360
    assert Counter((r.kind, r.verdict) for r in results) == {
        ("entry +1", "proved"): 168,
        ("entry +1", "refuted"): 112,
        ("entry to 0", "refuted"): 20,
        ("mask", "proved"): 1,
        ("mask", "refuted"): 8,
        ("normaliser", "refuted"): 8,
        ("slots", "refuted"): 36,
        ("residual", "proved"): 1,
        ("residual", "refuted"): 1,
        ("left out", "refuted"): 4,
        ("order", "refuted"): 1,
    }
    assert reasons(results) == {
        harmless.ZERO: 80,
        harmless.UNREAD: 73,
        harmless.LARGEST: 13,
        harmless.VALUE: 4,
    }
    assert Counter(r.support for r in results if r.support is not None) == {1: 13, 2: 117, 3: 53, 4: 7}
    named = {r.name: r for r in results}
    assert named["layer 2, residual of attention dropped"].verdict == "proved", "slot out starts at 0"
    assert named["layer 1, head 1, causal on"].verdict == "refuted", "parameter tokens come after the X rows"
    assert named["layer 2, head 1, mask dropped"].support == 2


@pytest.mark.parametrize(
    ("n", "d", "d_v", "proved", "refuted", "algebraic"),
    [(2, 1, 1, 45, 95, 1), (3, 1, 2, 88, 106, 1), (1, 2, 1, 173, 59, 1)],
)
def test_faults_of_r_at_other_sizes(n: int, d: int, d_v: int, proved: int, refuted: int, algebraic: int) -> None:
    rows = universal(n=n, d=d, d_v=d_v)
    results = judged(rows, faults(rows.encoder))
    assert Counter(r.verdict for r in results) == {"proved": proved, "refuted": refuted}
    assert sum(reasons(results).get(why, 0) for why in (algebra.COMMUTES, algebra.ALONE)) == algebraic


@pytest.mark.parametrize(
    "sizes", [{"n": 2, "d": 2, "projections": True}, {"n": 2, "d": 1, "heads": 2}], ids=["projections", "two heads"]
)
def test_faults_of_r_with_projections_and_heads(sizes: dict[str, Any]) -> None:
    rows = universal(**sizes)
    assert {r.verdict for r in judged(rows, sample(rows.encoder, 5))} == {"proved", "refuted"}


def test_two_faults_at_once() -> None:
    rows = universal(n=2, d=2)
    results = [trial(rows, fault, explain=False) for fault in doubles(rows.encoder, 40)]
    assert [r for r in results if r.wrong] == []


# -- realisation P ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def scalars() -> Any:
    return universal(n=2, d=2, realisation="scalars")


def test_a_sample_of_the_faults_of_p_of_every_kind(scalars: Any) -> None:
    found = sample(scalars.encoder, 7)
    results = judged(scalars, found)
    assert len(results) >= 60
    assert {r.kind for r in results} == {fault.kind for fault in changes(scalars.encoder)}
    assert {r.verdict for r in results} == {"proved", "refuted"}


CANCELLING = {
    "layer 3, feed-forward, W_2[1,31] + 1": algebra.SHIFT,
    "layer 3, feed-forward, b_1[1,1] + 1": algebra.SHIFT,
    "layer 2, head 2, W_O[1,28] + 1": algebra.SHIFT,
    "layer 6, head 3, W_Q[34,2] + 1": algebra.BETWEEN,
    "layer 2, feed-forward, W_1: slots s_left and s_right swapped": algebra.SYMMETRIC,
    "layer 1, feed-forward, W_1: slots xa_left and xv_left swapped": algebra.EQUAL,
}
"""Faults of P that only algebra makes harmless, one or more of each reason (exp doubled, a row of scores shifted)."""


def test_faults_of_p_that_only_algebra_makes_harmless(scalars: Any) -> None:
    found = [fault for fault in changes(scalars.encoder) if fault.name in CANCELLING]
    assert {r.name: r.why for r in judged(scalars, found)} == CANCELLING
    assert all(harmless.reason(scalars, fault.encoder) is None for fault in found)


def test_two_layers_that_add_to_one_sum_may_change_places() -> None:
    narrow = universal(n=2, d=1, realisation="scalars-narrow")
    found = [fault for fault in changes(narrow.encoder) if fault.kind == "order"]
    assert {r.name: r.why for r in judged(narrow, found) if r.verdict == "proved"} == {
        "layers 6 and 7 swapped": algebra.ORDER
    }


def test_a_fault_with_hard_attention_of_unknown_order_is_proved_without_conditions(scalars: Any) -> None:
    name = "layer 4, head 1, W_K[16,3] + 1"
    (fault,) = (fault for fault in changes(scalars.encoder) if fault.name == name)
    report = check(scalars.with_encoder(fault.encoder).claim)
    assert str(report.verdict) == "proved" and report.side_conditions == ()


UNDEFINED = (
    "layer 4, feed-forward, W_1[14,1] := 0",
    "layer 4, feed-forward, W_1[15,1] + 1",
    "layer 4, feed-forward, W_1[32,1] := 0",
)
"""The reciprocal of 0 at the sink for every input; of an entry that an input can make 0; at every position."""


def test_an_encoder_that_divides_by_zero_is_refuted_with_the_input(scalars: Any) -> None:
    found = [fault for fault in changes(scalars.encoder) if fault.name in UNDEFINED]
    assert len(found) == 3
    for fault in found:
        witness = check(scalars.with_encoder(fault.encoder).claim).witness
        assert witness is not None and witness.left is None and "reciprocal of 0" in witness.left_value
        assert confirm(scalars, fault.encoder, witness) == ""


# -- the judges themselves --------------------------------------------------------------------------------------------
DEMO = {
    "X": [[0.8, 0.2, 0.5], [0.1, 0.9, 0.4], [0.6, 0.3, 0.7]],
    "A": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]],
    "V": [[0.1, 0.7, 0.4], [1, 0.3, 0.9], [0.5, 0.2, 0.6]],
}


@pytest.mark.parametrize("realisation", ["rows", "scalars"])
def test_the_second_opinion_runs_the_right_encoders_right(realisation: str) -> None:
    inputs = {name: np.array(value) for name, value in DEMO.items()}
    value = second_opinion.run(universal(n=3, d=3, realisation=realisation), inputs)
    assert np.allclose(value, second_opinion.formula(inputs), rtol=1e-13)


def test_the_second_opinion_knows_ties_masks_and_blind_rows() -> None:
    S, M = (
        np.array([[1.0, 1.0, 0.0], [0.0, 2.0, 2.0], [5.0, 5.0, 5.0]]),
        np.array([[1, 1, 1], [1, 1, 1], [0, 0, 0]], dtype=bool),
    )
    half = [[0.5, 0.5, 0], [0, 0.5, 0.5], [0, 0, 0]]
    assert second_opinion.weights(S, M, "average-hard").tolist() == half
    assert second_opinion.weights(S, M, "unique-hard").tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert second_opinion.weights(S, M, "unique-hard-right").tolist() == [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert second_opinion.weights(S, M, "softmax")[2].tolist() == [0, 0, 0]
    assert second_opinion.weights(S, np.tri(3, dtype=bool), "linear").tolist() == [[1, 0, 0], [0, 2, 0], [5, 5, 5]]


def test_a_wrong_witness_and_a_wrong_proof_are_seen() -> None:
    rows = universal(n=2, d=2)
    fault = next(f for f in faults(rows.encoder) if f.name == "layer 2, head 1, mask dropped")
    witness = check(rows.with_encoder(fault.encoder).claim).witness
    assert witness is not None and confirm(rows, fault.encoder, witness) == ""
    assert "the witness says" in confirm(rows, rows.encoder, witness), "the encoder without the fault"
    nowhere = replace(witness, inputs={name: sympy.zeros(*value.shape) for name, value in witness.inputs.items()})
    assert confirm(rows, fault.encoder, nowhere) != ""
    assert "the sides differ" in contradict(rows, fault.encoder)
    assert contradict(rows, rows.encoder) == ""
    assert harmless.reason(rows, fault.encoder) is None and algebra.algebra(rows, fault.encoder) is None


def test_faults_are_distinct_and_deterministic() -> None:
    encoder = universal(n=2, d=1).encoder
    found = faults(encoder)
    assert encoder not in {fault.encoder for fault in found}
    assert len({fault.encoder for fault in found}) == len(found) == len({fault.name for fault in found})
    assert len(list(changes(encoder))) > len(found), "changes that change nothing are not counted"
    assert [f.name for f in sample(encoder, 3)] == [f.name for f in sample(encoder, 3)]
