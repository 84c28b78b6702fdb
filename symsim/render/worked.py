"""The worked example: every intermediate matrix, exact values and decimals side by side."""

from __future__ import annotations

import re
from typing import Any

from symsim.claims.approximate import ApproximateClaim
from symsim.derivation.examples import Example, HeadRun, Trace
from symsim.domains.enclosure import decimal
from symsim.domains.exact import ExactMatrix
from symsim.domains.sympy_edge import to_sympy
from symsim.encoder.normalisers import NORMALISERS
from symsim.render import document as doc
from symsim.render.breaking import width
from symsim.render.closing import result_latex
from symsim.render.context import Context, block, listed, sentence
from symsim.render.document import Block, Card, Equations, Line, Math, Paragraph, Section, Slot, Strong, TokenNumbers
from symsim.render.matrices import (
    decimal_latex,
    exact_entries,
    factor_latex,
    factors,
    matrix_latex,
    number_latex,
    terminating,
)

PLAIN = re.compile(r"-?\d+(?:\.\d+)?")
"""An integer or an exact decimal, which needs no second value beside it."""
LONGEST_ENTRY = 40
"""Exact entries wider than this are given as decimals only,"""
LONGEST_LATEX = 150
"""and those of more characters, which are towers of exponents."""
WIDEST = 36
"""Matrices wider than this, too, and with few digits."""


def worked_section(context: Context) -> Section:
    """All examples of a derivation."""
    blocks: list[Block] = []
    for number, example in enumerate(context.derivation.examples, 1):
        blocks.append(_Worked(context, example).card(number))
    if not blocks:
        blocks.append(Paragraph(sentence("The derivation has no worked example.")))
    return Section("example", "Worked example" if len(blocks) == 1 else "Worked examples", tuple(blocks))


