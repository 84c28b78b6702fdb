"""Emits the Rocq theorems of the library and compiles them: ``make rocq``.

Prints the time of every file and what its theorem rests on. Fails where coqc refuses a file, where a theorem rests on
an axiom, where a file takes more than 90 seconds, where coqc is missing, and where it accepts U with a planted fault.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from symsim import simulators
from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas import matrix, softmax
from symsim.proof.rocq_export import LIBRARY, rocq_theorem
from symsim.simulators import universal

LONGEST = 90.0
"""Seconds of processor time that one file may take; a busy machine may let it wait four times as long."""

NO_AXIOM = "Closed under the global context"


def _all_sizes(**options: Any) -> Callable[[], Construction]:
    return lambda: universal(n="n", d="d", d_v="d_v", **options)


THEOREMS: dict[str, Callable[[], Construction]] = {
    "U": _all_sizes(),
    "U_square": lambda: universal(n="n", d="d"),
    "projections": _all_sizes(d_k="d_k", projections=True),
    "scale": _all_sizes(d_k="d_k", projections=True, scale="tau"),
    "heads_2": _all_sizes(d_k="d_k", heads=2),
    "heads_4": _all_sizes(d_k="d_k", heads=4),
    "encoder_layer": _all_sizes(d_k="d_k", d_ff="d_ff"),
    "encoder_layer_2": _all_sizes(d_k="d_k", d_ff="d_ff", heads=2, scale="tau"),
    "half": _all_sizes(d_k="d_k", projections=True, scale=Fraction(1, 2)),
    "causal": _all_sizes(mask="causal"),
    "padding": _all_sizes(padding="m"),
    "biases": _all_sizes(d_k="d_k", biases=True),
    "cross": lambda: simulators.cross_attention("n", "m", "d", "d_y", "d_k", "d_v"),
    "grouped": lambda: simulators.grouped_query("n", "d", heads=2, groups=1, d_k="d_k", d_v="d_v"),
    "linear": lambda: simulators.linear_attention("n", "d", "d_v"),
    "linformer": lambda: simulators.linformer("n", "d", "r", "d_k", "d_v"),
    "looped_2": lambda: simulators.looped("n", "d", layers=2),
}
"""Every claim of realisation R that is emitted, by the name of its file."""


def _wrong_formula(u: Construction) -> Construction:
    X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d_v")
    return dataclasses.replace(u, computes=softmax(X @ A.T @ X.T) @ X @ V)


def _exchanged(u: Construction) -> Construction:
    head = u.encoder.layers[1].heads[0]
    return u.change(1, 0, W_Q=head.W_K, W_K=head.W_Q)


FAULTS: dict[str, Callable[[Construction], Construction]] = {
    "no mask": lambda u: u.change(1, 0, mask=Mask()),
    "another mask": lambda u: u.change(1, 0, mask=Mask(keys=("A",))),
    "doubled value": lambda u: u.change(0, 0, W_V=2 * u.encoder.layers[0].heads[0].W_V),
    "transposed A in the formula": _wrong_formula,
    "query and key exchanged": _exchanged,
    "linear instead of softmax": lambda u: u.change(1, 0, normaliser="linear"),
    "no residual connection": lambda u: u.change(0, residual=False),
    "another slot is read": lambda u: dataclasses.replace(u, readout=dataclasses.replace(u.readout, slot="xv")),
    "a row number is missing": lambda u: dataclasses.replace(u, placements=u.placements[:1] + u.placements[2:]),
}
"""Changes of U after which its theorem is false; coqc has to refuse every one of them."""


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
    """Write a ``.v`` file into a folder and compile it there."""
    coqc = shutil.which("coqc")
    if coqc is None:
        raise SystemExit("coqc is not on PATH ('make tools' installs it on Debian)")
    path = folder / f"{name}.v"
    path.write_text(text, encoding="utf-8")
    start = _processor()
    try:
        run = subprocess.run([coqc, *options, path.name], cwd=folder, capture_output=True, text=True, timeout=4 * limit)
    except subprocess.TimeoutExpired:
        return Compiled(_processor() - start, 124, f"more than {4 * limit:.0f} seconds")
    seconds = _processor() - start
    if seconds > limit:
        return Compiled(seconds, 124, f"more than {limit:.0f} seconds")
    return Compiled(seconds, run.returncode, (run.stdout + run.stderr).strip())


def _processor() -> float:
    """Seconds of processor time that finished child processes took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def library(folder: Path) -> list[tuple[str, Compiled]]:
    """Our library file by file, as it stands in the package."""
    source = files("symsim.proof") / "rocq"
    texts = [(name, (source / f"{name}.v").read_text(encoding="utf-8")) for name in LIBRARY]
    return [(name, compiled(text, name, folder, LONGEST, "-Q", ".", "Symsim")) for name, text in texts]


def main(arguments: list[str] | None = None) -> int:
    """Compile the library and the theorems that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.rocq_theorems", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of {', '.join(THEOREMS)}")
    names = parser.parse_args(arguments).names or list(THEOREMS)
    if unknown := [name for name in names if name not in THEOREMS]:
        parser.error(f"there is no theorem {unknown[0]}: choose from {', '.join(THEOREMS)}")
    bad = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, done in library(folder):
            bad += done.status != 0 or bool(done.output)
            _row(f"{name} (library)", done)
        for name in names:
            done = compiled(rocq_theorem(THEOREMS[name](), name), name, folder)
            bad += not done.accepted
            _row(name, done)
        for name, fault in FAULTS.items():
            done = compiled(rocq_theorem(fault(THEOREMS["U"]())), "fault", folder)
            bad += done.status != 1
            _row(f"U, {name}", done)
    print(f"{len(names)} theorems, {len(FAULTS)} planted faults, {bad} files gone wrong")
    return 1 if bad else 0


def _row(name: str, done: Compiled) -> None:
    print(f"{name:32}{done.seconds:8.1f} s  {done.verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
