"""The typed syntax tree of the matrix language: one frozen node a construct, each with its shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

from symsim.domains.layout import Size
from symsim.errors import BadInput
from symsim.formulas.sizes import as_size, check_name, shape_text, size_symbol, size_text

if TYPE_CHECKING:
    from symsim.domains.protocol import Domain

Shape = tuple[Size, Size]
DEEPEST = 100
"""A formula nests at most this deep, so that every walk over it stays within Python's own limit."""
LARGEST = 100_000
"""A formula, written out, has at most this many symbols."""
LONGEST_NUMBER = 4096
"""Numerators and denominators have at most this many bits."""


@dataclass(frozen=True, eq=False, repr=False)
class Formula(ABC):
    """A matrix formula. Equal trees are equal; ``@`` multiplies, ``*`` and ``/`` scale, ``.T`` transposes.

    Every node checks its shape when it is made and raises ``BadInput`` that names both shapes and both sub-formulas.
    Build formulas with the functions of :mod:`symsim.formulas.building`; they bring scalars to the front.
    """

    _shape: ClassVar[Shape]
    _hash: ClassVar[int]
    depth: ClassVar[int]
    count: ClassVar[int]
    scalar: ClassVar[bool]
    """Whether the formula is made of numbers, scalars and sizes only, so that it has shape 1 x 1 by construction."""
    of_scalars_scalar: ClassVar[bool] = False
    __array_ufunc__ = None  # so that numpy hands `array @ formula` over to us, and we refuse it

    def __post_init__(self) -> None:
        below = self.parts
        depth = 1 + max((part.depth for part in below), default=0)
        if depth > DEEPEST:
            raise BadInput(f"the formula nests deeper than {DEEPEST} levels")
        count = 1 + sum(part.count for part in below)
        if count > LARGEST:
            raise BadInput(f"the formula, written out, has more than {LARGEST} symbols")
        shape = self._infer()
        values = tuple(getattr(self, field.name) for field in fields(self))
        scalar = self.of_scalars_scalar and shape == (1, 1) and all(part.scalar for part in below)
        for name, value in (
            ("_shape", shape),
            ("depth", depth),
            ("count", count),
            ("scalar", scalar),
            ("_hash", hash((type(self).__name__, values))),
        ):
            object.__setattr__(self, name, value)

    @abstractmethod
    def _infer(self) -> Shape:
        """The shape that follows from the parts; ``BadInput`` where they do not fit."""

    @property
    def parts(self) -> tuple[Formula, ...]:
        """The formulas directly below this one, in the order of the text."""
        return ()

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        """This node over other sub-formulas, with scalars brought to the front and products kept flat."""
        return self

    @property
    def shape(self) -> Shape:
        """Rows and columns."""
        return self._shape

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or self._hash != hash(other):
            return False
        return all(getattr(self, field.name) == getattr(other, field.name) for field in fields(self))

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self.__post_init__()

    def __str__(self) -> str:
        from symsim.formulas.printing import to_text

        return to_text(self)

    def __repr__(self) -> str:
        return f"<{self}: {shape_text(self.shape)}>"

    def _repr_latex_(self) -> str:
        from symsim.formulas.latex import to_latex

        return f"$\\displaystyle {to_latex(self)}$"

    def evaluate(self, domain: Domain[Any], inputs: Mapping[str, Any], rows: Sequence[int] | None = None) -> Any:
        """The value over a number system; see :func:`symsim.formulas.evaluation.evaluate`."""
        from symsim.formulas.evaluation import evaluate

        return evaluate(self, domain, inputs, rows=rows)

    @property
    def T(self) -> Formula:  # noqa: N802
        """The transpose."""
        return build("transpose", self)

    def __matmul__(self, other: Any) -> Formula:
        return build("product", self, other)

    def __rmatmul__(self, other: Any) -> Formula:
        return build("product", other, self)

    def __mul__(self, other: Any) -> Formula:
        return build("times", self, other)

    def __rmul__(self, other: Any) -> Formula:
        return build("times", other, self)

    def __truediv__(self, other: Any) -> Formula:
        return build("divide", self, other)

    def __rtruediv__(self, other: Any) -> Formula:
        return build("divide", other, self)

    def __add__(self, other: Any) -> Formula:
        return build("add", self, other)

    def __radd__(self, other: Any) -> Formula:
        return build("add", other, self)

    def __sub__(self, other: Any) -> Formula:
        return build("add", self, build("negative", other))

    def __rsub__(self, other: Any) -> Formula:
        return build("add", other, build("negative", self))

    def __neg__(self) -> Formula:
        return build("negative", self)

    def __pos__(self) -> Formula:
        return self


def build(function: str, *parts: Any) -> Formula:
    """One of the functions that build formulas; they import this file, so they are looked up late."""
    from symsim.formulas import building

    built: Formula = getattr(building, function)(*map(building.formula, parts))
    return built


def described(formula: Formula) -> str:
    """The formula and its shape in words, cut short for an error message."""
    text = str(formula)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({shape_text(formula.shape)})"


def _set(node: Formula, **values: Any) -> None:
    for name, value in values.items():
        object.__setattr__(node, name, value)


