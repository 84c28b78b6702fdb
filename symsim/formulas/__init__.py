"""The matrix language: a typed syntax tree, its text, its value over any number system, and its LaTeX."""

from __future__ import annotations

from symsim.formulas.building import (
    apply,
    blocks,
    determinant,
    diag,
    exp,
    hadamard,
    identity,
    inverse,
    layernorm,
    matrix,
    number,
    ones,
    relu,
    scalar,
    softmax,
    trace,
    zeros,
)
from symsim.formulas.evaluation import Evaluation, evaluate
from symsim.formulas.latex import to_latex
from symsim.formulas.parsing import parse, parse_shape, parse_shapes
from symsim.formulas.printing import to_text
from symsim.formulas.sizes import as_size, size_symbol, size_text, sizes
from symsim.formulas.substitution import (
    free_sizes,
    mask_names,
    names,
    replace,
    scalar_names,
    substitute_sizes,
)
from symsim.formulas.syntax import Formula

__all__ = [
    "Evaluation",
    "Formula",
    "apply",
    "as_size",
    "blocks",
    "determinant",
    "diag",
    "evaluate",
    "exp",
    "free_sizes",
    "hadamard",
    "identity",
    "inverse",
    "layernorm",
    "mask_names",
    "matrix",
    "names",
    "number",
    "ones",
    "parse",
    "parse_shape",
    "parse_shapes",
    "relu",
    "replace",
    "scalar",
    "scalar_names",
    "size_symbol",
    "size_text",
    "sizes",
    "softmax",
    "substitute_sizes",
    "to_latex",
    "to_text",
    "trace",
    "zeros",
]
