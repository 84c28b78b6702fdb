"""Exact values beyond equality: signs, enclosures, side conditions, functions, hard attention."""

from __future__ import annotations

from typing import Any

import pytest
import sympy

from symsim.domains.enclosure import decimal, enclose, is_constant, separate
from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.domains.layout import Sight
from symsim.domains.nested import NestedField
from symsim.domains.sympy_edge import from_sympy, to_sympy
from symsim.errors import BadInput, Undefined

x, y, z = sympy.symbols("x y z")
exp, Q = sympy.exp, sympy.Rational


# -- signs and enclosures ---------------------------------------------------------------------------------------------
CONSTANTS = [
    (sympy.E - Q(271828, 100000), 1),
    (sympy.sqrt(2) - Q(3, 2), -1),
    (exp(Q(-50)), 1),
    (exp(sympy.E) - 15, 1),
    (1 / (sympy.E - Q("2.718281828459045235360287471352662497757")), 1),
    (sympy.sqrt(2) + sympy.sqrt(3) - sympy.sqrt(10), -1),
    (2 ** sympy.sqrt(2) - Q("2.66514414269022518865"), 1),
]


@pytest.mark.parametrize(("expr", "sign"), CONSTANTS, ids=str)
def test_signs_of_constants(expr: Any, sign: int) -> None:
    field = NestedField()
    value = from_sympy(field, expr)
    assert is_constant(field, value)
    assert separate(field, value) == sign
    assert (sympy.N(expr, 60) > 0) == (sign == 1)
    ball = enclose(field, value, 400)
    assert ball.overlaps(enclose(field, value, 200))
    assert abs(sympy.Float(ball.mid().str(60, radius=False), 60) / sympy.N(expr, 60) - 1) < 1e-25
    assert abs(sympy.Float(decimal(field, value, 20), 30) / sympy.N(expr, 30) - 1) < 1e-18


def test_signs_of_functions() -> None:
    field = NestedField()

    def sign(e: Any) -> int | None:
        return field.sign(from_sympy(field, sympy.sympify(e)))

    assert sign(exp(x) + 2 * exp(y)) == 1
    assert sign(-exp(x) / (1 + exp(x))) == -1
    assert sign(exp(x) / (exp(x) + exp(y))) == 1
    assert sign(1 - exp(x) / (exp(x) + exp(y))) == 1
    assert sign(exp(x) - exp(y)) is None
    assert sign(x**2) is None  # 0 at x = 0
    assert sign(exp(x) - exp(x)) == 0
    assert sign(x) is None
    assert not is_constant(field, from_sympy(field, exp(x)))


def test_an_enclosure_needs_a_constant() -> None:
    field = NestedField()
    with pytest.raises(BadInput, match="'x' is a symbol"):
        enclose(field, field.symbol("x"))
    with pytest.raises(BadInput, match="only constants"):
        enclose(field, field.opaque("f", (1,)))


# -- side conditions --------------------------------------------------------------------------------------------------
def entry(domain: Exact, expr: Any) -> Any:
    return domain.given([[expr]], 1, 1)


@pytest.mark.parametrize(
    ("function", "argument", "condition"),
    [
        ("reciprocal", x, ["x"]),
        ("reciprocal", exp(x) + exp(y), []),
        ("reciprocal", exp(x) - exp(y), ["exp(x) - exp(y)"]),
        ("reciprocal", 1 + x**2, ["x**2 + 1"]),
        ("reciprocal", sympy.E - 2, []),
        ("reciprocal", Q(5), []),
    ],
    ids=str,
)
def test_conditions_of_reciprocals(function: str, argument: Any, condition: list[str]) -> None:
    domain = Exact()
    found = domain.entrywise(function, entry(domain, argument))
    assert [str(to_sympy(domain.field, v)) for v in domain.conditions] == condition
    assert domain.equal(domain.hadamard(found, entry(domain, argument)), domain.ones(1, 1))


def test_logarithms_are_opaque_and_leave_a_condition() -> None:
    domain = Exact()
    first, second = (domain.entrywise("log", entry(domain, e)) for e in (x * y, y * x))
    assert domain.equal(first, second)
    assert [str(to_sympy(domain.field, v)) for v in domain.positives] == ["x*y", "x*y"]
    assert domain.equal(domain.entrywise("log", entry(domain, Q(1))), domain.zeros(1, 1))
    assert not domain.equal(first, domain.entrywise("log", entry(domain, x)))
    for argument in (Q(0), Q(-1), -exp(x)):
        with pytest.raises(Undefined):
            domain.entrywise("log", entry(domain, argument))


