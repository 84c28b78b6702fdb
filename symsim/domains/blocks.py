"""The number system ``blocks``: matrices of symbolic size, for proofs at all sizes.

A matrix is a grid of sums of words (:mod:`~symsim.domains.words`) in normal form. Equal normal forms prove equality for
all sizes >= 1 and all real values; different ones say nothing, so :meth:`Blocks.equal` never answers False.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from symsim.domains import atoms, block_sight, hadamard
from symsim.domains.attention_atoms import Group, weights
from symsim.domains.block_coefficients import (
    Coefficient,
    Dim,
    coefficient,
    denominator,
    dim,
    surely_positive,
    symbols_of,
    to_sympy,
    total,
)
from symsim.domains.block_matrix import (
    BlockMatrix,
    Parts,
    Pieces,
    cut_names,
    recut,
    refinement,
    shown,
    single,
    together,
)
from symsim.domains.block_printing import text
from symsim.domains.layout import Layout, Sight, Size
from symsim.domains.protocol import Domain
from symsim.domains.words import Sum, add_all, letter
from symsim.errors import BadInput

Cells: TypeAlias = dict[tuple[int, int], Sum]


class Blocks(Domain[BlockMatrix]):
    """Matrices of symbolic size over the reals.

    ``scalars`` names the declared scalar symbols (such as ``tau``), which may not occur in sizes; ``nonempty_rows``
    says that every row of every named mask has a 1.

    >>> import sympy
    >>> n, d = sympy.symbols("n d")
    >>> domain = Blocks()
    >>> X, A = domain.variable("X", n, d), domain.variable("A", d, d)
    >>> S = domain.product(domain.product(X, A), domain.transpose(X))
    >>> shift = domain.product(domain.variable("u", n, 1), domain.ones(1, n))
    >>> P = domain.softmax(S, Sight.plain(n, n))
    >>> domain.equal(P, domain.softmax(domain.add(S, shift), Sight.plain(n, n)))
    True
    >>> print(domain.equal(P, domain.transpose(P)), P)
    None softmax(X A X^T)
    """

    name: ClassVar[str] = "blocks"
    flat: ClassVar[bool] = False

    def __init__(self, scalars: Sequence[str] = (), nonempty_rows: bool = False) -> None:
        self.scalars = tuple(scalars)
        self.nonempty_rows = nonempty_rows
        self._sizes: dict[str, Any] = {}
        self._divisors: list[Coefficient] = []
        self._partial: list[tuple[str, Sum]] = []

    # -- what is assumed ----------------------------------------------------------------------------------------------
    @property
    def conditions(self) -> list[str]:
        """The side conditions under which what was computed so far is defined, in the order in which they came up."""
        found = [f"{divisor} != 0" for divisor in self._divisors if not surely_positive(divisor, self._sizes)]
        for function, part in self._partial:
            if not atoms.positive(part, self._sizes):
                found.append(f"no entry of {text(part)} is {'0' if function == 'reciprocal' else 'at most 0'}")
        return list(dict.fromkeys(found))

    def _size(self, size: Size) -> Dim:
        value = dim(size)
        for name in symbols_of(value):
            if name not in self._sizes:
                if name in self.scalars:
                    raise BadInput(f"'{name}' is declared a scalar, so it cannot be a size")
                self._sizes[name] = next(symbol for symbol in size.free_symbols if symbol.name == name)
        return value

    def _shown(self, size: Dim) -> Size:
        """A size in the symbols that it was given in, whatever is assumed of them."""
        found = to_sympy(size)
        return found if isinstance(found, int) else found.xreplace({s: self._sizes[s.name] for s in found.free_symbols})

    # -- making -------------------------------------------------------------------------------------------------------
    def constant(self, weight: Any) -> BlockMatrix:
        """A weight: an explicit sympy matrix, or an expression in symbols, identities, zeros, ones and their blocks."""
        from symsim.domains.block_constants import from_sympy

        return from_sympy(self, weight)

    def variable(self, name: str, rows: Size, cols: Size) -> BlockMatrix:
        height, width = self._size(rows), self._size(cols)
        return single(Sum.word((letter("symbol", height, width, (name,)),), height, width))

    def given(self, value: Any, rows: Size, cols: Size) -> BlockMatrix:
        """A sympy matrix expression of this shape; numbers have sizes that are not symbols."""
        import sympy

        if not isinstance(value, sympy.MatrixExpr | sympy.MatrixBase):
            raise BadInput(
                "sizes are symbols here, so a matrix is given as a sympy expression (MatrixSymbol, Identity, ...), "
                f"not as {type(value).__name__}; for numbers fix the sizes"
            )
        found = self.constant(value)
        if self._shape(found) != (self._size(rows), self._size(cols)):
            raise BadInput(f"the matrix is {' x '.join(map(str, self.shape(found)))}, expected {rows} x {cols}")
        return found

    def scalar(self, value: Any) -> Coefficient:
        found = coefficient(value)
        below = denominator(found)
        if symbols_of(below) and below not in self._divisors:
            self._divisors.append(below)
        return found

    def zeros(self, rows: Size, cols: Size) -> BlockMatrix:
        return single(Sum(self._size(rows), self._size(cols), {}))

    def ones(self, rows: Size, cols: Size) -> BlockMatrix:
        return single(Sum.ones(self._size(rows), self._size(cols)))

    def identity(self, size: Size) -> BlockMatrix:
        side = self._size(size)
        return single(Sum.word((), side, side))

    # -- cutting and joining ------------------------------------------------------------------------------------------
    def shape(self, a: BlockMatrix) -> tuple[Size, Size]:
        rows, cols = self._shape(a)
        return self._shown(rows), self._shown(cols)

    def _shape(self, a: BlockMatrix) -> tuple[Dim, Dim]:
        return total(a.heights), total(a.widths)

    def assemble(self, grid: Mapping[tuple[str, str], BlockMatrix], rows: Layout, cols: Layout) -> BlockMatrix:
        """The matrix with these cells; a part whose cells are cut inside becomes several, named ``x.0``, ``x.1``."""
        heights: dict[str, tuple[Dim, ...]] = {name: (self._size(size),) for name, size in rows.parts}
        widths: dict[str, tuple[Dim, ...]] = {name: (self._size(size),) for name, size in cols.parts}
        for r, c in grid:
            if r not in heights or c not in widths:
                rows.size(r), cols.size(c)
        for _ in range(2):  # a cut identity cuts the other axis too: look again with the finer cuts
            for (r, c), cell in grid.items():
                heights[r] = _refined(heights[r], cell.heights, f"rows of part '{r}'")
                widths[c] = _refined(widths[c], cell.widths, f"columns of part '{c}'")
                if len(cell.heights) == len(cell.widths) == 1 and any(not word for _, word in cell.at(0, 0).terms):
                    heights[r] = _refined(heights[r], widths[c], f"rows of part '{r}'")
                    widths[c] = _refined(widths[c], heights[r], f"columns of part '{c}'")
        tops, row_parts = _numbered(heights)
        lefts, col_parts = _numbered(widths)
        blocks: Cells = {}
        for (r, c), cell in grid.items():
            down, _ = refinement(cell.heights, heights[r], f"rows of part '{r}'")
            across, _ = refinement(cell.widths, widths[c], f"columns of part '{c}'")
            for (i, j), part in recut(cell, down, across).blocks.items():
                blocks[tops[r] + i, lefts[c] + j] = part
        return BlockMatrix(row_parts, col_parts, blocks)

    def beside(self, blocks: Sequence[BlockMatrix], cols: Layout) -> BlockMatrix:
        """The blocks side by side, one for each part of ``cols``; the rows keep their parts."""
        height = self.shape(blocks[0])[0]
        grid = {("", name): block for name, block in zip(cols.names, blocks, strict=True)}
        found = self.assemble(grid, Layout((("", height),)), cols)
        same = found.heights == blocks[0].heights
        return BlockMatrix(blocks[0].row_parts if same else found.row_parts, found.col_parts, found.blocks)

    def rows(self, a: BlockMatrix, layout: Layout, names: Sequence[str]) -> BlockMatrix:
        sizes = [self._size(size) for _, size in layout.parts]
        pieces, parts = refinement(a.heights, sizes, "rows")
        cut = recut(a, pieces, [(width,) for width in a.widths], fixed="rows")
        chosen: list[tuple[str, Dim]] = []
        source: dict[int, list[int]] = {}
        starts = _offsets(parts)
        for name in names:
            layout.size(name)
            k = layout.names.index(name)
            for p, size in enumerate(parts[k]):
                source.setdefault(starts[k] + p, []).append(len(chosen))
                chosen.append((name if len(parts[k]) == 1 else f"{name}.{p}", size))
        blocks = {(new, j): part for (i, j), part in cut.blocks.items() for new in source.get(i, ())}
        return BlockMatrix(cut_names(chosen), cut.col_parts, blocks)

    def columns(self, a: BlockMatrix, layout: Layout, names: Sequence[str]) -> BlockMatrix:
        if a.widths == tuple(self._size(size) for _, size in layout.parts) and len(set(names)) == len(names):
            place = {layout.names.index(part): new for new, (part, _) in enumerate(layout.select(names).parts)}
            parts = cut_names((layout.names[old], a.widths[old]) for old in place)  # there is nothing to cut
            return BlockMatrix(a.row_parts, parts, {(i, place[j]): p for (i, j), p in a.blocks.items() if j in place})
        return self.rows(a.transposed(), layout, names).transposed()

    # -- arithmetic ---------------------------------------------------------------------------------------------------
    def add(self, a: BlockMatrix, b: BlockMatrix) -> BlockMatrix:
        a, b = together(a, b)
        blocks = dict(a.blocks)
        for at, part in b.blocks.items():
            _put(blocks, at, blocks[at] + part if at in blocks else part)
        return BlockMatrix(a.row_parts, a.col_parts, blocks)

    def scale(self, factor: Any, a: BlockMatrix) -> BlockMatrix:
        """``factor`` times ``a``: a coefficient, a Python number, a sympy scalar, or a 1 x 1 matrix."""
        if isinstance(factor, BlockMatrix):
            number = self._cell(factor)
            return self._map(lambda part: part.times(number), a)
        c = self.scalar(factor)
        return self._map(lambda part: part.scaled(c), a)

    def product(self, a: BlockMatrix, b: BlockMatrix) -> BlockMatrix:
        if a.widths != b.heights:
            inner_a, inner_b = refinement(
                a.widths, b.heights, "the columns of the first and the rows of the second factor"
            )
            a = recut(a, [(height,) for height in a.heights], inner_a, fixed="cols")
            b = recut(b, inner_b, [(width,) for width in b.widths], fixed="rows")
        below: dict[int, list[tuple[int, Sum]]] = {}
        for (k, j), part in b.blocks.items():
            below.setdefault(k, []).append((j, part))
        found: dict[tuple[int, int], list[Sum]] = {}
        for (i, k), part in a.blocks.items():
            for j, other in below.get(k, ()):
                found.setdefault((i, j), []).append(part @ other)
        blocks: Cells = {}
        for at, parts in found.items():
            _put(blocks, at, add_all(parts[0].rows, parts[0].cols, parts))
        return BlockMatrix(a.row_parts, b.col_parts, blocks)

    def transpose(self, a: BlockMatrix) -> BlockMatrix:
        return a.transposed()

    def hadamard(self, a: BlockMatrix, b: BlockMatrix) -> BlockMatrix:
        a, b = together(a, b)
        blocks: Cells = {}
        for at, part in a.blocks.items():
            if at in b.blocks:
                _put(blocks, at, hadamard.hadamard(part, b.blocks[at]))
        return BlockMatrix(a.row_parts, a.col_parts, blocks)

    def diag(self, a: BlockMatrix) -> BlockMatrix:
        self._one_wide(a, "diag takes a column")
        j = next((k for k, width in enumerate(a.widths) if width == 1), 0)
        blocks: Cells = {}
        for (i, k), part in a.blocks.items():
            if k == j:
                _put(blocks, (i, i), hadamard.diag(part))
        return BlockMatrix(a.row_parts, a.row_parts, blocks)

    def trace(self, a: BlockMatrix) -> BlockMatrix:
        rows, cols = self._shape(a)
        if rows != cols:
            raise BadInput(f"the trace needs a square matrix, got {to_sympy(rows)} x {to_sympy(cols)}")
        down, across = refinement(a.heights, a.widths, "rows and columns")
        a = recut(a, down, across)
        return single(add_all(1, 1, [atoms.trace(a.at(i, i)) for i in range(len(a.row_parts))]))

    def entrywise(self, function: str, a: BlockMatrix) -> BlockMatrix:
        blocks: Cells = {}
        for i in range(len(a.row_parts)):
            for j in range(len(a.col_parts)):
                part = a.at(i, j)
                if function in ("reciprocal", "log") and part:
                    self._partial.append((function, part))
                _put(blocks, (i, j), atoms.entrywise(function, part))
        return BlockMatrix(a.row_parts, a.col_parts, blocks)

    def row_function(self, function: str, a: BlockMatrix) -> BlockMatrix | None:
        """An unknown function of whole rows, equal to itself at equal rows; None where the columns are cut."""
        if len(a.col_parts) != 1:
            return None
        blocks = {(i, 0): atoms.row_function(function, a.at(i, 0)) for i in range(len(a.row_parts))}
        return BlockMatrix(a.row_parts, a.col_parts, {at: part for at, part in blocks.items() if part})

    # -- attention ----------------------------------------------------------------------------------------------------
    def softmax(self, scores: BlockMatrix, sight: Sight) -> BlockMatrix:
        return self._attention("softmax", scores, sight)

    def hard(self, scores: BlockMatrix, sight: Sight, ties: str) -> BlockMatrix:
        if ties not in ("average", "left", "right"):
            raise BadInput(f"ties are 'average', 'left' or 'right', not '{ties}'")
        return self._attention(ties, scores, sight)

    def _attention(self, kind: str, scores: BlockMatrix, sight: Sight) -> BlockMatrix:
        scores, seen = block_sight.visible(scores, sight)
        blocks: Cells = {}
        for i, line in enumerate(seen):
            keys = [j for j in sorted(line) if scores.widths[j] != 0]
            if not keys or scores.heights[i] == 0:
                continue
            groups = [Group(scores.at(i, j), line[j].causal, line[j].mask) for j in keys]
            full = block_sight.sees_something(groups, sight, self.nonempty_rows)
            for j, part in zip(keys, weights(kind, groups, full), strict=True):
                _put(blocks, (i, j), part)
        return BlockMatrix(scores.row_parts, scores.col_parts, blocks)

    def hide(self, scores: BlockMatrix, sight: Sight) -> BlockMatrix:
        scores, seen = block_sight.visible(scores, sight)
        blocks: Cells = {}
        for (i, j), part in scores.blocks.items():
            if j in seen[i]:
                _put(blocks, (i, j), block_sight.hidden(part, seen[i][j]))
        return BlockMatrix(scores.row_parts, scores.col_parts, blocks)

    # -- deciding -----------------------------------------------------------------------------------------------------
    def equal(self, a: BlockMatrix, b: BlockMatrix) -> bool | None:
        """True if the normal forms are equal; None otherwise (never False)."""
        if self._shape(a) != self._shape(b):
            raise BadInput(f"shapes differ: {shown(self._shape(a))} against {shown(self._shape(b))}")
        try:
            a, b = together(a, b)
        except BadInput:
            return None
        if a.blocks.keys() != b.blocks.keys():
            return None
        return True if all(part.same(b.blocks[at]) for at, part in a.blocks.items()) else None

    # -- inside -------------------------------------------------------------------------------------------------------
    def _map(self, function: Callable[[Sum], Sum], a: BlockMatrix) -> BlockMatrix:
        blocks: Cells = {}
        for at, part in a.blocks.items():
            _put(blocks, at, function(part))
        return BlockMatrix(a.row_parts, a.col_parts, blocks)

    def _one_wide(self, a: BlockMatrix, what: str) -> None:
        if self._shape(a)[1] != 1:
            raise BadInput(f"{what}, got {' x '.join(map(str, self.shape(a)))}")

    def _cell(self, a: BlockMatrix) -> Sum:
        if self._shape(a) != (1, 1):
            raise BadInput(f"a scalar factor is 1 x 1, got {' x '.join(map(str, self.shape(a)))}")
        return add_all(1, 1, [part for part in a.blocks.values()])


def _put(blocks: Cells, at: tuple[int, int], part: Sum) -> None:
    if part:
        blocks[at] = part
    else:
        blocks.pop(at, None)


def _refined(a: tuple[Dim, ...], b: tuple[Dim, ...], what: str) -> tuple[Dim, ...]:
    return tuple(size for pieces in refinement(a, b, what)[0] for size in pieces) or (0,)


def _offsets(pieces: Pieces) -> list[int]:
    starts = [0]
    for sizes in pieces:
        starts.append(starts[-1] + len(sizes))
    return starts


def _numbered(cuts: Mapping[str, tuple[Dim, ...]]) -> tuple[dict[str, int], Parts]:
    """Where the pieces of each part start, and all pieces with their names."""
    starts: dict[str, int] = {}
    parts: list[tuple[str, Dim]] = []
    for name, sizes in cuts.items():
        starts[name] = len(parts)
        parts.extend([(name, sizes[0])] if len(sizes) == 1 else [(f"{name}.{k}", s) for k, s in enumerate(sizes)])
    return starts, cut_names(parts)
