"""Wide matrices of residues as sums of terms that fill some of their columns: what a layer leaves alone costs nothing.

A token matrix has a column for every slot, and a head writes few of them. So its sum with what heads add is kept as
terms, each a block with the numbers of its columns; a product with a weight reads only the terms that it needs. Blocks
are arrays, or softmax weights times values (:class:`Weighted`) that are computed where they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symsim.domains.low_rank import RowSource, Weighted
from symsim.domains.residue_arithmetic import plus
from symsim.domains.residue_weights import picked

MOST_ARRAYS = 8
"""After a layer so many arrays are kept apart at most; more of them are added up."""

MOST_WEIGHTED = 64
"""So many products of softmax weights are left uncomputed at most."""


@dataclass(frozen=True)
class Term:
    """``block`` in the columns with these numbers, which are distinct; 0 elsewhere."""

    columns: Any
    block: Any

    @property
    def array(self) -> bool:
        """Whether the block is written out."""
        return not isinstance(self.block, Weighted)


@dataclass(frozen=True)
class ByColumns:
    """The sum of ``terms``, a matrix of this shape (batch, rows, columns)."""

    shape: tuple[int, int, int]
    terms: tuple[Term, ...]

    def mapped(self, change: Callable[[Any], Any]) -> Any:
        """The same columns with other blocks."""
        return summed(self.shape, [Term(term.columns, change(term.block)) for term in self.terms])


def terms_of(a: Any) -> tuple[Term, ...]:
    """The terms of any matrix."""
    return a.terms if isinstance(a, ByColumns) else (Term(np.arange(a.shape[-1]), a),)


def summed(shape: Sequence[int], terms: Sequence[Term]) -> Any:
    """A sum of terms in its simplest form: one term that fills all columns is its block."""
    batch, rows, cols = shape
    if not terms:
        return np.broadcast_to(np.zeros(()), (batch, rows, cols))
    if len(terms) == 1 and np.array_equal(terms[0].columns, np.arange(cols)):
        return terms[0].block
    return ByColumns((batch, rows, cols), tuple(terms))


def added(terms: Sequence[Term], more: Sequence[Term], p: Any) -> list[Term]:
    """The terms of a sum; arrays in the same columns are added."""
    found = list(terms)
    for term in more:
        places = (k for k, old in enumerate(found) if old.array and np.array_equal(old.columns, term.columns))
        k = next(places, None) if term.array else None
        if k is None:
            found.append(term)
        else:
            found[k] = Term(term.columns, plus(found[k].block, term.block, p))
    return found


def selected(a: ByColumns, chosen: Sequence[int]) -> Any:
    """The columns with these numbers, which are distinct, in this order."""
    place = np.full(a.shape[-1], -1)
    place[list(chosen)] = np.arange(len(chosen))
    found = []
    for term in a.terms:
        kept = np.flatnonzero(place[term.columns] >= 0)
        if not len(kept):
            continue
        columns = place[term.columns][kept]
        order = np.argsort(columns)
        whole = np.array_equal(kept[order], np.arange(len(term.columns)))
        found.append(Term(columns[order], term.block if whole else _part(term.block, kept[order])))
    return summed((a.shape[0], a.shape[1], len(chosen)), found)


def _part(block: Any, columns: Any) -> Any:
    return block.mapped(lambda b: picked(b, columns)) if isinstance(block, Weighted) else picked(block, columns)


def written(a: ByColumns, p: Any) -> Any:
    """The matrix as an array."""
    total = np.zeros(a.shape)
    filled = np.zeros(a.shape[-1], dtype=bool)
    for term in a.terms:
        block = term.block if term.array else term.block.dense
        if filled[term.columns].any():
            block = plus(total[..., term.columns], block, p)
        total[..., term.columns] = block
        filled[term.columns] = True
    return total


def settled(a: ByColumns, p: Any) -> Any:
    """The same matrix with few terms."""
    arrays, others = [t for t in a.terms if t.array], [t for t in a.terms if not t.array]
    if len(others) > MOST_WEIGHTED:
        arrays, others = list(a.terms), []
    elif len(arrays) <= MOST_ARRAYS:
        return a
    columns = np.unique(np.concatenate([term.columns for term in arrays]))
    whole = ByColumns(a.shape, tuple(arrays))
    narrow = selected(whole, columns.tolist())
    block = written(narrow, p) if isinstance(narrow, ByColumns) else narrow
    return summed(a.shape, [Term(columns, block), *others])


def alike(a: Any, b: Any, p: Any, same: Callable[[Any, Any], bool]) -> bool:
    """Whether two matrices are equal because the same softmax weights are applied to equal values in both.

    ``same`` compares arrays. False says nothing: then the products have to be computed.
    """
    found, expected = (_by_weights(terms_of(side), side.shape, p) for side in (a, b))
    if len(found) != len(expected) or len(found) < 2:
        return False
    pairs = [next((value for other, value in expected if _same(weights, other)), None) for weights, _ in found]
    values = (value for _, value in found)
    return all(other is not None and same(value, other) for value, other in zip(values, pairs, strict=True))


def _same(a: RowSource | None, b: RowSource | None) -> bool:
    return a is b if a is None or b is None else a.same(b)


def _by_weights(terms: Sequence[Term], shape: tuple[int, ...], p: Any) -> list[tuple[RowSource | None, Any]]:
    """What is not weighted, and for each kind of weights what they are applied to, in all columns."""
    groups: list[tuple[RowSource | None, list[Term]]] = [(None, [term for term in terms if term.array])]
    for columns, block in _products(terms):
        place = next((group for known, group in groups[1:] if _same(block.weights, known)), None)
        if place is None:
            groups.append((block.weights, place := []))
        place.append(Term(columns, block.values))
    found = []
    for weights, group in groups:
        heights = shape[-2] if weights is None else weights.seen.cols
        found.append((weights, written(ByColumns((len(p), heights, shape[-1]), tuple(group)), p)))
    return found


def _products(terms: Sequence[Term]) -> Iterator[tuple[Any, Weighted]]:
    return ((term.columns, term.block) for term in terms if not term.array)
