"""Both sides of a claim at one exact input: equal, apart with balls that separate them, or not decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.claim import Claim
from symsim.claims.listed import ListedClaim
from symsim.claims.report import Verdict, Witness
from symsim.claims.sides import prepare
from symsim.domains.enclosure import is_constant, separate
from symsim.domains.exact import Exact
from symsim.errors import BadInput, Undefined
from symsim.proof.evidence import Evidence, Steps
from symsim.proof.witness import shown, told_apart
from symsim.rasp.blame import made_at, place_text
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import RaspError

Tables = Mapping[str, Sequence[Sequence[Fraction]]]


@dataclass(frozen=True)
class Found:
    """What one input says about a claim: ``PROVED`` means equal there, ``REFUTED`` brings the witness."""

    verdict: Verdict
    witness: Witness | None = None
    reason: str = ""


def at_point(claim: Claim, tables: Tables) -> Found:
    """Run both sides of a claim of fixed size, exactly, at a rational value for every input.

    A program that divides by 0 where the right side has a value is refuted. Raises ``Undefined`` where the right side
    has no value, and ``RaspError`` where the program fails in another way.
    """
    domain = Exact()
    inputs = {name: domain.given(tables[name], *shape) for name, shape in claim.inputs}
    matrices = {name: sympy.Matrix([list(row) for row in tables[name]]) for name, _ in claim.inputs}
    sizes = dict(claim.left.sizes) if isinstance(claim.left, ProgramCall) else {}
    right = prepare(claim.right, domain, inputs, {})(None)
    try:
        left = prepare(claim.left, domain, inputs, {})(None)
    except RaspError as error:
        if "division by 0" not in error.message:
            raise
        text = f"undefined ({error.message})"
        value, node = shown(domain, right[0, 0]), place_text(error.place)
        return Found(Verdict.REFUTED, Witness(matrices, sizes, None, domain.to_sympy(right), text, value, (0, 0), node))
    if domain.conditions or domain.positives:
        return Found(Verdict.UNDECIDED, reason=f"it is not known whether {' and '.join(domain.side_conditions())}")
    place = domain.first_difference(left, right)
    if place is None:
        return Found(Verdict.PROVED)
    gap = domain.field.add(left[place], right[place], -1)
    if not is_constant(domain.field, gap) or separate(domain.field, gap) is None:
        return Found(Verdict.UNDECIDED, reason="the two values have different forms, and balls do not separate them")
    texts = told_apart(domain, left[place], right[place])
    sides = domain.to_sympy(left), domain.to_sympy(right)
    return Found(Verdict.REFUTED, Witness(matrices, sizes, *sides, *texts, place, _part(claim, domain, inputs, place)))


def _part(claim: Claim, domain: Exact, inputs: Mapping[str, Any], place: tuple[int, int]) -> str:
    """The position of a program that differs first, and the operation that made its value."""
    if not isinstance(claim.left, ProgramCall):
        return ""
    built = claim.left.built()
    position = place[0] * claim.right.shape[1] + place[1]
    made, _ = made_at(claim.left.run(domain, inputs), built, position)
    return f"position {position}, made in {place_text(made.place or built.place)}"


def decide(claim: ListedClaim) -> Evidence:
    """Run both sides at every listed input; the first at which they differ is the witness."""
    steps, reasons = Steps("exhaustive"), []
    for number, point in enumerate(claim.points, 1):
        found: list[Found] = []
        try:
            if steps.run(f"input {number}", lambda p=point, f=found: _equal(claim, p, f)):  # type: ignore[misc]
                continue
        except Undefined as error:
            raise BadInput(f"{claim.right} has no value at input {number}: {error}") from None
        if found[0].witness is not None:
            return Evidence(Verdict.REFUTED, steps.method, tuple(steps.done), found[0].witness)
        reasons.append(f"input {number}: {found[0].reason}")
    verdict = Verdict.UNDECIDED if reasons else Verdict.PROVED
    return Evidence(verdict, steps.method, tuple(steps.done), reason="; ".join(reasons[:3]))


def _equal(claim: Claim, point: Tables, found: list[Found]) -> bool:
    found.append(at_point(claim, point))
    return found[0].verdict is Verdict.PROVED
