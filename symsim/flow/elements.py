"""Elements of XML as text: attributes and contents escaped, numbers rounded, characters that XML forbids left out."""

from __future__ import annotations

import re
from html import escape

from symsim.errors import visible

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    r"""Text for the inside of an element, or of an attribute in double quotes; what turns lines around is written out.

    >>> escaped("a < b\x00")
    'a &lt; b'
    """
    return Markup(escape(visible(_FORBIDDEN.sub("", text), "\t\n\r\u00a0"), quote=True))


def element(name: str, *inside: str, **attributes: str | float) -> Markup:
    """One element; plain text inside is escaped, a final ``_`` of an attribute is dropped and other ones are hyphens.

    >>> element("text", "x < y", class_="ink", x=1.25, text_anchor="end")
    '<text class="ink" x="1.2" text-anchor="end">x &lt; y</text>'
    """
    listed = "".join(f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    body = "".join(part if isinstance(part, Markup) else escaped(part) for part in inside)
    return Markup(f"<{name}{listed}>{body}</{name}>" if inside else f"<{name}{listed}/>")


def _value(value: str | float) -> str:
    return escaped(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")
