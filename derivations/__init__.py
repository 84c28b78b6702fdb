"""The theorem library: one paper a file, the statement first, then the steps of its proof, with prose."""

from __future__ import annotations

from derivations import (
    biases,
    cross_attention,
    encoder_layer,
    group_sort,
    grouped_query,
    layer_norms,
    linear_attention,
    linformer,
    lipschitz,
    looped,
    looped_attention,
    looped_pass,
    masked,
    match2,
    max_min,
    multi_head,
    multi_query,
    relu,
    scalar_multi_head,
    scalar_product,
    scalar_softmax,
    scalar_transposition,
    scalar_universal_simulator,
    scaled,
    softmax_only,
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
        looped_attention.derivation,
        looped_pass.derivation,
        looped.derivation,
        cross_attention.derivation,
        multi_query.derivation,
        grouped_query.derivation,
        linear_attention.derivation,
        softmax_only.derivation,
        linformer.derivation,
        scalar_transposition.derivation,
        scalar_product.wide,
        scalar_product.narrow,
        scalar_softmax.derivation,
        scalar_universal_simulator.derivation,
        scalar_multi_head.derivation,
        relu.derivation,
        max_min.derivation,
        group_sort.derivation,
        lipschitz.derivation,
        match2.derivation,
    ]
)
"""All derivations by name: those of this package, and those that installed packages add."""
