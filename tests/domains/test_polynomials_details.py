"""Polynomials over QQ in detail: canonical numbers, terms, kept values and exact division, from their definition."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from flint import fmpq

from symsim.domains import polynomials
from symsim.domains.polynomials import (
    ONE,
    Poly,
    add,
    add_multiple,
    add_product,
    constant,
    divide,
    divide_exactly,
    fraction,
    multiply,
    number,
    scale,
    tidy,
)

HALF = fmpq(1, 2)
POINT = {2: 5, 3: -7}
"""The variables x = 2 and y = 3, and the point at which values are kept."""


def at(terms: dict[int, Any]) -> Any:
    """The value of the terms at the point, by the definition."""
    total = Fraction(0)
    for mono, coefficient in terms.items():
        here = fraction(coefficient)
        for prime, value in POINT.items():
            while mono % prime == 0:
                mono, here = mono // prime, here * value
        total += here
    return total


def poly(terms: dict[int, Any]) -> Poly:
    return Poly(dict(terms), number(at(terms)))


def is_sound(a: Poly) -> bool:
    """Whether the kept value is that of the terms, no term is 0 and every number has its canonical form."""
    numbers = [*a.terms.values(), a.value]
    plain = all(type(c) is int or isinstance(c, fmpq) and c.q != 1 for c in numbers)
    return plain and 0 not in a.terms.values() and fraction(a.value) == at(a.terms)


SOME = [{}, {1: 1}, {1: -3}, {2: 1}, {2: 1, 3: 1}, {2: 1, 3: -1}, {1: HALF, 2: 2}, {4: 1, 6: HALF, 1: 1}, {2: 2, 3: 4}]


# -- numbers ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "found"),
    [(3, 3), (True, 1), (fmpq(4, 2), 2), (HALF, HALF), (Fraction(-6, 3), -2), (Fraction(-2, 3), fmpq(-2, 3)),
     (fmpq(0), 0), (fmpq(-7), -7)],
)  # fmt: skip
def test_numbers_are_canonical(given: Any, found: Any) -> None:
    made = number(given)
    assert made == found
    assert type(made) is type(found)


def test_quotients_and_fractions() -> None:
    assert divide(6, 3) == 2 and type(divide(6, 3)) is int
    assert divide(1, HALF) == 2 and type(divide(1, HALF)) is int
    assert divide(1, 3) == fmpq(1, 3)
    assert fraction(HALF) == Fraction(1, 2) and type(fraction(fmpq(2, 3))) is Fraction
    assert fraction(fmpq(-5, 3)) == Fraction(-5, 3)
    assert fraction(4) == Fraction(4) and type(fraction(4)) is Fraction


# -- equality and constants -------------------------------------------------------------------------------------------
def test_equality_looks_at_the_terms_and_at_the_value() -> None:
    assert Poly({2: 1}, 5) == Poly({2: 1}, 5)
    assert Poly({2: 1}, 5) != Poly({1: 5}, 5)  # one value, two polynomials
    assert Poly({2: 1}, 5) != Poly({2: 1}, 6)
    assert Poly({2: 1}, 5) != {2: 1}
    assert (Poly({}, 0) == 0) is False
    same = Poly({2: 1}, 5)
    same.terms, twin = {3: 1}, same
    assert same == twin
    assert hash(Poly({2: 1}, 5)) == hash(5)


def test_the_constant_that_a_polynomial_is() -> None:
    assert poly({}).constant == 0
    assert poly({1: HALF}).constant == HALF
    assert poly({2: 1}).constant is None
    assert poly({1: 4, 2: 1}).constant is None
    assert constant(1) is ONE
    assert ONE.terms == {1: 1} and ONE.value == 1
    assert constant(0).terms == {} and constant(0).value == 0
    assert constant(5).terms == {1: 5} and constant(5).value == 5
    assert constant(HALF).terms == {1: HALF}


# -- terms in place ---------------------------------------------------------------------------------------------------
def test_tidy_sweeps_zeros_and_makes_numbers_canonical() -> None:
    there = {2: 1, 3: 4}
    assert tidy(there) is there
    assert tidy({2: 0, 3: 4}) == {3: 4}
    assert tidy({2: fmpq(0), 3: HALF}) == {3: HALF}
    found = tidy({2: fmpq(4, 2), 3: 1, 5: fmpq(2)})
    assert found == {2: 2, 3: 1, 5: 2} and all(type(c) is int for c in found.values())
    found = tidy({2: 0, 3: fmpq(4, 2), 5: 3})
    assert found == {3: 2, 5: 3} and all(type(c) is int for c in found.values())


@pytest.mark.parametrize("mono", [1, 2, 3])
@pytest.mark.parametrize("factor", [1, 2, -2, HALF])
@pytest.mark.parametrize("target", [{}, {5: 3}, {2: 7, 4: 1, 6: 1}])
def test_a_multiple_is_added_in_place(target: dict[int, Any], mono: int, factor: Any) -> None:
    source = {1: 2, 2: 3, 3: -1}
    wanted = dict(target)
    for m, c in source.items():
        wanted[m * mono] = wanted.get(m * mono, 0) + c * factor
    there = dict(target)
    add_multiple(there, source, mono, factor)
    assert there == wanted and source == {1: 2, 2: 3, 3: -1}


def test_the_defaults_are_1() -> None:
    there = {2: 3}
    add_multiple(there, {2: 4, 1: 1})
    assert there == {2: 7, 1: 1}
    there = {1: 1}
    add_product(there, {2: 1, 1: 1}, {3: 1})
    assert there == {1: 1, 6: 1, 3: 1}


def test_products_run_over_the_shorter_factor(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[int] = []
    whole = add_multiple

    def counted(target: Any, source: Any, *rest: Any) -> None:
        rows.append(len(source))
        whole(target, source, *rest)

    monkeypatch.setattr(polynomials, "add_multiple", counted)
    for a, b in (({2: 1, 3: 1, 5: 1}, {7: 1}), ({7: 1}, {2: 1, 3: 1, 5: 1})):
        add_product({}, a, b)
        assert rows == [3]
        rows.clear()


@pytest.mark.parametrize("factor", [1, 2, 3, HALF])
def test_a_product_is_added_in_place(factor: Any) -> None:
    for a, b in product(SOME, repeat=2):
        there: dict[int, Any] = {1: 1, 2: 1}
        add_product(there, a, b, factor)
        wanted: dict[int, Any] = {1: 1, 2: 1}
        for m, c in a.items():
            for n, d in b.items():
                wanted[m * n] = wanted.get(m * n, 0) + c * d * factor
        assert tidy(there) == tidy(wanted)


# -- arithmetic -------------------------------------------------------------------------------------------------------
def test_sums_products_and_multiples_keep_their_value() -> None:
    for one, two in product(SOME, repeat=2):
        a, b = poly(one), poly(two)
        times = multiply(a, b)
        assert is_sound(times) and fraction(times.value) == at(one) * at(two)
        for factor in (1, 2, -1, HALF):
            total = add(a, b, factor)
            assert is_sound(total) and fraction(total.value) == at(one) + fraction(factor) * at(two)
            assert total.terms == tidy({m: one.get(m, 0) + factor * two.get(m, 0) for m in {*one, *two}})
            times_factor = scale(factor, a)
            assert is_sound(times_factor) and times_factor.terms == {m: c * factor for m, c in one.items()}
        assert add(a, b) == add(a, b, 1)
        assert a.terms == one and b.terms == two


def test_one_is_no_work() -> None:
    a = poly({2: 1, 1: HALF})
    assert multiply(ONE, a) is a and multiply(a, ONE) is a
    assert scale(1, a) is a
    assert scale(2, a).terms == {2: 2, 1: 1} and type(scale(2, a).terms[1]) is int


# -- division ---------------------------------------------------------------------------------------------------------
def test_exact_quotients() -> None:
    for one, two in product(SOME, repeat=2):
        b = poly(two)
        if not b.terms:
            continue
        found = divide_exactly(multiply(poly(one), b), b)
        assert found is not None and is_sound(found) and found.terms == one


@pytest.mark.parametrize(
    ("top", "bottom"),
    [({2: 1}, {3: 1}), ({2: 1, 3: 1}, {2: 1}), ({1: 1}, {2: 1}), ({2: 1}, {4: 1}), ({1: 1}, {2: 1, 1: 1}),
     ({4: 1, 1: 1}, {2: 1, 1: 1}), ({4: 1, 1: -2}, {2: 1, 1: 1}), ({9: 1, 2: 1}, {3: 1, 2: 1}), ({6: 1}, {3: 1, 2: 1})],
)  # fmt: skip
def test_no_quotient_where_there_is_none(top: dict[int, Any], bottom: dict[int, Any]) -> None:
    assert divide_exactly(poly(top), poly(bottom)) is None


def test_a_divisor_that_vanishes_at_the_point_is_left_alone() -> None:
    b = poly({2: 1, 1: -5})
    assert b.value == 0
    assert divide_exactly(multiply(b, b), b) is None
    c = poly({2: 1, 1: -4})  # 1 there
    assert divide_exactly(multiply(c, b), c) == b
