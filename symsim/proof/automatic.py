"""The method ``auto``: which methods are tried on a claim, and in which order.

The first row that fits a claim decides how it is checked; what is not proved goes to the witness search, and without a
witness it stays undecided.

=========================  =========================================================================================
a claim about              is tried by
=========================  =========================================================================================
finitely many inputs       ``exhaustive``: all of them are run
a distance                 ``ball``: a lemma or boxes for all inputs, and enclosures at points
a RASP program             ``symbolic`` with a few points; ``smt``; ``symbolic`` with many points
all sizes                  ``parametric``
fixed sizes                ``symbolic`` cut at nodes, where there are cuts; a few float points, which only send a
                           false claim to the witness search at once; ``parametric`` for two formulas; ``symbolic``
                           uncut; ``smt``, where a side has something to split
=========================  =========================================================================================

``modular``, and ``ball`` for equalities, prove nothing and run when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Step, Verdict, Witness
from symsim.errors import SymsimError
from symsim.proof import ball, cases, exhaustive, parametric, programs, symbolic, witness
from symsim.proof.case_parts import splits
from symsim.proof.evidence import Evidence, Options
from symsim.rasp.claiming import ProgramCall

FEW_POINTS = 20
"""A program that branches on its input is run at so many points before it is split into cases."""


def decide(claim: Any, options: Options) -> Evidence:
    """Evidence about any claim, by the row of the table that fits it."""
    return next(way for fits, way in WAYS if fits(claim))(claim, options)


def _program(claim: Claim, options: Options) -> Evidence:
    evidence = programs.decide(claim, options, FEW_POINTS)
    if evidence.verdict is not Verdict.UNDECIDED:
        return evidence
    split = _after(evidence, cases.decide(claim, options))
    if split.verdict is not Verdict.UNDECIDED:
        return split
    more = programs.decide(claim, options)
    return more if more.verdict is Verdict.REFUTED else split


def _all_sizes(claim: Claim, options: Options) -> Evidence:
    return witness.searched(claim, parametric.decide(claim, options), options)


def _fixed_sizes(claim: Claim, options: Options) -> Evidence:
    steps: tuple[Step, ...] = ()
    if options.cut and symbolic.can_be_cut(claim):
        evidence = symbolic.cut(claim)
        if evidence.verdict is Verdict.PROVED:
            return witness.searched(claim, evidence, options)
        steps = evidence.steps
    suspicious = _probe(claim, options)
    if suspicious is not None:
        return Evidence(Verdict.REFUTED, "witness", steps, suspicious)
    if not isinstance(claim.left, Construction):
        evidence = parametric.decide(claim, options)
        if evidence.verdict is Verdict.PROVED:
            return witness.searched(claim, evidence, options)
    evidence = symbolic.uncut(claim)
    if evidence.verdict is Verdict.UNDECIDED and splits(claim) and not evidence.undefined:
        evidence = _after(evidence, cases.decide(claim, options))
    return witness.searched(claim, replace(evidence, steps=(*steps, *evidence.steps)), options)


def _after(first: Evidence, second: Evidence) -> Evidence:
    """What a second method found where the first could not tell."""
    reasons = (second.reason,) if second.undefined else (first.reason, second.reason)
    reason = "; ".join(filter(None, reasons)) if second.verdict is Verdict.UNDECIDED else ""
    return replace(second, steps=(*first.steps, *second.steps), reason=reason)


def _probe(claim: Claim, options: Options) -> Witness | None:
    try:
        first = witness.probe(claim, options.seed)
        return first and (witness.find(claim, options.seed) or first)
    except SymsimError:
        return None


WAYS: tuple[tuple[Callable[[Any], bool], Callable[[Any, Options], Evidence]], ...] = (
    (lambda claim: claim.domain is not None, exhaustive.decide),
    (lambda claim: claim.approximate, ball.decide),
    (lambda claim: isinstance(claim.left, ProgramCall), _program),
    (lambda claim: not claim.fixed, _all_sizes),
    (lambda claim: True, _fixed_sizes),
)
"""The rows of the table: which claims, and what is tried."""
