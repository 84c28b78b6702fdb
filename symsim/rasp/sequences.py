"""A program as one side of a claim about all inputs over an alphabet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from symsim.errors import BadInput
from symsim.rasp.blame import made_at, place_text
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.loading import Library, exact_values
from symsim.rasp.operators import what
from symsim.rasp.values import SOp


class SequenceProgram:
    """An s-op that a call builds, run on one input after the other; ``RaspError`` where it builds no s-op.

    >>> from symsim.rasp import load
    >>> SequenceProgram(load("library:sequences"), "reverse()").values(("a", "b"))
    ['b', 'a']
    """

    def __init__(self, library: Library, call: str) -> None:
        built = library.expression(call)
        if not isinstance(built, SOp):
            raise RaspError(f"{call} gives {what(built)}: a claim is about an s-op")
        self.call = " ".join(call.split())
        self.built = built

    @classmethod
    def of(cls, built: SOp, text: str) -> SequenceProgram:
        """The side for an s-op that is built already, under the name that statements call it."""
        side = cls.__new__(cls)
        side.call, side.built = " ".join(text.split()), built
        return side

    def __str__(self) -> str:
        return self.call

    def values(self, tokens: tuple[Any, ...]) -> list[Any]:
        """The exact values at an input."""
        return self._values(Run(tokens))

    def values_of_all(self, words: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
        """The exact values at many inputs, one after the other; what no input changes is computed once a length."""
        run: Run | None = None
        for tokens in words:
            fresh = Run(tokens) if run is None else run.again(tokens)
            yield self._values(fresh)
            if run is None or run.size != fresh.size:
                run = fresh

    def _values(self, run: Run) -> list[Any]:
        found = exact_values(run.domain, run.result(self.built))
        for value in found:
            if not isinstance(value, bool | int | str | Fraction):
                raise BadInput(f"{self.call} gives {value}: over an alphabet values are rational or strings")
        return found

    def part(self, tokens: tuple[Any, ...], position: int) -> str:
        """The place of the operation that makes the value at a position."""
        made, _ = made_at(Run(tokens), self.built, position)
        return place_text(made.place or self.built.place)
