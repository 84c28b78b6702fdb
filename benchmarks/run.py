"""Times every case, prints the tables and writes them to ``benchmarks/results.md``: ``make bench``.

Each case runs in a process of its own on one core, three times where it is short, and the least processor time
counts. Options: ``--full`` adds the large sizes; ``--only TEXT`` keeps the cases whose name holds the text, and writes
no file.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.certified import evaluated
from benchmarks.peers import PROGRESS, peers
from benchmarks.tables import Timing, page
from benchmarks.worker import RESULT, everything

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results.md"
PEER_LIMIT = 60
LIMIT = 900
SHORT = 3.0
"""A case that takes less is run three times."""
ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def measure(case: Case, limit: int) -> Timing:
    """The least time of a case, or how far it came within the limit."""
    best = once(case, limit)
    for _ in range(2 if best.finished and best.seconds < SHORT and len(best.answer.split()) == 1 else 0):
        again = once(case, limit)
        best = min(best, again, key=lambda timing: timing.seconds)
    return best


def once(case: Case, limit: int) -> Timing:
    """One run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.worker", case.name]
    environment = {**os.environ, **ONE_CORE}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired as stopped:
        text = stopped.stdout.decode() if isinstance(stopped.stdout, bytes) else stopped.stdout or ""
        reached = [line.removeprefix(PROGRESS) for line in text.splitlines() if line.startswith(PROGRESS)]
        return Timing(f"stopped after {reached[-1] if reached else 'no'} entries", float(limit), 0.0, finished=False)
    lines = [line.removeprefix(RESULT) for line in done.stdout.splitlines() if line.startswith(RESULT)]
    if not lines:
        last = done.stderr.strip().splitlines()
        raise SystemExit(f"{case.name} failed: {last[-1] if last else 'no output'}")
    data = json.loads(lines[-1])
    if case.wanted not in ("", data["answer"]):
        raise SystemExit(f"{case.name}: expected '{case.wanted}', got '{data['answer']}'")
    return Timing(data["answer"], data["seconds"], data["megabytes"])


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--full", action="store_true", help="also the sizes that take minutes")
    parser.add_argument("--only", default="", help="only the cases whose name holds this text")
    options = parser.parse_args()
    timings: dict[str, Timing] = {}
    peer_names = {case.name for case in (*peers(), *evaluated())}
    for case in everything():
        if options.only in case.name and (options.full or not case.full):
            timings[case.name] = measure(case, PEER_LIMIT if case.name in peer_names else LIMIT)
            print(f"{case.name}: {timings[case.name].shown()}", file=sys.stderr, flush=True)
    text = page(timings)
    print(text)
    if not options.only:
        RESULTS.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
