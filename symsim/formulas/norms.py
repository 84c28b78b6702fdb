"""The layer norm, written out in the other operations of the language: its one definition for every number system."""

from __future__ import annotations

from symsim.formulas.building import diag, divide, formula, hadamard, ones, scale
from symsim.formulas.functions import Apply, LayerNorm
from symsim.formulas.syntax import Formula


def written_out(norm: LayerNorm) -> Formula:
    """With ``C = X - X 1 1^T / d`` it is ``diag(normscale((C .* C) 1 / d)) C``.

    ``normscale(v)`` is ``1 / sqrt(v + 1/100000)``. What is proved with it as an atom holds for any function of the row
    variance in its place.

    >>> from symsim.formulas.building import layernorm, matrix
    >>> written_out(layernorm(matrix("X", "n", "d"))).shape
    (n, d)
    """
    X = norm.argument
    one = ones(X.shape[1])
    share = divide(formula(1), formula(X.shape[1]))
    centred = X - scale(share, X @ one @ one.T)
    variance = scale(share, hadamard(centred, centred) @ one)
    return diag(Apply("normscale", variance)) @ centred
