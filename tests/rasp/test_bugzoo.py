"""The bug zoo and the how-to page: every command prints what stands below it, every page refutes and repairs."""

from __future__ import annotations

import doctest
import shlex
import sys
from pathlib import Path

import pytest

from symsim.cli import main
from tests.transcripts import ROOT, transcripts, without_times

ZOO = sorted(page for page in (ROOT / "docs" / "bugzoo").glob("*.md") if page.stem != "index")
PAGES = [*ZOO, ROOT / "docs" / "how-to" / "check-a-rasp-program.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_is_shown(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    known = set(sys.modules)
    for shown in (shown for block in transcripts(page.read_text(encoding="utf-8")) for shown in block):
        words = shlex.split(shown.command)
        if words[0] == "cat":
            (tmp_path / words[1]).write_text(shown.below, encoding="utf-8")
            continue
        main(words[1:])
        assert without_times(capsys.readouterr().out) == without_times(shown.below), shown.command
    for name in ("match", "by_hand", "textbook"):
        if name not in known:
            sys.modules.pop(name, None)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_on_the_pages_runs(page: Path) -> None:
    assert doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize("page", ZOO, ids=lambda page: page.stem)
def test_every_page_refutes_first_and_proves_the_repair_last(page: Path) -> None:
    outputs = [shown.below for block in transcripts(page.read_text(encoding="utf-8")) for shown in block]
    claims = [text for text in outputs if "sides part" in text or "proved (" in text or "refuted (" in text]
    assert "refuted (" in claims[0] and "sides part at" in claims[0]
    assert "proved (" in claims[-1] and "refuted" not in claims[-1]


def test_every_published_kind_of_mistake_has_a_page() -> None:
    expected = "base-close-to-e match2 negative-pairs one-inner-size other-orders shared-denominator tolerance"
    assert [page.stem for page in ZOO] == [*expected.split(), "truncated-decimals"]
