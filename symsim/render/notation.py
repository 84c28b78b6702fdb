"""How pages write things: symbols, the mark of a transpose, brackets of matrices, decimals, and when to cut short."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from symsim.errors import BadInput, SymsimError
from symsim.formulas.latex import name_latex, to_latex
from symsim.formulas.parsing import parse
from symsim.formulas.sizes import NAME
from symsim.formulas.syntax import Formula

TOP = r"^{\top}"
"""The mark that formulas put on a transpose."""
BRACKETS = ("bmatrix", "pmatrix")


def word_latex(text: str) -> str:
    r"""Text that is safe inside ``\mathsf{...}`` and its like: letters, digits and a few marks, all others as ``?``.

    >>> print(word_latex("xa_left"), word_latex("x}$"))
    xa\_left x??
    """
    return "".join(c if c.isascii() and (c.isalnum() or c in " .,:-") else r"\_" if c == "_" else "?" for c in text)


FIRST_SIZES = ("n", "m", "d", "d_k", "d_v", "d_ff")
"""Sizes are written in this order, others after them."""


def size_order(name: str) -> tuple[int, str]:
    """Where a size stands among others."""
    return (FIRST_SIZES.index(name) if name in FIRST_SIZES else len(FIRST_SIZES), name)


@dataclass(frozen=True)
class Notation:
    r"""Symbols and conventions of a page.

    ``names`` gives the LaTeX of a name where it differs from its own letters, as ``{"A": r"W_Q W_K^{\top}"}``.
    ``weight`` is the letter of the weights of an encoder; pages with inputs called ``W_..`` take ``G`` instead.
    ``transpose`` is what stands in the exponent of a transpose. ``brackets`` is ``bmatrix`` or ``pmatrix``. ``digits``
    is the number of significant digits of decimals. Matrices with more rows or columns than ``largest`` are cut short
    with dots, and layers with more heads than
    ``heads`` name only so many. ``width`` is the number of symbols after which a formula is broken.

    >>> from symsim.formulas.building import matrix
    >>> print(Notation(transpose="T").formula(matrix("X", "n", "d").T))
    X^{T}
    """

    names: Mapping[str, str] = field(default_factory=dict)
    transpose: str = r"\top"
    weight: str = "W"
    brackets: str = "bmatrix"
    digits: int = 6
    largest: int = 14
    heads: int = 4
    width: int = 72

    def __post_init__(self) -> None:
        if self.brackets not in BRACKETS:
            raise BadInput(f"brackets are {' or '.join(BRACKETS)}, not '{self.brackets}'")
        if self.digits < 1 or self.largest < 2 or self.heads < 1:
            raise BadInput("digits and heads are at least 1, and largest is at least 2")
        from symsim.render.mathml import to_mathml

        for symbol in (*self.names.values(), self.transpose):
            to_mathml(symbol)

    def formula(self, formula: Formula) -> str:
        """A formula as LaTeX."""
        return self._marked(to_latex(formula, self.names))

    def name(self, name: str) -> str:
        """A name as LaTeX; what cannot name a matrix is set upright, with its odd characters replaced."""
        if name in self.names:
            return self.names[name]
        return name_latex(name) if NAME.match(name) else rf"\mathrm{{{word_latex(name)}}}"

    def row(self, name: str, number: int) -> str:
        """Row ``number`` of a matrix as LaTeX; a name that has an index of its own is put in parentheses.

        >>> print(Notation().row("X", 2), Notation().row("W_Q", 2))
        X_{2} (W_{Q})_{2}
        """
        latex = self.name(name)
        return rf"({latex})_{{{number}}}" if "_" in latex else rf"{latex}_{{{number}}}"

    def size(self, size: Any) -> str:
        r"""A size, or a polynomial in sizes, as LaTeX.

        >>> from symsim.formulas.sizes import sizes
        >>> n, d = sizes("n d")
        >>> print(Notation().size(2 * d**2 + n))
        n + 2 d^{2}
        """
        if isinstance(size, int):
            return str(size)
        import sympy

        symbols = sorted(size.free_symbols, key=lambda symbol: size_order(symbol.name))
        text = ""
        for powers, coefficient in sorted(sympy.Poly(size, *symbols).terms(), reverse=True):
            factors = [
                self.name(s.name) + (f"^{{{p}}}" if p > 1 else "") for s, p in zip(symbols, powers, strict=True) if p
            ]
            number = [] if abs(coefficient) == 1 and factors else [str(abs(coefficient))]
            sign = "-" if coefficient < 0 else "+"
            text += (f" {sign} " if text else sign.replace("+", "")) + " ".join(number + factors)
        return text

    def shape(self, shape: tuple[Any, Any]) -> str:
        """A shape as LaTeX."""
        parts = [self.size(size) for size in shape]
        return r" \times ".join(f"({part})" if "+" in part else part for part in parts)

    def text(self, text: str, fallback: str, shapes: Mapping[str, tuple[Any, Any]], scalars: Iterable[str] = ()) -> str:
        """A text of the matrix language as LaTeX; ``fallback`` where the language cannot say it."""
        try:
            return self.formula(parse(text, dict(shapes), scalars))
        except SymsimError:
            return self._marked(fallback)

    def _marked(self, latex: str) -> str:
        return latex.replace(TOP, f"^{{{self.transpose}}}")
