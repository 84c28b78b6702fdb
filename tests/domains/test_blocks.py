"""Laws of symbolic-size matrices: what is proved for all sizes, and what must not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy

from symsim.domains.block_matrix import BlockMatrix
from symsim.domains.blocks import Blocks
from symsim.domains.layout import Layout, Sight
from symsim.errors import BadInput, Undefined

n, d, m, tau = sympy.symbols("n d m tau")


class M:
    """A block matrix with operators, so that laws read like laws."""

    domain = Blocks(scalars=("tau",))

    def __init__(self, form: BlockMatrix) -> None:
        self.form = form

    def __matmul__(self, other: M) -> M:
        return M(self.domain.product(self.form, other.form))

    def __add__(self, other: M) -> M:
        return M(self.domain.add(self.form, other.form))

    def __sub__(self, other: M) -> M:
        return self + (-1) * other

    def __mul__(self, other: M) -> M:
        return M(self.domain.hadamard(self.form, other.form))

    def __rmul__(self, factor: Any) -> M:
        return M(self.domain.scale(self.domain.scalar(factor), self.form))

    @property
    def T(self) -> M:
        return M(self.domain.transpose(self.form))


def var(name: str, rows: Any, cols: Any) -> M:
    return M(M.domain.variable(name, rows, cols))


def one(rows: Any, cols: Any = 1) -> M:
    return M(M.domain.ones(rows, cols))


def zero(rows: Any, cols: Any) -> M:
    return M(M.domain.zeros(rows, cols))


def eye(size: Any) -> M:
    return M(M.domain.identity(size))


def f(name: str, a: M) -> M:
    return M(M.domain.entrywise(name, a.form))


def diag(a: M) -> M:
    return M(M.domain.diag(a.form))


def tr(a: M) -> M:
    return M(M.domain.trace(a.form))


def soft(a: M, causal: bool = False, mask: M | None = None, domain: Blocks | None = None) -> M:
    sight = Sight.plain(*M.domain.shape(a.form), causal, None if mask is None else mask.form)
    return M((domain or M.domain).softmax(a.form, sight))


def hard(a: M, ties: str = "average") -> M:
    return M(M.domain.hard(a.form, Sight.plain(*M.domain.shape(a.form)), ties))


def beside(*parts: M) -> M:
    keys = Layout(tuple((f"k{i}", M.domain.shape(part.form)[1]) for i, part in enumerate(parts)))
    return M(M.domain.beside([part.form for part in parts], keys))


def first(a: M, number: int = 0) -> M:
    """One column part of a matrix."""
    names = a.form.col_layout.names
    return M(M.domain.columns(a.form, a.form.col_layout, [names[number]]))


def proved(a: M, b: M) -> bool | None:
    return M.domain.equal(a.form, b.form)


X, A, B, S, T, W = var("X", n, d), var("A", d, d), var("B", d, d), var("S", n, n), var("T", n, n), var("W", n, d)
u, v, w, x = var("u", n, 1), var("v", n, 1), var("w", d, 1), var("x", n, 1)
a, b = var("a", 1, 1), var("b", 1, 1)
MASK = var("M", n, n)
S2 = var("S2", n, m)
GOOD = Blocks(nonempty_rows=True)

TRUE: dict[str, Callable[[], tuple[M, M]]] = {
    "transposed product": lambda: ((A @ B).T, B.T @ A.T),
    "transposed twice": lambda: (X.T.T, X),
    "distributive": lambda: (X @ (A + B), X @ A + X @ B),
    "difference": lambda: (X - X, zero(n, d)),
    "identity": lambda: (eye(n) @ X @ eye(d), X),
    "zero": lambda: (X @ zero(d, n), zero(n, n)),
    "sum of ones": lambda: (one(n).T @ one(n), n * one(1)),
    "ones matrix": lambda: (one(n, d), one(n) @ one(d).T),
    "mean of ones": lambda: ((1 / n) * (one(n, n) @ one(n)), one(n)),
    "scalar tau": lambda: (X @ (tau * A), tau * (X @ A)),
    "tau over tau": lambda: ((1 / tau) * (tau * X), X),
    "sizes cancel": lambda: (((n**2 - 1) / (n + 1)) * X, n * X - X),
    "scalar word": lambda: (u @ v.T @ u, u @ u.T @ v),
    "scalars commute": lambda: (a @ b, b @ a),
    "scalar in the middle": lambda: (X @ w @ (u.T @ v), X @ w @ (v.T @ u)),
    "scalar transposed": lambda: (u.T @ X @ w, w.T @ X.T @ u),
    "one is the identity": lambda: (u @ one(1), u),
    "trace rotates": lambda: (tr(A @ B), tr(B @ A)),
    "trace transposed": lambda: (tr(A @ B), tr(A.T @ B.T)),
    "trace of I": lambda: (tr(eye(n)), n * one(1)),
    "trace of rank one": lambda: (tr(u @ v.T), v.T @ u),
    "trace across shapes": lambda: (tr(X @ X.T), tr(X.T @ X)),
    "trace of diag": lambda: (tr(diag(u)), one(n).T @ u),
    "trace with diagonals": lambda: (tr(diag(u) @ S @ diag(v)), tr(S @ diag(u * v))),
    "diag of ones": lambda: (diag(one(n)), eye(n)),
    "diag times ones": lambda: (diag(u) @ one(n), u),
    "diag linear": lambda: (diag(u + 2 * v), diag(u) + 2 * diag(v)),
    "diags commute": lambda: (diag(u) @ diag(v), diag(v) @ diag(u)),
    "diag of products": lambda: (diag(u) @ diag(v), diag(u * v)),
    "diag symmetric": lambda: (diag(u).T, diag(u)),
    "diag on a column": lambda: (diag(u) @ v, diag(v) @ u),
    "diag inside": lambda: (S @ diag(u) @ X @ w, S @ (u * (X @ w))),
    "diag in a form": lambda: (u.T @ diag(v) @ x, v.T @ diag(x) @ u),
    "hadamard commutes": lambda: (X * W, W * X),
    "hadamard associates": lambda: ((S * T) * S.T, S * (T * S.T)),
    "hadamard with ones": lambda: (X * one(n, d), X),
    "hadamard with zero": lambda: (X * zero(n, d), zero(n, d)),
    "hadamard bilinear": lambda: (X * (W + 3 * X), W * X + 3 * (X * X)),
    "hadamard transposed": lambda: ((S * T).T, T.T * S.T),
    "rows scaled": lambda: ((u @ one(d).T) * X, diag(u) @ X),
    "columns scaled": lambda: (X * (one(n) @ w.T), X @ diag(w)),
    "rank one factors": lambda: ((u @ w.T) * X, diag(u) @ X @ diag(w)),
    "rank one products": lambda: ((u @ w.T) * (v @ w.T), (u * v) @ (w * w).T),
    "diagonal part": lambda: (eye(n) * S, eye(n) * S.T),
    "diagonal of diag": lambda: (eye(n) * diag(u), diag(u)),
    "exp of zero": lambda: (f("exp", zero(n, d)), one(n, d)),
    "exp of sum": lambda: (f("exp", S + T), f("exp", S) * f("exp", T)),
    "exp of row shift": lambda: (f("exp", X + u @ one(d).T), diag(f("exp", u)) @ f("exp", X)),
    "exp of column shift": lambda: (f("exp", X + one(n) @ w.T), f("exp", X) @ diag(f("exp", w))),
    "exp of rank one": lambda: (f("exp", u @ one(d).T), f("exp", u) @ one(d).T),
    "exp of constant": lambda: (f("exp", u + 2 * one(n)), f("exp", u) @ f("exp", 2 * one(1))),
    "exp of numbers": lambda: (f("exp", a) @ f("exp", b), f("exp", a + b)),
    "exp transposed": lambda: (f("exp", S).T, f("exp", S.T)),
    "exp and back": lambda: (f("exp", u) * f("exp", (-1) * u), one(n)),
    "reciprocal of exp": lambda: (f("reciprocal", f("exp", S)), f("exp", (-1) * S)),
    "reciprocal of a number": lambda: (f("reciprocal", n * one(d)), (1 / n) * one(d)),
    "reciprocal of a product": lambda: (f("reciprocal", u * v), f("reciprocal", v) * f("reciprocal", u)),
    "reciprocal of rank one": lambda: (f("reciprocal", u @ w.T), f("reciprocal", u) @ f("reciprocal", w).T),
    "reciprocal twice": lambda: (f("reciprocal", f("reciprocal", u)), u),
    "one over itself": lambda: (f("reciprocal", S) * S, one(n, n)),
    "a number over itself": lambda: (f("reciprocal", u.T @ v) @ (v.T @ u), one(1)),
    "log of exp": lambda: (f("log", f("exp", S + u @ one(n).T)), S + u @ one(n).T),
    "softmax as a quotient": lambda: (diag(f("reciprocal", f("exp", S) @ one(n))) @ f("exp", S), soft(S)),
    "shifted quotient": lambda: (
        diag(f("reciprocal", f("exp", S + one(n) @ u.T) @ one(n))) @ f("exp", S + one(n) @ u.T),
        soft(S + one(n) @ u.T)),
    "relu of zero": lambda: (f("relu", zero(n, d)), zero(n, d)),
    "step of zero": lambda: (f("step", zero(n, d)), one(n, d)),
    "relu of row constant": lambda: (f("relu", u @ one(d).T), f("relu", u) @ one(d).T),
    "relu transposed": lambda: (f("relu", X @ A), f("relu", A.T @ X.T).T),
    "opaque": lambda: (f("g", X @ (A + A)), f("g", 2 * (X @ A))),
    "abs of minus": lambda: (f("abs", S - T), f("abs", T - S)),
    "softmax associates": lambda: (soft(X @ A @ X.T) @ X, soft(X @ (A @ X.T)) @ X),
    "softmax row shift": lambda: (soft(S + u @ one(n).T), soft(S)),
    "softmax constant shift": lambda: (soft(S + 5 * one(n, n)), soft(S)),
    "softmax rows sum to one": lambda: (soft(X) @ one(d), one(n)),
    "softmax value bias": lambda: (soft(S) @ (X + one(n) @ w.T), soft(S) @ X + one(n) @ w.T),
    "softmax of zero": lambda: (soft(zero(n, d)), (1 / d) * one(n, d)),
    "softmax of row constant": lambda: (soft(u @ one(d).T), (1 / d) * one(n, d)),
    "softmax of one key": lambda: (soft(u), one(n)),
    "query bias": lambda: (soft((X + one(n) @ w.T) @ A @ X.T), soft(X @ A @ X.T + one(n) @ w.T @ A @ X.T)),
    "key bias": lambda: (soft(X @ A @ (X + one(n) @ w.T).T), soft(X @ A @ X.T)),
    "nested softmax": lambda: (soft(soft(S + u @ one(n).T) @ T), soft(soft(S) @ T)),
    "causal shift": lambda: (soft(S + u @ one(n).T, causal=True), soft(S, causal=True)),
    "causal rows sum": lambda: (soft(S, causal=True) @ one(n), one(n)),
    "masked shift": lambda: (soft(S + u @ one(n).T, mask=MASK), soft(S, mask=MASK)),
    "all keys visible": lambda: (soft(S, mask=one(n, n)), soft(S)),
    "masked rows sum": lambda: (soft(S, mask=MASK, domain=GOOD) @ one(n), one(n)),
    "two groups shift": lambda: (soft(beside(S + u @ one(n).T, S2 + u @ one(m).T)), soft(beside(S, S2))),
    "two groups sum": lambda: (soft(beside(S, S2)) @ one(n + m), one(n)),
    "group order": lambda: (first(soft(beside(S, S2)), 0), first(soft(beside(S2, S)), 1)),
    "equal groups": lambda: (first(soft(beside(S, S)), 0), first(soft(beside(S, S)), 1)),
    "zero groups join": lambda: (
        first(soft(beside(S, zero(n, d), zero(n, m)))), first(soft(beside(S, zero(n, d + m))))),
    "zero groups with shift": lambda: (
        first(soft(beside(S + u @ one(n).T, u @ one(d).T))), first(soft(beside(S, zero(n, d))))),
    "zero groups are uniform": lambda: (soft(beside(zero(n, d), zero(n, m))), (1 / (d + m)) * one(n, d + m)),
    "twice the same group": lambda: (2 * (first(soft(beside(S, S))) @ one(n)), one(n)),
    "hidden group": lambda: (
        first(soft(beside(S, S2), mask=beside(one(n, n), zero(n, m)))), soft(S)),
    "hard shift": lambda: (hard(S + u @ one(n).T), hard(S)),
    "hard rows sum": lambda: (hard(S) @ one(n), one(n)),
    "hard uniform": lambda: (hard(zero(n, d)), (1 / d) * one(n, d)),
    "left rows sum": lambda: (hard(S, "left") @ one(n), one(n)),
    "block product": lambda: (beside(X, W) @ beside(X, W).T, X @ X.T + W @ W.T),
    "cut identity": lambda: (beside(X, S) @ eye(n + d), beside(X, S)),
    "cut ones": lambda: (beside(X, S) @ one(n + d), X @ one(d) + S @ one(n)),
}  # fmt: skip

FALSE: dict[str, Callable[[], tuple[M, M]]] = {
    "commuting": lambda: (A @ B, B @ A),
    "other name": lambda: (X, W),
    "transposed": lambda: (A, A.T),
    "product order": lambda: ((A @ B).T, A.T @ B.T),
    "column shift": lambda: (soft(S + one(n) @ u.T), soft(S)),
    "softmax transposed": lambda: (soft(S).T, soft(S.T)),
    "softmax columns sum": lambda: (soft(S).T @ one(n), one(n)),
    "softmax is not linear": lambda: (soft(S + S), soft(S) + soft(S)),
    "across softmax": lambda: (soft(S) @ T, soft(S @ T)),
    "scaled scores": lambda: (soft(tau * S), soft(S)),
    "causal dropped": lambda: (soft(S, causal=True), soft(S)),
    "causal of zero": lambda: (soft(zero(n, n), causal=True), (1 / n) * one(n, n)),
    "mask dropped": lambda: (soft(S, mask=MASK), soft(S)),
    "other mask": lambda: (soft(S, mask=MASK), soft(S, mask=var("M2", n, n))),
    "mask transposed": lambda: (soft(S, mask=MASK), soft(S, mask=MASK.T)),
    "masked zero": lambda: (soft(zero(n, n), mask=MASK), (1 / n) * one(n, n)),
    "masked rows may be empty": lambda: (soft(S, mask=MASK) @ one(n), one(n)),
    "transposed mask may have empty rows": lambda: (soft(S, mask=MASK.T, domain=GOOD) @ one(n), one(n)),
    "causal and mask may hide all": lambda: (soft(S, causal=True, mask=MASK, domain=GOOD) @ one(n), one(n)),
    "zero group counts": lambda: (first(soft(beside(S, zero(n, d)))), soft(S)),
    "zero group's size counts": lambda: (first(soft(beside(S, zero(n, d)))), first(soft(beside(S, zero(n, m))))),
    "shift of one group": lambda: (soft(beside(S + u @ one(n).T, S2)), soft(beside(S, S2))),
    "part of the row sum": lambda: (first(soft(beside(S, S2))) @ one(n), one(n)),
    "left ties depend on order": lambda: (first(hard(beside(S, S2), "left")), first(hard(beside(S2, S), "left"), 1)),
    "left and right": lambda: (hard(S, "left"), hard(S, "right")),
    "hard is not softmax": lambda: (hard(S), soft(S)),
    "left of zero": lambda: (hard(zero(n, n), "left"), (1 / n) * one(n, n)),
    "exp of product": lambda: (f("exp", S @ T), f("exp", S) @ f("exp", T)),
    "exp of difference": lambda: (f("exp", S - T), f("exp", S) * f("exp", T)),
    "reciprocal of a sum": lambda: (f("reciprocal", u + v), f("reciprocal", u) + f("reciprocal", v)),
    "quotient of other scores": lambda: (diag(f("reciprocal", f("exp", S) @ one(n))) @ f("exp", T), soft(T)),
    "quotient by columns": lambda: (diag(f("reciprocal", f("exp", S).T @ one(n))) @ f("exp", S), soft(S)),
    "log of twice exp": lambda: (f("log", 2 * f("exp", S)), S),
    "exp of log": lambda: (f("exp", f("log", S)), S),
    "relu is not linear": lambda: (f("relu", S + T), f("relu", S) + f("relu", T)),
    "relu of minus": lambda: (f("relu", S), f("relu", (-1) * S)),
    "relu drops nothing": lambda: (f("relu", S), S),
    "two opaque functions": lambda: (f("g", S), f("h", S)),
    "opaque at zero": lambda: (f("g", zero(n, n)), zero(n, n)),
    "hadamard is no product": lambda: (S * T, S @ T),
    "trace of product": lambda: (tr(A @ B), tr(A) @ tr(B)),
    "trace order": lambda: (tr(A @ B @ (A @ A @ B)), tr(A @ A @ A @ B @ B)),
    "diag off its side": lambda: (diag(u) @ S, S @ diag(u)),
    "ones sizes": lambda: (one(n).T @ one(n), d * one(1)),
    "scalar power": lambda: (tau * X, (tau**2) * X),
    "outer order": lambda: (u @ v.T, v @ u.T),
}


@pytest.mark.parametrize("name", TRUE)
def test_proved_for_all_sizes(name: str) -> None:
    left, right = TRUE[name]()
    assert proved(left, right) is True, f"{left.form}\n{right.form}"


@pytest.mark.parametrize("name", FALSE)
def test_not_proved(name: str) -> None:
    left, right = FALSE[name]()
    assert proved(left, right) is None, f"{left.form}\n{right.form}"


def test_sizes_of_one_specialise() -> None:
    row, domain = var("r", 1, n), M.domain
    assert proved(soft(row.T), one(n)) is True
    assert proved(one(1, 1), eye(1)) is True
    assert proved(var("c", 1, 1) @ row, M(domain.scale(var("c", 1, 1).form, row.form))) is True


def test_numbers_as_sizes() -> None:
    assert proved(soft(zero(2, 3)), sympy.Rational(1, 3) * one(2, 3)) is True
    assert proved(one(3).T @ one(3), 3 * one(1)) is True
    empty = M.domain.zeros(n, 0)
    assert M.domain.shape(empty) == (n, 0)
    assert proved(M(empty) @ zero(0, d), zero(n, d)) is True


def test_equal_never_says_different() -> None:
    assert M.domain.equal(zero(n, d).form, one(n, d).form) is None


def test_conditions_are_recorded() -> None:
    domain = Blocks(scalars=("tau",))
    column = domain.variable("u", n, 1)
    domain.scale(domain.scalar(1 / (n + 2)), column)
    assert domain.conditions == []
    domain.scale(domain.scalar(1 / tau), column)
    domain.entrywise("reciprocal", column)
    domain.entrywise("reciprocal", domain.entrywise("exp", domain.add(column, column)))
    assert domain.conditions == ["tau != 0", "no entry of u is 0"]
    with pytest.raises(Undefined, match="reciprocal of 0"):
        domain.entrywise("reciprocal", domain.zeros(n, d))
    with pytest.raises(Undefined, match="logarithm of 0"):
        domain.entrywise("log", domain.zeros(n, d))


def weights_of_blocks() -> Any:
    return sympy.BlockMatrix(
        [
            [sympy.Identity(d), sympy.ZeroMatrix(d, n)],
            [sympy.ZeroMatrix(n, d), sympy.MatMul(2, sympy.MatrixSymbol("S", n, n).T)],
        ]
    )


def test_constants_from_sympy() -> None:
    got = M(M.domain.constant(weights_of_blocks()))
    assert [str(part) for part in got.form.row_parts] == ["('0', d)", "('1', n)"]
    assert proved(beside(X, S) @ got, beside(X, 2 * (S @ S.T))) is True
    symbols = sympy.MatrixSymbol("A", d, d) * sympy.MatrixSymbol("B", d, d) - sympy.OneMatrix(d, d)
    assert proved(M(M.domain.constant(symbols)), A @ B - one(d, d)) is True
    assert proved(M(M.domain.constant(sympy.diag(3, 3))), 3 * eye(2)) is True


def test_explicit_numbers_are_cut_where_needed() -> None:
    left, right = var("L", n, 2), var("R", n, 1)
    swap = M(M.domain.constant(sympy.Matrix([[0, 1, 0], [0, 0, 1], [1, 0, 0]])))
    assert proved(beside(left, right) @ swap, beside(right, left)) is True
    two = M(M.domain.constant(sympy.Matrix([[1, 2], [3, 4]])))
    assert proved(two @ two.T, M(M.domain.constant(sympy.Matrix([[5, 11], [11, 25]])))) is True
    assert proved(two, two.T) is None


A_SYMBOL = sympy.MatrixSymbol("A", d, d)

BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "product shapes": (lambda: X @ X, "do not fit: d against n"),
    "sum shapes": (lambda: X + A, "do not fit: n against d"),
    "cuts": (lambda: beside(X, S) @ beside(S, X).T, "no common refinement"),
    "atomic": (lambda: var("Y", n, n + d) @ beside(X, S).T, r"cuts differ: the columns of Y \(n x d \+ n\)"),
    "float": (lambda: 0.5 * X, "a float x is exact as Fraction"),
    "root": (lambda: sympy.sqrt(tau) * X, "cannot be a scalar"),
    "exp of a scalar": (lambda: sympy.exp(tau) * X, "cannot be a scalar"),
    "inverse": (lambda: M.domain.constant(A_SYMBOL**-1), "only whole powers above 0"),
    "size below one": (lambda: one(n - 1), "may be below 1"),
    "size with a division": (lambda: one(n / 2), "without a division"),
    "negative size": (lambda: one(-1), "not a whole number"),
    "scalar as size": (lambda: one(tau), "declared a scalar"),
    "diag of a matrix": (lambda: diag(X), "diag takes a column, got n x d"),
    "trace of a rectangle": (lambda: tr(X), "square"),
    "mask of anything": (lambda: soft(S, mask=2 * MASK), "a block of a mask"),
    "ties": (lambda: hard(S, "middle"), "'average', 'left' or 'right'"),
    "given numbers": (lambda: M.domain.given([[1, 2]], n, d), "sizes are symbols here"),
    "given shape": (lambda: M.domain.given(sympy.MatrixSymbol("X", d, n), n, d), "expected n x d"),
    "unknown part": (lambda: M.domain.rows(X.form, Layout((("x", n),)), ["y"]), "unknown part 'y'"),
    "unknown entry": (lambda: X.form.entry_text("x"), "unknown row part 'x'"),
    "equal of other shapes": (lambda: proved(X, A), "shapes differ"),
    "weight of another kind": (lambda: M.domain.constant(sympy.Determinant(A_SYMBOL)), "is a Determinant"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    make, message = BAD[name]
    with pytest.raises(BadInput, match=message):
        make()


SHOWN: list[tuple[Callable[[], M], str, str]] = [
    (lambda: soft(X @ A @ X.T) @ X, "softmax(X A X^T) X",
     r"\operatorname{softmax}\left(X A X^{\top}\right) X"),
    (lambda: soft(S, causal=True), "softmax(S, causal)", r"\operatorname{softmax}\left(S, \text{causal}\right)"),
    (lambda: soft(S, mask=MASK.T), "softmax(S, mask=M^T)",
     r"\operatorname{softmax}\left(S, \text{mask}\ M^{\top}\right)"),
    (lambda: tau * X - 2 * W, "-2 W + tau X", r"-2 \, W + \tau \, X"),
    (lambda: (1 / n) * one(n, d), "(1/n) ones(n) ones(d)^T", r"\frac{1}{n} \, \mathbf{1}_{n} \mathbf{1}_{d}^{\top}"),
    (lambda: diag(f("relu", u)), "diag(relu(u))", r"\operatorname{diag}\left(\operatorname{relu}\left(u\right)\right)"),
    (lambda: S * T, "(S .* T)", r"\left(S \odot T\right)"),
    (lambda: tr(A @ B) @ (u.T @ v), "(u^T v) tr(A B)",
     r"\left(u^{\top} v\right) \, \operatorname{tr}\left(A B\right)"),
    (lambda: var("W_Q", n, d), "W_Q", "W_{Q}"),
    (lambda: eye(n) + zero(n, n), "I(n)", "I_{n}"),
    (lambda: zero(n, d), "0(n,d)", r"0_{n \times d}"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "text", "latex"), SHOWN)
def test_printing(make: Callable[[], M], text: str, latex: str) -> None:
    form = make().form
    assert (form.entry_text(), form.entry_latex()) == (text, latex)
