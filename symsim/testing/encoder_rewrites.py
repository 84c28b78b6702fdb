"""Rewrites of encoders that keep what they compute: the same function, written with other weights.

Each rule takes an encoder of fixed size and a source of randomness, and gives a changed encoder, or None where it does
not apply. Slots keep their names; a rule may add slots, which no token fills at the start.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import sympy

from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask

Rule = Callable[[Encoder, random.Random], Encoder | None]
FACTORS = (Fraction(2), Fraction(-1), Fraction(1, 3), Fraction(-3, 2), Fraction(5))


def rewritten(encoder: Encoder, source: random.Random, positions: bool = False) -> tuple[str, Encoder]:
    """One rewrite of an encoder, by a rule drawn at random among those that apply, with the name of the rule.

    With ``positions`` every token keeps its position, for encoders that are read by position.

    >>> from symsim.simulators import universal
    >>> name, other = rewritten(universal(n=2, d=1).encoder, random.Random(1))
    >>> other == universal(n=2, d=1).encoder
    False
    """
    names = [name for name in RULES if RULES[name] is not _groups_moved or not positions]
    source.shuffle(names)
    for name in names:
        other = RULES[name](encoder, source)
        if other is not None and other != encoder:
            return name, other
    return "a layer that adds nothing", replace(encoder, layers=(*encoder.layers, Layer()))


# -- parts ------------------------------------------------------------------------------------------------------------
def _dense(weight: Any) -> Any:
    return sympy.Matrix(weight.tolist())


def _random(rows: int, cols: int, source: random.Random) -> Any:
    return sympy.Matrix(rows, cols, lambda *_: source.randint(-2, 2))


def _scalar(source: random.Random) -> Any:
    factor = source.choice(FACTORS)
    return sympy.Rational(factor.numerator, factor.denominator)


def _some_head(encoder: Encoder, source: random.Random) -> tuple[int, int, Head] | None:
    places = [(n, k) for n, layer in enumerate(encoder.layers) for k in range(len(layer.heads))]
    if not places:
        return None
    number, index = source.choice(places)
    return number, index, encoder.layers[number].heads[index]


def _some_network(encoder: Encoder, source: random.Random) -> tuple[int, FeedForward] | None:
    found = [(n, layer.feed_forward) for n, layer in enumerate(encoder.layers) if layer.feed_forward is not None]
    return source.choice(found) if found else None


def _put_heads(encoder: Encoder, number: int, index: int, *heads: Head) -> Encoder:
    old = encoder.layers[number].heads
    return encoder.change(number, heads=(*old[:index], *heads, *old[index + 1 :]))


def _over_heads(change: Callable[[Head, random.Random], tuple[Head, ...] | None]) -> Rule:
    """A rule that puts other heads in the place of one."""

    def rule(encoder: Encoder, source: random.Random) -> Encoder | None:
        found = _some_head(encoder, source)
        heads = change(found[2], source) if found else None
        return _put_heads(encoder, found[0], found[1], *heads) if found and heads else None

    return rule


def _over_networks(change: Callable[[FeedForward, random.Random], FeedForward | None]) -> Rule:
    """A rule that changes a feed-forward network."""

    def rule(encoder: Encoder, source: random.Random) -> Encoder | None:
        found = _some_network(encoder, source)
        network = change(found[1], source) if found else None
        return encoder.change(found[0], feed_forward=network) if found and network else None

    return rule


# -- heads ------------------------------------------------------------------------------------------------------------
def _query_and_key(head: Head, source: random.Random) -> tuple[Head, ...]:
    c = _scalar(source)
    return (replace(head, W_Q=_dense(head.W_Q) * c, W_K=_dense(head.W_K) / c),)


def _value_and_output(head: Head, source: random.Random) -> tuple[Head, ...]:
    c = _scalar(source)
    return (replace(head, W_V=_dense(head.W_V) * c, W_O=_dense(head.W_O) / c),)


def _turned(head: Head, source: random.Random) -> tuple[Head, ...]:
    """Queries and keys in another basis: W_Q R and W_K R^-T."""
    r = head.W_Q.shape[1]
    R = sympy.Matrix(r, r, lambda i, j: 1 if i == j else source.randint(-2, 2) if i < j else 0)
    return (replace(head, W_Q=_dense(head.W_Q) * R, W_K=_dense(head.W_K) * R.inv().T),)


def _values_turned(head: Head, source: random.Random) -> tuple[Head, ...]:
    m = head.W_V.shape[1]
    R = sympy.Matrix(m, m, lambda i, j: 1 if i == j else source.randint(-2, 2) if i > j else 0)
    return (replace(head, W_V=_dense(head.W_V) * R, W_O=R.inv() * _dense(head.W_O)),)


def _split(head: Head, source: random.Random) -> tuple[Head, ...]:
    """Two heads with the same weights that write c and 1 - c of the result."""
    c = _scalar(source)
    return (replace(head, W_O=_dense(head.W_O) * c), replace(head, W_O=_dense(head.W_O) * (1 - c)))


def _split_values(head: Head, source: random.Random) -> tuple[Head, ...] | None:
    """Two heads with the same scores, each with some columns of the values."""
    m = head.W_V.shape[1]
    if m < 2:
        return None
    k, W_V, W_O = source.randrange(1, m), _dense(head.W_V), _dense(head.W_O)
    return (replace(head, W_V=W_V[:, :k], W_O=W_O[:k, :]), replace(head, W_V=W_V[:, k:], W_O=W_O[k:, :]))


def _doubled(head: Head, source: random.Random) -> tuple[Head, ...]:
    """A head, and one more that is taken away again."""
    r, D = head.W_Q.shape[1], head.width
    more = replace(head, W_Q=_random(D, r, source), W_V=_random(D, 1, source), W_O=_random(1, D, source))
    return (head, more, replace(more, W_O=-_dense(more.W_O)))


def _wider(head: Head, source: random.Random) -> tuple[Head, ...]:
    """A column of keys that meets queries of 0."""
    D = head.width
    wide = _dense(head.W_Q).row_join(sympy.zeros(D, 1))
    return (replace(head, W_Q=wide, W_K=_dense(head.W_K).row_join(_random(D, 1, source))),)


def _silent(head: Head, source: random.Random) -> tuple[Head, ...]:
    """One more head, which writes nothing."""
    return (head, replace(head, W_Q=_random(head.width, head.W_Q.shape[1], source), W_O=sympy.zeros(*head.W_O.shape)))


def _order(encoder: Encoder, source: random.Random) -> Encoder | None:
    found = [n for n, layer in enumerate(encoder.layers) if len(set(layer.heads)) > 1]
    if not found:
        return None
    number = source.choice(found)
    heads = list(encoder.layers[number].heads)
    source.shuffle(heads)
    return encoder.change(number, heads=tuple(heads))


def _merged(encoder: Encoder, source: random.Random) -> Encoder | None:
    """Two heads with the same weights become one with values side by side."""
    places = [
        (n, i, j) for n, layer in enumerate(encoder.layers) for j in range(len(layer.heads)) for i in range(j)
        if all(getattr(layer.heads[i], p) == getattr(layer.heads[j], p) for p in ("W_Q", "W_K", "mask", "normaliser"))
    ]  # fmt: skip
    if not places:
        return None
    number, i, j = source.choice(places)
    heads = encoder.layers[number].heads
    W_V = _dense(heads[i].W_V).row_join(_dense(heads[j].W_V))
    both = replace(heads[i], W_V=W_V, W_O=_dense(heads[i].W_O).col_join(_dense(heads[j].W_O)))
    return encoder.change(number, heads=(*heads[:i], both, *heads[i + 1 : j], *heads[j + 1 :]))


def _mask_written_out(encoder: Encoder, source: random.Random) -> Encoder | None:
    """A mask as a matrix of zeros and ones."""
    found = _some_head(encoder, source)
    if found is None or found[2].mask.matrix is not None:
        return None
    mask, tokens = found[2].mask, encoder.tokens
    shown = {p for name in mask.visible(tokens) for p in range(*tokens.span(name))}
    shown &= set(range(tokens.total) if mask.positions is None else mask.positions)
    N = range(tokens.total)
    table = [[int(j in shown and (j <= i or not mask.causal)) for j in N] for i in N]
    return encoder.change(found[0], found[1], mask=Mask(matrix=table))


# -- units ------------------------------------------------------------------------------------------------------------
def _names(network: FeedForward) -> list[str]:
    return [name for name, size in network.activations for _ in range(size)]


def _with_units(network: FeedForward, W_1: Any, b_1: Any, W_2: Any, names: list[str]) -> FeedForward:
    """More units at the end."""
    bias = sympy.zeros(1, network.units) if network.b_1 is None else _dense(network.b_1)
    return replace(
        network, W_1=_dense(network.W_1).row_join(W_1), b_1=bias.row_join(b_1),
        W_2=_dense(network.W_2).col_join(W_2), activations=(*network.activations, *((name, 1) for name in names)),
    )  # fmt: skip


def _units_moved(network: FeedForward, source: random.Random) -> FeedForward | None:
    """Hidden units in another order; max and min stay together."""
    names, groups, k = _names(network), [], 0
    while k < len(names):
        size = 2 if names[k] == "maxmin" else 1
        groups.append(list(range(k, k + size)))
        k += size
    source.shuffle(groups)
    order = [u for group in groups for u in group]
    b_1 = None if network.b_1 is None else _dense(network.b_1).extract([0], order)
    D = list(range(network.width))
    runs = tuple((names[group[0]], len(group)) for group in groups)
    W_1, W_2 = _dense(network.W_1).extract(D, order), _dense(network.W_2).extract(order, D)
    return replace(network, W_1=W_1, b_1=b_1, W_2=W_2, activations=runs)


def _unit_and_back(network: FeedForward, source: random.Random) -> FeedForward:
    """Two equal units, one added and one taken away."""
    reads, bias, writes = _random(network.width, 1, source), _random(1, 1, source), _random(1, network.width, source)
    name = source.choice(["relu", "square", "identity", "step", "silu"])
    both = reads.row_join(reads), bias.row_join(bias), writes.col_join(-writes)
    return _with_units(network, *both, [name, name])


def _unread_unit(network: FeedForward, source: random.Random) -> FeedForward:
    """A unit that nobody reads."""
    reads, bias = _random(network.width, 1, source), _random(1, 1, source)
    return _with_units(network, reads, bias, sympy.zeros(1, network.width), [source.choice(["relu", "square", "step"])])


def _unit_scaled(network: FeedForward, source: random.Random) -> FeedForward | None:
    """A unit times c, and what it writes over c; over c^2 for squares."""
    names = _names(network)
    places = [u for u, name in enumerate(names) if name in ("identity", "square")]
    if not places:
        return None
    u, c = source.choice(places), _scalar(source)
    W_1, W_2, b_1 = _dense(network.W_1), _dense(network.W_2), network.b_1
    W_1[:, u] *= c
    W_2[u, :] /= c if names[u] == "identity" else c**2
    if b_1 is not None:
        b_1 = _dense(b_1)
        b_1[0, u] *= c
    return replace(network, W_1=W_1, b_1=b_1, W_2=W_2)


def _residual_in_units(network: FeedForward, source: random.Random) -> FeedForward | None:
    """The residual connection as units that hand on what they read."""
    D = network.width
    if not network.residual:
        return None
    one = sympy.eye(D)
    return replace(_with_units(network, one, sympy.zeros(1, D), one, ["identity"] * D), residual=False)


def _bias_written_out(network: FeedForward, source: random.Random) -> FeedForward | None:
    if network.b_1 is not None and network.b_2 is not None:
        return None
    zeros = {"b_1": network.units, "b_2": network.width}
    return replace(network, **{b: sympy.zeros(1, k) for b, k in zeros.items() if getattr(network, b) is None})


# -- slots, tokens, layers --------------------------------------------------------------------------------------------
def _over_slots(encoder: Encoder, slots: Slots, row: Callable[[Any], Any], column: Callable[[Any], Any]) -> Encoder:
    """Other slots: ``row`` changes the rows of what reads them, ``column`` the columns of what writes them."""
    layers = []
    for layer in encoder.layers:
        heads = tuple(
            replace(h, W_Q=row(h.W_Q), W_K=row(h.W_K), W_V=row(h.W_V), W_O=column(h.W_O)) for h in layer.heads
        )
        f = layer.feed_forward
        network = f and replace(f, W_1=row(f.W_1), W_2=column(f.W_2), b_2=None if f.b_2 is None else column(f.b_2))
        layers.append(replace(layer, heads=heads, feed_forward=network))
    return replace(encoder, slots=slots, layers=tuple(layers))


def _padded(encoder: Encoder, source: random.Random, place: int, read: bool, written: bool) -> Encoder:
    """One more slot at a place; it is read with random weights, or written with some, or neither."""
    parts = encoder.slots.parts
    slots = Slots((*parts[:place], (f"more{len(parts)}", 1), *parts[place:]))
    at = sum(size for _, size in parts[:place])

    def row(weight: Any) -> Any:
        more = _random(1, weight.shape[1], source) if read else sympy.zeros(1, weight.shape[1])
        return _dense(weight).row_insert(at, more)

    def column(weight: Any) -> Any:
        more = _random(weight.shape[0], 1, source) if written else sympy.zeros(weight.shape[0], 1)
        return _dense(weight).col_insert(at, more)

    return _over_slots(encoder, slots, row, column)


def _unused_slot(encoder: Encoder, source: random.Random) -> Encoder:
    """A slot that is written and never read."""
    return _padded(encoder, source, source.randint(0, len(encoder.slots.parts)), read=False, written=True)


def _empty_slot(encoder: Encoder, source: random.Random) -> Encoder:
    """A slot that is read and always 0."""
    return _padded(encoder, source, source.randint(0, len(encoder.slots.parts)), read=True, written=False)


def _shifted(encoder: Encoder, source: random.Random) -> Encoder | None:
    """The scores of each row of a head shifted alike: its keys get a column of ones, which a layer before it writes."""
    found = _some_head(encoder, source)
    if found is None or found[2].normaliser == "linear":
        return None
    wide = _padded(encoder, source, len(encoder.slots.parts), read=False, written=False)
    number, index, D = found[0], found[1], wide.slots.total
    one = sympy.Matrix(1, D, lambda _, j: int(j == D - 1))
    ones = Layer((), FeedForward(sympy.zeros(D, 1), None, sympy.zeros(1, D), one, "identity"))
    head = wide.layers[number].heads[index]
    W_Q = _dense(head.W_Q).row_join(_random(D, 1, source))
    wide = _put_heads(wide, number, index, replace(head, W_Q=W_Q, W_K=_dense(head.W_K).row_join(one.T)))
    return replace(wide, layers=(*wide.layers[:number], ones, *wide.layers[number:]))


def _slots_moved(encoder: Encoder, source: random.Random) -> Encoder:
    """Slots in another order, in all weights alike."""
    names = list(encoder.slots.names)
    source.shuffle(names)
    order = [p for name in names for p in range(*encoder.slots.span(name))]

    def row(weight: Any) -> Any:
        return _dense(weight).extract(order, list(range(weight.shape[1])))

    def column(weight: Any) -> Any:
        return _dense(weight).extract(list(range(weight.shape[0])), order)

    slots = Slots(tuple((name, encoder.slots.size(name)) for name in names))
    return _over_slots(encoder, slots, row, column)


def _groups_moved(encoder: Encoder, source: random.Random) -> Encoder | None:
    """Token groups in another order, where no head minds: masks by group only, no choice by position."""
    heads = [head for layer in encoder.layers for head in layer.heads]
    plain = all(h.mask.positions is None and h.mask.matrix is None and not h.mask.causal for h in heads)
    if not plain or any(h.normaliser.startswith("unique") for h in heads) or len(encoder.tokens.names) < 2:
        return None
    names = list(encoder.tokens.names)
    source.shuffle(names)
    tokens = TokenLayout(tuple((name, encoder.tokens.size(name)) for name in names))
    return replace(encoder, tokens=tokens)


def _layer_in_two(encoder: Encoder, source: random.Random) -> Encoder | None:
    """Attention in one layer, the feed-forward network in the next one."""
    found = [n for n, layer in enumerate(encoder.layers) if layer.feed_forward is not None]
    if not found:
        return None
    n = source.choice(found)
    layer = encoder.layers[n]
    two = replace(layer, feed_forward=None), Layer((), layer.feed_forward)
    return replace(encoder, layers=(*encoder.layers[:n], *two, *encoder.layers[n + 1 :]))


def _idle_layer(encoder: Encoder, source: random.Random) -> Encoder:
    """A layer that hands everything on."""
    n = source.randint(0, len(encoder.layers))
    return replace(encoder, layers=(*encoder.layers[:n], Layer(), *encoder.layers[n:]))


RULES: dict[str, Rule] = {
    "W_Q times c, W_K over c": _over_heads(_query_and_key),
    "W_V times c, W_O over c": _over_heads(_value_and_output),
    "queries and keys in another basis": _over_heads(_turned),
    "values in another basis": _over_heads(_values_turned),
    "a head split in two": _over_heads(_split),
    "the values of a head split": _over_heads(_split_values),
    "a head added and taken away": _over_heads(_doubled),
    "keys that meet no queries": _over_heads(_wider),
    "a head that writes nothing": _over_heads(_silent),
    "heads in another order": _order,
    "equal heads merged": _merged,
    "a mask written out": _mask_written_out,
    "units in another order": _over_networks(_units_moved),
    "a unit added and taken away": _over_networks(_unit_and_back),
    "a unit that nobody reads": _over_networks(_unread_unit),
    "a unit scaled": _over_networks(_unit_scaled),
    "the residual as units": _over_networks(_residual_in_units),
    "biases written out": _over_networks(_bias_written_out),
    "a slot that nobody reads": _unused_slot,
    "a slot that stays 0": _empty_slot,
    "scores shifted by row": _shifted,
    "slots in another order": _slots_moved,
    "token groups in another order": _groups_moved,
    "a layer in two": _layer_in_two,
    "an idle layer": _idle_layer,
}
