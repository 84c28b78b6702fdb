"""What there is to split in a claim, and the parts into which its programs fall, each about inputs of its own."""

from __future__ import annotations

from typing import Any, TypeAlias

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.domains.cases_atoms import LINEAR
from symsim.formulas.functions import Apply
from symsim.formulas.syntax import Formula
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.depending import tokens_read, union

Place: TypeAlias = "tuple[str, int, int]"
"""An entry of an input."""


def splits(claim: Claim) -> bool:
    """Whether a side has something to split: a program, a piecewise function or activation, hard attention."""
    return any(map(_splits, (claim.left, claim.right)))


def _splits(side: Any) -> bool:
    if isinstance(side, Formula):
        return isinstance(side, Apply) and side.function in LINEAR or any(map(_splits, side.parts))
    if isinstance(side, Construction):
        layers = side.encoder.layers
        hard = any("hard" in head.normaliser for layer in layers for head in layer.heads)
        networks = [layer.feed_forward for layer in layers if layer.feed_forward is not None]
        return hard or any(name in (*LINEAR, "maxmin") for network in networks for name, _ in network.activations)
    return True


def parts(claim: Claim) -> list[tuple[frozenset[Place], list[tuple[int, int]]]]:
    """Entries of the inputs, with the entries of the result in which programs depend on no others.

    Every operation of a program, too, depends on the inputs of one part. The list is empty where there is one part
    only, or no program.
    """
    programs = [side for side in (claim.left, claim.right) if isinstance(side, ProgramCall)]
    rows, cols = claim.right.shape
    if not programs or len({side.length() for side in programs}) > 1:
        return []
    cells = [(name, i, j) for name, (r, c) in claim.inputs for i in range(r) for j in range(c)]
    every = (1 << len(cells)) - 1  # what stands behind the operands is 0 anyhow
    columns: list[list[int]] = []
    sets: set[int] = set()
    for side in programs:
        found = tokens_read(side.built(), side.length())
        if found is None:
            return []
        columns.append([one & every for one in found[0]])
        sets.update(one & every for one in found[1])
    needed = [union(column[k] for column in columns) for k in range(rows * cols)]
    sets.update(needed)
    largest = sorted(a for a in sets if not any(a != b and a & b == a for b in sets))
    if len(largest) < 2:
        return []
    owner = [next(one for one in largest if needed[k] & one == needed[k]) for k in range(rows * cols)]
    return [
        (
            frozenset(cell for t, cell in enumerate(cells) if one >> t & 1),
            [divmod(k, cols) for k in range(rows * cols) if owner[k] == one],
        )
        for one in largest
    ]
