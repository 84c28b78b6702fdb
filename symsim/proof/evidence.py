"""What a method hands over: evidence, from which a verdict is made in one place."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.report import _SEAL, Finding, Report, Step, Verdict, Witness
from symsim.claims.sequences import SequenceClaim
from symsim.domains.registry import Registry
from symsim.errors import OutOfTime


@dataclass(frozen=True)
class Options:
    """How to check: cut at dataflow nodes or not, a limit in seconds, the seed of the witness search."""

    cut: bool = True
    time_limit: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Evidence:
    """What one method found. ``conditions`` hold on the inputs where the finding holds."""

    verdict: Verdict
    method: str
    steps: tuple[Step, ...] = ()
    witness: Witness | None = None
    reason: str = ""
    conditions: tuple[str, ...] = ()
    shared: bool = False
    """Whether the right side has no value either where a condition fails."""
    error_bound: str | None = None
    trusted: tuple[str, ...] = ()
    undefined: bool = False
    """Whether a side has no value at any input, which the reason then says."""
    findings: tuple[Finding, ...] = ()
    """What every method said, where all were asked."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, with the details of every step."""
        return {
            "verdict": self.verdict.value,
            "method": self.method,
            "steps": [{**step.to_dict(), "detail": step.detail} for step in self.steps],
            "witness": self.witness.to_dict() if self.witness else None,
            "reason": self.reason or None,
            "side_conditions": list(self.conditions),
            "error_bound": self.error_bound,
            "trusted": list(self.trusted),
        }


@dataclass(frozen=True)
class Method:
    """A way to decide claims.

    ``applies(claim)`` is True, or says in words why not; ``decide(claim, options)`` gives evidence. ``beyond``: the
    kinds of claims that it decides beyond plain ones. ``cuts(claim)`` says whether a proof cut at nodes and one in one
    piece are two ways, which then have to agree.
    """

    name: str
    applies: Callable[[Any], bool | str]
    decide: Callable[[Any, Options], Evidence]
    beyond: tuple[str, ...] = ()
    cuts: Callable[[Any], bool] = lambda claim: False

    def applicable(self, claim: Any) -> bool | str:
        """Whether the method applies to a claim: True, or in words why not."""
        what = kind(claim)
        if what in ("", *self.beyond):
            return self.applies(claim)
        names = " or ".join(f"'{method.name}'" for method in METHODS if what in method.beyond)
        return f"a claim {what} is decided by {names or 'no method that is known'}"


def kind(claim: Any) -> str:
    """What sets a claim apart from plain ones, which say for all real inputs that two sides are equal; or nothing."""
    if claim.domain is not None:
        return FINITE
    return APPROXIMATE if getattr(claim, "approximate", False) else ""


FINITE = "about finitely many inputs"
APPROXIMATE = "that states a distance"


NOWHERE = "undefined at every input"
"""How the reason of evidence with ``undefined`` begins."""

METHODS: Registry[Method] = Registry("method")
"""All known methods by name. Open: a new one is one object in one file."""


def judge(claim: Claim | SequenceClaim, evidence: Evidence, options: Options, seconds: float) -> Report:
    """The report that evidence supports: the one place where verdicts are made."""
    from symsim.proof.certificate import Certifier  # it needs evidence itself

    limits: dict[str, Any] = {} if options.time_limit is None else {"time_limit": options.time_limit}
    return Report(
        claim=claim,
        verdict=evidence.verdict,
        method=evidence.method,
        steps=evidence.steps,
        witness=evidence.witness,
        reason=evidence.reason,
        side_conditions=evidence.conditions,
        error_bound=evidence.error_bound,
        trusted=evidence.trusted,
        undefined=evidence.undefined,
        findings=evidence.findings,
        certifier=Certifier(claim, evidence),
        seed=options.seed,
        limits=limits,
        seconds=seconds,
        _seal=_SEAL,
    )


@dataclass
class Steps:
    """Collects the steps of a method with their times."""

    method: str
    done: list[Step] = field(default_factory=list)

    def run(self, name: str, question: Callable[[], bool], detail: str = "") -> bool:
        """Ask ``question`` and note the answer as a step."""
        start = time.perf_counter()
        answer = question()
        verdict = Verdict.PROVED if answer else Verdict.UNDECIDED
        self.done.append(Step(name, verdict, self.method, time.perf_counter() - start, detail))
        return answer


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """Raise ``OutOfTime`` in the block after so many seconds (in the main thread; elsewhere there is no limit).

    A block inside another has at most its own limit; the outer one goes on counting.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    reached: list[OutOfTime] = []

    def stop(*_: Any) -> None:
        reached.append(OutOfTime(f"the time limit of {seconds:g} s was reached"))
        raise reached[0]

    before = signal.signal(signal.SIGALRM, stop)
    start = time.perf_counter()
    # It fires again, and is raised at the end: an exception in a callback of the garbage collector is dropped.
    outer, _ = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 1.0)
    try:
        yield
        if reached:
            raise reached[0]
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer:
            signal.setitimer(signal.ITIMER_REAL, max(outer - (time.perf_counter() - start), 1e-3), 1.0)
