"""``symsim rasp run``: notation, exact values, symbols, JSON, and what is bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symsim.cli import main

PROGRAM = "def f(n) {\n  return n * tokens;\n}\nhalf = tokens_float / 2;\nratio = 1 / (tokens - 1);\n"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A small program."""
    path = tmp_path / "f.rasp"
    path.write_text(PROGRAM)
    return str(path)


RUNS = [
    (["--call", "f(3)", "--tokens", "1,2, 4"], "[3, 6, 12] (ints)\n"),
    (["--call", "half", "--tokens", "1,2/3"], "[0.5, 0.333] (floats)\nexactly [1/2, 1/3]\n"),
    (["--call", "f(2)", "--tokens", "symbolic:2"], "[2*x1, 2*x2] (symbolic)\n"),
    (["--call", "f(2)", "--tokens", "5", "--positions", "3"], "[10, 0, 0] (ints)\n"),
    (["--call", "f(2)", "--tokens", "text:ab"], "[aa, bb] (strings)\n"),
    (["--call", "half", "--tokens", "0.1"], "[0.05] (floats)\nexactly [1/20]\n"),
    (["--call", "tokens", "--tokens", "1,2", "--cast", "str"], "[1, 2] (strings)\n"),
    (["--call", "tokens == 1", "--tokens", "1,2"], "[T, F] (bools)\n"),
    (["--call", "select(tokens, tokens, ==)", "--tokens", "a,b"], "     a b\n a | 1\n b |   1\n"),
]


@pytest.mark.parametrize(("options", "expected"), RUNS)
def test_runs(file: str, options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "run", file, *options]) == 0
    assert capsys.readouterr().out == expected


def test_conditions_are_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "run", file, "--call", "ratio", "--tokens", "symbolic:1"]) == 0
    assert "provided that x1 - 1 != 0" in capsys.readouterr().out


def test_json_holds_exact_values(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.json"
    assert main(["rasp", "run", file, "--call", "half", "--tokens", "1,2", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["values"], printed["tokens"], printed["call"]) == (["1/2", 1], [1, 2], "half")
    assert main(["rasp", "run", file, "--call", "ratio", "--tokens", "symbolic:1", "-o", str(target)]) == 0
    stored = json.loads(target.read_text())
    assert stored["side_conditions"] == ["x1 - 1 != 0"] and stored["schema_version"] == 1


BAD = [
    (["--call", "f(3)", "--tokens", ""], "at least one token"),
    (["--call", "f(3)", "--tokens", "1,,2"], "empty token"),
    (["--call", "f(3)", "--tokens", "1/0"], "divides by 0"),
    (["--call", "f(3)", "--tokens", "symbolic:0"], "how many"),
    (["--call", "f(3)", "--tokens", "symbolic:x"], "how many"),
    (["--call", "f", "--tokens", "1"], "f(n) takes 1 argument, got 0"),
    (["--call", "g(3)", "--tokens", "1"], "nothing is named 'g'"),
    (["--call", "f(", "--tokens", "1"], "ends early"),
    (["--call", "3", "--tokens", "1"], "a number"),
    (["--call", "ratio", "--tokens", "2,1"], "line 5, column 11: division by 0"),
    (["--call", "f(3)", "--tokens", "1,2", "--positions", "1"], "do not hold 2 tokens"),
    (["--call", "tokens < 1", "--tokens", "symbolic:1"], "x1 < 1"),
    (["--call", "f(3)", "--tokens", "1", "--cast", "complex"], "tokens are read"),
]


@pytest.mark.parametrize(("options", "part"), BAD)
def test_bad_input_is_told_and_the_status_is_two(
    file: str, options: list[str], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rasp", "run", file, *options]) == 2
    said = capsys.readouterr()
    assert part in said.err and said.out == "" and "Traceback" not in said.err


def test_a_missing_file_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "run", "nowhere.rasp", "--call", "f", "--tokens", "1"]) == 2
    assert "nowhere.rasp cannot be read" in capsys.readouterr().err
