"""``symsim prove`` and ``list``: the table, cases by options, controls that fail, what ``list`` remembers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from symsim import Derivation, matrix, softmax
from symsim.cli import prove
from symsim.derivation import installed
from symsim.simulators import universal
from tests.cli.conftest import Command

NAME = "universal-simulator"
Refused = Callable[..., str]

CASES = """\
Cases
  verdict    seconds  method          case
  proved        -.--  parametric      R, all sizes
  proved        -.--  symbolic cut    R, n = 3, d = 3, d_v = 3
  proved        -.--  symbolic uncut  R, n = 3, d = 3, d_v = 3
  proved        -.--  symbolic cut    R, n = 4, d = 2, d_v = 3
  proved        -.--  symbolic uncut  R, n = 4, d = 2, d_v = 3
  proved        -.--  symbolic cut    P, n = 3, d = 3, d_v = 3
  proved        -.--  symbolic uncut  P, n = 3, d = 3, d_v = 3
  proved        -.--  symbolic cut    P, n = 4, d = 2, d_v = 3
  proved        -.--  symbolic uncut  P, n = 4, d = 2, d_v = 3
  proved        -.--  parametric      R, 1 head with projections, all sizes
  proved        -.--  parametric      R, 2 heads with projections, all sizes
  proved        -.--  parametric      R, 3 heads with projections, all sizes
  proved        -.--  parametric      R, whole encoder layer, all sizes
"""

ONE = """\
universal-simulator: One encoder simulates every attention head
U(X, A, V) = softmax(X A X^T) X V for all real X, A, V (X: 3 x 2, A: 2 x 2, V: 2 x 2)
machine: linear, softmax; 2 layers with 1 + 1 heads, width 14, 7 positions
  verdict    seconds  method          step
  proved        -.--  symbolic cut    composition
  proved        -.--  symbolic cut    layer 1, slot xa: XA = X A
  proved        -.--  symbolic cut    layer 1, slot xv: XV = X V
  proved        -.--  symbolic cut    layer 2, slot out: Y = softmax(XA X^T) XV
  proved        -.--  symbolic cut    the claim, realisation rows, cut
"""


def test_everything_is_proved_and_every_control_refuted(symsim: Command) -> None:
    done = symsim("prove", NAME)
    assert (done.status, done.err) == (0, "")
    assert CASES in done.text
    parts = done.text.split("\n\n")
    assert [part.splitlines()[0] for part in parts[1:4]] == [
        "The proof, step by step",
        "Cases",
        "Controls: each of these changes has to be refuted",
    ]
    *steps, weights = parts[1].splitlines()[2:]
    assert steps and all(line.startswith("  proved ") for line in steps)
    assert weights == "  weights: the same for all inputs; they depend on d, d_v; not on n"
    controls = parts[3].splitlines()[2:]
    assert controls and all(line.startswith("  refuted ") for line in controls[::2])
    assert all(" instead of " in line for line in controls[1::2])
    last = done.out.splitlines()[-1]
    assert re.fullmatch(rf"{NAME}: proved: (\d+) of \1 steps and cases proved, (\d) of \2 controls refuted", last)


def test_json_of_everything(symsim: Command) -> None:
    whole, *cases = symsim("prove", NAME, "--json").data
    shown = [whole[key] for key in ("derivation", "case", "verdict", "sizes")]
    assert shown == [NAME, "as stated", "proved", "all"]
    assert whole["quantifiers"] == "for all d, d_v, n >= 1 and all real X, A, V"
    assert {step["verdict"] for step in whole["steps"]} == {"proved"} and len(whole["steps"]) >= 6
    assert {control["verdict"] for control in whole["controls"]} == {"refuted"}
    assert [n["equals_formula"] for n in whole["numbers"]] == [True, True]
    assert {case["verdict"] for case in cases} == {"proved"} and len(cases) == CASES.count("\n") - 2
    assert len({case["hash"] for case in cases}) == len(cases)


def test_one_case(symsim: Command) -> None:
    done = symsim("prove", NAME, "--n", "3", "--d", "2")
    assert (done.status, done.text) == (0, ONE)
    data = symsim("prove", NAME, "--n", "3", "--d", "2", "--json").data
    assert (data["verdict"], data["method"], data["case"]) == ("proved", "symbolic cut", "realisation rows, cut")
    assert data["cost"]["layers"] == 2 and data["machine"]["normalisers"] == ["linear", "softmax"]
    assert [step["name"] for step in data["steps"]][1] == "layer 1, slot xa: XA = X A"


@pytest.mark.parametrize(
    ("options", "last"),
    [
        ("--n 3 --d 2 --realisation P", "symbolic cut    the claim, realisation scalars, cut"),
        ("--n 2 --d 2 --realisation P --uncut", "symbolic uncut  the claim, realisation scalars, uncut"),
        ("--n 2 --d 2 --realisation scalars-narrow", "symbolic cut    the claim, realisation scalars-narrow, cut"),
        ("--n 3 --d 2 --d-v 1 --realisation R --uncut", "symbolic uncut  the claim, realisation rows, uncut"),
        ("--heads 2", "parametric      the claim, realisation rows, cut"),
        ("--projections --d-k k --n 4", "parametric      the claim, realisation rows, cut"),
        ("--d-ff f", "parametric      the claim, realisation rows, cut"),
        ("--n 1 --d 1", "symbolic cut    the claim, realisation rows, cut"),
        ("--n 2 --d 2 --method parametric", "parametric      the claim, realisation rows, cut"),
        ("--uncut", "parametric      the claim, realisation rows, uncut"),
    ],
)
def test_options_choose_the_claim(symsim: Command, options: str, last: str) -> None:
    done = symsim("prove", NAME, *options.split())
    assert (done.status, done.err) == (0, "")
    assert done.text.splitlines()[-1] == f"  proved        -.--  {last}"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "name a derivation, or give --all; known: "),
        ("universal-simulatr", "unknown derivation 'universal-simulatr': did you mean 'universal-simulator'?"),
        (f"{NAME} --all", "give names or --all, not both"),
        (f"{NAME} --n 0", "--n: 0 is not a size: a matrix has at least one row and one column"),
        (f"{NAME} --n x,y", "--n: 'x,y' cannot name a size: a name is a letter, then letters, digits and _"),
        (f"{NAME} --realisation X", "unknown realisation 'X': known: rows, scalars, scalars-narrow"),
        (f"{NAME} --realisation P", "symbolic sizes need realisation='rows'"),
        (f"{NAME} --n 2 --d 2 --d-ff 2 --realisation P", "realisation 'scalars'"),
        (f"{NAME} --heads 0", "heads is a whole number of at least 1, got 0"),
        (f"{NAME} --heads 2.5", "invalid value for '--heads'"),
        (f"{NAME} --n 2 --d 2 --method symbolc", "unknown method 'symbolc': did you mean 'symbolic'?"),
        (f"{NAME} --nn 3", "no such option: --nn"),
    ],
)
def test_mistakes(refused: Refused, arguments: str, message: str) -> None:
    err = refused("prove", *arguments.split())
    assert message in err and "\n" not in err


def test_time_limit_leaves_the_case_undecided(symsim: Command) -> None:
    options = ("--n", "9", "--d", "9", "--realisation", "P", "--uncut", "--time-limit", "0.02")
    done = symsim("prove", NAME, *options)
    assert done.status == 3 and done.out.endswith("the time limit of 0.02 s was reached\n")
    assert symsim("list", "--json").data[0]["status"] == "undecided"
    data = symsim("prove", NAME, *options, "--json").data
    assert (data["verdict"], data["reason"]) == ("undecided", "the time limit of 0.02 s was reached")


def test_time_limit_ends_the_building_of_a_huge_construction(
    symsim: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "BUILDING", 0.2)
    done = symsim("prove", NAME, "--n", "1000000", "--d", "1000000", "--time-limit", "0.2")
    assert (done.status, done.out) == (3, "")
    assert done.err == "symsim: undecided: the time limit of 0.2 s was reached before there was a claim to check\n"


LISTED = """\
universal-simulator: One encoder simulates every attention head
  statement  For all n, d, d_v there is one encoder with fixed weights that maps the tokens of X, A, V to \
