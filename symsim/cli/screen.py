"""What people read on a terminal: sentences that wrap between words, rows of verdicts, and a sign that work goes on.

Where standard output is no terminal nothing is wrapped or coloured, so that programs can read it line by line.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Timer
from typing import Any, NoReturn

from rich.console import Console
from rich.text import Text

from symsim.errors import visible

COLOURS = {"proved": "green", "refuted": "red", "probable": "yellow", "enclosed": "cyan", "undecided": "yellow"}
PATIENCE = 1.0
"""Seconds of work after which a terminal shows that it goes on."""

MARGIN = 38
"""Where the text of a row of verdicts starts."""

KEPT = "\n\t\u00a0"
"""Characters that are not printed letters and stay; others from outside could steer the terminal."""

Piece = tuple[str, str]
"""A text and its style."""


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Leave the exit status to the caller; rich would exit with 1, which means refuted here."""
        raise BrokenPipeError


def say(text: str = "", lead: Sequence[Piece] = (), indent: int = 0, style: str = "") -> None:
    """Print a paragraph after some styled pieces; on a terminal its further lines start below its first."""
    console = _Console(highlight=False)
    pieces = [(" " * indent, ""), *((visible(piece, KEPT), style) for piece, style in lead)]
    margin = sum(len(piece) for piece, _ in pieces)
    text = visible(text, KEPT)
    lines = _wrapped(text, console.width - margin) if console.is_terminal else [text]
    body = ("\n" + " " * margin).join(lines)
    console.print(Text.assemble(*pieces, (body, style)), soft_wrap=True)


def verbatim(text: str, indent: int = 0) -> None:
    """Print lines as they are, such as code to paste."""
    for line in text.removesuffix("\n").split("\n"):
        print(" " * indent + visible(line, KEPT))


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) or [""]


def title(text: str, indent: int = 0) -> None:
    """The title of a part, after an empty line."""
    say()
    say(text, indent=indent)


def heading(*after: str) -> None:
    """The heading of rows of verdicts."""
    say(lead=[(f"  {'verdict':<10} {'seconds':>7}  {'method':<14}  {' '.join(after)}", "dim")])


def row(verdict: str, seconds: float, method: str, text: str) -> None:
    """One row of a table of verdicts."""
    name = f"{method:<14}  " if text else method
    say(text, [("  ", ""), coloured(f"{verdict:<10}"), (f" {seconds:7.2f}  {name}", "")])


def coloured(verdict: str) -> Piece:
    """A verdict in its colour."""
    return verdict, COLOURS.get(verdict.strip(), "")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal's standard error that work is going on, once it takes longer than a second."""
    if not sys.stderr.isatty():
        yield
        return
    status: Any = Console(stderr=True).status(what)
    timer = Timer(PATIENCE, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
