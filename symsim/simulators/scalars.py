"""Realisation P: tokens are scalar entries of the inputs, average-hard heads route them, exact units compute.

Every piece is a RASP program with position-only selectors, lowered: entries in row-major order, one position each,
one-hot positions, one sink token that a query with nothing to fetch falls back to. The published programs (arXiv
2506.18739) fix one dimension and are written out by hand; here all sizes are parameters of the generator.
"""

from __future__ import annotations

from symsim.claims.construction import Construction
from symsim.domains.layout import Size
from symsim.encoder.cost import Cost
from symsim.formulas.building import matrix
from symsim.formulas.building import softmax as softmax_formula
from symsim.formulas.sizes import as_size
from symsim.rasp import counting
from symsim.simulators import pieces
from symsim.simulators.programs import Mark, Program, construction, inputs, named
from symsim.simulators.tokens import fixed


def universal(n: int, d: int, d_v: int, narrow: bool = False) -> Construction:
    """The universal simulator U_P: ``softmax(X A X^T) X V`` from the entries of X (n x d), A (d x d), V (d x d_v).

    Six layers: transposition, X A and X V side by side; (X A) X^T; softmax in three; the product with X V. Narrow:
    2 d + n + 3 layers of at most 5 heads.

    >>> universal(2, 2, 2).cost.heads
    (9, 4, 0, 1, 0, 4)
    """
    n, d, d_v = fixed("universal_cost", n=n, d=d, d_v=d_v)
    return construction(_universal(n, d, d_v, narrow))


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
    r, c = fixed("transposition_cost", r=r, c=c)
    return construction(_transposition(r, c))


def transposition_cost(r: Size, c: Size) -> Cost:
    """What a transposition costs, at integer or symbolic sizes."""
    return counting.count(_transposition(as_size(r), as_size(c)).plan)


def product(r: int, k: int, c: int, narrow: bool = False) -> Construction:
    """``A B`` of an r x k and a k x c matrix: one layer of 2 k heads, or k layers of 2 heads.

    >>> product(1, 2, 1)(A=[[1, 2]], B=[[3], [4]])
    Matrix([[11]])
    """
    r, k, c = fixed("product_cost", r=r, k=k, c=c)
    return construction(_product(r, k, c, narrow))


def product_cost(r: Size, k: Size, c: Size, narrow: bool = False) -> Cost:
    """What a product costs, at integer or symbolic sizes."""
    return counting.count(_product(as_size(r), as_size(k), as_size(c), narrow).plan)


def row_softmax(r: int, c: int) -> Construction:
    """``softmax(X)`` by rows of an r x c matrix, in three layers.

    >>> row_softmax(1, 2)(X=[[0, 0]])
    Matrix([[1/2, 1/2]])
    """
    r, c = fixed("row_softmax_cost", r=r, c=c)
    return construction(_row_softmax(r, c))


def row_softmax_cost(r: Size, c: Size) -> Cost:
    """What a row softmax costs, at integer or symbolic sizes."""
    return counting.count(_row_softmax(as_size(r), as_size(c)).plan)


# -- the programs -----------------------------------------------------------------------------------------------------
def _transposition(r: Size, c: Size) -> Program:
    plan, given = inputs({"X": (r, c)})
    formula = matrix("X", r, c).T
    out = pieces.transposition(plan, given["X"], "xt")
    return Program("transposition", plan, {"X": (r, c)}, (Mark("Y", out, formula, pieces.PERMUTED),), formula)


def _product(r: Size, k: Size, c: Size, narrow: bool) -> Program:
    shapes = {"A": (r, k), "B": (k, c)}
    plan, given = inputs(shapes, r * c)
    formula = matrix("A", r, k) @ matrix("B", k, c)
    out = pieces.product(plan, given["A"], given["B"], "ab", narrow)
    return Program("product", plan, shapes, (Mark("Y", out, formula, pieces.SUMMED),), formula, narrow)


def _row_softmax(r: Size, c: Size) -> Program:
    plan, given = inputs({"X": (r, c)})
    formula = softmax_formula(matrix("X", r, c))
    out = pieces.row_softmax(plan, given["X"], "w")
    return Program("row_softmax", plan, {"X": (r, c)}, (Mark("Y", out, formula, pieces.NORMALISED),), formula)


def _universal(n: Size, d: Size, d_v: Size, narrow: bool) -> Program:
    shapes = {"X": (n, d), "A": (d, d), "V": (d, d_v)}
    plan, given = inputs(shapes, n * n, n * d_v)
    XT = pieces.transposition(plan, given["X"], "xt")
    XA = pieces.product(plan, given["X"], given["A"], "xa", narrow)
    XV = pieces.product(plan, given["X"], given["V"], "xv", narrow)
    S = pieces.product(plan, XA, XT, "s", narrow)
    W = pieces.row_softmax(plan, S, "w")
    Y = pieces.product(plan, W, XV, "y", narrow)
    x, a, v = named(shapes).values()
    marks = (
        Mark("XT", XT, x.T, pieces.PERMUTED, number=1),
        Mark("XA", XA, x @ a, pieces.SUMMED),
        Mark("XV", XV, x @ v, pieces.SUMMED),
        Mark("S", S, matrix("XA", n, d) @ matrix("XT", d, n), pieces.SUMMED),
        Mark("W", W, softmax_formula(matrix("S", n, n)), pieces.NORMALISED),
        Mark("Y", Y, matrix("W", n, n) @ matrix("XV", n, d_v), pieces.SUMMED),
    )
    return Program("U_P", plan, shapes, marks, softmax_formula(x @ a @ x.T) @ x @ v, narrow)
