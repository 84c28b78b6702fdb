"""Formulas in Python: operators, shapes and their errors, equality, limits."""

from __future__ import annotations

import copy
from fractions import Fraction

import numpy as np
import pytest
import sympy

from symsim.errors import BadInput
from symsim.formulas import (
    Formula,
    apply,
    as_size,
    blocks,
    diag,
    exp,
    hadamard,
    identity,
    inverse,
    matrix,
    number,
    ones,
    scalar,
    size_symbol,
    size_text,
    sizes,
    softmax,
    trace,
    zeros,
)
from symsim.formulas.functions import Blocks, Transposed
from symsim.formulas.syntax import Number, Product, Scalar, Scaled, Sum

n, d, v = sizes("n d v")
X, A, V, S = matrix("X", n, d), matrix("A", d, d), matrix("V", d, v), matrix("S", n, n)
u, w, z = matrix("u", n, 1), matrix("w", n, 1), matrix("z", d, 1)
tau = scalar("tau")


def test_products_are_flat() -> None:
    assert (X @ A) @ (A @ V) == Product((X, A, A, V))
    assert isinstance(X @ (A @ V), Product)
    assert X + (X + X) == Sum((X, X, X))


def test_scalars_come_to_the_front() -> None:
    assert (2 * X) @ (3 * A) == Scaled(Number(Fraction(6)), Product((X, A)))
    assert tau * (2 * X) == 2 * (tau * X) == 2 * tau * X
    assert X @ A * Fraction(1, 2) == (X @ A) / 2
    assert 1 * X is X
    minus = -X
    assert -minus == X


def test_one_by_one_formulas_multiply_as_matrices_or_as_scalars() -> None:
    assert isinstance(u.T @ w, Product)
    assert (u.T @ w @ z).shape == (d, 1)
    assert u.T @ w @ z == (u.T @ w) * z
    assert u @ (u.T @ w) == Product((u, Transposed(u), w))
    assert (X @ (u.T @ w)).shape == X.shape
    assert trace(A) @ X == trace(A) * X


def test_sizes_as_numbers() -> None:
    assert X / n == X / Scalar("n", is_size=True)
    assert n * X == X * n
    assert (n + 1) * X == (number(1) + Scalar("n", is_size=True)) * X
    assert sympy.Rational(1, 2) * X == X / 2
    assert sympy.Symbol("tau") * X == tau * X
    assert X / n**2 == X / (n * n)


