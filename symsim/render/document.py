"""The document model: what a page says, before it becomes LaTeX, HTML or Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from symsim.flow.colours import SlotColour

# -- inside a line ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """Plain words; every writer escapes them."""

    text: str


@dataclass(frozen=True)
class Strong:
    """Words with weight."""

    text: str


@dataclass(frozen=True)
class Code:
    """Words of a program, in a fixed pitch."""

    text: str


@dataclass(frozen=True)
class Math:
    """LaTeX of mathematics mode, of the subset that ``mathml`` knows."""

    latex: str


@dataclass(frozen=True)
class Slot:
    """The name of a slot, on the colour of the slot."""

    name: str


@dataclass(frozen=True)
class Link:
    """Words that lead to another place of the page."""

    text: str
    target: str


@dataclass(frozen=True)
class Verdict:
    """A verdict; ``good`` says whether it is what was hoped for (None: neither)."""

    word: str
    good: bool | None = None


Inline: TypeAlias = Text | Strong | Code | Math | Slot | Link | Verdict
Line: TypeAlias = tuple[Inline, ...]

# -- blocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; ``kind`` is empty, ``lead`` or ``note``."""

    parts: Line
    kind: str = ""


@dataclass(frozen=True)
class Display:
    """A displayed chain ``first = second = ...``: each later line is (relation, LaTeX)."""

    first: str
    rest: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Equations:
    """Short equations side by side, as many in a line as fit; each is LaTeX."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Listing:
    """A list."""

    items: tuple[Line, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Table:
    """A table; with ``label`` it can be linked to. The first column names the row."""

    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    caption: Line = ()
    numeric: bool = False


@dataclass(frozen=True)
class Cell:
    """A cell of a token picture: LaTeX, ``new`` where the layer at hand wrote it, ``step`` the number of that write.

    ``earlier`` is what stood there before, as (number of the write, number of the next one, LaTeX).
    """

    latex: str
    new: bool = False
    read: bool = True
    step: int = 0
    earlier: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True)
class TokenPicture:
    """The token matrix as a block picture: slots are coloured columns, token groups are rows, zeros are left empty.

    ``slots`` and ``groups`` are pairs (name, LaTeX of the size), ``written`` the slots that get an arrow, with the
    words ``arrow``.
    """

    slots: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    cells: Mapping[tuple[str, str], Cell]
    caption: Line = ()
    written: tuple[str, ...] = ()
    arrow: str = ""


def rows_word(size: str) -> str:
    """The word after a number of rows.

    >>> rows_word("1"), rows_word("n")
    ('row', 'rows')
    """
    return "row" if size == "1" else "rows"


@dataclass(frozen=True)
class WeightStrip:
    """Weights as blocks: slots are columns; each row is (LaTeX of the weight, {slot: LaTeX of its block})."""

    slots: tuple[str, ...]
    rows: tuple[tuple[str, Mapping[str, str]], ...]
    caption: Line = ()


@dataclass(frozen=True)
class TokenNumbers:
    """A token matrix with numbers in it: ``rows`` are (label in LaTeX, entries); zeros are given as empty strings."""

    slots: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    caption: Line = ()


@dataclass(frozen=True)
class Drawing:
    """A picture that exists in each format: SVG for HTML, TikZ for LaTeX, and words for the rest."""

    svg: str
    tikz: str
    text: str
    caption: Line = ()


@dataclass(frozen=True)
class Frame:
    """One position of the stepper: which cell was written, and a sentence about it."""

    slot: str
    group: str
    layer: int
    parts: Line


@dataclass(frozen=True)
class Stepper:
    """The walk through the layers: the final picture and the order in which its cells were written."""

    picture: TokenPicture
    start: Line
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class Listed:
    """Text of a program, line by line."""

    text: str


@dataclass(frozen=True)
class Box:
    """A box: ``kind`` is ``good``, ``bad`` or ``open``."""

    kind: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Card:
    """A titled card that can be linked to."""

    name: str
    title: Line
    blocks: tuple[Block, ...]


Block: TypeAlias = (
    Paragraph
    | Display
    | Equations
    | Listing
    | Table
    | TokenPicture
    | WeightStrip
    | TokenNumbers
    | Drawing
    | Stepper
    | Listed
    | Box
    | Card
)


@dataclass(frozen=True)
class Section:
    """A section with its heading; ``name`` is the target of links."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A page: a title, what stands under it, and sections. ``colours`` are those of the slots."""

    title: str
    lead: tuple[Block, ...]
    sections: tuple[Section, ...] = ()
    colours: Mapping[str, SlotColour] = field(default_factory=dict)
    footer: str = ""
