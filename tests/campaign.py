"""The long attacks: ``python -m tests.campaign --minutes N``, or some of them with ``--family NAME``.

An attack comes in families (see ``campaign_families``), a family in blocks: one planted fault of an encoder, or so many
generated programs. Finished blocks are one line each in ``.campaign/blocks.jsonl``; a killed run goes on where it
stopped. Results count for the sources that made them: after a change of the package or of these tests the campaign
starts over. Prints what is wrong as it is found, and ends with "N passed, M failed".
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
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from tests.campaign_families import FAMILIES

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".campaign" / "blocks.jsonl"


def attack(name: str, number: int) -> dict[str, Any]:
    """One block of a family, as plain data."""
    return {"family": name, **FAMILIES[name].attack(number)}


def sources() -> str:
    """A hash of everything that a result depends on."""
    files = sorted(path for glob in ("symsim/**/*.*", "tests/*.py", "tests/rasp/*.py") for path in ROOT.glob(glob))
    digest = hashlib.sha256()
    for file in (path for path in files if path.suffix in (".py", ".lark", ".rasp")):
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
    left = [
        (name, number)
        for name in names
        for number, block in enumerate(FAMILIES[name].blocks())
        if (name, block) not in done
    ]
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
    options.add_argument("--family", action="append", choices=FAMILIES, metavar="NAME", help=", ".join(FAMILIES))
    options.add_argument("--record", type=Path, default=RECORD, help="where finished blocks are noted")
    chosen = options.parse_args(arguments)
    until = time.monotonic() + 60 * chosen.minutes
    names = chosen.family or list(FAMILIES)
    code = sources()
    done = {key: row for key, row in finished(chosen.record, code).items() if key[0] in names}
    left = todo(names, done)
    total = len(done) + len(left)
    print(f"{len(done)} blocks finished before, {len(left)} left", flush=True)
    interrupted = False
    try:
        for row in results(left, until, chosen.jobs):
            note(chosen.record, {**row, "code": code})
            done[row["family"], row["name"]] = row
            for wrong in row["wrong"]:
                print(f"WRONG {row['family']}: {row['name']}: {wrong}", flush=True)
    except (KeyboardInterrupt, BrokenProcessPool):
        interrupted = True
    failed = summary(done, total)
    return 130 if interrupted else int(failed > 0)


def summary(done: dict[tuple[str, str], dict[str, Any]], total: int) -> int:
    """Print what was found, family by family; the number of failures."""
    for name in sorted({key[0] for key in done}):
        rows = [row for key, row in sorted(done.items()) if key[0] == name]
        print(f"{name}: {FAMILIES[name].tell(rows)}; {sum(row['seconds'] for row in rows):.0f} s")
    failed = sum(len(row["wrong"]) for row in done.values())
    if len(done) < total:
        print(f"{total - len(done)} of {total} blocks are left for another run")
    print(f"{sum(row['tried'] for row in done.values()) - failed} passed, {failed} failed")
    return failed


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a terminated run says what it found
    sys.exit(main())
