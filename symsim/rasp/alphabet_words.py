"""Selectors and s-ops in words, for the notes on what each layer of an encoder does."""

from __future__ import annotations

from symsim.rasp.alphabet_selectors import counted
from symsim.rasp.evaluate import shown
from symsim.rasp.values import Combined, Constant, Elementwise, Indices, Lookup, Member, Node, Select, SOp, Tokens

DEEPEST = 4
"""S-ops without a name are written out down to this level."""

LONGEST = 160
"""A selector that takes more characters is not written out."""

_CALLS = ("round", "indicator", "exp")
_SIGNS = {"negative": "-", "positive": "+", "not": "not "}


def selector_text(node: Node) -> str:
    """A selector as a program would write it, if that is short.

    >>> selector_text(Combined("not", (Select(Indices(), Elementwise("-", (Indices(), Constant(1))), "<"),)))
    'not select(indices, (indices - 1), <)'
    """
    text = _selector(node, LONGEST)
    return text if len(text) <= LONGEST else "a selector of many parts"


def _selector(node: Node, room: int) -> str:
    """The text, or a longer one than there is room for."""
    if isinstance(node, Select):
        return f"select({sop_text(node.key)}, {sop_text(node.query)}, {node.operator})"
    if not isinstance(node, Combined):
        return "a selector"
    parts: list[str] = []
    for part in node.operands:
        parts.append(_selector(part, room - sum(map(len, parts))) if room > 0 else "")
        if sum(map(len, parts)) > room:
            return " " * (room + 1)
    return f"not {parts[0]}" if node.operator == "not" else f"({parts[0]} {node.operator} {parts[1]})"


def sop_text(node: SOp, level: int = DEEPEST) -> str:
    """An s-op by its name, or as a program would write it.

    >>> sop_text(Elementwise("if", (Elementwise("==", (Tokens("asis"), Constant("a"))), Constant(1), Indices())))
    '(1 if (tokens == "a") else indices)'
    """
    if node.name:
        return node.name
    if isinstance(node, Constant):
        return shown(node.value)
    if isinstance(node, Indices | Tokens):
        return "indices" if isinstance(node, Indices) else "tokens"
    if level == 0 or not isinstance(node, Elementwise | Lookup | Member):
        return "a value"
    if counted(node) is not None:
        return "a count"
    if isinstance(node, Lookup):
        return f"a table at {sop_text(node.index, level - 1)}"
    if isinstance(node, Member):
        return f"({sop_text(node.item, level - 1)} in [{', '.join(map(shown, node.atoms))}])"
    parts = [sop_text(part, level - 1) for part in node.operands]
    if node.operator == "if":
        return f"({parts[1]} if {parts[0]} else {parts[2]})"
    if node.operator in _CALLS:
        return f"{node.operator}({parts[0]})"
    return f"({parts[0]} {node.operator} {parts[1]})" if len(parts) == 2 else f"{_SIGNS[node.operator]}{parts[0]}"
