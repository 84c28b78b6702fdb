"""Determinant and inverse of any order over scalar tokens, after Faddeev and LeVerrier.

With ``C_1 = A`` and ``e_k = tr(C_k) / k`` let ``N_(k+1) = e_k I - C_k`` and ``C_(k+1) = A N_(k+1)``. Then e_k is the
k-th elementary symmetric polynomial of the eigenvalues (Newton's identities), so ``e_m = det A``, and N_m is the
adjugate: ``A N_m = C_m = det(A) I`` (Cayley-Hamilton). One division by the determinant ends it, and none comes before.
One layer makes C_(k+1) = e_k A - A C_k out of C_k: heads fetch the columns of C_k and the mean of its diagonal.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy
import sympy

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.errors import BadInput, Undefined
from symsim.formulas import building
from symsim.formulas.building import hadamard, identity, matrix, ones, reciprocal, trace
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.rasp import counting
from symsim.rasp.plans import Carried, Fetch, Note, Plan, Reading, Selection, Term, Units, Value, reading
from symsim.simulators.programs import Mark, Program, construction, inputs
from symsim.simulators.tokens import fixed


class Inversion(Construction):
    """The construction of an inverse: called on a singular matrix it says so."""

    def __call__(self, **inputs: Any) -> Any:
        """Encode, run, decode; ``BadInput`` for a singular matrix."""
        try:
            found = super().__call__(**inputs)
        except Undefined:
            found = None
        if found is None or isinstance(found, numpy.ndarray) and not numpy.isfinite(found).all():
            raise BadInput("A is singular: its determinant is 0, so it has no inverse")
        return found


def determinant(m: int) -> Construction:
    """``det(A)`` of an m x m matrix, in m + 1 layers of at most m + 1 heads, by squares alone: no division.

    Source: Faddeev and LeVerrier; Csanky 1976. The published program (arXiv 2506.18739) takes cofactors of order 3.

    >>> determinant(3)(A=[[2, 1, 0], [0, 3, 1], [1, 0, 4]])
    Matrix([[25]])
    """
    (m,) = fixed("determinant_cost", m=m)
    return construction(_determinant(m))


def determinant_cost(m: Size) -> Cost:
    """What a determinant of order m costs, at an integer or a symbol.

    >>> determinant_cost("m").heads
    (m, repeated(m + 1, m - 1), 1)
    """
    return counting.count(_determinant(as_size(m)).plan)


def inverse(m: int) -> Construction:
    """``A^-1`` of an m x m matrix, in m + 2 layers of at most m + 2 heads, with one reciprocal: that of det(A).

    ``BadInput`` when it is called on a singular matrix; its claim holds where det(A) is not 0.
    Source: Faddeev and LeVerrier; Csanky 1976. The published program (arXiv 2506.18739) takes cofactors of order 3.

    >>> inverse(2)(A=[[1, 2], [3, 4]])
    Matrix([
    [ -2,    1],
    [3/2, -1/2]])
    """
    (m,) = fixed("inverse_cost", m=m)
    return construction(_inverse(m), Inversion)


def inverse_cost(m: Size) -> Cost:
    """What an inverse of order m costs, at an integer or a symbol.

    >>> inverse_cost("m").heads
    (m, repeated(m + 2, m - 1), 1, 0)
    """
    return counting.count(_inverse(as_size(m)).plan)


# -- the programs -----------------------------------------------------------------------------------------------------
def _determinant(m: Size) -> Program:
    plan, given = inputs({"A": (m, m)})
    C, _ = _rounds(plan, given["A"], adjugate=False)
    out = plan.fetch("det", C, (1, 1), _diagonal(m))
    plan.notes.append(Note(out.ready // 2, ("det",), f"Into slot det of the first position: {_MEAN}"))
    marks = (*_round_marks(m, C), Mark("Y", out, _e(m, m), _TRACE)) if isinstance(m, int) else ()
    return Program("determinant", plan, {"A": (m, m)}, marks, building.determinant(matrix("A", m, m)))


def _inverse(m: Size) -> Program:
    plan, given = inputs({"A": (m, m)})
    C, N = _rounds(plan, given["A"], adjugate=True)
    det = plan.fetch("det", C, (m, m), _diagonal(m))
    over = plan.apply("reciprocal", det, "over_det")
    out = plan.multiply(N, over, "y")
    plan.notes += [
        Note(
            det.ready // 2,
            (det.slot, over.slot),
            f"Into slot det of every entry: {_MEAN} Into slot over_det: one reciprocal unit, the only division. At the "
            "sink it reads 1, so that there is no 1/0.",
        ),
        Note(out.ready // 2, ("y",), "Into slot y: two square units multiply the adjugate by one over det(A)."),
    ]
    marks = (*_round_marks(m, C, N), *_end(m, over, out)) if isinstance(m, int) else ()
    computes = building.inverse(matrix("A", m, m))
    return Program("inverse", plan, {"A": (m, m)}, marks, computes, identities=(N.slot,))


_MEAN = "one head takes the mean over the diagonal of C_m, which is the determinant: C_m = det(A) I."
_TRACE = "the trace of C_m, divided by m, is the determinant"


def _diagonal(m: Size, everywhere: bool = True) -> Selection:
    """The mean over the diagonal: for every entry, or for the entries of the diagonal alone."""
    return Selection(
        groups=1,
        wishes=m,
        group=lambda i, j: 0 if everywhere or i == j else 1,
        chosen=lambda t, g: [(i, i) for i in range(int(m))],
    )


def _rounds(plan: Plan, A: Value, adjugate: bool) -> tuple[Value, Value]:
    """The layers up to C_m, and N_m where it is wanted: one that prepares, and m - 1 rounds that differ in 1/k only.

    Slot ``row`` gets row i of A at position (i, j), and keeps it. Slot ``c`` holds C_k and slot ``n`` holds N_k; each
    round replaces them, and clears what it has fetched.
    """
    m = A.rows
    rounds: Size = m - 1
    row, column = Term(plan.slot("row", m), moving=True), Term(plan.slot("column", m), moving=True)
    C, e = Value(plan.slot("c"), m, m, ready=1), Value(plan.slot("e"), m, m)
    by_row = Selection(m, m, lambda i, j: i, lambda t, g: [(g, t)])
    by_column = Selection(m, m, lambda i, j: j, lambda t, g: [(t, g)])
    plan.add(
        Fetch(0, "row", A, m, m, by_row, (Carried(reading(A), (row,)),), m),
        Units(0, "identity", reading(A), (Term(C.slot),)),
        Fetch(1, "column", C, m, m, by_column, (Carried(reading(C), (column,)),), m, rounds=rounds),
        _trace_head(C, e.slot, _diagonal(m), rounds),
    )
    plan.squares(1, Reading((row,)), Reading((column,)), C.slot, -1, copies=m, rounds=rounds)
    plan.squares(1, reading(e), reading(A), C.slot, rounds=rounds)
    cleared = [(C.slot, False), ("column", True), (e.slot, False)]
    N = Value("n", m, m, ready=3)
    if adjugate:
        scalar = Term(plan.slot("e_diagonal"))
        plan.add(_trace_head(C, scalar.slot, _diagonal(m, everywhere=False), rounds))
        change = Reading((scalar, Term(C.slot, -1), Term(plan.slot(N.slot), -1)), support=A.support)
        plan.add(Units(1, "identity", change, (Term(N.slot),), rounds=rounds))
        cleared.append((scalar.slot, False))
    for slot, moving in cleared:
        own = Reading((Term(slot, moving=moving),))
        plan.add(Units(1, "identity", own, (Term(slot, -1, moving),), copies=m if moving else 1, rounds=rounds))
    plan.notes += _words(adjugate)
    return Value(C.slot, m, m, ready=3), N


def _trace_head(C: Value, slot: str, where: Selection, rounds: Size) -> Fetch:
    """A head that brings e_k = tr(C_k) / k into a slot: the mean over the diagonal, times m / k."""
    m = C.rows
    carried = Carried(reading(C), (Term(slot),), scale=lambda k: sympy.Rational(int(m), k))
    return Fetch(1, f"trace into {slot}", C, m, m, where, (carried,), rounds=rounds)


def _words(adjugate: bool) -> list[Note]:
    more = (
        " A second such head brings it to the diagonal alone, into slot e_diagonal, and an identity unit replaces "
        "slot n by e_k I - C_k."
    )
    return [
        Note(0, ("row", "c"), "Into slot row: m heads bring row i of A to position (i, j). Into slot c: C_1 = A."),
        Note(
            1,
            ("column", "e", "c"),
            "Round k. Into slot column: m heads bring column j of C_k to position (i, j). Into slot e: one head takes "
            "the mean over the diagonal, times m / k, which is e_k. Square units multiply row by column and e_k by "
            "a_ij, and replace slot c by C_(k+1) = e_k A - A C_k. Identity units clear what was fetched."
            + more * adjugate,
            lasting=True,
        ),
    ]


# -- the specification ------------------------------------------------------------------------------------------------
def _round_marks(m: int, C: Value, N: Value | None = None) -> list[Mark]:
    """C_(k+1) after round k, by the name of C_k; and N_m after the last one."""
    A, found = matrix("A", m, m), []
    for k in range(1, m):
        formula = _e(k, m) * A - A @ _C(k, m)
        found.append(Mark(f"C{k + 1}", C, formula, "squares and one mean over the diagonal", number=k))
    if N is not None and m > 1:
        formula = _e(m - 1, m) * identity(m) - _C(m - 1, m)
        found.append(Mark("N", N, formula, "e I - C, by an identity unit"))
    return found


def _end(m: int, over: Value, out: Value) -> list[Mark]:
    N = identity(m) if m == 1 else matrix("N", m, m)
    return [
        Mark("R", over, reciprocal(_e(m, m) * ones(m, m)), f"{_TRACE}; one reciprocal unit"),
        Mark("Y", out, hadamard(N, matrix("R", m, m)), "the adjugate, divided by the determinant"),
    ]


def _C(k: int, m: int) -> Formula:
    """C_k, by the name of its cut."""
    return matrix("A" if k == 1 else f"C{k}", m, m)


def _e(k: int, m: int) -> Formula:
    """e_k."""
    return Fraction(1, k) * trace(_C(k, m))
