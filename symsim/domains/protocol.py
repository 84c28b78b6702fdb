"""The protocol that every number system shares: what a matrix can do, whatever its entries are.

The semantics of formulas, heads and layers is written once over this protocol (rooms ``formulas`` and ``encoder``).
A number system ("domain") says what a matrix is and how it is multiplied, normalised and compared.

Sizes are integers in the *flat* domains (``exact``, ``arrays``); in ``blocks`` they may be symbols, and rows and
columns are addressed by the named parts of a :class:`~symsim.domains.layout.Layout` instead of by number.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from symsim.domains.layout import Layout, Sight, Size
from symsim.errors import BadInput

M = TypeVar("M")


class Domain(ABC, Generic[M]):
    """A number system: matrices ``M`` over it and the operations that the semantics needs.

    Every operation is total on matching shapes and raises ``BadInput`` on others; a value that does not exist
    (the reciprocal of 0) raises ``Undefined``. No operation mutates its arguments.
    """

    name: ClassVar[str]
    flat: ClassVar[bool]
    """Whether rows can be addressed by number (sizes are integers)."""

    # -- making ---------------------------------------------------------------------------------------------------
    @abstractmethod
    def constant(self, weight: Any) -> M:
        """A weight: a sympy matrix over QQ (or QQ[tau]); in ``blocks`` also a ``BlockMatrix`` of symbolic size."""

    @abstractmethod
    def variable(self, name: str, rows: Size, cols: Size) -> M:
        """The ``rows x cols`` matrix of free symbols ``name``: entry (i, j) is the symbol ``name_{i+1},{j+1}``."""

    @abstractmethod
    def given(self, value: Any, rows: Size, cols: Size) -> M:
        """A user's matrix (sympy, ``Fraction``, ``int``, numpy, nested lists); exact domains refuse floats."""

    @abstractmethod
    def scalar(self, value: Any) -> Any:
        """A scalar from an ``int``, ``Fraction`` or sympy expression in declared scalar symbols and sizes."""

    @abstractmethod
    def zeros(self, rows: Size, cols: Size) -> M: ...

    @abstractmethod
    def ones(self, rows: Size, cols: Size) -> M: ...

    @abstractmethod
    def identity(self, size: Size) -> M: ...

    # -- cutting and joining --------------------------------------------------------------------------------------
    @abstractmethod
    def shape(self, a: M) -> tuple[Size, Size]: ...

    @abstractmethod
    def assemble(self, grid: Mapping[tuple[str, str], M], rows: Layout, cols: Layout) -> M:
        """The matrix with ``grid[r, c]`` in row part r and column part c, and zeros where nothing is given."""

    @abstractmethod
    def rows(self, a: M, layout: Layout, names: Sequence[str]) -> M:
        """The rows of the named parts, in the order of ``names``; ``layout`` cuts all rows of ``a``."""

    @abstractmethod
    def columns(self, a: M, layout: Layout, names: Sequence[str]) -> M:
        """The columns of the named parts, in the order of ``names``; ``layout`` cuts all columns of ``a``."""

    def beside(self, blocks: Sequence[M], cols: Layout) -> M:
        """The blocks side by side, one for each part of ``cols``; all have the same rows."""
        height = self.shape(blocks[0])[0]
        grid = {("", name): block for name, block in zip(cols.names, blocks, strict=True)}
        return self.assemble(grid, Layout((("", height),)), cols)

    def take(self, a: M, positions: Sequence[int]) -> M:
        """The rows with these numbers (flat domains only)."""
        raise BadInput(f"the number system {self.name} has no numbered rows")

    def flatten(self, a: M) -> M:
        """All entries row by row as one column (flat domains only)."""
        raise BadInput(f"the number system {self.name} has no numbered rows")

    def unflatten(self, a: M, rows: int, cols: int) -> M:
        """The inverse of :meth:`flatten` (flat domains only)."""
        raise BadInput(f"the number system {self.name} has no numbered rows")

    # -- arithmetic -----------------------------------------------------------------------------------------------
    @abstractmethod
    def add(self, a: M, b: M) -> M: ...

    @abstractmethod
    def scale(self, factor: Any, a: M) -> M:
        """``factor`` (from :meth:`scalar`, or a Python number) times ``a``."""

    @abstractmethod
    def product(self, a: M, b: M) -> M: ...

    @abstractmethod
    def transpose(self, a: M) -> M: ...

    @abstractmethod
    def hadamard(self, a: M, b: M) -> M:
        """The entrywise product."""

    @abstractmethod
    def diag(self, a: M) -> M:
        """The diagonal matrix of a column."""

    @abstractmethod
    def trace(self, a: M) -> M:
        """The trace of a square matrix, as a 1 x 1 matrix."""

    @abstractmethod
    def entrywise(self, function: str, a: M) -> M:
        """A function of one real variable at every entry: ``exp``, ``reciprocal``, ``relu``, ``step`` (step(0) = 1),
        ``silu``, ``abs``; ``log`` and any other name is an opaque function, equal only to itself at equal arguments.
        """

    def settle(self, a: M) -> M:
        """The same matrix in the simplest form that is cheap to find; called after each layer."""
        return a

    # -- attention ------------------------------------------------------------------------------------------------
    @abstractmethod
    def softmax(self, scores: M, sight: Sight) -> M:
        """Row softmax over the visible keys; hidden entries are 0, and a row that sees nothing is a zero row."""

    @abstractmethod
    def hard(self, scores: M, sight: Sight, ties: str) -> M:
        """Weights on the maximal visible scores; ``ties``: ``average``, ``left`` or ``right``. A blind row is 0."""

    @abstractmethod
    def hide(self, scores: M, sight: Sight) -> M:
        """The scores with 0 where the key is hidden (the *linear* normaliser)."""

    # -- deciding -------------------------------------------------------------------------------------------------
    @abstractmethod
    def equal(self, a: M, b: M) -> bool | None:
        """True: equal for all values of the symbols. False: different. None: this domain cannot tell."""
