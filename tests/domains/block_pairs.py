"""Matrices twice: as normal forms of symbolic size and as numpy arrays, under the operations of the number system."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from symsim.domains.block_matrix import BlockMatrix
from symsim.domains.blocks import Blocks
from symsim.domains.layout import Sight
from tests.domains.block_values import FUNCTIONS, Array, Values, attend, value

n, d, tau = sympy.symbols("n d tau")
DOMAIN = Blocks(scalars=("tau",))
VALUES = Values({"n": 3, "d": 2, "tau": sympy.Rational(3, 2)})
SHAPES = [(n, d), (n, n), (n, 1), (1, n), (1, 1), (2, 2), (2, 1), (1, 2), (2, n), (n, 2)]


class Both:
    """One matrix twice, with operators."""

    def __init__(self, form: BlockMatrix, array: Array) -> None:
        self.form, self.array = form, array

    def __matmul__(self, other: Both) -> Both:
        return Both(DOMAIN.product(self.form, other.form), self.array @ other.array)

    def __add__(self, other: Both) -> Both:
        return Both(DOMAIN.add(self.form, other.form), self.array + other.array)

    def __sub__(self, other: Both) -> Both:
        return self + (-1) * other

    def __mul__(self, other: Both) -> Both:
        return Both(DOMAIN.hadamard(self.form, other.form), self.array * other.array)

    def __rmul__(self, factor: Any) -> Both:
        return Both(DOMAIN.scale(DOMAIN.scalar(factor), self.form), float(VALUES.number(factor)) * self.array)

    @property
    def T(self) -> Both:
        return Both(DOMAIN.transpose(self.form), self.array.T)


def var(name: str, rows: Any, cols: Any) -> Both:
    """A symbol whose entries are not 0 and not whole; all are above 0 if the name begins with P."""
    size = VALUES.size(rows), VALUES.size(cols)
    if (name, *size) not in VALUES.matrices:
        drawn = np.random.default_rng([*name.encode(), *size]).integers(-4, 4, size) / 2 + 0.25
        VALUES.matrices[(name, *size)] = np.abs(drawn) + 0.125 if name.startswith("P") else drawn
    return Both(DOMAIN.variable(name, rows, cols), VALUES.matrices[(name, *size)])


def one(rows: Any, cols: Any = 1) -> Both:
    return Both(DOMAIN.ones(rows, cols), np.ones((VALUES.size(rows), VALUES.size(cols))))


def zero(rows: Any, cols: Any) -> Both:
    return Both(DOMAIN.zeros(rows, cols), np.zeros((VALUES.size(rows), VALUES.size(cols))))


def eye(size: Any) -> Both:
    return Both(DOMAIN.identity(size), np.eye(VALUES.size(size)))


def diag(a: Both) -> Both:
    return Both(DOMAIN.diag(a.form), np.diag(a.array[:, 0]))


def tr(a: Both) -> Both:
    return Both(DOMAIN.trace(a.form), np.array([[np.trace(a.array)]]))


def f(name: str, a: Both) -> Both:
    """A function at every entry."""
    with np.errstate(all="ignore"):
        return Both(DOMAIN.entrywise(name, a.form), FUNCTIONS[name](a.array))


def soft(a: Both) -> Both:
    sight = Sight.plain(*DOMAIN.shape(a.form))
    return Both(DOMAIN.softmax(a.form, sight), attend("softmax", a.array, np.ones(a.array.shape)))


def is_right(a: Both) -> bool:
    """Whether the normal form has the value of the array."""
    got = value(a.form, VALUES)
    return got.shape == a.array.shape and bool(np.allclose(got, a.array, rtol=1e-7, atol=1e-9))


def proved(a: Both, b: Both) -> bool:
    """Whether the normal forms are one; each has to have its value, and one value if they are one."""
    assert is_right(a) and is_right(b), (a.form.entry_text(), b.form.entry_text())
    found = DOMAIN.equal(a.form, b.form)
    assert not found or np.allclose(a.array, b.array)
    return found is True
