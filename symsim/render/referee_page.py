"""The report for referees as a document: one section a question."""

from __future__ import annotations

import re

from symsim.claims.report import Verdict
from symsim.derivation.refereeing import Answer, Refereed
from symsim.render.context import sentence, verdict
from symsim.render.document import Block, Box, Code, Document, Line, Paragraph, Section, Table, Text

KINDS = {Verdict.PROVED: "good", Verdict.ENCLOSED: "good", Verdict.REFUTED: "bad"}


def referee_page(found: Refereed, made: str) -> Document:
    """The document of a report for referees; ``made`` says by which program, and when."""
    first, *rest = found.answers
    box = Box(
        KINDS.get(found.verdict, "open"),
        (
            Paragraph((verdict(found.verdict), Text(f": {first.lines[0]}"))),
            *(Paragraph(line_of(text)) for text in first.lines[1:]),
            Paragraph(sentence("The file is ", Code(found.subject), ", SHA-256 ", Code(found.digest), ".")),
        ),
    )
    sections = tuple(Section(f"question-{k}", a.question, tuple(_blocks(a))) for k, a in enumerate(rest, 1))
    return Document(f"Report for referees: {found.subject}", (box,), sections, {}, made)


def _blocks(answer: Answer) -> list[Block]:
    blocks: list[Block] = [Paragraph(line_of(text)) for text in answer.lines]
    if answer.table:
        head, *rows = answer.table
        cells = tuple(tuple(line_of(cell) for cell in row) for row in rows)
        blocks.append(Table(tuple(line_of(cell) for cell in head), cells))
    return blocks


def line_of(text: str) -> Line:
    """A sentence whose parts between backticks are in a fixed pitch."""
    parts = re.split(r"`([^`]*)`", text)
    return tuple(Code(part) if k % 2 else Text(part) for k, part in enumerate(parts) if part)
