"""The inverse of a matrix over the exact field, by elimination with pivots that are not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.field import Element, Value
from symsim.errors import BadInput, Undefined

if TYPE_CHECKING:
    from symsim.domains.exact import Exact


def inverse(domain: Exact, a: ExactMatrix, name: str) -> ExactMatrix:
    """The inverse by Gauss-Jordan elimination.

    Raises ``BadInput`` for a matrix that is not square and ``Undefined`` for one that is singular at every input. The
    determinant is recorded as a side condition unless it is visibly non-zero; ``name`` is what ``a`` is called there.
    """
    size = a.height
    if size != a.width:
        raise BadInput(f"only square matrices have an inverse, got {a.height} x {a.width}")
    field = domain.field
    left: list[list[Value]] = [[a[i, j] for j in range(size)] for i in range(size)]
    right: list[list[Value]] = [[int(i == j) for j in range(size)] for i in range(size)]
    determinant: Value = 1
    for col in range(size):
        pivot = next((i for i in range(col, size) if not _zero(left[i][col])), None)
        if pivot is None:
            raise Undefined("the matrix is singular: its determinant is 0")
        if pivot != col:
            left[col], left[pivot] = left[pivot], left[col]
            right[col], right[pivot] = right[pivot], right[col]
            determinant = field.multiply(-1, determinant)
        determinant = field.reduce(field.multiply(determinant, left[col][col]))
        factor = field.invert(left[col][col])
        left[col] = [field.multiply(factor, v) for v in left[col]]
        right[col] = [field.multiply(factor, v) for v in right[col]]
        for i in range(size):
            if i != col and not _zero(left[i][col]):
                minus = field.multiply(-1, left[i][col])
                for side in (left, right):
                    pairs = zip(side[i], side[col], strict=True)
                    side[i] = [field.reduce(field.dot([(v, 1), (minus, w)])) for v, w in pairs]
    if type(determinant) is Element and domain.sign(determinant) is None:
        domain.conditions.append(determinant)
        if name:
            domain.named.append((determinant, f"det({name})"))
    return domain._dense(right, size)


def _zero(value: Value) -> bool:
    return type(value) is not Element and value == 0
