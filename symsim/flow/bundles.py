"""Slots that differ in their number alone, and heads that do the same to them, drawn as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symsim.flow.colours import stem
from symsim.flow.dataflow import Dataflow, Node
from symsim.flow.wiring import Carrier

FEW = 3
"""So many numbered slots of one kind are still drawn one by one."""


@dataclass(frozen=True)
class Bundles:
    """``members`` gives the slots of each bundle in order, ``name`` the bundle of each slot."""

    members: dict[str, tuple[str, ...]]
    name: dict[str, str]

    def of(self, slots: Iterable[str]) -> list[str]:
        """The bundles of some slots, in the order of the slots of the encoder."""
        wanted = {self.name[slot] for slot in slots if slot in self.name}
        return [bundle for bundle in self.members if bundle in wanted]

    def pairs(self, carriers: Sequence[Carrier]) -> list[tuple[str, str]]:
        """The pairs (read, written) of some carriers, as bundles."""
        found = [
            (self.name[s], self.name[t]) for c in carriers for s, t in c.paths if s in self.name and t in self.name
        ]
        return list(dict.fromkeys(found))

    def alike(self, carriers: Sequence[Carrier]) -> list[list[Carrier]]:
        """The carriers in groups that look the same once slots are bundled."""
        found: dict[tuple[object, ...], list[Carrier]] = {}
        for carrier in carriers:
            parts = (carrier.queries, carrier.keys, carrier.writes, carrier.constant)
            looks = (
                carrier.kind,
                carrier.note,
                *(tuple(self.of(part)) for part in parts),
                tuple(self.pairs([carrier])),
            )
            found.setdefault(looks, []).append(carrier)
        return list(found.values())


def bundled(flow: Dataflow, shown: set[Node], between: set[str]) -> Bundles:
    """The slots that are shown, numbered ones of one kind and one fate together where there are more than ``FEW``.

    ``between`` are the slots that live between the heads and the feed-forward network of a layer.
    """
    families: dict[tuple[object, ...], list[str]] = {}
    for slot in flow.construction.encoder.slots.names:
        seen = [k for k in range(len(flow.wires) + 1) if (k, slot) in shown]
        if seen or slot in between:
            fate = tuple((k, flow.nodes[k, slot]["kind"], flow.nodes[k, slot]["readout"]) for k in seen)
            written = tuple(k for k in seen if k and flow.nodes[k, slot]["wrote_by"] != ("carried over",))
            numbered = stem(slot) if stem(slot) != slot else (slot,)
            families.setdefault((numbered, fate, written, slot in between), []).append(slot)
    members: dict[str, tuple[str, ...]] = {}
    for family in families.values():
        for group in [family] if len(family) > FEW else [[slot] for slot in family]:
            members[group[0]] = tuple(group)
    order = {slot: i for i, slot in enumerate(flow.construction.encoder.slots.names)}
    ordered = {bundle: members[bundle] for bundle in sorted(members, key=lambda b: order[b])}
    return Bundles(ordered, {slot: bundle for bundle, slots in ordered.items() for slot in slots})
