"""The field in detail: arithmetic, denominators, residues, equality and signs, against exact values of their own.

Exponents are integer combinations of 1, x and y here, so that a value has an exact image: rational numbers for x and y,
and others for exp(1), exp(x) and exp(y).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from flint import fmpq
from sympy import isprime

from symsim.domains import field as room
from symsim.domains.field import GENERATOR, MODULUS, ORDER, Element, Field, join, merge, positive
from symsim.domains.group_ring import GroupRing
from symsim.domains.polynomials import Poly, constant, fraction, number
from symsim.errors import Undefined

HALF = fmpq(1, 2)
OUTSIDE = {2: Fraction(3), 3: Fraction(-5, 7)}
INSIDE = {1: Fraction(11, 4), 2: Fraction(13, 5), 3: Fraction(7, 9)}


def poly_image(poly: Poly) -> Fraction:
    total = Fraction(0)
    for mono, coefficient in poly.terms.items():
        here = fraction(coefficient)
        for prime, value in OUTSIDE.items():
            while mono % prime == 0:
                mono, here = mono // prime, here * value
        total += here
    return total


def num_image(num: Any) -> Fraction:
    total = Fraction(0)
    for exponent, coefficient in num.items():
        here = poly_image(coefficient)
        for mono, power in exponent.terms.items():
            here *= INSIDE[mono] ** int(power)
        total += here
    return total


def image(value: Any) -> Fraction:
    """The value at the point; the parts of an element have their form."""
    if type(value) is not Element:
        assert type(value) is int or isinstance(value, fmpq) and value.q != 1
        return fraction(value)
    assert value.num and all(p.terms for p in value.num.values())
    assert not (not value.den and len(value.num) == 1 and list(value.num)[0].terms == {}
                and set(list(value.num.values())[0].terms) <= {1})  # fmt: skip
    assert [d.index for d, _ in value.den] == sorted({d.index for d, _ in value.den})
    out = num_image(value.num)
    for d, power in value.den:
        low = min(d.num, key=lambda e: e.value)
        assert power > 0 and low.terms == {} and d.num[low].terms[max(d.num[low].terms)] == 1
        out /= num_image(d.num) ** power
    return out


def is_kept(field: Field, value: Any) -> bool:
    """Whether each polynomial of an element keeps its value at the fixed point."""
    if type(value) is not Element:
        return True
    for num in (value.num, *(d.num for d, _ in value.den)):
        for poly in (p for item in num.items() for p in item):
            total = Fraction(0)
            for mono, coefficient in poly.terms.items():
                here = fraction(coefficient)
                for prime, name in field.names.items():
                    while mono % prime == 0:
                        mono, here = mono // prime, here * fraction(field.variables[name].value)
                total += here
            if fraction(poly.value) != total:
                return False
    return True


class Made:
    """A field with x and y and some values."""

    def __init__(self) -> None:
        field = self.field = Field()
        self.x, self.y = field.symbol("x"), field.symbol("y")
        x, y = self.x, self.y
        self.ex, self.ey = field.exp(x), field.exp(y)
        over = field.invert(field.add(self.ex, self.ey))
        self.some: list[Any] = [
            0, 1, -2, HALF, x, y, field.add(x, 1), field.add(x, y, -1), self.ex, field.multiply(self.ex, HALF),
            field.add(self.ex, x), field.exp(field.add(x, y)), over, field.multiply(self.ex, over),
            field.multiply(over, over), field.invert(x), field.invert(field.add(x, 1)), field.invert(self.ey),
            field.invert(field.multiply(field.add(x, 1), field.add(self.ex, self.ey))),
            field.multiply(self.ey, over), field.multiply(-1, x), field.exp(1),
            field.invert(field.add(field.exp(1), 2)),
        ]  # fmt: skip


# -- arithmetic -------------------------------------------------------------------------------------------------------
def test_sums_and_products_have_their_value() -> None:
    made = Made()
    field = made.field
    for a, b in zip(made.some * 5, [b for k in (0, 1, 5, 8, 13) for b in made.some[k:] + made.some[:k]], strict=True):
        assert image(field.multiply(a, b)) == image(a) * image(b) and is_kept(field, field.multiply(a, b))
        for factor in (1, 2, -1, HALF, 3):
            total = field.add(a, b, factor)
            assert image(total) == image(a) + fraction(factor) * image(b) and is_kept(field, total)
        assert image(field.add(a, b)) == image(a) + image(b)


def test_dot_products_have_their_value() -> None:
    made = Made()
    field, some = made.field, made.some
    assert field.dot([]) == 0
    for shift in (0, 1, 4, 9, 15):
        pairs = [(a, some[(k + shift) % len(some)]) for k, a in enumerate(some)]
        for part in (pairs[:6], pairs[6:14], pairs[14:], pairs[::3], pairs):
            found = field.dot(part)
            assert image(found) == sum((image(a) * image(b) for a, b in part), Fraction(0)) and is_kept(field, found)
    x = made.x
    assert field.dot([(x, x), (field.multiply(-1, x), x)]) == 0
    assert type(field.dot([(HALF, 2), (HALF, 2)])) is int
    assert [fraction(v) for v in (field.dot([(x, 0), (3, 2)]), field.dot([(HALF, HALF)]))] == [6, Fraction(1, 4)]


def test_reciprocals_have_their_value() -> None:
    made = Made()
    field = made.field
    for a in made.some:
        if type(a) is int and a == 0:
            with pytest.raises(Undefined, match="reciprocal of 0"):
                field.invert(a)
            continue
        assert image(field.invert(a)) == 1 / image(a) and is_kept(field, field.invert(a))
        assert image(field.invert(field.add(a, made.ex))) == 1 / (image(a) + image(made.ex))
        square = field.multiply(a, a)
        assert image(field.invert(square)) == 1 / image(a) ** 2
    assert type(field.invert(2)) is fmpq and type(field.invert(HALF)) is int
    assert type(field.invert(field.invert(made.ex))) is Element
    twice = field.invert(field.multiply(made.some[12], made.some[12]))
    assert not twice.den


def test_what_is_a_number_is_one() -> None:
    made = Made()
    field, x = made.field, made.x
    assert type(field.add(field.add(x, HALF), x, -1)) is fmpq and field.add(x, x, -1) == 0
    assert field.add(x, 0) is x and field.multiply(1, x) is x and field.multiply(x, 1) is x
    assert field.multiply(0, x) == 0 and type(field.multiply(0, x)) is int
    assert type(field.multiply(2, HALF)) is int and type(field.add(HALF, HALF)) is int
    assert type(field.multiply(made.ex, field.exp(field.multiply(-1, x)))) is int
    assert field.element({}) == 0 and field.element({field.zero_exponent: constant(HALF)}) == HALF
    with_den = field.element({field.zero_exponent: constant(3)}, made.some[16].den)
    assert type(with_den) is Element and image(with_den) == 3 * image(made.some[16])
    assert type(field.element(made.ex.num)) is Element


def test_the_polynomial_that_a_value_is() -> None:
    made = Made()
    field, x = made.field, made.x
    assert field.polynomial(HALF) == constant(HALF) and field.polynomial(x) == field.variable("x")
    for other in (made.ex, field.add(made.ex, x), made.some[12], field.invert(x)):
        assert field.polynomial(other) is None
    with pytest.raises(Undefined, match="no nested"):
        field.exp(made.ex)


# -- denominators -----------------------------------------------------------------------------------------------------
def test_multiples_share_one_denominator() -> None:
    made = Made()
    field, x, y = made.field, made.x, made.y
    whole = field.add(made.ex, field.multiply(2, made.ey))
    for factor in (3, HALF, -1, made.ex, field.exp(field.add(x, y)), field.multiply(5, field.exp(-1))):
        ((d, power),), _ = field.denominator(field.multiply(whole, factor).num)
        ((e, _),), _ = field.denominator(whole.num)
        assert d is e and power == 1
    ((other, _),), _ = field.denominator(field.add(made.ex, made.ey).num)
    assert other is not d and other.index != d.index
    assert field.denominator(made.ex.num)[0] == ()
    assert field.denominator(field.multiply(made.ex, x).num)[0] != ()
    den, unit = field.denominator(field.multiply(2, made.ex).num)
    assert den == () and image(field.element(unit)) == 1 / (2 * image(made.ex))


def test_denominators_whose_values_meet_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = GroupRing.variable

    def colliding(self: GroupRing, name: Any) -> Poly:
        known = self.variables.get(name)
        if known is None:
            known = self.variables[name] = Poly(honest(self, name).terms, 3)
        return known

    monkeypatch.setattr(GroupRing, "variable", colliding)
    field = Field()
    bottoms = [field.add(field.symbol(name), 1) for name in "xyzw"]
    found = [field.denominator(b.num)[0][0][0] for b in bottoms]
    assert len({id(d) for d in found}) == 4 and [d.index for d in found] == [1, 2, 3, 4]
    assert [field.denominator(b.num)[0][0][0] for b in bottoms] == found
    assert not field.equal(field.invert(bottoms[0]), field.invert(bottoms[1]))
    assert not field.equal(bottoms[2], bottoms[3])
    assert not field.equal(field.invert(bottoms[0]), fmpq(1, 4))


def test_denominators_know_whether_they_are_positive() -> None:
    made = Made()
    field = made.field
    assert made.some[12].den[0][0].positive and not made.some[15].den[0][0].positive
    field.nonnegative.add(2)
    assert field.invert(field.add(field.multiply(made.x, made.x), 2)).den[0][0].positive
    assert not field.invert(field.add(made.y, 2)).den[0][0].positive


def test_powers_of_denominators() -> None:
    made = Made()
    field = made.field
    a, b = made.some[12], made.some[16]
    d, e = a.den[0][0], b.den[0][0]
    if d.index > e.index:
        d, e = e, d
    assert merge((), ((d, 1),)) == ((d, 1),) == merge(((d, 1),), ())
    assert merge(((e, 2),), ((d, 1), (e, 1))) == ((d, 1), (e, 3))
    assert join(((e, 2),), ((d, 1), (e, 1))) == ((d, 1), (e, 2)) == join(((d, 1), (e, 1)), ((e, 2),))
    assert join((), ((d, 2),)) == ((d, 2),)
    num = field.times_missing(made.x.num, ((d, 1),), ((d, 3), (e, 1)))
    assert num_image(num) == image(made.x) * num_image(d.num) ** 2 * num_image(e.num)
    assert num_image(field.times_missing(made.x.num, ((d, 2),), ((d, 1),))) == image(made.x)
    assert num_image(field.times_missing(made.x.num, (), ())) == image(made.x)


def test_what_divides_is_divided_out() -> None:
    made = Made()
    field, x, ex, ey = made.field, made.x, made.ex, made.ey
    total = field.add(ex, ey)
    over = field.invert(total)
    once = Element(total.num, over.den)
    found = field.reduce(once)
    assert not (type(found) is Element and found.den) and image(found) == image(once)
    assert fraction(field.reduce(field.multiply(total, over))) == 1
    square = field.multiply(total, total)
    left = field.reduce(field.multiply(square, over))
    assert not left.den and image(left) == image(total)
    more = field.reduce(field.multiply(total, field.multiply(over, over)))
    assert [power for _, power in more.den] == [1] and image(more) == 1 / image(total)
    both = field.multiply(field.multiply(field.add(x, 1), over), field.multiply(over, field.invert(field.add(x, 1))))
    found = field.reduce(both)
    assert [power for _, power in found.den] == [2] and image(found) == 1 / image(total) ** 2
    for a in made.some:
        assert image(field.reduce(a)) == image(a)
        if type(a) is not Element or not a.den:
            assert field.reduce(a) is a
    polynomial = field.multiply(field.add(field.multiply(x, x), -1), field.invert(field.add(x, 1)))
    assert not field.reduce(polynomial).den and image(field.reduce(polynomial)) == image(x) - 1


def test_one_exponential_is_not_divided_by_several(monkeypatch: pytest.MonkeyPatch) -> None:
    """``exp(x) / (exp(x) + exp(y))`` in a product of polynomials only: no division is tried."""
    made = Made()
    tried: list[Any] = []
    monkeypatch.setattr(Field, "divide_nums", lambda *args: tried.append(args))
    made.field.reduce(made.some[13])
    assert not tried
    made.field.reduce(made.some[15])
    made.field.reduce(made.field.multiply(made.some[12], made.field.add(made.ex, 1)))
    assert len(tried) == 2


# -- residues and equality --------------------------------------------------------------------------------------------
def test_residues_are_a_homomorphism() -> None:
    assert isprime(MODULUS) and isprime(ORDER) and MODULUS == 2 * ORDER + 1
    assert pow(GENERATOR, ORDER, MODULUS) == 1 != GENERATOR
    made = Made()
    field, some = made.field, made.some
    residue: Any = field.residue
    assert residue(-2) == MODULUS - 2 and residue(HALF) == (MODULUS + 1) // 2
    assert residue(fmpq(-3, 5)) * 5 % MODULUS == MODULUS - 3
    assert residue(made.x) == made.x.num[field.zero_exponent].value % MODULUS
    assert residue(made.ex) == pow(GENERATOR, field.variable("x").value % ORDER, MODULUS)
    for a, b in product(some, repeat=2):
        assert residue(field.add(a, b)) == (residue(a) + residue(b)) % MODULUS
        assert residue(field.multiply(a, b)) == residue(a) * residue(b) % MODULUS
    assert residue(fmpq(1, MODULUS)) is None
    assert residue(field.multiply(made.x, fmpq(1, MODULUS))) is None
    assert residue(field.invert(field.add(made.x, -made.x.num[field.zero_exponent].value))) is None
    field.logs[2] = next(iter(field.variable(("log", 2)).terms))
    assert residue(made.x) is None and residue(HALF) == (MODULUS + 1) // 2


def test_equality_is_that_of_values() -> None:
    made = Made()
    field = made.field
    for a, b in product(made.some, repeat=2):
        assert field.equal(a, b) is (image(a) == image(b))
        assert field.equal(field.add(a, b), field.add(b, a)) is True
        assert field.equal(field.add(field.multiply(a, b), 1), field.multiply(b, a)) is False


def test_quotients_that_are_not_reduced_are_equal_all_the_same() -> None:
    made = Made()
    field, x = made.field, made.x
    total = field.add(made.ex, made.ey)
    one = field.multiply(total, made.some[12])
    assert type(one) is Element and field.equal(one, 1) is field.equal(1, one) is True
    assert field.equal(one, 2) is field.equal(2, one) is False
    longer = field.multiply(one, x)
    assert longer.den and field.equal(longer, x) is field.equal(x, longer) is True
    assert field.equal(longer, made.y) is field.equal(made.y, longer) is False
    point = x.num[field.zero_exponent].value
    pole = field.multiply(field.add(x, -point), field.invert(field.add(x, -point)))
    assert field.residue(pole) is None and field.equal(pole, 1) is field.equal(1, pole) is True
    assert field.equal(field.multiply(pole, x), x) is field.equal(x, field.multiply(pole, x)) is True
    assert field.equal(field.multiply(pole, x), made.y) is field.equal(made.y, field.multiply(pole, x)) is False


def test_equal_residues_are_not_enough() -> None:
    made = Made()
    field, over = made.field, made.some[12]
    for a in (made.x, over, made.ex):
        for b in (field.add(a, MODULUS), field.add(a, MODULUS * ORDER)):
            assert field.residue(a) == field.residue(b)
            assert not field.equal(a, b) and not field.equal(b, a)
    assert not field.equal(over, field.add(made.some[16], field.add(over, made.some[16], -1), 1 + MODULUS))
    shifted = field.add(made.x, MODULUS)
    assert not field.equal(field.invert(made.x), field.invert(shifted))
    at_point = made.x.num[field.zero_exponent].value
    assert field.residue(made.x) == field.residue(at_point) and not field.equal(made.x, at_point)
    assert not field.equal(at_point, made.x) and not field.equal(0, field.add(made.x, at_point, -1))


def test_equality_without_residues() -> None:
    """Where an image does not exist the difference decides."""
    made = Made()
    field = made.field
    pole = field.invert(field.add(made.x, -made.x.num[field.zero_exponent].value))
    assert field.residue(pole) is None
    for a, b in ((pole, made.some[15]), (made.some[15], pole), (pole, 1), (1, pole)):
        assert field.equal(a, b) is False
    whole = field.multiply(pole, field.multiply(made.x, made.some[15]))
    assert field.equal(whole, pole) is True and field.equal(pole, whole) is True


def test_equality_compares_before_it_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Different residues, and equal denominators, decide without a difference."""
    made = Made()
    field = made.field
    monkeypatch.setattr(room.Field, "add", lambda *args: pytest.fail("a difference was taken"))
    assert not field.equal(made.some[12], made.some[16])
    assert not field.equal(made.x, 5) and field.equal(made.x, made.x) and not field.equal(made.x, made.y)


