"""Exact values under conditions: every input lies in one case, its value there is the true one, and reasons hold up."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symsim.domains.cases import Cases, TooManyCases, explore
from symsim.domains.cases_atoms import piecewise, resolve, with_value
from symsim.domains.cases_path import EACH, NEVER_BELOW, ZERO, Contradiction, Path, Question, constraint
from symsim.domains.cases_signs import Signs
from symsim.domains.cases_solver import IMPOSSIBLE, Solver
from symsim.domains.equations import modulo
from symsim.domains.exact import Exact
from symsim.domains.farkas import Constraint, Feasible, Infeasible, refutes, solve
from symsim.domains.field import Element
from symsim.domains.nested import NestedField
from symsim.domains.substituting import Substitution
from symsim.domains.sympy_edge import from_sympy, to_sympy
from symsim.errors import SymsimError, Undefined

x, y, z = sp.symbols("x y z")


def start() -> Path:
    return Path(Signs(NestedField()))


def asked(path: Path, value: Any, cells: Any) -> int | Question:
    return path.answer(from_sympy(path.signs.field, value), cells)


def assumed(path: Path, value: Any, sign: int) -> Path:
    """The path with the sign of an irreducible value assumed."""
    found = path.signs.factored(from_sympy(path.signs.field, value))
    ((form,), ()) = found.odd, found.even
    return path.assume(form, (sign * found.sign,))


# -- linear inequalities ----------------------------------------------------------------------------------------------
def drawn(generator: random.Random) -> list[Constraint]:
    names = "abcd"[: generator.randint(1, 4)]
    rows = range(generator.randint(1, 8))
    return [
        Constraint(
            {n: Fraction(generator.randint(-3, 3)) for n in names},
            generator.randint(-3, 3),
            generator.choice(("=", ">=", ">")),
        )
        for _ in rows
    ]


def contradiction(constraints: list[Constraint], multipliers: tuple[Any, ...]) -> bool:
    """Motzkin's condition, summed with sympy: independent of the code that is tested."""
    symbols = {n: sp.Symbol(n) for c in constraints for n in c.coefficients}
    total, strict = sp.Integer(0), False
    for c, m in zip(constraints, multipliers, strict=True):
        m = sp.Rational(str(m))
        if m < 0 and c.relation != "=":
            return False
        strict = strict or (m > 0 and c.relation == ">")
        total += m * (sum(int(v) * symbols[n] for n, v in c.coefficients.items()) + int(c.constant))
    total = sp.expand(total)
    return bool(total.is_number and (total < 0 or total == 0 and strict))


def test_either_a_point_or_multipliers_and_both_hold_up() -> None:
    generator = random.Random(5)
    seen = {Feasible: 0, Infeasible: 0}
    for _ in range(300):
        rows = [
            Constraint({n: int(v) for n, v in c.coefficients.items()}, c.constant, c.relation) for c in drawn(generator)
        ]
        found = solve(rows)
        seen[type(found)] += 1
        if isinstance(found, Infeasible):
            assert contradiction(rows, found.multipliers)
            wrong = tuple(m + (k == 0) for k, m in enumerate(found.multipliers))
            assert refutes(rows, wrong) == contradiction(rows, wrong)
        else:
            point = {n: sp.Rational(str(v)) for n, v in found.point.items()}
            for c in rows:
                value = sum(v * point.get(n, 0) for n, v in c.coefficients.items()) + c.constant
                assert {"=": value == 0, ">=": value >= 0, ">": value > 0}[c.relation]
    assert min(seen.values()) > 60


def test_multipliers_that_prove_nothing_are_refused() -> None:
    up, down = Constraint({"a": 1}, 0, ">="), Constraint({"a": -1}, 0, ">=")
    assert not refutes([up, down], [1, 1])  # a = 0 satisfies both
    assert not refutes([Constraint({"a": 1}, 0, ">"), down], [1, -1])
    assert not refutes([Constraint({"a": 1}, -1, ">="), down], [1, 2])
    assert refutes([Constraint({"a": 1}, -1, ">="), down], [1, 1])


