"""Commands in texts for readers, with the output that stands below them: read, run and compared."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
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
    return re.sub(r"\d+\.\d\d(?= s\)|  (symbolic|parametric|witness|auto))", "-.--", text)


def run(shown: Shown, folder: Path) -> tuple[str, str]:
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
    return without_times(done.stdout + done.stderr + status), without_times(shown.below)
