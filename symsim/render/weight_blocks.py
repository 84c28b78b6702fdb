"""Weights as blocks: which slot meets which coordinate, and what stands there; zero blocks are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from symsim.encoder.layers import FeedForward, Head
from symsim.encoder.layouts import Slots
from symsim.render.document import WeightStrip
from symsim.render.notation import Notation

Blocks = dict[tuple[str, int], str]
"""For (slot, number of the coordinate block) the LaTeX of the block."""


def by_rows(weight: Any, slots: Slots, notation: Notation) -> Blocks:
    """The non-zero blocks of a weight whose rows are cut into slots."""
    if isinstance(weight, sympy.BlockMatrix):
        table = weight.blocks
        return {
            (slot, j): _name(table[i, j], notation)
            for i, slot in enumerate(slots.names)
            for j in range(table.cols)
            if not isinstance(table[i, j], sympy.ZeroMatrix)
        }
    return _explicit(weight, slots, notation)


def by_columns(weight: Any, slots: Slots, notation: Notation) -> Blocks:
    """The non-zero blocks of a weight whose columns are cut into slots."""
    if isinstance(weight, sympy.BlockMatrix):
        table = weight.blocks
        return {
            (slot, i): _name(table[i, j], notation)
            for j, slot in enumerate(slots.names)
            for i in range(table.rows)
            if not isinstance(table[i, j], sympy.ZeroMatrix)
        }
    return _explicit(weight.T, slots, notation)


def _explicit(weight: Any, slots: Slots, notation: Notation) -> Blocks:
    """Blocks of an explicit weight: neighbouring columns that touch the same slots make one coordinate block."""
    entries = weight.todok()
    touched = [
        tuple(s for s in slots.names if any((i, j) in entries for i in range(*slots.span(s))))
        for j in range(weight.cols)
    ]
    found: Blocks = {}
    start = number = 0
    for j in range(1, weight.cols + 1):
        if j < weight.cols and touched[j] == touched[start]:
            continue
        for slot in touched[start]:
            top, bottom = slots.span(slot)
            found[slot, number] = _numbers(weight[top:bottom, start:j], notation)
        start, number = j, number + 1
    return found


def _numbers(block: Any, notation: Notation) -> str:
    entries = sympy.SparseMatrix(block).todok()
    values = set(entries.values())
    square = block.rows == block.cols
    if square and len(values) == 1 and set(entries) == {(i, i) for i in range(block.rows)}:
        return _times(values.pop(), f"I_{{{block.rows}}}")
    if len(values) == 1 and len(entries) == block.rows * block.cols:
        return _times(values.pop(), rf"\mathbf{{1}}_{{{block.rows} \times {block.cols}}}")
    return rf"C_{{{block.rows} \times {block.cols}}}"


def _times(factor: Any, latex: str) -> str:
    return latex if factor == 1 else f"-{latex}" if factor == -1 else f"{sympy.latex(factor)} {latex}"


def _name(block: Any, notation: Notation) -> str:
    if isinstance(block, sympy.Identity):
        return f"I_{{{notation.size(block.rows)}}}" if block.rows != 1 else "1"
    if isinstance(block, sympy.OneMatrix):
        return rf"\mathbf{{1}}_{{{notation.shape(block.shape)}}}"
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and isinstance(block.args[1], sympy.Identity):
        return _times(block.args[0], _name(block.args[1], notation))
    if isinstance(block, sympy.MatrixBase):
        return _numbers(block, notation)
    return rf"C_{{{notation.shape(block.shape)}}}"


def head_strip(head: Head, slots: Slots, notation: Notation, number: str = "") -> WeightStrip:
    """The four weights of a head in one table whose columns are the slots."""
    rows: list[tuple[str, Mapping[str, str]]] = []
    mark = f"^{{{notation.transpose}}}"
    for name, weight in (("Q", head.W_Q), ("K", head.W_K), ("V", head.W_V)):
        rows += _lines(rf"{notation.weight}_{{{name}{number}}}{mark}", by_rows(weight, slots, notation))
    rows += _lines(f"{notation.weight}_{{O{number}}}", by_columns(head.W_O, slots, notation))
    return WeightStrip(slots.names, tuple(rows))


def network_strip(network: FeedForward, slots: Slots, notation: Notation) -> WeightStrip:
    """The weights of a feed-forward network in one table whose columns are the slots."""
    rows = _lines(f"{notation.weight}_1^{{{notation.transpose}}}", by_rows(network.W_1, slots, notation))
    rows += _lines(f"{notation.weight}_2", by_columns(network.W_2, slots, notation))
    return WeightStrip(slots.names, tuple(rows))


def _lines(name: str, blocks: Blocks) -> list[tuple[str, Mapping[str, str]]]:
    numbers = sorted({number for _, number in blocks})
    if not numbers:
        return [(name, {})]
    return [
        (name if k == 0 else "", {slot: latex for (slot, n), latex in blocks.items() if n == number})
        for k, number in enumerate(numbers)
    ]


def paths(head: Head, slots: Slots, notation: Notation) -> list[tuple[str, str, str]]:
    """What a head carries: (slot read as value, slot written, LaTeX of the factor between them, empty for 1)."""
    values, written = by_rows(head.W_V, slots, notation), by_columns(head.W_O, slots, notation)
    found = []
    for (source, k), left in values.items():
        for (target, m), right in written.items():
            if k == m:
                factors = [f for f in (left, right) if not f.startswith("I_") and f != "1"]
                found.append((source, target, r" \, ".join(factors)))
    return found
