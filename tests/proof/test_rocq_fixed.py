"""The Rocq export at fixed sizes: coqc accepts what is true and refuses faults; emitted numbers are the weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

from symsim.claims.construction import Construction
from symsim.errors import BadInput
from symsim.proof.rocq_fixed import fixed_theorem, library
from symsim.simulators import universal
from tests.programs import needs
from tests.rocq_fixed_theorems import FIXED, FIXED_FAULTS, SMALL, faulty_at_fixed_sizes
from tests.rocq_theorems import LONGEST, NO_AXIOM, compiled

# -- what the kernel says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["R", "product"])
def test_theorem_at_fixed_sizes_is_accepted_without_axioms(name: str, tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(fixed_theorem(SMALL[name](), name), name, tmp_path)
    assert (done.status, done.output) == (0, NO_AXIOM)
    assert done.seconds < LONGEST


@pytest.mark.parametrize("fault", ["doubled value", "the wrong entry is fetched"])
def test_planted_fault_is_refused(fault: str, tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(fixed_theorem(faulty_at_fixed_sizes(fault)), "fault", tmp_path)
    assert done.status == 1 and "Error" in done.output, done.output


def test_proposed_values_are_not_trusted(tmp_path: Path) -> None:
    """A head that brings the other entry, a maximum at another key: the emitter's word is not enough."""
    needs("coqc")
    text = fixed_theorem(SMALL["transposition"]())
    table = re.search(r"attention1_picks : .*\n  \[:: \[:: (\[:: 0\]%N; \[:: 1\]%N)", text)
    assert table
    other = text[: table.start(1)] + "[:: 1]%N; [:: 0]%N" + text[table.end(1) :]
    done = compiled(other, "picks", tmp_path)
    assert done.status == 1 and "Error" in done.output, done.output


# -- the emitted model is the object ----------------------------------------------------------------------------------
def _weight(text: str, rows: int, cols: int) -> sympy.Matrix:
    """The matrix that a term ``Weight 4 [:: (0, 1, Posz 2); ...]`` describes."""
    below = int(re.match(r"\(Weight (\d+) ", text).group(1))  # type: ignore[union-attr]
    out = sympy.zeros(rows, cols)
    for row, col, sign, z in re.findall(r"\((\d+), (\d+), (Posz|Negz) (\d+)\)", text):
        value = Fraction(int(z) if sign == "Posz" else -int(z) - 1, below)
        out[int(row), int(col)] += sympy.Rational(value.numerator, value.denominator)
    return out


@pytest.mark.parametrize("name", FIXED)
def test_emitted_weights_and_tokens_are_those_of_the_construction(name: str) -> None:
    u = FIXED[name]()
    text, compared = fixed_theorem(u, name), 0
    step = 0
    for layer in u.encoder.layers:
        step += bool(layer.heads)
        for h, head in enumerate(layer.heads, start=1):
            body = re.search(rf"Definition head{step}_{h} : head :=\n(.*?)\.\n", text, re.DOTALL)
            assert body
            weights = re.findall(r"\(Weight \d+ \[::.*?\](?:%N)?\)", body[1])
            for found, part in zip(weights, "QKVO", strict=True):
                expected = sympy.Matrix(getattr(head, f"W_{part}"))
                assert _weight(found, *expected.shape) == expected
                compared += 1
            kind = {"average-hard": "Hard", "linear": "Linear", "softmax": "Softmax"}[head.normaliser]
            assert body[1].split()[:2] == ["Head", kind]
        if layer.feed_forward is not None:
            step += 1
            body = re.search(rf"Definition network{step} .*? :=\n(.*?)\.\n", text, re.DOTALL)
            assert body
            W_1, _, W_2, _ = re.findall(r"\(Weight \d+ \[::.*?\](?:%N)?\)", body[1])
            for found, expected in ((W_1, layer.feed_forward.W_1), (W_2, layer.feed_forward.W_2)):
                assert _weight(found, *expected.shape) == sympy.Matrix(expected)
                compared += 1
    assert compared >= 4 and f"state{step}E" in text and f"state{step + 1}E" not in text
    inputs = {w: sympy.Matrix(*shape, lambda i, j, w=w: sympy.Symbol(f"{w}_{i}_{j}")) for w, shape in u.inputs}
    assert _tokens(text, u) == sympy.Matrix(u.encode(**inputs))


def _tokens(text: str, u: Construction) -> sympy.Matrix:
    """The token matrix that the file defines."""
    out = sympy.zeros(int(u.encoder.tokens.total), int(u.encoder.slots.total))
    given, entries = (re.search(rf"Definition {word} .*\[::(.*)\]", text) for word in ("given", "entries"))
    assert given and entries
    for row, col, z in re.findall(r"\((\d+), (\d+), Posz (\d+)\)", given[1]):
        out[int(row), int(col)] = int(z)
    for row, col, word, i, j in re.findall(r"\((\d+)%N, (\d+)%N, (\w+)'? (\d+)%N (\d+)%N\)", entries[1]):
        out[int(row), int(col)] = sympy.Symbol(f"{word}_{i}_{j}")
    return out


def test_a_changed_weight_changes_the_emitted_text() -> None:
    texts = {fixed_theorem(faulty_at_fixed_sizes(name), "T") for name in FIXED_FAULTS}
    assert len(texts | {fixed_theorem(build(), "T") for build in SMALL.values()}) == len(FIXED_FAULTS) + len(SMALL)


# -- what cannot be stated is refused ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "construction, reason",
    [
        (lambda: universal(n="n", d="d"), "fixed sizes"),
        (lambda: universal(2, 1, projections=True, scale="tau"), "tau"),
        (lambda: universal(2, 1, realisation="softmax"), "distance"),
        (lambda: universal(2, 1).change(1, 0, normaliser="average-hard"), "no constant"),
        (lambda: universal(2, 1).change(1, 0, normaliser="unique-hard"), "unique-hard"),
        (lambda: universal(2, 1, d_ff=1, norm="post"), "layernorm"),
    ],
)
def test_what_has_no_lemma_is_refused(construction: Callable[[], Construction], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        fixed_theorem(construction())


def test_no_proof_is_left_out() -> None:
    for text in [library(), *(fixed_theorem(build()) for build in FIXED.values())]:
        assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Hypothesis)\b", text)
