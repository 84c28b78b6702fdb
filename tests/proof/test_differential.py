"""Random claims: what is proved is true in floats, what is refuted has a witness, laws applied at random are proved."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.formulas import Formula, hadamard, identity, mask_names, names, ones, scalar_names, softmax
from symsim.formulas.functions import Softmax
from symsim.formulas.substitution import walk
from symsim.formulas.syntax import Name
from symsim.proof import check
from symsim.testing.formulas import DECLARED, formulas
from tests.numpy_formulas import FUNCTIONS, value
from tests.proof.test_pairs import holds_up

FUNCTIONS.setdefault("abs", np.abs)
FUNCTIONS.setdefault("step", lambda x: (x >= 0).astype(float))
FUNCTIONS.setdefault("silu", lambda x: x / (1 + np.exp(-x)))
SHAPES: dict[str, Any] = dict(DECLARED)
SEEDS = st.integers(0, 2**32 - 1)


def points(claim: Claim, count: int) -> list[dict[str, Any]]:
    """Random inputs of a claim of fixed size."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(count):
        point: dict[str, Any] = {name: rng.normal(size=shape) for name, shape in claim.inputs}
        point |= {name: rng.integers(0, 2, size=shape) for name, shape in claim.inputs if name in claim.binary}
        found.append(point | {name: rng.normal() for name in claim.scalars})
    return found


def agree(claim: Claim) -> bool | None:
    """Whether the sides agree in floats at some points; None where the values are too large to say."""
    for point in points(claim, 6):
        left, right = value(claim.left, point), value(claim.right, point)
        if not (np.isfinite(left).all() and np.isfinite(right).all() and np.abs(left).max() < 1e6):
            return None
        if not np.allclose(left, right, rtol=1e-7, atol=1e-7):
            return False
    return True


def small(formula: Formula) -> bool:
    """Whether exact arithmetic over it stays cheap: few symbols, softmax not inside softmax."""
    deep = [
        node for node in walk(formula)
        if isinstance(node, Softmax) and any(isinstance(part, Softmax) for part in walk(node.argument))
    ]  # fmt: skip
    return not deep and len(names(formula)) <= 4 and sum(r * c for r, c in names(formula).values()) <= 14


def law(formula: Formula, rng: random.Random) -> Formula:
    """The same function, written differently at random places."""
    parts = [law(part, rng) for part in formula.parts]
    new = formula.with_parts(parts) if parts else formula
    rows, cols = new.shape
    if isinstance(new, Softmax):
        shift = rng.choice([3 * ones(rows, cols), Name("X11", 1, 1) * ones(rows, cols)])
        return softmax(new.argument + shift, causal=new.causal, mask=new.mask) if rng.random() < 0.5 else new
    if isinstance(formula, Name) and formula.name.startswith("M"):
        return new
    kind = rng.randrange(12)
    if kind == 0:
        return new.T.T
    if kind == 1:
        return identity(rows) @ new @ identity(cols)
    if kind == 2:
        return 2 * new - new
    if kind == 3:
        return hadamard(new, ones(rows, cols))
    if kind == 4:
        other = Name(f"Y{rows}{cols}", rows, cols)
        return (new + other) - other
    return new


def claim_of(left: Formula, right: Formula) -> Claim:
    return compare(left, right, SHAPES, scalars=[*scalar_names(left), *scalar_names(right)])


@settings(max_examples=120)
@given(formulas(depth=2).filter(small), SEEDS)
def test_laws_are_proved(formula: Formula, seed: int) -> None:
    other = law(formula, random.Random(seed))
    assume(small(other) and len(mask_names(formula)) <= 1)
    claim = claim_of(formula, other)
    for method in ("auto", "symbolic"):
        report = check(claim, method=method, time_limit=10)
        assert report.verdict == "proved", report


@settings(max_examples=120)
@given(st.data())
def test_random_pairs_are_judged_rightly(data: Any) -> None:
    left = data.draw(formulas(depth=2).filter(small))
    right = data.draw(formulas(*left.shape, depth=2).filter(small))
    if data.draw(st.booleans()):  # a product with itself has more chances to be equal to something
        right = data.draw(st.sampled_from([left + right, hadamard(left, right), left.T.T, right - right + left]))
    assume(len(names(left) | names(right)) <= 5 and len({*mask_names(left), *mask_names(right)}) <= 1)
    claim = claim_of(left, right)
    truth = agree(claim)
    assume(truth is not None)
    report = check(claim, time_limit=10)
    if report.verdict == "proved":
        assert truth or report.side_conditions
    elif report.verdict == "refuted":
        assert not truth
        holds_up(claim, report)
    else:
        assert "no witness was found" in report.reason or "time limit" in report.reason
        assert truth
