"""Planted faults: one thing is changed in an encoder. Distinct encoders only; a change that changes nothing is none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import sympy

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.masks import Mask

NORMALISERS = ("softmax", "average-hard", "unique-hard", "unique-hard-right", "linear")
ACTIVATIONS = ("relu", "square", "exp", "reciprocal", "step", "identity", "silu")
HEAD_WEIGHTS = ("W_Q", "W_K", "W_V", "W_O")
NETWORK_WEIGHTS = ("W_1", "b_1", "W_2", "b_2")
SLOTS_OF = {"W_V": "rows", "W_O": "columns", "W_1": "rows", "W_2": "columns"}
"""Where the slots of a weight lie: a value and a hidden unit read slots by rows, what is written goes to slots by columns."""


@dataclass(frozen=True)
class Fault:
    """A changed encoder: ``kind`` groups faults for counting, ``name`` says what was changed where (counted from 1)."""

    kind: str
    name: str
    encoder: Encoder


def faults(encoder: Encoder) -> list[Fault]:
    """All single faults of an encoder of fixed size, in a fixed order, each encoder once and never the encoder itself."""
    seen, found = {encoder}, []
    for fault in itertools.chain(_entries(encoder), _masks(encoder), _functions(encoder), _swaps(encoder), _structure(encoder)):
        if fault.encoder not in seen:
            seen.add(fault.encoder)
            found.append(fault)
    return found


def _parts(encoder: Encoder) -> Iterator[tuple[int, int | None, Head | FeedForward]]:
    """Every head and every feed-forward network (whose head number is None) with its place."""
    for number, layer in enumerate(encoder.layers):
        yield from ((number, index, head) for index, head in enumerate(layer.heads))
        if layer.feed_forward is not None:
            yield number, None, layer.feed_forward


def _with(encoder: Encoder, number: int, index: int | None, part: Head | FeedForward, **changes: Any) -> Encoder:
    if index is not None:
        return encoder.change(number, index, **changes)
    return encoder.change(number, feed_forward=replace(part, **changes))


def _place(number: int, index: int | None) -> str:
    return f"layer {number + 1}, " + ("feed-forward" if index is None else f"head {index + 1}")


def _weight(part: Head | FeedForward, name: str) -> Any:
    """A weight; a bias that is absent is a row of zeros."""
    value = getattr(part, name)
    if value is None:
        width = part.units if name == "b_1" else part.width  # type: ignore[union-attr]
        value = sympy.ImmutableSparseMatrix(1, width, {})
    return value


def _entries(encoder: Encoder) -> Iterator[Fault]:
    """Each entry of each weight +1, and each entry that is not zero set to 0."""
    for number, index, part in _parts(encoder):
        for name in NETWORK_WEIGHTS if index is None else HEAD_WEIGHTS:
            weight = _weight(part, name)
            known = dict(weight.todok())
            for place in itertools.product(range(weight.rows), range(weight.cols)):
                where = f"{_place(number, index)}, {name}[{place[0] + 1},{place[1] + 1}]"
                more = sympy.ImmutableSparseMatrix(*weight.shape, {**known, place: known.get(place, 0) + 1})
                yield Fault("entry +1", f"{where} + 1", _with(encoder, number, index, part, **{name: more}))
                if place in known:
                    less = sympy.ImmutableSparseMatrix(*weight.shape, {k: v for k, v in known.items() if k != place})
                    yield Fault("entry to 0", f"{where} := 0", _with(encoder, number, index, part, **{name: less}))


def _masks(encoder: Encoder) -> Iterator[Fault]:
    """The mask dropped, each token group shown where it is hidden and hidden where it is shown, causal or not."""
    for number, index, part in _parts(encoder):
        if index is None:
            continue
        mask, where = part.mask, _place(number, index)  # type: ignore[union-attr]
        yield Fault("mask", f"{where}, mask dropped", encoder.change(number, index, mask=Mask()))
        shown = mask.visible(encoder.tokens)
        for group in encoder.tokens.names:
            keys = tuple(g for g in encoder.tokens.names if (g in shown) != (g == group))
            verb = "hides" if group in shown else "shows"
            yield Fault("mask", f"{where}, mask {verb} {group}", encoder.change(number, index, mask=replace(mask, keys=keys)))
        causal = replace(mask, causal=not mask.causal)
        yield Fault("mask", f"{where}, causal {'on' if causal.causal else 'off'}", encoder.change(number, index, mask=causal))


def _functions(encoder: Encoder) -> Iterator[Fault]:
    """Each normaliser, and the activation of each run of hidden units, replaced by each other one."""
    for number, index, part in _parts(encoder):
        where = _place(number, index)
        if index is not None:
            for name in NORMALISERS:
                yield Fault("normaliser", f"{where}, {name}", encoder.change(number, index, normaliser=name))
            continue
        runs = part.activations  # type: ignore[union-attr]
        for k, name in itertools.product(range(len(runs)), ACTIVATIONS):
            changed = (*runs[:k], (name, runs[k][1]), *runs[k + 1 :])
            yield Fault("activation", f"{where}, units {k + 1}: {name}", _with(encoder, number, index, part, activations=changed))


def _swaps(encoder: Encoder) -> Iterator[Fault]:
    """Query and key swapped; two slots of one size swapped where a value or hidden unit reads, or where a result is written."""
    pairs = [(a, b) for a, b in itertools.combinations(encoder.slots.names, 2) if encoder.slots.size(a) == encoder.slots.size(b)]
    for number, index, part in _parts(encoder):
        where = _place(number, index)
        if index is not None:
            yield Fault("slots", f"{where}, query and key swapped", encoder.change(number, index, W_Q=part.W_K, W_K=part.W_Q))  # type: ignore[union-attr]
        for name, (a, b) in itertools.product(("W_1", "W_2") if index is None else ("W_V", "W_O"), pairs):
            changed = _swapped(getattr(part, name), encoder.slots.span(a), encoder.slots.span(b), SLOTS_OF[name])
            yield Fault("slots", f"{where}, {name}: slots {a} and {b} swapped", _with(encoder, number, index, part, **{name: changed}))


def _swapped(weight: Any, a: tuple[int, int], b: tuple[int, int], axis: str) -> Any:
    move = {**dict(zip(range(*a), range(*b), strict=True)), **dict(zip(range(*b), range(*a), strict=True))}
    rows, columns = (move, {}) if axis == "rows" else ({}, move)
    return sympy.ImmutableSparseMatrix(*weight.shape, {(rows.get(i, i), columns.get(j, j)): v for (i, j), v in weight.todok().items()})


def _structure(encoder: Encoder) -> Iterator[Fault]:
    """A residual dropped, the layers reversed or two neighbours swapped, a layer, a head or a feed-forward network left out."""
    layers = encoder.layers

    def put(number: int, *new: Layer) -> Encoder:
        return replace(encoder, layers=(*layers[:number], *new, *layers[number + 1 :]))

    for number, layer in enumerate(layers):
        where = f"layer {number + 1}"
        yield Fault("residual", f"{where}, residual of attention dropped", encoder.change(number, residual=False))
        if layer.feed_forward is not None:
            bare = replace(layer.feed_forward, residual=False)
            yield Fault("residual", f"{where}, residual of feed-forward dropped", encoder.change(number, feed_forward=bare))
            yield Fault("left out", f"{where}, feed-forward dropped", encoder.change(number, feed_forward=None))
        for index in range(len(layer.heads)):
            kept = (*layer.heads[:index], *layer.heads[index + 1 :])
            yield Fault("left out", f"{where}, head {index + 1} dropped", encoder.change(number, heads=kept))
        yield Fault("left out", f"{where} dropped", put(number))
        if number:
            swapped = (*layers[: number - 1], layer, layers[number - 1], *layers[number + 1 :])
            yield Fault("order", f"layers {number} and {number + 1} swapped", replace(encoder, layers=swapped))
    yield Fault("order", "layers reversed", replace(encoder, layers=layers[::-1]))