class _Worked:
    """One example, run exactly."""

    def __init__(self, context: Context, example: Example) -> None:
        self.context, self.example, self.notation = context, example, context.notation
        derivation = context.derivation
        sizes = derivation.sizes_of(example.shapes)
        self.construction = derivation.at(sizes)
        self.sizes = sizes
        self.free = [Math(context.notation.name(name)) for name in self.construction.encoder.constants]
        self.factors: dict[str, None] = {}
        self.trace: Trace = example.run(self.construction, derivation.computes_for(self.construction))

    def card(self, number: int) -> Card:
        title = self.example.title or "Small integers"
        sizes = ", ".join(f"{self.notation.name(name)} = {value}" for name, value in self.sizes.items())
        inputs = tuple(
            f"{self.notation.name(name)} = {self.exact(self.trace.inputs[name])}"
            for name, _ in self.construction.inputs
        )
        blocks: list[Block] = [
            Paragraph(sentence("Here ", Math(sizes), *self.symbols(), ". The inputs are")),
            Equations(inputs),
        ]
        blocks += [Paragraph(sentence("and the token matrix at the start is")), self.tokens(0)]
        for layer in range(len(self.construction.encoder.layers)):
            blocks += self.layer(layer)
        blocks += self.result()
        blocks += self.norm_factors()
        blocks.append(
            Paragraph(sentence(Math("e = 2.71828\\ldots"), ", the base of the exponential function."), "note")
        )
        return Card(f"example-{number}", sentence(title), tuple(blocks))

    def symbols(self) -> list[Any]:
        """That the constants of the encoder have no numbers here."""
        return [", and ", *self.free, " stays a symbol"] if self.free else []

    def norm_factors(self) -> list[Block]:
        """The factors of norms that stand in exact entries: what they are, and their decimals."""
        domain = self.trace.domain
        found = []
        for name, arguments in domain.field.arguments.items():
            text = domain.field.describe(name)
            if text not in self.factors:
                continue
            variance = number_latex(to_sympy(domain.field, arguments[0]))
            value = decimal_latex(decimal(domain.field, domain.field.symbol(name), self.notation.digits))
            exact = rf" = \frac{{1}}{{\sqrt{{{variance} + 1/100000}}}}" if width(variance) <= LONGEST_ENTRY else ""
            found.append(rf"{factor_latex(text)}{exact} \approx {value}")
        words = "A norm multiplies a centred row by a factor. The factors that occur in exact entries are"
        return [Paragraph(sentence(words)), Equations(tuple(found))] if found else []

    # -- matrices -------------------------------------------------------------------------------------------------
    def exact(self, value: ExactMatrix) -> str:
        return matrix_latex(exact_entries(self.trace.domain, value), self.notation)

    def decimal(self, value: ExactMatrix) -> str:
        entries = self.trace.decimals(value, self.notation.digits)
        return matrix_latex([[decimal_latex(v) for v in row] for row in entries], self.notation)

    def equation(self, left: str, value: ExactMatrix) -> str:
        """A matrix, exact and decimal side by side where the entries are no integers."""
        entries = exact_entries(self.trace.domain, value)
        if self.free or all(PLAIN.fullmatch(entry) for row in entries for entry in row):
            return f"{left} = {matrix_latex(entries, self.notation)}"
        if any(width(entry) > LONGEST_ENTRY or len(entry) > LONGEST_LATEX for row in entries for entry in row):
            return rf"{left} \approx {self.decimal(value)}"
        if width(matrix_latex(entries, self.notation)) > WIDEST:
            short = [[self.number(value, i, j) or "0" for j in range(value.width)] for i in range(value.height)]
            return rf"{left} \approx {matrix_latex(short, self.notation)}"
        self.factors.update(dict.fromkeys(factors(self.trace.domain.to_sympy(value))))
        return rf"{left} = {matrix_latex(entries, self.notation)} \approx {self.decimal(value)}"

    def tokens(self, state: int) -> TokenNumbers:
        encoder, value = self.construction.encoder, self.trace.states[state]
        rows = []
        for group in encoder.tokens.names:
            start, stop = encoder.tokens.span(group)
            for i in range(start, stop):
                label = self.notation.row(group, i - start + 1) if stop - start > 1 else self.notation.name(group)
                rows.append((label, tuple(self.number(value, i, j) for j in range(value.width))))
        caption = sentence("The token matrix ", Math(f"H_{{{state}}}"), ", zeros left empty.")
        return TokenNumbers(tuple((name, int(size)) for name, size in encoder.slots.parts), tuple(rows), caption)

    def number(self, value: ExactMatrix, i: int, j: int) -> str:
        """A number in the big table: an integer as it is, anything else with three digits."""
        entry = value[i, j]
        exact = to_sympy(self.trace.domain.field, entry)
        short = terminating(exact) if exact.is_Rational else None
        if short is not None and len(short) <= 6:
            return "" if short == "0" else short
        if self.free:
            return number_latex(exact)
        return decimal_latex(decimal(self.trace.domain.field, entry, 3))

    # -- layers ---------------------------------------------------------------------------------------------------
    def layer(self, layer: int) -> list[Block]:
        part = self.construction.encoder.layers[layer]
        found: list[Block] = [Paragraph(sentence(Strong(f"Layer {layer + 1}.")))]
        for index, run in enumerate(self.trace.heads[layer][: self.notation.heads]):
            found += self.head(layer, run, "" if len(part.heads) == 1 else f"^{{({index + 1})}}")
        written = [place for place in self.context.written(layer + 1) if self.context.read(layer + 1, *place)]
        equations = [
            self.equation(block(layer + 1, group, slot, self.notation), self.trace.slot(slot, group, layer))
            for slot, group in written
        ]
        found += [Paragraph(sentence("So the layer writes")), Equations(tuple(equations))]
        found += [Paragraph(sentence("All together:")), self.tokens(layer + 1)]
        return found

    def head(self, layer: int, run: HeadRun, mark: str) -> list[Block]:
        """Queries, keys, values, scores and weights; only for the queries whose output is read."""
        tokens = self.construction.encoder.tokens
        groups = [
            g
            for g in tokens.names
            if any(g == h and self.context.read(layer + 1, s, h) for s, h in self.context.written(layer + 1))
        ]
        places = [p for g in groups for p in range(*tokens.span(g))]
        domain, linear = self.trace.domain, NORMALISERS[run.head.normaliser].linear
        queries, scores, weights = (domain.take(m, places) for m in (run.queries, run.scores, run.weights))
        names = listed([self.notation.name(g) for g in groups])
        keys = f"(K{mark})" if mark else "K"
        product = f"S{mark} = Q{mark} {keys}^{{{self.notation.transpose}}}"
        found: list[Block] = [
            Paragraph(
                sentence(
                    "The queries ",
                    Math(f"Q{mark}"),
                    " of the rows ",
                    *names,
                    ", the keys ",
                    Math(f"K{mark}"),
                    " and the values ",
                    Math(f"C{mark}"),
                    f" of the {len(run.seen)} tokens that the head sees:",
                )
            ),  # fmt: skip
            Equations(
                (
                    self.equation(f"Q{mark}", queries),
                    self.equation(f"K{mark}", run.keys),
                    self.equation(f"C{mark}", run.values),
                )
            ),
            Paragraph(sentence("The scores are ", Math(product), ":")),
            Equations((self.equation(f"S{mark}", scores),)),
        ]
        if linear:
            found.append(Paragraph(sentence("The head is linear, so ", Math(f"P{mark} = S{mark}"), ".")))
        else:
            words = sentence(
                "The weights are ", Math(rf"P{mark} = {NORMALISERS[run.head.normaliser].latex}(S{mark})"), ":"
            )
            found += [Paragraph(words), Equations((self.equation(f"P{mark}", weights),))]
        return found

    def result(self) -> list[Block]:
        readout = self.construction.readout
        formula = result_latex(self.context)
        return [
            Paragraph((Strong("Result."), *sentence(" Read from slot ", Slot(readout.slot), ":"))),
            Equations((self.equation(self.context.call(), self.trace.result),)),
            Paragraph(sentence("The formula of the claim, evaluated by itself on the same inputs:")),
            Equations((self.equation(formula, self.trace.expected),)),
            Paragraph(self.compared()),
        ]

    def compared(self) -> Line:
        """How the result and the formula compare: equal, or as close as is claimed."""
        claim = self.construction.claim
        if isinstance(claim, ApproximateClaim) and claim.eps is not None:
            close = doc.Verdict("at most", self.trace.within(claim.eps))
            line = (f" {self.trace.distance}; the claim allows {claim.eps.decimal(3)} at this size.",)
            return sentence("The two matrices differ in every entry by ", close, *line)
        agrees = self.trace.agrees
        word = doc.Verdict("equal" if agrees else "different", agrees)
        return sentence("The two matrices are ", word, " in exact arithmetic.")
