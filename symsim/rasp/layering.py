"""The layers of an s-op, as heads and what follows them: how often attention has to look, one look after the other.

An aggregate belongs to the layer after those whose results it reads; aggregates of one layer with the same selector are
one head, and parts that say the same are one part. What is computed position by position follows the heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symsim.rasp.arithmetic import plain
from symsim.rasp.evaluate import shown
from symsim.rasp.notation import visible
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


@dataclass(frozen=True)
class Attention:
    """A selector, and the aggregates over it."""

    selector: Selector
    aggregates: tuple[Aggregate, ...]


@dataclass(frozen=True)
class Layer:
    """Heads that look at once, and the s-ops computed from them position by position; layer 0 has no heads."""

    number: int
    heads: tuple[Attention, ...]
    steps: tuple[SOp, ...]


def layers(sop: SOp) -> tuple[Layer, ...]:
    """The layers of an s-op, beginning with what needs no attention.

    >>> from symsim.rasp import Interpreter
    >>> twice = Interpreter().expression("selector_width(select(length, length, ==))")
    >>> [(layer.number, len(layer.heads)) for layer in layers(twice)]
    [(0, 0), (1, 1), (2, 2)]
    """
    order = ordered([sop])
    same = _alike(order)
    first = [node for node in order if same[node] is node]
    depths: dict[Node, int] = {}
    for node in first:
        below = max((depths[same[part]] for part in node.inputs), default=0)
        depths[node] = below + isinstance(node, Aggregate)
    read = {same[part] for node in first if isinstance(node, Select | Aggregate) for part in node.inputs}
    read.add(same[sop])
    out = []
    for number in range(depths[same[sop]] + 1):
        here = [node for node in first if depths[node] == number]
        steps = tuple(node for node in here if isinstance(node, SOp) and _is_step(node, read))
        out.append(Layer(number, _heads(here, same), steps))
    return tuple(out)


def _heads(here: list[Node], same: dict[Node, Node]) -> tuple[Attention, ...]:
    heads: dict[Selector, list[Aggregate]] = {}
    for node in here:
        if isinstance(node, Aggregate):
            selector = same[node.selector]
            if isinstance(selector, Selector):
                heads.setdefault(selector, []).append(node)
    return tuple(Attention(selector, tuple(found)) for selector, found in heads.items())


def _is_step(node: SOp, read: set[Node]) -> bool:
    """Whether an s-op is shown: it has a name, or attention reads it, or it is the result."""
    if isinstance(node, Aggregate | Constant | Euler):
        return False
    return bool(node.name) or node in read


def _alike(order: list[Node]) -> dict[Node, Node]:
    """For every node the first one that says the same."""
    known: dict[Any, Node] = {}
    same: dict[Node, Node] = {}
    for node in order:
        same[node] = known.setdefault((type(node), *_says(node), *(id(same[part]) for part in node.inputs)), node)
    return same


def _says(node: Node) -> tuple[Any, ...]:
    """What distinguishes a node besides what it reads."""
    if isinstance(node, Tokens):
        return (node.cast,)
    if isinstance(node, Constant):
        return _atom(node.value)
    if isinstance(node, Elementwise | Combined | Select):
        return (node.operator,)
    if isinstance(node, Aggregate):
        return (node.default is None, *_atom(node.default))
    if isinstance(node, Lookup):
        return (id(node.container),)
    if isinstance(node, Member):
        return tuple(part for each in node.atoms for part in _atom(each))
    return ()


def _atom(value: Any) -> tuple[Any, ...]:
    return (type(value).__name__, None if value is None else plain(value))


def described(node: Node) -> str:
    """What a node computes, in the language; parts that have a name stand by their name.

    >>> from symsim.rasp import Interpreter
    >>> described(Interpreter().expression("aggregate(full_s, indices + 1)"))
    'aggregate(full_s, indices + 1)'
    """
    return _text(node, DEEPEST_TEXT)


def called(node: Node) -> str:
    """The name of a node, or what it computes."""
    return node.name or described(node)


def parts(selector: Selector) -> list[Selector]:
    """The selectors with names that a selector is combined from, and those that they are combined from.

    >>> from symsim.rasp import Interpreter
    >>> [described(part) for part in parts(Interpreter().expression("full_s and not full_s"))]
    ['select(1, 1, ==)']
    """
    found: dict[Selector, None] = {}
    waiting = list(selector.operands) if isinstance(selector, Combined) else []
    while waiting:
        part = waiting.pop(0)
        if part.name:
            found[part] = None
        if isinstance(part, Combined):
            waiting += [each for each in part.operands if each not in found]
    return list(found)


def _text(node: Node, level: int) -> str:
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
    parts = [_part(part, level - 1) for part in node.inputs]
    if isinstance(node, Select):
        return f"select({parts[0]}, {parts[1]}, {node.operator})"
    if isinstance(node, Aggregate):
        default = "" if node.default is None else f", {visible(shown(node.default))}"
        return f"aggregate({parts[0]}, {parts[1]}{default})"
    inner = [_bracketed(part, text) for part, text in zip(node.inputs, parts, strict=True)]
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


def _part(node: Node, level: int) -> str:
    return node.name or _text(node, level)


def _bracketed(node: Node, text: str) -> str:
    """A part of an operation: in brackets where it is an operation itself."""
    bare = node.name or text == "..." or isinstance(node, Indices | Tokens | Constant | Euler | Aggregate | Select)
    one = isinstance(node, Elementwise | Combined) and len(node.inputs) == 1 and node.operator not in _SIGNS
    return text if bare or one else f"({text})"
