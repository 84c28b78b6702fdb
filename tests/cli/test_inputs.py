"""``symsim check --at``: numbers are read exactly, and every mistake in the file is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Command

PRODUCT = ("X Y", "X Y", "--shape", "X=n,m", "--shape", "Y=m,k")
Y = '"Y": [[1, 2], [3, 4]]'


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Write a file of inputs and give its name."""
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        Path("at.json").write_text(text, encoding="utf-8")
        return "at.json"

    return write


def test_values_are_exact(symsim: Command, at: Callable[[str], str]) -> None:
    done = symsim("check", *PRODUCT, "--at", at(f'{{"X": [[1, 0.1], ["1/3", -2e1]], {Y}}}'))
    assert done.status == 0
    assert done.out.splitlines()[2:] == [
        "at the inputs of at.json the sides are equal:",
        "  left  = [13/10, 12/5; -179/3, -238/3]",
        "  right = [13/10, 12/5; -179/3, -238/3]",
    ]


def test_json_holds_the_values(symsim: Command, at: Callable[[str], str]) -> None:
    claim = ("X Y", "Y X", "--shape", "X=n,n", "--shape", "Y=n,n")
    done = symsim("check", *claim, "--at", at(f'{{"X": [[0, 1], [0, 0]], {Y}}}'), "--json")
    assert (done.status, done.data["verdict"]) == (1, "refuted")
    assert done.data["at"] == {"left": [["3", "4"], ["0", "0"]], "right": [["0", "1"], ["0", "3"]], "equal": False}


def test_exponentials_stay_symbolic(symsim: Command, at: Callable[[str], str]) -> None:
    done = symsim("check", "softmax(X)", "softmax(X)", "--shape", "X=n,m", "--at", at('{"X": [[0, 0.5]]}'))
    assert "  left  = [1/(1 + exp(1/2)), exp(1/2)/(1 + exp(1/2))]" in done.out


def test_columns_numbers_and_scalars_may_be_flat(symsim: Command, at: Callable[[str], str]) -> None:
    claim = ("tau * u", "u * tau", "--shape", "u=n", "--scalar", "tau")
    done = symsim("check", *claim, "--at", at('{"u": [1, 2], "tau": 3}'))
    assert "  left  = [3; 6]" in done.out
    done = symsim("check", *PRODUCT, "--at", at('{"X": 3, "Y": 4}'))
    assert "  left  = [12]" in done.out


MISTAKES = [
    (f'{{"X": [[1, NaN]], {Y}}}', "at.json holds NaN, which is no exact number"),
    (f'{{"X": [[1, -Infinity]], {Y}}}', "at.json holds -Infinity, which is no exact number"),
    (f'{{"X": [[1, 1e99999999]], {Y}}}', 'X: "1e99999999" is too long'),
    (f'{{"X": [[1, "1e99999999"]], {Y}}}', 'X: "1e99999999" is too long'),
    (f'{{"X": [[1, {"9" * 5000}]], {Y}}}', "is too long: at most 300 digits"),
    ('{"X": [[1, 2], [1', "at.json is no complete JSON: "),
    ("[" * 100_000, "at.json is nested too deep"),
    ("[1, 2]", "at.json has to hold an object that names the inputs"),
    ('{"X": [[1, 2]]}', "at.json does not give Y; it has to name X, Y"),
    (f'{{"X": [[1, 2]], "x": 1, {Y}}}', "at.json gives 'x', which the formulas do not use: known: X, Y"),
    ('{"X": 1, "X": 2, "Y": 3}', "at.json gives 'X' twice"),
    (f'{{"X": [[1, 2, 3]], {Y}}}', "at.json: Y is 2 x 2, so m would be 2, but X says m = 3"),
    (f'{{"X": [[1, 2], [1]], {Y}}}', "at.json, X: the rows have different lengths: 2, 1"),
    (f'{{"X": [], {Y}}}', "at.json, X is empty: a matrix has at least one row and one column"),
    (f'{{"X": [[]], {Y}}}', "at.json, X is empty: a matrix has at least one row and one column"),
    (f'{{"X": [[[1]]], {Y}}}', "at.json, X is nested too deep"),
    (f'{{"X": [[1, "a"]], {Y}}}', 'at.json, X: "a" is no number; write an integer, a decimal or a text such as "1/3"'),
    (f'{{"X": [[1, "1/0"]], {Y}}}', 'at.json, X: "1/0" divides by zero'),
    (f'{{"X": [[1, null]], {Y}}}', "at.json, X: null is no number"),
    (f'{{"X": [[1, true]], {Y}}}', "at.json, X: true is no number"),
    (f'{{"X": {{"a": 1}}, {Y}}}', "at.json, X: "),
    (f'{{"X": [[1, "__import__(\'os\')"]], {Y}}}', "is no number"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_mistake_in_the_file_is_named(
    refused: Callable[..., str], at: Callable[[str], str], text: str, message: str
) -> None:
    err = refused("check", *PRODUCT, "--at", at(text))
    assert message in err and "\n" not in err


def test_bytes_that_are_no_text(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "at.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is no text in UTF-8" in refused("check", *PRODUCT, "--at", path)
    assert "No such file" in refused("check", *PRODUCT, "--at", tmp_path / "missing.json")
    assert "Is a directory" in refused("check", *PRODUCT, "--at", tmp_path)


@pytest.mark.parametrize(
    ("claim", "text", "message"),
    [
        ("A^-1 --shape A=2,2", '{"A": [[1, 2], [2, 4]]}', "the matrix is singular: its determinant is 0"),
        ("tau*X --shape X=n,n --scalar tau", '{"X": 1, "tau": [1]}', "tau is a scalar: give one number, not a list"),
        ("softmax(X,mask=M) --shape X=n,d --shape M=n,d", '{"X": 1, "M": 2}', "M is a mask: its entries are 0 and 1"),
        ("X --shape X=n,k --size k=2", '{"X": [[1, 2, 3]]}', "X is 1 x 3, and has to be 1 x 2"),
        ("0(n,m)", "{}", "leave m, n open: fix it with --size m=2"),
    ],
)
def test_inputs_that_do_not_fit_the_claim(
    refused: Callable[..., str], at: Callable[[str], str], claim: str, text: str, message: str
) -> None:
    side, *options = claim.split()
    assert message in refused("check", side, side, *options, "--at", at(text))


def test_excluded_mask_is_refused(refused: Callable[..., str], at: Callable[[str], str]) -> None:
    side = "softmax(X, mask=M)"
    claim = (side, side, "--shape", "X=n,d", "--shape", "M=n,d", "--mask-rows", "nonempty")
    assert "M has a row without a 1" in refused("check", *claim, "--at", at('{"X": [[1, 2]], "M": [[0, 0]]}'))
