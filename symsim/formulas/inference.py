"""Drafts of formulas: the shapes of bare ``0``, ``I`` and ``ones`` are inferred from what stands around them.

A draft knows its shape as far as it is known, and how to make its formula once every unknown size is found. Shapes are
only compared here to find sizes; shapes that do not fit are reported when the formulas are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symsim.errors import BadInput
from symsim.formulas import building
from symsim.formulas.functions import Blocks
from symsim.formulas.syntax import Formula, Name, Number


class Unknown:
    """A size that is not known yet."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = None


def resolved(size: Any) -> Any:
    """The size behind a chain of unknowns, or the last unknown."""
    while isinstance(size, Unknown) and size.value is not None:
        size = size.value
    return size


def equate(a: Any, b: Any) -> None:
    """Let two sizes be equal where one of them is unknown."""
    a, b = resolved(a), resolved(b)
    if isinstance(a, Unknown):
        if a is not b:
            a.value = b
    elif isinstance(b, Unknown):
        b.value = a


@dataclass(eq=False)
class Draft:
    """A formula to be: its shape so far, where it begins in the text, and how to make it."""

    rows: Any
    cols: Any
    make: Callable[[], Formula]
    position: int = 0
    may_be_number: bool = True
    scalar: bool = False
    """Whether it is made of numbers, scalars and bare zeros only: as a factor and among its like it is a number."""
    made: Formula | None = field(default=None)

    @property
    def formula(self) -> Formula:
        """The formula, once it is made."""
        if self.made is None:
            raise BadInput("a draft is made after what stands below it")
        return self.made

    @property
    def is_number(self) -> bool:
        """Whether the shape is known to be 1 x 1."""
        return (resolved(self.rows), resolved(self.cols)) == (1, 1)


def alike(drafts: Sequence[Draft]) -> None:
    """Let drafts have one shape."""
    for other in drafts[1:]:
        equate(drafts[0].rows, other.rows)
        equate(drafts[0].cols, other.cols)


def known(formula: Formula) -> Draft:
    """The draft of a formula whose shape is known."""
    return Draft(*formula.shape, make=lambda: formula, scalar=formula.scalar)


def _unclear(what: str, right: str) -> BadInput:
    return BadInput(f"the shape of {what} does not follow from what stands around it: write {right}")


def bare_zero() -> Draft:
    """``0``: a zero matrix where a matrix is needed, else the number."""
    draft = Draft(Unknown(), Unknown(), lambda: _zero(draft), scalar=True)
    return draft


def _zero(draft: Draft) -> Formula:
    rows, cols = resolved(draft.rows), resolved(draft.cols)
    unknown = isinstance(rows, Unknown), isinstance(cols, Unknown)
    if all(unknown) and draft.may_be_number or (rows, cols) == (1, 1):
        return Number(Fraction(0))
    if any(unknown):
        raise _unclear("0", "0(rows, columns) with its sizes")
    return building.zeros(rows, cols)


def bare_eye() -> Draft:
    """``I``."""
    size = Unknown()

    def make() -> Formula:
        found = resolved(size)
        if isinstance(found, Unknown):
            raise _unclear("I", "I(n) with its size")
        return building.identity(found)

    return Draft(size, size, make)


def bare_ones() -> Draft:
    """``ones``: a column."""
    size = Unknown()

    def make() -> Formula:
        found = resolved(size)
        if isinstance(found, Unknown):
            raise _unclear("ones", "ones(n) with its size")
        return building.ones(found)

    return Draft(size, 1, make)


def summed(terms: Sequence[Draft], minus: Sequence[bool]) -> Draft:
    """A sum; ``minus`` says which terms are taken away."""
    alike(terms)

    def make() -> Formula:
        signed = zip(terms, minus, strict=True)
        return building.add(*(building.negative(t.formula) if less else t.formula for t, less in signed))

    return Draft(terms[0].rows, terms[0].cols, make, scalar=all(term.scalar for term in terms))


