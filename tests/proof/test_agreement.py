"""The method ``all``: every method that applies is run, all have to agree, and a planted liar is caught."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import symsim as ss
from derivations import registry
from symsim.claims.report import Verdict, Witness
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.cli import run
from symsim.derivation.checked import reached
from symsim.encoder import stored
from symsim.errors import BadInput, Disagreement, OutOfTime
from symsim.proof import METHODS, Evidence, Method, Options, agreement, check
from symsim.proof.evidence import deadline
from symsim.rasp.claiming import claims
from tests.transcripts import ROOT, transcripts

PAGES = sorted((ROOT / "docs" / "bugzoo").glob("[!i]*.md"))
PROVED, REFUTED = Verdict.PROVED, Verdict.REFUTED
TRUE = ss.compare("A B", "A B", {"A": (2, 2), "B": (2, 2)})
FALSE = ss.compare("A B", "B A", {"A": (2, 2), "B": (2, 2)})
U = ss.simulators.universal(n=2, d=2)
WRONG = U.change(layer=1, head=0, mask=None)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def planted() -> Iterator[Any]:
    """Register methods that say what a test wants, for one test."""
    names = []

    def plant(name: str, evidence: Evidence, seconds: float = 0.0) -> None:
        def decide(claim: Any, options: Options) -> Evidence:
            time.sleep(seconds)
            return evidence

        names.append(METHODS.register(Method(name, lambda claim: True, decide)).name)

    yield plant
    for name in names:
        METHODS.remove(name)


def verdicts(report: Any) -> dict[str, str]:
    """What each method said."""
    return {found.method: str(found.verdict or "-") for found in report.findings}


def test_a_true_claim() -> None:
    report = check(U.claim, method="all")
    assert (report.verdict, report.method) == (PROVED, "symbolic cut")
    assert verdicts(report) == {
        "symbolic cut": "proved",
        "symbolic uncut": "proved",
        "parametric": "proved",
        "exhaustive": "-",
        "smt": "proved",
        "modular": "probable",
        "witness": "undecided",
        **{name: word for name, word in verdicts(report).items() if name == "ball"},
    }
    assert "finite alphabet" in next(f.reason for f in report.findings if f.method == "exhaustive")
    assert [found["method"] for found in report.to_dict()["methods"]] == list(verdicts(report))
    assert "methods" not in check(U.claim).to_dict()


def test_a_false_claim() -> None:
    report = check(WRONG.claim, method="all")
    assert report.verdict is REFUTED and report.witness is not None
    assert not {"proved", "probable"} & set(verdicts(report).values())


def test_all_sizes_and_finitely_many_inputs() -> None:
    report = check(ss.simulators.universal("n", "d").claim, method="all")
    assert (report.verdict, report.method) == (PROVED, "parametric")
    assert verdicts(report)["symbolic"] == "-"
    words = SequenceClaim(Oracle("f", list), Oracle("g", lambda tokens: tokens[::-1]), ("a", "b"), 2)
    report = check(words, method="all")
    assert (report.verdict, report.method) == (REFUTED, "exhaustive")
    assert set(verdicts(report).values()) == {"refuted", "-"}


# -- planted liars ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verdict", [PROVED, Verdict.PROBABLE])
def test_who_holds_a_false_claim_is_caught(planted: Any, folder: Path, verdict: Verdict) -> None:
    planted("liar", Evidence(verdict, "liar", reason="trust me"))
    with pytest.raises(Disagreement, match=rf"'liar' and 'smt' disagree, {verdict} and refuted: U\(X, A, V\) = "):
        check(WRONG.claim, method="all", seed=5)
    (file,) = folder.glob("disagreement-*.json")
    data = json.loads(file.read_text())
    assert stored.content_hash(data) == data["hash"]
    assert [item["method"] for item in data["evidence"]] == ["liar", "smt"]
    assert [item["verdict"] for item in data["evidence"]] == [verdict.value, "refuted"]
    assert data["evidence"][0]["reason"] == "trust me"
    assert data["evidence"][1]["witness"]["inputs"].keys() == {"X", "A", "V"}
    assert data["options"] == {"cut": True, "time_limit": None, "seed": 5}
    assert stored.from_dict(data["claim"]["left"]["encoder"]) == WRONG.encoder
    assert data["claim"]["statement"] == WRONG.claim.statement()
    assert {"symsim", "python", "sympy", "numpy", "python-flint", "z3-solver"} <= set(data["versions"])


def test_who_denies_a_true_claim_is_caught(planted: Any, folder: Path) -> None:
    planted("denier", Evidence(REFUTED, "denier", witness=Witness({}, {}, 1, 2, "1", "2", (0, 0))))
    with pytest.raises(Disagreement, match=r"'symbolic cut' and 'denier' disagree, proved and refuted"):
        check(U.claim, method="all", save_to=folder / "said.json")
    assert json.loads((folder / "said.json").read_text())["kind"] == "disagreement"


def test_a_witness_stands_against_a_proof(planted: Any) -> None:
    planted("liar", Evidence(PROVED, "liar"))
    same = ss.compare("A B", "B A", {"A": ("d", "d"), "B": ("d", "d")})
    with pytest.raises(Disagreement, match="'liar' proved what a witness refutes: A B = B A for all d >= 1"):
        check(same, method="all")


def test_a_distance_is_no_equality(planted: Any) -> None:
    planted("near", Evidence(Verdict.ENCLOSED, "near", error_bound="9"))
    assert check(FALSE, method="all").verdict is REFUTED


@pytest.mark.parametrize("conditions", [("X_1,1 != 0",), ()])
def test_side_conditions_leave_inputs_out(monkeypatch: pytest.MonkeyPatch, conditions: tuple[str, ...]) -> None:
    """A proof under a condition says nothing about an input at which only the left side is undefined."""
    found = (
        Evidence(PROVED, "careful", conditions=conditions),
        Evidence(REFUTED, "denier", witness=Witness({}, {}, None, 2, "undefined", "2", (0, 0))),
    )
    methods = [Method(e.method, lambda claim: True, lambda claim, options, e=e: e) for e in found]  # type: ignore[misc]
    monkeypatch.setattr(agreement, "listed", lambda: methods)
    if conditions:
        assert check(TRUE, method="all").method == "denier"
    else:
        with pytest.raises(Disagreement, match="'careful' and 'denier' disagree"):
            check(TRUE, method="all")


def test_a_slow_method_loses_its_share_alone(planted: Any) -> None:
    planted("slow", Evidence(PROVED, "slow"), seconds=30)
    start = time.perf_counter()
    report = check(TRUE, method="all", time_limit=4)
    assert time.perf_counter() - start < 6
    assert report.verdict is PROVED
    assert verdicts(report)["slow"] == "undecided"
    assert "time limit" in next(found.reason for found in report.findings if found.method == "slow")


def test_limits_inside_limits() -> None:
    start = time.perf_counter()
    with pytest.raises(OutOfTime, match=r"limit of 0\.6 s"), deadline(0.6):
        with pytest.raises(OutOfTime, match=r"limit of 0\.1 s"), deadline(0.1):
            time.sleep(5)
        assert time.perf_counter() - start < 0.5
        time.sleep(5)
    assert 0.5 < time.perf_counter() - start < 2


def test_a_limit_that_something_swallows_counts_all_the_same() -> None:
    """Python drops an exception in a callback of the garbage collector, for instance."""
    with pytest.raises(OutOfTime), deadline(0.05), contextlib.suppress(OutOfTime):
        time.sleep(0.2)


def test_a_claim_that_no_method_can_read() -> None:
    claim = SequenceClaim(Oracle("f", list), Oracle("g", list), tuple(range(40)), 9)
    with pytest.raises(BadInput, match=r"exhaustive: there are .* inputs .*the limit is"):
        check(claim, method="all")


# -- on the command line ----------------------------------------------------------------------------------------------
def test_the_command_shows_what_each_method_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shlex.split("check 'softmax(X) X' 'softmax(X) X' --shape X=2,2 --method all")) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("proved (symbolic uncut, ")
    assert lines[2].split() == ["verdict", "seconds", "method", "what", "it", "says"]
    rows = {line.split()[2]: line.split()[0] for line in lines[3:]}
    assert rows["symbolic"] == rows["parametric"] == rows["smt"] == "proved"
    assert rows["modular"] == "probable" and rows["exhaustive"] == "-"
    assert any("a false claim would pass with probability at most 2^-" in line for line in lines)


def test_a_disagreement_decides_nothing(planted: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    planted("liar", Evidence(PROVED, "liar"))
    words = shlex.split("check 'A B' 'B A' --shape A=2,2 --shape B=2,2 --method all")
    assert run(words) == 3
    error = capsys.readouterr().err
    (file,) = folder.glob("disagreement-*.json")
    assert "'liar' and 'smt' disagree" in error and str(file.name) in error and "Traceback" not in error
    assert run([*words, "-o", "here.json"]) == 3
    assert json.loads((folder / "here.json").read_text())["hash"] == json.loads(file.read_text())["hash"]


# -- what is shipped --------------------------------------------------------------------------------------------------
def _derived() -> list[tuple[str, Any]]:
    """Every derivation at small sizes, and all cases of the first one."""
    found = [(derivation.name, derivation.claim_of(derivation.small())) for derivation in registry]
    first = registry["universal-simulator"]
    found += [(f"{first.name}, all sizes", first.claim)]
    return found + [(f"{first.name}: {case.title}", case.claim()) for case in first.cases]


DERIVED = _derived()


@pytest.mark.parametrize("claim", [claim for _, claim in DERIVED], ids=[name for name, _ in DERIVED])
def test_derivations(claim: Any) -> None:
    report = check(claim, method="all", time_limit=30)
    assert reached(report), report


@pytest.mark.parametrize(
    ("call", "formula", "shapes", "sizes", "positions"),
    [
        ("transposition(r,c)", "A^T", {"A": ("r", "c")}, {"r": 2, "c": 3}, None),
        ("matmul(r,k,c)", "A B", {"A": ("r", "k"), "B": ("k", "c")}, {"r": 2, "k": 2, "c": 2}, None),
        ("softmax(r,c)", "softmax(A)", {"A": ("r", "c")}, {"r": 2, "c": 2}, None),
        ("determinant(n)", "det(A)", {"A": ("n", "n")}, {"n": 2}, None),
        ("inverse(n)", "inv(A)", {"A": ("n", "n")}, {"n": 2}, None),
        (
            "attention(n,d,v)",
            "softmax(X A X^T) X V",
            {"X": ("n", "d"), "A": ("d", "d"), "V": ("d", "v")},
            {"n": 2, "d": 2, "v": 1},
            "n*n + n*d",
        ),
    ],
)
def test_library_programs(call: str, formula: str, shapes: Any, sizes: Any, positions: str | None) -> None:
    (claim,) = claims(ss.rasp.load("library:matrices"), call, formula, shapes, sizes, positions)
    report = check(claim, method="all", time_limit=30)
    assert report.verdict is PROVED, report
    turned = claims(ss.rasp.load("library:matrices"), call, f"2 * ({formula})", shapes, sizes, positions)[0]
    assert check(turned, method="all", time_limit=30).verdict is REFUTED


@pytest.mark.parametrize("word", ["histogram ab 3", "reverse ab 3", "sorted abc 3", "dyck1 () 4"])
def test_compiled_programs(word: str) -> None:
    name, letters, length = word.split()
    made = ss.rasp.load("library:sequences").compile(name, length=int(length), alphabet=tuple(letters))
    report = check(made.claim, method="all", time_limit=30)
    assert (report.verdict, report.method) == (PROVED, "exhaustive")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_bug_zoo(page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every check of a page comes to the verdict that stands there, with all methods."""
    asked, known = 0, set(sys.modules)
    for shown in (shown for block in transcripts(page.read_text(encoding="utf-8")) for shown in block):
        words = shlex.split(shown.command)
        if words[0] == "cat":
            (folder / words[1]).write_text(shown.below, encoding="utf-8")
        elif "check" in words[:3] and "--method" not in words:
            run([*words[1:], "--method", "all", "--time-limit", "6"])
            printed = capsys.readouterr()
            assert printed.out.split(" (")[0] == shown.below.split(" (")[0], shown.command + printed.err
            asked += 1
    for name in {"match", "by_hand", "textbook"} - known:
        sys.modules.pop(name, None)
    assert asked
