"""The nodes that apply a function to a formula: transpose, inverse, entrywise functions, softmax, blocks and others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symsim.errors import BadInput
from symsim.formulas.sizes import FUNCTIONS, check_name, size_text
from symsim.formulas.syntax import Formula, Name, Shape, build, described


@dataclass(frozen=True, eq=False, repr=False)
class _Unary(Formula):
    """A node over one formula."""

    argument: Formula

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.argument,)

    def _square(self, what: str) -> Shape:
        rows, cols = self.argument.shape
        if rows != cols:
            raise BadInput(f"{what} needs a square matrix, got {described(self.argument)}")
        return rows, cols


class Transposed(_Unary):
    """``A^T``."""

    def _infer(self) -> Shape:
        rows, cols = self.argument.shape
        return cols, rows

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("transpose", *parts)


class Inverse(_Unary):
    """``A^-1``; it has a value at fixed sizes only."""

    def _infer(self) -> Shape:
        return self._square("the inverse")

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("inverse", *parts)


class Determinant(_Unary):
    """The determinant of a square matrix, of shape 1 x 1; it has a value at fixed sizes only."""

    def _infer(self) -> Shape:
        self._square("det")
        return 1, 1

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("determinant", *parts)


class Diag(_Unary):
    """The diagonal matrix of a column."""

    def _infer(self) -> Shape:
        rows, cols = self.argument.shape
        if cols != 1:
            raise BadInput(f"diag needs a column, got {described(self.argument)}")
        return rows, rows

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return Diag(*parts)


class Trace(_Unary):
    """The trace of a square matrix, of shape 1 x 1."""

    def _infer(self) -> Shape:
        self._square("tr")
        return 1, 1

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return Trace(*parts)


class LayerNorm(_Unary):
    """The layer norm of every row: its distance from the row mean times the ``normscale`` of the row variance.

    Without gain and shift; :mod:`symsim.formulas.norms` writes it out.
    """

    def _infer(self) -> Shape:
        return self.argument.shape

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return LayerNorm(*parts)


@dataclass(frozen=True, eq=False, repr=False)
class Apply(Formula):
    """A function of one variable at every entry: one that the language knows, or an opaque one."""

    of_scalars_scalar = True
    function: str
    argument: Formula

    def _infer(self) -> Shape:
        if self.function not in FUNCTIONS:
            check_name(self.function, "function")
        return self.argument.shape

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.argument,)

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("reciprocal", *parts) if self.function == "reciprocal" else Apply(self.function, *parts)


@dataclass(frozen=True, eq=False, repr=False)
class Softmax(Formula):
    """Softmax of every row, over all keys or those that ``causal`` and the 0/1 matrix ``mask`` leave visible.

    A row that sees nothing is a zero row.
    """

    argument: Formula
    causal: bool = False
    mask: Name | None = None

    def _infer(self) -> Shape:
        shape = self.argument.shape
        if self.mask is not None and not isinstance(self.mask, Name):
            raise BadInput(f"the mask of softmax is a declared 0/1 matrix, got {self.mask}")
        if self.mask is not None and self.mask.shape != shape:
            raise BadInput(
                f"softmax of {described(self.argument)} with the mask {described(self.mask)}: "
                "the mask has one entry for each score, so both need one shape"
            )
        if self.causal and shape[0] != shape[1]:
            raise BadInput(f"causal softmax needs a square score matrix, got {described(self.argument)}")
        return shape

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.argument,) if self.mask is None else (self.argument, self.mask)

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return Softmax(parts[0], self.causal, parts[1] if len(parts) > 1 else None)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False, repr=False)
class Blocks(Formula):
    """A block matrix ``[A, B; C, D]``: every row of the grid has the same number of blocks."""

    grid: tuple[tuple[Formula, ...], ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "grid", tuple(tuple(row) for row in self.grid))
        super().__post_init__()

    @property
    def parts(self) -> tuple[Formula, ...]:
        return tuple(block for row in self.grid for block in row)

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        width = len(self.grid[0])
        return Blocks(tuple(tuple(parts[i : i + width]) for i in range(0, len(parts), width)))

    def _infer(self) -> Shape:
        if not self.grid or not self.grid[0]:
            raise BadInput("a block matrix needs at least one block")
        if len({len(row) for row in self.grid}) > 1:
            counts = ", ".join(str(len(row)) for row in self.grid)
            raise BadInput(f"every row of a block matrix has the same number of blocks, got rows of {counts}")
        for i, row in enumerate(self.grid):
            for j, block in enumerate(row):
                self._fits(block, row[0], 0, f"row {i + 1} of the blocks", "rows")
                self._fits(block, self.grid[0][j], 1, f"column {j + 1} of the blocks", "columns")
        return sum(row[0].shape[0] for row in self.grid), sum(block.shape[1] for block in self.grid[0])

    @staticmethod
    def _fits(block: Formula, first: Formula, axis: int, where: str, what: str) -> None:
        if block.shape[axis] != first.shape[axis]:
            raise BadInput(
                f"{where}: {described(first)} beside {described(block)}: "
                f"{size_text(first.shape[axis])} {what} and {size_text(block.shape[axis])} {what} do not fit"
            )
