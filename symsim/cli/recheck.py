"""``symsim recheck``: gives a certificate to its checker, which runs as a program of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from symsim.cli.screen import working
from symsim.errors import BadInput
from symsim.proof.certificate import checker_of

File = Annotated[Path, typer.Argument(metavar="FILE", help="A certificate, as 'symsim certify' writes it.")]


def command(file: File) -> int:
    """Re-check a certificate with a program that believes nothing of the prover, and print the claim it establishes.

    The checker is a single file of the standard library's Python, run here without anything else. Exit status: 0
    accepted, 1 rejected, 2 no certificate.
    """
    if not file.is_file():
        raise BadInput(f"{file}: no such file")
    checker = checker_of(file)
    with working("re-checking"):
        done = subprocess.run([sys.executable, "-I", "-S", str(checker), str(file)], capture_output=True, text=True)
    print(done.stdout, end="", file=sys.stderr if done.returncode else sys.stdout)
    return done.returncode if done.returncode in (0, 1, 2) else 2
