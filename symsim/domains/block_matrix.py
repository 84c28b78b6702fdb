"""Block matrices of symbolic size: sums of words in a grid of named row and column parts, and how they are cut.

Two matrices that meet are cut at the same places first. A matrix symbol cannot be cut; zeros, identities, columns and
rows of ones, and explicit numbers can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from symsim.domains.block_coefficients import Dim, is_dim, to_sympy, total
from symsim.domains.explicit import explicit_cut
from symsim.domains.layout import Layout
from symsim.domains.words import Sum, Term, Terms, Word, combine, flipped, ones, reduce
from symsim.errors import BadInput, nearest

Parts: TypeAlias = tuple[tuple[str, Dim], ...]
Pieces: TypeAlias = list[tuple[Dim, ...]]
"""For each part, the sizes of the pieces that it is cut into."""


@dataclass(frozen=True, eq=False)
class BlockMatrix:
    """A matrix cut into row parts and column parts.

    ``blocks[i, j]`` is the sum in row part number i and column part number j, where it is not zero.
    Compare with ``Blocks.equal``, never with ``==``.
    """

    row_parts: Parts
    col_parts: Parts
    blocks: Mapping[tuple[int, int], Sum]

    def at(self, i: int, j: int) -> Sum:
        """The sum in row part number i and column part number j."""
        found = self.blocks.get((i, j))
        return Sum(self.row_parts[i][1], self.col_parts[j][1], {}) if found is None else found

    def entry(self, row_part: str = "", col_part: str = "") -> Sum:
        """The sum in the row part and column part of these names."""
        return self.at(_index(self.row_parts, row_part, "row"), _index(self.col_parts, col_part, "column"))

    def entry_text(self, row_part: str = "", col_part: str = "") -> str:
        """One block as a formula of the matrix language, as far as that can say it."""
        from symsim.domains.block_printing import text

        return text(self.entry(row_part, col_part))

    def entry_latex(self, row_part: str = "", col_part: str = "") -> str:
        """One block as LaTeX."""
        from symsim.domains.block_printing import latex

        return latex(self.entry(row_part, col_part))

    @property
    def row_layout(self) -> Layout:
        """The cut of the rows."""
        return Layout(tuple((name, to_sympy(size)) for name, size in self.row_parts))

    @property
    def col_layout(self) -> Layout:
        """The cut of the columns."""
        return Layout(tuple((name, to_sympy(size)) for name, size in self.col_parts))

    @property
    def heights(self) -> tuple[Dim, ...]:
        """The sizes of the row parts."""
        return tuple(size for _, size in self.row_parts)

    @property
    def widths(self) -> tuple[Dim, ...]:
        """The sizes of the column parts."""
        return tuple(size for _, size in self.col_parts)

    def transposed(self) -> BlockMatrix:
        """The transposed matrix."""
        return BlockMatrix(self.col_parts, self.row_parts, {(j, i): part.T for (i, j), part in self.blocks.items()})

    def __str__(self) -> str:
        from symsim.domains.block_printing import text

        lines = []
        for (i, j), part in sorted(self.blocks.items(), key=lambda item: item[0]):
            where = f"[{self.row_parts[i][0] or i}, {self.col_parts[j][0] or j}]"
            lines.append(text(part) if len(self.row_parts) == len(self.col_parts) == 1 else f"{where} {text(part)}")
        return "\n".join(lines) or "0"


def single(part: Sum) -> BlockMatrix:
    """The matrix of one block."""
    return BlockMatrix((("", part.rows),), (("", part.cols),), {(0, 0): part} if part else {})


def _index(parts: Parts, name: str, axis: str) -> int:
    names = [known for known, _ in parts]
    if name not in names:
        raise BadInput(f"unknown {axis} part '{name}': {nearest(name, names)}")
    return names.index(name)


def shown(sizes: Iterable[Dim]) -> str:
    """Sizes for a message, such as ``(n, d + 1)``."""
    return "(" + ", ".join(str(to_sympy(size)) for size in sizes) + ")"


# -- cuts -------------------------------------------------------------------------------------------------------------


def refinement(a: Sequence[Dim], b: Sequence[Dim], what: str) -> tuple[Pieces, Pieces]:
    """The pieces of the parts ``a`` and of the parts ``b`` under the common refinement of both cuts of one axis.

    >>> refinement((5,), (2, 3), "columns")
    ([(2, 3)], [(2,), (3,)])

    Parts of size 0 get no piece.
    """
    if tuple(a) == tuple(b):
        return [(size,) for size in a], [(size,) for size in b]
    if total(a) != total(b):
        raise BadInput(f"{what} do not fit: {to_sympy(total(a))} against {to_sympy(total(b))}")
    found: tuple[list[list[Dim]], list[list[Dim]]] = ([], [])
    waiting = (list(a), list(b))
    left: list[Dim] = [0, 0]
    while True:
        for side in (0, 1):
            while left[side] == 0 and waiting[side]:
                left[side] = waiting[side].pop(0)
                found[side].append([])
        if left[0] == 0 or left[1] == 0:
            break
        piece = _first_piece(left[0], left[1], a, b, what)
        for side in (0, 1):
            found[side][-1].append(piece)
            left[side] = left[side] + -1 * piece
    return [tuple(pieces) for pieces in found[0]], [tuple(pieces) for pieces in found[1]]


def _first_piece(x: Dim, y: Dim, a: Sequence[Dim], b: Sequence[Dim], what: str) -> Dim:
    if x == y or is_dim(x + -1 * y):
        return y
    if is_dim(y + -1 * x):
        return x
    raise BadInput(f"{what} are cut {shown(a)} against {shown(b)}: these cuts have no common refinement at all sizes")


def cut_parts(parts: Parts, pieces: Pieces) -> Parts:
    """The parts after a cut: a part in several pieces numbers them ``x.0``, ``x.1``."""
    cut: list[tuple[str, Dim]] = []
    for (name, _), sizes in zip(parts, pieces, strict=True):
        cut.extend([(name, sizes[0])] if len(sizes) == 1 else [(f"{name}.{k}", s) for k, s in enumerate(sizes)])
    return cut_names(cut)


def cut_names(parts: Iterable[tuple[str, Dim]]) -> Parts:
    """The parts with names made unique."""
    seen: dict[str, int] = {}
    result = []
    for name, size in parts:
        while name in seen:
            seen[name] += 1
            name = f"{name}.{seen[name]}"
        seen[name] = 0
        result.append((name, size))
    return tuple(result)


def recut(a: BlockMatrix, rows: Pieces, cols: Pieces, fixed: str = "both") -> BlockMatrix:
    """The same matrix with its parts cut into pieces.

    An identity block that is cut one way has to be cut the other way too: ``fixed`` (``rows``, ``cols``, ``both``)
    names the axes whose cut may not get finer than asked. Raises ``BadInput`` where a block cannot be cut.
    """
    rows, cols = list(rows), list(cols)
    if all(len(pieces) == 1 for pieces in (*rows, *cols)):
        return a
    for (i, j), part in a.blocks.items():
        if part.rows != 1 and any(not word for _, word in part.terms):
            if len(rows[i]) == 1 and len(cols[j]) > 1 and fixed == "cols":
                rows[i] = cols[j]
            elif len(cols[j]) == 1 and len(rows[i]) > 1 and fixed == "rows":
                cols[j] = rows[i]
    tops, lefts = _starts(rows), _starts(cols)
    blocks: dict[tuple[int, int], Sum] = {}
    for (i, j), part in a.blocks.items():
        if len(rows[i]) == len(cols[j]) == 1:
            blocks[tops[i], lefts[j]] = part
            continue
        for p, q, piece in _cut_block(part, rows[i], cols[j]):
            if piece:
                blocks[tops[i] + p, lefts[j] + q] = piece
    return BlockMatrix(cut_parts(a.row_parts, rows), cut_parts(a.col_parts, cols), blocks)


def _starts(pieces: Pieces) -> list[int]:
    starts = [0]
    for sizes in pieces:
        starts.append(starts[-1] + len(sizes))
    return starts


def _cut_block(part: Sum, rows: tuple[Dim, ...], cols: tuple[Dim, ...]) -> Iterable[tuple[int, int, Sum]]:
    for p, height in enumerate(rows):
        for q, width in enumerate(cols):
            terms = [t for (s, w), c in part.terms.items() for t in combine(_cut_word(w, part, rows, cols, p, q), c, s)]
            yield p, q, Sum.collect(height, width, terms)


def _cut_word(word: Word, whole: Sum, rows: tuple[Dim, ...], cols: tuple[Dim, ...], p: int, q: int) -> Iterable[Term]:
    if not word and whole.rows != 1 and rows == cols:
        return reduce(()) if p == q else ()
    if len(word) == 1 and word[0].kind == "constant":
        return explicit_cut(word[0], rows, cols, p, q)
    terms: Terms = ((1, (), word),)
    if len(rows) > 1:
        if not _has_ends(word):
            raise _no_cut(word, whole, "rows", rows)
        terms = _cut_front(word, rows, p)
    if len(cols) > 1:
        if not _has_ends(flipped(word)):
            raise _no_cut(word, whole, "columns", cols)
        terms = tuple(
            (c * c2, (), flipped(back)) for c, _, front in terms for c2, _, back in _cut_front(flipped(front), cols, q)
        )
    return [term for c, _, cut in terms for term in combine(reduce(cut), c)]


def _has_ends(word: Word) -> bool:
    """Whether the rows of a word can be cut: it starts with a column of ones or with numbers."""
    return bool(word) and (word[0].kind == "constant" or (word[0].kind == "one" and not word[0].flip))


def _cut_front(word: Word, sizes: tuple[Dim, ...], p: int) -> Terms:
    if word[0].kind == "one":
        return ((1, (), ones(sizes[p]) + word[1:]),)
    return tuple((c, s, cut + word[1:]) for c, s, cut in explicit_cut(word[0], sizes, (word[0].cols,), p, 0))


def _no_cut(word: Word, whole: Sum, axis: str, sizes: tuple[Dim, ...]) -> BadInput:
    from symsim.domains.block_printing import word_text

    name = word_text(word, whole.rows)
    return BadInput(
        f"cuts differ: the {axis} of {name} ({to_sympy(whole.rows)} x {to_sympy(whole.cols)}) would have to be cut "
        f"into {shown(sizes)}; only zeros, identities, ones and explicit numbers can be cut"
    )


def together(a: BlockMatrix, b: BlockMatrix) -> tuple[BlockMatrix, BlockMatrix]:
    """Both matrices, of one shape, with the same cuts."""
    if a.heights == b.heights and a.widths == b.widths:
        return a, b
    rows_a, rows_b = refinement(a.heights, b.heights, "rows")
    cols_a, cols_b = refinement(a.widths, b.widths, "columns")
    return recut(a, rows_a, cols_a), recut(b, rows_b, cols_b)
