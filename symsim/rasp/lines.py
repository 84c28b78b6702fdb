"""Lines put together until they are whole statements, as they come from a keyboard or through a pipe."""

from __future__ import annotations

import re
from collections.abc import Iterator

from symsim.rasp.faults import RaspError, Unfinished
from symsim.rasp.parsing import parse

_COMMAND = re.compile(r"\s*(set|show|examples|s-op|selector)\b")
_BLOCK = re.compile(r"\s*(def|for)\b")
_STRING_OR_COMMENT = re.compile(r'"[^"\r\n]*"|#[^\r\n]*')


def unfinished(text: str) -> bool:
    """Whether more lines can make statements out of a text that is none yet.

    >>> unfinished("x = 1 +"), unfinished("def f(a) {"), unfinished("x = 1;"), unfinished("x = ;"), unfinished("show")
    (True, True, False, False, False)
    """
    if text.strip() == "help":
        return False
    try:
        parse(text)
    except Unfinished:
        return not (_COMMAND.match(text) and _depth(text, "([{", ")]}") <= 0)
    except RaspError:
        return False
    return False


def gathered(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    r"""Lines put together until they are whole statements, each text with the number of its first line.

    A function or loop with a mistake in it is read to its last brace, so that its parts are not run on their own.

    >>> list(gathered(iter(["x =\n", " 3;\n", "\n", "y = 4;\n"])))
    [(1, 'x =\n 3;\n'), (4, 'y = 4;\n')]
    """
    held, first = "", 1
    for number, line in enumerate(lines, 1):
        if not held:
            first = number
        held += line
        if not held.strip():
            held = ""
        elif not (_BLOCK.match(held) and _depth(held, "{", "}") > 0) and not unfinished(held):
            yield first, held
            held = ""
    if held:
        yield first, held


def _depth(text: str, opens: str, closes: str) -> int:
    """How many brackets are open at the end of a text, those in strings and comments not counted."""
    plain = _STRING_OR_COMMENT.sub("", text)
    return sum(map(plain.count, opens)) - sum(map(plain.count, closes))
