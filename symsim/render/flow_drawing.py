"""The dataflow graph on a page: as TikZ from the same geometry as the SVG, and as SVG whose boxes open the cards."""

from __future__ import annotations

import re

from symsim.flow.placing import place, port
from symsim.flow.sketch import Item, Link, Sketch, sketch
from symsim.render.context import Shown
from symsim.render.escaping import latex_escape

GROUP = re.compile(r"<g(?: class=\"faded\")?><title>.*?</g>", re.DOTALL)


def linked_svg(context: Shown) -> str:
    """The SVG of the dataflow; a box or head opens the card of its layer."""
    found = sketch(context.flow)
    items = [item for item in found.items.values() if item.kind != "pass"]
    svg = context.flow.to_svg()
    if len(GROUP.findall(svg)) != len(items):
        return svg
    waiting = iter(items)

    def link(group: re.Match[str]) -> str:
        target = _target(found, next(waiting), len(context.encoder.layers))
        return f'<a href="#{target}">{group[0]}</a>'

    return GROUP.sub(link, svg)


def _target(found: Sketch, item: Item, layers: int) -> str:
    heading = found.captions[item.column]
    numbers = re.findall(r"\d+", heading)
    if item.column == 0:
        return "tokens"
    return f"layer-{numbers[0] if numbers else layers}"


def flow_tikz(context: Shown) -> str:
    """The same picture as TikZ; colours are those that the preamble defines for slots."""
    found = sketch(context.flow)
    place(found, 40.0, 10.0)
    lines = [r"\begin{tikzpicture}[x=0.75pt,y=-0.75pt,every node/.style={inner sep=0pt}]"]
    for number, heading in enumerate(found.captions):
        column = [item for item in found.items.values() if item.column == number]
        if column and heading:
            x = column[0].x + column[0].width / 2
            lines.append(rf"\node[anchor=base,font=\small\bfseries] at ({x:.1f},18) {{{latex_escape(heading)}}};")
    lines += [_line(found, link) for link in found.links]
    for item in found.items.values():
        if item.kind != "pass":
            lines += _card(item) if item.kind == "card" else _box(context, item)
    return "\n".join([*lines, r"\end{tikzpicture}"])


def _line(found: Sketch, link: Link) -> str:
    source, target = found.items[link.source], found.items[link.target]
    x, y = source.x + source.width, source.y + port(source, link.source_port)
    u, v = target.x, target.y + port(target, link.target_port)
    bend = (u - x) * 0.5
    style = "dotted" if link.role == "residual" else "-latex"
    end = f" -- ({u + target.width:.1f},{v:.1f})" if target.kind == "pass" else ""
    path = (
        f"({x:.1f},{y:.1f}) .. controls ({x + bend:.1f},{y:.1f}) and ({u - bend:.1f},{v:.1f}) .. ({u:.1f},{v:.1f}){end}"
    )
    return rf"\draw[{style},thick,slot{link.colour.index}line] {path};"


def _frame(item: Item, style: str) -> str:
    top, bottom = item.y - item.height / 2, item.y + item.height / 2
    corners = f"({item.x:.1f},{top:.1f}) rectangle ({item.x + item.width:.1f},{bottom:.1f})"
    return rf"\draw[rounded corners=3pt,{style}] {corners};"


def _box(context: Shown, item: Item) -> list[str]:
    index = item.colour.index if item.colour is not None else 0
    thick = ",very thick" if item.readout else ""
    top, left, right = item.y - item.height / 2, item.x + 9, item.x + item.width - 9
    colour = f"text=slot{index}text"
    found = [_frame(item, f"draw=slot{index}line,fill=slot{index}fill{thick}")]
    found.append(
        rf"\node[anchor=base west,{colour},font=\small\bfseries\sffamily] at "
        rf"({left:.1f},{top + 19:.1f}) {{{latex_escape(item.title)}}};"
    )
    if item.readout:
        found.append(rf"\node[anchor=base east,{colour},font=\scriptsize] at ({right:.1f},{top + 19:.1f}) {{result}};")
    for number, line in enumerate(item.lines):
        y = top + 40 + 18 * number
        latex = context.latex(line.text, "")
        shown = f"${latex}$" if latex else latex_escape(line.text)
        found.append(rf"\node[anchor=base west,{colour},font=\footnotesize] at ({left:.1f},{y:.1f}) {{{shown}}};")
        if line.where:
            found.append(
                rf"\node[anchor=base east,{colour},font=\scriptsize] at "
                rf"({right:.1f},{y:.1f}) {{{latex_escape(line.where)}}};"
            )
    return found


def _card(item: Item) -> list[str]:
    top, middle = item.y - item.height / 2, item.x + item.width / 2
    found = [_frame(item, "draw=black!60,fill=black!4")]
    found.append(
        rf"\node[anchor=base,font=\small\bfseries] at ({middle:.1f},{top + 19:.1f}) {{{latex_escape(item.title)}}};"
    )
    found.append(
        r"\node[anchor=base,font=\scriptsize,text=black!75] at "
        rf"({middle:.1f},{top + 35:.1f}) {{{latex_escape(item.note)}}};"
    )
    for number, role in enumerate(item.rows):
        y = item.y + port(item, number) + 4
        found.append(
            rf"\node[anchor=base west,font=\scriptsize] at ({item.x + 7:.1f},{y:.1f}) {{{latex_escape(role)}}};"
        )
    return found
