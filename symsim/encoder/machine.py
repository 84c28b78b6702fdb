"""The machine model: which operations an encoder uses, read off the object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from symsim.encoder.layers import Encoder, FeedForward
from symsim.encoder.normalisers import NORMALISERS


@dataclass(frozen=True)
class Machine:
    """Normalisers, activations and masks that occur, how positions are encoded, and what is not used.

    ``positions`` is ``none`` or says which slots hold a one-hot code. ``residual`` names the sublayers without their
    residual connection.
    """

    normalisers: tuple[str, ...]
    activations: tuple[str, ...]
    masks: tuple[str, ...]
    positions: str
    residual: str
    layer_norm: str
    constants: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "normalisers": list(self.normalisers),
            "activations": list(self.activations),
            "masks": list(self.masks),
            "positions": self.positions,
            "residual": self.residual,
            "layer_norm": self.layer_norm,
            "constants": list(self.constants),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The model as a table of (aspect, what is used), for pages."""
        names = [f"{n} ({NORMALISERS[n].field_name})" if NORMALISERS[n].field_name else n for n in self.normalisers]
        return [
            ("Normalisers", "; ".join(names) or "none"),
            ("Feed-forward activations", ", ".join(self.activations) or "none: there is no feed-forward network"),
            ("Masks", "; ".join(self.masks)),
            ("Positions", self.positions),
            ("Residual connections", self.residual),
            ("Layer norm", self.layer_norm),
            ("Architecture constants", ", ".join(self.constants) or "none"),
        ]


def machine(encoder: Encoder, positions: str = "none") -> Machine:
    """Read the machine model off an encoder; ``positions`` is what the tokens say about them."""
    heads = [head for layer in encoder.layers for head in layer.heads]
    networks = [layer.feed_forward for layer in encoder.layers if layer.feed_forward]
    without = []
    for number, layer in enumerate(encoder.layers, 1):
        if not layer.residual:
            without.append(f"attention of layer {number}")
        if layer.feed_forward and not layer.feed_forward.residual:
            without.append(f"feed-forward of layer {number}")
    return Machine(
        normalisers=_once(head.normaliser for head in heads),
        activations=_once(name for network in networks for name, _ in network.activations),
        masks=_once(head.mask.kind for head in heads) or ("none",),
        positions=positions,
        residual="everywhere" if not without else "everywhere but " + ", ".join(without),
        layer_norm=_norms(networks),
        constants=encoder.constants,
    )


def _norms(networks: Iterable[FeedForward]) -> str:
    """Where layer norms stand; each is a run of units on one slot."""
    count = sum(name == "layernorm" for network in networks for name, _ in network.activations)
    return f"{count} runs of layer norm units; the scale 1 / sqrt(variance + 1/100000) is an atom" if count else "none"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
