"""``doctor``: what is there is found, what is missing is named with its remedy, what is broken sets the status."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from symsim.claims.report import Verdict, Witness
from symsim.cli import doctor
from symsim.proof import METHODS, Evidence, Method
from symsim.proof.self_test import pairs, self_test
from tests.cli.conftest import Command
from tests.transcripts import ROOT


@pytest.fixture
def planted() -> Iterator[Any]:
    """A method that gives the same evidence about every claim, for one test."""

    def plant(evidence: Evidence) -> None:
        METHODS.register(Method("planted", lambda claim: True, lambda claim, options: evidence))

    yield plant
    if "planted" in METHODS:
        METHODS.remove("planted")


def test_all_is_well(symsim: Command) -> None:
    done = symsim("doctor")
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[-1] == "all that is required works"
    assert "BROKEN" not in done.out
    assert sum("works" in line.split()[:1] for line in lines) == len(METHODS.names())
    assert any(line.split()[:2] == ["there", "sympy"] for line in lines)


def test_the_page_shows_the_methods_of_today(symsim: Command) -> None:
    page = (ROOT / "docs" / "how-to" / "doctor.md").read_text(encoding="utf-8").splitlines()
    today = symsim("doctor").out.splitlines()
    works = [line for line in today if line.startswith("  works")]
    assert works and [line for line in page if line.startswith("  works")] == works
    known = [line.split()[1] for line in today if line.startswith(("  there", "  missing"))]
    assert {line.split()[1] for line in page if line.startswith(("  there", "  missing"))} <= set(known)


def test_as_data(symsim: Command) -> None:
    data = symsim("doctor", "--json").data
    assert data["healthy"] is True and data["kind"] == "doctor"
    assert [method["method"] for method in data["methods"]] == [m.method for m in self_test()]
    assert {part["name"] for part in data["libraries"] if part["required"]} >= {"sympy", "python-flint", "numpy"}
    assert all(part["install"] for part in [*data["libraries"], *data["programs"]])


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence(Verdict.PROVED, "planted"), "says proved of the false claim"),
        (Evidence(Verdict.PROBABLE, "planted", error_bound="2^-80"), "says probable of the false claim"),
        (
            Evidence(Verdict.REFUTED, "planted", witness=Witness({}, {}, 1, 2, "1", "2", (0, 0))),
            "says refuted of the true claim",
        ),
        (Evidence(Verdict.UNDECIDED, "planted"), "holds none of the true claims"),
    ],
)
def test_a_method_that_errs_is_broken(symsim: Command, planted: Any, evidence: Evidence, said: str) -> None:
    planted(evidence)
    done = symsim("doctor")
    assert done.status == 3
    (line,) = (line for line in done.out.splitlines() if "BROKEN" in line)
    assert "planted" in line and said in line
    assert done.out.splitlines()[-1] == "something that is required is broken"


def test_a_broken_library_is_named(symsim: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise ImportError("libflint.so.18: cannot open shared object file") if name == "flint" else KeyError(name)

    monkeypatch.setattr(doctor, "LIBRARIES", [row for row in doctor.LIBRARIES if row[1] == "flint"])
    with monkeypatch.context() as patch:
        patch.setattr(doctor.importlib, "import_module", broken)
        parts = list(doctor._libraries())
    assert [(part.version, part.required) for part in parts] == [(None, True)]
    assert "libflint" in parts[0].problem
    monkeypatch.setattr(doctor, "_libraries", lambda: parts)
    done = symsim("doctor")
    assert done.status == 3 and "BROKEN  python-flint" in done.out and "pip install symsim" in done.out


def test_what_is_missing_is_no_error(symsim: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor, "version_of", lambda name: None if name == "torch" else "1.0")
    done = symsim("doctor")
    assert done.status == 0
    rows = {line.split()[1]: line for line in done.out.splitlines() if line.startswith("  missing")}
    assert set(rows) == {"torch", "coqc", "mathcomp", "pdflatex", "chromium", "pdftotext"}
    assert "pip install 'symsim[torch]'" in rows["torch"]
    assert "derive --format pdf; make tools, or apt-get install texlive" in rows["pdflatex"]


def test_a_program_that_says_nothing_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    silent = tmp_path / "coqc"
    silent.write_text("#!/bin/sh\nexit 1\n")
    silent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    found = {part.name: part.version for part in doctor._programs()}
    assert found["coqc"] == str(silent) and found["mathcomp"] is None


def test_the_claims_of_the_self_test_are_what_they_are_called() -> None:
    """The true and the false claims differ, so that no method can answer the same to both and pass."""
    for true, false in pairs():
        assert true.statement() != false.statement()
    assert all(health.works and health.seconds < 10 for health in self_test())
