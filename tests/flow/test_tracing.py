"""What a trace says: the nodes and edges of the simulators, what they hold, and what is never read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy
import pytest

from symsim.claims.construction import Construction, Placement
from symsim.domains.exact import Exact
from symsim.encoder.layers import FeedForward, Layer
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.flow import Dataflow, trace
from symsim.simulators.universal import universal

NODES = {
    (0, "x"): {"X": "X"},
    (0, "id"): {"A": "I(d)", "V": "I(d)"},
    (0, "a"): {"A": "A"},
    (0, "v"): {"V": "V"},
    (1, "x"): {"X": "X"},
    (1, "xa"): {"X": "X A"},
    (1, "xv"): {"X": "X V"},
    (2, "out"): {"X": "softmax(X A X^T) X V"},
}
EDGES = {
    ((0, "x"), (1, "x")): "residual",
    ((0, "x"), (1, "xa")): "query",
    ((0, "x"), (1, "xv")): "query",
    ((0, "id"), (1, "xa")): "key",
    ((0, "id"), (1, "xv")): "key",
    ((0, "a"), (1, "xa")): "value",
    ((0, "v"), (1, "xv")): "value",
    ((1, "xa"), (2, "out")): "query",
    ((1, "x"), (2, "out")): "key",
    ((1, "xv"), (2, "out")): "value",
}


def rows() -> Construction:
    return universal("n", "d", d_v="v")


def roles(flow: Dataflow) -> dict[Any, str]:
    return {(a, b): role for a, b, role in flow.edges(data="role")}


@pytest.mark.parametrize("sizes", [("n", "d", "v"), (3, 2, 4), ("n", 2, 3), (1, 1, 1)])
def test_realisation_rows_has_these_nodes_and_edges(sizes: tuple[Any, Any, Any]) -> None:
    flow = trace(universal(*sizes)).reachable()
    assert set(flow.nodes) == set(NODES)
    assert roles(flow) == EDGES


def test_all_nodes_and_residual_edges_are_there() -> None:
    flow = trace(rows())
    slots = flow.construction.encoder.slots.names
    assert set(flow.nodes) == {(k, slot) for k in range(3) for slot in slots}
    assert {((k, s), (k + 1, s)) for k in range(2) for s in slots} <= set(flow.edges)
    assert len(flow.edges) == 2 * len(slots) + 9


def test_contents_at_symbolic_sizes() -> None:
    flow = trace(rows())
    for node, contents in NODES.items():
        found = flow.nodes[node]["by_group"]
        assert {g: c.text for g, c in found.items() if c.read and not c.zero} == contents
    out = flow.nodes[2, "out"]["by_group"]["X"]
    assert out.latex == r"\operatorname{softmax}\left(X A X^{\top}\right) X V"
    assert flow.nodes[2, "out"]["by_group"]["A"].read is False
    assert all(c.zero and c.text == "0" for c in flow.nodes[1, "out"]["by_group"].values())


def test_what_wrote_a_node_and_its_kind() -> None:
    flow = trace(rows())
    assert flow.nodes[1, "xa"]["wrote_by"] == ("layer 1, head 1 (products)",)
    assert flow.nodes[1, "x"]["wrote_by"] == ("carried over",)
    assert flow.nodes[0, "id"]["wrote_by"][0] == "encoding: row numbers, one-hot on A tokens"
    assert flow.written(1) == ["xa", "xv"] and flow.written(2) == ["out"] and flow.written(0) == ["x", "id", "a", "v"]
    kinds = {node: flow.nodes[node]["kind"] for node in flow}
    assert kinds[0, "x"] == kinds[1, "x"] == "input" and kinds[0, "id"] == "constant" and kinds[1, "xa"] == "working"
    assert kinds[1, "id"] == kinds[0, "out"] == kinds[2, "xa"] == "unused"
    assert flow.edges[(1, "xv"), (2, "out")]["carrier"] == "layer 2, head 1 (attention)"
    assert flow.nodes[2, "out"]["readout"] and flow.readout == (2, "out")


def test_cuts_are_decided_by_both_number_systems() -> None:
    for construction in (rows(), universal(2, 3)):
        flow = trace(construction)
        held = [item for node in flow for item in flow.nodes[node]["holds"]]
        assert [(item.name, item.decided) for item in held] == [("XA", True), ("XV", True), ("Y", True)]


def test_a_cut_that_does_not_hold_is_not_taken_for_one() -> None:
    good = universal(2, 2)
    bad = good.change(layer=1, head=0, mask=None)
    flow = trace(bad)
    assert [item.decided for item in flow.nodes[2, "out"]["holds"]] == [False]
    assert "Y" not in flow.to_svg()


def test_without_the_mask_more_is_read() -> None:
    flow = trace(rows().change(layer=1, head=0, mask=None))
    assert flow.nodes[1, "x"]["by_group"]["A"].read and not trace(rows()).nodes[1, "x"]["by_group"]["A"].read


def test_values_over_the_given_inputs() -> None:
    inputs = {"X": [[1, 0], [0, 1]], "A": [[2, 3], [5, 7]], "V": [[1, 2], [3, 4]]}
    flow = trace(universal(2, 2), inputs)
    assert flow.nodes[1, "xv"]["by_group"]["X"].text == "[1, 2; 3, 4]"
    assert isinstance(flow.domain, Exact) and flow.domain.shape(flow.nodes[1, "xv"]["value"]) == (6, 2)
    floats = trace(universal(2, 2), {name: numpy.array(value, dtype=float) for name, value in inputs.items()})
    assert floats.domain.name == "arrays" and floats.nodes[2, "out"]["value"].shape == (6, 2)
    assert set(floats.reachable().nodes) == set(NODES)


def test_inputs_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="missing inputs: A, V"):
        trace(universal(2, 2), {"X": [[1, 0], [0, 1]]})


@pytest.mark.parametrize("sizes", [("n", "d"), (2, 2)])
def test_without_values_the_wires_are_the_same(sizes: tuple[Any, Any]) -> None:
    flow, wires = trace(universal(*sizes)), trace(universal(*sizes), values=False)
    assert roles(flow) == roles(wires) and wires.domain is None
    assert [data["kind"] for _, data in flow.nodes(data=True)] == [data["kind"] for _, data in wires.nodes(data=True)]
    assert all(wires.nodes[node]["value"] is None for node in wires)


@pytest.mark.parametrize("sizes", [("n", "d"), (2, 2)])
def test_zeros_forced_by_weights_are_zeros_of_the_values(sizes: tuple[Any, Any]) -> None:
    construction = universal(*sizes, d_ff=2, heads=2)
    flow, wires = trace(construction), trace(construction, values=False)
    for node in flow:
        for group, content in wires.nodes[node]["by_group"].items():
            assert flow.nodes[node]["by_group"][group].zero or not content.zero


def test_a_network_reads_what_the_heads_of_its_layer_wrote() -> None:
    flow = trace(universal("n", "d", d_k="k", d_v="v", d_ff="f", heads=2))
    edge = flow.edges[(3, "w1"), (4, "r")]
    assert edge["via"] == (("layer 4, head 1 (W_1), then layer 4, feed-forward", "value"),)
    assert flow.nodes[4, "r"]["wrote_by"] == ("layer 4, feed-forward",)
    assert set(flow.predecessors((4, "r"))) - {(3, "r")} == {(3, s) for s in ("x", "one", "id", "idb", "w1", "h")}
    assert flow.edges[(3, "h"), (4, "r")]["role"] == "unit"
    assert set(flow.nodes[3, "x"]["wrote_by"]) == {"layer 3, head 1 (output)", "carried over"}


def test_a_network_without_its_residual_carries_nothing_over() -> None:
    good = universal(2, 2)
    slots = good.encoder.slots
    network = FeedForward(
        block_weight({("x", "x"): 1}, slots, slots),
        None,
        block_weight({("x", "a"): 1}, slots, slots),
        None,
        "square",
        residual=False,
    )
    flow = trace(good.with_encoder(replace(good.encoder, layers=(Layer((), network),))))
    assert set(flow.edges) == {((0, "x"), (1, "a"))}
    assert flow.nodes[1, "x"]["zero"] and flow.nodes[1, "a"]["wrote_by"] == ("layer 1, feed-forward",)


def test_biases_and_units_that_are_not_zero_at_zero_write_everywhere() -> None:
    good = universal(2, 2)
    slots = good.encoder.slots
    first, second = block_weight({("x", "x"): 1}, slots, slots), block_weight({("x", "a"): 1}, slots, slots)
    bias = [[1] * 14]
    for network in (FeedForward(first, None, second, None, "exp"), FeedForward(first, bias, second, None, "relu")):
        flow = trace(good.with_encoder(replace(good.encoder, layers=(Layer((), network),))), values=False)
        assert not any(content.zero for content in flow.nodes[1, "a"]["by_group"].values())
    flow = trace(
        good.with_encoder(replace(good.encoder, layers=(Layer((), FeedForward(first, None, second, None, "relu")),)))
    )
    assert flow.nodes[1, "a"]["by_group"]["V"].zero


def test_symbolic_weights_cut_unlike_the_slots_are_refused() -> None:
    import sympy

    good = rows()
    whole = sympy.Identity(good.encoder.slots.total)
    with pytest.raises(BadInput, match="cut like the slots"):
        trace(good.change(layer=1, head=0, W_Q=whole, W_K=whole))


def test_only_blocks_that_meet_carry_something() -> None:
    good = universal(2, 2)
    slots = good.encoder.slots
    query = block_weight({("xa", "x"): 1, ("id", "v"): 1}, slots, slots)
    key = block_weight({("x", "x"): 1}, slots, slots)
    flow = trace(good.change(layer=1, head=0, W_Q=query, W_K=key), values=False)
    assert flow.edges[(1, "xa"), (2, "out")]["role"] == "query" and not flow.has_edge((1, "id"), (2, "out"))


def test_copies_and_subgraphs_stay_dataflows() -> None:
    flow = trace(rows())
    part = flow.subgraph([(0, "x"), (1, "x")])
    assert isinstance(part.copy(), Dataflow) and part.copy().construction is flow.construction
    assert len(flow.positions()) == len(flow)


def test_constants_and_scales() -> None:
    flow = trace(universal("n", "d", d_k="k", d_v="v", projections=True, scale="tau"))
    assert flow.nodes[2, "o"]["by_group"]["X"].text == "softmax(tau X W_Q W_K^T X^T) X W_V"


def test_a_constant_of_zeros_counts_as_nothing() -> None:
    import sympy

    good = universal(2, 2)
    extra = Placement("X", "v", "constant", matrix=sympy.zeros(2, 2))
    flow = trace(replace(good, placements=(*good.placements, extra)), values=False)
    assert flow.nodes[0, "v"]["by_group"]["X"].zero
