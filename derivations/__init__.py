"""The theorem library: one paper a file, the statement first, then the steps of its proof, with prose."""

from __future__ import annotations

from derivations import (
    biases,
    encoder_layer,
    layer_norms,
    linear_attention,
    masked,
    multi_head,
    scaled,
    universal_simulator,
)
from symsim.derivation import library

registry = library(
    [
        universal_simulator.derivation,
        multi_head.derivation,
        masked.causal,
        masked.padded,
        biases.derivation,
        scaled.derivation,
        encoder_layer.derivation,
        layer_norms.post,
        layer_norms.pre,
        linear_attention.derivation,
    ]
)
"""All derivations by name: those of this package, and those that installed packages add."""
