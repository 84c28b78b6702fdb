"""Runs one program exactly and over arrays, and says where the two part."""

from __future__ import annotations

import itertools
import math
import re
from typing import Any

import sympy as sp
from flint import fmpq

from symsim.domains.arrays import Arrays
from symsim.domains.field import Element
from symsim.rasp import RaspError
from symsim.rasp.evaluate import Run
from symsim.rasp.loading import exact_value
from symsim.rasp.numeric import run_over
from symsim.rasp.values import Aggregate, Elementwise, Member, Node, Pattern, Select, SOp, ordered

CLOSE = 1e-9
COMPARED = ("==", "<", "<=", ">", ">=")
TRUTHS = ("and", "or", "not", "indicator", "if")
DECIDING = (*COMPARED, "and", "or", "not", "indicator", "round")


def agree(node: Node, tokens: Any, domain: Arrays, tolerance: float = CLOSE) -> str:
    """``equal``, ``an error`` (the same one in both), ``too close`` to call for rounded numbers, or where they part."""
    run = Run(tokens)
    left = outcome(run, node)
    if isinstance(left, RaspError):
        part = _last(run, node)
        if "is no rational number" in left.message or _close(run, part):
            return "too close"
    elif _close(run, node):
        return "too close"
    right = outcome(run_over(tokens, domain), node)
    if isinstance(left, RaspError) or isinstance(right, RaspError):
        said = [re.sub(r"[0-9./]+", "#", str(side)) for side in (left, right)]
        return "an error" if said[0] == said[1] else f"{left} / {right}"
    if isinstance(left, Pattern):
        return "equal" if left == right else f"{left.rows} / {right.rows}"
    scale = max([1.0, *(abs(v) for part in ordered([node]) for v in numbers(run, part))])
    for i, (a, b) in enumerate(zip(left.values, right.values, strict=True)):
        kinds = [word(value) for value in (a, b)]
        if kinds[0] != kinds[1]:
            return f"position {i} is {kinds[0]} / {kinds[1]}"
        x, y = near(run, a), near(run, b)
        same = x == y if isinstance(a, str) else math.isclose(x, y, rel_tol=0, abs_tol=tolerance * scale)
        if not same:
            return f"position {i}: {x} / {y}"
    return "equal"


def outcome(run: Run, node: Node) -> Any:
    """What a run gives, or its error."""
    try:
        return run.result(node)
    except RaspError as error:
        return error


def word(value: Any) -> str:
    """The type of an atom in the language."""
    if isinstance(value, fmpq | float | Element):
        return "float"
    return type(value).__name__


def near(run: Run, value: Any) -> Any:
    """A number as a float, a string as it is."""
    if isinstance(value, Element):
        return float(sp.N(exact_value(run.domain, value), 30))
    return int(value.p) / int(value.q) if isinstance(value, fmpq) else value if isinstance(value, str) else float(value)


def numbers(run: Run, node: Node) -> list[float]:
    """The numbers of an s-op that a run knows."""
    found = run._known.get(node, []) if isinstance(node, SOp) else []
    return [near(run, value) for value in found if not isinstance(value, str)]


def _last(run: Run, node: Node) -> Node:
    """The node whose value does not exist."""
    return next(part for part in ordered([node]) if part not in run._known)


def _close(run: Run, node: Node) -> bool:
    """Whether rounding may turn an answer: numbers that are no machine numbers, or come from such, nearly meet."""
    rounded: dict[Node, set[int]] = {}
    for part in ordered([node]):
        below = [rounded.get(child, set()) for child in part.inputs]
        if any(below) and _decides(run, part, below):
            return True
        if not isinstance(part, SOp) or part not in run._known:
            continue
        own = {i for i, value in enumerate(run._known[part]) if isinstance(value, Element) or _long(value)}
        if isinstance(part, Aggregate):
            own |= {i for i, row in enumerate(run._rows(part.selector)) if any(row >> j & 1 for j in below[1])}
        elif isinstance(part, Elementwise) and part.operator not in DECIDING:
            own |= set().union(*below)
        rounded[part] = own
    return False


def _long(value: Any) -> bool:
    """Whether a number is no machine number."""
    exact = fmpq(0 if isinstance(value, str) else value)
    return fmpq(*(int(exact.p) / int(exact.q)).as_integer_ratio()) != exact


def _decides(run: Run, part: Node, rounded: list[set[int]]) -> bool:
    """Whether a node asks about numbers that nearly meet, one of them rounded."""
    columns = [numbers(run, child) for child in part.inputs if isinstance(child, SOp)]
    if isinstance(part, Select):
        keys, queries = rounded
        numbered = (list(enumerate(column)) for column in columns)
        pairs = itertools.product(*numbered)
        return any(abs(a - b) < CLOSE for (j, a), (i, b) in pairs if j in keys or i in queries)
    if isinstance(part, Member):
        return True
    if not isinstance(part, Elementwise):
        return False
    if part.operator in TRUTHS:
        asked = list(zip(columns, rounded, strict=True))[: 1 if part.operator == "if" else 2]
        return any(abs(column[i]) < CLOSE for column, places in asked for i in places)
    if part.operator == "round":
        return any(abs(columns[0][i] % 1 - 0.5) < CLOSE for i in rounded[0])
    if part.operator == "/":
        return any(abs(columns[1][i]) < CLOSE for i in rounded[1])
    meeting = [(columns[0][i], columns[-1][i]) for i in set().union(*rounded)]
    if part.operator in COMPARED:
        return any(abs(a - b) < CLOSE for a, b in meeting)
    if part.operator == "%":
        return any(b == 0 or abs(a / b - round(a / b)) < CLOSE for a, b in meeting)
    return part.operator == "^" and bool(rounded[1])
