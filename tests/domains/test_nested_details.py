"""Towers of exponentials in detail: points, atoms and their relations, powers of rationals, and opaque values."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import sympy
from flint import fmpq

from symsim.domains import nested
from symsim.domains.field import MODULUS, ORDER, Element
from symsim.domains.nested import NestedField, Point, _reconstruct
from symsim.domains.polynomials import Poly, constant
from symsim.domains.sympy_edge import from_sympy, to_sympy
from symsim.errors import BadInput

x, y = sympy.symbols("x y")
exp, Q = sympy.exp, sympy.Rational
HALF = fmpq(1, 2)


def fresh() -> tuple[NestedField, Any]:
    """A field, and the value of a sympy expression in it."""
    field = NestedField()
    return field, lambda expr: from_sympy(field, sympy.sympify(expr))


# -- monomials --------------------------------------------------------------------------------------------------------
def test_factors_of_monomials() -> None:
    field, _ = fresh()
    for name in "abcd":
        field.variable(name)  # the primes 2, 3, 5, 7
    for mono, primes in ((1, ()), (2, (2,)), (7, (7,)), (12, (2, 2, 3)), (350, (2, 5, 5, 7)), (49, (7, 7))):
        assert field.factors(mono) == primes == field.factors(mono)


# -- points -----------------------------------------------------------------------------------------------------------
def test_points_are_homomorphisms() -> None:
    field, value = fresh()
    some = [value(e) for e in (x, y, x + 1, exp(x), exp(x + y), exp(x) / (exp(x) + exp(y)), 1 / x, exp(Q(1, 2)) + x * y,
                               (x / 2 + Q(2, 3)) * exp(-y), exp(2 * x) / (1 + x) ** 2)]  # fmt: skip
    for point in (Point(field, 0, 0), Point(field, 0, 1), Point(field, 3, 5)):
        for a, b in product(some, repeat=2):
            total, times = field.add(a, b), field.multiply(a, b)
            if type(total) is Element:
                assert point.value(total) == (point.value(a) + point.value(b)) % MODULUS
            if type(times) is Element:
                assert point.value(times) == point.value(a) * point.value(b) % MODULUS
        assert all(0 <= point.value(a) < MODULUS for a in some)
        assert point.value(some[6]) * point.value(some[0]) % MODULUS == 1
        assert point.value(field.multiply(some[0], HALF)) * 2 % MODULUS == point.value(some[0])
        assert point.value(value(exp(x / 3))) ** 3 % MODULUS == point.value(some[3])
        assert point.value(field.symbol("x")) == point.value(field.symbol("x"))
        for mono in (1, 2, 3, 4, 6):
            assert 0 < point._monomial(mono, True) < ORDER and 0 < point._monomial(mono, False) < MODULUS
        assert point._monomial(1, False) == 1 != point._monomial(1, True) != point._monomial(2, True)
        assert point._monomial(6, False) == point._monomial(2, False) * point._monomial(3, False) % MODULUS
        assert point._monomial(4, True) == pow(point._monomial(2, True), 2, ORDER)


def test_points_differ_by_their_seeds() -> None:
    field, value = fresh()
    plain, tower = value(x + 2 * y), value(exp(x) + exp(2 * y))
    one, two, three = Point(field, 0, 0), Point(field, 0, 1), Point(field, 1, 1)
    assert one.value(plain) == two.value(plain) != three.value(plain)
    assert one.value(tower) != two.value(tower) == three.value(tower)
    assert one.value(value(exp(1))) != two.value(value(exp(1)))
    assert len({Point(field, k, k).value(plain) for k in range(20)}) == 20
    assert len({Point(field, k, k).value(tower) for k in range(20)}) == 20
    spread = [Point(field, k, k).value(value(x)) for k in range(20)]
    assert sum(v > MODULUS >> 8 for v in spread) > 15


def test_the_pairs_of_points_differ_inside_only() -> None:
    """What has no exponentials has the image 0, and equal values have equal images."""
    field, value = fresh()
    images: list[int] = []
    field._extend(value(x / (y + 1)), images, 4)
    assert images == [0, 0, 0, 0]
    many: list[int] = []
    field._extend(value(exp(x) / (1 + exp(x))), many, 2)
    assert len(many) == 2 and len(field._pairs) == 4
    field._extend(value(exp(x) / (1 + exp(x))), many, 5)
    assert len(many) == len(set(many)) == 5 and 0 not in many and all(0 <= v < MODULUS for v in many)
    again: list[int] = []
    field._extend(value(1 - 1 / (1 + exp(x))), again, 5)
    assert again == many
    assert {(a.outside, b.outside) for a, b in field._pairs} == {(k, k) for k in range(5)}
    assert len({p.inside for pair in field._pairs for p in pair}) == 10


def test_an_image_that_does_not_exist_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    field, value = fresh()
    first = value(exp(x) / (1 + exp(x)))
    known = field.linear(first)

    def none(self: Point, a: Element) -> int:
        raise ValueError

    with monkeypatch.context() as patch:
        patch.setattr(Point, "value", none)
        images: list[int] = []
        field._extend(first, images, 3)
        assert images == []
        assert field._relation(value(1 / (1 + exp(x)))) is None
    assert field._relation(value(2 * exp(x) / (1 + exp(x)))) == Poly(
        {next(iter(known.terms)): 2}, 2 * known.value)
    field.atoms[0].images.clear()
    honest = Point.value
    monkeypatch.setattr(Point, "value", lambda self, a: none(self, a) if a is field.atoms[0].value else honest(self, a))
    assert field._relation(value(exp(y) / (1 + exp(x)))) is None


NUMBERS = [0, 1, -1, 5, -7, HALF, fmpq(-3, 7), fmpq(10**8, 3), fmpq(3, 10**8), fmpq(3, 1 << 29)]


@pytest.mark.parametrize("number", NUMBERS)
def test_rationals_from_residues(number: Any) -> None:
    residue = int(fmpq(number).p) * pow(int(fmpq(number).q), -1, MODULUS) % MODULUS
    found = _reconstruct(residue)
    assert found == number and type(found) is type(number)


def test_residues_of_no_small_rational() -> None:
    for residue in (3**37 % MODULUS, MODULUS // 3 + 12345, 7**25 % MODULUS):
        found = _reconstruct(residue)
        if found is not None:
            exact = fmpq(found)
            assert int(exact.p) * pow(int(exact.q), -1, MODULUS) % MODULUS == residue
            assert abs(int(exact.p)) <= 1 << 29 >= abs(int(exact.q))
    assert _reconstruct(1 << 29) == 1 << 29 and _reconstruct(MODULUS - (1 << 29)) == -(1 << 29)
    assert sum(_reconstruct(pow(3, k, MODULUS)) is None for k in range(50, 80)) > 15


# -- atoms ------------------------------------------------------------------------------------------------------------
def atoms_after(*exprs: Any) -> int:
    field, value = fresh()
    for expr in exprs:
        field.linear(value(expr))
    return len(field.atoms)


def test_what_is_linear_gets_no_second_atom() -> None:
    tower = exp(x) / (1 + exp(x))
    assert atoms_after(x, x * y, Q(1, 2)) == 0
    assert atoms_after(tower) == 1 == atoms_after(tower, tower, 3 * tower, x + tower / 7, -1 / (1 + exp(x)))
    assert atoms_after(tower, exp(y) / (1 + exp(x))) == 2 == atoms_after(tower, tower**2, tower - 5 * tower**2)
    assert atoms_after(tower, tower**2, tower**3, tower - 2 * tower**2 + tower**3 / 3) == 3
    assert atoms_after(1 / x, 2 / x, (x + 1) / x) == 1 and atoms_after(1 / x, 1 / (x + 1), 1 / (x * (x + 1))) == 2
    assert atoms_after(1 / x, exp(x), exp(x) + 1 / x + y) == 2 and atoms_after(exp(x), exp(2 * x), exp(exp(x))) == 3
    assert atoms_after(1 / x, 1 / y, 1 / (x * y)) == 3 and atoms_after(tower, x * tower) == 2
    assert atoms_after(exp(x), exp(x) / (x + 1) + x / (x + 1) * exp(x)) == 1
    assert atoms_after((x**2 - 1) / (x + 1), (exp(x) * x + exp(x)) / exp(x)) == 0


CASES = [
    ["exp(x)/(1+exp(x))", "exp(x)/(1+exp(x)) + x", "1/(1+exp(x))"],
    ["1/x", "exp(x)/x", "(3*exp(x) - 2)/x + x*y - 1/2"],
    ["exp(x)", "exp(y)", "exp(x)/3 - 5*exp(y) + 1/(x+y)", "2/(x+y) + exp(y)"],
    ["x/(x+1)", "1/(x+1)", "1/(x**2-1)", "1/(x-1) - x**2"],
    ["exp(exp(x))", "exp(exp(x)) + exp(x)", "exp(x)/7 - exp(exp(x))/2"],
    ["(x*exp(x) + y*exp(x))/(exp(x)*(x-y))", "y/(x-y)", "x*y + (x+3*y)/(x-y)"],
    ["1/2 + x", "3/4", "2*x*y + exp(1)"],
    ["(exp(x)+exp(y))/(x*exp(x)+x*exp(y))", "2/x + 1"],
    ["5*exp(2*x) + 2 + x", "exp(2*x)"],
]


@pytest.mark.parametrize("exprs", CASES, ids=str)
def test_an_exponent_is_what_it_stands_for(exprs: list[str]) -> None:
    """With the values of the atoms put in the place of their variables."""
    field, value = fresh()
    for expr in exprs:
        given = value(expr)
        poly = field.linear(given)
        total: Any = 0
        for mono, coefficient in poly.terms.items():
            term: Any = coefficient
            for prime in field.factors(mono):
                name = field.names[prime]
                here = field.atoms[name[1]].value if isinstance(name, tuple) else field.symbol(name)
                term = field.multiply(term, here)
            total = field.add(total, term)
        assert field.equal(total, given)
        at_point: Any = Fraction(0)
        for mono, coefficient in poly.terms.items():
            kept = Fraction(str(coefficient))
            for prime in field.factors(mono):
                kept *= Fraction(str(field.variables[field.names[prime]].value))
            at_point += kept
        assert Fraction(str(poly.value)) == at_point
        assert field.equal(field.exp(given), field.exp(given))
    assert all(atom.variable is field.variable(("atom", k)) for k, atom in enumerate(field.atoms))


def test_exponents_of_different_functions_differ() -> None:
    field, value = fresh()
    exprs = [exp(x), exp(x) / 2, exp(2 * x), exp(y), 1 / x, 1 / y, 2 / x, exp(x) / x, 1 / (x + 1), x / (x + 1),
             exp(exp(x)), exp(x) + x, 1 / (1 + exp(x)), 1 / (1 + exp(y)), x, 1, 0, exp(x) + exp(y), exp(1),
             exp(Q(1, 2)), 1 / (x * y), exp(x) / (1 + exp(x)) ** 2, x**2 / (x + 1), exp(1) / x]  # fmt: skip
    values = [field.exp(value(e)) for e in exprs]
    for (i, a), (j, b) in product(enumerate(values), repeat=2):
        assert field.equal(a, b) is (i == j), (exprs[i], exprs[j])


def test_a_wrong_candidate_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights from the finite field are verified: with any others the value gets an atom of its own."""
    for wrong in (1, 2, HALF):
        field, value = fresh()
        field.linear(value(exp(x)))
        with monkeypatch.context() as patch:
            patch.setattr(nested, "_reconstruct", lambda residue, wrong=wrong: wrong)
            field.linear(value(5 * exp(x)))
            field.linear(value(exp(y)))
        assert len(field.atoms) == 3
        left, right = field.exp(value(exp(y))), field.exp(value(exp(x)))
        assert not field.equal(left, right)