# -- signs ------------------------------------------------------------------------------------------------------------
FORMS = [
    (2 * x - 2 * y, x - y, 1),
    (y - x, x - y, -1),
    (sp.exp(x) - sp.exp(y), x - y, 1),
    (sp.Integer(2) ** y - sp.Integer(2) ** x, x - y, -1),
    (sp.exp(sp.exp(x)) - sp.exp(sp.exp(y)), x - y, 1),
    ((x - y) / (1 + sp.exp(z)), x - y, 1),
    ((x - y) * sp.exp(x * z), x - y, 1),
    ((x - y) ** 3, x - y, 1),
    ((y - x) * (3 - sp.exp(1)), x - y, -1),
]


@pytest.mark.parametrize(("value", "other", "factor"), FORMS, ids=[str(f[0]) for f in FORMS])
def test_values_of_one_sign_are_one_form(value: Any, other: Any, factor: int) -> None:
    signs = Signs(NestedField())
    a, b = (signs.factored(from_sympy(signs.field, v)) for v in (value, other))
    assert (a.odd, a.even, a.below, a.sign) == (b.odd, (), (), factor * b.sign)


def test_a_product_is_its_factors_and_what_is_squared_or_below_is_marked() -> None:
    signs = Signs(NestedField())
    found = signs.factored(from_sympy(signs.field, x * (y - z) ** 2 / (x + 1)))
    names = [[str(to_sympy(signs.field, Element(f.num, ()))) for f in part] for part in (found.odd, found.even)]
    assert sorted(names[0]) == ["x", "x + 1"] and names[1] in (["y - z"], ["-y + z"])
    assert found.below == (found.odd[1],)
    constant = signs.factored(from_sympy(signs.field, sp.exp(1) - 3))
    assert (constant.sign, constant.odd, constant.even) == (-1, (), ())


# -- a path -----------------------------------------------------------------------------------------------------------
def test_linear_consequences_are_drawn_with_multipliers() -> None:
    path = assumed(assumed(start(), x - y, 1), y - z, 1)
    assert asked(path, x - z, NEVER_BELOW) == 0 and asked(path, z - x, EACH) == 2
    sums = {found["excluded"]: found["sums"] for found in path.impossible()}
    assert sorted(sums) == ["x - z < 0", "x - z = 0"]
    assert sums["x - z < 0"] == [[[0, "x - y > 0", "1"], [1, "y - z > 0", "1"], [-1, "x - z < 0", "1"]]]
    assert isinstance(asked(path, x + y, NEVER_BELOW), Question)


def test_monotone_exponentials_products_and_squares() -> None:
    path = assumed(assumed(start(), x - y, 1), z, -1)
    assert asked(path, sp.exp(x) - sp.exp(y), EACH) == 0
    assert asked(path, z * x - z * y, EACH) == 2
    assert asked(path, x**2 + 1, EACH) == 0 and asked(path, x**2 + y**2, NEVER_BELOW) == 0
    assert isinstance(asked(path, x**2 + y**2, EACH), Question)
    assert asked(path, 1 / (x - y), EACH) == 0


def test_not_zero_is_used_where_an_inequality_forces_zero() -> None:
    path = start()
    question = asked(path, x - y, ZERO)
    assert isinstance(question, Question)
    apart = path.assume(question.form, (-1, 1))
    more = assumed(assumed(apart, x - z, 0), y - z + 1, 1)
    assert isinstance(asked(more, y - z, EACH), Question)
    tied = assumed(apart, x - z, 0)
    assert asked(tied, y - z, ZERO) == 1
    (found,) = tied.impossible()
    assert found["excluded"] == "y - z = 0" and [len(terms) for terms in found["sums"]] == [3, 3]
    assert asked(assumed(path, x - z, 0), x - z, ZERO) == 0


def test_where_a_denominator_is_zero_is_a_case_of_its_own() -> None:
    path = start()
    question = asked(path, 1 / x, NEVER_BELOW)
    assert isinstance(question, Question) and sorted(question.options) == [(-1,), (0,), (1,)]
    with pytest.raises(Undefined):
        asked(assumed(path, x, 0), 1 / x, NEVER_BELOW)
    assert asked(assumed(path, x, -1), 1 / x, NEVER_BELOW) == 1


