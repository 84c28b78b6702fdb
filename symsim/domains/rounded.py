"""The number system ``rounded``: float64 with a proved rounding bound, the fast way to enclose large matrices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import flint
import numpy
import sympy

from symsim.domains import rounding
from symsim.domains.arrays import TIES
from symsim.domains.floats import place_name, quiet
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.polynomials import fraction
from symsim.domains.protocol import Domain
from symsim.domains.rounded_weights import Moves, from_array, from_exact, is_floats, weight_of
from symsim.domains.rounding import Enclosed, U, enclosed, point, up
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput, Inconclusive, Undefined, nearest


class Rounded(Domain[Enclosed]):
    """Matrices of float64 centres with radii: every result contains the exact value of what it stands for.

    Floats that are given are exact dyadic rationals; other rationals are rounded and the error is their radius. What
    overflows is known to nothing (radius infinity) and never an error. Raises ``Undefined`` for the reciprocal of
    exactly 0, and ``Inconclusive`` where radii are too wide to tell, and for functions without a bound here. Plain
    floats prove nothing; these do, on a machine that rounds as :mod:`symsim.domains.rounding` says.

    >>> domain = Rounded()
    >>> numbers = domain.given([[Fraction(1, 4), Fraction(1, 10)]], 1, 2)
    >>> numbers.radius.round(18).tolist()
    [[0.0, 1.1e-17]]
    """

    name: ClassVar[str] = "rounded"
    flat: ClassVar[bool] = True

    def __init__(self, constants: Mapping[str, Any] | None = None) -> None:
        self.constants: dict[str, Fraction] = {}
        self.constants.update({key: self.scalar(value) for key, value in (constants or {}).items()})
        self._weights: dict[int, tuple[Any, Any]] = {}

    def having(self, constants: Mapping[str, Any]) -> Rounded:
        """The same with other values of the declared constants; weights are read anew."""
        return Rounded(constants)

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> Any:
        """A weight; one with at most one non-zero a column is applied by slices, as ``Moves``."""
        known = self._weights.get(id(weight))
        if known is not None and known[0] is weight:
            return known[1]
        made = self._weight(weight)
        self._weights[id(weight)] = (weight, made)
        return made

    def variable(self, name: str, rows: Size, cols: Size) -> Enclosed:
        raise BadInput(f"floats with a bound hold numbers, not symbols: give '{name}' a value")

    def given(self, value: Any, rows: Size, cols: Size) -> Enclosed:
        """A user's matrix of finite floats or exact numbers."""
        found = from_array(value) if is_floats(value) else from_exact(value)
        if found.centre.ndim < 2 and cols == 1 and math.prod(found.shape) == rows:
            found = Enclosed(found.centre.reshape(rows, cols), found.radius.reshape(rows, cols))
        if found.shape != (rows, cols):
            shape = " x ".join(map(str, found.shape)) or "a single number"
            raise BadInput(f"a {rows} x {cols} matrix is asked here, and this one is {shape}")
        return found

    def scalar(self, value: Any) -> Fraction:
        if isinstance(value, sympy.Expr) and value.free_symbols:
            known = {s: self.constants[s.name] for s in value.free_symbols if s.name in self.constants}
            value = value.subs({s: sympy.Rational(v.numerator, v.denominator) for s, v in known.items()})
        return fraction(rational(value, "as a scalar"))

    def zeros(self, rows: Size, cols: Size) -> Enclosed:
        return point(numpy.zeros((rows, cols)))

    def ones(self, rows: Size, cols: Size) -> Enclosed:
        return point(numpy.ones((rows, cols)))

    def identity(self, size: Size) -> Enclosed:
        return point(numpy.eye(size))

    # -- cutting and joining --------------------------------------------------------------------------------------
    def shape(self, a: Any) -> tuple[Size, Size]:
        rows, cols = a.shape
        return int(rows), int(cols)

    def assemble(self, grid: Mapping[tuple[str, str], Any], rows: Layout, cols: Layout) -> Enclosed:
        out = self.zeros(rows.total, cols.total)
        for (row, col), block in grid.items():
            found = self.dense(block)
            self._expect(found, (rows.size(row), cols.size(col)), f"block ({row}, {col})")
            place = slice(*rows.span(row)), slice(*cols.span(col))
            out.centre[place], out.radius[place] = found.centre, found.radius
        return out

    def rows(self, a: Any, layout: Layout, names: Sequence[str]) -> Enclosed:
        found = self.dense(a)
        self._expect(found, (layout.total, found.shape[1]), "a matrix cut into rows")
        return self.take(found, layout.positions(names))

    def columns(self, a: Any, layout: Layout, names: Sequence[str]) -> Enclosed:
        found = self.dense(a)
        self._expect(found, (found.shape[0], layout.total), "a matrix cut into columns")
        return self.take(found.mT, layout.positions(names)).mT

    def take(self, a: Any, positions: Sequence[int]) -> Enclosed:
        found, chosen = self.dense(a), numpy.asarray(list(positions), dtype=numpy.int64)
        return Enclosed(found.centre[chosen], found.radius[chosen])

    def flatten(self, a: Any) -> Enclosed:
        found = self.dense(a)
        return Enclosed(found.centre.reshape(-1, 1), found.radius.reshape(-1, 1))

    def unflatten(self, a: Any, rows: int, cols: int) -> Enclosed:
        found = self.dense(a)
        self._expect(found, (rows * cols, 1), "a flattened matrix")
        return Enclosed(found.centre.reshape(rows, cols), found.radius.reshape(rows, cols))

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Any, b: Any) -> Enclosed:
        with quiet():
            return rounding.add(self.dense(a), self._matching(a, b, "added"))

    def scale(self, factor: Any, a: Any) -> Enclosed:
        with quiet():
            return rounding.multiply(from_exact([[self.scalar(factor)]]), self.dense(a))

    def product(self, a: Any, b: Any) -> Enclosed:
        if a.shape[1] != b.shape[0]:
            raise BadInput(f"no product of a {_size(a)} and a {_size(b)} matrix: inner sizes differ")
        with quiet():
            if isinstance(b, Moves):
                return b.times(self.dense(a))
            if isinstance(a, Moves):
                return rounding.matmul(a.dense, b)
            return rounding.matmul(a, b)

    def transpose(self, a: Any) -> Enclosed:
        return self.dense(a).mT

    def hadamard(self, a: Any, b: Any) -> Enclosed:
        with quiet():
            return rounding.multiply(self.dense(a), self._matching(a, b, "multiplied entrywise"))

    def diag(self, a: Any) -> Enclosed:
        found = self.dense(a)
        self._expect(found, (found.shape[0], 1), "the argument of diag")
        return Enclosed(numpy.diag(found.centre[:, 0]), numpy.diag(found.radius[:, 0]))

    def trace(self, a: Any) -> Enclosed:
        found = self.dense(a)
        self._expect(found, (found.shape[1], found.shape[1]), "the argument of the trace")
        with quiet():
            return rounding.total(Enclosed(numpy.diag(found.centre)[None, :], numpy.diag(found.radius)[None, :]))

    def inverse(self, a: Any, name: str = "this matrix") -> Enclosed:
        """No bound is computed here: ``Inconclusive``."""
        raise Inconclusive(f"floats with a bound do not invert {name}")

    def determinant(self, a: Any) -> Enclosed:
        """No bound is computed here: ``Inconclusive``."""
        raise Inconclusive("floats with a bound have no determinants")

    def entrywise(self, function: str, a: Any) -> Enclosed:
        rule = FUNCTIONS.get(function)
        if rule is None:
            raise Inconclusive(f"floats have no bound for '{function}': {nearest(function, FUNCTIONS)}")
        with quiet():
            return rule(self.dense(a))

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Any, sight: Sight) -> Enclosed:
        """Shifted by the largest centre of each row, which changes nothing; a weight is in [0, 1] in any case."""
        a = self.dense(scores)
        visible = self._visible(a, sight)
        if a.centre.size == 0:
            return a
        with quiet():
            top = numpy.max(numpy.where(visible, a.centre, -numpy.inf), axis=1, keepdims=True)
            top = numpy.where(numpy.isfinite(top), top, 0.0)
            powers = rounding.exp(rounding.add(a, point(numpy.broadcast_to(-top, a.shape))))
            powers = Enclosed(numpy.where(visible, powers.centre, 0.0), numpy.where(visible, powers.radius, 0.0))
            shares = rounding.divide(powers, rounding.total(powers))
        wide = ~(shares.radius <= 1.0)
        centre = numpy.where(visible, numpy.where(wide, 0.5, shares.centre), 0.0)
        return Enclosed(centre, numpy.where(visible, numpy.where(wide, 0.5, shares.radius), 0.0))

    def hard(self, scores: Any, sight: Sight, ties: str) -> Enclosed:
        """Weights on the largest scores, where it is seen which they are; ``Inconclusive`` elsewhere."""
        if ties not in TIES:
            raise BadInput(f"unknown ties '{ties}': {nearest(ties, TIES)}")
        a = self.dense(scores)
        visible = self._visible(a, sight)
        out = numpy.zeros(a.shape)
        for i in range(a.shape[0]):
            seen = numpy.flatnonzero(visible[i])
            if len(seen) == 0:
                continue
            centre, radius = a.centre[i, seen], a.radius[i, seen]
            best = int(numpy.argmax(centre))
            chosen = seen[centre == centre[best]]
            others = centre != centre[best]
            gap = (centre[best] - centre) - 4.0 * U * numpy.abs(centre[best] - centre)
            separated = bool(numpy.all(gap[others] > up(radius[best] + radius[others])))
            if not separated or (len(chosen) > 1 and bool(numpy.any(radius[~others] > 0))):
                raise Inconclusive(f"floats do not tell which score of row {i + 1} is the largest")
            if ties != "average":
                chosen = chosen[:1] if ties == "left" else chosen[-1:]
            out[i, chosen] = 1.0 / len(chosen)
        inexact = numpy.where((out == 0) | (numpy.log2(numpy.where(out == 0, 1, out)) % 1 == 0), 0.0, U)
        return Enclosed(out, inexact)

    def hide(self, scores: Any, sight: Sight) -> Enclosed:
        a = self.dense(scores)
        visible = self._visible(a, sight)
        return Enclosed(numpy.where(visible, a.centre, 0.0), numpy.where(visible, a.radius, 0.0))

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Any, b: Any) -> bool | None:
        """False where the enclosures of some entry are disjoint, else None: enclosures never prove equality."""
        return None if self.first_difference(a, b) is None else False

    def first_difference(self, a: Any, b: Any) -> tuple[int, int] | None:
        """The first entry at which the enclosures are disjoint, or None."""
        gap = self._gap(a, b)
        apart = numpy.argwhere(numpy.abs(gap.centre) > gap.radius)
        return (int(apart[0, 0]), int(apart[0, 1])) if len(apart) else None

    def farthest(self, a: Any, b: Any) -> tuple[int, int]:
        """The entry at which the two are farthest apart for certain."""
        gap = self._gap(a, b)
        row, col = numpy.unravel_index(int(numpy.argmax(numpy.abs(gap.centre) - gap.radius)), gap.shape)
        return int(row), int(col)

    def distance(self, a: Any, b: Any) -> Any:
        """A ball that contains the largest distance of corresponding entries."""
        gap = self._gap(a, b)
        found = flint.arb(0)
        if gap.centre.size:
            highest = float(numpy.max(up(numpy.abs(gap.centre) + gap.radius)))
            place = self.farthest(a, b)
            lowest = max(0.0, float(numpy.abs(gap.centre[place]) - gap.radius[place]) * (1 - 4 * U))
            found = flint.arb(lowest).union(flint.arb(highest))
        return found

    def ball(self, a: Any, place: tuple[int, int]) -> Any:
        """One entry as an Arb ball."""
        found = self.dense(a)
        return flint.arb(float(found.centre[place]), float(found.radius[place]))

    # -- inside ---------------------------------------------------------------------------------------------------
    def dense(self, a: Any) -> Enclosed:
        """Any matrix of this domain with its entries written out."""
        return a.dense if isinstance(a, Moves) else a

    def _gap(self, a: Any, b: Any) -> Enclosed:
        right = self._matching(a, b, "compared")
        with quiet():
            return rounding.add(self.dense(a), Enclosed(-right.centre, right.radius))

    def _weight(self, weight: Any) -> Any:
        if isinstance(weight, sympy.MatrixExpr) and not isinstance(weight, sympy.MatrixBase):
            weight = weight.as_explicit()
        entries = {(int(i), int(j)): self.scalar(v) for (i, j), v in sympy.Matrix(weight).todok().items()}
        return weight_of(tuple(int(size) for size in weight.shape), entries)

    def _visible(self, a: Enclosed, sight: Sight) -> Any:
        """Which key each query sees, as booleans of the shape of the scores."""
        self._expect(a, (sight.rows.total, sight.cols.total), "the scores")
        visible = numpy.ones(a.shape, dtype=bool)
        if sight.causal:
            query = numpy.asarray(sight.row_positions if sight.row_positions is not None else range(a.shape[0]))
            key = numpy.asarray(sight.col_positions if sight.col_positions is not None else range(a.shape[1]))
            visible &= key[None, :] <= query[:, None]
        if sight.mask is not None:
            mask = self.dense(sight.mask)
            self._expect(mask, a.shape, "the mask")
            if numpy.any(mask.radius) or not bool(numpy.all((mask.centre == 0) | (mask.centre == 1))):
                raise BadInput("a mask has entries 0 and 1 only")
            visible &= mask.centre == 1
        return visible

    def _matching(self, a: Any, b: Any, how: str) -> Enclosed:
        if tuple(a.shape) != tuple(b.shape):
            raise BadInput(f"a {_size(a)} and a {_size(b)} matrix cannot be {how}: their shapes differ")
        return self.dense(b)

    def _expect(self, a: Any, shape: tuple[Size, ...], what: str) -> None:
        if tuple(a.shape) != tuple(shape):
            raise BadInput(f"{what} should be {shape[0]} x {shape[1]}, not {_size(a)}")


