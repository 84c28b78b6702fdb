"""Reciprocals, logarithms of exponentials and quotients of exponentials in detail: their form, and their value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sympy

from symsim.domains.quotients import exponent_of, reciprocal, split
from symsim.domains.words import Sum, flipped, letter, ones
from tests.domains.block_pairs import SHAPES, Both, d, diag, eye, f, is_right, n, one, proved, soft, tau, var, zero

S, T, P, X, A = var("S", n, n), var("T", n, n), var("P", n, n), var("X", n, d), var("A", d, d)
u, v, w = var("u", n, 1), var("v", n, 1), var("w", d, 1)
HALF = sympy.Rational(1, 2)
a, pa = var("a", 1, 1), var("Pa", 1, 1)


def exp(m: Both) -> Both:
    return f("exp", m)


def log(m: Both) -> Both:
    return f("log", m)


def over(m: Both) -> Both:
    return f("reciprocal", m)


def shifted(rows: Any, cols: Any) -> Both:
    """A matrix with a part of its own, one of the row, one of the column and a constant."""
    given = var("X", rows, cols) + var("r", rows, 1) @ one(1, cols)
    return given + one(rows, 1) @ var("c", cols, 1).T + one(rows, 1) @ a @ one(1, cols)


@pytest.mark.parametrize(("rows", "cols"), SHAPES, ids=str)
def test_at_every_shape(rows: Any, cols: Any) -> None:
    """Logarithms and reciprocals of what is visibly exponential, or a product."""
    parts = [shifted(rows, cols), var("r", rows, 1) @ one(1, cols), one(rows, 1) @ var("c", cols, 1).T,
             var("r", rows, 1) @ one(1, cols) + one(rows, 1) @ var("c", cols, 1).T,
             one(rows, 1) @ a @ one(1, cols), zero(rows, cols), 3 * one(rows, cols)]  # fmt: skip
    for part in parts:
        assert proved(log(exp(part)), part)
        assert proved(over(exp(part)), exp(-1 * part))
        assert not proved(log(2 * exp(part)), part)
        assert proved(over(2 * exp(part)), HALF * exp(-1 * part))
    x, p = var("X", rows, cols), var("P", rows, cols)
    rank = var("r", rows, 1) @ var("c", cols, 1).T
    for m in (x, rank, x * rank, x * p, rank * exp(x), a @ one(1, 1) @ one(1, 1)):
        assert is_right(over(m)) and proved(over(over(m)), m) and proved(m * over(m), over(m) * m)
        assert is_right(log(m * m)) and is_right(over(3 * m))
    assert proved(over(x) * x, one(rows, cols)) and proved(over(x * p), over(p) * over(x))
    assert proved(over(rank), over(var("r", rows, 1)) @ over(var("c", cols, 1)).T)
    assert proved(over(x).T, over(x.T)) and proved(over(x * exp(p)), over(x) * exp(-1 * p))
    scaled = one(rows, 1) @ a @ one(1, cols)
    assert proved(over(scaled * x), over(scaled) * over(x))
    assert proved(over(scaled), one(rows, 1) @ over(a) @ one(1, cols))
    assert not proved(over(x + p), over(x) + over(p)) and not proved(over(x), x) and not proved(over(x), over(p))
    assert not proved(log(scaled * scaled * exp(x)), x) and is_right(log(pa @ one(1, 1) * pa))


TRUE: dict[str, Callable[[], tuple[Both, Both]]] = {
    "two scalars": lambda: (log(exp(S + one(n) @ (a + tau * pa) @ one(n).T)), S + one(n) @ (a + tau * pa) @ one(n).T),
    "row and column": lambda: (log(exp(S + u @ one(n).T + one(n) @ v.T)), S + u @ one(n).T + one(n) @ v.T),
    "diagonals outside": lambda: (log(diag(exp(u)) @ exp(S) @ diag(exp(v))), S + u @ one(n).T + one(n) @ v.T),
    "reciprocal of diagonals outside": lambda: (over(diag(u) @ S @ diag(v)), diag(over(u)) @ over(S) @ diag(over(v))),
    "reciprocal of a product with diagonals": lambda: (
        over(diag(u) @ (S * T) @ diag(v)), diag(over(u)) @ (over(S) * over(T)) @ diag(over(v))),
    "reciprocal of a product transposed": lambda: (over((S * T).T), over(S.T) * over(T.T)),
    "reciprocal of a product of products": lambda: (over((S @ T) * (T @ S)), over(S @ T) * over(T @ S)),
    "softmax with a row factor": lambda: (diag(u * over(exp(S) @ one(n))) @ exp(S), diag(u) @ soft(S)),
    "softmax with two row factors": lambda: (
        diag(u * over(exp(S) @ one(n)) * v) @ exp(S), diag(u) @ diag(v) @ soft(S)),
    "softmax with reciprocals": lambda: (
        diag(over(u) * over(exp(S) @ one(n)) * over(v)) @ exp(S), diag(over(u * v)) @ soft(S)),
    "softmax over weighted keys": lambda: (
        diag(over(exp(S) @ exp(v))) @ exp(S) @ diag(exp(v)), soft(S + one(n) @ v.T)),
    "softmax with an exponential": lambda: (
        diag(exp(u) * over(exp(S) @ one(n))) @ exp(S), diag(exp(u)) @ soft(S)),
    "softmax transposed": lambda: (exp(S).T @ diag(over(exp(S) @ one(n))), soft(S).T),
    "softmax by columns": lambda: (exp(S) @ diag(over(exp(S).T @ one(n))), soft(S.T).T),
    "softmax of a rectangle": lambda: (diag(over(exp(X) @ one(d))) @ exp(X), soft(X)),
    "softmax of a rectangle with weights": lambda: (
        diag(over(exp(X) @ exp(w))) @ exp(X), soft(X + one(n) @ w.T) @ diag(exp(-1 * w))),
    "softmax with a constant": lambda: (
        diag(over(exp(X) @ exp(w + one(d) @ a))) @ exp(X),
        diag(one(n) @ exp(-1 * a)) @ soft(X + one(n) @ w.T) @ diag(exp(-1 * w))),
    "softmax behind a matrix": lambda: (
        S @ diag(over(exp(T) @ one(n))) @ exp(T) @ X, S @ soft(T) @ X),
    "one over itself, as a number": lambda: (over(u.T @ v) @ (v.T @ u), one(1)),
    "one over a product of numbers": lambda: (over((u.T @ v) @ a), over(a) @ over(v.T @ u)),
}  # fmt: skip

FALSE: dict[str, Callable[[], tuple[Both, Both]]] = {
    "other keys": lambda: (diag(over(exp(S) @ v)) @ exp(S), soft(S)),
    "other matrix": lambda: (diag(over(exp(T) @ one(n))) @ exp(S), soft(S)),
    "no reciprocal": lambda: (diag(exp(S) @ one(n)) @ exp(S), soft(S)),
    "other function": lambda: (diag(over(f("silu", S) @ one(n))) @ f("silu", S), soft(S)),
    "of the transposed": lambda: (diag(over(exp(S).T @ one(n))) @ exp(S), soft(S)),
    "a product of columns": lambda: (diag((X @ w) * u) @ exp(S), soft(S)),
    "of two terms": lambda: (diag(over((exp(S) + exp(T)) @ one(n))) @ exp(S), soft(S)),
    "row weights": lambda: (log(diag(u * u) @ exp(S)), S),
    "column weights": lambda: (log(exp(S) @ diag(u * u)), S),
    "both weights": lambda: (log(diag(exp(v)) @ exp(S) @ diag(u * u)), S + v @ one(n).T),
    "scalar and factor": lambda: (log(2 * exp(S + one(n) @ a @ one(n).T)), S + one(n) @ a @ one(n).T),
    "scalar that is no exponential": lambda: (log(exp(S) @ diag(one(n) @ (pa * pa))), S),
    "scalars of both kinds": lambda: (log(exp(S + one(n) @ a @ one(n).T) @ diag(one(n) @ (pa * pa))), S),
    "a sum": lambda: (log(exp(S) + exp(T)), S + T),
}


@pytest.mark.parametrize("name", TRUE)
def test_equal(name: str) -> None:
    assert proved(*TRUE[name]())


@pytest.mark.parametrize("name", FALSE)
def test_not_equal(name: str) -> None:
    assert not proved(*FALSE[name]())


def test_matrices_with_entries_0_stay_as_they_are() -> None:
    """The value is undefined off the diagonal, and nothing is said about it."""
    for m in (eye(n), diag(u), diag(exp(u))):
        for g in (over, log):
            text = g(m).form.entry_text()
            assert text.startswith(("reciprocal(", "log(")), text
    assert exponent_of(Sum.word((), 1, 1)) is not None and exponent_of(Sum.word((), 3, 3)) is None
    for number in (2, -1):
        assert exponent_of(Sum.ones(2, 2).scaled(number)) is None
    assert exponent_of(Sum(2, 2, {})) is None


def test_products_of_matrices_are_no_factors() -> None:
    """What looks like one of the laws in its first letter only."""
    inner = over(exp(S) @ exp(T))
    for m in (over((S * T) @ X), over((S * T) @ u), diag((inner * T) @ u) @ exp(S), diag(inner @ u) @ exp(S),
              over(over(S) @ T), diag(((S * T) * (u @ one(n).T)) @ v) @ exp(S)):  # fmt: skip
        assert is_right(m)


def test_reciprocals_of_ones() -> None:
    c = Sum.word((letter("symbol", 3, 1, ("c",)),), 3, 1)
    for rows, cols in ((3, 2), (2, 3), (3, 1), (1, 3), (1, 1), (3, 3)):
        found = reciprocal(Sum.ones(rows, cols))
        assert found is not None and found.same(Sum.ones(rows, cols))
    for part in (c @ Sum.ones(1, 2), Sum.ones(2, 1) @ c.T):
        found = reciprocal(part)
        assert found is not None and len(found.terms) == 1
        again = reciprocal(found)
        assert again is not None and again.same(part)
    assert reciprocal(c + Sum.ones(3, 1)) is None and reciprocal(Sum(3, 1, {})) is None


def test_words_are_cut() -> None:
    s, c, r = letter("symbol", 3, 3, ("S",)), letter("symbol", 3, 1, ("c",)), letter("symbol", 3, 1, ("r",))
    one_, two = (letter("diag", 3, 3, (part,), symmetric=True) for part in (c, r))
    assert split((one_, s, two)) == ((c,), (s,), (r,))
    assert split((s,)) == ((), (s,), ()) and split(()) == ((), (), ())
    assert split((one_, s)) == ((c,), (s,), ()) and split((s, two)) == ((), (s,), (r,))
    assert split((one_,)) == ((c,), (), ()) and split((one_, s, s, two)) == ((c,), (s, s), (r,))
    assert split((c, r.twin)) == ((c,), None, (r,)) and split((c,)) == ((c,), None, ())
    assert split((*ones(3), *flipped((s, r)))) == (ones(3), None, (s, r))
