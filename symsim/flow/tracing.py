"""Tracing a construction: running it and writing down what every slot holds after every layer, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from symsim.claims.construction import Construction, Placement
from symsim.domains.protocol import Domain
from symsim.flow.contents import Content, Describer, held
from symsim.flow.dataflow import Dataflow
from symsim.flow.naming import named_states
from symsim.flow.support import Groups, backward, forward
from symsim.flow.wiring import Wires, wiring

Via = dict[tuple[int, str, str], list[tuple[str, str]]]
"""For (layer, source, target): the carriers and roles."""


def trace(
    construction: Construction,
    inputs: Mapping[str, Any] | None = None,
    domain: Domain[Any] | None = None,
    values: bool = True,
    names: Collection[str] = (),
) -> Dataflow:
    """The dataflow graph of a construction.

    Parameters
    ----------
    construction
        The construction; its sizes may be symbols.
    inputs
        Matrices by name, as for calling the construction; free symbols where it is None.
    domain
        The number system to run over. Its default is ``blocks`` at symbolic sizes, ``exact`` at fixed ones, and
        ``arrays`` where an input is a numpy array of floats.
    values
        Whether to run the encoder at all; without values there are still all edges, and zeros are those that the
        weights force.
    names
        Cuts that what comes after is written in, see :func:`~symsim.flow.naming.named_states`; none by default.

    Raises ``BadInput`` for inputs that do not fit, and for weights of symbolic size that are not cut like the slots.

    >>> from symsim.simulators.universal import universal
    >>> flow = trace(universal(n=2, d=2), inputs={"X": [[1, 0], [0, 1]], "A": [[2, 3], [5, 7]], "V": [[1, 2], [3, 4]]})
    >>> flow.nodes[1, "xa"]["by_group"]["X"].text
    '[2, 3; 5, 7]'
    """
    wires = wiring(construction.encoder)
    flow = Dataflow(construction=construction, domain=None, wires=wires)
    run: list[Any] = []
    given: Mapping[str, Any] = {}
    settled: frozenset[str] = frozenset()
    describer = None
    if values:
        domain, given = _start(construction, inputs, domain)
        flow.graph["domain"] = domain
        run, settled = named_states(construction, domain, given, names)
        describer = Describer(domain, given, symbolic=inputs is None)
    _Writer(flow, describer, run, given, settled).write()
    return flow


def _start(
    construction: Construction, inputs: Any, domain: Domain[Any] | None
) -> tuple[Domain[Any], Mapping[str, Any]]:
    """The number system, and the inputs as its matrices."""
    if inputs is not None and domain is None and construction.fixed:
        return construction.given(inputs)
    if domain is None and construction.fixed:
        from symsim.domains.exact import Exact

        domain = Exact()
    if domain is None:
        from symsim.domains.blocks import Blocks

        domain = Blocks(scalars=construction.encoder.constants)
    if inputs is None:
        return domain, {name: domain.variable(name, *shape) for name, shape in construction.inputs}
    named = construction.named(inputs)
    return domain, {name: domain.given(named[name], *shape) for name, shape in construction.inputs}


class _Writer:
    """Writes nodes and edges into a flow; one instance a trace."""

    def __init__(
        self,
        flow: Dataflow,
        describer: Describer | None,
        run: Sequence[Any],
        inputs: Mapping[str, Any],
        settled: frozenset[str],
    ) -> None:
        self.flow, self.describer, self.run = flow, describer, run
        self.construction = flow.construction
        self.encoder = flow.construction.encoder
        self.wires = flow.wires
        self.groups = self.encoder.tokens.names
        self.present = forward(self.wires, _placed(self.construction), self.groups)
        self.needed = backward(self.wires, self.present, self._result())
        self.holds = held(self.construction, describer.domain if describer else None, run, inputs, settled)
        self.blocks: dict[Any, tuple[bool, str, str]] = {}

    def _result(self) -> Groups:
        readout = self.construction.readout
        return {readout.slot: frozenset(self.groups if readout.group is None else [readout.group])}

    def write(self) -> None:
        for layer in range(len(self.wires) + 1):
            for slot in self.encoder.slots.names:
                self.flow.add_node((layer, slot), **self._node(layer, slot))
        order = {slot: i for i, slot in enumerate(self.encoder.slots.names)}
        via: Via = {}
        for number, wires in enumerate(self.wires):
            _edges(wires, number, self.encoder.slots.names, via)
        for (number, source, target), found in sorted(
            via.items(), key=lambda item: (item[0][0], order[item[0][1]], order[item[0][2]])
        ):
            ways = tuple(dict.fromkeys(found))
            self.flow.add_edge(
                (number, source),
                (number + 1, target),
                via=ways,
                carrier="; ".join(dict.fromkeys(c for c, _ in ways)),
                role=", ".join(dict.fromkeys(r for _, r in ways)),
            )

    def _node(self, layer: int, slot: str) -> dict[str, Any]:
        value, contents = self._contents(layer, slot)
        present = self.present[layer].get(slot, frozenset())
        needed = self.needed[layer].get(slot, frozenset())
        readout = (layer, slot) == self.flow.readout
        zero = all(content.zero for content in contents.values())
        used = readout or bool(present & needed)
        return {
            "layer": layer,
            "slot": slot,
            "shape": (self.encoder.tokens.total, self.encoder.slots.size(slot)),
            "value": value,
            "by_group": contents,
            "holds": tuple(self.holds.get((layer, slot), ())),
            "wrote_by": self._wrote_by(layer, slot),
            "zero": zero,
            "kind": self._kind(layer, slot) if used else "unused",
            "readout": readout,
        }

    def _contents(self, layer: int, slot: str) -> tuple[Any, dict[str, Content]]:
        present = self.present[layer].get(slot, frozenset())
        needed = self.needed[layer].get(slot, frozenset())
        if self.describer is None:
            return None, {g: Content(g, g not in present, g in needed) for g in self.groups}
        domain = self.describer.domain
        column = domain.columns(self.run[layer], self.encoder.slots, [slot])
        found = {}
        for group in self.groups:
            block = domain.rows(column, self.encoder.tokens, [group])
            zero, text, latex = (True, "0", "0") if group not in present else self.describer.texts(block)
            found[group] = Content(group, zero, group in needed, text, latex)
        return column, found

    def _wrote_by(self, layer: int, slot: str) -> tuple[str, ...]:
        if layer == 0:
            return tuple(_placement_text(p) for p in self.construction.placements if p.slot == slot)
        wires = self.wires[layer - 1]
        carriers = [*wires.heads, *([wires.network] if wires.network else [])]
        if not wires.network_residual:
            carriers = carriers[-1:]
        names = [carrier.name for carrier in carriers if slot in carrier.writes]
        if wires.residual and wires.network_residual and self.present[layer - 1].get(slot):
            names.append("carried over")
        return tuple(names)

    def _kind(self, layer: int, slot: str) -> str:
        for number in range(layer, 0, -1):
            if self._wrote_by(number, slot) != ("carried over",):
                return "working"
        placed = [p.what for p in self.construction.placements if p.slot == slot]
        return "input" if any(what in ("input", "flat") for what in placed) else "constant" if placed else "working"


def _edges(layer: Wires, number: int, slots: Sequence[str], via: Via) -> None:
    """Add the edges of one layer: first the heads, then the feed-forward network, which reads what they wrote."""
    middle: dict[str, list[tuple[str, str, str]]] = {
        slot: [(slot, "residual", "residual")] if layer.residual else [] for slot in slots
    }
    for head in layer.heads:
        for source, target in head.paths:
            middle[target].append((source, head.name, "value"))
        for target in head.writes:
            middle[target] += [(slot, head.name, "query") for slot in head.queries]
            middle[target] += [(slot, head.name, "key") for slot in head.keys]
    for target, ways in middle.items():
        if layer.network_residual:
            for source, carrier, role in ways:
                via.setdefault((number, source, target), []).append((carrier, role))
    network = layer.network
    for slot, target in network.paths if network is not None else ():
        for source, carrier, role in middle[slot]:
            name = network.name if network is not None else ""
            way = (name, "unit") if carrier == "residual" else (f"{carrier}, then {name}", role)
            via.setdefault((number, source, target), []).append(way)


def _placed(construction: Construction) -> Groups:
    found: dict[str, list[str]] = {}
    for placement in construction.placements:
        if placement.what != "constant" or any(v != 0 for v in placement.matrix):
            found.setdefault(placement.slot, []).append(placement.group)
    return {slot: frozenset(groups) for slot, groups in found.items()}


def _placement_text(placement: Placement) -> str:
    what = {
        "input": f"the rows of {placement.name}",
        "flat": f"the entries of {placement.name}",
        "identity": "row numbers, one-hot",
        "ones": "ones",
        "constant": "a constant",
    }[placement.what]
    return f"encoding: {what} on {placement.group} tokens"
