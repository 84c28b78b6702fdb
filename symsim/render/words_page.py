"""The page of an encoder for words: its claim, the machine, what each layer does, its cost, and its run at one word."""

from __future__ import annotations

from symsim.claims.word_encoder import WordEncoder
from symsim.render.closing import cost_table, flow_section
from symsim.render.context import Shown, sentence
from symsim.render.document import Block, Code, Document, Line, Listing, Paragraph, Section, Strong, Text
from symsim.render.layers import how_it_works
from symsim.render.notation import Notation
from symsim.render.opening import machine_table


def words_page(made: WordEncoder, notation: Notation) -> Document:
    """The page of an encoder for words."""
    word = made.sample
    shown = Shown(made.at_word(word), notation)
    claim = made.claim.statement() if made.computes is not None else f"{made}: nothing is claimed about it"
    notes: tuple[Line, ...] = tuple(
        (Strong(f"Layer {number}. "), Text(note)) for number, note in enumerate(made.layer_notes, 1)
    )
    layers: list[Block] = [*how_it_works(shown)]
    if notes:
        layers.append(Listing(notes))
    at = Paragraph(sentence("The numbers below are those at the word ", Code(" ".join(map(str, word))), "."))
    drawing = flow_section(shown)
    sections = (
        Section("claim", "What it is claimed to compute", (Paragraph(sentence(f"{claim}.")),)),
        Section("machine", "The machine", (machine_table(made.machine),)),
        Section("layers", "Layer by layer", tuple(layers)),
        Section("cost", "Cost", (cost_table(made.cost, notation),)),
        Section(drawing.name, drawing.title, (at, *drawing.blocks)),
    )
    return Document(f"The encoder of {made.name}", (), sections, shown.colours)
