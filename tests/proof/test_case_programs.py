"""Programs that branch on their input, decided by case splits: against formulas, and against other programs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symsim.claims.claim import Claim
from symsim.claims.report import Report, Witness
from symsim.proof import cases, check
from symsim.rasp import claims, load
from tests.transcripts import ROOT, run, transcripts

PAIR = {"x": (1, 1), "y": (1, 1), "z": (1, 1)}

LARGEST = "z + relu(x + relu(y - x) - z)"
SMALLEST = "z - relu(z - x + relu(x - y))"
PROGRAMS = [
    ("matrices", "relu()", "relu(A)", {"A": (2, 3)}, "proved"),
    ("matrices", "relu()", "relu(A) + step(-abs(A))", {"A": (1, 2)}, "refuted"),
    ("sequences", "max_min()", "[x + relu(y - x); y - relu(y - x)]", {"x": (1, 1), "y": (1, 1)}, "proved"),
    ("sequences", "max_min()", "[x + relu(x - y); y - relu(y - x)]", {"x": (1, 1), "y": (1, 1)}, "refuted"),
    ("sequences", "sorted()", "[x - relu(x - y); y + relu(x - y)]", {"x": (1, 1), "y": (1, 1)}, "proved"),
    ("sequences", "sorted()", "[y + relu(x - y); x - relu(x - y)]", {"x": (1, 1), "y": (1, 1)}, "refuted"),
    ("sequences", "sorted()", f"[{SMALLEST}; x + y + z - ({SMALLEST}) - ({LARGEST}); {LARGEST}]", PAIR, "proved"),
    ("sequences", "sorted()", f"[{SMALLEST}; x + y + z - ({LARGEST}) - ({LARGEST}); {LARGEST}]", PAIR, "refuted"),
]


@pytest.mark.parametrize(("file", "call", "against", "shapes", "verdict"), PROGRAMS)
def test_library_programs(file: str, call: str, against: str, shapes: Any, verdict: str) -> None:
    (claim,) = claims(load(f"library:{file}"), call, against, shapes)
    report = check(claim)
    assert str(report.verdict) == verdict and report.trusted == (), report.reason
    if verdict == "proved":
        assert report.method == "smt" and "split into" in report.steps[-1].name
    else:
        again(claim, report.witness)
    direct = check(claim, method="smt")
    assert str(direct.verdict) == verdict
    if verdict == "refuted":
        again(claim, direct.witness)


def again(claim: Claim, witness: Witness | None) -> None:
    """The program is run on the numbers of the witness by the ordinary interpreter."""
    assert witness is not None
    tokens = [v for name, _ in claim.inputs for v in witness[name]]
    call = claim.left.call.split("(")[0]
    length = max(len(tokens), claim.right.shape[0] * claim.right.shape[1])
    found = claim.left.library.call(call, tokens=tokens, positions=length)
    cells = [sp.Rational(str(v)) for v in found[: len(witness.left)]]
    assert cells == list(witness.left) != list(witness.right)


def program(tmp_path: Path, text: str, call: str, against: str, shapes: Any) -> Report:
    file = tmp_path / "p.rasp"
    file.write_text(text)
    (claim,) = claims(load(file), call, against, shapes)
    return check(claim)


@pytest.mark.parametrize(
    ("text", "against", "verdict"),
    [
        ("f = tokens if exp(tokens) > 0 else 0;", "A", "proved"),
        ("f = tokens if exp(tokens) > 1 else 0;", "relu(A)", "proved"),
        ("f = 1 if tokens == 3/7 else 0;", "0 A", "refuted"),
        ("f = tokens if tokens == 3/7 else 3/7;", "A - A + 3/7 ones(1)", "proved"),
        ("f = 1 / tokens if tokens > 0 else 0;", "step(A)", "refuted"),
        ("f = 5 if tokens * tokens < 0 else tokens;", "A", "proved"),
        ("f = 2 if tokens > 1 and tokens < 1 else tokens;", "A", "proved"),
        ("f = tokens if not (tokens < 0) else -tokens;", "abs(A)", "proved"),
        ("f = 1 if tokens in [1, 2] else 0;", "step(A - 1) .* step(2 - A)", "refuted"),
    ],
)
def test_programs_that_branch(tmp_path: Path, text: str, against: str, verdict: str) -> None:
    report = program(tmp_path, text, "f", against, {"A": (1, 1)})
    assert str(report.verdict) == verdict, report.reason
    if "exp(tokens) > 0" in text:
        assert report.method == "symbolic uncut"  # nothing is split


def test_equations_of_a_case_are_used(tmp_path: Path) -> None:
    text = "other = aggregate(select(indices, 1 - indices, ==), tokens);\n"
    text += "f = exp(other * other) if tokens == other else 0;\n"
    same = "step(x - y) step(y - x)"
    shapes = {"x": (1, 1), "y": (1, 1)}
    good = program(tmp_path, text, "f", f"[exp(x y) {same}; exp(x x) {same}]", shapes)
    assert str(good.verdict) == "proved", good.reason
    bad = program(tmp_path, text, "f", f"[exp(x y + y) {same}; exp(x x) {same}]", shapes)
    assert str(bad.verdict) == "refuted" and bad.witness["x"] == bad.witness["y"] != sp.Matrix([[0]])


SORTERS = """
def network() {
  a, b, c = tokens[0], tokens[1], tokens[2];
  low, high = min(a, b), max(a, b);
  middle, top = min(high, c), max(high, c);
  first, second = min(low, middle), max(low, middle);
  return first if indices == 0 else (second if indices == 1 else top);
}
def short() {
  a, b, c = tokens[0], tokens[1], tokens[2];
  low, high = min(a, b), max(a, b);
  return low if indices == 0 else (min(high, c) if indices == 1 else max(high, c));
}
"""


@pytest.mark.parametrize(("call", "verdict"), [("network()", "proved"), ("short()", "refuted")])
def test_two_programs_on_all_numbers(tmp_path: Path, call: str, verdict: str) -> None:
    file = tmp_path / "sorters.rasp"
    file.write_text(SORTERS)
    library = load("library:sequences")
    (claim,) = claims(load(file), call, (library, "sorted()"), {"x": (3, 1)})
    for method in ("auto", "smt"):
        report = check(claim, method=method)
        assert str(report.verdict) == verdict and report.trusted == (), report.reason
        if verdict == "refuted":
            found = claim.left.library.call("short", tokens=list(report.witness["x"]))
            assert [sp.Rational(str(v)) for v in found] == list(report.witness.left) != sorted(report.witness["x"])


def test_two_programs_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "sorters.rasp"
    file.write_text(SORTERS)
    start = ["rasp", "check", str(file), "--against-call", "library:sequences:sorted()", "--shape", "x=3", "--call"]
    assert [run_command([*start, call]) for call in ("network()", "short()")] == [0, 1]
    assert run_command([*start, "network()", "--alphabet", "0,1", "--length", "2"]) == 2


def run_command(words: list[str]) -> int:
    done = subprocess.run([sys.executable, "-m", "symsim", *words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode


# -- parts ------------------------------------------------------------------------------------------------------------
def test_positions_that_depend_on_different_tokens_do_not_multiply() -> None:
    (claim,) = claims(load("library:matrices"), "relu()", "relu(A)", {"A": (4, 4)})
    report = check(claim, method="smt")
    assert str(report.verdict) == "proved" and report.steps[0].name == "all outputs: split into 32 cases"


@pytest.mark.parametrize(
    ("text", "against", "verdict"),
    [
        ("f = tokens if tokens > 0 else 0;", "[relu(x); relu(y) + 0 x]", "proved"),
        ("f = tokens if tokens > 0 else 0;", "[relu(x) + y - y; relu(y) + step(-abs(x))]", "refuted"),
        ("f = tokens if tokens > 0 else 0;", "[relu(x) + y; relu(y)]", "refuted"),
        ("f = 1 / tokens if tokens > 0 else 0;", "[relu(x); relu(y)]", "refuted"),
        ("g = 1 / (tokens - 2 + tokens);\nf = 5 if indices == 0 else 6;", "[5 + 0 x; 6 + 0 y]", "proved"),
        ("g = 1 / tokens;\nf = 5 if g > indices else 5;", "[5 + 0 x; 5 + 0 y]", "refuted"),
        ("f = tokens if tokens * tokens[0] > 0 else 0;", "[relu(x); relu(y)]", "refuted"),
        ("f = indices / (tokens / tokens);", "[x; y]", "refuted"),
        ("f = tokens + 1 / (tokens - tokens[1] + 1) if tokens > 0 else 0;", "[relu(x); relu(y)]", "refuted"),
    ],
)
def test_parts_decide_as_the_whole_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, against: str, verdict: str
) -> None:
    shapes = {"x": (1, 1), "y": (1, 1)}
    assert str(program(tmp_path, text, "f", against, shapes).verdict) == verdict
    file = tmp_path / "p.rasp"
    (claim,) = claims(load(file), "f", against, shapes)
    assert str(check(claim, method="smt").verdict) == verdict
    monkeypatch.setattr(cases, "parts", lambda claim: [])
    assert str(check(claim, method="smt").verdict) == verdict


# -- the page ---------------------------------------------------------------------------------------------------------
def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "explanation" / "cases.md").read_text(encoding="utf-8")
    blocks = transcripts(text)
    assert len(blocks) == 3
    for shown in (shown for block in blocks for shown in block):
        printed, below = run(shown, tmp_path, lambda t: re.sub(r"\d+\.\d\d s", "", t))
        assert printed == below, shown.command
