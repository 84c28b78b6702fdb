"""Trace, sums of entries and of matrices, multiples and the identity, over scalar tokens: one layer each."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.errors import BadInput
from symsim.formulas.building import formula, identity, matrix, ones
from symsim.formulas.building import trace as trace_formula
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import TOKEN, Carried, Fetch, Note, Plan, Reading, Selection, Term, Units, Value, reading
from symsim.simulators.programs import Mark, Program, construction, inputs
from symsim.simulators.tokens import fixed


def trace(m: int) -> Construction:
    """``tr(A)`` of an m x m matrix: one head takes the mean over the diagonal, times m.

    >>> trace(2)(A=[[1, 2], [3, 4]])
    Matrix([[5]])
    """
    (m,) = fixed("trace_cost", m=m)
    return construction(_trace(m))


def trace_cost(m: Size) -> Cost:
    """What a trace costs, at integer or symbolic order."""
    return counting.count(_trace(as_size(m)).plan)


def total(r: int, c: int) -> Construction:
    """The sum of all entries of an r x c matrix: one head takes the mean over all entries, times r c.

    >>> total(1, 3)(X=[[1, 2, 4]])
    Matrix([[7]])
    """
    r, c = fixed("total_cost", r=r, c=c)
    return construction(_total(r, c))


def total_cost(r: Size, c: Size) -> Cost:
    """What the sum of all entries costs, at integer or symbolic sizes."""
    return counting.count(_total(as_size(r), as_size(c)).plan)


def matrix_sum(r: int, c: int) -> Construction:
    """``A + B`` of two r x c matrices: one head brings b_ij to a_ij, and one unit adds a_ij.

    >>> matrix_sum(1, 2)(A=[[1, 2]], B=[[10, 20]])
    Matrix([[11, 22]])
    """
    r, c = fixed("matrix_sum_cost", r=r, c=c)
    return construction(_sum(r, c))


def matrix_sum_cost(r: Size, c: Size) -> Cost:
    """What the sum of two matrices costs, at integer or symbolic sizes."""
    return counting.count(_sum(as_size(r), as_size(c)).plan)


def plus_identity(m: int, factor: Any = 1, shift: Any = 1) -> Construction:
    """``factor A + shift I`` of an m x m matrix: one unit at every position, and no head. I is part of the encoding.

    >>> plus_identity(2, factor=3, shift=-1)(A=[[1, 2], [3, 4]])
    Matrix([
    [2,  6],
    [9, 11]])
    """
    (m,) = fixed("plus_identity_cost", m=m)
    return construction(_plus_identity(m, _rational("factor", factor), _rational("shift", shift)))


def plus_identity_cost(m: Size) -> Cost:
    """What adding the identity costs, at integer or symbolic order, for a factor and a shift other than 0."""
    return counting.count(_plus_identity(as_size(m), Fraction(1), Fraction(1)).plan)


# -- the programs -----------------------------------------------------------------------------------------------------
def _trace(m: Size) -> Program:
    plan, given = inputs({"A": (m, m)})
    diagonal = Selection(1, m, lambda i, j: 0, lambda t, g: [(i, i) for i in range(int(m))])
    out = _mean(plan, given["A"], diagonal, m, "trace")
    plan.notes.append(Note(0, ("trace",), "Into slot trace: one head takes the mean over the diagonal, times m."))
    return _program("trace", plan, {"A": (m, m)}, out, trace_formula(matrix("A", m, m)), "m times a mean")


def _total(r: Size, c: Size) -> Program:
    plan, given = inputs({"X": (r, c)})
    entries = [(i, j) for i in range(r) for j in range(c)] if isinstance(r * c, int) else []
    out = _mean(plan, given["X"], Selection(1, r * c, lambda i, j: 0, lambda t, g: entries), r * c, "total")
    plan.notes.append(Note(0, ("total",), "Into slot total: one head takes the mean of all entries, times r c."))
    computes = ones(r).T @ matrix("X", r, c) @ ones(c)
    return _program("total", plan, {"X": (r, c)}, out, computes, "r c times a mean")


def _mean(plan: Plan, source: Value, selection: Selection, count: Any, name: str) -> Value:
    """At the first position the mean over selected entries, times their number."""
    carried = (Carried(reading(source), (Term(plan.slot(name), count),)),)
    plan.add(Fetch(0, name, source, 1, 1, selection, carried))
    return Value(name, 1, 1, ready=0)


def _sum(r: Size, c: Size) -> Program:
    shapes = {"A": (r, c), "B": (r, c)}
    plan, given = inputs(shapes)
    same = Selection(r * c, r * c, lambda i, j: int(i * c + j), lambda t, g: [divmod(g, int(c))])
    plan.fetch("sum", given["B"], (r, c), same)
    plan.add(Units(0, "identity", reading(given["A"]), (Term("sum"),)))
    plan.notes.append(Note(0, ("sum",), "Into slot sum: one head brings b_ij to a_ij, and one unit adds a_ij."))
    value = Value("sum", r, c, ready=1)
    return _program("sum", plan, shapes, value, matrix("A", r, c) + matrix("B", r, c), "a head and a unit add up")


def _plus_identity(m: Size, factor: Fraction, shift: Fraction) -> Program:
    plan, given = inputs({"A": (m, m)})
    slots = (TOKEN, factor), (plan.slot("identity"), shift)
    terms = [Term(slot, _exact(by)) for slot, by in slots if by]
    plan.add(Units(0, "identity", Reading(tuple(terms)), (Term(plan.slot("sum")),)))
    plan.notes.append(Note(0, ("sum",), "Into slot sum: one unit adds multiples of the entries of A and I."))
    out = Value("sum", m, m, ready=1)
    computes = formula(factor) * matrix("A", m, m) + formula(shift) * identity(m)
    return _program("plus_identity", plan, {"A": (m, m)}, out, computes, "a linear form", ("identity",))


def _program(
    name: str, plan: Plan, shapes: dict[str, tuple[Size, Size]], out: Value, computes: Formula, why: str, *more: Any
) -> Program:
    return Program(name, plan, shapes, (Mark("Y", out, computes, why),), computes, False, *more)


def _rational(name: str, value: Any) -> Fraction:
    try:
        if isinstance(value, float):
            raise TypeError
        return Fraction(value)
    except (TypeError, ValueError, ZeroDivisionError):
        raise BadInput(f"{name} is a rational number, got {value!r}") from None


def _exact(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)
