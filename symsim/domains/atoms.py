"""Functions at every entry and traces of sums of words: values where they are known, atoms elsewhere.

``f(u 1^T) = f(u) 1^T`` for every f; ``relu(0) = 0``, ``step(0) = 1``, ``silu(0) = 0``, ``abs(-S) = abs(S)``,
``log(exp(S)) = S``; ``tr(A B) = tr(B A) = tr((A B)^T)``, ``tr(I) = n``, ``tr(u v^T) = v^T u``.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from symsim.domains.block_coefficients import Coefficient, Dim, divide, surely_positive
from symsim.domains.exponentials import exponential, function, row_constant
from symsim.domains.quotients import exponent_of, reciprocal
from symsim.domains.words import (
    PAIRS,
    Letter,
    Sum,
    Terms,
    Word,
    flipped,
    join,
    letter,
    multiply_scalars,
    ones,
    reduce,
    units,
)
from symsim.errors import Undefined


def entrywise(name: str, a: Sum) -> Sum:
    """A function of one real variable at every entry; an unknown one is opaque.

    Raises ``Undefined`` for the reciprocal and the logarithm of 0. Where else it is undefined is the caller's business.

    >>> entrywise("step", Sum(2, 2, {})).same(Sum.ones(2, 2))
    True
    """
    if a.rows == 0 or a.cols == 0:
        return a
    if name == "exp":
        return Sum.collect(a.rows, a.cols, (exponential(a),))
    if a.rows == 1 and a.cols == 1:
        return _at_number(name, a)
    column, rest = row_constant(a)
    if not rest and a.cols != 1:
        return entrywise(name, column) @ Sum.ones(1, a.cols)
    row, rest = row_constant(a.T)
    if not rest and a.rows != 1:
        return Sum.ones(a.rows, 1) @ entrywise(name, row).T
    return _simplest(name, a)


def _simplest(name: str, a: Sum) -> Sum:
    if name == "abs":
        a = min(a, a.scaled(-1), key=lambda part: part.key)
    known = reciprocal(a) if name == "reciprocal" else (exponent_of(a) if name == "log" else None)
    if known is not None:
        return known
    return Sum.word(function(name, a), a.rows, a.cols)


def row_function(name: str, a: Sum) -> Sum:
    """An unknown function of whole rows as a letter. Unlike a function at every entry it does not commute with ``^T``.

    >>> X = Sum.word((letter("symbol", 3, 2, ("X",)),), 3, 2)
    >>> row_function("layernorm", X).T.same(row_function("layernorm", X.T))
    False
    """
    if a.rows == 0 or a.cols == 0:
        return a
    return Sum.word((letter("rows", a.rows, a.cols, (name, a.key), content=(a,)),), a.rows, a.cols)


def _at_number(name: str, a: Sum) -> Sum:
    """A function at a 1 x 1 argument: evaluated at rational numbers where the value is rational, else an atom."""
    value = a.terms.get(((), ())) if len(a.terms) == 1 else (None if a.terms else 0)
    if value is not None:
        known = _value(name, value)
        if known is not None:
            return Sum.collect(1, 1, ((known, (), ()),))
    return _simplest(name, a)


def _value(name: str, c: Coefficient) -> Coefficient | None:
    if name == "reciprocal":
        if c == 0:
            raise Undefined("the reciprocal of 0 does not exist")
        return divide(1, c)
    if isinstance(c, int | Fraction):
        if name == "log" and c <= 0:
            raise Undefined(f"the logarithm of {c} does not exist")
        if name in ("relu", "abs"):
            return (c if c > 0 else 0) if name == "relu" else (c if c > 0 else -c)
        if name == "step":
            return 1 if c >= 0 else 0
        if (name, c) in (("silu", 0), ("log", 1)):
            return 0
    return None


def positive(a: Sum, sizes: Collection[str]) -> bool:
    """Whether every entry is surely > 0: a positive combination of ones, exponentials and their products."""
    return bool(a.terms) and all(
        surely_positive(c, sizes) and all(_positive_word(part) for part in scalars) and _positive_product(word, a)
        for (scalars, word), c in a.terms.items()
    )


def _positive_product(word: Word, a: Sum) -> bool:
    return _positive_word(word) if word else a.rows == 1 and a.cols == 1


def _positive_word(word: Word) -> bool:
    return any(part.kind != "diag" for part in word) and all(_positive_letter(part) for part in word)


def _positive_letter(part: Letter) -> bool:
    if part.kind == "diag":
        return _positive_word(part.payload)
    if part.kind == "hadamard":
        return all(_positive_word(factor) for factor in part.payload)
    return part.kind == "one" or part.kind == "function" and part.payload[0] == "exp"


def trace(a: Sum) -> Sum:
    """The trace, linear: invariant under rotation and transposition of a word; ``tr(I) = n``, ``tr(u v^T) = v^T u``."""
    if a.rows == 1:
        return a
    terms = ((c * c2, multiply_scalars(s, s2), ()) for (s, w), c in a.terms.items() for c2, s2, _ in _traced(w, a.rows))
    return Sum.collect(1, 1, terms)


def _traced(word: Word, size: Dim) -> Terms:
    if not word:
        return ((size, (), ()),)
    cuts = units(word)
    if cuts:
        return join(word[cuts[0] :], word[: cuts[0]])
    if len(word) == 1 and word[0].kind == "diag":
        return reduce(flipped(ones(size)) + word[0].payload)
    law = PAIRS.get((word[-1].kind, word[0].kind)) if len(word) > 1 else None
    if law is not None and law(word[-1], word[0]) is not None:
        turned = reduce(word[-1:] + word[:-1])
        return tuple(
            (c * c2, multiply_scalars(s, s2), ()) for c, s, w in turned for c2, s2, _ in _traced(w, word[-1].rows)
        )
    rotations = [w[i:] + w[:i] for w in (word, flipped(word)) for i in range(len(word))]
    return ((1, ((letter("trace", 1, 1, min(rotations)),),), ()),)
