"""The number system ``alphabet``: an entry is the exact rational value at every input of a finite set at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar

import numpy
import sympy

from symsim.domains import rational_arrays as rationals
from symsim.domains.floats import place_name
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.polynomials import fraction
from symsim.domains.protocol import Domain
from symsim.domains.rational_arrays import RationalArray
from symsim.domains.rational_weights import Weight, integral, times, weight_of
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput, Undefined, nearest

TIES = ("average", "left", "right")


class Alphabet(Domain[Any]):
    """Matrices whose entries are the rational values at all ``inputs``, side by side, every one exact.

    What is no rational number has no place here: exponentials of anything but 0, softmax of scores that differ, and
    functions whose values are not known are a ``BadInput``. The reciprocal of 0 raises ``Undefined`` and names the
    first input at which it occurs. :meth:`equal` decides, and :meth:`first_difference` says where.

    Parameters
    ----------
    inputs
        The finite set: all words of one length, or any list of inputs. They only name places in messages; a matrix
        that differs from input to input is :meth:`given` with one leading axis, in this order.

    >>> words = Alphabet(["ab", "ba"])
    >>> a = words.given([[[1], [2]], [[2], [1]]], 2, 1)
    >>> words.hard(words.transpose(a), Sight.plain(1, 2), "left").tolist()
    [[[0, 1]], [[1, 0]]]
    >>> words.first_difference(a, words.given([[1], [2]], 2, 1))
    (1, 0, 0)
    """

    name: ClassVar[str] = "alphabet"
    flat: ClassVar[bool] = True

    def __init__(self, inputs: Sequence[Any]) -> None:
        if not len(inputs):
            raise BadInput("a finite set of inputs has at least one: give a list of words")
        self.inputs = inputs
        self._weights: dict[int, tuple[Any, Weight]] = {}
        self._functions: dict[str, Callable[[RationalArray], RationalArray]] = {
            "exp": lambda a: self._only_at(0, a, "exp", 1),
            "reciprocal": self._reciprocal,
            "relu": lambda a: a.like(numpy.maximum(a.numerators, 0)),
            "abs": lambda a: a.like(abs(a.numerators)),
            "step": lambda a: rationals.made(a.numerators >= 0),
            "silu": lambda a: self._only_at(0, a, "silu", 0),
            "log": lambda a: self._only_at(1, a, "log", 0),
        }

    def over(self, inputs: Sequence[Any]) -> Alphabet:
        """The same over other inputs; weights that are known stay known."""
        found = Alphabet(inputs)
        found._weights = self._weights
        return found

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> Weight:
        known = self._weights.get(id(weight))
        if known is not None:
            return known[1]
        made = weight_of(weight)
        if isinstance(weight, sympy.Basic):  # immutable, and the reference that is kept keeps the id from being reused
            self._weights[id(weight)] = (weight, made)
        return made

    def variable(self, name: str, rows: Size, cols: Size) -> Any:
        raise BadInput(f"over a finite set of inputs there are no symbols: give '{name}' its value at every input")

    def given(self, value: Any, rows: Size, cols: Size) -> RationalArray:
        """A matrix for all inputs, or one an input with one leading axis; integer arrays of numpy are taken whole."""
        found = _array(value)
        axes = tuple(found.shape)
        if len(axes) < 2 and cols == 1 and math.prod(axes) == rows:  # a list as a column, a number as 1 x 1
            axes = (rows, cols)
        if axes[-2:] != (rows, cols) or len(axes) not in (2, 3):
            shape = " x ".join(map(str, axes)) or "a single number"
            raise BadInput(f"a {rows} x {cols} matrix is asked here, and this one is {shape}")
        if len(axes) == 3 and axes[0] != len(self.inputs):
            raise BadInput(f"there are {len(self.inputs)} inputs, and {axes[0]} matrices are given: one an input")
        return found.like(found.numerators.reshape(axes))

    def scalar(self, value: Any) -> Fraction:
        return fraction(rational(value, "as a scalar"))

    def zeros(self, rows: Size, cols: Size) -> RationalArray:
        return RationalArray(numpy.zeros((rows, cols), dtype=numpy.int64), 1, 0)

    def ones(self, rows: Size, cols: Size) -> RationalArray:
        return RationalArray(numpy.ones((rows, cols), dtype=numpy.int64), 1, 1)

    def identity(self, size: Size) -> Weight:
        return integral((size, size), {(i, i): 1 for i in range(size)})

    # -- cutting and joining --------------------------------------------------------------------------------------
    def shape(self, a: Any) -> tuple[Size, Size]:
        rows, cols = a.shape[-2:]
        return int(rows), int(cols)

    def assemble(self, grid: Mapping[tuple[str, str], Any], rows: Layout, cols: Layout) -> RationalArray:
        blocks = {place: self.dense(block) for place, block in grid.items()}
        for (row, col), block in blocks.items():
            self._expect(block, (rows.size(row), cols.size(col)), f"block ({row}, {col})")
        batch = numpy.broadcast_shapes(*(block.shape[:-2] for block in blocks.values()))
        stripes = []
        for row, height in rows.parts:
            line = []
            for col, width in cols.parts:
                block = blocks.get((row, col), self.zeros(height, width))
                line.append(block.like(numpy.broadcast_to(block.numerators, (*batch, height, width))))
            stripes.append(rationals.joined(line, -1) if line else self.zeros(height, 0))
        return rationals.joined(stripes, -2) if stripes else self.zeros(0, cols.total)

    def rows(self, a: Any, layout: Layout, names: Sequence[str]) -> RationalArray:
        found = self.dense(a)
        self._expect(found, (layout.total, found.shape[-1]), "a matrix cut into rows")
        return self.take(found, layout.positions(names))

    def columns(self, a: Any, layout: Layout, names: Sequence[str]) -> RationalArray:
        found = self.dense(a)
        self._expect(found, (found.shape[-2], layout.total), "a matrix cut into columns")
        return self.take(found.mT, layout.positions(names)).mT

    def take(self, a: Any, positions: Sequence[int]) -> RationalArray:
        found, chosen = self.dense(a), list(positions)
        if chosen and chosen == list(range(chosen[0], chosen[0] + len(chosen))):  # a view
            return found.like(found.numerators[..., chosen[0] : chosen[0] + len(chosen), :])
        return found.like(numpy.take(found.numerators, numpy.asarray(chosen, dtype=numpy.int64), axis=-2))

    def choose(self, a: Any, positions: Sequence[Sequence[int]]) -> RationalArray:
        """The rows with these numbers of a matrix that is the same at every input: one list of numbers an input."""
        found = self.dense(a)
        if len(found.shape) != 2 or len(positions) != len(self.inputs):
            raise BadInput(f"one matrix and {len(self.inputs)} lists of rows are asked, got {len(positions)}")
        return found.like(found.numerators[numpy.asarray(positions, dtype=numpy.int64)])

    def flatten(self, a: Any) -> RationalArray:
        found = self.dense(a)
        return found.like(found.numerators.reshape((*found.shape[:-2], found.shape[-2] * found.shape[-1], 1)))

    def unflatten(self, a: Any, rows: int, cols: int) -> RationalArray:
        found = self.dense(a)
        self._expect(found, (rows * cols, 1), "a flattened matrix")
        return found.like(found.numerators.reshape((*found.shape[:-2], rows, cols)))

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Any, b: Any) -> RationalArray:
        return rationals.add(self.dense(a), self._matching(a, b, "added"))

    def scale(self, factor: Any, a: Any) -> RationalArray:
        return rationals.scale(self.scalar(factor), self.dense(a))

    def product(self, a: Any, b: Any) -> RationalArray:
        if a.shape[-1] != b.shape[-2]:
            raise BadInput(f"no product of a {_size(a)} and a {_size(b)} matrix: inner sizes differ")
        if isinstance(b, Weight):
            return times(self.dense(a), b)
        return times(b.mT, a.mT).mT if isinstance(a, Weight) else rationals.matmul(a, b)

    def transpose(self, a: Any) -> Any:
        return a.mT

    def hadamard(self, a: Any, b: Any) -> RationalArray:
        return rationals.multiply(self.dense(a), self._matching(a, b, "multiplied entrywise"))

    def diag(self, a: Any) -> RationalArray:
        found = self.dense(a)
        self._expect(found, (found.shape[-2], 1), "the argument of diag")
        return found.like(numpy.where(numpy.eye(found.shape[-2], dtype=bool), found.numerators, 0))

    def trace(self, a: Any) -> RationalArray:
        found = self.dense(a)
        self._expect(found, (found.shape[-1], found.shape[-1]), "the argument of the trace")
        diagonal = found.like(numpy.diagonal(found.numerators, axis1=-2, axis2=-1)[..., None, :])
        return rationals.matmul(diagonal, self.ones(found.shape[-1], 1))

    def inverse(self, a: Any, name: str = "this matrix") -> RationalArray:
        """The inverse of a square matrix; ``Undefined``, with the first input, where it is singular."""
        found = self.dense(a)
        self._expect(found, (found.shape[-1], found.shape[-1]), "the argument of the inverse")
        found, singular = rationals.inverses(found)
        if singular is not None:
            raise Undefined(f"the inverse of {name} ({_size(found)}) does not exist{self._at_input(singular)}")
        return found

    def determinant(self, a: Any) -> RationalArray:
        """The determinant of a square matrix, as a 1 x 1 matrix."""
        found = self.dense(a)
        self._expect(found, (found.shape[-1], found.shape[-1]), "the argument of the determinant")
        return rationals.determinants(found)

    def entrywise(self, function: str, a: Any) -> RationalArray:
        """A function at every entry; one whose values are not known is refused."""
        rule = self._functions.get(function)
        if rule is None:
            raise BadInput(f"over a finite set nothing stands for '{function}': {nearest(function, self._functions)}")
        return rule(self.dense(a))

    def settle(self, a: Any) -> RationalArray:
        return rationals.lowest(self.dense(a))

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Any, sight: Sight) -> RationalArray:
        """Uniform weights where the visible scores of a row are equal; anything else is no rational number."""
        a = self.dense(scores)
        visible = self._visible(a, sight)
        if a.shape[-1] == 0:
            return a
        uneven = ~rationals.maximal(a, visible)
        self._refuse(uneven if visible is None else uneven & visible, a, "the softmax of scores that differ")
        return rationals.shares(numpy.broadcast_to(True if visible is None else visible, a.shape))

    def hard(self, scores: Any, sight: Sight, ties: str) -> RationalArray:
        if ties not in TIES:
            raise BadInput(f"unknown ties '{ties}': {nearest(ties, TIES)}")
        a = self.dense(scores)
        visible = self._visible(a, sight)
        if a.shape[-1] == 0:
            return a
        maximal = rationals.maximal(a, visible)
        if ties == "average":
            return rationals.shares(maximal)
        width = a.shape[-1]
        first = maximal if ties == "left" else maximal[..., ::-1]
        chosen = numpy.argmax(first, axis=-1)[..., None]
        places = numpy.arange(width) if ties == "left" else numpy.arange(width)[::-1]
        return rationals.made((places == chosen) & maximal)

    def hide(self, scores: Any, sight: Sight) -> RationalArray:
        a = self.dense(scores)
        visible = self._visible(a, sight)
        return a if visible is None else a.like(numpy.where(visible, a.numerators, 0))

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Any, b: Any) -> bool:
        return self.first_difference(a, b) is None

    def first_difference(self, a: Any, b: Any) -> tuple[int, int, int] | None:
        """Number of the first input at which the two differ, with row and column of the first entry; None if none."""
        found = rationals.differing(self.dense(a), self._matching(a, b, "compared"))
        if not found.any():
            return None
        first = numpy.unravel_index(int(numpy.argmax(found)), found.shape)
        number, row, col = (0, *map(int, first))[-3:]
        return number, row, col

    def read(self, a: Any, change: Callable[[Any], Any]) -> list[list[list[Any]]]:
        """For every input the table of ``change`` of its entries; ``change`` is asked once a different value.

        >>> pair = Alphabet(["one", "two"])
        >>> pair.read(pair.given([[[1]], [[2]]], 1, 1), lambda value: "ab"[value - 1])
        [[['a']], [['b']]]
        """
        found = self.dense(a)
        values, places = numpy.unique(found.numerators, return_inverse=True)
        table = numpy.empty(len(values), dtype=object)
        table[:] = [change(rationals.plain(int(value), found.denominator)) for value in values]
        whole = numpy.broadcast_to(table[places].reshape(found.shape), (len(self.inputs), *found.shape[-2:]))
        tables: list[list[list[Any]]] = whole.tolist()
        return tables

    # -- inside ---------------------------------------------------------------------------------------------------
    def dense(self, a: Any) -> RationalArray:
        """Any matrix of this domain as an array (weights and identities keep their structure)."""
        return rationals.made(a.numerators.dense, a.denominator) if isinstance(a, Weight) else a

    def _reciprocal(self, a: RationalArray) -> RationalArray:
        zero = numpy.argwhere(a.numerators == 0)
        if len(zero):
            raise Undefined(f"the reciprocal of 0 does not exist{self._at(tuple(zero[0]))}")
        return rationals.inverted(a)

    def _only_at(self, point: int, a: RationalArray, function: str, value: int) -> RationalArray:
        """A function that is rational at one rational point only, and there has this value."""
        self._refuse(a.numerators != point * a.denominator, a, function)
        return rationals.made(numpy.full(a.shape, value))

    def _refuse(self, wrong: Any, a: RationalArray, what: str) -> None:
        if numpy.any(wrong):
            index = tuple(map(int, numpy.argwhere(wrong)[0]))
            where = what if " " in what else f"{what}({a.value(index)})"
            raise BadInput(f"{where} is no rational number{self._at(index)}: over a finite set entries are rational")

    def _at(self, index: tuple[int, ...]) -> str:
        """Where an entry is, in words."""
        *batch, row, col = map(int, index)
        return f" at {place_name((row, col))}{self._at_input(batch)}"

    def _at_input(self, batch: Sequence[int]) -> str:
        return f", for the input {_input_text(self.inputs[batch[0]])}" if batch else ""

    def _visible(self, a: RationalArray, sight: Sight) -> Any:
        """Which key each query sees, as booleans that broadcast against the scores; None if every query sees all."""
        self._expect(a, (sight.rows.total, sight.cols.total), "the scores")
        visible = None
        if sight.causal:
            query = numpy.asarray(sight.row_positions if sight.row_positions is not None else range(a.shape[-2]))
            key = numpy.asarray(sight.col_positions if sight.col_positions is not None else range(a.shape[-1]))
            visible = key[None, :] <= query[:, None]
        if sight.mask is not None:
            mask = self.dense(sight.mask)
            self._expect(mask, (a.shape[-2], a.shape[-1]), "the mask")
            shown = mask.numerators == mask.denominator
            if not bool(numpy.all(shown | (mask.numerators == 0))):
                raise BadInput("a mask has entries 0 and 1 only")
            visible = shown if visible is None else visible & shown
        return visible

    def _matching(self, a: Any, b: Any, how: str) -> RationalArray:
        """``b`` as an array, after a check that it has the rows and columns of ``a``."""
        if a.shape[-2:] != b.shape[-2:]:
            raise BadInput(f"a {_size(a)} and a {_size(b)} matrix cannot be {how}: their shapes differ")
        return self.dense(b)

    def _expect(self, a: Any, shape: tuple[Size, Size], what: str) -> None:
        if a.shape[-2:] != shape:
            raise BadInput(f"{what} should be {shape[0]} x {shape[1]}, not {_size(a)}")


def _array(value: Any) -> RationalArray:
    """An array from whatever a user holds; floats that are no integers are refused."""
    if isinstance(value, RationalArray):
        return value
    if isinstance(value, numpy.ndarray) and value.dtype.kind in "iub":
        return rationals.made(value)
    if isinstance(value, sympy.MatrixExpr):
        value = value.as_explicit()
    table = numpy.array(value.tolist() if hasattr(value, "tolist") else value, dtype=object)
    if any(isinstance(entry, list | tuple) for entry in table.flat):
        raise BadInput("the rows of a matrix have one length, and these have several")
    entries = numpy.empty(table.shape, dtype=object)
    for place, entry in numpy.ndenumerate(table):
        entries[place] = fraction(rational(entry, f"at {place_name(place)}"))
    return rationals.from_rationals(entries)


def _input_text(label: Any) -> str:
    return f"[{', '.join(map(str, label))}]" if isinstance(label, list | tuple) else str(label)


def _size(a: Any) -> str:
    return f"{a.shape[-2]} x {a.shape[-1]}"
