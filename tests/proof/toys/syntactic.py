"""A toy method in one object: two formulas that are the same tree are equal; it knows nothing else."""

from __future__ import annotations

from symsim.claims.claim import Claim
from symsim.claims.report import Step, Verdict
from symsim.formulas.syntax import Formula
from symsim.proof.evidence import Evidence, Method, Options


def applies(claim: Claim) -> bool | str:
    """Formulas on both sides."""
    both = isinstance(claim.left, Formula) and isinstance(claim.right, Formula)
    return both or "it compares formulas, not encoders"


def decide(claim: Claim, options: Options) -> Evidence:
    """Proved where the trees are equal, undecided elsewhere."""
    verdict = Verdict.PROVED if claim.left == claim.right else Verdict.UNDECIDED
    reason = "" if verdict is Verdict.PROVED else "other trees"
    return Evidence(verdict, "syntactic", (Step("trees", verdict, "syntactic"),), reason=reason)


SYNTACTIC = Method("syntactic", applies, decide)
