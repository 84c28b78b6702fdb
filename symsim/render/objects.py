"""Documents of single objects: reports, constructions, dataflows, costs, machine models, formulas."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.claims.report import Report
from symsim.claims.word_encoder import WordEncoder
from symsim.derivation import CheckedDerivation, Derivation
from symsim.encoder.cost import Cost
from symsim.encoder.machine import Machine
from symsim.errors import BadInput
from symsim.flow import Dataflow, slot_colours
from symsim.formulas.syntax import Formula
from symsim.render import document as doc
from symsim.render.closing import cost_table, flow_section, report_blocks
from symsim.render.context import Shown, sentence, verdict
from symsim.render.document import Block, Code, Display, Document, Paragraph, Section, Strong, Text
from symsim.render.flow_drawing import flow_tikz
from symsim.render.layers import how_it_works, stepper
from symsim.render.notation import Notation
from symsim.render.opening import evidence, machine_table, quantified, relation, tokens_blocks
from symsim.render.page import derivation_page, version
from symsim.render.prose import Prose
from symsim.render.weight_blocks import head_strip, network_strip
from symsim.render.words_page import words_page


def document(obj: Any, notation: Notation) -> Document:
    """The document of an object; ``BadInput`` for one that has no page."""
    if isinstance(obj, Derivation):
        obj = obj.check()
    if isinstance(obj, CheckedDerivation):
        return derivation_page(obj, notation)
    if isinstance(obj, Report):
        return _report(obj, notation)
    if isinstance(obj, Construction):
        return _construction(obj, notation)
    if isinstance(obj, WordEncoder):
        return words_page(obj, notation)
    if isinstance(obj, Dataflow):
        shown = Shown(obj.construction, notation)
        shown.__dict__["flow"] = obj  # the one at hand, not a new trace
        drawing = doc.Drawing(obj.to_svg(), flow_tikz(shown), obj.to_mermaid())
        return Document(f"Dataflow of {obj.construction.name}", (drawing,), (), shown.colours)
    if isinstance(obj, Cost):
        return Document("Cost", (cost_table(obj, notation),))
    if isinstance(obj, Machine):
        return Document("Machine model", (machine_table(obj),))
    if isinstance(obj, Formula):
        words = sentence("A matrix of shape ", doc.Math(notation.shape(obj.shape)), ".")
        return Document("Formula", (Display(notation.formula(obj)), Paragraph(words)))
    raise BadInput(
        f"there is no page for a {type(obj).__name__}; there is one for derivations, "
        "reports, constructions, encoders for words, dataflows, costs, machines and formulas"
    )


class _Bare:
    """What sections ask of a context, for a claim whose left side is no construction."""

    def __init__(self, report: Report, notation: Notation) -> None:
        self.notation = notation
        self.prose = Prose([name for name, _ in report.claim.inputs], notation=notation)
        self.nodes: dict[str, str] = {}


def _report(report: Report, notation: Notation) -> Document:
    claim = report.claim
    if claim.domain is not None:
        return _words(report)
    left, right = claim.left, claim.right
    shown: Any = Shown(left, notation) if isinstance(left, Construction) else _Bare(report, notation)
    lead: list[Block] = []
    if isinstance(right, Formula):
        names = ", ".join(notation.name(name) for name, _ in claim.inputs)
        before = (
            notation.formula(left)
            if isinstance(left, Formula)
            else f"U({names})"
            if isinstance(left, Construction)
            else ""
        )
        if before:
            lead.append(Display(before, ((relation(claim), notation.formula(right)),)))
        else:
            lead += [Paragraph(shown.prose.line(str(left) + " is")), Display(notation.formula(right))]
    else:
        lead.append(Paragraph(shown.prose.line(claim.statement())))
    first: doc.Line = (verdict(report.verdict), Text(" for "), *quantified(claim, shown), Text("."))
    made: doc.Line = sentence(Strong("Checked by "), f"symsim {version(report)}.")
    kind = {"proved": "good", "refuted": "bad"}.get(str(report.verdict), "open")
    lead.append(doc.Box(kind, tuple(Paragraph(item) for item in (first, *evidence(report, shown), made))))
    colours = slot_colours(left.encoder.slots.names) if isinstance(left, Construction) else {}
    return Document(f"Report: {claim.name}", (*lead, *report_blocks(report, shown)), (), colours)


def _words(report: Report) -> Document:
    """A report about finitely many inputs: all words over an alphabet, or listed ones."""
    kind = {"proved": "good", "refuted": "bad"}.get(str(report.verdict), "open")
    first: doc.Line = (verdict(report.verdict), Text(f": {report.claim.statement()}."))
    lines: list[doc.Line] = [first, sentence(f"{report.claim.domain['inputs']} inputs, method: {report.method}.")]
    if report.reason:
        lines.append(sentence(f"{report.reason}."))
    if report.witness is not None:
        lines += [(doc.Code(line.removeprefix("# ")),) for line in str(report.witness).splitlines()]
    lines.append(sentence(Strong("Checked by "), f"symsim {version(report)}."))
    return Document(f"Report: {report.claim.name}", (doc.Box(kind, tuple(map(Paragraph, lines))),), (), {})


def _construction(construction: Construction, notation: Notation) -> Document:
    shown = Shown(construction, notation)
    names = ", ".join(notation.name(name) for name, _ in construction.inputs)
    call = rf"\operatorname{{decode}}(U(\operatorname{{encode}}({names})))"
    ranges = quantified(construction.claim, shown)
    claim: tuple[Block, ...] = (Paragraph(sentence("What a run of ", Code(str(construction.computes)), " gives.")),)
    if isinstance(construction.computes, Formula):
        claim = (Display(call, ((relation(construction.claim), notation.formula(construction.computes)),)),)
    if ranges:
        claim += (Paragraph(sentence("for ", *ranges, ".")),)
    layers: list[Block] = [*how_it_works(shown)]
    if not construction.fixed:
        layers.append(stepper(shown))
    layers += [_layer(shown, number) for number in range(len(construction.encoder.layers))]
    sections = (
        Section("claim", "What it is claimed to compute", claim),
        Section("machine", "The machine", (machine_table(construction.machine),)),
        Section("tokens", "The tokens", tuple(tokens_blocks(shown))),
        Section("layers", "Layer by layer", tuple(layers)),
        Section("cost", "Cost", (cost_table(construction.cost, notation),)),
        flow_section(shown),
    )
    title = f"The construction {construction.name.replace('_', ' ')}" + (
        f", realisation {construction.realisation}" if construction.realisation else ""
    )
    return Document(title, (), sections, shown.colours)


def _layer(shown: Shown, number: int) -> doc.Card:
    layer, slots = shown.encoder.layers[number], shown.encoder.slots
    blocks: list[Block] = []
    if number < len(shown.construction.layer_notes):
        blocks.append(Paragraph(shown.prose.line(shown.construction.layer_notes[number])))
    for index, head in enumerate(layer.heads[: shown.notation.heads], 1):
        mask = "" if head.mask.kind == "none" else f", mask: {head.mask.kind}"
        blocks.append(
            Paragraph(sentence(Strong(f"Head {index}."), f" {head.name or 'A head'}: {head.normaliser}{mask}."))
        )
        blocks.append(head_strip(head, slots, shown.notation))
    if len(layer.heads) > shown.notation.heads:
        blocks.append(Paragraph(sentence(f"And {len(layer.heads) - shown.notation.heads} more heads.")))
    if layer.feed_forward is not None:
        names = ", ".join(dict.fromkeys(name for name, _ in layer.feed_forward.activations))
        units = shown.notation.size(layer.feed_forward.units)
        blocks.append(
            Paragraph(sentence(Strong("Feed-forward network."), " ", doc.Math(units), f" hidden units: {names}."))
        )
        blocks.append(network_strip(layer.feed_forward, slots, shown.notation))
    title = [Text(f"Layer {number + 1}"), *([Text(": "), *shown.prose.line(layer.name)] if layer.name else [])]
    return doc.Card(f"layer-{number + 1}", tuple(title), tuple(blocks))
