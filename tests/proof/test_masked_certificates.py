"""Encoders whose masks are matrices of zeros and ones have certificates: the layers written out, checked like cases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from symsim import parse
from symsim.claims.construction import Construction, Placement, Readout
from symsim.claims.listed import at_random
from symsim.encoder.layers import Encoder, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.proof import check, recheck_cases
from symsim.proof.certificate import rechecked
from tests import tampering
from tests.certificate_numbers import holds

SOME = [[1, 0, 1], [0, 1, 1], [0, 0, 0]]


def attending(normaliser: str, against: str, **mask: Any) -> Construction:
    """Three tokens of width 1, one head that reads and writes them under a mask, no residual connection."""
    head = Head([[1]], [[1]], [[1]], [[1]], normaliser=normaliser, mask=Mask(**mask))
    encoder = Encoder(Slots((("x", 1),)), TokenLayout((("t", 2), ("s", 1))), (Layer((head,), residual=False),))
    formula = parse(against, {"x": (2, 1), "y": (1, 1)})
    placed = (Placement("t", "x", "input", "x"), Placement("s", "x", "input", "y"))
    return Construction("masked", encoder, (("x", (2, 1)), ("y", (1, 1))), placed, Readout("x", (2, 1), "t"), formula)


MADE = {
    "linear": attending("linear", "[[1, 0] x; [0, 1] x] .* [[1, 0] x; [0, 1] x] .* [[1, 0] x; [0, 1] x] + y y * x",
                        matrix=SOME),
    "softmax": attending("softmax", "[softmax([1, 0] x [([1, 0] x), y]) [[1, 0] x; y]; "
                                    "softmax([0, 1] x [([0, 1] x), y]) [[0, 1] x; y]]", matrix=SOME),
    "softmax and causal": attending("softmax", "x", matrix=SOME, causal=True),
    "softmax and keys": attending("softmax", "ones(2) y", matrix=SOME, keys=("s",)),
    "softmax and positions": attending("softmax", "ones(2) y", matrix=SOME, positions=(2,)),
    "unique-hard": attending("unique-hard", "[[0, 1] x; y]", matrix=[[0, 1, 0], [0, 0, 1], [1, 1, 1]]),
    "average-hard": attending("average-hard", "[0 y; y]", matrix=[[0, 0, 0], [0, 0, 1], [1, 1, 1]]),
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_certificate_is_accepted_and_its_claim_is_true(name: str) -> None:
    report = check(MADE[name].claim)
    assert report.certificate, report.certifier.reason
    content = json.loads(report.certifier.data)
    assert content["kind"] == "cases" and rechecked(report.certifier.data) == content["claim"]
    assert holds(content)


@pytest.mark.parametrize("name", MADE)
def test_with_another_mask_it_is_rejected(name: str) -> None:
    content = json.loads(check(MADE[name].claim).certifier.data)
    mask = content["left"]["definitions"][1][1][1][1][2][1]
    assert mask["shape"] == [3, 3]
    entries = mask["entries"]
    every = [[i, j, "1"] for i in (0, 1) for j in range(3)]
    for changed in ([e for e in entries if e[0] != 1], [e for e in every if e not in entries] or every[1:]):
        mask["entries"] = changed
        with pytest.raises(ValueError, match="open"):
            recheck_cases.establish(tampering.forged(content))


def test_a_false_claim_has_none_and_listed_inputs_have_none() -> None:
    assert check(attending("softmax", "x", matrix=SOME).claim).certificate is None
    report = check(at_random(MADE["softmax and keys"].claim, 2))
    assert report.verdict == "proved" and "masks that are matrices" in report.certifier.reason
