"""Symbols as tokens: exact values, conditions that are never guessed, exponentials with every base."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symsim.domains.exact import Exact
from symsim.domains.sympy_edge import from_sympy
from symsim.rasp import Condition, Interpreter, RaspError, Undecided, evaluate, parse
from symsim.rasp.loading import exact_values
from symsim.rasp.notation import printed

x, y, z = sp.symbols("x y z")
N = sp.Symbol("N", integer=True)


def at(text: str, tokens: list[Any], **more: Any) -> list[Any]:
    node = Interpreter("asis").run(parse(text + ";", "f.rasp"))[-1].value
    domain = more.pop("domain", None) or Exact()
    return exact_values(domain, evaluate(node, tokens, domain, **more))


def same(found: list[Any], expected: list[Any]) -> bool:
    """Equality in the exact field."""
    field = Exact().field
    return all(field.equal(from_sympy(field, a), from_sympy(field, b)) for a, b in zip(found, expected, strict=True))


EQUAL = [
    ("tokens + 1", [x + 1, y + 1]),
    ("tokens * tokens", [x**2, y**2]),
    ("tokens - tokens", [0, 0]),
    ("1 / tokens", [1 / x, 1 / y]),
    ("tokens ^ 3", [x**3, y**3]),
    ("tokens ^ (0 - 2)", [x**-2, y**-2]),
    ("exp(tokens)", [sp.exp(x), sp.exp(y)]),
    ("e ^ tokens", [sp.exp(x), sp.exp(y)]),
    ("2 ^ tokens", [2**x, 2**y]),
    ("2.73 ^ (tokens + 1)", [sp.Rational("2.73") * sp.Rational("2.73") ** x, sp.Rational("2.73") ** (y + 1)]),
    ("1 ^ tokens", [1, 1]),
    ("-tokens / 0.5", [-2 * x, -2 * y]),
    ("average(tokens)", [(x + y) / 2, (x + y) / 2]),
    ("tokens_float", [x, y]),
    ("aggregate(select(indices, 1 - indices, ==), tokens)", [y, x]),
    ("tokens[0]", [x, x]),
    ("exp(0)", [1, 1]),
    ("e * exp(indices)", [sp.E, sp.E**2]),
    ("tokens if indices == 0 else 3", [x, 3]),
    ("exp(tokens) / exp(tokens)", [1, 1]),
    ("(tokens ^ 2 - 1) / (tokens - 1)", [x + 1, y + 1]),
    ("tokens + (indices == 0)", [x + 1, y]),
    ("True * tokens - False", [x, y]),
    ("average(tokens if indices == 0 else True)", [(x + 1) / 2, (x + 1) / 2]),
]


@pytest.mark.parametrize(("text", "expected"), EQUAL)
def test_values_with_symbols_are_exact(text: str, expected: list[Any]) -> None:
    assert same(at(text, [x, y]), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("exp(tokens)", [2**x, 2**y]), ("2.718 ^ tokens", [sp.exp(x), sp.exp(y)]), ("tokens ^ 2", [x, y])],
)
def test_other_values_are_told_apart(text: str, expected: list[Any]) -> None:
    assert not same(at(text, [x, y]), expected)


def test_numbers_of_every_kind_are_tokens() -> None:
    tokens = [1, Fraction(1, 3), sp.Rational(2, 7), sp.Integer(3), x]
    assert at("tokens", tokens) == [1, Fraction(1, 3), Fraction(2, 7), 3, x]
    assert at("tokens + 0.1", [Fraction(1, 3)]) == [Fraction(13, 30)]
    assert at("tokens", [sp.true, False]) == [True, False]
    ones = at("tokens", [sp.Integer(1), 1, sp.Integer(0)])
    assert ones == [1, 1, 0] and not any(isinstance(value, bool) for value in ones)


@pytest.mark.parametrize("token", [0.5, float("nan"), sp.Float(0.5), sp.sqrt(x), sp.oo, None, [1]])
def test_floats_and_what_is_no_number_are_refused(token: Any) -> None:
    from symsim.errors import BadInput

    with pytest.raises(BadInput):
        at("tokens", [token])


DECIDED = [
    ("tokens == tokens", [True, True]),
    ("tokens < tokens + 1", [True, True]),
    ("exp(tokens) > 0", [True, True]),
    ("not (exp(tokens) == 0)", [True, True]),
    ("exp(tokens) <= 0", [False, False]),
    ("tokens == tokens + 1", [False, False]),
    ("indicator(exp(tokens))", [1, 1]),
    ('tokens == "a"', [False, False]),
    ("e > 2", [True, True]),
    ("e < 3", [True, True]),
    ("1 if tokens - tokens == 0 else tokens", [1, 1]),
]


@pytest.mark.parametrize(("text", "expected"), DECIDED)
def test_conditions_with_one_answer_are_decided(text: str, expected: list[Any]) -> None:
    assert at(text, [x, y]) == expected


def test_selectors_ask_only_about_the_cells_that_are_read() -> None:
    with pytest.raises(Undecided, match="for key position 1 and query position 0"):
        at("select(tokens, tokens, ==)", [x, y])
    assert at("select(tokens, tokens, ==)", [x, x + 1]) == [[1, 0], [0, 1]]
    assert at("select(tokens, tokens, ==) and select(indices, indices, ==)", [x, y]) == [[1, 0], [0, 1]]
    assert at("select(indices, 5, ==) and select(tokens, tokens, <)", [x, y]) == [[0, 0], [0, 0]]
    assert at("full_s or select(tokens, tokens, <)", [x, y]) == [[1, 1], [1, 1]]
    asked: list[str] = []

    def decide(domain: Exact, condition: Condition) -> bool:
        asked.append(condition.what)
        return True

    text = "not (select(tokens, 0, <) and select(indices, indices, <) and select(0, tokens, <))"
    assert at(text, [x, y], decide=decide) == [[1, 1], [0, 1]]
    assert asked == ["for key position 0 and query position 1"] * 2


def test_many_selectors_on_symbols_can_be_combined() -> None:
    text = "s = select(tokens, tokens, ==); for i in range(2000) { s = s or select(tokens, tokens, ==); } s"
    assert at(text, [x, x + 1]) == [[1, 0], [0, 1]]


UNDECIDED = [
    ("1 if tokens < 3 else 0", "x < 3"),
    ("indicator(tokens)", "x != 0"),
    ("tokens and True", "x != 0"),
    ("max(tokens, 1)", "x > 1"),
    ("tokens in [1, 2]", "x == 1"),
    ("-tokens_bool", "x != 0"),
    ("not tokens", "x != 0"),
    ("tokens - 1 >= -tokens", "x - 1 >= -x"),
]


@pytest.mark.parametrize(("text", "condition"), UNDECIDED)
def test_conditions_on_symbols_are_reported_and_never_guessed(text: str, condition: str) -> None:
    with pytest.raises(Undecided) as caught:
        at(text, [x, y])
    assert f"whether {condition} holds" in caught.value.message
    assert "position 0" in caught.value.message
    assert (caught.value.file, caught.value.line) == ("f.rasp", 1)


def test_conditions_can_be_answered_by_somebody_else() -> None:
    asked: list[str] = []

    def decide(domain: Exact, condition: Condition) -> bool:
        asked.append(condition.text(domain))
        return len(asked) == 1

    assert at("tokens if tokens > 0 else 0", [x, y], decide=decide) == [x, 0]
    assert asked == ["x > 0", "y > 0"]


WRONG = [
    ("tokens % 2", "depends on the symbols"),
    ("round(tokens)", "depends on the symbols"),
    ("tokens ^ 0.5", "no exp-rational number"),
    ("tokens ^ tokens", "rational base or e"),
    ("(-2) ^ tokens", "is positive"),
    ("0 ^ tokens", "is positive"),
    ('tokens + "a"', "a string"),
    ("-tokens_int", "integer=True"),
    ("-tokens_str", "is a symbol"),
    ("1 / (tokens - tokens)", "division by 0"),
    ("[1, 2][tokens]", "an index is an integer"),
    ("{1: 2}[tokens]", "is a symbol"),
    ("tokens ^ 1000", "powers up to 100"),
    ("select(tokens, indices, <)", "depends on the symbols"),
    ("(10^13 + 0.5) ^ tokens", "12 digits"),
]


@pytest.mark.parametrize(("text", "part"), WRONG)
def test_what_is_no_formula_is_an_error(text: str, part: str) -> None:
    with pytest.raises(RaspError) as caught:
        at(text, [x, y])
    assert part in caught.value.message and caught.value.line == 1


def test_integer_symbols_pass_the_cast_to_int() -> None:
    assert at("2 * tokens_int", [N, 3]) == [2 * N, 6]


def test_reciprocals_leave_their_conditions() -> None:
    domain = Exact()
    at("1 / tokens + 1 / exp(tokens)", [x], domain=domain)
    assert len(domain.conditions) == 1


def test_symbolic_growth_is_stopped() -> None:
    with pytest.raises(RaspError, match="terms"):
        at("s = average(tokens); for i in range(20) { s = s * s; } s", [*sp.symbols("a0:9")])


@pytest.mark.parametrize("text", ["t = exp(t)", "t = 2 ^ t", "t = e ^ t"])
def test_towers_of_exponentials_are_stopped(text: str) -> None:
    with pytest.raises(RaspError, match="deeper than 50 levels"):
        at(f"t = tokens; for i in range(60) {{ {text}; }} t", [x])
    assert len(at(f"t = tokens; for i in range(20) {{ {text}; }} t", [x])) == 1


def test_long_powers_are_expanded_up_to_a_limit() -> None:
    assert same(at("(tokens + 1) ^ 60 / (tokens + 1) ^ 58", [x]), [x**2 + 2 * x + 1])
    with pytest.raises(RaspError, match="20000 terms"):
        at("average(tokens) ^ 60", [*sp.symbols("a0:9")])


def test_a_symbol_is_asked_about_only_where_it_matters() -> None:
    assert at("tokens and indices > 5", [x, y]) == [False, False]
    assert at("indices < 5 or tokens", [x, y]) == [True, True]
    with pytest.raises(Undecided):
        at("tokens or indices > 5", [x])


def test_symbols_are_printed_as_they_are() -> None:
    run = Interpreter("asis").run(parse("t = 2 * tokens;"))[-1].value
    assert printed(evaluate(run, [x, Fraction(1, 2)])) == "[2*x, 1.0] (symbolic)"
    assert printed(evaluate(run, [x, x])) == "[2*x]*2 (symbolic)"
    assert printed(Interpreter().run(parse('exp(indices)("ab");'))[0].value) == "[1.0, E] (symbolic)"
