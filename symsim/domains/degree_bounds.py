"""The number system ``bounds``: how high the degrees and how large the coefficients of the entries can be.

A matrix is known by one bound a column: each entry is ``f / (delta g)`` with polynomials f, g over the integers in the
inputs and the fresh values of an abstraction, ``delta`` a positive integer. Running both sides of a claim over this
number system gives what the error bound of the modular method needs; nothing else is computed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import sympy

from symsim.domains.abstraction import ZERO, Abstraction, Different, Node
from symsim.domains.exact_matrix import as_table
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.polynomials import fraction
from symsim.domains.protocol import Domain
from symsim.domains.sympy_edge import rational
from symsim.errors import BadInput


@dataclass(frozen=True)
class Bound:
    """What is known of the entries of a matrix, column by column (arrays of integers, one for each column).

    Entries are ``f / (delta g)``; ``degree`` and ``low`` are those of f and g, ``bits`` and ``low_bits`` the binary
    logarithms, rounded up, of the sums of their absolute coefficients. A constant matrix also has ``sparse``, its
    entries. ``most`` is how many entries of a row are not 0 and ``mass`` the logarithm of the sum of a row times delta,
    where these are known.
    """

    shape: tuple[int, int]
    degree: Any
    bits: Any
    low: Any
    low_bits: Any
    delta: Any
    sparse: Any = None
    most: int | None = None
    mass: int | None = None

    @classmethod
    def uniform(
        cls, shape: tuple[int, int], degree: int = 0, bits: int = 0, low: int = 0, low_bits: int = 0, delta: int = 1
    ) -> Bound:
        """The same bound for every column."""
        return cls(shape, *(_filled(shape[1], value) for value in (degree, bits, low, low_bits, delta)))

    @property
    def worst(self) -> Bound:
        """One bound for all entries, as a matrix of one column."""
        if not self.shape[1]:
            return Bound.uniform((self.shape[0], 1))
        delta = math.lcm(*self.delta)
        bits = max(b + _log(delta // d) for b, d in zip(self.bits, self.delta, strict=True))
        parts = (max(self.degree), bits, max(self.low), max(self.low_bits), delta)
        return Bound.uniform((self.shape[0], 1), *parts)

    def spread(self, shape: tuple[int, int]) -> Bound:
        """The worst bound for all columns of a matrix of another shape."""
        worst = self.worst
        parts = (worst.degree, worst.bits, worst.low, worst.low_bits, worst.delta)
        return Bound(shape, *(_filled(shape[1], part[0]) for part in parts))

    def against(self, other: Bound) -> tuple[int, int]:
        """Degree and bits of the numerator of a difference of entries, over common denominators."""
        a, b = self.worst, other.worst
        bits = max(
            a.bits[0] + b.low_bits[0] + _log(b.delta[0]), b.bits[0] + a.low_bits[0] + _log(a.delta[0])
        )
        return max(a.degree[0] + b.low[0], b.degree[0] + a.low[0]), bits + 1


def _filled(width: int, value: int) -> Any:
    out = np.empty(width, dtype=object)
    out[:] = value
    return out


def _log(number: int) -> int:
    """The binary logarithm of a positive integer, rounded up."""
    return max(number - 1, 0).bit_length()


class Bounds(Domain[Bound]):
    """Bounds for the matrices of one run; ``abstraction`` says what a run over residues has met at each operation.

    ``checks`` collects degree, bits and the number of random projections of every equality that such a run checks.

    >>> from symsim.domains.abstraction import Abstraction
    >>> D = Bounds(Abstraction(0))
    >>> X = D.variable("X", 5, 3)
    >>> cube = D.product(D.product(X, D.transpose(X)), X)
    >>> int(cube.worst.degree[0]), int(cube.worst.bits[0])
    (3, 5)
    """

    name: ClassVar[str] = "bounds"
    flat: ClassVar[bool] = True

    def __init__(self, abstraction: Abstraction, expanded: bool = False) -> None:
        self.nodes = list(abstraction.nodes)
        self.expanded = expanded
        self.checks: list[tuple[int, int, int]] = []
        self._arguments: dict[Any, Bound] = {}
        self._constants: dict[int, tuple[Any, Bound]] = {}

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> Bound:
        known = self._constants.get(id(weight))
        if known is None:
            explicit = weight if isinstance(weight, sympy.MatrixBase) else sympy.ImmutableSparseMatrix(weight)
            shape = int(explicit.shape[0]), int(explicit.shape[1])
            table = explicit.todok()
            bounds = {value: _polynomial(value) for value in dict.fromkeys(table.values())}
            entries = {(int(i), int(j)): bounds[value] for (i, j), value in table.items()}
            known = self._constants[id(weight)] = weight, _constant(shape, entries)
        return known[1]

    def variable(self, name: str, rows: Size, cols: Size) -> Bound:
        return Bound.uniform((rows, cols), degree=1)

    def given(self, value: Any, rows: Size, cols: Size) -> Bound:
        table = as_table(value, rows, cols)
        return _constant(
            (rows, cols), {(i, j): _polynomial(_number(v)) for i, row in enumerate(table) for j, v in enumerate(row)}
        )

    def scalar(self, value: Any) -> Bound:
        above, below = sympy.fraction(sympy.together(_number(value) if _plain(value) else value))
        (degree, size, delta), (low, low_size, low_delta) = _polynomial(above), _polynomial(below)
        if low == 0:
            return Bound.uniform((1, 1), degree, _log(size * low_delta), delta=delta * low_size)
        return Bound.uniform((1, 1), degree, _log(size * low_delta), low, _log(low_size * delta))

    def zeros(self, rows: Size, cols: Size) -> Bound:
        return replace(Bound.uniform((rows, cols)), most=0, mass=0)

    def ones(self, rows: Size, cols: Size) -> Bound:
        return replace(Bound.uniform((rows, cols)), most=cols, mass=_log(max(cols, 1)))

    def identity(self, size: Size) -> Bound:
        return _constant((size, size), {(i, i): (0, 1, 1) for i in range(size)})

    # -- cutting and joining --------------------------------------------------------------------------------------
    def shape(self, a: Bound) -> tuple[Size, Size]:
        return a.shape

    def assemble(self, grid: Mapping[tuple[str, str], Bound], rows: Layout, cols: Layout) -> Bound:
        parts = []
        for col, width in cols.parts:
            blocks = [block for (_, place), block in grid.items() if place == col]
            parts.append(self._stacked(blocks) if blocks else Bound.uniform((0, width)))
        arrays: list[Any] = [
            np.concatenate([getattr(part, name) for part in parts] or [_filled(0, 0)])
            for name in ("degree", "bits", "low", "low_bits", "delta")
        ]
        return Bound((rows.total, cols.total), *arrays)

    def _stacked(self, blocks: Sequence[Bound]) -> Bound:
        """Blocks above each other."""
        total = blocks[0]
        for block in blocks[1:]:
            delta = np.lcm(total.delta, block.delta)
            bits = np.maximum(
                total.bits + _logs(delta // total.delta), block.bits + _logs(delta // block.delta)
            )
            low, low_bits = np.maximum(total.low, block.low), np.maximum(total.low_bits, block.low_bits)
            total = Bound(total.shape, np.maximum(total.degree, block.degree), bits, low, low_bits, delta)
        return total

    def rows(self, a: Bound, layout: Layout, names: Sequence[str]) -> Bound:
        return replace(a, shape=(sum(layout.size(name) for name in names), a.shape[1]), sparse=None)

    def columns(self, a: Bound, layout: Layout, names: Sequence[str]) -> Bound:
        chosen = [j for name in names for j in range(*layout.span(name))]
        parts: list[Any] = [part[chosen] for part in (a.degree, a.bits, a.low, a.low_bits, a.delta)]
        return replace(Bound((a.shape[0], len(chosen)), *parts), most=a.most, mass=a.mass)

    def take(self, a: Bound, positions: Sequence[int]) -> Bound:
        return replace(a, shape=(len(positions), a.shape[1]), sparse=None)

    def flatten(self, a: Bound) -> Bound:
        return a.spread((a.shape[0] * a.shape[1], 1))

    def unflatten(self, a: Bound, rows: int, cols: int) -> Bound:
        return a.spread((rows, cols))

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: Bound, b: Bound) -> Bound:
        if a.shape != b.shape:
            raise BadInput(f"{a.shape} and {b.shape} cannot be added")
        delta = np.lcm(a.delta, b.delta) if a.shape[1] else a.delta
        bits = np.maximum(
            a.bits + _logs(delta // a.delta) + b.low_bits, b.bits + _logs(delta // b.delta) + a.low_bits
        )
        degree = np.maximum(a.degree + b.low, b.degree + a.low)
        return Bound(a.shape, degree, bits + 1, a.low + b.low, a.low_bits + b.low_bits, delta)

    def scale(self, factor: Any, a: Bound) -> Bound:
        return self._times(factor if isinstance(factor, Bound) else self.scalar(factor), a, a.shape)

    def _times(self, a: Bound, b: Bound, shape: tuple[int, int]) -> Bound:
        return Bound(
            shape, a.degree + b.degree, a.bits + b.bits, a.low + b.low, a.low_bits + b.low_bits, a.delta * b.delta
        )

    def product(self, a: Bound, b: Bound) -> Bound:
        if a.shape[1] != b.shape[0]:
            raise BadInput(f"no product of {a.shape} and {b.shape}")
        if b.sparse is not None:
            return self._applied(a, b)
        inner = a.shape[1]
        if a.most is not None:  # few terms, all with one bound on the left
            one, terms, mass = a.worst, a.most, a.mass or 0
            more = max(terms, 1) - 1
            degree, bits = one.degree[0] + more * one.low[0], mass + more * one.low_bits[0]
            low, low_bits, delta = terms * one.low[0], terms * one.low_bits[0], one.delta[0]
        else:
            terms, more = inner, max(inner, 1) - 1
            low, low_bits, delta = sum(a.low), sum(a.low_bits), math.lcm(*a.delta)
            degree = max((d - g for d, g in zip(a.degree, a.low, strict=True)), default=0) + low
            fs = zip(a.bits, a.low_bits, a.delta, strict=True)
            bits = max((f - g + _log(delta // d) for f, g, d in fs), default=0) + low_bits + _log(max(inner, 1))
        return Bound(
            (a.shape[0], b.shape[1]),
            degree + b.degree + more * b.low,
            bits + b.bits + more * b.low_bits,
            low + terms * b.low,
            low_bits + terms * b.low_bits,
            delta * b.delta,
        )

    def _applied(self, a: Bound, weight: Bound) -> Bound:
        """A matrix times a constant one, column by column."""
        out = Bound.uniform((a.shape[0], weight.shape[1]))
        for j, terms in weight.sparse.items():
            delta = math.lcm(*(a.delta[i] * below for i, (_, _, below) in terms))
            low, low_bits = sum(a.low[i] for i, _ in terms), sum(a.low_bits[i] for i, _ in terms)
            out.degree[j] = max(a.degree[i] + degree - a.low[i] for i, (degree, _, _) in terms) + low
            sizes = [
                a.bits[i] - a.low_bits[i] + _log(size * (delta // (a.delta[i] * below)))
                for i, (_, size, below) in terms
            ]
            out.bits[j] = max(sizes) + _log(len(terms)) + low_bits
            out.low[j], out.low_bits[j], out.delta[j] = low, low_bits, delta
        return out

    def transpose(self, a: Bound) -> Bound:
        if a.sparse is not None:
            return _constant(
                (a.shape[1], a.shape[0]), {(j, i): entry for j, terms in a.sparse.items() for i, entry in terms}
            )
        return a.spread((a.shape[1], a.shape[0]))

    def hadamard(self, a: Bound, b: Bound) -> Bound:
        return self._times(a, b, a.shape)

    def diag(self, a: Bound) -> Bound:
        return replace(a.spread((a.shape[0], a.shape[0])), most=1, mass=a.worst.bits[0])

    def trace(self, a: Bound) -> Bound:
        return replace(self.product(a, self.ones(a.shape[1], 1)), shape=(1, 1))

    def inverse(self, a: Bound, name: str = "") -> Bound:
        """Refused, as over residues."""
        raise BadInput("bounds know no matrix inverse")

    def entrywise(self, function: str, a: Bound) -> Bound:
        if function == "reciprocal":
            return Bound(a.shape, a.low, a.low_bits + _logs(a.delta), a.degree, a.bits, _filled(a.shape[1], 1))
        self._next()
        self._compared(function, a, 0)
        return Bound.uniform(a.shape, degree=1)

    def _compared(self, kind: Any, a: Bound, projections: int) -> None:
        """Note that arguments of one kind are compared with each other, and with 0."""
        known = self._arguments.get(kind)
        worst = a.worst if known is None else self._stacked([a.worst, known])
        self._arguments[kind] = worst
        self.checks.append((*worst.against(worst), projections))

    def _next(self) -> Any:
        if not self.nodes:
            raise Different("the run over bounds took another way than the run over residues")
        return self.nodes.pop(0)

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: Bound, sight: Sight) -> Bound:
        if self.expanded:
            shown = self.entrywise("exp", scores)
            total = self.product(shown, self.ones(scores.shape[1], 1))
            return self._times(shown, self.entrywise("reciprocal", total), scores.shape)
        one = scores.worst
        gap = self.add(one, one)
        counts, delta = self._counts(scores.shape[1], sight), 1
        while self.nodes and isinstance(self.nodes[0], Node) and self.nodes[0].kind in counts:
            node = self._next()
            counts = counts[counts.index(node.kind) + 1 :]
            if (node.classes == ZERO).any():
                delta = math.lcm(delta, node.kind[1])
        self._compared("row", gap, 1)
        return Bound.uniform(scores.shape, 1, _log(max(scores.shape[1], 1)) + _log(delta), delta=delta)

    def _counts(self, keys: int, sight: Sight) -> list[Any]:
        """The kinds of rows that one softmax asks about, in order: one for each number of visible keys."""
        return [("row", keys)] if sight.everything else [("row", count) for count in range(1, keys + 1)]

    def hard(self, scores: Bound, sight: Sight, ties: str) -> Bound:
        found = self._next()
        if found is None:
            raise BadInput("hard attention needs scores that are constants here")
        top = int(np.abs(found.numbers).max(initial=0))
        constant = Bound.uniform((1, 1), bits=_log(top), delta=found.denominator)
        self.checks.append((*scores.against(constant), 1))
        delta, most = math.lcm(*set(found.counts.values())), max(found.counts.values(), default=0)
        return replace(Bound.uniform(scores.shape, bits=_log(delta), delta=delta), most=most, mass=_log(delta))

    def hide(self, scores: Bound, sight: Sight) -> Bound:
        return scores

    # -- deciding -------------------------------------------------------------------------------------------------
    def equal(self, a: Bound, b: Bound) -> bool | None:
        """Never decides; notes that the two are compared."""
        self.checks.append((*a.against(b), 0))
        return None


def _constant(shape: tuple[int, int], entries: Mapping[tuple[int, int], tuple[int, int, int]]) -> Bound:
    """A matrix of constants: degree (in declared constants), size of the numerator, denominator of each entry."""
    columns: dict[int, list[tuple[int, tuple[int, int, int]]]] = {}
    rows: dict[int, list[tuple[int, int]]] = {}
    for (i, j), (degree, size, below) in sorted(entries.items()):
        if size:
            columns.setdefault(j, []).append((i, (degree, size, below)))
            rows.setdefault(i, []).append((size, below))
    out = Bound.uniform(shape)
    for j, terms in columns.items():
        out.delta[j] = math.lcm(*(below for _, (_, _, below) in terms))
        out.degree[j] = max(degree for _, (degree, _, _) in terms)
        out.bits[j] = max(_log(size * (out.delta[j] // below)) for _, (_, size, below) in terms)
    whole = math.lcm(*out.delta) if shape[1] else 1
    mass = max((_log(sum(size * (whole // below) for size, below in row)) for row in rows.values()), default=0)
    return replace(out, sparse=columns, most=max(map(len, rows.values()), default=0), mass=mass)


def _logs(numbers: Any) -> Any:
    out = np.empty(len(numbers), dtype=object)
    out[:] = [_log(number) for number in numbers]
    return out


def _plain(value: Any) -> bool:
    return isinstance(value, int | Fraction) or not hasattr(value, "free_symbols")


def _number(value: Any) -> Any:
    return sympy.Rational(*_pair(fraction(rational(value, "as a scalar"))))


def _pair(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator


def _polynomial(value: Any) -> tuple[int, int, int]:
    """Degree, sum of absolute coefficients after multiplication by the common denominator, and that denominator."""
    symbols = sorted(value.free_symbols, key=lambda symbol: str(symbol.name))
    coefficients = sympy.Poly(value, *symbols).coeffs() if symbols else [value]
    degree = int(sympy.Poly(value, *symbols).total_degree()) if symbols else 0
    exact = [fraction(rational(c, "in a weight")) for c in coefficients]
    below = math.lcm(*(c.denominator for c in exact))
    return degree, int(sum(abs(c) * below for c in exact)), below
