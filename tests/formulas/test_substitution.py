"""What occurs in a formula, and putting other things in its place."""

from __future__ import annotations

import pytest

from symsim.errors import BadInput
from symsim.formulas import (
    blocks,
    exp,
    free_sizes,
    identity,
    mask_names,
    matrix,
    names,
    ones,
    replace,
    scalar,
    scalar_names,
    sizes,
    softmax,
    substitute_sizes,
    to_text,
    zeros,
)
from symsim.formulas.syntax import Product

n, d, v = sizes("n d v")
X, A, V, S, M = (matrix(*x) for x in (("X", n, d), ("A", d, d), ("V", d, v), ("S", n, n), ("M", n, n)))
tau = scalar("tau")


def test_names_in_the_order_of_the_text() -> None:
    formula = softmax(X @ A @ X.T / tau, mask=M) @ X @ V / n
    assert list(names(formula).items()) == [("X", (n, d)), ("A", (d, d)), ("M", (n, n)), ("V", (d, v))]
    assert scalar_names(formula) == ("tau",)
    assert mask_names(formula) == ("M",)
    assert mask_names(softmax(M)) == ()


def test_one_name_with_two_shapes() -> None:
    with pytest.raises(BadInput, match="'X' has two shapes in one formula: n x d and d x n"):
        names(X @ matrix("X", d, n))


def test_free_sizes() -> None:
    assert free_sizes(X @ A) == ("d", "n")
    assert free_sizes(ones(3) @ ones(2).T / v) == ("v",)
    assert free_sizes(identity(n + v)) == ("n", "v")
    assert free_sizes(matrix("X", 2, 3).T) == ()


def test_substitute_sizes() -> None:
    formula = blocks([[X, zeros(n, 2 * d)], [ones(d, d) / n, blocks([[identity(d), A]])]])
    fixed = substitute_sizes(formula, {"n": 3, "d": 2})
    assert fixed.shape == (5, 6)
    assert to_text(fixed) == "[X, 0(3, 4); 1/3 * ones(2, 2), [I(2), A]]"
    assert free_sizes(fixed) == ()


def test_sizes_are_substituted_all_at_once() -> None:
    assert substitute_sizes(X, {"n": d, "d": n}) == matrix("X", d, n)
    assert substitute_sizes(X, {"n": n + d}) == matrix("X", n + d, d)
    assert substitute_sizes(X, {"q": 7}) is X


def test_replace_keeps_products_flat() -> None:
    Y = matrix("Y", n, d)
    assert replace(Y @ V, {"Y": X @ A}) == Product((X, A, V))
    assert replace(Y @ Y.T, {Y: 2 * X}) == 2 * (X @ (2 * X).T)
    assert replace(exp(Y + Y), {"Y": X + X}) == exp(X + X + X + X)


def test_replace_is_done_once() -> None:
    Y = matrix("Y", n, d)
    assert replace(X + Y, {"X": Y, "Y": X}) == Y + X


def test_replace_scalars_and_masks() -> None:
    assert replace(tau * X, {"tau": scalar("beta") * 2}) == 2 * scalar("beta") * X
    assert replace(softmax(S, mask=M), {"M": matrix("N", n, n)}) == softmax(S, mask=matrix("N", n, n))
    with pytest.raises(BadInput, match="mask of softmax"):
        replace(softmax(S, mask=M), {"M": S + S})


def test_replace_needs_equal_shapes() -> None:
    with pytest.raises(BadInput, match="X \\(n x d\\) cannot be replaced by A \\(d x d\\)"):
        replace(X @ A, {"X": A})
