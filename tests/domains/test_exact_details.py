"""Exact matrices in detail: entries, shapes, cutting and joining, arithmetic, conditions, and the first difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy
from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix, as_table, same_shape
from symsim.domains.field import Element
from symsim.domains.layout import Layout
from symsim.errors import BadInput

x, y, z = sympy.symbols("x y z")
exp, Q = sympy.exp, sympy.Rational

A = sympy.Matrix([[1, x, 0], [0, exp(y), -2]])
B = sympy.Matrix([[0, Q(1, 2), -x], [3, 0, 2]])
C = sympy.Matrix([[1, 0], [0, 0], [y, 1 / (1 + exp(x))]])
ZERO = sympy.zeros(2, 3)


def given(domain: Exact, matrix: Any) -> ExactMatrix:
    return domain.given(matrix.tolist(), *matrix.shape)


def is_tidy(a: ExactMatrix) -> bool:
    """Whether no zero is kept, and every entry has its place."""
    return all(0 <= j < a.width and (type(v) is Element or v != 0 and (type(v) is int or isinstance(v, fmpq)))
               for row in a.entries for j, v in row.items())  # fmt: skip


def shows(domain: Exact, a: ExactMatrix, matrix: Any) -> bool:
    """Whether an exact matrix is the sympy matrix."""
    assert is_tidy(a) and domain.shape(a) == matrix.shape == (a.height, a.width)
    return bool((domain.to_sympy(a) - matrix).applyfunc(lambda e: sympy.simplify(sympy.expand(e))).is_zero_matrix)


# -- what users pass in -----------------------------------------------------------------------------------------------
def test_tables() -> None:
    assert as_table([[1, 2], (3, 4)], 2, 2) == [[1, 2], [3, 4]] and as_table([1, 2], 2, 1) == [[1], [2]]
    assert as_table(5, 1, 1) == [[5]] and as_table(((1, 2),), 1, 2) == [[1, 2]] and as_table([], 0, 0) == []
    assert as_table(sympy.Matrix([[x, 1]]), 1, 2) == [[x, 1]] and as_table(np.array([[1], [2]]), 2, 1) == [[1], [2]]
    with pytest.raises(BadInput, match=r"one length, got lengths \[1, 2\]"):
        as_table([[1, 2], [3]], 2, 2)
    for bad, rows, cols in (([[1, 2]], 2, 1), ([[1, 2]], 1, 3), ([[1, 2]], 2, 2), ([], 0, 1), ([1, 2], 1, 2)):
        with pytest.raises(BadInput, match=f"expected a {rows} x {cols} matrix, got"):
            as_table(bad, rows, cols)
    same_shape("add", (2, 3), (2, 3))
    with pytest.raises(BadInput, match="add: 2 x 3 against 3 x 2"):
        same_shape("add", (2, 3), (3, 2))


def test_entries() -> None:
    domain = Exact()
    a = domain.given([[0, x], [Q(4, 2), 0]], 2, 2)
    assert a[0, 0] == 0 and a[1, 0] == 2 and type(a[0, 1]) is Element and a[1, 1] == 0
    assert (a.height, a.width, a.entries[1]) == (2, 2, {0: 2}) and set(a.entries[0]) == {1}
    assert shows(domain, domain.given([[x - x, x], [0, x * 0]], 2, 2), sympy.Matrix([[0, x], [0, 0]]))
    with pytest.raises(BadInput, match="0.5 at row 2, column 1"):
        domain.given([[1, 2], [0.5, 1]], 2, 2)
    b = domain.variable("X", 2, 3)
    assert shows(domain, b, sympy.Matrix(2, 3, lambda i, j: sympy.Symbol(f"X_{i + 1},{j + 1}")))
    assert shows(domain, domain.zeros(2, 3), ZERO) and shows(domain, domain.ones(2, 3), sympy.ones(2, 3))
    assert shows(domain, domain.identity(3), sympy.eye(3))
    assert domain.shape(domain.zeros(0, 3)) == (0, 3) and domain.name == "exact" and domain.flat is True


def test_constants_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = Exact()
    weight = sympy.ImmutableMatrix([[1, 0, Q(1, 2)], [0, -3, 0]])
    first = domain.constant(weight)
    assert (
        shows(domain, first, weight) and type(first.width) is int and first.entries == [{0: 1, 2: fmpq(1, 2)}, {1: -3}]
    )
    assert domain.constant(weight) is first
    other = sympy.Matrix([[1, 2]])  # may change
    made = domain.constant(other)
    other[0, 0] = 7
    assert shows(domain, domain.constant(other), sympy.Matrix([[7, 2]])) and shows(domain, made, sympy.Matrix([[1, 2]]))
    assert domain._constants[id(weight)][0] is weight


def test_scalars_and_their_conditions() -> None:
    domain = Exact()
    assert domain.scalar(Q(4, 2)) == 2 and type(domain.scalar(x)) is Element
    element = domain.field.symbol("x")
    assert domain.scalar(element) is element and domain.conditions == []
    domain.scalar(1 / (1 + exp(x)))
    assert domain.conditions == []
    domain.scalar(1 / (x + y) + 1 / (y + x) ** 2)
    domain.scalar(3 / (x + y))
    assert domain.side_conditions() == ("x + y != 0",) and len(domain.conditions) == 1
    domain.scalar(1 / (x - y) / z)
    assert domain.side_conditions() == ("x + y != 0", "x - y != 0", "z != 0") or len(domain.conditions) == 3


def test_values_of_constants_take_the_place_of_their_symbols() -> None:
    domain = Exact()
    assert type(domain.scalar(x)) is Element
    domain.values = {"x": Q(3), "z": Q(5)}
    assert domain.scalar(x) == 3 and domain.scalar(x * z) == 15 and domain.scalar(2) == 2
    assert shows(domain, domain.scale(x + y, domain.ones(1, 1)), sympy.Matrix([[3 + y]]))
    assert shows(domain, domain.constant(sympy.Matrix([[x, y]])), sympy.Matrix([[3, y]]))


def test_side_conditions_are_named_and_told_once() -> None:
    domain = Exact()
    value = domain.scalar(x * y)
    domain.conditions += [value, domain.scalar(x), value]
    domain.positives += [domain.scalar(z), domain.scalar(z)]
    assert domain.side_conditions() == ("x*y != 0", "x != 0", "z > 0")
    domain.named.append((domain.scalar(y * x), "det(A)"))
    assert domain.side_conditions() == ("det(A) != 0", "x != 0", "z > 0")


# -- cutting and joining ----------------------------------------------------------------------------------------------
ROWS, COLS = Layout((("a", 1), ("b", 2))), Layout((("c", 2), ("e", 0), ("d", 1)))


def test_blocks_are_put_in_their_place() -> None:
    domain = Exact()
    grid = {("a", "c"): given(domain, sympy.Matrix([[x, 0]])), ("b", "d"): given(domain, sympy.Matrix([[1], [y]])),
            ("b", "c"): given(domain, sympy.Matrix([[0, 2], [3, 0]]))}  # fmt: skip
    whole = sympy.Matrix([[x, 0, 0], [0, 2, 1], [3, 0, y]])
    made = domain.assemble(grid, ROWS, COLS)
    assert shows(domain, made, whole)
    assert shows(domain, domain.rows(made, ROWS, ["b"]), whole[1:, :])
    assert shows(domain, domain.rows(made, ROWS, ["b", "a"]), sympy.Matrix([[0, 2, 1], [3, 0, y], [x, 0, 0]]))
    assert shows(domain, domain.columns(made, COLS, ["d", "c"]), whole[:, [2, 0, 1]])
    assert shows(domain, domain.columns(made, COLS, ["d"]), whole[:, 2:])
    assert shows(domain, domain.take(made, [2, 0, 2]), whole.extract([2, 0, 2], [0, 1, 2]))
    for bad in (sympy.Matrix([[1], [2]]), sympy.Matrix([[1, 2], [3, 4]]), sympy.Matrix([[1, 2, 3]])):
        with pytest.raises(BadInput, match=r"block \(a, c\) is \d x \d, its place is 1 x 2"):
            domain.assemble({("a", "c"): given(domain, bad)}, ROWS, COLS)
    with pytest.raises(BadInput, match="the layout names 3 rows, and the matrix has 2"):
        domain.rows(given(domain, A), ROWS, ["a"])
    with pytest.raises(BadInput, match="the layout names 3 columns, and the matrix has 2"):
        domain.columns(given(domain, C), COLS, ["c"])


def test_columns_of_entries() -> None:
    domain = Exact()
    flat = domain.flatten(given(domain, A))
    assert shows(domain, flat, sympy.Matrix([1, x, 0, 0, exp(y), -2]))
    assert shows(domain, domain.unflatten(flat, 2, 3), A)
    assert shows(domain, domain.unflatten(flat, 3, 2), sympy.Matrix([[1, x], [0, 0], [exp(y), -2]]))
    for a, rows, cols in ((flat, 2, 2), (flat, 7, 1), (given(domain, A), 2, 3), (given(domain, A), 2, 1)):
        with pytest.raises(BadInput, match="does not fill"):
            domain.unflatten(a, rows, cols)


# -- arithmetic -------------------------------------------------------------------------------------------------------
def test_arithmetic_agrees_with_sympy() -> None:
    domain = Exact()
    some = [A, B, ZERO, -A, sympy.Matrix([[0, 0, 0], [x, 0, 1]])]
    for left in some:
        for right in some:
            a, b = given(domain, left), given(domain, right)
            assert shows(domain, domain.add(a, b), left + right)
            assert shows(domain, domain.hadamard(a, b), left.multiply_elementwise(right))
            assert shows(domain, domain.product(a, domain.transpose(b)), left * right.T)
            assert shows(domain, a, left) and shows(domain, b, right)
        a = given(domain, left)
        assert shows(domain, domain.transpose(a), left.T)
        assert shows(domain, domain.product(a, given(domain, C)), left * C)
        for factor in (0, 2, Q(-1, 3), x, exp(x)):
            assert shows(domain, domain.scale(factor, a), factor * left)
    picks = sympy.Matrix([[0, 1, 0], [0, 0, 2], [1, 0, 0], [0, 0, 0]])
    assert shows(domain, domain.product(given(domain, picks), given(domain, C)), picks * C)
    cancels = sympy.Matrix([[1, -1], [x, -x], [Q(1, 2), Q(1, 2)]])
    assert shows(domain, domain.product(given(domain, cancels), domain.ones(2, 2)), cancels * sympy.ones(2, 2))
    empty = domain.product(domain.zeros(2, 0), domain.zeros(0, 3))
    assert shows(domain, empty, ZERO)


def test_a_row_of_the_identity_is_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    domain = Exact()
    a = given(domain, A)
    monkeypatch.setattr(domain.field, "multiply", None)
    monkeypatch.setattr(domain.field, "dot", None)
    monkeypatch.setattr(domain.field, "add", None)
    found = domain.product(domain.identity(2), a)
    assert all(p is q for p, q in zip(found.entries, a.entries, strict=True))
    picked = domain.product(domain.given([[0, 1]], 1, 2), a)
    assert picked.entries[0] is a.entries[1]
    total = domain.add(a, domain.zeros(2, 3))
    assert total.entries == a.entries and domain.add(domain.zeros(2, 3), a).entries == a.entries
    dead = domain.product(domain.given([[2, x]], 1, 2), domain.zeros(2, 2))
    assert dead.entries == [{}]


def test_diagonals_and_traces() -> None:
    domain = Exact()
    assert shows(domain, domain.diag(domain.given([x, 0, 2], 3, 1)), sympy.diag(x, 0, 2))
    square = sympy.Matrix([[x, 1], [5, -x + 1]])
    assert shows(domain, domain.trace(given(domain, square)), sympy.Matrix([[1]]))
    assert shows(domain, domain.trace(domain.given([[1, 5], [7, -1]], 2, 2)), sympy.Matrix([[0]]))
    assert shows(domain, domain.trace(domain.given([[0, 5, 1], [7, x, 2], [1, 1, 0]], 3, 3)), sympy.Matrix([[x]]))
    assert shows(domain, domain.trace(domain.zeros(2, 2)), sympy.Matrix([[0]]))
    assert shows(domain, domain.determinant(given(domain, square)), sympy.Matrix([[x * (1 - x) - 5]]))
    assert shows(domain, domain.determinant(domain.ones(2, 2)), sympy.Matrix([[0]]))
    assert shows(
        domain,
        domain.inverse(given(domain, sympy.Matrix([[2, 0], [1, 1]]))),
        sympy.Matrix([[Q(1, 2), 0], [Q(-1, 2), 1]]),
    )


def test_an_inverse_without_a_name_is_told_by_its_determinant() -> None:
    for name, told in (("", "A_1,1*A_2,2 - A_1,2*A_2,1 != 0"), ("A", "det(A) != 0")):
        domain = Exact()
        a = domain.variable("A", 2, 2)
        found = domain.inverse(a, name) if name else domain.inverse(a)
        assert domain.side_conditions() == (told,) and domain.equal(domain.product(a, found), domain.identity(2))


def test_shapes_that_do_not_fit() -> None:
    domain = Exact()
    a, b, c = given(domain, A), given(domain, C), domain.ones(2, 2)
    for make, message in (
        (lambda: domain.add(a, b), "^add: 2 x 3 against 3 x 2"),
        (lambda: domain.hadamard(a, c), "^entrywise product: 2 x 3 against 2 x 2"),
        (lambda: domain.product(a, a), "2 x 3 times 2 x 3: the inner sizes differ"),
        (lambda: domain.diag(a), "got 2 x 3"),
        (lambda: domain.trace(b), "square matrix, got 3 x 2"),
        (lambda: domain.equal(a, b), "^compare: 2 x 3 against 3 x 2"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=message):
            make()


# -- functions and settling -------------------------------------------------------------------------------------------
def test_functions_at_every_entry() -> None:
    domain = Exact()
    a = domain.given([[0, -2], [3, 0]], 2, 2)
    assert shows(domain, domain.entrywise("exp", a), sympy.Matrix([[1, exp(-2)], [exp(3), 1]]))
    assert shows(domain, domain.entrywise("relu", a), sympy.Matrix([[0, 0], [3, 0]]))
    assert shows(domain, domain.entrywise("step", a), sympy.Matrix([[1, 0], [1, 1]]))
    half = domain.given([[1, -2], [0, 3], [0, 0]], 3, 2)
    assert shows(domain, domain.entrywise("step", half), sympy.Matrix([[1, 0], [1, 1], [1, 1]]))
    assert shows(domain, domain.entrywise("exp", half), sympy.Matrix([[exp(1), exp(-2)], [1, exp(3)], [1, 1]]))
    full = domain.given([[1, -2]], 1, 2)
    assert shows(domain, domain.entrywise("step", full), sympy.Matrix([[1, 0]]))
    asked: list[Any] = []
    honest = domain.apply
    domain.apply = lambda name, v: asked.append(v) or honest(name, v)  # type: ignore[method-assign, func-returns-value]
    domain.entrywise("reciprocal", full)
    assert asked == [1, -2]
    odd = domain.entrywise("odd", a)
    assert type(odd[0, 0]) is Element and domain.field.equal(odd[0, 0], odd[1, 1])
    assert not domain.field.equal(odd[0, 0], odd[0, 1]) and not domain.field.equal(odd[0, 1], odd[1, 0])
    assert shows(domain, domain.map(a, lambda v: v + 2), sympy.Matrix([[0, 0], [5, 0]]))


def test_settled_entries_are_reduced() -> None:
    domain = Exact()
    total = domain.scalar(exp(x) + exp(y))
    value = domain.field.multiply(total, domain.field.invert(domain.field.multiply(total, total)))
    settled = domain.settle(ExactMatrix([{0: value}, {1: 5}], 2))
    assert [power for _, power in settled[0, 0].den] == [1]
    assert domain.field.equal(settled[0, 0], value) and settled[1, 1] == 5 and domain.shape(settled) == (2, 2)
    assert shows(domain, domain.settle(domain.given([[(x**2 - 1) / (x + 1)]], 1, 1)), sympy.Matrix([[x - 1]]))
    assert not domain.settle(domain.given([[(x**2 - 1) / (x + 1)]], 1, 1))[0, 0].den


# -- deciding ---------------------------------------------------------------------------------------------------------
def test_the_first_difference() -> None:
    domain = Exact()
    a = given(domain, A)
    assert domain.equal(a, a) is True and domain.first_difference(a, given(domain, A)) is None
    for i, j in ((0, 0), (0, 2), (1, 0), (1, 1), (1, 2)):
        changed = A.copy()
        changed[i, j] += 1
        changed[1, 2] += 3
        assert domain.first_difference(a, given(domain, changed)) == (i, j)
        assert (
            domain.first_difference(given(domain, changed), a) == (i, j)
            and domain.equal(a, given(domain, changed)) is False
        )
    assert (
        domain.equal(given(domain, sympy.Matrix([[exp(x) * exp(y)]])), given(domain, sympy.Matrix([[exp(x + y)]])))
        is True
    )
    assert domain.first_difference(given(domain, ZERO), domain.given([[0, 0, 0], [0, x, 1]], 2, 3)) == (1, 1)
