r"""Formulas as LaTeX for mathematics mode, with parentheses only where they are needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from symsim.domains.layout import Size
from symsim.formulas.functions import Apply, Blocks, Determinant, Diag, Inverse, LayerNorm, Softmax, Trace, Transposed
from symsim.formulas.printing import Level, Text, factors_of_scaled
from symsim.formulas.sizes import size_text
from symsim.formulas.syntax import (
    Formula,
    Hadamard,
    Identity,
    Name,
    Number,
    Ones,
    Product,
    Scalar,
    Scaled,
    Sum,
    Zero,
)

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega".split()
)
_TALL = re.compile(r"\\begin|\\frac|\\left")


def to_latex(formula: Formula, notation: Mapping[str, str] | None = None) -> str:
    r"""The formula as LaTeX; ``notation`` gives the LaTeX of a name where it differs from :func:`name_latex`.

    >>> from symsim.formulas.building import matrix, softmax
    >>> X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "v")
    >>> print(to_latex(softmax(X @ A @ X.T) @ X @ V))
    \operatorname{softmax}(X A X^{\top}) X V
    >>> print(to_latex(X @ A, {"A": r"W_Q W_K^{\top}"}))
    X W_Q W_K^{\top}
    """
    return _Latex(notation or {}).text(formula)[0]


def name_latex(name: str) -> str:
    r"""The LaTeX of a name: Greek letters, digits and what follows ``_`` as a subscript, long words upright.

    >>> [name_latex(name) for name in ("X", "tau", "W_Q1", "x1", "d_ff", "W_out", "mask")]
    ['X', '\\tau', 'W_{Q1}', 'x_{1}', 'd_{ff}', 'W_{\\mathrm{out}}', '\\mathrm{mask}']
    """
    head, *tails = [part for part in name.split("_") if part] or [name]
    stem = re.fullmatch(r"([A-Za-z]+?)(\d*)", head)
    if stem is None:
        return rf"\mathrm{{{name}}}".replace("_", r"\_")
    letters, digits = stem.groups()
    subscripts = ([digits] if digits else []) + [_subscript(tail) for tail in tails]
    base = _word(letters, 1)
    return f"{base}_{{{','.join(subscripts)}}}" if subscripts else base


def _subscript(text: str) -> str:
    return _word(text, 2) if text.isalpha() else text if len(text) <= 3 else rf"\mathrm{{{text}}}"


def _word(letters: str, short: int) -> str:
    if letters in GREEK:
        return f"\\{letters}"
    return letters if len(letters) <= short else rf"\mathrm{{{letters}}}"


def size_latex(size: Size, notation: Mapping[str, str] | None = None) -> str:
    r"""The LaTeX of a size.

    >>> from symsim.formulas.sizes import as_size, size_symbol
    >>> print(size_latex(as_size(2 * size_symbol("n") * size_symbol("d_v") + 1)))
    2 d_{v} n + 1
    """
    names = notation or {}
    spaced = size_text(size).replace("*", " ")
    return re.sub(r"[A-Za-z]\w*", lambda found: names.get(found[0]) or name_latex(found[0]), spaced)


def bracketed(text: str) -> str:
    """The text in round parentheses, tall ones where it is tall."""
    return rf"\left({text}\right)" if _TALL.search(text) else f"({text})"


class _Latex:
    """One pass over a formula, with the names to use."""

    def __init__(self, notation: Mapping[str, str]) -> None:
        self.notation = notation
        self.by_type: dict[type[Formula], Callable[[Any], Text]] = {
            Name: self.name,
            Scalar: self.name,
            Number: lambda f: self.number(f.value),
            Identity: lambda f: (f"I_{{{self.size(f.size)}}}", Level.TIGHT),
            Zero: lambda f: (rf"0_{{{self.size(f.rows)} \times {self.size(f.cols)}}}", Level.TIGHT),
            Ones: self.ones,
            Sum: self.sum,
            Hadamard: lambda f: (r" \odot ".join(self.at(t, Level.TIGHT) for t in f.terms), Level.ENTRYWISE),
            Product: lambda f: (" ".join(self.at(term, Level.TIGHT) for term in f.terms), Level.PRODUCT),
            Scaled: self.scaled,
            Transposed: lambda f: (f"{self.base(f.argument)}^{{\\top}}", Level.TIGHT),
            Inverse: lambda f: (f"{self.base(f.argument)}^{{-1}}", Level.TIGHT),
            Diag: lambda f: self.call(r"\operatorname{diag}", f.argument),
            Trace: lambda f: self.call(r"\operatorname{tr}", f.argument),
            Determinant: lambda f: self.call(r"\operatorname{det}", f.argument),
            Apply: self.apply,
            LayerNorm: lambda f: self.call(r"\operatorname{layernorm}", f.argument),
            Softmax: self.softmax,
            Blocks: self.blocks,
        }

    def text(self, formula: Formula) -> Text:
        return self.by_type[type(formula)](formula)

    def at(self, formula: Formula, level: Level) -> str:
        text, own = self.text(formula)
        return text if own >= level else bracketed(text)

    def base(self, formula: Formula) -> str:
        """What an exponent is put on: exponents do not stack, so a power is bracketed."""
        text = self.at(formula, Level.TIGHT)
        return bracketed(text) if isinstance(formula, Transposed | Inverse) or text.endswith("^{\\circ 2}") else text

    def named(self, name: str) -> str:
        return self.notation.get(name) or name_latex(name)

    def size(self, size: Size) -> str:
        return size_latex(size, self.notation)

    def name(self, formula: Name | Scalar) -> Text:
        return self.named(formula.name), Level.TIGHT

    @staticmethod
    def number(value: Fraction) -> Text:
        magnitude = abs(value)
        text = str(magnitude)
        if value.denominator != 1:
            text = rf"\frac{{{magnitude.numerator}}}{{{magnitude.denominator}}}"
        return (f"-{text}", Level.SIGNED) if value < 0 else (text, Level.TIGHT)

    def ones(self, formula: Ones) -> Text:
        shape = self.size(formula.rows) + ("" if formula.cols == 1 else rf" \times {self.size(formula.cols)}")
        return rf"\mathbf{{1}}_{{{shape}}}", Level.TIGHT

    def sum(self, formula: Sum) -> Text:
        text = self.at(formula.terms[0], Level.ENTRYWISE)
        for term in formula.terms[1:]:
            part = self.at(term, Level.ENTRYWISE)
            text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
        return text, Level.SUM

    def scaled(self, formula: Scaled) -> Text:
        number, above, below, body = factors_of_scaled(formula)
        pieces = [self.at(factor, Level.TIGHT) for factor in above]
        if below or number.denominator != 1:
            digits = [str(abs(number.numerator))] if abs(number.numerator) != 1 or not pieces else []
            under = [str(number.denominator)] if number.denominator != 1 else []
            under += (
                [self.text(below[0])[0]]
                if len(below) == 1 and not under
                else [self.at(factor, Level.TIGHT) for factor in below]
            )
            pieces = [rf"\frac{{{' '.join(digits + pieces)}}}{{{' '.join(under)}}}"]
        elif abs(number) != 1:
            pieces.insert(0, str(abs(number)))
        pieces.append(self.at(body, Level.PRODUCT if isinstance(body, Product) else Level.TIGHT))
        text = " ".join(pieces)
        return (f"-{text}", Level.SIGNED) if number < 0 else (text, Level.PRODUCT)

    def call(self, function: str, argument: Formula) -> Text:
        return f"{function}{bracketed(self.text(argument)[0])}", Level.TIGHT

    def apply(self, formula: Apply) -> Text:
        inner = self.text(formula.argument)[0]
        if formula.function == "abs":
            return rf"\left|{inner}\right|", Level.TIGHT
        if formula.function == "square":
            return f"{bracketed(inner)}^{{\\circ 2}}", Level.TIGHT
        if formula.function == "reciprocal" and formula.shape == (1, 1):
            return rf"\frac{{1}}{{{inner}}}", Level.TIGHT
        if formula.function == "reciprocal":
            return f"{bracketed(inner)}^{{\\circ -1}}", Level.TIGHT
        if formula.function in ("exp", "log"):
            return f"\\{formula.function}{bracketed(inner)}", Level.TIGHT
        known = formula.function in ("relu", "step", "silu", "normscale")
        function = rf"\operatorname{{{formula.function}}}" if known else self.named(formula.function)
        return f"{function}{bracketed(inner)}", Level.TIGHT

    def softmax(self, formula: Softmax) -> Text:
        marks = [r"\mathrm{causal}"] if formula.causal else []
        if formula.mask is not None:
            marks.append(self.named(formula.mask.name))
        subscript = f"_{{{', '.join(marks)}}}" if marks else ""
        return self.call(rf"\operatorname{{softmax}}{subscript}", formula.argument)

    def blocks(self, formula: Blocks) -> Text:
        rows = [" & ".join(self.text(block)[0] for block in row) for row in formula.grid]
        return r"\begin{bmatrix} " + r" \\ ".join(rows) + r" \end{bmatrix}", Level.TIGHT
