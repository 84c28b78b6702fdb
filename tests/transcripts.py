"""Commands in texts for readers, with the output that stands below them: read, run and compared.

``python -m tests.transcripts PAGE...`` writes the outputs of fenced blocks anew; a time alone changes nothing.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```console\n(?P<fenced>.*?)^```$|(?P<indented>(?:^    [^\n]*\n)+)", re.MULTILINE | re.DOTALL)

ECHO = "; echo $?"


@dataclass(frozen=True)
class Shown:
    """A command as it stands in a text, and what is printed below it."""

    command: str
    below: str


def transcripts(text: str) -> list[list[Shown]]:
    """The blocks of a Markdown text that show commands: fenced as ``console``, or indented."""
    found = []
    for block in BLOCK.finditer(text):
        lines = block["fenced"] or re.sub(r"^    ", "", block["indented"], flags=re.MULTILINE)
        parts = re.split(r"^\$ ", lines, flags=re.MULTILINE)
        if parts[0].strip() == "" and len(parts) > 1:
            found.append([Shown(*part.split("\n", 1)) for part in parts[1:]])
    return found


def without_times(text: str) -> str:
    """A text without its seconds."""
    return re.sub(r"\d+\.\d\d(?= s\)|  (symbolic|parametric|exhaustive|smt|modular|ball|witness|auto))", "-.--", text)


def run(shown: Shown, folder: Path, timeless: Callable[[str], str] = without_times) -> tuple[str, str]:
    """What a command prints, both channels together, beside what is shown; neither with its seconds.

    ``cat FILE`` makes the file for later commands, and ``; echo $?`` at the end shows the exit status.
    """
    words = shlex.split(shown.command.removesuffix(ECHO))
    if words[0] == "cat":
        (folder / words[1]).write_text(shown.below, encoding="utf-8")
        return shown.below, shown.below
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    program = [sys.executable, "-m", *words]
    done = subprocess.run(program, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    status = f"{done.returncode}\n" if shown.command.endswith(ECHO) else ""
    return timeless(done.stdout + done.stderr + status), timeless(shown.below)


def anew(text: str) -> str:
    """The text with the output below each command of its fenced blocks as it is today."""
    with tempfile.TemporaryDirectory() as folder:

        def block(found: re.Match[str]) -> str:
            if not found["fenced"]:
                return found[0]
            shown = [Shown(*part.split("\n", 1)) for part in re.split(r"^\$ ", found["fenced"], flags=re.MULTILINE)[1:]]
            return "```console\n" + "".join(f"$ {s.command}\n{_today(s, Path(folder))}" for s in shown) + "```"

        return BLOCK.sub(block, text)


def _today(shown: Shown, folder: Path) -> str:
    printed, below = run(shown, folder, timeless=lambda text: text)
    return below if without_times(printed) == without_times(below) else printed


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(anew(page.read_text(encoding="utf-8")), encoding="utf-8")
