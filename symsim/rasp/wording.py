"""S-ops and selectors as texts: what each computes, in the language, with one name for one thing."""

from __future__ import annotations

from symsim.errors import visible
from symsim.rasp.evaluate import shown
from symsim.rasp.layering import alike
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Indices,
    Lookup,
    Member,
    Node,
    Select,
    Selector,
    SOp,
    Tokens,
    ordered,
)

DEEPEST_TEXT = 4
"""Operations without a name are written out down to this level."""

_SIGNS = {"negative": "-", "positive": "+", "not": "not "}
_BARE = Indices | Tokens | Constant | Euler | Aggregate | Select


class Wording:
    """The texts of everything that an s-op is made of.

    Functions give the same names to different things, one call after the other: these are numbered. The s-op itself
    keeps its name.

    >>> from symsim.rasp import Interpreter
    >>> build = Interpreter().expression
    >>> sop = build("aggregate(full_s, indices + 1)")
    >>> Wording(sop).text(sop)
    'aggregate(full_s, indices + 1)'
    """

    def __init__(self, sop: SOp) -> None:
        order = ordered([sop])
        same = alike(order)
        bearers: dict[str, list[Node]] = {}
        for node in order:
            if node.name and same[node] is node:
                bearers.setdefault(node.name, []).append(node)
        own = {same[sop]: sop.name} if sop.name else {}
        for name, nodes in bearers.items():
            numbered = [node for node in nodes if node not in own]
            fresh = (f"{name}_{i}" for i in range(1, len(order) + len(bearers) + 1) if f"{name}_{i}" not in bearers)
            single = len(nodes) == 1 and name not in own.values()
            own.update((node, name if single else next(fresh)) for node in numbered)
        self._names = {node: own.get(same[node], "") for node in order}

    def name(self, node: Node) -> str:
        """The name of a node, empty where it has none."""
        return self._names.get(node, node.name)

    def text(self, node: Node) -> str:
        """What a node computes; parts that have a name stand by their name."""
        return self._text(node, DEEPEST_TEXT)

    def defined(self, node: Node) -> str:
        """The name of a node, where it has one, and what it computes."""
        name, text = self.name(node), self.text(node)
        return f"{name} = {text}" if name and name != text else text

    def parts(self, selector: Selector) -> list[Selector]:
        """The selectors with names that a selector is combined from, and those that they are combined from."""
        found: dict[str, Selector] = {}
        waiting = list(selector.operands) if isinstance(selector, Combined) else []
        while waiting:
            part = waiting.pop(0)
            new = self.name(part) not in found
            if new and self.name(part):
                found[self.name(part)] = part
            if new and isinstance(part, Combined):
                waiting += part.operands
        return list(found.values())

    def _text(self, node: Node, level: int) -> str:
        if isinstance(node, Indices):
            return "indices"
        if isinstance(node, Tokens):
            return f"tokens_{node.cast}"
        if isinstance(node, Euler):
            return "e"
        if isinstance(node, Constant):
            return visible(shown(node.value))
        if level == 0:
            return "..."
        parts = [self.name(part) or self._text(part, level - 1) for part in node.inputs]
        if isinstance(node, Select):
            return f"select({parts[0]}, {parts[1]}, {node.operator})"
        if isinstance(node, Aggregate):
            default = "" if node.default is None else f", {visible(shown(node.default))}"
            return f"aggregate({parts[0]}, {parts[1]}{default})"
        inner = [self._bracketed(part, text) for part, text in zip(node.inputs, parts, strict=True)]
        return _operation(node, parts, inner)

    def _bracketed(self, node: Node, text: str) -> str:
        """A part of an operation: in brackets where it is an operation itself."""
        one = isinstance(node, Elementwise | Combined) and len(node.inputs) == 1 and node.operator not in _SIGNS
        return text if self.name(node) or text == "..." or isinstance(node, _BARE) or one else f"({text})"


def _operation(node: Node, parts: list[str], inner: list[str]) -> str:
    """An operation on parts, which are given without and with brackets."""
    if isinstance(node, Lookup):
        return f"(..)[{parts[0]}]"
    if isinstance(node, Member):
        atoms = [visible(shown(atom)) for atom in node.atoms[:5]] + [".."] * (len(node.atoms) > 5)
        return f"{inner[0]} in [{', '.join(atoms)}]"
    if not isinstance(node, Elementwise | Combined):
        return type(node).__name__
    if node.operator == "if":
        return f"{inner[1]} if {inner[0]} else {inner[2]}"
    if node.operator in _SIGNS:
        return f"{_SIGNS[node.operator]}{inner[0]}"
    if len(parts) == 1:
        return f"{node.operator}({parts[0]})"
    return f"{inner[0]} {node.operator} {inner[1]}"
