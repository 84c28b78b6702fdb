"""Formulas of the matrix language as SVG text with subscripts and slanted names; and how wide a text is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symsim.flow.elements import Markup, element, escaped

UPRIGHT = frozenset(
    "softmax layernorm normscale relu exp diag tr inv step silu abs log square reciprocal causal entries of".split()
)
SMALL = 0.72
"""The size of a subscript beside that of its line."""


@dataclass(frozen=True)
class Run:
    """A piece of a line; ``level`` -1 is a subscript, 1 a superscript; ``style``: ``plain``, ``italic``, ``bold``."""

    text: str
    level: int = 0
    style: str = "plain"


_TOKEN = re.compile(
    r"(?P<transposed>\^T)|(?P<inverse>\^-1)|(?P<special>(?:ones|I)\([^()]*\))|(?P<name>[A-Za-z]\w*)|(?P<other>.)", re.S
)
_PARTS = re.compile(r"([A-Za-z]+?)_?(\d*)(?:_(\w+))?\Z")


def formula(text: str) -> list[Run]:
    """A formula as runs.

    >>> [(run.text, run.level) for run in formula("X W_Q1^T")]
    [('X', 0), (' ', 0), ('W', 0), ('Q1', -1), ('T', 1)]
    """
    found: list[Run] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if match["transposed"]:
            found.append(Run("T", 1))
        elif match["inverse"]:
            found.append(Run("\N{MINUS SIGN}1", 1))
        elif match["special"]:
            letter, size = token[:-1].split("(", 1)
            found.append(Run("1", 0, "bold") if letter == "ones" else Run("I", 0, "italic"))
            found += [Run(size.replace(" ", ""), -1)] if size else []
        elif match["name"]:
            found += _name(token)
        else:
            found.append(Run(token.replace("*", "\N{MIDDLE DOT}").replace("-", "\N{MINUS SIGN}")))
    return found


def _name(token: str) -> list[Run]:
    if token in UPRIGHT:
        return [Run(token)]
    match = _PARTS.match(token)
    if match is None or len(match[1]) > 3:
        return [Run(token, 0, "italic")]
    below = (match[2] or "") + (match[3] or "")
    return [Run(match[1], 0, "italic"), *([Run(below, -1)] if below else [])]


def width(runs: list[Run] | str, size: float) -> float:
    """About how wide a line is, in pixels, rather too much than too little: fonts differ from page to page."""
    if isinstance(runs, str):
        runs = [Run(runs)]
    return sum(
        _letter(c) * size * (SMALL if run.level else 1) * (1.08 if run.style == "bold" else 1)
        for run in runs
        for c in run.text
    )


def _letter(c: str) -> float:
    if c in "ijlI.,:;|'!()[] tfr-":
        return 0.37
    if c in "mwMW@\N{HORIZONTAL ELLIPSIS}":
        return 0.94
    return 0.72 if c.isupper() else 0.61


def clipped(text: str, longest: int) -> str:
    """The text, cut to so many characters with an ellipsis.

    >>> clipped("softmax(S)", 6)
    'softm…'
    """
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def spans(runs: list[Run]) -> Markup:
    """The runs as the inside of an SVG ``text`` element, escaped."""
    shift = {0: 0.0, -1: 3.2, 1: -4.2}
    out, level = [], 0
    for run in runs:
        drop, level = shift[run.level] - shift[level], run.level
        classes = " ".join([run.style] * (run.style != "plain") + ["small"] * (run.level != 0))
        attributes: dict[str, str | float] = ({"class_": classes} if classes else {}) | ({"dy": drop} if drop else {})
        out.append(element("tspan", run.text, **attributes) if attributes else escaped(run.text))
    return Markup("".join(out))
