"""LaTeX pages: they compile without overfull lines, escape everything, and say what the objects say."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from pylatexenc.latexwalker import LatexWalker

import symsim as ss
from symsim.formulas import sizes
from symsim.render import Notation, latex
from symsim.render.files import pdf
from tests.programs import needs
from tests.render.pages import checked, hostile

n, d, d_v, d_k, d_ff = sizes("n d d_v d_k d_ff")


def compiled(text: str, folder: Path) -> str:
    """The log of two runs of pdflatex."""
    (folder / "page.tex").write_text(text, encoding="utf-8")
    command = [needs("pdflatex"), "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    for _ in range(2):
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, "openout_any": "p"}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    return (folder / "page.log").read_text(encoding="utf-8", errors="replace")


def test_page_compiles_without_overfull_lines_or_open_references(tmp_path: Path) -> None:
    log = compiled(latex(checked()), tmp_path)
    assert (tmp_path / "page.pdf").stat().st_size > 50_000
    assert [line for line in log.splitlines() if line.startswith("Overfull")] == []
    assert "undefined" not in log


def test_page_of_hostile_texts_compiles(tmp_path: Path) -> None:
    compiled(latex(hostile()), tmp_path)


@pytest.mark.parametrize("heads", [2, 3])
def test_pages_of_relatives_compile(heads: int, tmp_path: Path) -> None:
    compiled(latex(ss.simulators.universal(n, d, d_v, d_k=d_k, heads=heads)), tmp_path)


def test_pages_of_scalar_tokens_compile(tmp_path: Path) -> None:
    compiled(latex(ss.simulators.universal(2, 2, 1, realisation="scalars")), tmp_path)


def test_pages_of_single_objects_compile() -> None:
    needs("pdflatex")
    U = ss.simulators.universal(n, d)
    wrong = ss.simulators.universal(2, 2).change(layer=1, head=0, mask=None)
    for thing in (U.cost, U.machine, ss.trace(U), ss.check(U.claim), ss.check(wrong.claim)):
        assert pdf(latex(thing)).startswith(b"%PDF")


def test_braces_are_balanced() -> None:
    for page in (latex(checked()), latex(hostile())):
        LatexWalker(page, tolerant_parsing=False).get_latex_nodes()
        plain = re.sub(r"\\[{}]", "", page)
        assert plain.count("{") == plain.count("}")


def test_hostile_texts_are_escaped() -> None:
    page = latex(hostile())
    assert r"\input" not in page.split(r"\begin{document}")[1]
    assert r"\write18" not in page
    assert r"\textbackslash{}input\{/etc/passwd\}" in page
    assert r"50\%" in page


def test_page_has_the_eleven_sections_in_order() -> None:
    titles = re.findall(r"\\section\{(.*?)\}", latex(checked()))
    assert titles == [
        "The claim", "The verdict", "The machine", "The tokens", "Layer by layer", "Conclusion",
        "Why it cannot be simpler", "Cost", "Worked examples", "Dataflow", "What this does not say",
    ]  # fmt: skip


def test_page_needs_no_shell_escape_and_loads_no_file() -> None:
    page = latex(checked())
    for command in (r"\write18", r"\input", r"\include", "minted", r"\immediate", "http"):
        assert command not in page


def test_long_formulas_of_the_encoder_layer_are_broken() -> None:
    page = latex(ss.simulators.universal(n, d, d_v, d_k=d_k, d_ff=d_ff), Notation(width=60))
    claim = page.split(r"\section{What it is claimed to compute}")[1].split(r"\section")[0]
    assert claim.count(r"\\") >= 2


def test_notation_reaches_the_page() -> None:
    page = latex(checked(), Notation(transpose="T", names={"A": r"W_Q W_K^{T}"}))
    assert r"\operatorname{softmax}(X W_Q W_K^{T} X^{T}) X V" in page
    assert r"^{\top}" not in page
