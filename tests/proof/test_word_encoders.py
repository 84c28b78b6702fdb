"""Encoders for words, exhaustively: words side by side are every word alone, the first wrong one is the witness."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symsim as ss
from symsim.claims import word_encoder
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.encoder.layers import FeedForward, Head, Layer
from symsim.encoder.layouts import Slots
from symsim.encoder.masks import Mask
from symsim.errors import BadInput, Undefined

ONE_HOT = 2
"""Columns 0 and 1 say whether a token is ``a`` or ``b``, column 2 is its position, column 3 the result."""
HARD = ("average-hard", "unique-hard", "unique-hard-right")


def embedded(layers: tuple[Layer, ...], length: int = 4, name: str = "made") -> WordEncoder:
    """An encoder over {a, b} with these layers over a stream of width 4."""
    rows = [[int(a == 0), int(a == 1), p, 0] for a in range(ONE_HOT) for p in range(length)]
    slots = Slots((("word", ONE_HOT), ("position", 1), ("out", 1)))
    return WordEncoder(name, slots, layers, ("a", "b"), length, rows, [[0, 0, -1, 0]], "out", ((Fraction(7), "seven"),))


def share_of_a(length: int = 4) -> WordEncoder:
    """The share of the letter a in the word, at every position."""
    weights = [sympy.zeros(4, 1), sympy.zeros(4, 1), sympy.Matrix([1, 0, 0, 0]), sympy.Matrix([[0, 0, 0, 1]])]
    return embedded((Layer((Head(*weights, mask=Mask(keys=("word",)), normaliser="average-hard"),)),), length)


def share(word: list[str]) -> list[Fraction]:
    return [Fraction(word.count("a"), len(word))] * len(word)


def reciprocal() -> WordEncoder:
    """1 / (1 - position - [b]): no value at the first position of a word that begins with b."""
    network = FeedForward([[0], [-1], [-2], [0]], [[1]], [[0, 0, 0, 1]], None, "reciprocal")
    return embedded((Layer((), network),), name="1/x")


def words(length: int) -> list[tuple[str, ...]]:
    return list(itertools.product("ab", repeat=length))


@st.composite
def random_encoders(draw: Any) -> WordEncoder:
    """One or two layers of hard heads and units, weights from -2 to 2."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def drawn(rows: int, cols: int) -> Any:
        return (rng.integers(-2, 3, (rows, cols)) * (rng.random((rows, cols)) < 0.5)).tolist()

    def head() -> Head:
        mask = Mask(keys=("word",) if rng.random() < 0.5 else None, causal=bool(rng.random() < 0.5))
        shapes = ((4, 2), (4, 2), (4, 1), (1, 4))
        return Head(*(drawn(*shape) for shape in shapes), mask=mask, normaliser=HARD[rng.integers(3)])

    def layer() -> Layer:
        units = [("relu", "step", "square", "identity")[k] for k in rng.integers(0, 4, 2)]
        network = FeedForward(drawn(4, 2), drawn(1, 2), drawn(2, 4), drawn(1, 4), units)
        return Layer(tuple(head() for _ in range(rng.integers(0, 3))), network if rng.random() < 0.7 else None)

    return embedded(tuple(layer() for _ in range(draw(st.integers(1, 2)))), 3)


@settings(max_examples=100)
@given(random_encoders())
def test_many_words_side_by_side_are_every_word_alone(encoder: WordEncoder) -> None:
    for n in (1, 2, 3):
        assert list(encoder.values_of_all(words(n))) == [encoder.values(word) for word in words(n)]


def test_batches_of_any_size_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, expected = share_of_a(), [[Fraction(word.count("a"), 4)] * 4 for word in words(4)]
    for first, entries in ((1, 1), (3, 2 * 5 * 4), (64, 10**6)):
        monkeypatch.setattr(word_encoder, "FIRST_BATCH", first)
        monkeypatch.setattr(word_encoder, "MOST_ENTRIES", entries)
        assert list(encoder.values_of_all(words(4))) == expected
    assert list(encoder.values_of_all([])) == []


def test_the_words_before_a_missing_value_come_first() -> None:
    source = reciprocal().values_of_all(words(2))
    half = [Fraction(1), Fraction(-1)], [Fraction(1), Fraction(-1, 2)]
    assert (next(source), next(source)) == half
    with pytest.raises(Undefined):
        next(source)


def test_an_encoder_that_is_right_is_proved() -> None:
    report = ss.check(SequenceClaim(share_of_a(8), Oracle("the share of a", share), ("a", "b"), 8))
    assert (str(report.verdict), report.method) == ("proved", "exhaustive")


def test_the_first_wrong_word_is_the_witness() -> None:
    """Negative control: one weight changed, and an oracle that is wrong at one word only."""
    encoder = share_of_a()
    oracle = Oracle("share", share)
    wrong = encoder.change(0, 0, W_V=sympy.Matrix([1, 0, 1, 0]))
    report = ss.check(SequenceClaim(wrong, oracle, ("a", "b"), 4))
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == ["a", "a"]
    late = Oracle("late", lambda word: [-1] * 4 if word == list("abab") else share(word))
    report = ss.check(SequenceClaim(encoder, late, ("a", "b"), 4))
    assert report.witness["tokens"] == list("abab") and report.witness.place == (0, 0)
    assert report.witness.node == "position 0, made in slot out after layer 1"


def test_a_value_that_does_not_exist_is_a_witness_on_the_left_and_bad_input_on_the_right() -> None:
    oracle = Oracle("where it can be", lambda word: [1, -1 if word[1:] == ["a"] else Fraction(-1, 2)][: len(word)])
    report = ss.check(SequenceClaim(reciprocal(), oracle, ("a", "b"), 2))
    assert report.witness["tokens"] == ["b"] and report.witness.left is None
    assert report.witness.left_value.startswith("undefined")
    with pytest.raises(BadInput, match=r"no value at \[b\]"):
        ss.check(SequenceClaim(oracle, reciprocal(), ("a", "b"), 2))


def test_a_code_is_read_as_what_it_stands_for() -> None:
    network = FeedForward([[7], [0], [0], [0]], None, [[0, 0, 0, 1]], None, "relu")
    seven = embedded((Layer((), network),), 2)
    assert list(seven.values_of_all(words(2))) == [
        ["seven", "seven"], ["seven", 0], [0, "seven"], [0, 0],
    ]  # fmt: skip


def test_a_value_that_is_no_rational_number_is_kept_exactly() -> None:
    network = FeedForward([[1], [0], [0], [0]], None, [[0, 0, 0, 1]], None, "exp")
    exponential = embedded((Layer((), network),), 1)
    at_b, at_a = exponential.values_of_all([("b",), ("a",)])
    assert at_b == [1] and [str(value) for value in at_a] == ["E = 2.71828182846..."]
    with pytest.raises(BadInput, match="slot out is no rational number"):
        exponential.decode([at_a[0]])
