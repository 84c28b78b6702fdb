"""The bounded part of the campaign over RASP: first blocks of its families, and what they say of planted mistakes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from symsim.rasp import RaspError
from tests import campaign, campaign_programs, campaign_texts
from tests.campaign_blocks import tell, trials


def test_texts_that_are_hardly_programs_give_only_the_error_of_the_language() -> None:
    row = campaign.attack("texts", 0)
    assert row["wrong"] == [] and row["tried"] == campaign_texts.SIZE
    assert row["kinds"].keys() == {"refused", "read, stopped", "read, run"}, "texts of every kind"


@pytest.mark.parametrize("name", ["compiled by position", "compiled by value"])
def test_first_programs_of_a_family(name: str) -> None:
    row = campaign.attack(name, 0)
    assert row["wrong"] == [] and row["tried"] == campaign_programs.SIZE
    assert row["kinds"]["equal"] > row["tried"] / 2


@pytest.mark.parametrize("drawn", [campaign_programs.by_position, campaign_programs.by_value])
def test_a_block_is_drawn_from_its_number_alone(drawn: Callable[[int], list[Any]]) -> None:
    first, again, other = (drawn(number) for number in (3, 3, 4))
    assert first == again and len(first) == campaign_programs.SIZE
    assert len([case for case in first if case in other]) < len(first) / 2


def test_a_campaign_tries_enough() -> None:
    names = ("compiled by position", "compiled by value", "texts")
    blocks = {name: len(campaign.FAMILIES[name].blocks()) for name in names}
    programs = (blocks["compiled by position"] + blocks["compiled by value"]) * campaign_programs.SIZE
    assert programs == 20_000 and blocks["texts"] * campaign_texts.SIZE == 10_000


# -- what is wrong is found -------------------------------------------------------------------------------------------
def test_another_exception_of_the_parser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Any:
        raise ValueError("no") if "for" in text else RaspError("no program")

    monkeypatch.setattr(campaign_texts, "parse", broken)
    row = campaign_texts.attack(0)
    assert 0 < len(row["wrong"]) < row["tried"] and all("ValueError: no at" in text for text in row["wrong"])
    assert row["kinds"]["WRONG"] == len(row["wrong"])


def test_a_slow_parser_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_texts, "SLOW", -1.0)
    with pytest.raises(AssertionError, match="s to read 2 characters"):
        campaign_texts.read("x;")


def test_an_exception_of_the_interpreter_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("deep")

    monkeypatch.setattr(campaign_texts.Interpreter, "run", broken)
    with pytest.raises(RecursionError):
        campaign_texts.read("indices;")


def test_an_encoder_that_differs_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign_programs.compared_by_position.Exact, "equal", lambda *_: False)
    compare = campaign_programs.compared_by_position.compare
    row = trials("planted", iter([("case", lambda: compare("tokens + 1", [Fraction(1)], True, 0))]), 60)
    assert row["tried"] == 1 and row["wrong"][0].startswith("AssertionError: ('tokens + 1'")


def test_what_takes_too_long_is_a_failure() -> None:
    def forever() -> str:
        while True:
            pass

    row = trials("endless", iter([("x", forever), ("y", lambda: "fine")]), 0.05)
    assert row["wrong"][0].startswith("OutOfTime") and row["kinds"] == {"WRONG": 1, "fine": 1}
    assert tell([row]).startswith("WRONG 1, fine 1; slowest")
