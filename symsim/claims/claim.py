"""A claim: two sides, the inputs they share, and what it ranges over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from symsim.claims.sides import side_at
from symsim.encoder.instantiating import at_size
from symsim.encoder.weights import same_size
from symsim.errors import BadInput, nearest
from symsim.formulas.sizes import check_name, shape_text, size_names, size_text
from symsim.formulas.substitution import free_sizes
from symsim.formulas.syntax import Formula

MOST_ENTRIES = 2**24
"""A matrix of fixed size has at most so many entries, such as 4096 x 4096."""


def _parts(side: Any) -> Iterator[Formula]:
    """All parts of a formula, each once; nothing for other sides."""
    waiting, seen = [side] if isinstance(side, Formula) else [], set()
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += part.parts


@dataclass(frozen=True)
class Claim:
    """``left = right`` for all real inputs of the given shapes (and all sizes >= 1 where they are symbols).

    ``scalars`` are free real scalars such as tau. ``binary`` names inputs whose entries are 0 and 1 (masks); with
    ``nonempty_rows`` each of their rows has a 1. ``machine`` and ``cost`` describe the encoder, where there is one.
    Raises ``BadInput`` for sides of different shape and for a name that stands for two things.
    """

    name: str
    left: Any
    right: Any
    inputs: tuple[tuple[str, tuple[Any, Any]], ...]
    scalars: tuple[str, ...] = ()
    binary: tuple[str, ...] = ()
    nonempty_rows: bool = False
    machine: Any = None
    cost: Any = None
    written: tuple[str, str] | None = None
    """The two sides as their author wrote them, for statements."""

    def __post_init__(self) -> None:
        for name, (rows, cols) in self.inputs:
            if any(isinstance(size, int) and size < 1 for size in (rows, cols)):
                raise BadInput(f"{name} is {rows} x {cols}: a matrix has at least one row and one column")
        self._check_names()
        left, right = tuple(self.left.shape), tuple(self.right.shape)
        if not all(same_size(a, b) for a, b in zip(left, right, strict=True)):
            raise BadInput(f"the two sides have different shapes: {shape_text(left)} and {shape_text(right)}")
        self._check_entries()

    def _check_entries(self) -> None:
        """At fixed sizes every matrix is written out, entry by entry, by some method."""
        if not self.fixed:
            return
        found: list[tuple[Any, tuple[Any, Any]]] = list(self.inputs)
        found += [(part, part.shape) for side in (self.left, self.right) for part in _parts(side)]
        for what, (rows, cols) in found:
            if rows * cols > MOST_ENTRIES:
                text = str(what)
                shown = text if len(text) <= 40 else text[:36] + " ..."
                raise BadInput(f"{shown} is {rows} x {cols}: at fixed sizes there are at most {MOST_ENTRIES} entries")

    def _check_names(self) -> None:
        """Two meanings of one name would be taken for one value."""
        names = [check_name(name, "matrix") for name, _ in self.inputs]
        names += [check_name(name, "scalar") for name in self.scalars]
        names += self.free_sizes
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"'{name}' names two things in one claim: use two names")
        missing = [name for name in self.binary if name not in names]
        if missing:
            raise BadInput(f"'{missing[0]}' is to have entries 0 and 1 and is no input: {nearest(missing[0], names)}")

    @property
    def domain(self) -> dict[str, Any] | None:
        """The finite set of inputs that the claim is about, as data; None where it is about all real numbers."""
        return None

    @property
    def approximate(self) -> bool:
        """Whether the claim states a distance instead of equality."""
        return False

    @property
    def free_sizes(self) -> tuple[str, ...]:
        """The names of the size symbols, sorted."""
        found: set[str] = set()
        for _, shape in self.inputs:
            for size in shape:
                found.update(size_names(size))
        for side in (self.left, self.right):
            found.update(free_sizes(side) if isinstance(side, Formula) else ())
        for size in self.left.shape:
            found.update(size_names(size))
        return tuple(sorted(found))

    @property
    def fixed(self) -> bool:
        """Whether all sizes are integers."""
        return not self.free_sizes

    def at(self, sizes: Mapping[str, int]) -> Claim:
        """The claim at concrete sizes (for some or all of its size symbols)."""
        if self.fixed:
            return self
        unknown = sorted(set(sizes) - set(self.free_sizes))
        if unknown:
            raise BadInput(f"the claim has no size {', '.join(unknown)}; its sizes are {', '.join(self.free_sizes)}")
        inputs = tuple((name, (at_size(r, sizes), at_size(c, sizes))) for name, (r, c) in self.inputs)
        left, right = side_at(self.left, sizes), side_at(self.right, sizes)
        return replace(self, left=left, right=right, inputs=inputs, cost=getattr(left, "cost", self.cost))

    def quantifiers(self) -> str:
        """What the claim ranges over, in words."""
        real = [name for name, _ in self.inputs if name not in self.binary]
        parts = []
        if self.free_sizes:
            parts.append(f"all {', '.join(self.free_sizes)} >= 1")
        if real or self.scalars:
            parts.append(f"all real {', '.join([*real, *self.scalars])}")
        if self.binary:
            rows = " with a 1 in each row" if self.nonempty_rows else ""
            parts.append(f"all {', '.join(self.binary)} with entries 0 and 1{rows}")
        if not parts:
            return ""
        return "for " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1])

    def statement(self) -> str:
        """The claim in one line of text."""
        right = self.written[1] if self.written else str(self.right)
        shapes = ", ".join(f"{name}: {shape_text(shape)}" for name, shape in self.inputs)
        tail = f" {self.quantifiers()}" if self.quantifiers() else ""
        return f"{self._left_text()} = {right}{tail}{f' ({shapes})' if shapes else ''}"

    def _left_text(self) -> str:
        """The left side; a construction is named, because its weights would fill pages."""
        if hasattr(self.left, "encoder"):
            return f"{self.left.name}({', '.join(name for name, _ in self.inputs)})"
        return self.written[0] if self.written else str(self.left)

    def sizes_text(self) -> Any:
        """The sizes as data: ``"all"`` with symbols, else the shapes of the inputs."""
        if self.free_sizes:
            return "all"
        return {name: [size_text(r), size_text(c)] for name, (r, c) in self.inputs}
