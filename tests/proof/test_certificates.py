"""Certificates: every kind of claim that has one, the same bytes every time, and a reason where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from typing import Any

import pytest

from symsim.claims.comparing import compare
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.errors import BadInput
from symsim.proof import check, recheck, recheck_blocks
from symsim.proof.certificate import letter_name, rechecked
from symsim.rasp import load
from symsim.rasp.claiming import claims
from symsim.rasp.sequences import SequenceProgram
from symsim.simulators import universal
from tests.certificate_numbers import holds
from tests.tampering import forged

MATRICES, SEQUENCES = load("library:matrices"), load("library:sequences")


def load_text(folder: Any, text: str) -> Any:
    """The library that a program is."""
    (folder / "f.rasp").write_text(text)
    return load(str(folder / "f.rasp"))


def _accepted(claim: Any, **options: Any) -> dict[str, Any]:
    """The content of the certificate of a claim, accepted by the checker."""
    report = check(claim, **options)
    assert report.certificate, report.certifier.reason
    content: dict[str, Any] = json.loads(report.certifier.data)
    assert content["hash"] == report.certificate == report.to_dict()["certificate"]
    assert recheck.establish(report.certifier.data) == content["claim"]
    return content


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 2, 2), (3, 2, 1), (2, 1, 3), (1, 3, 2)])
@pytest.mark.parametrize("realisation", ["rows", "scalars", "scalars-narrow"])
@pytest.mark.parametrize("cut", [True, False])
def test_universal_simulator(sizes: tuple[int, int, int], realisation: str, cut: bool) -> None:
    n, d, d_v = sizes
    content = _accepted(universal(n=n, d=d, d_v=d_v, realisation=realisation).claim, cut=cut)
    assert bool(content["left"]["cuts"]) is cut
    assert content["claim"].endswith(
        f"= softmax(X A X^T) X V for all real X ({n} x {d}), real A ({d} x {d}), real V ({d} x {d_v})"
    )


@pytest.mark.parametrize(
    "options",
    [
        {"heads": 2},
        {"d_k": 1, "d_v": 3, "projections": True, "scale": "tau"},
        {"projections": True, "scale": Fraction(1, 2)},
        {"d_ff": 2},
        {"d_ff": 1, "heads": 2},
    ],
)
def test_projected(options: dict[str, Any]) -> None:
    assert _accepted(universal(n=2, d=2, **options).claim)["left"]["kind"] == "encoder"


@pytest.mark.parametrize(
    ("left", "right", "shapes"),
    [
        ("X A X^T + 0 * X X^T", "X (A X^T)", {"X": ("n", "d"), "A": ("d", "d")}),
        ("softmax(X X^T, causal) X", "softmax(X X^T + u ones(n)^T, causal) X", {"X": ("n", "d"), "u": "n"}),
        ("[X, Y; Y, X]^T", "[X^T, Y^T; Y^T, X^T]", {"X": ("n", "n"), "Y": ("n", "n")}),
        ("tr(X Y) * diag(u)", "tr(Y X) * diag(u)", {"X": ("n", "n"), "Y": ("n", "n"), "u": "n"}),
        ("exp(X) .* exp(Y)", "exp(X + Y)", {"X": ("n", "d"), "Y": ("n", "d")}),
        ("softmax(softmax(X) X^T) X", "softmax(softmax(X) X^T + X 0(d, n)) X", {"X": ("n", "d")}),
        ("relu(X + Y) - relu(Y + X)", "0", {"X": ("n", "d"), "Y": ("n", "d")}),
    ],
)
def test_formulas(left: str, right: str, shapes: dict[str, Any]) -> None:
    sizes = {name: 2 for name in ("n", "d") if f"'{name}'" in str(shapes)}
    _accepted(compare(left, right, shapes, sizes=sizes), method="symbolic")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"d_v": "v"},
        {"d_k": "k", "projections": True, "scale": "tau"},
        {"d_k": "k", "d_v": "v", "heads": 2},
        {"heads": 4},
        {"d_ff": "f"},
        {"d_ff": "f", "heads": 3},
    ],
)
def test_all_sizes(options: dict[str, Any]) -> None:
    report = check(universal(n="n", d="d", **options).claim)
    content = json.loads(report.certifier.data)
    assert content["kind"] == "blocks" and recheck_blocks.establish(report.certifier.data) == content["claim"]
    assert " for all sizes d, " in content["claim"] and report.certificate == content["hash"]


def test_what_the_checker_for_all_sizes_does_not_see_has_no_certificate() -> None:
    report = check(compare("softmax(S) ones(n)", "ones(n)", {"S": ("n", "n")}))
    assert report.certificate is None and "does not see it" in report.certifier.reason


def test_masks_are_quantified_over() -> None:
    shapes = {"S": (2, 2), "M": (2, 2)}
    claim = compare("softmax(S, mask=M) ones(2)", "ones(2)", shapes, nonempty_rows=True)
    assert "0/1, a 1 in each row, M (2 x 2)" in _accepted(claim)["claim"]


def test_programs() -> None:
    for r, c in ((1, 2), (2, 2)):
        for claim in claims(MATRICES, "transposition(r, c)", "A^T", {"A": ("r", "c")}, {"r": r, "c": c}):
            assert _accepted(claim)["left"]["kind"] == "program"
    (claim,) = claims(MATRICES, "matmul(2, 1, 2)", "A B", {"A": (2, 1), "B": (1, 2)}, positions=6)
    _accepted(claim)
    _accepted(MATRICES.compile("matmul", [1, 2, 1], length=4).claim)


@pytest.mark.parametrize(
    ("call", "alphabet"),
    [("sorted()", "ab"), ("sorted()", (0, 1)), ("histogram()", "ab"), ("dyck1()", "()"), ("match2(2)", (0, 1)),
     ("double_histogram()", "ab"), ("reverse()", "xy")],
)  # fmt: skip
def test_words(call: str, alphabet: Any) -> None:
    program = SequenceProgram(SEQUENCES, call)
    content = _accepted(SequenceClaim(program, program, tuple(alphabet), 3))
    assert [name for name, _ in content["letters"]] == [letter_name(letter) for letter in alphabet]


@pytest.mark.parametrize("call", ["sorted", "reverse", "histogram", "dyck1"])
def test_encoders_of_words(call: str) -> None:
    claim = SEQUENCES.compile(call, [], length=2, alphabet="()" if call == "dyck1" else "ab").claim
    assert isinstance(claim.left, WordEncoder)
    assert _accepted(claim)["left"]["kind"] == "encoder"


def test_same_claim_gives_the_same_bytes_over_hash_seeds() -> None:
    code = (
        "from symsim.proof import check; from symsim.simulators import universal; import sys;"
        "sys.stdout.buffer.write(check(universal(n=2, d=1, realisation='scalars').claim).certifier.data)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("0", "1", "2")
    }
    (data,) = found
    assert data.endswith(b"}\n") and data.isascii() and b'"seconds"' not in data
    assert data == check(universal(n=2, d=1, realisation="scalars").claim).certifier.data


def test_strings_in_claims_about_numbers_are_a_reason(tmp_path: Any) -> None:
    library = load_text(tmp_path, 'f = aggregate(select("a", "a", ==), tokens_float);')
    (claim,) = claims(library, "f", "A", {"A": (1, 1)})
    report = check(claim)
    assert report.verdict == "proved" and "strings" in report.certifier.reason


def test_no_certificate_and_why() -> None:
    U = universal(n=2, d=2)
    refuted = check(U.change(layer=1, head=0, mask=None).claim)
    assert refuted.certificate is None and "not proved" in refuted.certifier.reason
    with pytest.raises(BadInput, match="there is no certificate"):
        _ = refuted.certifier.data
    oracle = SequenceClaim(SequenceProgram(SEQUENCES, "reverse()"), Oracle("f", lambda t: t[::-1]), ("a",), 2)
    assert "Python function" in check(oracle).certifier.reason
    logarithm = compare("log(exp(X))", "X", {"X": (2, 2)})
    assert check(logarithm).verdict == "proved" and "logarithm" in check(logarithm).certifier.reason


def test_rejected_bytes_are_bad_input() -> None:
    data = check(universal(n=1, d=1).claim).certifier.data
    with pytest.raises(BadInput, match="the checker rejects it"):
        rechecked(data.replace(b"softmax", b"linear", 1))


TABLES = {
    "dictionary": ('f = {"a": 1, "b": 5, "c": 0.5}[tokens];', "f", 'g = 1 + (4 if tokens == "b" else 0);', "ab", 2),
    "list": ("f = [3, 1, 2][indices];", "f", "g = 3 - 2 * indicator(indices == 1) - indicator(indices == 2);", "ab", 3),
    "from the end": ("f = [3, 1, 2][indices - 2];", "f", "g = 1 + indices;", "ab", 2),
    "string": ('f = "aba"[indices];', "f", 'g = "b" if indices == 1 else "a";', "ab", 3),
    "to strings": ('f = {"a": "b", "b": "a"}[tokens];', "f", 'g = "a" if tokens == "b" else "b";', "ab", 2),
    "as a condition": ('f = 1 if {"a": 0, "b": 2}[tokens] else 0;', "f", 'g = indicator(tokens == "b");', "ab", 2),
}


@pytest.mark.parametrize("name", TABLES)
def test_programs_with_tables(name: str, tmp_path: Any) -> None:
    text, call, other, alphabet, length = TABLES[name]
    library = load_text(tmp_path, text + "\n" + other)
    sides = SequenceProgram(library, call), SequenceProgram(library, "g")
    content = _accepted(SequenceClaim(*sides, tuple(alphabet), length))
    assert holds(content)
    wrong = {**content, "left": {**content["left"], "tree": ["sum", content["left"]["tree"], ["ones", "#", 1]]}}
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(forged(wrong))


def test_a_table_without_the_key_has_no_value(tmp_path: Any) -> None:
    """The claim is true of the words whose letters are keys; the same content for more letters is rejected."""
    library = load_text(tmp_path, 'f = {"a": 1, "b": 1}[tokens];\ng = indicator(indices >= 0);')
    content = _accepted(SequenceClaim(SequenceProgram(library, "f"), SequenceProgram(library, "g"), ("a", "b"), 2))
    with pytest.raises(ValueError, match="a reciprocal of 0 is taken"):
        recheck.establish(forged({**content, "letters": [*content["letters"], ["c", "9"]]}))
