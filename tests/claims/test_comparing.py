"""A claim from two texts: shapes, inputs, masks and sizes as declared, and errors that say what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.errors import BadInput
from symsim.formulas import matrix, parse, softmax
from symsim.formulas import sizes as size_symbols
from symsim.proof import check

SHAPES: dict[str, Any] = {"X": ("n", "d"), "A": ("d", "d"), "V": ("d", "v"), "M": ("n", "n"), "u": "n"}


def test_inputs_are_those_that_occur_in_the_order_of_the_shapes() -> None:
    claim = compare("A^T X^T", "(X A)^T", SHAPES)
    assert [name for name, _ in claim.inputs] == ["X", "A"]
    assert claim.free_sizes == ("d", "n")
    assert compare("X", "X", SHAPES, scalars=["tau"]).scalars == ()
    assert compare("tau * X", "X", SHAPES, scalars=["tau"]).scalars == ("tau",)


def test_masks_range_over_zeros_and_ones() -> None:
    claim = compare("softmax(X X^T, mask=M) X", "X", SHAPES)
    assert claim.binary == ("M",)
    assert claim.statement().endswith(
        "for all d, n >= 1, all real X and all M with entries 0 and 1 (X: n x d, M: n x n)"
    )
    nonempty = compare("softmax(X X^T, mask=M) X", "X", SHAPES, nonempty_rows=True)
    assert "entries 0 and 1 with a 1 in each row" in nonempty.quantifiers()
    assert compare("M X", "X", SHAPES).binary == ()
    with pytest.raises(BadInput, match="neither side has a mask"):
        compare("M X", "X", SHAPES, nonempty_rows=True)


def test_fixed_sizes() -> None:
    claim = compare("X A", "X A", SHAPES, sizes={"n": 3})
    assert dict(claim.inputs)["X"] == (3, size_symbols("d"))
    assert claim.free_sizes == ("d",)
    fixed = compare("X A", "X A", SHAPES, sizes={"n": 3, "d": 2})
    assert fixed.fixed
    assert fixed.sizes_text() == {"X": ["3", "2"], "A": ["2", "2"]}
    assert claim.at({"d": 2}).inputs == fixed.inputs
    with pytest.raises(BadInput, match="the size 'm' is fixed and occurs nowhere: known: d, n, v"):
        compare("X", "X", SHAPES, sizes={"m": 3})
    for wrong in (0, -1, 1.5):
        with pytest.raises(BadInput, match="is not a size"):
            compare("X", "X", SHAPES, sizes={"n": wrong})  # type: ignore[dict-item]


def test_sizes_that_occur_in_the_formula_alone() -> None:
    assert compare("ones(k)^T ones(k)", "k * tr(I(1))", {"X": ("k", 1)}).free_sizes == ("k",)
    assert str(check(compare("tr(I(n))", "n", SHAPES)).verdict) == "proved"
    assert str(check(compare("tr(I(n)) + 1", "n", SHAPES)).verdict) == "refuted"
    assert str(check(compare("2", "3", {})).verdict) == "refuted"
    assert compare("2", "3", {}).statement() == "2 = 3"


@pytest.mark.parametrize(
    ("left", "right"), [("X - X", "0"), ("0", "X - X"), ("A I", "A"), ("I", "I A - A + I"), ("0", "0")]
)
def test_a_bare_zero_or_identity_takes_the_shape_of_the_other_side(left: str, right: str) -> None:
    claim = compare(left, right, SHAPES)
    assert claim.left.shape == claim.right.shape
    assert str(check(claim).verdict) == "proved"


def test_formulas_instead_of_texts() -> None:
    n, d = size_symbols("n d")
    X, A = matrix("X", n, d), matrix("A", d, d)
    claim = compare(softmax(X @ A @ X.T) @ X, "softmax(X (A X^T)) X", SHAPES, sizes={"n": 2, "d": 1})
    assert claim.fixed
    assert str(check(claim).verdict) == "proved"
    with pytest.raises(BadInput, match="'X' has two shapes: n x d and n x n"):
        compare(X @ X.T, parse("X", {"X": ("n", "n")}), SHAPES)


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        ("X A", "A", r"the two sides have different shapes: X A is n x d, A is d x d"),
        ("X X^T", "1", r"X X\^T is n x n, 1 is 1 x 1; ones\(n\) is a column of n ones"),
        ("X A", "X V", r"X A is n x d, X V is n x v"),
        ("X", "Xx", r"unknown name 'Xx': did you mean 'X'"),
        ("XA", "X A", r"a product is written with a blank, X A"),
        ("X X", "X", r"the left factor has d columns and the right one n rows|n rows"),
        ("X +", "X", r"(?s)line 1, column 4.*\^"),
        ("", "X", "the formula is empty"),
        ("sofmax(A)", "A", "did you mean 'softmax'"),
        ("T", "A", "reserved"),
    ],
)
def test_texts_that_cannot_be_compared(left: str, right: str, message: str) -> None:
    for sides in ((left, right), (right, left)):
        with pytest.raises(BadInput) as caught:
            compare(*sides, SHAPES)
        if sides[0] == left:
            assert caught.match(message)


@pytest.mark.parametrize(
    ("shapes", "scalars", "message"),
    [
        ({"X": ("n",)}, (), "give rows and columns"),
        ({"X": (0, 2)}, (), "0 is not a size"),
        ({"X": ("n", "d")}, ("X",), "'X' is declared as a matrix and as a scalar"),
        ({"X": ("n", "d")}, ("n",), "'n' is declared as a size and as a scalar"),
        ({"softmax": ("n", "d")}, (), "is a function of the language"),
        ({"T": ("n", "d")}, (), "it is reserved"),
        ({"X": ("n", "d-1")}, (), "line 1, column 2"),
    ],
)
def test_declarations_that_are_none(shapes: Any, scalars: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        compare("X", "X", shapes, scalars=scalars)


def test_claims_refuse_what_would_be_taken_for_something_else() -> None:
    X = matrix("X", 2, 2)
    with pytest.raises(BadInput, match="different shapes: 3 x 2 and 2 x 2"):
        Claim("rows", matrix("X", 3, 2), matrix("Y", 2, 2), (("X", (3, 2)), ("Y", (2, 2))))
    with pytest.raises(BadInput, match="'X' names two things in one claim"):
        Claim("twice", X, X, (("X", (2, 2)), ("X", (2, 2))))
    with pytest.raises(BadInput, match="'X' names two things in one claim"):
        Claim("scalar", X, X, (("X", (2, 2)),), scalars=("X",))
    with pytest.raises(BadInput, match="cannot name a scalar"):
        Claim("entry", X, X, (("X", (2, 2)),), scalars=("X_1,1",))
    with pytest.raises(BadInput, match="'N' is to have entries 0 and 1 and is no input"):
        Claim("mask", X, X, (("X", (2, 2)),), binary=("N",))
    with pytest.raises(BadInput, match="at least one row and one column"):
        Claim("empty", X, X, (("X", (2, 0)),))
    with pytest.raises(BadInput, match="the claim has no size m; its sizes are d, n"):
        compare("X", "X", SHAPES).at({"m": 2})
