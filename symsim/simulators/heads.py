"""A head of a row construction: its weights are blocks of identities between slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from symsim.domains.layout import Layout
from symsim.encoder.layers import Head
from symsim.encoder.layouts import Slots
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight


def head(
    slots: Slots,
    query: dict[str, str] | Sequence[str],
    key: dict[str, str] | Sequence[str],
    value: dict[str, str],
    normaliser: str,
    mask: Mask | None = None,
    scale: Any = 1,
    name: str = "",
) -> Head:
    """A head whose weights are blocks of identities.

    ``query`` and ``key`` map slots to key coordinates (a list of slots names its coordinates by itself), ``value``
    maps the slots it reads to the slots it writes. ``scale`` multiplies the query.
    """
    queries = query if isinstance(query, dict) else {slot: slot for slot in query}
    keys = key if isinstance(key, dict) else dict(zip(key, queries.values(), strict=True))
    inner = Layout(tuple((coordinate, slots.size(slot)) for slot, coordinate in queries.items()))
    middle = Layout(tuple((source, slots.size(source)) for source in value))
    return Head(
        W_Q=block_weight({(slot, c): scale for slot, c in queries.items()}, slots, inner),
        W_K=block_weight({(slot, c): 1 for slot, c in keys.items()}, slots, inner),
        W_V=block_weight({(source, source): 1 for source in value}, slots, middle),
        W_O=block_weight({(source, target): 1 for source, target in value.items()}, middle, slots),
        mask=mask or Mask(),
        normaliser=normaliser,
        name=name,
    )
