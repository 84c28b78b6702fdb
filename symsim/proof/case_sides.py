"""Both sides of a claim in one case: run over the exact field on symbols, with the reason where one has no value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.sides import prepare
from symsim.domains.cases import Cases
from symsim.domains.exact_matrix import ExactMatrix
from symsim.errors import Undefined
from symsim.proof.case_parts import Place
from symsim.proof.case_points import symbol_name
from symsim.rasp.blame import fails
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import RaspError


@dataclass
class Sides:
    """What both sides are in one case of the run; None is a side that has no value, and ``why`` says why.

    So many side conditions, and values whose logarithm was taken, are the right side's ``own``.
    """

    right: ExactMatrix | None
    left: ExactMatrix | None
    own: int = 0
    own_positives: int = 0
    why: str = ""


def run_sides(
    claim: Claim, masks: Mapping[str, Any], kept: frozenset[Place] | None, domain: Cases
) -> Sides:
    """Both sides on symbols; programs get 0 for entries of the inputs that are not ``kept`` (None: all are)."""
    symbol = domain.field.symbol
    inputs = {}
    for name, (rows, cols) in claim.inputs:
        entries = [{j: symbol(symbol_name(claim, name, i, j)) for j in range(cols)} for i in range(rows)]
        given = masks.get(name)
        inputs[name] = ExactMatrix(entries, cols) if given is None else domain.given(given, rows, cols)
    try:
        right = prepare(claim.right, domain, _read(claim.right, inputs, masks, kept), {})(None)
    except (Undefined, RaspError) as error:
        return Sides(None, None, why=_failure(error))
    own = len(domain.conditions), len(domain.positives)
    try:
        left = prepare(claim.left, domain, _read(claim.left, inputs, masks, kept), {})(None)
    except (Undefined, RaspError) as error:
        return Sides(right, None, *own, why=_failure(error))
    return Sides(right, left, *own)


def _read(
    side: Any, inputs: dict[str, ExactMatrix], masks: Mapping[str, Any], kept: frozenset[Place] | None
) -> dict[str, ExactMatrix]:
    """The inputs of a side: a program gets 0 where nothing that is looked at depends on them."""
    if kept is None or not isinstance(side, ProgramCall):
        return inputs
    return {
        name: matrix if name in masks else ExactMatrix(
            [{j: v for j, v in row.items() if (name, i, j) in kept} for i, row in enumerate(matrix.entries)],
            matrix.width,
        )
        for name, matrix in inputs.items()
    }  # fmt: skip


def _failure(error: Undefined | RaspError) -> str:
    """Why a side has no value; an error that is a limit of ours is raised again."""
    if isinstance(error, RaspError) and not fails(error):
        raise error
    return str(error).split("\n")[0]
