"""What pages say is what the objects say: verdicts, costs, weights, scores, numbers; and the same bytes every time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import symsim as ss
from symsim.claims.construction import Construction, Placement, Readout
from symsim.encoder.layers import Encoder, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.errors import BadInput
from symsim.formulas import matrix, sizes
from symsim.render import FORMATS, html, latex, markdown, write
from symsim.render.context import Context
from symsim.render.document import Cell
from symsim.render.files import NoProgram, pdf
from symsim.render.notation import Notation
from symsim.render.page import derivation_page
from symsim.render.weight_blocks import head_strip, paths
from tests.programs import needs
from tests.render.pages import checked, hostile

n, d, d_v = sizes("n d d_v")


def section(page: str, title: str) -> str:
    """One section of a Markdown page."""
    return re.split(r"\n## ", page.split(f". {title}\n")[1])[0]


def test_verdict_box_says_what_was_found() -> None:
    box = section(markdown(checked()), "The verdict")
    assert box.startswith("\n> **proved** for all integers $n, d, d_{v} \\ge 1$ and all real $X, A, V$.")
    assert "`parametric`" in box and "6 of 6 identities" in box and "6 of 6 planted changes are refuted" in box


def test_costs_on_the_page_are_those_of_encoders_of_that_size() -> None:
    table = section(markdown(checked()), "Cost")
    cost = ss.simulators.universal(n=128, d=64, d_v=64).cost
    shown = re.sub(r"\\,", "", table)
    for number in (cost.width, cost.positions, cost.parameters, cost.nonzero_parameters):
        assert f"${number}$" in shown
    assert "$24 d^{2} + 34 d d_{v} + 12 d_{v}^{2}$" in table


def test_witnesses_on_the_page_are_those_of_the_reports() -> None:
    page = section(markdown(checked()), "Why it cannot be simpler")
    assert page.count("### Control") == len(checked().controls)
    assert page.count("**refuted**") == len(checked().controls)
    assert "\\frac{1}{6}" in page


def test_numbers_of_the_worked_example_are_recomputed_here() -> None:
    page = section(markdown(checked()), "Worked examples")
    X, A, V = np.array([[1, 0], [0, 1], [1, -1.0]]), np.array([[1, 0], [0, -1.0]]), np.array([[1, 2], [0, 1.0]])
    scores = np.exp(X @ A @ X.T)
    weights = scores / scores.sum(axis=1, keepdims=True)
    for value in [*weights.ravel(), *(weights @ X @ V).ravel()]:
        assert f"{value:#.6g}" in page, value
    assert r"\frac{1 + 3 e}{1 + 2 e}" in page
    assert "The two matrices are **equal** in exact arithmetic." in page


def test_weights_scores_and_state_are_read_off_the_encoder() -> None:
    context = Context(checked(), Notation())
    first, second = (layer.heads[0] for layer in context.encoder.layers)
    rows = [dict(row) for _, row in head_strip(first, context.encoder.slots, context.notation).rows]
    assert rows == [
        {"x": "I_{d}"},
        {"id": "I_{d}"},
        {"a": "I_{d}"},
        {"v": "I_{d_{v}}"},
        {"xa": "I_{d}"},
        {"xv": "I_{d_{v}}"},
    ]
    assert paths(first, context.encoder.slots, context.notation) == [("a", "xa", ""), ("v", "xv", "")]
    blocks = context.head_blocks(0, first)
    assert blocks is not None and blocks.scores == {("X", "A"): "X", ("X", "V"): "X"}
    blocks = context.head_blocks(1, second)
    assert blocks is not None and blocks.scores == {("X", "X"): r"X A X^{\top}"}
    assert context.picture(1).cells["xa", "X"] == Cell("X A", new=True)
    assert ("xa", "A") not in context.picture(1).cells
    assert context.written(1) == [("xa", "X"), ("xv", "X")]


def test_changed_encoder_changes_the_page() -> None:
    changed = checked().construction.change(layer=0, head=0, normaliser="softmax")
    assert "linear" in markdown(checked().construction)
    page = section(markdown(changed), "The machine")
    assert "softmax" in page.split("Not used")[0] and "linear" not in page.split("Not used")[0]


def test_statement_about_sizes_is_read_off_the_weights() -> None:
    page = section(markdown(checked()), "The claim")
    assert "depend on $d$ and $d_{v}$ alone" in page and "serves every $n$" in page


def test_no_word_is_used_that_the_reader_is_not_helped_by() -> None:
    words = markdown(checked()).lower()
    for word in ("clearly", "easy to see", "obviously", "trivial", "simply "):
        assert word not in words


def test_markdown_of_hostile_texts_has_no_html_and_no_loose_mathematics() -> None:
    page = markdown(hostile())
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "\n```\n" not in section(page, "The claim")
    assert "https://" not in page


def test_epoch_sets_the_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert "1970-01-02" in derivation_page(checked()).footer
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(BadInput, match="number of seconds"):
        derivation_page(checked())


CODE = """
import hashlib, sys
from derivations import registry
from symsim.render import html, latex, markdown
checked = registry["universal-simulator"].check()
print([hashlib.sha256(make(checked).encode()).hexdigest() for make in (html, latex, markdown)])
"""


def test_same_bytes_with_different_hash_seeds() -> None:
    root = Path(__file__).resolve().parents[2]
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": "0", "PYTHONPATH": str(root)}
        done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
        found.add(done.stdout)
    assert len(found) == 1


def test_files_are_written_in_every_format(tmp_path: Path) -> None:
    needs("pdflatex")
    found = write(checked(), FORMATS, tmp_path / "out")
    assert sorted(path.suffix for path in found) == sorted(FORMATS.values())
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in found}
    book = json.loads((tmp_path / "out" / "universal-simulator.ipynb").read_text(encoding="utf-8"))
    assert book["nbformat"] == 4 and len(book["cells"]) >= 12
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])


def test_missing_program_and_wrong_formats_are_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="did you mean 'html'"):
        write(checked(), ["htm"], tmp_path)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be made"):
        write(checked(), ["md"], tmp_path / "file")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NoProgram, match="pdflatex"):
        write(checked(), ["pdf", "html"], tmp_path)
    assert (tmp_path / "universal-simulator.html").exists()


def test_things_without_a_page_are_refused() -> None:
    for make in (html, latex, markdown):
        with pytest.raises(BadInput, match="no page for a int"):
            make(3)


def test_derivation_shows_itself() -> None:
    theorem = checked().derivation
    assert theorem.latex().startswith(r"\documentclass") and theorem.markdown().startswith("# One encoder")
    assert theorem.html() == theorem._repr_html_()


def test_hostile_names_of_slots_and_groups_reach_no_page() -> None:
    evil, group = "a<b>\\input{z}$|`", "T}{<i>"
    slots, tokens = Slots(((evil, 1), ("out_put", 1))), TokenLayout(((group, 2),))
    head = Head([[1], [0]], [[1], [0]], [[1], [0]], [[0, 1]], normaliser="linear", name=evil)
    construction = Construction(
        name="evil",
        encoder=Encoder(slots, tokens, (Layer((head,), name=evil),)),
        inputs=(("X", (2, 1)),),
        placements=(Placement(group, evil, "input", "X"),),
        readout=Readout("out_put", (2, 1), group),
        computes=matrix("X", 2, 1) @ matrix("X", 2, 1).T @ matrix("X", 2, 1),
    )
    assert ss.check(construction.claim).verdict == "proved"
    for text in (html(construction), markdown(construction).split("```mermaid")[0]):
        assert "<b>" not in text and "<i>" not in text
    assert r"\input" not in latex(construction)
    needs("pdflatex")
    assert pdf(latex(construction)).startswith(b"%PDF")


def test_page_of_a_check_at_fixed_sizes_claims_no_more() -> None:
    page = markdown(checked().derivation.check(n=2, d=1, d_v=2))
    box = section(page, "The verdict")
    assert "Checked here at $n = 2, d = 1, d_{v} = 2$ only, not for all sizes." in box
    assert r"for all $X \in \mathbb{R}^{2 \times 1}" in box
    assert "only, not for all sizes" not in markdown(checked())


def test_page_of_a_probable_claim_says_what_its_bound_is_about() -> None:
    page = html(ss.check(ss.simulators.universal(n=2, d=2).claim, method="modular"))
    assert "A false claim would pass with probability at most 2^-" in page
    assert "the sides differ by" not in page