def test_inverses_list_their_determinant() -> None:
    domain = Exact()
    a = domain.variable("A", 3, 3)
    assert domain.equal(domain.product(a, domain.inverse(a)), domain.identity(3))
    (condition,) = domain.conditions
    A = sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"A_{i + 1},{j + 1}"))
    assert sympy.expand(to_sympy(domain.field, condition) - A.det()) == 0
    with pytest.raises(Undefined, match="singular"):
        domain.inverse(domain.given([[x, y], [2 * x, 2 * y]], 2, 2))
    with pytest.raises(BadInput, match="square"):
        domain.inverse(domain.variable("B", 2, 3))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_symbols_alone_are_inverted_by_cofactors_and_others_by_elimination(order: int) -> None:
    """Both ways, also with zeros, give a matrix that times the first one is I; and their condition is det != 0."""
    domain = Exact()
    a = domain.variable("A", order, order)
    upper = domain.hadamard(a, domain.given(sympy.Matrix(order, order, lambda i, j: 1 if i <= j else 0), order, order))
    for matrix in (a, upper, domain.add(a, domain.identity(order)), domain.add(upper, domain.ones(order, order))):
        assert domain.equal(domain.product(matrix, domain.inverse(matrix)), domain.identity(order))
    if order == 3:
        mixed = domain.given([[x, 1, y], [0, z, 2], [x, y, z]], 3, 3)
        assert domain.equal(domain.product(domain.inverse(mixed), mixed), domain.identity(3))
    twice = domain.given([[x] * order] * order, order, order)
    if order > 1:
        with pytest.raises(Undefined, match="singular"):
            domain.inverse(twice)


def test_the_condition_of_an_inverse_is_called_what_it_is() -> None:
    domain = Exact()
    a, b = domain.variable("A", 4, 4), domain.variable("B", 2, 2)
    domain.inverse(a, "A")
    domain.inverse(domain.transpose(a), "A^T")  # the same condition
    domain.inverse(b)
    assert domain.side_conditions() == ("det(A) != 0", "B_1,1*B_2,2 - B_1,2*B_2,1 != 0")


SYMBOLS = sympy.symbols("a:p")


@pytest.mark.parametrize(
    "matrix",
    [
        sympy.Matrix(4, 4, SYMBOLS),
        sympy.Matrix([[0, x, 0, 1], [y, 0, 2, 0], [0, 3, z, 0], [Q(1, 2), 0, 0, x * y]]),
        sympy.Matrix([[0, 0, 2], [0, 3, x], [5, y, z]]),
        sympy.Matrix([[exp(x), 1 / (1 + exp(y))], [exp(y), exp(-x)]]),
        sympy.Matrix([[x, y], [2 * x, 2 * y]]),
        sympy.Matrix(8, 8, lambda i, j: Q((i * i + 3 * j * i + j + 1) % 11 - 5, 1 + (i + 2 * j) % 4)),
        sympy.Matrix([[Q(-7, 3)]]),
    ],
    ids=["symbols", "sparse", "against the order", "exponentials", "singular", "rationals", "one"],
)
def test_determinants_agree_with_sympy(matrix: Any) -> None:
    domain = Exact()
    found = domain.to_sympy(domain.determinant(domain.given(matrix.tolist(), *matrix.shape)))[0, 0]
    assert sympy.cancel(sympy.together(found - matrix.det(method="berkowitz"))) == 0
    assert not domain.conditions


def test_determinants_refuse_what_has_none() -> None:
    domain = Exact()
    with pytest.raises(BadInput, match="square"):
        domain.determinant(domain.variable("B", 2, 3))
    with pytest.raises(BadInput, match="order 24 with symbols needs more than 100000 minors"):
        domain.determinant(domain.variable("A", 24, 24))


# -- functions and hard attention -------------------------------------------------------------------------------------
def test_functions_whose_sign_is_known_are_evaluated() -> None:
    domain = Exact()

    def at(function: str, e: Any) -> Any:
        return domain.to_sympy(domain.entrywise(function, entry(domain, e)))[0, 0]

    assert at("relu", exp(x)) == exp(x)
    assert at("relu", -exp(x)) == 0
    assert at("step", Q(0)) == 1
    assert at("step", Q(-1, 2)) == 0
    assert at("abs", Q(-3, 2)) == Q(3, 2)
    assert at("abs", 2 - sympy.E) == sympy.E - 2
    assert at("relu", sympy.sqrt(2) - Q(3, 2)) == 0
    assert at("silu", Q(0)) == 0


