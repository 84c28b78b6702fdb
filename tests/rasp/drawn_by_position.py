"""Random programs whose selectors depend on positions only, and the comparison of their encoders with their runs."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import strategies as st

from symsim.domains.exact import Exact
from symsim.errors import Undefined
from symsim.rasp import Interpreter, RaspError, Undecided, evaluate, parse
from symsim.rasp.lowering import lowered

NUMBERS = st.sampled_from(["0", "1", "2", "-1", "1/2", "3"])
PLACES = st.recursive(
    st.sampled_from(["indices", "length", "0", "1", "2"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from("23")).map(lambda t: f"({t[0]} % {t[1]})"),
    ),
    max_leaves=3,
)
RELATION = st.sampled_from(["==", "<", "<=", ">", ">=", "!="])
SELECTORS = st.recursive(
    st.one_of(st.tuples(PLACES, PLACES, RELATION).map(lambda t: f"select({t[0]}, {t[1]}, {t[2]})"), st.just("full_s")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda s: f"(not {s})"),
    ),
    max_leaves=2,
)
CONDITIONS = st.tuples(PLACES, st.sampled_from(["==", "<", ">="]), PLACES).map(lambda t: f"({t[0]} {t[1]} {t[2]})")


def larger(inner: Any) -> Any:
    """Programs made of smaller ones."""
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(SELECTORS, inner).map(lambda t: f"aggregate({t[0]}, {t[1]})"),
        st.tuples(SELECTORS, inner, NUMBERS).map(lambda t: f"aggregate({t[0]}, {t[1]}, {t[2]})"),
        st.tuples(inner, CONDITIONS, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, PLACES).map(lambda t: f"({t[0]} * {t[1]})"),
        st.tuples(inner, NUMBERS).map(lambda t: f"({t[0]} / {t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]} / {t[1]})"),
        inner.map(lambda a: f"exp({a})"),
        inner.map(lambda a: f"({a} ^ 2)"),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">=", "=="]), inner).map(
            lambda t: f"indicator(0 * indices + {t[0]} {t[1]} {t[2]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"max({t[0]}, {t[1]})"),
        st.tuples(inner, NUMBERS, inner).map(lambda t: f"({t[0]} if {t[0]} > {t[1]} else {t[2]})"),
    )


def programs(leaves: int) -> Any:
    """Programs with at most so many leaves."""
    return st.recursive(st.one_of(st.just("tokens"), st.just("tokens"), NUMBERS, PLACES), larger, max_leaves=leaves)


TOKENS = st.lists(st.fractions(-3, 3, max_denominator=3), min_size=1, max_size=5)


def outcome(side: Any, domain: Exact, inputs: dict[str, Any]) -> Any:
    """The value of a side, or None where it divides by 0."""
    try:
        return side.prepare(domain, inputs, {})(None)
    except Undefined:
        return None


def compare(text: str, tokens: list[Fraction], schedule: bool, pads: int) -> str:
    """What a comparison of encoder and run comes to: ``equal``, ``undefined`` or the reason why it cannot be made."""
    try:
        node = Interpreter("asis").run(parse(f"0 * indices + {text};"))[-1].value
    except RaspError as error:
        assert "division by 0" in error.message, (text, error.message)
        return "constant 0 below"
    size, length = len(tokens), len(tokens) + pads
    try:
        made = lowered(node, length, text, {"x": (1, size)}, (1, length), schedule)
    except RaspError as error:
        assert "division by 0" in error.message, (text, error.message)
        with pytest.raises(RaspError, match="division by 0"):
            evaluate(node, [*tokens, *[0] * pads])
        return "constant 0 below"
    domain = Exact()
    inputs = {"x": domain.given([tokens], 1, size)}
    try:
        right = outcome(made.computes, domain, inputs)
    except Undecided:
        return "undecided"
    left = outcome(made, domain, inputs)
    if right is None:  # the run also divides where a condition on positions leaves the quotient out
        return "undefined"
    assert left is not None and domain.equal(left, right), (text, tokens)
    return "equal"
