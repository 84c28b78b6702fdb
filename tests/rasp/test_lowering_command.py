"""``symsim rasp compile``: the encoder in the file, its cost, a proof, and what is bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symsim.claims import stored_words
from symsim.cli import main
from symsim.encoder import stored
from symsim.rasp import load

MATMUL = ["library:matrices", "--call", "matmul(2, 3, 2)", "--shape", "A=2,3", "--shape", "B=3,2", "--result", "2,2"]


def test_the_file_holds_the_encoder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "product.json"
    assert main(["rasp", "compile", *MATMUL, "-o", str(target), "--prove"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("matmul(2, 3, 2): 1 layer, 6 heads, width 21\n")
    assert "gives: proved\n" in said and "one operation a layer: 9 layers" in said
    inputs = {"A": (2, 3), "B": (3, 2)}
    made = load("library:matrices").compile("matmul", [2, 3, 2], length=12, inputs=inputs, shape=(2, 2))
    assert stored.load(target.read_text()) == made.encoder
    target.write_text("{}")
    assert main(["rasp", "compile", *MATMUL, "-o", str(target)]) == 2


def test_cost_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "compile", *MATMUL, "--json", "--prove"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["cost"]["layers"] == 1 and data["unscheduled"]["layers"] == 9
    assert (data["verdict"], data["length"]) == ("proved", 12)


def test_verdicts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    relu = ["rasp", "compile", "library:matrices", "--call", "relu", "--length", "2", "--prove"]
    assert main(relu) == 0 and "gives: proved" in capsys.readouterr().out
    monkeypatch.setattr("symsim.proof.cases.MOST_CASES", 1)
    assert main(relu) == 3 and "gives: undecided: " in capsys.readouterr().out
    assert main(["rasp", "compile", "library:matrices", "--call", "inverse(1)", "--length", "1", "--prove"]) == 0
    assert "provided that tokens_1,1 != 0" in capsys.readouterr().out


SORTED = ["library:sequences", "--call", "sorted", "--alphabet", "a,b,c", "--length", "3"]


def test_an_encoder_for_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, drawing = tmp_path / "sorted.json", tmp_path / "sorted.svg"
    files = ["-o", str(target), "--draw", str(drawing), "--word", "c,a,b"]
    assert main(["rasp", "compile", *SORTED, *files, "--prove"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("sorted: 2 layers, 2 heads, width ") and "gives: proved\n" in said
    assert "one aggregate a layer: 2 layers, 2 heads\n" in said and "4 positions with the sink" in said
    made = load("library:sequences").compile("sorted", length=3, alphabet=("a", "b", "c"))
    assert stored_words.load(target.read_text()) == made
    assert "sorted at c a b" in drawing.read_text()


def test_an_encoder_for_words_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["library:sequences", "--call", "most_frequent(0)", "--alphabet", "1,2", "--length", "3", "--json"]
    assert main(["rasp", "compile", *call]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["alphabet"] == ["1", "2"] and data["length"] == 3
    assert data["cost"]["heads"] == [3, 1, 1] and data["unscheduled"]["heads"] == [1, 1, 1, 1, 1]
    assert data["encoding"] == "integer" and list(data["encodings"]) == ["one-hot", "integer"]
    assert data["encodings"]["integer"] == data["cost"] != data["encodings"]["one-hot"]


def test_the_encoding_is_a_choice(capsys: pytest.CaptureFixture[str]) -> None:
    widths = {}
    for encoding in ("one-hot", "integer", "least"):
        assert main(["rasp", "compile", *SORTED, "--encoding", encoding, "--prove"]) == 0
        said = capsys.readouterr().out
        widths[encoding] = int(said.split("width ")[1].split()[0])
        assert "gives: proved\n" in said
        assert ("integer lookup" in said) == (encoding != "one-hot")
    assert widths["least"] == widths["integer"] < widths["one-hot"]
    both = f"queries and keys: one-hot width {widths['one-hot']}, "
    assert both in said and f"; integer width {widths['integer']}, " in said and "(taken)\n" in said


@pytest.mark.parametrize("suffix", ["svg", "html", "dot", "mermaid", "json"])
def test_drawings(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / f"flow.{suffix}"
    call = ["library:matrices", "--call", "trace(2)", "--length", "4", "--draw", str(target)]
    assert main(["rasp", "compile", *call]) == 0
    assert f"wrote {target}" in capsys.readouterr().out.replace("\n", "") and target.read_text()


BAD = [
    (["library:matrices", "--call", "trace(2)"], "--length 6"),
    (["library:matrices", "--call", "trace(2)", "--shape", "A=2"], "two whole numbers"),
    (["library:matrices", "--call", "trace(2)", "--shape", "2,2"], "A=3,2"),
    (["library:matrices", "--call", "trace(2)", "--length", "3", "--shape", "A=2,2"], "do not fit"),
    (["library:matrices", "--call", "trace(2)", "--length", "0"], "length"),
    (["library:matrices", "--call", "full_s", "--length", "2"], "only s-ops"),
    (["library:sequences", "--call", "histogram", "--length", "2"], "sequences.rasp, line 5"),
    (["library:sequences", "--call", "histogram", "--length", "2"], "--alphabet a,b"),
    (["library:sequences", "--call", "histogram", "--alphabet", "a,b"], "--length 6"),
    (["library:sequences", "--call", "histogram", "--alphabet", "a,b", "--length", "30"], "smaller alphabet"),
    (["library:sequences", "--call", "histogram", "--alphabet", "symbolic:2", "--length", "2"], "known tokens"),
    ([*SORTED, "--shape", "A=1,3"], "real tokens"),
    ([*SORTED, "--word", "a"], "--draw"),
    ([*SORTED, "--encoding", "one-hut"], "did you mean 'one-hot'"),
    (["library:matrices", "--call", "trace(2)", "--length", "4", "--encoding", "integer"], "--alphabet"),
    ([*SORTED, "--draw", "flow.png"], ".svg"),
    ([*SORTED, "--draw", "flow.svg", "--word", "a,d"], "no 'd'"),
]


@pytest.mark.parametrize(("options", "part"), BAD)
def test_bad_input(options: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rasp", "compile", *options]) == 2
    said = capsys.readouterr()
    assert part in said.err and "Traceback" not in said.err
