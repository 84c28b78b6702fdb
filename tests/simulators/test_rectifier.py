"""ReLU as one unit over scalar tokens: proved against the distance from 0, counted, and faults refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symsim.errors import BadInput
from symsim.proof import check
from symsim.proof.certificate import rechecked
from symsim.rasp import counting
from symsim.simulators import relu_cost, relu_unit


@pytest.mark.parametrize(("r", "c"), [(1, 1), (2, 3), (5, 4)])
def test_all_reals(r: int, c: int) -> None:
    E = relu_unit(r, c)
    report = check(E.claim)
    assert str(report.verdict) == "proved" and report.method == "smt"
    assert f"X ({r} x {c})" in rechecked(report.certifier.data)
    assert E.cost == relu_cost(r, c) == counting.at_sizes(relu_cost("r", "c"), {"r": r, "c": c})


@pytest.mark.parametrize("activation", ["identity", "step", "silu", "square", "exp"])
def test_other_activations_are_refuted(activation: str) -> None:
    E = relu_unit(1, 2)
    network = E.encoder.layers[0].feed_forward
    assert network is not None
    report = check(E.change(0, feed_forward=replace(network, activations=activation)).claim)
    assert str(report.verdict) == "refuted" and report.witness.left != report.witness.right


def test_symbolic_sizes_are_an_error_that_names_the_cost() -> None:
    with pytest.raises(BadInput, match=r"rectifier\.relu_cost"):
        relu_unit("r", 2)  # type: ignore[arg-type]
