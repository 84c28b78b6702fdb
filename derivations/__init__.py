"""The theorem library: one paper a file, the statement first, then the steps of its proof, with prose."""

from __future__ import annotations

from derivations import (
    linear_attention,
    universal_simulator,
)
from symsim.derivation import library

registry = library(
    [
        universal_simulator.derivation,
        linear_attention.derivation,
    ]
)
"""All derivations by name: those of this package, and those that installed packages add."""
