"""The README tells the truth: its Python runs, its commands print what stands below them, its files are there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from tests.transcripts import ROOT, Shown, run, transcripts

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = [shown for block in transcripts(README) for shown in block]


def test_python_blocks_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    test = doctest.DocTestParser().get_doctest("".join(blocks), {}, "README.md", "README.md", 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def test_commands_are_shown() -> None:
    assert len(SHOWN) >= 2


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.command[:60])
def test_commands_print_what_is_shown(shown: Shown, tmp_path: Path) -> None:
    printed, below = run(shown, tmp_path)
    assert printed == below


def test_every_command_that_is_listed_exists() -> None:
    from symsim.cli.application import COMMANDS, application

    listed = re.findall(r"^\| `symsim (\w+)", README, re.MULTILINE)
    assert {name for name, *_ in COMMANDS} <= set(listed) <= set(application().commands)


def test_files_that_are_named_exist() -> None:
    named = re.findall(r"`((?:docs|tests|derivations|symsim)/[\w./-]*|[A-Z]\w+\.(?:md|cff))`", README)
    assert named and [name for name in named if not (ROOT / name).exists()] == []
