"""Checking a claim: by one method, by ``auto``, or by all of them, within a time limit.

What ``auto`` tries, and in which order, stands in :mod:`symsim.proof.automatic`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.report import Report, Verdict
from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput, Disagreement, OutOfTime, nearest
from symsim.proof import agreement, automatic, witness
from symsim.proof.disagreement import saved
from symsim.proof.evidence import METHODS, Evidence, Options, deadline, judge
from symsim.proof.methods import listed


def check(
    claim: Claim | SequenceClaim,
    method: str = "auto",
    cut: bool = True,
    time_limit: float | None = None,
    seed: int = 0,
    save_to: str | Path | None = None,
) -> Report:
    """Check a claim and report the verdict.

    ``method`` is ``auto``, the name of a registered method, or ``all`` for every method that applies, which then have
    to agree; ``cut`` allows proofs node by node; ``time_limit`` is in seconds (then the verdict is ``undecided``);
    ``seed`` drives the witness search. Raises ``BadInput`` for an unknown method or one that does not apply, and
    ``Disagreement`` where two methods reach opposite verdicts: what reproduces that is written to ``save_to``, or to a
    file ``disagreement-..json`` in the current folder.

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
    decide = EVERY[method] if method in EVERY else _single(method, claim)
    start = time.perf_counter()
    try:
        with deadline(time_limit):
            evidence = decide(claim, options)
    except OutOfTime as error:
        evidence = Evidence(Verdict.UNDECIDED, method, reason=str(error))
    except Disagreement as error:
        raise saved(error, None if save_to is None else Path(save_to)) from None
    return judge(claim, evidence, options, time.perf_counter() - start)


EVERY: dict[str, Callable[[Any, Options], Evidence]] = {"auto": automatic.decide, "all": agreement.decide}
"""What applies to every claim."""


def _single(name: str, claim: Any) -> Callable[[Any, Options], Evidence]:
    """One method, and the witness search where it proves nothing."""
    if name not in METHODS:
        raise BadInput(f"unknown method '{name}': {nearest(name, [*EVERY, *(known.name for known in listed())])}")
    method = METHODS[name]
    applicable = method.applicable(claim)
    if applicable is not True:
        raise BadInput(f"the method '{name}' does not apply: {applicable}")
    return lambda c, options: witness.searched(c, method.decide(c, options), options)
