"""Programs over scalar tokens: a plan with its inputs, its values that a formula describes, and what it computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symsim.claims.construction import Construction, Cut, Placement
from symsim.domains.layout import Size
from symsim.encoder.weights import sparse_weight
from symsim.formulas.building import matrix
from symsim.formulas.syntax import Formula
from symsim.rasp.drafting import layer_of
from symsim.rasp.plans import TOKEN, Plan, Value, largest
from symsim.simulators.tokens import written

Shapes = Mapping[str, tuple[Size, Size]]


@dataclass(frozen=True)
class Mark:
    """A value of the plan that has a counterpart in the specification.

    It stands in its slot after layer ``number`` of its stage; None: after the last one.
    """

    name: str
    value: Value
    formula: Formula
    reason: str
    number: int | None = None


@dataclass(frozen=True)
class Program:
    """A plan with its inputs, its marked values (the last one is the result) and the formula that it computes.

    ``identities`` are slots of width 1 that hold, row by row, the identity of order n at the start; they go with the
    first input, which is n x n.
    """

    name: str
    plan: Plan
    shapes: Shapes
    marks: tuple[Mark, ...]
    computes: Formula
    narrow: bool = False
    identities: tuple[str, ...] = ()
    together: tuple[tuple[str, tuple[str, ...]], ...] = ()


def inputs(shapes: Shapes, *results: Size, times: Mapping[str, Size] | None = None) -> tuple[Plan, dict[str, Value]]:
    """A plan with positions for all entries of the inputs, or of the largest matrix on the way, and the sink.

    ``times`` says of which inputs there are several, where one stands for a symbolic number of them.

    >>> plan, given = inputs({"A": (2, 3), "B": (3, 1)}, 4)
    >>> plan.positions, given["B"].start
    (10, 6)
    """
    start: Size = 0
    values = {}
    for name, (rows, cols) in shapes.items():
        values[name] = Value(TOKEN, rows, cols, start=start)
        start = start + rows * cols * (times or {}).get(name, 1)
    return Plan(largest(start, *results) + 1), values


def named(shapes: Shapes) -> dict[str, Formula]:
    """The inputs as matrix variables."""
    return {name: matrix(name, *shape) for name, shape in shapes.items()}


def construction(program: Program, kind: type[Construction] = Construction) -> Construction:
    """The program of integer sizes written out into an encoder."""
    plan = program.plan
    built = written(
        program.name, plan, program.shapes, program.marks[-1].value, program.computes, _cuts(program), kind
    )
    first, (order, _) = next(iter(program.shapes.items()))
    identities = [Placement(first, slot, "constant", matrix=_identity(order)) for slot in program.identities]
    return replace(
        built,
        placements=(*built.placements, *identities),
        together=program.together,
        realisation="scalars-narrow" if program.narrow else "scalars",
    )


def _cuts(program: Program) -> tuple[Cut, ...]:
    """The marks as cuts, in the order of the layers."""
    found = [
        Cut(m.name, layer_of(program.plan, m.value.ready // 2, m.number), m.value.slot, m.formula, None, m.reason)
        for m in program.marks
    ]
    return tuple(sorted(found, key=lambda cut: cut.layer))


def _identity(order: Any) -> Any:
    """The identity matrix row by row, as a column."""
    return sparse_weight(order * order, 1, {(i * (order + 1), 0): 1 for i in range(order)})
