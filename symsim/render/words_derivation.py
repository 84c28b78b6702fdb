"""The page of a derivation about words: the sections of every derivation, for an encoder that reads an alphabet."""

from __future__ import annotations

from typing import Any

from symsim.claims.report import Report
from symsim.derivation import CheckedControl, CheckedDerivation, CheckedIdentity, WordExample
from symsim.derivation.checked import reached
from symsim.encoder.layouts import Slots
from symsim.render import document as doc
from symsim.render.closing import cost_table, flow_section, limits_section
from symsim.render.context import Shown, phrase, sentence, verdict
from symsim.render.document import (
    Block,
    Box,
    Card,
    Code,
    Document,
    Line,
    Listing,
    Math,
    Paragraph,
    Section,
    Slot,
    Strong,
    Table,
    Text,
)
from symsim.render.layers import how_it_works
from symsim.render.notation import Notation
from symsim.render.opening import evidence, machine_table
from symsim.render.weight_blocks import head_strip, network_strip

MOST_LETTERS = 12
"""An alphabet with more tokens than this is shown by its first and last ones."""


class _WordContext(Shown):
    """A checked derivation about words, pictured at one word."""

    made: Any
    derivation: Any

    def __init__(self, checked: CheckedDerivation, notation: Notation) -> None:
        self.checked, self.derivation, self.made = checked, checked.derivation, checked.construction
        examples = self.derivation.examples if self.made is self.derivation.construction else []
        self.word: tuple[Any, ...] = examples[0].word if examples else self.made.sample
        super().__init__(self.made.at_word(self.word), notation)


def words_derivation_page(checked: CheckedDerivation, notation: Notation, date: str, release: str) -> Document:
    """The document of a checked derivation about words."""
    context = _WordContext(checked, notation)
    made, drawing = context.made, flow_section(context)
    at = Paragraph(sentence("Drawn at the word ", Code(spelled(context.word)), "."))
    counted = Paragraph(sentence(f"Counted at the longest words, those of {made.length} tokens; "
                                 "the table of embeddings is not counted."))  # fmt: skip
    sections = [
        _claim(context),
        _verdict(context, date, release),
        Section("machine", "The machine", (_only(), machine_table(made.machine))),
        _tokens(context),
        _layers(context),
        _conclusion(context),
        Section("controls", "Why it cannot be simpler", tuple(_controls(context))),
        Section("cost", "Cost", (counted, cost_table(made.cost, notation))),
    ]
    if made is context.derivation.construction and context.derivation.examples:
        blocks = [_example(context, k, item) for k, item in enumerate(context.derivation.examples, 1)]
        sections.append(Section("example", "Worked example" if len(blocks) == 1 else "Worked examples", tuple(blocks)))
    sections += [Section(drawing.name, drawing.title, (at, *drawing.blocks)), limits_section(context)]
    return Document(context.derivation.title, (), tuple(sections), context.colours, f"symsim {release}, {date}")


def spelled(word: tuple[Any, ...]) -> str:
    """A word as readers see it: its tokens, apart from each other."""
    return " ".join(map(str, word))


def _only() -> Paragraph:
    return Paragraph(
        sentence("These are all the operations that the encoder uses. The table is read off the encoder, not typed in.")
    )


def _alphabet(made: Any) -> str:
    letters = [str(token) for token in made.alphabet]
    if len(letters) > MOST_LETTERS:
        letters = [*letters[: MOST_LETTERS - 2], "...", letters[-1]]
    return ", ".join(letters)


def _claim(context: _WordContext) -> Section:
    derivation, made, prose = context.derivation, context.made, context.prose
    blocks: list[Block] = [
        Paragraph(prose.line(derivation.statement), "lead"),
        Listing(
            (
                sentence("The alphabet is ", Code(_alphabet(made)), f": {len(made.alphabet)} tokens."),
                sentence(f"A word is a sequence of 1 to {made.length} tokens."),
            )
        ),
        Paragraph(sentence("The claim is: ", Code(made.claim.statement()), ".")),
    ]
    if derivation.source:
        blocks.append(Paragraph((Strong("Source. "), *prose.line(derivation.source))))
    if derivation.ours:
        blocks.append(Paragraph((Strong("What is whose. "), *prose.line(derivation.ours))))
    return Section("claim", "The claim", tuple(blocks))


