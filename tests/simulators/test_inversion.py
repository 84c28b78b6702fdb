"""Determinant and inverse over scalar tokens: proved at every small order, faults found, singular input an error."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest
import sympy

from symsim.encoder.cost import cost
from symsim.errors import BadInput
from symsim.formulas.building import inverse as inverse_formula
from symsim.formulas.building import matrix
from symsim.proof import check
from symsim.rasp.counting import at_sizes, repeated
from symsim.simulators.inversion import determinant, determinant_cost, inverse, inverse_cost

M = sympy.Symbol("m", positive=True, integer=True)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5])
def test_every_order_is_proved(m):
    report = check(determinant(m).claim)
    assert (report.verdict, report.method, report.side_conditions) == ("proved", "symbolic cut", ())
    report = check(inverse(m).claim)
    assert (report.verdict, len(report.side_conditions)) == ("proved", 1)
    assert report.side_conditions[0] == ("det(A) != 0" if m > 1 else "A_1,1 != 0")


def test_numbers_agree_with_sympy():
    table = sympy.Matrix([[2, 1, 0, 3], [0, 0, 1, 1], [1, 5, 4, -2], [7, 1, 1, sympy.Rational(1, 2)]])
    assert determinant(4)(A=table) == sympy.Matrix([[table.det(method="berkowitz")]])
    assert inverse(4)(A=table) == table.inv()
    floats = numpy.random.default_rng(0).normal(size=(4, 4))
    assert numpy.allclose(determinant(4)(A=floats), numpy.linalg.det(floats))
    assert numpy.allclose(inverse(4)(A=floats), numpy.linalg.inv(floats))


def test_costs_at_a_symbol_are_the_costs_of_the_encoders():
    for m in range(1, 8):
        for build, price in ((determinant, determinant_cost), (inverse, inverse_cost)):
            counted = cost(build(m).encoder)
            assert at_sizes(price("m"), {"m": m}) == counted == price(m)
    assert at_sizes(inverse_cost("m"), {"m": 4}) != cost(inverse(3).encoder)


def test_costs_in_words():
    found = inverse_cost("m")
    assert (found.layers, found.positions) == (M + 2, M**2 + 1)
    assert found.heads == (M, repeated(M + 2, M - 1), 1, 0)
    assert sympy.expand(found.width - M**2 - 2 * M) == 9
    assert determinant_cost("m").ffn_units == (1, repeated(3 * M + 4, M - 1), 0)


@pytest.mark.parametrize("table", [[[1, 2], [2, 4]], [[0, 0], [0, 0]]])
def test_a_singular_matrix_is_an_error(table):
    with pytest.raises(BadInput, match="singular: its determinant is 0"):
        inverse(2)(A=table)
    assert determinant(2)(A=table) == sympy.zeros(1, 1)
    with pytest.raises(BadInput, match="singular"):
        inverse(2)(A=numpy.array(table, dtype=float))


def test_no_encoder_at_symbolic_order():
    with pytest.raises(BadInput, match=r"integer sizes, got m = m.*determinant_cost"):
        determinant("m")
    with pytest.raises(BadInput, match="inverse_cost"):
        inverse("m")


def test_the_machine():
    assert sorted(determinant(3).machine.activations) == ["identity", "square"]
    assert "reciprocal" in inverse(3).machine.activations
    assert determinant(3).machine.normalisers == ("average-hard",)
    assert all(inverse(3).layer_notes) and len(inverse(3).layer_notes) == len(inverse(3).encoder.layers)


# -- faults -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("U", [determinant(3), inverse(2)], ids=["determinant", "inverse"])
def test_a_dropped_head_is_refuted(U):
    for number, layer in enumerate(U.encoder.layers):
        for index in range(len(layer.heads)):
            heads = (*layer.heads[:index], *layer.heads[index + 1 :])
            report = check(U.change(number, heads=heads).claim)
            assert report.verdict == "refuted", (number, layer.heads[index].name)


def test_a_wrong_constant_is_refuted():
    """The second round divides by 1, as the first one does, instead of by 2."""
    U = determinant(3)
    assert U.encoder.layers[2].heads[3].name == "trace into e"
    wrong = U.encoder.layers[1].heads[3].W_O
    assert wrong != U.encoder.layers[2].heads[3].W_O
    report = check(U.change(2, 3, W_O=wrong).claim)
    assert report.verdict == "refuted" and report.witness is not None


def test_a_unit_less_is_refuted():
    """Every unit of a round matters, those that clear included, but for what the last round clears."""
    U = determinant(3)
    network = U.encoder.layers[1].feed_forward
    for unit in range(network.units):
        written = {place: value for place, value in network.W_2.todok().items() if place[0] != unit}
        faulty = replace(network, W_2=sympy.ImmutableSparseMatrix(*network.W_2.shape, written))
        assert check(U.change(1, feed_forward=faulty).claim).verdict == "refuted", unit


def test_a_missing_identity_is_refuted():
    """Order 1 alone reads what slot n holds at the start."""
    U = inverse(1)
    without = replace(U, placements=U.placements[:-1])
    assert check(without.claim).verdict == "refuted"


def test_the_transpose_is_no_inverse():
    A = matrix("A", 2, 2)
    wrong = replace(inverse(2).claim, right=inverse_formula(A.T))
    report = check(wrong)
    assert report.verdict == "refuted" and report.witness is not None
