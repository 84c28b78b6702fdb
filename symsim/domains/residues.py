"""The number system ``residues``: random values modulo word-size primes, several primes at once, for large sizes.

Matrices are float64 arrays of shape (batch, rows, cols); batch entry k is a round of its own, with a prime p_k of 26
bits and independent random values of all variables. Arithmetic is exact modulo p_k, so what is equal as a formula is
equal here, always. Exponentials, softmax rows and opaque functions become fresh random values, equal ones for equal
arguments (see ``abstraction``). Weights of hard attention are computed where all scores are rational constants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import sympy

from symsim.domains.abstraction import ZERO, Abstraction, Constants, Different
from symsim.domains.arrays import Arrays
from symsim.domains.by_columns import ByColumns, Term, added, alike, selected, settled, summed, terms_of, written
from symsim.domains.exact_matrix import as_table
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.low_rank import ROWS_AT_ONCE, LowRank, RowSource, Weighted
from symsim.domains.polynomials import fraction
from symsim.domains.residue_arithmetic import inverses, matmul, plus, reduced, times
from symsim.domains.residue_sight import Seen
from symsim.domains.residue_weights import ResidueWeight, residues
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput, Undefined

AT_ZERO = {"exp": 1, "relu": 0, "step": 1, "silu": 0, "abs": 0}
"""What an opaque function gives at 0, where that is known."""

DENOMINATORS = (1, 2, 3, 4, 5, 6, 8, 12, 60, 2520)
"""Denominators that are tried where a score is recognised as a constant."""

LARGEST = 2**20
"""Numerators of scores that are recognised as constants stay below this."""

MOST_KEPT = 2**23
"""So many random weights are kept for the other side (64 MB); others are drawn again."""

TALL = 4
"""A product stays unwritten where it has so many times more entries than its factors."""


class Residues(Arrays):
    """Matrices modulo the primes ``moduli``, one a round; ``abstraction`` makes the random values.

    With ``expanded`` a softmax is written out in exponentials, so that it can meet a program that computes one; else a
    row of weights is abstracted as a whole, so that a shift of its scores does not matter.

    >>> from symsim.domains.layout import Sight
    >>> D = Residues([33554467, 33554473], Abstraction(seed=1))
    >>> S = D.variable("S", 2, 2)
    >>> shifted = D.add(S, D.product(D.variable("u", 2, 1), D.ones(1, 2)))
    >>> D.equal(D.softmax(S, Sight.plain(2, 2)), D.softmax(shifted, Sight.plain(2, 2)))
    True
    """

    name: ClassVar[str] = "residues"

    def __init__(self, moduli: Sequence[int], abstraction: Abstraction, expanded: bool = False) -> None:
        super().__init__()
        self.expanded = expanded
        self.p = np.array(moduli, dtype=np.float64).reshape(-1, 1, 1)
        self.batch = len(moduli)
        self.live = slice(None)  # the rounds whose residues are compared
        self.abstraction = abstraction
        self._rows_drawn: dict[tuple[int, int, int], Any] = {}

    # -- making ---------------------------------------------------------------------------------------------------
    def variable(self, name: str, rows: Size, cols: Size) -> Any:
        """Random residues, drawn from the seed and the name."""
        drawn = self.abstraction.random(("variable", name), self.batch, self.p, 0, rows, cols)
        return np.broadcast_to(drawn, (self.batch, rows, cols))

    def given(self, value: Any, rows: Size, cols: Size) -> Any:
        table = as_table(value, rows, cols)
        entries = [
            residues(fraction(rational(v, f"at row {i + 1}, column {j + 1}")), self.p)
            for i, row in enumerate(table)
            for j, v in enumerate(row)
        ]
        return np.array(entries).reshape(rows, cols, self.batch).transpose(2, 0, 1)

    def scalar(self, value: Any) -> Any:
        """A residue a round, from a rational or a rational function of declared scalars."""
        if isinstance(value, np.ndarray):
            return value
        if isinstance(value, sympy.Expr) and value.free_symbols:
            above, below = (self._polynomial(part) for part in sympy.fraction(sympy.together(value)))
            return times(above, self._reciprocal(below), self.p)
        exact = fraction(rational(value, "as a scalar"))
        return residues(exact, self.p).reshape(-1, 1, 1)

    def _polynomial(self, value: Any) -> Any:
        names = sorted(symbol.name for symbol in value.free_symbols)
        symbols = sorted(value.free_symbols, key=lambda symbol: symbol.name)
        values = [self.variable(f"scalar {name}", 1, 1) for name in names]
        if not symbols:
            return self.scalar(value)
        total = np.zeros((self.batch, 1, 1))
        for powers, coefficient in sympy.Poly(value, *symbols).terms():
            term = residues(fraction(rational(coefficient, "in a scalar")), self.p).reshape(-1, 1, 1)
            for base, exponent in zip(values, powers, strict=True):
                for _ in range(exponent):
                    term = times(term, base, self.p)
            total = plus(total, term, self.p)
        return total

    def identity(self, size: Size) -> Any:
        one = np.ones(self.batch)
        return ResidueWeight((size, size), {(i, i): one for i in range(size)}, self.p)

    def _sparse(self, weight: Any) -> Any:
        if isinstance(weight, sympy.MatrixExpr) and not isinstance(weight, sympy.MatrixBase):
            weight = weight.as_explicit()
        if not isinstance(weight, sympy.MatrixBase):
            weight = sympy.ImmutableSparseMatrix(weight)
        known: dict[Any, Any] = {}
        entries = {}
        for (i, j), value in weight.todok().items():
            if value not in known:
                known[value] = self.scalar(value)[:, 0, 0]
            entries[int(i), int(j)] = known[value]
        return ResidueWeight((int(weight.shape[0]), int(weight.shape[1])), entries, self.p)

    # -- cutting and joining ------------------------------------------------------------------------------------------
    def dense(self, a: Any) -> Any:
        if isinstance(a, LowRank):
            return matmul(a.left, a.right, self.p)
        if isinstance(a, RowSource):
            return np.concatenate([a.rows(*block) for block in a.blocks] or [np.zeros(a.shape)], axis=-2)
        if isinstance(a, ByColumns):
            return written(a, self.p)
        return a.dense if isinstance(a, ResidueWeight | Weighted) else a

    def assemble(self, grid: Mapping[tuple[str, str], Any], rows: Layout, cols: Layout) -> Any:
        """Only the columns that some block fills are written."""
        filled = [name for name in cols.names if any((row, name) in grid for row in rows.names)]
        if not filled:
            return np.zeros((self.batch, rows.total, cols.total))
        whole = super().assemble(grid, rows, cols.select(filled))
        whole = np.broadcast_to(whole, (self.batch, *whole.shape[-2:]))
        return summed((self.batch, rows.total, cols.total), [Term(np.array(cols.positions(filled)), whole)])

    def rows(self, a: Any, layout: Layout, names: Sequence[str]) -> Any:
        return self.take(a, layout.positions(names)) if isinstance(a, ByColumns) else super().rows(a, layout, names)

    def columns(self, a: Any, layout: Layout, names: Sequence[str]) -> Any:
        if not isinstance(a, ByColumns) or len(set(names)) < len(names):
            return super().columns(a, layout, names)
        self._expect(a, (a.shape[-2], layout.total), "a matrix cut into columns")
        return selected(a, layout.positions(names))

    def take(self, a: Any, positions: Sequence[int]) -> Any:
        if isinstance(a, Weighted | ByColumns) and tuple(positions) == tuple(range(a.shape[-2])):
            return a
        if isinstance(a, ByColumns):
            terms = [Term(term.columns, self.take(term.block, positions)) for term in a.terms]
            return summed((self.batch, len(positions), a.shape[-1]), terms)
        if isinstance(a, LowRank):
            return LowRank(super().take(a.left, positions), a.right)
        return super().take(a, positions)

    def settle(self, a: Any) -> Any:
        return settled(a, self.p) if isinstance(a, ByColumns) else a

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Any, b: Any) -> Any:
        self._same(a, b, "added")
        if isinstance(a, LowRank) and isinstance(b, LowRank):
            return LowRank(self._beside(a.left, b.left, -1), self._beside(a.right, b.right, -2))
        if any(isinstance(side, ByColumns | Weighted) for side in (a, b)):
            parts = [side if isinstance(side, ByColumns | Weighted) else self.dense(side) for side in (a, b)]
            return summed((self.batch, *a.shape[-2:]), added(terms_of(parts[0]), terms_of(parts[1]), self.p))
        return plus(self.dense(a), self.dense(b), self.p)

    def _beside(self, a: Any, b: Any, axis: int) -> Any:
        batched = (np.broadcast_to(part, (self.batch, *part.shape[-2:])) for part in (a, b))
        return np.concatenate(list(batched), axis=axis)

    def scale(self, factor: Any, a: Any) -> Any:
        if isinstance(a, LowRank):
            return LowRank(self.scale(factor, a.left), a.right)
        if isinstance(a, ByColumns):
            return a.mapped(lambda block: self.scale(factor, block))
        if isinstance(a, Weighted):
            return a.mapped(lambda part: self.scale(factor, part))
        return times(self.dense(a), self.scalar(factor), self.p)

    def product(self, a: Any, b: Any) -> Any:
        if a.shape[-1] != b.shape[-2]:
            raise BadInput(f"no product of a {self._size(a)} and a {self._size(b)} matrix: inner sizes differ")
        if isinstance(a, LowRank):
            return self.product(a.left, self.product(a.right, b))
        if isinstance(b, LowRank):
            return self.product(self.product(a, b.left), b.right)
        if isinstance(a, RowSource):
            return Weighted(a, self.dense(b), self.p)
        if isinstance(b, ResidueWeight):
            return self._applied(a, b)
        if isinstance(a, ResidueWeight):
            return a.transposed.times(self.dense(b).mT).mT
        b = self.dense(b)
        rows, inner, cols = a.shape[-2], a.shape[-1], b.shape[-1]
        if isinstance(a, Weighted) and cols <= 2 * inner:
            return a.mapped(lambda part: matmul(part, b, self.p))
        if inner and rows * cols > TALL * inner * (rows + cols):
            return LowRank(self.dense(a), b)
        return matmul(self.dense(a), b, self.p)

    def _applied(self, a: Any, weight: ResidueWeight) -> Any:
        """A product with a constant matrix; terms that it does not read, and columns left empty, cost nothing."""
        found: list[Term] = []
        for term in terms_of(a if isinstance(a, ByColumns | Weighted) else self.dense(a)):
            filled, factor = weight.filling(term.columns)
            if len(filled):
                block = term.block.mapped(factor.times) if not term.array else factor.times(term.block)
                found = added(found, [Term(filled, block)], self.p)
        return summed((self.batch, a.shape[-2], weight.shape[1]), found)

    def transpose(self, a: Any) -> Any:
        if isinstance(a, ResidueWeight):
            return a.transposed
        return a.mT if isinstance(a, LowRank) else self.dense(a).mT

    def hadamard(self, a: Any, b: Any) -> Any:
        return times(self.dense(a), self._matching(a, b, "multiplied entrywise"), self.p)

    def trace(self, a: Any) -> Any:
        return reduced(super().trace(self.dense(a)), self.p)

    def inverse(self, a: Any, name: str = "") -> Any:
        """Refused: state ``A B = I`` instead."""
        raise BadInput("residues know no matrix inverse")

    def entrywise(self, function: str, a: Any) -> Any:
        a = np.broadcast_to(self.dense(a), (self.batch, *a.shape[-2:]))
        if function == "reciprocal":
            return self._reciprocal(a)
        marks = a.reshape(self.batch, -1)
        classes = self.abstraction.classes(function, marks)
        drawn = self._drawn(("value of", function), classes)
        if function in AT_ZERO:
            drawn[:, classes == ZERO] = AT_ZERO[function]
        return drawn.reshape(a.shape)

    def _drawn(self, kind: Any, classes: Any) -> Any:
        """A random value for every class, at every place: batch x places."""
        top = int(classes.max(initial=ZERO)) + 1
        table = self.abstraction.random(kind, self.batch, self.p, 0, top + 1)[:, :, 0]
        return table[:, np.where(classes == ZERO, top, classes)]

    def _reciprocal(self, a: Any) -> Any:
        if (a == 0).any():
            raise Undefined("a denominator is 0 at this random point")
        return inverses(a, self.p)

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Any, sight: Sight) -> Any:
        """Fresh rows that sum to 1, one for each class of rows that are equal up to a shift; uniform where constant."""
        scores = scores if isinstance(scores, LowRank) else self.dense(scores)
        rows, cols = scores.shape[-2:]
        seen = self._seen(sight, rows, cols)
        if self.expanded:
            return self._written_out(scores, seen)
        marks, counts = self._row_marks(scores, seen)
        classes = np.full(rows, ZERO, dtype=np.int64)
        for count in sorted(set(counts.tolist()) - {0}):  # rows of different length are different kinds
            places = np.flatnonzero(counts == count)
            classes[places] = self.abstraction.classes(("row", count), marks[:, places])

        def block(start: int, stop: int) -> Any:
            return seen.spread(start, stop, self._row_values(classes[start:stop], counts[start:stop]))

        return RowSource(self.batch, classes, counts, seen, block)

    def _seen(self, sight: Sight, rows: int, cols: int) -> Seen:
        return Seen(sight, None if sight.mask is None else self.dense(sight.mask), rows, cols)

    def _written_out(self, scores: Any, seen: Seen) -> Any:
        shown = self.entrywise("exp", scores) * seen.block(0, seen.rows)[0]
        total = reduced(shown.sum(axis=-1, keepdims=True), self.p)
        blind = ~seen.block(0, seen.rows)[0].any(axis=-1, keepdims=True)
        return times(shown, self._reciprocal(total + blind), self.p)

    def _row_marks(self, scores: Any, seen: Seen) -> tuple[Any, Any]:
        """For each row a random projection of the visible scores less the first of them; and how many are visible."""
        rows, cols = scores.shape[-2:]
        weights = self.abstraction.random("projection", self.batch, self.p, 0, 1, max(cols, 1)).mT[:, :cols]
        if seen.all and cols:
            total = self.product(scores, weights)
            first = self.product(scores.left, scores.right[..., :1]) if isinstance(scores, LowRank) else scores[..., :1]
            whole = reduced(weights.sum(axis=-2, keepdims=True), self.p)
            marks = plus(total, self.p - times(first, whole, self.p), self.p)
            marks = np.broadcast_to(marks, (self.batch, rows, 1))[..., 0]
            return reduced(marks, self.p[..., 0]), np.full(rows, cols)
        parts, counts = [np.zeros((self.batch, 0))], [np.zeros(0, dtype=np.int64)]
        for start in range(0, rows, ROWS_AT_ONCE):
            stop = min(start + ROWS_AT_ONCE, rows)
            chunk = np.broadcast_to(self.dense(self.take(scores, range(start, stop))), (self.batch, stop - start, cols))
            visible, rank = seen.block(start, stop)
            first = np.take_along_axis(chunk, np.argmax(visible, axis=-1)[None, :, None], axis=-1) if cols else chunk
            gap = plus(chunk, self.p - first, self.p)
            factors = weights[:, :, 0][:, rank] * visible
            parts.append(reduced(times(gap, factors, self.p).sum(axis=-1), self.p[..., 0]))
            counts.append(visible.sum(axis=-1))
        return np.concatenate(parts, axis=1), np.concatenate(counts)

    def _row_values(self, classes: Any, counts: Any) -> Any:
        """Weights of rows by the rank of a key among the visible ones: batch x rows x largest count."""
        widest = int(counts.max(initial=0))
        out = np.zeros((self.batch, len(classes), widest))  # costs nothing until it is written to
        for count in sorted(set(counts.tolist()) - {0}):
            uniform = (counts == count) & (classes == ZERO)
            out[:, uniform, :count] = residues(Fraction(1, count), self.p)[:, None, None]
            places = np.flatnonzero((counts == count) & (classes != ZERO))
            for run in _runs(places, classes):
                free = self._fresh_rows(int(classes[run[0]]), len(run), count)
                if len(run) == len(classes) and count == widest:
                    return free
                out[:, run, :count] = free
        return out

    def _fresh_rows(self, first: int, rows: int, count: int) -> Any:
        """Random rows that sum to 1; some are kept, since both sides of a claim ask for the same ones."""
        key = first, rows, count
        if key not in self._rows_drawn:
            free = self.abstraction.random(("value of", "row", count), self.batch, self.p, first, first + rows, count)
            free[..., -1] = 0
            free[..., -1:] = reduced(self.p + 1 - reduced(free.sum(axis=-1, keepdims=True), self.p), self.p)
            free.flags.writeable = False
            if free.size + sum(known.size for known in self._rows_drawn.values()) > MOST_KEPT:
                return free
            self._rows_drawn[key] = free
        return self._rows_drawn[key]

    def hard(self, scores: Any, sight: Sight, ties: str) -> Any:
        """Weights where all scores are rational constants; others cannot be ordered modulo primes (``BadInput``)."""
        seen = self._seen(sight, *scores.shape[-2:])
        found = self.abstraction.constants(lambda: self._recognised(scores, seen, ties))
        if found is None:
            raise BadInput("hard attention needs scores that are constants here: residues have no order")
        rows, cols = scores.shape[-2:]
        drawn = self.abstraction.random("projection", self.batch, self.p, 0, 1, max(cols, 1)).mT[:, :cols]
        expected = matmul(reduced(found.numbers[None] + np.zeros_like(self.p), self.p), drawn, self.p)
        projected = times(self.dense(self.product(scores, drawn)), np.float64(found.denominator), self.p)
        if (projected != expected)[self.live].any():
            raise Different("a score that was declared constant is not")
        shares = {count: residues(Fraction(1, count), self.p) for count in sorted(set(found.counts.values()))}
        return ResidueWeight((rows, cols), {place: shares[c] for place, c in found.counts.items()}, self.p)

    def _recognised(self, scores: Any, seen: Seen, ties: str) -> Constants | None:
        """What the scores are, where the residues of all rounds are those of small rationals."""
        values = np.broadcast_to(self.dense(scores), (self.batch, *scores.shape[-2:]))[self.live]
        p = self.p[self.live]
        for denominator in DENOMINATORS:
            scaled = times(values, np.float64(denominator), p)
            signed = np.where(scaled > p / 2, scaled - p, scaled)
            if (signed == signed[:1]).all() and (np.abs(signed) < LARGEST).all():
                weights = Arrays().hard(signed[0], seen.flat, ties)
                places = zip(*(axis.tolist() for axis in np.nonzero(weights)), strict=True)
                counts = {(i, j): round(1 / float(weights[i, j])) for i, j in places}
                return Constants(signed[0], denominator, counts)
        return None

    def hide(self, scores: Any, sight: Sight) -> Any:
        if sight.everything:
            return scores
        visible, _ = self._seen(sight, *scores.shape[-2:]).block(0, scores.shape[-2])
        return self.dense(scores) * visible

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Any, b: Any) -> bool | None:
        """False: different where equal arguments of functions are equal symbols. True: equal in every round."""
        self._same(a, b, "compared")
        if all(isinstance(side, ByColumns | Weighted) for side in (a, b)) and alike(a, b, self.p, self._agree):
            return True
        return self._agree(self.dense(a), self.dense(b))

    def _agree(self, a: Any, b: Any) -> bool:
        return bool(np.broadcast_to(a == b, (self.batch, *a.shape[-2:]))[self.live].all())

    def _number(self, value: Any, where: str) -> Any:
        return self.scalar(value)

    def _same(self, a: Any, b: Any, how: str) -> None:
        if tuple(a.shape[-2:]) != tuple(b.shape[-2:]):
            raise BadInput(f"a {self._size(a)} and a {self._size(b)} matrix cannot be {how}: their shapes differ")


def _runs(places: Any, classes: Any) -> list[Any]:
    """Places whose classes are consecutive numbers, run by run."""
    if not len(places):
        return []
    cuts = np.flatnonzero(np.diff(classes[places]) != 1) + 1
    return list(np.split(places, cuts))
