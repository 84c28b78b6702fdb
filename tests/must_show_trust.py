"""The lines of ``make must-show`` about trust: certificates, Rocq, the other methods, agreement, attacks."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

from benchmarks.large import LARGE
from tests.measuring import ROOT, Failed, benchmark, command, tests

LARGEST = ["--n", "16", "--d", "16"]


def alone(realisation: str) -> Callable[[], str]:
    """The JSON certificate at n = d = 16, checked by a copy of ``recheck.py`` in an empty virtual environment."""

    def run() -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            certificate = ["certify", "universal-simulator", "--realisation", realisation, *LARGEST]
            command([*certificate, "-o", str(path / "c.json")], 0)()
            venv.create(path / "empty", with_pip=False)
            shutil.copy(ROOT / "symsim/proof/recheck.py", path)
            start = time.perf_counter()
            python = path / "empty" / "bin" / "python"
            done = subprocess.run(
                [python, "-I", "recheck.py", "c.json"], capture_output=True, text=True, cwd=path, check=False
            )
            took = time.perf_counter() - start
            if done.returncode or not done.stdout.startswith("accepted: ") or took > 60:
                raise Failed(f"exit {done.returncode} in {took:.1f} s: {done.stdout[-300:]}{done.stderr[-300:]}")
            return f"{(path / 'c.json').stat().st_size / 1000:.0f} kB, accepted in {took:.1f} s (bar 60 s)"

    return run


def theorem(*options: str) -> Callable[[], str]:
    """A theorem for all sizes, accepted by coqc, without axioms."""

    def run() -> str:
        with tempfile.TemporaryDirectory() as folder:
            command(["certify", "universal-simulator", "--rocq", f"{folder}/U.v", *options], 0)()
            start = time.perf_counter()
            compile_ = ["coqc", "-w", "none", "U.v"]
            done = subprocess.run(compile_, capture_output=True, text=True, cwd=folder, check=False)
            took = time.perf_counter() - start
        closed = done.stdout.count("Closed under the global context")
        if done.returncode or not closed or "Axioms:" in done.stdout or took > 90:
            raise Failed(f"coqc: exit {done.returncode} in {took:.0f} s: {done.stdout[-300:]}{done.stderr[-500:]}")
        return f"accepted in {took:.0f} s, closed under the global context"

    return run


def beside_a_forward_pass(title: str) -> Callable[[], str]:
    """A method at a large size: its time in forward passes of U in the same process, its bound and memory."""

    def run() -> str:
        large = next(large for large in LARGE if large.title == title)
        data = benchmark(f"large sizes: {title}")
        seconds, forward, verdict, bound = data["answer"].split()
        ratio = float(seconds) / float(forward)
        text = f"{verdict} {bound}, {ratio:.0f} forward passes (bar {large.bar:g}), {data['megabytes']:.0f} MB"
        if verdict != "probable" or float(bound.removeprefix("2^")) > -80:
            raise Failed(text)
        if large.bar is not None and (ratio > large.bar or data["megabytes"] > 4000):
            raise Failed(text)
        return text

    return run


SOFTMAX = ["prove", "universal-simulator", "--realisation", "S"]
FORMULA = ["--shape", "A=n,d", "--size", "n=2", "--size", "d=2"]

TRUST: list[tuple[str, Callable[[], str]]] = [
    ("certificate of R at n = d = 16, checked alone", alone("R")),
    ("certificate of P at n = d = 16, checked alone", alone("P")),
    ("Rocq: U for all n, d, d_v", theorem()),
    ("Rocq: 2 heads with output projection, all sizes", theorem("--heads", "2")),
    ("Rocq: 4 heads with output projection, all sizes", theorem("--heads", "4")),
    ("Rocq: U at n = d = 2, node by node", theorem("--n", "2", "--d", "2")),
    ("Rocq: U over scalars at n = 2, d = 1, node by node", theorem("--n", "2", "--d", "1", "--realisation", "P")),
    ("modular at n = 1024, d = 64", beside_a_forward_pass("modular, n = 1024, d = 64")),
    ("smt: abs(A) = relu(A) + relu(-A)", command(["check", "abs(A)", "relu(A) + relu(-A)", *FORMULA], 0, "proved")),
    (
        "smt: step(A) + step(-A) is not 1 at 0",
        command(["check", "step(A) + step(-A)", "ones(n) ones(d)^T", *FORMULA], 1, "refuted"),
    ),
    ("every method that applies agrees, on every shipped claim", tests("tests/proof/test_agreement.py")),
    (
        "S at (3, 2) with the temperature for 1/100",
        command([*SOFTMAX, "--n", "3", "--d", "2", "--eps", "1/100"], 0, "enclosed"),
    ),
    (
        "S for all sizes, temperature 50",
        command([*SOFTMAX, "--temperature", "50"], 0, "enclosed"),
    ),
    ("hostile input is refused in time and memory, nothing is run", tests("tests/security")),
    ("altered certificates, a part of the campaign", tests("tests/proof/test_certificates.py")),
    ("the checker: refusals, mutants", tests("tests/proof/test_recheck.py", "tests/proof/test_recheck_refusals.py")),
    ("doctor", command(["doctor"], 0, "all that is required works")),
]

if __name__ == "__main__":
    for title, run in TRUST:
        print(title, run(), file=sys.stderr)
