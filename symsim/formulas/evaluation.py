"""The value of a formula over any number system, whole or some rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from symsim.domains.layout import Layout, Sight
from symsim.domains.protocol import Domain
from symsim.errors import BadInput, Undefined, nearest
from symsim.formulas.association import cheapest
from symsim.formulas.building import product
from symsim.formulas.functions import Apply, Blocks, Determinant, Diag, Inverse, LayerNorm, Softmax, Trace, Transposed
from symsim.formulas.norms import written_out
from symsim.formulas.sizes import as_size, shape_text
from symsim.formulas.substitution import free_sizes
from symsim.formulas.syntax import (
    Formula,
    Hadamard,
    Identity,
    Name,
    Number,
    Ones,
    Product,
    Scalar,
    Scaled,
    Sum,
    Zero,
    described,
)

Rows = tuple[int, ...]


def evaluate(
    formula: Formula,
    domain: Domain[Any],
    inputs: Mapping[str, Any],
    scalars: Mapping[str, Any] | None = None,
    rows: Sequence[int] | None = None,
) -> Any:
    """The matrix of ``domain`` that a formula stands for.

    Parameters
    ----------
    formula
        The formula; its sizes have to be integers where the domain is flat.
    inputs
        A matrix of the domain for every name, masks included.
    scalars
        Values of declared scalars; one without a value stays a symbol.
    rows
        The rows wanted (flat domains); only what they need is computed.

    Raises
    ------
    BadInput
        For a missing input, a wrong shape, a free size in a flat domain, or an inverse where there is none.
    Undefined
        For a value that does not exist, such as one over 0.
    """
    return Evaluation(domain, inputs, scalars).value(formula, rows)


class Evaluation:
    """Evaluates formulas on fixed inputs and remembers every whole matrix that it has computed.

    Rows are computed from the left: a row of ``softmax(S) X V`` is the row of ``softmax(S)`` times the matrix ``X V``,
    which is computed once for all rows.
    """

    def __init__(
        self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any] | None = None
    ) -> None:
        self.domain = domain
        self.inputs = dict(inputs)
        self.scalars = dict(scalars or {})
        self._whole: dict[Formula, Any] = {}
        self._some: dict[tuple[Formula, Rows], Any] = {}
        self._factors: dict[Formula, Any] = {}
        self._checked: set[Formula] = set()
        self._by_type: dict[type[Formula], Callable[[Any, Rows | None], Any]] = {
            Name: self._name,
            Number: self._number,
            Scalar: self._number,
            Identity: self._identity,
            Zero: lambda f, rows: self.domain.zeros(_height(f, rows), f.cols),
            Ones: lambda f, rows: self.domain.ones(_height(f, rows), f.cols),
            Sum: self._sum,
            Hadamard: self._hadamard,
            Product: self._product,
            Scaled: self._scaled,
            Apply: self._apply,
            Softmax: self._softmax,
            LayerNorm: self._layernorm,
            Transposed: lambda f, rows: self._cut(f, rows, lambda: self.domain.transpose(self._value(f.argument))),
            Diag: lambda f, rows: self._cut(f, rows, lambda: self.domain.diag(self._value(f.argument))),
            Trace: lambda f, rows: self._cut(f, rows, lambda: self.domain.trace(self._value(f.argument))),
            Inverse: lambda f, rows: self._cut(f, rows, lambda: self._inverse(f)),
            Determinant: lambda f, rows: self._cut(f, rows, lambda: self._determinant(f)),
            Blocks: self._blocks,
        }

    def value(self, formula: Formula, rows: Sequence[int] | None = None) -> Any:
        """The whole value, or its rows with these numbers in this order."""
        if formula not in self._checked:
            self._check(formula)
        self._some.clear()
        if rows is None:
            return self._value(formula)
        if not self.domain.flat:
            raise BadInput(f"{self.domain.name} has no numbered rows: ask for the whole value")
        chosen = tuple(int(row) for row in rows)
        if not all(0 <= row < formula.shape[0] for row in chosen):
            raise BadInput(f"rows {list(rows)} of {described(formula)}: rows are numbered from 0")
        try:
            return self._value(formula, chosen)
        finally:
            self._some.clear()

    def _check(self, formula: Formula) -> None:
        if self.domain.flat and (free := free_sizes(formula)):
            raise BadInput(f"{self.domain.name} needs fixed sizes, and {', '.join(free)} of {formula} is free")
        self._checked.add(formula)

    def _value(self, formula: Formula, rows: Rows | None = None) -> Any:
        if rows is None:
            if formula not in self._whole:
                self._whole[formula] = self._by_type[type(formula)](formula, None)
            return self._whole[formula]
        if formula in self._whole:
            return self.domain.take(self._whole[formula], rows)
        key = formula, rows
        if key not in self._some:
            self._some[key] = self._by_type[type(formula)](formula, rows)
        return self._some[key]

    def _cut(self, formula: Formula, rows: Rows | None, whole: Callable[[], Any]) -> Any:
        """Rows of what can be computed as a whole only."""
        if rows is None:
            return whole()
        return self.domain.take(self._value(formula), rows)

    # -- leaves ---------------------------------------------------------------------------------------------------
    def _name(self, formula: Name, rows: Rows | None) -> Any:
        if rows is not None:
            return self.domain.take(self._value(formula), rows)
        if formula.name not in self.inputs:
            raise BadInput(f"no input for '{formula.name}': {nearest(formula.name, self.inputs)}")
        value = self.inputs[formula.name]
        rows_found, cols_found = self.domain.shape(value)
        shape = as_size(rows_found), as_size(cols_found)
        if shape != formula.shape:
            found, wanted = shape_text(shape), shape_text(formula.shape)
            raise BadInput(f"the input '{formula.name}' is {found}, and the formula needs {wanted}")
        return value

    def _number(self, formula: Formula, rows: Rows | None) -> Any:
        return self.domain.scale(self._factor(formula), self.domain.ones(_height(formula, rows), 1))

    def _identity(self, formula: Identity, rows: Rows | None) -> Any:
        return self._cut(formula, rows, lambda: self.domain.identity(formula.size))

    # -- arithmetic -----------------------------------------------------------------------------------------------
    def _sum(self, formula: Sum, rows: Rows | None) -> Any:
        total = self._value(formula.terms[0], rows)
        for term in formula.terms[1:]:
            total = self.domain.add(total, self._value(term, rows))
        return total

    def _hadamard(self, formula: Hadamard, rows: Rows | None) -> Any:
        total = self._value(formula.terms[0], rows)
        for term in formula.terms[1:]:
            total = self.domain.hadamard(total, self._value(term, rows))
        return total

    def _product(self, formula: Product, rows: Rows | None) -> Any:
        cut = 1 if rows is not None else cheapest(formula.terms)
        left, right = product(*formula.terms[:cut]), product(*formula.terms[cut:])
        return self.domain.product(self._value(left, rows), self._value(right))

    def _scaled(self, formula: Scaled, rows: Rows | None) -> Any:
        body = self._value(formula.matrix, rows)
        if formula.coefficient.scalar:
            if formula.coefficient not in self._factors:
                self._factors[formula.coefficient] = self._factor(formula.coefficient)
            factor = self._factors[formula.coefficient]
            if factor is not None:
                return self.domain.scale(factor, body)
        return self._scale_by(self._value(formula.coefficient), body)

    def _scale_by(self, factor: Any, body: Any) -> Any:
        """A 1 x 1 matrix of the domain times a matrix; domains without numbered rows take it as a factor."""
        if not self.domain.flat:
            return self.domain.scale(factor, body)
        rows, cols = self.domain.shape(body)
        if cols == 1:
            return self.domain.product(body, factor)
        spread = self.domain.product(self.domain.ones(rows, 1), factor)
        return self.domain.hadamard(self.domain.product(spread, self.domain.ones(1, cols)), body)

    def _factor(self, coefficient: Formula) -> Any:
        """The scalar of the domain that a coefficient stands for, or None where it is no rational function."""
        if isinstance(coefficient, Number):
            return self.domain.scalar(coefficient.value)
        if isinstance(coefficient, Scalar) and coefficient.name in self.scalars:
            return self.domain.scalar(self.scalars[coefficient.name])
        expression = self._expression(coefficient)
        return None if expression is None else self.domain.scalar(expression)

    def _expression(self, formula: Formula) -> Any:
        """A formula in scalars as a sympy expression, or None where a function other than reciprocal occurs."""
        import sympy

        if isinstance(formula, Number):
            return sympy.Rational(formula.value.numerator, formula.value.denominator)
        if isinstance(formula, Scalar):
            given = self.scalars.get(formula.name, formula.symbol)
            return sympy.Rational(given.numerator, given.denominator) if isinstance(given, Fraction) else given
        if isinstance(formula, Apply) and formula.function != "reciprocal":
            return None
        parts = [self._expression(part) for part in formula.parts]
        if any(part is None for part in parts):
            return None
        if isinstance(formula, Apply):
            return self._one_over(parts[0], formula)
        return sum(parts[1:], parts[0]) if isinstance(formula, Sum) else parts[0] * parts[1]

    def _one_over(self, below: Any, formula: Apply) -> Any:
        """One over a scalar; the domain notes that it is not 0 before sympy cancels it."""
        import sympy

        if below == 0:
            raise Undefined(f"{formula}: the scalar is 0")
        result = sympy.Integer(1) / below
        if self.domain.flat:
            self._value(formula)
        else:
            self.domain.scalar(result)
        return result

    # -- functions ------------------------------------------------------------------------------------------------
    def _apply(self, formula: Apply, rows: Rows | None) -> Any:
        argument = self._value(formula.argument, rows)
        if formula.function == "square":
            return self.domain.hadamard(argument, argument)
        return self.domain.entrywise(formula.function, argument)

    def _softmax(self, formula: Softmax, rows: Rows | None) -> Any:
        scores = self._value(formula.argument, rows)
        mask = None if formula.mask is None else self._value(formula.mask, rows)
        sight = Sight.plain(*formula.shape, causal=formula.causal)
        if rows is not None:
            sight = sight.take(rows)
        return self.domain.softmax(scores, replace(sight, mask=mask))

    def _layernorm(self, formula: LayerNorm, rows: Rows | None) -> Any:
        """As an atom where the number system has one for whole rows, else written out."""
        atom = getattr(self.domain, "row_function", None)
        found = None if atom is None else atom("layernorm", self._value(formula.argument))
        return self._value(written_out(formula), rows) if found is None else found

    def _inverse(self, formula: Inverse) -> Any:
        return self._own("inverse", "an inverse", formula)(self._value(formula.argument), str(formula.argument))

    def _determinant(self, formula: Determinant) -> Any:
        return self._own("determinant", "a determinant", formula)(self._value(formula.argument))

    def _own(self, function: str, what: str, formula: Formula) -> Any:
        """A function that number systems with fixed sizes have."""
        own = getattr(self.domain, function, None)
        if own is None or not self.domain.flat:
            raise BadInput(f"{formula}: {what} needs fixed sizes (--size n=3), and {self.domain.name} has none")
        return own

    def _blocks(self, formula: Blocks, rows: Rows | None) -> Any:
        heights = [row[0].shape[0] for row in formula.grid]
        cols = Layout(tuple((str(j), block.shape[1]) for j, block in enumerate(formula.grid[0])))
        wanted: list[tuple[int, Rows | None]] = [(i, None) for i in range(len(heights))]
        if rows is not None:
            owners = [(i, local) for i, height in enumerate(heights) for local in range(height)]
            runs = groupby((owners[row] for row in rows), key=lambda pair: pair[0])
            wanted = [(i, tuple(local for _, local in run)) for i, run in runs]
        parts = [(str(k), heights[i] if some is None else len(some)) for k, (i, some) in enumerate(wanted)]
        grid = {
            (str(k), str(j)): self._value(block, some)
            for k, (i, some) in enumerate(wanted)
            for j, block in enumerate(formula.grid[i])
            if not isinstance(block, Zero)
        }
        return self.domain.assemble(grid, Layout(tuple(parts)), cols)


def _height(formula: Formula, rows: Rows | None) -> Any:
    return formula.shape[0] if rows is None else len(rows)
