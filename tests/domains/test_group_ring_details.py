"""The group ring in detail: interned exponents, logarithms, sums, products and quotients, from their definition."""

from __future__ import annotations

import gc
import random
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from flint import fmpq

from symsim.domains import group_ring
from symsim.domains.group_ring import Exponent, GroupRing, Num, finish, least_first
from symsim.domains.polynomials import ONE, Poly, fraction, number

HALF = fmpq(1, 2)
Formal = dict[tuple[tuple[int, Any], ...], dict[int, Any]]


def at(ring: GroupRing, terms: dict[int, Any]) -> Any:
    """The value of the terms at the fixed point, by the definition."""
    total = Fraction(0)
    for mono, coefficient in terms.items():
        here = fraction(coefficient)
        for prime, name in ring.names.items():
            while mono % prime == 0:
                mono, here = mono // prime, here * fraction(ring.variables[name].value)
        total += here
    return total


def make(ring: GroupRing, formal: Any) -> Num:
    """The element with these terms: pairs of an exponent and a coefficient, both as terms."""
    out: Num = {}
    for exponent, coefficient in formal:
        e, factor = ring.exponent(dict(exponent), number(at(ring, exponent)))
        terms = {m: number(c * factor) for m, c in coefficient.items()}
        out[e] = Poly(terms, number(at(ring, terms)))
    return out


def read(ring: GroupRing, num: Num) -> Formal:
    """The terms of an element, and a check that all it keeps is right."""
    for e, p in num.items():
        for poly in (e, p):
            assert fraction(poly.value) == at(ring, poly.terms)
            assert all(c != 0 and (type(c) is int or c.q != 1) for c in poly.terms.values())
            assert type(poly.value) is int or poly.value.q != 1
        assert p.terms and ring._intern(dict(e.terms), e.value) is e
    found = {tuple(sorted(e.terms.items())): dict(p.terms) for e, p in num.items()}
    assert len(found) == len(num)
    return found


def gathered(parts: Any) -> Formal:
    """The sum of terms (exponent, monomial, coefficient), by the definition."""
    out: Formal = {}
    for exponent, mono, coefficient in parts:
        here = out.setdefault(tuple(sorted((m, c) for m, c in exponent.items() if c)), {})
        here[mono] = here.get(mono, 0) + coefficient
    tidy = {e: {m: c for m, c in terms.items() if c} for e, terms in out.items()}
    return {e: terms for e, terms in tidy.items() if terms}


def plus(a: dict[int, Any], b: dict[int, Any], sign: int = 1) -> dict[int, Any]:
    return {m: a.get(m, 0) + sign * b.get(m, 0) for m in {*a, *b}}


def fresh() -> GroupRing:
    ring = GroupRing()
    for name in "xyz":
        ring.variable(name)
    return ring


X, Y = {2: 1}, {3: 1}
SOME: list[Any] = [
    [({}, {1: 1})],
    [({}, {1: -3, 2: 1})],
    [({}, {3: HALF})],
    [(X, {1: 1})],
    [(X, {1: 1}), ({2: -1}, {1: 1})],
    [(X, {1: 1}), (Y, {1: 1})],
    [({2: -1}, {1: 1}), ({3: -2}, {1: -1})],
    [({}, {1: 1}), ({2: 1, 3: HALF}, {2: 2}), ({1: HALF}, {1: -1})],
    [({2: 2}, {1: 1}), ({3: 2}, {1: -1})],
]


# -- variables and exponents ------------------------------------------------------------------------------------------
def test_variables_are_primes_with_a_point_each() -> None:
    ring = GroupRing()
    made = [ring.variable(k) for k in range(40)]
    assert [next(iter(p.terms)) for p in made[:5]] == [2, 3, 5, 7, 11]
    assert all(list(p.terms.values()) == [1] for p in made)
    assert all(type(next(iter(p.terms))) is int for p in made)
    points = [p.value for p in made]
    assert len(set(points)) == 40 and all(2 <= v < (1 << 61) + 2 for v in points)
    assert sum(v > 1 << 58 for v in points) > 20  # spread, so that values hardly ever meet
    assert ring.variable(7) is made[7] and ring.names[2] == 0 and len(ring.names) == 40


