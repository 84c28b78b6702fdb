"""The Rocq export: coqc accepts what is true and refuses planted faults, and the emitted model is the construction."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import sympy

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.proof.rocq_export import rocq_library, rocq_theorem
from symsim.proof.rocq_language import Names, comment
from symsim.simulators import universal
from tests.programs import needs
from tests.rocq_claims import FAULTS, THEOREMS, faulty
from tests.rocq_theorems import LONGEST, NO_AXIOM, compiled, library, main

# -- what the kernel says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["U", "heads_2"])
def test_theorem_is_accepted_for_all_sizes_without_axioms(name: str, tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(rocq_theorem(THEOREMS[name](), name), name, tmp_path)
    assert (done.status, done.output) == (0, NO_AXIOM)
    assert done.seconds < LONGEST


def test_library_compiles_file_by_file(tmp_path: Path) -> None:
    needs("coqc")
    assert [(name, done.status, done.output) for name, done in library(tmp_path)] == [
        ("Places", 0, ""),
        ("Layers", 0, ""),
        ("Nodes", 0, ""),
    ]


@pytest.mark.parametrize("fault", ["no mask", "doubled value", "transposed A in the formula"])
def test_planted_fault_is_refused(fault: str, tmp_path: Path) -> None:
    needs("coqc")
    done = compiled(rocq_theorem(faulty(fault)), "U", tmp_path)
    assert done.status == 1, done.output


def test_axiom_in_the_library_would_be_seen(tmp_path: Path) -> None:
    needs("coqc")
    text = rocq_theorem(THEOREMS["U"]()).replace("Proof. exact: result. Qed.", "Proof. Admitted.")
    done = compiled(text, "U", tmp_path)
    assert done.status == 0 and not done.accepted and "Axioms" in done.output


# -- the emitted model is the object ----------------------------------------------------------------------------------

SIZES = {"n": 3, "d": 2, "d_v": 3, "d_k": 2, "d_ff": 3, "m": 2, "r": 1, "d_y": 3}


def _number(text: str) -> sympy.Expr:
    """A number as it stands before ``%:M``: tau, 1, (- 1), (1 / 2%:R)."""
    text = text.strip("()").replace("%:R", "")
    if text.isalpha():
        return sympy.Symbol(text)
    above, _, below = text.replace(" ", "").partition("/")
    return sympy.Rational(int(above), int(below or 1))


class Emitted:
    """An independent reader of the definitions in an emitted file, at concrete sizes."""

    def __init__(self, text: str, sizes: dict[str, int]) -> None:
        self.text, self.values = text, sizes
        self.lists = {
            name: [sizes[s] if s in sizes else int(s) for s in body.split("; ")]
            for name, body in re.findall(r"Definition (\w+) : seq nat := \[:: (.*)\]%N\.", text)
        }

    def weight(self, name: str) -> sympy.Matrix:
        """The matrix that a definition of blocks describes."""
        found = re.search(rf"Definition {name} : 'M\[F\]_\(sumn (\w+), sumn (\w+)\) :=\n(.*)\.\n", self.text)
        assert found, name
        rows, cols = self.lists[found[1]], self.lists[found[2]]
        out = sympy.zeros(sum(rows), sum(cols))
        for r, c, i, j, multiple in re.findall(r"block (\w+) (\w+) (\d+) (\d+) (\(.*?\)|\w+?)%:M", found[3]):
            assert (self.lists[r], self.lists[c]) == (rows, cols)
            top, left = sum(rows[: int(i)]), sum(cols[: int(j)])
            assert rows[int(i)] == cols[int(j)]
            for k in range(rows[int(i)]):
                out[top + k, left + k] += _number(multiple)
        assert len(re.findall("block", found[3])) == len(re.findall("%:M", found[3]))
        return out

    def tokens(self, inputs: dict[str, sympy.Matrix]) -> sympy.Matrix:
        """The token matrix that the file defines."""
        body = self.text.split("Definition tokens : state :=")[1].split("Definition readout")[0]
        groups, slots = self.lists["groups"], self.lists["slots"]
        out = sympy.zeros(sum(groups), sum(slots))
        strips = re.findall(r"stack groups slots (\d+) \((.*)\) \(\*", body)
        assert len(strips) == len(groups) == len({g for g, _ in strips})
        parts = [(g, part) for g, strip in strips for part in strip.replace(" + (put", " + put").split(" + ")]
        for group, part in parts:
            g, s, what = re.fullmatch(r"put groups slots (\d+) (\d+) (\(const_mx 1\)|[^\s)]+)\)*", part).groups()
            assert g == group
            height, width = groups[int(g)], slots[int(s)]
            fixed = {"1%:M": sympy.eye(height), "(const_mx 1)": sympy.ones(height, width)}
            top, left = sum(groups[: int(g)]), sum(slots[: int(s)])
            out[top : top + height, left : left + width] = fixed[what] if what in fixed else inputs[what.rstrip("'")]
        return out


@cache
def emitted(name: str) -> str:
    """The theorem of this name; a large one takes seconds to write."""
    return rocq_theorem(THEOREMS[name](), name)


LARGE = [name for name in THEOREMS if "looped_layer" in name or "_4" in name]
"""Many slots: read back at one choice of sizes, where no two sizes that meet are equal."""
TWOS = {word: 2 for word in SIZES}


@pytest.mark.parametrize(
    ("name", "sizes"), [(name, SIZES) for name in THEOREMS] + [(name, TWOS) for name in THEOREMS if name not in LARGE]
)
def test_emitted_weights_and_tokens_are_those_of_the_construction(name: str, sizes: dict[str, int]) -> None:
    construction = THEOREMS[name]()
    read = Emitted(emitted(name), sizes)
    fixed = construction.at(sizes)
    compared = 0
    passes = read.text.partition("Definition encoder (H")[2].partition(".\n")[0].count("one_pass") or 1
    layers = fixed.encoder.layers
    assert layers == layers[: len(layers) // passes] * passes
    for layer, part in enumerate(layers[: len(layers) // passes], start=1):
        for number, head in enumerate(part.heads, start=1):
            for letter in "QKVO":
                assert read.weight(f"{letter}{layer}_{number}") == sympy.Matrix(getattr(head, f"W_{letter}"))
                compared += 1
            groups = fixed.encoder.tokens.names
            rule = "causal_groups" if head.mask.causal else "see_groups"
            seen = "see_all F _"
            if head.mask.keys is not None:
                seen = f"{rule} F groups [:: {'; '.join(str(groups.index(key)) for key in head.mask.keys)}]%N"
            kind = {"linear": "linear_head", "softmax": "softmax_head e"}[head.normaliser]
            assert f"head{layer}_{number} : state -> state := {kind} ({seen}) Q{layer}_{number} K" in read.text
        if part.feed_forward is not None:
            for letter in "12":
                assert read.weight(f"W{letter}_{layer}") == sympy.Matrix(getattr(part.feed_forward, f"W_{letter}"))
    assert compared >= 8
    draw = random.Random(5)
    inputs = {word: sympy.Matrix(*shape, lambda i, j: draw.randint(2, 99)) for word, shape in fixed.inputs}
    assert read.tokens(inputs) == sympy.Matrix(fixed.encode(**inputs))


def test_a_changed_weight_changes_the_emitted_text() -> None:
    of = {name for name, _ in FAULTS.values()}
    texts = {rocq_theorem(claim, "T") for claim in (*map(faulty, FAULTS), *(THEOREMS[name]() for name in of))}
    assert len(texts) == len(FAULTS) + len(of)


# -- what cannot be stated is refused ---------------------------------------------------------------------------------


def _norm_in_two(u: Construction) -> Construction:
    """The units of a layer norm next to others of the same kind, as one run over two parts."""
    network = u.encoder.layers[2].feed_forward
    name, size = network.activations[1]
    return u.change(2, feed_forward=dataclasses.replace(network, activations=((name, 2 * size),)))


@pytest.mark.parametrize(
    "construction, reason",
    [
        (lambda: universal(n=2, d=2), "all sizes"),
        (lambda: universal(n=2, d=2, realisation="scalars"), "realisation R"),
        (lambda: THEOREMS["U"]().change(1, 0, normaliser="average-hard"), "average-hard"),
        (lambda: THEOREMS["U"]().change(1, 0, mask=Mask(causal=True)), "causal"),
        (lambda: _norm_in_two(universal(n="n", d="d", d_ff="d_ff", norm="post")), "several parts"),
    ],
)
def test_what_has_no_lemma_is_refused(construction: Callable[[], Construction], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        rocq_theorem(construction())


def test_names_of_rocq_are_avoided_and_comments_stay_comments() -> None:
    names = Names(["e", "forall", "X", "head1_2", "W_O1"])
    assert [names[word] for word in ("e", "forall", "X", "head1_2", "W_O1")] == [
        "e'",
        "forall'",
        "X",
        "head1_2'",
        "W_O1",
    ]
    with pytest.raises(BadInput, match="name in Rocq"):
        Names(["X). Axiom a : False. (*"])
    assert comment('a *) Axiom (* "b') == "a * ) Axiom ( * 'b"
    with pytest.raises(BadInput, match="starts with a letter"):
        rocq_theorem(THEOREMS["U"](), "1")


def test_no_proof_is_left_out() -> None:
    texts = [rocq_library(), *map(emitted, THEOREMS)]
    for text in texts:
        assert not re.search(r"\b(Admitted|admit|Axiom|Parameter|Conjecture|Hypothesis)\b", text)


def test_unknown_theorem_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["V"])
    assert "there is no theorem V" in capsys.readouterr().err
