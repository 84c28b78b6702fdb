"""Derivations about words: steps at every word, controls with the first word, and a page."""

from __future__ import annotations

from typing import Any

import pytest

from symsim.claims.report import Verdict
from symsim.derivation import WordDerivation
from symsim.errors import BadInput
from symsim.rasp import load
from symsim.render import html, latex, markdown


def often(word: list[Any]) -> list[int]:
    return [word.count(letter) for letter in word]


def encoder(length: int = 3, alphabet: str = "ab") -> Any:
    return load("library:sequences").compile("histogram", length=length, alphabet=alphabet)


def theorem(function: Any = often, step: Any = often) -> WordDerivation:
    made = WordDerivation("how-often", "It counts.", encoder(), function, family=encoder)

    @made.step("A head counts.")
    def counted(state: Any) -> Any:
        """The weight of the sink is one over a count."""
        yield state.slot("result", layer=state.last), step

    @made.control("The count is read off another number.")
    def doubled(changed: Any) -> Any:
        """The value matrix is doubled."""
        return changed.change(0, 0, W_V=2 * changed.layers[0].heads[0].W_V)

    made.example(word="aba")
    return made


def test_the_claim_the_steps_and_the_controls() -> None:
    checked = theorem().check()
    assert checked.complete and checked.report.method == "exhaustive"
    assert checked.controls[0].report.witness.inputs == {"tokens": ["a"]}
    other = theorem().check(length=2, alphabet="abc")
    assert other.report.verdict is Verdict.PROVED and other.report.claim.count == 12


def test_a_wrong_statement_and_a_wrong_step_are_refuted() -> None:
    assert theorem(function=lambda word: [1] * len(word)).check().report.verdict is Verdict.REFUTED
    wrong = theorem(step=lambda word: [1] * len(word)).check()
    assert wrong.report.verdict is Verdict.PROVED and not wrong.complete
    assert wrong.identities[0].report.verdict is Verdict.REFUTED


def test_the_page_has_the_claim_the_word_and_the_witness() -> None:
    checked = theorem().check()
    page = markdown(checked)
    assert "**proved** for all inputs of length 1 to 3 over {a, b}: 14 words." in page
    assert "At the word `a` this encoder gives" in page and "The word is `a b a`." in page
    assert "result" in html(checked) and r"\documentclass" in latex(checked)


@pytest.mark.parametrize(
    ("do", "words"),
    [
        (lambda made: made.example(word="abc"), "the alphabet has no 'c'"),
        (lambda made: made.example(X="ab"), "gives word, got X"),
        (lambda made: made.check(p=3), "unexpected keyword"),
        (lambda made: made.step("S")(lambda state: [(state.slot("result", 7), often)]) and made.check(), "no layer 7"),
    ],
)
def test_mistakes_are_named(do: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        do(theorem())
