"""The comparison of encoders with runs of programs whose selectors depend on positions only."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import strategies as st

from symsim.domains.exact import Exact
from symsim.errors import Undefined
from symsim.rasp import Interpreter, RaspError, Undecided, evaluate, parse
from symsim.rasp.lowering import lowered

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
