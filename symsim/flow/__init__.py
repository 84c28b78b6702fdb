"""The dataflow graph of a construction: which head carried what from which slot to which, layer by layer."""

from __future__ import annotations

from symsim.flow.colours import SlotColour, slot_colours
from symsim.flow.dataflow import Dataflow
from symsim.flow.tracing import trace

__all__ = ["Dataflow", "SlotColour", "slot_colours", "trace"]
