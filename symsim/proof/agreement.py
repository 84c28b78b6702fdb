"""The method ``all``: every method that applies is run, and all of them have to agree.

A verdict that says the claim holds (``proved``, ``probable``, and ``enclosed`` for a claim that states a distance)
stands against ``refuted``: where both are found, or a witness is found beside the first, that is a ``Disagreement``.
The one exception: a proof that leaves side conditions open says nothing about an input at which only the left side is
undefined. Without a disagreement the strongest verdict is reported, beside what every method said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from symsim.claims.report import Finding, Verdict
from symsim.errors import BadInput, OutOfTime, SymsimError
from symsim.proof import witness
from symsim.proof.disagreement import WITNESS, disagreement
from symsim.proof.evidence import Evidence, Method, Options, deadline, kind
from symsim.proof.methods import listed

STRENGTH = (Verdict.REFUTED, Verdict.PROVED, Verdict.ENCLOSED, Verdict.PROBABLE, Verdict.UNDECIDED)
"""The strongest verdict first."""


@dataclass(frozen=True)
class _Said:
    """What came of one method under the name of its row: evidence, or the reason why there is none."""

    name: str
    evidence: Evidence | None
    seconds: float = 0.0
    reason: str = ""

    @property
    def finding(self) -> Finding:
        found = self.evidence
        if found is None:
            return Finding(self.name, None, self.seconds, self.reason)
        return Finding(self.name, found.verdict, self.seconds, found.reason, found.error_bound, found.trusted)


def decide(claim: Any, options: Options) -> Evidence:
    """The strongest evidence of all methods; ``Disagreement`` where two of them contradict each other.

    Each method gets an equal share of the time that is left. Raises ``BadInput`` where no method can read the claim.
    """
    said = list(_all(claim, options))
    found = [item for item in said if item.evidence is not None]
    holds = [item for item in found if _holds(claim, item.evidence)]
    against = [item for item in found if item.evidence is not None and item.evidence.verdict is Verdict.REFUTED]
    for first in holds:
        for second in against:
            _must_agree(claim, options, first, second)
    if not found:
        raise BadInput("; ".join(f"{item.name}: {item.reason}" for item in said))
    evidence = min((item.evidence for item in found if item.evidence), key=_rank)
    if evidence.verdict is Verdict.UNDECIDED:
        reasons = dict.fromkeys(f"{item.name}: {item.evidence.reason}" for item in found if item.evidence)
        evidence = replace(evidence, method="all", reason="; ".join(reasons))
    return replace(evidence, findings=tuple(item.finding for item in said))


def _rank(evidence: Evidence) -> tuple[int, bool, bool]:
    """Strong verdicts first, then those without a word of a solver, then those without side conditions."""
    return STRENGTH.index(evidence.verdict), bool(evidence.trusted), bool(evidence.conditions)


def _holds(claim: Any, evidence: Evidence | None) -> bool:
    if evidence is None:
        return False
    enclosed = evidence.verdict is Verdict.ENCLOSED and bool(kind(claim))
    return enclosed or evidence.verdict in (Verdict.PROVED, Verdict.PROBABLE)


def _must_agree(claim: Any, options: Options, first: _Said, second: _Said) -> None:
    """Raise unless what refutes lies where the side conditions of the first do not hold."""
    if first.evidence is None or second.evidence is None:
        return
    found = second.evidence.witness
    if first.evidence.conditions and found is not None and found.left is None:
        return
    pair = (replace(item.evidence, method=item.name) for item in (first, second) if item.evidence is not None)
    raise disagreement(claim, options, *pair)


# -- running ----------------------------------------------------------------------------------------------------------
def _all(claim: Any, options: Options) -> Iterator[_Said]:
    """What every method says, one after the other, and then the witness search where nothing is refuted."""
    end = None if options.time_limit is None else time.perf_counter() + options.time_limit
    runs = [run for method in listed() for run in _runs(method, claim, options)]
    left = sum(callable(run) for run in runs) + witness.applies(claim)
    known: list[Evidence] = []
    for run in runs:
        said = run(_share(end, left)) if callable(run) else run
        left -= callable(run)
        known += [said.evidence] if said.evidence is not None else []
        yield said
    if witness.applies(claim) and all(evidence.verdict is not Verdict.REFUTED for evidence in known):
        proved = any(evidence.verdict is Verdict.PROVED for evidence in known)
        yield _searched(claim, options, proved, _share(end, 1))


def _share(end: float | None, parts: int) -> float | None:
    return None if end is None else max((end - time.perf_counter()) / parts, 0.01)


def _runs(method: Method, claim: Any, options: Options) -> list[Callable[[float | None], _Said] | _Said]:
    """The runs of one method: one, or two where a proof cut at nodes and one in one piece are two ways.

    Of a method that does not apply, what it says instead.
    """
    applicable = method.applicable(claim)
    if applicable is not True:
        return [_Said(method.name, None, reason=str(applicable))]
    if not (options.cut and method.cuts(claim)):
        return [lambda limit: _run(method.name, method, claim, replace(options, time_limit=limit))]
    return [
        lambda limit: _run(f"{method.name} cut", method, claim, replace(options, time_limit=limit)),
        lambda limit: _run(f"{method.name} uncut", method, claim, replace(options, cut=False, time_limit=limit)),
    ]


def _run(name: str, method: Method, claim: Any, options: Options) -> _Said:
    """One method within its time; what it cannot read is a reason and no error."""
    start = time.perf_counter()
    try:
        with deadline(options.time_limit):
            evidence = method.decide(claim, options)
    except OutOfTime as error:
        evidence = Evidence(Verdict.UNDECIDED, method.name, reason=str(error))
    except BadInput as error:
        return _Said(name, None, time.perf_counter() - start, str(error).split("\n")[0])
    return _Said(name, evidence, time.perf_counter() - start)


def _searched(claim: Any, options: Options, proved: bool, limit: float | None) -> _Said:
    """The witness search: a glance at a few points beside a proof, else as far as it goes."""
    start = time.perf_counter()
    reason = "no witness was found"
    found = None
    try:
        with deadline(limit):
            found = witness.glance(claim, options) if proved else witness.find(claim, options.seed)
    except OutOfTime as error:
        reason = str(error)
    except SymsimError as error:
        reason = f"no witness search: {error}"
    verdict = Verdict.REFUTED if found is not None else Verdict.UNDECIDED
    evidence = Evidence(verdict, WITNESS, witness=found, reason="" if found else reason)
    return _Said(WITNESS, evidence, time.perf_counter() - start)
