"""Which numbers of an array are ints of the language, which are floats, and which are booleans.

Arrays of numbers hold machine numbers, whatever the language calls them. Only a few operations have to know (an index
into a list is an int, text shows a float with its point), so it is found out when it is asked for.
"""

from __future__ import annotations

from typing import Any

import numpy
from flint import fmpq

from symsim.rasp.arithmetic import Atom
from symsim.rasp.numeric_selecting import One, Selection, host
from symsim.rasp.values import Aggregate, Constant, Elementwise, Indices, Node

INT, FLOAT, BOOL = 0, 1, 2
"""What a number is."""

LARGEST_WHOLE = 2**53
"""Up to this every integer is a machine number."""

_OF_INTS = ("+", "-", "*", "%", "negative", "positive")


def kind_of(value: Atom) -> int:
    """What one number is.

    >>> kind_of(3), kind_of(fmpq(3)), kind_of(True)
    (0, 1, 2)
    """
    if isinstance(value, bool):
        return BOOL
    return INT if isinstance(value, int) else FLOAT


def atoms(array: Any, kinds: Any) -> list[Atom]:
    """Machine numbers as exact atoms of the language: each float is the rational that it stands for.

    >>> atoms(numpy.asarray([2.0, 0.5, 1.0]), numpy.asarray([0, 1, 2]))
    [2, 1/2, True]
    """
    found: list[Atom] = []
    for value, kind in zip(host(array).tolist(), kinds.tolist(), strict=True):
        found.append(fmpq(*value.as_integer_ratio()) if kind == FLOAT else int(value) if kind == INT else bool(value))
    return found


class Kinds:
    """The kinds of the numbers of every s-op that is known; ``values`` and ``known`` are those of the run."""

    def __init__(self, size: int, known: dict[Node, Any]) -> None:
        self.size = size
        self._known = known
        self._found: dict[Node, Any] = {}

    def set(self, node: Node, kinds: list[int]) -> None:
        """Say what the numbers of an s-op are."""
        self._found[node] = numpy.asarray(kinds, dtype=numpy.int8)

    def of(self, node: Node) -> Any:
        """The kinds at every position; asked for the s-ops below first, without recursion."""
        stack = [node]
        while stack:
            part = stack[-1]
            if part not in self._found:
                missing = [below for below in self._needed(part) if below not in self._found]
                if missing:
                    stack.extend(missing)
                    continue
                self._found[part] = self._rule(part)
            stack.pop()
        return self._found[node]

    def _plain(self, node: Node) -> int | None:
        """The kind of a node that has one at all positions, whatever is below it."""
        if host(self._known[node]).dtype == numpy.bool_:
            return BOOL
        if isinstance(node, Constant):
            return kind_of(node.value)
        if isinstance(node, Indices):
            return INT
        if isinstance(node, Elementwise) and node.operator in ("round", "indicator"):
            return INT
        branching = isinstance(node, Elementwise) and node.operator in (*_OF_INTS, "^", "if")
        return None if branching or isinstance(node, Aggregate) else FLOAT

    def _needed(self, node: Node) -> tuple[Node, ...]:
        if self._plain(node) is not None:
            return ()
        if isinstance(node, Aggregate):
            return (node.value,)
        return node.inputs[1:] if getattr(node, "operator", "") == "if" else node.inputs

    def _rule(self, node: Node) -> Any:
        plain = self._plain(node)
        if plain is not None:
            return numpy.full(self.size, plain, dtype=numpy.int8)
        if isinstance(node, Aggregate):
            return self._of_means(node)
        below = [self._found[part] for part in self._needed(node)]
        if getattr(node, "operator", "") == "if":
            return numpy.where(host(self._known[node.inputs[0]]) != 0, *below)
        floats = numpy.any([kinds == FLOAT for kinds in below], axis=0)
        if getattr(node, "operator", "") == "^":
            floats |= host(self._known[node.inputs[1]]) < 0
        return numpy.where(floats, FLOAT, INT)

    def _of_means(self, node: Aggregate) -> Any:
        values = self._found[node.value]
        none = INT if node.default is None else kind_of(node.default)
        selection: Selection = self._known[node.selector]
        if isinstance(selection, One):
            return numpy.where(host(selection.index) < 0, none, values[host(selection.position)])
        found = [
            none if not row else values[row.bit_length() - 1] if not row & (row - 1) else FLOAT
            for row in selection.rows
        ]
        return numpy.asarray(found, dtype=numpy.int8)
