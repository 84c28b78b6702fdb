"""``symsim rasp check``: what it prints, exit statuses, JSON, and what is bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symsim.cli import main

PRODUCT = ["--against", "A B", "--shape", "A=r,k", "--shape", "B=k,c", "--sizes", "r=1..2,k=2", "--sizes", "c=1..2"]
LETTERS = ["--alphabet", "a,b", "--length", "3"]


def test_a_range_of_sizes_is_one_report_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "check", "library:matrices", "--call", "matmul(r,k,c)", *PRODUCT]) == 0
    out = capsys.readouterr().out
    assert out.startswith("4 choices of sizes: 4 proved\nproved (symbolic uncut")
    assert "matmul(2,2,2) = A B for all real A, B (A: 2 x 2, B: 2 x 2)" in out
    assert main(["rasp", "check", "library:matrices", "--call", "matmul(r,k,c)", *PRODUCT, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [entry["verdict"] for entry in data] == ["proved"] * 4
    assert data[0]["sizes"] == {"A": ["1", "2"], "B": ["2", "1"]} and data[0]["domain"] is None
    assert data[0]["dialects"]["s-op-positional"] is None and "matrices.rasp" in data[0]["dialects"]["c-rasp"]


def test_a_refuted_size_decides_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.rasp"
    file.write_text("def f(n) {\n  return tokens_float * 2 / n;\n}\n")
    options = ["--against", "A", "--shape", "A=n", "--sizes", "n=1..3"]
    assert main(["rasp", "check", str(file), "--call", "f(n)", *options]) == 1
    out = capsys.readouterr().out
    assert "3 choices of sizes: 1 proved, 2 refuted" in out
    assert "# entry (1, 1): left = 2, right = 1" in out and "p.rasp, line 2, column 27" in out


def test_a_base_that_resembles_e_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "p.rasp"
    file.write_text("w = 2.718 ^ tokens_float;\n")
    assert main(["rasp", "check", str(file), "--call", "w", "--against", "exp(A)", "--shape", "A=2"]) == 1
    assert "the base 2.718 (p.rasp, line 1, column 11" in capsys.readouterr().out
    file.write_text("w = e ^ tokens_float;\n")
    assert main(["rasp", "check", str(file), "--call", "w", "--against", "exp(A)", "--shape", "A=2"]) == 0


def test_words(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "by_hand_oracle.py").write_text("def backwards(word):\n    return word[::-1]\n")
    monkeypatch.chdir(tmp_path)
    call = ["rasp", "check", "library:sequences", "--call", "reverse()", *LETTERS]
    assert main([*call, "--oracle", "by_hand_oracle:backwards"]) == 0
    assert "reverse() = by_hand_oracle:backwards for all inputs of length 1 to 3 over {a, b}" in capsys.readouterr().out
    assert main([*call, "--against-call", "library:sequences:sorted()", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["witness"]["inputs"] == {"tokens": ["a", "b"]}
    assert data["domain"] == {"alphabet": ["a", "b"], "length": 3, "inputs": 14}


def test_dialects_decide_the_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "check", "library:sequences", "--call", "reverse()", "--dialect", "s-op-positional"]) == 0
    assert main(["rasp", "check", "library:sequences", "--call", "histogram()", "--dialect", "s-op-positional"]) == 1
    assert "not s-op-positional: a selector compares values of the input (sequences.rasp" in capsys.readouterr().out


BAD = [
    (["--call", "matmul(2,2,2)"], "give one of --against FORMULA"),
    (["--call", "matmul(2,2,2)", "--against", "A B"], "declare them with --shape"),
    (["--call", "matmul(2,2,2)", "--against", "A B", "--shape", "A=2,2"], "unknown name 'B'"),
    (["--call", "matmul(n,2,2)", "--against", "A", "--shape", "A=2,2"], "nothing is named 'n'"),
    (["--call", "matmul(2,2,2)", "--against", "A", "--shape", "A=n,2"], "give --sizes n=1..3"),
    (["--call", "matmul(2,2,2)", "--against", "A", "--shape", "A=2,2", "--sizes", "n=3..1"], "--sizes n=3..1: write"),
    (["--call", "matmul(2,2,2)", "--against", "A", "--shape", "A=2,2", *LETTERS], "a formula is about all numbers"),
    (["--call", "matmul(2,2,2)", "--oracle", "math:sqrt"], "need --alphabet"),
    (["--call", "matmul(2,2,2)", "--oracle", "math", *LETTERS], "write a module, a colon"),
    (["--call", "matmul(2,2,2)", "--oracle", "math:nothing", *LETTERS], "has no function nothing"),
    (["--call", "matmul(2,2,2)", "--oracle", "no_such_module:f", *LETTERS], "No module named"),
    (["--call", "matmul(2,2,2)", "--against-call", "f", *LETTERS], "write a file, a colon and a call"),
    (["--call", "matmul(2,2,2)", "--dialect", "tracr"], "unknown dialect 'tracr'"),
    (["--call", "full_s", "--against", "A", "--shape", "A=2,2"], "a claim is about an s-op"),
]


@pytest.mark.parametrize(("options", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_status_2(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "check", "library:matrices", *options]) == 2
    assert message in capsys.readouterr().err
