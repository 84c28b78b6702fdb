"""Which slots each head and feed-forward network reads and writes: read off the non-zero blocks of its weights."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy

from symsim.domains.block_coefficients import dim
from symsim.domains.block_matrix import refinement
from symsim.domains.layout import Layout
from symsim.encoder.layers import Encoder, FeedForward, Head
from symsim.encoder.layouts import Slots
from symsim.errors import BadInput

Coordinates: TypeAlias = frozenset[int]
"""Columns of a weight at fixed sizes; columns of blocks at symbolic ones."""
Touched: TypeAlias = Mapping[str, Coordinates]
"""For each slot that a weight touches, the coordinates on its other side."""

VANISHING = frozenset({"relu", "square", "identity", "silu", "maxmin", "layernorm"})
"""Activations that are 0 at 0; of any other one nothing is assumed."""


@dataclass(frozen=True)
class Carrier:
    """A head or a feed-forward network, as what it does to slots.

    ``queries`` and ``keys`` give the score coordinates that each slot feeds (only those that meet the other side);
    ``paths`` lists the pairs (slot read as value, slot written). For a feed-forward network ``paths`` lists (slot read
    by a unit, slot that this unit writes), and ``constant`` the slots that it writes even where all that it reads is 0.
    ``visible`` names the token groups that a head may look at.
    """

    layer: int
    kind: str
    name: str
    label: str
    note: str
    queries: Touched
    keys: Touched
    paths: tuple[tuple[str, str], ...]
    linear: bool = False
    visible: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The slots that are read as values, or by units."""
        return tuple(dict.fromkeys(source for source, _ in self.paths))

    @property
    def writes(self) -> tuple[str, ...]:
        """The slots that are written."""
        return tuple(dict.fromkeys([target for _, target in self.paths] + list(self.constant)))


@dataclass(frozen=True)
class Wires:
    """The carriers of one layer, and where its residual connections are."""

    heads: tuple[Carrier, ...]
    network: Carrier | None
    residual: bool
    network_residual: bool


def wiring(encoder: Encoder) -> tuple[Wires, ...]:
    """The carriers of every layer.

    Zero blocks carry nothing; whether non-zero blocks cancel each other in a product is not asked. Raises ``BadInput``
    for a weight of symbolic size that is not cut like the slots.

    >>> from symsim.simulators.universal import universal
    >>> first = wiring(universal("n", "d").encoder)[0].heads[0]
    >>> first.name, sorted(first.queries), sorted(first.keys), first.paths
    ('layer 1, head 1 (products)', ['x'], ['id'], (('a', 'xa'), ('v', 'xv')))
    """
    out = []
    for number, layer in enumerate(encoder.layers, 1):
        heads = tuple(_head(h, number, i, encoder) for i, h in enumerate(layer.heads, 1))
        network = layer.feed_forward
        carrier = _network(network, number, encoder.slots) if network is not None else None
        out.append(Wires(heads, carrier, layer.residual, network is None or network.residual))
    return tuple(out)


def _head(head: Head, layer: int, index: int, encoder: Encoder) -> Carrier:
    slots = encoder.slots
    queries, keys = _meeting(_by_rows(head.W_Q, slots), _by_rows(head.W_K, slots))
    values, written = _meeting(_by_rows(head.W_V, slots), _by_columns(head.W_O, slots))
    from symsim.encoder.normalisers import NORMALISERS

    linear = NORMALISERS[head.normaliser].linear
    paths = _paths(values, written) if keys or not linear else ()
    mask = "" if head.mask.kind == "none" else f", mask: {head.mask.kind}"
    return Carrier(
        layer=layer,
        kind="head",
        name=f"layer {layer}, head {index}" + (f" ({head.name})" if head.name else ""),
        label=head.name or f"head {index}",
        note=head.normaliser + mask,
        queries=queries,
        keys=keys,
        paths=paths,
        linear=linear,
        visible=_visible(head, encoder),
    )


def _visible(head: Head, encoder: Encoder) -> tuple[str, ...]:
    groups = head.mask.visible(encoder.tokens)
    places = head.mask.positions
    if places is None:
        return groups
    return tuple(
        g for g in groups if any(start <= p < stop for start, stop in [encoder.tokens.span(g)] for p in places)
    )


def _network(network: FeedForward, layer: int, slots: Slots) -> Carrier:
    read, written = _meeting(_by_rows(network.W_1, slots), _by_columns(network.W_2, slots), _owners(network))
    names = tuple(dict.fromkeys(name for name, _ in network.activations))
    free = network.b_1 is not None and not _vanishes(network.b_1)
    constant = _by_columns(network.b_2, slots)[0] if network.b_2 is not None else {}
    forced = written if free or not VANISHING.issuperset(names) else {}
    always = [slot for slot in slots.names if slot in forced or slot in constant]
    return Carrier(
        layer=layer,
        kind="feed-forward",
        name=f"layer {layer}, feed-forward",
        label="feed-forward",
        note=", ".join(names),
        queries={},
        keys={},
        paths=_paths(read, written),
        constant=tuple(always),
    )


