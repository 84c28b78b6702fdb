"""Settings of the documentation: Sphinx with MyST-NB and furo; it builds offline, with warnings as errors."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from docutils import nodes

from symsim.render.mathml import to_mathml

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


def setup(app: Any) -> None:
    """Formulas become MathML in the page: nothing is loaded from a network."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
