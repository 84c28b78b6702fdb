"""``symsim check``: verdicts and exit codes, witnesses, sizes, scalars, masks, JSON, and mistakes in formulas."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.cli.conftest import Command

ATTENTION = ("--shape", "X=n,d", "--shape", "A=d,d", "--shape", "V=d,v")
LEFT = "softmax(X A X^T) X V"
Refused = Callable[..., str]

PROVED = """\
proved (parametric, -.-- s)
softmax(X A X^T) X V = softmax(X (A X^T)) (X V) for all d, n, v >= 1 and all real X, A, V (X: n x d, A: d x d, V: d x v)
"""

REFUTED = """\
refuted (parametric, -.-- s)
softmax(X A X^T) X V = softmax(X A^T X^T) X V for all d, n, v >= 1 and all real X, A, V (X: n x d, A: d x d, V: d x v)
at d = 2, n = 2, v = 1
from sympy import Matrix, Rational, SparseMatrix
X = Matrix([[1, 0], [0, 1]])
A = Matrix([[0, 1], [0, 0]])
V = Matrix([[1], [0]])
# entry (1, 1): left = 1/(1 + E) = 0.26894142..., right = 1/2
"""

EXPLAINED = """\
  step: all outputs: proved (parametric)
  normal form, left : softmax(X A X^T) X V
  normal form, right: softmax(X A X^T) X V
