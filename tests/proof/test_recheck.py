"""The stand-alone checker: what it accepts, what it rejects, and that altered certificates establish nothing false."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from symsim.claims.comparing import compare
from symsim.claims.sequences import SequenceClaim
from symsim.proof import check, recheck, recheck_blocks
from symsim.rasp import load
from symsim.rasp.claiming import claims
from symsim.rasp.sequences import SequenceProgram
from symsim.simulators import universal
from tests import tampering

CHECKERS = [Path(recheck.__file__), Path(recheck_blocks.__file__)]
ALTERED = 2500
"""So many altered certificates are tried here; the campaign goes on from there."""


@cache
def certificates() -> dict[str, bytes]:
    """One certificate of each kind."""
    library = load("library:sequences")
    reverse = SequenceProgram(library, "reverse()")
    made: dict[str, Any] = {
        "R": universal(n=2, d=2, d_v=1).claim,
        "P": universal(n=1, d=2, d_v=1, realisation="scalars").claim,
        "layer": universal(n=2, d=1, d_ff=1).claim,
        "formula": compare("softmax(X X^T, mask=M) X", "softmax(X X^T + u ones(2)^T, mask=M) X",
                           {"X": ("n", "d"), "u": "n", "M": ("n", "n")}, sizes={"n": 2, "d": 1}),
        "program": claims(load("library:matrices"), "matmul(1, 2, 1)", "A B", {"A": (1, 2), "B": (2, 1)})[0],
        "R, all sizes": universal(n="n", d="d", d_v="v").claim,
        "layer, all sizes": universal(n="n", d="d", d_ff="f", heads=2, scale="tau").claim,
        "formula, all sizes": compare("softmax(X (A + A^T)) A", "softmax(X A + X A^T + u ones(d)^T) A",
                                      {"X": ("n", "d"), "A": ("d", "d"), "u": "n"}),
        "words": SequenceClaim(reverse, reverse, ("a", "b"), 2),
        "encoder of words": library.compile("histogram", [], length=2, alphabet="ab").claim,
    }  # fmt: skip
    return {name: check(claim).certifier.data for name, claim in made.items()}


ALL_SIZES = ["R, all sizes", "layer, all sizes", "formula, all sizes"]
KINDS = ["R", "P", "layer", "formula", "program", "words", "encoder of words", *ALL_SIZES]


@pytest.mark.parametrize("name", KINDS)
def test_certificate_is_accepted(name: str) -> None:
    content = json.loads(certificates()[name])
    assert tampering.checker(content).establish(certificates()[name]) == content["claim"]


@pytest.mark.parametrize("name", KINDS)
def test_second_opinion_agrees_and_sees_a_fault(name: str) -> None:
    """The judge of altered certificates is not blind: a changed right side is false for it."""
    content = json.loads(certificates()[name])
    assert tampering.holds(content)
    tree = content["right"]["tree"]
    changed = {**content, "right": {**content["right"], "tree": ["scaled", ["number", "2"], tree]}}
    assert not tampering.holds(changed)
    with pytest.raises(ValueError, match="differ"):
        tampering.checker(content).establish(tampering.forged(changed))


def test_altered_certificates_establish_nothing_false() -> None:
    found: Counter[str] = Counter()
    for name, data in certificates().items():
        outcomes = tampering.attack(data, range(ALTERED // len(KINDS)))
        assert not [outcome for outcome in outcomes if outcome.startswith("WRONG")], (name, outcomes)
        found += outcomes
    assert found["rejected"] > ALTERED // 2 and found["other"]


def test_judge_catches_a_checker_that_accepts_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the campaign: with a broken checker, wrong acceptances are found."""
    monkeypatch.setattr(recheck, "establish", lambda data: recheck.claimed(json.loads(data)))
    found = Counter()
    for seed in range(200):
        try:
            found[tampering.verdict(certificates()["R"], tampering.tampered(certificates()["R"], seed).data)[:5]] += 1
        except Exception:
            found["unreadable"] += 1
    assert found["WRONG"]