def test_a_path_that_contradicts_itself_says_so() -> None:
    path = assumed(start(), x * x * y - z, 1)
    signs = path.signs
    for value in (z - 1, 1 - x * x * y):
        form = signs.factored(from_sympy(signs.field, value)).odd[0]
        turned = 1 if to_sympy(signs.field, Element(form.num, ())) == value else -1
        path = path.assume(form, (turned,))
    with pytest.raises(Contradiction):
        asked(path, x + y + z, EACH)


def test_an_assumption_becomes_a_constraint() -> None:
    path = assumed(start(), 2 * x - y + 3, -1)
    (a,) = path.assumptions
    found = constraint(path.signs, a)
    at = {key: {"x": -5, "y": 1}[path.signs.field.names[key[1]]] for key in found.coefficients}
    assert found.relation == ">" and found.at(at) > 0 and not found.holds({})


# -- exploring --------------------------------------------------------------------------------------------------------
def median(domain: Cases) -> Any:
    """The middle one of x, y, z with every comparison asked, some of them twice."""
    a, b, c = (domain.field.symbol(n) for n in "xyz")

    def above(p: Any, q: Any) -> bool:
        return domain.which(domain.field.add(p, q, -1), ((1,), (-1, 0))) == 0

    low, high = (b, a) if above(a, b) else (a, b)
    if above(c, high):
        return high
    return c if above(c, low) else low


def holds(texts: list[str], point: dict[Any, Any]) -> bool:
    relations = {"=": sp.Eq, "!=": sp.Ne, ">": sp.Gt, "<": sp.Lt, ">=": sp.Ge, "<=": sp.Le}
    for text in texts:
        left, relation, _ = text.rsplit(" ", 2)
        value = sp.parse_expr(left).subs(point)
        if not bool(relations[relation](value, 0)):
            return False
    return True


def test_every_input_lies_in_one_case_and_its_value_there_is_right() -> None:
    found = list(explore(median))
    generator = random.Random(3)
    for _ in range(150):
        values = [generator.randint(-2, 2) for _ in "xyz"]
        point = dict(zip((x, y, z), values, strict=True))
        inside = [case for case in found if holds(case.path.texts(), point)]
        assert len(inside) == 1
        assert to_sympy(inside[0].domain.field, inside[0].result).subs(point) == sorted(values)[1]
    assert len(found) == 6


def test_the_limit_on_cases_is_named() -> None:
    def all_signs(domain: Cases) -> int:
        return sum(domain.which(domain.field.symbol(f"s{k}"), EACH) for k in range(4))

    assert len(list(explore(all_signs))) == 81
    with pytest.raises(TooManyCases, match="more than 80 cases"):
        list(explore(all_signs, most=80))


def test_a_run_that_changes_its_questions_is_caught() -> None:
    runs = iter(range(9))

    def fickle(domain: Cases) -> int:
        return domain.which(domain.field.symbol(f"s{next(runs) % 2}"), NEVER_BELOW)

    with pytest.raises(SymsimError, match="different questions"):
        list(explore(fickle))


def test_signs_that_are_assumed_are_seen_by_functions() -> None:
    def run(domain: Cases) -> Any:
        s = domain.field.symbol("x")
        domain.which(s, NEVER_BELOW)
        return domain.apply("relu", s), domain.apply("step", s), domain.apply("abs", domain.field.multiply(-3, s))

    above, below = explore(run)
    assert piecewise(above.domain.field, list(below.result)) == []
    assert [to_sympy(below.domain.field, v) for v in below.result] == [0, 0, -3 * x]
    assert len(piecewise(above.domain.field, list(above.result))) == 3  # x >= 0 alone does not tell x > 0 from x = 0


# -- piecewise functions ----------------------------------------------------------------------------------------------
def test_functions_are_resolved_inside_exponents_and_denominators() -> None:
    domain = Exact()
    field, s = domain.field, domain.field.symbol("x")
    inner = domain.apply("abs", s)
    value = field.multiply(field.exp(domain.apply("relu", field.add(inner, -1))), field.invert(field.add(inner, 1)))
    names = piecewise(field, [value])
    assert [name[1] for name in names] == ["abs", "relu"]
    path = assumed(Path(Signs(field)), x + 2, -1)
    first = resolve(field, path, "abs", (s,))
    assert to_sympy(field, first.value) == -x
    value = with_value(field, names[0], first.value).value(value)
    (rest,) = piecewise(field, [value])
    value = with_value(field, rest, resolve(field, path, "relu", field.arguments[rest]).value).value(value)
    assert sp.simplify(to_sympy(field, value) - sp.exp(-x - 1) / (1 - x)) == 0


