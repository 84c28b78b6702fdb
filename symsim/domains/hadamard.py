"""Diagonal matrices and entrywise products of words, with the laws that bring them to normal form.

Each is an identity of real matrices at all sizes: ``diag(u) 1 = u``, ``diag(u) diag(v) = diag(u .* v)``,
``(u 1^T) .* W = diag(u) W``, ``diag(u) w = u .* w`` for a column w, ``w^T (u .* v) = 1^T (u .* v .* w)``,
``1^T (u .* v) = u^T v``, ``exp(S) .* exp(T) = exp(S + T)``, ``I .* A = I .* A^T``.
"""

from __future__ import annotations

from collections.abc import Iterable

from symsim.domains.block_coefficients import Dim
from symsim.domains.exponentials import exponent, merge_factors
from symsim.domains.words import (
    PAIRS,
    SHAPES,
    Letter,
    Scalars,
    Sum,
    Term,
    Terms,
    Word,
    diagonal,
    flipped,
    letter,
    multiply_scalars,
    ones,
    reduce,
    units,
)


def diag(column: Sum) -> Sum:
    """The diagonal matrix of a column (linear).

    >>> diag(Sum.ones(3, 1)).terms
    {((), ()): 1}
    """
    size = column.rows
    terms = ((c, s, diagonal(w, size)) for (s, w), c in column.terms.items())
    return Sum.collect(size, size, terms)


def _diag_one(a: Letter, b: Letter) -> Terms:
    return ((1, (), a.payload),)


def _one_diag(a: Letter, b: Letter) -> Terms:
    return ((1, (), flipped(b.payload)),)


def _diag_diag(a: Letter, b: Letter) -> Terms:
    scalars, word = column_product((a.payload, b.payload), a.rows)
    return ((1, scalars, diagonal(word, a.rows)),)


def _absorb_diagonals(word: Word) -> Term | None:
    """``A diag(u) v = A (u .* v)`` where ``v`` runs to the place at which the word is one column, and its mirror."""
    cuts = units(word)
    if not cuts:
        return None
    end, start = cuts[-1], cuts[0]
    for k in reversed(range(end)):
        if word[k].kind == "diag":
            scalars, new = column_product((word[k].payload, word[k + 1 : end]), word[k].rows)
            return 1, scalars, word[:k] + new + word[end:]
    for k in range(start, len(word)):
        if word[k].kind == "diag":
            scalars, new = column_product((word[k].payload, flipped(word[start:k])), word[k].rows)
            return 1, scalars, word[:start] + flipped(new) + word[k + 1 :]
    return None


def column_product(columns: Iterable[Word], size: Dim) -> tuple[Scalars, Word]:
    """The entrywise product of columns: ones drop out, products flatten, exponentials merge, the order is canonical."""
    factors: list[Word] = []
    for column in columns:
        if len(column) == 1 and column[0].kind == "hadamard":
            factors.extend(column[0].payload)
        elif column != ones(size):
            factors.append(column)
    factors, scalars = merge_factors(factors, size, 1)
    factors = [factor for factor in factors if factor != ones(size)]
    if len(factors) < 2:
        return scalars, factors[0] if factors else ones(size)
    return scalars, (letter("hadamard", size, 1, tuple(sorted(factors))),)


def matrix_product(words: Iterable[Word], rows: Dim, cols: Dim) -> Terms:
    """The entrywise product of words of one shape, with rank-one factors and outer diagonals taken out of it."""
    if rows == 1 or cols == 1:
        turned = [flipped(word) for word in words] if cols != 1 else list(words)
        scalars, column = column_product(turned, cols if cols != 1 else rows)
        return ((1, scalars, flipped(column) if cols != 1 else column),)
    left: list[Word] = []
    right: list[Word] = []
    core: list[Word] = []
    for word in words:
        for factor in _factors(word):
            _strip(factor, left, right, core)
    core, scalars = merge_factors(core, rows, cols)
    if core:
        last: list[Word] = []
        _strip(core.pop(), left, right, last)
        core += last
    core = _with_identity(core)
    left_scalars, left_word = column_product(left, rows)
    right_scalars, right_word = column_product(right, cols)
    scalars = multiply_scalars(multiply_scalars(scalars, left_scalars), right_scalars)
    middle = _core_word(core, rows, cols)
    word = diagonal(left_word, rows) + middle + diagonal(right_word, cols)
    return tuple((c, multiply_scalars(s, scalars), w) for c, s, w in reduce(word))


