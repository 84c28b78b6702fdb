"""The reference page of RASP: its Python runs, its error is the one that is raised, its limits and lists are true."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from symsim.rasp import (
    Interpreter,
    RaspError,
    arithmetic,
    expressions,
    interpreter,
    load,
    operators,
    parse,
    parsing,
    reading,
)
from symsim.rasp.scopes import FIXED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "rasp.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_python_examples_run() -> None:
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, optionflags=options)
    assert tried > 8 and failed == 0


def test_the_error_on_the_page_is_raised() -> None:
    with pytest.raises(RaspError) as caught:
        Interpreter().run(parse('x = 1;\ny = (1 + tokens)("hello");', "f.rasp"))
    assert "\n".join("    " + line for line in str(caught.value).splitlines()) in TEXT


def test_limits_on_the_page_are_those_of_the_program() -> None:
    from symsim.rasp.evaluate import LONGEST_INPUT, MOST_CELLS

    reads = (parsing.LONGEST_TEXT, reading.DEEPEST, reading.LONGEST_NUMBER)
    runs = (expressions.MOST_STEPS, expressions.DEEPEST_LEVELS, interpreter.DEEPEST_CALLS, LONGEST_INPUT, MOST_CELLS)
    grows = (arithmetic.LONGEST_BITS, arithmetic.LONGEST_STRING, operators.LONGEST_LIST)
    for number in reads + runs + grows:
        assert f"{number:,}" in TEXT


def test_all_names_of_the_libraries_are_on_the_page() -> None:
    names = [*interpreter.library().names, *FIXED, *load("library:sequences").names()]
    inner = {"transpose_of", "product_of", "softmax_of", "trace_of", "attention_of", "behind"}
    names += [name for name in load("library:matrices").names() if name not in inner]
    assert [name for name in names if f"`{name}" not in TEXT] == []


def test_differences_on_the_page_are_true() -> None:
    found = Interpreter().run(parse('29 / 7 * 7 == 29; 1 in {1: 2}; len("ab"); exp = 3;'))
    assert [outcome.value for outcome in found] == [True, True, 2, 3]
    for slip in ("indices == [1];", '"%s" % 1;', "2^0.5;"):
        with pytest.raises(RaspError):
            Interpreter().run(parse(slip))
