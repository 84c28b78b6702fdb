"""Interpolation on a grid: exact for all real inputs and values, within L s / 2 of Lipschitz functions, never exact."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symsim.claims.report import Report
from symsim.domains.closed_forms import ClosedForm
from symsim.errors import BadInput
from symsim.formulas.building import matrix
from symsim.proof import check
from symsim.proof.certificate import rechecked
from symsim.rasp import counting
from symsim.simulators import interpolant, interpolation, lipschitz, lipschitz_cost
from symsim.simulators.interpolation import by_parts, grid
from symsim.simulators.lipschitz_distance import OnGrid, lemma_identity


def verdict(claim: Any) -> str:
    return str(check(claim).verdict)


# -- the interpolant --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("n", "m", "low", "high"), [(1, 1, -1, 1), (1, 4, -1, 1), (2, 2, 0, "1/2"), (1, 3, 2, 9)])
def test_every_function_on_the_grid_and_all_reals(n: int, m: int, low: Any, high: Any) -> None:
    E = lipschitz(n, m, low, high)
    report = check(E.claim)
    assert str(report.verdict) == "proved" and report.method == "smt" and report.trusted == ()


def test_a_certificate_is_accepted_again() -> None:
    assert "F (1 x 3)" in rechecked(check(lipschitz(1, 2).claim).certifier.data)


def test_values_in_the_weights_need_no_head() -> None:
    E = lipschitz(2, 3, -1, 2, ["1/3", -2, 5, 0])
    assert E.cost.heads == (0,) and E.cost.ffn_units == (5,) and verdict(E.claim) == "proved"
    F = [[Fraction(1, 3), -2, 5, 0]]
    for X in ([[0, 1]], [["1/2", "-7/3"]], [[3, 2]]):
        given = [[Fraction(x) for x in X[0]]]
        assert E(X=given) == lipschitz(2, 3, -1, 2)(X=given, F=F)


def test_both_formulas_of_the_interpolant_give_the_same_numbers() -> None:
    points = grid(3, -1, 2)
    for x, expected in ((-5, 4), (-1, 4), (Fraction(-1, 2), 3), (0, 2), (Fraction(3, 2), 1), (2, -3), (7, -3)):
        inputs = {"X": sp.Matrix([[x]]), "F": sp.Matrix([[4, 2, 5, -3]])}
        for formula in (interpolant(1, points), by_parts(1, points)):
            assert value(formula, inputs) == expected


def value(formula: Any, inputs: dict[str, sp.Matrix]) -> Any:
    from symsim.domains.exact import Exact

    domain = Exact()
    given = {name: domain.given(table, *table.shape) for name, table in inputs.items()}
    return domain.to_sympy(formula.evaluate(domain, given))[0, 0]


def test_costs_are_those_of_the_encoders() -> None:
    for n, m in ((1, 1), (2, 4), (3, 3)):
        assert lipschitz_cost(n, m) == lipschitz(n, m).cost
        assert lipschitz_cost(n, m, 1, 2) == lipschitz(n, m, 1, 2).cost
        assert counting.at_sizes(lipschitz_cost("n", "m"), {"n": n, "m": m}) == lipschitz(n, m, 1, 2).cost


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("activation", ["silu", "identity", "step"])
def test_other_units_are_refuted(layer: int, activation: str) -> None:
    E = lipschitz(1, 2)
    network = E.encoder.layers[layer].feed_forward
    assert network is not None
    assert verdict(E.change(layer, feed_forward=replace(network, activations=activation)).claim) == "refuted"


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)])
def test_no_head_can_be_spared(layer: int, head: int) -> None:
    E = lipschitz(1, 2)
    heads = E.encoder.layers[layer].heads
    assert verdict(E.change(layer, heads=(*heads[:head], *heads[head + 1 :])).claim) == "refuted"


# -- the distance -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("n", "m", "L", "B"), [(1, 1, 1, 1), (2, 4, "1/2", 1), (3, 3, 5, "3/2")])
def test_every_lipschitz_function(n: int, m: int, L: Any, B: Any) -> None:
    E = interpolation(n, m, L, B)
    report = check(E.claim)
    assert str(report.verdict) == "enclosed" and not report.certificate
    eps = Fraction(L) * Fraction(B) / m
    assert eps_of(report) == eps
    assert "every f with |f(u) - f(v)|" in report.claim.statement()
    assert any("interpolation on a grid" in step.name for step in report.steps)


def eps_of(report: Report) -> Fraction:
    exact = report.claim.eps.expression.subs({sp.Symbol(k): sp.Rational(str(v)) for k, v in report.claim.eps.values})
    return Fraction(int(exact.p), int(exact.q))


def smaller(claim: Any, factor: Any) -> Any:
    return replace(claim, eps=ClosedForm(claim.eps.expression * sp.Rational(factor), claim.eps.values))


def test_the_lemma_gives_no_more_than_it_proves() -> None:
    claim = interpolation(1, 4).claim
    assert verdict(smaller(claim, "99/100")) == "undecided"
    assert verdict(replace(claim, bound=Fraction(11, 10))) == "undecided"  # beyond the grid
    assert verdict(replace(claim, points=grid(3, -1, 1))) == "undecided"  # another grid than the encoder's
    assert verdict(replace(claim, constant=Fraction(2))) == "undecided"
    assert verdict(replace(claim, right=matrix("X", 1, 1))) != "enclosed"


def test_a_faulty_encoder_is_not_within_reach_of_the_lemma() -> None:
    E = interpolation(1, 2)
    faulty = E.change(1, heads=E.encoder.layers[1].heads[:-1])
    assert isinstance(faulty.claim.left, OnGrid) and verdict(faulty.claim) == "undecided"


@pytest.mark.parametrize("of", ["1/2 X .* X", "abs(X - 1/3 ones(1, n))", "relu(X) - 1/2 X"])
def test_single_functions_by_boxes(of: str) -> None:
    report = check(interpolation(1, 4, of=of).claim)
    assert str(report.verdict) == "enclosed" and any("boxes cover all inputs" in step.name for step in report.steps)


def test_the_bound_is_reached_and_a_smaller_one_is_refuted() -> None:
    fine = interpolation(1, 4, of="abs(X - 1/4 ones(1, n))")  # 1/4 is the middle of an interval of step 1/2
    assert fine(X=[[Fraction(1, 4)]])[0, 0] == sp.Rational(1, 4)  # where the function is 0
    coarse = interpolation(1, 1, of="abs(X)")
    assert coarse(X=[[0]])[0, 0] == 1 and verdict(smaller(coarse.claim, "1/2")) == "refuted"
    assert verdict(interpolation(1, 2, of="4 X .* X").claim) == "refuted"  # the constant is 8, not 1


def test_the_identity_of_the_lemma() -> None:
    claim = lemma_identity()
    assert verdict(claim) == "proved"
    wrong = replace(claim, right=claim.right + claim.right)
    assert verdict(wrong) == "refuted"


def test_grids_and_functions_that_are_none() -> None:
    with pytest.raises(BadInput, match="write Fraction"):
        lipschitz(1, 2, -1.0, 1)
    with pytest.raises(BadInput, match="from a smaller to a larger"):
        lipschitz(1, 2, 1, 1)
    with pytest.raises(BadInput, match="has 3 values, got 2"):
        lipschitz(1, 2, values=[1, 2])
    with pytest.raises(BadInput, match="only rational values"):
        interpolation(1, 2, of="exp(X)")
    with pytest.raises(BadInput, match="positive number"):
        interpolation(1, 2, constant=0)
    with pytest.raises(BadInput, match="lipschitz_cost"):
        lipschitz("n", 2)  # type: ignore[arg-type]
