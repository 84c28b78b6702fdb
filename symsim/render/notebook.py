"""Documents as Jupyter notebooks: the Markdown of each section in a cell, and a cell that checks again."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from symsim.render.document import Document
from symsim.render.markdown_writer import MarkdownWriter, section
from symsim.render.notation import Notation

CHECK = """from derivations import registry

checked = registry["{name}"].check()
for report in checked:
    print(report.summary())"""


def to_notebook(document: Document, notation: Notation, name: str = "") -> str:
    """A notebook as JSON (format 4.5); the same document gives the same bytes."""
    from symsim.render.escaping import markdown_escape

    writer = MarkdownWriter(notation)
    texts = [f"# {markdown_escape(document.title)}\n\n*{markdown_escape(document.footer)}*"]
    texts += [section(document, number, writer) for number in range(len(document.sections))]
    cells = [_cell("markdown", text, k) for k, text in enumerate(texts)]
    if name:
        cells.insert(1, _cell("code", CHECK.replace("{name}", name), len(cells)))
    book = {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    lines = text.splitlines(keepends=True)
    found: dict[str, Any] = {
        "cell_type": kind,
        "id": hashlib.sha256(f"{number}{text}".encode()).hexdigest()[:12],
        "metadata": {},
        "source": lines,
    }
    if kind == "code":
        found.update(execution_count=None, outputs=[])
    return found
