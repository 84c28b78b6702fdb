"""The dataflow graph as JSON, for graphviz and as a Mermaid flowchart: the same graph gives the same bytes."""

from __future__ import annotations

import json
from typing import Any

from symsim.encoder.stored import content_hash
from symsim.errors import visible
from symsim.flow.colours import slot_colours
from symsim.flow.dataflow import Dataflow, Node
from symsim.formulas.sizes import as_size, size_text

SCHEMA_VERSION = 1


def plain(flow: Dataflow) -> dict[str, Any]:
    """The graph as plain data: nodes by layer and slot, edges by their ends."""
    construction = flow.construction
    encoder = construction.encoder
    data = {
        "schema_version": SCHEMA_VERSION,
        "kind": "flow",
        "name": construction.name,
        "realisation": construction.realisation,
        "computes": str(construction.computes),
        "domain": flow.domain.name if flow.domain is not None else None,
        "slots": [[name, _size(size)] for name, size in encoder.slots.parts],
        "tokens": [[name, _size(size)] for name, size in encoder.tokens.parts],
        "readout": {"layer": flow.readout[0], "slot": flow.readout[1], "group": construction.readout.group},
        "layers": [_layer(flow, number) for number in range(1, len(flow.wires) + 1)],
        "nodes": [_node(flow, node) for node in _ordered(flow)],
        "edges": [
            {
                "source": list(a),
                "target": list(b),
                "via": [{"carrier": c, "role": r} for c, r in flow.edges[a, b]["via"]],
            }
            for a, b in ordered_edges(flow)
        ],
    }
    return {**data, "hash": content_hash(data)}


