"""Differences that floats cannot see, or that overflow them, are refuted all the same, by exact values and balls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest

from symsim.claims.comparing import compare
from symsim.proof import check

SHAPES = {"X": ("n", "d"), "Q": ("n", "n")}
LONG_E = "2.71828182845904523536028747135266"
FALSE: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("exp(1)", "2.718281828459045", lambda x: mpmath.e - mpmath.mpf("2.718281828459045")),
    ("exp(1)", LONG_E, lambda x: mpmath.e - mpmath.mpf(LONG_E)),
    ("exp(exp(10))", "0", lambda x: mpmath.exp(mpmath.exp(10))),
    ("exp(exp(exp(3)))", "exp(exp(exp(3))) + 1", lambda x: 1),
    ("0.1 * X + 0.2 * X", "0.30000000000000004 * X", lambda x: x * mpmath.mpf("-0.00000000000000004")),
    ("X + 0.000000000001 * X", "X", lambda x: x * mpmath.mpf("1e-12")),
    ("exp(X)", "1.000000001 * exp(X)", lambda x: mpmath.exp(x)),
    ("exp(100000 * X)", "exp(100001 * X)", lambda x: mpmath.exp(100000 * x) - mpmath.exp(100001 * x)),
    ("exp(X - 200 * ones(n, d))", "0", lambda x: mpmath.exp(x - 200)),
]


@pytest.mark.parametrize(("left", "right", "gap"), FALSE, ids=lambda part: part if isinstance(part, str) else "")
def test_small_and_huge_differences(left: str, right: str, gap: Callable[[Any], Any]) -> None:
    report = check(compare(left, right, SHAPES))
    assert report.verdict == "refuted", report
    assert report.witness is not None
    i, j = report.witness.place
    x = mpmath.mpf(int(report.witness["X"][i, j])) if "X" in report.witness.inputs else None
    with mpmath.workdps(80):
        assert gap(x) != 0
    assert report.witness.left_value != report.witness.right_value


def test_huge_scores() -> None:
    report = check(compare("softmax(1000000 * Q)", "softmax(1000001 * Q)", SHAPES))
    assert report.verdict == "refuted"
    assert check(compare("softmax(1000000 * Q)", "softmax(500000 * (Q + Q))", SHAPES)).verdict == "proved"


def test_digits_are_shown_until_they_differ() -> None:
    witness = check(compare("exp(1)", LONG_E, SHAPES)).witness
    assert witness is not None
    assert witness.left_value.startswith("E = 2.718281828459045235360287471352662")


def test_towers_do_not_fill_the_page() -> None:
    report = check(compare("exp(exp(1000))", "0", SHAPES))
    assert report.verdict == "refuted"
    assert report.witness is not None
    assert len(str(report.witness)) < 300
    assert "a number of 434 digits" in report.witness.left_value


def test_what_is_equal_beyond_floats_is_not_refuted() -> None:
    for left, right in (("exp(exp(20)) * exp(0 - exp(20))", "1"), ("exp(1000 * X) .* exp(0 - 1000 * X)", "ones(n, d)")):
        assert check(compare(left, right, SHAPES)).verdict == "proved"