def _factors(word: Word) -> Iterable[Word]:
    if len(word) == 1 and word[0].kind == "hadamard":
        return [flipped(factor) for factor in word[0].payload] if word[0].flip else list(word[0].payload)
    return [word]


def _strip(word: Word, left: list[Word], right: list[Word], core: list[Word]) -> None:
    """Split ``diag(u) W diag(v)``, and ``u v^T`` with ``W = 1 1^T``, into their parts."""
    cuts = units(word)
    if cuts:
        left.append(word[: cuts[0]])
        right.append(flipped(word[cuts[0] :]))
        return
    while word and word[0].kind == "diag":
        left.append(word[0].payload)
        word = word[1:]
    while word and word[-1].kind == "diag":
        right.append(word[-1].payload)
        word = word[:-1]
    core.append(word)


def _with_identity(core: list[Word]) -> list[Word]:
    """``I .* A = I .* A^T``, ``I .* I = I``, and for the causal matrix ``L .* L = L``, ``I .* L = I``."""
    if () in core:
        core = [min(word, flipped(word)) for word in core if word and word[0].kind != "causal" or len(word) > 1]
        core.append(())
    kept: list[Word] = []
    for word in sorted(core):
        if not (kept and kept[-1] == word and len(word) == 1 and word[0].kind == "causal"):
            kept.append(word)
    return kept


def _core_word(core: list[Word], rows: Dim, cols: Dim) -> Word:
    if not core:
        return ones(rows) + flipped(ones(cols))
    if len(core) == 1:
        return core[0]
    one, two = tuple(sorted(core)), tuple(sorted(flipped(word) for word in core))
    if one <= two:
        return (letter("hadamard", rows, cols, one, symmetric=one == two),)
    return (letter("hadamard", cols, rows, two).twin,)


def hadamard(a: Sum, b: Sum) -> Sum:
    """The entrywise product (bilinear)."""
    if a.rows == 1 and a.cols == 1:
        return a @ b
    terms = (
        (c1 * c2 * c, multiply_scalars(multiply_scalars(s1, s2), s), w)
        for (s1, w1), c1 in a.terms.items()
        for (s2, w2), c2 in b.terms.items()
        for c, s, w in matrix_product((w1, w2), a.rows, a.cols)
    )
    return Sum.collect(a.rows, a.cols, terms)


def _sum_of_products(word: Word) -> Term | None:
    """A number ``w^T (u .* v)`` is ``1^T (u .* v .* w)``, and with two factors ``u^T v``."""
    if len(units(word)) < 2:
        return None
    if len(word) == 2:
        parts = exponent(flipped(word[:1])), exponent(word[1:])
        if parts[0] is not None and parts[1] is not None:
            scalars, column = column_product((flipped(word[:1]), word[1:]), word[1].rows)
            return 1, scalars, flipped(ones(word[1].rows)) + column
    found = [term for term in (_last_product(word), _last_product(flipped(word))) if term is not None]
    return min(found, key=lambda term: term[2]) if found else None


def _last_product(word: Word) -> Term | None:
    last = word[-1]
    if last.kind != "hadamard" or last.cols != 1 or len(word) < 2:
        return None
    row = flipped(ones(last.rows))
    if word[:-1] == row:
        if len(last.payload) > 2:
            return None
        return 1, (), flipped(last.payload[0]) + last.payload[1]
    scalars, column = column_product((flipped(word[:-1]), *last.payload), last.rows)
    return 1, scalars, row + column


PAIRS["diag", "one"] = _diag_one
PAIRS["one", "diag"] = _one_diag
PAIRS["diag", "diag"] = _diag_diag
SHAPES.append(_absorb_diagonals)
SHAPES.append(_sum_of_products)
