"""The style sheet of the pictures: colours by class, so that a class means the same in every picture of a page."""

from __future__ import annotations

from collections.abc import Iterable

from symsim.flow.colours import INK, MUTED, PAGE, PALETTE, SURFACE, SlotColour

FONT = "ui-sans-serif,system-ui,'Segoe UI','Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"

SHAPES = (
    "text{font-size:13px}",
    ".head{font-size:17px;font-weight:600}",
    ".cap{font-size:13px;font-weight:600}",
    ".slot{font-weight:600;font-size:14px}",
    ".note{font-size:11.5px}",
    ".where{font-size:11px}",
    ".italic{font-style:italic}",
    ".bold{font-weight:700}",
    ".small{font-size:72%}",
    "path{fill:none;stroke-width:1.7}",
    "path.through{stroke-width:1.4;stroke-dasharray:1 5;stroke-linecap:round}",
    ".faded{opacity:.42}",
    "rect{stroke-width:1.4}",
    "rect.result{stroke-width:3}",
    ".faded rect{stroke-dasharray:4 3}",
)


def sheet(used: Iterable[int]) -> str:
    """The rules for the colours with these places in the palette, light, and dark where the reader asks for it."""
    chosen = [PALETTE[i] for i in used]
    light = [*SHAPES, *_plain(0), *(rule for colour in chosen for rule in _light(colour))]
    dark = [*_plain(1), *(rule for colour in chosen for rule in _dark(colour))]
    return _inside(light) + "@media screen and (prefers-color-scheme:dark){" + _inside(dark) + "}"


def _inside(rules: Iterable[str]) -> str:
    return "".join(f".flow {rule}" for rule in rules)


def _plain(mode: int) -> list[str]:
    return [
        f".page{{fill:{PAGE[mode]}}}",
        f".ink{{fill:{INK[mode]}}}",
        f".muted{{fill:{MUTED[mode]}}}",
        f".card{{fill:{SURFACE[mode]};stroke:{MUTED[mode]}}}",
    ]


def _light(colour: SlotColour) -> list[str]:
    return _colours(colour.index, colour.fill, colour.text, colour.line)


def _dark(colour: SlotColour) -> list[str]:
    return _colours(colour.index, colour.dark_fill, colour.dark_text, colour.dark_line)


def _colours(i: int, fill: str, text: str, line: str) -> list[str]:
    """A box, the text on it, a line, and a dot."""
    return [
        f".b{i}{{fill:{fill};stroke:{line}}}",
        f".t{i}{{fill:{text}}}",
        f".l{i}{{stroke:{line}}}",
        f".d{i}{{fill:{line}}}",
    ]
