"""Weights of symbolic size as lists of blocks, which is how the Rocq export states them.

Every block of a weight of a realisation-R encoder is a multiple of an identity. What is no such block is refused, not
approximated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from symsim.encoder.weights import same_size
from symsim.errors import BadInput


@dataclass(frozen=True)
class BlockWeight:
    """A weight cut into blocks: sizes of the row and column parts, and ``(i, j, c)`` for a block ``c I`` at (i, j)."""

    rows: tuple[Any, ...]
    cols: tuple[Any, ...]
    blocks: tuple[tuple[int, int, Any], ...]

    def row(self, i: int) -> list[tuple[int, Any]]:
        """The blocks of row part i, as pairs of column part and coefficient."""
        return [(j, c) for k, j, c in self.blocks if k == i]

    @property
    def columns(self) -> list[int]:
        """The column parts that hold a block."""
        return sorted({j for _, j, _ in self.blocks})

    def column(self, j: int) -> list[tuple[int, Any]]:
        """The blocks of column part j, as pairs of row part and coefficient."""
        return [(i, c) for i, k, c in self.blocks if k == j]


def block_weight(
    weight: Any, what: str, rows: tuple[Any, ...] | None = None, cols: tuple[Any, ...] | None = None
) -> BlockWeight:
    """The blocks of a weight; ``rows`` and ``cols`` are the cuts that it has to have, where the layout fixes them.

    Raises ``BadInput`` for weights with other cuts and blocks that are no multiples of an identity.
    """
    if not isinstance(weight, sympy.BlockMatrix):
        raise BadInput(f"{what} is no block matrix of symbolic size: the Rocq export states claims for all sizes")
    table = weight.blocks
    heights = tuple(_plain(table[i, 0].shape[0]) for i in range(table.rows))
    widths = tuple(_plain(table[0, j].shape[1]) for j in range(table.cols))
    for found, wanted, axis in ((heights, rows, "rows"), (widths, cols, "columns")):
        fits = wanted is None or len(found) == len(wanted) and all(map(same_size, found, wanted))
        if not fits:
            raise BadInput(f"the {axis} of {what} are cut into {found}, and the layout into {wanted}")
    blocks = []
    for j in range(table.cols):
        for i in range(table.rows):
            coefficient = _coefficient(table[i, j], what)
            if coefficient != 0:
                blocks.append((i, j, coefficient))
    blocks.sort(key=_order)
    return BlockWeight(rows or heights, cols or widths, tuple(blocks))


def _order(block: tuple[int, int, Any]) -> tuple[int, bool, int]:
    """By coordinates, so that sums come out as a head names them; a unit that clears a slot takes it away first."""
    i, j, c = block
    return j, not c.could_extract_minus_sign(), i


def _plain(size: Any) -> Any:
    return int(size) if getattr(size, "is_Integer", False) else size


def _coefficient(block: Any, what: str) -> Any:
    """The number c of a block ``c I``; 0 for a zero block."""
    if isinstance(block, sympy.ZeroMatrix):
        return sympy.Integer(0)
    if isinstance(block, sympy.Identity):
        return sympy.Integer(1)
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and isinstance(block.args[1], sympy.Identity):
        return sympy.expand(block.args[0])
    if isinstance(block, sympy.MatrixBase) and block.shape == (1, 1):
        return block[0, 0]
    raise BadInput(f"{what} has the block {block}: the Rocq export knows multiples of an identity only")
