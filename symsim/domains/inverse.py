"""The inverse of a matrix over the exact field: by elimination, or by cofactors where no entry is a rational number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symsim.domains.determinant import determinant
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element, Value
from symsim.errors import BadInput, Undefined

if TYPE_CHECKING:
    from symsim.domains.exact import Exact


def inverse(domain: Exact, a: ExactMatrix, name: str) -> ExactMatrix:
    """The inverse by Gauss-Jordan elimination; by cofactors where no entry is a rational number other than 0.

    Raises ``BadInput`` for a matrix that is not square and ``Undefined`` for one that is singular at every input. The
    determinant is recorded as a side condition unless it is visibly non-zero; ``name`` is what ``a`` is called there.
    """
    size = a.height
    if size != a.width:
        raise BadInput(f"only square matrices have an inverse, got {a.height} x {a.width}")
    field = domain.field
    if all(type(value) is Element or not value for row in a.entries for value in row.values()):
        return _by_cofactors(domain, a, name)
    left: list[list[Value]] = [[a[i, j] for j in range(size)] for i in range(size)]
    right: list[list[Value]] = [[int(i == j) for j in range(size)] for i in range(size)]
    whole: Value = 1
    for col in range(size):
        pivot = next((i for i in range(col, size) if not _zero(left[i][col])), None)
        if pivot is None:
            raise Undefined("the matrix is singular: its determinant is 0")
        if pivot != col:
            left[col], left[pivot] = left[pivot], left[col]
            right[col], right[pivot] = right[pivot], right[col]
            whole = field.multiply(-1, whole)
        whole = field.reduce(field.multiply(whole, left[col][col]))
        factor = field.invert(left[col][col])
        left[col] = [field.multiply(factor, v) for v in left[col]]
        right[col] = [field.multiply(factor, v) for v in right[col]]
        for i in range(size):
            if i != col and not _zero(left[i][col]):
                minus = field.multiply(-1, left[i][col])
                for side in (left, right):
                    pairs = zip(side[i], side[col], strict=True)
                    side[i] = [field.reduce(field.dot([(v, 1), (minus, w)])) for v, w in pairs]
    _note(domain, whole, name)
    return domain._dense(right, size)


def _by_cofactors(domain: Exact, a: ExactMatrix, name: str) -> ExactMatrix:
    """The adjugate over the determinant: elimination would divide by polynomials, and these grow."""
    field, size = domain.field, a.height
    whole = determinant(field, a)
    if _zero(whole):
        raise Undefined("the matrix is singular: its determinant is 0")
    factor = field.invert(whole)
    table: list[list[Value]] = []
    for i in range(size):
        signs = [factor if (i + j) % 2 == 0 else field.multiply(-1, factor) for j in range(size)]
        minors = [determinant(field, _without(a, j, i)) for j in range(size)]
        table.append([field.reduce(field.multiply(s, minor)) for s, minor in zip(signs, minors, strict=True)])
    _note(domain, whole, name)
    return domain._dense(table, size)


def _without(a: ExactMatrix, i: int, j: int) -> ExactMatrix:
    """The matrix without row i and column j."""
    rows = (row for k, row in enumerate(a.entries) if k != i)
    return ExactMatrix([{k - (k > j): v for k, v in row.items() if k != j} for row in rows], a.width - 1)


def _note(domain: Exact, whole: Value, name: str) -> None:
    """The determinant as a condition, unless it is visibly not zero."""
    if type(whole) is Element and domain.sign(whole) is None:
        domain.conditions.append(whole)
        if name:
            domain.named.append((whole, f"det({name})"))


def _zero(value: Value) -> bool:
    return type(value) is not Element and value == 0
