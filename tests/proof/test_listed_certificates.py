"""Claims about listed inputs as certificates: the checker runs both sides at each of them, and says nothing else."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import pytest

from symsim.claims.comparing import compare
from symsim.claims.listed import ListedClaim, at_random
from symsim.proof import check, recheck
from symsim.proof.certificate import rechecked
from symsim.rasp import load
from symsim.rasp.claiming import claims
from symsim.simulators import group_sort, inverse, relu_unit, universal
from tests import tampering
from tests.certificate_numbers import holds

MASKED = ("softmax(X X^T, mask=M) X", "softmax(X X^T + u ones(2)^T, mask=M) X")
CLAIMS: dict[str, Any] = {
    "inverse": lambda: compare("inv(A) A", "I", {"A": (3, 3)}),
    "softmax": lambda: compare("softmax(relu(A))", "softmax(relu(A) + ones(2) ones(2)^T)", {"A": (2, 2)}),
    "masks": lambda: compare(*MASKED, {"X": ("n", "d"), "u": "n", "M": ("n", "n")}, sizes={"n": 2, "d": 1}),
    "program": lambda: claims(load("library:matrices"), "matmul(1, 2, 1)", "A B", {"A": (1, 2), "B": (2, 1)})[0],
    "U": lambda: universal(2, 2, 1).claim,
    "relu": lambda: relu_unit(2, 3).claim,
    "GroupSort": lambda: group_sort(1, 3).claim,
    "inverse by layers": lambda: inverse(3).claim,
}


def listed(left: str, right: str, *numbers: Any) -> ListedClaim:
    """A claim about a number A, at some values of it."""
    claim = compare(left, right, {"A": (1, 1)})
    points = tuple({"A": ((Fraction(number),),)} for number in numbers)
    return ListedClaim("numbers", claim.left, claim.right, claim.inputs, points=points)


@pytest.mark.parametrize("name", CLAIMS)
def test_certificate_is_accepted_and_about_the_listed_inputs(name: str) -> None:
    claim = at_random(CLAIMS[name](), 4, seed=3)
    report = check(claim)
    assert report.certificate, report.certifier.reason
    content = json.loads(report.certifier.data)
    assert rechecked(report.certifier.data) == content["claim"] and holds(content, points=4)
    assert content["claim"].endswith(
        "for all words of length 1 to 1 over the letters p1 = 0, p2 = 1, p3 = 2, p4 = 3"
    )
    text = json.dumps(content)
    for point in claim.points:
        for table in point.values():
            assert all(f'"{entry}"]' in text for row in table for entry in row if entry)


@pytest.mark.parametrize("name", CLAIMS)
def test_with_twice_the_result_on_one_side_it_is_rejected(name: str) -> None:
    content = json.loads(check(at_random(CLAIMS[name](), 2)).certifier.data)
    content["right"]["tree"] = ["scaled", ["number", "2"], content["right"]["tree"]]
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(tampering.forged(content))


def test_what_is_true_of_the_listed_inputs_alone() -> None:
    """``relu(A) = A`` at 1, 0 and 2/3; with a table of -1 in the same file it is rejected."""
    content = json.loads(check(listed("relu(A)", "A", 1, 0, Fraction(2, 3))).certifier.data)
    assert recheck.establish(tampering.forged(content)) == content["claim"]
    table = content["left"]["definitions"][0][1][1][2]
    assert table == ["matrix", {"shape": [3, 1], "entries": [[0, 0, "1"], [2, 0, "2/3"]]}]
    wrong = copy.deepcopy(content)
    for side in ("left", "right"):
        wrong[side]["definitions"][0][1][1][2][1]["entries"].insert(1, [1, 0, "-1"])
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(tampering.forged(wrong))
    assert check(listed("relu(A)", "A", 1, -1)).certificate is None


def test_what_the_checker_does_not_see_has_none() -> None:
    """Equal forms of irrational values are seen; signs of them are not."""
    assert check(listed("exp(A + A)", "exp(A) exp(A)", 1, Fraction(-1, 2))).certificate
    report = check(listed("relu(exp(A))", "exp(A)", 1))
    assert report.certificate is None and report.certifier.reason


def test_too_many_inputs_and_names_that_are_taken_have_none() -> None:
    report = check(listed("A + A", "2 A", *range(1500)))
    assert report.verdict == "proved" and "too many" in report.certifier.reason
    claim = at_random(compare("word word", "word word", {"word": (1, 1)}), 2)
    assert "no input called word" in check(claim).certifier.reason
