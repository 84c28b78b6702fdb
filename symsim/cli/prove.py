"""``symsim prove``: checks derivations of the library and prints a table of verdicts."""

from __future__ import annotations

from typing import Any

from symsim.claims.report import Report
from symsim.cli import options as o
from symsim.cli.listing import remember
from symsim.cli.output import as_json, check_accept, console, emit, status, verdict_markup, working
from symsim.derivation.derivation import Derivation
from symsim.errors import BadInput
from symsim.proof import check


def command(
    names: o.Names = None,
    everything: o.All = False,
    n: o.N = None,
    d: o.D = None,
    d_v: o.DV = None,
    d_k: o.DK = None,
    d_ff: o.DFF = None,
    heads: o.Heads = None,
    projections: o.Projections = False,
    realisation: o.Realisation = None,
    method: o.Method = "auto",
    uncut: o.Uncut = False,
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Prove derivations of the library: all their cases, or the one that the options describe."""
    accepted = check_accept(accept or [])
    chosen = o.derivations(names, everything)
    given = o.family_options(n, d, d_v, d_k, d_ff, heads, projections, realisation)
    how: dict[str, Any] = {"method": method, "time_limit": time_limit, "seed": seed}
    results: list[tuple[str, Report]] = []
    plain = json_ or output is not None
    for derivation in chosen:
        found = _one(derivation, given, uncut, how) if given or uncut else _cases(derivation, how)
        remember(derivation.name, _worst([report for _, report in found]))
        results += found
        if not plain:
            _print(derivation, found, full=not given)
    reports = [report for _, report in results]
    if plain:
        data = [report.to_dict() for report in reports]
        emit(as_json(data[0] if len(data) == 1 else data), output, force)
    return status(reports, accepted)


def _one(derivation: Derivation, given: dict[str, Any], uncut: bool, how: dict[str, Any]) -> list[tuple[str, Report]]:
    """The claim that the options describe, with every step and control where the construction is the derivation's own."""
    with working(f"proving {derivation.name}"):
        checked = derivation.check(cut=not uncut, **how, **given)
    unrefuted = [item for item in checked.controls if not item.refuted]
    if unrefuted:
        raise BadInput(f"the control '{unrefuted[0].control.name}' of {derivation.name} was not refuted at this size")
    return [("claim", checked.report), *((f"step {item.step.name}: {item.place}", item.report) for item in checked.identities)]


def _cases(derivation: Derivation, how: dict[str, Any]) -> list[tuple[str, Report]]:
    if not derivation.cases:
        return _one(derivation, {}, False, how)
    out = []
    for case in derivation.cases:
        with working(f"proving {case.title}"):
            out.append((case.title, check(case.claim(), cut=case.cut, **how)))
    return out


def _worst(reports: list[Report]) -> str:
    order = ("refuted", "undecided", "probable", "enclosed", "proved")
    return min((report.verdict.value for report in reports), key=order.index, default="undecided")


def _print(derivation: Derivation, results: list[tuple[str, Report]], full: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    screen = console()
    screen.print(f"[bold]{escape(derivation.name)}[/]: {escape(derivation.statement)}")
    table = Table()
    for heading in ("case", "sizes", "verdict", "method"):
        table.add_column(heading, overflow="fold")
    table.add_column("seconds", justify="right")
    for title, report in results:
        claim = report.claim
        sizes = f"all {', '.join(claim.free_sizes)} >= 1" if claim.free_sizes else "fixed"
        table.add_row(escape(title), sizes, verdict_markup(report.verdict.value), report.method, f"{report.seconds:.2f}")
    screen.print(table)
    for title, report in results:
        if report.witness is not None or report.reason or report.side_conditions:
            screen.print(escape(f"{title}: {report}"))
    if full and derivation.controls:
        _print_controls(derivation)
    if full and derivation.examples:
        from symsim.cli.numbers import print_numbers

        print_numbers(derivation, screen)


def _print_controls(derivation: Derivation) -> None:
    """The planted faults of the derivation, each of which has to be refuted."""
    from rich.markup import escape
    from rich.table import Table

    checked = derivation.check()
    table = Table(title="Controls: each change has to be refuted")
    for heading in ("change", "verdict", "left", "right"):
        table.add_column(heading, overflow="fold")
    for item in checked.controls:
        witness = item.report.witness
        left, right = (witness.left_value, witness.right_value) if witness else ("", "")
        table.add_row(escape(item.control.title), verdict_markup(item.report.verdict.value), escape(left), escape(right))
    console().print(table)
    if not checked.complete:
        raise BadInput(f"{derivation.name}: a step is not proved or a control is not refuted; see 'symsim prove {derivation.name} --json'")
