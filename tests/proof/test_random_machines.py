"""Random encoders against changed copies of themselves: every verdict agrees with the machine's definition in numpy."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction, Placement, Readout
from symsim.encoder.layers import Encoder
from symsim.encoder.masks import Mask
from symsim.encoder.weights import as_weight
from symsim.formulas import zeros
from symsim.proof import check
from symsim.testing import encoders
from symsim.testing.encoders import NORMALISERS
from tests.encoder import in_numpy as defined

SEEN: Counter[str] = Counter()


def construction(encoder: Encoder, name: str) -> Construction:
    """All tokens are inputs; the result is slot x of the second group."""
    grid = [(g, s) for g in encoder.tokens.names for s in encoder.slots.names]
    shapes = tuple((f"{g}_{s}", (encoder.tokens.size(g), encoder.slots.size(s))) for g, s in grid)
    shape = (encoder.tokens.size("b"), encoder.slots.size("x"))
    return Construction(
        name=name,
        encoder=encoder,
        inputs=shapes,
        placements=tuple(Placement(g, s, "input", f"{g}_{s}") for g, s in grid),
        readout=Readout("x", shape, "b"),
        computes=zeros(*shape),
    )


def changed(encoder: Encoder, rng: random.Random) -> Encoder:
    """One thing of one layer is different, or written differently."""
    number = rng.randrange(len(encoder.layers))
    layer = encoder.layers[number]
    kinds = ["residual", "twice"] + ["network"] * bool(layer.feed_forward)
    kind = rng.choice(kinds + ["head", "mask", "normaliser"] * bool(layer.heads))
    index = rng.randrange(len(layer.heads)) if layer.heads else 0
    if kind == "residual":
        return encoder.change(number, residual=not layer.residual)
    if kind == "twice":
        return replace(encoder, layers=(*encoder.layers, encoder.layers[number]))
    if kind == "network":
        network = layer.feed_forward
        return encoder.change(number, feed_forward=replace(network, residual=not network.residual))
    head = layer.heads[index]
    if kind == "mask":
        return encoder.change(number, index, mask=rng.choice([Mask(), Mask(causal=True), Mask(keys=("b",))]))
    if kind == "normaliser":
        return encoder.change(number, index, normaliser=rng.choice(NORMALISERS))
    part = rng.choice(["W_Q", "W_K", "W_V", "W_O"])
    table = getattr(head, part).tolist()
    i, j = rng.randrange(len(table)), rng.randrange(len(table[0]))
    table[i][j] += rng.choice([0, 1, -1])
    return encoder.change(number, index, **{part: as_weight(table)})


def in_numpy(encoder: Encoder, given: dict[str, Any]) -> Any:
    """Slot x of group b, by the definition."""
    rows = [np.hstack([given[f"{g}_{s}"] for s in encoder.slots.names]) for g in encoder.tokens.names]
    H = defined.run(encoder, np.vstack(rows))
    return H[slice(*encoder.tokens.span("b")), slice(*encoder.slots.span("x"))]


@settings(max_examples=150)
@given(encoders(), st.integers(0, 2**32 - 1))
def judge(encoder: Encoder, seed: int) -> None:
    other = changed(encoder, random.Random(seed))
    left, right = construction(other, "left"), construction(encoder, "right")
    claim = Claim("change", left, right, left.inputs)
    assume(left.encoder.tokens.total * left.encoder.slots.total <= 9)
    report = check(claim, time_limit=5)
    SEEN[str(report.verdict)] += 1
    if report.verdict == "proved":
        rng = np.random.default_rng(1)
        for scale in (1.0, 2.0, 0.5):
            given = {name: np.round(scale * rng.normal(size=shape), 1) for name, shape in left.inputs}
            a, b = in_numpy(other, given), in_numpy(encoder, given)
            assert np.allclose(a, b, rtol=1e-8, atol=1e-8) or not np.isfinite(b).all()
    elif report.verdict == "refuted":
        assert report.witness is not None
        given = {name: np.array(report.witness[name].tolist(), dtype=float) for name, _ in left.inputs}
        i, j = report.witness.place
        a, b = in_numpy(other, given)[i, j], in_numpy(encoder, given)[i, j]
        assert abs(a - b) > 1e-9 * max(1, abs(b)) or not np.isfinite(a)
    else:
        assert report.reason


def test_changes_are_judged_rightly() -> None:
    SEEN.clear()
    judge()
    assert SEEN["proved"] >= 10
    assert SEEN["refuted"] >= 30
    assert SEEN["undecided"] <= SEEN.total() / 5
