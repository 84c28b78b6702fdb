"""The number system ``balls``: real numbers enclosed by Arb balls (python-flint), with rounding accounted for.

Every result contains the exact value at every choice of numbers from the balls that went in. So balls that are
disjoint prove that two values differ, and an upper bound read off a ball is a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import flint
import numpy
import sympy

from symsim.domains import norm_scale
from symsim.domains.arrays import TIES, Arrays
from symsim.domains.closed_forms import ball, enclosed
from symsim.domains.floats import finite, place_name
from symsim.domains.layout import Sight, Size
from symsim.domains.polynomials import fraction
from symsim.domains.sympy_edge import rational
from symsim.domains.weights import SparseWeight
from symsim.errors import BadInput, Inconclusive, Undefined, nearest

LEAST_BITS = 24


class Balls(Arrays):
    """Matrices of Arb balls at a precision of ``bits``; they are object arrays of ``flint.arb`` of shape (rows, cols).

    Inputs are exact rationals, floats (each is one dyadic rational) or balls. ``values`` holds the matrices that stand
    for named variables; ``constants`` the values of declared architecture constants. Raises ``Undefined`` for the
    reciprocal of exactly 0, and ``Inconclusive`` where balls are too wide to tell: a reciprocal of a ball that
    contains 0, or hard attention on scores whose order is not seen.

    >>> domain = Balls(bits=64)
    >>> from symsim.domains.layout import Sight
    >>> weights = domain.softmax(domain.given([[0, 1]], 1, 2), Sight.plain(1, 2))
    >>> weights[0, 1].overlaps(flint.arb(1).exp() / (1 + flint.arb(1).exp())), weights[0, 1].rad() < 1e-15
    (True, True)
    """

    name: ClassVar[str] = "balls"
    flat: ClassVar[bool] = True

    def __init__(
        self, bits: int = 128, values: Mapping[str, Any] | None = None, constants: Mapping[str, Any] | None = None
    ) -> None:
        if isinstance(bits, bool) or not isinstance(bits, int) or not LEAST_BITS <= bits <= 1 << 20:
            raise BadInput(f"the precision is a whole number of bits from {LEAST_BITS} to 2^20, got {bits!r}")
        self.bits = bits
        with self._precision():
            super().__init__(dtype=object, constants=constants)
        self._functions = dict(FUNCTIONS)
        self.values = dict(values or {})

    def having(self, constants: Mapping[str, Any]) -> Balls:
        """The same precision with other values of the declared constants; weights are read anew."""
        return Balls(self.bits, self.values, constants)

    def _precision(self) -> Any:
        return flint.ctx.workprec(self.bits)

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> Any:
        with self._precision():
            return super().constant(weight)

    def variable(self, name: str, rows: Size, cols: Size) -> Any:
        """The matrix that ``values`` holds for a name; balls know no free symbols."""
        if name not in self.values:
            raise BadInput(f"balls hold numbers, not symbols: give '{name}' in values, as balls or exact numbers")
        return self.given(self.values[name], rows, cols)

    def given(self, value: Any, rows: Size, cols: Size) -> Any:
        """A user's matrix of exact numbers, finite floats or balls."""
        with self._precision():
            found = super().given(value, rows, cols)
        if found.ndim != 2:
            raise BadInput(f"balls have no batch: give one {rows} x {cols} matrix")
        return found

    def scalar(self, value: Any) -> Any:
        with self._precision():
            return super().scalar(value)

    def zeros(self, rows: Size, cols: Size) -> Any:
        return self._zeros((rows, cols))

    def ones(self, rows: Size, cols: Size) -> Any:
        return numpy.full((rows, cols), flint.arb(1), dtype=object)

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Any, b: Any) -> Any:
        with self._precision():
            return super().add(a, b)

    def scale(self, factor: Any, a: Any) -> Any:
        with self._precision():
            return super().scale(factor, a)

    def product(self, a: Any, b: Any) -> Any:
        """The product; a weight is applied by its structure, two matrices are multiplied by Arb."""
        with self._precision():
            if isinstance(a, SparseWeight) or isinstance(b, SparseWeight):
                return super().product(a, b)
            if a.shape[-1] != b.shape[-2]:
                raise BadInput(f"no product of a {self._size(a)} and a {self._size(b)} matrix: inner sizes differ")
            return _array(_matrix(a) * _matrix(b))

    def hadamard(self, a: Any, b: Any) -> Any:
        with self._precision():
            return super().hadamard(a, b)

    def trace(self, a: Any) -> Any:
        with self._precision():
            return numpy.array([[sum(numpy.diagonal(self._square(a, "the trace")), flint.arb(0))]], dtype=object)

    def inverse(self, a: Any, name: str = "this matrix") -> Any:
        """The inverse of a square matrix; ``Inconclusive`` where it cannot be told from a singular one."""
        a = self._square(a, "the inverse")
        with self._precision():
            try:
                return _array(_matrix(a).inv())
            except ZeroDivisionError:
                wide = f"{name} ({self._size(a)}) cannot be told from a singular matrix at {self.bits} bits"
                raise Inconclusive(wide) from None

    def determinant(self, a: Any) -> Any:
        """The determinant of a square matrix, as a 1 x 1 matrix."""
        a = self._square(a, "the determinant")
        with self._precision():
            return numpy.array([[_matrix(a).det()]], dtype=object)

    def entrywise(self, function: str, a: Any) -> Any:
        """A function at every entry; one without an enclosure is refused."""
        rule = self._functions.get(function)
        if rule is None:
            raise BadInput(f"balls cannot enclose '{function}': {nearest(function, self._functions)}")
        with self._precision():
            return _each(rule, self.dense(a))

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Any, sight: Sight) -> Any:
        a = self.dense(scores)
        visible = self._visible(a, sight)
        if a.size == 0:
            return a
        with self._precision():
            out = self._zeros(a.shape)
            for i, row in enumerate(a):
                seen = range(len(row)) if visible is None else numpy.flatnonzero(visible[i])
                if len(seen):
                    out[i, list(seen)] = _shares([row[j] for j in seen])
        return out

    def hard(self, scores: Any, sight: Sight, ties: str) -> Any:
        """Weights on the largest scores, where it is seen which they are; ``Inconclusive`` elsewhere."""
        if ties not in TIES:
            raise BadInput(f"unknown ties '{ties}': {nearest(ties, TIES)}")
        a = self.dense(scores)
        visible = self._visible(a, sight)
        out = self._zeros(a.shape)
        with self._precision():
            for i, row in enumerate(a):
                seen = [int(j) for j in (range(len(row)) if visible is None else numpy.flatnonzero(visible[i]))]
                chosen = self._largest(row, seen, i)
                if ties != "average":
                    chosen = chosen[:1] if ties == "left" else chosen[-1:]
                for j in chosen:
                    out[i, j] = flint.arb(1) / len(chosen)
        return out

    def _largest(self, row: Any, seen: list[int], number: int) -> list[int]:
        """The columns of the largest scores: one above all others, or several that are the same exact number."""
        best: list[int] = []
        for j in seen:
            best = [j] if not best or row[j] > row[best[0]] else best + [j] if row[j] == row[best[0]] else best
        for j in seen:
            if j not in best and not row[j] < row[best[0]]:
                wide = f"whether {row[j].str(6)} or {row[best[0]].str(6)} is larger, in row {number + 1} of the scores"
                raise Inconclusive(f"balls of {self.bits} bits do not tell {wide}")
        return best

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Any, b: Any) -> bool | None:
        """False where the balls of some entry are disjoint, else None: balls never prove equality."""
        return None if self.first_difference(a, b) is None else False

    def first_difference(self, a: Any, b: Any) -> tuple[int, int] | None:
        """The first entry at which the balls are disjoint, or None."""
        left, right = self.dense(a), self._matching(a, b, "compared")
        apart = (place for place, x in numpy.ndenumerate(left) if not x.overlaps(right[place]))
        first = next(apart, None)
        return None if first is None else (int(first[0]), int(first[1]))

    def farthest(self, a: Any, b: Any) -> tuple[int, int]:
        """The entry at which the two are farthest apart for certain."""
        with self._precision():
            gaps = self.dense(a) - self._matching(a, b, "compared")
        row, col = max(numpy.ndindex(gaps.shape), key=lambda place: gaps[place].abs_lower().mid())
        return int(row), int(col)

    def ball(self, a: Any, place: tuple[int, int]) -> Any:
        """One entry."""
        return self.dense(a)[place]

    def distance(self, a: Any, b: Any) -> Any:
        """A ball that contains the largest distance of corresponding entries (0 where there are none)."""
        with self._precision():
            gaps = (self.dense(a) - self._matching(a, b, "compared")).ravel()
            found = flint.arb(0)
            for gap in gaps:
                found = found.max(abs(gap))
            return found

    # -- inside ---------------------------------------------------------------------------------------------------
    def _zeros(self, shape: tuple[int, ...]) -> Any:
        return numpy.full(shape, flint.arb(0), dtype=object)

    def _array(self, table: Any) -> Any:
        found = numpy.asarray(table, dtype=object)
        return _each(lambda x: x if isinstance(x, flint.arb) else flint.arb(x), found)

    def _number(self, value: Any, where: str) -> Any:
        """A ball from a number; declared constants in a weight are replaced by their values."""
        if isinstance(value, flint.arb):
            if not value.is_finite():
                raise BadInput(f"a ball {where} is not finite")
            return value
        if isinstance(value, sympy.Expr) and not isinstance(value, sympy.Number):
            return self._expression(value, where)
        if isinstance(value, float | numpy.floating):
            return flint.arb(finite(value, where))
        return ball(fraction(rational(value, where)))

    def _expression(self, value: Any, where: str) -> Any:
        """A constant expression, with the values of declared constants put in."""
        known = {symbol: self.constants[symbol.name] for symbol in value.free_symbols if symbol.name in self.constants}
        if symbols := sorted(str(symbol) for symbol in value.free_symbols - set(known)):
            raise BadInput(f"{value} {where} holds symbols: give a value, as in Balls(constants={{'{symbols[0]}': 2}})")
        return enclosed(value, {symbol.name: number for symbol, number in known.items()})