def hadamard(factors: Sequence[Draft]) -> Draft:
    """An entrywise product."""
    alike(factors)
    return Draft(factors[0].rows, factors[0].cols, lambda: building.hadamard(*(f.formula for f in factors)))


def mapped(argument: Draft, function: Callable[[Formula], Formula]) -> Draft:
    """A function that keeps the shape."""
    return Draft(argument.rows, argument.cols, lambda: function(argument.formula), scalar=argument.scalar)


def product(factors: Sequence[Draft], signs: Sequence[str]) -> Draft:
    """A product; ``signs`` says for every factor how it is joined: ``beside``, ``times`` or ``over``."""
    for factor in factors:
        if factor.scalar:
            equate(factor.rows, 1)
            equate(factor.cols, 1)
    shape = factors[0]
    for sign, factor in zip(signs[1:], factors[1:], strict=True):
        if sign == "over" or factor.is_number:
            continue
        if shape.is_number:
            shape = factor
        elif sign == "beside":
            equate(shape.cols, factor.rows)
            shape = Draft(shape.rows, factor.cols, shape.make)
    scalar = all(factor.scalar for factor in factors)
    return Draft(shape.rows, shape.cols, lambda: _product(factors, signs), scalar=scalar)


def _product(factors: Sequence[Draft], signs: Sequence[str]) -> Formula:
    run: list[Formula] = []
    for sign, factor in zip(signs, factors, strict=True):
        if sign == "beside":
            run.append(factor.formula)
        else:
            join = building.times if sign == "times" else building.divide
            run = [join(building.product(*run), factor.formula)]
    return building.product(*run)


def transposed(argument: Draft) -> Draft:
    """A transpose."""
    return Draft(argument.cols, argument.rows, lambda: building.transpose(argument.formula))


def inverse(argument: Draft) -> Draft:
    """An inverse."""
    argument.may_be_number = False
    equate(argument.rows, argument.cols)
    return mapped(argument, building.inverse)


def softmax(argument: Draft, causal: bool, mask: Name | None) -> Draft:
    """A row softmax."""
    argument.may_be_number = False
    if mask is not None:
        alike([known(mask), argument])
    if causal:
        equate(argument.rows, argument.cols)
    return mapped(argument, lambda scores: building.softmax(scores, causal, mask))


def layernorm(argument: Draft) -> Draft:
    """A layer norm of every row."""
    argument.may_be_number = False
    return mapped(argument, building.layernorm)


def diag(argument: Draft) -> Draft:
    """A diagonal matrix."""
    argument.may_be_number = False
    equate(argument.cols, 1)
    return Draft(argument.rows, argument.rows, lambda: building.diag(argument.formula))


def trace(argument: Draft) -> Draft:
    """A trace."""
    argument.may_be_number = False
    equate(argument.rows, argument.cols)
    return Draft(1, 1, lambda: building.trace(argument.formula))


def determinant(argument: Draft) -> Draft:
    """A determinant."""
    argument.may_be_number = False
    equate(argument.rows, argument.cols)
    return Draft(1, 1, lambda: building.determinant(argument.formula))


def blocks(grid: Sequence[Sequence[Draft]]) -> Draft:
    """A block matrix: blocks beside each other share rows, blocks above each other columns."""
    if all(block.scalar for row in grid for block in row):
        alike([known(Number(Fraction(0))), *(block for row in grid for block in row)])
    for row in grid:
        for j, block in enumerate(row):
            equate(row[0].rows, block.rows)
            if j < len(grid[0]):
                equate(grid[0][j].cols, block.cols)
    return Draft(
        _total([row[0].rows for row in grid]),
        _total([block.cols for block in grid[0]]),
        lambda: Blocks(tuple(tuple(block.formula for block in row) for row in grid)),
    )


def _total(sizes: Sequence[Any]) -> Any:
    found = [resolved(size) for size in sizes]
    if len(found) == 1 or not any(isinstance(size, Unknown) for size in found):
        return sum(found[1:], found[0])
    return Unknown()
