"""The strategies that are shipped: what they draw is what they say, and hypothesis is asked for only by them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import symsim as ss
from symsim import testing
from symsim.formulas import Formula
from symsim.formulas.substitution import names
from symsim.rasp import Interpreter, RaspError, parse
from symsim.testing.formulas import DECLARED

ROOT = Path(__file__).resolve().parents[2]


@settings(max_examples=30)
@given(testing.shapes(), st.data())
def test_formulas_have_the_shape_that_is_asked_for(shape: tuple[int, int], data: Any) -> None:
    formula = data.draw(testing.formulas(*shape))
    assert isinstance(formula, Formula) and formula.shape == shape
    assert all(DECLARED[name] == found for name, found in names(formula).items())


@settings(max_examples=40)
@given(testing.true_claims(), testing.false_claims())
def test_verdicts_on_drawn_claims(true: Any, false: Any) -> None:
    assert str(ss.check(true, time_limit=20).verdict) == "proved"
    assert str(ss.check(false, time_limit=20).verdict) == "refuted"


@settings(max_examples=30)
@given(testing.constructions(), testing.heads(2, 3), testing.layers(2, 3), testing.networks(2), testing.masks(3))
def test_encoders_and_their_parts_fit_together(made: Any, head: Any, layer: Any, network: Any, mask: Any) -> None:
    assert made.encoder.slots.names == ("x", "y") and dict(made.inputs)["b_x"] == made.shape
    assert head.width == network.width == 2 and all(one.width == 2 for one in layer.heads)
    assert mask.positions is None or set(mask.positions) <= {0, 1, 2}


@settings(max_examples=40)
@given(testing.programs_by_position(), testing.programs_by_value(2))
def test_programs_are_read_and_run(by_position: str, by_value: Any) -> None:
    for text in (by_position, by_value[0]):
        found = parse(f"0 * indices + ({text});" if text is by_position else f"{text};")
        try:
            assert Interpreter("asis").run(found)
        except RaspError as error:
            assert "division by 0" in error.message or "0 ^" in error.message, error.message


@settings(max_examples=20)
@given(testing.alphabets(), st.data())
def test_words_and_numbers(alphabet: Any, data: Any) -> None:
    word = data.draw(testing.words(alphabet, 4))
    assert 1 <= len(word) <= 4 and set(word) <= set(alphabet)
    table = data.draw(testing.tables(2, 3, testing.rationals(2)))
    assert [len(row) for row in table] == [3, 3] and all(abs(v) <= 2 for row in table for v in row)


def test_claims_of_both_kinds_are_drawn() -> None:
    for strategy in (testing.true_claims(), testing.false_claims()):
        find(strategy, lambda claim: isinstance(claim.left, Formula) and bool(claim.binary))
        find(strategy, lambda claim: not isinstance(claim.left, Formula))


WITHOUT = """
import importlib.util, sys
import symsim
print('hypothesis' in sys.modules)
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == 'hypothesis' else found(name, *more)
import symsim.testing
"""


def test_hypothesis_is_asked_for_by_this_room_alone() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "False\n"
    assert "ImportError: symsim.testing draws with hypothesis, which is not installed" in done.stderr


def test_page_names_every_strategy_and_its_examples_run() -> None:
    page = (ROOT / "docs" / "reference" / "testing.md").read_text(encoding="utf-8")
    assert [name for name in testing.__all__ if not hasattr(testing, name)] == []
    code = "\n".join(re.findall(r"```\{code-cell\} python\n(.*?)```", page, re.DOTALL))
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and " = " in done.stdout


@pytest.mark.parametrize("name", testing.__all__)
def test_every_strategy_is_documented(name: str) -> None:
    assert getattr(testing, name).__doc__
