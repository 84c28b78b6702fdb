"""The dataflow of realisation P: many heads, slots between heads and feed-forward networks, entries as tokens."""

from __future__ import annotations

import pytest

from symsim.flow import Dataflow, trace
from symsim.flow.sketch import sketch
from symsim.simulators.universal import universal


@pytest.fixture(scope="module")
def flow() -> Dataflow:
    return trace(universal(2, 2, realisation="scalars"))


def test_every_marked_value_is_decided(flow: Dataflow) -> None:
    held = [item for node in flow for item in flow.nodes[node]["holds"]]
    assert len(held) >= 6 and all(item.decided for item in held)


def test_tokens_are_named(flow: Dataflow) -> None:
    texts = {g: c.text for g, c in flow.nodes[0, "token"]["by_group"].items()}
    assert texts == {"X": "entries of X", "A": "entries of A", "V": "entries of V", "sink": "0"}


def test_everything_that_is_used_comes_from_the_tokens(flow: Dataflow) -> None:
    small = flow.reachable()
    starts = {node for node in small if small.in_degree(node) == 0}
    assert starts == {(0, "token"), (0, "pos")}
    assert {node for node in small if small.out_degree(node) == 0} == {flow.readout}


def test_heads_that_do_the_same_to_a_slot_are_drawn_as_one(flow: Dataflow) -> None:
    cards = [item.title for item in sketch(flow).items.values() if item.kind == "card"]
    assert "2 heads" in cards and len(cards) < sum(flow.construction.cost.heads) + 6
