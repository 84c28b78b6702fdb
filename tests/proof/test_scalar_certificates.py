"""Certificates of the constructions over scalar tokens, each accepted by a copy of its checker that runs alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symsim.claims.comparing import compare
from symsim.proof import certificate_determinants, check, recheck
from symsim.proof.certificate import CHECKERS
from symsim.simulators import (
    determinant,
    group_sort,
    inverse,
    lipschitz,
    match2,
    max_min,
    multi_head,
    product,
    relu_unit,
    row_softmax,
    transposition,
    universal,
)
from tests import tampering
from tests.certificate_numbers import _value_of, holds

MADE: dict[str, tuple[str, Callable[[], Any]]] = {
    "transposition": ("symbolic", lambda: transposition(2, 3)),
    "product": ("symbolic", lambda: product(2, 3, 2)),
    "product, narrow": ("symbolic", lambda: product(2, 3, 2, narrow=True)),
    "row softmax": ("symbolic", lambda: row_softmax(2, 3)),
    "U": ("symbolic", lambda: universal(2, 2, 2, realisation="scalars")),
    "U, narrow": ("symbolic", lambda: universal(2, 2, 1, realisation="scalars-narrow")),
    "2 heads": ("symbolic", lambda: multi_head(2, 2, 1, 1, 2)),
    "4 heads": ("symbolic", lambda: multi_head(2, 1, 1, 1, 1, heads=4)),
    **{f"determinant {m}": ("symbolic", lambda m=m: determinant(m)) for m in (1, 2, 3, 4)},
    **{f"inverse {m}": ("symbolic", lambda m=m: inverse(m)) for m in (1, 2, 3, 4)},
    "relu": ("cases", lambda: relu_unit(2, 3)),
    "MaxMin": ("cases", lambda: max_min(2)),
    "GroupSort": ("cases", lambda: group_sort(1, 3)),
    "interpolant": ("cases", lambda: lipschitz(2, 2, 0, 4, values=[1, 5, 3])),
    "interpolant of a function among the inputs": ("cases", lambda: lipschitz(1, 2)),
    "Match2": ("exhaustive", lambda: match2(3, 2)),
}


@pytest.mark.parametrize("name", MADE)
def test_certificate_is_accepted_by_a_copy_of_the_checker(name: str, tmp_path: Path) -> None:
    kind, build = MADE[name]
    report = check(build().claim)
    assert report.certificate, report.certifier.reason
    content = json.loads(report.certifier.data)
    assert content["kind"] == kind and bool(content["side_conditions"]) == name.startswith("inverse")
    shutil.copy(str(CHECKERS[kind].__file__), tmp_path / "checker.py")
    (tmp_path / "F.json").write_bytes(report.certifier.data)
    command = [sys.executable, "-I", "-S", "checker.py", "F.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"accepted: {content['claim']}\n")
    assert holds(content)


@pytest.mark.parametrize("name", [name for name, (kind, _) in MADE.items() if kind != "exhaustive"])
def test_twice_the_result_is_rejected(name: str) -> None:
    kind, build = MADE[name]
    content = json.loads(check(build().claim).certifier.data)
    content["right"]["tree"] = ["scaled", ["number", "2"], content["right"]["tree"]]
    with pytest.raises(ValueError, match="differ|open|contradicts"):
        CHECKERS[kind].establish(tampering.forged(content))


# -- determinants and inverses ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
def test_determinants_and_inverses_are_what_they_are_called(order: int) -> None:
    given = {"A": np.random.default_rng(order).uniform(-1, 1, (order, order))}
    found = _value_of(certificate_determinants.determinant(["name", "A"], order), given)
    assert found.shape == (1, 1) and np.isclose(found[0, 0], np.linalg.det(given["A"]))
    found = _value_of(certificate_determinants.inverse(["name", "A"], order), given)
    assert np.allclose(found, np.linalg.inv(given["A"]))


def _changed(build: Callable[[int], Any], change: Callable[[dict[str, Any]], None]) -> bytes:
    content = json.loads(check(build(2).claim).certifier.data)
    change(content)
    return tampering.forged(content)


A = ["name", "A"]


@pytest.mark.parametrize(
    ("build", "change", "reason"),
    [
        (determinant, lambda c: c["right"].update(tree=certificate_determinants.determinant(["scaled", ["number", "-1"],
                                                  ["sum", A, A]], 2)), "differ"),
        (determinant, lambda c: c["right"]["tree"].__setitem__(2, c["right"]["tree"][2][2]), "differ"),
        (determinant, lambda c: c["right"]["tree"].pop(), "differ"),
        (inverse, lambda c: c.update(side_conditions=[]), "a denominator may be 0"),
        (inverse, lambda c: c.update(side_conditions=[A]), "a denominator may be 0"),
        (inverse, lambda c: c["right"].update(tree=certificate_determinants.inverse(["transpose", A], 2)), "differ"),
        (inverse, lambda c: c["right"].update(tree=A), "differ"),
    ],
)  # fmt: skip
def test_a_wrong_determinant_or_inverse_is_rejected(build: Any, change: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        recheck.establish(_changed(build, change))


def test_a_determinant_of_a_formula() -> None:
    claim = compare("det(X Y)", "det(X) det(Y)", {"X": (2, 2), "Y": (2, 2)})
    report = check(claim)
    assert report.certificate, report.certifier.reason
    assert recheck.establish(report.certifier.data).endswith("for all real X (2 x 2), real Y (2 x 2)")
    claim = compare("inv(X Y)", "inv(Y) inv(X)", {"X": (2, 2), "Y": (2, 2)})
    report = check(claim)
    assert report.verdict == "proved" and "provided that no entry of " in recheck.establish(report.certifier.data)


def test_orders_beyond_the_highest_have_no_certificate() -> None:
    report = check(compare("det(X)", "det(X^T)", {"X": (6, 6)}))
    assert report.certificate is None and "up to order 5" in report.certifier.reason
