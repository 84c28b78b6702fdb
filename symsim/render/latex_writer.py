"""Documents as LaTeX: an article that compiles with pdflatex, without shell escape."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from symsim.render import document as doc
from symsim.render.breaking import chain_lines
from symsim.render.escaping import latex_escape
from symsim.render.mathml import to_mathml
from symsim.render.notation import Notation
from symsim.render.templates import template

LONG_CELL = 46
"""A table column with longer cells gets a fixed width in which words wrap."""


def to_latex_page(document: doc.Document, notation: Notation) -> str:
    """A whole LaTeX document."""
    writer = LatexWriter(document.colours, notation)
    colours = {colour.index: colour for colour in document.colours.values()}
    page: str = template("page.tex.j2").render(
        title=latex_escape(document.title),
        colours=[(i, c.fill[1:].upper(), c.text[1:].upper(), c.line[1:].upper()) for i, c in sorted(colours.items())],
        lead=writer.blocks(document.lead),
        sections=[(latex_escape(s.title), s.name, writer.blocks(s.blocks)) for s in document.sections],
        footer=latex_escape(document.footer),
    )
    return page


class LatexWriter:
    """Writes blocks as LaTeX."""

    def __init__(self, colours: Mapping[str, Any], notation: Notation) -> None:
        self.colours, self.notation = colours, notation
        self.by_type: dict[type, Callable[[Any], str]] = {
            doc.Paragraph: self.paragraph,
            doc.Display: self.display,
            doc.Equations: self.equations,
            doc.Listing: self.listing,
            doc.Table: self.table,
            doc.TokenPicture: self.picture,
            doc.WeightStrip: self.strip,
            doc.TokenNumbers: self.numbers,
            doc.Drawing: lambda d: f"\\begin{{center}}\n\\fitted{{{d.tikz}}}\n\\end{{center}}",
            doc.Stepper: lambda s: "",
            doc.Listed: self.listed,
            doc.Box: self.box,
            doc.Card: self.card,
        }

    def blocks(self, blocks: tuple[doc.Block, ...]) -> str:
        return "\n\n".join(text for text in (self.by_type[type(b)](b) for b in blocks) if text)

    # -- lines ----------------------------------------------------------------------------------------------------
    def line(self, line: doc.Line) -> str:
        return "".join(self.inline(part) for part in line)

    def inline(self, part: doc.Inline) -> str:
        if isinstance(part, doc.Math):
            return f"${safe(part.latex)}$"
        if isinstance(part, doc.Strong):
            return rf"\textbf{{{latex_escape(part.text)}}}"
        if isinstance(part, doc.Code):
            return rf"\texttt{{{latex_escape(part.text)}}}"
        if isinstance(part, doc.Slot):
            return self.slot(part.name)
        if isinstance(part, doc.Link):
            return rf"\hyperref[{part.target}]{{{latex_escape(part.text)}}}"
        if isinstance(part, doc.Verdict):
            colour = {True: "goodtext", False: "badtext", None: "opentext"}[part.good]
            return rf"\textcolor{{{colour}}}{{\textbf{{{latex_escape(part.word)}}}}}"
        return latex_escape(part.text)

    def slot(self, name: str) -> str:
        if name not in self.colours:
            return rf"\textsf{{{latex_escape(name)}}}"
        return rf"\slot{{{self.colours[name].index}}}{{{latex_escape(name)}}}"

    def cell(self, slot: str, shade: str = "fill") -> str:
        return rf"\cellcolor{{slot{self.colours[slot].index}{shade}}}"

    # -- blocks ---------------------------------------------------------------------------------------------------
    def paragraph(self, block: doc.Paragraph) -> str:
        text = self.line(block.parts)
        return rf"{{\large\itshape {text}\par}}" if block.kind == "lead" else text

    def display(self, block: doc.Display) -> str:
        for latex in (block.first, *(latex for _, latex in block.rest)):
            safe(latex)
        lines = chain_lines(block.first, block.rest, self.notation.width)
        body = " \\\\\n".join(lines)
        body = _airy(body)
        return f"\\[\\fitted{{$\\displaystyle\\begin{{aligned}}\n{body}\n\\end{{aligned}}$}}\\]"

    def equations(self, block: doc.Equations) -> str:
        items = [rf"\fitted{{$\displaystyle {_airy(safe(latex))}$}}" for latex in block.items]
        return self.centred("\\lineskip6pt\\lineskiplimit6pt\n" + "\\qquad\\allowbreak\n".join(items))

    def listing(self, block: doc.Listing) -> str:
        kind = "enumerate" if block.numbered else "itemize"
        items = "\n".join(rf"\item {self.line(item)}" for item in block.items)
        return f"\\begin{{{kind}}}\n{items}\n\\end{{{kind}}}"

    def table(self, block: doc.Table) -> str:
        columns = len(block.head)
        longest = [max(_length(row[j]) for row in (block.head, *block.rows)) for j in range(columns)]
        wide = [j for j in range(columns) if longest[j] > LONG_CELL]
        narrow = sum(max(0.1, longest[j] / 100) for j in range(columns) if j not in wide)
        share = max(0.2, (0.92 - narrow) / max(1, len(wide)))
        other = "r" if block.numeric else "c" if columns > 2 else "l"
        spec = "".join(
            rf">{{\raggedright\arraybackslash}}p{{{share:.2f}\linewidth}}" if j in wide else "l" if j == 0 else other
            for j in range(columns)
        )
        rows = [" & ".join(self.line(cell) for cell in row) + r" \\" for row in block.rows]
        head = " & ".join(self.line(cell) for cell in block.head) + r" \\ \midrule"
        body = "\n".join([rf"\begin{{tabular}}{{{spec}}}", r"\toprule", head, *rows, r"\bottomrule", r"\end{tabular}"])
        return self.centred(rf"\fitted{{{body}}}", block.caption)

    def centred(self, body: str, caption: doc.Line = ()) -> str:
        words = f"\\\\[4pt]\n{{\\small {self.line(caption)}}}" if caption else ""
        return f"\\begin{{center}}\n{body}{words}\n\\end{{center}}"

    def tiles(self, lines: list[str], columns: int, sizes: str, caption: doc.Line) -> str:
        """A table of coloured tiles with white gaps between them."""
        gap = r"!{\color{white}\vrule width 2pt}"
        body = "\n".join([rf"\begin{{tabular}}{{r{gap}" + f"c{gap}" * columns + "}", *lines, r"\end{tabular}"])
        return self.centred(
            rf"{{{sizes}\arrayrulecolor{{white}}\setlength{{\arrayrulewidth}}{{2pt}}\fitted{{{body}}}}}\arrayrulecolor{{black}}",
            caption,
        )

    def heads(self, slots: list[str] | tuple[str, ...]) -> str:
        return (
            r"\multicolumn{1}{r}{} & "
            + " & ".join(rf"\multicolumn{{1}}{{c}}{{{self.slot(s)}}}" for s in slots)
            + r" \\"
        )

    def picture(self, block: doc.TokenPicture) -> str:
        names = [name for name, _ in block.slots]
        lines = []
        if block.written:
            marks = [r"\multicolumn{1}{c}{" + (r"$\big\downarrow$" if n in block.written else "") + "}" for n in names]
            lines.append(
                rf"\multicolumn{{1}}{{r}}{{\small {latex_escape(block.arrow)} writes}} & " + " & ".join(marks) + r" \\"
            )
        widths = [rf"\multicolumn{{1}}{{c}}{{\small ${size}$}}" for _, size in block.slots]
        lines += [self.heads(names), r"\multicolumn{1}{r}{\small columns} & " + " & ".join(widths) + r" \\ \hline"]
        for group, size in block.groups:
            cells = [self.picture_cell(slot, block.cells.get((slot, group))) for slot in names]
            lines.append(
                rf"${self.notation.name(group)}$\enspace{{\small(${size}$ {doc.rows_word(size)})}} & "
                + " & ".join(cells)
                + r" \\ \hline"
            )
        return self.tiles(lines, len(names), r"\renewcommand{\arraystretch}{1.6}", block.caption)

    def picture_cell(self, slot: str, cell: doc.Cell | None) -> str:
        index = self.colours[slot].index
        if cell is None:
            return rf"\cellcolor{{slot{index}fill!32}}"
        if not cell.read:
            return rf"\cellcolor{{slot{index}fill!55}}\small$\color{{black!65}}{safe(cell.latex)}$"
        shade = rf"slot{index}line!30!white" if cell.new else f"slot{index}fill"
        return rf"\cellcolor{{{shade}}}$\color{{slot{index}text}}{safe(cell.latex)}$"

    def strip(self, block: doc.WeightStrip) -> str:
        lines = [self.heads(block.slots) + r" \hline"]
        for name, blocks in block.rows:
            cells = [
                rf"{self.cell(s)}${safe(blocks[s])}$" if s in blocks else self.cell(s, "fill!32") for s in block.slots
            ]
            lines.append((f"${name}$" if name else "") + " & " + " & ".join(cells) + r" \\ \hline")
        return self.tiles(lines, len(block.slots), r"\small\renewcommand{\arraystretch}{1.35}", block.caption)

    def numbers(self, block: doc.TokenNumbers) -> str:
        spec = "r" + "".join(r"!{\color{white}\vrule width 2pt}" + "c" * width for _, width in block.slots)
        heads = [rf"\multicolumn{{{width}}}{{c}}{{{self.slot(name)}}}" for name, width in block.slots]
        lines = [rf"\begin{{tabular}}{{{spec}}}", r"\multicolumn{1}{r}{} & " + " & ".join(heads) + r" \\"]
        columns = [name for name, width in block.slots for _ in range(width)]
        for label, row in block.rows:
            cells = [
                f"{self.cell(s)}${safe(v)}$" if v else self.cell(s, "fill!45")
                for s, v in zip(columns, row, strict=True)
            ]
            lines.append(f"${label}$ & " + " & ".join(cells) + r" \\")
        body = "\n".join([*lines, r"\end{tabular}"])
        return self.centred(
            rf"{{\small\setlength{{\tabcolsep}}{{4.5pt}}\renewcommand{{\arraystretch}}{{1.15}}\fitted{{{body}}}}}",
            block.caption,
        )

    def listed(self, block: doc.Listed) -> str:
        lines = [rf"\texttt{{{latex_escape(line).replace(' ', '~')}}}" for line in block.text.splitlines()]
        return "\\begin{flushleft}\\small\n" + "\\\\\n".join(lines) + "\n\\end{flushleft}"

    def box(self, block: doc.Box) -> str:
        body = "\\par\\smallskip\n".join(self.by_type[type(b)](b) for b in block.blocks)
        return (
            rf"\noindent\fcolorbox{{{block.kind}text}}{{{block.kind}text!6}}{{\parbox{{\dimexpr\linewidth-2\fboxsep-2\fboxrule}}"
            "{\\raggedright\\setlength{\\parindent}{0pt}\n" + body + "\n}}"
        )

    def card(self, block: doc.Card) -> str:
        return f"\\subsection*{{{self.line(block.title)}}}\\label{{{block.name}}}\n{self.blocks(block.blocks)}"


def safe(latex: str) -> str:
    """The LaTeX itself where it is of the subset that pages use, ``BadInput`` otherwise: nothing else gets out."""
    if latex not in _SAFE:
        to_mathml(latex)
        _SAFE.add(latex)
    return latex


_SAFE: set[str] = set()


def _airy(latex: str) -> str:
    """Matrices with fractions in them get more room between their rows."""
    return re.sub(
        r"\\begin\{[bp]matrix\}.*?\\end\{[bp]matrix\}",
        lambda m: m[0].replace(r" \\ ", r" \\[5pt] ") if r"\frac" in m[0] else m[0],
        latex,
        flags=re.DOTALL,
    )


def _length(line: doc.Line) -> int:
    total = 0
    for part in line:
        if isinstance(part, doc.Math):
            from symsim.render.breaking import width

            total += width(part.latex)
        else:
            total += len(getattr(part, "text", "") or getattr(part, "name", "") or getattr(part, "word", ""))
    return total
