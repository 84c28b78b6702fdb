"""What a picture of a dataflow shows: boxes for slots, cards for heads, and lines between them, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from symsim.flow.bundles import Bundles, bundled
from symsim.flow.colours import SlotColour, slot_colours
from symsim.flow.dataflow import Dataflow
from symsim.flow.labels import Labels, Line
from symsim.flow.wiring import Carrier


@dataclass
class Item:
    """Something that stands in a column.

    ``kind``: ``box`` or ``chip`` (a slot), ``card`` (a head or feed-forward network), ``pass`` (a line going through).
    ``rows`` are the ports of a card, each with its role.
    """

    key: str
    column: int
    kind: str
    title: str = ""
    note: str = ""
    lines: list[Line] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    colour: SlotColour | None = None
    faded: bool = False
    readout: bool = False
    tooltip: str = ""
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0
    """The left edge, and the middle."""
    column_left: float = 0.0
    column_right: float = 0.0


@dataclass(frozen=True)
class Link:
    """A line from the right of one item to the left of another; ports count the rows of a card, -1 is the middle."""

    source: str
    target: str
    colour: SlotColour
    source_port: int = -1
    target_port: int = -1
    role: str = "residual"
    faded: bool = False


@dataclass(frozen=True)
class Stage:
    """A sublayer between two columns of slots."""

    layer: int
    carriers: tuple[Carrier, ...]
    residual: bool


@dataclass
class Sketch:
    """Everything that is drawn."""

    items: dict[str, Item]
    links: list[Link]
    captions: list[str]
    """For each column its heading."""
    slots: list[tuple[str, str, SlotColour]]
    """For the legend: the slots that occur as they are called here, the first slot of each, and the colour."""


def sketch(flow: Dataflow, everything: bool = False) -> Sketch:
    """The boxes, cards and lines of a dataflow."""
    return _Sketcher(flow, everything).sketch()


class _Sketcher:
    def __init__(self, flow: Dataflow, everything: bool) -> None:
        self.flow = flow
        self.everything = everything
        self.shown = {
            node for node, kind in flow.nodes(data="kind") if everything or kind != "unused" or node == flow.readout
        }
        self.bundles: Bundles = bundled(flow, self.shown, self._between())
        self.labels = Labels(flow, self.bundles)
        self.colours = slot_colours(flow.construction.encoder.slots.names)
        self.items: dict[str, Item] = {}
        self.links: list[Link] = []
        self.captions: list[str] = []

    def sketch(self) -> Sketch:
        self._column("encoded input")
        for bundle in self._visible(0):
            self._slot(bundle, 0, 0, "box")
        for number, wires in enumerate(self.flow.wires, 1):
            stages = [Stage(number, wires.heads, wires.residual)] if wires.heads or wires.network is None else []
            if wires.network is not None:
                if stages:
                    self._stage(stages[0], self._middle(number), None)
                stages = [Stage(number, (wires.network,), wires.network_residual)]
            self._stage(stages[0], self._visible(number), number)
        slots = [
            (self.labels.title(b), members[0], self.colours[members[0]]) for b, members in self.bundles.members.items()
        ]
        return Sketch(self.items, self.links, self.captions, slots)

    def _between(self) -> set[str]:
        """The slots that heads write and the feed-forward network of the same layer reads."""
        found: set[str] = set()
        for number, wires in enumerate(self.flow.wires, 1):
            if wires.network is not None:
                written = {slot for head in wires.heads for slot in head.writes}
                found |= {s for s, t in wires.network.paths if s in written and (number, t) in self.shown}
        return found

    # -- columns ------------------------------------------------------------------------------------------------------
    def _column(self, heading: str) -> int:
        self.captions.append(heading)
        return len(self.captions) - 1

    def _visible(self, layer: int) -> list[str]:
        """The bundles that stand in the column of a layer."""
        return self.bundles.of(slot for k, slot in self.shown if k == layer)

    def _middle(self, layer: int) -> list[str]:
        """The bundles between the heads and the feed-forward network of a layer: what is read there or goes on."""
        wires = self.flow.wires[layer - 1]
        before = {slot for k, slot in self.shown if k == layer - 1} if wires.residual else set()
        written = {slot for head in wires.heads for slot in head.writes}
        network = wires.network
        wanted = {s for s, t in network.paths if (layer, t) in self.shown} if network is not None else set()
        if wires.network_residual:
            wanted |= {slot for k, slot in self.shown if k == layer}
        return self.bundles.of(wanted & (before | written))

    def _stage(self, stage: Stage, after: Sequence[str], layer: int | None) -> None:
        """One column of cards, then one of slots; ``layer`` is None for those before the feed-forward network."""
        start = len(self.captions) - 1
        cards = self._column(self._heading(stage))
        last = layer is not None and layer == len(self.flow.wires)
        end = self._column("result" if last else f"after layer {layer}" if layer is not None else "")
        before = [item for item in self.items.values() if item.column == start]
        present = {item.key.split(":", 1)[1]: item for item in before if item.kind != "card"}
        written = self._cards(stage, cards, present, after)
        reading = self._reading(layer if layer is not None else stage.layer - 1, layer is None)
        for bundle in after:
            kind = (
                "box"
                if layer is not None and bundle in written
                else "chip"
                if bundle in reading or bundle in written
                else "pass"
            )
            if layer is not None and (self._is_readout(bundle, layer) or self._is_written(bundle, layer)):
                kind = "box"
            if kind == "pass" and self.everything:
                kind = "chip"
            self._slot(bundle, layer, end, kind)
        for bundle, sources in written.items():
            for key, port in sources:
                self._link(key, f"{end}:{bundle}", bundle, source_port=port, role="written")
        if stage.residual:
            for bundle in after:
                if bundle in present and not self._empty(bundle, present[bundle]):
                    self._pass(bundle, cards)
                    self._link(present[bundle].key, f"{cards}:{bundle}", bundle)
                    self._link(f"{cards}:{bundle}", f"{end}:{bundle}", bundle)

    def _heading(self, stage: Stage) -> str:
        wires = self.flow.wires[stage.layer - 1]
        if not wires.heads or wires.network is None:
            return f"layer {stage.layer}"
        return f"layer {stage.layer}, " + ("heads" if stage.carriers == wires.heads else "feed-forward")

    def _empty(self, bundle: str, item: Item) -> bool:
        """Whether a bundle in a column is drawn only because everything is, and holds nothing."""
        return item.kind != "pass" and bool(item.lines) and all(line.text == "0" for line in item.lines)

    def _is_readout(self, bundle: str, layer: int) -> bool:
        return layer == self.flow.readout[0] and self.flow.readout[1] in self.bundles.members[bundle]

    def _is_written(self, bundle: str, layer: int) -> bool:
        """Whether the heads of a layer that has a feed-forward network too have written what comes out of it."""
        writers = self.flow.nodes[layer, self.bundles.members[bundle][0]]["wrote_by"]
        return any(name != "carried over" for name in writers)

    # -- items --------------------------------------------------------------------------------------------------------
    def _slot(self, bundle: str, layer: int | None, column: int, kind: str) -> None:
        members = self.bundles.members[bundle]
        item = Item(f"{column}:{bundle}", column, kind, self.labels.title(bundle), colour=self.colours[members[0]])
        self.items[item.key] = item
        if layer is None:
            item.tooltip = f"slot {item.title}, between the heads and the feed-forward network"
            return
        kinds = [self.flow.nodes[layer, slot]["kind"] for slot in members]
        item.faded = all(kind == "unused" for kind in kinds) and not self._is_readout(bundle, layer)
        if kind == "box" or (item.faded and kind != "pass"):
            item.lines = self.labels.lines(bundle, layer)
        item.readout = kind == "box" and self._is_readout(bundle, layer)
        item.tooltip = self.labels.tooltip(bundle, layer)

    def _pass(self, bundle: str, column: int) -> None:
        key = f"{column}:{bundle}"
        self.items[key] = Item(key, column, "pass", colour=self.colours[self.bundles.members[bundle][0]])

    def _reading(self, layer: int, middle: bool) -> set[str]:
        """The bundles that are read out of the column after ``layer`` heads or networks."""
        if layer >= len(self.flow.wires):
            return set()
        wires = self.flow.wires[layer]
        network = (wires.network,) if wires.network else ()
        carriers: Iterable[Carrier] = network if middle or not wires.heads else wires.heads
        slots = [slot for c in carriers for slot in (*c.queries, *c.keys, *c.reads) if self._writes(c, layer + 1)]
        return {self.bundles.name[slot] for slot in slots if slot in self.bundles.name}

    def _writes(self, carrier: Carrier, layer: int) -> bool:
        """Whether a carrier writes something that is drawn."""
        after = set(self._visible(layer)) | set(self._middle(layer))
        return any(self.bundles.name.get(slot) in after for slot in carrier.writes)

    def _cards(
        self, stage: Stage, column: int, present: dict[str, Item], after: Sequence[str]
    ) -> dict[str, list[tuple[str, int]]]:
        """The cards of one stage with the lines into them; returns for each bundle the ports that write it."""
        written: dict[str, list[tuple[str, int]]] = {}
        for number, alike in enumerate(self.bundles.alike(stage.carriers)):
            first = alike[0]
            paths = [p for p in self.bundles.pairs(alike) if p[1] in after and (p[0] in present or self.everything)]
            always = [b for b in self.bundles.of(slot for c in alike for slot in c.constant) if b in after]
            if not paths and not always:
                continue
            key = f"{column}:card {number}"
            faded = all(self.items[i.key].faded for b, i in present.items() if b in [p[0] for p in paths]) and bool(
                paths
            )
            item = Item(
                key,
                column,
                "card",
                self.labels.card(alike),
                first.note,
                faded=faded,
                tooltip=self.labels.card_tooltip(alike),
            )
            self.items[key] = item
            for role, touched in (("query", "queries"), ("key", "keys")):
                sources = [b for b in self.bundles.of(s for c in alike for s in getattr(c, touched)) if b in present]
                if sources:
                    item.rows.append(role)
                    for source in sources:
                        self._link(present[source].key, key, source, target_port=len(item.rows) - 1, role=role)
            role = "value" if first.kind == "head" else "units"
            for source, target in paths:
                item.rows.append(role)
                if source in present:
                    self._link(present[source].key, key, source, target_port=len(item.rows) - 1, role=role)
                written.setdefault(target, []).append((key, len(item.rows) - 1))
            for target in always:
                if target not in [t for _, t in paths]:
                    item.rows.append("constant")
                    written.setdefault(target, []).append((key, len(item.rows) - 1))
        return written

    def _link(
        self,
        source: str,
        target: str,
        bundle: str,
        source_port: int = -1,
        target_port: int = -1,
        role: str = "residual",
    ) -> None:
        colour = self.colours[self.bundles.members[bundle][0]]
        self.links.append(Link(source, target, colour, source_port, target_port, role))
