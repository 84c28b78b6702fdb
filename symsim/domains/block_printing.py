"""Sums of words as text (in the matrix language, as far as it can say them) and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from symsim.domains.attention_atoms import Group
from symsim.domains.block_coefficients import Coefficient, Dim, Ratio, to_sympy
from symsim.domains.explicit import entries
from symsim.domains.exponentials import argument
from symsim.domains.words import Letter, Sum, Term, Word, flipped


@dataclass(frozen=True)
class Style:
    """How the pieces of a formula are spelled."""

    name: Callable[[str], str]
    number: Callable[[Any], str]
    transposed: str
    ones: Callable[[str], str]
    identity: Callable[[str], str]
    zero: Callable[[str, str], str]
    function: Callable[[str, str], str]
    diag: Callable[[str], str]
    trace: Callable[[str], str]
    causal: Callable[[str, str], str]
    hadamard: str
    parentheses: Callable[[str], str]
    times: str
    several: Callable[[str, list[str], int], str]
    word: Callable[[str], str]
    equals: str


def _latex_name(name: str) -> str:
    head, *rest = name.split("_")
    match = re.fullmatch(r"([A-Za-z])(\d+)", head)
    if match:
        head, rest = match[1], [match[2], *rest]
    shown = head if len(head) == 1 else rf"\mathit{{{head}}}"
    return shown + (f"_{{{','.join(rest)}}}" if rest else "")


def _bar(inner: list[str]) -> str:
    return r" \mid ".join(inner)


def _latex_function(name: str, inner: str) -> str:
    shown = name.replace("_", r"\_")
    return rf"\operatorname{{{shown}}}\left({inner}\right)"


TEXT = Style(
    name=str,
    number=lambda value: str(value),
    transposed="^T",
    ones=lambda n: f"ones({n})",
    identity=lambda n: f"I({n})",
    zero=lambda r, c: f"0({r},{c})",
    function=lambda name, inner: f"{name}({inner})",
    diag=lambda inner: f"diag({inner})",
    trace=lambda inner: f"tr({inner})",
    causal=lambda r, c: f"causal({r},{c})",
    hadamard=" .* ",
    parentheses=lambda inner: f"({inner})",
    times=" ",
    several=lambda kind, inner, index: f"{kind}[{' | '.join(inner)}]_{index + 1}",
    word=str,
    equals="=",
)
LATEX = Style(
    name=_latex_name,
    number=lambda value: str(sympy.latex(value)),
    transposed=r"^{\top}",
    ones=lambda n: rf"\mathbf{{1}}_{{{n}}}",
    identity=lambda n: f"I_{{{n}}}",
    zero=lambda r, c: rf"0_{{{r} \times {c}}}",
    function=_latex_function,
    diag=lambda inner: rf"\operatorname{{diag}}\left({inner}\right)",
    trace=lambda inner: rf"\operatorname{{tr}}\left({inner}\right)",
    causal=lambda r, c: rf"L_{{{r} \times {c}}}",
    hadamard=r" \odot ",
    parentheses=lambda inner: rf"\left({inner}\right)",
    times=r" \, ",
    several=lambda kind, inner, index: rf"\operatorname{{{kind}}}\left[{_bar(inner)}\right]_{{{index + 1}}}",
    word=lambda name: rf"\text{{{name}}}",
    equals=r"\ ",
)


def text(part: Sum) -> str:
    r"""A sum of words in the matrix language.

    >>> from symsim.domains.words import letter
    >>> X = Sum.word((letter("symbol", 3, 2, ("X",)),), 3, 2)
    >>> text(X @ X.T - Sum.ones(3, 3)), latex(X.T.scaled(2))
    ('-ones(3) ones(3)^T + X X^T', '2 \\, X^{\\top}')
    """
    return _sum(part, TEXT)


def latex(part: Sum) -> str:
    """A sum of words as LaTeX (mathematics mode)."""
    return _sum(part, LATEX)


def word_text(word: Word, rows: Dim) -> str:
    """One word as text; ``rows`` is the size of an identity."""
    return _word(word, rows, TEXT)


def _sum(part: Sum, style: Style) -> str:
    if not part:
        if part.rows == 1 and part.cols == 1:
            return "0"
        return style.zero(_size(part.rows, style), _size(part.cols, style))
    shown = ""
    for term in part.sorted_terms():
        sign, body = _term(term, part.rows, style)
        shown += (f" {sign} " if shown else sign.replace("+", "")) + body
    return shown


def _term(term: Term, rows: Dim, style: Style) -> tuple[str, str]:
    c, scalars, word = term
    sign = "-" if not isinstance(c, Ratio) and c < 0 else "+"
    factors = [_factor(scalar, style) for scalar in scalars]
    if word or rows != 1:
        factors.append(_word(word, rows, style))
    size = -c if sign == "-" else c
    if size != 1 or not factors:
        factors.insert(0, _number(size, style))
    return sign, style.times.join(factors)


def _factor(word: Word, style: Style) -> str:
    return _word(word, 1, style) if len(word) == 1 else style.parentheses(_word(word, 1, style))


def _number(value: Coefficient, style: Style) -> str:
    shown = style.number(to_sympy(value))
    return style.parentheses(shown) if isinstance(value, Ratio) and re.search(r"[-+/]", shown) else shown


def _size(value: Dim, style: Style) -> str:
    return style.number(to_sympy(value))


def _word(word: Word, rows: Dim, style: Style) -> str:
    if not word:
        return "1" if rows == 1 else style.identity(_size(rows, style))
    return " ".join(_letter(part, style) for part in word)


def _letter(part: Letter, style: Style) -> str:
    if part.kind == "hadamard":
        base = part.twin if part.flip else part
        inner = style.parentheses(style.hadamard.join(_word(factor, base.rows, style) for factor in base.payload))
    elif part.kind == "function":
        return style.function(part.payload[0], _sum(argument(part), style))
    elif part.kind == "attention":
        inner = _attention(part, style)
    elif part.kind == "rows":
        inner = style.function(part.payload[0], _sum(part.content[0], style))
    elif part.kind == "constant":
        rows = [", ".join(str(x) for x in line) for line in entries(part)]
        return style.parentheses("[" + "; ".join(rows) + "]")
    else:
        inner = _plain(part, style)
    return inner + style.transposed if part.flip else inner


def _plain(part: Letter, style: Style) -> str:
    rows, cols = (part.cols, part.rows) if part.flip else (part.rows, part.cols)
    if part.kind == "symbol":
        return style.name(part.payload[0])
    if part.kind == "one":
        return style.ones(_size(rows, style))
    if part.kind == "diag":
        return style.diag(_word(part.payload, rows, style))
    if part.kind == "trace":
        return style.trace(_word(part.payload, rows, style))
    return style.causal(_size(rows, style), _size(cols, style))


def _attention(part: Letter, style: Style) -> str:
    kind, _, _, index = part.payload
    groups: tuple[Group, ...] = part.content[0]
    name = kind if kind == "softmax" else {"average": "hardmax"}.get(kind, f"hardmax{kind}")
    inner = [_group(group, style) for group in groups]
    return style.function(name, inner[0]) if len(inner) == 1 else style.several(name, inner, index)


def _group(group: Group, style: Style) -> str:
    scores = group.scores
    repeated = group.count != 1
    if repeated and scores.cols == 1:
        scores, repeated = scores @ Sum.ones(1, group.count), False
    shown = _sum(scores, style)
    if group.causal:
        shown += f", {style.word('causal')}"
    if group.mask:
        word = group.mask if len(group.mask) > 1 or not group.mask[0].flip else flipped(group.mask)
        mask = _word(word, scores.rows, style) + (style.transposed if word is not group.mask else "")
        shown += f", {style.word('mask')}{style.equals}{mask}"
    return f"{_number(group.count, style)} times {shown}" if repeated else shown
