"""Multi-head attention over scalar tokens: proved at several sizes, its cost with a symbolic number of heads."""

from __future__ import annotations

from fractions import Fraction

import numpy
import pytest
import sympy

from symsim.encoder.cost import cost
from symsim.errors import BadInput
from symsim.proof import check
from symsim.rasp.counting import at_sizes
from symsim.simulators import scalars, universal
from symsim.simulators.scalar_heads import multi_head, multi_head_cost
from symsim.simulators.universal import universal_cost

NAMES = ("n", "d", "d_k", "d_v", "d_m", "h")
SIZES = [(2, 2, 1, 2, 3), (1, 3, 2, 1, 2)]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("heads", [1, 2, 3])
def test_every_size_is_proved(heads, narrow):
    for sizes in SIZES:
        report = check(multi_head(*sizes, heads=heads, narrow=narrow).claim)
        assert (report.verdict, report.method) == ("proved", "symbolic cut"), sizes


@pytest.mark.parametrize("narrow", [False, True])
def test_the_cost_at_symbols_is_the_cost_of_the_encoder(narrow):
    symbolic = multi_head_cost(*NAMES, narrow=narrow)
    for sizes in [(1, 1, 1, 1, 1, 1), (3, 2, 1, 2, 3, 2), (2, 3, 2, 1, 1, 3), (1, 2, 2, 3, 2, 1), (2, 1, 2, 3, 5, 2)]:
        counted = cost(multi_head(*sizes[:5], heads=sizes[5], narrow=narrow).encoder)
        assert at_sizes(symbolic, dict(zip(NAMES, sizes, strict=True))) == counted
        assert multi_head_cost(*sizes, narrow=narrow) == counted
    assert at_sizes(symbolic, dict(zip(NAMES, (2, 2, 2, 2, 2, 2), strict=True))) != counted


def test_heads_as_a_polynomial():
    n, d, d_k, d_v, h = (sympy.Symbol(name, positive=True, integer=True) for name in ("n", "d", "d_k", "d_v", "h"))
    found = multi_head_cost(*NAMES)
    assert found.heads == (6 * d * h, 2 * d_k * h, 0, h, 0, 2 * h * n, 2 * d_v * h)
    assert found.layers == 7


def test_it_is_what_the_rows_compute():
    rng = numpy.random.default_rng(3)
    given = {
        "X": rng.normal(size=(3, 2)),
        "W_Q": [rng.normal(size=(2, 1)) for _ in range(2)],
        "W_K": [rng.normal(size=(2, 1)) for _ in range(2)],
        "W_V": [rng.normal(size=(2, 2)) for _ in range(2)],
        "W_O": [rng.normal(size=(2, 2)) for _ in range(2)],
    }
    rows = universal(3, 2, 2, d_k=1, heads=2)
    for realisation in ("scalars", "scalars-narrow"):
        found = universal(3, 2, 2, d_k=1, heads=2, realisation=realisation)
        assert [name for name, _ in found.inputs] == [name for name, _ in rows.inputs]
        assert numpy.allclose(found(**given), rows(**given))


def test_one_head_with_projections_and_a_scale():
    for scale in (1, Fraction(1, 2)):
        found = universal(2, 2, d_k=1, projections=True, realisation="scalars", scale=scale)
        assert check(found.claim).verdict == "proved"
        assert found.computes == universal(2, 2, d_k=1, projections=True, scale=scale).computes
    assert "W_O" not in dict(found.inputs)


def test_the_price_by_name():
    assert universal_cost(2, 2, heads=2, d_k=1) == universal(2, 2, heads=2, d_k=1, realisation="scalars").cost
    assert universal_cost("n", "d") == scalars.universal_cost("n", "d", "d")
    assert universal_cost(2, 2, projections=True) == universal(2, 2, projections=True, realisation="scalars").cost
    assert universal_cost("n", "d", realisation="rows") == universal("n", "d").cost


# -- faults -----------------------------------------------------------------------------------------------------------
DROPPED = [(0, "v1 left"), (0, "v2 right"), (3, "w1_mean"), (5, "o2 right"), (6, "y1 left")]


@pytest.mark.parametrize(("layer", "name"), DROPPED)
def test_a_dropped_head_is_refuted(layer, name):
    U = multi_head(2, 1, 1, 1, 1)
    heads = U.encoder.layers[layer].heads
    kept = tuple(head for head in heads if not head.name.startswith(name))
    assert len(kept) < len(heads)
    report = check(U.change(layer, heads=kept).claim)
    assert report.verdict == "refuted" and report.witness is not None


def test_values_of_the_wrong_head_are_refuted():
    """Head 1 takes the values of head 2."""
    U = multi_head(2, 1, 1, 1, 1)
    heads = {head.name: k for k, head in enumerate(U.encoder.layers[5].heads)}
    other = U.encoder.layers[5].heads[heads["o2 right 1"]]
    report = check(U.change(5, heads["o1 right 1"], W_V=other.W_V).claim)
    assert report.verdict == "refuted" and report.witness is not None


def test_bad_input():
    with pytest.raises(BadInput, match="multi_head_cost"):
        multi_head("n", 2, 2, 2, 2)
    with pytest.raises(BadInput, match="no biases, d_ff, mask, padding or norm"):
        universal(2, 2, heads=2, realisation="scalars", mask="causal")
    with pytest.raises(BadInput, match="one head from X, A, V"):
        universal(2, 2, heads=2, realisation="softmax")
    with pytest.raises(BadInput, match="universal_cost"):
        universal("n", 2, realisation="scalars")
    with pytest.raises(BadInput, match="rational number, got 'tau'"):
        universal(2, 2, heads=2, realisation="scalars", scale="tau")
    with pytest.raises(BadInput, match="not a size"):
        multi_head(2, 2, 2, 2, 2, heads=0)