def _owners(network: FeedForward) -> list[int] | None:
    """For each unit the first of those that act together with it; None at symbolic sizes, where runs are blocks."""
    from symsim.encoder.activations import ACTIVATIONS

    if not isinstance(network.units, int | sympy.Integer):
        return None
    found: list[int] = []
    for name, size in network.activations:
        first, rule = len(found), ACTIVATIONS[name]
        found += [first + (0 if rule.whole else unit - unit % rule.group) for unit in range(size)]
    return found


def _paths(read: Touched, written: Touched) -> tuple[tuple[str, str], ...]:
    return tuple((s, t) for s, ours in read.items() for t, theirs in written.items() if ours & theirs)


def _meeting(
    a: tuple[Touched, Any], b: tuple[Touched, Any], owners: list[int] | None = None
) -> tuple[Touched, Touched]:
    """Both sides on common coordinates, restricted to the coordinates that both touch."""
    (left, left_cut), (right, right_cut) = a, b
    if left_cut is not None and right_cut is not None and left_cut != right_cut:
        ours, theirs = refinement([dim(s) for s in left_cut], [dim(s) for s in right_cut], "two weights of a head")
        left, right = _finer(left, ours), _finer(right, theirs)
    if owners is not None and left_cut is None:
        left, right = ({s: frozenset(owners[c] for c in cs) for s, cs in side.items()} for side in (left, right))
    reached = [frozenset[int]().union(*side.values()) for side in (left, right)]
    both = reached[0] & reached[1]
    return (
        {s: cs & both for s, cs in left.items() if cs & both},
        {s: cs & both for s, cs in right.items() if cs & both},
    )


def _finer(side: Touched, pieces: list[tuple[Any, ...]]) -> Touched:
    starts = [0]
    for sizes in pieces:
        starts.append(starts[-1] + len(sizes))
    return {s: frozenset(k for c in cs for k in range(starts[c], starts[c + 1])) for s, cs in side.items()}


# -- weights ----------------------------------------------------------------------------------------------------------


def _by_rows(weight: Any, slots: Layout) -> tuple[Touched, Any]:
    """For each slot among the rows of a weight the columns that it touches, and how those are cut (None: by number)."""
    return _touched(weight, slots, 0)


def _by_columns(weight: Any, slots: Layout) -> tuple[Touched, Any]:
    return _touched(weight, slots, 1)


def _touched(weight: Any, slots: Layout, axis: int) -> tuple[Touched, Any]:
    found: dict[str, set[int]] = {}
    if isinstance(weight, sympy.MatrixBase):
        if not slots.fixed:
            raise BadInput("an explicit weight needs slots of fixed sizes")
        starts, names = _starts(slots)
        for place, value in weight.todok().items():
            if value != 0:
                found.setdefault(names[bisect_right(starts, place[axis]) - 1], set()).add(int(place[1 - axis]))
        cut = None
    else:
        table = weight.blocks if isinstance(weight, sympy.BlockMatrix) else sympy.ImmutableDenseMatrix([[weight]])
        sizes = [[table[i, 0].shape[0] for i in range(table.rows)], [table[0, j].shape[1] for j in range(table.cols)]]
        _same_cut(weight, sizes[axis], slots)
        for i in range(table.rows):
            for j in range(table.cols):
                if not _is_zero(table[i, j]):
                    found.setdefault(slots.names[(i, j)[axis]], set()).add((j, i)[axis])
        cut = sizes[1 - axis]
    return {name: frozenset(found[name]) for name in slots.names if name in found}, cut


def _starts(slots: Layout) -> tuple[list[int], list[str]]:
    """Where the slots that hold something start, and their names."""
    held = [(slots.span(name)[0], name) for name, size in slots.parts if size]
    return [start for start, _ in held], [name for _, name in held]


def _same_cut(weight: Any, sizes: list[Any], slots: Layout) -> None:
    if isinstance(weight, sympy.ZeroMatrix):
        return
    ours = [dim(size) for _, size in slots.parts]
    if [dim(size) for size in sizes] != ours:
        raise BadInput(
            f"a weight of symbolic size is cut like the slots ({', '.join(slots.names)}); this one has blocks of sizes "
            f"{', '.join(map(str, sizes))}: build it with one block for each slot"
        )


def _vanishes(weight: Any) -> bool:
    blocks = weight.blocks if isinstance(weight, sympy.BlockMatrix) else sympy.ImmutableDenseMatrix([[weight]])
    return all(_is_zero(b) for b in blocks) if not isinstance(weight, sympy.MatrixBase) else _is_zero(weight)


def _is_zero(block: Any) -> bool:
    if isinstance(block, sympy.MatrixBase):
        return not any(value != 0 for value in block.todok().values())
    return isinstance(block, sympy.ZeroMatrix) or (isinstance(block, sympy.MatMul) and block.args[0] == 0)
