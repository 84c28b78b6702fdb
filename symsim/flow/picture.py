"""The picture of a dataflow as SVG, and a page around it: no scripts, no network, light and dark."""

from __future__ import annotations

from symsim.flow.colours import PAGE
from symsim.flow.dataflow import Dataflow
from symsim.flow.elements import Markup, element
from symsim.flow.exports import caption, summary
from symsim.flow.placing import HEAD, ROW, place, port
from symsim.flow.sketch import Item, Link, Sketch, sketch
from symsim.flow.style import FONT, sheet
from symsim.flow.typesetting import formula, spans, width
from symsim.formulas.sizes import as_size, size_text

MARGIN = 24.0
TOP = 78.0
NARROWEST = 640.0


def as_svg(flow: Dataflow, everything: bool = False) -> str:
    """The picture: layers from left to right, slots as boxes, heads and feed-forward networks as cards between them."""
    found = sketch(flow, everything)
    wide, high = place(found, TOP, MARGIN)
    legend, high, wide = _legend(flow, found, max(wide, NARROWEST), high + 34)
    title = f"Dataflow of {flow.construction.name}"
    used = sorted({item.colour.index for item in found.items.values() if item.colour is not None})
    lines = sorted(found.links, key=lambda link: link.role != "residual")
    parts = [
        element("title", title),
        element("desc", _description(flow)),
        element("style", Markup(sheet(used))),
        element("rect", class_="page", width=wide, height=high, rx=10),
        element("text", title, class_="ink head", x=MARGIN, y=30),
        *_computes(flow, MARGIN + width(title, 17) * 1.08 + 14, wide),
        *_captions(found),
        *(_line(found, link) for link in lines),
        *(_item(item) for item in found.items.values() if item.kind != "pass"),
        *legend,
    ]
    frame = element(
        "svg",
        Markup("\n" + "\n".join(parts) + "\n"),
        xmlns="http://www.w3.org/2000/svg",
        class_="flow",
        viewBox=f"0 0 {wide:.0f} {high:.0f}",
        width=f"{wide:.0f}",
        height=f"{high:.0f}",
        role="img",
        style=f"max-width:100%;min-width:{min(wide, 0.62 * wide + 240):.0f}px;height:auto",
        font_family=FONT,
    )
    return frame + "\n"


def as_html(flow: Dataflow, everything: bool = False) -> str:
    """A page with the picture and nothing else."""
    dark = f"@media screen and (prefers-color-scheme:dark){{body{{background:{PAGE[1]}}}}}"
    head = element(
        "head",
        Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'),
        element("title", f"Dataflow of {flow.construction.name}"),
        element("style", Markup(f"main{{overflow-x:auto}}body{{margin:1rem;background:{PAGE[0]}}}{dark}")),
    )
    body = element("body", element("main", Markup(as_svg(flow, everything))))
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _description(flow: Dataflow) -> str:
    """The picture in words, for those who do not see it."""
    small = flow.reachable()
    parts = [f"{flow.construction.name} computes {flow.construction.computes}."]
    for layer in range(len(flow.wires) + 1):
        written = flow.written(layer)
        found = ["; ".join(summary(small, node)) for node in small.nodes if node[0] == layer and node[1] in written]
        parts.append(f"{caption(flow, layer).capitalize()}: {', '.join(found)}.")
    return " ".join(parts)


def _computes(flow: Dataflow, x: float, wide: float) -> list[str]:
    """What the construction is claimed to compute, if that fits beside the title."""
    runs = formula(str(flow.construction.computes))
    fits = x + width(runs, 13) + MARGIN <= wide
    return [element("text", spans(runs), class_="muted", x=x, y=30)] if fits else []


def _captions(found: Sketch) -> list[str]:
    out: list[str] = []
    for number, heading in enumerate(found.captions):
        column = [item for item in found.items.values() if item.column == number]
        if column and heading:
            middle = column[0].x + column[0].width / 2
            out.append(element("text", heading, class_="ink cap", x=middle, y=54, text_anchor="middle"))
    return out


