"""The cost of realisation P: counted symbolically by the loops that build, and equal to what the encoder costs."""

from __future__ import annotations

from itertools import product as combinations

import pytest
import sympy

from symsim.encoder.cost import cost
from symsim.formulas.sizes import size_symbol
from symsim.rasp.counting import at_sizes, repeated
from symsim.simulators import scalars

N, D, V = (size_symbol(name) for name in ("n", "d", "d_v"))
SIZES = list(combinations((1, 2, 3, 4), repeat=3))


@pytest.mark.parametrize("narrow", [False, True])
def test_universal_cost_is_the_cost_of_the_encoder(narrow):
    symbolic = scalars.universal_cost(N, D, V, narrow)
    for n, d, d_v in SIZES:
        counted = cost(scalars.universal(n, d, d_v, narrow).encoder)
        assert scalars.universal_cost(n, d, d_v, narrow) == counted
        assert at_sizes(symbolic, {"n": n, "d": d, "d_v": d_v}) == counted


@pytest.mark.parametrize("narrow", [False, True])
def test_product_cost_is_the_cost_of_the_encoder(narrow):
    symbolic = scalars.product_cost("r", "k", "c", narrow)
    for r, k, c in SIZES:
        counted = cost(scalars.product(r, k, c, narrow).encoder)
        assert at_sizes(symbolic, {"r": r, "k": k, "c": c}) == counted == scalars.product_cost(r, k, c, narrow)


def test_costs_of_the_other_pieces():
    turned, softmax = scalars.transposition_cost("r", "c"), scalars.row_softmax_cost("r", "c")
    for r, c in combinations((1, 2, 3, 4), repeat=2):
        assert at_sizes(turned, {"r": r, "c": c}) == cost(scalars.transposition(r, c).encoder)
        assert at_sizes(softmax, {"r": r, "c": c}) == cost(scalars.row_softmax(r, c).encoder)


def test_heads_units_and_positions_as_polynomials():
    found = scalars.universal_cost(N, D, V)
    assert found.heads == (4 * D + 1, 2 * D, 0, 1, 0, 2 * N)
    assert found.ffn_units == (4 * D, 2 * D, 1, 1, 2, 2 * N)
    assert found.positions == sympy.Max(N * D + D**2 + D * V, N**2, N * V) + 1
    assert sympy.expand(found.width - found.positions) == 6 * D + 2 * N + 10
    assert found.layers == 6


def test_narrow_heads_do_not_grow():
    found = scalars.universal_cost(N, D, V, narrow=True)
    assert found.heads == (5, repeated(4, D - 1), repeated(2, D), 0, 1, 0, repeated(2, N))
    assert sympy.expand(found.layers) == 2 * D + N + 3
    assert max(scalars.universal_cost(9, 7, 5, narrow=True).heads) == 5


def test_a_wrong_size_costs_something_else():
    """Negative control: the comparison tells neighbouring sizes apart."""
    symbolic = scalars.universal_cost(N, D, V)
    counted = cost(scalars.universal(3, 2, 2).encoder)
    assert at_sizes(symbolic, {"n": 2, "d": 3, "d_v": 2}) != counted
    assert at_sizes(symbolic, {"n": 3, "d": 2, "d_v": 3}) != counted


def test_large_sizes_are_built_in_moments_and_share_their_weights():
    U = scalars.universal(16, 16, 16)
    assert (U.cost.positions, len(U.encoder.layers[0].heads)) == (769, 65)
    queries = {id(head.W_Q) for layer in U.encoder.layers for head in layer.heads}
    assert len(queries) == 3  # by row, by column, and one group an entry for the transposition
