"""Text and LaTeX: what is printed is read back equal, and parentheses stand only where they are needed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from symsim.formulas import (
    Formula,
    apply,
    blocks,
    determinant,
    diag,
    exp,
    hadamard,
    identity,
    inverse,
    matrix,
    number,
    ones,
    parse,
    relu,
    scalar,
    sizes,
    softmax,
    to_latex,
    to_text,
    trace,
    zeros,
)
from symsim.formulas.functions import Apply
from symsim.formulas.latex import name_latex
from symsim.formulas.syntax import Number, Product, Scaled, Sum
from symsim.testing.formulas import DECLARED, SCALARS, formulas

n, d = sizes("n d")
X, A, S = matrix("X", n, d), matrix("A", d, d), matrix("S", n, n)
u, w = matrix("u", n, 1), matrix("w", n, 1)
tau = scalar("tau")


@settings(max_examples=150)
@given(formulas())
def test_text_is_read_back(formula: Formula) -> None:
    assert parse(to_text(formula), DECLARED, scalars=list(SCALARS)) == formula


TEXTS = [
    (X @ A @ X.T, "X A X^T"),
    ((X @ A).T, "(X A)^T"),
    (X - (X + X), "X - (X + X)"),
    (X - 2 * X, "X - 2 * X"),
    (-X + X, "-X + X"),
    (-(X + X), "-(X + X)"),
    (2 * X @ A, "2 * X A"),
    (X @ (2 * A), "2 * X A"),
    (Fraction(-1, 2) * X, "-1/2 * X"),
    (X / tau, "1 / tau * X"),
    (tau * X / 3, "1/3 * tau * X"),
    (number(-1) / tau, "-1 / tau"),
    (hadamard(X @ A, X), "(X A) .* X"),
    (hadamard(X, X) @ A, "(X .* X) A"),
    (hadamard(X, -X), "X .* (-X)"),
    ((u.T @ w) * X, "(u^T w) * X"),
    (X / (u.T @ w), "1 / (u^T w) * X"),
    (softmax(S, causal=True, mask=matrix("M", n, n)), "softmax(S, causal, mask=M)"),
    (blocks([[S, 0], [0, A]]), "[S, 0(n, d); 0(d, n), A]"),
    (blocks([[number(0), matrix("Y", 1, 3)]]), "[0.0, Y]"),
    (blocks([[1, 0]]), "[1, 0]"),
    (exp(number(0)) / tau * X + X, "exp(0) / tau * X + X"),
    (blocks([[exp(number(0)), matrix("Y", 1, 3)]]), "[exp(0.0), Y]"),
    (trace(number(0)) * X, "tr(0.0) * X"),
    (matrix("a", 1, 1) @ (matrix("a", 1, 1) / tau), "a / tau * a"),
    (identity(2 * n + 1), "I(2*n + 1)"),
    (zeros(n * n, 1), "0(n*n, 1)"),
    (ones(n) @ ones(d).T, "ones(n) ones(d)^T"),
    (inverse(A).T, "A^-1^T"),
    (trace(A) * A, "tr(A) * A"),
    (determinant(A) * A, "det(A) * A"),
    (X / n + X * n, "1 / n * X + n * X"),
]


@pytest.mark.parametrize(("formula", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_text(formula: Formula, text: str) -> None:
    assert to_text(formula) == text
    shapes = {"X": X.shape, "A": A.shape, "S": S.shape, "u": n, "w": n, "M": S.shape, "Y": (1, 3), "a": 1}
    assert parse(text, shapes, scalars=["tau"]) == formula


def test_nodes_built_by_hand_keep_their_value() -> None:
    raw = Product((Scaled(Number(Fraction(2)), X), Sum((A, A))))
    assert to_text(raw) == "(2 * X) (A + A)"
    assert to_text(Apply("reciprocal", 2 * tau)) == "reciprocal(2 * tau)"


LATEX = [
    (softmax(X @ A @ X.T) @ X, r"\operatorname{softmax}(X A X^{\top}) X"),
    (softmax(S, causal=True), r"\operatorname{softmax}_{\mathrm{causal}}(S)"),
    (softmax(S, mask=matrix("M_1", n, n)), r"\operatorname{softmax}_{M_{1}}(S)"),
    ((X @ A).T, r"(X A)^{\top}"),
    (inverse(A).T, r"(A^{-1})^{\top}"),
    (determinant(A @ A), r"\operatorname{det}(A A)"),
    (X - 2 * X, "X - 2 X"),
    (-(X + X), "-(X + X)"),
    (X @ (A + A), "X (A + A)"),
    (X / tau, r"\frac{1}{\tau} X"),
    (3 * tau * X / 7, r"\frac{3 \tau}{7} X"),
    (Fraction(-1, 2) * X, r"-\frac{1}{2} X"),
    (X / (tau * n), r"\frac{1}{\tau n} X"),
    (X / (tau + 1), r"\frac{1}{\tau + 1} X"),
    (X / (2 * (tau + 1)), r"\frac{1}{2 (\tau + 1)} X"),
    (ones(n), r"\mathbf{1}_{n}"),
    (ones(n, d), r"\mathbf{1}_{n \times d}"),
    (identity(n), "I_{n}"),
    (zeros(n, 2 * d), r"0_{n \times 2 d}"),
    (blocks([[S, 0], [X.T, A]]), r"\begin{bmatrix} S & 0_{n \times d} \\ X^{\top} & A \end{bmatrix}"),
    (exp(blocks([[S, X]])), r"\exp\left(\begin{bmatrix} S & X \end{bmatrix}\right)"),
    (relu(X), r"\operatorname{relu}(X)"),
    (apply("phi", X), r"\phi(X)"),
    (apply("abs", X), r"\left|X\right|"),
    (apply("square", X).T, r"((X)^{\circ 2})^{\top}"),
    (hadamard(X, X @ A), r"X \odot (X A)"),
    (diag(u) @ X, r"\operatorname{diag}(u) X"),
    (trace(A) * X, r"\operatorname{tr}(A) X"),
]


@pytest.mark.parametrize(("formula", "latex"), LATEX, ids=[latex for _, latex in LATEX])
def test_latex(formula: Formula, latex: str) -> None:
    assert to_latex(formula) == latex


@given(formulas())
def test_latex_is_balanced(formula: Formula) -> None:
    latex = to_latex(formula)
    assert latex.count("{") == latex.count("}")
    assert latex.count("(") == latex.count(")")
    assert latex.count(r"\left") == latex.count(r"\right")


def test_names_in_latex() -> None:
    expected = {
        "X": "X", "W_Q": "W_{Q}", "W_Q1": "W_{Q1}", "x1": "x_{1}", "x_1_2": "x_{1,2}", "tau": r"\tau",
        "tau_1": r"\tau_{1}", "W_out": r"W_{\mathrm{out}}", "mask": r"\mathrm{mask}", "X_": "X",
        "a1b2": r"\mathrm{a1b2}",
    }  # fmt: skip
    assert {name: name_latex(name) for name in expected} == expected


def test_notation_replaces_names() -> None:
    notation = {"A": r"W_Q W_K^{\top}", "n": "N"}
    assert to_latex(X @ A + zeros(n, d), notation) == r"X W_Q W_K^{\top} + 0_{N \times d}"


def test_notebooks_show_latex() -> None:
    assert (X @ A)._repr_latex_() == r"$\displaystyle X A$"
    assert repr(X @ A) == "<X A: n x d>"
