"""The determinant over the exact field: elimination with rational pivots, then expansion by minors."""

from __future__ import annotations

from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element, Field, Value
from symsim.errors import BadInput

MOST_MINORS = 100_000
"""At most so many minors of one height are held; a symbolic matrix with all entries reaches this at order 20."""


def determinant(field: Field, a: ExactMatrix) -> Value:
    """The determinant of a square matrix; nothing but rational numbers is divided by, so that it holds everywhere.

    Raises ``BadInput`` for a matrix that is not square, and for one with too many symbols.

    >>> from symsim.domains.exact import Exact
    >>> K = Exact()
    >>> determinant(K.field, K.given([[2, 1, 0], [0, 3, 1], [1, 0, 4]], 3, 3))
    25
    >>> K.to_sympy(K.determinant(K.variable("A", 2, 2)))
    Matrix([[A_1,1*A_2,2 - A_1,2*A_2,1]])
    """
    if a.width != a.height:
        raise BadInput(f"the determinant needs a square matrix, got {a.height} x {a.width}")
    table: list[list[Value]] = [[a[i, j] for j in range(a.width)] for i in range(a.height)]
    factor: Value = 1
    while (place := _rational_pivot(table)) is not None:
        i, j = place
        pivot = table[i][j]
        factor = field.multiply(factor, pivot if (i + j) % 2 == 0 else -pivot)
        table = _eliminated(field, table, i, j)
    return field.reduce(field.multiply(factor, _by_minors(field, table)))


def _rational_pivot(table: list[list[Value]]) -> tuple[int, int] | None:
    """The first entry that is a rational number other than 0."""
    places = ((i, j) for i, row in enumerate(table) for j, v in enumerate(row) if type(v) is not Element and v)
    return next(places, None)


def _eliminated(field: Field, table: list[list[Value]], i: int, j: int) -> list[list[Value]]:
    """The matrix without row i and column j, after multiples of row i made the rest of column j 0."""
    reciprocal = field.invert(table[i][j])
    first = [field.multiply(reciprocal, v) for v in table[i]]
    out = []
    for row in (row for k, row in enumerate(table) if k != i):
        minus = field.multiply(-1, row[j])
        pairs = [(v, w) for k, (v, w) in enumerate(zip(row, first, strict=True)) if k != j]
        out.append([v if _zero(minus) or _zero(w) else field.dot([(v, 1), (minus, w)]) for v, w in pairs])
    return out


def _by_minors(field: Field, table: list[list[Value]]) -> Value:
    """The sum over all permutations, row by row: bit j of a key says that a minor uses column j."""
    minors: dict[int, Value] = {0: 1}
    for row in table:
        terms: dict[int, list[tuple[Value, Value]]] = {}
        for columns, minor in minors.items():
            for j, v in enumerate(row):
                if columns >> j & 1 or _zero(v):
                    continue
                odd = (columns >> j).bit_count() % 2
                terms.setdefault(columns | 1 << j, []).append((field.multiply(-1, v) if odd else v, minor))
        if len(terms) > MOST_MINORS:
            raise BadInput(f"the determinant of order {len(table)} with symbols needs more than {MOST_MINORS} minors")
        minors = {columns: field.reduce(field.dot(pairs)) for columns, pairs in terms.items()}
    return minors.get((1 << len(table)) - 1, 0)


def _zero(value: Value) -> bool:
    return type(value) is not Element and not value
