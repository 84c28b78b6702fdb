"""The last sections of a page: conclusion, controls, cost, dataflow, and what is not said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy

from symsim.claims.report import Report, Witness
from symsim.derivation import CheckedControl
from symsim.encoder.cost import Cost
from symsim.formulas.sizes import size_names
from symsim.formulas.syntax import Formula
from symsim.rasp.counting import repeated
from symsim.render import document as doc
from symsim.render.breaking import width
from symsim.render.context import Context, Shown, block, listed, sentence, verdict
from symsim.render.document import (
    Block,
    Card,
    Display,
    Drawing,
    Equations,
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
from symsim.render.flow_drawing import flow_tikz, linked_svg
from symsim.render.matrices import decimal_latex, factor_latex, factors, matrix_latex, number_latex, plain_entries
from symsim.render.notation import Notation, size_order

EXAMPLE_SIZES = {"n": 128}
"""The sizes of the second row of the table of costs; every size that is not named here is ``OTHER_SIZES``."""
OTHER_SIZES = 64
LONG_NODE = 40
"""Formulas wider than this stand in a line of their own."""
FEW_SIZES = 3
"""With more sizes than this, the heading does not name each one."""


def conclusion_section(context: Context) -> Section:
    """The claim follows: the read-out in one line."""
    readout, notation = context.construction.readout, context.notation
    last = len(context.encoder.layers)
    computes = result_latex(context)
    blocks: list[Block] = []
    if readout.group is not None:
        where = sentence(
            "The read-out takes slot ",
            Slot(readout.slot),
            " of the rows ",
            Math(notation.name(readout.group)),
            f" after layer {last}. So",
        )
        chain = (("=", block(last, readout.group, readout.slot, notation)), (_relation(context), computes))
        blocks = [Paragraph(where), Display(context.call(), chain)]
    else:
        where = sentence(
            "The read-out takes slot ", Slot(readout.slot), f" of the first positions after layer {last}. So"
        )
        blocks = [Paragraph(where), Display(context.call(), ((_relation(context), computes),))]
    blocks.append(Paragraph(sentence("for ", *_ranges(context), ", which is the claim.")))
    return Section("conclusion", "Conclusion", tuple(blocks))


def result_latex(context: Context) -> str:
    """What the construction computes, as LaTeX: a formula, its name on a page with names, or that of what gives it."""
    if context.named:
        return context.notation.name(context.named[-1].name)
    if isinstance(context.computes, Formula):
        return context.notation.formula(context.computes)
    return rf"\text{{{plain(str(context.computes))}}}"


def plain(text: str) -> str:
    """Words inside mathematics: letters, digits and marks that need no escape."""
    return re.sub(r"[^A-Za-z0-9 ,.()=+*<>|/-]", " ", text)


def _relation(context: Context) -> str:
    from symsim.render.opening import relation

    return relation(context.construction.claim)


def _ranges(context: Context) -> Line:
    from symsim.render.opening import quantified

    return quantified(context.stated, context)


def controls_section(context: Context) -> Section:
    """The controls, each with its witness."""
    controls = context.checked.controls
    if not controls:
        return Section(
            "controls",
            "Why it cannot be simpler",
            (Paragraph(sentence("No controls were run for this construction.")),),
        )
    lead = sentence(
        "A proof that would also accept a wrong encoder is worth nothing. Each card changes "
        "one thing and shows an exact input on which the changed encoder "
        "gives another matrix than the formula of the claim."
    )
    cards = [_control(context, number, control) for number, control in enumerate(controls, 1)]
    return Section("controls", "Why it cannot be simpler", (Paragraph(lead), *cards))


def _control(context: Context, number: int, control: CheckedControl) -> Card:
    report = control.report
    name = control.control.name.replace("_", " ")
    title = sentence(f"Control {number}, {name}: ", doc.Verdict(str(report.verdict), control.refuted))
    blocks: list[Block] = []
    if control.control.reason:
        blocks.append(Paragraph((Strong("Changed. "), *context.prose.line(control.control.reason))))
    blocks.append(Paragraph((Strong("Why it fails. "), *context.prose.line(control.control.title))))
    if report.witness is not None:
        blocks += witness_blocks(report.witness, context)
    else:
        blocks.append(Paragraph(sentence("No input was found on which the change shows. ", report.reason)))
    return Card(f"control-{number}", title, tuple(blocks))


def witness_blocks(witness: Witness, context: Shown) -> list[Block]:
    """An exact input on which two sides differ, with both values."""
    notation = context.notation
    inputs = [
        rf"{notation.name(name)} = {matrix_latex(plain_entries(value, notation), notation)}"
        if hasattr(value, "rows")
        else f"{notation.name(name)} = {number_latex(value)}"
        for name, value in witness.inputs.items()
    ]
    i, j = witness.place
    left = (
        r"\text{undefined}" if witness.left is None else matrix_latex(plain_entries(witness.left, notation), notation)
    )
    right = matrix_latex(plain_entries(witness.right, notation), notation)
    values = (rf"\text{{this encoder gives}} \quad {left}", rf"\text{{the claim says}} \quad {right}")
    found: list[Block] = [Equations(tuple(inputs)), Equations(values)]
    line: list[Any] = [f"The entries in row {i + 1}, column {j + 1} differ"]
    if witness.left is not None:
        line += [
            ": ",
            Math(_valued(witness.left[i, j], witness.left_value, notation)),
            " against ",
            Math(_valued(witness.right[i, j], witness.right_value, notation)),
        ]
    found.append(Paragraph(sentence(*line, ".")))
    sides = [value for value in (witness.left, witness.right) if value is not None]
    if names := sorted({name for value in sides for name in factors(value)}):
        found.append(Paragraph(_factors(names)))
    if witness.node:
        found += _node(witness.node, context)
    return found


def _node(text: str, context: Shown) -> list[Block]:
    """A node of the dataflow in words; its formula is written in the inputs, at the sizes of the page."""
    start = Text("The two sides part at ")
    before, _, after = text.partition(" has to hold ")
    name, _, formula = after.partition(" = ")
    if not formula:
        return [Paragraph((start, *context.prose.line(text), Text(".")))]
    words = (start, *context.prose.line(before), Text(" has to hold "))
    if name not in context.nodes:
        return [Paragraph((*words, *context.prose.line(formula), Text(".")))]
    latex = context.nodes[name]
    if width(latex) > LONG_NODE:
        return [Paragraph(words), Equations((latex,))]
    return [Paragraph((*words, Math(latex), Text(".")))]


def _factors(names: list[str]) -> Line:
    """What the letters for the factors of norms stand for."""
    root = Math(r"1 / \sqrt{v + 1/100000}")
    each = "is the factor" if len(names) == 1 else "are the factors"
    letters = listed([factor_latex(name) for name in names])
    return sentence("Here ", *letters, f" {each} ", root, " of norms, for the variance ", Math("v"), " of a row.")


def _valued(value: Any, text: str, notation: Notation) -> str:
    """An exact number, and its decimal where it is no fraction; ``text`` is the number as the report writes it."""
    exact = number_latex(value)
    if value.is_Rational:
        return exact
    if factors(value):  # the arguments of the factors are not in the witness, their decimals are
        return rf"{exact} \approx {text.rpartition(' = ')[2].rstrip('.')}"
    from symsim.domains.enclosure import decimal
    from symsim.domains.nested import NestedField
    from symsim.domains.sympy_edge import from_sympy

    field = NestedField()
    return rf"{exact} \approx {decimal_latex(decimal(field, from_sympy(field, value), notation.digits))}"


def cost_section(context: Context) -> Section:
    """The cost, as polynomials and at one size."""
    words = sentence("Counted on the encoder, for all its layers together.")
    if context.price is not context.construction.cost:
        words = sentence("Counted by the loops that build the encoder, run with symbols for the sizes.")
    return Section("cost", "Cost", (Paragraph(words), cost_table(context.price, context.notation)))


def cost_table(cost: Cost, notation: Notation) -> Table:
    """The cost as a table; with symbolic sizes a second column shows it at n = 128 and 64 for all others."""
    rows: list[tuple[str, Any]] = [
        ("layers", cost.layers),
        ("heads in each layer", cost.heads),
        ("width (columns of H)", cost.width),
        ("positions (rows of H)", cost.positions),
        ("feed-forward units in each layer", cost.ffn_units),
        ("parameters, all entries", cost.parameters),
        ("parameters that are not 0", cost.nonzero_parameters),
    ]
    names = sorted({name for _, value in rows for part in _parts(value) for name in size_names(part)}, key=size_order)
    head: list[Line] = [sentence("Resource"), sentence("all sizes" if names else "count")]
    if names:
        values = {name: f"{notation.name(name)} = {EXAMPLE_SIZES.get(name, OTHER_SIZES)}" for name in names}
        if len(names) <= FEW_SIZES:
            head.append(sentence(Math(", ".join(values.values()))))
        else:
            first = [values[name] for name in names if name in EXAMPLE_SIZES]
            head.append(sentence(*listed(first), f", others {OTHER_SIZES}"))
    body = []
    size = _in_positions(cost, notation)
    for label, value in rows:
        line = [sentence(label), _amount([_counted(part, size) for part in _parts(value)])]
        if names:
            line.append(_amount([_counted(part, lambda size: _grouped(_at(size))) for part in _parts(value)]))
        body.append(tuple(line))
    return Table(tuple(head), tuple(body), numeric=True)


def _in_positions(cost: Cost, notation: Notation) -> Callable[[Any], str]:
    """How an amount is written: with N for the number of positions, where that is a maximum of several.

    Then D is the width, and the number of all parameters is a multiple of it: a weight has one side of width D.
    """
    positions = cost.positions
    largest = sorted(positions.atoms(sympy.Max), key=str) if isinstance(positions, sympy.Basic) else []
    if not largest:
        return notation.size
    rest = positions - largest[0]
    short = {largest[0]: sympy.Symbol("N", positive=True, integer=True) - rest}
    width, parameters = (sympy.expand(value) for value in (cost.width, cost.parameters))
    each, left = sympy.div(sympy.expand(parameters.xreplace(short)), sympy.expand(width.xreplace(short)))

    def size(amount: Any) -> str:
        if isinstance(amount, int):
            return notation.size(amount)
        if amount == sympy.expand(positions):
            return rf"N = \max({', '.join(map(notation.size, sorted(largest[0].args, key=str)))}) + {rest}"
        if amount == parameters and left == 0:
            return f"D ({notation.size(each)})"
        name = "D = " if amount == width and left == 0 else ""
        return name + notation.size(sympy.expand(amount.xreplace(short)))

    return size


def _parts(value: Any) -> tuple[Any, ...]:
    parts = value if isinstance(value, tuple) else (value,)
    return tuple(int(p) if isinstance(p, int) or getattr(p, "is_Integer", False) else sympy.expand(p) for p in parts)


def _counted(part: Any, shown: Callable[[Any], str]) -> str:
    """An amount, or one that is the same in each of so many layers."""
    if getattr(part, "func", None) != repeated:
        return shown(part)
    amount, layers = (int(arg) if arg.is_Integer else arg for arg in part.args)
    return rf"{shown(amount)} \text{{ in each of }} {shown(layers)} \text{{ layers}}"


def _at(size: Any) -> int:
    from symsim.encoder.instantiating import at_size

    return int(at_size(size, {name: EXAMPLE_SIZES.get(name, OTHER_SIZES) for name in size_names(size)}))


def _amount(latex: list[str]) -> Line:
    if len(latex) > 1 and len(set(latex)) == 1:
        return sentence(Math(latex[0]), " each")
    parts: list[Any] = [Math(latex[0])]
    for amount in latex[1:]:  # formulas of their own, so that a line may end between them
        parts += [", ", Math(amount)]
    return sentence(*parts)


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", r"\,")


def flow_section(context: Shown) -> Section:
    """The dataflow graph."""
    words = sentence(
        "Boxes are slots, from left to right after each layer; an arrow says which head or "
        "network carried what. Only what the result depends on is drawn."
    )
    drawing = Drawing(linked_svg(context), flow_tikz(context), context.flow.to_mermaid())
    return Section("dataflow", "Dataflow", (Paragraph(words), drawing))


def limits_section(context: Any) -> Section:
    """What is not said, and the references."""
    derivation = context.derivation
    blocks: list[Block] = (
        [Listing(tuple(context.prose.line(item) for item in derivation.does_not_say))]
        if derivation.does_not_say
        else []
    )
    if not blocks:
        blocks.append(
            Paragraph(
                sentence(
                    "The claim is about exact arithmetic over the real numbers; "
                    "nothing is said about rounding or training."
                )
            )
        )
    if derivation.references:
        blocks.append(Paragraph(sentence(Strong("References."))))
        blocks.append(Listing(tuple(sentence(item) for item in derivation.references), numbered=True))
    return Section("limits", "What this does not say", tuple(blocks))


def report_blocks(report: Report, context: Shown) -> list[Block]:
    """The steps of a report, and its witness."""
    found: list[Block] = []
    if report.steps:
        rows = tuple(
            (context.prose.line(step.name), (verdict(step.verdict),), sentence(step.method)) for step in report.steps
        )
        found.append(Table((sentence("Step"), sentence("Verdict"), sentence("Method")), rows))
    if report.witness is not None:
        found.append(Paragraph(sentence(Strong("Witness."))))
        found += witness_blocks(report.witness, context)
    return found


def names_of(context: Shown) -> Line:
    """The names of the inputs as a list."""
    return listed([context.notation.name(name) for name, _ in context.construction.inputs])
