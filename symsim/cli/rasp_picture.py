"""The picture of an s-op at one input as SVG: its layers from left to right, heads with grids, and who reads what."""

from __future__ import annotations

from dataclasses import dataclass, field

from symsim.flow.elements import Markup, element
from symsim.flow.style import FONT, sheet
from symsim.flow.typesetting import width
from symsim.rasp.drawing import LONGEST_GRID, labels
from symsim.rasp.evaluate import Run
from symsim.rasp.layering import Attention, layers
from symsim.rasp.notation import printed
from symsim.rasp.values import Indices, Node, Pattern, Sequence, SOp, Tokens
from symsim.rasp.wording import Wording

CELL = 15.0
LINE = 18.0
GAP = 70.0
SPACE = 22.0
MARGIN = 24.0
TOP = 84.0
LONGEST_LINE = 64
"""Longer lines are cut; what is shown when the pointer rests on a card is not."""

INPUT, STEP, HEAD = 0, 4, 3
"""The colours, as places in the palette of the dataflow pictures."""


@dataclass
class Card:
    """A box: a title, lines of text, and for a head its grid with the tokens around it."""

    column: int
    colour: int
    title: str
    lines: list[str]
    grid: Pattern | None = None
    words: list[str] = field(default_factory=list)
    reads: list[Card] = field(default_factory=list)
    result: bool = False
    x: float = 0.0
    y: float = 0.0

    @property
    def side(self) -> float:
        """The width of one cell of the grid: the longest token fits."""
        return max(CELL, max((width(word, 11) for word in self.words), default=0.0) + 5)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        texts = [1.12 * width(_short(self.title), 14), *(width(_short(line), 13) for line in self.lines)]
        wide, high = max(texts) * 1.06, 30 + LINE * len(self.lines)
        if self.grid is not None:
            wide = max(wide, (len(self.words) + 1.6) * self.side)
            high += (len(self.words) + 1.5) * CELL
        return wide + 24, high + 6


def as_svg(sop: SOp, run: Run) -> str:
    """The picture; ``run`` holds the input. Every text is escaped, and nothing outside the file is used.

    >>> as_svg(Indices(name="x"), Run("ab")).count("<rect")
    3
    """
    wording = Wording(sop)
    headings, cards = _cards(sop, run, wording)
    wide, high = _place(cards, len(headings))
    title = f"{wording.name(sop) or wording.text(sop)} at {printed(Sequence(run.tokens, run.domain))}"
    inside = [
        element("title", title),
        element("style", Markup(sheet((INPUT, STEP, HEAD)))),
        element("rect", class_="page", width=wide, height=high, rx=10),
        element("text", _short(title), class_="ink head", x=MARGIN, y=32),
        *_headings(headings, cards),
        *(_line(source, card) for card in cards for source in card.reads),
        *(_card(card) for card in cards),
    ]
    return (
        element(
            "svg",
            Markup("\n" + "\n".join(inside) + "\n"),
            xmlns="http://www.w3.org/2000/svg",
            class_="flow",
            viewBox=f"0 0 {wide:.0f} {high:.0f}",
            width=f"{wide:.0f}",
            height=f"{high:.0f}",
            role="img",
            font_family=FONT,
        )
        + "\n"
    )


def _cards(sop: SOp, run: Run, wording: Wording) -> tuple[list[str], list[Card]]:
    """The heading of every column, and the cards."""
    start = Card(0, INPUT, "tokens", [printed(Sequence(run.tokens, run.domain))])
    headings, cards = ["input"], [start]
    made: dict[Node, Card] = {}
    for layer in layers(sop):
        if layer.heads:
            headings.append(f"layer {layer.number}: attention")
            for head in layer.heads:
                card = _head(head, len(headings) - 1, run, wording)
                card.reads = _sources([head.selector, *(node.value for node in head.aggregates)], made, start)
                cards.append(card)
                made.update({node: card for node in head.aggregates})
        steps = [step for step in layer.steps if not isinstance(step, Tokens | Indices) or step is sop]
        if steps:
            headings.append(f"layer {layer.number}: every position" if layer.number else "every position")
            for step in steps:
                card = Card(len(headings) - 1, STEP, wording.defined(step), [f"= {_value(step, run)}"])
                card.reads = [source for source in _sources(step.inputs, made, start) if source.column < card.column]
                cards.append(card)
                made[step] = card
    final = made.get(sop, start)
    final.result = True
    return headings, cards


