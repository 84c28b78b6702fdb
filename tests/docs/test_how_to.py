"""The how-to pages of the command line show what the commands print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transcripts import ROOT, run, transcripts

PAGES = [ROOT / "docs" / "how-to" / f"{name}.md" for name in ("check", "check-with-rocq", "prove", "derive")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    blocks = transcripts(page.read_text(encoding="utf-8"))
    assert blocks
    for shown in (shown for block in blocks for shown in block):
        printed, below = run(shown, tmp_path)
        assert printed == below, shown.command
