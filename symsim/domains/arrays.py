"""The number system ``arrays``: numbers in any array-API library, for speed; floats report and prove nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy
import sympy

from symsim.domains import objects
from symsim.domains.floats import finite, floating, place_name, quiet, real_array
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.protocol import Domain
from symsim.domains.weights import SparseWeight
from symsim.errors import BadInput, Undefined, nearest

TIES = ("average", "left", "right")

_MOST_WEIGHTS = 4096
"""So many weights are remembered with their structure."""


class Arrays(Domain[Any]):
    """Matrices as arrays of shape ``(..., rows, cols)``; leading axes are a batch, and every operation broadcasts.

    Parameters
    ----------
    xp
        The array-API namespace, numpy by default (``array_api_compat.torch`` for torch).
    dtype
        ``"float64"``, ``"float32"``, or ``object`` (numpy only) for ``int``, ``Fraction`` and sympy entries.
    constants
        Values of the declared architecture constants that occur in weights, such as ``{"tau": 0.5}``.
    functions
        Further functions of one real variable by name, each from arrays to arrays.
    device
        Where arrays are made, as the array library names it.

    Floats report: the reciprocal of 0 is infinite, overflow is infinite, and :meth:`equal` never decides. Object
    entries are exact: the reciprocal of 0 raises ``Undefined``.

    >>> from symsim.domains.layout import Sight
    >>> fast = Arrays()
    >>> weights = fast.softmax(fast.given([[0, 0], [0, 0]], 2, 2), Sight.plain(2, 2, causal=True))
    >>> weights.tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    >>> slow = Arrays(dtype=object)
    >>> slow.entrywise("reciprocal", slow.given([[3]], 1, 1)).tolist()
    [[Fraction(1, 3)]]
    """

    name: ClassVar[str] = "arrays"
    flat: ClassVar[bool] = True

    def __init__(
        self,
        xp: Any = None,
        dtype: Any = "float64",
        constants: Mapping[str, Any] | None = None,
        functions: Mapping[str, Callable[[Any], Any]] | None = None,
        device: Any = None,
    ) -> None:
        self.xp = numpy if xp is None else xp
        self.exact = dtype is object
        if self.exact and self.xp is not numpy:
            raise BadInput("object entries are for numpy only: leave out xp, or take dtype='float64'")
        if not self.exact and dtype not in ("float64", "float32"):
            raise BadInput(f"dtype is 'float64', 'float32' or object, got {dtype!r}")
        self.dtype = object if self.exact else getattr(self.xp, dtype)
        self.constants = {
            key: self._number(value, f"as the constant {key}") for key, value in (constants or {}).items()
        }
        self.device = device
        self._functions = {**(objects.FUNCTIONS if self.exact else floating(self.xp)), **(functions or {})}
        self._weights: dict[int, tuple[Any, SparseWeight]] = {}

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> Any:
        """A weight with its structure kept, so that a product with it is slices where it is made of identity blocks."""
        known = self._weights.get(id(weight))
        if known is not None:
            return known[1]
        made = self._sparse(weight)
        if isinstance(weight, sympy.Basic):  # immutable, and the reference that is kept keeps the id from being reused
            if len(self._weights) >= _MOST_WEIGHTS:
                self._weights.clear()
            self._weights[id(weight)] = (weight, made)
        return made

    def variable(self, name: str, rows: Size, cols: Size) -> Any:
        if not self.exact:
            raise BadInput(f"arrays of floats hold numbers, not symbols: give '{name}' a value, or take dtype=object")
        symbols = [[sympy.Symbol(f"{name}_{i + 1},{j + 1}") for j in range(cols)] for i in range(rows)]
        return self.xp.reshape(self._array(symbols), (rows, cols))

    def given(self, value: Any, rows: Size, cols: Size) -> Any:
        """A user's matrix, with a batch in front if it has more than two axes. NaN and infinite entries are refused."""
        array = self._array_of(value)
        if array.ndim < 2 and cols == 1 and math.prod(array.shape) == rows:  # a list as a column, a number as 1 x 1
            array = self.xp.reshape(array, (rows, cols))
        if array.ndim < 2 or tuple(array.shape[-2:]) != (rows, cols):
            shape = " x ".join(map(str, array.shape)) or "a single number"
            raise BadInput(f"a {rows} x {cols} matrix is asked here, and this one is {shape}")
        return array

    def scalar(self, value: Any) -> Any:
        return self._number(value, "as a scalar")

    def zeros(self, rows: Size, cols: Size) -> Any:
        return self._zeros((rows, cols))

    def ones(self, rows: Size, cols: Size) -> Any:
        return self.xp.ones((rows, cols), dtype=self.dtype, device=self.device)

    def identity(self, size: Size) -> Any:
        entries = {(i, i): self._number(1, "") for i in range(size)}
        return SparseWeight((size, size), entries, self.xp, self._array, self._zeros)

    # -- cutting and joining --------------------------------------------------------------------------------------
    def shape(self, a: Any) -> tuple[Size, Size]:
        rows, cols = a.shape[-2:]
        return int(rows), int(cols)

    def assemble(self, grid: Mapping[tuple[str, str], Any], rows: Layout, cols: Layout) -> Any:
        blocks = {place: self.dense(block) for place, block in grid.items()}
        for (row, col), block in blocks.items():
            self._expect(block, (rows.size(row), cols.size(col)), f"block ({row}, {col})")
        batch = numpy.broadcast_shapes(*(tuple(block.shape[:-2]) for block in blocks.values()))
        stripes = []
        for row, height in rows.parts:
            blanks = ((col, (*batch, height, width)) for col, width in cols.parts)
            line = [
                self.xp.broadcast_to(blocks[row, col], shape) if (row, col) in blocks else self._zeros(shape)
                for col, shape in blanks
            ]
            stripes.append(self._join(line, -1, (*batch, height, 0)))
        return self._join(stripes, -2, (*batch, 0, cols.total))

    def rows(self, a: Any, layout: Layout, names: Sequence[str]) -> Any:
        a = self.dense(a)
        self._expect(a, (layout.total, a.shape[-1]), "a matrix cut into rows")
        parts = [a[..., start:stop, :] for start, stop in layout.spans(names)]
        return self._join(parts, -2, (*a.shape[:-2], 0, a.shape[-1]))

    def columns(self, a: Any, layout: Layout, names: Sequence[str]) -> Any:
        a = self.dense(a)
        self._expect(a, (a.shape[-2], layout.total), "a matrix cut into columns")
        parts = [a[..., start:stop] for start, stop in layout.spans(names)]
        return self._join(parts, -1, (*a.shape[:-1], 0))

    def take(self, a: Any, positions: Sequence[int]) -> Any:
        a, chosen = self.dense(a), list(positions)
        if chosen and chosen == list(range(chosen[0], chosen[0] + len(chosen))):  # a view
            return a[..., chosen[0] : chosen[0] + len(chosen), :]
        return self.xp.take(a, self._numbers(chosen), axis=-2)

    def flatten(self, a: Any) -> Any:
        a = self.dense(a)
        return self.xp.reshape(a, (*a.shape[:-2], a.shape[-2] * a.shape[-1], 1))

    def unflatten(self, a: Any, rows: int, cols: int) -> Any:
        a = self.dense(a)
        self._expect(a, (rows * cols, 1), "a flattened matrix")
        return self.xp.reshape(a, (*a.shape[:-2], rows, cols))

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Any, b: Any) -> Any:
        with quiet():
            return self.dense(a) + self._matching(a, b, "added")

    def scale(self, factor: Any, a: Any) -> Any:
        with quiet():
            return self.scalar(factor) * self.dense(a)

    def product(self, a: Any, b: Any) -> Any:
        if a.shape[-1] != b.shape[-2]:
            raise BadInput(f"no product of a {self._size(a)} and a {self._size(b)} matrix: inner sizes differ")
        with quiet():
            if isinstance(b, SparseWeight):
                return b.times(self.dense(a))
            if isinstance(a, SparseWeight):
                return a.transposed.times(b.mT).mT
            return self.xp.matmul(a, b)

    def transpose(self, a: Any) -> Any:
        return a.transposed if isinstance(a, SparseWeight) else a.mT

    def hadamard(self, a: Any, b: Any) -> Any:
        with quiet():
            return self.dense(a) * self._matching(a, b, "multiplied entrywise")

    def diag(self, a: Any) -> Any:
        a = self.dense(a)
        self._expect(a, (a.shape[-2], 1), "the argument of diag")
        return self.xp.where(self._diagonal(a.shape[-2]), a, self._zeros(()))

    def trace(self, a: Any) -> Any:
        a = self._square(a, "the trace")
        kept = self.xp.where(self._diagonal(a.shape[-1]), a, self._zeros(()))
        return self.xp.sum(kept, axis=(-2, -1), keepdims=True)

    def inverse(self, a: Any, name: str = "this matrix") -> Any:
        """The inverse of a square matrix; ``Undefined`` where it is singular, with the matrix called ``name``."""
        a = self._square(a, "the inverse")
        if self.exact:
            return objects.inverse(a)
        try:
            return self.xp.linalg.inv(a)
        except (ArithmeticError, ValueError, RuntimeError) as error:  # each library raises its own LinAlgError
            raise Undefined(f"the inverse of {name} ({self._size(a)}) does not exist") from error

    def determinant(self, a: Any) -> Any:
        """The determinant of a square matrix, as a 1 x 1 matrix."""
        a = self._square(a, "the determinant")
        return objects.determinant(a) if self.exact else self.xp.linalg.det(a)[..., None, None]

    def entrywise(self, function: str, a: Any) -> Any:
        """A function at every entry; an unknown name is opaque over object entries and refused over floats."""
        a = self.dense(a)
        known = self._functions.get(function)
        if known is not None:
            with quiet():
                return known(a)
        if self.exact:
            return objects.each(partial(objects.opaque, function), a)
        raise BadInput(f"arrays of floats cannot evaluate '{function}': {nearest(function, self._functions)}")

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Any, sight: Sight) -> Any:
        a = self.dense(scores)
        visible = self._visible(a, sight)
        if self.exact:
            shown = self._only(objects.each(objects.exp, a), visible)
            total = self.xp.sum(shown, axis=-1, keepdims=True)
            return objects.divide(shown, self.xp.where(total == 0, 1, total))
        if a.shape[-1] == 0:
            return a
        with quiet():
            shown = a if visible is None else self.xp.where(visible, a, self._array(-math.inf))
            top = self.xp.max(shown, axis=-1, keepdims=True)
            if visible is not None:
                top = self.xp.where(self.xp.any(visible, axis=-1, keepdims=True), top, self._array(0.0))
            shown = self.xp.exp(shown - top)
            total = self.xp.sum(shown, axis=-1, keepdims=True)
            if visible is not None:
                total = self.xp.where(total == 0, self._array(1.0), total)
            shown /= total
            return shown

    def hard(self, scores: Any, sight: Sight, ties: str) -> Any:
        if ties not in TIES:
            raise BadInput(f"unknown ties '{ties}': {nearest(ties, TIES)}")
        a = self.dense(scores)
        if a.shape[-1] == 0:
            return a
        maximal, one, width = self._maximal(a, self._visible(a, sight)), self.ones(1, 1), a.shape[-1]
        if ties == "average":
            marks = self._only(one, maximal)
            total = self.xp.sum(marks, axis=-1, keepdims=True)
            total = self.xp.where(total == 0, one, total)
            return objects.divide(marks, total) if self.exact else marks / total
        numbers = self.xp.arange(width, device=self.device)
        extreme, nowhere = (self.xp.min, width) if ties == "left" else (self.xp.max, -1)
        chosen = extreme(self.xp.where(maximal, numbers, nowhere), axis=-1, keepdims=True)
        return self._only(one, numbers == chosen)

    def hide(self, scores: Any, sight: Sight) -> Any:
        a = self.dense(scores)
        visible = self._visible(a, sight)
        return a if visible is None else self._only(a, visible)

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Any, b: Any) -> bool | None:
        """Floats never decide; object entries decide where all are rational, or where two rational ones differ."""
        left, right = self.dense(a), self._matching(a, b, "compared")
        if not self.exact:
            return None
        pairs = list(zip(*(side.ravel() for side in numpy.broadcast_arrays(left, right)), strict=True))
        rational = [(x, y) for x, y in pairs if objects.is_rational(x) and objects.is_rational(y)]
        if any(x != y for x, y in rational):
            return False
        return True if len(rational) == len(pairs) else None

    # -- inside ---------------------------------------------------------------------------------------------------
    def dense(self, a: Any) -> Any:
        """Any matrix of this domain as an array of the library (weights and identities keep their structure)."""
        return a.dense if isinstance(a, SparseWeight) else a

    def _array(self, table: Any) -> Any:
        return self.xp.asarray(table, dtype=self.dtype, device=self.device)

    def _zeros(self, shape: tuple[int, ...]) -> Any:
        return self.xp.zeros(shape, dtype=self.dtype, device=self.device)

    def _numbers(self, values: Sequence[int]) -> Any:
        return self.xp.asarray(list(values), dtype=self.xp.int64, device=self.device)

    def _join(self, parts: Sequence[Any], axis: int, empty: tuple[int, ...]) -> Any:
        if not parts:
            return self._zeros(empty)
        return parts[0] if len(parts) == 1 else self.xp.concat(parts, axis=axis)

    def _sparse(self, weight: Any) -> SparseWeight:
        """The structure of a weight: its non-zero entries."""
        if isinstance(weight, sympy.MatrixExpr) and not isinstance(weight, sympy.MatrixBase):
            weight = weight.as_explicit()
        if isinstance(weight, sympy.MatrixBase):
            found, shape = {(int(i), int(j)): value for (i, j), value in weight.todok().items()}, weight.shape
        else:
            table = numpy.array(weight, dtype=object)
            if table.ndim != 2:
                raise BadInput(f"a weight is a matrix, and this one has {table.ndim} axes")
            found, shape = dict(numpy.ndenumerate(table)), table.shape
        entries = {place: self._number(value, f"at {place_name(place)} of a weight") for place, value in found.items()}
        kept = {place: value for place, value in entries.items() if value != 0}
        return SparseWeight(shape, kept, self.xp, self._array, self._zeros)

    def _number(self, value: Any, where: str) -> Any:
        """An entry of this domain from any real number; declared constants are replaced by their values."""
        if isinstance(value, sympy.Expr) and value.free_symbols and self.constants:
            value = value.subs({s: self.constants[s.name] for s in value.free_symbols if s.name in self.constants})
        if self.exact:
            return objects.exact(value, where)
        return finite(value, where)

    def _array_of(self, value: Any) -> Any:
        """An array from whatever a user holds: an array as it is, anything else entry by entry."""
        if isinstance(value, SparseWeight):
            value = value.dense
        if not self.exact and hasattr(value, "dtype") and value.dtype != object:
            return real_array(self.xp, value, self.dtype, self.device)
        if isinstance(value, sympy.MatrixExpr):
            value = value.as_explicit()
        table = numpy.array(value.tolist() if hasattr(value, "tolist") else value, dtype=object)
        if any(isinstance(entry, list | tuple) for entry in table.flat):
            raise BadInput("the rows of a matrix have one length, and these have several")
        flat = [self._number(entry, f"at {place_name(place)}") for place, entry in numpy.ndenumerate(table)]
        return self.xp.reshape(self._array(flat), table.shape)

    def _visible(self, a: Any, sight: Sight) -> Any:
        """Which key each query sees, as booleans that broadcast against the scores; None if every query sees all."""
        self._expect(a, (sight.rows.total, sight.cols.total), "the scores")
        if sight.everything:
            return None
        visible = None
        if sight.causal:
            query = self._numbers(sight.row_positions if sight.row_positions is not None else range(a.shape[-2]))
            key = self._numbers(sight.col_positions if sight.col_positions is not None else range(a.shape[-1]))
            visible = key[None, :] <= query[:, None]
        if sight.mask is not None:
            mask = self.dense(sight.mask)
            self._expect(mask, (a.shape[-2], a.shape[-1]), "the mask")
            shown = mask == 1
            if not bool(self.xp.all(shown | (mask == 0))):
                raise BadInput("a mask has entries 0 and 1 only")
            visible = shown if visible is None else visible & shown
        return visible

    def _maximal(self, a: Any, visible: Any) -> Any:
        """Which visible scores are the largest of their row, as booleans."""
        if self.exact:
            return objects.maximal(a, visible)
        with quiet():
            shown = a if visible is None else self.xp.where(visible, a, self._array(-math.inf))
            found = shown == self.xp.max(shown, axis=-1, keepdims=True)
        return found if visible is None else found & visible

    def _only(self, a: Any, kept: Any) -> Any:
        return a if kept is None else self.xp.where(kept, a, self._zeros(()))

    def _diagonal(self, size: int) -> Any:
        numbers = self.xp.arange(size, device=self.device)
        return numbers[:, None] == numbers[None, :]

    def _matching(self, a: Any, b: Any, how: str) -> Any:
        """``b`` as an array, after a check that it has the rows and columns of ``a``."""
        if tuple(a.shape[-2:]) != tuple(b.shape[-2:]):
            raise BadInput(f"a {self._size(a)} and a {self._size(b)} matrix cannot be {how}: their shapes differ")
        return self.dense(b)

    def _expect(self, a: Any, shape: tuple[Size, Size], what: str) -> None:
        if tuple(a.shape[-2:]) != shape:
            raise BadInput(f"{what} should be {shape[0]} x {shape[1]}, not {self._size(a)}")

    def _square(self, a: Any, what: str) -> Any:
        a = self.dense(a)
        self._expect(a, (a.shape[-1], a.shape[-1]), f"the argument of {what}")
        return a

    @staticmethod
    def _size(a: Any) -> str:
        return f"{a.shape[-2]} x {a.shape[-1]}"
