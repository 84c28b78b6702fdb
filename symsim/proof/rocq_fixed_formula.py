"""Formulas of fixed sizes as terms of Rocq: a matrix is a function of row and column, a sum runs over 0 .. k - 1."""

from __future__ import annotations

from collections.abc import Mapping

from symsim.errors import BadInput
from symsim.formulas import functions, syntax
from symsim.formulas.syntax import Formula
from symsim.proof.rocq_fixed_values import scalar
from symsim.proof.rocq_language import OPAQUE, Names


def formula(node: Formula, names: Names, inner: Mapping[Formula, str] | None = None) -> str:
    """The function of row and column that a formula stands for; ``BadInput`` where there is no definition for it.

    Arguments of functions that are ``inner`` are written as the names that they have there.

    >>> from symsim.formulas import matrix, softmax
    >>> X, A = matrix("X", 3, 2), matrix("A", 2, 2)
    >>> formula(softmax(X @ A @ X.T) @ X, Names(["X", "A"]))
    'mul 3 (softmax e 3 (mul 2 (mul 2 X A) (tr X))) X'
    """

    def inside(part: Formula) -> str:
        text = formula(part, names, inner)
        return text if " " not in text else f"({text})"

    def argument(part: Formula) -> str:
        return inner[part] if inner and part in inner else inside(part)

    if isinstance(node, syntax.Name):
        return names[node.name]
    if isinstance(node, syntax.Product):
        text = inside(node.terms[0])
        for left, right in zip(node.terms, node.terms[1:], strict=False):
            text = f"({text})" if text.startswith("mul ") else text
            text = f"mul {left.shape[1]} {text} {inside(right)}"
        return text
    if isinstance(node, syntax.Sum | syntax.Hadamard):
        word = "add" if isinstance(node, syntax.Sum) else "had"
        text = inside(node.terms[0])
        for part in node.terms[1:]:
            text = f"({text})" if text.startswith(f"{word} ") else text
            text = f"{word} {text} {inside(part)}"
        return text
    if isinstance(node, syntax.Scaled) and isinstance(node.coefficient, syntax.Number):
        return f"scaled {scalar(node.coefficient.value)} {inside(node.matrix)}"
    if isinstance(node, functions.Transposed):
        return f"tr {inside(node.argument)}"
    if isinstance(node, functions.Softmax) and node.mask is None:
        how = "causal_softmax e" if node.causal else f"softmax e {node.shape[1]}"
        return f"{how} {argument(node.argument)}"
    if isinstance(node, functions.Apply) and node.function in (*OPAQUE, "exp", "reciprocal"):
        function = {"exp": "e", "reciprocal": "(@reciprocal F)"}.get(node.function) or names[node.function]
        return f"each {function} {argument(node.argument)}"
    if isinstance(node, syntax.Ones):
        return "(@ones F)"
    raise BadInput(f"the Rocq export has no definition for the formula {node} at fixed sizes")
