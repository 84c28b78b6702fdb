"""The first sections of a page: the claim, its verdict, the machine, and the tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from symsim.claims.approximate import ApproximateClaim
from symsim.claims.claim import Claim
from symsim.claims.construction import Placement
from symsim.claims.report import Report, Verdict
from symsim.encoder.activations import ACTIVATIONS
from symsim.encoder.layers import weights_of
from symsim.encoder.machine import Machine
from symsim.encoder.normalisers import NORMALISERS
from symsim.formulas.sizes import as_size, size_names
from symsim.proof.rocq_pieces import piece
from symsim.render import document as doc
from symsim.render.closing import result_latex
from symsim.render.context import Context, Shown, listed, phrase, sentence, verdict
from symsim.render.document import (
    Block,
    Code,
    Display,
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
from symsim.render.symbols import in_parts, ordered_sizes, symbols

FEW_NAMES = 9
"""More names than this stand one by one in a line."""
METHODS = {
    "parametric": "all sizes at once: both sides become sums of words in the "
    "matrix symbols and have the same normal form",
    "symbolic": "fixed sizes, exactly: both sides are exp-rational functions "
    "of the entries and have the same normal form",
    "symbolic cut": "fixed sizes, exactly, node by node: what a layer writes is an exp-rational function of what it "
    "reads, with the same normal form as the formula that stands for it",
    "symbolic uncut": "fixed sizes, exactly and in one piece: both sides are exp-rational functions of the entries "
    "and have the same normal form",
    "exhaustive": "every input was run, exactly",
    "smt": "exactly, case by case: in each case the sides are equal as formulas, or by what is assumed there",
    "modular": "both sides have the same values at random points modulo random primes",
    "ball": "both sides are enclosed, by floats with a proved bound or by balls",
    "witness": "an exact input at which the two sides differ",
}


def claim_section(context: Context) -> Section:
    """What is claimed, with every symbol introduced first."""
    derivation, prose = context.derivation, context.prose
    blocks: list[Block] = [
        Paragraph(_lead(context), "lead"),
        Listing(tuple(symbols(context))),
        Paragraph(sentence("The claim is")),
        Display(context.call(), ((relation(context.construction.claim), result_latex(context)),)),
        Paragraph(sentence("for ", *quantified(context.stated, context), ".")),
        *in_parts(context),
    ]
    blocks += [Paragraph(line) for line in [dependence(context)] if line]
    if derivation.source:
        blocks.append(Paragraph((Strong("Source. "), *prose.line(derivation.source))))
    if derivation.ours:
        blocks.append(Paragraph((Strong("What is whose. "), *prose.line(derivation.ours))))
    return Section("claim", "The claim", tuple(blocks))


def _lead(context: Context) -> Line:
    """The statement; for a relative of the construction, that it is one."""
    if context.instance:
        return context.prose.line(context.derivation.statement)
    found = context.construction
    kind = f", realisation {found.realisation}" if found.realisation else ""
    return sentence(
        f"A relative of the theorem: the construction {found.name.replace('_', ' ')}{kind}, from the same family."
    )


def dependence(context: Shown) -> Line:
    """On which sizes the weights depend, read off their shapes; empty at fixed sizes."""
    weights = [weight for layer in context.encoder.layers for weight in weights_of(layer)]
    used = {name for weight in weights for size in weight.shape for name in size_names(as_size(size))}
    sizes = ordered_sizes(context.construction.claim)
    inside, outside = ([s for s in sizes if (s in used) is wanted] for wanted in (True, False))
    if not sizes:
        return ()
    names = context.notation.name
    found = [
        Text("The weights of "),
        Math("U"),
        Text(" depend on "),
        *listed([names(s) for s in (*inside, *context.encoder.constants)]),
        Text(" alone, and on no input."),
    ]
    if outside:
        found += [Text(" The size "), *listed([names(s) for s in outside]), Text(" enters through the number "
            "of tokens and the "
            "mask: one set of weights serves every "),
                  *listed([names(s) for s in outside]), Text(".")]  # fmt: skip
    return tuple(found)


def _names(latex: list[str]) -> Line:
    """Names with commas: as one formula, or many of them one by one, so that a line can end between them."""
    if len(latex) <= FEW_NAMES:
        return (Math(", ".join(latex)),)
    return sentence(*(part for name in latex for part in (", ", Math(name))))[1:]


def quantified(claim: Claim, context: Shown) -> Line:
    """What a claim ranges over, in words and symbols."""
    notation = context.notation
    parts: list[Line] = []
    sizes = ordered_sizes(claim)
    if sizes:
        parts.append(sentence("all integers ", Math(", ".join(notation.name(s) for s in sizes) + r" \ge 1")))
    real = [name for name, _ in claim.inputs if name not in claim.binary] + list(claim.scalars)
    if real and sizes:
        parts.append(sentence("all real ", *_names([notation.name(name) for name in real])))
    elif real:
        shapes = dict(claim.inputs)
        spaces = {
            name: rf"\mathbb{{R}}^{{{notation.shape(shapes[name])}}}" if name in shapes else r"\mathbb{R}"
            for name in real
        }
        parts.append(
            sentence("all ", Math(", ".join(rf"{notation.name(name)} \in {space}" for name, space in spaces.items())))
        )
    if claim.binary:
        tail = ", with a 1 in each row" if claim.nonempty_rows else ""
        parts.append(
            sentence("all ", Math(", ".join(notation.name(b) for b in claim.binary)), f" with entries 0 and 1{tail}")
        )
    found: list[doc.Inline] = []
    for k, part in enumerate(parts):
        found += [Text(" and " if k == len(parts) - 1 else ", ")] if k else []
        found += part
    if isinstance(claim, ApproximateClaim):
        within = f" with entries in [-{claim.bound}, {claim.bound}], where every entry is off by at most "
        found += [Text(within), *closed_form(claim.eps, context)]
    return tuple(found)


def closed_form(eps: Any, context: Shown) -> Line:
    """A closed formula with its numbers; where it depends on one size, also its value where that is 2."""
    import sympy

    numbers = ", ".join(f"{name} = {value}" for name, value in eps.values)
    found: list[doc.Inline] = [Math(sympy.latex(eps.expression, order="old"))]
    found += [Text(" with "), Math(numbers)] if numbers else []
    if len(eps.free) == 1:
        name = context.notation.name(eps.free[0])
        found += [Text(" (which is less than "), Text(eps.at({eps.free[0]: 2}).decimal(3)), Text(" for "),
                  Math(f"{name} = 2"), Text(")")]  # fmt: skip
    return tuple(found)


def relation(claim: Claim) -> str:
    """The sign between the two sides of a claim."""
    return r"\approx" if claim.approximate else "="


def verdict_section(context: Context, date: str, version: str) -> Section:
    """The box with the verdict, its quantifiers and what stands behind it."""
    checked, report = context.checked, context.checked.report
    items: list[Line] = [(verdict(report.verdict), Text(" for "), *quantified(report.claim, context), Text("."))]
    if context.instance and report.claim.fixed and not context.construction.fixed:
        sizes = context.derivation.sizes_of(dict(checked.construction.inputs))
        values = ", ".join(f"{context.notation.name(name)} = {value}" for name, value in sizes.items())
        items.append(phrase("Checked here at {sizes} only, not for all sizes.", sizes=Math(values)))
    items += _shown_at(context)
    items += evidence(report, context)
    if checked.identities:
        done = sum(item.report.verdict is Verdict.PROVED for item in checked.identities)
        items.append(
            sentence(
                Strong("Steps. "),
                f"{done} of {len(checked.identities)} identities of the steps are proved, each by itself.",
            )
        )
    if checked.weights is not None:
        said = f"Written out and compared, they are {checked.weights}."
        items.append((Strong("Weights. "), *context.prose.line(said)))
    if checked.controls:
        done = sum(control.refuted for control in checked.controls)
        items.append(
            sentence(
                Strong("Controls. "),
                f"{done} of {len(checked.controls)} planted changes are refuted, each by an exact input.",
            )
        )
    items.append(sentence(Strong("Checked by "), f"symsim {version}" + (f", {date}." if date else ".")))
    kind = "good" if checked.complete else "bad" if report.verdict is Verdict.REFUTED else "open"
    return Section("verdict", "The verdict", (doc.Box(kind, tuple(Paragraph(item) for item in items)),))


def _shown_at(context: Context) -> list[Line]:
    """For a construction that exists at fixed sizes only: which ones are shown, and which ones are checked besides."""
    derivation = context.derivation
    if not context.instance or derivation.inputs is None:
        return []
    notation, found = context.notation, []
    sizes = derivation.sizes_of(dict(context.checked.construction.inputs))
    values = ", ".join(f"{notation.name(name)} = {value}" for name, value in sizes.items())
    words = "Checked and shown here at {sizes}. The encoder of other sizes is another encoder, built by the same rule."
    found.append(phrase(words, sizes=Math(values)))
    if derivation.cases:
        titles = "; ".join(case.title for case in derivation.cases)
        line = ("The command ", Code(f"symsim prove {derivation.name}"), f" checks these sizes too: {titles}.")
        found.append(sentence(*line))
    if derivation.piece:
        theorem = piece(derivation.piece)
        said = (f"{theorem.statement} That is the theorem ", Code(theorem.theorem), " of our library for Rocq, which ")
        found.append(sentence(Strong("For all sizes. "), *said, Code("make rocq"), " compiles."))
    return found


def evidence(report: Report, context: Shown) -> list[Line]:
    """What stands behind a verdict: method, side conditions, certificate, trust."""
    how = METHODS.get(report.method)
    items: list[Line] = [(Strong("Method. "), Code(report.method), Text(f": {how}." if how else "."))]
    conditions = [context.prose.line(condition) for condition in report.side_conditions]
    found: list[doc.Inline] = [Strong("Side conditions. ")]
    for k, condition in enumerate(conditions):
        found += [Text("; "), *condition] if k else [*condition]
    items.append((*found, Text("." if conditions else "None.")))
    if report.bound and not isinstance(report.claim, ApproximateClaim):  # whose quantifiers state it
        items.append(sentence(Strong("Error bound. "), f"{report.bound[:1].upper()}{report.bound[1:]}."))
    if report.reason:
        items.append((Strong("Reason. "), Text(report.reason)))
    without = report.certifier.reason if report.certifier else "the report has none"
    shown = Code(report.certificate) if report.certificate else Text(f"None: {without}.")
    items.append((Strong("Certificate. "), shown))
    if report.trusted:
        items.append(sentence(Strong("Trusted without a proof of its own. "), ", ".join(report.trusted)))
    return items


def machine_table(machine: Machine) -> Table:
    """The machine model as a table, with what is not used."""
    rows: list[tuple[Line, ...]] = [(sentence(label), sentence(value)) for label, value in machine.rows()]
    rows.append((sentence("Not used"), sentence(", ".join(unused(machine)) or "everything is used")))
    return Table((sentence("Part"), sentence("What the encoder has")), tuple(rows))


def unused(machine: Machine) -> list[str]:
    """What a transformer may have and this machine does not."""
    found = [] if machine.activations else ["feed-forward networks"]
    if machine.activations:
        found += [f"{a.name} units" for a in ACTIVATIONS if a.name not in machine.activations]
    hard = [n.name for n in NORMALISERS if n.name not in machine.normalisers]
    found += [f"{name} attention" for name in hard]
    found += ["layer norm"] if machine.layer_norm == "none" else []
    found += ["causal masks"] if not any("causal" in mask for mask in machine.masks) else []
    found += ["position codes"] if machine.positions == "none" else []
    found += ["architecture constants"] if not machine.constants else []
    return found


def machine_section(context: Context) -> Section:
    """The machine model."""
    lead = sentence(
        "These are all the operations that the encoder uses. The table is read off the encoder, not typed in."
    )
    return Section("machine", "The machine", (Paragraph(lead), machine_table(context.construction.machine)))


def tokens_section(context: Context) -> Section:
    """The token matrix at the start."""
    return Section("tokens", "The tokens", tuple(tokens_blocks(context)))


def tokens_blocks(context: Shown) -> list[Block]:
    """How the inputs become tokens: the layout in words, and the picture."""
    encoder, notation = context.encoder, context.notation
    words = (
        "The token matrix {H} has one row for each token, {N} in all, and {D} columns. Its rows are cut into the "
        "groups {groups}; its columns into slots. "
        "{block} is the block of the rows {R} and the slot {s} after {k} layers."
    )
    parts = {
        "H": Math("H"),
        "N": Math(notation.size(encoder.tokens.total)),
        "D": Math(notation.size(encoder.slots.total)),
        "groups": listed([notation.name(name) for name in encoder.tokens.names]),
        "block": Math(r"H_{k}[R, \mathsf{s}]"),
        "R": Math("R"),
        "s": Math(r"\mathsf{s}"),
        "k": Math("k"),
    }
    start = "At the start it holds the inputs, row numbers, and zeros. Zeros are left empty in the picture."
    caption = phrase("The token matrix {H}. Where slots have colours, they keep them on the whole page.", H=Math("H_0"))
    return [
        Paragraph(phrase(words, **parts)),
        Paragraph(sentence(start)),
        *context.pictured(0, caption),
        Listing(tuple(_placements(context))),
        Paragraph(_readout(context)),
    ]


def _readout(context: Shown) -> Line:
    """Where the result is read."""
    readout, notation = context.construction.readout, context.notation
    if readout.group is not None:
        rows = Math(notation.name(readout.group))
        return phrase("The result is read from slot {slot} of the rows {rows}.", slot=Slot(readout.slot), rows=rows)
    words = "The result, {shape}, is read from slot {slot} of the first positions, row by row."
    return phrase(words, shape=Math(notation.shape(readout.shape)), slot=Slot(readout.slot))


def _placements(context: Shown) -> Iterable[Line]:
    """What the slots hold at the start; row numbers and ones of one slot are said together."""
    together: dict[tuple[Any, ...], list[Placement]] = {}
    for placement in context.construction.placements:
        own = placement.group if placement.what not in ("identity", "ones") else ""
        size = context.encoder.tokens.size(placement.group) if placement.what == "identity" else ""
        together.setdefault((placement.slot, placement.what, own, str(size)), []).append(placement)
    return (_placement(context, found[0], [placement.group for placement in found]) for found in together.values())


def _placement(context: Shown, placement: Placement, groups: list[str]) -> Line:
    notation = context.notation
    slot, what = placement.slot, placement.what
    size = notation.size(context.encoder.tokens.size(placement.group))
    where = (Text("Slot "), Slot(slot), Text(" of the rows "), *listed([notation.name(g) for g in groups]), Text(": "))
    said: dict[str, Line] = {
        "input": sentence("the rows of ", Math(notation.name(placement.name)), "."),
        "flat": sentence("the entries of ", Math(notation.name(placement.name)), ", row by row, one a token."),
        "identity": sentence(
            "the identity ",
            Math(f"I_{{{size}}}"),
            ": row ",
            Math("k"),
            " carries its own number as the unit vector ",
            Math("e_k"),
            ".",
        ),
        "ones": sentence("the constant 1."),
        "constant": sentence("a constant matrix of zeros and ones."),
    }
    return (*where, *said[what])
