"""A second opinion on formulas: their value in floats, over the syntax tree, without the package's own evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import numpy as np

from symsim.formulas import functions as f
from symsim.formulas import syntax as s

FUNCTIONS = {
    "exp": np.exp,
    "reciprocal": lambda x: 1 / x,
    "relu": lambda x: np.maximum(x, 0),
    "square": np.square,
    "abs": np.abs,
    "step": lambda x: (x >= 0).astype(float),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "f": lambda x: np.sin(x) + 2 * x,
}


def value(formula: s.Formula, given: Mapping[str, Any]) -> Any:
    """The value at numpy matrices; scalars are 1 x 1 or plain numbers."""
    below = [value(part, given) for part in formula.parts]
    match formula:
        case s.Name() | s.Scalar():
            return np.atleast_2d(np.asarray(given[formula.name], dtype=float))
        case s.Number():
            return np.array([[float(formula.value)]])
        case s.Identity():
            return np.eye(formula.size)
        case s.Zero() | s.Ones():
            return np.full(formula.shape, float(isinstance(formula, s.Ones)))
        case s.Sum():
            return sum(below)
        case s.Hadamard():
            return reduce(np.multiply, below)
        case s.Product():
            return reduce(np.matmul, below)
        case s.Scaled():
            return below[0][0, 0] * below[1]
        case f.Transposed():
            return below[0].T
        case f.Trace():
            return np.array([[np.trace(below[0])]])
        case f.Determinant():
            return np.array([[np.linalg.det(below[0])]])
        case f.Diag():
            return np.diag(below[0][:, 0])
        case f.Inverse():
            return np.linalg.inv(below[0])
        case f.Apply():
            return FUNCTIONS[formula.function](below[0])
        case f.Blocks():
            return np.block([[value(part, given) for part in row] for row in formula.grid])
        case f.Softmax():
            return softmax(below[0], formula.causal, None if formula.mask is None else given[formula.mask.name])
    raise TypeError(f"{type(formula).__name__} has no second opinion")


def softmax(scores: Any, causal: bool = False, mask: Any = None) -> Any:
    """Row softmax over the visible keys; a row that sees nothing is 0."""
    seen = np.ones(scores.shape) if mask is None else np.asarray(mask, dtype=float)
    if causal:
        seen = seen * np.tri(*scores.shape)
    weights = seen * np.exp(scores - scores.max(axis=1, keepdims=True))
    total = weights.sum(axis=1, keepdims=True)
    return weights / np.where(total == 0, 1, total)
