"""Gallina, the language of Rocq: names, sizes, scalars and matrix formulas as text over mathcomp.

``A^T`` is the transpose, ``*m`` the matrix product, ``c *: M`` a scalar times a matrix, ``1%:M`` the identity and
``const_mx 1`` the matrix of ones. The exponential is an arbitrary function ``e``, other entrywise functions are
arbitrary functions under their own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import sympy

from symsim.errors import BadInput
from symsim.formulas import functions, syntax
from symsim.formulas.syntax import Formula

TAKEN = frozenset(
    "as at cofix do else end exists exists2 fix for forall fun if in is isn't let match mod nat of Prop return Set "
    "SProp then Type using where with have pose move case apply by rewrite exact e F O S g H Z block cell column fetch "
    "meet place seat covers offset scores softmax msoftmax hide see_all see_groups groups slots state tokens readout "
    "encoder causal_softmax causal_groups "
    "result seq size sumn take nth put stack run by_row "
    "simulated entering one_pass leaving outcome passed units id fieldType map_mx const_mx locked feed_forward".split()
)
"""Words that mean something else in an emitted file."""

GENERATED = re.compile(
    r"((Q|K|V|O|QK|OV|W[12]_|head)\d+_.*"
    r"|(act|units|state|strip|rows|sum|moved|rest|column|attention|network|hidden|values|coordinates)\d.*"
    r"|(unfold|node|keep|cell_quiet|column_quiet)_.*|.*_at_\d+|.*_computes)"
)
"""Names that an emitted file makes, such as ``head1_1``; none of them ends in a tick."""

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

OPAQUE = ("relu", "step", "silu")
"""Entrywise functions that a theorem quantifies over."""

ROWS = "layernorm"
"""The function of rows that a theorem quantifies over: one for rows of every width."""


class Names:
    """One Gallina identifier for each size, scalar, function and matrix: their own name, with a tick where it is taken.

    >>> names = Names(["n", "e"])
    >>> names["n"], names["e"]
    ('n', "e'")
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._of: dict[str, str] = {}
        used: set[str] = set()
        for word in words:
            if not PLAIN.fullmatch(word):
                raise BadInput(f"'{word}' cannot be a name in Rocq: letters, digits and _ after a letter")
            found = word
            if found in TAKEN or GENERATED.fullmatch(found):
                found += "'"
            while found in used:
                found += "'"
            self._of[word] = found
            used.add(found)

    def __getitem__(self, word: str) -> str:
        return self._of[word]


def comment(text: str) -> str:
    """A text as the inside of a comment: nothing in it can end the comment or open a string."""
    return " ".join(text.replace("*)", "* )").replace("(*", "( *").replace('"', "'").split())


def activation(name: str, names: Names) -> str:
    """An activation as a function of matrices: one of F at every entry, or one of rows at every row."""
    if name == ROWS:
        return f"by_row {names[name]}"
    return f"map_mx {({'identity': 'id', 'exp': 'e'}.get(name) or names[name])}"


def function_type(name: str) -> str:
    """The type of a function that a theorem quantifies over."""
    return "forall w, 'rV[F]_w -> 'rV[F]_w" if name == ROWS else "F -> F"


def size(value: Any, names: Names) -> str:
    """A size as a term of type nat."""
    value = sympy.Integer(value) if isinstance(value, int) else sympy.expand(value)
    if value.is_Integer and value >= 0:
        return str(int(value))
    if value.is_Symbol:
        return names[value.name]
    if value.is_Add or value.is_Mul:
        parts = value.as_ordered_terms() if value.is_Add else value.as_ordered_factors()
        return "(" + (" + " if value.is_Add else " * ").join(size(part, names) for part in parts) + ")"
    raise BadInput(f"the size {value} has no counterpart in the Rocq export: sizes are sums and products of symbols")


