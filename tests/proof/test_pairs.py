"""The table of formula pairs: every row gets the verdict that it has to get, and every witness holds up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from symsim.claims.claim import Claim
from symsim.claims.report import Report, Witness
from symsim.proof import check
from tests.numpy_formulas import value
from tests.pairs import PAIRS, SMALL, Pair

every = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.id)
proved = pytest.mark.parametrize("pair", [p for p in PAIRS if p.verdict == "proved"], ids=lambda pair: pair.id)


def test_the_table_has_enough_rows_of_each_kind() -> None:
    assert len({(p.left, p.right, p.sizes, p.nonempty) for p in PAIRS}) == len(PAIRS) >= 60
    kinds = Counter(p.verdict for p in PAIRS)
    assert kinds["proved"] >= 30
    assert kinds["refuted"] >= 30


@every
def test_verdict(pair: Pair) -> None:
    claim = pair.claim()
    report = check(claim)
    assert str(report.verdict) == pair.verdict, report
    if pair.verdict == "refuted":
        holds_up(claim, report)
    else:
        assert report.witness is None
    if pair.verdict == "undecided":
        assert report.reason
    assert any(pair.condition in c for c in report.side_conditions) or not pair.condition
    if pair.verdict == "proved" and not pair.condition:
        assert report.side_conditions == ()


@pytest.mark.parametrize("pair", [p for p in PAIRS if p.verdict == "refuted"][::3], ids=lambda pair: pair.id)
def test_sides_swapped(pair: Pair) -> None:
    swapped = Pair(pair.right, pair.left, pair.verdict, pair.sizes, pair.scalars, pair.nonempty, pair.functions)
    claim = swapped.claim()
    holds_up(claim, check(claim))


@proved
def test_what_is_proved_is_proved_again_entry_by_entry(pair: Pair) -> None:
    claim = pair.claim(**SMALL)
    report = check(claim, method="symbolic")
    assert str(report.verdict) == "proved", report
    assert all(step.method.startswith("symbolic") for step in report.steps)


@proved
def test_what_is_proved_is_true_in_floats(pair: Pair) -> None:
    claim = pair.claim(**SMALL)
    rng = np.random.default_rng(7)
    for _ in range(5):
        given: dict[str, Any] = {name: rng.normal(size=shape) for name, shape in claim.inputs}
        for name in claim.binary:
            given[name] = rng.integers(0, 2, size=given[name].shape)
            if claim.nonempty_rows:
                given[name][:, 0] = 1
        given |= {name: rng.normal() for name in claim.scalars}
        left, right = value(claim.left, given), value(claim.right, given)
        assert left.shape == right.shape
        assert np.allclose(left, right, rtol=1e-9, atol=1e-9)


def holds_up(claim: Claim, report: Report) -> None:
    """The witness separates the sides, in the eyes of an evaluator that is not the package's."""
    witness = report.witness
    assert witness is not None, report
    there = claim.at(witness.sizes) if witness.sizes else claim
    assert set(witness.inputs) == {name for name, _ in there.inputs} | set(there.scalars)
    given = {name: floats(witness, name) for name in witness.inputs}
    for name, shape in there.inputs:
        assert given[name].shape == shape
        if name in there.binary:
            assert set(given[name].ravel()) <= {0.0, 1.0}
            assert given[name].any(axis=1).all() or not there.nonempty_rows
    left, right = value(there.left, given), value(there.right, given)
    i, j = witness.place
    assert abs(left[i, j] - right[i, j]) > 1e-6 * max(1, abs(right[i, j]))
    assert np.isclose(left[i, j], number(witness.left_value))
    assert np.isclose(right[i, j], number(witness.right_value))


def floats(witness: Witness, name: str) -> Any:
    given = witness[name]
    return np.array(given.tolist(), dtype=float) if hasattr(given, "tolist") else np.array([[float(given)]])


def number(text: str) -> float:
    """The value that a witness shows: a rational, or an expression with its decimals behind the last ``=``."""
    shown = text.rsplit("=", 1)[-1].strip().rstrip(".")
    top, _, bottom = shown.partition("/")
    return float(top) / float(bottom or 1)
