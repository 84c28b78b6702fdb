"""The ``exact`` number system: sparse matrices over the field of exp-rational functions, fixed sizes, equality decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from symsim.domains.enclosure import is_constant, separate
from symsim.domains.field import Element, Num, Value
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import add, constant
from symsim.domains.protocol import Domain
from symsim.domains.sympy_edge import from_sympy, rational, to_sympy
from symsim.errors import BadInput, Undefined

Row = dict[int, Value]


class ExactMatrix:
    """A sparse matrix over the exact field: one dictionary a row, zeros left out. Rows are never changed once made."""

    __slots__ = ("entries", "width")

    def __init__(self, entries: list[Row], width: int) -> None:
        self.entries = entries
        self.width = width

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.entries)

    def __getitem__(self, place: tuple[int, int]) -> Value:
        return self.entries[place[0]].get(place[1], 0)


class Exact(Domain[ExactMatrix]):
    """Matrices over the field K of exp-rational functions (see ``field``); one instance owns one field.

    ``conditions`` lists the values whose reciprocal was taken and that are not visibly non-zero: what was computed
    holds where none of them vanishes.

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
            known = self._constants[id(weight)] = (weight, ExactMatrix(entries, int(weight.cols)))
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

    def scalar(self, value: Any) -> Value:
        if isinstance(value, Element):
            return value
        if self.values and hasattr(value, "free_symbols"):
            value = value.subs({s: self.values[s.name] for s in value.free_symbols if s.name in self.values})
        return from_sympy(self.field, value)

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
        return self.take(a, layout.positions(names))

    def columns(self, a: ExactMatrix, layout: Layout, names: Sequence[str]) -> ExactMatrix:
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
        return ExactMatrix([self._row_times(row, b) for row in a.entries], b.width)

    def _row_times(self, row: Row, b: ExactMatrix) -> Row:
        if len(row) == 1:
            ((k, v),) = row.items()
            if type(v) is not Element and v == 1:
                return b.entries[k]
        pairs: dict[int, list[tuple[Value, Value]]] = {}
        for k, v in row.items():
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
        return ExactMatrix([{j: self.field.multiply(v, q[j]) for j, v in p.items() if j in q} for p, q in rows], a.width)

    def diag(self, a: ExactMatrix) -> ExactMatrix:
        if a.width != 1:
            raise BadInput(f"diag takes a column, got {a.height} x {a.width}")
        return ExactMatrix([{i: row[0]} if row else {} for i, row in enumerate(a.entries)], a.height)

    def trace(self, a: ExactMatrix) -> ExactMatrix:
        if a.width != a.height:
            raise BadInput(f"the trace needs a square matrix, got {a.height} x {a.width}")
        return self._dense([[self.field.dot((row.get(i, 0), 1) for i, row in enumerate(a.entries))]], 1)

    def inverse(self, a: ExactMatrix) -> ExactMatrix:
        """The inverse, by elimination; raises ``Undefined`` where the matrix is singular for all inputs."""
        from symsim.domains.inverse import inverse

        return inverse(self, a)

    def entrywise(self, function: str, a: ExactMatrix) -> ExactMatrix:
        at_zero = None if function == "reciprocal" and all(len(r) == a.width for r in a.entries) else self.apply(function, 0)
        if at_zero is None or (type(at_zero) is not Element and not at_zero):
            return self.map(a, lambda v: self.apply(function, v))
        table = [[self.apply(function, row[j]) if j in row else at_zero for j in range(a.width)] for row in a.entries]
        return self._dense(table, a.width)

    def apply(self, function: str, v: Value) -> Value:
        """One function at one value."""
        rule = _FUNCTIONS.get(function)
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

    # -- attention ------------------------------------------------------------------------------------------------
    def softmax(self, scores: ExactMatrix, sight: Sight) -> ExactMatrix:
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
        """The order of some scores depends on the input: every weight is an opaque function of the scores that may win."""
        field = self.field
        open_ = [
            j for j in visible
            if not any(self.sign(field.add(row.get(k, 0), row.get(j, 0), -1)) == 1 for k in visible if k != j)
        ]
        base = row.get(open_[0], 0)
        arguments = tuple(field.add(row.get(j, 0), base, -1) for j in open_)
        if all(type(a) is not Element and a == 0 for a in arguments):
            return self._ties(open_, ties)
        return {j: field.opaque(f"{ties}-hard[{k}]", arguments) for k, j in enumerate(open_)}

    def hide(self, scores: ExactMatrix, sight: Sight) -> ExactMatrix:
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

    # -- deciding -------------------------------------------------------------------------------------------------
    def sign(self, v: Value) -> int | None:
        """The sign of a value where it is the same at every input and visible, or a constant that balls separate from 0."""
        found = self.field.sign(v)
        if found is None and is_constant(self.field, v):
            return separate(self.field, v)
        return found

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
        import sympy

        return sympy.ImmutableDenseMatrix(
            a.height, a.width, lambda i, j: to_sympy(self.field, a.entries[int(i)].get(int(j), 0))
        )


_ZERO = constant(0)


def same_shape(what: str, a: tuple[Size, Size], b: tuple[Size, Size]) -> None:
    """Raise ``BadInput`` unless two shapes agree."""
    if a != b:
        raise BadInput(f"{what}: {a[0]} x {a[1]} against {b[0]} x {b[1]}")


def as_table(value: Any, rows: int, cols: int) -> list[list[Any]]:
    """The entries of a user's matrix (sympy, numpy, nested lists, a flat list for a column), its shape checked."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, (list, tuple)):
        value = [[value]]
    table = [list(line) if isinstance(line, (list, tuple)) else [line] for line in value]
    widths = {len(line) for line in table}
    if len(widths) > 1:
        raise BadInput(f"the rows of a matrix have one length, got lengths {sorted(widths)}")
    shape = (len(table), widths.pop() if widths else 0)
    if shape != (rows, cols):
        raise BadInput(f"expected a {rows} x {cols} matrix, got {shape[0]} x {shape[1]}")
    return table


def _reciprocal(domain: Exact, v: Value) -> Value:
    if domain.sign(v) in (1, -1):
        return domain.field.invert(v)
    if type(v) is not Element:
        raise Undefined("the reciprocal of 0 does not exist")
    domain.conditions.append(v)
    return domain.field.invert(v)


def _silu(domain: Exact, v: Value) -> Value:
    field = domain.field
    return field.multiply(v, field.invert(field.add(1, field.exp(field.multiply(-1, v)))))


def _with_sign(name: str, at_positive: Value | None, at_negative: Value | None, at_zero: int) -> Any:
    """A function that is linear on either side of 0: its slope or value there (None: the argument or its opposite)."""

    def rule(domain: Exact, v: Value) -> Value:
        sign = domain.sign(v)
        if sign is None:
            return domain.field.opaque(name, (v,))
        if sign == 0:
            return at_zero
        fixed = at_positive if sign > 0 else at_negative
        return domain.field.multiply(sign, v) if fixed is None else fixed

    return rule


_FUNCTIONS: dict[str, Callable[[Exact, Value], Value]] = {
    "exp": lambda domain, v: domain.field.exp(v),
    "reciprocal": _reciprocal,
    "silu": _silu,
    "relu": _with_sign("relu", None, 0, 0),
    "abs": _with_sign("abs", None, None, 0),
    "step": _with_sign("step", 1, 0, 1),
}
