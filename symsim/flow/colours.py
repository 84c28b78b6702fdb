"""One colour for each slot, the same in every picture, readable in light and in dark mode."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class SlotColour:
    """A fill, the text on it, and a line, for light and for dark pages; ``index`` is the place in the palette.

    Text on its fill, and lines on the page (``PAGE``), have a contrast of at least 4.5 : 1.
    """

    index: int
    name: str
    fill: str
    text: str
    line: str
    dark_fill: str
    dark_text: str
    dark_line: str


PAGE = ("#ffffff", "#16181d")
"""The background of a page, light and dark."""
INK = ("#1f2430", "#e6e8ee")
"""Plain text, light and dark."""
MUTED = ("#5a6172", "#a3abbd")
"""Text of less weight, light and dark."""
SURFACE = ("#f4f5f8", "#22252d")
"""The fill of things that are no slot."""

PALETTE = (
    SlotColour(0, "blue", "#dbe9fe", "#1c3f94", "#2360d8", "#1d2f57", "#c4dafd", "#6ea3f8"),
    SlotColour(1, "grey", "#e6e8ed", "#343b4a", "#5c6577", "#333945", "#dadfe8", "#9aa4b8"),
    SlotColour(2, "orange", "#fee7cd", "#84350a", "#b4510b", "#4c2a10", "#fdd9ae", "#f5953d"),
    SlotColour(3, "violet", "#ebe3fe", "#55229e", "#7a3fe0", "#38225f", "#dfd2fd", "#ab88f7"),
    SlotColour(4, "teal", "#cdf3ec", "#0d4f4a", "#0b7a70", "#0e3d3a", "#aeeee3", "#2dc7b5"),
    SlotColour(5, "magenta", "#fde1f1", "#8a1550", "#c21d74", "#511335", "#fccbe6", "#f375b6"),
    SlotColour(6, "green", "#d8f5dd", "#165230", "#177d3e", "#133d25", "#bdf0c9", "#43cb73"),
    SlotColour(7, "red", "#fee0df", "#8c1c1c", "#c92a2a", "#521a1a", "#fdcaca", "#f67f7f"),
    SlotColour(8, "cyan", "#d0f1fb", "#10496a", "#0b729a", "#0f3549", "#b5e9fa", "#34bde8"),
    SlotColour(9, "yellow", "#fcf0b4", "#6a3f08", "#8f620a", "#433208", "#fbe68f", "#e5b80f"),
    SlotColour(10, "indigo", "#e1e5fe", "#312f95", "#4e4fe0", "#2a2a63", "#d0d6fd", "#8d93f8"),
    SlotColour(11, "olive", "#e9f6c6", "#3a4d0d", "#567510", "#2b390e", "#d7f09b", "#9ccb22"),
    SlotColour(12, "rose", "#fde4e6", "#8d1338", "#d11f4d", "#541329", "#fdccd4", "#f97a90"),
    SlotColour(13, "brown", "#f1e6dc", "#5b3a21", "#8a5a33", "#3e2a1b", "#ecd8c6", "#c99a6e"),
)
"""Neighbours differ in hue; the second is grey, since the second slot is most often a row number."""


def slot_colours(slots: Iterable[str]) -> dict[str, SlotColour]:
    """A colour for each slot name, by the order of the slots; names that differ in a final number alone share theirs.

    >>> colours = slot_colours(["x", "id", "q1", "q2", "out"])
    >>> [colour.name for colour in colours.values()]
    ['blue', 'grey', 'orange', 'orange', 'violet']
    """
    stems: dict[str, int] = {}
    found: dict[str, SlotColour] = {}
    for slot in slots:
        place = stems.setdefault(stem(slot), len(stems))
        found[slot] = PALETTE[place % len(PALETTE)]
    return found


def stem(name: str) -> str:
    """A name without its final number.

    >>> stem("wq12"), stem("x")
    ('wq', 'x')
    """
    return re.sub(r"[_.]?\d+\Z", "", name) or name


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours such as ``#ffffff``, between 1 and 21 (WCAG 2, relative luminance).

    >>> contrast("#000000", "#ffffff")
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
