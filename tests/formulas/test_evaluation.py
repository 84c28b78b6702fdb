"""Values of formulas: against numpy written out by hand, row by row, and what is computed how often."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.errors import BadInput, Undefined
from symsim.formulas import (
    Evaluation,
    Formula,
    apply,
    blocks,
    evaluate,
    exp,
    inverse,
    matrix,
    number,
    ones,
    parse,
    scalar,
    sizes,
    softmax,
    substitute_sizes,
    to_text,
)
from symsim.testing.formulas import DECLARED, SCALARS, formulas
from tests.formulas.drawn_inputs import inputs
from tests.formulas.reference_domain import Reference

generator = np.random.default_rng(1)
n, d, v = 4, 3, 2
VALUES = {
    "X": generator.normal(size=(n, d)),
    "A": generator.normal(size=(d, d)),
    "V": generator.normal(size=(d, v)),
    "S": generator.normal(size=(n, n)),
    "u": generator.normal(size=(n, 1)),
    "w": generator.normal(size=(n, 1)),
    "M": np.array([[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0]], dtype=float),
}
X, A, V, S, u, w, M = VALUES.values()
SHAPES = {name: value.shape for name, value in VALUES.items()}


def rowsoftmax(scores: np.ndarray, seen: np.ndarray | None = None) -> np.ndarray:
    weights = np.exp(scores) * (1 if seen is None else seen)
    total = weights.sum(axis=1, keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)


VALUE_OF = [
    ("softmax(X A X^T) X V", rowsoftmax(X @ A @ X.T) @ X @ V),
    ("softmax(S, causal) X", rowsoftmax(S, np.tril(np.ones((n, n)))) @ X),
    ("softmax(S, mask=M) X", rowsoftmax(S, M) @ X),
    ("softmax(S, causal, mask=M)", rowsoftmax(S, M * np.tril(np.ones((n, n))))),
    ("S + u ones^T", S + u),
    ("X A^-1", X @ np.linalg.inv(A)),
    ("det(A) * X", np.linalg.det(A) * X),
    ("(u^T w)^-1 X", X / (u.T @ w)),
    ("tr(A) X", np.trace(A) * X),
    ("u^T w u", (u.T @ w) * u),
    ("(u^T w) X^T", (u.T @ w) * X.T),
    ("diag(u) X", u * X),
    ("S .* S - S", S * S - S),
    ("exp(S) ones", np.exp(S).sum(axis=1, keepdims=True)),
    ("reciprocal(exp(S) ones) .* u", u / np.exp(S).sum(axis=1, keepdims=True)),
    ("relu(X) + step(X) + abs(X)", np.maximum(X, 0) + (X >= 0) + np.abs(X)),
    ("silu(X) + square(X)", X / (1 + np.exp(-X)) + X**2),
    ("log(exp(X))", X),
    ("opaque(X)", 2 * X + 1),
    ("X / tau + tau X", X / 0.75 + 0.75 * X),
    ("X / (tau + 1)", X / 1.75),
    ("exp(tau) X", np.exp(0.75) * X),
    ("tau", np.array([[0.75]])),
    ("-1/2 X", -X / 2),
    ("[X, S; A, 0; 0, I]", np.block([[X, S], [A, np.zeros((d, n))], [np.zeros((n, d)), np.eye(n)]])),
    ("[1, 2; 3, 4]", np.array([[1.0, 2], [3, 4]])),
    ("0(2, 3) + ones(2, 3)", np.ones((2, 3))),
    ("X^T S X", X.T @ S @ X),
    ("ones^T S ones", np.array([[S.sum()]])),
]


@pytest.mark.parametrize(("text", "expected"), VALUE_OF, ids=[text for text, _ in VALUE_OF])
def test_value(text: str, expected: np.ndarray) -> None:
    formula = parse(text, SHAPES, scalars=["tau"], functions=["opaque"])
    value = evaluate(formula, Reference(), VALUES, {"tau": Fraction(3, 4)})
    assert value.shape == expected.shape == formula.shape
    np.testing.assert_allclose(value, expected, atol=1e-12)


def test_a_wrong_value_would_be_seen() -> None:
    value = evaluate(parse("softmax(X A X^T) X V", SHAPES), Reference(), VALUES)
    assert not np.allclose(value, rowsoftmax(X @ A.T @ X.T) @ X @ V)


@settings(max_examples=100)
@given(formulas(), st.integers(0, 3), st.data())
def test_rows_are_rows_of_the_whole(formula: Formula, seed: int, data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, formula.shape[0] - 1), max_size=4))
    whole = Evaluation(Reference(), inputs(seed), SCALARS).value(formula)
    some = Evaluation(Reference(), inputs(seed), SCALARS).value(formula, rows)
    np.testing.assert_allclose(some, whole[rows], rtol=1e-9, atol=1e-9)


@settings(max_examples=60)
@given(formulas(), st.integers(0, 3))
def test_printing_keeps_the_value(formula: Formula, seed: int) -> None:
    again = parse(to_text(formula), DECLARED, scalars=list(SCALARS))
    values = [evaluate(f, Reference(), inputs(seed), SCALARS) for f in (formula, again)]
    np.testing.assert_array_equal(*values)


def test_rows_multiply_what_stands_right_only_once() -> None:
    domain = Reference()
    evaluation = Evaluation(domain, VALUES)
    formula = parse("softmax(X A X^T) X V", SHAPES)
    first = evaluation.value(formula, [0])
    assert sorted(domain.calls) == ["1x3x4", "1x4x2", "3x3x4", "4x3x2"]
    domain.calls.clear()
    second = evaluation.value(formula, [3])
    assert sorted(domain.calls) == ["1x3x4", "1x4x2"]
    np.testing.assert_allclose(np.vstack([first, second]), formula.evaluate(Reference(), VALUES)[[0, 3]])


def test_equal_parts_are_computed_once() -> None:
    domain = Reference()
    evaluate(parse("exp(X A) + (X A) + (X A) .* (X A)", SHAPES), domain, VALUES)
    assert domain.calls == ["4x3x3"]


def test_products_are_cut_where_it_is_cheapest() -> None:
    domain = Reference()
    long = {"Q": np.ones((50, 2)), "K": np.ones((50, 2))}
    evaluate(parse("Q K^T Q", {"Q": (50, 2), "K": (50, 2)}), domain, long)
    assert sorted(domain.calls) == ["2x50x2", "50x2x2"]


def test_rows_across_blocks() -> None:
    formula = blocks([[matrix("X", n, d)], [matrix("A", d, d)]])
    whole = np.vstack([X, A])
    for rows in ([5], [0, 4, 1], [6, 6, 2, 3], []):
        np.testing.assert_array_equal(formula.evaluate(Reference(), VALUES, rows=rows), whole[rows].reshape(-1, d))


def test_bad_input() -> None:
    X_formula = matrix("X", n, d)
    with pytest.raises(BadInput, match="no input for 'Y': known: A, M, S, V, X, u, w"):
        evaluate(matrix("Y", n, d), Reference(), VALUES)
    with pytest.raises(BadInput, match="the input 'X' is 4 x 3, and the formula needs 3 x 4"):
        evaluate(matrix("X", 3, 4), Reference(), VALUES)
    with pytest.raises(BadInput, match="rows are numbered from 0"):
        evaluate(X_formula, Reference(), VALUES, rows=[4])
    size = sizes("n")
    with pytest.raises(BadInput, match="reference needs fixed sizes, and n of ones\\(n\\) is free"):
        evaluate(ones(size), Reference(), {})
    assert evaluate(substitute_sizes(ones(size), {"n": 2}), Reference(), {}).shape == (2, 1)


def test_domains_without_inverse_or_numbered_rows() -> None:
    class Symbolic(Reference):
        name = "symbolic"
        flat = False

    with pytest.raises(BadInput, match="an inverse needs fixed sizes"):
        evaluate(inverse(matrix("A", d, d)), Symbolic(), VALUES)
    with pytest.raises(BadInput, match="symbolic has no numbered rows"):
        evaluate(matrix("A", d, d), Symbolic(), VALUES, rows=[0])


def test_scalars_are_sums_of_products() -> None:
    tau = scalar("tau")
    values = {"tau": Fraction(1, 3)}
    for formula, expected in [
        (tau * tau + 1, 10 / 9),
        (number(2) / (1 + tau), 1.5),
        (apply("abs", tau - 1) * tau, 2 / 9),
        (exp(tau) / exp(tau), 1.0),
    ]:
        assert evaluate(formula, Reference(), {}, values)[0, 0] == pytest.approx(expected)
    with pytest.raises(Undefined, match="the scalar is 0"):
        evaluate(ones(2) / (tau - tau), Reference(), {}, values)


def test_a_divisor_that_cancels_is_still_noted() -> None:
    class Noting(Reference):
        def entrywise(self, function, a):
            self.calls.append(function)
            return super().entrywise(function, a)

    domain = Noting()
    tau = scalar("tau")
    value = evaluate(ones(2) / tau * tau, domain, {}, {"tau": Fraction(1, 3)})
    np.testing.assert_allclose(value, np.ones((2, 1)))
    assert domain.calls == ["reciprocal"]


def test_softmax_of_blocks_with_rows() -> None:
    formula = softmax(blocks([[matrix("S", n, n), matrix("X", n, d)]]))
    whole = rowsoftmax(np.hstack([S, X]))
    np.testing.assert_allclose(formula.evaluate(Reference(), VALUES, rows=[2, 0]), whole[[2, 0]])
