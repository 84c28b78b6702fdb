"""What a program handles: s-ops and selectors as nodes of a graph, functions, and what a run gives.

Nodes are built without running anything. ``inputs`` are the nodes below, so that the graph can be walked, lowered and
traced; a node is equal to itself only. ``name`` is the name that a program gave it first.
"""

from __future__ import annotations

from collections.abc import Sequence as Series
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from symsim.domains.exact import Exact
from symsim.rasp.arithmetic import Atom
from symsim.rasp.faults import Place

if TYPE_CHECKING:
    from symsim.rasp.scopes import Scope
    from symsim.rasp.syntax import Define


@dataclass(eq=False, slots=True, repr=False, kw_only=True)
class Node:
    """A part of the graph, and where in the program it was made."""

    place: Place | None = field(default=None, repr=False)
    name: str = ""

    @property
    def inputs(self) -> tuple[Node, ...]:
        """The nodes that this one reads, in order."""
        return ()

    def __repr__(self) -> str:
        """One line: a graph written out in full can be longer than any memory."""
        words = [type(self).__name__, self.name, getattr(self, "operator", "")]
        where = f", {self.place}" if self.place is not None else ""
        return f"<{' '.join(word for word in words if word)}{where}>"


@dataclass(eq=False, slots=True, repr=False)
class SOp(Node):
    """A function from an input sequence to a sequence of the same length."""


@dataclass(eq=False, slots=True, repr=False)
class Selector(Node):
    """A function from an input sequence to a square 0/1 matrix: row i is query position i."""


@dataclass(eq=False, slots=True, repr=False)
class Indices(SOp):
    """The positions, from 0."""


@dataclass(eq=False, slots=True, repr=False)
class Tokens(SOp):
    """The input, cast to ``str``, ``int``, ``float``, ``bool`` or ``asis``."""

    cast: str


@dataclass(eq=False, slots=True, repr=False)
class Constant(SOp):
    """One atom at every position."""

    value: Atom


@dataclass(eq=False, slots=True, repr=False)
class Euler(SOp):
    """The number e at every position."""


@dataclass(eq=False, slots=True, repr=False)
class Elementwise(SOp):
    """An operator at every position.

    ``operator``: ``+ - * / % ^``, a comparison, ``and``, ``or``, ``not``, ``negative``, ``positive``, ``round``,
    ``indicator``, ``exp``, or ``if`` (condition, then, otherwise).
    """

    operator: str
    operands: tuple[SOp, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(eq=False, slots=True, repr=False)
class Lookup(SOp):
    """``container[index]`` position by position, for a list, a string or a dictionary of atoms."""

    container: Any
    index: SOp

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.index,)


@dataclass(eq=False, slots=True, repr=False)
class Member(SOp):
    """Whether the value at each position is among some atoms."""

    item: SOp
    atoms: tuple[Atom, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.item,)


@dataclass(eq=False, slots=True, repr=False)
class Aggregate(SOp):
    """Row by row the mean over the selected positions; ``default`` (None: 0) where nothing is selected."""

    selector: Selector
    value: SOp
    default: Atom | None

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.selector, self.value)


@dataclass(eq=False, slots=True, repr=False)
class Select(Selector):
    """True where ``key_j operator query_i``."""

    key: SOp
    query: SOp
    operator: str

    @property
    def inputs(self) -> tuple[Node, ...]:
        return (self.key, self.query)


@dataclass(eq=False, slots=True, repr=False)
class Combined(Selector):
    """``and``, ``or`` or ``not`` of selectors."""

    operator: str
    operands: tuple[Selector, ...]

    @property
    def inputs(self) -> tuple[Node, ...]:
        return self.operands


@dataclass(eq=False, slots=True, repr=False)
class Function:
    """A function of a program: its definition and the scope that it was defined in."""

    definition: Define
    scope: Scope = field(repr=False)

    @property
    def name(self) -> str:
        """Its name where it was defined."""
        return self.definition.name

    def __str__(self) -> str:
        return f"{self.scope.file} function: {self.name}({', '.join(self.definition.parameters)})"


@dataclass(eq=False, slots=True)
class Primitive:
    """A function that is no RASP program: ``exp``."""

    name: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """The values of an s-op at one input, the number system that their symbols live in, and the input."""

    values: tuple[Atom, ...]
    domain: Exact | None = field(default=None, repr=False, compare=False)
    tokens: tuple[Atom, ...] = field(default=(), repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Pattern:
    """The matrix of a selector at one input: bit j of ``rows[i]`` says whether query i selects key j."""

    rows: tuple[int, ...]
    tokens: tuple[Atom, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def matrix(self) -> list[list[int]]:
        """The 0/1 matrix."""
        return [[row >> j & 1 for j in range(len(self.rows))] for row in self.rows]


Value: TypeAlias = Any
"""What a name can stand for: an atom, a list, a dictionary, an s-op, a selector, a function, or what a run gave."""


def ordered(nodes: Series[Node]) -> list[Node]:
    """All nodes of a graph, each after the nodes that it reads.

    >>> position = Indices()
    >>> double = Elementwise("+", (position, position))
    >>> [type(node).__name__ for node in ordered([double])]
    ['Indices', 'Elementwise']
    """
    done: dict[Node, None] = {}
    stack: list[tuple[Node, bool]] = [(node, False) for node in reversed(nodes)]
    while stack:
        node, below = stack.pop()
        if node in done:
            continue
        if below:
            done[node] = None
            continue
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node.inputs) if child not in done)
    return list(done)


def reads_tokens(node: Node) -> bool:
    """Whether a node depends on the input; if not, it depends on the positions and the length alone.

    >>> reads_tokens(Select(Indices(), Indices(), "<")), reads_tokens(Select(Tokens("str"), Indices(), "=="))
    (False, True)
    """
    return any(isinstance(part, Tokens) for part in ordered([node]))