def _array(matrix: Any) -> Any:
    out = numpy.empty(matrix.nrows() * matrix.ncols(), dtype=object)
    out[:] = matrix.entries()
    return out.reshape(matrix.nrows(), matrix.ncols())


def _matrix(a: Any) -> Any:
    return flint.arb_mat(a.shape[0], a.shape[1], a.ravel().tolist())


def _each(rule: Callable[[Any], Any], a: Any) -> Any:
    out = numpy.empty(a.size, dtype=object)
    for place, entry in enumerate(a.ravel()):
        try:
            out[place] = rule(entry)
        except (Undefined, Inconclusive) as error:
            raise type(error)(f"{error} at {place_name(divmod(place, a.shape[-1]))}") from None
    return out.reshape(a.shape)


def _shares(scores: list[Any]) -> list[Any]:
    """The softmax of some scores, shifted by a point near the largest so that no exponential is huge."""
    top = max((score.mid() for score in scores), key=float)
    powers = [(score - top).exp() for score in scores]
    over = 1 / sum(powers, flint.arb(0))
    found = [power * over for power in powers]
    return [share if share.is_finite() else flint.arb(0.5, 0.5) for share in found]


def _reciprocal(x: Any) -> Any:
    if x.is_zero():
        raise Undefined("the reciprocal of 0 does not exist")
    if x.contains(0):
        raise Inconclusive(f"1 over {x.str(6)}, which contains 0,")
    return 1 / x


def _log(x: Any) -> Any:
    if x <= 0:
        raise Undefined(f"the logarithm of {x.str(6)} does not exist")
    if not x > 0:
        raise Inconclusive(f"the logarithm of {x.str(6)}, which contains 0,")
    return x.log()


def _step(x: Any) -> Any:
    if x >= 0:
        return flint.arb(1)
    return flint.arb(0) if x < 0 else flint.arb(0.5, 0.5)


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda x: x.exp(),
    "log": _log,
    "reciprocal": _reciprocal,
    "relu": lambda x: x.max(flint.arb(0)),
    "abs": abs,
    "step": _step,
    "silu": lambda x: x / (1 + (-x).exp()),
    "normscale": norm_scale.of_ball,
}
"""The functions by name, each from a ball to a ball. A step of a ball around 0 is the ball [0, 1]."""