def test_shapes() -> None:
    expected = [
        (X @ A @ V, (n, v)), (X.T, (d, n)), (blocks([[S, X]]), (n, n + d)), (diag(u), (n, n)), (trace(A), (1, 1)),
        (softmax(S), (n, n)), (ones(n), (n, 1)), (ones(n, 3), (n, 3)), (hadamard(X, X), (n, d)), (u.T @ w, (1, 1)),
        (inverse(A), (d, d)), (zeros(2, 3), (2, 3)), (identity(n + d), (n + d, n + d)),
    ]  # fmt: skip
    for formula, shape in expected:
        assert formula.shape == shape


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: X @ V @ V,
            "X V \\(n x v\\) times V \\(d x v\\): the left factor has v columns and the right one d rows",
        ),
        (lambda: X + A, "X \\(n x d\\) plus A \\(d x d\\)"),
        (lambda: X + 1, "X \\(n x d\\) plus 1 \\(1 x 1\\).*c \\* ones"),
        (lambda: 1 - X, "to add a number"),
        (lambda: X * A, "\\* multiplies by a scalar"),
        (lambda: X / A, "only a scalar divides"),
        (lambda: X / 0, "division by zero"),
        (lambda: hadamard(X, A), "entrywise times"),
        (lambda: inverse(X), "the inverse needs a square matrix"),
        (lambda: trace(X), "tr needs a square matrix"),
        (lambda: diag(A), "diag needs a column"),
        (lambda: softmax(X, causal=True), "square score matrix"),
        (lambda: softmax(S, mask=X), "one entry for each score"),
        (lambda: softmax(S, mask=S + S), "a matrix variable"),
        (lambda: blocks([[S, A]]), "do not fit"),
        (lambda: blocks([[S, X], [S]]), "rows of 2, 1"),
        (lambda: blocks([]), "at least one block"),
        (lambda: blocks([X]), "list of rows"),
        (lambda: 0.5 * X, "0.5 is no exact rational: write Fraction\\(x\\)"),
        (lambda: X + "A", "is no exact rational"),
        (lambda: X @ np.eye(2), "is no exact rational"),
        (lambda: np.eye(2) @ X, "is no exact rational"),
        (lambda: True * X, "True is no exact rational"),
        (lambda: sympy.sqrt(2) * X, "is no scalar of a formula"),
        (lambda: matrix("X Y", n, d), "cannot name a matrix"),
        (lambda: matrix("T", n, d), "reserved"),
        (lambda: matrix("exp", n, d), "it is a function of the language"),
        (lambda: apply("f(x)", X), "cannot name a function"),
        (lambda: matrix("X", 0, d), "0 is not a size"),
        (lambda: matrix("X", n - 1, d), "n - 1 is not a size"),
        (lambda: matrix("X", n / 2, d), "n/2 is not a size"),
        (lambda: matrix("X", 1.5, d), "1.5 is not a size"),
        (lambda: matrix("X", True, d), "True is not a size"),
        (lambda: sizes(""), "at least one name"),
        (lambda: scalar(3), "3 cannot name a scalar"),
        (lambda: number(10**2000), "at most 4096 bits"),
    ],
)
def test_bad_input(make: object, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        make()  # type: ignore[operator]


def test_sizes_are_canonical() -> None:
    assert as_size(np.int64(3)) == 3 and type(as_size(np.int64(3))) is int
    assert as_size(sympy.Integer(3)) == 3 and type(as_size(sympy.Integer(3))) is int
    assert as_size((n + 1) * (n + 1)) == as_size(n * n + 2 * n + 1)
    assert size_text(as_size((n + 1) * d)) == "d*n + d"
    assert sizes("n") == size_symbol("n")


def test_equality_and_hash() -> None:
    assert X @ A == matrix("X", "n", "d") @ matrix("A", d, d)
    assert hash(X @ A) == hash(matrix("X", "n", "d") @ matrix("A", d, d))
    assert X != matrix("X", d, n)
    assert X @ A != A
    assert scalar("n") != Scalar("n", is_size=True)
    assert softmax(S) != softmax(S, causal=True)
    assert copy.deepcopy(X @ A) == X @ A


def test_formulas_are_frozen() -> None:
    with pytest.raises(AttributeError):
        X.name = "Y"  # type: ignore[misc]


def test_depth_and_size_are_limited() -> None:
    deep: Formula = X
    with pytest.raises(BadInput, match="deeper than 100 levels"):
        for _ in range(101):
            deep = exp(deep)
    large: Formula = A
    with pytest.raises(BadInput, match="more than 100000 symbols"):
        for _ in range(30):
            large = large @ large
    str(exp(X) + X), repr(deep), hash(deep)


def test_the_deepest_formula_can_be_walked() -> None:
    from symsim.formulas import names, parse, to_latex, to_text

    deep: Formula = S
    for _ in range(48):
        deep = softmax(deep + S)
    assert parse(to_text(deep), {"S": (n, n)}) == deep
    assert to_latex(deep).count("softmax") == 48
    assert names(deep) == {"S": (n, n)}


def test_bare_zero_in_blocks() -> None:
    assert blocks([[S, 0], [0, A]]) == Blocks(((S, zeros(n, d)), (zeros(d, n), A)))
    assert blocks([[1, 0], [0, 1]]).shape == (2, 2)
