"""Documents as HTML: one file, no network, MathML, light and dark, for screen, paper and keyboard."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from symsim.flow.colours import SlotColour
from symsim.render import document as doc
from symsim.render.breaking import chain_lines
from symsim.render.escaping import html_escape
from symsim.render.mathml import to_mathml
from symsim.render.notation import Notation
from symsim.render.templates import template, text_of

MARKS = {True: "good", False: "bad", None: "open"}


def to_html_page(document: doc.Document, notation: Notation) -> str:
    """A whole HTML document."""
    writer = HtmlWriter(document.colours, notation)
    sections = [
        {"name": s.name, "title": Markup(html_escape(s.title)), "body": Markup(writer.blocks(s.blocks))}
        for s in document.sections
    ]
    lead = Markup(writer.blocks(document.lead))
    script = text_of("stepper.js") if writer.stepping else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page: str = template("page.html.j2").render(
        title=Markup(html_escape(document.title)),
        footer=Markup(html_escape(document.footer)),
        lead=lead,
        sections=sections,
        style=Markup(style(document.colours)),
        script=Markup(script),
        script_hash=Markup(f"sha256-{digest}"),
    )
    return page


def style(colours: Mapping[str, SlotColour]) -> str:
    """The style sheet with the colours of the slots."""
    found = {c.index: c for c in colours.values()}
    light = "".join(
        f".symsim .s{i}{{--fill:{c.fill};--text:{c.text};--line:{c.line}}}\n" for i, c in sorted(found.items())
    )
    dark = "".join(
        f".symsim .s{i}{{--fill:{c.dark_fill};--text:{c.dark_text};--line:{c.dark_line}}}\n"
        for i, c in sorted(found.items())
    )
    return text_of("style.css").replace("{{ slots }}", light).replace("{{ dark_slots }}", dark)


class HtmlWriter:
    """Writes blocks as HTML; every string is escaped here. ``stepping`` says that a script is needed."""

    def __init__(self, colours: Mapping[str, SlotColour], notation: Notation) -> None:
        self.colours, self.notation = colours, notation
        self.stepping = False
        self.by_type: dict[type, Callable[[Any], str]] = {
            doc.Paragraph: self.paragraph,
            doc.Display: self.display,
            doc.Equations: self.equations,
            doc.Listing: self.listing,
            doc.Table: self.table,
            doc.TokenPicture: lambda p: f'<div class="scroll">{self.picture(p)}</div>',
            doc.WeightStrip: self.strip,
            doc.TokenNumbers: self.numbers,
            doc.Drawing: self.drawing,
            doc.Stepper: self.stepper,
            doc.Listed: lambda b: f"<pre>{html_escape(b.text)}</pre>",
            doc.Box: lambda b: f'<div class="box {html_escape(b.kind)}">{self.blocks(b.blocks)}</div>',
            doc.Card: self.card,
        }

    def blocks(self, blocks: tuple[doc.Block, ...]) -> str:
        return "\n".join(self.by_type[type(b)](b) for b in blocks)

    # -- lines ----------------------------------------------------------------------------------------------------
    def line(self, line: doc.Line) -> str:
        return "".join(self.inline(part) for part in line)

    def inline(self, part: doc.Inline) -> str:
        if isinstance(part, doc.Math):
            return to_mathml(part.latex)
        if isinstance(part, doc.Strong):
            return f"<strong>{html_escape(part.text)}</strong>"
        if isinstance(part, doc.Code):
            return f"<code>{html_escape(part.text)}</code>"
        if isinstance(part, doc.Slot):
            return self.slot(part.name)
        if isinstance(part, doc.Link):
            return f'<a href="#{html_escape(part.target)}">{html_escape(part.text)}</a>'
        if isinstance(part, doc.Verdict):
            return f'<span class="verdict {MARKS[part.good]}">{html_escape(part.word)}</span>'
        return html_escape(part.text)

    def slot(self, name: str) -> str:
        return f'<span class="slot {self.shade(name)}">{html_escape(name)}</span>'

    def shade(self, slot: str) -> str:
        return f"s{self.colours[slot].index}" if slot in self.colours else ""

    # -- blocks ---------------------------------------------------------------------------------------------------
    def paragraph(self, block: doc.Paragraph) -> str:
        kind = f' class="{html_escape(block.kind)}"' if block.kind else ""
        return f"<p{kind}>{self.line(block.parts)}</p>"

    def display(self, block: doc.Display) -> str:
        lines = chain_lines(block.first, block.rest, self.notation.width)
        aligned = r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"
        return f'<div class="display" tabindex="0">{to_mathml(aligned, display=True)}</div>'

    def equations(self, block: doc.Equations) -> str:
        items = "".join(f"<span>{to_mathml(latex, display=True)}</span>" for latex in block.items)
        return f'<div class="equations">{items}</div>'

    def listing(self, block: doc.Listing) -> str:
        tag = "ol" if block.numbered else "ul"
        return f"<{tag}>{''.join(f'<li>{self.line(item)}</li>' for item in block.items)}</{tag}>"

    def table(self, block: doc.Table) -> str:
        head = "".join(f'<th scope="col">{self.line(cell)}</th>' for cell in block.head)
        rows = []
        for row in block.rows:
            cells = "".join(f"<td>{self.line(cell)}</td>" for cell in row[1:])
            rows.append(f'<tr><th scope="row">{self.line(row[0])}</th>{cells}</tr>')
        kind = "plain numeric" if block.numeric else "plain"
        body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
        return f'<div class="scroll"><table class="{kind}">{self.caption(block.caption)}{body}</table></div>'

    def caption(self, line: doc.Line) -> str:
        return f"<caption>{self.line(line)}</caption>" if line else ""

    def picture(self, block: doc.TokenPicture) -> str:
        names = [name for name, _ in block.slots]
        head = []
        if block.written:
            marks = "".join(f"<td>{'&#x2193;' if name in block.written else ''}</td>" for name in names)
            head.append(f'<tr class="arrows"><th scope="row">{html_escape(block.arrow)} writes</th>{marks}</tr>')
        head.append("<tr><td></td>" + "".join(f'<th scope="col">{self.slot(name)}</th>' for name in names) + "</tr>")
        head.append(
            '<tr class="sizes"><th scope="row">columns</th>'
            + "".join(f"<td>{to_mathml(size)}</td>" for _, size in block.slots)
            + "</tr>"
        )
        rows = []
        for group, size in block.groups:
            cells = "".join(self.tile(name, block.cells.get((name, group))) for name in names)
            label = f"{to_mathml(self.notation.name(group))} <small>({to_mathml(size)} {doc.rows_word(size)})</small>"
            rows.append(f'<tr><th scope="row">{label}</th>{cells}</tr>')
        return self.tiles("tiles", "".join(head), rows, block.caption)

    def tiles(self, kind: str, head: str, rows: list[str], caption: doc.Line) -> str:
        body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
        return f'<table class="{kind}">{self.caption(caption)}{body}</table>'

    def tile(self, slot: str, cell: doc.Cell | None) -> str:
        if cell is None:
            return f'<td class="empty {self.shade(slot)}"></td>'
        kinds = ["slotted", self.shade(slot)] + (["new"] if cell.new else []) + ([] if cell.read else ["unread"])
        first = cell.earlier[0][0] if cell.earlier else cell.step
        step = f' data-step="{first}"' if first else ""
        inside = to_mathml(cell.latex) if cell.latex else ""
        if cell.earlier:
            versions = (
                f'<span data-from="{a}" data-until="{b}">{to_mathml(x)}</span>' for a, b, x in cell.earlier if x
            )
            inside = "".join(versions) + f'<span data-from="{cell.step}">{inside}</span>'
        return f'<td class="{" ".join(kinds)}"{step}>{inside}</td>'

    def strip(self, block: doc.WeightStrip) -> str:
        head = "<tr><td></td>" + "".join(f'<th scope="col">{self.slot(name)}</th>' for name in block.slots) + "</tr>"
        rows = []
        for name, blocks in block.rows:
            cells = "".join(self.tile(s, doc.Cell(blocks[s]) if s in blocks else None) for s in block.slots)
            rows.append(f'<tr><th scope="row">{to_mathml(name) if name else ""}</th>{cells}</tr>')
        return f'<div class="scroll">{self.tiles("tiles", head, rows, block.caption)}</div>'

    def numbers(self, block: doc.TokenNumbers) -> str:
        head = (
            "<tr><td></td>"
            + "".join(f'<th scope="colgroup" colspan="{width}">{self.slot(n)}</th>' for n, width in block.slots)
            + "</tr>"
        )
        columns = [(name, k == 0) for name, width in block.slots for k in range(width)]
        rows = []
        for label, entries in block.rows:
            cells = []
            for (slot, first), entry in zip(columns, entries, strict=True):
                kinds = f"{'slotted' if entry else 'empty'} {self.shade(slot)}{' first' if first else ''}"
                cells.append(f'<td class="{kinds}">{to_mathml(entry) if entry else ""}</td>')
            rows.append(f'<tr><th scope="row">{to_mathml(label)}</th>{"".join(cells)}</tr>')
        body = f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody>"
        return f'<div class="scroll"><table class="tiles numbers">{self.caption(block.caption)}{body}</table></div>'

    def drawing(self, block: doc.Drawing) -> str:
        caption = f"<figcaption>{self.line(block.caption)}</figcaption>" if block.caption else ""
        return f'<figure class="drawing">{block.svg}{caption}</figure>'

    def stepper(self, block: doc.Stepper) -> str:
        self.stepping = True
        frames = "".join(
            f"<li>{self.line(line)}</li>" for line in (block.start, *(frame.parts for frame in block.frames))
        )
        words = (("first", "Start"), ("back", "Back"), ("next", "Next"), ("last", "End"))
        buttons = "".join(f'<button type="button" data-go="{go}">{word}</button>' for go, word in words)
        return (
            '<div class="stepper" role="group" aria-label="Walk through the layers">'
            f'<div class="controls">{buttons}<span class="count note"></span></div>'
            f'<div class="scroll">{self.picture(block.picture)}</div><ol '
            f'class="frames" aria-live="polite">{frames}</ol></div>'
        )

    def card(self, block: doc.Card) -> str:
        inside = f"<h3>{self.line(block.title)}</h3>{self.blocks(block.blocks)}"
        return f'<article class="card" id="{html_escape(block.name)}">{inside}</article>'
