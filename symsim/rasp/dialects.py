"""Which fragment of the language a program lives in: general RASP, selectors of positions only, or C-RASP."""

from __future__ import annotations

from dataclasses import dataclass

from symsim.rasp.blame import place_text
from symsim.rasp.faults import RaspError
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Indices,
    Lookup,
    Member,
    Node,
    Select,
    SOp,
    Tokens,
    ordered,
)

DIALECTS = ("rasp", "s-op-positional", "c-rasp")
MEANING = {
    "rasp": "general RASP",
    "s-op-positional": "selectors compare positions and constants only",
    "c-rasp": "uniform future-masked counting and linear comparisons of counts",
}
_TRUTHS = ("==", "<", "<=", ">", ">=", "and", "or", "not", "indicator")
_LINEAR = ("+", "-", "negative", "positive", "if", *_TRUTHS)


@dataclass(frozen=True)
class Outside:
    """Why a program is not in a fragment, and the place of the first operation that takes it out."""

    reason: str
    node: Node

    def __str__(self) -> str:
        return f"{self.reason} ({place_text(self.node.place)})"


def dialects(program: SOp) -> dict[str, Outside | None]:
    """For every fragment None where the program lives in it, else the first operation that leaves it.

    >>> from symsim.rasp import load
    >>> for call in ("transposition(2, 3)", "histogram()"):
    ...     file = "library:matrices" if "trans" in call else "library:sequences"
    ...     print([name for name, out in dialects(load(file).expression(call)).items() if out is None])
    ['rasp', 's-op-positional']
    ['rasp']
    """
    return {"rasp": None, "s-op-positional": _positional(program), "c-rasp": _counting(program)}


def check_dialect(name: str) -> str:
    """The name, where it is that of a fragment."""
    if name not in DIALECTS:
        raise RaspError(f"unknown dialect '{name}': there are {', '.join(DIALECTS)}")
    return name


def _positional(program: SOp) -> Outside | None:
    """The first selector that depends on the values of tokens."""
    depends: set[Node] = set()
    for node in ordered([program]):
        if isinstance(node, Tokens) or any(part in depends for part in node.inputs):
            depends.add(node)
            if isinstance(node, Select):
                return Outside("a selector compares values of the input", node)
    return None


def _counting(program: SOp) -> Outside | None:
    """The first operation that is no count over a prefix, no linear arithmetic and no comparison."""
    order = ordered([program])
    bare = {program, *(part for node in order if not _is_count(node) for part in node.inputs)}
    for node in order:
        reason = _uncountable(node, bare)
        if reason:
            return Outside(reason, node)
    return None


def _uncountable(node: Node, bare: set[Node]) -> str:
    """Why a node is not C-RASP, where ``bare`` nodes are read by something that makes no count; empty where it is."""
    if isinstance(node, Indices | Tokens | Member | Constant):
        return ""
    if isinstance(node, Select):
        return "" if _prefix(node) else "a selector is not the prefix: select(indices, indices, <=)"
    if isinstance(node, Combined):
        return "selectors are combined"
    if isinstance(node, Aggregate):
        if node in bare:
            return "an average that is not multiplied by the number of selected positions"
        return "" if _is_predicate(node.value) else "only what holds or does not hold at a position is counted"
    if isinstance(node, Elementwise):
        known = node.operator in _LINEAR or node.operator == "*" and (_is_count(node) or _has_constant(node))
        return "" if known else f"'{node.operator}' is not linear"
    return "a table of values" if isinstance(node, Lookup) else "e is no count"


def _prefix(node: Node) -> bool:
    keys = isinstance(node, Select) and isinstance(node.key, Indices) and isinstance(node.query, Indices)
    return keys and isinstance(node, Select) and node.operator == "<="


def _has_constant(node: Elementwise) -> bool:
    return any(isinstance(part, Constant) for part in node.operands)


def _is_predicate(node: SOp) -> bool:
    """Whether a value is true or false, a token, or a linear combination of such."""
    if isinstance(node, Member | Constant | Tokens):
        return True
    if not isinstance(node, Elementwise):
        return False
    if node.operator in _TRUTHS:
        return True
    parts = node.operands[1:] if node.operator == "if" else node.operands
    return all(_is_predicate(part) for part in parts)


def _is_count(node: Node) -> bool:
    """``(indices + 1) * aggregate(select(indices, indices, <=), s)``: the sum of s over the prefix."""
    if not isinstance(node, Elementwise) or node.operator != "*":
        return False
    for mean, factor in (node.operands, node.operands[::-1]):
        if isinstance(mean, Aggregate) and _prefix(mean.selector) and _is_position_plus_one(factor):
            return True
    return False


def _is_position_plus_one(node: SOp) -> bool:
    if not isinstance(node, Elementwise) or node.operator != "+":
        return False
    kinds = [type(part) for part in node.operands]
    ones = [part for part in node.operands if isinstance(part, Constant) and part.value == 1]
    return len(ones) == 1 and Indices in kinds
