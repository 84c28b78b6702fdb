"""``symsim rasp repl``: RASP statement by statement, at a terminal or through a pipe."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from symsim.errors import BadInput

if TYPE_CHECKING:
    from symsim.rasp.evaluate import Run
    from symsim.rasp.session import Reply, Session
    from symsim.rasp.values import SOp

Files = Annotated[
    list[str] | None, typer.Argument(metavar="FILE", help="Programs to load first: .rasp files, library:sequences.")
]
Example = Annotated[
    str,
    typer.Option(
        "--example",
        "--tokens",
        help="What definitions are shown on: '1,2,1/3' or 'a,b' or 'text:hello', or symbolic:3.",
    ),
]
Cast = Annotated[
    str | None,
    typer.Option(
        "--cast", help="What 'tokens' is at the start: str, or asis where the example is numbers; int, float, bool."
    ),
]
BAD_INPUT = 2
MOST_PICTURES = 1000


def command(files: Files = None, example: Example = "text:hello", cast: Cast = None) -> int:
    """Type RASP and see what every statement gives on an example; help shows what can be said.

    Statements may come through a pipe: then results go to standard output, and errors to standard error, a line each.
    Exit status: 0 done, 2 bad usage, or a statement failed that came through a pipe.
    """
    from symsim.rasp.session import Session

    given = _example(example)
    known = all(isinstance(token, str) for token in given)
    session = Session(cast or ("str" if known else "asis"), given, picture)
    talking = sys.stdin is not None and sys.stdin.isatty()
    if talking:
        _greet(session)
    for file in files or []:
        reply = session.load(file)
        if reply.error is not None:
            raise reply.error
        _show(reply)
    if talking:
        return _talk(session)
    return read(session, sys.stdin if sys.stdin is not None else iter(()))


def _example(text: str) -> Any:
    """The example that an option names: a string, or a list of tokens."""
    from symsim.cli.rasp import read_tokens
    from symsim.domains.exact import Exact
    from symsim.rasp.evaluate import atom

    found = read_tokens(text)
    if text.startswith("text:"):
        return text[5:]
    return [token if hasattr(token, "free_symbols") else atom(Exact(), token) for token in found]


def read(session: Session, lines: Iterator[str]) -> int:
    """Run what comes through a pipe; the exit status says whether every statement ran."""
    from symsim.errors import visible
    from symsim.rasp.lines import gathered

    status = 0
    for first, text in gathered(_decoded(lines)):
        for reply in session.enter(text, first):
            if reply.error is None:
                _show(reply)
            else:
                sys.stdout.flush()
                print(f"symsim: {visible(str(reply.error).splitlines()[0])}", file=sys.stderr)
                status = BAD_INPUT
        if session.left:
            break
    return status


def _decoded(lines: Iterator[str]) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError:
        raise BadInput("standard input is no text in UTF-8") from None


def _show(reply: Reply) -> None:
    if str(reply):
        print(reply)


def _greet(session: Session) -> None:
    from symsim.claims.report import package_version
    from symsim.rasp.display import example_text

    print(f"RASP in symsim {package_version()}")
    print(f"running example is: {example_text(session.example())}    (help shows what can be said, Ctrl-D leaves)")


def _talk(session: Session) -> int:
    """A session at a terminal."""
    from symsim.cli.rasp_terminal import reader

    ask = reader(session)
    while not session.left:
        try:
            text = ask()
        except KeyboardInterrupt:  # drops what was typed
            continue
        except EOFError:
            break
        try:
            for reply in session.enter(text):
                _show(reply)
        except KeyboardInterrupt:
            print("\t!! interrupted: nothing was changed")
    return 0


def picture(sop: SOp, run: Run) -> str:
    """Draw an s-op into a new file of the current folder, and say which."""
    from symsim.cli.output import write_file
    from symsim.cli.rasp_picture import as_svg

    text = as_svg(sop, run)
    try:
        for path in _free(sop.name):
            if not path.exists() or (path.is_file() and path.read_bytes() == text.encode()):
                write_file(path, text)
                return f"wrote {path}"
    except BadInput as error:
        return f"no picture: {error}"
    except OSError as error:
        return f"no picture: {error.filename}: {error.strerror}"
    return f"no picture: there are {MOST_PICTURES} of this name already"


def _free(name: str) -> Iterator[Path]:
    """File names for a picture: what is there is never replaced."""
    stem = re.sub(r"[^A-Za-z0-9_]", "", name)[:60] or "out"
    yield Path(f"{stem}.svg")
    for number in range(2, MOST_PICTURES + 1):
        yield Path(f"{stem}-{number}.svg")
