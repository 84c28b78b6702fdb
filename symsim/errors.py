"""The errors that symsim raises: each says what was wrong, where, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class SymsimError(Exception):
    """Base class of every error that symsim raises on purpose.

    >>> issubclass(BadInput, SymsimError)
    True
    """


class BadInput(SymsimError, ValueError):
    """Something a user passed in cannot be used: a wrong shape, a float where exact is asked, an unknown name."""


class Undefined(SymsimError, ArithmeticError):
    """A value does not exist at this input, such as the reciprocal of 0."""


class Inconclusive(SymsimError):
    """Enclosures are too wide to tell what comes next: whether a value is 0, or which of two is larger."""


class Disagreement(SymsimError):
    """Two methods reached opposite verdicts about one claim. Nothing resolves this silently.

    ``report`` is everything that is needed to reproduce it, as plain data.
    """

    def __init__(self, message: str, report: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.report = report or {}


class OutOfTime(BaseException):
    """The time limit of a method was reached; the verdict is then ``undecided``.

    Like ``KeyboardInterrupt`` it is no ``Exception``: what goes on after other errors does not swallow it.
    """


def visible(text: str, keep: str = "") -> str:
    r"""A text without what would steer a terminal or turn a line around: such characters are written out.

    ``keep`` names characters that stay, such as the ends of lines.

    >>> visible("a\tb"), visible("déjà vu"), visible("\u202e\x1b[31m")
    ('a\\tb', 'déjà vu', '\\u202e\\x1b[31m')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else c.encode("unicode_escape").decode("ascii") for c in text)


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause that offers the known name most like ``name``, or lists the known ones.

    >>> nearest("sofmax", ["softmax", "linear"])
    "did you mean 'softmax'?"
    >>> nearest("q", ["softmax", "linear"])
    'known: linear, softmax'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"did you mean '{close[0]}'?"
    return "known: " + (", ".join(names) if names else "none")