"""


def test_true_and_false_for_all_sizes(symsim: Command) -> None:
    done = symsim("check", LEFT, "softmax(X (A X^T)) (X V)", *ATTENTION)
    assert (done.status, done.text, done.err) == (0, PROVED, "")
    done = symsim("check", LEFT, "softmax(X A^T X^T) X V", *ATTENTION)
    assert (done.status, done.text, done.err) == (1, REFUTED, "")


def test_the_printed_witness_runs_as_python(symsim: Command) -> None:
    out = symsim("check", LEFT, "softmax(X A^T X^T) X V", *ATTENTION).out
    pasted = out[out.index("from sympy") :] + "print((X * A * X.T)[0, 1], V.shape)"
    done = subprocess.run([sys.executable, "-c", pasted], capture_output=True, text=True, check=True)
    assert done.stdout == "1 (2, 1)\n"


def test_explain_shows_steps_and_normal_forms(symsim: Command) -> None:
    done = symsim("check", LEFT, "softmax(X (A X^T)) (X V)", *ATTENTION, "--explain")
    assert done.text == PROVED + EXPLAINED


CASES = [
    ("X Y", "Y X", ["--shape", "X=n,n", "--shape", "Y=n,n"], 1),
    ("X Y", "Y X", ["--shape", "X=n,n", "--shape", "Y=n,n", "--size", "n=1"], 0),
    ("X Y", "Y X", ["--shape", "X=n,n", "--shape", "Y=n,n", "--size", "n=2"], 1),
    ("softmax(tau * X)", "softmax(X * tau)", ["--shape", "X=n,d", "--scalar", "tau"], 0),
    ("softmax(tau * X)", "tau * softmax(X)", ["--shape", "X=n,d", "--scalar", "tau"], 1),
    ("0.1 * X", "X / 10", ["--shape", "X=n,d"], 0),
    ("u^T u", "tr(u u^T)", ["--shape", "u=n"], 0),
    ("relu(X) + X", "X + relu(X)", ["--shape", "X=n,d"], 0),
    ("relu(X)", "X", ["--shape", "X=n,d"], 1),
    ("inv([1,2;3,4])", "[-2,1;1.5,-0.5]", [], 0),
    ("1", "1", [], 0),
    ("1", "2", [], 1),
    ("A^-1 A", "I(n)", ["--shape", "A=n,n"], 3),
    ("A^-1 A", "I(n)", ["--shape", "A=n,n", "--size", "n=2"], 0),
    ("X", "X", ["--shape", "X=n,d", "--method", "parametric"], 0),
    ("X", "X", ["--shape", "X=2,2", "--method", "symbolic"], 0),
]


@pytest.mark.parametrize(("left", "right", "options", "status"), CASES)
def test_exit_status_and_first_word_agree(
    symsim: Command, left: str, right: str, options: list[str], status: int
) -> None:
    done = symsim("check", left, right, *options)
    assert done.status == status and done.err == ""
    assert done.out.split()[0] == {0: "proved", 1: "refuted", 3: "undecided"}[status]


def test_masks_range_over_all_rows_or_the_nonempty_ones(symsim: Command) -> None:
    claim = ("softmax(X, mask=M) ones(d)", "ones(n)", "--shape", "X=n,d", "--shape", "M=n,d")
    done = symsim("check", *claim)
    assert done.status == 1 and "M = Matrix([[0]])" in done.out
    done = symsim("check", *claim, "--mask-rows", "nonempty")
    assert done.status == 0 and "with a 1 in each row" in done.out


def test_side_conditions_are_printed(symsim: Command) -> None:
    done = symsim("check", "A^-1 A", "I(2)", "--shape", "A=2,2")
    assert done.out.splitlines()[2] == "provided that det(A) != 0"


def test_time_limit_leaves_it_undecided_with_the_reason(symsim: Command) -> None:
    done = symsim("check", "softmax(X)", "exp(X)/2", "--shape", "X=n,d", "--time-limit", "0.001", "--json")
    assert done.status == 3
    assert (done.data["verdict"], done.data["reason"]) == ("undecided", "the time limit of 0.001 s was reached")
    assert done.data["limits"] == {"time_limit": 0.001}


FIELDS = (
    "schema_version kind claim quantifiers verdict method sizes domain side_conditions error_bound reason witness "
    "machine cost steps certificate trusted seed limits seconds version hash"
).split()


def test_json_has_every_field(symsim: Command) -> None:
    done = symsim("check", LEFT, "softmax(X A^T X^T) X V", *ATTENTION, "--json", "--seed", "7")
    data = done.data
    assert (done.status, list(data)) == (1, FIELDS)
    assert data["claim"].startswith("softmax(X A X^T) X V = softmax(X A^T X^T) X V for all d, n, v >= 1")
    assert (data["verdict"], data["sizes"], data["seed"], data["trusted"]) == ("refuted", "all", 7, [])
    witness = data["witness"]
    assert witness["inputs"]["A"] == [["0", "1"], ["0", "0"]] and witness["sizes"] == {"d": 2, "n": 2, "v": 1}
    assert witness["right"] == "1/2" and witness["first_difference"]["row"] == 1
    proved = symsim("check", "X", "X", "--shape", "X=2,d", "--json").data
    assert (proved["witness"], proved["reason"], proved["sizes"]) == (None, None, "all")
    assert [sorted(step) for step in proved["steps"]] == [["method", "name", "seconds", "verdict"]]


def test_same_claim_and_seed_give_the_same_hash(symsim: Command) -> None:
    once, twice = (symsim("check", "X Y", "Y X", "--shape", "X=2,2", "--shape", "Y=2,2", "--json").data for _ in "ab")
    other = symsim("check", "X Y", "Y X", "--shape", "X=2,2", "--shape", "Y=2,2", "--json", "--seed", "1").data
    assert once["hash"] == twice["hash"] != other["hash"]


MISTAKES = [
    (["sofmax(X)", "X", "--shape", "X=n,d"], "unknown name 'sofmax': did you mean 'softmax'?\n  sofmax(X)\n  ^"),
    (["softmax(X", "X", "--shape", "X=n,d"], "column 10: the text ends early: expected an operator, ')' or ','"),
    (["X Z", "X", "--shape", "X=n,d"], "unknown name 'Z': known: X, d, n; declare a matrix with --shape X=n,d"),
    (["0.1.2 * X", "X", "--shape", "X=n,d"], "'0' cannot stand here: a number has one point"),
    (["X", "X Y^", "--shape", "X=n,d", "--shape", "Y=d,d"], "after ^ write T for the transpose or -1"),
    (["X Y", "X", "--shape", "X=n,d", "--shape", "Y=n,d"], "the left factor has d columns and the right one n rows"),
    (["X + Y", "X", "--shape", "X=n,d", "--shape", "Y=d,n"], "X (n x d) plus Y (d x n): the shapes have to be equal"),
    (["X", "X^T", "--shape", "X=n,d"], "the two sides have different shapes: X is n x d, X^T is d x n"),
    (["", "X", "--shape", "X=n,d"], "the formula is empty"),
    (["X", "X", "--shape", "X"], "'X' declares no shape: write X=n,d for a matrix or u=n for a column"),
    (["X", "X", "--shape", "X=n,d,e"], "unexpected ','"),
    (["X", "X", "--shape", "X=0,d"], "0 is not a size: a matrix has at least one row and one column"),
    (["X", "X", "--shape", "X=n,d", "--shape", "X=n,d"], "the shape of 'X' is declared twice"),
    (["X", "X", "--shape", "T=n,d"], "'T' cannot name a matrix: it is reserved"),
    (["X", "X", "--shape", "X=n,d", "--size", "n=0"], "--size n=0: write a size and an integer >= 1, such as n=3"),
    (["X", "X", "--shape", "X=n,d", "--size", "n=2.5"], "--size n=2.5: write a size and an integer >= 1"),
    (["X", "X", "--shape", "X=n,d", "--size", "n=1", "--size", "n=2"], "--size gives n twice"),
    (["X", "X", "--shape", "X=n,d", "--size", "q=2"], "the size 'q' is fixed and occurs nowhere: known: d, n"),
    (["X", "X", "--shape", "X=n,d", "--scalar", "X"], "'X' is declared as a matrix and as a scalar"),
    (["X", "X", "--shape", "X=n,d", "--mask-rows", "some"], "--mask-rows takes any or nonempty, got 'some'"),
    (["X", "X", "--shape", "X=n,d", "--mask-rows", "nonempty"], "neither side has a mask"),
    (["X", "X", "--shape", "X=n,d", "--method", "symbolc"], "unknown method 'symbolc': did you mean 'symbolic'?"),
    (["X", "X", "--shape", "X=n,d", "--method", "symbolic"], "the symbolic method needs fixed sizes; d, n are free"),
    (["X", "X", "--shape", "X=n,d", "--accept", "probble"], "got 'probble': did you mean 'probable'?"),
    (["X", "X", "--shape", "X=n,d", "--time-limit", "0"], "--time-limit takes seconds, more than 0"),
    (["X", "X", "--shape", "X=n,d", "--time-limit", "inf"], "--time-limit takes seconds, more than 0"),
    (["X", "X", "--shape", "X=n,d", "--seed", "-1"], "invalid value for '--seed'"),
    (["1e400 X", "X", "--shape", "X=n,d"], "a number has at most 300 digits and an exponent of at most 300"),
    (["1/0", "1"], "division by zero"),
    (["X X^-1", "X", "--shape", "X=n,d"], "the inverse needs a square matrix, got X (n x d)"),
    (["inv([1,2;2,4])", "I(2)"], "a side is undefined at every input: the matrix is singular"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES)
def test_mistake_is_one_clear_line(refused: Refused, arguments: list[str], message: str) -> None:
    err = refused("check", *arguments)
    assert message in err
    first, *caret = err.split("\n")
    assert not caret or (len(caret) == 2 and caret[1].strip() == "^"), "one line, or one with a caret below"
