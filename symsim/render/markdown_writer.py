"""Documents as Markdown, with mathematics between dollar signs, as GitHub and notebooks read it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from symsim.render import document as doc
from symsim.render.breaking import chain_lines
from symsim.render.escaping import markdown_escape
from symsim.render.notation import Notation


def to_markdown_page(document: doc.Document, notation: Notation) -> str:
    """A whole Markdown document."""
    writer = MarkdownWriter(notation)
    parts = [f"# {markdown_escape(document.title)}"]
    if document.footer:
        parts.append(f"*{markdown_escape(document.footer)}*")
    if document.lead:
        parts.append(writer.blocks(document.lead))
    parts += [section(document, number, writer) for number in range(len(document.sections))]
    return "\n\n".join(parts) + "\n"


def section(document: doc.Document, number: int, writer: MarkdownWriter) -> str:
    """One section of a document, with its heading."""
    found = document.sections[number]
    return f"## {number + 1}. {markdown_escape(found.title)}\n\n{writer.blocks(found.blocks)}"


class MarkdownWriter:
    """Writes blocks as Markdown."""

    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.by_type: dict[type, Callable[[Any], str]] = {
            doc.Paragraph: lambda b: (
                f"*{self.line(b.parts)}*" if b.kind == "lead" and self.wordy(b.parts) else self.line(b.parts)
            ),
            doc.Display: self.display,
            doc.Equations: lambda b: "\n\n".join(f"$$ {latex} $$" for latex in b.items),
            doc.Listing: self.listing,
            doc.Table: self.table,
            doc.TokenPicture: self.picture,
            doc.WeightStrip: self.strip,
            doc.TokenNumbers: self.numbers,
            doc.Drawing: lambda b: f"```mermaid\n{fenceless(b.text.strip())}\n```",
            doc.Stepper: lambda b: self.listing(doc.Listing(tuple(frame.parts for frame in b.frames), numbered=True)),
            doc.Listed: lambda b: f"```\n{fenceless(b.text)}\n```",
            doc.Box: lambda b: "\n>\n".join(f"> {self.by_type[type(x)](x)}" for x in b.blocks),
            doc.Card: lambda b: f"### {self.line(b.title)}\n\n{self.blocks(b.blocks)}",
        }

    def blocks(self, blocks: tuple[doc.Block, ...]) -> str:
        return "\n\n".join(text for text in (self.by_type[type(b)](b) for b in blocks) if text)

    @staticmethod
    def wordy(line: doc.Line) -> bool:
        return all(isinstance(part, doc.Text) for part in line)

    def line(self, line: doc.Line) -> str:
        return "".join(self.inline(part) for part in line)

    def inline(self, part: doc.Inline) -> str:
        if isinstance(part, doc.Math):
            return f"${part.latex}$"
        if isinstance(part, doc.Strong):
            inner = part.text.strip()
            return f"**{markdown_escape(inner)}**" + part.text[len(part.text.rstrip()) :]
        if isinstance(part, doc.Verdict):
            return f"**{markdown_escape(part.word)}**"
        if isinstance(part, doc.Code | doc.Slot):
            return code(part.text if isinstance(part, doc.Code) else part.name)
        if isinstance(part, doc.Link):
            return f"[{markdown_escape(part.text)}](#{part.target})"
        return markdown_escape(part.text)

    def display(self, block: doc.Display) -> str:
        lines = chain_lines(block.first, block.rest, self.notation.width)
        body = " \\\\\n".join(lines)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def listing(self, block: doc.Listing) -> str:
        marks = [f"{k}." if block.numbered else "-" for k in range(1, len(block.items) + 1)]
        return "\n".join(f"{mark} {self.line(item)}" for mark, item in zip(marks, block.items, strict=True))

    def table(self, block: doc.Table) -> str:
        rows = [[self.line(cell) for cell in row] for row in block.rows]
        return self.grid([self.line(cell) for cell in block.head], rows, block.caption)

    def grid(self, head: list[str], rows: list[list[str]], caption: doc.Line = ()) -> str:
        def shown(cells: list[str]) -> str:
            return "| " + " | ".join(cells) + " |"

        lines = [shown(head), shown(["---"] * len(head)), *(shown(row) for row in rows)]
        return "\n".join(lines) + (f"\n\n{self.line(caption)}" if caption else "")

    def picture(self, block: doc.TokenPicture) -> str:
        def cell(slot: str, group: str) -> str:
            found = block.cells.get((slot, group))
            shown = f"${found.latex}$" if found else ""
            mark = "" if found is None or not found.new else "**new** " if found.read else "unread "
            return mark + shown

        arrows = {name: "\u2193 " if name in block.written else "" for name, _ in block.slots}
        head = ["", *(f"{arrows[name]}{code(name)} (${size}$)" for name, size in block.slots)]
        rows = [
            [f"${self.notation.name(g)}$ (${size}$ rows)", *(cell(s, g) for s, _ in block.slots)]
            for g, size in block.groups
        ]
        return self.grid(head, rows, block.caption)

    def strip(self, block: doc.WeightStrip) -> str:
        rows = [
            [f"${name}$" if name else "", *(f"${blocks[s]}$" if s in blocks else "" for s in block.slots)]
            for name, blocks in block.rows
        ]
        return self.grid(["", *(code(s) for s in block.slots)], rows, block.caption)

    def numbers(self, block: doc.TokenNumbers) -> str:
        head = ["", *(code(name) if k == 0 else "" for name, width in block.slots for k in range(width))]
        rows = [[f"${label}$", *(f"${v}$" if v else "" for v in row)] for label, row in block.rows]
        return self.grid(head, rows, block.caption)


def code(name: str) -> str:
    """A name in a fixed pitch; one with marks that Markdown or HTML read is plain, escaped text."""
    return markdown_escape(name) if re.search(r"[`|<>\n]", name) else f"`{name}`"


def fenceless(text: str) -> str:
    """Text for the inside of a code block, from which it cannot break out."""
    return text.replace("```", "` ` `")
