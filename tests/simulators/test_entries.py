"""Trace, sums and the identity over scalar tokens: proved at small sizes, priced at symbols, faults refuted."""

from __future__ import annotations

from itertools import product as combinations

import pytest
import sympy

from symsim.encoder.cost import cost
from symsim.errors import BadInput
from symsim.proof import check
from symsim.rasp.counting import at_sizes
from symsim.simulators import entries

BY_ORDER = [(entries.trace, entries.trace_cost), (entries.plus_identity, entries.plus_identity_cost)]
BY_SHAPE = [(entries.total, entries.total_cost), (entries.matrix_sum, entries.matrix_sum_cost)]


@pytest.mark.parametrize(("build", "price"), BY_ORDER)
def test_every_order_is_proved_and_priced(build, price):
    for m in (1, 2, 3, 4):
        found = build(m)
        assert check(found.claim).verdict == "proved"
        assert at_sizes(price("m"), {"m": m}) == price(m) == cost(found.encoder)
        assert len(found.encoder.layers) == 1


@pytest.mark.parametrize(("build", "price"), BY_SHAPE)
def test_every_shape_is_proved_and_priced(build, price):
    for r, c in combinations((1, 2, 3), repeat=2):
        found = build(r, c)
        assert check(found.claim).verdict == "proved"
        assert at_sizes(price("r", "c"), {"r": r, "c": c}) == price(r, c) == cost(found.encoder)


@pytest.mark.parametrize(("factor", "shift"), [(3, -1), ("1/2", 5), (0, 1), (-2, 0)])
def test_factors_and_shifts(factor, shift):
    found = entries.plus_identity(2, factor, shift)
    assert check(found.claim).verdict == "proved"
    table = sympy.Matrix([[1, 2], [3, 4]])
    assert found(A=table) == sympy.Rational(factor) * table + sympy.Rational(shift) * sympy.eye(2)


@pytest.mark.parametrize("found", [entries.trace(2), entries.total(2, 2), entries.matrix_sum(2, 2)])
def test_a_head_that_sees_everything_alike_is_refuted(found):
    """With keys of 0 every entry and the sink have the same score; where all were wanted, the sink is one too many."""
    head = found.encoder.layers[0].heads[0]
    assert check(found.change(0, 0, W_K=head.W_K * 0).claim).verdict == "refuted"


def test_a_unit_less_is_refuted():
    for found in (entries.matrix_sum(2, 2), entries.plus_identity(2)):
        assert check(found.change(0, feed_forward=None).claim).verdict == "refuted"


def test_bad_input():
    with pytest.raises(BadInput, match="trace_cost"):
        entries.trace("m")
    with pytest.raises(BadInput, match="factor is a rational number, got 0.5"):
        entries.plus_identity(2, factor=0.5)