def test_opaque_functions_know_their_argument_only() -> None:
    domain = Exact()

    def f(e: Any, name: str = "relu") -> Any:
        return domain.entrywise(name, entry(domain, e))

    assert domain.equal(f(exp(x) / exp(y)), f(exp(x - y)))
    assert domain.equal(f((x + y) ** 2), f(x**2 + 2 * x * y + y**2))
    assert domain.equal(f(2 ** (x + 1) - y), f(2 * 2**x - y))
    assert not domain.equal(f(x), f(y))
    assert not domain.equal(f(x), f(x, "mystery"))
    assert not domain.equal(f(x), f(2 * x))


def hard(scores: list[list[Any]], ties: str = "average") -> Any:
    domain = Exact()
    width = len(scores[0])
    given = domain.given(scores, len(scores), width)
    return domain, domain.hard(given, Sight.plain(len(scores), width), ties)


def test_hard_attention_decides_what_can_be_decided() -> None:
    p = exp(x) / (exp(x) + exp(y))
    domain, found = hard([[0, p, 1], [p, 0, p], [x, x + 1, x - 1], [1, p - p, 1], [sympy.sqrt(2), Q(3, 2), 1]])
    expected = [[0, 0, 1], [Q(1, 2), 0, Q(1, 2)], [0, 1, 0], [Q(1, 2), 0, Q(1, 2)], [0, 1, 0]]
    assert domain.equal(found, domain.given(expected, 5, 3))
    for ties, expected_row in (("left", [1, 0, 0]), ("right", [0, 0, 1])):
        domain, found = hard([[p, 0, p]], ties)
        assert domain.equal(found, domain.given([expected_row], 1, 3))


def test_hard_attention_of_unknown_order_is_opaque() -> None:
    domain, found = hard([[x, y, x - 1], [x + z, y + z, x + z - 2], [y, x, x - 1]])
    rows = [domain.take(found, [i]) for i in range(3)]
    assert domain.equal(rows[0], rows[1])  # a common shift changes nothing, and the third key never wins
    assert not domain.equal(rows[0], rows[2])
    assert rows[0][0, 2] == 0
    values = [rows[0][0, j] for j in (0, 1)]
    assert all(type(v) is Element for v in values)
    assert not domain.equal(rows[0], domain.given([[Q(1, 2), Q(1, 2), 0]], 1, 3))
    with pytest.raises(BadInput, match="unknown ties 'lefft': did you mean 'left'"):
        hard([[x, y]], "lefft")


def test_hidden_keys_do_not_win() -> None:
    domain = Exact()
    scores = domain.given([[5, 1, 1], [x, 2, 9], [0, 0, 7]], 3, 3)
    mask = domain.given([[0, 1, 1], [0, 0, 0], [1, 1, 0]], 3, 3)
    found = domain.hard(scores, Sight.plain(3, 3, mask=mask), "average")
    half = Q(1, 2)
    assert domain.equal(found, domain.given([[0, half, half], [0, 0, 0], [half, half, 0]], 3, 3))
    with pytest.raises(BadInput, match="entries 0 and 1"):
        domain.hard(scores, Sight.plain(3, 3, mask=domain.given([[2, 0, 0]] * 3, 3, 3)), "average")
    with pytest.raises(BadInput, match="the sight is 2 x 2, the scores 3 x 3"):
        domain.softmax(scores, Sight.plain(2, 2))


def test_softmax_over_rational_functions() -> None:
    domain = Exact()
    scores = domain.given([[x / (x + 1), -1 / (x + 1)]], 1, 2)
    plain = domain.given([[1, 0]], 1, 2)
    assert domain.equal(domain.softmax(scores, Sight.plain(1, 2)), domain.softmax(plain, Sight.plain(1, 2)))
    other = domain.given([[x / (x + 1), 1 / (x + 1)]], 1, 2)
    assert not domain.equal(domain.softmax(other, Sight.plain(1, 2)), domain.softmax(plain, Sight.plain(1, 2)))


@pytest.mark.parametrize(
    ("function", "safe"), [("relu", True), ("abs", True), ("step", True), ("f", False), ("log", False)]
)
def test_only_functions_that_are_never_negative_keep_a_denominator_from_0(function: str, safe: bool) -> None:
    domain = Exact()
    value = domain.apply(function, domain.field.symbol("x"))
    before = len(domain.conditions)
    domain.apply("reciprocal", domain.field.add(value, 1))
    assert (len(domain.conditions) == before) is safe
