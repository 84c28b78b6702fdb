"""What all sections of a page look at: the checked derivation, its dataflow, and the blocks inside each head."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from symsim.claims.construction import Construction, Cut
from symsim.claims.report import Verdict
from symsim.derivation import CheckedDerivation, CheckedIdentity
from symsim.derivation.places import Place
from symsim.domains.blocks import Blocks
from symsim.encoder.layers import Head
from symsim.encoder.normalisers import NORMALISERS
from symsim.flow import Dataflow, slot_colours, trace
from symsim.flow.naming import named_states
from symsim.formulas.printing import to_text
from symsim.formulas.substitution import replace
from symsim.formulas.syntax import Formula
from symsim.render import document as doc
from symsim.render.breaking import width
from symsim.render.document import Block, Cell, Equations, Line, Math, Paragraph, Text, TokenPicture
from symsim.render.mathml import readable
from symsim.render.notation import Notation, word_latex
from symsim.render.prose import Prose

LEFTOVER = r"\star"
FEW_SLOTS, LONG_CELL = 10, 12
"""In pictures with more slots than this, cells that are wider than this get a number that a legend explains."""
FAR = 300
"""A claim that is wider than this is told in the names of the nodes on the way."""


@dataclass(frozen=True)
class HeadBlocks:
    """Scores and weights of a head over blocks: LaTeX for each pair (query group, key group), zeros left out."""

    seen: tuple[str, ...]
    scores: dict[tuple[str, str], str]
    weights: dict[tuple[str, str], str]


class Shown:
    """A construction as pages show it: pictures of its token matrix, layer by layer."""

    def __init__(self, construction: Construction, notation: Notation, computes: Formula | None = None) -> None:
        if notation.weight == "W" and any(name.startswith("W_") for name, _ in construction.inputs):
            notation = dataclasses.replace(notation, weight="G")  # an encoder's weights are not its inputs
        self.construction, self.notation = construction, notation
        self.computes = computes or construction.computes
        self.encoder = construction.encoder
        self.shapes = dict(construction.inputs)
        self._read_once: dict[str, str] = {}
        self.colours = slot_colours(self.encoder.slots.names)
        formulas: dict[str, str] = {}
        if isinstance(self.computes, Formula):  # what a program computes is no formula
            formulas[to_text(self.computes)] = notation.formula(self.computes)
        expanded: dict[str, Formula] = {}
        for cut in construction.cuts:  # a cut may use the names of earlier ones, which no page introduces
            expanded[cut.name] = replace(cut.formula, expanded)
            formulas[to_text(cut.formula)] = notation.formula(expanded[cut.name])
        self.nodes = {name: notation.formula(formula) for name, formula in expanded.items()}
        names = [*(name for name, _ in construction.inputs), *construction.encoder.constants]
        self.prose = Prose(names, self.encoder.slots.names, formulas, notation)

    @cached_property
    def named(self) -> tuple[Cut, ...]:
        """The nodes by whose names the page calls what they hold: none, where formulas are short enough."""
        return ()

    @cached_property
    def flow(self) -> Dataflow:
        """The dataflow of the construction."""
        return trace(self.construction, names=[cut.name for cut in self.named])

    # -- the token matrix -----------------------------------------------------------------------------------------
    def content(self, layer: int, slot: str, group: str) -> str:
        """What a slot of a token group holds after so many layers, as LaTeX; empty for zero."""
        content = self.flow.nodes[layer, slot]["by_group"][group]
        if content.zero:
            return ""
        return self.latex(content.text, content.latex) if content.latex else r"\ast"

    def latex(self, text: str, fallback: str) -> str:
        """A text of the matrix language as LaTeX; an asterisk where that cannot be shown."""
        if text not in self._read_once:
            shapes = {**self.shapes, **{cut.name: cut.formula.shape for cut in self.named}}
            latex = self.notation.text(text, fallback, shapes, self.encoder.constants)
            self._read_once[text] = latex if readable(latex) else r"\ast"
        return self._read_once[text]

    def read(self, layer: int, slot: str, group: str) -> bool:
        """Whether something that reaches the result reads it."""
        return bool(self.flow.nodes[layer, slot]["by_group"][group].read)

    def written(self, layer: int) -> list[tuple[str, str]]:
        """The (slot, group) pairs whose content changes in a layer, counted from 1; slots in order, groups in order."""
        pairs = ((slot, group) for slot in self.encoder.slots.names for group in self.encoder.tokens.names)
        return [(s, g) for s, g in pairs if self._changes(layer, s, g)]

    def _changes(self, layer: int, slot: str, group: str) -> bool:
        """Whether the content changes; where no formula is known before and after, whether the layer writes there."""
        after = self.content(layer, slot, group)
        if after != self.content(layer - 1, slot, group) or after != r"\ast":
            return after != self.content(layer - 1, slot, group)
        return any(writer != "carried over" for writer in self.flow.nodes[layer, slot]["wrote_by"])

    def steps(self) -> list[tuple[int, str, str]]:
        """Every write as (layer, slot, group); in a picture with many slots only those that something reads."""
        few = len(self.encoder.slots.names) <= FEW_SLOTS
        found = []
        for layer in range(1, len(self.encoder.layers) + 1):
            for slot, group in sorted(self.written(layer), key=lambda pair: not self.read(layer, *pair)):
                if few or self.read(layer, slot, group):
                    found.append((layer, slot, group))
        return found

    def pictured(self, layer: int, caption: Line = ()) -> list[Block]:
        """The picture after so many layers, and below it the formulas that are too long for their cells."""
        picture = self.picture(layer, caption)
        shown = {cell.latex for cell in picture.cells.values()}
        legend = tuple(f"{mark} = {latex}" for latex, mark in self.marks.items() if mark in shown)
        found: list[Block] = [picture, Equations(legend)] if legend else [picture]
        if LEFTOVER in shown:
            words = " marks what no later layer uses for the result."
            found.append(Paragraph(sentence(Math(LEFTOVER), words), "note"))
        return found

    @cached_property
    def marks(self) -> dict[str, str]:
        """The numbers that stand for long formulas in pictures with many slots, in the order of the layers."""
        found: dict[str, str] = {}
        if len(self.encoder.slots.names) > FEW_SLOTS:
            for layer in range(len(self.encoder.layers) + 1):
                for slot in self.encoder.slots.names:
                    for group in self.encoder.tokens.names:
                        latex = self.content(layer, slot, group)
                        if width(latex) > LONG_CELL and self.read(layer, slot, group):
                            found.setdefault(latex, f"({len(found) + 1})")
        return found

    def shortened(self, latex: str) -> str:
        """A formula; in a picture with many slots, for a long one its number, or the mark of leftovers."""
        if len(self.encoder.slots.names) <= FEW_SLOTS or width(latex) <= LONG_CELL:
            return latex
        return self.marks.get(latex, LEFTOVER)

    def picture(self, layer: int, caption: Line = ()) -> TokenPicture:
        """The token matrix after so many layers; what the last of them wrote is marked."""
        new = set(self.written(layer)) if layer else set()
        cells = {}
        for slot in self.encoder.slots.names:
            for group in self.encoder.tokens.names:
                latex = self.content(layer, slot, group)
                if latex:
                    seen = self.read(layer, slot, group) or (slot, group) not in new
                    cells[slot, group] = Cell(self.shortened(latex), (slot, group) in new, seen)
        return TokenPicture(
            slots=self.sized(self.encoder.slots),
            groups=self.sized(self.encoder.tokens),
            cells=cells,
            caption=caption,
            written=tuple(dict.fromkeys(slot for slot, _ in self.written(layer))) if layer else (),
            arrow=f"layer {layer}" if layer else "",
        )

    def sized(self, layout: Any) -> tuple[tuple[str, str], ...]:
        """The parts of a layout with their sizes in LaTeX."""
        return tuple((name, self.notation.size(size)) for name, size in layout.parts)

    # -- inside a head --------------------------------------------------------------------------------------------
    @cached_property
    def _run(self) -> tuple[Blocks, list[Any]]:
        domain = Blocks(scalars=self.encoder.constants)
        inputs = {name: domain.variable(name, *shape) for name, shape in self.construction.inputs}
        return domain, named_states(self.construction, domain, inputs, [cut.name for cut in self.named])[0]

    def head_blocks(self, layer: int, head: Head) -> HeadBlocks | None:
        """The scores and weights of a head of a layer, counted from 0; None at fixed sizes: there are no blocks."""
        if self.construction.fixed:
            return None
        domain, run = self._run
        tokens = self.encoder.tokens
        queries = domain.product(run[layer], domain.constant(head.W_Q))
        keys, sight = head.mask.cut(domain, run[layer], tokens, None)
        scores = domain.product(queries, domain.transpose(domain.product(keys, domain.constant(head.W_K))))
        weights = NORMALISERS[head.normaliser].weights(domain, scores, sight)
        seen = tuple(sight.cols.names)
        return HeadBlocks(seen, self._blocks(scores, seen), self._blocks(weights, seen))

    def _blocks(self, matrix: Any, seen: tuple[str, ...]) -> dict[tuple[str, str], str]:
        domain, tokens = self._run[0], self.encoder.tokens
        found = {}
        for query in tokens.names:
            row = domain.rows(matrix, tokens, [query])
            for key in seen:
                block = domain.columns(row, tokens.select(seen), [key])
                if block.blocks:
                    (r, _), (c, _) = block.row_parts[0], block.col_parts[0]
                    single = len(block.row_parts) == len(block.col_parts) == 1
                    latex = self.latex(block.entry_text(r, c), block.entry_latex(r, c))
                    found[query, key] = latex if single else r"\ast"
        return found


class Context(Shown):
    """A checked derivation as pages show it: at all sizes where it is stated for all sizes."""

    def __init__(self, checked: CheckedDerivation, notation: Notation) -> None:
        self.checked, self.derivation = checked, checked.derivation
        self.instance = self.derivation.instance(checked.construction)
        construction = self.derivation.construction if self.instance else checked.construction
        super().__init__(construction, notation, self.derivation.computes if self.instance else None)
        self.stated = self.derivation.stated if self.instance else construction.claim
        """The claim with its quantifiers, in size symbols where the statement has them."""
        self.price = self.derivation.price if self.instance else construction.cost
        self.nodes.update({cut.name: notation.formula(cut.formula) for cut in self.named})

    @cached_property
    def named(self) -> tuple[Cut, ...]:
        """The nodes of the dataflow, where the claim is so long that it is told in their names."""
        from symsim.render.symbols import in_parts

        long = isinstance(self.computes, Formula) and width(self.notation.formula(self.computes)) > FAR
        return self.construction.cuts if long and in_parts(self) else ()

    def node_at(self, place: Place) -> Cut | None:
        """The named node that a place is, if it is one."""
        where = (place.layer, place.slot, place.groups)
        return next((cut for cut in self.named if (cut.layer, cut.slot, (cut.group,)) == where), None)

    def derivation_formula(self, item: CheckedIdentity) -> Formula:
        """The formula of an identity at the sizes that the page shows."""
        if not self.instance:
            return item.formula
        number = [id(other) for other in self.checked.identities].index(id(item))
        return self._formulas[number]

    @cached_property
    def _formulas(self) -> list[Formula]:
        return [formula for _, _, formula in self.derivation.identities(self.construction)]

    def call(self) -> str:
        """The result of the construction as LaTeX, ``decode(U(encode(X, A, V)))``."""
        names = [self.notation.name(name) for name, _ in self.construction.inputs]
        if self.named:
            names = [*names[:2], r"\ldots", names[-1]]
        return rf"\operatorname{{decode}}(U(\operatorname{{encode}}({', '.join(names)})))"


def block(state: int | str, group: str, slot: str, notation: Notation) -> str:
    """The LaTeX of a block of the token matrix: ``H_1[X, xa]``."""
    return rf"H_{{{state}}}[{notation.name(group)}, \mathsf{{{word_latex(slot)}}}]"


def sentence(*parts: Any) -> Line:
    """A line from strings and inline parts."""
    return tuple(Text(part) if isinstance(part, str) else part for part in parts)


def phrase(template: str, **parts: Any) -> Line:
    """A line from a template: ``{name}`` stands for an inline part, a line, or words.

    >>> phrase("see {M}.", M=Math("M"))
    (Text(text='see '), Math(latex='M'), Text(text='.'))
    """
    found: list[Any] = []
    for k, piece in enumerate(re.split(r"\{(\w+)\}", template)):
        if k % 2 == 0:
            found += [piece] if piece else []
        else:
            part = parts[piece]
            found += part if isinstance(part, tuple) else [part]
    return sentence(*found)


def verdict(found: Verdict) -> doc.Verdict:
    """A verdict where a proof was hoped for."""
    return doc.Verdict(str(found), {Verdict.PROVED: True, Verdict.REFUTED: False}.get(found))


def listed(latex: list[str]) -> Line:
    """LaTeX snippets as a list in words: a, b and c."""
    found: list[Any] = []
    for k, item in enumerate(latex):
        if k:
            found.append(" and " if k == len(latex) - 1 else ", ")
        found.append(Math(item))
    return sentence(*found)