def test_exponents_are_interned_even_where_values_meet() -> None:
    ring = GroupRing()
    made = [ring._intern({p: 1}, 9) for p in (2, 3, 5, 7)]
    assert len({id(e) for e in made}) == 4
    assert [ring._intern({p: 1}, 9) for p in (2, 3, 5, 7)] == made
    assert [e.terms for e in made] == [{2: 1}, {3: 1}, {5: 1}, {7: 1}] and {e.value for e in made} == {9}
    assert made[0] != made[1] and not made[0] == Poly({2: 1}, 9) and made[0] == made[0]
    assert len({made[0]: 1, made[1]: 2}) == 2
    assert ring._intern({}, 0) is ring.zero_exponent and ring.zero_exponent.value == 0
    assert isinstance(made[0], Exponent)


def test_exponents_that_nobody_holds_are_let_go() -> None:
    ring = fresh()
    before = len(ring._exponents)
    ring.exponent({2: 1}, 1)
    gc.collect()
    assert len(ring._exponents) == before


@pytest.mark.parametrize(
    ("power", "rest", "factor"),
    [(1, 0, 3), (2, 0, 9), (-1, 0, fmpq(1, 3)), (HALF, HALF, 1), (fmpq(5, 2), HALF, 9), (fmpq(-1, 2), HALF, fmpq(1, 3)),
     (0, 0, 1), (-2, 0, fmpq(1, 9))],
)  # fmt: skip
def test_whole_powers_of_logarithms_are_factors(power: Any, rest: Any, factor: Any) -> None:
    ring = fresh()
    log = ring.variable(("log", 3))
    (mono,) = log.terms
    ring.logs[3] = mono
    given = {2: 1, mono: power}
    exponent, thrown = ring.exponent(given, number(at(ring, given)))
    assert thrown == factor and given == {2: 1, mono: power}
    assert exponent.terms == ({2: 1, mono: rest} if rest else {2: 1})
    assert fraction(exponent.value) == at(ring, exponent.terms)
    assert exponent is ring.exponent({2: 1, mono: rest} if rest else {2: 1}, exponent.value)[0]


def test_two_logarithms_at_once() -> None:
    ring = fresh()
    for prime in (2, 3):
        ring.logs[prime] = next(iter(ring.variable(("log", prime)).terms))
    a, b = ring.logs[2], ring.logs[3]
    given = {a: 3, b: fmpq(-3, 2), 2 * a: 1}
    exponent, thrown = ring.exponent(given, number(at(ring, given)))
    assert thrown == fmpq(8, 9) and exponent.terms == {b: HALF, 2 * a: 1}
    assert fraction(exponent.value) == at(ring, exponent.terms)
    one, two = ring.exponent({a: HALF}, number(at(ring, {a: HALF})))[0], ring.zero_exponent
    assert ring.shift(one, one) == (two, 2)
    assert ring.shift(two, one, -1)[1] == HALF  # 2 ** (-1/2) is 2 ** (1/2) / 2
    assert group_ring._power(2, -3) == fmpq(1, 8) and group_ring._power(2, 0) == 1 and group_ring._power(5, 2) == 25


def test_shifts_of_exponents() -> None:
    ring = fresh()
    made = [next(iter(make(ring, [(e, {1: 1})]))) for e in ({}, X, Y, {2: -1, 3: HALF}, {1: HALF})]
    for a, b in product(made, repeat=2):
        for sign in (1, -1):
            found, factor = ring.shift(a, b, sign)
            wanted = {m: c for m, c in plus(a.terms, b.terms, sign).items() if c}
            assert found.terms == wanted and factor == 1 and fraction(found.value) == at(ring, wanted)
        assert ring.shift(a, b) == ring.shift(a, b, 1)
    assert ring.shift(made[0], made[1])[0] is made[1] and ring.shift(made[1], made[0])[0] is made[1]
    assert ring.shift(made[1], made[1], -1)[0] is ring.zero_exponent


# -- arithmetic -------------------------------------------------------------------------------------------------------
def test_products_and_sums_are_what_they_are() -> None:
    ring = fresh()
    for one, two in product(SOME, repeat=2):
        a, b = make(ring, one), make(ring, two)
        parts = [(plus(e, f), m * n, c * d)
                 for e, p in one for f, q in two for m, c in p.items() for n, d in q.items()]  # fmt: skip
        assert read(ring, ring.multiply_nums(a, b)) == gathered(parts)
        for factor in (1, 2, -1, HALF):
            sums = [(e, m, c) for e, p in one for m, c in p.items()]
            sums += [(e, m, c * factor) for e, p in two for m, c in p.items()]
            assert read(ring, ring.add_nums(a, b, factor)) == gathered(sums)
        assert read(ring, ring.add_nums(a, b)) == read(ring, ring.add_nums(a, b, 1))
        assert (read(ring, a), read(ring, b)) == (read(ring, make(ring, one)), read(ring, make(ring, two)))


