"""Random RASP programs whose selectors depend on positions only: these become encoders over real tokens."""

from __future__ import annotations

from hypothesis import strategies as st

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


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
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


def programs_by_position(leaves: int = 6) -> st.SearchStrategy[str]:
    """Expressions of RASP over real tokens with at most so many leaves; they may divide by 0.

    >>> from hypothesis import find
    >>> find(programs_by_position(), lambda text: "(" not in text)
    'tokens'
    """
    return st.recursive(st.one_of(st.just("tokens"), st.just("tokens"), NUMBERS, PLACES), _larger, max_leaves=leaves)
