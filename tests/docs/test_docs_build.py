"""The documentation builds offline, with every warning an error, and its notebook pages run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """Build the documentation in ``source`` as the ``docs`` target of the Makefile does."""
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(source), str(out)]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=ROOT)


def test_documentation_builds_without_a_warning(tmp_path: Path) -> None:
    done = build(ROOT / "docs", tmp_path / "html")
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "html" / "tutorials" / "one-machine-two-number-systems.html").read_text(encoding="utf-8")
    assert "Fraction(1, 3)" in page or "0.2119" in page, "the notebook page shows what it computed"
    assert (tmp_path / "html" / "explanation" / "proving.html").exists()
    found = (tmp_path / "html" / "how-to" / "check-a-rasp-program.html").read_text(encoding="utf-8")
    assert "64 choices of sizes: 64 proved" in found and "refuted (symbolic uncut" in found


def test_a_page_that_shows_what_its_commands_no_longer_print_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    (source / "how-to").mkdir(parents=True)
    shutil.copytree(ROOT / "docs" / "_static", source / "_static")
    (source / "conf.py").write_text((ROOT / "docs" / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    index = "# Start\n\n```{toctree}\nhow-to/check-a-rasp-program\n```\n"
    (source / "index.md").write_text(index, encoding="utf-8")
    page = source / "how-to" / "check-a-rasp-program.md"
    printed = "refuted (parametric, 0.01 s)\nA + A = 2 A for all real A (A: 1 x 1)\n"
    shown = f"$ symsim check 'A + A' '2 A' --shape A=1\n{printed}"
    page.write_text(f"# Page\n\n```console\n{shown}```\n", encoding="utf-8")
    done = build(source, tmp_path / "html")
    assert done.returncode != 0 and "python -m tests.transcripts docs/how-to/check-a-rasp-program.md" in done.stderr
    page.write_text(page.read_text(encoding="utf-8").replace("refuted", "proved"), encoding="utf-8")
    done = build(source, tmp_path / "again")
    assert done.returncode == 0, done.stderr


def test_a_broken_reference_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_parser"]\n', encoding="utf-8")
    (source / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    done = build(source, tmp_path / "html")
    assert done.returncode != 0 and "nowhere" in done.stderr
