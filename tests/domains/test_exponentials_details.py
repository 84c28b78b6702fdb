"""Functions at every entry, the laws of exp, and factors that cancel, in detail: their form, and their value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from symsim.domains.exponentials import argument, exponential, function, inverted, merge_factors, row_constant
from symsim.domains.words import Letter, Sum, flipped, letter, ones
from tests.domains.block_pairs import SHAPES, Both, d, f, is_right, n, one, proved, var, zero

S, T, X = var("S", n, n), var("T", n, n), var("X", n, d)
u, v = var("u", n, 1), var("v", n, 1)
a, b = var("a", 1, 1), var("b", 1, 1)


def exp(m: Both) -> Both:
    return f("exp", m)


def over(m: Both) -> Both:
    return f("reciprocal", m)


@pytest.mark.parametrize(("rows", "cols"), SHAPES, ids=str)
def test_at_every_shape(rows: Any, cols: Any) -> None:
    x, y, r, c = (var(*part) for part in (("X", rows, cols), ("Y", rows, cols), ("r", rows, 1), ("c", cols, 1)))
    row, column, number = r @ one(1, cols), one(rows, 1) @ c.T, one(rows, 1) @ a @ one(1, cols)
    assert proved(exp(zero(rows, cols)), one(rows, cols))
    assert proved(exp(x + y), exp(x) * exp(y)) and not proved(exp(x + y), exp(x) + exp(y))
    assert proved(exp(x + row + column + number), exp(x) * exp(row) * exp(column) * exp(number))
    assert proved(exp(row + number), exp(r) @ one(1, cols) * exp(number))
    assert proved(exp(column + number), one(rows, 1) @ exp(c).T * exp(number))
    assert proved(exp(number), one(rows, 1) @ exp(a) @ one(1, cols))
    assert proved(exp(row + column), exp(r) @ exp(c).T)
    assert proved(exp(x).T, exp(x.T)) and not proved(exp(x), exp(y))
    assert proved(exp(x) * exp(-1 * x), one(rows, cols)) and proved(exp(x) * exp(x) * y, exp(2 * x) * y)
    assert proved(exp(x + number) * exp(y - x), exp(y + number)) and is_right(exp(x - y) * y)
    assert proved(over(y) * x * y, x) and proved(over(y) * y * y, y) and not proved(over(y) * x, x)
    assert proved(over(x) * over(y) * y * x, one(rows, cols)) and not proved(over(2 * x) * x, one(rows, cols))
    assert not proved(over(number * x) * x, one(rows, cols)) and not proved(over(x + y) * x, one(rows, cols))
    assert not proved(f("relu", x) * x, one(rows, cols)) and not proved(f("f", y) * x * y, x)
    for name in ("silu", "f", "relu"):
        for m in (x, row, column, x + y, x @ x.T @ y, number):
            assert is_right(f(name, m)) and proved(f(name, m).T, f(name, m.T))
            assert is_right(f(name, f(name, m)) + m)


def test_symmetric_arguments() -> None:
    m = S @ S.T
    for name in ("silu", "f", "exp"):
        assert proved(f(name, m), f(name, m).T) and not proved(f(name, S @ T), f(name, S @ T).T)
        assert proved(f(name, S @ T).T @ u, f(name, T.T @ S.T) @ u)
        assert proved((u.T @ f(name, S @ T) @ v), (v.T @ f(name, T.T @ S.T) @ u))


TRUE: dict[str, Callable[[], tuple[Both, Both]]] = {
    "numbers": lambda: (u @ exp(a) @ exp(b), u @ exp(a + b)),
    "numbers that cancel": lambda: (u @ exp(a) @ exp(-1 * a), u),
    "a number over itself": lambda: (u @ over(a) @ a, u),
    "two numbers over themselves": lambda: (u @ over(a @ b) @ b @ a, u),
    "a form over itself": lambda: (u @ over(u.T @ v) @ (v.T @ u), u),
    "three exponentials": lambda: (exp(S) * T * exp(T) * exp(S.T), T * exp(S + T + S.T)),
    "a reciprocal and exponentials": lambda: (exp(S) * over(T) * exp(T) * T, exp(S + T)),
    "twice over itself": lambda: (over(T) * over(T) * T * T * S, S),
    "a number in an exponent": lambda: (
        exp(S + one(n) @ a @ one(n).T) * exp(T), exp(S + T) * (one(n) @ exp(a) @ one(n).T)),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_equal(name: str) -> None:
    assert proved(*TRUE[name]())


def test_a_law_of_one_letter_leaves_products_alone() -> None:
    for m in ((exp(S) @ T) * exp(T), (over(T) @ S) * T, (T @ over(T)) * T, exp(S) @ exp(T)):
        assert is_right(m)


# -- the parts --------------------------------------------------------------------------------------------------------
def symbol(name: str, rows: Any = 3, cols: Any = 3) -> Letter:
    return letter("symbol", rows, cols, (name,))


def test_the_letter_of_a_function() -> None:
    whole = Sum.word((symbol("S"),), 3, 3)
    for inner in (whole, whole.T):
        (found,) = function("f", inner)
        assert argument(found).same(inner) and argument(found.twin).same(inner.T)
        assert not found.symmetric and found.twin is function("f", inner.T)[0] and found.twin is not found
        assert min(function("f", whole)[0].flip, function("f", whole.T)[0].flip) is False
    small = whole if whole.key <= whole.T.key else whole.T
    assert not function("f", small)[0].flip and function("f", small.T)[0].flip
    both = whole + whole.T
    assert function("f", both)[0].symmetric and function("f", both)[0].twin is function("f", both)[0]
    assert not function("f", both)[0].flip
    column = Sum.word((symbol("c", 3, 1),), 3, 1)
    (upright,) = function("f", column)
    assert (upright.rows, upright.cols, upright.flip) == (3, 1, False)
    (row,) = function("f", column.T)
    assert (row.rows, row.cols, row.flip) == (1, 3, True) and argument(row).same(column.T)
    for rows, cols in ((2, 2), (2, 3), (3, 2), (2, 1), (1, 2), (1, 1)):
        part = Sum.word((symbol("Q", rows, cols),), rows, cols)
        (found,) = function("g", part)
        assert (found.rows, found.cols) == (rows, cols) and argument(found).same(part)
        assert found.twin is function("g", part.T)[0]
        if cols == 1:
            assert not found.flip
        if rows == 1 and cols != 1:
            assert found.flip


def test_row_constants() -> None:
    x, c = Sum.word((symbol("X", 3, 2),), 3, 2), Sum.word((symbol("c", 3, 1),), 3, 1)
    r = Sum.word((symbol("r", 2, 1),), 2, 1)
    column, rest = row_constant(x + c @ Sum.ones(1, 2) + (Sum.ones(3, 1) @ r.T).scaled(5))
    assert column.same(c) and rest.same(x + (Sum.ones(3, 1) @ r.T).scaled(5)) and (rest.rows, rest.cols) == (3, 2)
    column, rest = row_constant(c)
    assert column.same(c) and rest.same(Sum(3, 1, {}))
    column, rest = row_constant(x)
    assert rest.same(x) and column.same(Sum(3, 1, {}))
    square = Sum.word((), 2, 2)
    assert row_constant(square)[1].same(square) and not row_constant(square)[0]
    ending = Sum.word((symbol("Y", 3, 3), *ones(3)), 3, 1) @ Sum.ones(1, 3)
    assert row_constant(ending)[0].same(Sum.word((symbol("Y", 3, 3), *ones(3)), 3, 1)) and not row_constant(ending)[1]
    one_key = Sum.word((symbol("Z", 2, 1),), 2, 1)
    assert row_constant(one_key)[0].same(one_key) and not row_constant(one_key)[1]


def test_exponentials_are_one_term() -> None:
    assert exponential(Sum(1, 1, {})) == (1, (), ()) and exponential(Sum(3, 1, {})) == (1, (), ones(3))
    assert exponential(Sum(1, 3, {})) == (1, (), flipped(ones(3)))
    assert exponential(Sum(2, 3, {})) == (1, (), ones(2) + flipped(ones(3)))
    number = Sum.word((symbol("a", 1, 1),), 1, 1)
    assert exponential(number) == (1, (function("exp", number),), ())


def test_words_below_a_reciprocal() -> None:
    s, t, a_, b_ = symbol("S"), symbol("T"), symbol("a", 1, 1), symbol("b", 1, 1)

    def below(inner: Sum, name: str = "reciprocal") -> Any:
        return inverted(function(name, inner)[0])

    word, square = Sum.word((s,), 3, 3), Sum.word((t,), 3, 3)
    assert below(word) == (s,) and below(word.T) == (s.twin,)
    assert below(word, "relu") is None and below(word + square) is None and below(word.scaled(2)) is None
    assert below(word + square, "relu") is None and below(Sum(3, 3, {})) is None
    number, other = Sum.word((a_,), 1, 1), Sum.word((b_,), 1, 1)
    assert below(number) == (a_,) and below(number @ other) is None and below(word.times(number)) is None
    assert below(word.times(number).times(other)) is None and below(number.scaled(3)) is None
    three = number @ other @ Sum.word((symbol("c", 1, 1),), 1, 1)
    assert below(three) is None and below(Sum.ones(3, 3)) == ones(3) + flipped(ones(3))


def test_factors_that_cancel_or_merge() -> None:
    s, t = (symbol("S"),), (symbol("T"),)
    below = function("reciprocal", Sum.word(s, 3, 3))
    assert merge_factors([below, s, t], 3, 3) == ([t], ())
    assert merge_factors([s, t, below, s], 3, 3) == ([t, s], ())
    assert merge_factors([below, t], 3, 3) == ([below, t], ()) and merge_factors([], 3, 3) == ([], ())
    e, g = (function("exp", Sum.word(w, 3, 3)) for w in (s, t))
    merged, scalars = merge_factors([e, t, g], 3, 3)
    assert merged == [t, function("exp", Sum.word(s, 3, 3) + Sum.word(t, 3, 3))] and scalars == ()
    assert merge_factors([e, t], 3, 3) == ([e, t], ())
    kept = [s, below]
    merge_factors(kept, 3, 3)
    assert kept == [s, below]
    product = (symbol("S"), function("f", Sum.word(t, 3, 3))[0])
    assert merge_factors([product, t], 3, 3) == ([product, t], ())
