"""Formulas as text of the language: what :func:`symsim.formulas.parsing.parse` reads back."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from fractions import Fraction
from typing import Any

from symsim.errors import BadInput
from symsim.formulas.functions import Apply, Blocks, Determinant, Diag, Inverse, LayerNorm, Softmax, Trace, Transposed
from symsim.formulas.sizes import size_text
from symsim.formulas.syntax import (
    Formula,
    Hadamard,
    Identity,
    Name,
    Number,
    Ones,
    Product,
    Scalar,
    Scaled,
    Sum,
    Zero,
)


class Level(IntEnum):
    """How tightly a text holds together: what is looser than its surroundings needs parentheses."""

    SUM = 0
    ENTRYWISE = 1
    SIGNED = 2
    PRODUCT = 3
    TIGHT = 4


Text = tuple[str, Level]
_BARE_ZERO = re.compile(r"(?<![\w.])0(?![\w.(])")


def to_text(formula: Formula) -> str:
    """The formula as text; ``parse`` reads an equal formula back.

    >>> from symsim.formulas.building import matrix, softmax
    >>> X, A = matrix("X", "n", "d"), matrix("A", "d", "d")
    >>> to_text(2 * softmax(X @ (A - A.T) @ X.T, causal=True) @ X)
    '2 * softmax(X (A - A^T) X^T, causal) X'
    """
    return _text(formula)[0]


def factors_of_scaled(formula: Scaled) -> tuple[Fraction, list[Formula], list[Formula], Formula]:
    """A scaling taken apart: its number, the scalars above and below the fraction line, and what is scaled.

    >>> from symsim.formulas.building import matrix, scalar
    >>> factors_of_scaled(-2 * matrix("X", "n", "d") / scalar("tau"))
    (Fraction(-2, 1), [], [<tau: 1 x 1>], <X: n x d>)
    """
    number, chain = _chain(formula.coefficient)
    above = [factor for factor in chain if not divides(factor)]
    below = [factor.parts[0] for factor in chain if divides(factor)]
    return number, above, below, formula.matrix


def _chain(coefficient: Formula) -> tuple[Fraction, list[Formula]]:
    chain: list[Formula] = []
    while isinstance(coefficient, Scaled):
        chain.append(coefficient.matrix)
        coefficient = coefficient.coefficient
    if isinstance(coefficient, Number):
        return coefficient.value, chain[::-1]
    return Fraction(1), [coefficient, *chain[::-1]]


def divides(factor: Formula) -> bool:
    """Whether a factor is one over a scalar that can be written behind a fraction line."""
    return (
        isinstance(factor, Apply)
        and factor.function == "reciprocal"
        and factor.shape == (1, 1)
        and not isinstance(factor.argument, Scaled | Number)
    )


def _text(formula: Formula) -> Text:
    try:
        return _TEXTS[type(formula)](formula)
    except KeyError:
        raise BadInput(f"{type(formula).__name__} is no node of the matrix language") from None


def _at(formula: Formula, level: Level) -> str:
    """The text, in parentheses where it is looser than ``level``."""
    text, own = _text(formula)
    return text if own >= level else f"({text})"


def _number(value: Fraction) -> Text:
    if value < 0:
        return str(value), Level.SIGNED
    return str(value), Level.TIGHT if value.denominator == 1 else Level.PRODUCT


def _sum(formula: Sum) -> Text:
    text = ""
    for term in formula.terms:
        part = _at(term, Level.ENTRYWISE)
        if not text:
            text = part
        else:
            text += f" - {part[1:]}" if part.startswith("-") else f" + {part}"
    return text, Level.SUM


def _scaled(formula: Scaled) -> Text:
    number, chain = _chain(formula.coefficient)
    chain.append(formula.matrix)
    text = "" if abs(number) == 1 and not divides(chain[0]) else str(abs(number))
    for i, factor in enumerate(chain):
        if divides(factor):
            text += f" / {_at(factor.parts[0], Level.TIGHT)}"
        else:
            last = i == len(chain) - 1
            part = _at(factor, Level.PRODUCT if last and isinstance(factor, Product) else Level.TIGHT)
            text += f" * {part}" if text else part
    return (f"-{text}", Level.SIGNED) if number < 0 else (text, Level.PRODUCT)


def _call(name: str, *arguments: str) -> Text:
    return f"{name}({', '.join(arguments)})", Level.TIGHT


def _sizes(*sizes: Any) -> list[str]:
    return [size_text(size) for size in sizes]


def _softmax(formula: Softmax) -> Text:
    arguments = [_not_bare(formula.argument)]
    if formula.causal:
        arguments.append("causal")
    if formula.mask is not None:
        arguments.append(f"mask={formula.mask.name}")
    return _call("softmax", *arguments)


def _blocks(formula: Blocks) -> Text:
    numbers = all(block.scalar for block in formula.parts)
    texts = [", ".join((to_text if numbers else _not_bare)(block) for block in row) for row in formula.grid]
    return f"[{'; '.join(texts)}]", Level.TIGHT


def _not_bare(formula: Formula) -> str:
    """The text; in a number zero becomes ``0.0``, since a bare ``0`` is a zero matrix where a matrix can stand."""
    text = to_text(formula)
    return _BARE_ZERO.sub("0.0", text) if formula.shape == (1, 1) else text


_TEXTS: dict[type[Formula], Callable[[Any], Text]] = {
    Name: lambda f: (f.name, Level.TIGHT),
    Scalar: lambda f: (f.name, Level.TIGHT),
    Number: lambda f: _number(f.value),
    Identity: lambda f: _call("I", *_sizes(f.size)),
    Zero: lambda f: _call("0", *_sizes(f.rows, f.cols)),
    Ones: lambda f: _call("ones", *_sizes(f.rows, *([] if f.cols == 1 else [f.cols]))),
    Sum: _sum,
    Hadamard: lambda f: (" .* ".join(_at(term, Level.TIGHT) for term in f.terms), Level.ENTRYWISE),
    Product: lambda f: (" ".join(_at(term, Level.TIGHT) for term in f.terms), Level.PRODUCT),
    Scaled: _scaled,
    Transposed: lambda f: (f"{_at(f.argument, Level.TIGHT)}^T", Level.TIGHT),
    Inverse: lambda f: (f"{_at(f.argument, Level.TIGHT)}^-1", Level.TIGHT),
    Diag: lambda f: _call("diag", _not_bare(f.argument)),
    Trace: lambda f: _call("tr", _not_bare(f.argument)),
    Determinant: lambda f: _call("det", _not_bare(f.argument)),
    Apply: lambda f: _call(f.function, to_text(f.argument)),
    LayerNorm: lambda f: _call("layernorm", _not_bare(f.argument)),
    Softmax: _softmax,
    Blocks: _blocks,
}
