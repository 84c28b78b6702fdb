"""The comparison of constructions: tables and plots are made from the objects, and say what the machine models say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks import comparison
from symsim.claims.report import Step, Verdict
from symsim.errors import BadInput
from symsim.render.plots import Curve, Panel, plot
from symsim.simulators import scalars, universal


def test_the_page_and_the_plots_are_what_the_program_makes() -> None:
    text = comparison.PAGE.read_text(encoding="utf-8")
    assert comparison.page(text) == text, "python -m benchmarks.comparison writes it anew"
    assert comparison.drawing() == comparison.PLOTS.read_text(encoding="utf-8")


def test_numbers_are_those_of_encoders_that_were_built() -> None:
    found = comparison.costs()
    for n, d in ((1, 1), (2, 3), (3, 2)):
        assert comparison.at(found["R"], n, d) == universal(n, d).cost
        assert comparison.at(found["S"], n, d) == universal(n, d, realisation="softmax").cost
        assert comparison.at(found["P"], n, d) == scalars.universal(n, d, d).cost
        assert comparison.at(found["P, narrow"], n, d) == scalars.universal(n, d, d, narrow=True).cost


def test_exact_is_said_of_claims_that_are_equalities() -> None:
    for realisation, exact in comparison.OURS.values():
        assert universal(2, 2, realisation=realisation).claim.approximate is not (exact == "exact")
    assert comparison.assumed("scalars") == "square, exp, reciprocal; average-hard heads"
    assert comparison.assumed("rows") == "none; linear and softmax heads"


def test_an_exact_part_with_an_open_step_is_not_called_proved() -> None:
    good = Step("exact: layer 1", Verdict.PROVED, "parametric", 0.0)
    assert comparison.exact_part([good]) == "proved (parametric)"
    for steps in ([], [good, replace(good, verdict=Verdict.UNDECIDED)]):
        assert comparison.exact_part(steps) == "NOT PROVED"


def test_plots_refuse_what_a_logarithm_has_no_place_for() -> None:
    for points in (((1.0, 0.0), (2.0, 1.0)), ((1.0, 1.0),)):
        with pytest.raises(BadInput, match="positive coordinates"):
            plot([Panel("cost", "n", (Curve("R", points),))], 1, "Cost")
    drawing = plot([Panel("<a>", "n", (Curve("R & S", ((1.0, 1.0), (10.0, 5.0))),))], 1, 'a "title"')
    assert "<a>" not in drawing and "R &amp; S" in drawing
