"""Where in the text of a program a value comes from, and constants that only look like e."""

from __future__ import annotations

from pathlib import PurePath

from flint import fmpq

from symsim.rasp.arithmetic import text
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import Place, RaspError
from symsim.rasp.values import Aggregate, Constant, Elementwise, Node, SOp, ordered

MOST_STEPS = 1000
NEAR_E = (fmpq(26, 10), fmpq(285, 100))


FAILURES = (
    "division by 0", "have no mean", "a sequence has one type", "out of range", "has no entry for", "does not work",
    "have no order", "is no integer", "is no number", "is not real",
)  # fmt: skip
"""What a program cannot do in the language itself, whatever the number system; other errors are limits of ours."""


def fails(error: RaspError) -> bool:
    """Whether a program has no value at an input, rather than one that is not computed here.

    >>> fails(RaspError("division by 0")), fails(RaspError("2^(1/2) is no rational number, and powers are exact"))
    (True, False)
    """
    return any(words in error.message for words in FAILURES)


def made_at(run: Run, node: SOp, position: int) -> tuple[Node, int]:
    """The operation that makes the value at a position, and where: copies and branches that were taken are followed.

    >>> from symsim.rasp import Interpreter
    >>> moved = Interpreter("asis").expression("aggregate(select(indices, 0, ==), tokens + 1)")
    >>> made, position = made_at(Run([5, 6]), moved, 1)
    >>> made.operator, position
    ('+', 0)
    """
    for _ in range(MOST_STEPS):
        run.values(node)
        if isinstance(node, Elementwise) and node.operator == "if":
            condition, then, otherwise = node.operands
            taken = then if run.values(condition)[position] else otherwise
            if isinstance(taken, Constant):
                return node, position
            node = taken
        elif isinstance(node, Aggregate):
            row = run.values(node.selector)[position]
            if not row or row & (row - 1):
                return node, position
            if not isinstance(node.value, Elementwise | Aggregate):
                return node, position
            node, position = node.value, row.bit_length() - 1
        else:
            return node, position
    return node, position


def place_text(place: Place | None) -> str:
    """A place, without folders, and the line that it is in."""
    if place is None:
        return "the program"
    file = PurePath(place.source.name).name
    where = f"line {place.line}, column {place.column}"
    return f"{file + ', ' if file else ''}{where}: {place.source.line(place.line).strip()[:100]}"


def near_e(node: SOp) -> str:
    """A sentence about the first power whose base resembles e and is not e; empty where there is none.

    >>> from symsim.rasp import Interpreter
    >>> near_e(Interpreter("asis").expression("2.73 ^ tokens"))
    'the base 2.73 (line 1, column 6: 2.73 ^ tokens;) only resembles e = 2.71828...: write exp(x) or e^x'
    """
    for part in ordered([node]):
        if isinstance(part, Elementwise) and part.operator == "^" and isinstance(part.operands[0], Constant):
            base = part.operands[0].value
            if isinstance(base, fmpq) and base > 0 and NEAR_E[0] < max(base, 1 / base) < NEAR_E[1]:
                where = place_text(part.place)
                like = "e = 2.71828...: write exp(x) or e^x" if base > 1 else "1/e = 0.36788...: write exp(-x)"
                return f"the base {text(base)} ({where}) only resembles {like}"
    return ""
