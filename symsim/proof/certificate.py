"""Certificates: what a proof hands to an independent checker. Canonical bytes, and the same claim gives the same bytes.

A certificate holds the claim, both sides with all weights, the nodes at which the proof is cut, the side conditions and
a hash of all that; no values of the prover, no dates, no seconds. ``recheck`` re-establishes the claim from it without
anything of ours.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.listed import ListedClaim
from symsim.claims.report import Verdict
from symsim.claims.sequences import SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.errors import BadInput, SymsimError
from symsim.formulas.syntax import Formula
from symsim.proof import recheck, recheck_blocks, recheck_cases
from symsim.proof.certificate_blocks import blocks_body, check_accepted
from symsim.proof.certificate_cases import cases_body, check_followed
from symsim.proof.certificate_content import (
    NotCertifiable,
    Tree,
    arbitrary_masks,
    composed,
    encoder_side,
    flat,
    formula_side,
    word_side,
)
from symsim.proof.certificate_listed import check_run, listed_body
from symsim.proof.certificate_programs import gives_text, strings_of, symbolic_program, word_program
from symsim.proof.evidence import Evidence
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.lowering import ProgramValues
from symsim.rasp.sequences import SequenceProgram

SCHEMA_VERSION = 1
CHECKERS: dict[str, Any] = {
    "symbolic": recheck,
    "exhaustive": recheck,
    "blocks": recheck_blocks,
    "cases": recheck_cases,
}
"""The stand-alone checker for each kind of certificate."""


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
        except SymsimError as error:
            return str(error).split("\n")[0]

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
        raise NotCertifiable(f"solver trusted: the proof rests on the word of {', '.join(evidence.trusted)}")
    if isinstance(claim, SequenceClaim):
        return _sealed(_exhaustive(claim))
    if claim.approximate:
        raise NotCertifiable("a certificate says that two sides are equal, and not how far they are apart")
    arbitrary = isinstance(claim.left, Construction) and claim.fixed and arbitrary_masks(claim.left)
    if isinstance(claim, ListedClaim):
        if arbitrary:
            raise NotCertifiable("a certificate of listed inputs has no masks that are matrices in encoders")
        body = _symbolic(claim, evidence)
        found = _sealed(listed_body(claim, body["left"], body["right"]))
        check_run(found.data)
        return found
    if not claim.fixed:
        found = _sealed(blocks_body(claim), recheck_blocks)
        check_accepted(found.data)
        return found
    if not evidence.method.startswith(("symbolic", "parametric", "smt")):
        raise NotCertifiable(f"proofs by '{evidence.method}' have no certificates")
    if evidence.method == "smt" or arbitrary:
        found = _sealed(cases_body(_symbolic(claim, evidence)), recheck_cases)
        check_followed(found.data)
        return found
    return _sealed(_symbolic(claim, evidence))


def _sealed(body: dict[str, Any], checker: Any = recheck) -> Certificate:
    body = json.loads(recheck.canonical({"schema_version": SCHEMA_VERSION, **body}))
    body["claim"] = checker.claimed(body)
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
            *([name, 1, 1, "real"] for name in claim.scalars if name not in dict(claim.inputs)),
        ],
        "left": left,
        "right": right,
        "side_conditions": _conditions(left, right) if evidence.conditions else [],
    }


def _formula(side: Any) -> dict[str, Any]:
    if isinstance(side, ProgramCall | ProgramValues):
        return symbolic_program(side)
    if not isinstance(side, Formula):
        raise NotCertifiable(f"{side} is neither a formula nor an encoder nor a program")
    return formula_side(side)


def _exhaustive(claim: SequenceClaim) -> dict[str, Any]:
    """Words over numbers: a letter that is a number stands for itself, a string has a code, the same everywhere."""
    sides = claim.left, claim.right
    for side in sides:
        if not isinstance(side, SequenceProgram | WordEncoder):
            raise NotCertifiable(f"{side} is a Python function, which a checker cannot run again")
    text = isinstance(claim.alphabet[0], str)
    if len({_gives_text(side, text) for side in sides}) > 1:
        raise NotCertifiable("one side gives strings and the other one numbers")
    codes = _codes(claim)
    written = [word_side(s) if isinstance(s, WordEncoder) else word_program(s.built, codes, text) for s in sides]
    letters = [[letter_name(a), str(codes[a] if text else Fraction(a))] for a in claim.alphabet]
    return {
        "kind": "exhaustive",
        "letters": letters,
        "length": claim.length,
        "left": written[0],
        "right": written[1],
        "side_conditions": [],
    }


def _gives_text(side: Any, text: bool) -> bool:
    if isinstance(side, SequenceProgram):
        return gives_text(side.built, text)
    return any(isinstance(atom, str) for _, atom in side.codes)


def _codes(claim: SequenceClaim) -> dict[Any, Any]:
    """A number for every string: what encoders write for it, else the least whole numbers that are free."""
    codes: dict[Any, Any] = {}
    for side in (claim.left, claim.right):
        for value, atom in side.codes if isinstance(side, WordEncoder) else ():
            if (codes.setdefault(atom, value) if isinstance(atom, str) else atom) != value:
                raise NotCertifiable("two encoders write one value in two ways, or a number as another one")
    mentioned = [a for a in claim.alphabet if isinstance(a, str)]
    for side in (claim.left, claim.right):
        mentioned += strings_of(side.built) if isinstance(side, SequenceProgram) else []
    taken, free = set(codes.values()), itertools.count()
    for atom in sorted(mentioned):
        if atom not in codes:
            codes[atom] = next(k for k in free if k not in taken)
    return codes


def letter_name(letter: Any) -> str:
    """The name of a letter in a certificate: itself where it is a name, else ``u`` and its code points in base 16.

    >>> letter_name("a"), letter_name("("), letter_name(3)
    ('a', 'u28', 'u33')
    """
    word = str(letter)
    plain = isinstance(letter, str) and word.isascii() and word.isidentifier() and len(word) < 50
    return word if plain else "u" + "_".join(f"{ord(c):x}" for c in word)


def _conditions(*sides: dict[str, Any]) -> list[Tree]:
    """What the sides divide by, each once, as formulas of the inputs."""
    found: list[Tree] = []

    def collect(part: Any, known: dict[str, Tree]) -> Tree:
        if not isinstance(part, list):
            return part  # type: ignore[no-any-return]
        if part and part[0] == "name":
            return known.get(part[1], part)
        whole = [collect(below, known) for below in part]
        if tuple(part[:2]) == ("apply", "reciprocal") and whole[2] not in found:
            found.append(whole[2])
        return whole

    for side in sides:
        known: dict[str, Tree] = {}
        for name, formula in side.get("definitions", []):
            known[name] = collect(formula, known)
        collect(side.get("tree", []), known)
    return found


def checker_of(path: Path) -> Path:
    """The file of the checker for the kind of a certificate; files that hold none go to the first one."""
    try:
        return Path(_checker(path.read_bytes()).__file__)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None


def _checker(data: bytes) -> Any:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return recheck
    kind = content.get("kind") if isinstance(content, dict) else None
    return CHECKERS.get(kind, recheck) if isinstance(kind, str) else recheck


def rechecked(data: bytes) -> str:
    """The claim that the checker establishes from the bytes of a certificate; ``BadInput`` where it rejects them."""
    try:
        return str(_checker(data).establish(data))
    except Exception as error:
        raise BadInput(f"the checker rejects it: {error}") from None