def test_one_is_no_work() -> None:
    ring = fresh()
    a = make(ring, SOME[7])
    one: Num = {ring.zero_exponent: ONE}
    assert ring.multiply_nums(a, one) is a and ring.multiply_nums(one, a) is a
    work: Any = {ring.zero_exponent: [{1: fmpq(2, 2)}, fmpq(2, 2)], next(iter(make(ring, SOME[3]))): [{2: 0}, 0]}
    assert finish(work)[ring.zero_exponent] is ONE and len(finish(work)) == 1
    for terms in ({2: 1}, {1: 2}, {1: 1, 2: 1}):
        (found,) = finish({ring.zero_exponent: [dict(terms), number(at(ring, terms))]}).values()
        assert found.terms == terms and fraction(found.value) == at(ring, terms)


def test_factors_that_products_throw_off() -> None:
    ring = fresh()
    ring.logs[3] = log = next(iter(ring.variable(("log", 3)).terms))
    root = make(ring, [({log: HALF}, {1: 1, 2: 1}), ({}, {1: 1})])
    found = read(ring, ring.multiply_nums(root, root))
    assert found == {(): {1: 4, 2: 6, 4: 3}, ((log, HALF),): {1: 2, 2: 2}}


# -- quotients --------------------------------------------------------------------------------------------------------
def test_exact_quotients_are_found() -> None:
    ring = fresh()
    for one, two in product(SOME, repeat=2):
        a, b = make(ring, one), make(ring, two)
        whole = ring.multiply_nums(a, b)
        found = ring.divide_nums(whole, b)
        assert found is not None and read(ring, found) == read(ring, a)
        assert read(ring, whole) == read(ring, ring.multiply_nums(a, b))
    long = make(ring, [({2: k} if k else {}, {1: 1}) for k in range(31)])  # times 1 - exp(x) two terms
    short = make(ring, [({}, {1: 1}), (X, {1: -1})])
    found = ring.divide_nums(ring.multiply_nums(long, short), short)
    assert found is not None and read(ring, found) == read(ring, long)


def test_quotients_with_a_factor_thrown_off() -> None:
    ring = fresh()
    ring.logs[3] = log = next(iter(ring.variable(("log", 3)).terms))
    root = make(ring, [({log: HALF}, {1: 1}), ({}, {2: 1})])
    single = make(ring, [({log: fmpq(1, 2)}, {1: 5})])
    for b in (single, root):
        whole = ring.multiply_nums(root, b)
        found = ring.divide_nums(whole, b)
        assert found is None or read(ring, ring.multiply_nums(found, b)) == read(ring, whole)
    found = ring.divide_nums(make(ring, [({}, {1: 1})]), single)
    assert found is not None and read(ring, found) == {((log, HALF),): {1: fmpq(1, 15)}}


@pytest.mark.parametrize(
    ("top", "bottom"),
    [(SOME[0], SOME[5]), (SOME[5], [(X, {1: 1}), (Y, {1: -1})]), (SOME[8], SOME[4]), (SOME[3], [({}, {1: 1, 2: 1})]),
     ([(X, {1: 1}), (Y, {2: 1})], [({}, {2: 1})]), (SOME[7], SOME[5])],
)  # fmt: skip
def test_no_quotient_where_there_is_none(top: Any, bottom: Any) -> None:
    ring = fresh()
    assert ring.divide_nums(make(ring, top), make(ring, bottom)) is None


def test_what_a_quotient_says_is_right_at_random() -> None:
    """Quotients by definition times the divisor, and None for what has none: other values are never returned."""
    rng = random.Random(3)
    ring = fresh()
    seen = set()
    for _ in range(60):
        one, two = ([({2: rng.randint(-1, 1), 3: rng.randint(-1, 1)}, {1: rng.choice([1, -1, 2])}) for _ in range(k)]
                    for k in (rng.randint(1, 3), 2))  # fmt: skip
        a, b = make(ring, [({k: v for k, v in e.items() if v}, p) for e, p in one]), make(
            ring, [({k: v for k, v in e.items() if v}, p) for e, p in two])
        found = ring.divide_nums(a, b)
        seen.add(found is None)
        assert found is None or read(ring, ring.multiply_nums(found, b)) == read(ring, a)
    assert seen == {True, False}


def test_the_order_is_by_value() -> None:
    assert least_first(Exponent({2: 1}, 4)) == 4
    assert [e.value for e in sorted([Exponent({}, 5), Exponent({}, -1)], key=least_first)] == [-1, 5]
