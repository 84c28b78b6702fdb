"""Programs over number systems other than the exact one: the same values, and a clear answer where there are none."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symsim.domains.alphabet import Alphabet
from symsim.domains.arrays import Arrays
from symsim.rasp import load
from symsim.rasp.domain_run import DomainRun
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError, Undecided
from symsim.rasp.interpreter import Interpreter
from symsim.rasp.loading import exact_values

NUMBERS = [[Fraction(3, 2), -2, 5], [7, Fraction(1, 3), -1]]

PROGRAMS = [
    "tokens_float + indices",
    "2 * tokens_float - 1 / (indices + 1)",
    "(tokens_float + 1)^3",
    "tokens_float if indices % 2 == 0 else 7",
    "tokens_float / (indices + 2) if indices > 1 else -tokens_float",
    "5 if indices == 1 else tokens_float * tokens_float",
    "aggregate(select(indices, indices, <=), tokens_float)",
    "aggregate(select(indices, indices + 1, ==), tokens_float, 9)",
    "aggregate(full_s, tokens_float) * length",
    "+tokens_float",
    "indices % 3",
    "1 / (tokens_float + 100)",
]


def built(text: str) -> Any:
    return Interpreter("asis").expression(text)


def found(domain: Any, text: str) -> Any:
    run = DomainRun(domain, {"A": (domain.given(NUMBERS, 2, 3), (2, 3))}, 8)
    return run.matrix(built(text), 1, 8)


def exact(text: str, numbers: Any = NUMBERS) -> list[Any]:
    run = Run([entry for row in numbers for entry in row] + [0, 0])
    return exact_values(run.domain, run.result(built(text)))


@pytest.mark.parametrize("text", PROGRAMS)
def test_values_are_those_of_the_exact_run(text: str) -> None:
    objects = found(Arrays(dtype=object), text)
    assert [Fraction(v) for v in np.asarray(objects)[0]] == [Fraction(v) for v in exact(text)]
    many, other = Alphabet(["here", "there"]), [[1, 2, 3], [4, 5, 6]]
    run = DomainRun(many, {"A": (many.given([NUMBERS, other], 2, 3), (2, 3))}, 8)
    wanted = many.given([[exact(text)], [exact(text, other)]], 1, 8)
    assert many.equal(run.matrix(built(text), 1, 8), wanted)
    if "tokens" in text:
        assert not many.equal(wanted, many.given([[exact(text)], [exact(text)]], 1, 8))


def test_exponentials_over_floats() -> None:
    values = found(Arrays(), "exp(tokens_float) + e")
    assert values[0] == pytest.approx(np.exp([1.5, -2, 5, 7, 1 / 3, -1, 0, 0]) + np.e)
    assert values[0] != pytest.approx(np.exp([1.5, -2, 5, 7, 1 / 3, -1, 0, 0]))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tokens_float if tokens_float > 0 else 0", "positions only"),
        ("round(tokens_float)", "positions only"),
        ("aggregate(select(tokens_float, indices, ==), 1)", "positions only"),
        ("tokens_int", "use tokens_float"),
        ("tokens_float ^ indices", "positions only"),
        ("2 ^ tokens_float", "positions only"),
        ('"a" if indices == 0 else tokens_float', "strings"),
    ],
)
def test_what_a_number_system_cannot_say(text: str, why: str) -> None:
    with pytest.raises(Undecided, match=why):
        found(Arrays(dtype=object), text)


def test_division_by_zero_is_an_error() -> None:
    with pytest.raises(RaspError, match="division by 0"):
        found(Arrays(dtype=object), "tokens_float / indices")


def test_library_programs_over_objects() -> None:
    node = load("library:matrices").build("transposition", [2, 3])
    domain = Arrays(dtype=object)
    run = DomainRun(domain, {"A": (domain.given(NUMBERS, 2, 3), (2, 3))}, 6)
    assert (np.asarray(run.matrix(node, 3, 2)) == np.array(NUMBERS, dtype=object).T).all()
