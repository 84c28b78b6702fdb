"""Mathematics on pages: MathML, breaking of long lines, matrices cut short, numbers exact and decimal."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symsim.errors import BadInput
from symsim.formulas import matrix, parse, sizes, softmax
from symsim.render import Notation
from symsim.render.breaking import broken, chain_lines, width
from symsim.render.mathml import readable, to_mathml
from symsim.render.matrices import matrix_latex, number_latex

GOOD = [
    r"\operatorname{softmax}(X A X^{\top}) X V",
    r"\begin{bmatrix} 1 & \frac{e}{2 + e} \\ \vdots & \ddots \end{bmatrix}",
    r"\begin{aligned} a &= b \\ &= c \end{aligned}",
    r"\sum_{i=1}^{n} x_i",
    r"\mathbf{1}_{n \times d}",
    r"H_{1}[X, \mathsf{xa\_left}]",
    r"\left(\frac{1}{n}\right) \tau",
    r"\operatorname{softmax}_{\mathrm{causal}, M}(S)",
    r"e^{-0.25} \approx 0.7788",
]
BAD = [
    r"\input{/etc/passwd}",
    r"\write18{ls}",
    r"\def\x{1}",
    r"\href{http://a.b}{c}",
    r"x_{1",
    r"x}",
    r"x^{a}^{b}",
    r"\begin{bmatrix} 1",
    r"\begin{verbatim} x \end{verbatim}",
    r"\left( x",
    r"\text{\input{x}}",
    "$x$",
    "a % b",
    "~",
    "#1",
    "\u202e",
    "{" * 200,
]


@pytest.mark.parametrize("latex", GOOD)
def test_mathml_is_well_formed(latex: str) -> None:
    assert ElementTree.fromstring(to_mathml(latex)).tag == "math"


@pytest.mark.parametrize("latex", BAD)
def test_what_is_not_of_the_subset_is_refused(latex: str) -> None:
    assert not readable(latex)
    with pytest.raises(BadInput, match="cannot be shown"):
        to_mathml(latex)


@given(st.text(alphabet="\\{}^_&$%#~<>\"' abcxX019+-()[]|.,", max_size=40))
def test_whatever_is_readable_is_well_formed(text: str) -> None:
    if readable(text):
        ElementTree.fromstring(to_mathml(text))


def test_mathml_has_the_right_arity_everywhere() -> None:
    wanted = {"msub": 2, "msup": 2, "msubsup": 3, "mfrac": 2, "munder": 2, "munderover": 3}
    for latex in GOOD:
        for node in ElementTree.fromstring(to_mathml(latex)).iter():
            assert len(node) == wanted.get(node.tag, len(node)), (latex, node.tag)


LONG = parse(
    "X + softmax(X A A^T X^T) X V B + relu((X + softmax(X A A^T X^T) X V B) C + ones(n) c) C^T + ones(n) b",
    {"X": ("n", "d"), "A": ("d", "k"), "V": ("d", "v"), "B": ("v", "d"), "C": ("d", "f"), "c": (1, "f"), "b": (1, "d")},
)


@pytest.mark.parametrize("most", [24, 30, 40, 72])
def test_long_formulas_break_into_short_lines_that_say_the_same(most: int) -> None:
    latex = Notation().formula(LONG)
    lines = broken(latex, most)
    assert max(width(line) for line in lines) <= most
    assert "".join(lines).replace("{}", "").replace(" ", "") == latex.replace(" ", "")
    for line in lines:
        assert line.count("{") == line.count("}")


def test_nothing_is_broken_inside_a_matrix_or_a_fraction() -> None:
    block = matrix_latex([["a + b", "c"], ["d", r"\frac{e + f}{g + h}"]], Notation())
    lines = broken(rf"{block} + {block} + {block}", 12)
    assert len(lines) == 3
    assert all(line.count(r"\begin") == line.count(r"\end") == 1 for line in lines)


def test_long_left_side_gets_its_own_line() -> None:
    lines = chain_lines("x" * 50, [("=", "a + b")], 60)
    assert lines[0] == "& " + "x" * 50 and lines[1].startswith(r"& \quad =")


def test_big_matrices_are_cut_short_with_dots() -> None:
    entries = [[str(10 * i + j) for j in range(9)] for i in range(9)]
    latex = matrix_latex(entries, Notation(largest=4))
    assert latex.count(r"\\") == 3 and r"\vdots" in latex and r"\cdots" in latex and r"\ddots" in latex
    assert "88" in latex and "44" not in latex
    whole = matrix_latex(entries, Notation(largest=9))
    assert "44" in whole and "dots" not in whole


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        (sympy.Rational(-1, 3), r"-\frac{1}{3}"),
        (sympy.Rational(1, 10), "0.1"),
        (sympy.Rational(1, 2), r"\frac{1}{2}"),
        (sympy.exp(1) / (1 + 2 * sympy.exp(1)), r"\frac{e}{1 + 2 e}"),
        (sympy.exp(sympy.Rational(3, 125)), "e^{0.024}"),
        (sympy.Integer(0), "0"),
    ],
)
def test_exact_numbers(value: object, latex: str) -> None:
    assert number_latex(value) == latex
    assert readable(latex)


def test_notation_sets_symbols_and_conventions() -> None:
    X, A = matrix("X", "n", "d"), matrix("A", "d", "d")
    notation = Notation(names={"A": r"W_Q W_K^{\top}", "n": "N"}, transpose="T", brackets="pmatrix")
    assert notation.formula(softmax(X @ A @ X.T)) == r"\operatorname{softmax}(X W_Q W_K^{T} X^{T})"
    assert notation.shape(X.shape) == r"N \times d"
    assert matrix_latex([["1"]], notation).startswith(r"\begin{pmatrix}")
    n, d = sizes("n d")
    assert Notation().size(34 * d * n + 12 * n**2 + 1) == "12 n^{2} + 34 n d + 1"


@pytest.mark.parametrize(
    "wrong", [{"brackets": "x"}, {"digits": 0}, {"largest": 1}, {"names": {"A": r"\input{x}"}}, {"transpose": "}"}]
)
def test_bad_notation_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        Notation(**wrong)  # type: ignore[arg-type]


def test_fractions_are_written_exactly() -> None:
    assert number_latex(sympy.Rational(Fraction("0.125"))) == r"\frac{1}{8}"
