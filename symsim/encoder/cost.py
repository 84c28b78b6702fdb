"""What an encoder costs: counted on the object, never typed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from symsim.encoder.layers import Encoder, weights_of
from symsim.encoder.weights import count


@dataclass(frozen=True)
class Cost:
    """Resources of an encoder; integers at fixed sizes, polynomials in the sizes otherwise.

    ``heads`` and ``ffn_units`` have one entry a layer; ``parameters`` counts all entries of all weights and
    ``nonzero_parameters`` those that are not 0.
    """

    layers: Any
    heads: tuple[Any, ...]
    width: Any
    positions: Any
    ffn_units: tuple[Any, ...]
    parameters: Any
    nonzero_parameters: Any

    def to_dict(self) -> dict[str, Any]:
        """Plain data: integers, and polynomials as strings."""
        return {
            "layers": _plain(self.layers),
            "heads": [_plain(h) for h in self.heads],
            "width": _plain(self.width),
            "positions": _plain(self.positions),
            "ffn_units": [_plain(u) for u in self.ffn_units],
            "parameters": _plain(self.parameters),
            "nonzero_parameters": _plain(self.nonzero_parameters),
        }


def cost(encoder: Encoder) -> Cost:
    """Count the layers, heads, width, positions, hidden units and parameters of an encoder."""
    counts = [count(weight) for layer in encoder.layers for weight in weights_of(layer)]
    return Cost(
        layers=len(encoder.layers),
        heads=tuple(len(layer.heads) for layer in encoder.layers),
        width=encoder.slots.total,
        positions=encoder.tokens.total,
        ffn_units=tuple(layer.feed_forward.units if layer.feed_forward else 0 for layer in encoder.layers),
        parameters=_total(entries for entries, _ in counts),
        nonzero_parameters=_total(nonzero for _, nonzero in counts),
    )


def _total(values: Any) -> Any:
    total = sympy.expand(sum(values, sympy.Integer(0)))
    return int(total) if total.is_Integer else total


def _plain(value: Any) -> Any:
    if isinstance(value, int):
        return value
    expanded = sympy.expand(value)
    return int(expanded) if expanded.is_Integer else str(expanded)
