"""The reference page of lowering: its Python runs, and its limits are the ones that hold."""

from __future__ import annotations

import doctest
from pathlib import Path

from symsim.rasp.alphabet_table import MOST_WORDS
from symsim.rasp.lowering_rules import HIGHEST_POWER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "lowering.md"


def test_python_examples_run() -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert tried > 7 and failed == 0


def test_the_limits_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"at most {HIGHEST_POWER} " in text and f"more than {MOST_WORDS} words" in text
