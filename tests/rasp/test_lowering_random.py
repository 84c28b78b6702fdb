"""Random programs whose selectors depend on positions only: the encoder gives what the run gives, exactly."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

from symsim.domains.exact import Exact
from symsim.rasp import Interpreter, parse
from symsim.rasp.lowering import lowered
from symsim.testing import programs_by_position as programs
from tests.rasp.compared_by_position import TOKENS, compare, outcome


@settings(max_examples=400)
@given(text=programs(6), tokens=TOKENS, schedule=st.booleans(), pads=st.integers(0, 2))
def test_compiled_programs_do_what_runs_do(text: str, tokens: list[Fraction], schedule: bool, pads: int) -> None:
    event(compare(text, tokens, schedule, pads))


@settings(max_examples=100)
@given(text=programs(20), tokens=TOKENS, schedule=st.booleans(), pads=st.integers(0, 2))
def test_larger_programs_do_what_runs_do(text: str, tokens: list[Fraction], schedule: bool, pads: int) -> None:
    event(compare(text, tokens, schedule, pads))


def test_the_comparison_tells_programs_apart() -> None:
    """Negative control: the encoder of one program against the run of another."""
    tokens = [Fraction(1), Fraction(2, 3)]
    assert compare("aggregate(full_s, tokens)", tokens, True, 0) == "equal"
    assert compare("1 / (tokens - 1)", tokens, True, 0) == "undefined"
    node, other = (
        Interpreter("asis").run(parse(text))[-1].value for text in ("average(tokens);", "average(tokens) + indices;")
    )
    made, wrong = lowered(node, 2, "a", {"x": (1, 2)}), lowered(other, 2, "b", {"x": (1, 2)})
    domain = Exact()
    inputs = {"x": domain.given([tokens], 1, 2)}
    assert not domain.equal(outcome(made, domain, inputs), outcome(wrong.computes, domain, inputs))
