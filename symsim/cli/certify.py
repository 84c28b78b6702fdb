"""``symsim certify``: proves the claim of a derivation and writes its certificate, or its theorem for Rocq."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symsim.claims.report import Report, Verdict
from symsim.cli import options as o
from symsim.cli.output import check_target, emit
from symsim.cli.prove import BUILDING
from symsim.cli.screen import coloured, say, working
from symsim.cli.verdicts import status
from symsim.errors import BadInput
from symsim.proof import check
from symsim.proof.certificate import rechecked
from symsim.proof.evidence import deadline
from symsim.proof.rocq_export import rocq_theorem

Name = Annotated[str, typer.Argument(metavar="NAME", help="A derivation of the library.")]
File = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write the certificate to.")]
Rocq = Annotated[Path | None, typer.Option("--rocq", help="The .v file to write the theorem for all sizes to.")]


def command(
    name: Name,
    output: File = None,
    rocq: Rocq = None,
    n: o.N = None,
    d: o.D = None,
    d_v: o.DV = None,
    d_k: o.DK = None,
    d_ff: o.DFF = None,
    heads: o.Heads = None,
    projections: o.Projections = False,
    realisation: o.Realisation = None,
    uncut: o.Uncut = False,
    time_limit: o.TimeLimit = None,
    force: o.Force = False,
) -> int:
    """Prove a claim and write its certificate, which 'symsim recheck' or a copy of its checker accepts.

    Without sizes the claim is that for all sizes. What is written was re-checked first. --rocq writes the claim for
    all sizes as a self-contained theorem that 'coqc' checks. Exit status: 0 written, 1 refuted, 2 bad input, 3
    undecided or without a certificate.
    """
    if output is None and rocq is None:
        raise BadInput("name a file: -o F.json for the certificate, --rocq F.v for the theorem")
    for path in (output, rocq):
        check_target(path, force)
    derivation = o.derivations([name])[0]
    given = o.family_options(n, d, d_v, d_k, d_ff, heads, projections, realisation)
    limit = o.seconds(time_limit)
    with working(f"building {name}"), deadline(limit and max(limit, BUILDING)):
        construction = derivation.construction_for(**given)
        claim = derivation.claim_of(construction)
    theorem = None if rocq is None else rocq_theorem(construction)
    with working(f"proving {name}"):
        report = check(claim, cut=not uncut, time_limit=limit)
    say(lead=[coloured(report.verdict.value), (f" ({report.method})", "")])
    say(claim.statement())
    if rocq is not None and theorem is not None and report.verdict is Verdict.PROVED:
        emit(theorem, rocq, force)
        say(f"wrote {rocq}: 'coqc {rocq}' checks it")
    return status([report]) if output is None else write(report, output, force)


def write(report: Report, path: Path, force: bool) -> int:
    """Re-check the certificate of a report, write it, and say so; the exit status of the report, 3 without one."""
    if report.verdict is not Verdict.PROVED:
        return status([report])
    if report.certificate is None:
        say(f"no certificate: {report.certifier.reason}")
        return 3
    with working("re-checking the certificate"):
        try:
            claim = rechecked(report.certifier.data)
        except BadInput as error:
            say(f"no certificate: {error}")
            return 3
    emit(report.certifier.data.decode(), path, force)
    say(f"re-checked: {claim}")
    say(f"wrote {path}, hash {report.certificate}")
    return 0