@dataclass(frozen=True, eq=False, repr=False)
class Name(Formula):
    """A matrix variable."""

    name: str
    rows: Size
    cols: Size

    def _infer(self) -> Shape:
        check_name(self.name, "matrix")
        _set(self, rows=as_size(self.rows), cols=as_size(self.cols))
        return self.rows, self.cols


@dataclass(frozen=True, eq=False, repr=False)
class Number(Formula):
    """An exact rational, of shape 1 x 1."""

    of_scalars_scalar = True
    value: Fraction

    def _infer(self) -> Shape:
        _set(self, value=Fraction(self.value))
        if max(self.value.numerator.bit_length(), self.value.denominator.bit_length()) > LONGEST_NUMBER:
            raise BadInput(f"a number in a formula has at most {LONGEST_NUMBER} bits above and below the fraction line")
        return 1, 1


@dataclass(frozen=True, eq=False, repr=False)
class Scalar(Formula):
    """A declared scalar symbol such as ``tau``, or (``is_size``) a size used as a number."""

    of_scalars_scalar = True
    name: str
    is_size: bool = False

    def _infer(self) -> Shape:
        check_name(self.name, "size" if self.is_size else "scalar")
        return 1, 1

    @property
    def symbol(self) -> Any:
        """The sympy symbol: a size symbol, or a plain one."""
        import sympy

        return size_symbol(self.name) if self.is_size else sympy.Symbol(self.name)


@dataclass(frozen=True, eq=False, repr=False)
class Identity(Formula):
    """The identity matrix."""

    size: Size

    def _infer(self) -> Shape:
        _set(self, size=as_size(self.size))
        return self.size, self.size


@dataclass(frozen=True, eq=False, repr=False)
class Zero(Formula):
    """The zero matrix."""

    rows: Size
    cols: Size

    def _infer(self) -> Shape:
        _set(self, rows=as_size(self.rows), cols=as_size(self.cols))
        return self.rows, self.cols


@dataclass(frozen=True, eq=False, repr=False)
class Ones(Formula):
    """The matrix with 1 everywhere; a column unless ``cols`` is given."""

    rows: Size
    cols: Size = 1

    def _infer(self) -> Shape:
        _set(self, rows=as_size(self.rows), cols=as_size(self.cols))
        return self.rows, self.cols


def _alike(terms: Sequence[Formula], joint: str) -> Shape:
    first = terms[0]
    for term in terms[1:]:
        if term.shape != first.shape:
            hint = ""
            if joint == "plus" and (1, 1) in (term.shape, first.shape):
                hint = "; to add a number to every entry write it as c * ones(rows, columns)"
            raise BadInput(f"{described(first)} {joint} {described(term)}: the shapes have to be equal{hint}")
    return first.shape


def _flat(kind: type[Formula], formulas: Sequence[Formula]) -> tuple[Formula, ...]:
    """The operands with nested nodes of the same kind spliced in."""
    if any(isinstance(f, kind) for f in formulas):
        return tuple(inner for f in formulas for inner in (f.parts if isinstance(f, kind) else (f,)))
    return tuple(formulas)


@dataclass(frozen=True, eq=False, repr=False)
class _Nary(Formula):
    """A node over two or more operands; operands of the same kind are spliced in."""

    terms: tuple[Formula, ...]
    joint: ClassVar[str]

    def __post_init__(self) -> None:
        if len(self.terms) < 2:
            raise BadInput(f"a {type(self).__name__} needs at least two operands")
        _set(self, terms=_flat(type(self), self.terms))
        super().__post_init__()

    @property
    def parts(self) -> tuple[Formula, ...]:
        return self.terms

    def _infer(self) -> Shape:
        return _alike(self.terms, self.joint)


class Sum(_Nary):
    """``A + B + ...``; a difference is a sum with a term scaled by -1."""

    of_scalars_scalar = True
    joint = "plus"

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("add", *parts)


class Hadamard(_Nary):
    """The entrywise product ``A .* B .* ...``."""

    joint = "entrywise times"

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("hadamard", *parts)


class Product(_Nary):
    """The matrix product ``A B ...``."""

    joint = "times"

    def _infer(self) -> Shape:
        for i in range(1, len(self.terms)):
            left, right = self.terms[i - 1], self.terms[i]
            if left.shape[1] != right.shape[0]:
                raise BadInput(mismatch(left, right))
        return self.terms[0].shape[0], self.terms[-1].shape[1]

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("product", *parts)


def mismatch(left: Formula, right: Formula) -> str:
    """Why two matrices cannot be multiplied."""
    return (
        f"{described(left)} times {described(right)}: the left factor has {size_text(left.shape[1])} columns "
        f"and the right one {size_text(right.shape[0])} rows"
    )


@dataclass(frozen=True, eq=False, repr=False)
class Scaled(Formula):
    """A 1 x 1 formula times a matrix."""

    of_scalars_scalar = True
    coefficient: Formula
    matrix: Formula

    def _infer(self) -> Shape:
        if self.coefficient.shape != (1, 1):
            raise BadInput(f"{described(self.coefficient)} scales a matrix: a coefficient has shape 1 x 1")
        return self.matrix.shape

    @property
    def parts(self) -> tuple[Formula, ...]:
        return self.coefficient, self.matrix

    def with_parts(self, parts: Sequence[Formula]) -> Formula:
        return build("scale", *parts)
