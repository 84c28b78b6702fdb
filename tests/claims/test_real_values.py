"""Encoders for words that write irrational numbers: refuted with the shortest word, proved where it does not matter."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
import sympy

import symsim as ss
from symsim.claims.real_values import RealValue, same
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.claims.word_encoder import ValuesAtWord, WordEncoder
from symsim.domains.exact import Exact
from symsim.encoder.layers import FeedForward, Head, Layer
from symsim.encoder.layouts import Slots
from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.proof import recheck
from tests import campaign_compiled

SLOTS = Slots((("a", 1), ("b", 1), ("aside", 1), ("out", 1)))
ASIDE, OUT = [[0, 0, 1, 0]], [[0, 0, 0, 1]]
IS_A = [[1], [0], [0], [0]]


def encoder(*layers: Layer, name: str = "made") -> WordEncoder:
    """Over {a, b}, words of at most 2 tokens, which start with their letter one-hot."""
    table = [[1, 0, 0, 0]] * 2 + [[0, 1, 0, 0]] * 2
    return WordEncoder(name, SLOTS, layers, ("a", "b"), 2, table, [[0] * 4], "out", ((Fraction(2), "two"),))


def units(name: str, W_1: Any, W_2: Any) -> Layer:
    return Layer((), FeedForward(W_1, None, W_2, None, name))


def share(values: Any, normaliser: str) -> WordEncoder:
    """The mean of ``values`` over the word, each key with the score 1 where it is an a; ``softmax`` makes it uneven."""
    ask = [[1], [1], [0], [0]]
    head = Head(ask, IS_A, values, OUT, mask=Mask(keys=("word",)), normaliser=normaliser)
    return encoder(Layer((head,)))


def checked(left: Any, right: Any) -> Any:
    other = right if hasattr(right, "values_of_all") else Oracle("oracle", right)
    return ss.check(SequenceClaim(left, other, ("a", "b"), 2))


# -- refuted --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "value", "at_0"), [("exp", math.e, 1), ("silu", 1 / (1 + math.exp(-1)), 0)])
def test_an_irrational_value_is_a_witness(name: str, value: float, at_0: int) -> None:
    """What is written at b is rational and right."""
    made = encoder(units(name, IS_A, OUT))
    report = checked(made, lambda word: [at_0 if letter == "b" else 3 for letter in word])
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == ["a"]
    assert f"{value:.15f}"[:11] in report.witness.left_value and report.witness.right_value == "[3]"
    assert f"{value:.15f}"[:11] in str(report.to_dict()["witness"]["left"])


def test_softmax_in_the_place_of_hard_attention() -> None:
    """The share of a: with one letter both weigh alike, so the shortest wrong word has two."""
    def right(word: list[str]) -> list[Fraction]:
        return [Fraction(word.count("a"), len(word))] * len(word)

    even = share(IS_A, "average-hard")
    assert str(checked(share(IS_A, "softmax"), even).verdict) == "refuted"
    report = checked(share(IS_A, "softmax"), right)
    assert report.witness["tokens"] == ["a", "b"] and report.witness.place == (0, 0)
    assert "E/(1 + E) = 0.731058578630..." in report.witness.left_value
    assert report.witness.right_value == "[1/2, 1/2]"


def test_values_that_are_nearly_equal_are_told_apart() -> None:
    """Euler's number cut at 40 digits differs from it, at more than the 64 bits that are tried first."""
    made = encoder(units("exp", IS_A, OUT))
    digits = Fraction(str(sympy.N(sympy.E, 40)))
    report = checked(made, lambda word: [digits if letter == "a" else 1 for letter in word])
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == ["a"]


def test_no_irrational_number_stands_for_a_string() -> None:
    made = encoder(units("exp", IS_A, OUT))
    report = checked(made, lambda word: ["two" if letter == "a" else 1 for letter in word])
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == ["a"]
    doubled = encoder(units("identity", IS_A, [[0, 0, 0, 2]]))  # the control: a rational one does
    assert str(checked(doubled, lambda word: ["two" if letter == "a" else 0 for letter in word]).verdict) == "proved"


# -- proved ---------------------------------------------------------------------------------------------------------
def test_what_is_irrational_and_not_read_does_not_matter() -> None:
    made = encoder(units("exp", IS_A, ASIDE), units("identity", IS_A, OUT))
    report = checked(made, lambda word: [int(letter == "a") for letter in word])
    assert str(report.verdict) == "proved"
    read = encoder(units("exp", IS_A, ASIDE), units("identity", [[1], [0], [1], [0]], OUT))
    assert str(checked(read, lambda word: [int(letter == "a") for letter in word]).verdict) == "refuted"


