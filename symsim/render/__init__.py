"""Pages: what objects look like in LaTeX, HTML and Markdown, and files of them."""

from __future__ import annotations

from typing import Any

from symsim.render.files import FORMATS, write
from symsim.render.notation import Notation

__all__ = ["FORMATS", "Notation", "html", "latex", "markdown", "write"]


def latex(obj: Any, notation: Notation | None = None) -> str:
    r"""LaTeX of an object: of a formula the formula itself, of anything else a whole article.

    Takes a derivation (which is checked), a checked derivation, a report, dataflow, construction, cost, machine model
    or formula; ``BadInput`` for others.

    >>> from symsim.formulas import matrix
    >>> print(latex(matrix("X", "n", "d").T))
    X^{\top}
    """
    from symsim.formulas.syntax import Formula
    from symsim.render.latex_writer import to_latex_page
    from symsim.render.objects import document

    notation = notation or Notation()
    return notation.formula(obj) if isinstance(obj, Formula) else to_latex_page(document(obj, notation), notation)


def html(obj: Any, notation: Notation | None = None) -> str:
    """A self-contained HTML page of an object, as :func:`latex` takes it; it touches no network.

    >>> from symsim.formulas import matrix
    >>> html(matrix("X", "n", "d"))[:15]
    '<!DOCTYPE html>'
    """
    from symsim.render.html_writer import to_html_page
    from symsim.render.objects import document

    notation = notation or Notation()
    return to_html_page(document(obj, notation), notation)


def markdown(obj: Any, notation: Notation | None = None) -> str:
    """Markdown of an object, as :func:`latex` takes it, with mathematics between dollar signs.

    >>> from symsim.formulas import matrix
    >>> "$$" in markdown(matrix("X", "n", "d"))
    True
    """
    from symsim.render.markdown_writer import to_markdown_page
    from symsim.render.objects import document

    notation = notation or Notation()
    return to_markdown_page(document(obj, notation), notation)
