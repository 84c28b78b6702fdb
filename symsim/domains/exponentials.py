"""Functions at every entry as letters, and the laws of ``exp``.

``exp(S + u 1^T + 1 v^T) = diag(exp(u)) exp(S) diag(exp(v))``, and ``exp(a) exp(b) = exp(a + b)`` for numbers.
The transposition of an atom moves into its argument, ``f(S)^T = f(S^T)``, and the smaller of the two is the letter.
"""

from __future__ import annotations

from symsim.domains.block_coefficients import Dim
from symsim.domains.words import (
    SCALARS,
    Letter,
    Scalars,
    Sum,
    Term,
    Word,
    diagonal,
    flipped,
    letter,
    multiply_scalars,
    ones,
)


def function(name: str, inner: Sum) -> Word:
    """The letter ``name(inner)``, an opaque function at every entry."""
    if inner.cols == 1:
        return (letter("function", inner.rows, 1, (name, inner.key), content=(inner,)),)
    turned = inner.T
    if inner.rows != 1 and inner.key <= turned.key:
        payload = (name, inner.key)
        symmetric = inner.key == turned.key
        return (letter("function", inner.rows, inner.cols, payload, content=(inner,), symmetric=symmetric),)
    return (letter("function", inner.cols, inner.rows, (name, turned.key), content=(turned,)).twin,)


def argument(atom: Letter) -> Sum:
    """The argument of an entrywise function, turned as the atom is."""
    inner: Sum = atom.content[0]
    return inner.T if atom.flip else inner


def exponent(word: Word) -> Sum | None:
    """The argument, if the word is one exponential."""
    if len(word) != 1 or word[0].kind != "function" or word[0].payload[0] != "exp":
        return None
    return argument(word[0])


def row_constant(a: Sum) -> tuple[Sum, Sum]:
    """The column ``u`` and the rest ``R`` with ``a = u 1^T + R``, where no term of R has the form ``u 1^T``."""
    if a.cols == 1:
        return a, Sum(a.rows, 1, {})
    column, rest = {}, {}
    for (s, w), c in a.terms.items():
        if w and w[-1].kind == "one" and w[-1].flip:
            column[s, w[:-1]] = c
        else:
            rest[s, w] = c
    return Sum(a.rows, 1, column), Sum(a.rows, a.cols, rest)


def exponential(a: Sum) -> Term:
    """``exp`` at every entry, as one term: ``exp(u 1^T + R + 1 v^T) = diag(exp(u)) exp(R) diag(exp(v))``."""
    if a.rows == 1 and a.cols == 1:
        return (1, (function("exp", a),), ()) if a else (1, (), ())
    if a.cols == 1 or a.rows == 1:
        number, rest = row_constant(a.T if a.cols == 1 else a)
        _, scalars, _ = exponential(number)
        rest = rest.T if a.cols == 1 else rest
        word = function("exp", rest) if rest else (ones(a.rows) if a.cols == 1 else flipped(ones(a.cols)))
        return 1, scalars, word
    u, rest = row_constant(a)
    v, rest = row_constant(rest.T)
    _, left_scalars, left = exponential(u)
    _, right_scalars, right = exponential(v)
    scalars = multiply_scalars(left_scalars, right_scalars)
    if not rest:
        return 1, scalars, left + flipped(right)
    middle = function("exp", rest.T)
    return 1, scalars, diagonal(left, a.rows) + middle + diagonal(right, a.cols)


def merge_factors(factors: list[Word], rows: Dim, cols: Dim) -> tuple[list[Word], Scalars]:
    """Factors of an entrywise product: ``exp(S) .* exp(T) = exp(S + T)`` (last), ``W .* reciprocal(W)`` drops out.

    A constant of an exponent comes out as a scalar. That W has no entry 0 was recorded when its reciprocal was taken.
    """
    for atom in [word[0] for word in factors if len(word) == 1 and word[0].kind == "function"]:
        below = inverted(atom)
        if below is not None and below in factors:
            factors = list(factors)
            factors.remove((atom,))
            factors.remove(below)
            return merge_factors(factors, rows, cols)
    found = [exponent(word) for word in factors]
    arguments = [argument for argument in found if argument is not None]
    if len(arguments) < 2:
        return factors, ()
    total = arguments[0]
    for other in arguments[1:]:
        total = total + other
    _, scalars, word = exponential(total)
    return [f for f, a in zip(factors, found, strict=True) if a is None] + [word], scalars


def inverted(atom: Letter) -> Word | None:
    """The word W of an atom ``reciprocal(W)``."""
    inner = argument(atom)
    if atom.payload[0] != "reciprocal" or len(inner.terms) != 1:
        return None
    (((scalars, word), c),) = inner.terms.items()
    if c != 1 or len(scalars) > 1 or (scalars and word):
        return None
    return scalars[0] if scalars else word


def _merge_scalars(words: list[Word]) -> list[Word]:
    merged, scalars = merge_factors(words, 1, 1)
    return [word for word in merged if word] + list(scalars)


SCALARS.append(_merge_scalars)
