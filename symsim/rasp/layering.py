"""The layers of an s-op, as heads and what follows them: how often attention has to look, one look after the other.

An aggregate belongs to the layer after those whose results it reads; aggregates of one layer with the same selector are
one head, and parts that say the same are one part. What is computed position by position follows the heads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symsim.rasp.arithmetic import plain
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Lookup,
    Member,
    Node,
    Select,
    Selector,
    SOp,
    Tokens,
    ordered,
)


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
    same = alike(order)
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


def alike(order: list[Node]) -> dict[Node, Node]:
    """For every node the first one that says the same; ``order`` has every node after those that it reads.

    >>> one, other = Constant(3), Constant(3)
    >>> alike([one, other])[other] is one
    True
    """
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
