"""Residues: word-size arithmetic against Python integers, abstraction, and bounds on degrees and coefficients."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.domains.abstraction import Abstraction, Different
from symsim.domains.degree_bounds import Bounds
from symsim.domains.layout import Sight
from symsim.domains.residue_arithmetic import LONGEST, inverses, is_prime, matmul, plus, reduced, times
from symsim.domains.residues import Residues
from symsim.errors import BadInput, Undefined
from symsim.proof.modular import PRIMES, SAFE_PRIMES, primes, safe_primes

LARGE = [67108859, 33554467]
P = np.array(LARGE, dtype=np.float64).reshape(-1, 1, 1)


def drawn(rng: Any, rows: int, cols: int, top: bool = False) -> Any:
    """Residues; with ``top`` the largest ones."""
    return np.array([[[p - 1 - rng.randrange(3) if top else rng.randrange(p) for _ in range(cols)]
                      for _ in range(rows)] for p in LARGE], dtype=np.float64)  # fmt: skip


def integers(a: Any) -> Any:
    return a.astype(np.int64).astype(object)


# -- arithmetic ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("top", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 2), (2, 7, 9)])
def test_products_are_those_of_integers(shape: tuple[int, int, int], top: bool) -> None:
    rng, (n, k, m) = random.Random(repr(shape)), shape
    a, b, c = drawn(rng, n, k, top), drawn(rng, k, m, top), drawn(rng, n, k, top)
    whole = np.array(LARGE, dtype=object).reshape(-1, 1, 1)
    expected = np.stack([x.dot(y) for x, y in zip(integers(a), integers(b), strict=True)]) % whole
    assert (integers(matmul(a, b, P)) == expected).all()
    assert (integers(times(a, c, P)) == integers(a) * integers(c) % whole).all()
    assert (integers(plus(a, c, P)) == (integers(a) + integers(c)) % whole).all()


def test_long_sums_of_the_largest_residues_do_not_round() -> None:
    count = 3 * LONGEST + 5
    a = np.broadcast_to(P - 1, (2, 1, count))
    found = matmul(a, np.swapaxes(a, -1, -2), P)
    assert found[:, 0, 0].tolist() == [count * (p - 1) ** 2 % p for p in LARGE]
    rounded = np.matmul(a, np.swapaxes(a, -1, -2))  # the control: one float product of the same numbers is not exact
    assert [int(x) % p for x, p in zip(rounded[:, 0, 0], LARGE, strict=True)] != found[:, 0, 0].tolist()


@settings(max_examples=200)
@given(st.integers(-(2**52) + 1, 2**53 - 1), st.sampled_from(LARGE))
def test_whole_numbers_are_reduced(number: int, prime: int) -> None:
    assert reduced(np.array([[[float(number)]]]), np.array([[[float(prime)]]]))[0, 0, 0] == number % prime


def test_reciprocals() -> None:
    values = drawn(random.Random(1), 3, 4) + 1
    values = np.where(values >= P, 1.0, values)
    assert (times(values, inverses(values, P), P) == 1).all()


def test_primes_are_those_of_a_sieve() -> None:
    sieve = np.ones(2**26, dtype=bool)
    sieve[:2] = False
    for k in range(2, 2**13):
        if sieve[k]:
            sieve[k * k :: k] = False
    assert int(sieve[2**25 :].sum()) == PRIMES
    tops = np.flatnonzero(sieve[2**25 :]) + 2**25
    assert int(sieve[(tops - 1) // 2].sum()) == SAFE_PRIMES
    assert all(sieve[p] and sieve[(p - 1) // 2] for p in safe_primes(20, seed=4))
    rng = random.Random(3)
    numbers = [rng.randrange(2**25, 2**26) for _ in range(3000)] + [3215031751 % 2**26]
    assert [is_prime(n) for n in numbers] == [bool(sieve[n]) for n in numbers]
    assert all(sieve[p] for p in primes(50, seed=4)) and len(set(primes(50, seed=4))) > 45
    assert primes(5, seed=1) != primes(5, seed=2)


# -- the number system --------------------------------------------------------------------------------------------
def system(seed: int = 1, **options: Any) -> Residues:
    return Residues(LARGE, Abstraction(seed), **options)


def test_rationals_and_their_denominators() -> None:
    D = system()
    half = D.given([[Fraction(1, 2), Fraction(-3, 7)]], 1, 2)
    assert D.equal(D.scale(14, half), D.given([[7, -6]], 1, 2))
    with pytest.raises(Undefined, match="divides a denominator"):
        D.given([[Fraction(1, LARGE[1])]], 1, 1)
    with pytest.raises(BadInput, match="float"):
        D.given([[0.5]], 1, 1)


def test_scalars_are_functions_of_their_symbols() -> None:
    D, tau = system(), sympy.Symbol("tau")
    a = D.variable("A", 2, 2)
    assert D.equal(D.scale(tau**2 / (tau + 1), a), D.scale(1 / (tau + 1), D.scale(tau, D.scale(tau, a))))
    assert not D.equal(D.scale(tau, a), D.scale(tau + 1, a))


def test_products_of_tall_and_flat_matrices_are_not_written_out() -> None:
    D = system()
    a, b, v = D.variable("A", 60, 2), D.variable("B", 50, 2), D.variable("V", 50, 3)
    scores = D.product(a, D.transpose(b))
    assert scores.shape == (2, 60, 50) and not isinstance(scores, np.ndarray)
    written = matmul(a, D.transpose(b), D.p)
    assert D.equal(scores, written)
    assert D.equal(D.product(scores, v), matmul(written, v, D.p))
    assert D.equal(D.add(scores, scores), D.scale(2, written))
    assert D.equal(D.take(scores, [5, 3]), D.take(written, [5, 3]))
    assert D.equal(D.transpose(scores), D.transpose(written))
    for sight in (Sight.plain(60, 50), Sight.plain(60, 50, causal=True)):
        assert D.equal(D.softmax(scores, sight), D.softmax(written, sight))
    assert not D.equal(D.softmax(scores, Sight.plain(60, 50)), D.softmax(D.scale(2, scores), Sight.plain(60, 50)))


def test_rows_of_weights_sum_to_one_and_know_shifts() -> None:
    D = system()
    scores = D.variable("S", 4, 5)
    shifted = D.add(scores, D.product(D.variable("u", 4, 1), D.ones(1, 5)))
    for sight in (Sight.plain(4, 5), Sight.plain(4, 5, causal=True)):
        weights = D.softmax(scores, sight)
        assert D.equal(weights, D.softmax(shifted, sight))
        assert D.equal(D.product(weights, D.ones(5, 1)), D.ones(4, 1))
    moved = D.add(scores, D.product(D.ones(4, 1), D.variable("w", 1, 5)))
    assert not D.equal(D.softmax(scores, Sight.plain(4, 5)), D.softmax(moved, Sight.plain(4, 5)))
    assert D.equal(D.softmax(D.zeros(2, 3), Sight.plain(2, 3)), D.scale(Fraction(1, 3), D.ones(2, 3)))


def test_written_out_weights_are_quotients_of_exponentials() -> None:
    D = system(expanded=True)
    scores = D.variable("S", 3, 4)
    shown = D.entrywise("exp", scores)
    total = D.product(shown, D.ones(4, 1))
    quotient = D.hadamard(shown, D.product(D.entrywise("reciprocal", total), D.ones(1, 4)))
    assert D.equal(D.softmax(scores, Sight.plain(3, 4)), quotient)
    assert not D.equal(D.softmax(D.scale(2, scores), Sight.plain(3, 4)), quotient)


def test_a_checking_run_catches_a_guess_that_was_false() -> None:
    abstraction = Abstraction(3)
    D = Residues(LARGE, abstraction)
    x, y = D.variable("x", 1, 1), D.variable("y", 1, 1)
    D.entrywise("exp", D.add(x, D.scale(-1, y)))
    D.entrywise("exp", x)
    known = abstraction.nodes[1].classes
    abstraction.nodes[1].classes[:] = abstraction.nodes[0].classes  # the forged guess: x - y = x
    abstraction.restart(4)
    D = Residues(LARGE, abstraction)
    x, y = D.variable("x", 1, 1), D.variable("y", 1, 1)
    D.entrywise("exp", D.add(x, D.scale(-1, y)))
    with pytest.raises(Different, match="declared equal"):
        D.entrywise("exp", x)
    assert known.tolist() == [0]


def test_hard_attention_on_constants_and_on_nothing_else() -> None:
    D = system()
    scores = D.given([[1, Fraction(1, 2), 1], [0, 0, 2]], 2, 3)
    weights = D.hard(scores, Sight.plain(2, 3), "average")
    assert D.equal(weights, D.given([[Fraction(1, 2), 0, Fraction(1, 2)], [0, 0, 1]], 2, 3))
    with pytest.raises(BadInput, match="no order"):
        D.hard(D.variable("S", 2, 3), Sight.plain(2, 3), "average")


# -- bounds -------------------------------------------------------------------------------------------------------
def entry_bound(entry: Any, symbols: list[Any]) -> tuple[int, int]:
    """Degree and sum of absolute coefficients of a polynomial, computed by sympy."""
    poly = sympy.Poly(sympy.expand(entry), *symbols)
    return int(poly.total_degree()), int(sum(abs(c) for c in poly.coeffs()))


@pytest.mark.parametrize("seed", range(12))
def test_bounds_hold_for_polynomials_written_out_by_sympy(seed: int) -> None:
    rng = random.Random(seed)
    n, m = rng.randrange(1, 4), rng.randrange(1, 4)
    D = Bounds(Abstraction(0))
    a, b = D.variable("A", n, m), D.variable("B", m, n)
    A, B = (sympy.Matrix(r, c, lambda i, j, t=t: sympy.Symbol(f"{t}{i}{j}")) for t, r, c in (("a", n, m), ("b", m, n)))
    weight = sympy.ImmutableSparseMatrix(m, m, lambda i, j: rng.choice([0, 0, 1, -2, sympy.Rational(1, 3)]))
    steps = [
        (D.product(D.product(a, D.constant(weight)), b), A * weight * B),
        (D.hadamard(D.product(a, b), D.product(a, b)), (A * B).multiply_elementwise(A * B)),
        (D.add(D.scale(Fraction(3, 2), D.product(a, b)), D.identity(n)), sympy.Rational(3, 2) * A * B + sympy.eye(n)),
        (D.trace(D.product(b, a)), sympy.Matrix([[(B * A).trace()]])),
    ]
    symbols = [*A, *B]
    for bound, found in steps:
        for j in range(found.cols):
            delta = int(bound.delta[j])
            for i in range(found.rows):
                degree, size = entry_bound(found[i, j] * delta, symbols)
                assert degree <= bound.degree[j] and size <= 2 ** int(bound.bits[j])
    assert D.product(a, b).degree[0] == 2  # tight where it should be


def test_bounds_of_quotients() -> None:
    D = Bounds(Abstraction(0))
    x = D.variable("x", 1, 1)
    quotient = D.hadamard(D.entrywise("reciprocal", D.add(x, D.ones(1, 1))), x)
    assert (int(quotient.degree[0]), int(quotient.low[0])) == (1, 1)
    cube = D.hadamard(quotient, D.hadamard(quotient, quotient))
    degree, bits = cube.against(D.ones(1, 1))
    assert degree == 3 and bits >= 3  # x^3 - (x + 1)^3 has degree 2 and coefficients up to 3
