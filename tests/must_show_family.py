"""The lines of ``make must-show`` about the family of simulators: proofs, controls, pages, referees, what runs cost."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.floor import FLOORS
from tests.measuring import ONE_CORE, PYTHON, ROOT, Failed, benchmark, tests

ERROR = 1e-12
"""U over floats may differ by so much from attention written by hand."""


def beside_attention(n: int) -> Callable[[], str]:
    """U over float64 arrays at a size: its time in runs of attention written by hand in the same numpy and process."""

    def run() -> str:
        floor = next(floor for floor in FLOORS if floor.n == n)
        ours, by_hand, error = map(float, benchmark(f"U over float64: {floor.title}")["answer"].split())
        text = f"{ours:.3f} s, {ours / by_hand:.2f} times attention by hand (bar {floor.bar:g}), difference {error:.0e}"
        if floor.bar is None or ours > floor.bar * by_hand or error > ERROR:
            raise Failed(text)
        return text

    return run


# -- prove --all ------------------------------------------------------------------------------------------------------
SECONDS = 600
"""``prove --all`` takes at most so long."""
ROWS = {
    "multi-head-attention": 3, "causal-attention": 3, "padded-attention": 3, "attention-with-biases": 3,
    "scaled-attention": 3, "encoder-layer": 3, "post-norm-layer": 3, "pre-norm-layer": 3, "looped-attention": 3,
    "looped-pass": 3, "looped-encoder": 9, "cross-attention": 3, "linear-attention": 3, "linformer": 3,
    "multi-query-attention": 2, "grouped-query-attention": 3, "universal-simulator": 4,
}  # fmt: skip
"""Realisation R: each item with the number of cases for all sizes that it has at least, such as h = 1, 2, 4."""
NUMBERS = (
    "scalar-transposition", "scalar-product", "scalar-product-narrow", "scalar-softmax", "scalar-universal-simulator",
    "scalar-multi-head", "determinant", "inverse", "relu", "max-min", "group-sort", "lipschitz-interpolation",
)  # fmt: skip
"""Realisation P, on real numbers."""
OTHERS = ("softmax-only", "match2")
MOST_DIGITS = 4
"""An entry of a small witness has at most so many characters."""


def everything() -> str:
    """``prove --all``: every item is there, each claim is settled as it is stated, each control refuted."""
    start = time.perf_counter()
    words = [PYTHON, "-m", "symsim", "prove", "--all", "--json"]
    done = subprocess.run(words, capture_output=True, text=True, env=ONE_CORE, cwd=ROOT, check=False)
    took = time.perf_counter() - start
    if done.returncode or took > SECONDS:
        raise Failed(f"exit {done.returncode} in {took:.0f} s (bar {SECONDS} s): {done.stderr[-500:]}")
    rows = json.loads(done.stdout)
    missing = sorted({*ROWS, *NUMBERS, *OTHERS} - {row["derivation"] for row in rows})
    general = Counter(row["derivation"] for row in rows if row["sizes"] == "all" and row["verdict"] == "proved")
    few = {name: general[name] for name, wanted in ROWS.items() if general[name] < wanted}
    controls = Counter(row["derivation"] for row in rows for item in row.get("controls", ()) if _small(item))
    weak = sorted({row["derivation"] for row in rows if controls[row["derivation"]] < 2})
    if missing or few or weak:
        raise Failed(f"missing {missing}; for all sizes too few cases {few}; fewer than 2 small witnesses {weak}")
    verdicts = Counter(row["verdict"] for row in rows)
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))
    items = len({row["derivation"] for row in rows})
    return f"{items} derivations: {said}; {sum(controls.values())} controls refuted; {took:.0f} s (bar {SECONDS} s)"


def _small(control: dict[str, Any]) -> bool:
    """Whether a control is refuted with a witness that a reader can check by hand."""
    if control["verdict"] != "refuted" or control["witness"] is None:
        return False
    return all(len(text) <= MOST_DIGITS for text in _leaves(control["witness"]["inputs"]))


def _leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    return [leaf for part in value for leaf in _leaves(part)] if isinstance(value, list) else [str(value)]


# -- pages and referees -----------------------------------------------------------------------------------------------
def every_page() -> str:
    """``derive --all``: LaTeX, HTML and PDF of every derivation."""
    with tempfile.TemporaryDirectory() as folder:
        words = [PYTHON, "-m", "symsim", "derive", "--all", "--format", "latex,html,pdf", "-o", folder]
        start = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True, env=ONE_CORE, cwd=ROOT, check=False)
        took = time.perf_counter() - start
        count = Counter(path.suffix for path in Path(folder).iterdir())
    if done.returncode or len(set(count.values())) != 1 or set(count) != {".tex", ".html", ".pdf"}:
        raise Failed(f"exit {done.returncode}, {dict(count)}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return f"{count['.pdf']} documents as LaTeX, HTML and PDF, compiled, in {took:.0f} s"


ORACLE = "def match2(word):\n    return [int(any((x + y) % 3 == 0 for y in word)) for x in word]\n"
AVERAGE = """def match2(p) {
    residue = tokens % p;
    partner = aggregate(select(residue, (p - residue) % p, ==), tokens, 0);
    return indicator((tokens + partner) % p == 0);
}
"""
CLAIM = ["--call", "match2(3)", "--oracle", "match:match2", "--alphabet", "0,1,2,3,4", "--length", "4"]


def referees() -> str:
    """``referee`` on Match2 by averages, which the bug zoo shows, and on the program of the library."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "match.py").write_text(ORACLE, encoding="utf-8")
        (Path(folder) / "average.rasp").write_text(AVERAGE, encoding="utf-8")
        for file, status, words in (
            ("average.rasp", 1, ("tokens = [0, 3]", "left = [0, 0], right = [1, 1]", "average.rasp, line 4")),
            ("library:sequences", 0, ("the encoder computes what the program gives is proved", "780 inputs")),
        ):
            command = [PYTHON, "-m", "symsim", "referee", file, *CLAIM]
            done = subprocess.run(command, capture_output=True, text=True, env=ONE_CORE, cwd=folder, check=False)
            text = " ".join(done.stdout.split())
            questions = sum(line.endswith("?") for line in done.stdout.splitlines())
            if done.returncode != status or questions != 8 or any(word not in text for word in words):
                raise Failed(
                    f"{file}: exit {done.returncode}, {questions} questions: {done.stdout[-800:]}{done.stderr}"
                )
            found.append(f"{file} {text.split()[4]}")
    return "; ".join(found)


FAMILY: list[tuple[str, Callable[[], str]]] = [
    ("prove --all: every item of the family", everything),
    ("derive --all", every_page),
    (
        "certificates of the family, for all sizes and over scalars, checked alone",
        tests("tests/proof/test_family_certificates.py", "tests/proof/test_scalar_certificates.py"),
    ),
    ("referee on a program of the bug zoo and on its repair", referees),
    ("U over float64 arrays at n = 4096, d = 64, beside attention by hand", beside_attention(4096)),
]
