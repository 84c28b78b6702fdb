"""The command line in this process: what it returns and prints, with seconds masked, and its memory in a new folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from symsim.cli import run
from tests.transcripts import without_times


@dataclass(frozen=True)
class Done:
    """What a command returned and printed."""

    status: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Standard output without its times."""
        return without_times(self.out)

    @property
    def data(self) -> Any:
        """Standard output as JSON; NaN and the like are refused."""
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no JSON")


Command = Callable[..., Done]


@pytest.fixture
def symsim(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """Run a command; an exception that leaves it fails the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "80")

    def command(*arguments: str | Path) -> Done:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(status, captured.out, captured.err)

    return command


@pytest.fixture
def refused(symsim: Command) -> Callable[..., str]:
    """Run a command that has to be refused: exit 2, nothing on standard output, and its message."""

    def command(*arguments: str | Path) -> str:
        done = symsim(*arguments)
        assert (done.status, done.out) == (2, ""), done
        assert done.err.startswith("symsim: ") and "Traceback" not in done.err
        return done.err.removeprefix("symsim: ").rstrip("\n")

    return command
