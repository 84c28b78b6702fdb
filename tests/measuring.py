"""How a line of ``make must-show`` is measured: times of one process on one core, commands, and tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.worker import RESULT

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
ONE_CORE = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
PRELUDE = """
import dataclasses, time
from symsim.claims.comparing import compare
from symsim.proof import check, parametric, symbolic
from symsim.proof.evidence import Options
from symsim.simulators import universal
"""


class Failed(Exception):
    """A bar that was not cleared."""


def measured(code: str, seconds: float, megabytes: int = 8000) -> str:
    """Run Python in a process of its own on one core, which prints its seconds last; fail past the time or memory."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({8 * 2**30}, {8 * 2**30}))\n{PRELUDE}\n{code}"
    limited += "\nimport resource; print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))"
    done = subprocess.run([PYTHON, "-c", limited], capture_output=True, text=True, env=ONE_CORE, cwd=ROOT, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the process failed")
    *verdicts, took, peak = done.stdout.split()
    text = f"{' '.join(verdicts)} in {float(took):.2f} s (bar {seconds:g} s), {peak} MB"
    if float(took) > seconds or int(peak) > megabytes:
        raise Failed(text)
    return text


def benchmark(name: str) -> dict[str, Any]:
    """One case of the benchmarks in a process of its own on one core: its ``answer``, ``seconds`` and ``megabytes``."""
    worker = [PYTHON, "-m", "benchmarks.worker", name]
    done = subprocess.run(worker, capture_output=True, text=True, env=ONE_CORE, cwd=ROOT, check=False)
    if done.returncode:
        raise Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the process failed")
    found = next(line for line in done.stdout.splitlines() if line.startswith(RESULT))
    return dict(json.loads(found.removeprefix(RESULT)))


def timed(setup: str, question: str, wanted: str, seconds: float, megabytes: int = 8000) -> Callable[[], str]:
    """The time of one question after its set-up; its answer has to be ``wanted``."""
    code = f"{setup}\nstart = time.process_time()\nanswer = str({question})\ntook = time.process_time() - start\n"
    code += f"if answer != {wanted!r}: raise SystemExit('got ' + answer)\nprint(answer, took)"
    return lambda: measured(code, seconds, megabytes)


def command(arguments: list[str], status: int, *texts: str, seconds: float = 600) -> Callable[[], str]:
    """One run of the command line: its exit status, and texts that its output has to hold."""

    def run() -> str:
        start = time.perf_counter()
        done = subprocess.run(
            [PYTHON, "-m", "symsim", *arguments], capture_output=True, text=True, env=ONE_CORE, cwd=ROOT, check=False
        )
        took = time.perf_counter() - start
        missing = [text for text in texts if text not in " ".join(done.stdout.split())]
        if done.returncode != status or missing or took > seconds:
            raise Failed(
                f"exit {done.returncode}, missing {missing}, {took:.1f} s\n{done.stdout[-2000:]}{done.stderr[-500:]}"
            )
        return f"exit {status} in {took:.1f} s"

    return run


def tests(*arguments: str, seconds: float = 600) -> Callable[[], str]:
    """Some of the tests."""

    def run() -> str:
        start = time.perf_counter()
        done = subprocess.run(
            [PYTHON, "-m", "pytest", "-q", *arguments],
            capture_output=True,
            text=True,
            env=ONE_CORE,
            cwd=ROOT,
            check=False,
        )
        took = time.perf_counter() - start
        last = done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""
        if done.returncode or took > seconds:
            raise Failed(f"{last} ({took:.0f} s)")
        return last

    return run