def _verdict(context: _WordContext, date: str, release: str) -> Section:
    checked = context.checked
    report, derivation = checked.report, checked.derivation
    ranges = f" {report.claim.quantifiers()}: {report.claim.domain['inputs']} words."
    items: list[Line] = [(verdict(report.verdict), Text(ranges))]
    if derivation.cases:
        titles = "; ".join(case.title for case in derivation.cases)
        command = Code(f"symsim prove {derivation.name}")
        items.append(sentence("The command ", command, f" checks these cases too: {titles}."))
    items += evidence(report, context)
    if checked.identities:
        done = sum(reached(item.report) for item in checked.identities)
        items.append(
            sentence(Strong("Steps. "), f"{done} of {len(checked.identities)} steps are proved, each by itself.")
        )
    if checked.weights is not None:
        items.append(sentence(Strong("Weights. "), f"Written out and compared, they are {checked.weights}."))
    if checked.controls:
        done = sum(item.refuted for item in checked.controls)
        words = f"{done} of {len(checked.controls)} planted changes are refuted, each by a word."
        items.append(sentence(Strong("Controls. "), words))
    items.append(sentence(Strong("Checked by "), f"symsim {release}, {date}."))
    kind = "good" if checked.complete else "bad" if str(report.verdict) == "refuted" else "open"
    return Section("verdict", "The verdict", (Box(kind, tuple(Paragraph(item) for item in items)),))


def _tokens(context: _WordContext) -> Section:
    made = context.made
    slots: Slots = made.slots
    words = (
        "The token matrix {H} has one row for each token of the word and, behind it, one row for the sink: a token "
        "that heads look at where nothing else is selected. It has {D} columns, cut into slots. Before the first "
        "layer the row of a token is read from a table, by the token and its position. The weights are the same for "
        "all words."
    )
    size = Math(context.notation.size(slots.total))
    blocks: list[Block] = [Paragraph(phrase(words, H=Math("H"), D=size))]
    placed = set(made.placed)
    rows = tuple(
        (
            (Slot(name),),
            sentence(Math(context.notation.size(slots.size(name)))),
            sentence("from the table" if name in placed else "empty"),
        )
        for name in slots.names
    )
    blocks.append(Table((sentence("Slot"), sentence("Columns"), sentence("At the start")), rows))
    own = [item for item in context.checked.identities if item.place.layer < 0]
    return Section("tokens", "The tokens", (*blocks, *_reasons(context, own), *_decided(own)))


def _layers(context: _WordContext) -> Section:
    blocks: list[Block] = [*how_it_works(context)]
    for number in range(len(context.made.layers)):
        own = [item for item in context.checked.identities if item.place.layer == number]
        blocks.append(_layer(context, number, own))
    return Section("layers", "Layer by layer", tuple(blocks))


def _layer(context: _WordContext, number: int, own: list[CheckedIdentity]) -> Card:
    made, notation = context.made, context.notation
    layer = made.layers[number]
    found: list[Block] = _reasons(context, own)
    if number < len(made.layer_notes):
        found.append(Paragraph(context.prose.line(made.layer_notes[number])))
    for index, head in enumerate(layer.heads[: notation.heads], 1):
        found.append(Paragraph(sentence(Strong(f"Head {index}. "), f"{head.name or 'A head'}: {head.normaliser}.")))
        found.append(head_strip(head, made.slots, notation))
    if len(layer.heads) > notation.heads:
        found.append(Paragraph(sentence(f"And {len(layer.heads) - notation.heads} more heads.")))
    if layer.feed_forward is not None:
        names = ", ".join(dict.fromkeys(name for name, _ in layer.feed_forward.activations))
        units = Math(notation.size(layer.feed_forward.units))
        found.append(Paragraph(sentence(Strong("Feed-forward network. "), units, f" hidden units: {names}.")))
        found.append(network_strip(layer.feed_forward, made.slots, notation))
    found += _decided(own)
    title = [Text(f"Layer {number + 1}"), *([Text(f": {layer.name}")] if layer.name else [])]
    return Card(f"layer-{number + 1}", tuple(title), tuple(found))


