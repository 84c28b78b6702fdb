"""The sides of a claim: anything that turns named inputs into a matrix, over any number system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from symsim.domains.protocol import Domain

Rows: TypeAlias = Sequence[int] | None
Prepared: TypeAlias = Callable[[Rows], Any]
"""Gives the result, or (in flat number systems) only some rows of it; shared work is done once."""


@runtime_checkable
class Side(Protocol):
    """One side of a claim: a formula, a construction, a program."""

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Get ready to evaluate at ``inputs``; the returned function gives the result, whole or by rows."""
        ...

    def at(self, sizes: Mapping[str, int]) -> Side:
        """The same side at concrete sizes."""
        ...

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns of the result."""
        ...
