"""The reference page of lowering: its Python runs, and its limits are the ones that hold."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from symsim.rasp import load
from symsim.rasp.alphabet_lowering import lowerings
from symsim.rasp.alphabet_table import MOST_WORDS
from symsim.rasp.lowering_rules import HIGHEST_POWER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "lowering.md"


def test_python_examples_run() -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert tried > 7 and failed == 0


LINES = PAGE.read_text(encoding="utf-8").splitlines()
TABLE = [line for line in LINES if line.startswith("| `") and line.count("|") == 11]


@pytest.mark.parametrize("line", TABLE, ids=[line.split("|")[1].strip() for line in TABLE])
def test_the_costs_on_the_page(line: str) -> None:
    """What both encodings cost is what is counted."""
    call, letters, length, heads, *counted = [cell.strip(" `") for cell in line.strip("|").split("|")]
    alphabet = tuple(map(int, letters.split(","))) if "," in letters else tuple(letters)
    built = load("library:sequences").expression(call if "(" in call else f"{call}()")
    costs = [cost for _, cost in lowerings(built, int(length), alphabet, call).costs]
    assert all(", ".join(map(str, cost.heads)) == heads for cost in costs)
    found = [(cost.width, sum(cost.ffn_units), cost.nonzero_parameters) for cost in costs]
    assert [str(number) for numbers in found for number in numbers] == counted


def test_the_table_is_there() -> None:
    assert len(TABLE) > 10


def test_the_limits_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"at most {HIGHEST_POWER} " in text and f"more than {MOST_WORDS} words" in text
