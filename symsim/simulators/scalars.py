"""Realisation P: tokens are scalar entries of the inputs, average-hard heads route them, exact units compute.

Every piece is a RASP program with position-only selectors, lowered: entries in row-major order, one position each,
one-hot positions, one sink token that a query with nothing to fetch falls back to. The published programs (arXiv
2506.18739) fix one dimension and are written out by hand; here all sizes are parameters of the generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.encoder.layouts import TokenLayout
from symsim.errors import BadInput
from symsim.formulas.building import matrix
from symsim.formulas.building import softmax as softmax_formula
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.drafting import draft, layer_of, one_hot, words
from symsim.rasp.plans import TOKEN, Plan, Value, largest
from symsim.simulators import pieces

Shapes = Mapping[str, tuple[Size, Size]]


@dataclass(frozen=True)
class _Mark:
    """A value of the plan that has a counterpart in the specification."""

    name: str
    value: Value
    formula: Formula
    reason: str
    narrow: bool = False


@dataclass(frozen=True)
class _Program:
    """A plan with its inputs, its marked values (the last one is the result) and the formula that it computes."""

    name: str
    plan: Plan
    shapes: Shapes
    marks: tuple[_Mark, ...]
    computes: Formula
    narrow: bool = False


def universal(n: int, d: int, d_v: int, narrow: bool = False) -> Construction:
    """The universal simulator U_P: ``softmax(X A X^T) X V`` from the entries of X (n x d), A (d x d), V (d x d_v).

    Six layers: transposition, X A and X V side by side; (X A) X^T; softmax in three; the product with X V. Narrow:
    2 d + n + 3 layers of at most 5 heads.

    >>> universal(2, 2, 2).cost.heads
    (9, 4, 0, 1, 0, 4)
    """
    n, d, d_v = _fixed("universal_cost", n=n, d=d, d_v=d_v)
    return _construction(_universal(n, d, d_v, narrow))


def universal_cost(n: Size, d: Size, d_v: Size, narrow: bool = False) -> Cost:
    """What U_P costs, at integer or symbolic sizes, counted by the same loops that build it.

    >>> universal_cost("n", "d", "d_v").heads
    (4*d + 1, 2*d, 0, 1, 0, 2*n)
    """
    return counting.count(_universal(as_size(n), as_size(d), as_size(d_v), narrow).plan)


def transposition(r: int, c: int) -> Construction:
    """``X^T`` of an r x c matrix: one layer, one head.

    >>> transposition(1, 2)(X=[[5, 7]])
    Matrix([
    [5],
    [7]])
    """
    r, c = _fixed("transposition_cost", r=r, c=c)
    return _construction(_transposition(r, c))


def transposition_cost(r: Size, c: Size) -> Cost:
    """What a transposition costs, at integer or symbolic sizes."""
    return counting.count(_transposition(as_size(r), as_size(c)).plan)


def product(r: int, k: int, c: int, narrow: bool = False) -> Construction:
    """``A B`` of an r x k and a k x c matrix: one layer of 2 k heads, or k layers of 2 heads.

    >>> product(1, 2, 1)(A=[[1, 2]], B=[[3], [4]])
    Matrix([[11]])
    """
    r, k, c = _fixed("product_cost", r=r, k=k, c=c)
    return _construction(_product(r, k, c, narrow))


def product_cost(r: Size, k: Size, c: Size, narrow: bool = False) -> Cost:
    """What a product costs, at integer or symbolic sizes."""
    return counting.count(_product(as_size(r), as_size(k), as_size(c), narrow).plan)


def row_softmax(r: int, c: int) -> Construction:
    """``softmax(X)`` by rows of an r x c matrix, in three layers.

    >>> row_softmax(1, 2)(X=[[0, 0]])
    Matrix([[1/2, 1/2]])
    """
    r, c = _fixed("row_softmax_cost", r=r, c=c)
    return _construction(_row_softmax(r, c))


def row_softmax_cost(r: Size, c: Size) -> Cost:
    """What a row softmax costs, at integer or symbolic sizes."""
    return counting.count(_row_softmax(as_size(r), as_size(c)).plan)


def _fixed(cost: str, **given: Any) -> list[int]:
    """The sizes as integers; an encoder over scalar tokens has one position an entry, so none at symbolic size."""
    found = {name: as_size(size) for name, size in given.items()}
    loose = [f"{name} = {size}" for name, size in found.items() if not isinstance(size, int)]
    if loose:
        raise BadInput(
            f"an encoder over scalar tokens needs integer sizes, got {', '.join(loose)}: give integers, or ask "
            f"scalars.{cost} for its cost at symbolic sizes"
        )
    return list(found.values())


# -- the programs -----------------------------------------------------------------------------------------------------
def _inputs(shapes: Shapes, *results: Size) -> tuple[Plan, dict[str, Value]]:
    """A plan with positions for all entries of the inputs, or of the largest matrix on the way, and the sink."""
    start: Size = 0
    values = {}
    for name, (rows, cols) in shapes.items():
        values[name] = Value(TOKEN, rows, cols, start=start)
        start = start + rows * cols
    return Plan(largest(start, *results) + 1), values


def _transposition(r: Size, c: Size) -> _Program:
    plan, given = _inputs({"X": (r, c)})
    formula = matrix("X", r, c).T
    out = pieces.transposition(plan, given["X"], "xt")
    return _Program("transposition", plan, {"X": (r, c)}, (_Mark("Y", out, formula, _PERMUTE),), formula)


def _product(r: Size, k: Size, c: Size, narrow: bool) -> _Program:
    shapes = {"A": (r, k), "B": (k, c)}
    plan, given = _inputs(shapes, r * c)
    formula = matrix("A", r, k) @ matrix("B", k, c)
    out = pieces.product(plan, given["A"], given["B"], "ab", narrow)
    return _Program("product", plan, shapes, (_Mark("Y", out, formula, _SUM, narrow),), formula, narrow)


def _row_softmax(r: Size, c: Size) -> _Program:
    plan, given = _inputs({"X": (r, c)})
    formula = softmax_formula(matrix("X", r, c))
    out = pieces.row_softmax(plan, given["X"], "w")
    return _Program("row_softmax", plan, {"X": (r, c)}, (_Mark("Y", out, formula, _SOFTMAX),), formula)


def _universal(n: Size, d: Size, d_v: Size, narrow: bool) -> _Program:
    shapes = {"X": (n, d), "A": (d, d), "V": (d, d_v)}
    plan, given = _inputs(shapes, n * n, n * d_v)
    XT = pieces.transposition(plan, given["X"], "xt")
    XA = pieces.product(plan, given["X"], given["A"], "xa", narrow)
    XV = pieces.product(plan, given["X"], given["V"], "xv", narrow)
    S = pieces.product(plan, XA, XT, "s", narrow)
    W = pieces.row_softmax(plan, S, "w")
    Y = pieces.product(plan, W, XV, "y", narrow)
    x, a, v = (matrix(name, *shape) for name, shape in shapes.items())
    marks = (
        _Mark("XT", XT, x.T, _PERMUTE),
        _Mark("XA", XA, x @ a, _SUM, narrow),
        _Mark("XV", XV, x @ v, _SUM, narrow),
        _Mark("S", S, matrix("XA", n, d) @ matrix("XT", d, n), _SUM, narrow),
        _Mark("W", W, softmax_formula(matrix("S", n, n)), _SOFTMAX),
        _Mark("Y", Y, matrix("W", n, n) @ matrix("XV", n, d_v), _SUM, narrow),
    )
    return _Program("U_P", plan, shapes, marks, softmax_formula(x @ a @ x.T) @ x @ v, narrow)


_PERMUTE = "one head permutes the entries"
_SUM = "the entry at (i, j) is the sum over t of what the heads of t brought there, multiplied by squares"
_SOFTMAX = "exp, times the reciprocal of the sum over the own row"


# -- writing out ------------------------------------------------------------------------------------------------------
def _construction(program: _Program) -> Construction:
    plan = program.plan
    used = sum(rows * cols for rows, cols in program.shapes.values())
    groups = [(name, rows * cols) for name, (rows, cols) in program.shapes.items()]
    if used + 1 < plan.positions:
        groups.append(("pads", plan.positions - used - 1))
    tokens = TokenLayout((*groups, ("sink", 1)))
    result = program.marks[-1].value
    return Construction(
        name=program.name,
        encoder=draft(plan, tokens),
        inputs=tuple(program.shapes.items()),
        placements=(*(Placement(name, TOKEN, "flat", name) for name in program.shapes), *one_hot(tokens)),
        readout=Readout(result.slot, (result.rows, result.cols)),
        computes=program.computes,
        cuts=tuple(
            Cut(m.name, layer_of(plan, m.value.ready // 2, m.narrow), m.value.slot, m.formula, None, m.reason)
            for m in program.marks
        ),
        realisation="scalars-narrow" if program.narrow else "scalars",
        layer_notes=tuple(words(plan)),
    )
