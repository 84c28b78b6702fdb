"""Explicit rational matrices of fixed size among words: multiples of I, 0 and ones are recognised, others are letters.

A letter holds the matrix divided by its first entry that is not zero. It can be cut into submatrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from symsim.domains.block_coefficients import Dim
from symsim.domains.words import PAIRS, Letter, Term, Terms, flipped, letter, ones
from symsim.errors import BadInput

Table: TypeAlias = tuple[tuple[Fraction | int, ...], ...]


def explicit(table: Sequence[Sequence[Fraction | int]]) -> Terms:
    """The matrix with these entries, as terms of a sum.

    >>> explicit(((2, 0), (0, 2)))
    ((2, (), ()),)
    >>> explicit(((0, 0),))
    ()
    """
    rows, cols = len(table), len(table[0]) if table else 0
    entries = {(i, j): x for i, line in enumerate(table) for j, x in enumerate(line) if x}
    if not entries:
        return ()
    first = next(iter(entries.values()))
    if rows == cols and len(entries) == rows and all(entries.get((i, i)) == first for i in range(rows)):
        return ((_whole(first), (), ()),)
    if len(entries) == rows * cols and all(x == first for x in entries.values()):
        return ((_whole(first), (), ones(rows) + flipped(ones(cols))),)
    scaled = tuple(tuple(_whole(Fraction(x) / first) for x in line) for line in table)
    turned = tuple(zip(*scaled, strict=True))
    pivot = next(x for line in turned for x in line if x)
    turned = tuple(tuple(_whole(Fraction(x) / pivot) for x in line) for line in turned)
    if rows == 1 or (cols != 1 and turned < scaled):
        return ((_whole(first * pivot), (), (letter("constant", cols, rows, _key(turned)).twin,)),)
    same = rows == cols and pivot == 1 and scaled == turned
    return ((_whole(first), (), (letter("constant", rows, cols, _key(scaled), symmetric=same),)),)


def _whole(x: Fraction | int) -> Fraction | int:
    return x.numerator if x.denominator == 1 else x


def _key(table: Table) -> tuple[tuple[tuple[int, int], ...], ...]:
    return tuple(tuple((x.numerator, x.denominator) for x in line) for line in table)


def entries(atom: Letter) -> Table:
    """The entries of an explicit letter, turned as it is."""
    table = tuple(tuple(_whole(Fraction(p, q)) for p, q in line) for line in atom.payload)
    return tuple(zip(*table, strict=True)) if atom.flip else table


def explicit_cut(atom: Letter, rows: tuple[Dim, ...], cols: tuple[Dim, ...], p: int, q: int) -> Sequence[Term]:
    """The terms of one piece of an explicit letter."""
    top, bottom = _span(rows, p)
    left, right = _span(cols, q)
    return explicit(tuple(line[left:right] for line in entries(atom)[top:bottom]))


def _span(sizes: tuple[Dim, ...], k: int) -> tuple[int, int]:
    numbers = [size for size in sizes if isinstance(size, int)]
    if len(numbers) != len(sizes):
        raise BadInput(f"explicit numbers cannot be cut at symbolic places {sizes}")
    return sum(numbers[:k]), sum(numbers[: k + 1])


def _explicit_product(a: Letter, b: Letter) -> Terms:
    columns = tuple(zip(*entries(b), strict=True))
    return explicit(
        tuple(
            tuple(sum((x * y for x, y in zip(line, column, strict=True)), Fraction(0)) for column in columns)
            for line in entries(a)
        )
    )


def _explicit_ones(a: Letter, b: Letter) -> Terms | None:
    if b.flip:
        return None
    return explicit(tuple((sum(line, Fraction(0)),) for line in entries(a)))


def _ones_explicit(a: Letter, b: Letter) -> Terms | None:
    terms = _explicit_ones(b.twin, a.twin)
    return None if terms is None else tuple((c, s, flipped(word)) for c, s, word in terms)


PAIRS["constant", "constant"] = _explicit_product
PAIRS["constant", "one"] = _explicit_ones
PAIRS["one", "constant"] = _ones_explicit
