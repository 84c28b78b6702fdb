"""The sides of a claim: anything that turns named inputs into a matrix, over any number system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from symsim.domains.protocol import Domain
from symsim.formulas.evaluation import Evaluation
from symsim.formulas.substitution import substitute_sizes
from symsim.formulas.syntax import Formula

Rows: TypeAlias = Sequence[int] | None
Prepared: TypeAlias = Callable[[Rows], Any]
"""Gives the result, or (in flat number systems) only some rows of it; shared work is done once."""


@runtime_checkable
class Side(Protocol):
    """One side of a claim other than a formula: a construction, a program."""

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


def prepare(
    side: Formula | Side, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]
) -> Prepared:
    """Get any side ready to evaluate at ``inputs``; the returned function gives the result, whole or by rows."""
    if not isinstance(side, Formula):
        return side.prepare(domain, inputs, scalars)
    evaluation, formula = Evaluation(domain, inputs, scalars), side

    def result(rows: Rows = None) -> Any:
        return evaluation.value(formula, rows)

    return result


def side_at(side: Formula | Side, sizes: Mapping[str, int]) -> Formula | Side:
    """Any side at concrete sizes."""
    return substitute_sizes(side, sizes) if isinstance(side, Formula) else side.at(sizes)
