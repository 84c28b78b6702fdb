"""``symsim doctor``: which methods work, which libraries and outside programs are there, and how to get the others."""

from __future__ import annotations

import importlib
import platform
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from symsim.claims.report import package_version
from symsim.cli import options as o
from symsim.cli.output import check_target, deliver
from symsim.cli.screen import say, title, working
from symsim.encoder.stored import content_hash
from symsim.proof.disagreement import version_of

SCHEMA_VERSION = 1
HEALTHY, BROKEN = 0, 3
SECONDS = 30
"""An outside program has this long to say its version."""
LIBRARIES = (
    ("sympy", "sympy", "expressions at the edge: what is passed in and printed", ""),
    ("python-flint", "flint", "exact numbers, polynomials and balls", ""),
    ("numpy", "numpy", "machine numbers, residues, the witness search", ""),
    ("networkx", "networkx", "the dataflow graph", ""),
    ("lark", "lark", "the grammars of formulas and of RASP", ""),
    ("jinja2", "jinja2", "pages", ""),
    ("typer", "typer", "this command line", ""),
    ("rich", "rich", "this command line", ""),
    ("prompt_toolkit", "prompt_toolkit", "symsim rasp repl at a terminal", ""),
    ("z3-solver", "z3", "the last question of the method smt", "smt"),
    ("cvc5", "cvc5", "a second opinion where z3 calls a case impossible", "smt"),
    ("torch", "torch", "arrays on a GPU", "torch"),
    ("array-api-compat", "array_api_compat", "arrays other than numpy's", "torch"),
    ("safetensors", "safetensors", "encoders as safetensors (no command needs it yet)", "models"),
)
"""Package, module, what it is for, and the extra that installs it (empty: it is required)."""
TEX = "texlive-latex-base texlive-latex-recommended texlive-latex-extra texlive-pictures lmodern"
PROGRAMS: tuple[tuple[tuple[str, ...], str, str, str], ...] = (
    (("coqc",), "--version", "theorems for the Rocq prover: certify --rocq, make rocq", "coq"),
    (("pdflatex",), "--version", "derive --format pdf", TEX),
    (("chromium", "chromium-browser", "google-chrome"), "--version", "tests of the HTML pages", "chromium"),
    (("pdftotext",), "-v", "tests of the PDF pages", "poppler-utils"),
)
"""The names of a program, how it says its version, what it is for, and its Debian packages."""
MATHCOMP = Path("user-contrib") / "mathcomp" / "algebra" / "matrix.vo"


@dataclass(frozen=True)
class Part:
    """A library or an outside program: its version (None: it is not there), what it is for, and how to get it."""

    name: str
    version: str | None
    needed_for: str
    install: str
    required: bool = False
    problem: str = ""


def command(json_: o.Json = False, output: o.Output = None, force: o.Force = False) -> int:
    """Show which methods, libraries and outside programs are there, and try every method on two tiny claims.

    What is missing is shown with what it is for and how to install it. Exit status: 0 all that is required works, 3
    something required is broken.
    """
    from symsim.proof.self_test import self_test

    check_target(output, force)
    with working("looking around"):
        libraries = list(_libraries())
        programs = list(_programs())
    with working("trying the methods"):
        methods = self_test()
    healthy = all(method.works for method in methods) and all(p.version for p in libraries if p.required)
    if not json_:
        _print(methods, libraries, programs)
        say("all that is required works" if healthy else "something that is required is broken")
    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "kind": "doctor",
        "healthy": healthy,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "methods": [{**asdict(method), "seconds": round(method.seconds, 4)} for method in methods],
        "libraries": [asdict(part) for part in libraries],
        "programs": [asdict(part) for part in programs],
        "version": package_version(),
    }
    deliver({**data, "hash": content_hash(data)}, json_, output, force)
    return HEALTHY if healthy else BROKEN


def _libraries() -> Iterator[Part]:
    """Every library; the required ones are imported, because a broken one is there and does not work."""
    for package, module, purpose, extra in LIBRARIES:
        install = f"pip install 'symsim[{extra}]'" if extra else "pip install symsim"
        found, problem = version_of(package), ""
        if not extra:
            try:
                importlib.import_module(module)
            except Exception as error:  # whatever a broken library raises
                found, problem = None, f"{type(error).__name__}: {error}"
        yield Part(package, found, purpose, install, not extra, problem)


def _programs() -> Iterator[Part]:
    for names, flag, purpose, packages in PROGRAMS:
        path = next((found for name in names if (found := shutil.which(name))), None)
        install = f"make tools, or apt-get install {packages}"
        yield Part(names[0], path and _version(path, flag), purpose, install)
        if names[0] == "coqc":
            purpose = "the matrices of these theorems"
            yield Part("mathcomp", path and _mathcomp(path), purpose, f"make tools, or {_MATHCOMP_PACKAGES}")


_MATHCOMP_PACKAGES = "apt-get install libcoq-mathcomp-algebra libcoq-mathcomp-algebra-tactics"


def _run(*arguments: str) -> str:
    """What a program prints, or nothing where it fails."""
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout + done.stderr


def _version(path: str, flag: str) -> str:
    """The first line of what a program says about its version; its path where it says nothing."""
    lines = [line.strip() for line in _run(path, flag).splitlines() if any(c.isdigit() for c in line)]
    return lines[0] if lines else path


def _mathcomp(coqc: str) -> str | None:
    """Where the matrices of mathcomp are, beside coqc."""
    place = Path(_run(coqc, "-where").strip())
    return str(place / "user-contrib" / "mathcomp") if (place / MATHCOMP).exists() else None


def _print(methods: list[Any], libraries: list[Part], programs: list[Part]) -> None:
    say(f"symsim {package_version()}, Python {platform.python_version()}")
    title("Methods, each tried on a true and on a false claim")
    for method in methods:
        word = ("works", "green") if method.works else ("BROKEN", "red")
        say(method.said, [("  ", ""), (f"{word[0]:<8}", word[1]), (f"{method.method:<12} ", "")])
    for heading, parts in (("Libraries", libraries), ("Programs from outside", programs)):
        title(heading)
        for part in parts:
            _print_part(part)
    say()


def _print_part(part: Part) -> None:
    if part.version:
        say(f"{part.version}; for {part.needed_for}", [("  ", ""), ("there   ", "green"), (f"{part.name:<17} ", "")])
        return
    word = ("BROKEN  ", "red") if part.required else ("missing ", "yellow")
    said = f"{part.problem}; " if part.problem else ""
    say(f"{said}for {part.needed_for}; {part.install}", [("  ", ""), word, (f"{part.name:<17} ", "")])