def test_irrational_parts_that_cancel() -> None:
    """Softmax weights sum to 1, and exp(1) exp(-1) = 1: the forms say so, no ball does."""
    assert str(checked(share([[1], [1], [0], [0]], "softmax"), lambda word: [1] * len(word)).verdict) == "proved"
    twice = encoder(units("exp", [[1, 1], [0, 0], [0, 0], [0, 0]], [[0, 0, 0, 1], [0, 0, 0, -1]]))
    assert str(checked(twice, lambda word: [0] * len(word)).verdict) == "proved"
    thrice = encoder(units("exp", [[1, 1], [0, 0], [0, 0], [0, 0]], [[0, 0, 0, 1], [0, 0, 0, -2]]))
    assert checked(thrice, lambda word: [0] * len(word)).witness["tokens"] == ["a"]


def test_a_certificate_holds_irrational_parts() -> None:
    made = encoder(units("exp", IS_A, ASIDE), units("identity", IS_A, OUT), name="is a")
    same_again = encoder(units("identity", IS_A, OUT), name="is a, at once")
    report = checked(made, same_again)
    assert str(report.verdict) == "proved" and recheck.establish(report.certifier.data)


def test_two_encoders_that_write_irrational_numbers() -> None:
    made, at_once = encoder(units("exp", IS_A, OUT)), encoder(units("exp", [[2], [1], [0], [0]], OUT))
    late = encoder(units("identity", IS_A, ASIDE), units("exp", [[0], [0], [1], [0]], OUT))
    assert str(checked(made, late).verdict) == "proved"
    assert checked(made, at_once).witness["tokens"] == ["a"]


# -- undecided ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Vague:
    """A side whose value at words that begin with a is known under a condition only; elsewhere it is 1."""

    value: int = 1

    def values(self, tokens: tuple[Any, ...]) -> list[Any]:
        vague = RealValue(Exact(), self.value, {}, "it is not known whether x != 0")
        return [vague if tokens[0] == "a" else 1] * len(tokens)

    def values_of_all(self, words: Any) -> Any:
        return map(self.values, words)

    def part(self, tokens: Any, position: int) -> str:
        return ""


def test_an_input_that_is_not_decided_leaves_the_claim_open() -> None:
    report = checked(Vague(), lambda word: [1] * len(word))
    assert str(report.verdict) == "undecided" and report.reason.startswith("inputs at which")
    assert ": 3; at [a], position 0: unknown (it is not known whether x != 0) and 1" in report.reason
    later = checked(Vague(), lambda word: [1 if word[0] == "a" else 2] * len(word))
    assert str(later.verdict) == "refuted" and later.witness["tokens"] == ["b"]


def test_values_of_unknown_functions_are_not_told_apart() -> None:
    domain = Exact()
    value = RealValue(domain, domain.field.opaque("f", (1,)))
    assert value.agrees(0) is None and same(0, value) is None and same(value, value) is True
    assert value.agrees("no code") is False


# -- elsewhere ------------------------------------------------------------------------------------------------------
def test_a_column_of_numbers_is_rational() -> None:
    made = encoder(units("exp", IS_A, OUT))
    side = ValuesAtWord(replace(made, computes=made), ("a",))
    with pytest.raises(BadInput, match=r"2\.71828182846\.\.\. is no rational number"):
        side.prepare(Exact(), {}, {})


def test_the_campaign_leaves_no_fault_out() -> None:
    """Faults that make a compiled program write irrational numbers are decided, and numpy confirms it."""
    made, found = campaign_compiled.planted("reverse")
    heads = {f.name: k for k, f in enumerate(found) if f.name.endswith("softmax")}
    assert len(heads) == 2 and len(made.layers) == 2
    rows = [campaign_compiled.attack("reverse", k) for k in heads.values()]
    assert [row["verdict"] for row in rows] == ["proved", "refuted"] and not any(row["wrong"] for row in rows)
    _, found = campaign_compiled.planted("histogram")
    units_changed = [k for k, f in enumerate(found) if f.name.endswith(("exp", "silu"))]
    rows = [campaign_compiled.attack("histogram", k) for k in units_changed]
    assert [row["verdict"] for row in rows] == ["refuted"] * 2 and not any(row["wrong"] for row in rows)
