"""Arb balls as a number system: enclosures, what they cannot tell, and that they never prove equality."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy

from symsim.domains.balls import Balls
from symsim.domains.layout import Sight
from symsim.errors import BadInput, Inconclusive, Undefined
from symsim.simulators import universal

around_zero = flint.arb(0, 1)


def test_balls_hold_the_exact_value_and_shrink_with_the_precision() -> None:
    radii = []
    for bits in (32, 64, 256):
        domain = Balls(bits)
        third = domain.given([[Fraction(1, 3)]], 1, 1)
        assert (3 * third[0, 0]).contains(1)
        radii.append(float(third[0, 0].rad()))
    assert radii[0] > radii[1] > radii[2] > 0


def test_balls_that_overlap_prove_nothing_and_disjoint_ones_refute() -> None:
    domain = Balls(64)
    a = domain.given([[1, 2]], 1, 2)
    assert domain.equal(a, a) is None
    assert domain.equal(a, domain.given([[1, Fraction(2**40 + 1, 2**39)]], 1, 2)) is False
    assert domain.first_difference(a, domain.given([[1, 3]], 1, 2)) == (0, 1)
    assert domain.equal(domain.given([[around_zero]], 1, 1), domain.zeros(1, 1)) is None


def test_functions_of_a_ball_around_zero() -> None:
    domain = Balls(64)
    a = domain.given([[around_zero]], 1, 1)
    step = domain.entrywise("step", a)[0, 0]
    assert step.contains(0) and step.contains(1) and not step.contains(2) and not step.contains(-1)
    for name, values in (("relu", (0, 1)), ("abs", (0, 1)), ("silu", (0,)), ("exp", (1, 2))):
        found = domain.entrywise(name, a)[0, 0]
        assert all(found.contains(value) for value in values), name
        assert not found.contains(100), name


def test_what_balls_cannot_tell_is_said() -> None:
    domain = Balls(64)
    wide = domain.given([[1, around_zero]], 1, 2)
    for name in ("reciprocal", "log"):
        with pytest.raises(Inconclusive, match="row 1, column 2"):
            domain.entrywise(name, wide)
    with pytest.raises(Undefined, match="reciprocal of 0"):
        domain.entrywise("reciprocal", domain.zeros(1, 1))
    with pytest.raises(Inconclusive, match="larger"):
        domain.hard(domain.given([[around_zero, Fraction(1, 2)]], 1, 2), Sight.plain(1, 2), "left")
    with pytest.raises(Inconclusive, match="singular"):
        domain.inverse(domain.given([[around_zero]], 1, 1), "A")
    with pytest.raises(BadInput, match="gamma"):
        domain.entrywise("gamma", wide)


def test_hard_attention_where_the_largest_score_is_seen() -> None:
    domain = Balls(64)
    apart = domain.given([[around_zero, 5, Fraction(1, 3)]], 1, 3)
    assert [str(x) for x in domain.hard(apart, Sight.plain(1, 3), "average")[0]] == ["0", "1.00000000000000", "0"]
    thirds = domain.given([[Fraction(1, 3), Fraction(2, 6)]], 1, 2)
    assert thirds[0, 0].rad() > 0
    with pytest.raises(Inconclusive):  # the two balls are the same, and their numbers need not be
        domain.hard(thirds, Sight.plain(1, 2), "average")


def test_wide_scores_still_give_weights() -> None:
    domain = Balls(64)
    scores = domain.given([[flint.arb(0, 10**6), 0]], 1, 2)
    weights = domain.softmax(scores, Sight.plain(1, 2))
    assert all(w.contains(0) and w.contains(1) for w in weights[0])


def test_inputs_are_numbers_floats_or_balls() -> None:
    domain = Balls(64, values={"X": [[flint.arb(1, 2), 0.5]]}, constants={"tau": Fraction(1, 3)})
    assert domain.variable("X", 1, 2)[0, 1] == flint.arb(0.5)
    with pytest.raises(BadInput, match="values"):
        domain.variable("Y", 1, 1)
    tau = sympy.Symbol("tau")
    weight = sympy.ImmutableSparseMatrix([[3 * tau]])
    assert domain.product(domain.ones(1, 1), domain.constant(weight))[0, 0].contains(1)
    with pytest.raises(BadInput, match="sigma"):
        domain.constant(sympy.ImmutableSparseMatrix([[sympy.Symbol("sigma")]]))
    for value in ("nan", float("nan"), float("inf"), flint.arb("nan"), 1j):
        with pytest.raises(BadInput):
            domain.given([[value]], 1, 1)
    for bits in (0, 1.5, True, 1 << 40):
        with pytest.raises(BadInput, match="bits"):
            Balls(bits)  # type: ignore[arg-type]


def test_an_encoder_in_balls_encloses_what_floats_give() -> None:
    rng = np.random.default_rng(0)
    given: dict[str, Any] = {"X": rng.normal(size=(5, 3)), "A": rng.normal(size=(3, 3)), "V": rng.normal(size=(3, 2))}
    U, domain = universal(5, 3, 2), Balls(96)
    found = U.prepare(domain, {name: domain.given(value, *value.shape) for name, value in given.items()}, {})(None)
    plain = U(**given)
    for place, ball in np.ndenumerate(found):
        assert ball.rad() < 1e-24
        assert abs(ball - flint.arb(float(plain[place]))) < 1e-12
