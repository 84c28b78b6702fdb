"""Certificates of case splits: what the stand-alone checker accepts, and what it rejects when something was altered."""

from __future__ import annotations

import ast
import copy
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import symsim as ss
from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction, Placement, Readout
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.proof import certificate_cases, check, recheck_cases
from symsim.proof.certificate import checker_of, rechecked
from symsim.rasp import claims, load
from tests import tampering

PAIR = {"x": (1, 1), "y": (1, 1), "z": (1, 1)}
SQUARE = {"A": (2, 2), "B": (2, 2)}
ALTERED = 500
"""So many altered certificates of each kind are tried."""

FORMULAS = {
    "abs": ("relu(A) + relu(-A)", "abs(A)", SQUARE),
    "steps": ("step(A) + step(-A)", "ones(2) ones(2)^T + step(-abs(A))", SQUARE),
    "step at 0": (
        "step(x) step(y - x) step(z - y) step(-z)",
        "step(x) step(-x) step(y) step(-y) step(z) step(-z)",
        PAIR,
    ),
    "products": ("relu(A .* B)", "relu(A) .* relu(B) + relu(-A) .* relu(-B)", SQUARE),
    "in exponents": ("softmax(A)", "softmax(relu(A) - relu(-A))", SQUARE),
    "of exponentials": ("exp(relu(x))", "1 + relu(exp(x) - 1)", PAIR),
    "nested": ("x + relu(y + relu(z - y) - x)", "z + relu(x + relu(y - x) - z)", PAIR),
    "squares": ("relu(x x + y y - 2 x y)", "x x + y y - 2 x y", PAIR),
    "denominators": ("inv(relu(x) + 1)", "inv(relu(x) + 1) + relu(-abs(x))", PAIR),
}
PROGRAMS = {
    "relu": ("matrices", "relu()", "relu(A)", {"A": (1, 2)}),
    "max_min": ("sequences", "max_min()", "[x + relu(y - x); y - relu(y - x)]", {"x": (1, 1), "y": (1, 1)}),
    "sort 2": ("sequences", "sorted()", "[x - relu(x - y); y + relu(x - y)]", {"x": (1, 1), "y": (1, 1)}),
    "sort 3": ("sequences", "sorted()", (load("library:sequences"), "sorted()"), {"x": (3, 1)}),
}
HEADS = ("softmax", "average-hard", "unique-hard", "unique-hard-right")


def rectifier() -> Claim:
    """Two tokens through one layer of two relu units: the absolute value."""
    slots, network = Slots((("x", 1), ("y", 1))), FeedForward(
        [[1, -1], [0, 0]], [[0, 0]], [[0, 1], [0, 1]], None, (("relu", 2),)
    )  # fmt: skip
    encoder = Encoder(slots, TokenLayout((("t", 2),)), (Layer((), network),))
    placements = (Placement("t", "x", "input", "X"),)
    formula = ss.parse("abs(X)", {"X": (2, 1)})
    return Construction("rectifier", encoder, (("X", (2, 1)),), placements, Readout("y", (2, 1), "t"), formula).claim


def largest(normaliser: str) -> Claim:
    """One hard head finds the largest of two tokens; one softmax head between relu and its law."""
    slots = Slots((("x", 1), ("one", 1)))
    head = Head([[0], [1]], [[1], [0]], [[1], [0]], [[1, 0]], normaliser=normaliser)
    encoder = Encoder(slots, TokenLayout((("t", 2),)), (Layer((head,), residual=False),))
    placements = (Placement("t", "x", "input", "x"), Placement("t", "one", "ones"))
    against = "ones(2) ([1, 0] x + relu([-1, 1] x))" if normaliser != "softmax" else (
        "softmax(ones(2) (relu(x) - relu(-x))^T) (relu(x) - relu(-x))")
    formula = ss.parse(against, {"x": (2, 1)})
    return Construction("largest", encoder, (("x", (2, 1)),), placements, Readout("x", (2, 1), "t"), formula).claim


@cache
def certificates() -> dict[str, bytes]:
    """A certificate of each claim."""
    made: dict[str, Any] = {name: compare(*sides) for name, sides in FORMULAS.items()}
    for name, (file, call, against, shapes) in PROGRAMS.items():
        (made[name],) = claims(load(f"library:{file}"), call, against, shapes)
    made |= {"rectifier": rectifier()} | {name: largest(name) for name in HEADS}
    return {name: check(claim, method="smt").certifier.data for name, claim in made.items()}


NAMES = [*FORMULAS, *PROGRAMS, "rectifier", *HEADS]