def _changed(name: str, change: Any, claim: bool = True) -> bytes:
    content = json.loads(certificates()[name])
    change(content)
    return tampering.forged(content, claim)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["left"]["layers"][1]["heads"][0].update(mask=[[[0, 6]], False]),
        lambda c: c["left"]["layers"][0]["heads"][0].update(normaliser="softmax"),
        lambda c: c["left"]["layers"][1]["heads"][0].update(normaliser="linear"),
        lambda c: c["left"]["layers"][0].update(residual=False),
        lambda c: c["left"]["layers"][0]["heads"][0]["W_Q"]["entries"][0].__setitem__(2, "2"),
        lambda c: c["left"]["placements"].pop(),
        lambda c: c["left"]["readout"].__setitem__(0, 1),
        lambda c: c["left"]["cuts"][0].__setitem__(-1, ["product", ["name", "A"], ["name", "A"]]),
        lambda c: c["left"]["cuts"][0].__setitem__(0, 7),
        lambda c: c["inputs"].append(["X", 2, 2, "real"]),
        lambda c: c["right"].update(tree=["name", "X"]),
        lambda c: c["right"].update(tree=["scaled", ["number", "1"], c["right"]["tree"], c["right"]["tree"]]),
        lambda c: c.update(note="proved by hand"),
        lambda c: c["left"].update(kind="oracle"),
        lambda c: c.pop("side_conditions"),
    ],
)
def test_planted_change_is_rejected(change: Any) -> None:
    for claim in (True, False):
        with pytest.raises(Exception):  # noqa: B017
            recheck.establish(_changed("R", change, claim))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["left"]["layers"][1]["heads"][0].update(keys=[0, 1, 2]),
        lambda c: c["left"]["layers"][0]["heads"][0].update(normaliser="softmax"),
        lambda c: c["left"]["layers"][0].update(residual=False),
        lambda c: c["left"]["layers"][1]["heads"][0].update(causal=True),
        lambda c: c["left"]["layers"][0]["heads"][0]["W_Q"][0].__setitem__(2, ["number", "2"]),
        lambda c: c["left"]["placements"].pop(),
        lambda c: c["left"]["readout"].__setitem__(0, 1),
        lambda c: c["inputs"][1].__setitem__(2, "n"),
        lambda c: c["sizes"].remove("n"),
        lambda c: c["right"].update(tree=["transpose", c["right"]["tree"]]),
        lambda c: c["side_conditions"].append(["name", "X"]),
    ],
)
def test_planted_change_is_rejected_for_all_sizes(change: Any) -> None:
    for claim in (True, False):
        with pytest.raises(Exception):  # noqa: B017
            recheck_blocks.establish(_changed("R, all sizes", change, claim))


def test_input_with_the_name_of_an_operation_is_an_input() -> None:
    """``ones`` as the name of an input is not the matrix of ones, whose multiples softmax ignores."""
    def change(content: Any) -> None:
        scores = ["sum", ["name", "X"], ["product", ["name", "u"], ["name", "ones"]]]
        content.update(sizes=["n", "d"], inputs=[["X", "n", "d"], ["u", "n", 1], ["ones", 1, "d"]], scalars=[])
        content["left"] = {"kind": "formula", "tree": ["softmax", scores]}
        content["right"] = {"kind": "formula", "tree": ["softmax", ["name", "X"]]}

    with pytest.raises(ValueError, match="differ"):
        recheck_blocks.establish(_changed("formula, all sizes", change))


def test_operation_with_a_part_too_many_is_rejected() -> None:
    """Else the text of a claim would show a part that no value depends on."""
    def change(content: Any) -> None:
        for side in ("left", "right"):
            content[side] = {"kind": "formula", "definitions": [], "tree": ["scaled", ["number", "1"], ["name", "X"]]}
        content["left"]["tree"].append(["name", "X"])

    with pytest.raises(ValueError, match="scaled"):
        recheck.establish(_changed("R", change))


TIES = [("unique-hard", 0), ("unique-hard-right", 1), ("average-hard", None)]


