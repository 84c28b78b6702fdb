"""What is written on the boxes and cards of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symsim.flow.bundles import Bundles
from symsim.flow.contents import Content
from symsim.flow.dataflow import Dataflow, Node
from symsim.flow.typesetting import clipped
from symsim.flow.wiring import Carrier

LONG = 26
"""A line of a box has about so many characters at most."""
MOST = 4
"""A box tells of so many different blocks at most."""
DOTS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True)
class Line:
    """One line of a box: a formula, and on which tokens."""

    text: str
    where: str = ""


class Labels:
    """Finds the texts; in a flow with long formulas the names of its cuts stand for what they hold."""

    def __init__(self, flow: Dataflow, bundles: Bundles) -> None:
        self.flow = flow
        self.bundles = bundles
        used = [flow.nodes[node] for node in flow.nodes if flow.nodes[node]["kind"] != "unused"]
        long = any(len(c.text) > LONG or not c.text for data in used for c in _shown(data))
        self.named = long and any(item.decided for data in used for item in data["holds"])

    def title(self, bundle: str) -> str:
        """The name of a slot, or of the first and the last of a bundle."""
        members = self.bundles.members[bundle]
        return members[0] if len(members) == 1 else f"{members[0]} {DOTS} {members[-1]}"

    def lines(self, bundle: str, layer: int) -> list[Line]:
        """What the slots of a bundle hold where it is read."""
        members = self.bundles.members[bundle]
        found = self._lines((layer, members[0]))
        if len(members) > 1 and len(found) == 1:
            last = self._lines((layer, members[-1]))
            found = [*found, Line(DOTS), *last] if last != found else found
        return found

    def _lines(self, node: Node) -> list[Line]:
        if node not in self.flow:
            return []
        data = self.flow.nodes[node]
        held = [item for item in data["holds"] if item.decided]
        if self.named and held:
            return [line for item in held for line in wrapped(f"{item.name} = {item.text}")]
        texts: dict[str, list[str]] = {}
        shown = _shown(data)
        for content in shown if all(c.text for c in shown) else []:
            texts.setdefault(content.text, []).append(content.group)
        if not texts and data["zero"]:
            return [Line("0")]
        found = [_placed(text, groups) for text, groups in texts.items()]
        if len(found) > MOST:
            found = [*found[: MOST - 2], [Line(DOTS)], found[-1]]
        return [line for lines in found for line in lines]

    def tooltip(self, bundle: str, layer: int) -> str:
        """Everything known about the first slot of a bundle, as plain text."""
        node = (layer, self.bundles.members[bundle][0])
        if node not in self.flow:
            return self.title(bundle)
        data = self.flow.nodes[node]
        rows, cols = data["shape"]
        found = [
            f"slot {data['slot']} after layer {layer}: {rows} x {cols}"
            if layer
            else f"slot {data['slot']}, encoded input: {rows} x {cols}"
        ]
        found += [
            f"{c.group} tokens: {clipped(c.text, 300)}" for c in data["by_group"].values() if not c.zero and c.text
        ]
        found += [f"{item.name} = {item.text}" for item in data["holds"] if item.decided]
        return "\n".join([*found, *(f"written by {name}" if layer else name for name in data["wrote_by"])])

    def card(self, alike: Sequence[Carrier]) -> str:
        """The name of a head, or how many there are."""
        return alike[0].label if len(alike) == 1 else f"{len(alike)} heads"

    def card_tooltip(self, alike: Sequence[Carrier]) -> str:
        """Which slots each of the carriers reads and writes, as plain text."""
        found = []
        for carrier in alike:
            parts = [f"{carrier.name}: {carrier.note}"]
            for role, slots in (("query", carrier.queries), ("key", carrier.keys)):
                parts += [f"{role} {', '.join(slots)}"] if slots else []
            parts += [f"{s} to {t}" for s, t in carrier.paths]
            found.append("; ".join(parts))
        return "\n".join(found)


def _shown(data: dict[str, Any]) -> list[Content]:
    """The token groups of a node that are worth a line: what is read, or everything where nothing is."""
    contents: list[Content] = [c for c in data["by_group"].values() if not c.zero]
    return [c for c in contents if c.read] if data["kind"] != "unused" else contents


def _placed(text: str, groups: Sequence[str]) -> list[Line]:
    where = "" if list(groups) == [text] else ", ".join(groups) if len(groups) <= 2 else f"{len(groups)} groups"
    *first, last = wrapped(text)
    return [*first, Line(last.text, f"on {where}" if where else "")]


def wrapped(text: str) -> list[Line]:
    """A formula in lines, broken before a plus or at a space.

    >>> [line.text for line in wrapped("Y = X + O1 W_O1 + O2 W_O2 + O3 W_O3")]
    ['Y = X + O1 W_O1', '+ O2 W_O2 + O3 W_O3']
    """
    lines: list[str] = []
    rest = text
    while len(rest) > LONG and len(lines) < 2:
        cut = rest.rfind(" + ", 4, LONG + 1)
        cut = cut if cut > 0 else rest.rfind(" ", 8, LONG + 1)
        if cut <= 0:
            break
        lines.append(rest[:cut])
        rest = rest[cut + 1 :]
    last = rest.rpartition(" + ")[2]
    if len(rest) > LONG and rest.startswith("+ ") and len(last) < LONG - 8 and last.count("(") == last.count(")"):
        rest = f"+ {DOTS} + {last}"
    return [Line(line) for line in [*lines, clipped(rest, LONG + 2)]]