def scalar(value: Any, names: Names) -> str:
    """A polynomial over QQ in the declared scalars as an element of the field F."""
    if isinstance(value, int | Fraction):
        value = sympy.Rational(value.numerator, value.denominator)
    if value.is_Rational:
        text = f"{abs(int(value.p))}%:R" if abs(value.p) != 1 else "1"
        text = text if value.q == 1 else f"({text} / {int(value.q)}%:R)"
        return text if value >= 0 else f"(- {text})"
    if value.is_Symbol:
        return names[value.name]
    if value.is_Add or value.is_Mul:
        parts = value.as_ordered_terms() if value.is_Add else value.as_ordered_factors()
        return "(" + (" + " if value.is_Add else " * ").join(scalar(part, names) for part in parts) + ")"
    if value.is_Pow and value.exp.is_Integer and value.exp > 0:
        return f"({scalar(value.base, names)} ^+ {int(value.exp)})"
    raise BadInput(f"the scalar {value} has no counterpart in the Rocq export")


def matrix_type(shape: tuple[Any, Any], names: Names) -> str:
    """The type of the matrices of a shape."""
    return f"'M[F]_({size(shape[0], names)}, {size(shape[1], names)})"


def formula(node: Formula, names: Names) -> str:
    """A formula as a term; ``BadInput`` for functions that the library of lemmas does not know.

    >>> from symsim.formulas import matrix, softmax
    >>> X, A = matrix("X", "n", "d"), matrix("A", "d", "d")
    >>> formula(softmax(X @ A @ X.T) @ X, Names(["n", "d", "X", "A"]))
    'softmax e (X *m A *m X^T) *m X'
    """
    return _term(node, names)[0]


_ATOM, _PRODUCT, _SUM = 0, 1, 2


def _term(node: Formula, names: Names) -> tuple[str, int]:
    """The text and how tightly it binds."""

    def inside(part: Formula, level: int) -> str:
        text, found = _term(part, names)
        return text if found <= level else f"({text})"

    if isinstance(node, syntax.Name):
        return names[node.name], _ATOM
    if isinstance(node, syntax.Product):
        return " *m ".join([inside(node.terms[0], _PRODUCT), *(inside(t, _ATOM) for t in node.terms[1:])]), _PRODUCT
    if isinstance(node, syntax.Sum):
        return " + ".join([inside(node.terms[0], _SUM), *(inside(t, _PRODUCT) for t in node.terms[1:])]), _SUM
    if isinstance(node, syntax.Scaled):
        return f"{_number(node.coefficient, names)} *: ({_term(node.matrix, names)[0]})", _PRODUCT
    if isinstance(node, functions.Transposed):
        return inside(node.argument, _ATOM) + "^T", _ATOM
    if isinstance(node, functions.Softmax) and node.mask is None:
        return f"{'causal_' * node.causal}softmax e ({_term(node.argument, names)[0]})", _PRODUCT
    if isinstance(node, functions.Apply) and node.function in (*OPAQUE, "exp"):
        return f"{activation(node.function, names)} ({_term(node.argument, names)[0]})", _PRODUCT
    if isinstance(node, functions.LayerNorm):
        return f"{activation(ROWS, names)} ({_term(node.argument, names)[0]})", _PRODUCT
    constants = {syntax.Ones: "const_mx 1", syntax.Zero: "0", syntax.Identity: "1%:M"}
    if type(node) in constants:
        return f"({constants[type(node)]} : {matrix_type(node.shape, names)})", _ATOM
    raise BadInput(f"the Rocq export has no lemmas for the formula {node}")


def _number(node: Formula, names: Names) -> str:
    if isinstance(node, syntax.Number):
        return scalar(node.value, names)
    if isinstance(node, syntax.Scalar) and not node.is_size:
        return names[node.name]
    if isinstance(node, syntax.Scaled):
        return f"({_number(node.coefficient, names)} * {_number(node.matrix, names)})"
    raise BadInput(f"the Rocq export has no lemmas for the scalar {node}")


def applied(node: Formula) -> list[str]:
    """The opaque functions of a formula, in the order in which they occur."""
    here = [node.function] if isinstance(node, functions.Apply) and node.function in OPAQUE else []
    here += [ROWS] if isinstance(node, functions.LayerNorm) else []
    return list(dict.fromkeys(here + [name for part in node.parts for name in applied(part)]))
