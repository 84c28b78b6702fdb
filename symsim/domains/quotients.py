"""Reciprocals at every entry, and softmax as a quotient: ``diag(reciprocal(exp(S) 1)) exp(S) = softmax(S)``.

A reciprocal goes into a product: ``reciprocal(c (u 1^T) .* W .* exp(S))`` is the product of the reciprocals of its
factors, ``exp(-S)`` among them. All hold where the reciprocals exist; that they do is recorded as a side condition.
"""

from __future__ import annotations

from symsim.domains.attention_atoms import Group, weights
from symsim.domains.block_coefficients import Dim
from symsim.domains.exponentials import argument, exponent, exponential, function, inverted
from symsim.domains.hadamard import column_product, diag, hadamard
from symsim.domains.words import PAIRS, Letter, Sum, Terms, Word, combine, diagonal, flipped, ones, reduce, units


def exponent_of(a: Sum) -> Sum | None:
    """The T with ``a = exp(T)``, if ``a`` is visibly one exponential.

    >>> exponent_of(Sum.ones(2, 3)).terms
    {}
    """
    if len(a.terms) != 1:
        return None
    (((scalars, word), c),) = a.terms.items()
    inner = _exponent_of_word(word, a.rows, a.cols) if c == 1 else None
    for scalar in scalars:
        constant = exponent(scalar)
        if constant is None or inner is None:
            return None
        inner = inner + Sum.ones(a.rows, a.cols).times(constant)
    return inner


def _exponent_of_word(word: Word, rows: Dim, cols: Dim) -> Sum | None:
    left, core, right = split(word)
    if core is None or not core and rows == 1 and cols == 1:
        middle: Sum | None = Sum(rows, cols, {})
    else:
        middle = exponent(core)
    u = Sum(rows, 1, {}) if left in ((), ones(rows)) else exponent(left)
    v = Sum(cols, 1, {}) if right in ((), ones(cols)) else exponent(right)
    if u is None or v is None or middle is None:
        return None
    return u @ Sum.ones(1, cols) + middle + Sum.ones(rows, 1) @ v.T


def split(word: Word) -> tuple[Word, Word | None, Word]:
    """``u``, ``W``, ``v`` with the word equal to ``diag(u) W diag(v)``; W is None for ``1 1^T``, u or v empty for 1."""
    cuts = units(word)
    if cuts:
        return word[: cuts[0]], None, flipped(word[cuts[0] :])
    left, right = (), ()
    if word and word[0].kind == "diag":
        left, word = word[0].payload, word[1:]
    if word and word[-1].kind == "diag":
        right, word = word[-1].payload, word[:-1]
    return left, word, right


def reciprocal(a: Sum) -> Sum | None:
    """The reciprocal of one term, factor by factor; None for a sum of several."""
    if len(a.terms) != 1:
        return None
    (((scalars, word), c),) = a.terms.items()
    found = _inverse(word, a.rows, a.cols)
    for scalar in scalars:
        found = found.times(_inverse_atom(scalar, 1, 1))
    return found.divided(c)


def _inverse(word: Word, rows: Dim, cols: Dim) -> Sum:
    if rows == 1 and cols == 1:
        return Sum.word((), 1, 1)
    if cols == 1 or rows == 1:
        column = word if cols == 1 else flipped(word)
        found = _inverse_column(column, rows if cols == 1 else cols)
        return found if cols == 1 else found.T
    left, core, right = split(word)
    if core == ():
        return _inverse_atom(word, rows, cols)
    middle = Sum.ones(rows, cols) if core is None else _inverse_factors(core, rows, cols)
    if left:
        middle = diag(_inverse_column(left, rows)) @ middle
    if right:
        middle = middle @ diag(_inverse_column(right, cols))
    return middle


def _inverse_column(column: Word, size: Dim) -> Sum:
    return Sum.ones(size, 1) if column == ones(size) else _inverse_factors(column, size, 1)


def _inverse_factors(word: Word, rows: Dim, cols: Dim) -> Sum:
    if len(word) != 1 or word[0].kind != "hadamard":
        return _inverse_atom(word, rows, cols)
    found = Sum.ones(rows, cols)
    for factor in word[0].payload:
        found = hadamard(found, _inverse_atom(flipped(factor) if word[0].flip else factor, rows, cols))
    return found


def _inverse_atom(word: Word, rows: Dim, cols: Dim) -> Sum:
    inner = exponent(word)
    if inner is not None:
        return Sum.collect(rows, cols, (exponential(inner.scaled(-1)),))
    if len(word) == 1 and word[0].kind == "function" and word[0].payload[0] == "reciprocal":
        return argument(word[0])
    number = rows == 1 and cols == 1
    whole = Sum(rows, cols, {((word,), ()) if number else ((), word): 1})
    return Sum.word(function("reciprocal", whole), rows, cols)


# -- softmax as a quotient --------------------------------------------------------------------------------------------


def _normalised(a: Letter, b: Letter) -> Terms | None:
    """``diag(r .* reciprocal(E exp(v))) E`` with ``E = exp(S)`` is ``diag(r) softmax(S + 1 v^T) diag(exp(-v))``."""
    if b.payload[0] != "exp":
        return None
    column: Word = a.payload
    factors = list(column[0].payload) if len(column) == 1 and column[0].kind == "hadamard" else [column]
    for factor in factors:
        v = _total_of(factor, b)
        if v is None:
            continue
        factors.remove(factor)
        scalars, rest = column_product(factors, a.rows)
        scores = argument(b) + Sum.ones(b.rows, 1) @ v.T
        _, more, back = exponential(v.scaled(-1))
        (found,) = weights("softmax", [Group(scores)], True)
        word = diagonal(rest, a.rows)
        terms = [
            term
            for (s, w), c in found.terms.items()
            for term in combine(reduce(word + w + diagonal(back, b.cols)), c, s)
        ]
        return tuple(combine(combine(terms, 1, scalars), 1, more))
    return None


def _total_of(factor: Word, atom: Letter) -> Sum | None:
    """The v for which a factor is ``reciprocal(E exp(v))``, with E the given atom."""
    if len(factor) != 1 or factor[0].kind != "function":
        return None
    below = inverted(factor[0])
    if not below or below[0] is not atom:
        return None
    rest = below[1:]
    return Sum(atom.cols, 1, {}) if rest == ones(atom.cols) else exponent(rest)


def _normalised_mirror(a: Letter, b: Letter) -> Terms | None:
    terms = _normalised(b, a.twin)
    return None if terms is None else tuple((c, s, flipped(word)) for c, s, word in terms)


PAIRS["diag", "function"] = _normalised
PAIRS["function", "diag"] = _normalised_mirror
