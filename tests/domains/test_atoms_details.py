"""Values of functions, visible positivity and traces in detail: their form, and their value."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symsim.domains.atoms import entrywise, positive, row_function, trace
from symsim.domains.block_coefficients import coefficient
from symsim.domains.exponentials import function
from symsim.domains.hadamard import diag as diagonal
from symsim.domains.hadamard import hadamard
from symsim.domains.words import Letter, Sum, letter
from symsim.errors import Undefined
from tests.domains.block_pairs import SHAPES, Both, d, diag, eye, f, is_right, n, one, proved, tau, tr, var, zero

NAMES = ("relu", "abs", "step", "silu", "f", "exp", "reciprocal", "log")
S, T, A, X = var("S", n, n), var("T", n, n), var("A", d, d), var("X", n, d)
u, v = var("u", n, 1), var("v", n, 1)
a = var("a", 1, 1)


# -- values -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [0, 1, 2, Fraction(1, 2), -1, Fraction(-3, 2), -2])
def test_values_at_numbers(number: Any) -> None:
    given = Sum.ones(1, 1).scaled(number)
    known: dict[str, Any] = {"relu": max(number, 0), "abs": abs(number), "step": int(number >= 0)}
    if number == 0:
        known |= {"silu": 0, "exp": 1}
    if number == 1:
        known["log"] = 0
    if number != 0:
        known["reciprocal"] = Fraction(1) / number
    for name in NAMES:
        if name == "reciprocal" and number == 0 or name == "log" and number <= 0:
            with pytest.raises(Undefined):
                entrywise(name, given)
            continue
        for rows, cols in ((1, 1), (2, 2), (3, 1), (1, 3), (2, 1)):
            found = entrywise(name, Sum.ones(rows, cols).scaled(number))
            if name in known:
                assert found.same(Sum.ones(rows, cols).scaled(known[name])), (name, rows, cols)
            else:
                wanted = Sum.ones(rows, 1) @ entrywise(name, given) @ Sum.ones(1, cols)
                assert len(found.terms) == 1 and found.same(wanted)
                assert found.terms != given.terms


@pytest.mark.parametrize(("rows", "cols"), SHAPES, ids=str)
def test_at_every_shape(rows: Any, cols: Any) -> None:
    x, r, c = var("P", rows, cols), var("Pr", rows, 1), var("Pc", cols, 1)
    row, column, number = r @ one(1, cols), one(rows, 1) @ c.T, one(rows, 1) @ var("Pa", 1, 1) @ one(1, cols)
    for name in NAMES:
        for m in (x, row, column, number, 2 * x, x + row + column):
            assert is_right(f(name, m)) and proved(f(name, m).T, f(name, m.T))
        assert proved(f(name, row), f(name, r) @ one(1, cols))
        assert proved(f(name, column), one(rows, 1) @ f(name, c).T)
        assert proved(f(name, number), one(rows, 1) @ f(name, var("Pa", 1, 1)) @ one(1, cols))
        if (rows, cols) != (1, 1):
            assert not proved(f(name, x), f(name, row))
        assert is_right(f(name, tau * one(rows, cols)))
    assert proved(f("abs", x), f("abs", -1 * x)) and not proved(f("relu", x), f("relu", -1 * x))
    assert not proved(f("f", f("exp", x)), x) and not proved(f("f", 2 * x), f("f", x))
    assert proved(f("log", f("exp", x)), x) and not proved(f("relu", f("exp", x)), x)
    assert not proved(f("abs", x), x) and not proved(f("f", tau * one(rows, cols)), zero(rows, cols))


def test_two_numbers_are_no_number() -> None:
    for name in ("relu", "step", "abs", "f"):
        assert is_right(f(name, a + one(1))) and is_right(f(name, tau * a)) and is_right(f(name, a @ a + tau * one(1)))
        assert not proved(f(name, a + one(1)), f(name, a)) and not proved(f(name, a + 2 * one(1)), f(name, 2 * one(1)))


def test_reciprocals_of_exponentials() -> None:
    for m in (S, u, a):
        assert proved(f("reciprocal", f("exp", m)), f("exp", -1 * m))


def test_nothing_has_no_function() -> None:
    for rows, cols in ((0, 2), (2, 0), (0, 0), (0, 1), (1, 0)):
        empty = Sum(rows, cols, {})
        for made in (entrywise("step", empty), entrywise("f", empty), row_function("f", empty)):
            assert made is empty


def test_functions_of_rows() -> None:
    x, y = (Sum.word((letter("symbol", 3, 2, (name,)),), 3, 2) for name in "XY")
    found = row_function("layernorm", x)
    ((scalars, word),) = found.terms
    assert (found.rows, found.cols, scalars, len(word)) == (3, 2, (), 1)
    assert word[0].kind == "rows" and word[0].content == (x,) and word[0].payload == ("layernorm", x.key)
    assert found.same(row_function("layernorm", x)) and not found.same(row_function("layernorm", y))
    assert not found.same(row_function("other", x)) and not found.same(row_function("layernorm", x.scaled(2)))
    for rows, cols in ((1, 1), (1, 2), (2, 1)):
        small = Sum.word((letter("symbol", rows, cols, ("x",)),), rows, cols)
        made = row_function("g", small)
        assert (made.rows, made.cols) == (rows, cols) and not made.same(small) and len(made.terms) == 1


# -- positivity -------------------------------------------------------------------------------------------------------
def symbol(name: str, rows: Any = 3, cols: Any = 3) -> Sum:
    return Sum.word((letter("symbol", rows, cols, (name,)),), rows, cols)


def exp_of(part: Sum) -> Sum:
    return entrywise("exp", part)


def test_what_is_visibly_positive() -> None:
    e, g, c = exp_of(symbol("S")), exp_of(symbol("T")), exp_of(symbol("c", 3, 1))
    number = exp_of(symbol("a", 1, 1))
    for part in (e, Sum.ones(3, 3), Sum.ones(3, 1), Sum.ones(1, 1), e + Sum.ones(3, 3), e @ g, e.scaled(2), number,
                 diagonal(c) @ e, e @ diagonal(c), hadamard(e @ g, g @ e), e.times(number), c @ c.T, e + g.T,
                 Sum.ones(3, 3).times(number), hadamard(c, e @ c)):  # fmt: skip
        assert positive(part, ()) is True, part


def test_what_is_not_visibly_positive() -> None:
    e, s, c = exp_of(symbol("S")), symbol("T"), exp_of(symbol("c", 3, 1))
    a_, b_ = symbol("a", 1, 1), symbol("b", 1, 1)
    silu = entrywise("silu", s)
    for part in (Sum(3, 3, {}), Sum(1, 1, {}), s, e.scaled(-1), e - Sum.ones(3, 3), e + s, s + e, e @ s, s @ e, silu,
                 diagonal(c), Sum.word((), 3, 3), Sum.word((), 3, 3) + e, Sum.ones(3, 3).times(a_), e.times(a_),
                 e.times(exp_of(a_)).times(b_), diagonal(symbol("c", 3, 1)) @ e, e @ diagonal(symbol("c", 3, 1)),
                 hadamard(e @ e, s @ e), hadamard(s @ e, s @ s), a_, a_ @ b_, silu @ e, entrywise("exp", s) @ silu,
                 row_function("exp", s), Sum.ones(3, 1) @ symbol("r", 1, 3), Sum.ones(3, 3).scaled(-1),
                 Sum.word((), 1, 1).scaled(-2), diagonal(c) @ s, diagonal(c) @ diagonal(exp_of(symbol("k", 3, 1))),
                 Sum.word((letter("causal", 3, 3),), 3, 3), entrywise("relu", a_),
                 hadamard(c, symbol("d", 3, 1))):  # fmt: skip
        assert positive(part, ()) is False, part


def test_positive_combinations_of_sizes() -> None:
    ones_ = Sum.ones(2, 2)
    k = coefficient(n)
    assert positive(ones_.scaled(k), ("n",)) and not positive(ones_.scaled(k), ())
    assert not positive(ones_.scaled(k - 5), ("n",))


# -- traces -----------------------------------------------------------------------------------------------------------
TRUE: dict[str, Callable[[], tuple[Both, Both]]] = {
    "identity": lambda: (tr(eye(n)), n * one(1)),
    "rotation": lambda: (tr(S @ T @ S.T), tr(S.T @ S @ T)),
    "transposed": lambda: (tr(S @ T @ T), tr(T.T @ T.T @ S.T)),
    "shapes": lambda: (tr(X @ A @ X.T), tr(X.T @ X @ A)),
    "one letter": lambda: (tr(S), tr(S.T)),
    "a diagonal": lambda: (tr(diag(u)), one(n).T @ u),
    "two diagonals": lambda: (tr(diag(u) @ S @ diag(v)), tr(S @ diag(u * v))),
    "diagonals around two": lambda: (tr(diag(u) @ S @ T @ diag(v)), tr(S @ T @ diag(v * u))),
    "rank one": lambda: (tr(S @ u @ v.T @ T), v.T @ T @ S @ u),
    "rank one behind": lambda: (tr(u @ v.T @ T), v.T @ T @ u),
    "ones": lambda: (tr(one(n, n)), n * one(1)),
    "a sum": lambda: (tr(2 * S - T @ S + 3 * eye(n)), 2 * tr(S) - tr(S @ T) + 3 * n * one(1)),
    "a scalar": lambda: (tr(S @ diag(one(n) @ a)), tr(S) @ a),
    "a form inside": lambda: (tr(S @ diag(one(n) @ (u.T @ v)) @ T), tr(T @ S) @ (v.T @ u)),
    "one by one": lambda: (tr(a), a),
    "a diagonal that a number leaves": lambda: (
        tr(diag(f("exp", u + one(n) @ a)) @ S @ diag(f("exp", v))), tr(diag(f("exp", u + v)) @ S) @ f("exp", a)),
    "a quotient of two letters": lambda: (
        tr(diag(f("reciprocal", f("exp", S).T @ one(n))) @ f("exp", S)),
        tr(f("exp", S) @ diag(f("reciprocal", f("exp", S).T @ one(n))))),
    "no quotient": lambda: (tr(diag(u) @ f("exp", S)), tr(f("exp", S.T) @ diag(u))),
    "an outer quotient": lambda: (
        tr(f("exp", S) @ T @ diag(f("reciprocal", f("exp", S) @ one(n)))),
        tr(diag(f("reciprocal", f("exp", S) @ one(n))) @ f("exp", S) @ T)),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_traces(name: str) -> None:
    assert proved(*TRUE[name]())


def test_the_least_rotation_is_shown() -> None:
    assert tr(T @ S).form.entry_text() == tr(S @ T).form.entry_text() == "tr(S T)"


def test_traces_of_small_matrices() -> None:
    for size in (1, 2, n, d):
        m, k = var("M1", size, size), var("K1", size, size)
        for part in (m, m @ k, m @ k @ m.T, m * k, m + k, m @ one(size, size), diag(var("c", size, 1)) @ m, eye(size)):
            assert is_right(tr(part)) and tr(part).array.shape == (1, 1)
        assert proved(tr(m @ k), tr(k @ m)) and proved(tr(m), tr(m.T))
    assert not proved(tr(S @ T), tr(S @ T.T)) and not proved(tr(S), tr(T))
    assert not proved(tr(S @ S @ T @ T), tr(S @ T @ S @ T))
    two = trace(Sum.word((letter("symbol", 2, 2, ("S",)),), 2, 2))
    (((scalars, word), c),) = two.terms.items()
    assert (two.rows, two.cols, word, c) == (1, 1, (), 1)
    part: Letter = scalars[0][0]
    assert (part.kind, part.rows, part.cols) == ("trace", 1, 1)
    assert np.isclose(tr(S @ T).array[0, 0], np.trace(S.array @ T.array))
    assert function("f", symbol("S")) != function("f", symbol("T"))