@pytest.mark.parametrize("ties", ["average", "left", "right"])
def test_hard_weights_are_those_of_the_numbers_in_every_case(ties: str) -> None:
    field = NestedField()
    scores = tuple(from_sympy(field, v) for v in (x, y, 2 * y - x))

    def weights(domain: Cases) -> list[Any]:
        out: list[Any] = []
        for k in range(3):
            while isinstance(found := resolve(domain.field, domain.path, f"{ties}-hard[{k}]", scores), Question):
                domain._choose(found)
            out.append(to_sympy(domain.field, found.value))
        return out

    cases = list(explore(weights, Path(Signs(field))))
    for a in range(-1, 2):
        for b in range(-1, 2):
            point = {x: a, y: b}
            (case,) = [c for c in cases if holds(c.path.texts(), point)]
            row = [a, b, 2 * b - a]
            best = [k for k in range(3) if row[k] == max(row)]
            chosen = {"average": best, "left": best[:1], "right": best[-1:]}[ties]
            assert case.result == [sp.Rational(k in chosen, len(chosen)) for k in range(3)]


# -- substitution and equations ---------------------------------------------------------------------------------------
VALUES = [x + y, 1 / (x - z), sp.exp(x * y) / (1 + sp.exp(x)), sp.Integer(2) ** (x * y), sp.exp(sp.exp(x)),
          sp.exp(1 / (x + 3)), x**2 * sp.exp(2 * x) / (x + 1) ** 2, sp.exp(sp.exp(y))]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=map(str, VALUES))
@pytest.mark.parametrize("new", [sp.Integer(2), sp.Rational(1, 2), y, z**2 + 1, sp.exp(z)], ids=str)
def test_substitution_is_that_of_sympy(value: Any, new: Any) -> None:
    field = NestedField()
    before = from_sympy(field, value)
    (prime,) = field.variable("x").terms
    found = Substitution(field, {prime: from_sympy(field, new)}).value(before)
    assert field.equal(found, from_sympy(field, value.subs(x, new)))


def test_substitution_into_a_denominator_that_vanishes() -> None:
    field = NestedField()
    before = from_sympy(field, 1 / (x - y))
    (prime,) = field.variable("x").terms
    with pytest.raises(Undefined):
        Substitution(field, {prime: field.symbol("y")}).value(before)


def test_equality_modulo_the_equations_of_a_path() -> None:
    def zero(assumptions: list[Any], value: Any) -> list[str] | None:
        path = start()
        for a in assumptions:
            path = assumed(path, a, 0)
        return modulo(path, from_sympy(path.signs.field, value))

    assert zero([x - y], sp.exp(x * z) - sp.exp(y * z)) == ["x - y = 0"]
    assert zero([x**2 - y**3], (x**2 - y**3) * sp.exp(z)) == ["x**2 - y**3 = 0"]
    assert zero([x - y, y - 2 * z], x * x - 4 * z * z) is not None
    assert zero([x - y], sp.exp(x * z) - sp.exp(y)) is None
    assert zero([], x) is None


# -- the solver -------------------------------------------------------------------------------------------------------
def test_the_solver_proposes_excludes_and_can_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    path = start()
    field = path.signs.field
    motzkin = x**4 * y**2 + x**2 * y**4 - 3 * x**2 * y**2 + z**6
    value = from_sympy(field, x**2 + y**2 - 2 * x * y + sp.exp(z))
    assert Solver(field).ask(path, value, (-1, 0)) == IMPOSSIBLE
    point = Solver(field).ask(path, from_sympy(field, motzkin), (-1,))
    assert isinstance(point, dict) and motzkin.subs({sp.Symbol(k): sp.Rational(v) for k, v in point.items()}) < 0
    assert Solver(field, seconds=0).ask(path, value, (-1,)) is None
    monkeypatch.setattr(Solver, "available", False)
    assert Solver(field).ask(path, value, (-1,)) is None
