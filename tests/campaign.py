"""The long attack: every planted fault of many encoders, and random pairs: ``python -m tests.campaign --minutes N``.

Finished faults are one line each in ``.campaign/faults.jsonl``; a killed run goes on where it stopped. Results count
for the sources that made them: after a change of the package or of these tests the campaign starts over. Prints what is
wrong as it is found, and ends with "N passed, M failed".
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from symsim.errors import SymsimError
from symsim.simulators import universal
from tests.faults import Fault, doubles, faults
from tests.trial import Result, trial

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".campaign" / "faults.jsonl"
LIMIT = 120.0
"""Seconds for one fault; what is not decided then counts as failed."""

FAMILIES: dict[str, dict[str, Any]] = {
    "R 2,2,2": {"n": 2, "d": 2},
    "R 2,1,1": {"n": 2, "d": 1},
    "R 3,1,2": {"n": 3, "d": 1, "d_v": 2},
    "R 1,2,1": {"n": 1, "d": 2, "d_v": 1},
    "R 3,2,2": {"n": 3, "d": 2},
    "R projections 2,2": {"n": 2, "d": 2, "projections": True},
    "R two heads 2,1": {"n": 2, "d": 1, "heads": 2},
    "P 2,2,2": {"n": 2, "d": 2, "realisation": "scalars"},
    "P narrow 2,1,1": {"n": 2, "d": 1, "realisation": "scalars-narrow"},
}
DOUBLES = {"R 2,2,2": 400, "R two heads 2,1": 150, "P 2,2,2": 150}
"""So many random pairs of changes."""


@cache
def family(name: str) -> tuple[Any, list[Fault]]:
    """A construction and its faults; a name that ends in ``, twice`` stands for pairs of changes."""
    base = name.removesuffix(", twice")
    construction = universal(**FAMILIES[base])
    if base != name:
        return construction, list(doubles(construction.encoder, DOUBLES[base], seed=1))
    return construction, faults(construction.encoder)


def attack(name: str, number: int) -> dict[str, Any]:
    """One fault on trial, as plain data. An exception is a failure of this fault, not of the campaign."""
    construction, found = family(name)
    fault = found[number]
    try:
        result = trial(construction, fault, explain=not name.endswith("twice"), limit=LIMIT)
    except (SymsimError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        result = Result(fault.kind, fault.name, "error", f"{type(error).__name__}: {error}")
    return {"family": name, **asdict(result)}


def sources() -> str:
    """A hash of everything that a result depends on."""
    files = sorted([*ROOT.glob("symsim/**/*.py"), *ROOT.glob("tests/*.py")])
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def finished(record: Path, code: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What earlier runs of the same sources finished; a torn line is passed over."""
    done = {}
    if record.exists():
        for line in record.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
                if row["code"] == code:
                    done[row["family"], row["name"]] = row
            except (ValueError, KeyError, TypeError):
                continue
    return done


def note(record: Path, row: dict[str, Any]) -> None:
    """Append one line; a torn last line is closed first, so that it spoils no other."""
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("ab+") as file:
        if file.seek(0, os.SEEK_END) and (file.seek(-1, os.SEEK_END) or True) and file.read(1) != b"\n":
            file.write(b"\n")
        file.write(json.dumps(row, sort_keys=True).encode() + b"\n")


def todo(names: list[str], done: dict[tuple[str, str], Any]) -> list[tuple[str, int]]:
    """What is left, mixed so that a short run sees something of everything."""
    left = [(name, k) for name in names for k, fault in enumerate(family(name)[1]) if (name, fault.name) not in done]
    random.Random(0).shuffle(left)
    return left


def _worker() -> None:
    """A worker leaves Ctrl-C to the main process, and dies at once when it is terminated."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def results(left: list[tuple[str, int]], until: float, jobs: int) -> Iterator[dict[str, Any]]:
    """The results as they come, until the time is over."""
    source = iter(left)
    with ProcessPoolExecutor(jobs, initializer=_worker) as pool:
        running: set[Future[dict[str, Any]]] = set()
        try:
            while True:
                while len(running) < 2 * jobs and time.monotonic() < until and (item := next(source, None)):
                    running.add(pool.submit(attack, *item))
                if not running:
                    return
                ready, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in ready)
        finally:
            pool.shutdown(cancel_futures=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the campaign: 0 where nothing is wrong so far, 1 where something is, 130 where it was interrupted."""
    options = argparse.ArgumentParser(
        prog="python -m tests.campaign", description=__doc__.splitlines()[0] if __doc__ else None
    )
    options.add_argument("--minutes", type=float, default=10, help="how long (what runs then is finished)")
    options.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes")
    options.add_argument(
        "--family", action="append", choices=[*FAMILIES, *(f"{name}, twice" for name in DOUBLES)], help="only these"
    )
    options.add_argument("--record", type=Path, default=RECORD, help="where finished faults are noted")
    chosen = options.parse_args(arguments)
    until = time.monotonic() + 60 * chosen.minutes
    names = chosen.family or [*FAMILIES, *(f"{name}, twice" for name in DOUBLES)]
    code = sources()
    done = {key: row for key, row in finished(chosen.record, code).items() if key[0] in names}
    left = todo(names, done)
    total = len(done) + len(left)
    print(f"{len(done)} faults finished before, {len(left)} left", flush=True)
    interrupted = False
    try:
        for row in results(left, until, chosen.jobs):
            note(chosen.record, {**row, "code": code})
            done[row["family"], row["name"]] = row
            if row["wrong"]:
                print(f"WRONG {row['family']}: {row['name']}: {row['wrong']}", flush=True)
    except (KeyboardInterrupt, BrokenProcessPool):
        interrupted = True
    failed = summary(done, total)
    return 130 if interrupted else int(failed > 0)


def summary(done: dict[tuple[str, str], dict[str, Any]], total: int) -> int:
    """Print what was found, family by family; the number of failures."""
    for name in dict.fromkeys(key[0] for key in sorted(done)):
        rows = [row for key, row in done.items() if key[0] == name]
        verdicts = Counter(row["verdict"] for row in rows)
        supports = Counter(row["support"] for row in rows if row["support"] is not None)
        told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(verdicts.items()))
        seconds = sum(row["seconds"] for row in rows)
        print(f"{name}: {told}; entries in a witness {dict(sorted(supports.items()))}; {seconds:.0f} s")
    for why, count in sorted(Counter(row["why"] for row in done.values() if row["why"]).items()):
        print(f"  harmless: {count:5} {why}")
    failed = sum(1 for row in done.values() if row["wrong"])
    if len(done) < total:
        print(f"{total - len(done)} of {total} are left for another run")
    print(f"{len(done) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a terminated run says what it found
    sys.exit(main())
