"""Plain text made safe for LaTeX and Markdown: nothing that a user writes is ever read as a command."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from symsim.errors import visible

SPACES = "\n\t\r\u00a0"

LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "^": r"\textasciicircum{}", "_": r"\_", "%": r"\%",
    "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "\u2019": "'", "\u2018": "`",
    "\u201c": "``", "\u201d": "''", "\u2013": "--", "\u2014": "---", "\u2026": r"\dots{}", "\u2265": r"$\ge$",
    "\u2264": r"$\le$", "\u00d7": r"$\times$",
    "\u2192": r"$\to$", "\u2260": r"$\ne$", "\u22a4": r"$\top$", "\u00b7": r"$\cdot$", "\u00a0": "~",
    "`": r"\textasciigrave{}",
}  # fmt: skip


def latex_escape(text: str) -> str:
    r"""Plain text for LaTeX; letters that the fonts do not have are given by their code.

    >>> print(latex_escape("50% of \\input{x} & y_1"))
    50\% of \textbackslash{}input\{x\} \& y\_1
    """
    return "".join(_latex_char(char) for char in text)


def _latex_char(char: str) -> str:
    if char in LATEX:
        return LATEX[char]
    if char.isascii():
        return char if char.isprintable() else " "
    plain = unicodedata.normalize("NFC", char)
    if len(plain) == 1 and 0xC0 <= ord(plain) <= 0x17E and plain.isalpha() and plain not in "\u0149\u0138":
        return plain
    return rf"\texttt{{U+{ord(char):04X}}}"


def html_escape(text: str) -> str:
    r"""Plain text for HTML, inside an element or an attribute; what turns lines around is written out.

    >>> print(html_escape("<b> \u202e"))
    &lt;b&gt; \u202e
    """
    return escape(visible(text, SPACES))


def markdown_escape(text: str) -> str:
    r"""Plain text for Markdown: no emphasis, no links, no HTML, no mathematics.

    >>> print(markdown_escape("a_b <script> $x$ [y](z)"))
    a\_b &lt;script&gt; \$x\$ \[y\](z)
    """
    shown = visible(text, SPACES).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = re.sub(r"([\\`*_\[\]$|#~])", r"\\\1", shown)
    return re.sub(r"\b(https?):", r"\1&#58;", shown)
