"""The documentation builds offline, with every warning an error, and its notebook pages run."""

from __future__ import annotations

import os
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


def test_a_broken_reference_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "conf.py").write_text('extensions = ["myst_parser"]\n', encoding="utf-8")
    (source / "index.md").write_text("# Start\n\n[nowhere](nowhere.md)\n", encoding="utf-8")
    done = build(source, tmp_path / "html")
    assert done.returncode != 0 and "nowhere" in done.stderr
