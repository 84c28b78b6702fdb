"""The README tells the truth: its Python runs, its commands print what stands below them, its files are there."""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.python_files import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^    \$ (symsim .*)\n((?:    .*\n)+)", README, re.MULTILINE)


def without_times(text: str) -> str:
    """A text without its seconds."""
    return re.sub(r"\d+\.\d\d(?= s\)|  (symbolic|parametric|witness|auto))", "-.--", text)


def test_python_blocks_run() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 2
    test = doctest.DocTestParser().get_doctest("".join(blocks), {}, "README.md", "README.md", 0)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def test_commands_are_shown() -> None:
    assert len(SHOWN) >= 2


@pytest.mark.parametrize(("command", "below"), SHOWN, ids=[command[:60] for command, _ in SHOWN])
def test_commands_print_what_is_shown(command: str, below: str, tmp_path: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", *shlex.split(command)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    expected = "".join(line[4:] for line in below.splitlines(keepends=True))
    assert done.stderr == ""
    assert without_times(done.stdout) == without_times(expected)


def test_every_command_that_exists_is_listed() -> None:
    from symsim.cli.application import COMMANDS

    listed = re.findall(r"^\| `symsim (\w+)", README, re.MULTILINE)
    assert listed == [name for name, *_ in COMMANDS]


def test_files_that_are_named_exist() -> None:
    named = re.findall(r"`((?:docs|tests|derivations|symsim)/[\w./-]*|[A-Z]\w+\.(?:md|cff))`", README)
    assert named and [name for name in named if not (ROOT / name).exists()] == []
