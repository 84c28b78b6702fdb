"""``rasp check``: programs of the library are proved, planted faults refuted with a small exact witness."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symsim as ss
from symsim.domains.exact import Exact
from symsim.proof.formula_values import Floats, symbols_of
from symsim.rasp.dialects import dialects

MATRICES = "library:matrices"


def program(folder: Path, text: str) -> Any:
    """A library from a text."""
    path = folder / "p.rasp"
    path.write_text(text)
    return ss.rasp.load(path)


def reports(library: Any, call: str, against: str, shapes: dict[str, Any], sizes: dict[str, Any], **more: Any) -> Any:
    return [ss.check(claim, **more) for claim in ss.rasp.claims(library, call, against, shapes, sizes)]


PROVED = [
    ("transposition(r, c)", "A^T", {"A": ("r", "c")}, "rc"),
    ("matmul(r, k, c)", "A B", {"A": ("r", "k"), "B": ("k", "c")}, "rkc"),
    ("softmax(r, c)", "softmax(A)", {"A": ("r", "c")}, "rc"),
    ("sum(r, c)", "A + B", {"A": ("r", "c"), "B": ("r", "c")}, "rc"),
    ("plus_identity(n)", "A + I(n)", {"A": ("n", "n")}, "n"),
]


@pytest.mark.parametrize(("call", "against", "shapes", "names"), PROVED, ids=[case[0] for case in PROVED])
def test_library_is_proved_at_all_sizes_up_to_3(call: str, against: str, shapes: Any, names: str) -> None:
    found = reports(ss.rasp.load(MATRICES), call, against, shapes, {name: range(1, 4) for name in names})
    assert len(found) == 3 ** len(names)
    assert {(str(r.verdict), r.method, r.side_conditions) for r in found} == {("proved", "symbolic uncut", ())}


def test_inverse_is_proved_where_the_determinant_is_not_0() -> None:
    (report,) = reports(ss.rasp.load(MATRICES), "inverse(n)", "inv(A)", {"A": ("n", "n")}, {"n": 2})
    assert str(report.verdict) == "proved"
    assert report.side_conditions == ("det(A) != 0",)


@pytest.mark.parametrize("against", ["A B + A B", "B^T A^T", "0 * A B"])
def test_wrong_formulas_are_refuted(against: str) -> None:
    shapes = {"A": ("n", "n"), "B": ("n", "n")}
    (report,) = reports(ss.rasp.load(MATRICES), "matmul(n, n, n)", against, shapes, {"n": 2})
    assert str(report.verdict) == "refuted"
    A, B = report.witness["A"], report.witness["B"]
    assert sum(v != 0 for v in [*A, *B]) <= 2 and report.witness.left == A * B
    assert "matrices.rasp, line" in report.witness.node


def test_a_witness_of_a_long_formula_is_thin() -> None:
    shapes = {"X": ("n", "n"), "A": ("n", "n"), "V": ("n", "n")}
    wrong = "softmax(X A^T X^T) X V"
    (report,) = reports(ss.rasp.load(MATRICES), "attention(n, n, n)", wrong, shapes, {"n": 3})
    assert str(report.verdict) == "refuted"
    assert sum(v != 0 for name in "XAV" for v in report.witness[name]) <= 4


def test_zeros_behind_the_operands_are_needed_and_asked_for() -> None:
    shapes, sizes = {"X": ("n", "d"), "A": ("d", "d"), "V": ("d", "v")}, {"n": 3, "d": 1, "v": 1}
    library, formula = ss.rasp.load(MATRICES), "softmax(X A X^T) X V"
    (short,) = ss.rasp.claims(library, "attention(n, d, v)", formula, shapes, sizes)
    (enough,) = ss.rasp.claims(library, "attention(n, d, v)", formula, shapes, sizes, "n*n")
    assert (short.left.length(), str(ss.check(short).verdict)) == (5, "refuted")
    assert (enough.left.length(), str(ss.check(enough).verdict)) == (9, "proved")


def test_a_program_that_divides_by_0_is_refuted_where_the_formula_is_defined(tmp_path: Path) -> None:
    library = program(tmp_path, "def f() {\n  x = tokens_float;\n  return x * x / x;\n}\n")
    (report,) = reports(library, "f()", "A", {"A": (1, 1)}, {})
    assert str(report.verdict) == "refuted" and report.witness.left is None
    assert report.witness["A"] == sympy.Matrix([[0]]) and "line 3, column 16" in report.witness.node


def test_a_condition_on_symbols_is_told_unless_a_number_refutes_or_cases_are_split(tmp_path: Path) -> None:
    library = program(
        tmp_path, "up = tokens_float if tokens_float > 0 else 0;\nfar = 0 if tokens_float < 9 else tokens;\n"
    )
    (right,) = reports(library, "up", "relu(A)", {"A": (1, 2)}, {})
    assert str(right.verdict) == "proved" and right.method == "smt"
    told = ss.check(right.claim, method="symbolic")
    assert str(told.verdict) == "undecided" and "A_1,1 > 0" in told.reason and "line 1" in told.reason
    (wrong,) = reports(library, "far", "relu(A)", {"A": (1, 2)}, {})
    assert str(wrong.verdict) == "refuted" and wrong.witness["A"] == sympy.Matrix([[1, 0]])


def test_branches_and_copies_are_followed_to_the_operation(tmp_path: Path) -> None:
    text = "a = tokens_float + 1;\nb = aggregate(select(indices, 1 - indices, ==), a);\nc = b if indices < 9 else 0;\n"
    (report,) = reports(program(tmp_path, text), "c", "A", {"A": (1, 2)}, {})
    assert report.witness.node.startswith("position 0, made in p.rasp, line 1, column 18: a = tokens_float + 1;")


BAD = [
    ({"A": ("r", "c")}, {"r": 2}, "c has none: give --sizes c=1..3"),
    ({"A": ("r", "c")}, {"r": 2, "c": 2, "k": 1}, "'k' is fixed and occurs nowhere"),
    ({"A": ("r", "c")}, {"r": 0, "c": 2}, "integers >= 1"),
    ({}, {}, "declare its operands"),
    ({"A": ("r", "c")}, {"r": range(1, 100), "c": range(1, 100)}, "at most 1000"),
]


@pytest.mark.parametrize(("shapes", "sizes", "message"), BAD)
def test_bad_claims_say_why(shapes: Any, sizes: Any, message: str) -> None:
    with pytest.raises(ss.BadInput, match=message):
        ss.rasp.claims(ss.rasp.load(MATRICES), "transposition(r, c)", "A^T", shapes, sizes)


def test_other_methods_do_not_claim_more() -> None:
    (claim,) = ss.rasp.claims(ss.rasp.load(MATRICES), "transposition(2, 2)", "A^T", {"A": (2, 2)})
    assert str(ss.check(claim, method="symbolic").verdict) == "proved"
    assert str(ss.check(claim, method="parametric").verdict) == "undecided"
    with pytest.raises(ss.BadInput, match="finite alphabet"):
        ss.check(claim, method="exhaustive")


def test_machine_numbers_agree_with_exact_values() -> None:
    domain = Exact()
    x, y = sympy.symbols("x y")
    value = domain.scalar(sympy.exp(x / (y + 3)) * Fraction(1, 3) + 2**x / (1 + sympy.exp(y)))
    assert symbols_of(domain.field, value) == ("x", "y")
    points = np.array(list(itertools.product((0.0, 1.0, -2.0), repeat=2)))
    found = Floats(domain.field, {"x": points[:, 0], "y": points[:, 1]}).value(value)
    expected = np.exp(points[:, 0] / (points[:, 1] + 3)) / 3 + 2 ** points[:, 0] / (1 + np.exp(points[:, 1]))
    assert np.allclose(found, expected, rtol=1e-12)


COUNT = "(indices + 1) * aggregate(select(indices, indices, <=), {})"
AS, BS = (COUNT.format(f'indicator(tokens == "{letter}")') for letter in "ab")
DIALECTS = [
    (f"{AS} > {BS}", {"c-rasp", "s-op-positional"}),
    (f"2 * ({AS}) - {BS} == 3", {"c-rasp", "s-op-positional"}),
    ("aggregate(select(indices, indices, <=), indicator(tokens == 1))", {"s-op-positional"}),
    (f"{AS} * {BS}", {"s-op-positional"}),
    (COUNT.format(AS), {"s-op-positional"}),
    (COUNT.format("1").replace("<=", ">="), {"s-op-positional"}),
    ("aggregate(select(indices, tokens_int, ==), tokens)", set()),
    ("aggregate(select(tokens, tokens, ==), 1)", set()),
]


@pytest.mark.parametrize(("text", "expected"), DIALECTS)
def test_dialects(text: str, expected: set[str]) -> None:
    found = dialects(ss.rasp.Interpreter("asis").expression(text))
    assert {name for name, outside in found.items() if outside is None} == {"rasp", *expected}
