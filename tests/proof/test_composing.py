"""Proofs by cuts where both sides divide: the conditions are stated in the inputs, and nothing else is divided by."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from symsim.formulas import parse
from symsim.proof import check, symbolic
from symsim.proof.composing import composes
from symsim.simulators import determinant, inverse, row_softmax

SQUARE = {"A": (3, 3)}


def test_what_has_no_normal_form_in_blocks_is_composed_entry_by_entry() -> None:
    claim = determinant(3).claim
    assert composes(claim)
    for wrong in ("-det(A)", "det(A) + 1", "tr(A)", "det(A + I)"):
        assert not composes(replace(claim, right=parse(wrong, SQUARE, shape=(1, 1)))), wrong
    assert composes(replace(claim, right=parse("det(A^T)", SQUARE)))


def test_the_condition_is_that_of_the_right_side() -> None:
    evidence = symbolic.cut(inverse(3).claim)
    assert (evidence.verdict, evidence.conditions, evidence.shared) == ("proved", ("det(A) != 0",), True)
    assert symbolic.cut(row_softmax(2, 2).claim).conditions == ()


def test_a_right_side_with_a_value_where_the_encoder_divides_by_0() -> None:
    U = inverse(1)
    wide = replace(U, computes=parse("1 + A", {"A": (1, 1)}))
    report = check(wide.claim)
    assert report.verdict == "refuted" and report.witness is not None


def test_an_encoder_that_divides_by_more_is_refuted() -> None:
    """The reciprocal unit meets 0 at the sink, where nobody reads the result."""
    U = inverse(2)
    encoder = U.encoder
    network = encoder.layers[2].feed_forward
    assert network is not None
    W_1 = sympy.MutableSparseMatrix(network.W_1)
    sink = encoder.slots.span("pos")[1] - 1
    assert W_1[sink, 0] == 1
    W_1[sink, 0] = 0  # 1/0 at the sink, for every input
    broken = U.change(2, feed_forward=replace(network, W_1=sympy.ImmutableSparseMatrix(W_1)))
    evidence = symbolic.cut(broken.claim)
    assert evidence.verdict == "undecided" and evidence.undefined
    assert check(broken.claim).verdict == "refuted"


@pytest.mark.parametrize("order", [1, 2, 3])
def test_cut_and_uncut_agree_on_determinants(order: int) -> None:
    claim = determinant(order).claim
    assert symbolic.uncut(claim).verdict == symbolic.cut(claim).verdict == "proved"
