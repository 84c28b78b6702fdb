"""The tables of a run: times, and ratios that carry over from one machine to another."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.cases import cases
from benchmarks.certified import BITS, DIGITS, Enclosed, certified, evaluated
from benchmarks.floor import FLOORS, floors
from benchmarks.large import LARGE, larges
from benchmarks.peers import ROUTES, SIZES
from benchmarks.programs import PROGRAMS, Measured, programs

UNIT = "sympy simplify, row shift: n = d = 3"
"""The times of our own cases are given in this unit too."""


@dataclass(frozen=True)
class Timing:
    """What one case answered, its processor time, and the peak memory of its process; ``finished`` within its limit."""

    answer: str
    seconds: float
    megabytes: float
    finished: bool = True

    def shown(self) -> str:
        """The time, and what was answered."""
        return (
            f"{duration(self.seconds)} s, {self.answer}" if self.finished else f"{self.answer} in {self.seconds:.0f} s"
        )


def duration(seconds: float) -> str:
    """Seconds with two digits that count, or three."""
    return f"{seconds:.1f}" if seconds >= 10 else f"{seconds:.2f}" if seconds >= 0.1 else f"{seconds:.4f}"


def ratio(above: float, below: float) -> str:
    """A quotient with two digits that count."""
    value = above / below
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def table(heading: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the first column to the left, the others to the right."""
    lines = [heading, [":--", *["--:"] * (len(heading) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


HOW = (
    "Every case ran in a process of its own on one core: processor time, best of three where it took less than 3 s; "
    "building the claim is not counted. Ratios compare numbers of this one run."
)
SYMPY_TEXT = (
    "Realisation R, uncut, against `softmax(X (A X^T)) (X V)`, without and with a row shift `u ones^T` inside the "
    "softmax. sympy gets the differences of all entries, already written out by the same encoder, and is stopped after "
    "60 s. *Not decided*: the form that it reached is not 0, although the claim is true. In brackets: times as long as "
    "symsim."
)
SYMPY_HEAD = ["claim", "symsim", *(f"sympy {route}" for route in ROUTES)]
OURS_TEXT = (
    "The last column is the time in units of sympy's `simplify` on the shifted pair at n = d = 3, a task that it ends."
)
OURS_HEAD = ["claim", "answer", "seconds", "MB", "in units of simplify"]
FLOOR_TEXT = (
    "The encoder run over float64 arrays, beside `softmax(X A X^T) X V` written by hand in the same numpy, in turns; "
    "processor time of one core, the best of five."
)
FLOOR_HEAD = ["size", "U, seconds", "by hand, seconds", "ratio", "bar", "largest difference"]
LARGE_TEXT = (
    "Whether U is softmax(X A X^T) X V, asked at sizes beyond the reach of a proof at fixed sizes, beside one forward "
    "pass of U over float64 arrays in the same process, taken in turns, the best of five of both. *Bound*: of the "
    "probability that a false claim passes."
)
LARGE_HEAD = ["method and size", "verdict", "bound", "seconds", "forward pass, seconds", "ratio", "bar", "MB"]
PROGRAMS_TEXT = (
    "Programs of `library:matrices` on float64 tokens: parsing the call, building the graph and running it, with the "
    "library loaded; the least of 50. The published interpreter (tech-srl/RASP 61dde62, with the programs of "
    "DDuttaGit/TMA d5c6c96) was timed once beside numpy: its time then is scaled by what the same operation on a 3 x 3 "
    "matrix takes numpy here and took it then. The library: reading, parsing and running its file; in brackets as the "
    "first file of a process, with the parser and the standard library (the published interpreter: 431 ms)."
)
PROGRAMS_HEAD = [
    "program", "symsim, ms", "published, ms", "numpy here / then, us", "ratio", "bar", "library, ms", "error",
]  # fmt: skip
CERTIFIED_TEXT = (
    f"U with every output enclosed: floats with a proved rounding bound, and Arb balls of {BITS} bits; in brackets "
    "times as long as the plain numpy float64 run of U in the same process. Radius: the largest of any output. sympy "
    f"evaluates the same entries to {DIGITS} digits (`evalf`), where it can, within 60 s."
)
CERTIFIED_HEAD = ["size", "numpy, s", "bounded floats, s", "radius", "balls, s", "radius", "sympy"]


def page(timings: Mapping[str, Timing]) -> str:
    """All tables of a run as Markdown."""
    parts = ["# Benchmarks", f"Written by `make bench`. {machine()}", HOW]
    if beside_sympy(timings):
        parts += ["## The same claims, decided by sympy", SYMPY_TEXT, table(SYMPY_HEAD, beside_sympy(timings))]
    if ours(timings):
        parts += ["## What the proofs take", OURS_TEXT, table(OURS_HEAD, ours(timings))]
    if beside_attention(timings):
        parts += ["## U as a program, beside attention", FLOOR_TEXT, table(FLOOR_HEAD, beside_attention(timings))]
    if at_large_sizes(timings):
        parts += ["## Large sizes", LARGE_TEXT, table(LARGE_HEAD, at_large_sizes(timings))]
    if beside_interpreter(timings):
        parts += ["## RASP programs", PROGRAMS_TEXT, table(PROGRAMS_HEAD, beside_interpreter(timings))]
    if enclosed(timings):
        parts += ["## Certified evaluation", CERTIFIED_TEXT, table(CERTIFIED_HEAD, enclosed(timings))]
    return "\n\n".join(parts) + "\n"


def beside_sympy(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each pair that both have decided or tried."""
    rows = []
    for kind in ("plain", "row shift"):
        for n in SIZES:
            mine = timings.get(f"R uncut, {kind}: n = d = {n}")
            theirs = [timings.get(f"sympy {route}, {kind}: n = d = {n}") for route in ROUTES]
            if mine is None or None in theirs:
                continue
            cells = [_beside(timing, mine) for timing in theirs if timing is not None]
            rows.append([f"R uncut, {kind}, n = d = {n}", f"{duration(mine.seconds)} s", *cells])
    return rows


def _beside(theirs: Timing, mine: Timing) -> str:
    if not theirs.finished:
        return f"{theirs.answer} (> {ratio(theirs.seconds, mine.seconds)})"
    if theirs.answer != "proved":
        return theirs.answer
    return f"{duration(theirs.seconds)} s ({ratio(theirs.seconds, mine.seconds)})"


def ours(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each case of our own."""
    unit = timings.get(UNIT)
    rows = []
    for case in cases():
        found = timings.get(case.name)
        if found is not None:
            share = ratio(found.seconds, unit.seconds) if unit is not None and unit.finished else ""
            rows.append(
                [f"{case.group}, {case.title}", found.answer, duration(found.seconds), f"{found.megabytes:.0f}", share]
            )
    return rows


def beside_attention(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each size at which U ran over arrays."""
    rows = []
    for floor, case in zip(FLOORS, floors(), strict=True):
        if case.name in timings:
            mine, hand, error = timings[case.name].answer.split()
            bar = "" if floor.bar is None else f"{floor.bar:g}"
            times = [duration(float(mine)), duration(float(hand)), ratio(float(mine), float(hand))]
            rows.append([case.title, *times, bar, error])
    return rows


def at_large_sizes(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each method for large sizes."""
    rows = []
    for large, case in zip(LARGE, larges(), strict=True):
        if case.name in timings:
            timing = timings[case.name]
            mine, forward, verdict, bound = timing.answer.split()
            rows.append(
                [
                    large.title,
                    verdict,
                    bound,
                    duration(float(mine)),
                    duration(float(forward)),
                    ratio(float(mine), float(forward)),
                    "" if large.bar is None else f"{large.bar:g}",
                    f"{timing.megabytes:.0f}",
                ]
            )
    return rows


def beside_interpreter(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each RASP program."""
    rows = []
    for program, case in zip(PROGRAMS, programs(), strict=True):
        if case.name in timings:
            found = Measured.read(timings[case.name].answer)
            rows.append(
                [
                    program.title,
                    f"{found.seconds * 1e3:.2f}",
                    f"{found.published(program) * 1e3:.3g} ({program.published * 1e3:g} then)",
                    f"{found.numpy * 1e6:.2f} / {program.numpy_then * 1e6:g}",
                    ratio(found.published(program), found.seconds),
                    f"{program.bar:g}",
                    f"{found.library * 1e3:.1f} ({found.first * 1e3:.0f})",
                    f"{found.error:.0e}",
                ]
            )
    return rows


def enclosed(timings: Mapping[str, Timing]) -> list[list[str]]:
    """One row for each size at which U was enclosed."""
    by_sympy = {case.title: timings.get(case.name) for case in evaluated()}
    rows = []
    for case in certified():
        if case.name not in timings:
            continue
        found = Enclosed.read(timings[case.name].answer)
        peer = by_sympy.get(case.title)
        shown = "not tried" if peer is None else f"{duration(peer.seconds)} s" if peer.finished else peer.shown()
        rows.append(
            [
                case.title,
                duration(found.plain),
                f"{duration(found.rounded)} ({ratio(found.rounded, found.plain)})",
                f"{found.rounded_radius:.0e}",
                f"{duration(found.balls)} ({ratio(found.balls, found.plain)})",
                f"{found.ball_radius:.0e}",
                shown,
            ]
        )
    return rows


def machine() -> str:
    """The processor and the versions, in one sentence; no names of machines or people."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    packages = ", ".join(f"{name} {version(name)}" for name in ("sympy", "numpy", "python-flint"))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {packages}."
