"""The symbolic method: cut and uncut proofs agree, a proof never says more than holds, and faults are found."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction, Cut
from symsim.encoder.layers import FeedForward
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.formulas import matrix, softmax, zeros
from symsim.proof import check, symbolic
from symsim.simulators import universal

SIZES: list[dict[str, Any]] = [
    {"n": 1, "d": 1},
    {"n": 3, "d": 3},
    {"n": 4, "d": 2, "d_v": 3},
    {"n": 1, "d": 3},
    {"n": 3, "d": 2, "projections": True, "d_k": 1, "d_v": 3},
    {"n": 2, "d": 2, "projections": True, "scale": "tau"},
    {"n": 2, "d": 2, "heads": 2, "d_k": 1, "d_v": 2},
    {"n": 2, "d": 2, "heads": 2, "d_ff": 3},
]


@pytest.mark.parametrize("options", SIZES, ids=str)
def test_rows_is_proved_cut_and_uncut(options: dict[str, Any]) -> None:
    claim = universal(**options).claim
    cut = check(claim, method="symbolic", cut=True)
    uncut = check(claim, method="symbolic", cut=False)
    assert (cut.verdict, uncut.verdict) == ("proved", "proved")
    assert {step.method for step in cut.steps} == {"symbolic cut"}
    assert {step.method for step in uncut.steps} == {"symbolic uncut"}
    assert cut.side_conditions == uncut.side_conditions == ()
    assert len(cut.steps) == 1 + len(claim.left.cuts)


U = universal(n=2, d=2)
FAULTS: list[tuple[str, Construction]] = [
    ("mask dropped", U.change(1, 0, mask=None)),
    ("hard attention", U.change(1, 0, normaliser="average-hard")),
    ("linear attention", U.change(1, 0, normaliser="linear")),
    ("softmax first", U.change(0, 0, normaliser="softmax")),
    ("scores doubled", U.change(1, 0, W_Q=2 * U.encoder.layers[1].heads[0].W_Q)),
    ("causal", U.change(1, 0, mask=Mask(keys=("X",), causal=True))),
    ("layers swapped", U.with_encoder(replace(U.encoder, layers=U.encoder.layers[::-1]))),
    ("first layer twice", U.with_encoder(replace(U.encoder, layers=(*U.encoder.layers[:1], *U.encoder.layers)))),
    ("no residual", U.change(0, residual=False)),
]


@pytest.mark.parametrize(("name", "wrong"), FAULTS, ids=[name for name, _ in FAULTS])
@pytest.mark.parametrize("cut", [True, False])
def test_faults_are_refuted(name: str, wrong: Construction, cut: bool) -> None:
    for method in ("auto", "symbolic"):
        report = check(wrong.claim, method=method, cut=cut)
        assert report.verdict == "refuted", name
        witness = report.witness
        assert witness is not None
        given = {key: witness[key] for key in "XAV"}
        i, j = witness.place
        assert wrong(**given)[i, j] != U(**given)[i, j]


def test_harmless_changes_stay_proved() -> None:
    X = matrix("X", 2, 2)
    assert check(U.change(1, residual=False).claim).verdict == "proved"
    same = replace(U, computes=softmax(X @ matrix("A", 2, 2) @ X.T) @ (X @ matrix("V", 2, 2)))
    assert check(same.claim).verdict == "proved"
    positions = U.change(1, 0, mask=Mask(positions=(0, 1)))
    assert check(positions.claim, cut=False).verdict == "proved"


# -- cuts -------------------------------------------------------------------------------------------------------------
def with_cuts(*cuts: Cut) -> Construction:
    return replace(U, cuts=cuts)


def test_a_wrong_cut_decides_nothing() -> None:
    """The node does not hold its formula; uncut the claim is proved all the same."""
    X, V = matrix("X", 2, 2), matrix("V", 2, 2)
    wrong = with_cuts(replace(U.cuts[0], formula=X @ V), *U.cuts[1:])
    evidence = symbolic.cut(wrong.claim)
    assert evidence.verdict == "undecided"
    assert "XA" in evidence.reason or "compose" in evidence.reason
    report = check(wrong.claim, method="symbolic")
    assert report.verdict == "proved"
    assert report.method == "symbolic uncut"


def test_cuts_have_to_compose_to_the_claim() -> None:
    """Every node is right, but together they say something else than the claim."""
    X, V = matrix("X", 2, 2), matrix("V", 2, 2)
    other = replace(U.claim, right=softmax(X @ X.T) @ X @ V)
    assert symbolic.cut(other).reason == "the cuts do not compose to the right side"
    assert check(other).verdict == "refuted"


def test_the_last_cut_has_to_be_the_readout() -> None:
    for broken in (
        with_cuts(*U.cuts[:2]),
        with_cuts(*U.cuts[:2], replace(U.cuts[2], slot="xv")),
        with_cuts(*U.cuts[:2], replace(U.cuts[2], group=None)),
        with_cuts(U.cuts[2], *U.cuts[:2]),
        with_cuts(*U.cuts[:2], Cut("Z", 1, "xv", matrix("XV", 2, 2), "X"), U.cuts[2]),
    ):
        assert symbolic.cut(broken.claim).reason == "the last cut is not the read-out"
        assert check(broken.claim, method="symbolic").verdict == "proved"


def test_a_cut_does_not_drop_what_is_read_later() -> None:
    """Layer 2 also reads slot a of the parameter rows, which no cut names: the proof has to see its true value."""
    attention = U.encoder.layers[1].heads[0]
    slots = U.encoder.slots
    leak = replace(
        U.encoder.layers[0].heads[0],
        W_V=block_weight({("a", "a"): 1}, slots, slots.select(["a"])),
        W_O=block_weight({("a", "out"): 1}, slots.select(["a"]), slots),
    )
    wrong = U.with_encoder(U.encoder.change(1, heads=(attention, leak)))
    assert symbolic.cut(wrong.claim).verdict == "undecided"
    assert check(wrong.claim).verdict == "refuted"


def test_fresh_symbols_do_not_hide_side_conditions() -> None:
    """A reciprocal of a cut symbol leaves a condition on it; the cut proof then claims nothing."""
    slots = U.encoder.slots
    inner = slots.select(["xa"])
    into, out = block_weight({("xa", "xa"): 1}, slots, inner), block_weight({("xa", "a"): 1}, inner, slots)
    upside = FeedForward(into, None, out, None, "reciprocal")
    ones = [[1] * inner.total]
    for layer, bias in itertools.product((0, 1), (None, ones)):
        network = replace(upside, b_1=bias)
        wrong = U.with_encoder(U.encoder.change(layer, feed_forward=network))
        assert symbolic.cut(wrong.claim).verdict == "undecided"
        for method, cut in itertools.product(("auto", "symbolic"), (True, False)):
            # 1 / 0 at the parameter rows, where xa is 0, or with the bias where an entry of X A is -1; nobody reads it
            report = check(wrong.claim, method=method, cut=cut)
            assert report.verdict == "refuted"
            assert report.witness is not None
            assert report.witness.left is None
            assert report.witness.left_value == "undefined (the reciprocal of 0 does not exist)"


# -- uncut ------------------------------------------------------------------------------------------------------------
def test_formulas_of_other_shape_never_compare() -> None:
    """Only the rows of the right side were compared once: three rows against two of them are not equal."""
    with pytest.raises(BadInput, match="different shapes"):
        Claim("rows", zeros(3, 2), zeros(2, 2), (("X", (2, 2)),))


def test_masks_are_tried_one_by_one() -> None:
    shapes = {"S": ("n", "n"), "M": ("n", "n")}
    claim = compare("softmax(S, mask=M) .* M", "softmax(S, mask=M)", shapes, sizes={"n": 2})
    report = check(claim, method="symbolic")
    assert report.verdict == "proved"
    assert len(report.steps) == 16
    nonempty = compare("softmax(S, mask=M) ones(n)", "ones(n)", shapes, sizes={"n": 2}, nonempty_rows=True)
    assert len(check(nonempty, method="symbolic").steps) == 9
    big = compare("softmax(S, mask=M) .* M", "softmax(S, mask=M)", shapes, sizes={"n": 4})
    report = check(big, method="symbolic")
    assert report.verdict == "undecided"
    assert "there are 2^16 masks; the symbolic method tries at most 4096" in report.reason


def test_what_is_undefined_everywhere_is_not_proved() -> None:
    claim = compare("inv(A - A) A", "inv(A - A) A", {"A": ("d", "d")}, sizes={"d": 2})
    report = check(claim)
    assert report.verdict == "undecided"
    assert "undefined at every input" in report.reason


def test_logarithms_leave_their_condition() -> None:
    report = check(compare("log(A) - log(A)", "0", {"A": ("d", "d")}, sizes={"d": 1}), method="symbolic")
    assert report.verdict == "proved"
    assert report.side_conditions == ("A_1,1 > 0",)