def test_dependent_atoms_give_no_weights() -> None:
    field, value = fresh()
    field._new_atom(value(exp(x)))
    field._new_atom(value(2 * exp(x)))  # planted: not independent of the first
    assert field._candidate(value(exp(y)), field.atoms) is None
    assert field._candidate(value(exp(x)), field.atoms[:1]) == [1]
    assert field._candidate(value(1 / x), []) == [] and field._candidate(value(exp(y)), []) is None


def test_functions_without_exponentials() -> None:
    field, value = fresh()
    for expr, ratio in (((x + 1) / y, (x + 1) / y), (x, x), ((exp(x) + exp(y)) * x / (y * (exp(x) + exp(y))), x / y)):
        found = field._rational_function(value(expr))
        assert found is not None
        top, bottom = (Element({field.zero_exponent: p}, ()) for p in found)
        assert sympy.cancel(to_sympy(field, top) / to_sympy(field, bottom) - ratio) == 0
    assert field._rational_function(3) == (constant(3), constant(1))
    for expr in (exp(x), exp(x) / (1 + exp(x)), (x + exp(x)) / (1 + exp(x)), (exp(x) + exp(2 * x)) / (1 + exp(x)) / x,
                 (1 + exp(x)) / (1 + exp(y))):  # fmt: skip
        raw = value(expr)
        assert field._rational_function(raw) is None


