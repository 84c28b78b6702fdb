"""Encoders of symbolic size at concrete sizes: the same blocks, written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sympy

from symsim.domains.layout import Layout
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.errors import BadInput
from symsim.formulas.sizes import size_symbol


def at_size(size: Any, sizes: Mapping[str, int]) -> Any:
    """A size with some of its symbols given values; an ``int`` where none is left."""
    if isinstance(size, int):
        return size
    value = sympy.expand(size.subs({size_symbol(name): n for name, n in sizes.items()}))
    return int(value) if value.is_Integer else value


def layout_at(layout: Any, sizes: Mapping[str, int]) -> Any:
    """A layout at concrete sizes."""
    return type(layout)(tuple((name, at_size(size, sizes)) for name, size in layout.parts))


def encoder_at(encoder: Encoder, sizes: Mapping[str, int]) -> Encoder:
    """The encoder with size symbols replaced.

    Weights whose size is then known become explicit sparse matrices with the same blocks.
    """
    slots, tokens = layout_at(encoder.slots, sizes), layout_at(encoder.tokens, sizes)
    layers = tuple(_layer(layer, sizes) for layer in encoder.layers)
    return Encoder(slots, tokens, layers, encoder.constants)


def _layer(layer: Layer, sizes: Mapping[str, int]) -> Layer:
    heads = tuple(_head(head, sizes) for head in layer.heads)
    network = layer.feed_forward
    if network is not None:
        parts = {part: weight_at(getattr(network, part), sizes) for part in ("W_1", "b_1", "W_2", "b_2")}
        runs = tuple((name, at_size(size, sizes)) for name, size in network.activations)
        network = FeedForward(**parts, activations=runs, residual=network.residual)
    return replace(layer, heads=heads, feed_forward=network)


def _head(head: Head, sizes: Mapping[str, int]) -> Head:
    parts = {part: weight_at(getattr(head, part), sizes) for part in ("W_Q", "W_K", "W_V", "W_O")}
    return replace(head, **parts)


def weight_at(weight: Any, sizes: Mapping[str, int]) -> Any:
    """A weight at concrete sizes: explicit where they are all known."""
    if weight is None or isinstance(weight, sympy.MatrixBase):
        return weight
    if not all(isinstance(at_size(_size(size), sizes), int) for size in weight.shape):
        return _partly(weight, sizes)
    table = weight.blocks if isinstance(weight, sympy.BlockMatrix) else sympy.Matrix([[weight]])
    rows = Layout(tuple((str(i), at_size(_size(table[i, 0].shape[0]), sizes)) for i in range(table.rows)))
    cols = Layout(tuple((str(j), at_size(_size(table[0, j].shape[1]), sizes)) for j in range(table.cols)))
    entries: dict[tuple[int, int], Any] = {}
    for i in range(table.rows):
        for j in range(table.cols):
            top, left = rows.span(str(i))[0], cols.span(str(j))[0]
            shape = (rows.size(str(i)), cols.size(str(j)))
            for (r, c), value in _entries(table[i, j], shape).items():
                entries[top + r, left + c] = at_size(value, sizes)
    return sympy.ImmutableSparseMatrix(rows.total, cols.total, entries)


def _partly(weight: Any, sizes: Mapping[str, int]) -> Any:
    """A weight of which some sizes stay symbols: the same blocks."""
    values = {size_symbol(name): size for name, size in sizes.items()}
    if not isinstance(weight, sympy.BlockMatrix):
        return weight.subs(values)
    table = weight.blocks
    return sympy.BlockMatrix([[table[i, j].subs(values) for j in range(table.cols)] for i in range(table.rows)])


def _size(size: Any) -> Any:
    return int(size) if getattr(size, "is_Integer", False) else size


def _entries(block: Any, shape: tuple[int, int]) -> dict[tuple[int, int], Any]:
    if isinstance(block, sympy.ZeroMatrix):
        return {}
    if isinstance(block, sympy.Identity):
        return {(i, i): sympy.Integer(1) for i in range(shape[0])}
    if isinstance(block, sympy.OneMatrix):
        return {(i, j): sympy.Integer(1) for i in range(shape[0]) for j in range(shape[1])}
    if isinstance(block, sympy.MatMul) and len(block.args) == 2 and not block.args[0].is_Matrix:
        return {place: block.args[0] * v for place, v in _entries(block.args[1], shape).items()}
    if isinstance(block, sympy.MatrixBase):
        return dict(sympy.SparseMatrix(block).todok())
    raise BadInput(f"a weight block {block} cannot be written out: only multiples of identities and of ones")
