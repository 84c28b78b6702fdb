"""ReLU of every number, over scalar tokens: one unit, no head."""

from __future__ import annotations

from fractions import Fraction

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.formulas.building import apply, matrix
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import TOKEN, Note, Plan, Value
from symsim.simulators.tokens import fixed, written


def relu_unit(r: int, c: int) -> Construction:
    """The positive part of every entry of X (r x c): one layer, one relu unit.

    >>> relu_unit(1, 3)(X=[[-1, 0, 5]])
    Matrix([[0, 0, 5]])
    """
    r, c = fixed("rectifier.relu_cost", r=r, c=c)
    plan, result = _plan(r, c)
    return written("relu", plan, {"X": (r, c)}, result, relu_of(r, c))


def relu_of(r: Size, c: Size) -> Formula:
    """What the unit computes, said without relu: half of the number and its distance from 0.

    >>> relu_of("r", "c")
    <1/2 * (X + abs(X)): r x c>
    """
    X = matrix("X", as_size(r), as_size(c))
    return Fraction(1, 2) * (X + apply("abs", X))


def relu_cost(r: Size, c: Size) -> Cost:
    """What it costs, at integer or symbolic sizes.

    >>> relu_cost("r", "c").ffn_units
    (1,)
    """
    return counting.count(_plan(as_size(r), as_size(c))[0])


def _plan(r: Size, c: Size) -> tuple[Plan, Value]:
    plan = Plan(r * c + 1)
    result = plan.apply("relu", Value(TOKEN, r, c), "y")
    plan.notes.append(Note(0, ("y",), "Into slot y: one relu unit at every position."))
    return plan, result
