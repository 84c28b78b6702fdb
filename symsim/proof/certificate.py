"""Certificates: what a proof hands to an independent checker. Canonical bytes, and the same claim gives the same bytes.

A certificate holds the claim, both sides with all weights, the nodes at which the proof is cut, the side conditions and
a hash of all that; no values of the prover, no dates, no seconds. ``recheck`` re-establishes the claim from it without
anything of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Verdict
from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput
from symsim.formulas.syntax import Formula
from symsim.proof import recheck
from symsim.proof.certificate_content import NotCertifiable, Tree, composed, encoder_side, flat, formula_side
from symsim.proof.evidence import Evidence

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Certificate:
    """The content of a certificate, its bytes and its hash."""

    content: dict[str, Any]

    @property
    def hash(self) -> str:
        """SHA-256 of the canonical text of the content without its hash."""
        return str(self.content["hash"])

    @property
    def data(self) -> bytes:
        """The canonical bytes of the file: keys sorted, no spaces, ASCII, one newline at the end."""
        return recheck.canonical(self.content) + b"\n"


class Certifier:
    """Makes the certificate of a proof when it is asked for, and only then."""

    def __init__(self, claim: Any, evidence: Evidence) -> None:
        self.claim = claim
        self.evidence = evidence

    @cached_property
    def _made(self) -> Certificate | str:
        try:
            return certificate(self.claim, self.evidence)
        except NotCertifiable as error:
            return str(error)

    @property
    def hash(self) -> str | None:
        """The hash of the certificate; None where there is none."""
        return self._made.hash if isinstance(self._made, Certificate) else None

    @property
    def reason(self) -> str:
        """Why there is no certificate; empty where there is one."""
        return "" if isinstance(self._made, Certificate) else self._made

    @property
    def data(self) -> bytes:
        """The bytes of the certificate; ``BadInput`` with the reason where there is none."""
        if not isinstance(self._made, Certificate):
            raise BadInput(f"there is no certificate: {self._made}")
        return self._made.data


def certificate(claim: Claim | SequenceClaim, evidence: Evidence) -> Certificate:
    """The certificate of a claim that ``evidence`` proves; ``NotCertifiable`` with the reason where there is none.

    >>> from symsim.proof import check
    >>> from symsim.simulators import universal
    >>> report = check(universal(n=1, d=1).claim)
    >>> recheck.establish(report.certifier.data).split(" = ")[1]
    'softmax(X A X^T) X V for all real X (1 x 1), real A (1 x 1), real V (1 x 1)'
    """
    if evidence.verdict is not Verdict.PROVED:
        raise NotCertifiable(f"the claim is not proved, it is {evidence.verdict}")
    if evidence.trusted:
        raise NotCertifiable(f"the proof rests on the word of {', '.join(evidence.trusted)}")
    if isinstance(claim, SequenceClaim):
        raise NotCertifiable("claims about words have no certificates yet")
    if not claim.fixed:
        raise NotCertifiable("claims about all sizes have no certificates yet")
    return _sealed(_symbolic(claim, evidence))


def _sealed(body: dict[str, Any]) -> Certificate:
    body = {"schema_version": SCHEMA_VERSION, **body}
    body["claim"] = recheck.claimed(body)
    return Certificate({**body, "hash": sha256(recheck.canonical(body)).hexdigest()})


def _symbolic(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    kind = {name: recheck.KINDS[2 if claim.nonempty_rows else 1] for name in claim.binary}
    right = _formula(claim.right)
    if isinstance(claim.left, Construction):
        cuts = composed(claim.left) if evidence.method == "symbolic cut" else ()
        if cuts and flat(cuts[-1][1]) == flat(right["tree"]):
            right = {**right, "tree": cuts[-1][1]}
        else:
            cuts = ()
        left = encoder_side(claim.left, cuts)
    else:
        left = _formula(claim.left)
    return {
        "kind": "symbolic",
        "inputs": [
            *([name, *shape, kind.get(name, "real")] for name, shape in claim.inputs),
            *([name, 1, 1, "real"] for name in claim.scalars),
        ],
        "left": left,
        "right": right,
        "side_conditions": _conditions(left, right) if evidence.conditions else [],
    }


def _formula(side: Any) -> dict[str, Any]:
    if not isinstance(side, Formula):
        raise NotCertifiable(f"{side} is neither a formula nor an encoder")
    return formula_side(side)


def _conditions(*sides: dict[str, Any]) -> list[Tree]:
    """What the formulas divide by, each once."""
    found: list[Tree] = []

    def collect(part: Any) -> None:
        for below in part if isinstance(part, list) else ():
            collect(below)
        if isinstance(part, list) and part[:2] == ["apply", "reciprocal"] and part[2] not in found:
            found.append(part[2])

    for side in sides:
        collect(side.get("definitions", []))
        collect(side.get("tree", []))
    return found
