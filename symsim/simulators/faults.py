"""Faults to plant in a row construction: what a check of it has to find out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy

from symsim.claims.construction import Construction
from symsim.encoder.layers import FeedForward
from symsim.errors import BadInput


def unwritten(construction: Construction, layer: int, source: str, target: str) -> Construction:
    """The construction whose units of ``layer`` that read slot ``source`` no longer write to slot ``target``.

    The layer counts from 0; sizes may be symbols. Raises ``BadInput`` where no unit reads the one and writes the other.

    >>> from symsim.simulators import looped
    >>> U = looped(2, 2, layers=2)
    >>> faulty = unwritten(U, layer=1, source="xa", target="xa")
    >>> [a == b for a, b in zip(U.encoder.layers, faulty.encoder.layers)]
    [True, False, True, True]
    """
    network = construction.encoder.layers[layer].feed_forward
    found = None if network is None else _cleared(construction, network, source, target)
    if network is None or found is None:
        raise BadInput(f"no unit of layer {layer} reads slot {source} and writes to slot {target}")
    return construction.change(layer, feed_forward=replace(network, W_2=found))


def _cleared(construction: Construction, network: FeedForward, source: str, target: str) -> Any:
    """The second weight with 0 from units of the source to the target; None where there is 0 already."""
    slots = construction.encoder.slots
    slots.size(source), slots.size(target)
    if isinstance(network.W_1, sympy.MatrixBase):
        read, written = slots.span(source), slots.span(target)
        units = {u for (i, u) in network.W_1.todok() if read[0] <= i < read[1]}
        entries = dict(network.W_2.todok())
        kept = {(u, j): v for (u, j), v in entries.items() if u not in units or not written[0] <= j < written[1]}
        return None if len(kept) == len(entries) else type(network.W_2)(*network.W_2.shape, kept)
    here, there = slots.names.index(source), slots.names.index(target)
    inward, table = network.W_1.blocks, network.W_2.blocks.tolist()
    units = {u for u in range(inward.cols) if not isinstance(inward[here, u], sympy.ZeroMatrix)}
    changed = {u for u in units if not isinstance(table[u][there], sympy.ZeroMatrix)}
    for u in changed:
        table[u][there] = sympy.ZeroMatrix(*table[u][there].shape)
    return sympy.BlockMatrix(table) if changed else None
