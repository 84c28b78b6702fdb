"""Closed formulas: enclosed, exact in their numbers, and rounded up."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
import sympy

from symsim.domains.closed_forms import ClosedForm, enclosed, rounded_up, upper
from symsim.errors import BadInput, Inconclusive

u = sympy.Symbol("u", positive=True)


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        (sympy.tanh(u), "0.4621", "0.4622"),
        (sympy.exp(u) - 1, "0.6487", "0.6488"),
        (sympy.sinh(u) / sympy.cosh(u), "0.4621", "0.4622"),
        (u**-2 + sympy.Rational(1, 3), "4.3333", "4.3334"),
        (sympy.log(1 + u), "0.4054", "0.4055"),
    ],
    ids=str,
)
def test_values_are_enclosed(expression: sympy.Expr, low: str, high: str) -> None:
    found = ClosedForm(expression, (("u", Fraction(1, 2)),)).ball()
    assert flint.arb(low) < found < flint.arb(high)
    assert found.rad() < 1e-30


def test_what_has_no_enclosure_is_refused() -> None:
    for expression in (sympy.sqrt(u), sympy.Symbol("w"), sympy.gamma(u), sympy.pi):
        with pytest.raises(BadInput):
            enclosed(expression, {"u": Fraction(1, 2)})
    with pytest.raises(BadInput, match="floats"):
        ClosedForm(u * 0.5)
    with pytest.raises(Inconclusive):
        ClosedForm(1 / u, (("u", Fraction(0)),)).ball()


def test_a_bound_is_rounded_up_and_stays_close() -> None:
    for number in (Fraction(2, 3), Fraction(1, 1000), Fraction(123456789), Fraction(1, 7**40), Fraction(7**40)):
        ball = flint.arb(flint.fmpq(number.numerator, number.denominator))
        for digits in (1, 3, 8):
            text = Fraction(rounded_up(ball, digits))
            assert number <= upper(ball) <= text <= number * (1 + Fraction(11, 10**digits))
    with pytest.raises(Inconclusive):
        rounded_up(flint.arb("inf"))
