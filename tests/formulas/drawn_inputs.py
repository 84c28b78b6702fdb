"""A small matrix for every name that occurs in drawn formulas."""

from __future__ import annotations

import numpy as np

from symsim.testing.formulas import MASKS, SHAPES


def inputs(seed: int) -> dict[str, np.ndarray]:
    """A small matrix for every declared name; masks have entries 0 and 1."""
    generator = np.random.default_rng(seed)
    values = {name: generator.uniform(-1, 1, shape) for name, shape in SHAPES.items()}
    return values | {name: generator.integers(0, 2, shape).astype(float) for name, shape in MASKS.items()}
