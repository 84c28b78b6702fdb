"""The parametric method: what it proves holds at every size tried; what is false gets sizes and a witness."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symsim.claims.comparing import compare
from symsim.claims.construction import Construction
from symsim.domains.layout import Layout
from symsim.encoder.layers import FeedForward
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.formulas import hadamard, matrix, sizes, softmax
from symsim.proof import check
from symsim.simulators import universal

n, d = sizes("n d")
GENERAL: dict[str, dict[str, Any]] = {
    "one head": {"d_v": "v"},
    "projections": {"projections": True, "d_k": "k", "d_v": "v"},
    "scaled": {"projections": True, "scale": "tau"},
    "two heads": {"heads": 2, "d_k": "k", "d_v": "v"},
    "three heads": {"heads": 3, "d_k": "k", "d_v": "v"},
    "eight heads": {"heads": 8, "d_k": "k", "d_v": "v"},
    "encoder layer": {"heads": 2, "d_k": "k", "d_v": "v", "d_ff": "f"},
    "some sizes fixed": {"d_v": 3, "heads": 2},
}


@pytest.mark.parametrize("options", GENERAL.values(), ids=GENERAL)
def test_rows_is_proved_for_all_sizes(options: dict[str, Any]) -> None:
    claim = universal(n="n", d="d", **options).claim
    start = time.process_time()
    report = check(claim)
    assert time.process_time() - start < 3
    assert report.verdict == "proved", report
    assert report.method == "parametric"
    assert report.side_conditions == ()
    assert "for all d" in claim.quantifiers()
    assert all(step.verdict == "proved" for step in report.steps)
    assert len(report.steps) == 1 + len(claim.left.cuts)
    assert check(claim, cut=False).verdict == "proved"


@pytest.mark.parametrize("options", GENERAL.values(), ids=GENERAL)
def test_what_holds_for_all_sizes_holds_at_each(options: dict[str, Any]) -> None:
    claim = universal(n="n", d="d", **{**options, "heads": min(2, options.get("heads", 1))}).claim
    for chosen in itertools.islice(itertools.product((1, 2), repeat=len(claim.free_sizes)), 0, 32, 5):
        there = claim.at(dict(zip(claim.free_sizes, chosen, strict=True)))
        assert there.fixed
        assert check(there, method="symbolic").verdict == "proved"


def general() -> Construction:
    return universal(n=n, d=d)


FAULTS: dict[str, Any] = {
    "mask dropped": lambda U: U.change(1, 0, mask=None),
    "causal": lambda U: U.change(1, 0, mask=Mask(keys=("X",), causal=True)),
    "wrong keys": lambda U: U.change(1, 0, mask=Mask(keys=("X", "A"))),
    "linear": lambda U: U.change(1, 0, normaliser="linear"),
    "swapped weights": lambda U: U.change(
        1, 0, W_Q=U.encoder.layers[1].heads[0].W_K, W_K=2 * U.encoder.layers[1].heads[0].W_Q
    ),
    "no residual": lambda U: U.change(0, residual=False),
    "layers swapped": lambda U: U.with_encoder(replace(U.encoder, layers=U.encoder.layers[::-1])),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_are_refuted_with_sizes(fault: Any) -> None:
    wrong = fault(general())
    report = check(wrong.claim)
    assert report.verdict == "refuted", report
    witness = report.witness
    assert witness is not None
    assert set(witness.sizes) == {"n", "d"}
    assert max(witness.sizes.values()) <= 2
    there, right = wrong.at(witness.sizes), universal(**witness.sizes)
    given = {key: witness[key] for key in "XAV"}
    assert there(**given)[witness.place] != right(**given)[witness.place]
    floats = {key: np.array(witness[key].tolist(), dtype=float) for key in "XAV"}
    assert abs(there(**floats)[witness.place] - right(**floats)[witness.place]) > 1e-6


def test_the_query_mask_of_swapped_sides_is_harmless() -> None:
    """softmax(X A X^T) with query and key exchanged is softmax(X A^T X^T): the claim about the transpose is proved."""
    U = general()
    attention = U.encoder.layers[1].heads[0]
    turned = U.change(1, 0, W_Q=attention.W_K, W_K=attention.W_Q)
    assert check(turned.claim).verdict == "refuted"
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d)
    assert check(replace(turned, computes=softmax(X @ A.T @ X.T) @ X @ V).claim).verdict == "proved"


def test_what_holds_at_one_size_only_is_refuted_at_the_next() -> None:
    """At n = 1 the softmax of one score is 1; at d = 1 the matrices commute."""
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d)
    only_one = replace(general(), computes=X @ V)
    report = check(only_one.claim)
    assert report.verdict == "refuted"
    assert report.witness is not None
    assert report.witness.sizes["n"] == 2
    assert check(only_one.claim.at({"n": 1})).verdict == "proved"
    turned = replace(general(), computes=softmax(X @ A.T @ X.T) @ X @ V)
    report = check(turned.claim)
    assert report.witness is not None
    assert report.witness.sizes["d"] == 2
    assert check(turned.claim.at({"d": 1})).verdict == "proved"


def test_some_sizes_fixed_others_free() -> None:
    claim = universal(n="n", d="d").claim.at({"d": 3})
    assert claim.free_sizes == ("n",)
    report = check(claim)
    assert report.verdict == "proved"
    assert report.method == "parametric"
    assert report.to_dict()["sizes"] == "all"


def test_side_conditions_in_scalars_are_listed() -> None:
    report = check(compare("X / (tau * tau + 1) * (tau * tau + 1)", "X", {"X": ("n", "d")}, scalars=["tau"]))
    assert report.verdict == "proved"
    assert report.side_conditions == ("tau**2 + 1 != 0",)
    sizes_only = check(compare("X / (n * d + 1) * (d * n + 1)", "X", {"X": ("n", "d")}))
    assert (sizes_only.verdict, sizes_only.side_conditions) == ("proved", ())


def test_out_of_reach_is_undecided_with_the_reason() -> None:
    report = check(compare("relu(X) - relu(0 - X)", "X", {"X": ("n", "d")}))
    assert report.verdict == "undecided"
    assert report.reason == "the two block normal forms differ; no witness was found"
    report = check(compare("inv(A) A", "I", {"A": ("d", "d")}))
    assert report.verdict == "undecided"
    assert "an inverse needs fixed sizes" in report.reason


def test_masks_by_position_need_fixed_sizes() -> None:
    wrong = general().change(1, 0, mask=Mask(positions=(0,)))
    report = check(wrong.claim)
    assert report.verdict in ("undecided", "refuted")
    if report.verdict == "undecided":
        assert "fixed sizes" in report.reason


def test_a_size_and_a_scalar_of_one_name_do_not_meet() -> None:
    with pytest.raises(BadInput, match="'n' is declared as a size and as a scalar"):
        compare("n * X", "X", {"X": ("n", "d")}, scalars=["n"])
    with pytest.raises(BadInput, match="'d' names two things in one claim"):
        replace(general().claim, scalars=("d",))


def test_feed_forward_at_all_sizes() -> None:
    """A square unit for each coordinate: X .* X is added to slot out."""
    U = general()
    slots, inner = U.encoder.slots, Layout((("u", d),))
    into, out = block_weight({("xv", "u"): 1}, slots, inner), block_weight({("u", "out"): 1}, inner, slots)
    network = FeedForward(into, None, out, None, "square")
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d)
    changed = U.change(1, feed_forward=network)
    assert check(changed.claim).verdict == "refuted"
    right = softmax(X @ A @ X.T) @ X @ V + hadamard(X @ V, X @ V)
    assert check(replace(changed, computes=right).claim).verdict == "proved"
