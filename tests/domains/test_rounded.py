"""Floats with a proved bound: what they enclose holds the exact value, however the numbers cancel or grow."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy

from symsim.domains import rounding
from symsim.domains.balls import Balls
from symsim.domains.layout import Sight
from symsim.domains.rounded import Rounded
from symsim.domains.rounding import EXP_ERROR, LN2_HIGH, LN2_LOW, Enclosed, U
from symsim.errors import BadInput, Inconclusive, Undefined
from symsim.simulators import universal

BITS = 400
fast, slow = Rounded(), Balls(BITS)


def outside(found: Enclosed, exact: Any, shrink: float = 1.0) -> int:
    """In how many entries the exact value lies farther away than ``shrink`` times the radius, for certain."""
    count = 0
    with flint.ctx.workprec(BITS):
        for place, value in np.ndenumerate(exact):
            gap = abs(value - flint.arb(float(found.centre[place])))
            count += bool(gap > flint.arb(shrink * float(found.radius[place])))
    return count


def matrices(seed: int, kind: str, rows: int, cols: int) -> Any:
    rng = np.random.default_rng([seed, rows, cols, len(kind)])
    plain = rng.normal(size=(rows, cols))
    if kind == "cancelling":
        return plain + rng.choice([-1.0, 1.0], size=(rows, cols)) * 1e8
    if kind == "spread":
        return plain * 10.0 ** rng.integers(-160, 160, size=(rows, cols))
    return plain * {"small": 1e-3, "plain": 1.0, "large": 300.0}[kind]


KINDS = ("small", "plain", "large", "cancelling", "spread")
OPERATIONS: dict[str, Any] = {
    "add": lambda D, a, b: D.add(a, b),
    "scale": lambda D, a, b: D.scale(Fraction(1, 3), a),
    "product": lambda D, a, b: D.product(a, D.transpose(b)),
    "hadamard": lambda D, a, b: D.hadamard(a, b),
    "twice": lambda D, a, b: D.add(D.product(D.product(a, D.transpose(b)), a), D.scale(-1, a)),
    "trace": lambda D, a, b: D.trace(D.product(a, D.transpose(b))),
    "exp": lambda D, a, b: D.entrywise("exp", D.scale(Fraction(1, 8), a)),
    "reciprocal": lambda D, a, b: D.entrywise("reciprocal", a),
    "relu": lambda D, a, b: D.entrywise("relu", D.hadamard(a, b)),
    "abs": lambda D, a, b: D.entrywise("abs", D.hadamard(a, b)),
    "silu": lambda D, a, b: D.entrywise("silu", D.hadamard(a, b)),
    "softmax": lambda D, a, b: D.softmax(D.hadamard(a, b), Sight.plain(4, 6)),
    "causal": lambda D, a, b: D.softmax(D.product(a, D.transpose(b)), Sight.plain(4, 4, causal=True)),
    "weight": lambda D, a, b: D.product(a, D.constant(WEIGHT)),
    "moves": lambda D, a, b: D.product(a, D.constant(MOVES)),
}
WEIGHT = sympy.ImmutableSparseMatrix(6, 2, {(0, 0): sympy.Rational(1, 3), (1, 0): -7, (5, 1): sympy.Rational(2, 7)})
MOVES = sympy.ImmutableSparseMatrix(6, 3, {(3, 0): sympy.Rational(22, 7), (1, 1): -1, (0, 2): 1})


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_exact_value_is_enclosed(kind: str, operation: str) -> None:
    known = 0
    for seed in range(6):
        given = [matrices(seed + 50 * k, kind, 4, 6) for k in range(2)]
        apply = OPERATIONS[operation]
        found = apply(fast, *(fast.given(value, 4, 6) for value in given))
        exact = apply(slow, *(slow.given(value, 4, 6) for value in given))
        assert outside(fast.dense(found), exact) == 0
        assert kind == "spread" or all(v.rad() < 1e-60 or v.rel_accuracy_bits() > 200 for v in exact.ravel())
        known += int(np.isfinite(found.radius).sum())
    assert known or kind == "spread"


def test_a_radius_too_small_by_a_factor_is_noticed() -> None:
    """The control: with a ten-thousandth of the radius, exact values lie outside."""
    a, b = (matrices(k, "plain", 30, 40) for k in range(2))
    found = fast.product(fast.given(a, 30, 40), fast.given(b.T, 40, 30))
    exact = slow.product(slow.given(a, 30, 40), slow.given(b.T, 40, 30))
    assert outside(found, exact) == 0 < outside(found, exact, 1e-4)


def test_radii_of_inputs_are_carried_on() -> None:
    """A point inside the input's enclosure has its image inside the output's."""
    rng = np.random.default_rng(5)
    centre, radius = rng.normal(size=(4, 6)) * 3, rng.uniform(0, 0.2, size=(4, 6))
    other = rng.normal(size=(4, 6))
    for name, apply in OPERATIONS.items():
        if name in ("reciprocal", "twice"):
            continue
        found = apply(fast, Enclosed(centre, radius), fast.given(other, 4, 6))
        for _ in range(5):
            point = centre + rng.choice([-1, 1, 0.5], size=(4, 6)) * radius * 0.999
            exact = apply(slow, slow.given(point, 4, 6), slow.given(other, 4, 6))
            assert outside(fast.dense(found), exact) == 0, name


@pytest.mark.parametrize("scale", [1.0, 40.0, 2000.0])
def test_an_encoder_encloses_also_with_large_scores(scale: float) -> None:
    rng = np.random.default_rng(int(scale))
    given = {name: rng.normal(size=shape) for name, shape in (("X", (6, 3)), ("A", (3, 3)), ("V", (3, 2)))}
    given["A"] *= scale
    U = universal(6, 3, 2)
    sides = []
    for domain in (fast, slow):
        inputs = {name: domain.given(value, *value.shape) for name, value in given.items()}
        sides.append(U.prepare(domain, inputs, {})(None))
    assert outside(sides[0], sides[1]) == 0
    assert float(sides[0].radius.max()) < 1e-8


def test_our_exponential_keeps_its_bound() -> None:
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(-1, 1, 500), rng.uniform(-700, 700, 1500), [0.0, 0.5, -0.0, 1e-300]])
    y = rounding.exponential(x)
    with flint.ctx.workprec(BITS):
        worst = max(float(abs(flint.arb(float(b)) / flint.arb(float(a)).exp() - 1)) for a, b in zip(x, y, strict=True))
        rest = flint.arb(2).log() - flint.arb(LN2_HIGH) - flint.arb(LN2_LOW)
        assert abs(rest) <= U * flint.arb(LN2_LOW)
    assert worst < 4 * U < EXP_ERROR
    assert LN2_HIGH * 2**32 == int(LN2_HIGH * 2**32)


def test_underflow_does_not_hide_what_a_radius_reaches() -> None:
    """e^(-790 + 700) is about 1e-39, and the centre e^-790 is 0 in floats."""
    found = fast.entrywise("exp", Enclosed(np.array([[-790.0]]), np.array([[700.0]])))
    assert found.centre[0, 0] == 0 and found.radius[0, 0] > 1e-39


def test_what_overflows_is_unknown_and_no_error() -> None:
    huge = fast.given([[1e200, -1e200]], 1, 2)
    for found in (fast.hadamard(huge, huge), fast.entrywise("exp", huge), fast.product(huge, fast.transpose(huge))):
        assert np.isinf(found.radius).any()
    weights = fast.softmax(fast.hadamard(huge, huge), Sight.plain(1, 2))
    assert np.all(weights.centre - weights.radius <= 0) and np.all(weights.centre + weights.radius >= 1)
    assert fast.equal(fast.hadamard(huge, huge), fast.zeros(1, 2)) is None


def test_what_floats_cannot_tell_is_said() -> None:
    wide = Enclosed(np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]]))
    with pytest.raises(Inconclusive, match="row 1, column 1"):
        fast.entrywise("reciprocal", wide)
    with pytest.raises(Undefined):
        fast.entrywise("reciprocal", fast.zeros(1, 1))
    with pytest.raises(Inconclusive, match="row 1"):
        fast.hard(wide, Sight.plain(1, 2), "left")
    for name in ("log", "f"):
        with pytest.raises(Inconclusive, match=name):
            fast.entrywise(name, wide)
    step = fast.entrywise("step", wide)
    assert (step.centre[0, 0], step.radius[0, 0]) == (0.5, 0.5) and step.radius[0, 1] == 0
    for value in (float("nan"), float("inf"), "1"):
        with pytest.raises(BadInput):
            fast.given([[value]], 1, 1)


def test_distances_hold_the_exact_one() -> None:
    a, b = fast.given([[0, Fraction(1, 3)]], 1, 2), fast.given([[1, 0]], 1, 2)
    found = fast.distance(a, b)
    assert found.contains(1) and not found.contains(flint.arb("0.999")) and fast.farthest(a, b) == (0, 0)
    assert fast.first_difference(a, b) == (0, 0)
    assert fast.equal(a, a) is None


def test_products_on_a_grid_are_exact_and_others_are_not() -> None:
    grid = fast.given([[Fraction(1, 2), 3], [0, Fraction(-5, 1024)]], 2, 2)
    assert not fast.product(grid, grid).radius.any()
    for entry in (Fraction(1, 2**17), Fraction(1, 3), 2**11):
        other = fast.given([[entry, 0], [0, entry]], 2, 2)
        assert fast.product(other, other).radius.any(), entry
    large = fast.given([[2**20, 1]], 1, 2)
    quarter = fast.given([[Fraction(1, 4)], [0]], 2, 1)
    assert not fast.product(large, quarter).radius.any(), "a row of zeros counts for nothing"


def test_an_encoder_with_hard_heads_over_positions_is_enclosed() -> None:
    U = universal(2, 2, 1, realisation="scalars")
    rng = np.random.default_rng(2)
    given = {name: rng.normal(size=shape) for name, shape in U.inputs}
    sides = []
    for domain in (fast, slow):
        inputs = {name: domain.given(value, *value.shape) for name, value in given.items()}
        sides.append(U.prepare(domain, inputs, {})(None))
    assert outside(sides[0], sides[1]) == 0 and float(sides[0].radius.max()) < 1e-6
