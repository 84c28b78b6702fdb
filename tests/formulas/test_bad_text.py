"""Texts that cannot be read: each message says where, what, and what would be right; only BadInput is raised."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symsim.errors import BadInput
from symsim.formulas import Formula, parse, parse_shape

SHAPES = {"X": ("n", "d"), "A": ("d", "d"), "S": ("n", "n"), "B": ("n", "m"), "u": "n", "weights": ("n", "n")}

MESSAGES = [
    ("", "the formula is empty"),
    (" \n ", "the formula is empty"),
    ("X +", "column 4: the text ends early: expected a formula"),
    ("X )", "column 3: unexpected ')': expected an operator or the end"),
    ("(X", "column 3: the text ends early: expected an operator or ')'"),
    ("[S, B; S", "column 9: the text ends early: expected an operator, ',', ';' or ']'"),
    ("exp", "column 4: the text ends early: expected '('"),
    ("exp()", "column 5: unexpected ')': expected a formula"),
    ("X + + A", "column 5: unexpected '+': expected a formula"),
    ("sofmax(S)", "column 1: unknown name 'sofmax': did you mean 'softmax'?"),
    ("X A weigths", "column 5: unknown name 'weigths': did you mean 'weights'?"),
    ("Q", "unknown name 'Q': known: A, B, S, X, d, m, n, tau, u, weights"),
    ("XA", "unknown name 'XA': a product is written with a blank, X A"),
    ("T", "'T' is reserved: X^T is the transpose"),
    ("X T", "column 3: 'T' is reserved"),
    ("X^2", "column 2: '^' cannot stand here: after ^ write T for the transpose or -1 for the inverse"),
    ("X'", 'column 2: "\'" cannot stand here: the transpose is written X^T'),
    ("X @ A", "column 3: '@' cannot stand here: a blank multiplies matrices"),
    ("X = X", "column 3: unexpected '=': a formula is one side of an equation"),
    ("X ** A", "column 4: unexpected '*': expected a formula"),
    ("X\x00", "the character U+0000 cannot stand here"),
    ("softmax(S, cusal)", "softmax has no option 'cusal': write softmax(S, causal) or softmax(S, mask=M)"),
    ("softmax(S, mask)", "softmax has no option 'mask'"),
    ("softmax(S, causal=S)", "softmax has no option 'causal=S'"),
    ("softmax(S, causal, causal)", "softmax has an option twice"),
    ("softmax(S, mask=Q)", "unknown name 'Q'"),
    ("exp(X, causal)", "exp takes one argument"),
    ("I(X)", "'X' is a matrix, and a size is needed here"),
    ("I(tau)", "'tau' is a scalar, and a size is needed here"),
    ("I(n - 1)", "unexpected '-'"),
    ("0(n)", "unexpected ')'"),
    ("ones(0)", "0 is not a size: a matrix has at least one row and one column"),
    ("ones(1.5)", "1.5 is not a size"),
    ("I", "the shape of I does not follow from what stands around it: write I(n)"),
    ("0 + I", "the shape of I does not follow"),
    ("ones", "the shape of ones does not follow"),
    ("softmax([S, 0])", "column 13: the shape of 0 does not follow from what stands around it: write 0(rows, columns)"),
    ("softmax(0)", "the shape of 0 does not follow"),
    ("1 / 0", "division by zero"),
    ("X / 0", "division by zero"),
    ("1e9999", "an exponent of at most 300"),
    ("1" * 400, "a number has at most 300 digits"),
    ("X X", "X (n x d) times X (n x d): the left factor has d columns and the right one n rows"),
    ("X + A", "X (n x d) plus A (d x d): the shapes have to be equal"),
    ("X + 1", "to add a number to every entry write it as c * ones(rows, columns)"),
    ("X .* A", "X (n x d) entrywise times A (d x d): the shapes have to be equal"),
    ("X .* 2", "entrywise times 2 (1 x 1)"),
    ("S * S", "* multiplies by a scalar; write the matrix product with @ in Python and a blank in text"),
    ("S / S", "only a scalar divides"),
    ("tr(X)", "tr needs a square matrix, got X (n x d)"),
    ("X^-1", "the inverse needs a square matrix, got X (n x d)"),
    ("diag(X)", "diag needs a column, got X (n x d)"),
    ("softmax(X, causal)", "causal softmax needs a square score matrix, got X (n x d)"),
    ("softmax(S, mask=X)", "softmax of S (n x n) with the mask X (n x d)"),
    ("[S, B; S]", "every row of a block matrix has the same number of blocks, got rows of 2, 1"),
    ("[S, A]", "row 1 of the blocks: S (n x n) beside A (d x d): n rows and d rows do not fit"),
    ("[S; B]", "column 1 of the blocks: S (n x n) beside B (n x m): n columns and m columns do not fit"),
    ("exp(" * 150 + "X" + ")" * 150, "the formula nests deeper than 100 levels"),
    ("X " * 6000, "at most 10000 are read"),
    ("tau " * 2000, "the formula nests deeper than 100 levels"),
    ("ones(" + "n*" * 20 + "n)", "a size is made of at most 16 names and numbers"),
]


@pytest.mark.parametrize(("text", "message"), MESSAGES, ids=[text[:20] or "empty" for text, _ in MESSAGES])
def test_message(text: str, message: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, SHAPES, scalars=["tau"])
    assert message in str(caught.value)


def test_caret_stands_under_the_fault() -> None:
    with pytest.raises(BadInput) as caught:
        parse("X A\n  + X) X", SHAPES)
    assert str(caught.value) == (
        "line 2, column 6: unexpected ')': expected an operator or the end\n    + X) X\n       ^"
    )


def test_long_line_is_cut_around_the_caret() -> None:
    with pytest.raises(BadInput) as caught:
        parse("X + " * 500 + "Q + X" * 100, SHAPES)
    _, line, caret = str(caught.value).split("\n")
    assert len(line) < 130
    assert line[caret.index("^")] == "Q"


def test_text_is_a_text() -> None:
    with pytest.raises(BadInput, match="a formula is a text, got int"):
        parse(3, SHAPES)  # type: ignore[arg-type]


def test_many_brackets_are_harmless() -> None:
    assert parse("(" * 2000 + "X" + ")" * 2000, SHAPES) == parse("X", SHAPES)


def test_division_by_a_formula_that_is_zero_is_found_when_it_is_evaluated() -> None:
    assert isinstance(parse("X / (tau - tau)", SHAPES, scalars=["tau"]), Formula)


WORDS = [
    "X",
    "A",
    "S",
    "u",
    "tau",
    "n",
    "T",
    "I",
    "0",
    "1",
    "2.5",
    "ones",
    "softmax",
    "exp",
    "diag",
    "tr",
    "inv",
    "det",
    "causal",
]
SIGNS = [
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "+",
    "-",
    "*",
    "/",
    ".*",
    "^T",
    "^-1",
    "^",
    "=",
    " ",
    "mask",
    ".",
    "0(n,d)",
    "I(n)",
    "ones(d)",
]


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(WORDS + SIGNS), max_size=14).map(" ".join)))
def test_nothing_but_bad_input(text: str) -> None:
    with contextlib.suppress(BadInput):
        assert isinstance(parse(text, SHAPES, scalars=["tau"]), Formula)
    with contextlib.suppress(BadInput):
        parse_shape(text)
