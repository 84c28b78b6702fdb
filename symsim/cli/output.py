"""What commands print: tables, JSON, files written whole or not at all, and exit codes."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from symsim.claims.report import Report, Verdict
from symsim.errors import BadInput

ACCEPTABLE = ("probable", "enclosed", "solver")
COLOURS = {"proved": "green", "refuted": "red", "probable": "yellow", "enclosed": "cyan", "undecided": "yellow"}


def status(reports: Iterable[Report], accept: Sequence[str] = ()) -> int:
    """The exit status of some reports: 1 if one is refuted, else 3 if one falls short of a proof, else 0."""
    worst = 0
    for report in reports:
        if report.verdict is Verdict.REFUTED:
            return 1
        trusted = not report.trusted or "solver" in accept
        reached = report.verdict is Verdict.PROVED and trusted
        if not reached and not (report.verdict.value in accept and trusted):
            worst = 3
    return worst


def check_accept(accept: Sequence[str]) -> tuple[str, ...]:
    """The verdicts that ``--accept`` lets pass, checked."""
    words = tuple(word.strip() for item in accept for word in item.split(","))
    for word in words:
        if word not in ACCEPTABLE:
            raise BadInput(f"--accept takes {', '.join(ACCEPTABLE)}, got '{word}'")
    return words


def as_json(data: Any) -> str:
    """JSON for programs: one object, or an array."""
    return json.dumps(data, indent=2, ensure_ascii=False, sort_keys=False)


def emit(text: str, output: Path | None, force: bool = False) -> None:
    """Print a text, or write it to a file."""
    if output is None:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    else:
        write_file(output, text if text.endswith("\n") else text + "\n", force)


def write_file(path: Path, text: str, force: bool = False) -> None:
    """Write a file whole or not at all; an existing one is replaced only with ``force``, or where nothing changes."""
    data = text.encode()
    if path.is_dir():
        raise BadInput(f"{path} is a folder: name a file in it")
    if path.exists() and not force and path.read_bytes() != data:
        raise BadInput(f"{path} exists and would change: choose another -o, or --force to replace it")
    if not path.parent.is_dir():
        raise BadInput(f"the folder {path.parent} does not exist")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def console() -> Any:
    """The rich console for standard output."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal's standard error that work is going on."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def verdict_markup(verdict: str) -> str:
    """A verdict in its colour."""
    return f"[{COLOURS.get(verdict, 'white')}]{verdict}[/]"
