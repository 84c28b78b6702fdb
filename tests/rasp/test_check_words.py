"""The exhaustive method: every input over an alphabet, against another program or a Python function."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

import symsim as ss
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.errors import OutOfTime
from symsim.rasp.sequences import SequenceProgram


def claim(call: str, oracle: Callable[[list[Any]], Any], alphabet: Any, length: int) -> SequenceClaim:
    library = ss.rasp.load("library:sequences")
    return SequenceClaim(SequenceProgram(library, call), Oracle("oracle", oracle), tuple(alphabet), length)


def dyck(word: list[str]) -> list[str]:
    """By the textbook: a stack."""
    out, depth = [], 0
    for letter in word:
        depth = depth + (1 if letter == "(" else -1) if depth >= 0 else -1
        out.append("F" if depth < 0 else "T" if depth == 0 else "P")
    return out


RIGHT: list[tuple[str, Callable[[list[Any]], Any], Any, int]] = [
    ("reverse()", lambda word: word[::-1], "abc", 4),
    ("sorted()", sorted, (0, 1, 2), 4),
    ("histogram()", lambda word: [word.count(x) for x in word], "ab", 5),
    ("dyck1()", dyck, "()", 6),
    ("match2(3)", lambda word: [int(any((x + y) % 3 == 0 for y in word)) for x in word], (0, 1, 2, 3), 4),
]


@pytest.mark.parametrize(("call", "oracle", "alphabet", "length"), RIGHT, ids=[case[0] for case in RIGHT])
def test_library_does_what_the_textbook_says(call: str, oracle: Any, alphabet: Any, length: int) -> None:
    made = claim(call, oracle, alphabet, length)
    report = ss.check(made)
    assert (str(report.verdict), report.method) == ("proved", "exhaustive")
    data = report.to_dict()
    expected = {"alphabet": [str(token) for token in alphabet], "length": length, "inputs": made.count}
    assert data["domain"] == expected and data["sizes"] == {"length": f"1..{length}"}
    assert made.count == sum(len(list(itertools.product(alphabet, repeat=n))) for n in range(1, length + 1))


@pytest.mark.parametrize("call", ["dyck1()", "sorted()", "histogram()", "reverse()", "most_frequent(0)"])
def test_many_inputs_one_after_the_other_are_each_input_alone(call: str) -> None:
    """What no input changes is kept from one to the next; what the length changes is not."""
    side = SequenceProgram(ss.rasp.load("library:sequences"), call)
    tokens = "()" if call == "dyck1()" else (0, 1, 2)
    words = [word for n in (3, 1, 3, 2) for word in itertools.product(tokens, repeat=n)]
    found = list(side.values_of_all(words))
    assert found == [side.values(word) for word in words]
    assert len({str(values) for values in found}) > 4, "the inputs do make a difference"


def test_the_first_wrong_input_is_the_witness() -> None:
    report = ss.check(claim("reverse()", lambda word: word[::-1] if len(word) < 3 else word, "ab", 4))
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == ["a", "a", "b"]
    assert report.witness.node.startswith("position 0, made in sequences.rasp, line 16")
    assert report.to_dict()["witness"]["inputs"] == {"tokens": ["a", "a", "b"]}
    assert str(report.witness).startswith("tokens = ['a', 'a', 'b']\n# left = [b, a, a]")
    for page in (report._repr_html_(), ss.latex(report)):
        assert "refuted" in page and "length 1 to 4" in page and "tokens = [" in page


def test_a_program_without_a_value_is_refuted_and_an_oracle_without_one_is_bad_input() -> None:
    library = ss.rasp.load("library:sequences")
    program = SequenceProgram(library, "1 / (tokens - 1)")
    report = ss.check(SequenceClaim(program, Oracle("o", lambda word: [-1 for _ in word]), (0, 1), 2))
    assert str(report.verdict) == "refuted" and report.witness["tokens"] == [1]
    assert report.witness.left is None and "division by 0" in report.witness.left_value
    with pytest.raises(ss.BadInput, match=r"has no value at \[1\]"):
        ss.check(SequenceClaim(SequenceProgram(library, "indices - 1"), program, (0, 1), 2))


def test_numbers_and_strings_are_told_apart() -> None:
    report = ss.check(claim("indices", lambda word: [str(k) for k in range(len(word))], "a", 1))
    assert str(report.verdict) == "refuted"
    assert (
        str(ss.check(claim("indices == 0", lambda word: [k == 0 for k in range(len(word))], "a", 2)).verdict)
        == "proved"
    )


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: claim("reverse()", sorted, "", 3), "alphabet is empty"),
    (lambda: claim("reverse()", sorted, "aa", 3), "holds a twice"),
    (lambda: claim("reverse()", sorted, ("a", 1), 3), "mixes strings and numbers"),
    (lambda: claim("reverse()", sorted, "ab", 0), "an integer >= 1"),
    (lambda: claim("select(1, 1, ==)", sorted, "ab", 1), "a claim is about an s-op"),
    (lambda: ss.check(claim("reverse()", sorted, "ab", 30)), "the limit is 1000000"),
    (lambda: ss.check(claim("indices", lambda word: [0.5 for _ in word], "ab", 1)), "a float: return int"),
    (lambda: ss.check(claim("indices", lambda word: [], "ab", 1)), "a list of 1 values"),
    (lambda: ss.check(claim("indices", lambda word: [1 // 0], "ab", 1)), r"failed at \[a\] with ZeroDivisionError"),
    (lambda: ss.check(claim("exp(indices)", lambda word: [Fraction(1)] * len(word), "a", 2)), "rational or strings"),
    (lambda: ss.check(claim("(indices + 2) ^ 0.5", lambda word: [1] * len(word), "a", 1)), "powers are exact"),
    (lambda: ss.check(claim("indices", sorted, "ab", 1), method="symbolic"), "decided by 'exhaustive'"),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_says_why(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ss.BadInput, match=message):
        make()


def test_the_time_limit_leaves_it_undecided() -> None:
    report = ss.check(claim("sorted()", sorted, range(9), 6), time_limit=0.3)
    assert str(report.verdict) == "undecided" and "time limit" in report.reason
    assert issubclass(OutOfTime, BaseException)
