"""Planted faults: one thing is changed in an encoder. Distinct encoders only; a change that changes nothing is none."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import sympy

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.masks import Mask

NORMALISERS = ("softmax", "average-hard", "unique-hard", "unique-hard-right", "linear")
ACTIVATIONS = ("relu", "square", "exp", "reciprocal", "step", "identity", "silu")
HEAD_WEIGHTS = ("W_Q", "W_K", "W_V", "W_O")
NETWORK_WEIGHTS = ("W_1", "b_1", "W_2", "b_2")
SLOTS_OF = {"W_V": "rows", "W_O": "columns", "W_1": "rows", "W_2": "columns"}
"""Where the slots of a weight lie: a value and a hidden unit read slots by rows, a result is written by columns."""


@dataclass(frozen=True)
class Fault:
    """A changed encoder: ``kind`` groups faults for counting, ``name`` says what was changed where (counted from 1)."""

    kind: str
    name: str
    make: Callable[[], Encoder]

    @cached_property
    def encoder(self) -> Encoder:
        """The changed encoder, made when it is asked for."""
        return self.make()


def changes(encoder: Encoder) -> Iterator[Fault]:
    """All single changes of an encoder of fixed size, in a fixed order; some of them change nothing, or the same."""
    return itertools.chain(
        _entries(encoder), _masks(encoder), _functions(encoder), _swaps(encoder), _structure(encoder)
    )


def distinct(encoder: Encoder, found: Iterable[Fault]) -> list[Fault]:
    """The faults among some changes: each encoder once, and never the encoder itself."""
    seen, out = {encoder}, []
    for fault in found:
        if fault.encoder not in seen:
            seen.add(fault.encoder)
            out.append(fault)
    return out


def faults(encoder: Encoder) -> list[Fault]:
    """All single faults of an encoder of fixed size, each encoder once."""
    return distinct(encoder, changes(encoder))


def sample(encoder: Encoder, per_kind: int, seed: int = 0) -> list[Fault]:
    """So many single faults of each kind (all where there are fewer), drawn at random."""
    source = random.Random(seed)
    kinds: dict[str, list[Fault]] = {}
    for fault in changes(encoder):
        kinds.setdefault(fault.kind, []).append(fault)
    out = []
    for some in kinds.values():
        source.shuffle(some)
        seen, chosen = {encoder}, []
        while some and len(chosen) < per_kind:
            fault = some.pop()
            if fault.encoder not in seen:
                seen.add(fault.encoder)
                chosen.append(fault)
        out += chosen
    return out


def doubles(encoder: Encoder, count: int, seed: int = 0) -> Iterator[Fault]:
    """Random changes of randomly changed encoders; the same seed gives the same ones."""
    source = random.Random(seed)
    first = list(changes(encoder))
    for number in range(count):
        one = two = None
        while one is None or two is None:  # what is left of an encoder may have nothing more to change
            one = _different(source, first, encoder)
            two = one and _different(source, list(changes(one.encoder)), encoder, one.encoder)
        yield Fault("double", f"{number + 1}: {one.name}; {two.name}", two.make)


def _different(source: random.Random, found: list[Fault], *known: Encoder) -> Fault | None:
    """A change that gives none of the known encoders; None where hardly any does."""
    drawn = (source.choice(found) for _ in range(100 if found else 0))
    return next((fault for fault in drawn if fault.encoder not in known), None)


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


def _entry(
    encoder: Encoder, number: int, index: int | None, name: str, place: tuple[int, int], more: int | None
) -> Encoder:
    """One entry of one weight increased, or with None set to 0."""
    part = _part(encoder, number, index)
    weight = _weight(part, name)
    entries = dict(weight.todok())
    old = entries.pop(place, 0)
    if more is not None:
        entries[place] = old + more
    return _with(encoder, number, index, part, **{name: sympy.ImmutableSparseMatrix(*weight.shape, entries)})


def _swapped(encoder: Encoder, number: int, index: int | None, name: str, a: str, b: str) -> Encoder:
    """Two slots of one size swapped in the rows or columns of one weight."""
    part = _part(encoder, number, index)
    one, other = (range(*encoder.slots.span(slot)) for slot in (a, b))
    move = {**dict(zip(one, other, strict=True)), **dict(zip(other, one, strict=True))}
    rows, columns = (move, {}) if SLOTS_OF[name] == "rows" else ({}, move)
    weight = _weight(part, name)
    entries = {(rows.get(i, i), columns.get(j, j)): v for (i, j), v in weight.todok().items()}
    return _with(encoder, number, index, part, **{name: sympy.ImmutableSparseMatrix(*weight.shape, entries)})


def _part(encoder: Encoder, number: int, index: int | None) -> Any:
    layer = encoder.layers[number]
    return layer.feed_forward if index is None else layer.heads[index]


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
            for place in itertools.product(range(weight.rows), range(weight.cols)):
                where = f"{_place(number, index)}, {name}[{place[0] + 1},{place[1] + 1}]"
                change = partial(_entry, encoder, number, index, name, place)
                yield Fault("entry +1", f"{where} + 1", partial(change, 1))
                if weight[place] != 0:
                    yield Fault("entry to 0", f"{where} := 0", partial(change, None))


def _masks(encoder: Encoder) -> Iterator[Fault]:
    """The mask dropped, each token group shown where it is hidden and hidden where it is shown, causal or not."""
    for number, index, part in _parts(encoder):
        if index is None:
            continue
        mask, where = part.mask, _place(number, index)  # type: ignore[union-attr]
        yield Fault("mask", f"{where}, mask dropped", partial(encoder.change, number, index, mask=Mask()))
        shown = mask.visible(encoder.tokens)
        for group in encoder.tokens.names:
            keys = tuple(g for g in encoder.tokens.names if (g in shown) != (g == group))
            verb = "hides" if group in shown else "shows"
            yield Fault(
                "mask",
                f"{where}, mask {verb} {group}",
                partial(encoder.change, number, index, mask=replace(mask, keys=keys)),
            )
        causal = replace(mask, causal=not mask.causal)
        yield Fault(
            "mask",
            f"{where}, causal {'on' if causal.causal else 'off'}",
            partial(encoder.change, number, index, mask=causal),
        )


def _functions(encoder: Encoder) -> Iterator[Fault]:
    """Each normaliser, and the activation of each run of hidden units, replaced by each other one."""
    for number, index, part in _parts(encoder):
        where = _place(number, index)
        if index is not None:
            for name in NORMALISERS:
                yield Fault("normaliser", f"{where}, {name}", partial(encoder.change, number, index, normaliser=name))
            continue
        runs = part.activations  # type: ignore[union-attr]
        for k, name in itertools.product(range(len(runs)), ACTIVATIONS):
            changed = (*runs[:k], (name, runs[k][1]), *runs[k + 1 :])
            yield Fault(
                "activation",
                f"{where}, units {k + 1}: {name}",
                partial(_with, encoder, number, index, part, activations=changed),
            )


def _swaps(encoder: Encoder) -> Iterator[Fault]:
    """Query and key swapped; two slots of one size swapped where a value or unit reads, or a result is written."""
    pairs = [
        (a, b)
        for a, b in itertools.combinations(encoder.slots.names, 2)
        if encoder.slots.size(a) == encoder.slots.size(b)
    ]
    for number, index, part in _parts(encoder):
        where = _place(number, index)
        if index is not None:
            yield Fault(
                "slots",
                f"{where}, query and key swapped",
                partial(encoder.change, number, index, W_Q=part.W_K, W_K=part.W_Q),
            )  # type: ignore[union-attr]
        for name, (a, b) in itertools.product(("W_1", "W_2") if index is None else ("W_V", "W_O"), pairs):
            change = partial(_swapped, encoder, number, index, name, a, b)
            yield Fault("slots", f"{where}, {name}: slots {a} and {b} swapped", change)


def _structure(encoder: Encoder) -> Iterator[Fault]:
    """A residual dropped, layers reversed or two neighbours swapped, a layer, a head or a feed-forward left out."""
    layers = encoder.layers

    def put(number: int, *new: Layer) -> Encoder:
        return replace(encoder, layers=(*layers[:number], *new, *layers[number + 1 :]))

    for number, layer in enumerate(layers):
        where = f"layer {number + 1}"
        yield Fault(
            "residual", f"{where}, residual of attention dropped", partial(encoder.change, number, residual=False)
        )
        if layer.feed_forward is not None:
            bare = replace(layer.feed_forward, residual=False)
            yield Fault(
                "residual",
                f"{where}, residual of feed-forward dropped",
                partial(encoder.change, number, feed_forward=bare),
            )
            yield Fault(
                "left out", f"{where}, feed-forward dropped", partial(encoder.change, number, feed_forward=None)
            )
        for index in range(len(layer.heads)):
            kept = (*layer.heads[:index], *layer.heads[index + 1 :])
            yield Fault("left out", f"{where}, head {index + 1} dropped", partial(encoder.change, number, heads=kept))
        yield Fault("left out", f"{where} dropped", partial(put, number))
        if number:
            swapped = (*layers[: number - 1], layer, layers[number - 1], *layers[number + 1 :])
            yield Fault("order", f"layers {number} and {number + 1} swapped", partial(replace, encoder, layers=swapped))
    yield Fault("order", "layers reversed", partial(replace, encoder, layers=layers[::-1]))