# -- powers -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("base", "exponent", "value"),
    [(2, 3, 8), (fmpq(4, 9), HALF, fmpq(2, 3)), (fmpq(1, 8), fmpq(2, 3), fmpq(1, 4)), (12, -1, fmpq(1, 12)), (1, 7, 1),
     (36, fmpq(3, 2), 216), (fmpq(5, 7), 0, 1), (fmpq(25, 49), fmpq(-1, 2), fmpq(7, 5))],
)  # fmt: skip
def test_powers_that_are_rational(base: Any, exponent: Any, value: Any) -> None:
    found = NestedField().power(base, exponent)
    assert found == value and type(found) is type(value)


def test_powers_of_rationals() -> None:
    field, value = fresh()
    X = value(x)
    assert field.equal(field.multiply(field.power(6, X), field.power(fmpq(1, 3), X)), field.power(2, X))
    assert field.equal(field.power(fmpq(18, 5), X), value(Q(18, 5) ** x)) and field.power(1, X) == 1
    assert not field.equal(field.power(2, X), field.power(4, X)) and not field.equal(field.power(2, X), field.exp(X))
    assert field.equal(field.power(12, X), field.multiply(field.power(4, X), field.power(3, X)))
    root = field.power(2, HALF)
    assert type(root) is Element and field.multiply(root, root) == 2
    assert sorted(field.logs) == [2, 3, 5] and all(field.names[mono] == ("log", p) for p, mono in field.logs.items())
    for bad in (0, -2, fmpq(-1, 2)):
        with pytest.raises(BadInput, match="the base .* of a power has to be positive"):
            field.power(bad, X)


