r"""Long formulas in several lines: how wide LaTeX is, and where it may be broken."""

from __future__ import annotations

import re
from collections.abc import Sequence

VISIBLE = re.compile(
    r"\\operatorname\{(?P<word>[^{}]*)\}|\\(?:mathrm|mathit|text|texttt|mathsf|mathbf|mathbb)\{(?P<other>[^{}]*)\}|(?P<command>\\(?:[A-Za-z]+|.))|(?P<char>.)"
)
MATRIX = re.compile(r"\\begin\{(?P<kind>[bp]?matrix)\}(?P<rows>.*?)\\end\{(?P=kind)\}", re.DOTALL)
LONG_LEFT = 34
"""A left side wider than this gets a line of its own."""
NARROW = frozenset({"\\left", "\\right", "\\,", "\\!", "\\;", "\\:"})
SIGNS = (" + ", " - ", r" = ")
FACTORS = (r" \, ", " ")


def width(latex: str) -> int:
    r"""About how many symbols wide a formula is when it is set.

    >>> width(r"\operatorname{softmax}(X A X^{\top})"), width(r"\frac{a + b}{c}")
    (13, 4)
    """
    total = 0
    latex = MATRIX.sub(_widest_row, latex)
    for over, under, rest in _fractions(latex):
        total += max(width(over), width(under)) if over or under else _plain(rest)
    return total


def _widest_row(found: re.Match[str]) -> str:
    """As many x as the widest row of a matrix has symbols, and one for each gap and bracket."""
    return "x" * (max(width(row) + row.count("&") for row in found["rows"].split(r"\\")) + 2)


def _plain(latex: str) -> int:
    count = 0
    for found in VISIBLE.finditer(latex):
        word = found["word"] or found["other"]
        if word:
            count += len(word)
        elif found["command"]:
            count += found["command"] not in NARROW
        elif found["char"] not in (" ", "{", "}", "^", "_", "&"):
            count += 3 if found["char"] in "=" else 2 if found["char"] == "+" else 1
    return count


def _fractions(latex: str) -> list[tuple[str, str, str]]:
    """The formula cut into fractions (numerator, denominator, "") and what stands between them ("", "", text)."""
    found, place = [], 0
    while (start := latex.find(r"\frac{", place)) >= 0:
        found.append(("", "", latex[place:start]))
        middle = _closing(latex, start + 5)
        end = _closing(latex, middle + 1) if latex[middle + 1 : middle + 2] == "{" else middle
        found.append((latex[start + 6 : middle], latex[middle + 2 : end], ""))
        place = end + 1
    return [*found, ("", "", latex[place:])]


def _closing(latex: str, start: int) -> int:
    depth = 0
    for i in range(start, len(latex)):
        depth += (latex[i] == "{") - (latex[i] == "}")
        if depth == 0:
            return i
    return len(latex) - 1


def broken(latex: str, most: int) -> list[str]:
    r"""The formula as lines of at most ``most`` symbols where that can be done: before signs first, then at factors.

    Nothing is broken inside braces, or between ``\left`` and ``\right``; inside round parentheses only as a last
    resort.

    >>> broken("a + b + c + d", 5)
    ['a + b', '{} + c', '{} + d']
    """
    if width(latex) <= most:
        return [latex]
    for deep in (False, True):
        for marks in (SIGNS, FACTORS):
            lines = _filled(_pieces(latex, marks, deep), most)
            if len(lines) > 1 and max(width(line) for line in lines) <= most:
                return lines
    return max(
        (_filled(_pieces(latex, marks, deep), most) for deep in (False, True) for marks in (SIGNS, FACTORS)), key=len
    )


def chain_lines(first: str, rest: Sequence[tuple[str, str]], most: int) -> list[str]:
    r"""A chain ``first = second = ...`` as lines with an alignment mark, long formulas in several of them.

    >>> chain_lines("x", [("=", "a + b"), ("=", "c")], 20)
    ['x & = a + b', ' & = c']
    """
    if not rest:
        return [f"& {line}" for line in broken(first, most)]
    long = width(first) > LONG_LEFT
    lines = [f"& {line}" for line in broken(first, most)] if long else []
    room = most - (4 if long else width(first))
    for number, (relation, latex) in enumerate(rest):
        pieces = broken(latex, room)
        if long:
            lines.append(rf"& \quad {relation} {pieces[0]}")
        else:
            lines.append(f"{first if number == 0 else ''} & {relation} {pieces[0]}")
        lines += [rf"& \qquad {piece}" if long else rf"& \quad {piece}" for piece in pieces[1:]]
    return lines


def _pieces(latex: str, marks: tuple[str, ...], deep: bool) -> list[str]:
    found, start, braces, round_ = [], 0, 0, 0
    i = 0
    while i < len(latex):
        if latex.startswith((r"\left", r"\begin"), i) and not latex.startswith(r"\leftarrow", i):
            braces += 1
        elif latex.startswith((r"\right", r"\end"), i) and not latex.startswith(r"\rightarrow", i):
            braces -= 1
        braces += (latex[i] == "{") - (latex[i] == "}")
        round_ += (latex[i] in "([") - (latex[i] in ")]")
        if braces == 0 and (deep or round_ == 0) and i > start and latex.startswith(marks, i):
            found.append(latex[start:i])
            start = i
        i += 1
    return [*found, latex[start:]]


def _filled(pieces: list[str], most: int) -> list[str]:
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if width(lines[-1] + piece) <= most:
            lines[-1] += piece
        else:
            signed = piece.startswith(SIGNS)
            lines.append("{}" + piece if signed else piece.strip().removeprefix(r"\,").strip())
    return lines
