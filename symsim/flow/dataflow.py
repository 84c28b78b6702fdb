"""The dataflow graph: one node for each slot and layer, one edge for each way on which a slot reaches another."""

from __future__ import annotations

from typing import Any

import networkx

from symsim.claims.construction import Construction
from symsim.flow.wiring import Wires

Node = tuple[int, str]
"""The layer, 0 for the encoded input, and the slot."""


class Dataflow(networkx.DiGraph):
    """What every slot holds after every layer, and what it was computed from. Made by :func:`symsim.flow.trace`.

    Nodes are pairs (layer, slot); layer 0 is the encoded input. Their attributes:

    ``layer``, ``slot``, ``shape`` (positions, width);
    ``value``: the columns of the token matrix over ``domain``, or None;
    ``by_group``: for each token group a ``Content`` (is it zero, is it read, its text and LaTeX);
    ``holds``: the cuts of the construction at this node (``Held``);
    ``wrote_by``: the heads and feed-forward networks that write it in this layer, ``carried over``, or what the
    encoding puts there;
    ``zero``: nothing is there, on no token;
    ``kind``: ``input``, ``constant``, ``working`` or ``unused`` (zero, or never read by what reaches the result);
    ``readout``: the result is read here.

    Edges go from (k, source) to (k + 1, target); ``via`` lists pairs (carrier, role), ``carrier`` and ``role`` are the
    same as text. Roles are ``query``, ``key``, ``value``, ``unit`` and ``residual``.

    >>> from symsim.flow import trace
    >>> from symsim.simulators.universal import universal
    >>> flow = trace(universal("n", "d"))
    >>> flow.edges[(1, "xv"), (2, "out")]["carrier"], flow.nodes[2, "out"]["by_group"]["X"].text
    ('layer 2, head 1 (attention)', 'softmax(X A X^T) X V')
    """

    @property
    def construction(self) -> Construction:
        """The construction that was traced."""
        found: Construction = self.graph["construction"]
        return found

    @property
    def domain(self) -> Any:
        """The number system of the values, None where none were computed."""
        return self.graph["domain"]

    @property
    def wires(self) -> tuple[Wires, ...]:
        """For each layer its heads and feed-forward network, as what they do to slots."""
        found: tuple[Wires, ...] = self.graph["wires"]
        return found

    @property
    def readout(self) -> Node:
        """The node at which the result is read."""
        return len(self.wires), self.construction.readout.slot

    def written(self, layer: int) -> list[str]:
        """The slots that heads or a feed-forward network write in a layer, in order; 0 is the encoding."""
        carried = ("carried over",)
        return [
            slot
            for slot in self.construction.encoder.slots.names
            if any(name not in carried for name in self.nodes[layer, slot]["wrote_by"])
        ]

    def reachable(self) -> Dataflow:
        """The part of the graph that the result depends on: without what is never read, and without what is zero."""
        kept = [node for node, kind in self.nodes(data="kind") if kind != "unused" or node == self.readout]
        found = Dataflow(**self.graph)
        found.add_nodes_from((node, dict(self.nodes[node])) for node in kept)
        found.add_edges_from((a, b, dict(data)) for a, b, data in self.edges(data=True) if a in found and b in found)
        return found

    def positions(self) -> dict[Node, tuple[float, float]]:
        """A place for each node, layers from left to right, as the drawing functions of networkx take it."""
        slots = self.construction.encoder.slots.names[::-1]  # the first slot on top
        columns = {k: [(k, slot) for slot in slots if (k, slot) in self] for k in range(len(self.wires) + 1)}
        placed = networkx.multipartite_layout(self, subset_key={k: column for k, column in columns.items() if column})
        return {node: (float(x), float(y)) for node, (x, y) in placed.items()}

    # -- export -------------------------------------------------------------------------------------------------------
    def to_dict(self) -> dict[str, Any]:
        """The graph as plain data, with ``schema_version`` and a content hash."""
        from symsim.flow.exports import plain

        return plain(self)

    def to_json(self) -> str:
        """The graph as JSON; the same graph gives the same bytes."""
        from symsim.flow.exports import as_json

        return as_json(self)

    def to_dot(self, everything: bool = False) -> str:
        """The graph for graphviz. Without ``everything`` only what the result depends on."""
        from symsim.flow.exports import as_dot

        return as_dot(self if everything else self.reachable())

    def to_mermaid(self, everything: bool = False) -> str:
        """The graph as a Mermaid flowchart. Without ``everything`` only what the result depends on."""
        from symsim.flow.exports import as_mermaid

        return as_mermaid(self if everything else self.reachable())

    def to_svg(self, everything: bool = False) -> str:
        """A picture: layers from left to right, slots as boxes, heads between them.

        ``everything`` adds, faded, what is zero or never read.
        """
        from symsim.flow.picture import as_svg

        return as_svg(self, everything)

    def to_html(self, everything: bool = False) -> str:
        """A page of its own with the picture; it touches no network."""
        from symsim.flow.picture import as_html

        return as_html(self, everything)

    def _repr_html_(self) -> str:
        return f'<div style="overflow-x:auto">{self.to_svg()}</div>'
