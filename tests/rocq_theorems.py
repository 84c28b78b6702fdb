"""Emits the Rocq theorems of the library and compiles them: ``make rocq``.

Prints the time of every file and what its theorem rests on. Fails where coqc refuses a file, where a theorem rests on
an axiom, where a file takes longer than it may, where coqc is missing, and where it accepts a planted fault.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from symsim.proof.rocq_export import LIBRARY, rocq_theorem
from symsim.proof.rocq_fixed import fixed_theorem
from symsim.proof.rocq_pieces import pieces_theorem
from tests.rocq_claims import FAULTS, THEOREMS, faulty
from tests.rocq_fixed_theorems import FIXED, FIXED_FAULTS, faulty_at_fixed_sizes
from tests.rocq_piece_faults import PIECE_FAULTS, faulty_pieces

LONGEST = 90.0
"""Seconds of processor time that one file may take."""

LARGE = {"looped_layer_4_of_2": 300.0, "looped_layer_4_of_3": 300.0}
"""Those that may take longer: loops over four heads have 57 and 72 slots."""

NO_AXIOM = "Closed under the global context"


@dataclass(frozen=True)
class Compiled:
    """What coqc said about one file."""

    seconds: float
    status: int
    output: str

    @property
    def accepted(self) -> bool:
        """Whether the kernel accepted the file, and no theorem of it rests on an axiom."""
        return self.status == 0 and self.output == NO_AXIOM

    @property
    def verdict(self) -> str:
        """One line on the outcome."""
        if self.status == 1:
            return "refused: ... " + " ".join(self.output.split())[-120:]
        return self.output.replace("\n", "; ") or "compiled"


def compiled(text: str, name: str, folder: Path, limit: float = LONGEST, *options: str) -> Compiled:
    """Write a ``.v`` file into a folder and compile it there, for at most ``limit`` seconds of processor time."""
    coqc = shutil.which("coqc")
    if coqc is None:
        raise SystemExit("coqc is not on PATH ('make tools' installs it on Debian)")
    path, said = folder / f"{name}.v", folder / f"{name}.out"
    path.write_text(text, encoding="utf-8")
    command = ["sh", "-c", f'ulimit -t {limit:.0f}; exec "$@"', "sh", coqc, *options, path.name]
    with said.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    if process.returncode < 0:
        return Compiled(seconds, 124, f"more than {limit:.0f} seconds")
    return Compiled(seconds, process.returncode, said.read_text(encoding="utf-8").strip())


def library(folder: Path) -> list[tuple[str, Compiled]]:
    """Our library file by file, as it stands in the package."""
    source = files("symsim.proof") / "rocq"
    texts = [(name, (source / f"{name}.v").read_text(encoding="utf-8")) for name in LIBRARY]
    return [(name, compiled(text, name, folder, LONGEST, "-Q", ".", "Symsim")) for name, text in texts]


@dataclass(frozen=True)
class Job:
    """A file to compile: what it is called in the report and on disk, its text, and whether coqc has to refuse it."""

    label: str
    file: str
    text: Callable[[], str]
    fault: bool = False

    def done(self, folder: Path) -> Compiled:
        """What coqc says."""
        return compiled(self.text(), self.file, folder, LARGE.get(self.file, LONGEST))

    def gone_wrong(self, done: Compiled) -> bool:
        """Whether coqc said something else than it should."""
        return done.status != 1 if self.fault else not done.accepted


def jobs(names: list[str]) -> list[Job]:
    """The theorems of these names, and every planted fault."""
    found = [Job(name, name, partial(_theorem, name)) for name in names]
    false = [(f"{name}, {fault}", partial(_false, fault)) for fault, (name, _) in FAULTS.items()]
    small = FIXED_FAULTS.items()
    false += [(f"small {name}, {fault}", partial(_false_at_fixed_sizes, fault)) for fault, (name, _) in small]
    false += [(f"{PIECES}, {fault}", partial(faulty_pieces, fault)) for fault in PIECE_FAULTS]
    return found + [Job(label, f"fault{k}", text, fault=True) for k, (label, text) in enumerate(false)]


PIECES = "pieces"
"""All pieces of realisation P in one file."""

NAMES = [*THEOREMS, PIECES, *FIXED]
"""Every file that coqc has to accept: for all sizes, and for fixed sizes with one lemma for every node."""


def _theorem(name: str) -> str:
    if name == PIECES:
        return pieces_theorem()
    return fixed_theorem(FIXED[name](), name) if name in FIXED else rocq_theorem(THEOREMS[name](), name)


def _false_at_fixed_sizes(fault: str) -> str:
    return fixed_theorem(faulty_at_fixed_sizes(fault), "false")


def _false(fault: str) -> str:
    return rocq_theorem(faulty(fault), "false")


def main(arguments: list[str] | None = None) -> int:
    """Compile the library and the theorems that are named, or all, as many files at once as there are processors."""
    parser = argparse.ArgumentParser(prog="python -m tests.rocq_theorems", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(NAMES)}")
    names = parser.parse_args(arguments).names or NAMES
    if unknown := [name for name in names if name not in NAMES]:
        parser.error(f"there is no theorem {unknown[0]}: choose from {', '.join(NAMES)}")
    bad, work = 0, jobs(names)
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        folder = Path(temporary)
        for name, done in library(folder):
            bad += done.status != 0 or bool(done.output)
            _row(f"{name} (library)", done)
        for job, done in zip(work, pool.map(lambda job: job.done(folder), work), strict=True):
            bad += job.gone_wrong(done)
            _row(job.label, done)
    print(f"{len(names)} theorems, {sum(job.fault for job in work)} planted faults, {bad} files gone wrong")
    return 1 if bad else 0


def _row(name: str, done: Compiled) -> None:
    print(f"{name:48}{done.seconds:8.1f} s  {done.verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
