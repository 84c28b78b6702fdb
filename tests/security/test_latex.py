"""LaTeX is run so that it can neither start a program, nor write or read outside its folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from symsim.errors import SymsimError
from symsim.render.files import pdf
from tests.programs import needs

PAGE = r"\documentclass{{article}}\begin{{document}}x {}\end{{document}}"
SHELL = r"\immediate\write18{{touch {}}}"
PIPE = r'\input|"touch {}" '
WRITE = r"\newwrite\f\immediate\openout\f={} \immediate\write\f{{x}}\immediate\closeout\f"


def attempt(page: str) -> bytes:
    """The PDF of a page; nothing where LaTeX refuses it."""
    try:
        return pdf(page)
    except SymsimError:
        return b""


@pytest.mark.parametrize("code", [SHELL, PIPE, WRITE], ids=["write18", "pipe", "openout"])
def test_nothing_happens_outside(tmp_path: Path, code: str) -> None:
    needs("pdflatex")
    mark = tmp_path / "mark.txt"
    attempt(PAGE.format(code.format(mark)))
    assert not mark.exists()


@pytest.mark.parametrize("code", [SHELL, WRITE], ids=["write18", "openout"])
def test_the_same_page_would_do_it_elsewhere(tmp_path: Path, code: str) -> None:
    """Without the options that we set the mark appears: the test above can fail."""
    program, mark = needs("pdflatex"), tmp_path / "mark.txt"
    (tmp_path / "page.tex").write_text(PAGE.format(code.format(mark)))
    command = [program, "-shell-escape", "-interaction=nonstopmode", "page.tex"]
    environment = {**os.environ, "openout_any": "a"}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=60)
    assert mark.exists()


def test_parents_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    needs("pdflatex")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    attempt(PAGE.format(WRITE.format("../mark.txt")))
    assert not (tmp_path / "mark.txt").exists()


@pytest.mark.parametrize("place", ["{folder}/secret.tex", "../secret.tex"])
def test_files_outside_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    needs("pdflatex")
    text = needs("pdftotext")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "secret.tex").write_text("Sesame")
    made = attempt(PAGE.format(rf"\input{{{place.format(folder=tmp_path)}}}"))
    shown = subprocess.run([text, "-", "-"], input=made, capture_output=True, check=False).stdout if made else b""
    assert b"Sesame" not in shown


def test_the_secret_would_be_seen(tmp_path: Path) -> None:
    needs("pdflatex")
    shown = subprocess.run(
        [needs("pdftotext"), "-", "-"], input=pdf(PAGE.format("Sesame")), capture_output=True, check=True
    )
    assert b"Sesame" in shown.stdout
