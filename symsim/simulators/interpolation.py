"""Piecewise-linear interpolation on a grid, over scalar tokens: exact as such, and close to every Lipschitz function.

The grid has the points ``a_k = low + k s`` with ``s = (high - low) / m`` for k = 0, .., m. Between two of them the
interpolant is linear, outside it is constant. With ``c_k = (relu(x - a_k) - relu(x - a_(k+1))) / s``, the part of
interval k that lies left of x, it is ``F_0 + sum of c_k (F_(k+1) - F_k)``. How far it is from a Lipschitz function
with these values: see :mod:`symsim.simulators.lipschitz_distance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.errors import BadInput
from symsim.formulas.building import add, apply, blocks, hadamard, matrix, number, ones, relu
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import TOKEN, Carried, Fetch, Note, Plan, Reading, Selection, Term, Units, Value, reading
from symsim.simulators.tokens import fixed, written


def lipschitz(
    n: int, intervals: int, low: Any = -1, high: Any = 1, values: Sequence[Any] | None = None
) -> Construction:
    """The interpolant at every entry of X (1 x n), on a grid of ``intervals`` steps from ``low`` to ``high``.

    Without ``values`` the function is an input too: F (1 x (intervals + 1)) holds its values on the grid, the weights
    know the grid alone, and there are two layers. With ``values``, rationals, they stand in the weights: one layer
    without heads. Raises ``BadInput`` for grids and values that are none.

    >>> lipschitz(3, 2)(X=[[0, 1, 3]], F=[[4, 0, 1]])
    Matrix([[0, 1, 1]])
    >>> lipschitz(2, 2, 0, 4, values=[1, 5, 3])(X=[[1, 3]])
    Matrix([[3, 4]])
    """
    n, intervals = fixed("interpolation.lipschitz_cost", n=n, intervals=intervals)
    points = grid(intervals, low, high)
    if values is None:
        shapes: dict[str, tuple[Size, Size]] = {"X": (1, n), "F": (1, intervals + 1)}
        plan, result = _of_inputs(n, intervals, points[0], points[1] - points[0])
        return written(_name(points), plan, shapes, result, interpolant(n, points))
    known = [_rational(value, "value") for value in values]
    if len(known) != intervals + 1:
        raise BadInput(f"a grid of {intervals} intervals has {intervals + 1} values, got {len(known)}")
    plan, result = _of_values(n, points, known)
    return written("interpolation", plan, {"X": (1, n)}, result, interpolant(n, points, known))


def _name(points: Sequence[Fraction]) -> str:
    """Two grids, two names: encoders of one name are taken for one family."""
    ends = "" if -points[0] == points[-1] == 1 else f"_from_{points[0]}_to_{points[-1]}"
    return f"lipschitz_{len(points) - 1}{ends}"


def lipschitz_cost(n: Size, intervals: Size, low: Any = -1, high: Any = 1) -> Cost:
    """What the encoder that has the function as an input costs, at integer or symbolic sizes.

    At a symbolic number of intervals no point of the grid is taken to be 0: one that is saves its two biases.

    >>> lipschitz_cost("n", "m").heads
    (2, m + 1)
    """
    n, intervals = as_size(n), as_size(intervals)
    if isinstance(intervals, int):
        points = grid(intervals, low, high)
        return counting.count(_of_inputs(n, intervals, points[0], points[1] - points[0])[0])
    return counting.count(_of_inputs(n, intervals, Fraction(1), Fraction(1))[0])


def grid(intervals: int, low: Any, high: Any) -> tuple[Fraction, ...]:
    """The points of the grid, evenly spaced from ``low`` to ``high``.

    >>> [str(point) for point in grid(2, 0, 1)]
    ['0', '1/2', '1']
    """
    start, end = _rational(low, "end"), _rational(high, "end")
    if not start < end:
        raise BadInput(f"a grid runs from a smaller to a larger number, got {start} and {end}")
    return tuple(start + (end - start) * Fraction(k, intervals) for k in range(intervals + 1))


def interpolant(n: Size, points: Sequence[Fraction], values: Sequence[Any] | None = None) -> Formula:
    """The interpolant of X (1 x n) by cases: for each interval a line where ``step`` says that x lies in it.

    ``values`` are rationals or 1 x 1 formulas; without them they are the entries of F.
    """
    F, X, every = _values(points, values), matrix("X", 1, as_size(n)), ones(1, as_size(n))
    right_of = [apply("step", X - point * every if point else X) for point in points]
    terms: list[Formula] = [F[0] * (every - right_of[0])]
    for k, point in enumerate(points[:-1]):
        slope = (F[k + 1] - F[k]) * (1 / (points[k + 1] - point))
        line = F[k] * every + slope * (X - point * every if point else X)
        terms.append(hadamard(right_of[k] - right_of[k + 1], line))
    return add(*terms, F[-1] * right_of[-1])


def by_parts(n: Size, points: Sequence[Fraction], values: Sequence[Any] | None = None) -> Formula:
    """The same as the encoder forms it: the first value, and of each rise the part whose interval lies left of x."""
    F, X, every = _values(points, values), matrix("X", 1, as_size(n)), ones(1, as_size(n))
    beyond = [relu(X - point * every if point else X) for point in points]
    terms = [F[0] * every]
    for k in range(len(points) - 1):
        slope = (F[k + 1] - F[k]) * (1 / (points[k + 1] - points[k]))
        terms.append(slope * (beyond[k] - beyond[k + 1]))
    return add(*terms)


def _values(points: Sequence[Fraction], values: Sequence[Any] | None) -> list[Formula]:
    count = len(points)
    if values is not None:
        return [value if isinstance(value, Formula) else number(value) for value in values]
    F = matrix("F", 1, count)
    return [F @ blocks([[int(j == k)] for j in range(count)]) for k in range(count)]


def _rational(value: Any, what: str) -> Fraction:
    """A rational from an integer, a fraction or their text; a float is refused."""
    if isinstance(value, bool | float):
        raise BadInput(f"every {what} of a grid is an exact number: write Fraction('{value}'), not {value!r}")
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"every {what} of a grid is a rational number, got {value!r}") from None


# -- the plans --------------------------------------------------------------------------------------------------------
def _of_inputs(n: Size, m: Size, low: Fraction, s: Fraction) -> tuple[Plan, Value]:
    """Layer 1: rises of the function, and the parts of the intervals left of x. Layer 2: their products."""
    plan = Plan(n + m + 2)
    F, rise = Value(TOKEN, 1, m + 1, start=n), Value(plan.slot("rise"), 1, m, ready=0)
    for name, ahead, sign in (("next", 1, 1), ("this", 0, -1)):
        carried = (Carried(reading(F), (Term("rise", sign),)),)
        plan.steps.append(Fetch(0, name, F, 1, m, _entry_of(m, ahead), carried))
    part = plan.slot("part", m)
    for ahead, sign in ((0, 1), (1, -1)):
        write = (Term(part, _exact(sign / s), moving=True),)
        plan.steps.append(Units(0, "relu", _beyond(low + ahead * s, s), write, m))
    brought, y = Term(plan.slot("rises", m), moving=True), plan.slot("y")
    plan.steps.append(Fetch(1, "rise", rise, 1, n, _copy, (Carried(reading(rise), (brought,)),), m))
    plan.steps.append(Fetch(1, "start", F, 1, n, _first, (Carried(reading(F), (Term(y),)),)))
    plan.squares(1, Reading((brought,)), Reading((Term(part, moving=True),)), y, copies=m)
    plan.notes += [Note(0, ("rise", part), _RISES), Note(1, ("rises", y), _PRODUCTS)]
    return plan, Value(y, 1, n, ready=3)


def _beyond(point: Fraction, s: Fraction) -> Reading:
    """``x - point - t s`` in copy t."""
    return Reading((Term(TOKEN),), flag=lambda t: -_exact(point + t * s))


def _entry_of(m: Size, ahead: int) -> Selection:
    """Place k wants the value at point ``k + ahead``."""
    return Selection(m, m, lambda i, j: j, lambda t, g: [(0, g + ahead)])


_copy = Selection(1, 1, lambda i, j: 0, lambda t, g: [(0, t)])
"""Every place wants entry t in copy t."""
_first = Selection(1, 1, lambda i, j: 0, lambda t, g: [(0, 0)])
"""Every place wants the first entry."""


def _of_values(n: int, points: Sequence[Fraction], values: Sequence[Fraction]) -> tuple[Plan, Value]:
    """One layer: a relu unit a point, with the change of slope there; the first value by an identity unit."""
    plan = Plan(n + 1)
    y, s = plan.slot("y"), points[1] - points[0]
    slopes = [Fraction(0), *((b - a) / s for a, b in zip(values, values[1:], strict=False)), Fraction(0)]
    for k, point in enumerate(points):
        write = (Term(y, _exact(slopes[k + 1] - slopes[k])),)
        plan.steps.append(Units(0, "relu", Reading((Term(TOKEN),), flag=-_exact(point)), write))
    plan.steps.append(Units(0, "identity", Reading((), flag=_exact(values[0])), (Term(y),)))
    plan.notes.append(Note(0, (y,), _BENDS))
    return plan, Value(y, 1, n, ready=1)


def _exact(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)


_RISES = (
    "Two heads form the rises of the function in slot rise: entry k is F_(k+1) - F_k. For every interval two relu "
    "units form the part of it that lies left of the number x, between 0 and 1, in slot part."
)
_PRODUCTS = (
    "For every interval one head brings its rise to every number, and two square units add rise times part to slot y; "
    "one more head brings the first value."
)
_BENDS = "A relu unit for each point of the grid adds the change of slope there, an identity unit the first value."
