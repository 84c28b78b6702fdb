"""The ball method: refutes by disjoint enclosures, encloses stated distances, and never calls an equality proved."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.claims.approximate import within
from symsim.claims.comparing import compare
from symsim.claims.report import Verdict
from symsim.domains.closed_forms import ClosedForm
from symsim.errors import BadInput
from symsim.proof import boxes, check
from symsim.proof.witness import as_arrays
from symsim.simulators import universal

PLAIN, SHIFTED = "softmax(X A X^T) X", "softmax(X A X^T + u ones(n)^T) X"
SHAPES = {"X": ("n", "d"), "A": ("d", "d"), "u": "n"}


def equality(right: str, n: int = 3, d: int = 2) -> Any:
    return compare(PLAIN, right, SHAPES, sizes={"n": n, "d": d})


def softmax_only(n: int = 2, d: int = 2, d_v: int = 2, **options: Any) -> Any:
    return universal(n, d, d_v, realisation="softmax", **{"temperature": 10, **options})


def with_eps(claim: Any, eps: ClosedForm) -> Any:
    return dataclasses.replace(claim, eps=eps)


# -- equality ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("n", [3, 20])
def test_an_equality_that_holds_stays_undecided_with_a_tiny_difference(n: int) -> None:
    report = check(equality(SHIFTED, n), method="ball")
    assert report.verdict is Verdict.UNDECIDED
    number, _, rest = str(report.error_bound).partition(" at ")
    assert 0 < float(number) < 1e-25 and rest == "12 points"
    assert "do not prove equality" in report.reason


@pytest.mark.parametrize("right", ["softmax(X A^T X^T) X", f"{PLAIN} + 1/1000000000000000000000000 X"])
def test_an_equality_that_fails_is_refuted_also_by_less_than_floats_see(right: str) -> None:
    report = check(equality(right), method="ball")
    assert report.verdict is Verdict.REFUTED
    left, right_ = report.witness.left, report.witness.right  # type: ignore[union-attr]
    i, j = report.witness.place  # type: ignore[union-attr]
    assert sympy.N(left[i, j] - right_[i, j], 40) != 0


def test_a_large_false_equality_is_refuted_with_a_point_that_floats_confirm() -> None:
    claim = universal(24, 8).claim
    wrong = dataclasses.replace(claim, right=compare("softmax(X A^T X^T) X V", "X V", {
        "X": ("n", "n2"), "A": ("n2", "n2"), "V": ("n2", "n2")}, sizes={"n": 24, "n2": 8}).left)  # fmt: skip
    report = check(wrong, method="ball")
    assert report.verdict is Verdict.REFUTED
    given = as_arrays(report.witness)  # type: ignore[arg-type]
    U = universal(24, 8)
    one, other = U(**given), U(**{**given, "A": given["A"].T})
    assert np.abs(one - other).max() > 1e-6


def test_constants_of_weights_have_their_value_at_each_point() -> None:
    """The scale tau stands in the weights of the encoder, and every point gives it another value."""
    claim = universal(2, 2, heads=2, d_k=2, scale="tau").claim
    report = check(claim, method="ball")
    assert report.verdict is Verdict.UNDECIDED and float(str(report.error_bound).split()[0]) < 1e-25
    doubled = universal(2, 2, heads=2, d_k=2, scale=2).claim
    wrong = dataclasses.replace(claim, right=doubled.right)
    found = check(wrong, method="ball").witness
    assert found is not None and found.inputs["tau"] != 2


# -- a stated distance ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 1), (4, 2, 3), (3, 3, 3)])
@pytest.mark.parametrize("method", ["auto", "ball"])
def test_softmax_heads_only_is_enclosed_and_says_what_is_proved(sizes: tuple[int, int, int], method: str) -> None:
    S = softmax_only(*sizes)
    report = check(S.claim, method=method)
    assert report.verdict is Verdict.ENCLOSED and report.error_bound == S.eps.decimal()
    by = {step.name.split(":")[0].split(",")[0]: step.verdict for step in report.steps}
    assert by["exact"] is Verdict.PROVED and by["sinh u + tanh u <= 2 u"] is Verdict.PROVED
    assert by["lemma 'softmax heads only'"] is Verdict.ENCLOSED
    assert any(step.name.startswith("at 14 points") and step.verdict is Verdict.ENCLOSED for step in report.steps)
    data = report.to_dict()
    assert data["verdict"] == "enclosed" and "with entries in [-1, 1]" in data["quantifiers"] and "<=" in data["claim"]


def test_softmax_heads_only_is_enclosed_for_all_sizes() -> None:
    report = check(universal("n", "d", "v", realisation="softmax", temperature=10).claim)
    assert report.verdict is Verdict.ENCLOSED and "tanh" in str(report.error_bound)
    assert report.to_dict()["sizes"] == "all"
    assert any(step.method == "parametric" and step.verdict is Verdict.PROVED for step in report.steps)


def test_a_distance_halved_again_and_again_is_refuted_at_last_and_undecided_before() -> None:
    S = softmax_only()
    verdicts = [check(with_eps(S.claim, S.eps.times(Fraction(1, 2**k)))).verdict for k in range(4)]
    assert verdicts[0] is Verdict.ENCLOSED and verdicts[-1] is Verdict.REFUTED
    assert Verdict.ENCLOSED not in verdicts[1:], "a distance below the lemma's is never enclosed"
    report = check(with_eps(S.claim, S.eps.times(Fraction(1, 8))))
    point = report.witness.inputs  # type: ignore[union-attr]
    assert all(abs(value) <= 1 for matrix in point.values() for value in matrix)
    given = as_arrays(report.witness)  # type: ignore[arg-type]
    gap = np.abs(S(**given) - universal(2, 2)(**given)).max()
    assert gap > float(S.eps.ball().mid()) / 8


def test_a_larger_distance_is_enclosed_too() -> None:
    S = softmax_only()
    assert check(with_eps(S.claim, S.eps.times(Fraction(3, 2)))).verdict is Verdict.ENCLOSED


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("mask", (1, None)),
        ("mask", (0, None)),
        ("scale", 2),
        ("sign", 1),
    ],
    ids=["parameters seen by layer 2", "X rows seen by layer 1", "output of layer 1 doubled", "no minus in layer 1"],
)
def test_broken_encoders_are_refuted(change: str, value: Any) -> None:
    S = softmax_only(3, 2, 2)
    head = S.encoder.layers[0].heads[0]
    if change == "mask":
        broken = S.change(layer=value[0], head=0, mask=None)
    elif change == "scale":
        broken = S.change(layer=0, head=0, W_O=2 * head.W_O)
    else:
        broken = S.change(layer=0, head=0, W_V=head.W_V.applyfunc(abs))
    report = check(broken.claim)
    assert report.verdict is Verdict.REFUTED
    assert check(S.claim).verdict is Verdict.ENCLOSED


def test_a_temperature_that_is_too_low_is_refuted() -> None:
    low, high = softmax_only(temperature=3), softmax_only(temperature=100)
    report = check(with_eps(low.claim, high.eps))
    assert report.verdict is Verdict.REFUTED
    for one, other in ((low, high), (high, low)):
        claim = dataclasses.replace(one.claim, through=other.through)
        assert check(claim).verdict is not Verdict.ENCLOSED, "a lemma about another temperature is no proof"


def test_a_lemma_is_about_its_own_formulas_only() -> None:
    S = softmax_only()
    other = compare("softmax(X A X^T) X V + 1/100000 X V", "X", {"X": (2, 2), "A": (2, 2), "V": (2, 2)}).left
    assert check(dataclasses.replace(S.claim, right=other)).verdict is Verdict.UNDECIDED
    assert check(dataclasses.replace(S.claim, bound=Fraction(20))).verdict is not Verdict.ENCLOSED
    assert check(dataclasses.replace(S.claim, through=None)).verdict is not Verdict.ENCLOSED


def test_no_other_method_decides_a_distance_and_all_of_them_agree() -> None:
    claim = softmax_only().claim
    for method in ("symbolic", "parametric", "modular", "exhaustive", "smt"):
        with pytest.raises(BadInput, match="'ball'"):
            check(claim, method=method)
    assert check(claim, method="all").verdict is Verdict.ENCLOSED


# -- boxes ------------------------------------------------------------------------------------------------------------
def near_one(eps: sympy.Expr, bound: str = "1/4") -> Any:
    return within(compare("exp(x)", "1 + x", {"x": (1, 1)}), ClosedForm(eps), Fraction(bound))


def test_boxes_show_a_distance_for_all_inputs() -> None:
    B = sympy.Symbol("B")
    report = check(near_one(B**2))
    assert report.verdict is Verdict.ENCLOSED and "boxes cover all inputs" in report.steps[-1].name
    assert check(near_one(B**2 / 2)).verdict is Verdict.REFUTED, "exp(1/4) - 5/4 is 0.034, and that is 0.031"
    tight = near_one(sympy.exp(B) - 1 - B)
    assert boxes.cover(tight) is None and check(tight).verdict is Verdict.UNDECIDED, "true, and attained at a corner"


def test_boxes_are_not_tried_where_they_cannot_end() -> None:
    wide = within(compare("X", "2 X", {"X": (5, 5)}), ClosedForm(sympy.Integer(1)), 1)
    assert boxes.cover(wide) is None
    report = check(dataclasses.replace(wide, right=wide.left))
    assert report.verdict is Verdict.UNDECIDED and "lemma" in report.reason
