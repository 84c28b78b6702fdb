"""Files of pages: LaTeX, PDF, HTML, Markdown and notebooks of a derivation, in one folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from symsim.errors import BadInput, SymsimError, nearest
from symsim.render.notation import Notation

FORMATS = {"latex": ".tex", "pdf": ".pdf", "html": ".html", "md": ".md", "ipynb": ".ipynb"}
"""The formats and the endings of their files."""
SECONDS = 120
"""How long pdflatex may run."""


class NoProgram(SymsimError):
    """A program from outside is missing; the message says which and what would help."""


def write(checked: Any, formats: Iterable[str], folder: str | Path, notation: Notation | None = None) -> list[Path]:
    """Write the page of a derivation (checked first where it is not) in these formats; return the paths.

    The files are called after the derivation. Raises ``BadInput`` for an unknown format and for a folder that cannot be
    written, and ``NoProgram`` for
    ``pdf`` without pdflatex; what was written before stays.
    """
    from symsim.derivation import Derivation
    from symsim.render.html_writer import to_html_page
    from symsim.render.latex_writer import to_latex_page
    from symsim.render.markdown_writer import to_markdown_page
    from symsim.render.notebook import to_notebook
    from symsim.render.page import derivation_page

    notation = notation or Notation()
    wanted = list(dict.fromkeys(formats))
    for name in wanted:
        if name not in FORMATS:
            raise BadInput(f"unknown format '{name}': {nearest(name, FORMATS)}")
    checked = checked.check() if isinstance(checked, Derivation) else checked
    page = derivation_page(checked, notation)
    target, name = _folder(folder), checked.derivation.name
    makers = {"latex": to_latex_page, "html": to_html_page, "md": to_markdown_page}
    found = []
    for kind in sorted(wanted, key=lambda kind: kind == "pdf"):
        path = target / f"{name}{FORMATS[kind]}"
        if kind == "pdf":
            _save(path, pdf(to_latex_page(page, notation)))
        else:
            text = to_notebook(page, notation, name) if kind == "ipynb" else makers[kind](page, notation)
            _save(path, text.encode("utf-8"))
        found.append(path)
    return found


def _folder(folder: str | Path) -> Path:
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"the folder '{folder}' cannot be made: {error.strerror}") from None
    return path


def _save(path: Path, content: bytes) -> None:
    """Write a file in one go, so that a reader never sees half of it."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(content)
        Path(file.name).chmod(0o644)
        os.replace(file.name, path)
    except OSError as error:
        raise BadInput(f"'{path}' cannot be written: {error.strerror}") from None


def pdf(latex: str) -> bytes:
    """The PDF of a LaTeX document: pdflatex, twice, in a folder of its own, without shell escape."""
    program = shutil.which("pdflatex")
    if program is None:
        raise NoProgram(
            "a PDF needs the program pdflatex, which is not on PATH; 'make tools' "
            "installs it on Debian. The format latex needs nothing"
        )
    with tempfile.TemporaryDirectory(prefix="symsim-") as folder:
        place = Path(folder)
        (place / "page.tex").write_text(latex, encoding="utf-8")
        environment = {**os.environ, "openout_any": "p", "openin_any": "p", "TEXMFOUTPUT": folder}
        command = [program, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
        for _ in range(2):
            try:
                done = subprocess.run(
                    command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                raise SymsimError(f"pdflatex ran longer than {SECONDS} s") from None
            if done.returncode:
                raise SymsimError(f"pdflatex failed: {_complaint(done.stdout.decode('utf-8', 'replace'))}")
        return (place / "page.pdf").read_bytes()


def _complaint(log: str) -> str:
    lines = log.splitlines()
    starts = [k for k, line in enumerate(lines) if line.startswith("!")]
    return (
        " ".join(line.strip() for line in lines[starts[0] : starts[0] + 3]) if starts else "it says nothing about why"
    )