# -- opaque values ----------------------------------------------------------------------------------------------------
def test_opaque_values_know_function_and_arguments() -> None:
    field, value = fresh()
    a, b = value(x * y), value(x + 1)
    first = field.opaque("f", (a,))
    assert field.opaque("f", (value(y * x),)) is first
    others = [field.opaque("g", (a,)), field.opaque("f", (b,)), field.opaque("f", (a, b)), field.opaque("f", (b, a)),
              field.opaque("f", ()), field.opaque("f", (2,)), field.opaque("f", (value(x * y + MODULUS),)),
              field.opaque("f", (b, value(x * y + MODULUS)))]  # fmt: skip
    for i, one in enumerate([first, *others]):
        for j, two in enumerate([first, *others]):
            assert field.equal(one, two) is (i == j)
    assert field.opaque("f", (value(x * y + MODULUS),)) is others[6] and field.opaque("f", (2,)) is others[5]
    names = [name for name in field.names.values() if isinstance(name, tuple)]
    assert [name[1:] for name in names] == [
        ("f", 0), ("g", 1), ("f", 2), ("f", 3), ("f", 4), ("f", 5), ("f", 6), ("f", 7), ("f", 8)]
    assert all(name[0] == "opaque" for name in names) and field.describe(names[1]) == "g#1"
    assert field.arguments[names[0]] == (a,) and field.arguments[names[3]] == (a, b)
    assert field.nonnegative == set()
    field.opaque("h", (a,), nonnegative=True)
    (prime,) = field.nonnegative
    assert field.names[prime] == ("opaque", "h", 9)
