"""``symsim certify``: proves the claim of a derivation and writes its certificate, or its theorem for Rocq."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symsim.claims.construction import Construction
from symsim.claims.report import Verdict
from symsim.cli import options as o
from symsim.cli.certificate_file import check_certificate, write_certificate
from symsim.cli.family import member
from symsim.cli.output import emit
from symsim.cli.prove import BUILDING
from symsim.cli.screen import coloured, say, working
from symsim.cli.verdicts import status, worst
from symsim.errors import BadInput
from symsim.proof import check
from symsim.proof.evidence import deadline
from symsim.proof.rocq_export import rocq_theorem
from symsim.proof.rocq_fixed import fixed_theorem

Name = Annotated[str, typer.Argument(metavar="NAME", help="A derivation of the library.")]
File = Annotated[Path | None, typer.Option("-o", "--output", help="The file to write the certificate to.")]
Rocq = Annotated[Path | None, typer.Option("--rocq", help="The .v file to write the theorem for Rocq to.")]


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
    option: o.Others = None,
    uncut: o.Uncut = False,
    time_limit: o.TimeLimit = None,
    force: o.Force = False,
) -> int:
    """Prove a claim and write its certificate, which 'symsim recheck' or a copy of its checker accepts.

    Without sizes the claim is that for all sizes. What is written was re-checked first. --rocq writes the claim, for
    all sizes or for those that are given, as a self-contained theorem that 'coqc' checks. Exit status: 0 written, 1
    refuted, 2 bad input, 3 undecided or without a certificate.
    """
    if output is None and rocq is None:
        raise BadInput("name a file: -o F.json for the certificate, --rocq F.v for the theorem")
    check_certificate(output, force, rocq)
    derivation = o.derivations([name])[0]
    everywhere = (n, d, d_v, d_k) == (None, None, None, None)  # the claim for all sizes is the most general one
    options = o.family_options(n, d, d_v, d_k, d_ff, heads, projections, realisation, option)
    given = member(derivation, options, general=everywhere)
    limit = o.seconds(time_limit)
    with working(f"building {name}"), deadline(limit and max(limit, BUILDING)):
        construction = derivation.construction_for(**given)
        claim = derivation.claim_of(construction)
    theorem = None
    if rocq is not None:
        if not isinstance(construction, Construction):
            raise BadInput(f"{name} is a claim about words: the Rocq export states claims about matrices")
        theorem = fixed_theorem(construction) if construction.fixed else rocq_theorem(construction)
    with working(f"proving {name}"):
        report = check(claim, cut=not uncut, time_limit=limit)
    say(lead=[coloured(report.verdict.value), (f" ({report.method})", "")])
    say(claim.statement())
    if rocq is not None and theorem is not None and report.verdict is Verdict.PROVED:
        emit(theorem, rocq, force)
        say(f"wrote {rocq}: 'coqc {rocq}' checks it")
    return worst([status([report]), write_certificate([report], output, force)])
