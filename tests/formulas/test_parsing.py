"""The matrix language: every construct, precedence, shapes that are inferred, declarations."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symsim.errors import BadInput
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
    parse_shape,
    parse_shapes,
    relu,
    scalar,
    size_symbol,
    sizes,
    softmax,
    trace,
    zeros,
)

n, d, v, m = sizes("n d v m")
X, A, V, S, M, B = (
    matrix(*declaration)
    for declaration in (("X", n, d), ("A", d, d), ("V", d, v), ("S", n, n), ("M", n, n), ("B", n, m))
)
u, w, z = matrix("u", n, 1), matrix("w", n, 1), matrix("z", m, 1)
tau, beta = scalar("tau"), scalar("beta")
SHAPES = {a.name: a.shape for a in (X, A, V, S, M, B, u, w, z)}


def read(text: str) -> Formula:
    return parse(text, SHAPES, scalars=["tau", "beta"], functions=["phi"])


CONSTRUCTS = [
    ("X A", X @ A),
    ("X  A\n X^T", X @ A @ X.T),
    ("X(A)", X @ A),
    ("softmax(X A X^T) X V", softmax(X @ A @ X.T) @ X @ V),
    ("softmax(X (A X^T)) (X V)", softmax(X @ A @ X.T) @ X @ V),
    ("softmax(S, causal)", softmax(S, causal=True)),
    ("softmax(S, mask=M)", softmax(S, mask=M)),
    ("softmax(S, causal, mask = M)", softmax(S, causal=True, mask=M)),
    ("softmax(S, mask=M, causal)", softmax(S, causal=True, mask=M)),
    ("S + u ones(n)^T", S + u @ ones(n).T),
    ("X^T", X.T),
    ("X^T^T", X),
    ("X ^ T", X.T),
    ("A^-1", inverse(A)),
    ("A ^ - 1", inverse(A)),
    ("A^-1^T", inverse(A).T),
    ("inv(A)", inverse(A)),
    ("det(A)", determinant(A)),
    ("tau^-1 X", X / tau),
    ("tr(A)", trace(A)),
    ("diag(u) X", diag(u) @ X),
    ("exp(S)", exp(S)),
    ("relu(X A)", relu(X @ A)),
    ("step(X)", apply("step", X)),
    ("silu(X)", apply("silu", X)),
    ("abs(X)", apply("abs", X)),
    ("square(X)", apply("square", X)),
    ("log(X)", apply("log", X)),
    ("reciprocal(X)", apply("reciprocal", X)),
    ("phi(X)", apply("phi", X)),
    ("I(n)", identity(n)),
    ("I(n + m)", identity(n + m)),
    ("I(2*n*d + 1)", identity(2 * n * d + 1)),
    ("I(2*(n + 1))", identity(2 * n + 2)),
    ("0(n,d)", zeros(n, d)),
    ("0(3, 4)", zeros(3, 4)),
    ("ones(n)", ones(n)),
    ("ones(n, m)", ones(n, m)),
    ("[S, B]", blocks([[S, B]])),
    ("[S, B; 0(m,n), I(m)]", blocks([[S, B], [zeros(m, n), identity(m)]])),
    ("[1, 2; 3, 4]", blocks([[number(1), number(2)], [number(3), number(4)]])),
    ("2 X", 2 * X),
    ("2X", 2 * X),
    ("2 * X", 2 * X),
    ("X * 2", 2 * X),
    ("X 2", 2 * X),
    ("tau X", tau * X),
    ("tau beta X", tau * beta * X),
    ("X / tau", X / tau),
    ("X / 4", X * Fraction(1, 4)),
    ("X / n", X / n),
    ("n X", n * X),
    ("0.1 X", Fraction(1, 10) * X),
    ("1.5e-2 X", Fraction(3, 200) * X),
    (".5 X", Fraction(1, 2) * X),
    ("X .* X", hadamard(X, X)),
    ("-X", -X),
    ("--X", X),
    ("X * -2", -2 * X),
    ("X - -X", X + X),
    ("tr(A) X", trace(A) * X),
    ("u^T w z", (u.T @ w) * z),
    ("z (u^T w)", z @ u.T @ w),
    ("X (u^T w)", (u.T @ w) * X),
    ("u^T w X", (u.T @ w) * X),
    ("u^T w", u.T @ w),
    ("X / (u^T w)", X / (u.T @ w)),
]


@pytest.mark.parametrize(("text", "expected"), CONSTRUCTS, ids=[text for text, _ in CONSTRUCTS])
def test_construct(text: str, expected: Formula) -> None:
    assert read(text) == expected


PRECEDENCE = [
    ("X + X A", X + X @ A),
    ("X A^T", X @ A.T),
    ("(X A)^T", (X @ A).T),
    ("-X^T", -(X.T)),
    ("-X A", -(X @ A)),
    ("X - X - X", X - X - X),
    ("X - (X - X)", X - (X - X)),
    ("1/2 X", Fraction(1, 2) * X),
    ("X A / 2 A", (X @ A) / 2 @ A),
    ("1 / 2 / 2 * X", Fraction(1, 4) * X),
    ("X .* X A", hadamard(X, X @ A)),
    ("X A .* X", hadamard(X @ A, X)),
    ("X .* X + X", hadamard(X, X) + X),
    ("(X .* X) A", hadamard(X, X) @ A),
    ("-X .* X", hadamard(-X, X)),
    ("2 * X .* X", hadamard(2 * X, X)),
    ("exp(X) A", exp(X) @ A),
    ("A (A + A)", A @ (A + A)),
]


@pytest.mark.parametrize(("text", "expected"), PRECEDENCE, ids=[text for text, _ in PRECEDENCE])
def test_precedence(text: str, expected: Formula) -> None:
    assert read(text) == expected


def test_precedence_tells_apart() -> None:
    assert read("X A^T") != read("(A X^T)^T")
    assert read("X - X - X") != read("X - (X - X)")


INFERRED = [
    ("X + 0", X + zeros(n, d)),
    ("0 - X", zeros(n, d) - X),
    ("A + I", A + identity(d)),
    ("I + 2 I + A", identity(d) + 2 * identity(d) + A),
    ("tau I + A", tau * identity(d) + A),
    ("X I", X @ identity(d)),
    ("I X", identity(n) @ X),
    ("X (A + I) X^T", X @ (A + identity(d)) @ X.T),
    ("(I - A)^-1 + A", inverse(identity(d) - A) + A),
    ("S + u ones^T", S + u @ ones(n).T),
    ("softmax(S) ones", softmax(S) @ ones(n)),
    ("diag(ones) X", diag(ones(n)) @ X),
    ("[S, B; 0, I]", blocks([[S, B], [zeros(m, n), identity(m)]])),
    ("[X, 0; 0, A]", blocks([[X, zeros(n, d)], [zeros(d, d), A]])),
    ("[S; 0] + [0; S]", None),
    ("X .* 0", hadamard(X, zeros(n, d))),
    ("exp(0) .* X", hadamard(exp(zeros(n, d)), X)),
    ("softmax(0 + S)", softmax(zeros(n, n) + S)),
    ("softmax(0, mask=M)", softmax(zeros(n, n), mask=M)),
    ("X + (0 - 0)", X + (zeros(n, d) - zeros(n, d))),
    ("0 X", 0 * X),
    ("0", number(0)),
    ("exp(0)", exp(number(0))),
    ("1 + 0", number(1) + number(0)),
    ("tr(A) - 0", trace(A) - number(0)),
    ("[1, 0; 0, 1]", blocks([[1, 0], [0, 1]])),
    ("[1, 0]", blocks([[1, 0]])),
    ("[0; tau - 1]", blocks([[number(0)], [tau - 1]])),
]


@pytest.mark.parametrize(("text", "expected"), INFERRED, ids=[text for text, _ in INFERRED])
def test_inferred_shape(text: str, expected: Formula | None) -> None:
    if expected is None:
        with pytest.raises(BadInput, match="the shape of 0 does not follow"):
            read(text)
    else:
        assert read(text) == expected


def test_whole_shape_can_be_given() -> None:
    assert parse("0", SHAPES, shape=("n", "d")) == zeros(n, d)
    assert parse("I", SHAPES, shape=("n", "n")) == identity(n)
    assert parse("0", SHAPES, shape=(1, 1)) == number(0)
    assert parse("X", SHAPES, shape=("n", "d")) == X


def test_sizes_can_be_fixed() -> None:
    shapes = {"X": ("n", "d"), "A": (2, 2)}
    fixed = parse("X A / n + 0(n, d)", shapes, sizes={"n": 3, "d": 2})
    assert fixed == Fraction(1, 3) * (matrix("X", 3, 2) @ matrix("A", 2, 2)) + zeros(3, 2)
    with pytest.raises(BadInput, match="X \\(n x d\\) times A \\(2 x 2\\)"):
        parse("X A", shapes)


def test_equal_sizes_from_all_sources() -> None:
    import sympy

    own = sympy.Symbol("n")
    assert matrix("X", own, 2 * own + 1) == matrix("X", "n", 1 + 2 * size_symbol("n"))
    assert parse("X", {"X": ("n", "2*n + 1")}) == matrix("X", own, own + own + 1)


def test_declarations() -> None:
    assert parse_shape("X=n,d") == ("X", (n, d))
    assert parse_shape(" W_Q1 = 2*n , d+1 ") == ("W_Q1", (2 * n, d + 1))
    assert parse_shape("u=n") == ("u", (n, 1))
    assert parse_shape("X=3,4") == ("X", (3, 4))
    assert list(parse_shapes(["X=n,d", "A=d,d"])) == ["X", "A"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X", "write X=n,d for a matrix or u=n for a column"),
        ("X=", "expected a size"),
        ("X=n,", "expected a size"),
        ("X=n,d,e", "expected an operator|expected '\\+' or '\\*', or the end|the end"),
        ("X=n,0", "0 is not a size"),
        ("X=n-1,d", "unexpected '-'"),
        ("X=n,1.5", "1.5 is not a size"),
        ("T=n,n", "'T' cannot name a matrix: it is reserved"),
        ("I=n,n", "'I' cannot name a matrix"),
        ("X=T,d", "'T' cannot name a size"),
        ("softmax=n,n", "'softmax' cannot name a matrix: it is a function"),
        ("X=exp,n", "unexpected 'exp'"),
        ("2X=n,d", "'2X' cannot name a matrix"),
        ("=n", "'' cannot name a matrix"),
        ("X=n,d;", "unexpected ';'"),
        ("X=n,d!", "'!' cannot stand here"),
    ],
)
def test_bad_declaration(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_shape(text)


@pytest.mark.parametrize(
    ("declarations", "message"),
    [
        (["X=n,d", "X=n,d"], "'X' is declared twice"),
        (["n=n,d"], "'n' is declared as a matrix and as a size"),
        (["X=n,d", "d=n,n"], "'d' is declared as a matrix and as a size"),
    ],
)
def test_clashing_declarations(declarations: list[str], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_shapes(declarations)


def test_clashing_roles() -> None:
    with pytest.raises(BadInput, match="'X' is declared as a matrix and as a scalar"):
        parse("X", {"X": ("n", "d")}, scalars=["X"])
    with pytest.raises(BadInput, match="'n' is declared as a size and as a scalar"):
        parse("X", {"X": ("n", "d")}, scalars=["n"])
    with pytest.raises(BadInput, match="'exp' cannot name a function"):
        parse("X", {"X": ("n", "d")}, functions=["exp"])
    with pytest.raises(BadInput, match="has 3 sizes"):
        parse("X", {"X": ("n", "d", "e")})
