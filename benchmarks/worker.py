"""Runs one case on one core and prints what it took as JSON: ``python -m benchmarks.worker NAME``."""

from __future__ import annotations

import json
import os
import resource
import sys
import time

from benchmarks.cases import Case, cases
from benchmarks.certified import certified, evaluated
from benchmarks.floor import floors
from benchmarks.large import larges
from benchmarks.peers import peers
from benchmarks.programs import programs

RESULT = "result: "


def everything() -> list[Case]:
    """All cases: ours, those of the peer, the floor, large sizes, RASP programs, and enclosures."""
    return [*cases(), *peers(), *floors(), *larges(), *programs(), *certified(), *evaluated()]


def main() -> int:
    """Run the case that is named on the command line."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    chosen = {case.name: case for case in everything()}[sys.argv[1]]
    question = chosen.build()
    start = time.process_time()
    answer = question()
    seconds = time.process_time() - start
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(RESULT + json.dumps({"answer": answer, "seconds": seconds, "megabytes": megabytes}))
    return 0 if chosen.wanted in ("", answer) else 1


if __name__ == "__main__":
    raise SystemExit(main())