@pytest.mark.parametrize(("normaliser", "chosen"), TIES)
def test_ties_of_hard_attention_go_by_position(normaliser: str, chosen: int | None) -> None:
    """Whatever the order in which a mask lists the positions."""
    zero = {"shape": [1, 1], "entries": []}
    one = {"shape": [1, 1], "entries": [[0, 0, "1"]]}
    mask = [[[1, 2], [0, 1]], False]
    head = {"mask": mask, "normaliser": normaliser, "W_Q": zero, "W_K": zero, "W_V": one, "W_O": one}
    layer = {"heads": [head], "feed_forward": None, "residual": False, "residual_2": True}

    def change(content: Any) -> None:
        half = ["matrix", {"shape": [1, 2], "entries": [[0, 0, "1/2"], [0, 1, "1/2"]]}]
        row = half if chosen is None else ["matrix", {"shape": [1, 2], "entries": [[0, chosen, "1"]]}]
        content["inputs"] = [["X", 2, 1, "real"]]
        content["left"] = {
            "kind": "encoder", "slots": [["x", 1]], "tokens": [["X", 2]], "layers": [layer],
            "placements": [[0, 0, ["name", "X"]]], "readout": [0, 0, 1, 1, 1], "cuts": [],
        }  # fmt: skip
        content["right"] = {"kind": "formula", "definitions": [], "tree": ["product", row, ["name", "X"]]}

    data = _changed("R", change)
    assert recheck.establish(data) == json.loads(data)["claim"] and tampering.holds(json.loads(data))


def test_definitions_of_one_side_are_unknown_to_the_other() -> None:
    def change(content: Any) -> None:
        content["left"] = {"kind": "program", "definitions": [["s1", ["name", "X"]]], "tree": ["name", "s1"]}
        content["right"] = {"kind": "formula", "definitions": [], "tree": ["name", "s1"]}

    with pytest.raises(KeyError):
        recheck.establish(_changed("R", change))


def test_reciprocal_of_what_may_vanish_needs_a_side_condition() -> None:
    claim = compare("1/tau * X", "X / tau", {"X": (1, 1)}, scalars=("tau",))
    data = check(claim).certifier.data
    assert recheck.establish(data).endswith("provided that no entry of tau is 0")
    content = {**json.loads(data), "side_conditions": []}
    with pytest.raises(ValueError, match="denominator"):
        recheck.establish(tampering.forged(content))


@pytest.mark.parametrize("text", ['{"a":1', "[]", "{}", "?", '{"schema_version":1,"kind":"other"}', "NaN", "[" * 99999])
def test_no_certificate(text: str, tmp_path: Path) -> None:
    path = tmp_path / "F.json"
    path.write_text(text)
    assert recheck.main([str(path)]) == 2


def test_no_file() -> None:
    assert recheck.main([]) == 2
    assert recheck.main(["/nowhere/F.json"]) == 2


def test_huge_powers_are_refused_in_time() -> None:

    def change(content: Any) -> None:
        definitions = [["s1", ["name", "X"]]]
        definitions += [[f"s{k}", ["hadamard", ["name", f"s{k - 1}"], ["name", f"s{k - 1}"]]] for k in range(2, 80)]
        content["left"] = content["right"] = {"kind": "program", "definitions": definitions, "tree": ["name", "s79"]}

    with pytest.raises(ValueError, match="arithmetic"):
        recheck.establish(_changed("R", change))


@pytest.mark.parametrize("checker", CHECKERS, ids=lambda path: path.name)
def test_checker_is_short_and_needs_the_standard_library_only(checker: Path) -> None:
    source = checker.read_text()
    assert len(source.splitlines()) < 300
    names = {n.names[0].name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import)}
    names |= {str(n.module) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("flags", [["-I", "-S"], ["-I", "-S", "-O"]], ids=["alone", "optimised"])
def test_copy_runs_alone(tmp_path: Path, flags: list[str]) -> None:
    """A copy of the one file, without site packages and without this repository: 0 accepted, 1 rejected."""
    shutil.copy(recheck.__file__, tmp_path / "alone.py")
    data = certificates()["P"]
    for text, status, word in ((data, 0, "accepted: "), (data.replace(b'"1"', b'"2"', 1), 1, "rejected: ")):
        (tmp_path / "F.json").write_bytes(text)
        command = [sys.executable, *flags, "alone.py", "F.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == status and done.stdout.startswith(word)
