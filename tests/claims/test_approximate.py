"""Claims that state a distance: what they say, what they refuse."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy

from symsim.claims.approximate import ApproximateClaim, within
from symsim.claims.comparing import compare
from symsim.domains.closed_forms import ClosedForm
from symsim.errors import BadInput
from symsim.simulators import universal

B = sympy.Symbol("B")


def plain(**options: Any) -> Any:
    return compare("exp(X)", "X", {"X": ("n", "n")}, **options)


def test_the_statement_has_the_distance_and_all_quantifiers() -> None:
    claim = within(plain(), ClosedForm(3 * B), Fraction(1, 2))
    text = claim.statement()
    assert text == (
        "|exp(X) - X| <= 3*B with B = 1/2 in every entry, "
        "for all n >= 1 and all real X with entries in [-1/2, 1/2] (X: n x n)"
    )
    assert claim.approximate and not plain().approximate
    fixed = claim.at({"n": 2})
    assert isinstance(fixed, ApproximateClaim) and fixed.fixed and fixed.eps == claim.eps and fixed.bound == claim.bound


def test_a_distance_may_depend_on_sizes() -> None:
    claim = universal("n", "d", "v", realisation="softmax", temperature=9).claim
    assert claim.eps.free == ("d",)
    at = claim.at({"n": 3, "d": 2, "v": 1})
    assert at.eps.free == () and at.eps == universal(3, 2, 1, realisation="softmax", temperature=9).eps
    assert at.through == universal(3, 2, 1, realisation="softmax", temperature=9).through


def test_what_states_no_distance_is_refused() -> None:
    for eps, bound, words in (
        (ClosedForm(sympy.Symbol("w")), 1, "'w'"),
        (ClosedForm(3 * B), 0, "positive"),
        (ClosedForm(3 * B), -1, "positive"),
        ("1/2", 1, "closed formula"),
    ):
        with pytest.raises(BadInput, match=words):
            within(plain(), eps, bound)  # type: ignore[arg-type]
    scaled = compare("tau X", "X", {"X": ("n", "n")}, ("tau",))
    with pytest.raises(BadInput, match="free scalars"):
        within(scaled, ClosedForm(B), 1)


def test_a_page_shows_no_equality() -> None:
    import symsim as ss

    S = universal(2, 2, realisation="softmax", temperature=9)
    report = ss.check(S.claim)
    for page in (str(ss.latex(report)), str(ss.latex(S))):
        assert r"\approx \operatorname{softmax}" in page and r"= \operatorname{softmax}(X A" not in page
        assert "with entries in [-1, 1], where every entry is off by at most" in page
    exact = str(ss.latex(ss.check(universal(2, 2).claim)))
    assert r"\approx" not in exact and r"= \operatorname{softmax}(X A" in exact


def test_a_sum_is_subtracted_as_a_whole() -> None:
    claim = compare("exp(X)", "ones(1) + X", {"X": (1, 1)})
    close = within(claim, ClosedForm(sympy.Symbol("B") ** 2), Fraction(1, 4))
    assert close.statement().startswith("|exp(X) - (ones(1) + X)| <= ")
