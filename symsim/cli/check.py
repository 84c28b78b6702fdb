"""``symsim check``: decides whether two matrix formulas are equal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.report import Report
from symsim.claims.sides import prepare
from symsim.cli import options as o
from symsim.cli.certificate_file import check_certificate, write_certificate
from symsim.cli.inputs import values_at
from symsim.cli.output import deliver, with_more
from symsim.cli.screen import coloured, heading, row, say, verbatim, working
from symsim.cli.verdicts import check_accept, status, worst
from symsim.domains.blocks import Blocks
from symsim.errors import BadInput
from symsim.formulas.parsing import parse_shapes
from symsim.proof import check

Left = Annotated[str, typer.Argument(metavar="LEFT", help="The left formula, such as 'softmax(X A X^T) X V'.")]
Right = Annotated[str, typer.Argument(metavar="RIGHT", help="The right formula.")]
Shape = Annotated[
    list[str] | None, typer.Option("--shape", help="Shape of a name, such as X=n,d (u=n is a column); repeat it.")
]
Scalars = Annotated[list[str] | None, typer.Option("--scalar", help="A free scalar, such as tau; repeat it.")]
Sizes = Annotated[list[str] | None, typer.Option("--size", help="Fix a size, such as n=3; repeat it.")]
At = Annotated[Path | None, typer.Option("--at", help="Also evaluate both sides at the inputs in this JSON file.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show the steps and the normal forms.")]
MaskRows = Annotated[str, typer.Option("--mask-rows", help="any, or nonempty: every row of a mask has a 1.")]


def command(
    left: Left,
    right: Right,
    shape: Shape = None,
    scalar: Scalars = None,
    size: Sizes = None,
    at: At = None,
    explain: Explain = False,
    mask_rows: MaskRows = "any",
    method: o.Method = "auto",
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    output: o.Output = None,
    certificate: o.Certificate = None,
    force: o.Force = False,
) -> int:
    """Decide whether two matrix formulas are equal: for all sizes, or at the sizes given.

    Juxtaposition multiplies (X A), ^T transposes; there are softmax(S), softmax(S, causal), exp, I(n), ones(n), blocks
    [A, B; C, D] and more. Exit status: 0 proved, 1 refuted, 2 bad input, 3 undecided.
    """
    accepted = check_accept(accept or [])
    check_certificate(certificate, force, output)
    if mask_rows not in ("any", "nonempty"):
        raise BadInput(f"--mask-rows takes any or nonempty, got '{mask_rows}'")
    shapes = parse_shapes(shape or [])
    claim = _claim(left, right, shapes, tuple(scalar or ()), _sizes(size), mask_rows == "nonempty")
    values = values_at(claim, at) if at is not None else None
    with working("checking"):
        report = check(claim, method=method, seed=seed, time_limit=o.seconds(time_limit), save_to=output)
    if report.undefined:
        raise BadInput(f"a side is {report.reason.partition(';')[0]}; write formulas that have a value somewhere")
    data = with_more(report, **({"at": values} if values is not None else {}))
    if not json_:
        _print(report)
        for line in explanation(report) if explain else []:
            say(line, indent=2)
        if values is not None:
            _print_values(values, at)
    deliver(data, json_, output, force)
    return worst([status([report], accepted), write_certificate([report], certificate, force, json_)])


def _claim(*parts: Any) -> Claim:
    """The claim of two texts; an unknown name is often one that was not declared."""
    try:
        return compare(*parts)
    except BadInput as error:
        first, *caret = str(error).split("\n")
        if "unknown name" not in first or "did you mean" in first:
            raise
        first += "; declare a matrix with --shape X=n,d, a number with --scalar tau"
        raise BadInput("\n".join([first, *caret])) from None


def _sizes(items: list[str] | None) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for item in items or []:
        name, equals, value = (part.strip() for part in item.partition("="))
        if not (equals and value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= 1):
            raise BadInput(f"--size {item}: write a size and an integer >= 1, such as n=3")
        if name in sizes:
            raise BadInput(f"--size gives {name} twice")
        sizes[name] = int(value)
    return sizes


def _print(report: Report) -> None:
    say(lead=[coloured(report.verdict.value), (f" ({report.method}, {report.seconds:.2f} s)", "")])
    say(report.claim.statement())
    print_finding(report)


def print_finding(report: Report, indent: int = 0) -> None:
    """What a report says beside its verdict: what was trusted, conditions, the reason for no verdict, the witness."""
    if report.trusted:
        say(f"on the word of {', '.join(report.trusted)}", indent=indent)
    if report.bound:
        say(report.bound, indent=indent)
    if report.side_conditions:
        say("provided that " + " and ".join(report.side_conditions), indent=indent)
    if report.reason:
        say(report.reason, indent=indent)
    if report.witness is not None:
        if report.witness.sizes:
            say("at " + ", ".join(f"{k} = {v}" for k, v in sorted(report.witness.sizes.items())), indent=indent)
        verbatim(str(report.witness), indent)
    if report.findings:
        heading("what it says")
        for found in report.findings:
            row(found.verdict.value if found.verdict else "-", found.seconds, found.method, found.text)


def explanation(report: Report) -> list[str]:
    """The steps of a report and, where the block calculus can say them, the normal forms of both sides."""
    claim = report.claim
    lines = [f"step: {step.name}: {step.verdict} ({step.method})" for step in report.steps]
    domain = Blocks(scalars=claim.scalars, nonempty_rows=claim.nonempty_rows)
    try:
        inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
        for word, side in (("left", claim.left), ("right", claim.right)):
            lines.append(f"normal form, {word:5}: {prepare(side, domain, inputs, {})(None)}")
    except BadInput as error:
        lines.append(f"no block normal form: {error}")
    return lines


def _print_values(values: dict[str, Any], path: Path | None) -> None:
    say(f"at the inputs of {path} the sides are {'equal' if values['equal'] else 'different'}:")
    for side in ("left", "right"):
        say("[" + "; ".join(", ".join(row) for row in values[side]) + "]", [(f"  {side:<5} = ", "")])
