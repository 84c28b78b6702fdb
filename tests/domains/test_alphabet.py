"""The number system ``alphabet``: every input at once is what each input is alone, exactly, at any size, and fast."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.domains.alphabet import Alphabet
from symsim.domains.arrays import Arrays
from symsim.domains.layout import Sight
from symsim.domains.rational_arrays import FITS, RationalArray
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.running import run
from symsim.errors import BadInput, Undefined
from symsim.testing import encoders

TIES = ("average", "left", "right")
three = Alphabet(["one", "two", "three"])


def batch(domain: Alphabet, tables: list[Any]) -> Any:
    """One matrix an input."""
    return domain.given(tables, len(tables[0]), len(tables[0][0]))


# -- all inputs at once are each input alone --------------------------------------------------------------------------
RATIONAL_UNITS = {"relu", "square", "step", "identity", "maxmin"}


def stays_rational(encoder: Encoder) -> bool:
    heads = [head.normaliser != "softmax" for layer in encoder.layers for head in layer.heads]
    networks = [layer.feed_forward for layer in encoder.layers if layer.feed_forward is not None]
    return all(heads) and all(name in RATIONAL_UNITS for network in networks for name, _ in network.activations)


numbers = st.fractions(-3, 3, max_denominator=4) | st.integers(-(10**25), 10**25)


@settings(max_examples=80)
@given(encoder=encoders().filter(stays_rational), data=st.data())
def test_a_batch_is_every_input_alone(encoder: Encoder, data: Any) -> None:
    N, D = encoder.tokens.total, encoder.slots.total
    tables = data.draw(st.lists(st.lists(st.lists(numbers, min_size=D, max_size=D), min_size=N, max_size=N),
                                min_size=3, max_size=3))
    together, alone = run(three, encoder, batch(three, tables)).tolist(), Arrays(dtype=object)
    apart = [run(alone, encoder, alone.given(table, N, D)).tolist() for table in tables]
    if np.ndim(together) == 2:  # nothing of the input is left: the same at every input
        together = [together] * 3
    assert together == apart


def test_the_comparison_with_single_inputs_can_fail() -> None:
    """Negative control: another order of the inputs is another matrix."""
    assert batch(three, [[[1]], [[2]], [[3]]]).tolist() != [[[2]], [[1]], [[3]]]


# -- exact at any size ------------------------------------------------------------------------------------------------
huge = st.integers(-(2**70), 2**70) | st.integers(-(2**63) - 2, 2**63 + 2) | st.integers(-3, 3)
rational = st.builds(Fraction, huge, st.integers(1, 9) | st.just(2**65 + 1))
OPERATIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "add": lambda D, a, b: D.add(a, b),
    "product": lambda D, a, b: D.product(a, b),
    "hadamard": lambda D, a, b: D.hadamard(a, b),
    "scale": lambda D, a, b: D.scale(Fraction(2**40 + 1, 3), a),
    "trace": lambda D, a, b: D.trace(a),
    "flatten": lambda D, a, b: D.flatten(a),
    "relu": lambda D, a, b: D.entrywise("relu", a),
    "abs": lambda D, a, b: D.entrywise("abs", a),
    "step": lambda D, a, b: D.entrywise("step", a),
    **{f"hard {ties}": lambda D, a, b, t=ties: D.hard(a, Sight.plain(2, 2), t) for ties in TIES},
    "causal": lambda D, a, b: D.hard(a, Sight.plain(2, 2, causal=True), "average"),
    "weight": lambda D, a, b: D.product(a, D.constant(sympy.ImmutableSparseMatrix(2, 3, {(0, 1): 2**61, (1, 1): 3}))),
    "left weight": lambda D, a, b: D.product(D.constant(sympy.ImmutableSparseMatrix(1, 2, {(0, 1): 2**61})), a),
    "settle": lambda D, a, b: D.settle(a),
    "chain": lambda D, a, b: D.product(D.add(D.product(a, b), D.scale(-1, D.product(a, b))), a),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=25)
@given(tables=st.lists(st.lists(st.lists(rational, min_size=2, max_size=2), min_size=2, max_size=2), min_size=4,
                       max_size=4))
def test_no_size_of_a_number_overflows(operation: str, tables: Any) -> None:
    two, alone, change = Alphabet(["x", "y"]), Arrays(dtype=object), OPERATIONS[operation]
    found = change(two, batch(two, tables[:2]), batch(two, tables[2:])).tolist()
    for k in range(2):
        a, b = (alone.given(table, 2, 2) for table in tables[k::2])
        assert found[k] == alone.dense(change(alone, a, b)).tolist()


def test_machine_integers_are_kept_where_they_fit_and_left_where_they_do_not() -> None:
    one = Alphabet(["x"])
    near = one.given([[FITS - 1]], 1, 1)
    assert near.numerators.dtype == np.int64
    beyond = one.add(near, near)
    assert beyond.numerators.dtype == object and beyond.tolist() == [[2 * FITS - 2]]
    back = one.settle(one.scale(Fraction(1, 4), beyond))
    assert back.numerators.dtype == np.int64 and back.tolist() == [[Fraction(FITS - 1, 2)]]


@given(st.lists(st.lists(rational, min_size=2, max_size=2), min_size=1, max_size=3))
def test_what_is_given_comes_back(table: list[list[Fraction]]) -> None:
    assert Alphabet(["x"]).given(table, len(table), 2).tolist() == table


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "uint64"])
def test_arrays_of_integers_are_taken_whole(dtype: str) -> None:
    table = np.asarray([[[0, 1]], [[1, 1]], [[1, 0]]]).astype(dtype)
    assert three.given(table, 1, 2).tolist() == table.astype(int).tolist()
    top = np.full((3, 1, 1), np.iinfo("uint64").max, dtype="uint64")
    assert three.given(top, 1, 1).tolist() == [[[2**64 - 1]]] * 3


def test_inverses_one_an_input() -> None:
    a = batch(three, [[[1, 2], [3, 4]], [[0, 1], [1, 0]], [[Fraction(1, 2), 0], [0, 3]]])
    assert three.equal(three.product(a, three.inverse(a)), three.identity(2))
    assert not three.equal(three.product(a, a), three.identity(2))
    with pytest.raises(Undefined, match=r"the inverse of A \(2 x 2\) does not exist, for the input two"):
        three.inverse(batch(three, [[[1, 2], [3, 4]], [[1, 1], [1, 1]], [[0, 0], [0, 0]]]), "A")


def test_determinants_one_an_input() -> None:
    a = batch(three, [[[1, 2], [3, 4]], [[1, 1], [1, 1]], [[Fraction(1, 2), 0], [0, 3]]])
    assert three.determinant(a).tolist() == [[[-2]], [[0]], [[Fraction(3, 2)]]]


# -- what differs, and what does not exist ----------------------------------------------------------------------------
def test_the_first_difference_names_the_input_and_the_entry() -> None:
    a = batch(three, [[[1, 2]], [[3, 4]], [[5, 6]]])
    assert three.first_difference(a, batch(three, [[[1, 2]], [[3, 9]], [[9, 6]]])) == (1, 0, 1)
    assert three.first_difference(a, three.scale(Fraction(1, 2), three.scale(2, a))) is None
    assert three.first_difference(three.ones(1, 2), batch(three, [[[1, 1]], [[1, 1]], [[0, 1]]])) == (2, 0, 0)
    assert three.first_difference(three.ones(2, 2), three.identity(2)) == (0, 0, 1)


def test_one_over_0_names_the_first_input() -> None:
    a = batch(three, [[[1, 2]], [[4, -8]], [[1, 1]]])
    inverse = [[[1, Fraction(1, 2)]], [[Fraction(1, 4), Fraction(-1, 8)]], [[1, 1]]]
    assert three.entrywise("reciprocal", a).tolist() == inverse
    with pytest.raises(Undefined, match=r"row 1, column 2, for the input two"):
        three.entrywise("reciprocal", batch(three, [[[1, 2]], [[3, 0]], [[0, 1]]]))
    words = Alphabet([("a", "b"), ("b", "a")])
    with pytest.raises(Undefined, match=r"for the input \[b, a\]"):
        words.entrywise("reciprocal", words.given([[[1]], [[0]]], 1, 1))


def test_functions_at_the_point_where_they_are_rational() -> None:
    zero, one = three.zeros(2, 2), three.ones(2, 2)
    assert three.equal(three.entrywise("exp", zero), one)
    assert three.equal(three.entrywise("silu", zero), zero)
    assert three.equal(three.entrywise("log", one), zero)


@pytest.mark.parametrize("function", ["exp", "silu", "log"])
def test_what_is_no_rational_number_is_refused(function: str) -> None:
    a = batch(three, [[[0]], [[Fraction(1, 2)]], [[7]]]) if function != "log" else batch(three, [[[1]], [[3]], [[1]]])
    with pytest.raises(BadInput, match=rf"{function}\(.*\) is no rational number at .*, for the input two"):
        three.entrywise(function, a)


def test_softmax_is_uniform_or_refused() -> None:
    even = batch(three, [[[1, 1, 1]], [[2, 2, 2]], [[0, 0, 0]]])
    assert three.equal(three.scale(3, three.softmax(even, Sight.plain(1, 3))), three.ones(1, 3))
    uneven = batch(three, [[[1, 1, 1]], [[2, 1, 2]], [[0, 0, 0]]])
    with pytest.raises(BadInput, match="softmax of scores that differ .*row 1, column 2, for the input two"):
        three.softmax(uneven, Sight.plain(1, 3))
    mask = three.given([[1, 0, 1]], 1, 3)  # what is hidden may differ
    half = [[Fraction(1, 2), 0, Fraction(1, 2)]]
    assert three.softmax(uneven, Sight.plain(1, 3, mask=mask)).tolist() == [half] * 3


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda: Alphabet([]), "at least one"),
        (lambda: three.variable("X", 1, 1), "no symbols"),
        (lambda: three.given([[[1]], [[2]]], 1, 1), "3 inputs, and 2 matrices"),
        (lambda: three.given([[0.5]], 1, 1), "not exact"),
        (lambda: three.given(np.asarray([[0.5]]), 1, 1), "not exact"),
        (lambda: three.entrywise("foo", three.zeros(1, 1)), "nothing stands for 'foo'"),
        (lambda: three.constant(sympy.ImmutableSparseMatrix([[sympy.Symbol("tau")]])), "no rational number"),
        (lambda: three.scalar(sympy.Symbol("tau")), "no rational number"),
        (lambda: three.inverse(three.zeros(1, 2)), "should be"),
    ],
)
def test_mistakes_are_named(mistake: Callable[[], Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        mistake()


# -- speed ------------------------------------------------------------------------------------------------------------
def wide_encoder(positions: int, width: int, layers: int) -> Encoder:
    """Layers with two hard heads and relu units over a stream of one width."""
    rng = np.random.default_rng(0)

    def drawn(rows: int, cols: int, filled: float) -> Any:
        return (rng.integers(-3, 4, (rows, cols)) * (rng.random((rows, cols)) < filled)).tolist()

    def head(normaliser: str) -> Head:
        shapes = ((width, 4), (width, 4), (width, 8), (8, width))
        return Head(*(drawn(*shape, 0.2) for shape in shapes), normaliser=normaliser)

    def layer() -> Layer:
        network = FeedForward(drawn(width, width, 0.1), drawn(1, width, 0.5), drawn(width, width, 0.1), None)
        return Layer((head("average-hard"), head("unique-hard")), network)

    parts = Slots((("x", width),)), TokenLayout((("w", positions),))
    return Encoder(*parts, tuple(layer() for _ in range(layers)))


def test_two_thousand_words_at_once_are_each_alone() -> None:
    words = list(itertools.islice(itertools.product(range(2), repeat=11), 2000))
    encoder, domain = wide_encoder(11, 60, 3), Alphabet(words)
    start = domain.given(np.eye(60, dtype=int)[np.asarray(words)], 11, 60)
    found = run(domain, encoder, start)
    assert isinstance(found, RationalArray) and found.shape == (2000, 11, 60)
    alone = Arrays(dtype=object)
    for k in (0, 1999):
        single = alone.given(start.numerators[k].tolist(), 11, 60)
        assert found.like(found.numerators[k]).tolist() == run(alone, encoder, single).tolist()
