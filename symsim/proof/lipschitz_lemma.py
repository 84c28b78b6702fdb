"""The lemma that interpolation on a grid of step s is within L s / 2 of every function with the constant L."""

from __future__ import annotations

from typing import Any

import sympy

from symsim.domains.closed_forms import ClosedForm
from symsim.formulas.building import apply, matrix
from symsim.proof.lemmas import LEMMAS, Inequality, Lemma
from symsim.simulators import lipschitz_distance


def _interpolation(claim: Any) -> list[Inequality] | None:
    """The claim has to be about every f, on an even grid that covers the inputs, in this very wording."""
    if not isinstance(claim, lipschitz_distance.LipschitzClaim) or len(claim.inputs) != 1 or claim.eps is None:
        return None
    (name, (rows, n)), points = claim.inputs[0], claim.points
    steps = {b - a for a, b in zip(points, points[1:], strict=False)}
    if name != "X" or rows != 1 or not isinstance(n, int) or len(steps) != 1 or claim.constant <= 0:
        return None
    wanted = apply(lipschitz_distance.ANY, matrix("X", 1, n))
    if claim.right != wanted or claim.through != lipschitz_distance.through(n, points):
        return None
    (step,) = steps
    if step <= 0:
        return None
    bound = ClosedForm(lipschitz_distance.EPS).at({"L": claim.constant, "s": step})
    first, last, least, largest = map(_form, (points[0], points[-1], -claim.bound, claim.bound))
    return [
        Inequality("the grid begins at -B or below", first, least),
        Inequality("the grid ends at B or above", largest, last),
        Inequality("the bound L s / 2 of the lemma is at most eps", bound, claim.eps),
    ]


def _form(value: Any) -> ClosedForm:
    return ClosedForm(sympy.Rational(value.numerator, value.denominator))


LEMMA = LEMMAS.register(
    Lemma(
        "interpolation on a grid",
        "proved by hand in the documentation, for every function with the constant and all inputs within the grid",
        _interpolation,
    )
)