def _reasons(context: _WordContext, own: list[CheckedIdentity]) -> list[Block]:
    """The steps that these identities belong to, with their reasons."""
    steps = dict.fromkeys(item.step for item in own)
    return [Paragraph((Strong(f"{step.title} "), *context.prose.line(step.reason))) for step in steps]


def _decided(own: list[CheckedIdentity]) -> list[Block]:
    """What was decided about each slot."""
    rows = tuple(
        (
            sentence(Slot(item.place.slot)),
            sentence(str(item.formula)),
            (verdict(item.report.verdict),),
            sentence(item.report.method),
        )
        for item in own
    )
    head = (sentence("Slot"), sentence("At each position"), sentence("Verdict"), sentence("Method"))
    return [Table(head, rows)] if own else []


def _conclusion(context: _WordContext) -> Section:
    made = context.made
    words = (
        f"The value of a position is read from slot {{slot}} after layer {len(made.layers)}. So the encoder gives "
        "what the claim says, at every word."
    )
    blocks: list[Block] = [Paragraph(phrase(words, slot=Slot(made.readout)))]
    if made.codes:
        pairs = ", ".join(f"{number} for {value}" for number, value in made.codes)
        blocks.append(Paragraph(sentence("Numbers in the slot stand for values: ", Code(pairs), ".")))
    return Section("conclusion", "Conclusion", tuple(blocks))


def _controls(context: _WordContext) -> list[Block]:
    controls = context.checked.controls
    if not controls:
        return [Paragraph(sentence("No controls were run for this construction."))]
    lead = (
        "A proof that would also accept a wrong encoder is worth nothing. Each card changes one thing and shows the "
        "first word at which the changed encoder gives something else than the claim says."
    )
    return [Paragraph(sentence(lead)), *(_control(context, k, item) for k, item in enumerate(controls, 1))]


def _control(context: _WordContext, number: int, item: CheckedControl) -> Card:
    report, name = item.report, item.control.name.replace("_", " ")
    title = sentence(f"Control {number}, {name}: ", doc.Verdict(str(report.verdict), item.refuted))
    blocks: list[Block] = []
    if item.control.reason:
        blocks.append(Paragraph((Strong("Changed. "), *context.prose.line(item.control.reason))))
    blocks.append(Paragraph((Strong("Why it fails. "), *context.prose.line(item.control.title))))
    blocks.append(Paragraph(_witness(report)))
    return Card(f"control-{number}", title, tuple(blocks))


def _witness(report: Report) -> Line:
    witness = report.witness
    if witness is None:
        return sentence("No word was found on which the change shows. ", report.reason)
    word = spelled(tuple(witness.inputs["tokens"]))
    gives, says = Code(witness.left_value), Code(witness.right_value)
    return sentence("At the word ", Code(word), " this encoder gives ", gives, "; the claim says ", says, ".")


def _example(context: _WordContext, number: int, example: WordExample) -> Card:
    made, word = context.made, example.word
    blocks: list[Block] = [
        Paragraph(sentence("The word is ", Code(spelled(word)), ". What the slots of width 1 hold at its positions:"))
    ]
    head = (sentence("Slot"), sentence("When"), *(sentence(str(token)) for token in word))
    rows: list[tuple[Line, ...]] = []
    for slot, states in example.run(made):
        before: list[Any] | None = None
        for layer, values in enumerate(states):
            if values != before and (before is not None or any(values)):
                when = "at the start" if layer == 0 else f"after layer {layer}"
                rows.append((sentence(Slot(slot)), sentence(when), *(sentence(str(value)) for value in values)))
            before = values
    blocks.append(Table(head, tuple(rows)))
    result = ", ".join(map(str, made.values(word)))
    blocks.append(Paragraph(sentence("The result, position by position: ", Code(result), ".")))
    return Card(f"example-{number}", sentence(example.title or "A short word"), tuple(blocks))
