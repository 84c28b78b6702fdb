"""Drafts of row constructions: tokens, slots and layers by name, written out once all slots are known.

A draft may describe several *passes* of the same layers. A parameter then has one slot for each pass; every pass reads
the first of them, and the reset at the end of a pass moves the slot of pass l + 1 to that of pass l.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.domains.layout import Layout
from symsim.encoder.layers import Encoder, FeedForward, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight
from symsim.formulas.building import matrix, zeros
from symsim.formulas.syntax import Formula
from symsim.simulators.heads import head


@dataclass(frozen=True)
class Reads:
    """A head by the names of its slots; see :func:`~symsim.simulators.heads.head`."""

    query: dict[str, str] | Sequence[str]
    key: dict[str, str] | Sequence[str]
    value: dict[str, str]
    normaliser: str = "linear"
    mask: Mask | None = None
    scale: Any = 1
    name: str = ""


@dataclass(frozen=True)
class Units:
    """A run of units: ``function`` of slot ``source``, added to each slot of ``targets`` with its coefficient."""

    function: str
    source: str
    targets: Mapping[str, Any]


@dataclass(frozen=True)
class _Planned:
    name: str
    heads: tuple[Reads, ...]
    units: tuple[Units, ...]


@dataclass
class Draft:
    """What a row construction is made of so far; ``passes`` is L, and ``stage`` the pass that is being written."""

    passes: int = 1
    stage: int = 1
    slots: dict[str, Any] = field(default_factory=dict)
    working: list[str] = field(default_factory=list)
    tokens: dict[str, Any] = field(default_factory=dict)
    inputs: list[tuple[str, tuple[Any, Any]]] = field(default_factory=list)
    placements: list[Placement] = field(default_factory=list)
    layers: list[_Planned] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def slot(self, name: str, size: Any, working: bool = False) -> str:
        """The slot of this name, made on first mention; ``working`` slots start at 0 and are cleared by a reset."""
        if name not in self.slots:
            self.slots[name] = size
            if working:
                self.working.append(name)
        return name

    def place(self, group: str, slot: str, what: str, name: str = "") -> None:
        """What a slot of a token group holds at the start; said once."""
        placement = Placement(group, slot, what, name)
        if placement not in self.placements:
            self.placements.append(placement)

    def rows(self, name: str, shape: tuple[Any, Any], slot: str) -> Formula:
        """An input with one token a row, in a slot."""
        self.slot(slot, shape[1])
        self.tokens[name] = shape[0]
        self.inputs.append((name, shape))
        self.place(name, slot, "input", name)
        return matrix(name, *shape)

    def parameter(self, name: str, shape: tuple[Any, Any], key: str, slot: str) -> Formula:
        """The matrix of this pass: tokens with the row number in slot ``key`` and the entries in slot ``slot``.

        The tokens hold the matrices of all passes side by side, that of pass l > 1 in slot ``slot_l``.
        """
        if name not in self.tokens:
            self.slot(key, shape[0])
            self.tokens[name] = shape[0]
            self.place(name, key, "identity" if shape[0] != 1 else "ones")
            for stage in range(1, self.passes + 1):
                own = self.staged(name, stage)
                self.inputs.append((own, shape))
                self.place(name, self.slot(_stage_slot(slot, stage), shape[1]), "input", own)
        return matrix(self.staged(name), *shape)

    def again(self, name: str) -> Formula:
        """The matrix of this pass of a parameter that was made before."""
        return matrix(self.staged(name), *dict(self.inputs)[self.staged(name)])

    def staged(self, name: str, stage: int | None = None) -> str:
        """A name of this pass: as it is where there is one pass only."""
        return name if self.passes == 1 else f"{name}_{stage or self.stage}"

    def layer(self, name: str, note: str, heads: Iterable[Reads] = (), units: Iterable[Units] = ()) -> None:
        """One more layer, with its note in plain words (said in the first pass only)."""
        self.layers.append(_Planned(name, tuple(heads), tuple(units)))
        self.notes.append(note if self.stage == 1 else f"Pass {self.stage}: {note[0].lower()}{note[1:]}")

    def then(self, units: Iterable[Units], note: str) -> None:
        """More units in the last layer."""
        last = self.layers[-1]
        self.layers[-1] = replace(last, units=(*last.units, *units))
        self.notes[-1] = f"{self.notes[-1]} {note}"

    def cut(
        self, name: str, slot: str, formula: Formula, reason: str, group: str = "X", staged: bool = True
    ) -> Formula:
        """After the last layer the slot holds the formula; returns its name as a formula."""
        name = self.staged(name) if staged else name
        self.cuts.append(Cut(name, len(self.layers) - 1, slot, formula, group, reason))
        return matrix(name, *formula.shape)

    def reset(self, result: str, stream: str = "x") -> None:
        """End a pass: clear the working slots, move ``result`` to the stream, and the parameters of pass l + 1 to l."""
        units = []
        if result != stream:
            units = [Units("identity", stream, {stream: -1}), Units("identity", result, {result: -1, stream: 1})]
        units += [Units("identity", slot, {slot: -1}) for slot in self.working if slot != result]
        for slot in [slot for slot in self.slots if _stage_slot(slot, 2) in self.slots]:
            units.append(Units("identity", slot, {slot: -1}))
            for stage in range(2, self.passes + 1):
                here, before = _stage_slot(slot, stage), _stage_slot(slot, stage - 1)
                units.append(Units("identity", here, {here: -1, before: 1}))
        last = len(self.layers) - 1
        self.cuts = [replace(cut, slot=stream) if (cut.layer, cut.slot) == (last, result) else cut for cut in self.cuts]
        moved = "" if result == stream else f" and moves slot {result} to slot {stream}"
        self.then(
            units,
            f"The reset, by identity units: it sets every working slot to 0{moved}, and moves the parameters of each "
            "pass to the place of those of the pass before it.",
        )

    def after_reset(self) -> list[tuple[str, str, Formula]]:
        """What a reset leaves in each slot of each token group that it writes to, slot x aside: group, slot, formula.

        No head and no unit writes to the other slots: row numbers, constants, parameters of a single pass.
        """
        starts = {(placement.group, placement.slot): placement.name for placement in self.placements}
        moved = [slot for slot in self.slots if _stage_slot(slot, 2) in self.slots]
        found: list[tuple[str, str, Formula]] = []
        for group, height in self.tokens.items():
            found += [(group, slot, zeros(height, self.slots[slot])) for slot in self.working]
            for slot in moved:
                for stage in range(1, self.passes + 1):
                    name = starts.get((group, _stage_slot(slot, stage + 1)))
                    shape = (height, self.slots[slot])
                    found.append((group, _stage_slot(slot, stage), matrix(name, *shape) if name else zeros(*shape)))
        return found

    def written(self, constants: tuple[str, ...] = ()) -> Encoder:
        """The encoder with all weights written out."""
        slots, tokens = Slots(tuple(self.slots.items())), TokenLayout(tuple(self.tokens.items()))
        done: dict[int, Layer] = {}
        layers: list[Layer] = []
        for number, planned in enumerate(self.layers):
            same = next((k for k in done if self.layers[k] == planned), None)
            layer = done[same] if same is not None else _layer(slots, planned)
            done[number] = layer
            layers.append(layer)
        return Encoder(slots, tokens, tuple(layers), constants)

    def construction(
        self, name: str, slot: str, computes: Formula, group: str = "X", constants: tuple[str, ...] = (), **rest: Any
    ) -> Construction:
        """The construction, whose result stands in ``slot`` of ``group``."""
        return Construction(
            name=name,
            encoder=self.written(constants),
            inputs=tuple(self.inputs),
            placements=tuple(self.placements),
            readout=Readout(slot, computes.shape, group),
            computes=computes,
            cuts=tuple(self.cuts),
            realisation="rows",
            layer_notes=tuple(self.notes),
            **rest,
        )


def _stage_slot(slot: str, stage: int) -> str:
    return slot if stage == 1 else f"{slot}_{stage}"


def _layer(slots: Slots, planned: _Planned) -> Layer:
    heads = tuple(head(slots, h.query, h.key, h.value, h.normaliser, h.mask, h.scale, h.name) for h in planned.heads)
    return Layer(heads, _network(slots, planned.units), name=planned.name)


def _network(slots: Slots, units: Sequence[Units]) -> FeedForward | None:
    if not units:
        return None
    hidden = Layout(tuple((f"{number}", slots.size(run.source)) for number, run in enumerate(units)))
    reads = {(run.source, f"{number}"): 1 for number, run in enumerate(units)}
    writes = {(f"{number}", slot): c for number, run in enumerate(units) for slot, c in run.targets.items()}
    return FeedForward(
        W_1=block_weight(reads, slots, hidden),
        b_1=None,
        W_2=block_weight(writes, hidden, slots),
        b_2=None,
        activations=tuple((run.function, slots.size(run.source)) for run in units),
    )