def _line(found: Sketch, link: Link) -> str:
    source, target = found.items[link.source], found.items[link.target]
    y, v = source.y + port(source, link.source_port), target.y + port(target, link.target_port)
    # Bends lie between the columns: inside a column a line is level, so that it crosses no box.
    x, u = source.column_right, target.column_left
    middle = (x + u) / 2
    end = target.x + (target.width if target.kind == "pass" else 0)
    bends = f"C{middle:.1f} {y:.1f} {middle:.1f} {v:.1f} {u:.1f} {v:.1f}"
    curve = f"M{source.x + source.width:.1f} {y:.1f}H{x:.1f}{bends}H{end:.1f}"
    through = link.role == "residual"
    faded = " faded" if source.faded and target.faded else ""
    path = element("path", class_=f"l{link.colour.index}{' through' if through else ''}{faded}", d=curve)
    if through or target.kind == "pass":
        return path
    return path + element("circle", class_=f"d{link.colour.index}{faded}", cx=target.x, cy=v, r=3.2)


# -- boxes and cards --------------------------------------------------------------------------------------------------


def _item(item: Item) -> str:
    inside = _card(item) if item.kind == "card" else _box(item)
    tooltip = element("title", item.tooltip)
    return element("g", tooltip, *inside, class_="faded") if item.faded else element("g", tooltip, *inside)


def _rect(item: Item, classes: str, radius: float) -> Markup:
    top = item.y - item.height / 2
    return element("rect", class_=classes, x=item.x, y=top, width=item.width, height=item.height, rx=radius)


def _box(item: Item) -> list[Markup]:
    index = item.colour.index if item.colour is not None else 0
    left, right, top = item.x + 12, item.x + item.width - 12, item.y - item.height / 2
    out = [
        _rect(item, f"b{index}" + (" result" if item.readout else ""), 8),
        element("text", item.title, class_=f"t{index} slot", x=left, y=top + 19),
    ]
    if item.readout:
        out.append(element("text", "result", class_=f"t{index} where", x=right, y=top + 19, text_anchor="end"))
    for number, line in enumerate(item.lines):
        y = top + 40 + 18 * number
        out.append(element("text", spans(formula(line.text)), class_=f"t{index}", x=left, y=y))
        if line.where:
            out.append(element("text", line.where, class_=f"t{index} where", x=right, y=y, text_anchor="end"))
    return out


def _card(item: Item) -> list[Markup]:
    top, middle = item.y - item.height / 2, item.x + item.width / 2
    out = [
        _rect(item, "card", 4),
        element("text", item.title, class_="ink slot", x=middle, y=top + 19, text_anchor="middle"),
        element("text", item.note, class_="muted note", x=middle, y=top + 36, text_anchor="middle"),
    ]
    for number, role in enumerate(item.rows):
        y = top + HEAD + (number + 0.5) * ROW + 4
        out.append(element("text", role, class_="ink where", x=item.x + 9, y=y))
    return out


# -- legend -----------------------------------------------------------------------------------------------------------


def _legend(flow: Dataflow, found: Sketch, wide: float, y: float) -> tuple[list[str], float, float]:
    """The slots with their widths, then how to read it; returns this with the height and the width of the picture."""
    out: list[str] = []
    x = MARGIN
    for title, slot, colour in found.slots:
        text = f"{title}: {_width(flow, slot)}"
        step = 30 + width(text, 12)
        if x + step > wide - MARGIN and x > MARGIN:
            x, y = MARGIN, y + 22
        out.append(element("rect", class_=f"b{colour.index}", x=x, y=y - 11, width=14, height=14, rx=3))
        out.append(element("text", text, class_="ink note", x=x + 20, y=y))
        x += step + 10
    for text in _notes(found):
        y += 22
        out.append(element("text", text, class_="muted note", x=MARGIN, y=y))
        wide = max(wide, 2 * MARGIN + width(text, 11.5))
    return out, y + 20, wide


def _width(flow: Dataflow, slot: str) -> str:
    size = flow.construction.encoder.slots.size(slot)
    text = str(size) if isinstance(size, int) else size_text(as_size(size))
    return f"{text} columns" if text != "1" else "1 column"


def _notes(found: Sketch) -> list[str]:
    notes = ["Coloured boxes: slots, what they hold, and on which tokens. Grey cards: heads and feed-forward networks."]
    if any(link.role == "residual" for link in found.links):
        notes.append(
            "A dotted line carries a slot over unchanged (the residual connection); lines that meet in a box are added."
        )
    if any(item.faded for item in found.items.values()):
        notes.append("Faded: zero, or never read by what reaches the result.")
    return notes
