"""Settings of the documentation: Sphinx with MyST-NB and furo; it builds offline, with warnings as errors."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexer import RegexLexer, bygroups
from pygments.token import Generic, Text
from sphinx.util import logging

from symsim.render.mathml import to_mathml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.transcripts import anew  # noqa: E402

EXECUTED = ("how-to/check-a-rasp-program",)
"""Pages whose commands are run when the page is built; the other transcripts are compared by the tests."""

project = "symsim"
author = "The symsim authors"
copyright = "2026, The symsim authors"  # noqa: A001
try:
    release = metadata.version("symsim")
except metadata.PackageNotFoundError:
    release = "0.1.0"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "jupyter_execute"]
html_theme = "furo"
html_title = "symsim"
html_static_path = ["_static"]
html_css_files = ["console.css"]

myst_enable_extensions = ["dollarmath", "amsmath", "deflist"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_preserve_defaults = True

html_math_renderer = "mathml"


def _inline(writer: Any, node: Any) -> None:
    writer.body.append(to_mathml(node.astext()))
    raise nodes.SkipNode


def _display(writer: Any, node: Any) -> None:
    writer.body.append(f'<div class="math">{to_mathml(node.astext(), display=True)}</div>')
    raise nodes.SkipNode


class Transcript(RegexLexer):
    """Commands behind a dollar sign stand out; what they print is plain, whatever it looks like."""

    name = "Transcript"
    tokens = {"root": [(r"^(\$ )(.*\n)", bygroups(Generic.Prompt, Generic.Strong)), (r".*\n", Text)]}  # noqa: RUF012


def _execute(app: Any, name: str, source: list[str]) -> None:
    """Show what the commands of a page print today, and warn where that is not what its source says."""
    if name not in EXECUTED:
        return
    printed = anew(source[0])
    if printed != source[0]:
        warning = f"commands print something else now: python -m tests.transcripts docs/{name}.md"
        logging.getLogger(__name__).warning(warning, location=name)
        source[0] = printed


def setup(app: Any) -> None:
    """Formulas become MathML in the page: nothing is loaded from a network. The commands of ``EXECUTED`` are run."""
    app.add_lexer("console", Transcript)
    app.connect("source-read", _execute)
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