def _head(head: Attention, column: int, run: Run, wording: Wording) -> Card:
    lines = [f"where {wording.defined(part)}" for part in wording.parts(head.selector)]
    for node in head.aggregates:
        lines += [wording.defined(node), f"  = {_value(node, run)}"]
    small = run.size <= LONGEST_GRID
    grid = run.result(head.selector) if small else None
    return Card(column, HEAD, wording.defined(head.selector), lines, grid, labels(run) if small else [])


def _value(node: SOp, run: Run) -> str:
    return printed(run.result(node))


def _sources(nodes: list[Node] | tuple[Node, ...], made: dict[Node, Card], start: Card) -> list[Card]:
    """The cards that nodes come from, through what is not shown."""
    found: dict[int, Card] = {}
    seen: set[Node] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        card = made.get(node, start if isinstance(node, Tokens) else None)
        if card is not None:
            found[id(card)] = card
        else:
            waiting += node.inputs
    return sorted(found.values(), key=lambda card: card.column)


def _place(cards: list[Card], columns: int) -> tuple[float, float]:
    """Give every card its place, column by column; returns width and height of the picture."""
    x, high = MARGIN, TOP
    for column in range(columns):
        here = [card for card in cards if card.column == column]
        y = TOP
        for card in here:
            card.x, card.y = x, y
            y += card.size[1] + SPACE
        x += max(card.size[0] for card in here) + GAP
        high = max(high, y)
    return max(x - GAP + MARGIN, 480.0), high + MARGIN - SPACE


def _headings(headings: list[str], cards: list[Card]) -> list[str]:
    left = {card.column: card.x for card in cards}
    return [element("text", text, class_="ink cap", x=left[i], y=TOP - 18) for i, text in enumerate(headings)]


def _line(source: Card, card: Card) -> str:
    x, y = source.x + source.size[0], source.y + 18
    u, v = card.x, card.y + 18
    middle = (x + u) / 2
    return element("path", class_=f"l{source.colour}", d=f"M{x:.1f} {y:.1f}C{middle:.1f} {y:.1f} {middle:.1f} "
                   f"{v:.1f} {u:.1f} {v:.1f}")  # fmt: skip


def _card(card: Card) -> str:
    wide, high = card.size
    colours = f"b{card.colour}" + (" result" if card.result else "")
    out: list[str] = [
        element("title", "\n".join([card.title, *card.lines])),
        element("rect", class_=colours, x=card.x, y=card.y, width=wide, height=high, rx=7),
        element("text", _short(card.title), class_=f"t{card.colour} slot", x=card.x + 12, y=card.y + 22),
    ]
    y = card.y + 30
    if card.grid is not None:
        out += _grid(card, y)
        y += (len(card.words) + 1.5) * CELL
    for number, line in enumerate(card.lines):
        out.append(element("text", _short(line), class_=f"t{card.colour}", x=card.x + 12, y=y + 12 + LINE * number))
    return element("g", *out)


def _grid(card: Card, top: float) -> list[str]:
    """Queries down, keys across; selected cells are filled."""
    left = card.x + 12 + card.side
    out: list[str] = []
    for i, word in enumerate(card.words):
        across, down = left + (i + 0.5) * card.side, top + (i + 1.5) * CELL
        text = {"class_": f"t{card.colour} where", "text_anchor": "middle"}
        out.append(element("text", word, x=across, y=top + 10, **text))
        out.append(element("text", word, x=left - card.side / 2, y=down + 4, **text))
    for i, row in enumerate(card.grid.matrix() if card.grid is not None else []):
        for j, selected in enumerate(row):
            colours = f"d{card.colour}" if selected else "card"
            x, y = left + j * card.side, top + (i + 1) * CELL
            out.append(element("rect", class_=colours, x=x, y=y, width=card.side - 1, height=CELL - 1, rx=2))
    return out


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 2]} .."
