"""The number system ``arrays`` against plain numpy, in batches, over exact objects, and over a strict array library."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any

import array_api_strict
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symsim.domains.arrays import Arrays
from symsim.domains.layout import Layout, Sight
from symsim.domains.weights import MOST_PIECES, SparseWeight
from symsim.errors import BadInput, Undefined

fast = Arrays()
slow = Arrays(dtype=object)
strict = Arrays(array_api_strict)


def draw(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def plain_softmax(scores: Any) -> Any:
    powers = np.exp(scores)
    return powers / powers.sum(axis=-1, keepdims=True)


def weight_of(kind: str, rows: int, cols: int) -> Any:
    """Weights of each structure that the product tells apart."""
    rng = np.random.default_rng(3)
    table = np.zeros((rows, cols), dtype=int)
    if kind == "shifted identity":
        for j in range(1, cols - 1):
            table[j + 1, j] = 3
    elif kind == "scattered":
        table[rng.integers(0, rows, cols), np.arange(cols)] = rng.integers(1, 5, cols)
    elif kind == "few":
        table = rng.integers(1, 4, (rows, cols)) * (rng.random((rows, cols)) < 0.1)
    elif kind == "dense":
        table = rng.integers(-3, 4, (rows, cols))
    elif kind == "mixed":
        table[np.arange(cols)[::-1], np.arange(cols)] = 1
        table[:, 2::5] = 2
    return sympy.ImmutableSparseMatrix(rows, cols, lambda i, j: sympy.Rational(int(table[i, j]), 2))


KINDS = ("zero", "shifted identity", "scattered", "few", "dense", "mixed")


# -- weights ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", [fast, slow, strict], ids=["float", "object", "strict"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cols", [3, MOST_PIECES + 24])
def test_product_with_a_weight_is_the_dense_product(domain: Arrays, kind: str, cols: int) -> None:
    rows = 42
    weight = domain.constant(weight_of(kind, rows, cols))
    values = np.random.default_rng(1).integers(-4, 5, (5, rows))
    left = domain.given(values.tolist(), 5, rows)
    right = domain.given(values.T.tolist(), rows, 5)
    assert isinstance(weight, SparseWeight)
    dense = np.asarray(domain.dense(weight)).astype(float)
    assert np.allclose(np.asarray(domain.product(left, weight)).astype(float), values @ dense)
    flipped = domain.product(domain.transpose(weight), right)
    assert np.allclose(np.asarray(flipped).astype(float), dense.T @ values.T)
    assert np.abs(dense).sum() > 0 or kind == "zero"


def test_weight_broadcasts_over_a_batch() -> None:
    weight = weight_of("mixed", 42, 40)
    batch = draw(7, 2, 5, 42)
    assert np.allclose(fast.product(batch, fast.constant(weight)), batch @ np.asarray(weight.tolist(), dtype=float))


def test_identity_block_is_a_view() -> None:
    tokens = draw(4, 6)
    moved = fast.product(tokens, fast.constant(sympy.ImmutableSparseMatrix(6, 2, {(2, 0): 1, (3, 1): 1})))
    assert np.shares_memory(moved, tokens)
    assert np.array_equal(moved, tokens[:, 2:4])


def test_an_infinite_entry_that_no_weight_reads_stays_out() -> None:
    tokens = np.asarray([[np.inf, 1.0, 2.0, 3.0]])
    for kind in ("scattered", "mixed"):
        weight = sympy.zeros(4, 60)
        weight[1:, :] = 2 * weight_of(kind, 60, 60)[:3, :]
        found = fast.product(tokens, fast.constant(weight))
        assert np.isfinite(found).all()


def test_weights_are_remembered_only_where_they_cannot_change() -> None:
    fixed = sympy.ImmutableMatrix([[1, 0], [0, 1]])
    assert fast.constant(fixed) is fast.constant(fixed)
    changing = sympy.Matrix([[1, 0], [0, 1]])
    before = fast.dense(fast.constant(changing)).copy()
    changing[0, 0] = 5
    assert fast.dense(fast.constant(changing))[0, 0] == 5 and before[0, 0] == 1


def test_constants_in_weights_take_their_values() -> None:
    weight = sympy.ImmutableMatrix([[sympy.Symbol("tau"), 0], [0, 2]])
    assert Arrays(constants={"tau": 0.5}).constant(weight).dense.tolist() == [[0.5, 0.0], [0.0, 2.0]]
    assert Arrays(dtype=object, constants={"tau": Fraction(1, 3)}).constant(weight).dense[0, 0] == Fraction(1, 3)
    assert slow.constant(weight).dense[0, 0] == sympy.Symbol("tau")
    with pytest.raises(BadInput, match="constants={'tau'"):
        fast.constant(weight)


class NoProducts:
    """Numpy without matrix products."""

    def __getattr__(self, name: str) -> Any:
        if name == "matmul":
            raise AssertionError("a dense product was asked")
        return getattr(np, name)


def test_moving_slots_takes_no_dense_product() -> None:
    """Slices and gathers only: at 4096 tokens a weight must not cost a product of the whole width."""
    domain, tokens = Arrays(NoProducts()), draw(64, 200)
    for step in (64, 7):  # in slices; scattered over the columns, so that one gather is shorter
        entries = {(i * step % 200 if step == 7 else i, (i + 64) % 200): 1 for i in range(200)}
        weight = sympy.ImmutableSparseMatrix(200, 200, entries)
        found = domain.product(tokens, domain.constant(weight))
        assert np.allclose(found, tokens @ fast.dense(fast.constant(weight)))
    with pytest.raises(AssertionError, match="dense product"):
        domain.product(tokens, domain.constant(weight_of("dense", 200, 3)))


# -- attention ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", [fast, strict], ids=["float", "strict"])
def test_softmax_is_numpys(domain: Arrays) -> None:
    scores = draw(3, 4, 5)
    found = domain.softmax(domain.given(scores, 4, 5), Sight.plain(4, 5))
    assert np.allclose(np.asarray(found), plain_softmax(scores))


@pytest.mark.parametrize("domain", [fast, strict], ids=["float", "strict"])
def test_softmax_hides_and_a_blind_row_is_zero(domain: Arrays) -> None:
    scores, mask = draw(2, 3, 4), [[1, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]]
    sight = Sight.plain(3, 4, mask=domain.given(mask, 3, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = np.asarray(domain.softmax(domain.given(scores, 3, 4), sight))
    assert np.allclose(found[:, 0, [0, 2]], plain_softmax(scores[:, 0, [0, 2]]))
    assert (found[:, 0, [1, 3]] == 0).all() and (found[:, 1] == 0).all()
    assert np.allclose(found[:, 2], plain_softmax(scores[:, 2]))


def test_softmax_of_large_scores_does_not_overflow() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.allclose(fast.softmax(np.asarray([[1000.0, 1000.0]]), Sight.plain(1, 2)), 0.5)
        assert np.allclose(fast.softmax(np.asarray([[-1e308, 1e308]]), Sight.plain(1, 2)), [[0.0, 1.0]])


def test_causal_sight_uses_absolute_positions() -> None:
    sight = Sight(Layout((("q", 2),)), Layout((("k", 3),)), causal=True, row_positions=(5, 1), col_positions=(0, 1, 4))
    found = fast.hide(np.ones((2, 3)), sight)
    assert found.tolist() == [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]


@pytest.mark.parametrize("domain", [fast, slow, strict], ids=["float", "object", "strict"])
def test_hard_attention_breaks_ties_as_named(domain: Arrays) -> None:
    scores = domain.given([[2, 5, 5], [1, 0, 1], [3, 3, 3]], 3, 3)
    sight = Sight.plain(3, 3, causal=True)

    def weights(ties: str) -> Any:
        return np.asarray(domain.hard(scores, sight, ties)).astype(float).tolist()

    assert weights("left") == [[1, 0, 0], [1, 0, 0], [1, 0, 0]]
    assert weights("right") == [[1, 0, 0], [1, 0, 0], [0, 0, 1]]
    third = 1 / 3
    assert weights("average") == [[1, 0, 0], [1, 0, 0], [third, third, third]]
    with pytest.raises(BadInput, match="did you mean 'left'"):
        domain.hard(scores, sight, "lefft")


@pytest.mark.parametrize("domain", [fast, slow], ids=["float", "object"])
def test_hard_attention_of_a_blind_row_is_zero(domain: Arrays) -> None:
    sight = Sight.plain(2, 2, mask=domain.given([[0, 0], [0, 1]], 2, 2))
    for ties in ("average", "left", "right"):
        found = domain.hard(domain.given([[1, 2], [3, 1]], 2, 2), sight, ties)
        assert found.tolist() == [[0, 0], [0, 1]]


def test_hard_attention_compares_exactly() -> None:
    near = Fraction(10**30 + 1, 10**30)
    assert slow.hard(slow.given([[1, near]], 1, 2), Sight.plain(1, 2), "average").tolist() == [[0, 1]]
    assert fast.hard(fast.given([[1, near]], 1, 2), Sight.plain(1, 2), "average").tolist() == [[0.5, 0.5]]
    irrational = slow.given([[sympy.exp(1), 3, sympy.sqrt(2)]], 1, 3)
    assert slow.hard(irrational, Sight.plain(1, 3), "left").tolist() == [[0, 1, 0]]
    with pytest.raises(BadInput, match="order"):
        slow.hard(slow.variable("s", 1, 2), Sight.plain(1, 2), "left")


# -- objects ------------------------------------------------------------------------------------------------------
def test_object_softmax_is_exact() -> None:
    found = slow.softmax(slow.given([[0, 0, 0], [1, 0, 1]], 2, 3), Sight.plain(2, 3))
    assert found[0].tolist() == [Fraction(1, 3)] * 3
    e = sympy.exp(1)
    assert sympy.expand(sum(found[1]) * (2 * e + 1) - (2 * e + 1)).cancel() == 0


def test_object_entries_never_become_floats() -> None:
    a = slow.given([[1, 2], [3, 4]], 2, 2)
    results = [
        slow.inverse(a),
        slow.determinant(a),
        slow.entrywise("reciprocal", a),
        slow.scale(Fraction(1, 2), a),
        slow.hard(a, Sight.plain(2, 2), "average"),
        slow.product(a, slow.constant(sympy.ImmutableMatrix([[sympy.Rational(1, 3), 1], [2, 3]]))),
    ]
    assert not [x for result in results for x in result.ravel() if isinstance(x, float | np.number)]
    assert slow.equal(slow.product(a, slow.inverse(a)), slow.identity(2)) is True


def test_determinants_of_batches() -> None:
    batch = [[[1, 2], [3, 4]], [[0, 1], [1, 0]]]
    assert slow.determinant(slow.given(batch, 2, 2)).tolist() == [[[-2]], [[-1]]]
    assert np.allclose(fast.determinant(fast.given(batch, 2, 2)), [[[-2]], [[-1]]])
    x, y = slow.variable("x", 1, 2)[0]
    (found,) = slow.determinant(slow.given([[x, 1], [Fraction(1, 2), y]], 2, 2)).ravel()
    assert sympy.expand(found - (x * y - sympy.Rational(1, 2))) == 0
    for domain in (fast, slow):
        with pytest.raises(BadInput, match="the argument of the determinant should be 3 x 3"):
            domain.determinant(domain.ones(2, 3))


def test_equal_decides_only_exact_rationals() -> None:
    one, two = slow.given([[1, 2]], 1, 2), slow.given([[1, 3]], 1, 2)
    symbols = slow.variable("x", 1, 2)
    assert slow.equal(one, one) is True
    assert slow.equal(one, two) is False
    assert slow.equal(symbols, symbols) is None
    assert fast.equal(np.ones((1, 2)), np.ones((1, 2))) is None
    assert fast.equal(np.ones((1, 2)), np.zeros((1, 2))) is None
    with pytest.raises(BadInput, match="shapes differ"):
        fast.equal(np.ones((1, 2)), np.ones((2, 1)))


def test_unknown_functions_are_opaque_or_refused() -> None:
    x = slow.variable("x", 1, 1)
    assert slow.entrywise("gelu", x)[0, 0] == sympy.Function("gelu")(x[0, 0])
    assert slow.entrywise("relu", slow.given([[-2]], 1, 1)).tolist() == [[0]]
    with pytest.raises(BadInput, match="did you mean 'relu'"):
        fast.entrywise("rellu", np.ones((1, 1)))
    squares = Arrays(functions={"square": lambda a: a * a})
    assert squares.entrywise("square", np.full((1, 1), 3.0)).tolist() == [[9.0]]


def test_what_does_not_exist() -> None:
    assert fast.entrywise("reciprocal", np.zeros((1, 1))).tolist() == [[np.inf]]
    with pytest.raises(Undefined):
        slow.entrywise("reciprocal", slow.zeros(1, 1))
    for domain in (fast, slow):
        with pytest.raises(Undefined, match="inverse"):
            domain.inverse(domain.given([[1, 1], [1, 1]], 2, 2))


# -- what users pass in -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", [fast, slow, strict], ids=["float", "object", "strict"])
def test_given_takes_what_people_have(domain: Arrays) -> None:
    values = [
        [[Fraction(1, 2), 2]],
        sympy.Matrix([[sympy.Rational(1, 2), 2]]),
        sympy.ImmutableSparseMatrix([[sympy.Rational(1, 2), 2]]),
        np.asarray([[Fraction(1, 2), 2]], dtype=object),
        ((Fraction(1, 2), np.int64(2)),),
    ]
    for value in values:
        found = domain.given(value, 1, 2)
        assert np.asarray(found).astype(float).tolist() == [[0.5, 2.0]]
    assert domain.given([1, 2, 3], 3, 1).shape == (3, 1)
    assert domain.given(7, 1, 1).shape == (1, 1)


def test_given_keeps_a_batch() -> None:
    batch = draw(10, 2, 3)
    assert fast.given(batch, 2, 3).shape == (10, 2, 3)
    assert fast.given(batch.astype("float32"), 2, 3).dtype == np.float64


@pytest.mark.parametrize(
    ("domain", "value", "message"),
    [
        (fast, [[1, float("nan")]], "row 1, column 2 is no finite"),
        (fast, np.asarray([[1.0, np.inf]]), "NaN or infinite"),
        (fast, [["__import__('os')", 1]], "no finite real number"),
        (fast, [[sympy.Symbol("x"), 1]], "symbols"),
        (fast, np.asarray([[1j, 0]]), "real numbers"),
        (fast, [[1, 2], [3]], "one length"),
        (fast, [[1, 2, 3]], "1 x 2 matrix is asked here, and this one is 1 x 3"),
        (slow, [[0.1, 1]], "not exact"),
        (slow, [["1", 1]], "no rational"),
        (slow, [[sympy.oo, 1]], "no real number"),
        (slow, [[sympy.Float(0.5) + sympy.Symbol("x"), 1]], "float"),
    ],
)
def test_bad_input_is_refused(domain: Arrays, value: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        domain.given(value, 1, 2)


def test_floats_hold_no_symbols() -> None:
    with pytest.raises(BadInput, match="numbers, not symbols"):
        fast.variable("X", 2, 2)
    with pytest.raises(BadInput, match="dtype"):
        Arrays(dtype="int32")
    with pytest.raises(BadInput, match="numpy only"):
        Arrays(array_api_strict, dtype=object)


# -- batches ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("domain", [fast, strict], ids=["float", "strict"])
def test_every_operation_broadcasts_over_a_batch(domain: Arrays) -> None:
    """An operation on a batch is the operation on each matrix of it."""
    a, b, u = draw(4, 3, 3), draw(4, 3, 3, seed=1), draw(4, 3, 1, seed=2)
    layout, single = Layout((("p", 1), ("q", 2))), Layout((("r", 3),))
    sight = Sight.plain(3, 3, causal=True)
    operations = [
        lambda x, y, z: domain.add(x, y),
        lambda x, y, z: domain.scale(Fraction(1, 2), x),
        lambda x, y, z: domain.product(x, y),
        lambda x, y, z: domain.product(domain.constant(sympy.ImmutableMatrix(3, 3, range(9))), y),
        lambda x, y, z: domain.transpose(x),
        lambda x, y, z: domain.hadamard(x, y),
        lambda x, y, z: domain.diag(z),
        lambda x, y, z: domain.trace(x),
        lambda x, y, z: domain.inverse(x),
        lambda x, y, z: domain.determinant(x),
        lambda x, y, z: domain.entrywise("silu", x),
        lambda x, y, z: domain.softmax(x, sight),
        lambda x, y, z: domain.hard(x, sight, "average"),
        lambda x, y, z: domain.hard(x, sight, "right"),
        lambda x, y, z: domain.hide(x, sight),
        lambda x, y, z: domain.take(x, [2, 0]),
        lambda x, y, z: domain.flatten(x),
        lambda x, y, z: domain.unflatten(domain.flatten(x), 3, 3),
        lambda x, y, z: domain.rows(x, layout, ["q"]),
        lambda x, y, z: domain.columns(x, layout, ["q", "p"]),
        lambda x, y, z: domain.assemble(
            {("p", "r"): domain.take(x, [0]), ("q", "r"): domain.ones(2, 3)}, layout, single
        ),
    ]
    for number, operation in enumerate(operations):
        whole = np.asarray(operation(*(domain.given(m, *m.shape[-2:]) for m in (a, b, u))))
        for k in range(4):
            alone = np.asarray(operation(*(domain.given(m[k], *m.shape[-2:]) for m in (a, b, u))))
            assert np.allclose(whole[k], alone), f"operation {number}"


@given(st.lists(st.lists(st.fractions(-3, 3, max_denominator=5), min_size=3, max_size=3), min_size=1, max_size=4))
def test_floats_and_objects_agree(table: list[list[Fraction]]) -> None:
    rows, sight = len(table), Sight.plain(len(table), 3, causal=True)
    quick, sure = fast.given(table, rows, 3), slow.given(table, rows, 3)
    for run in (
        lambda domain, x: domain.softmax(x, sight),
        lambda domain, x: domain.product(x, domain.transpose(x)),
        lambda domain, x: domain.entrywise("step", domain.entrywise("relu", x)),
        lambda domain, x: domain.entrywise("abs", x),
    ):
        assert np.allclose(run(fast, quick), run(slow, sure).astype(float))