def _size(a: Any) -> str:
    return f"{a.shape[0]} x {a.shape[1]}"


def _reciprocal(a: Enclosed) -> Enclosed:
    for place in numpy.argwhere(numpy.abs(a.centre) <= a.radius):
        where = place_name(tuple(place))
        if a.radius[tuple(place)] == 0:
            raise Undefined(f"the reciprocal of 0 does not exist at {where}")
        raise Inconclusive(f"floats do not tell a denominator from 0 at {where}")
    return rounding.divide(point(numpy.ones(a.shape)), a)


def _relu(a: Enclosed) -> Enclosed:
    return Enclosed(numpy.maximum(a.centre, 0.0), numpy.where(a.centre + a.radius < 0, 0.0, a.radius))


def _step(a: Enclosed) -> Enclosed:
    unsure = (numpy.abs(a.centre) <= a.radius) & (a.radius > 0)
    return Enclosed(numpy.where(unsure, 0.5, (a.centre >= 0) * 1.0), numpy.where(unsure, 0.5, 0.0))


def _silu(a: Enclosed) -> Enclosed:
    """At the centre, by the exponential of minus its absolute value; its derivative is below 1.1 everywhere."""
    power = rounding.exp(point(-numpy.abs(a.centre)))
    above = point(numpy.ones(a.shape))
    gate = rounding.divide(above, rounding.add(above, power))
    low = rounding.multiply(power, gate)
    side = a.centre >= 0
    share = Enclosed(numpy.where(side, gate.centre, low.centre), numpy.where(side, gate.radius, low.radius))
    found = rounding.multiply(point(a.centre), share)
    return enclosed(found.centre, up(found.radius + 1.1 * a.radius))


FUNCTIONS: dict[str, Callable[[Enclosed], Enclosed]] = {
    "exp": rounding.exp,
    "reciprocal": _reciprocal,
    "relu": _relu,
    "abs": lambda a: Enclosed(numpy.abs(a.centre), a.radius),
    "step": _step,
    "silu": _silu,
}
"""The functions by name, each from enclosures to enclosures."""