@pytest.mark.parametrize("name", NAMES)
def test_certificate_is_accepted_and_its_claim_is_true(name: str) -> None:
    data = certificates()[name]
    content = json.loads(data)
    assert content["kind"] == "cases"
    assert recheck_cases.establish(data) == rechecked(data) == content["claim"]
    assert tampering.holds(content)


def test_report_names_the_hash_and_the_same_claim_gives_the_same_bytes() -> None:
    report = check(compare(*FORMULAS["abs"]), method="smt")
    assert report.certifier.data == certificates()["abs"]
    assert report.certificate == json.loads(report.certifier.data)["hash"]


@pytest.mark.parametrize("name", NAMES)
def test_no_entry_is_settled_without_cases(name: str) -> None:
    """The tree is needed: without it the first entry that needs it stays open."""
    content = {**json.loads(certificates()[name]), "tree": ["equal"]}
    with pytest.raises(ValueError, match="open"):
        recheck_cases.establish(tampering.forged(content))


# -- planted changes --------------------------------------------------------------------------------------------------
def nodes(tree: list[Any], kind: str) -> list[list[Any]]:
    """All nodes of a kind in a tree."""
    found = [tree] if tree[0] == kind else []
    below = {"split": tree[2:3], "each": tree[1:2], "product": [[[None, child] for child in tree[3:]]]}
    children = [child for pairs in below.get(tree[0], []) for _, child in pairs]
    return found + [node for child in children for node in nodes(child, kind)]


def refused(name: str, change: Callable[[Any], None]) -> None:
    """A change is rejected, with a hash and a claim that belong to the changed content."""
    content = json.loads(certificates()[name])
    before = copy.deepcopy(content)
    change(content)
    assert content != before
    with pytest.raises((ValueError, LookupError, TypeError)):
        recheck_cases.establish(tampering.forged(content))


@pytest.mark.parametrize("name", ["step at 0", "sort 3", "nested"])
def test_multipliers_that_sum_to_no_contradiction(name: str) -> None:
    closed = nodes(json.loads(certificates()[name])["tree"], "impossible")
    used = [k for k, node in enumerate(closed) if len(node[1]) > 1]
    assert used
    for k in used[:4]:
        for place in range(len(closed[k][1])):
            for factor in ("-1", "0", "7"):
                def change(content: Any, k: int = k, place: int = place, factor: str = factor) -> None:
                    node = nodes(content["tree"], "impossible")[k]
                    node[1][place][1] = factor if node[1][place][1] != factor else "9"

                refused(name, change)
        refused(name, lambda content, k=k: nodes(content["tree"], "impossible")[k][1].pop())  # type: ignore[misc]
        refused(name, lambda content, k=k: nodes(content["tree"], "impossible")[k][1].clear())  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES)
def test_case_that_is_dropped(name: str) -> None:
    for k, node in enumerate(nodes(json.loads(certificates()[name])["tree"], "split")):
        for child in range(len(node[2])):
            refused(name, lambda content, k=k, child=child: nodes(content["tree"], "split")[k][2].pop(child))  # type: ignore[misc]


@pytest.mark.parametrize("name", ["abs", "sort 2", "rectifier", "unique-hard-right"])
def test_entry_that_is_dropped(name: str) -> None:
    for k, node in enumerate(nodes(json.loads(certificates()[name])["tree"], "each")):
        for child in range(len(node[1])):
            refused(name, lambda content, k=k, child=child: nodes(content["tree"], "each")[k][1].pop(child))  # type: ignore[misc]


def test_open_case_that_is_called_impossible() -> None:
    def change(content: Any) -> None:
        node = nodes(content["tree"], "split")[0]
        node[2][0][1] = ["impossible", [[0, "1"]]]

    refused("abs", change)
    refused("rectifier", change)


def test_sign_that_is_turned() -> None:
    """A false claim with the tree of a true one, and a split on another form."""
    def other(content: Any) -> None:
        content["left"]["tree"][2][2][1][1] = "1"

    def form(content: Any) -> None:
        nodes(content["tree"], "split")[0][1][0][1] = [["A", 1, 1]]

    refused("abs", other)
    refused("abs", form)


def test_leaf_of_another_kind() -> None:
    for leaf in (["equal", []], ["sure"], ["proved", []], [], ["product", [], [], ["equal"]]):
        refused("abs", lambda content, leaf=leaf: nodes(content["tree"], "split")[0][2][0].__setitem__(1, leaf))  # type: ignore[misc]


