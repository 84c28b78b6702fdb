"""What simulating attention costs, by construction: ``python -m benchmarks.comparison`` writes table and plots.

Every number in a row of ours is computed from the construction, at symbolic sizes; rows about other work say what their
authors write, with the source. The table stands in ``docs/explanation/comparison.md``, the plots beside the page.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from symsim.claims.report import Step, Verdict
from symsim.encoder.cost import Cost
from symsim.proof import check
from symsim.rasp import counting
from symsim.rasp.counting import at_sizes
from symsim.render.plots import Curve, Panel, plot
from symsim.simulators import scalars, universal

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "explanation" / "comparison.md"
PLOTS = ROOT / "docs" / "_static" / "comparison.svg"
N, D = 128, 64
"""The sizes of the plots and of the table in numbers: tokens, and the width of a token; d_v = d."""
TEMPERATURE = 100
SIZES = ("n", "d", "d_v")
LARGEST = 4
"""Realisation P is checked here for all sizes up to this."""


def costs() -> dict[str, Cost]:
    """The cost of U in each realisation, at symbolic sizes."""
    return {
        "R": universal(*SIZES).cost,
        "S": universal(*SIZES, realisation="softmax", temperature=TEMPERATURE).cost,
        "P": scalars.universal_cost(*SIZES),
        "P, narrow": scalars.universal_cost(*SIZES, narrow=True),
    }


def at(cost: Cost, n: int, d: int) -> Cost:
    """A cost at n tokens of width d, with d_v = d."""
    return at_sizes(cost, {"n": n, "d": d, "d_v": d})


# -- the table --------------------------------------------------------------------------------------------------------
def proofs() -> dict[str, str]:
    """How each realisation was decided, here and now."""
    exact = check(universal(*SIZES).claim)
    near = check(universal(*SIZES, realisation="softmax", temperature=TEMPERATURE).claim)
    sealed = ", certificate" if exact.certificate else ""
    found = {
        "R": f"{exact.verdict} for all sizes ({exact.method}){sealed}",
        "S": f"{near.verdict} for all sizes: exact part {exact_part(near.steps)}, two lemmas by hand, numbers by balls",
    }
    for name, narrow in (("P", False), ("P, narrow", True)):
        reports = [check(scalars.universal(n, d, v, narrow).claim) for n, d, v in _sizes()]
        verdicts = {str(report.verdict) for report in reports}
        said = verdicts.pop() if len(verdicts) == 1 else "NOT ALL PROVED"
        methods = " and ".join(sorted({report.method for report in reports}))
        found[name] = f"{said} at each of the {len(reports)} sizes n, d, d_v up to {LARGEST} ({methods})"
    return found


def exact_part(steps: Sequence[Step]) -> str:
    """Whether the steps about the formula that an encoder computes exactly are proved, and by which methods."""
    own = [step for step in steps if step.name.startswith("exact")]
    if not own or any(step.verdict is not Verdict.PROVED for step in own):
        return "NOT PROVED"
    return f"proved ({' and '.join(sorted({step.method for step in own}))})"


def _sizes() -> Iterator[tuple[int, int, int]]:
    return itertools.product(range(1, LARGEST + 1), repeat=3)


WHAT = "`softmax(X A X^T) X V`"
OURS: dict[str, tuple[str, str]] = {
    "R": ("rows", "exact"),
    "P": ("scalars", "exact"),
    "P, narrow": ("scalars-narrow", "exact"),
    "S": ("softmax", "error at most eps, a closed formula"),
}
"""The realisations with their names in the library, and how exact they are: a test compares that with the verdicts."""


def assumed(realisation: str) -> str:
    """Units and heads of a realisation, read off an encoder."""
    machine = universal(2, 2, realisation=realisation).machine
    return f"{', '.join(machine.activations) or 'none'}; {' and '.join(machine.normalisers)} heads"


CITED = (
    "| programs of Dutta et al., arXiv 2506.18739 v2 | `softmax(X A X^T) X V` for n = d = 3, in six programs that a "
    "script feeds one after the other | exact but for the base of exp, written as a decimal | not stated | "
    "not stated | scalar tokens: RASP has no width | one an entry of the operands of each program | any function of "
    "one position, as RASP allows | tested by its authors; checked here, see the [bug zoo](../bugzoo/index.md) |",
    "| Giannou et al., arXiv 2301.13196 | a computer with memory and program, which can be programmed to multiply "
    "matrices | error, from softmax in place of a hard maximum and from sums of sigmoids in place of functions | "
    "13, in a loop (abstract of version 1) | not compared | logarithmic in the positions, for addresses | memory, "
    "program and scratchpad | ReLU; softmax heads | prose |",
    "| Hu et al., arXiv 2508.17550 | every softmax head, its weights given in the prompt | arbitrarily small error | "
    "2 | not compared | not compared | prompt with tokens for the weights | none; softmax heads | prose |",
)
"""What others write about their constructions. "Not compared" where their count depends on choices we do not have."""

HEAD = (
    "| construction | simulated | exact, or error | layers | heads | width | positions | units; heads | proof |",
    "|---|---|---|---|---|---|---|---|---|",
)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " + ".join(_text(part) for part in value if part != 0) or "0"
    if getattr(value, "func", None) == counting.repeated:
        return f"({_text(value.args[1])}) times {_text(value.args[0])}"
    return str(value).replace("**", "^").replace("*", " ").replace("Max", "max")


def table() -> str:
    """The table in formulas, as Markdown."""
    found, proved = costs(), proofs()
    rows = []
    for name, (realisation, exact) in OURS.items():
        cost = found[name]
        numbers = [f"`{_text(value)}`" for value in (cost.layers, cost.heads, cost.width, cost.positions)]
        title = f"realisation {name}, ours"
        rows.append(f"| {title} | {WHAT} | {exact} | {' | '.join(numbers)} | {assumed(realisation)} | {proved[name]} |")
    return "\n".join([*HEAD, *rows, *CITED]) + "\n"


def numbers() -> str:
    """What ours cost at one size, as Markdown."""
    head = "| construction | layers | heads | width | positions | units | parameters | not 0 |"
    rows = [head, "|---|" + "--:|" * 7]
    for name, cost in costs().items():
        here = at(cost, N, D)
        values = (here.layers, sum(here.heads), here.width, here.positions, sum(here.ffn_units))
        values = (*values, here.parameters, here.nonzero_parameters)
        rows.append(f"| realisation {name} | {' | '.join(f'{value:,}' for value in values)} |")
    return "\n".join(rows) + "\n"


# -- the plots --------------------------------------------------------------------------------------------------------
def panels() -> list[Panel]:
    """Positions, width and parameters against n at d = 64, and against d at n = 128."""
    found, made = costs(), []
    ranges: tuple[tuple[str, Callable[[int], tuple[int, int]]], ...] = (
        (f"n, at d = d_v = {D}", lambda k: (k, D)),
        (f"d = d_v, at n = {N}", lambda k: (N, k)),
    )
    for below, sizes in ranges:
        for what in ("positions", "width", "parameters"):
            curves = []
            for name, cost in found.items():
                points = [(float(k), float(getattr(at(cost, *sizes(k)), what))) for k in POINTS]
                curves.append(Curve(name, tuple(points)))
            made.append(Panel(what, below, tuple(curves)))
    return made


POINTS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


def drawing() -> str:
    """The plots as SVG."""
    return plot(panels(), 3, "Positions, width and parameters of four constructions against n and against d")


def page(text: str) -> str:
    """The text of the page with both tables made anew."""
    for name, made in (("formulas", table()), ("numbers", numbers())):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, mark, rest = text.partition(begin)
        if not mark or end not in rest:
            raise ValueError(f"{PAGE.name} has no part '{name}'")
        text = f"{before}{begin}\n{made}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    PLOTS.write_text(drawing(), encoding="utf-8")
