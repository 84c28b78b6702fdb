"""A stated distance for all inputs of a box: both sides enclosed on boxes that cover it, halved as long as needed."""

from __future__ import annotations

from typing import Any

import flint

from symsim.claims.sides import prepare
from symsim.domains.balls import Balls
from symsim.domains.closed_forms import ball
from symsim.errors import BadInput, Inconclusive, Undefined

MOST_BOXES = 2000
"""So many boxes are tried."""
MOST_ENTRIES = 8
"""Inputs of more entries are not tried: halving one after the other does not end in time."""
BITS = 64


def cover(claim: Any) -> int | None:
    """The number of boxes that cover all inputs, on each of which the sides differ by at most ``eps``; None if not.

    ``claim`` is a claim of fixed size that states a distance. The enclosure of a box holds the value at every input in
    it, so the answer is about all real inputs within the bound.
    """
    shapes = [shape for _, shape in claim.inputs]
    size = sum(rows * cols for rows, cols in shapes)
    if size > MOST_ENTRIES:
        return None
    domain, eps = Balls(BITS), claim.eps.ball()
    with flint.ctx.workprec(BITS):
        bound = ball(claim.bound)
        waiting = [[(-bound, bound)] * size]
    done = 0
    while waiting:
        box = waiting.pop()
        done += 1
        if done > MOST_BOXES:
            return None
        try:
            if not _within(claim, domain, box, eps):
                waiting += _halves(box)
        except BadInput:  # a function that has no enclosure
            return None
    return (done + 1) // 2


def _within(claim: Any, domain: Balls, box: list[tuple[Any, Any]], eps: Any) -> bool:
    entries = iter([low.union(high) for low, high in box])
    inputs = {
        name: domain.given([[next(entries) for _ in range(cols)] for _ in range(rows)], rows, cols)
        for name, (rows, cols) in claim.inputs
    }
    try:
        left, right = (prepare(side, domain, inputs, {})(None) for side in (claim.left, claim.right))
    except (Inconclusive, Undefined):
        return False
    return bool(domain.distance(left, right) <= eps)


def _halves(box: list[tuple[Any, Any]]) -> list[list[tuple[Any, Any]]]:
    """The box cut in two across its widest side."""
    widest = max(range(len(box)), key=lambda k: float((box[k][1] - box[k][0]).mid()))
    low, high = box[widest]
    with flint.ctx.workprec(BITS):
        middle = ((low + high) / 2).mid()
    return [[*box[:widest], half, *box[widest + 1 :]] for half in ((low, middle), (middle, high))]
