"""Derivations of constructions that exist at fixed sizes only: symbolic statement and cost, steps at flat places."""

from __future__ import annotations

from typing import Any

import pytest

from symsim.claims.report import Verdict
from symsim.derivation import Derivation, State
from symsim.errors import BadInput
from symsim.formulas import matrix
from symsim.render import markdown
from symsim.simulators import scalars


def theorem(places: Any = None) -> Derivation:
    X = matrix("X", "r", "c")
    made = Derivation(
        "turned",
        "For all r, c there is an encoder that transposes.",
        scalars.transposition(2, 3),
        X.T,
        inputs={"X": ("r", "c")},
        cost=scalars.transposition_cost("r", "c"),
        family=scalars.transposition,
    )

    @made.step("One head fetches each entry.")
    def moved(state: State) -> Any:
        """Positions are one-hot."""
        yield from places(state, X) if places else [(state.flat("xt", 0, ("c", "r")), X.T)]

    @made.control("Entries are doubled.")
    def doubled(construction: Any) -> Any:
        """The value matrix is doubled."""
        head = construction.encoder.layers[0].heads[0]
        return construction.change(layer=0, head=0, W_V=2 * head.W_V)

    made.example(X=[[1, 2, 3], [4, 5, 6]])
    made.case("a column", r=4, c=1)
    return made


def test_the_statement_has_symbols_and_the_check_has_numbers() -> None:
    made = theorem()
    assert made.stated.quantifiers() == "for all c, r >= 1 and all real X"
    assert made.claim.fixed and str(made.price.positions) == "c*r + 1"
    for sizes in ({}, {"r": 3, "c": 1}, {"r": 1, "c": 1}):
        assert made.check(**sizes).report.verdict is Verdict.PROVED
    assert made.check().complete
    assert made.cases[0].claim().statement().endswith("(X: 4 x 1)")


def test_a_wrong_step_and_a_harmless_control_are_seen() -> None:
    wrong = theorem(lambda state, X: [(state.flat("token", 0, ("c", "r")), X.T)])
    checked = wrong.check()
    assert checked.report.verdict is Verdict.PROVED and not checked.complete
    harmless = theorem()
    harmless.control("Nothing fails.")(lambda construction: construction)
    assert not harmless.check().complete


def test_the_page_says_at_which_sizes_it_was_checked() -> None:
    page = markdown(theorem())
    assert "for all integers $r, c \\ge 1$" in page
    assert "Checked and shown here at $r = 2, c = 3$" in page and "checks these sizes too: a column." in page
    assert "$c r + 1$" in page and "$r = 64$" not in page.split("## 2.")[0]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (lambda state: state.flat("pos", 0, (1, 1)), "7 columns wide"),
        (lambda state: state.flat("xt", 0, (9, 9)), "do not stand in 7 positions"),
        (lambda state: state.flat("xt", 1, (1, 1)), "there is no layer 1"),
        (lambda state: state.node("XU"), "has no node 'XU'"),
    ],
)
def test_wrong_places_are_named(place: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        place(State(scalars.transposition(2, 3), {"r": 2, "c": 3}))


def test_a_formula_of_another_shape_is_refused() -> None:
    X = matrix("X", "r", "c")
    with pytest.raises(BadInput, match="the construction gives"):
        Derivation("turned", "T.", scalars.transposition(2, 3), X, inputs={"X": ("r", "c")})
    with pytest.raises(BadInput, match="other inputs"):
        Derivation("turned", "T.", scalars.transposition(2, 3), X.T, inputs={"Y": ("r", "c")})
