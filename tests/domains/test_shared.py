"""One suite over every number system: the laws that the semantics of layers relies on, each with its control."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import sympy

from symsim.domains.layout import Layout, Sight
from symsim.domains.protocol import Domain
from symsim.errors import BadInput
from tests.domains.number_systems import System, systems

SYSTEMS = systems()
everywhere = pytest.mark.parametrize("system", SYSTEMS, ids=lambda s: s.name)
ordered = pytest.mark.parametrize(
    "system", [s for s in SYSTEMS if s.domain.flat and s.ordered], ids=lambda s: s.name
)
exponential = pytest.mark.parametrize("system", [s for s in SYSTEMS if s.exponentials], ids=lambda s: s.name)
flat = pytest.mark.parametrize("system", [s for s in SYSTEMS if s.domain.flat], ids=lambda s: s.name)


def place(system: System, a: Any, i: int, j: int) -> Any:
    """Entry (i, j) as a 1 x 1 matrix (flat systems)."""
    domain = system.domain
    return domain.transpose(domain.take(domain.transpose(domain.take(a, [i])), [j]))


def scores_of(system: System, rows: int, cols: int) -> Any:
    """Scores whose softmax the system holds: in general position, or all equal where it holds rationals only."""
    return system.matrix("S", rows, cols) if system.exponentials else system.domain.ones(rows, cols)


# -- arithmetic ---------------------------------------------------------------------------------------------------
@everywhere
def test_transposition_reverses_products(system: System) -> None:
    D, n = system.domain, system.sizes["n"]
    a, b = system.matrix("A", n, n), system.matrix("B", n, n)
    turned = D.transpose(D.product(a, b))
    assert system.same(turned, D.product(D.transpose(b), D.transpose(a)))
    assert not system.same(turned, D.product(D.transpose(a), D.transpose(b)))


@everywhere
def test_products_associate_and_distribute(system: System) -> None:
    D, (n, m, k) = system.domain, system.sizes.values()
    a, b, c = system.matrix("A", n, m), system.matrix("B", m, k), system.matrix("C", k, n)
    assert system.same(D.product(D.product(a, b), c), D.product(a, D.product(b, c)))
    other = system.matrix("E", m, k)
    assert system.same(D.product(a, D.add(b, other)), D.add(D.product(a, b), D.product(a, other)))
    assert not system.same(D.product(a, b), D.product(a, other))
    assert D.shape(D.product(a, b)) == (n, k)


@everywhere
def test_identity_zeros_and_ones(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    a = system.matrix("A", n, m)
    assert system.same(D.product(D.identity(n), a), a)
    assert system.same(D.product(a, D.identity(m)), a)
    assert system.same(D.add(a, D.zeros(n, m)), a)
    assert system.same(D.hadamard(a, D.ones(n, m)), a)
    assert system.same(D.product(a, D.zeros(m, n)), D.zeros(n, n))
    assert not system.same(D.identity(n), D.ones(n, n))


@everywhere
def test_scaling(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    a = system.matrix("A", n, m)
    assert system.same(D.scale(2, a), D.add(a, a))
    assert system.same(D.scale(Fraction(1, 3), D.scale(3, a)), a)
    assert system.same(D.add(a, D.scale(-1, a)), D.zeros(n, m))
    assert not system.same(D.scale(D.scalar(sympy.Rational(1, 2)), a), a)


@everywhere
def test_diagonals_and_traces(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    u, a, b = system.matrix("u", n, 1), system.matrix("A", n, m), system.matrix("B", m, n)
    assert system.same(D.product(D.diag(u), D.ones(n, 1)), u)
    assert system.same(D.trace(D.product(a, b)), D.trace(D.product(b, a)))
    assert D.shape(D.trace(D.product(a, b))) == (1, 1)
    assert not system.same(D.diag(u), D.product(u, D.transpose(u)))


@everywhere
def test_hadamard_commutes_and_is_no_product(system: System) -> None:
    D, n = system.domain, system.sizes["n"]
    a, b = system.matrix("A", n, n), system.matrix("B", n, n)
    assert system.same(D.hadamard(a, b), D.hadamard(b, a))
    assert not system.same(D.hadamard(a, b), D.product(a, b))


@everywhere
def test_weights_multiply_like_matrices(system: System) -> None:
    D, n = system.domain, system.sizes["n"]
    a = system.matrix("A", n, 3)
    weight = sympy.ImmutableSparseMatrix(3, 4, {(0, 1): 1, (1, 2): 1, (2, 0): sympy.Rational(1, 2), (0, 3): -2})
    columns = [system.domain.constant(sympy.ImmutableSparseMatrix(weight[:, j])) for j in range(4)]
    found = D.product(a, D.constant(weight))
    layout = Layout(tuple((str(j), 1) for j in range(4)))
    assert D.shape(found) == (n, 4)
    if D.flat:
        assert system.same(found, D.beside([D.product(a, column) for column in columns], layout))
        assert not system.same(found, D.beside([D.product(a, column) for column in columns[::-1]], layout))


# -- cutting and joining ------------------------------------------------------------------------------------------
@everywhere
def test_assembled_blocks_come_back(system: System) -> None:
    D, (n, m, k) = system.domain, system.sizes.values()
    rows, cols = Layout((("p", n), ("q", m))), Layout((("x", k), ("y", m)))
    a, b = system.matrix("A", n, k), system.matrix("B", m, m)
    whole = D.assemble({("p", "x"): a, ("q", "y"): b}, rows, cols)
    assert D.shape(whole) == (rows.total, cols.total)
    assert system.same(D.columns(D.rows(whole, rows, ["p"]), cols, ["x"]), a)
    assert system.same(D.columns(D.rows(whole, rows, ["q"]), cols, ["y"]), b)
    assert system.same(D.columns(D.rows(whole, rows, ["p"]), cols, ["y"]), D.zeros(n, m))


@flat
def test_parts_come_in_the_order_that_is_asked(system: System) -> None:
    D = system.domain
    layout = Layout((("p", 1), ("q", 2), ("r", 1)))
    a = system.matrix("A", 4, 2)
    assert system.same(D.rows(a, layout, ["r", "q"]), D.take(a, [3, 1, 2]))
    turned = D.transpose(a)
    assert system.same(D.columns(turned, layout, ["r", "q"]), D.transpose(D.take(a, [3, 1, 2])))
    assert not system.same(D.rows(a, layout, ["q", "r"]), D.take(a, [3, 1, 2]))


@flat
def test_flatten_reads_row_by_row(system: System) -> None:
    D = system.domain
    a = system.matrix("A", 2, 3)
    column = D.flatten(a)
    assert D.shape(column) == (6, 1)
    assert system.same(D.take(column, [4]), place(system, a, 1, 1))
    assert system.same(D.unflatten(column, 2, 3), a)
    assert not system.same(D.unflatten(column, 3, 2), D.transpose(a))


@everywhere
def test_parts_of_size_zero_hold_nothing(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    rows, cols = Layout((("p", n),)), Layout((("x", m), ("none", 0)))
    a = system.matrix("A", n, m)
    whole = D.assemble({("p", "x"): a}, rows, cols)
    assert D.shape(whole) == (n, m)
    assert system.same(D.columns(whole, cols, ["x"]), a)
    assert D.shape(D.columns(whole, cols, ["none"])) == (n, 0)


@flat
def test_matrices_without_rows_or_columns(system: System) -> None:
    D = system.domain
    empty = D.zeros(2, 0)
    assert system.same(D.product(empty, D.transpose(empty)), D.zeros(2, 2))
    assert D.shape(D.softmax(empty, Sight.plain(2, 0))) == (2, 0)
    assert D.shape(D.hard(empty, Sight.plain(2, 0), "left")) == (2, 0)
    assert D.shape(D.softmax(D.transpose(empty), Sight.plain(0, 2))) == (0, 2)
    assert D.shape(D.flatten(empty)) == (0, 1)
    assert D.shape(D.take(system.matrix("A", 3, 2), [])) == (0, 2)


# -- entrywise functions ------------------------------------------------------------------------------------------
@exponential
def test_exp_turns_sums_into_products(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    a, b = system.matrix("A", n, m), system.matrix("B", n, m)
    assert system.same(D.entrywise("exp", D.zeros(n, m)), D.ones(n, m))
    assert system.same(D.entrywise("reciprocal", D.entrywise("exp", a)), D.entrywise("exp", D.scale(-1, a)))
    if D.flat:
        powers = D.hadamard(D.entrywise("exp", a), D.entrywise("exp", b))
        assert system.same(powers, D.entrywise("exp", D.add(a, b)))
        assert not system.same(powers, D.entrywise("exp", D.hadamard(a, b)))


@ordered
@pytest.mark.parametrize(
    ("function", "values"),
    [("relu", [0, 0, 2]), ("step", [0, 1, 1]), ("abs", [3, 0, 2])],
)
def test_functions_at_a_negative_number_zero_and_a_positive_one(
    system: System, function: str, values: list[int]
) -> None:
    D = system.domain
    assert system.same(D.entrywise(function, D.given([[-3, 0, 2]], 1, 3)), D.given([values], 1, 3))
    assert not system.same(D.entrywise(function, D.given([[-3, 0, 2]], 1, 3)), D.given([[9, 9, 9]], 1, 3))


# -- attention ----------------------------------------------------------------------------------------------------
@exponential
def test_softmax_rows_sum_to_one_and_forget_row_shifts(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    scores, sight = system.matrix("S", n, m), Sight.plain(n, m)
    weights = D.softmax(scores, sight)
    assert system.same(D.product(weights, D.ones(m, 1)), D.ones(n, 1))
    by_row = D.product(system.matrix("u", n, 1), D.ones(1, m))
    assert system.same(D.softmax(D.add(scores, by_row), sight), weights)
    by_column = D.product(D.ones(n, 1), D.transpose(system.matrix("w", m, 1)))
    assert not system.same(D.softmax(D.add(scores, by_column), sight), weights)


@exponential
def test_causal_softmax_sums_to_one_and_is_another(system: System) -> None:
    D, n = system.domain, system.sizes["n"]
    scores = system.matrix("S", n, n)
    causal = D.softmax(scores, Sight.plain(n, n, causal=True))
    assert system.same(D.product(causal, D.ones(n, 1)), D.ones(n, 1))
    assert not system.same(causal, D.softmax(scores, Sight.plain(n, n)))
    by_row = D.product(system.matrix("u", n, 1), D.ones(1, n))
    assert system.same(D.softmax(D.add(scores, by_row), Sight.plain(n, n, causal=True)), causal)


@everywhere
def test_uniform_scores_give_uniform_weights(system: System) -> None:
    D, (n, m, _) = system.domain, system.sizes.values()
    weights = D.softmax(D.zeros(n, m), Sight.plain(n, m))
    assert system.same(D.scale(m, weights), D.ones(n, m))


@flat
def test_hidden_entries_are_zero(system: System) -> None:
    D, n = system.domain, 3
    scores, sight = scores_of(system, n, n), Sight.plain(n, n, causal=True)
    causal = D.softmax(scores, sight)
    assert system.same(D.hide(causal, sight), causal)
    assert system.same(place(system, causal, 0, 0), D.ones(1, 1))
    assert system.same(place(system, causal, 0, 2), D.zeros(1, 1))
    plain = D.softmax(scores, Sight.plain(n, n))
    assert not system.same(D.hide(plain, sight), plain)


@flat
def test_a_row_that_sees_nothing_is_zero(system: System) -> None:
    D = system.domain
    mask = D.given([[1, 0, 1], [0, 0, 0]], 2, 3)
    scores, sight = scores_of(system, 2, 3), Sight.plain(2, 3, mask=mask)
    normalised = [D.softmax(scores, sight), D.hide(scores, sight)]
    normalised += [D.hard(D.given([[1, 2, 3], [1, 2, 3]], 2, 3), sight, ties) for ties in ("average", "left", "right")]
    for weights in normalised:
        assert system.same(D.take(weights, [1]), D.zeros(1, 3))
        assert system.same(place(system, weights, 0, 1), D.zeros(1, 1))
        assert not system.same(D.take(weights, [0]), D.zeros(1, 3))
    chosen = D.softmax(D.take(scores, [0]), Sight.plain(1, 3, mask=D.take(mask, [0])))
    assert system.same(D.take(normalised[0], [0]), chosen)


@flat
def test_mask_and_causal_sight_combine(system: System) -> None:
    D = system.domain
    sight = Sight.plain(2, 2, causal=True, mask=D.given([[1, 1], [0, 1]], 2, 2))
    assert system.same(D.softmax(system.matrix("S", 2, 2), sight), D.identity(2))
    assert system.same(D.hide(D.ones(2, 2), sight), D.identity(2))


@flat
def test_a_mask_holds_zeros_and_ones(system: System) -> None:
    D = system.domain
    with pytest.raises(BadInput, match="0 and 1"):
        D.softmax(system.matrix("S", 1, 2), Sight.plain(1, 2, mask=D.given([[2, 1]], 1, 2)))


@flat
def test_hard_attention_breaks_ties(system: System) -> None:
    D = system.domain
    scores, sight = D.given([[1, 1, 0], [0, -1, -1], [-2, -1, -1]], 3, 3), Sight.plain(3, 3)
    half = Fraction(1, 2)
    expected = {
        "left": [[1, 0, 0], [1, 0, 0], [0, 1, 0]],
        "right": [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
        "average": [[half, half, 0], [1, 0, 0], [0, half, half]],
    }
    for ties, weights in expected.items():
        assert system.same(D.hard(scores, sight, ties), D.given(weights, 3, 3)), ties
    assert not system.same(D.hard(scores, sight, "left"), D.hard(scores, sight, "right"))


# -- mistakes -----------------------------------------------------------------------------------------------------
MISTAKES: dict[str, Callable[[Domain[Any], Any, Any, Layout], Any]] = {
    "add": lambda D, a, b, layout: D.add(a, b),
    "hadamard": lambda D, a, b, layout: D.hadamard(a, b),
    "product": lambda D, a, b, layout: D.product(a, b),
    "trace": lambda D, a, b, layout: D.trace(a),
    "diag": lambda D, a, b, layout: D.diag(a),
    "equal": lambda D, a, b, layout: D.equal(a, b),
    "rows": lambda D, a, b, layout: D.rows(a, layout, ["p"]),
    "columns": lambda D, a, b, layout: D.columns(a, layout, ["p"]),
    "assemble": lambda D, a, b, layout: D.assemble({("p", "p"): a}, layout, layout),
    "softmax": lambda D, a, b, layout: D.softmax(a, Sight.plain(*D.shape(D.transpose(a)))),
    "unknown ties": lambda D, a, b, layout: D.hard(b, Sight.plain(*D.shape(b)), "lefft"),
}


@everywhere
@pytest.mark.parametrize("mistake", MISTAKES)
def test_shapes_that_do_not_match_are_refused(system: System, mistake: str) -> None:
    n, m, k = system.sizes.values()
    layout = Layout((("p", n), ("q", k)))
    with pytest.raises(BadInput):
        MISTAKES[mistake](system.domain, system.matrix("A", n, m), system.matrix("B", n, n), layout)


@flat
@pytest.mark.parametrize("value", [[[1, 2], [3]], [[1, 2]], [[1], [2]], [1, 2, 3], "X", [["1", 2], [3, 4]]])
def test_given_refuses_other_shapes_and_strings(system: System, value: Any) -> None:
    with pytest.raises(BadInput):
        system.domain.given(value, 2, 2)


@flat
def test_unflatten_refuses_another_number_of_entries(system: System) -> None:
    with pytest.raises(BadInput):
        system.domain.unflatten(system.domain.flatten(system.matrix("A", 2, 3)), 2, 2)


@ordered
def test_no_operation_changes_its_arguments(system: System) -> None:
    D = system.domain
    a, b, kept = system.matrix("A", 3, 3), system.matrix("B", 3, 3), system.matrix("A", 3, 3)
    sight = Sight.plain(3, 3, causal=True)
    weights = D.softmax(a if system.exponentials else D.ones(3, 3), sight), D.hard(a, sight, "left")
    for result in (D.add(a, b), D.product(a, D.identity(3)), *weights, D.hide(a, sight), D.take(a, [0])):
        D.scale(2, result)
        D.add(result, result)
        assert system.same(a, kept)
