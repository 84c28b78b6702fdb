"""Running an encoder: exact numbers, arrays and symbols give what the definition of the machine says."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symsim.domains.arrays import Arrays
from symsim.domains.exact import Exact
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.running import run, states
from symsim.testing import encoders, tables
from symsim.testing.encoders import NORMALISERS
from tests.encoder import in_numpy

I2 = [[1, 0], [0, 1]]


def inputs(encoder: Encoder) -> Any:
    """Start matrices for an encoder."""
    values = st.sampled_from([Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-3, 2)])
    return tables(encoder.tokens.total, encoder.slots.total, values)


def decimals(domain: Exact, found: Any) -> Any:
    """The values of an exact matrix of constants in floats."""
    matrix = domain.to_sympy(found)
    return np.array([[float(sympy.N(v, 30)) for v in matrix.row(i)] for i in range(matrix.rows)])


@settings(max_examples=150)
@given(st.data())
def test_exact_numbers_agree_with_the_definition(data: Any) -> None:
    encoder = data.draw(encoders())
    table = data.draw(inputs(encoder))
    expected = in_numpy.run(encoder, np.array(table, dtype=float))
    assume(np.abs(expected).max() < 1e6)
    domain = Exact()
    found = run(domain, encoder, domain.given(table, len(table), len(table[0])))
    assert np.allclose(decimals(domain, found), expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=150)
@given(st.data())
def test_arrays_agree_with_the_definition(data: Any) -> None:
    encoder = data.draw(encoders())
    table = np.array(data.draw(inputs(encoder)), dtype=float)
    expected = in_numpy.run(encoder, table)
    assume(np.abs(expected).max() < 1e6)
    domain = Arrays()
    assert np.allclose(domain.dense(run(domain, encoder, domain.given(table, *table.shape))), expected, atol=1e-9)


@settings(max_examples=60)
@given(st.data())
def test_some_rows_are_rows_of_the_whole(data: Any) -> None:
    encoder = data.draw(encoders())
    table = data.draw(inputs(encoder))
    rows = data.draw(st.lists(st.integers(0, len(table) - 1), min_size=1, max_size=3, unique=True))
    domain = Exact()
    start = domain.given(table, len(table), len(table[0]))
    whole = run(domain, encoder, start)
    assert domain.equal(run(domain, encoder, start, rows), domain.take(whole, rows)) is True


@settings(max_examples=40)
@given(st.data())
def test_symbols_agree_with_numbers_put_in_later(data: Any) -> None:
    encoder = data.draw(encoders())
    smooth = [n for layer in encoder.layers for n, _ in getattr(layer.feed_forward, "activations", ())]
    assume(all(h.normaliser in ("softmax", "linear") for layer in encoder.layers for h in layer.heads))
    assume(not set(smooth) & {"relu", "step", "maxmin"})
    rows, cols = encoder.tokens.total, encoder.slots.total
    table = data.draw(inputs(encoder))
    domain = Exact()
    general = domain.to_sympy(run(domain, encoder, domain.variable("H", rows, cols)))
    values = {sympy.Symbol(f"H_{i + 1},{j + 1}"): v for i, row in enumerate(table) for j, v in enumerate(row)}
    found = np.array([[float(sympy.N(v.subs(values), 30)) for v in general.row(i)] for i in range(rows)])
    assert np.allclose(found, in_numpy.run(encoder, np.array(table, dtype=float)), rtol=1e-9, atol=1e-9)


# -- masks ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("normaliser", NORMALISERS)
@pytest.mark.parametrize(
    "mask",
    [Mask(keys=()), Mask(positions=()), Mask(matrix=[[0] * 3] * 3), Mask(keys=("a",), positions=(2,))],
    ids=lambda mask: mask.kind,
)
def test_a_row_that_sees_nothing_is_a_zero_row(normaliser: str, mask: Mask) -> None:
    encoder = single(normaliser, mask)
    for domain in (Exact(), Arrays()):
        start = domain.given([[3, 1], [1, 4], [1, 5]], 3, 2)
        found = run(domain, encoder, start)
        assert np.allclose(as_floats(domain, found), 0)
    symbols = Exact()
    assert symbols.equal(run(symbols, encoder, symbols.variable("H", 3, 2)), symbols.zeros(3, 2)) is True


@pytest.mark.parametrize("normaliser", NORMALISERS)
def test_one_blind_row_beside_seeing_ones(normaliser: str) -> None:
    encoder = single(normaliser, Mask(matrix=[[0, 0, 0], [1, 0, 0], [0, 1, 0]]))
    table = [[3, 1], [1, 4], [1, 5]]
    expected = [[0, 0], [3, 1], [1, 4]]
    if normaliser == "linear":  # the weight is the score: 3*1 + 1*4 = 7 and 1*1 + 4*5 = 21
        expected = [[0, 0], [21, 7], [21, 84]]
    for domain in (Exact(), Arrays()):
        assert np.allclose(as_floats(domain, run(domain, encoder, domain.given(table, 3, 2))), expected)


def test_causal_and_key_masks() -> None:
    values = [[1, 1], [3, 3], [1, 3]]
    for mask, expected in (
        (Mask(causal=True), [[1, 1], [2, 2], [Fraction(5, 3), Fraction(7, 3)]]),
        (Mask(keys=("b",)), [[2, 3]] * 3),
        (Mask(keys=("b",), causal=True), [[0, 0], [3, 3], [2, 3]]),
        (Mask(positions=(0, 2)), [[1, 2]] * 3),
        (Mask(), [[Fraction(5, 3), Fraction(7, 3)]] * 3),
    ):
        flat = Head([[0], [0]], [[0], [0]], I2, I2, mask, "softmax")  # equal scores: means of what is seen
        encoder = Encoder(Slots((("x", 2),)), TokenLayout((("a", 1), ("b", 2))), (Layer((flat,), residual=False),))
        for domain in (Exact(), Arrays()):
            found = as_floats(domain, run(domain, encoder, domain.given(values, 3, 2)))
            assert np.allclose(found, np.array(expected, dtype=float))


def single(normaliser: str, mask: Mask) -> Encoder:
    """One head without residual: normalise(H H^T) H."""
    only = Head(I2, I2, I2, I2, mask, normaliser)
    return Encoder(Slots((("x", 2),)), TokenLayout((("a", 1), ("b", 2))), (Layer((only,), residual=False),))


def as_floats(domain: Any, value: Any) -> Any:
    return decimals(domain, value) if isinstance(domain, Exact) else domain.dense(value)


# -- layers -----------------------------------------------------------------------------------------------------------
def test_residual_switches() -> None:
    network = FeedForward(I2, None, I2, [[1, 1]], "identity")
    start = [[1, 2], [3, 4]]
    for attention, feed, expected in (
        (True, True, [[3, 5], [7, 9]]),
        (True, False, [[2, 3], [4, 5]]),
        (False, True, [[1, 1], [1, 1]]),
        (False, False, [[1, 1], [1, 1]]),
    ):
        layer = Layer((), FeedForward(network.W_1, None, network.W_2, network.b_2, "identity", feed), attention)
        encoder = Encoder(Slots((("x", 2),)), TokenLayout((("a", 2),)), (layer,))
        domain = Exact()
        assert domain.equal(run(domain, encoder, domain.given(start, 2, 2)), domain.given(expected, 2, 2)) is True


def test_maxmin_sorts_pairs_and_units_act_everywhere() -> None:
    network = FeedForward(I2, None, I2, None, (("maxmin", 2),), residual=False)
    encoder = Encoder(Slots((("x", 2),)), TokenLayout((("a", 3),)), (Layer((), network),))
    for domain in (Exact(), Arrays()):
        found = run(domain, encoder, domain.given([[1, 2], [5, -3], [4, 4]], 3, 2))
        assert np.allclose(as_floats(domain, found), [[2, 1], [5, -3], [4, 4]])
    symbols = Exact()
    H = symbols.variable("H", 3, 2)
    found = run(symbols, encoder, H)
    total = symbols.product(found, symbols.ones(2, 1))
    assert symbols.equal(total, symbols.product(H, symbols.ones(2, 1))) is True  # max + min = x + y
    assert symbols.equal(found, H) is False


def test_states_are_those_between_the_layers() -> None:
    network = FeedForward(I2, None, I2, None, "identity")
    encoder = Encoder(Slots((("x", 2),)), TokenLayout((("a", 1),)), (Layer((), network),) * 3)
    domain = Exact()
    found = list(states(domain, encoder, domain.given([[1, 2]], 1, 2)))
    assert [domain.to_sympy(s).tolist() for s in found] == [[[2**k, 2 ** (k + 1)]] for k in range(4)]
    empty = Encoder(encoder.slots, encoder.tokens, ())
    assert run(domain, empty, found[0]) is found[0]


def test_an_exponential_unit_meets_a_reciprocal_unit() -> None:
    """A sum of exponentials out of exp and reciprocal units, position by position, as symbols."""
    exps = FeedForward(I2, None, I2, None, "exp", residual=False)
    encoder = Encoder(Slots((("x", 2),)), TokenLayout((("a", 1),)), (Layer((), exps),))
    domain = Exact()
    found = domain.to_sympy(run(domain, encoder, domain.variable("H", 1, 2)))
    a, b = sympy.symbols("H_1\\,1 H_1\\,2")
    assert found == sympy.Matrix([[sympy.exp(a), sympy.exp(b)]])
    inverse = FeedForward([[1], [1]], None, [[1, 0]], None, "reciprocal", residual=False)
    both = Encoder(encoder.slots, encoder.tokens, (*encoder.layers, Layer((), inverse)))
    found = run(domain, both, domain.variable("H", 1, 2))
    assert sympy.cancel(domain.to_sympy(found)[0, 0] - 1 / (sympy.exp(a) + sympy.exp(b))) == 0
    assert domain.conditions == []
