"""Wide residues by terms: the same matrices as written out, compared by factors, and computed where factors differ."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.domains.abstraction import Abstraction
from symsim.domains.by_columns import MOST_ARRAYS, MOST_WEIGHTED, ByColumns, Term, added, selected, settled, written
from symsim.domains.layout import Layout, Sight
from symsim.domains.low_rank import RowSource, Weighted
from symsim.domains.residues import Residues
from symsim.proof import check, modular
from symsim.proof.evidence import Options
from symsim.simulators import universal

LARGE = [67108859, 33554467]
P = np.array(LARGE, dtype=np.float64).reshape(-1, 1, 1)
N, WIDTH = 5, 9


def domain() -> Residues:
    return Residues(LARGE, Abstraction(seed=3))


def drawn(rng: Any, rows: int, cols: int) -> Any:
    return np.array([[[rng.randrange(p) for _ in range(cols)] for _ in range(rows)] for p in LARGE], dtype=np.float64)


def weights(D: Residues, name: str = "S", causal: bool = False) -> Any:
    return D.softmax(D.variable(name, N, N), Sight.plain(N, N, causal=causal))


def wide(D: Residues, rng: Any, terms: int) -> tuple[ByColumns, Any]:
    """A sum of arrays and of weights times values in random columns; and the same in Python integers."""
    found: list[Term] = []
    total = np.zeros((len(LARGE), N, WIDTH), dtype=object)
    for k in range(terms):
        columns = np.array(rng.sample(range(WIDTH), rng.randrange(1, 5)))
        block = drawn(rng, N, len(columns))
        if k % 3 == 1:
            block = D.product(weights(D, f"S{k % 2}"), block)
            assert isinstance(block, Weighted)
        found = added(found, [Term(columns, block)], P)
        total[..., columns] += D.dense(block).astype(np.int64).astype(object)
    return ByColumns((len(LARGE), N, WIDTH), tuple(found)), total % P.astype(np.int64).astype(object)


@pytest.mark.parametrize("seed", range(8))
def test_terms_are_the_matrix_that_they_stand_for(seed: int) -> None:
    rng, D = random.Random(seed), domain()
    a, expected = wide(D, rng, 2 + 6 * (seed % 4))
    assert (written(a, P) == expected).all()
    chosen = rng.sample(range(WIDTH), 4)
    assert (D.dense(selected(a, chosen)) == expected[..., chosen]).all()
    assert (D.dense(D.take(a, [3, 0])) == expected[:, [3, 0]]).all()
    assert (D.dense(settled(a, P)) == expected).all()
    assert (D.dense(D.scale(7, a)) == 7 * expected % P.astype(np.int64).astype(object)).all()
    places = [(rng.randrange(WIDTH), rng.randrange(6)) for _ in range(rng.randrange(0, 40))]
    weight = sympy.ImmutableSparseMatrix(WIDTH, 6, {place: rng.randrange(-3, 4) for place in places})
    table = np.array(weight.tolist()).astype(np.int64).astype(object)
    product = np.stack([m.dot(table) for m in expected])
    assert (D.dense(D.product(a, D.constant(weight))) == product % P.astype(np.int64).astype(object)).all()
    b, other = wide(D, rng, 3)
    assert (D.dense(D.add(a, b)) == (expected + other) % P.astype(np.int64).astype(object)).all()
    assert D.equal(D.add(a, b), D.add(b, a)) is True
    assert D.equal(D.add(a, b), D.add(b, b)) is False


def test_many_terms_are_added_up() -> None:
    D, rng = domain(), random.Random(0)
    arrays = [Term(np.array([k % WIDTH, (k + 1 + k // WIDTH) % WIDTH]), drawn(rng, N, 2)) for k in range(30)]
    a = ByColumns((2, N, WIDTH), tuple(arrays))
    assert len(arrays) > MOST_ARRAYS and not isinstance(settled(a, P), ByColumns)
    assert (D.dense(settled(a, P)) == written(a, P)).all()
    few = weights(D)
    products = [Term(np.array([k % WIDTH]), Weighted(few, drawn(rng, N, 1), P)) for k in range(MOST_WEIGHTED + 1)]
    b = ByColumns((2, N, WIDTH), tuple(products))
    assert (D.dense(settled(b, P)) == written(b, P)).all() and not isinstance(settled(b, P), ByColumns)


def test_equal_factors_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    D = domain()
    values = D.variable("V", N, 2)
    left, right = D.product(weights(D), values), D.product(weights(D), values)
    monkeypatch.setattr(RowSource, "blocks", property(lambda _: pytest.fail("the product was computed")))
    assert D.equal(left, right) is True


@pytest.mark.parametrize("causal", [False, True])
def test_factors_that_differ_are_multiplied(causal: bool) -> None:
    D = domain()
    one, V = D.ones(N, 2), D.variable("V", N, 2)
    S, T = weights(D, "S", causal), weights(D, "T", causal)
    assert D.equal(D.product(S, V), D.product(T, V)) is False
    assert D.equal(D.product(S, V), D.product(S, D.scale(2, V))) is False
    assert D.equal(D.product(S, V), D.product(weights(D, "S", not causal), V)) is False
    assert D.equal(D.product(S, one), D.product(T, one)) is True  # rows sum to 1
    assert D.equal(D.add(D.product(S, V), D.product(T, V)), D.add(D.product(T, V), D.product(S, V))) is True
    assert D.equal(D.add(D.product(S, V), D.product(T, V)), D.product(S, D.scale(2, V))) is False
    assert D.equal(D.product(S, V), D.dense(D.product(S, V))) is True


def test_a_product_is_computed_once() -> None:
    D, asked = domain(), []
    source = weights(D)
    counted = dataclasses.replace(source, rows=lambda *rows: asked.append(rows) or source.rows(*rows))
    product = D.product(counted, D.variable("V", N, 3))
    swap = D.constant(sympy.ImmutableSparseMatrix(3, 2, {(0, 1): 2, (2, 0): 1}))
    first, second = D.product(product, swap), D.product(product, D.constant(sympy.eye(3)))
    expected = D.dense(product)
    assert (D.dense(first)[..., 1] == 2 * expected[..., 0] % P[..., 0]).all()
    assert (D.dense(second) == expected).all() and len(asked) == 1


def test_columns_that_nobody_fills_are_zero() -> None:
    D = domain()
    V = D.variable("V", N, 2)
    rows, cols = Layout((("x", N), ("y", 1))), Layout((("a", 2), ("b", 3), ("c", 2)))
    a = D.assemble({("x", "a"): V, ("y", "c"): D.ones(1, 2)}, rows, cols)
    expected = np.zeros((2, N + 1, 7))
    expected[:, :N, :2], expected[:, N:, 5:] = V, 1
    assert isinstance(a, ByColumns) and (D.dense(a) == expected).all()
    assert (D.dense(D.columns(a, cols, ["c", "b"])) == expected[..., [5, 6, 2, 3, 4]]).all()
    assert (D.dense(D.rows(a, rows, ["y"])) == expected[:, N:]).all()
    assert (D.dense(D.assemble({}, rows, cols)) == 0).all()


def test_large_sizes_compute_no_product_of_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes n = 1024 cheap; and the control: a wrong value matrix makes the products differ, and is found."""
    drawn_rows: list[int] = []
    fresh = Residues._fresh_rows
    monkeypatch.setattr(Residues, "_fresh_rows", lambda *a: drawn_rows.append(1) or fresh(*a))
    U = universal(128, 8)
    assert check(U.claim, method="modular").verdict.value == "probable" and not drawn_rows
    layer = U.encoder.layers[1]
    head = layer.heads[0]
    changed = dataclasses.replace(layer, heads=(dataclasses.replace(head, W_V=2 * head.W_V),))
    encoder = dataclasses.replace(U.encoder, layers=(U.encoder.layers[0], changed))
    assert modular.decide(U.with_encoder(encoder).claim, Options()).verdict.value == "undecided" and drawn_rows