softmax(X A X^T) X V.
  source     Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739, \
Theorem 5.
  machine    linear, softmax
  methods    parametric
  sizes      all
  last check not yet
"""


def test_list_shows_the_status_of_the_last_check(symsim: Command) -> None:
    assert symsim("list").out.startswith(LISTED)
    row = symsim("list", "--json").data[0]
    assert list(row) == ["name", "title", "source", "statement", "machine", "methods", "sizes", "status"]
    assert (row["name"], row["sizes"], row["status"]) == (NAME, "all", None)
    symsim("prove", NAME, "--n", "2", "--d", "2", "--json")
    assert symsim("list").out.startswith(LISTED.replace("not yet", "proved"))
    assert symsim("list", "--json").data[0]["status"] == "proved"


def test_a_memory_that_cannot_be_read_or_written_is_no_error(symsim: Command, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, not a folder")
    assert symsim("prove", NAME, "--n", "2", "--d", "2").status == 0
    assert symsim("list", "--json").data[0]["status"] is None


@pytest.fixture
def planted() -> Iterator[Derivation]:
    """A derivation of the library that a test may spoil."""
    X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d")
    theorem = Derivation("planted", "A theorem.", universal("n", "d"), softmax(X @ A @ X.T) @ X @ V)
    installed().register(theorem)
    yield theorem
    installed().remove("planted")


def test_a_control_that_is_not_refuted_fails(symsim: Command, planted: Derivation) -> None:
    assert symsim("prove", "planted").status == 0

    @planted.control("Nothing is changed.")
    def harmless(construction):  # type: ignore[no-untyped-def]
        return construction

    done = symsim("prove", "planted")
    assert (done.status, done.err) == (1, "")
    assert "NOT REFUTED" in done.out and "planted: refuted: " in done.out and "0 of 1 controls refuted" in done.out
    assert symsim("prove", "planted", "--json").status == 1
    assert {row["name"]: row["status"] for row in symsim("list", "--json").data}["planted"] == "refuted"


def test_a_wrong_step_fails(symsim: Command, planted: Derivation) -> None:
    @planted.step("The first layer writes X A.")
    def products(state):  # type: ignore[no-untyped-def]
        yield state.slot("xa", layer=0, rows="X"), matrix("X", "n", "d")

    done = symsim("prove", "planted")
    assert done.status == 1
    assert "  refuted " in done.out and "products: slot xa of rows X after layer 1 = X" in done.out


def test_a_wrong_case_fails_and_shows_its_witness(symsim: Command, planted: Derivation) -> None:
    broken = universal(2, 2).change(layer=1, head=0, mask=None)
    planted.case("without mask", n=2, d=2)
    planted.family = lambda **_: broken
    done = symsim("prove", "planted")
    assert done.status == 1
    assert "    X = Matrix([[" in done.out and "    # entry (1, 1): left = 1/6, right = 1/2" in done.out
