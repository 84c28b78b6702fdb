"""The looped simulator: L = 1, 2, 3 passes proved for all sizes, the lemma of one pass, and faults in the reset."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symsim.errors import BadInput
from symsim.proof import check
from symsim.simulators import looped, looped_pass, universal
from tests.simulators.family import LOOPS, Loop, unwritten, without_units

FAULTS = ("reset forgotten", "parameters not moved", "old parameters kept", "working slot not cleared")
MOST = [
    (name, fault)
    for name in LOOPS
    for fault in FAULTS
    if "heads" not in name or fault in ("parameters not moved", "working slot not cleared")
]


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_proved_for_all_sizes(loop: Loop, passes: int) -> None:
    U = loop.general(passes)
    report = check(U.claim)
    assert (report.verdict, report.method, report.side_conditions) == ("proved", "parametric", ())
    assert all(step.verdict == "proved" for step in report.steps)
    assert len(U.encoder.layers) == passes * loop.length
    assert U.encoder.layers == U.encoder.layers[: loop.length] * passes
    assert len(U.layer_notes) == len(U.encoder.layers)


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_the_lemma_of_one_pass(loop: Loop) -> None:
    """From any leftovers, one pass gives the next stream, and a state that the next pass may start in."""
    lemma = looped_pass(layers=3, **loop.options)
    report = check(lemma.claim)
    assert report.verdict == "proved"
    assert all(step.verdict == "proved" for step in report.steps)
    assert lemma.encoder.layers == loop.general(3).encoder.layers[: loop.length]
    groups = [group for group in lemma.encoder.tokens.names if group not in ("X", "X_pad")]
    assert {name for name, _ in lemma.inputs} >= {f"left_{group}" for group in groups}


def test_the_lemma_sees_what_a_reset_leaves_behind() -> None:
    lemma = looped_pass("n", "d", layers=2)
    kept = check(unwritten(1, "xa", "xa")(lemma).claim)
    assert {step.name.split(" ")[-1] for step in kept.steps if step.verdict != "proved"} != set()
    assert check(without_units(1)(lemma).claim).verdict == "refuted"


@pytest.mark.parametrize(("name", "fault"), MOST, ids=[f"{name}: {fault}" for name, fault in MOST])
def test_faults_of_the_reset_are_refuted(name: str, fault: str) -> None:
    loop = LOOPS[name]
    report = check(loop.faults[fault](loop.general(2)).claim)
    assert report.verdict == "refuted", report
    assert report.witness is not None
    assert max(report.witness.sizes.values()) <= 2


def test_the_last_reset_is_needed_only_where_it_moves_the_result() -> None:
    encoder = LOOPS["encoder, 1 head"]
    assert check(without_units(9)(encoder.general(2)).claim).verdict == "proved"
    bare = LOOPS["bare"]
    assert check(without_units(3)(bare.general(2)).claim).verdict == "refuted"


@pytest.mark.parametrize("options", [{}, {"heads": 2, "d_v": 1}, {"d_ff": 1}])
def test_proved_at_small_sizes_by_the_symbolic_method(options: dict[str, Any]) -> None:
    for n, d in ((1, 2), (2, 1)):
        assert check(looped(n, d, 2, **options).claim, method="symbolic").verdict == "proved"


@pytest.mark.parametrize(
    "options", [{"mask": "causal", "padding": 2}, {"heads": 2, "d_v": 3}, {"d_ff": 4, "norm": "post", "biases": True}]
)
def test_passes_are_the_single_simulators_in_a_row(options: dict[str, Any]) -> None:
    U, one = looped(4, 3, 3, **options), universal(4, 3, **options)
    rng = np.random.default_rng(2)
    given = {name: rng.normal(size=shape) for name, shape in U.inputs}
    stream, names = given["X"], [name for name, _ in one.inputs if name not in ("X", "X_pad")]
    others = {name: value for name, value in given.items() if name == "X_pad"}
    for layer in (1, 2, 3):
        stream = one(X=stream, **others, **{name: given[f"{name}_{layer}"] for name in names})
    np.testing.assert_allclose(U(**given), stream, rtol=0, atol=1e-11)


def test_what_cannot_loop() -> None:
    with pytest.raises(BadInput, match="needs d_v = d"):
        looped("n", "d", 2, d_v="v")
    with pytest.raises(BadInput, match="a whole number of at least 1"):
        looped("n", "d", 0)
    with pytest.raises(BadInput, match="set projections=True"):
        looped("n", "d", 2, scale="tau")