def as_json(flow: Dataflow) -> str:
    """The JSON text of the graph."""
    return json.dumps(plain(flow), sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def _size(size: Any) -> Any:
    return size if isinstance(size, int) else size_text(as_size(size))


def _layer(flow: Dataflow, number: int) -> dict[str, Any]:
    layer, wires = flow.construction.encoder.layers[number - 1], flow.wires[number - 1]
    notes = flow.construction.layer_notes
    carriers = [*wires.heads, *([wires.network] if wires.network else [])]
    return {
        "number": number,
        "name": layer.name,
        "note": notes[number - 1] if number <= len(notes) else "",
        "carriers": [{"name": c.name, "kind": c.kind, "what": c.note} for c in carriers],
    }


def _node(flow: Dataflow, node: Node) -> dict[str, Any]:
    data = flow.nodes[node]
    return {
        "layer": data["layer"],
        "slot": data["slot"],
        "shape": [_size(size) for size in data["shape"]],
        "kind": data["kind"],
        "zero": data["zero"],
        "readout": data["readout"],
        "wrote_by": list(data["wrote_by"]),
        "holds": [item.to_dict() for item in data["holds"]],
        "by_group": [content.to_dict() for content in data["by_group"].values()],
    }


def _ordered(flow: Dataflow) -> list[Node]:
    """The nodes by layer, and in a layer in the order of the slots."""
    place = {slot: i for i, slot in enumerate(flow.construction.encoder.slots.names)}
    return sorted(flow.nodes, key=lambda node: (node[0], place[node[1]]))


def ordered_edges(flow: Dataflow) -> list[tuple[Node, Node]]:
    """The edges by their ends."""
    place = {node: i for i, node in enumerate(_ordered(flow))}
    return sorted(flow.edges, key=lambda edge: (place[edge[0]], place[edge[1]]))


def caption(flow: Dataflow, layer: int) -> str:
    """What a column of nodes is called."""
    if layer == 0:
        return "encoded input"
    name = flow.construction.encoder.layers[layer - 1].name
    return f"layer {layer}: {name}" if name else f"layer {layer}"


def summary(flow: Dataflow, node: Node) -> list[str]:
    """A node in a few lines: the slot, then what it holds where it is read."""
    data = flow.nodes[node]
    lines: dict[str, list[str]] = {}
    for content in data["by_group"].values():
        if not content.zero and (content.read or data["kind"] == "unused") and content.text:
            lines.setdefault(content.text, []).append(content.group)
    found = [f"{text} (on {', '.join(groups)})" for text, groups in lines.items()]
    if not found:
        found = [f"{item.name} = {item.text}" for item in data["holds"] if item.decided]
    return [data["slot"], *(found or (["0"] if data["zero"] else []))]


# -- graphviz ---------------------------------------------------------------------------------------------------------


def as_dot(flow: Dataflow) -> str:
    """The graph in the language of graphviz."""
    names = {node: f"n{i}" for i, node in enumerate(_ordered(flow))}
    colours = slot_colours(flow.construction.encoder.slots.names)
    lines = [
        f"digraph {_quoted(flow.construction.name)} {{",
        '  rankdir=LR; node [shape=box, style="rounded,filled", fontname="Helvetica"];',
        '  edge [fontname="Helvetica", fontsize=9];',
    ]
    for layer in range(len(flow.wires) + 1):
        lines.append(f"  subgraph cluster_{layer} {{ label={_quoted(caption(flow, layer))}; color=none;")
        for node in names:
            if node[0] == layer:
                colour = colours[node[1]]
                faded = ', style="rounded,dashed"' if flow.nodes[node]["kind"] == "unused" else ""
                text = _quoted("\n".join(summary(flow, node)))
                lines.append(
                    f'    {names[node]} [label={text}, fillcolor="{colour.fill}", fontcolor="{colour.text}"{faded}];'
                )
        lines.append("  }")
    for a, b in ordered_edges(flow):
        data = flow.edges[a, b]
        label = "" if data["role"] == "residual" else f", label={_quoted(_way(data))}"
        lines.append(f'  {names[a]} -> {names[b]} [color="{colours[a[1]].line}"{label}];')
    return "\n".join([*lines, "}", ""])


def _way(data: dict[str, Any]) -> str:
    found = [(c, r) for c, r in data["via"] if r != "residual"]
    roles, carriers = (", ".join(dict.fromkeys(part)) for part in ([r for _, r in found], [c for c, _ in found]))
    return f"{carriers}\n{roles}"


def _quoted(text: str) -> str:
    text = visible(text, keep="\r\n\0\u00a0")
    body = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", "\\n").replace("\0", " ")
    return f'"{body}"'


# -- Mermaid ----------------------------------------------------------------------------------------------------------


def as_mermaid(flow: Dataflow) -> str:
    """The graph as a Mermaid flowchart."""
    names = {node: f"n{i}" for i, node in enumerate(_ordered(flow))}
    colours = slot_colours(flow.construction.encoder.slots.names)
    lines = ["flowchart LR"]
    for layer in range(len(flow.wires) + 1):
        lines.append(f"  subgraph L{layer}[{_mermaid(caption(flow, layer))}]")
        for node in names:
            if node[0] == layer:
                title, *rest = summary(flow, node)
                text = "<br/>".join([f"<b>{_entities(title)}</b>", *map(_entities, rest)])
                lines.append(f'    {names[node]}("{text}"):::c{colours[node[1]].index}')
        lines.append("  end")
    for a, b in ordered_edges(flow):
        data = flow.edges[a, b]
        label = "" if data["role"] == "residual" else f"|{_mermaid(_way(data))}|"
        lines.append(f"  {names[a]} -->{label} {names[b]}")
    shown = {colours[slot].index: colours[slot] for _, slot in names}
    lines += [f"  classDef c{i} fill:{c.fill},color:{c.text},stroke:{c.line}" for i, c in sorted(shown.items())]
    return "\n".join([*lines, ""])


def _mermaid(text: str) -> str:
    return '"' + "<br/>".join(_entities(line) for line in text.split("\n")) + '"'


def _entities(text: str) -> str:
    """Everything but letters, digits and harmless punctuation as an entity, written as Mermaid takes it."""
    return "".join(c if c.isalnum() or c in " _.,:+-/" else f"#{ord(c)};" for c in text)
