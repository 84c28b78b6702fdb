"""``referee``: what is asked is answered, for a program of the bug zoo, its repair, and encoders with their claims."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from symsim.claims.comparing import compare
from symsim.derivation.refereeing import _short
from symsim.proof import check
from symsim.simulators import universal
from tests.cli.conftest import Command

Refused = Callable[..., str]
QUESTIONS = (
    "In short",
    "How do inputs become tokens?",
    "What exactly is claimed?",
    "Which operations are assumed?",
    "Is it exact?",
    "At which sizes does it hold?",
    "What does it cost?",
    "Where is the proof, or the counterexample?",
    "What does this not say?",
)
WRONG = "def match2(p) {\n    r = tokens % p;\n    return indicator(has_focus(select(r, p - r, ==)));\n}\n"
ORACLE = "def match2(word):\n    return [int(any((x + y) % 3 == 0 for y in word)) for x in word]\n"
WORDS = ("--call", "match2(3)", "--oracle", "match:match2", "--alphabet", "0,1,2", "--length", "3")
PRODUCT = ("library:matrices", "--call", "matmul(r,k,c)", "--shape", "A=r,k", "--shape", "B=k,c")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a program and its oracle, whose module is forgotten afterwards: others have that name too."""
    monkeypatch.delitem(sys.modules, "match", raising=False)
    (tmp_path / "wrong.rasp").write_text(WRONG)
    (tmp_path / "match.py").write_text(ORACLE)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("match", None)


def asked(text: str) -> list[str]:
    """The questions of a printed report, in order."""
    return [line for line in text.splitlines() if line in QUESTIONS]


def test_a_program_of_the_zoo_and_its_repair(symsim: Command, folder: Path) -> None:
    wrong = symsim("referee", "wrong.rasp", *WORDS)
    assert wrong.status == 1 and asked(wrong.out) == list(QUESTIONS)
    assert "tokens = [0]" in wrong.out and "# left = [0], right = [1]" in wrong.out
    assert "wrong.rasp, line 3" in wrong.out and "one token a position, 1 to 3 tokens" in wrong.out
    right = symsim("referee", "library:sequences", *WORDS)
    assert right.status == 0 and asked(right.out) == list(QUESTIONS)
    assert "that the encoder computes what the program gives is proved (exhaustive)" in right.out
    assert "is a Python function, which a checker cannot run again" in right.out


def test_many_sizes_and_the_one_that_is_refuted(symsim: Command) -> None:
    sizes = ("--sizes", "r=1..2,k=1..2,c=1..2")
    right = symsim("referee", *PRODUCT, "--against", "A B", *sizes, "--json")
    assert right.status == 0 and right.data["verdict"] == "proved"
    answers = {item["question"]: item for item in right.data["answers"]}
    assert list(answers) == list(QUESTIONS) and len(right.data["reports"]) == 8
    table = answers["At which sizes does it hold?"]["table"]
    assert table[0] == ["sizes", "verdict", "method"] and [row[1] for row in table[1:]] == ["proved"] * 8
    assert answers["What does it cost?"]["table"][0] == ["", "r = 1, k = 1, c = 1", "r = 2, k = 2, c = 2"]
    square = ("--call", "transposition(n,n)", "--shape", "A=n,n", "--against", "A", "--sizes", "n=1..3")
    wrong = symsim("referee", "library:matrices", *square)
    assert wrong.status == 1 and "refuted at 2 of 3 choices of sizes, and proved at 1" in wrong.text
    assert "(A: 2 x 2) is exact" in " ".join(wrong.text.split())


def test_the_condition_of_a_proof_is_in_the_first_answer(symsim: Command) -> None:
    call = ("--call", "inverse(2)", "--shape", "A=2,2", "--against", "inv(A)")
    done = symsim("referee", "library:matrices", *call)
    assert done.status == 0 and "It is proved under a condition: det(A) != 0." in done.out
    plain, conditional = (check(compare(left, "A", {"A": (2, 2)})) for left in ("A + 0(2,2)", "A inv(A) A"))
    for reports in ([plain, conditional], [conditional, plain]):  # it may come with a later size only
        assert "It is proved under a condition: det(A) != 0." in _short(reports).lines


def test_an_encoder_with_its_claim_and_one_with_a_fault(symsim: Command, folder: Path) -> None:
    made = universal("n", "d", "d_v")
    (folder / "U.json").write_text(made.to_json())
    (folder / "W.json").write_text(made.change(1, 0, mask=None).to_json())
    good = symsim("referee", "U.json", "--certificate", "U.certificate.json")
    assert good.status == 0 and asked(good.out) == list(QUESTIONS)
    assert "n of X, d of A, d of V" in good.out and "The claim is about all sizes. It is proved" in good.out
    assert symsim("recheck", "U.certificate.json").status == 0
    bad = symsim("referee", "W.json")
    assert bad.status == 1 and "the sides part at: layer 2, slot out" in bad.out


def test_pages_and_files(symsim: Command, folder: Path) -> None:
    done = symsim("referee", "wrong.rasp", *WORDS, "--format", "html", "-o", "report.html")
    page = (folder / "report.html").read_text()
    assert done.status == 1 and "wrote report.html" in done.out
    assert all(question in page for question in QUESTIONS[1:]) and "://" not in page.replace("http://www.w3.org", "")
    assert symsim("referee", "wrong.rasp", *WORDS, "-o", "report.html").status == 2
    symsim("referee", "wrong.rasp", *WORDS, "-o", "report.md")
    assert (folder / "report.md").read_text().startswith("# Report for referees: wrong.rasp")
    data: Any = json.loads(symsim("referee", "wrong.rasp", *WORDS, "--format", "json").out)
    assert data["file"] == "wrong.rasp" and len(data["sha256"]) == 64


def test_a_program_that_cannot_be_lowered_is_reported_without_an_encoder(symsim: Command, folder: Path) -> None:
    (folder / "branch.rasp").write_text(
        "f = tokens if tokens > 0 else 0;\ng = aggregate(select(tokens, tokens, <), 1);\n"
    )
    done = symsim("referee", "branch.rasp", "--call", "g", "--shape", "A=1,1", "--against", "0(1,1)")
    assert "no encoder was built" in done.out and "No encoder is known" in done.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("library:matrices",), "say what is claimed: --call"),
        (("library:matrices", "--call", "trace(2)"), "give one of --against FORMULA"),
        (("nothing.json",), "nothing.json: no such file"),
        (("torn.json",), "torn.json: "),
        (("torn.json", "--call", "f"), "the file of an encoder carries its claim"),
        ((*PRODUCT, "--against", "A B", "--sizes", "r=1,k=1,c=1", "--format", "htm"), "did you mean 'html'"),
    ],
)
def test_mistakes_are_named(refused: Refused, folder: Path, arguments: tuple[str, ...], message: str) -> None:
    (folder / "torn.json").write_text('{"kind": "construction"')
    assert message in refused("referee", *arguments)