def test_factors_of_another_form() -> None:
    for change in (
        lambda node: node[2].pop(),
        lambda node: node[2][0].__setitem__(1, 3),
        lambda node: node[2][0].__setitem__(0, [["1", [["A", 1, 0]], []]]),
    ):
        refused("products", lambda content, change=change: change(nodes(content["tree"], "product")[0]))  # type: ignore[misc]


def test_wrong_claim_is_rejected_whatever_its_tree() -> None:
    def right(content: Any) -> None:
        content["right"]["tree"] = ["apply", "relu", ["name", "A"]]

    def weight(content: Any) -> None:
        for _, step in content["left"]["definitions"]:
            if step[0] == "sum" and ["apply", "relu"] in [part[1][:2] for part in step[1:] if part[0] == "product"]:
                step[-1][-1][1]["entries"][0][2] = "2"

    refused("abs", right)
    refused("rectifier", weight)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.update(claim="0 = 1"),
        lambda c: c.update(hash="0" * 64),
        lambda c: c.update(note="proved by hand"),
        lambda c: c.pop("side_conditions"),
        lambda c: c.update(schema_version=True),
        lambda c: c["inputs"].append(["A", 2, 2]),
        lambda c: c["left"].update(kind="oracle"),
    ],
)
def test_content_that_is_not_its_own(change: Any) -> None:
    content = json.loads(certificates()["abs"])
    change(content)
    with pytest.raises((ValueError, LookupError)):
        recheck_cases.establish(tampering.canonical(content) + b"\n")


def test_function_that_is_never_evaluated_has_to_be_one() -> None:
    """Behind a zero nothing is computed, and the text of the claim still shows it."""
    zero = ["matrix", {"shape": [2, 2], "entries": []}]
    for part in (["apply", "log", ["name", "A"]], ["apply", "x, y", ["name", "A"]]):
        def change(content: Any, part: Any = part) -> None:
            content["left"]["tree"] = content["right"]["tree"] = ["product", zero, part]
            content["tree"] = ["equal"]

        refused("abs", change)

    def reciprocal(content: Any) -> None:
        content["left"]["tree"] = content["right"]["tree"] = ["product", zero, ["apply", "reciprocal", ["name", "A"]]]
        content["tree"] = ["equal"]

    refused("abs", reciprocal)


@pytest.mark.parametrize("name", ["abs", "products", "sort 2", "rectifier", "denominators", "average-hard"])
def test_altered_certificates_establish_nothing_false(name: str) -> None:
    data, found = certificates()[name], Counter[str]()
    for seed in range(ALTERED):
        changed = tampering.tampered(data, seed)
        verdict = tampering.verdict(data, changed.data)
        found[verdict] += changed.data != data
        assert not verdict.startswith("WRONG"), (seed, changed.how)
    assert found["rejected"] > ALTERED / 2


# -- where there is none ----------------------------------------------------------------------------------------------
def test_word_of_a_solver_has_no_certificate() -> None:
    claim = compare("relu(x x + x y + y y)", "x x + x y + y y", PAIR)
    report = check(claim, method="smt")
    assert report.trusted == ("z3", "cvc5") and report.certificate is None
    assert report.certifier.reason.startswith("solver trusted")


def test_limits_are_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificate_cases, "MOST_NODES", 3)
    report = check(compare(*FORMULAS["products"]), method="smt")
    assert report.verdict == "proved" and report.certificate is None and "cases" in report.certifier.reason


# -- alone ------------------------------------------------------------------------------------------------------------
def test_checker_is_short_and_needs_the_standard_library_only() -> None:
    source = Path(recheck_cases.__file__).read_text()
    assert len(source.splitlines()) < 300
    names = {n.names[0].name for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Import)}
    names |= {str(n.module) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("flags", [["-I", "-S"], ["-I", "-S", "-O"]], ids=["alone", "optimised"])
def test_copy_runs_alone(tmp_path: Path, flags: list[str]) -> None:
    shutil.copy(recheck_cases.__file__, tmp_path / "alone.py")
    data = certificates()["sort 2"]
    rejected = data.replace(b'"equal"', b'"equals"', 1)
    for text, status, word in ((data, 0, "accepted: "), (rejected, 1, "rejected: "), (b"{}", 2, "no certificate: ")):
        (tmp_path / "F.json").write_bytes(text)
        command = [sys.executable, *flags, "alone.py", "F.json"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == status and done.stdout.startswith(word)


def test_recheck_gives_a_file_to_its_checker(tmp_path: Path) -> None:
    path = tmp_path / "F.json"
    path.write_bytes(certificates()["abs"])
    assert checker_of(path) == Path(recheck_cases.__file__)
