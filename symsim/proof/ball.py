"""The ball method: both sides enclosed at exact points, by floats with a proved rounding bound and by Arb balls.

Disjoint enclosures refute, with that point as the witness. A claim of equality is never proved this way: where all
enclosures overlap it stays undecided, with what the sides can differ by at the points. A claim that states a distance
is ``enclosed`` where its distance is shown for *all* inputs, by a lemma (see ``lemmas``) or by enclosing both
sides on boxes that cover all inputs; points alone never do that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import flint

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Step, Verdict
from symsim.domains.closed_forms import rounded_up
from symsim.errors import BadInput, Inconclusive, Undefined
from symsim.formulas.syntax import Formula
from symsim.proof import boxes, enclosing, lemmas
from symsim.proof.enclosing import Point
from symsim.proof.evidence import APPROXIMATE, METHODS, Evidence, Method, Options
from symsim.proof.sampling import at_small_sizes, extreme, points

FEW, MANY = 4, 12
"""So many points: few where a side has many entries."""
LARGE = 4096
"""From so many entries of the inputs, or of the token matrix, few points are taken."""


def applies(claim: Any) -> bool | str:
    """Encoders and formulas over real inputs; symbolic sizes only where a distance is stated."""
    if not isinstance(claim, Claim):
        return "the ball method needs a claim about real inputs"
    if not claim.fixed and not claim.approximate:
        return f"the ball method needs fixed sizes; {', '.join(claim.free_sizes)} are free"
    if not all(isinstance(side, Formula | Construction) for side in (claim.left, claim.right)):
        return "the ball method runs encoders and formulas"
    return True


def decide(claim: Any, options: Options) -> Evidence:
    """Enclose both sides at seeded points; for a claim that states a distance also show it for all inputs."""
    return _Approximate(claim, options).run() if claim.approximate else _equality(claim, options)


# -- equality ---------------------------------------------------------------------------------------------------------
def _equality(claim: Claim, options: Options) -> Evidence:
    steps: list[Step] = []
    reasons: dict[str, None] = {}
    worst, seen, tried = flint.arb(0), 0, enclosing.systems()
    for number, point in enumerate(points(claim, _count(claim), options.seed), 1):
        start = time.perf_counter()
        try:
            gap = enclosing.gap(claim, point, tried)
        except (Inconclusive, Undefined, BadInput) as error:
            reasons[str(error)] = None
            continue
        if gap.place is not None:
            found = enclosing.witness(claim, point, gap)
            return Evidence(Verdict.REFUTED, "ball", (*steps, _step(f"point {number}", Verdict.REFUTED, start)), found)
        seen, worst = seen + 1, worst.max(gap.largest)
        detail = f"the sides differ by at most {rounded_up(gap.largest, 3)}"
        steps.append(_step(f"point {number}: {detail}", Verdict.ENCLOSED, start))
    if not seen:
        return Evidence(Verdict.UNDECIDED, "ball", tuple(steps), reason="; ".join(reasons) or "no point was drawn")
    bound = f"{rounded_up(worst, 3)} at {seen} points"
    reason = "enclosures that overlap do not prove equality"
    return Evidence(Verdict.UNDECIDED, "ball", tuple(steps), reason=reason, error_bound=bound)


def _count(claim: Claim) -> int:
    entries = sum(rows * cols for _, (rows, cols) in claim.inputs)
    for side in (claim.left, claim.right):
        if isinstance(side, Construction):
            entries = max(entries, side.encoder.tokens.total * side.encoder.slots.total)
    return FEW if entries >= LARGE else MANY


def _step(name: str, verdict: Verdict, start: float, detail: str = "") -> Step:
    return Step(name, verdict, "ball", time.perf_counter() - start, detail)


# -- a stated distance ------------------------------------------------------------------------------------------------
@dataclass
class _Approximate:
    """One claim that states a distance."""

    claim: Any
    options: Options
    steps: list[Step] = field(default_factory=list)

    def run(self) -> Evidence:
        for sized in at_small_sizes(self.claim):
            refuted = self._sample(sized)
            if refuted is not None:
                return refuted
        reason = self._for_all_inputs()
        if reason is None:
            bound = self._bound()
            return Evidence(Verdict.ENCLOSED, "ball", tuple(self.steps), error_bound=bound)
        return Evidence(Verdict.UNDECIDED, "ball", tuple(self.steps), reason=reason)

    def _bound(self) -> str:
        """The distance: a number rounded up, or the formula where sizes are free."""
        eps = self.claim.eps
        return str(eps) if eps.free else eps.decimal()

    def _sample(self, claim: Any) -> Evidence | None:
        """Enclose both sides at points; a distance larger than the stated one refutes."""
        start, eps = time.perf_counter(), claim.eps.ball()
        largest, count, tried = flint.arb(0), 0, enclosing.systems()
        for point in self._points(claim):
            try:
                gap = enclosing.gap(claim, point, tried, eps)
            except (Inconclusive, BadInput):
                continue
            except Undefined as error:
                self.steps.append(_step(f"a side has no value at a point: {error}", Verdict.UNDECIDED, start))
                continue
            if gap.place is not None:
                found = enclosing.witness(claim, point, gap)
                shown = f"at a point the sides differ by more than {gap.least_text()}"
                self.steps.append(_step(shown, Verdict.REFUTED, start))
                return Evidence(Verdict.REFUTED, "ball", tuple(self.steps), found)
            largest, count = largest.max(gap.largest), count + 1
        if count:
            share = rounded_up(largest / eps, 3) if eps > 0 else "no"
            sizes = ", ".join(f"{name}: {rows} x {cols}" for name, (rows, cols) in claim.inputs)
            text = f"at {count} points ({sizes}) the sides differ by at most {rounded_up(largest, 3)}"
            self.steps.append(_step(f"{text}, {share} of the stated distance", Verdict.ENCLOSED, start))
        return None

    def _points(self, claim: Any) -> Iterator[Point]:
        yield from extreme(claim, self.options.seed)
        yield from points(claim, _count(claim), self.options.seed)

    def _for_all_inputs(self) -> str | None:
        """None where the distance is shown for all inputs, else why it is not."""
        lemma = lemmas.proof(self.claim, self.options)
        if lemma is not None:
            self.steps += lemma.steps
            return lemma.reason
        if not self.claim.fixed:
            return "no lemma bounds the distance of these two sides, and boxes need fixed sizes"
        start = time.perf_counter()
        count = boxes.cover(self.claim)
        if count is None:
            return "no lemma bounds the distance of these two sides, and boxes that cover all inputs are too many"
        what = f"{count} boxes cover all inputs, and on each the sides differ by at most eps"
        self.steps.append(_step(what, Verdict.PROVED, start))
        return None


METHOD = Method("ball", applies, decide, beyond=(APPROXIMATE,))
METHODS.register(METHOD)