# -- signs ------------------------------------------------------------------------------------------------------------
def test_signs() -> None:
    made = Made()
    field, x, ex, over = made.field, made.x, made.ex, made.some[12]
    assert [field.sign(v) for v in (3, -HALF, 0, fmpq(1, 9))] == [1, -1, 0, 1]
    assert [type(field.sign(v)) for v in (3, 0)] == [int, int]
    assert field.sign(ex) == field.sign(over) == field.sign(field.add(ex, HALF)) == 1
    assert field.sign(field.multiply(-1, ex)) == field.sign(field.multiply(fmpq(-1, 3), over)) == -1
    for unknown in (x, field.add(ex, -1), field.add(ex, x), field.invert(x), field.multiply(x, ex),
                    field.multiply(ex, field.invert(field.add(ex, -1)))):  # fmt: skip
        assert field.sign(unknown) is None
        assert field.sign(field.multiply(-1, unknown)) is None
    assert field.sign(field.multiply(over, made.some[15])) is None
    field.nonnegative.add(2)
    assert field.sign(x) is None and field.sign(field.add(x, 1)) == 1 and field.sign(field.multiply(x, ex)) is None
    assert field.sign(field.add(field.multiply(-2, x), -1)) == -1 and field.sign(field.add(x, -1)) is None
    assert field.sign(field.add(field.multiply(x, x), ex)) == 1
    assert field.sign(field.add(field.multiply(x, made.y), 1)) is None and field.sign(field.add(made.y, 1)) is None


def test_positive_elements() -> None:
    made = Made()
    zero = made.field.zero_exponent

    def at(terms: dict[int, Any], nonnegative: Any = ()) -> bool:
        return positive({zero: Poly(terms, number(1))}, nonnegative)

    assert at({1: 1}) and at({1: HALF}) and not at({1: -1}) and not at({2: 1})
    assert not at({2: 1}, [2]) and at({1: 1, 2: 1}, [2]) and not at({1: 1, 2: 1}, [3])
    assert at({1: 1, 12: 1}, [2, 3]) and not at({1: 1, 12: 1}, [2]) and not at({1: 1, 12: 1}, [3])
    assert at({1: 1, 4: 1}, {2}) and not at({1: 1, 2: -1}, [2]) and not at({1: 1, 35: 1}, [5])
    assert positive({}) is False and positive({zero: Poly({1: 1}, 1)}) is True
    two = {zero: Poly({2: 1}, 1), made.field.exponent({2: 1}, 1)[0]: Poly({1: 1}, 1)}
    assert positive(two, [2]) is True and positive(two) is False
