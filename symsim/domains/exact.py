"""The ``exact`` number system: sparse matrices of fixed size over the field of exp-rational functions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import sympy

from symsim.domains.exact_attention import ExactAttention
from symsim.domains.exact_functions import FUNCTIONS
from symsim.domains.exact_matrix import ExactMatrix, Row, as_table, same_shape
from symsim.domains.field import Element, Value
from symsim.domains.layout import Layout, Size
from symsim.domains.nested import NestedField
from symsim.domains.sympy_edge import from_sympy, rational, to_sympy
from symsim.errors import BadInput

__all__ = ["Exact", "ExactMatrix"]


class Exact(ExactAttention):
    """Matrices over the field K of exp-rational functions (see ``field``); one instance owns one field.

    ``conditions`` lists the values whose reciprocal was taken and that are not visibly non-zero: what was computed
    holds where none of them vanishes. ``positives`` lists the values whose logarithm was taken and that are not visibly
    positive.

    >>> from symsim.domains.layout import Sight
    >>> K = Exact()
    >>> X = K.variable("X", 2, 1)
    >>> S = K.product(X, K.transpose(X))
    >>> shifted = K.add(S, K.product(K.variable("u", 2, 1), K.ones(1, 2)))
    >>> K.equal(K.softmax(S, Sight.plain(2, 2)), K.softmax(shifted, Sight.plain(2, 2)))
    True
    """

    name = "exact"
    flat = True

    def __init__(self) -> None:
        self.field = NestedField()
        self.conditions: list[Value] = []
        self.positives: list[Value] = []
        self.named: list[tuple[Value, str]] = []
        """Conditions that have a shorter name than their polynomial, such as ``det(A)``."""
        self.values: dict[str, Value] = {}
        """Values of architecture constants, in place of their symbols in weights and scalars."""
        self._constants: dict[int, tuple[Any, ExactMatrix]] = {}

    # -- making ---------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> ExactMatrix:
        known = self._constants.get(id(weight))
        if known is None:
            entries: list[Row] = [{} for _ in range(weight.rows)]
            for (i, j), value in weight.todok().items():
                entries[i][j] = self.scalar(value)
            known = (weight, ExactMatrix(entries, int(weight.cols)))
            if isinstance(weight, sympy.Basic):  # immutable; the reference that is kept keeps its id from being reused
                self._constants[id(weight)] = known
        return known[1]

    def variable(self, name: str, rows: Size, cols: Size) -> ExactMatrix:
        symbol = self.field.symbol
        return ExactMatrix([{j: symbol(f"{name}_{i + 1},{j + 1}") for j in range(cols)} for i in range(rows)], cols)

    def given(self, value: Any, rows: Size, cols: Size) -> ExactMatrix:
        table = as_table(value, rows, cols)
        entries: list[Row] = []
        for i, line in enumerate(table):
            row = {}
            for j, x in enumerate(line):
                place = f"at row {i + 1}, column {j + 1}"
                v = from_sympy(self.field, x) if hasattr(x, "free_symbols") else rational(x, place)
                if type(v) is Element or v:
                    row[j] = v
            entries.append(row)
        return ExactMatrix(entries, cols)

    def side_conditions(self) -> tuple[str, ...]:
        """The conditions under which what was computed so far holds, for people, each once."""
        found = [f"{self._text(value)} != 0" for value in self.conditions]
        found += [f"{self._text(value)} > 0" for value in self.positives]
        return tuple(dict.fromkeys(found))

    def _text(self, value: Value) -> str:
        names = (name for known, name in self.named if self.field.equal(known, value))
        return next(names, None) or str(to_sympy(self.field, value))

    def scalar(self, value: Any) -> Value:
        if isinstance(value, Element):
            return value
        if self.values and hasattr(value, "free_symbols"):
            value = value.subs({s: self.values[s.name] for s in value.free_symbols if s.name in self.values})
        found = from_sympy(self.field, value)
        if type(found) is Element:
            below = [Element(d.num, ()) for d, _ in found.den if not d.positive]
            self.conditions += [d for d in below if not any(self.field.equal(d, known) for known in self.conditions)]
        return found

    def zeros(self, rows: Size, cols: Size) -> ExactMatrix:
        return ExactMatrix([{} for _ in range(rows)], cols)

    def ones(self, rows: Size, cols: Size) -> ExactMatrix:
        return ExactMatrix([{j: 1 for j in range(cols)} for _ in range(rows)], cols)

    def identity(self, size: Size) -> ExactMatrix:
        return ExactMatrix([{i: 1} for i in range(size)], size)

    # -- cutting and joining --------------------------------------------------------------------------------------
    def shape(self, a: ExactMatrix) -> tuple[int, int]:
        return a.height, a.width

    def assemble(self, grid: Mapping[tuple[str, str], ExactMatrix], rows: Layout, cols: Layout) -> ExactMatrix:
        entries: list[Row] = [{} for _ in range(rows.total)]
        for (r, c), block in grid.items():
            top, bottom = rows.span(r)
            left, right = cols.span(c)
            if (block.height, block.width) != (bottom - top, right - left):
                raise BadInput(
                    f"block ({r}, {c}) is {block.height} x {block.width}, its place is {bottom - top} x {right - left}"
                )
            for i, row in enumerate(block.entries):
                entries[top + i].update((left + j, v) for j, v in row.items())
        return ExactMatrix(entries, cols.total)

    def rows(self, a: ExactMatrix, layout: Layout, names: Sequence[str]) -> ExactMatrix:
        _covers(layout, a.height, "rows")
        return self.take(a, layout.positions(names))

    def columns(self, a: ExactMatrix, layout: Layout, names: Sequence[str]) -> ExactMatrix:
        _covers(layout, a.width, "columns")
        place = {old: new for new, old in enumerate(layout.positions(names))}
        return ExactMatrix([{place[j]: v for j, v in row.items() if j in place} for row in a.entries], len(place))

    def take(self, a: ExactMatrix, positions: Sequence[int]) -> ExactMatrix:
        return ExactMatrix([a.entries[i] for i in positions], a.width)

    def flatten(self, a: ExactMatrix) -> ExactMatrix:
        return ExactMatrix([{0: row[j]} if j in row else {} for row in a.entries for j in range(a.width)], 1)

    def unflatten(self, a: ExactMatrix, rows: int, cols: int) -> ExactMatrix:
        if (a.height, a.width) != (rows * cols, 1):
            raise BadInput(f"a column of {a.height} entries does not fill {rows} x {cols}")
        column = [row.get(0, 0) for row in a.entries]
        return self._dense([[column[i * cols + j] for j in range(cols)] for i in range(rows)], cols)

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def add(self, a: ExactMatrix, b: ExactMatrix) -> ExactMatrix:
        same_shape("add", self.shape(a), self.shape(b))
        return ExactMatrix([self._add_rows(p, q) for p, q in zip(a.entries, b.entries, strict=True)], a.width)

    def _add_rows(self, p: Row, q: Row) -> Row:
        if not q:
            return p
        if not p:
            return q
        out = dict(p)
        for j, v in q.items():
            if j in out:
                v = self.field.add(out.pop(j), v)
                if type(v) is not Element and not v:
                    continue
            out[j] = v
        return out

    def scale(self, factor: Any, a: ExactMatrix) -> ExactMatrix:
        factor = self.scalar(factor)
        return self.map(a, lambda v: self.field.multiply(factor, v))

    def product(self, a: ExactMatrix, b: ExactMatrix) -> ExactMatrix:
        if a.width != b.height:
            raise BadInput(f"{a.height} x {a.width} times {b.height} x {b.width}: the inner sizes differ")
        used = {k for k, row in enumerate(b.entries) if row}
        if len(used) == b.height:
            return ExactMatrix([self._row_times(row, row, b) for row in a.entries], b.width)
        return ExactMatrix([self._row_times(row, sorted(row.keys() & used), b) for row in a.entries], b.width)

    def _row_times(self, row: Row, keys: Collection[int], b: ExactMatrix) -> Row:
        """A row times a matrix, where only the entries at ``keys`` meet a row that is not zero."""
        if len(keys) == 1:
            (k,) = keys
            if type(row[k]) is int and row[k] == 1:
                return b.entries[k]
        pairs: dict[int, list[tuple[Value, Value]]] = {}
        for k in keys:
            v = row[k]
            for j, w in b.entries[k].items():
                pairs.setdefault(j, []).append((v, w))
        out: Row = {}
        for j, terms in pairs.items():
            value = self.field.multiply(*terms[0]) if len(terms) == 1 else self.field.dot(terms)
            if type(value) is Element or value:
                out[j] = value
        return out

    def transpose(self, a: ExactMatrix) -> ExactMatrix:
        entries: list[Row] = [{} for _ in range(a.width)]
        for i, row in enumerate(a.entries):
            for j, v in row.items():
                entries[j][i] = v
        return ExactMatrix(entries, a.height)

    def hadamard(self, a: ExactMatrix, b: ExactMatrix) -> ExactMatrix:
        same_shape("entrywise product", self.shape(a), self.shape(b))
        rows = zip(a.entries, b.entries, strict=True)
        times = self.field.multiply
        return ExactMatrix([{j: times(v, q[j]) for j, v in p.items() if j in q} for p, q in rows], a.width)

    def diag(self, a: ExactMatrix) -> ExactMatrix:
        if a.width != 1:
            raise BadInput(f"diag takes a column, got {a.height} x {a.width}")
        return ExactMatrix([{i: row[0]} if row else {} for i, row in enumerate(a.entries)], a.height)

    def trace(self, a: ExactMatrix) -> ExactMatrix:
        if a.width != a.height:
            raise BadInput(f"the trace needs a square matrix, got {a.height} x {a.width}")
        return self._dense([[self.field.dot((row.get(i, 0), 1) for i, row in enumerate(a.entries))]], 1)

    def inverse(self, a: ExactMatrix, name: str = "") -> ExactMatrix:
        """The inverse, by elimination; raises ``Undefined`` where the matrix is singular for all inputs.

        With ``name`` the condition that it exists reads ``det(name) != 0``.
        """
        from symsim.domains.inverse import inverse

        return inverse(self, a, name)

    def determinant(self, a: ExactMatrix) -> ExactMatrix:
        """The determinant, as a 1 x 1 matrix, without a division by anything that holds a symbol."""
        from symsim.domains.determinant import determinant

        return self._dense([[determinant(self.field, a)]], 1)

    def entrywise(self, function: str, a: ExactMatrix) -> ExactMatrix:
        at_zero = None if all(len(row) == a.width for row in a.entries) else self.apply(function, 0)
        if at_zero is None or (type(at_zero) is not Element and not at_zero):
            return self.map(a, lambda v: self.apply(function, v))
        table = [[self.apply(function, row[j]) if j in row else at_zero for j in range(a.width)] for row in a.entries]
        return self._dense(table, a.width)

    def apply(self, function: str, v: Value) -> Value:
        """One function at one value."""
        rule = FUNCTIONS.get(function)
        return rule(self, v) if rule else self.field.opaque(function, (v,))

    def map(self, a: ExactMatrix, change: Callable[[Value], Value]) -> ExactMatrix:
        """``change`` at every non-zero entry (``change`` sends 0 to 0)."""
        out = []
        for row in a.entries:
            new = {j: change(v) for j, v in row.items()}
            out.append({j: v for j, v in new.items() if type(v) is Element or v})
        return ExactMatrix(out, a.width)

    def settle(self, a: ExactMatrix) -> ExactMatrix:
        return self.map(a, self.field.reduce)

    def _dense(self, table: list[list[Value]], width: int) -> ExactMatrix:
        return ExactMatrix([{j: v for j, v in enumerate(row) if type(v) is Element or v} for row in table], width)

    # -- deciding ---------------------------------------------------------------------------------------------------
    def equal(self, a: ExactMatrix, b: ExactMatrix) -> bool | None:
        same_shape("compare", self.shape(a), self.shape(b))
        return self.first_difference(a, b) is None

    def first_difference(self, a: ExactMatrix, b: ExactMatrix) -> tuple[int, int] | None:
        """The first place, row by row, where the two are not the same formal value; None if there is none."""
        for i, (p, q) in enumerate(zip(a.entries, b.entries, strict=True)):
            for j in sorted(p.keys() | q.keys()):
                if not self.field.equal(p.get(j, 0), q.get(j, 0)):
                    return i, j
        return None

    def to_sympy(self, a: ExactMatrix) -> Any:
        """The matrix as an immutable sympy matrix."""
        return sympy.ImmutableDenseMatrix(
            a.height, a.width, lambda i, j: to_sympy(self.field, a.entries[int(i)].get(int(j), 0))
        )


def _covers(layout: Layout, total: int, what: str) -> None:
    if layout.total != total:
        raise BadInput(f"the layout names {layout.total} {what}, and the matrix has {total}")
