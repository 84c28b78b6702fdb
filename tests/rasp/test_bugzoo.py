"""The bug zoo and the how-to page: every command prints what stands below it, every page refutes and repairs."""

from __future__ import annotations

import doctest
import shlex
import sys
from pathlib import Path

import pytest

from symsim.cli import main
from tests.rasp.zoo import FOLDER, WITHOUT_MISTAKE, claims, table
from tests.rasp.zoo import PAGES as ZOO
from tests.transcripts import ROOT, transcripts, without_times

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


@pytest.mark.parametrize("page", [p for p in ZOO if p.stem not in WITHOUT_MISTAKE], ids=lambda page: page.stem)
def test_every_page_refutes_and_proves_the_repair_last(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    found = claims(text)
    assert any("refuted (" in output and "sides part at" in output for output in found[:-1])
    assert "proved (" in found[-1] and "refuted" not in found[-1]
    assert text.index("refuted (") < text.index("## The repair") < text.rindex("proved (")
    assert "## What it costs" in text and "the encoder computes what the program gives: proved" in text


@pytest.mark.parametrize("name", WITHOUT_MISTAKE)
def test_what_is_right_is_proved(name: str) -> None:
    found = claims((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    assert found and all("proved (" in output and "refuted" not in output for output in found)


def test_the_table_of_the_index_is_made_from_the_pages() -> None:
    assert table() in (FOLDER / "index.md").read_text(encoding="utf-8"), "run python -m tests.rasp.zoo"


def test_every_published_kind_of_mistake_has_a_page() -> None:
    expected = "base-close-to-e empty-selection machine-numbers match2 negative-pairs one-inner-size other-orders "
    expected += "shared-denominator square-only tolerance truncated-decimals"
    assert [page.stem for page in ZOO] == expected.split()
