"""Random programs against an evaluation that knows no graphs, no bit rows and no exact field: lists of Fractions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.domains.exact import Exact
from symsim.domains.sympy_edge import to_sympy
from symsim.rasp import Condition, Interpreter, RaspError, evaluate, parse
from symsim.rasp.loading import exact_values

Row = list[Any]
OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "%": operator.mod,
}
RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A text, and what it means on a list of numbers."""

    text: str
    means: Callable[[Row], Any]


def number(value: int) -> Program:
    """A constant, written so that it is an s-op and no atom."""
    return Program(f"({value} + 0 * indices)", lambda row: [Fraction(value)] * len(row))


LEAVES = st.one_of(
    st.just(Program("indices", lambda row: [Fraction(i) for i in range(len(row))])),
    st.just(Program("tokens", lambda row: list(row))),
    st.integers(-3, 3).map(number),
)


def arithmetic(sign: str, a: Program, b: Program) -> Program:
    if sign == "%":
        b = Program(f"({b.text} * {b.text} + 1)", lambda row, means=b.means: [v * v + 1 for v in means(row)])
    return Program(
        f"({a.text} {sign} {b.text})",
        lambda row: [OPERATORS[sign](x, y) for x, y in zip(a.means(row), b.means(row), strict=True)],
    )


def conditional(a: Program, sign: str, b: Program, c: Program) -> Program:
    return Program(
        f"({c.text} if {a.text} {sign} {b.text} else {a.text})",
        lambda row: [
            z if RELATIONS[sign](x, y) else x for x, y, z in zip(a.means(row), b.means(row), c.means(row), strict=True)
        ],
    )


def rounded(a: Program) -> Program:
    return Program(f"round({a.text} / 2)", lambda row: [Fraction(round(v / 2)) for v in a.means(row)])


def indicated(a: Program, sign: str, b: Program) -> Program:
    return Program(
        f"indicator({a.text} {sign} {b.text})",
        lambda row: [Fraction(RELATIONS[sign](x, y)) for x, y in zip(a.means(row), b.means(row), strict=True)],
    )


def select(key: Program, query: Program, sign: str) -> Program:
    return Program(
        f"select({key.text}, {query.text}, {sign})",
        lambda row: [[RELATIONS[sign](k, q) for k in key.means(row)] for q in query.means(row)],
    )


def joined(word: str, a: Program, b: Program) -> Program:
    both = all if word == "and" else any
    return Program(
        f"({a.text} {word} {b.text})",
        lambda row: [
            [both(pair) for pair in zip(x, y, strict=True)] for x, y in zip(a.means(row), b.means(row), strict=True)
        ],
    )


def negated(a: Program) -> Program:
    return Program(f"(not {a.text})", lambda row: [[not cell for cell in line] for line in a.means(row)])


def aggregate(selector: Program, a: Program, default: int | None) -> Program:
    def means(row: Row) -> Row:
        values, out = a.means(row), []
        for line in selector.means(row):
            chosen = [value for value, cell in zip(values, line, strict=True) if cell]
            out.append(sum(chosen) / Fraction(len(chosen)) if chosen else Fraction(default or 0))
        return out

    return Program(f"aggregate({selector.text}, {a.text}{'' if default is None else f', {default}'})", means)


def width(selector: Program) -> Program:
    return Program(f"selector_width({selector.text})", lambda row: [Fraction(sum(x)) for x in selector.means(row)])


SIGNS = st.sampled_from([sign for sign in RELATIONS if sign != "!="])
SELECTIONS = st.sampled_from(list(RELATIONS))


def grown(inner: st.SearchStrategy[Program]) -> st.SearchStrategy[Program]:
    plain = st.builds(select, inner, inner, SELECTIONS)
    words = st.sampled_from(["and", "or"])
    selectors = st.one_of(plain, st.builds(joined, words, plain, plain), st.builds(negated, plain))
    return st.one_of(
        st.builds(arithmetic, st.sampled_from(list(OPERATORS)), inner, inner),
        st.builds(conditional, inner, SIGNS, inner, inner),
        st.builds(indicated, inner, SIGNS, inner),
        st.builds(rounded, inner),
        st.builds(aggregate, selectors, inner, st.sampled_from([None, 0, 2])),
        st.builds(width, selectors),
    )


PROGRAMS = st.recursive(LEAVES, grown, max_leaves=10)
NUMBERS = st.lists(st.fractions(-3, 3, max_denominator=3), min_size=1, max_size=6)


def run(text: str, row: Row) -> list[Any]:
    domain = Exact()
    node = Interpreter("asis").run(parse(f"x = {text};"))[-1].value
    return exact_values(domain, evaluate(node, row, domain))


@settings(max_examples=300)
@given(PROGRAMS, NUMBERS)
def test_random_programs(program: Program, row: Row) -> None:
    assert run(program.text, row) == program.means(row)


@settings(max_examples=200)
@given(PROGRAMS, NUMBERS)
def test_random_programs_on_symbols_with_answered_conditions(program: Program, row: Row) -> None:
    """Symbols that stand for numbers, and conditions answered by these numbers, give what the numbers give."""
    symbols = sp.symbols(f"x:{len(row)}")
    there = {symbol: sp.Rational(v.numerator, v.denominator) for symbol, v in zip(symbols, row, strict=True)}

    def decide(domain: Exact, condition: Condition) -> bool:
        left, right = (to_sympy(domain.field, side).subs(there) for side in (condition.left, condition.right))
        return RELATIONS[condition.relation](Fraction(str(left)), Fraction(str(right)))

    domain = Exact()
    node = Interpreter("asis").run(parse(f"x = {program.text};"))[-1].value
    try:
        found = exact_values(domain, evaluate(node, symbols, domain, decide))
    except RaspError as error:
        assert "depends on the symbols" in error.message  # % and round of a symbol
        return
    assert [Fraction(str(v.subs(there) if isinstance(v, sp.Basic) else v)) for v in found] == program.means(row)


def test_the_second_opinion_tells_programs_apart() -> None:
    before = select(Program("indices", lambda row: list(range(len(row)))), number(1), "<")
    assert aggregate(before, number(5), None).means([1, 2]) == run("aggregate(select(indices, 1, <), 5)", [1, 2])
    assert aggregate(before, number(5), None).means([1, 2]) != run("aggregate(select(indices, 0, <), 5)", [1, 2])
