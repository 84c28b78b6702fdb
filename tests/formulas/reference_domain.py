"""A number system for tests: numpy floats, written without looking at the domains of the package."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from symsim.domains.layout import Layout, Sight
from symsim.domains.protocol import Domain
from symsim.errors import BadInput

FUNCTIONS = {
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
    "reciprocal": lambda x: 1 / x,
    "relu": lambda x: max(x, 0.0),
    "step": lambda x: 1.0 if x >= 0 else 0.0,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "opaque": lambda x: 2 * x + 1,
}


class Reference(Domain[Any]):
    """Matrices are arrays of float64; softmax is written out entry by entry."""

    name: ClassVar[str] = "reference"
    flat: ClassVar[bool] = True

    def __init__(self) -> None:
        self.calls: list[str] = []

    def constant(self, weight):
        return np.array(weight.tolist(), dtype=float)

    def variable(self, name, rows, cols):
        raise BadInput("the reference has no symbols")

    def given(self, value, rows, cols):
        return np.array(value, dtype=float).reshape(rows, cols)

    def scalar(self, value):
        return float(value)

    def zeros(self, rows, cols):
        return np.zeros((rows, cols))

    def ones(self, rows, cols):
        return np.ones((rows, cols))

    def identity(self, size):
        return np.eye(size)

    def shape(self, a):
        return a.shape

    def assemble(self, grid, rows: Layout, cols: Layout):
        total = np.zeros((rows.total, cols.total))
        for (r, c), block in grid.items():
            total[slice(*rows.span(r)), slice(*cols.span(c))] = block
        return total

    def rows(self, a, layout, names):
        return a[list(layout.positions(names))]

    def columns(self, a, layout, names):
        return a[:, list(layout.positions(names))]

    def take(self, a, positions):
        return a[list(positions)]

    def add(self, a, b):
        assert a.shape == b.shape
        return a + b

    def scale(self, factor, a):
        return float(factor) * a

    def product(self, a, b):
        self.calls.append(f"{a.shape[0]}x{a.shape[1]}x{b.shape[1]}")
        return a @ b

    def transpose(self, a):
        return a.T

    def hadamard(self, a, b):
        assert a.shape == b.shape
        return a * b

    def diag(self, a):
        return np.diag(a[:, 0])

    def trace(self, a):
        return np.array([[np.trace(a)]])

    def inverse(self, a, name):
        return np.linalg.inv(a)

    def determinant(self, a):
        return np.array([[np.linalg.det(a)]])

    def entrywise(self, function, a):
        return np.array([[FUNCTIONS[function](x) for x in row] for row in a.tolist()]).reshape(a.shape)

    def softmax(self, scores, sight: Sight):
        assert scores.shape == (sight.rows.total, sight.cols.total)
        result = np.zeros(scores.shape)
        for i in range(scores.shape[0]):
            seen = [j for j in range(scores.shape[1]) if sight.sees(i, j) and (sight.mask is None or sight.mask[i, j])]
            total = sum(math.exp(scores[i, j]) for j in seen)
            for j in seen:
                result[i, j] = math.exp(scores[i, j]) / total
        return result

    def hard(self, scores, sight, ties):
        raise NotImplementedError

    def hide(self, scores, sight):
        raise NotImplementedError

    def equal(self, a, b):
        return bool(np.allclose(a, b)) and None
