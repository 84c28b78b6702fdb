"""Which arguments of exponentials, softmax rows and opaque functions count as equal, and what stands for the values.

A modular run cannot compute ``exp``. It replaces every such value by a fresh random one, the same one for arguments
that are equal. Which are equal is guessed once, in a run that *learns*; every run that *checks* compares the residues
of all arguments that were declared equal and raises :class:`Different` where they differ. So the guess itself needs no
trust: a false one is caught, with the error probability that the documentation on trust proves.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symsim.errors import SymsimError

ZERO = -1
"""The class of arguments that are 0 (for a softmax row: all scores equal), whose value is known."""


class Different(SymsimError):
    """Arguments that were declared equal, or constant, are not."""


@dataclass(frozen=True)
class Node:
    """The classes of the arguments of one operation, in the order of its entries; ``kind`` tells functions apart."""

    kind: Hashable
    classes: Any


@dataclass(frozen=True)
class Constants:
    """Scores that are ``numbers / denominator``; ``counts[i, j]`` is how many keys share the weight of query i."""

    numbers: Any
    denominator: int
    counts: dict[tuple[int, int], int]


@dataclass
class Abstraction:
    """What a learning run declares and checking runs verify; operations come in the same order in every run.

    ``seed`` keys all random values. Random values are counter-based (Philox), so that any of them can be made again.
    """

    seed: int
    learning: bool = True
    nodes: list[Any] = field(default_factory=list)
    place: int = 0
    _known: dict[Hashable, dict[bytes, int]] = field(default_factory=dict)
    _first: dict[Hashable, Any] = field(default_factory=dict)
    _streams: dict[Hashable, int] = field(default_factory=dict)

    def restart(self, seed: int) -> None:
        """Get ready for a checking run with randomness of its own."""
        self.seed, self.learning, self.place = seed, False, 0
        self._first = {}

    # -- declared equalities --------------------------------------------------------------------------------------
    def classes(self, kind: Hashable, marks: Any) -> Any:
        """The class of each argument; ``marks`` are their residues, batch x count, zero where the argument is 0."""
        if self.learning:
            found = self._learned(kind, marks)
            self.nodes.append(Node(kind, found))
            return found
        node = self._next()
        if not isinstance(node, Node) or node.kind != kind or len(node.classes) != marks.shape[1]:
            raise Different("a checking run took another way than the learning run")
        self._verify(node, marks)
        return node.classes

    def constants(self, guess: Callable[[], Constants | None]) -> Constants | None:
        """What scores are declared to be, or None; a learning run guesses, and the caller checks."""
        if self.learning:
            self.nodes.append(guess())
            return self.nodes[-1]  # type: ignore[no-any-return]
        found = self._next()
        if found is not None and not isinstance(found, Constants):
            raise Different("a checking run took another way than the learning run")
        return found

    def _next(self) -> Any:
        if self.place >= len(self.nodes):
            raise Different("a checking run took another way than the learning run")
        self.place += 1
        return self.nodes[self.place - 1]

    def _learned(self, kind: Hashable, marks: Any) -> Any:
        known = self._known.setdefault(kind, {})
        columns = np.ascontiguousarray(marks.T.astype(np.int64))
        found = np.full(len(columns), ZERO, dtype=np.int64)
        for k in np.flatnonzero(columns.any(axis=1)).tolist():
            found[k] = known.setdefault(columns[k].tobytes(), len(known))
        return found

    def _verify(self, node: Node, marks: Any) -> None:
        zero = node.classes == ZERO
        if marks[:, zero].any():
            raise Different("an argument that was declared 0 is not")
        chosen, places = node.classes[~zero], marks[:, ~zero]
        if not len(chosen):
            return
        first = self._first.get(node.kind)
        size = int(chosen.max()) + 1
        if first is None or first.shape[1] < size:
            grown = np.full((marks.shape[0], size), -1.0)
            if first is not None:
                grown[:, : first.shape[1]] = first
            first = self._first[node.kind] = grown
        new = first[0, chosen] < 0
        first[:, chosen[new][::-1]] = places[:, new][:, ::-1]  # of several new ones the first stays
        if (first[:, chosen] != places).any():
            raise Different("two arguments that were declared equal are not")

    # -- random values --------------------------------------------------------------------------------------------
    def stream(self, kind: Hashable) -> int:
        """A number for every kind of random values, the same in every run."""
        return self._streams.setdefault(kind, len(self._streams))

    def random(self, kind: Hashable, batch: int, p: Any, start: int, stop: int, width: int = 1) -> Any:
        """Residues number ``start`` to ``stop`` of a stream, each of ``width`` values: batch x (stop - start) x width.

        A value is uniform up to 2^-31: each residue has probability at most 1/p + 2^-31.
        """
        blocks = -(-width // 8)  # a step of the counter gives eight values of 32 bits
        out = np.empty((batch, stop - start, width))
        for k in range(batch):
            keys = np.random.SeedSequence([self.seed, self.stream(kind), k]).generate_state(2, np.uint64)
            generator = np.random.Philox(key=keys)
            generator.advance(start * blocks)
            raw = generator.random_raw((stop - start) * blocks * 4).view(np.uint32).reshape(stop - start, blocks * 8)
            np.multiply(raw[:, :width], float(p[k, 0, 0]) / 2**32, out=out[k])
        return np.floor(out, out=out)
