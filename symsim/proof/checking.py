"""Checking a claim: which methods are tried, in which order, and what becomes of their evidence.

``auto``: for symbolic sizes the parametric method. For fixed sizes the symbolic method cut at nodes, where there are
cuts; then a few float points, which only send a false claim to the witness search at once; then the symbolic method
uncut (for two formulas the parametric method first); then case splits, where a side has something to split. Whatever
is not proved goes to the witness search; without a witness it stays undecided. A RASP program against a formula has
its own order (see ``programs``), with case splits where it branches on its input, and a claim about
finitely many inputs (all over an alphabet, or listed ones) is decided by running all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.listed import ListedClaim
from symsim.claims.report import Report, Step, Verdict, Witness
from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput, Disagreement, OutOfTime, SymsimError, nearest
from symsim.proof import cases, exhaustive, modular, parametric, programs, symbolic, witness
from symsim.proof.evidence import METHODS, NOWHERE, Evidence, Options, deadline, judge
from symsim.rasp.claiming import ProgramCall

FEW_POINTS = 20
"""A program that branches on its input is run at so many points before it is split into cases."""


def check(
    claim: Claim | SequenceClaim, method: str = "auto", cut: bool = True, time_limit: float | None = None, seed: int = 0
) -> Report:
    """Check a claim and report the verdict.

    ``method`` is ``auto`` or the name of a registered method; ``cut`` allows proofs node by node; ``time_limit`` is
    in seconds (then the verdict is ``undecided``); ``seed`` drives the witness search. Raises ``BadInput`` for an
    unknown method or one that does not apply.

    >>> from symsim.simulators import universal
    >>> print(check(universal(n=2, d=2).claim).verdict)
    proved
    """
    if not isinstance(claim, Claim | SequenceClaim):
        raise BadInput(f"check takes a claim, got {type(claim).__name__}; a construction has one as .claim")
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise BadInput(f"the seed is a whole number of at least 0, got {seed!r}")
    if time_limit is not None and not (isinstance(time_limit, int | float) and 0 < time_limit < 1e9):
        raise BadInput(f"the time limit has to be positive (seconds, below 10^9), got {time_limit!r}")
    options = Options(cut, time_limit, seed)
    decide = _auto if method == "auto" else _single(method, claim)
    start = time.perf_counter()
    try:
        with deadline(time_limit):
            evidence = decide(claim, options)
    except OutOfTime as error:
        evidence = Evidence(Verdict.UNDECIDED, method, reason=str(error))
    return judge(claim, evidence, options, time.perf_counter() - start)


def _single(name: str, claim: Any) -> Callable[[Any, Options], Evidence]:
    if name not in METHODS:
        raise BadInput(f"unknown method '{name}': {nearest(name, ['auto', *METHODS.names()])}")
    method = METHODS[name]
    finite = isinstance(claim, SequenceClaim | ListedClaim)
    if finite and name != "exhaustive":
        raise BadInput(f"the method '{name}' does not apply: a claim about finitely many inputs is decided by 'exhaustive'")
    applicable = method.applies(claim)
    if applicable is not True:
        raise BadInput(f"the method '{name}' does not apply: {applicable}")
    if finite:
        return method.decide
    if isinstance(claim.left, ProgramCall) and name == "symbolic":
        return programs.decide
    if isinstance(claim.left, ProgramCall) and name == "smt":
        return cases.decide
    return lambda c, options: _with_witness(c, method.decide(c, options), options)


def _auto(claim: Any, options: Options) -> Evidence:
    if isinstance(claim, SequenceClaim | ListedClaim):
        return exhaustive.decide(claim, options)
    if isinstance(claim.left, ProgramCall):
        return _program(claim, options)
    if not claim.fixed:
        return _with_witness(claim, parametric.decide(claim, options), options)
    steps: tuple[Step, ...] = ()
    if options.cut and symbolic.can_be_cut(claim):
        evidence = symbolic.cut(claim)
        if evidence.verdict is Verdict.PROVED:
            return _with_witness(claim, evidence, options)
        steps = evidence.steps
    suspicious = _probe(claim, options)
    if suspicious is not None:
        return Evidence(Verdict.REFUTED, "witness", steps, suspicious)
    if not isinstance(claim.left, Construction):
        evidence = parametric.decide(claim, options)
        if evidence.verdict is Verdict.PROVED:
            return _with_witness(claim, evidence, options)
    evidence = symbolic.uncut(claim)
    if evidence.verdict is Verdict.UNDECIDED and cases.splits(claim) and not evidence.reason.startswith(NOWHERE):
        evidence = _after(evidence, cases.decide(claim, options))
    return _with_witness(claim, replace(evidence, steps=(*steps, *evidence.steps)), options)


def _program(claim: Claim, options: Options) -> Evidence:
    """A program: on symbols and at a few points, then by cases, then at many points."""
    evidence = programs.decide(claim, options, FEW_POINTS)
    if evidence.verdict is not Verdict.UNDECIDED:
        return evidence
    split = _after(evidence, cases.decide(claim, options))
    if split.verdict is not Verdict.UNDECIDED:
        return split
    more = programs.decide(claim, options)
    return more if more.verdict is Verdict.REFUTED else split


def _after(first: Evidence, second: Evidence) -> Evidence:
    """What a second method found where the first could not tell."""
    reason = "; ".join(filter(None, (first.reason, second.reason))) if second.verdict is Verdict.UNDECIDED else ""
    return replace(second, steps=(*first.steps, *second.steps), reason=reason)


def _probe(claim: Claim, options: Options) -> Witness | None:
    try:
        first = witness.probe(claim, options.seed)
        return first and (witness.find(claim, options.seed) or first)
    except SymsimError:
        return None


def _with_witness(claim: Claim, evidence: Evidence, options: Options) -> Evidence:
    """Look for a witness where nothing is proved, and where a proof leaves side conditions of an encoder open."""
    proved = evidence.verdict is Verdict.PROVED
    open_ = proved and evidence.conditions and isinstance(claim.left, Construction)
    if evidence.verdict is not Verdict.UNDECIDED and not open_:
        return evidence
    try:
        found = witness.find(claim, options.seed)
    except SymsimError as error:
        return evidence if proved else replace(evidence, reason=f"{evidence.reason}; no witness search: {error}")
    if found is None:
        reason = f"{evidence.reason or 'no proof'}; no witness was found"
        return evidence if proved else replace(evidence, reason=reason)
    if proved and found.left is not None:
        raise Disagreement(f"'{evidence.method}' proved what a witness refutes: {claim.statement()}\n{found}")
    return Evidence(Verdict.REFUTED, evidence.method, evidence.steps, found)
