"""Softmax, hard and linear weights over the exact field, row by row; orders and signs are decided or left opaque."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from symsim.domains.enclosure import is_constant, separate
from symsim.domains.exact_matrix import ExactMatrix, Row
from symsim.domains.field import Element, Value
from symsim.domains.group_ring import Num
from symsim.domains.layout import Sight
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import add, constant
from symsim.domains.protocol import Domain
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput, nearest

TIES = ("average", "left", "right")
_ZERO = constant(0)


class ExactAttention(Domain[ExactMatrix]):
    """The part of the exact number system that turns scores into weights."""

    field: NestedField

    def sign(self, v: Value) -> int | None:
        """The sign of a value where it is visibly the same at every input, or where balls tell a constant from 0."""
        found = self.field.sign(v)
        if found is None and is_constant(self.field, v):
            return separate(self.field, v)
        return found

    def which(self, v: Value, cells: Sequence[Sequence[int]]) -> int | None:
        """The number of the cell of signs that a value lies in at every input; None where that depends on the input."""
        sign = self.sign(v)
        return None if sign is None else next(k for k, cell in enumerate(cells) if sign in cell)

    def softmax(self, scores: ExactMatrix, sight: Sight) -> ExactMatrix:
        _fits(scores, sight)
        rows = [self._softmax_row(row, self._visible(i, scores, sight)) for i, row in enumerate(scores.entries)]
        return ExactMatrix(rows, scores.width)

    def _softmax_row(self, row: Row, visible: list[int]) -> Row:
        if not visible:
            return {}
        field = self.field
        exponents = [field.linear(row[j]) if j in row else _ZERO for j in visible]
        low = min(exponents, key=lambda p: p.value)
        weights: list[Num] = []
        total: Num = {}
        for p in exponents:
            shifted = add(p, low, -1)
            exponent, factor = field.exponent(shifted.terms, shifted.value)
            weight = {exponent: constant(factor)}
            weights.append(weight)
            total = field.add_nums(total, weight)
        den, unit = field.denominator(total)
        return {
            j: field.element(field.multiply_nums(w, unit), den)
            for j, w in zip(visible, weights, strict=True)
        }

    def hard(self, scores: ExactMatrix, sight: Sight, ties: str) -> ExactMatrix:
        _fits(scores, sight)
        if ties not in TIES:
            raise BadInput(f"unknown ties '{ties}': {nearest(ties, TIES)}")
        rows = []
        for i, row in enumerate(scores.entries):
            visible = None if sight.everything else self._visible(i, scores, sight)
            rows.append(self._hard_row(row, visible, scores.width, ties))
        return ExactMatrix(rows, scores.width)

    def _hard_row(self, row: Row, visible: list[int] | None, width: int, ties: str) -> Row:
        if any(type(v) is Element for v in row.values()):
            places = visible if visible is not None else list(range(width))
            best = self._best(row, places)
            if best is None:
                return self._unknown_order(row, places, ties)
        else:
            shown = row if visible is None else {j: row[j] for j in visible if j in row}
            count = width if visible is None else len(visible)
            top = max(shown.values(), default=0)
            if top > 0 or len(shown) == count:
                best = sorted(j for j, v in shown.items() if v == top)
            else:
                best = [j for j in (range(width) if visible is None else visible) if j not in shown]
        return self._ties(best, ties)

    def _ties(self, best: list[int], ties: str) -> Row:
        if not best:
            return {}
        if ties == "average":
            share = rational(Fraction(1, len(best)))
            return dict.fromkeys(best, share)
        return {best[0] if ties == "left" else best[-1]: 1}

    def _best(self, row: Row, visible: list[int]) -> list[int] | None:
        """The maximisers of a row with symbols, or None where the order depends on the input."""
        best: list[int] = []
        for j in visible:
            sign = self.sign(self.field.add(row.get(j, 0), row.get(best[0], 0), -1)) if best else 1
            if sign is None:
                return None
            if sign == 1:
                best = [j]
            elif sign == 0:
                best.append(j)
        return best

    def _unknown_order(self, row: Row, visible: list[int], ties: str) -> Row:
        """The order of some scores depends on the input: weights are opaque functions of the scores that may win."""
        field = self.field
        open_ = [
            j for j in visible
            if not any(self.sign(field.add(row.get(k, 0), row.get(j, 0), -1)) == 1 for k in visible if k != j)
        ]
        base = row.get(open_[0], 0)
        arguments = tuple(field.add(row.get(j, 0), base, -1) for j in open_)
        if all(type(a) is not Element and a == 0 for a in arguments):
            return self._ties(open_, ties)
        return {j: field.opaque(f"{ties}-hard[{k}]", arguments, nonnegative=True) for k, j in enumerate(open_)}

    def hide(self, scores: ExactMatrix, sight: Sight) -> ExactMatrix:
        _fits(scores, sight)
        if sight.everything:
            return scores
        out = []
        for i, row in enumerate(scores.entries):
            seen = set(self._visible(i, scores, sight))
            out.append({j: v for j, v in row.items() if j in seen})
        return ExactMatrix(out, scores.width)

    def _visible(self, i: int, scores: ExactMatrix, sight: Sight) -> list[int]:
        places = [j for j in range(scores.width) if sight.sees(i, j)] if sight.causal else list(range(scores.width))
        if sight.mask is None:
            return places
        shown = [sight.mask[i, j] for j in places]
        if any(type(v) is Element or v not in (0, 1) for v in shown):
            raise BadInput("a mask has entries 0 and 1 only")
        return [j for j, v in zip(places, shown, strict=True) if v]


def _fits(scores: ExactMatrix, sight: Sight) -> None:
    if (sight.rows.total, sight.cols.total) != (scores.height, scores.width):
        found = f"{scores.height} x {scores.width}"
        raise BadInput(f"the sight is {sight.rows.total} x {sight.cols.total}, the scores {found}")
