"""The functions that build formulas: they bring scalars to the front, keep products flat and take Python numbers.

A formula of shape 1 x 1 multiplies as a matrix where the shapes fit, and as a scalar where they do not, so that
``u.T @ v @ w`` is the number ``u.T @ v`` times ``w``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symsim.domains.layout import Size
from symsim.errors import BadInput
from symsim.formulas.functions import Apply, Blocks, Determinant, Diag, Inverse, LayerNorm, Softmax, Trace, Transposed
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
    mismatch,
)


def matrix(name: str, rows: Size, cols: Size) -> Name:
    """The matrix variable ``name``; sizes are integers, names, or polynomials in sizes.

    >>> matrix("X", "n", "d")
    <X: n x d>
    """
    return Name(name, rows, cols)


def scalar(name: str) -> Scalar:
    """The scalar symbol ``name``.

    >>> scalar("tau") * matrix("X", "n", "d")
    <tau * X: n x d>
    """
    return Scalar(name)


def number(value: Any) -> Number:
    """An exact rational as a 1 x 1 formula.

    >>> number(Fraction(1, 2))
    <1/2: 1 x 1>
    """
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise BadInput(f"{value!r} is no exact rational: {_exact_hint(value)}")
    return Number(Fraction(value))


def formula(value: Any) -> Formula:
    """A formula from itself, an ``int``, a ``Fraction``, or a sympy polynomial in sizes and scalars.

    Raises ``BadInput`` for floats and anything else.

    >>> from symsim.formulas.sizes import size_symbol
    >>> formula(size_symbol("n") + 1)
    <1 + n: 1 x 1>
    """
    if isinstance(value, Formula):
        return value
    if hasattr(value, "free_symbols") and hasattr(value, "is_Rational"):
        return _from_sympy(value)
    return number(value)


def _exact_hint(value: Any) -> str:
    if isinstance(value, float):
        return "write Fraction(x) for the exact value of a float, or Fraction('0.1') for a decimal"
    return "a formula is built from formulas, int, Fraction and sympy polynomials in sizes"


def _from_sympy(value: Any) -> Formula:
    if value.is_Rational:
        return Number(Fraction(int(value.p), int(value.q)))
    if value.is_Symbol:
        name = str(value.name)
        return Scalar(name, is_size=value.is_integer is True and value.is_positive is True)
    if value.is_Add:
        return add(*(_from_sympy(term) for term in value.as_ordered_terms()[::-1]))
    if value.is_Mul:
        return product(*(_from_sympy(factor) for factor in value.as_ordered_factors()))
    if value.is_Pow and value.exp.is_Integer and abs(int(value.exp)) <= 32:
        power = product(*[_from_sympy(value.base)] * abs(int(value.exp)))
        return power if value.exp > 0 else reciprocal(power)
    raise BadInput(f"{value} is no scalar of a formula: {_exact_hint(value)}")


def identity(size: Size) -> Identity:
    """The identity matrix ``I(size)``."""
    return Identity(size)


def zeros(rows: Size, cols: Size) -> Zero:
    """The zero matrix ``0(rows, cols)``."""
    return Zero(rows, cols)


def ones(rows: Size, cols: Size = 1) -> Ones:
    """The column, or matrix, of ones.

    >>> ones("n"), ones("n", "m")
    (<ones(n): n x 1>, <ones(n, m): n x m>)
    """
    return Ones(rows, cols)


def add(*terms: Formula) -> Formula:
    """The sum of matrices of one shape."""
    return terms[0] if len(terms) == 1 else Sum(terms)


def negative(term: Formula) -> Formula:
    """Minus the formula."""
    return scale(Number(Fraction(-1)), term)


def scale(coefficient: Formula, body: Formula) -> Formula:
    """A 1 x 1 formula times any formula: numbers are multiplied out and stand in front, nested scalings merge.

    >>> X = matrix("X", "n", "d")
    >>> scale(number(2), scale(scalar("tau"), 3 * X))
    <6 * tau * X: n x d>
    """
    if isinstance(body, Number) and not isinstance(coefficient, Number) and coefficient.shape == (1, 1):
        coefficient, body = body, coefficient
    if isinstance(coefficient, Number):
        if isinstance(body, Number):
            return Number(coefficient.value * body.value)
        if coefficient.value == 1:
            return body
    if isinstance(body, Scaled) and coefficient.shape == (1, 1):
        return scale(scale(coefficient, body.coefficient), body.matrix)
    return Scaled(coefficient, body)


def times(left: Formula, right: Formula) -> Formula:
    """``left * right``: one of the two has shape 1 x 1."""
    if left.shape == (1, 1):
        return scale(left, right)
    if right.shape == (1, 1):
        return scale(right, left)
    raise BadInput(
        f"{described(left)} * {described(right)}: * multiplies by a scalar; write the matrix product "
        "with @ in Python and a blank in text, the entrywise one with hadamard(A, B) or .*"
    )


def reciprocal(of: Formula) -> Formula:
    """One over a 1 x 1 formula, or over every entry of a matrix."""
    if isinstance(of, Number):
        if of.value == 0:
            raise BadInput("division by zero")
        return Number(1 / of.value)
    if isinstance(of, Scaled) and of.shape == (1, 1):
        return scale(reciprocal(of.coefficient), reciprocal(of.matrix))
    return Apply("reciprocal", of)


def divide(left: Formula, right: Formula) -> Formula:
    """``left / right`` by a 1 x 1 formula."""
    if right.shape != (1, 1):
        raise BadInput(f"{described(left)} / {described(right)}: only a scalar divides; use inv at fixed sizes")
    below = reciprocal(right)
    return scale(left, below) if left.shape == (1, 1) else scale(below, left)


def product(*factors: Formula) -> Formula:
    """The matrix product, left to right, with scalars brought to the front.

    >>> u, v, w = matrix("u", "n", 1), matrix("v", "n", 1), matrix("w", "m", 1)
    >>> product(u.T, v, w)
    <(u^T v) * w: m x 1>
    """
    scalars: list[Formula] = []
    run: list[Formula] = []
    for factor in factors:
        if isinstance(factor, Scaled) and not factor.scalar:
            scalars.append(factor.coefficient)
            factor = factor.matrix
        if factor.scalar:
            scalars.append(factor)
            continue
        pieces = factor.terms if isinstance(factor, Product) else (factor,)
        if not run or run[-1].shape[1] == factor.shape[0]:
            run.extend(pieces)
        elif factor.shape == (1, 1):
            scalars.append(factor)
        elif (run[0].shape[0], run[-1].shape[1]) == (1, 1):
            scalars.append(_joined(run))
            run = list(pieces)
        else:
            raise BadInput(mismatch(_joined(run), factor))
    if run:
        scalars.append(_joined(run))
    result = scalars[0]
    for body in scalars[1:]:
        result = scale(result, body)
    return result


def _joined(run: Sequence[Formula]) -> Formula:
    return run[0] if len(run) == 1 else Product(tuple(run))


def hadamard(*factors: Formula) -> Formula:
    """The entrywise product of matrices of one shape."""
    return factors[0] if len(factors) == 1 else Hadamard(factors)


def transpose(of: Formula) -> Formula:
    """The transpose; twice is nothing, and a scalar is its own.

    >>> X = matrix("X", "n", "d")
    >>> X.T, X.T.T
    (<X^T: d x n>, <X: n x d>)
    """
    if of.scalar:
        return of
    return of.argument if isinstance(of, Transposed) else Transposed(of)


def inverse(of: Formula) -> Formula:
    """The inverse of a square matrix; of a 1 x 1 formula the reciprocal."""
    return reciprocal(of) if of.shape == (1, 1) else Inverse(of)


def apply(function: str, argument: Formula) -> Formula:
    """A function at every entry; a name that the language does not know stands for any function."""
    return reciprocal(argument) if function == "reciprocal" else Apply(function, argument)


def exp(argument: Formula) -> Formula:
    """The exponential of every entry."""
    return Apply("exp", argument)


def relu(argument: Formula) -> Formula:
    """The positive part of every entry."""
    return Apply("relu", argument)


def layernorm(argument: Formula) -> LayerNorm:
    """The layer norm of every row, without gain and shift: see :mod:`symsim.formulas.norms`.

    >>> layernorm(matrix("X", "n", "d"))
    <layernorm(X): n x d>
    """
    return LayerNorm(argument)


def softmax(scores: Formula, causal: bool = False, mask: Formula | None = None) -> Softmax:
    """Softmax of every row.

    ``causal``: row i sees columns j <= i. ``mask``: a variable with entries 0 and 1. Rows that see nothing are 0.

    >>> X, A = matrix("X", "n", "d"), matrix("A", "d", "d")
    >>> softmax(X @ A @ X.T) @ X
    <softmax(X A X^T) X: n x d>
    """
    if mask is not None and not isinstance(mask, Name):
        raise BadInput(f"the mask of softmax is a matrix variable, got {mask}")
    return Softmax(scores, causal, mask)


def diag(column: Formula) -> Diag:
    """The diagonal matrix of a column."""
    return Diag(column)


def trace(of: Formula) -> Trace:
    """The trace of a square matrix, of shape 1 x 1."""
    return Trace(of)


def determinant(of: Formula) -> Formula:
    """The determinant of a square matrix, of shape 1 x 1; of a 1 x 1 formula that formula.

    >>> A = matrix("A", "n", "n")
    >>> determinant(A.T @ A)
    <det(A^T A): 1 x 1>
    """
    return of if of.shape == (1, 1) else Determinant(of)


def blocks(grid: Sequence[Sequence[Any]]) -> Formula:
    """The block matrix of a grid of formulas; a bare 0 takes its shape from its row and column.

    >>> X = matrix("X", "n", "d")
    >>> blocks([[X, 0], [0, X]])
    <[X, 0(n, d); 0(n, d), X]: 2*n x 2*d>
    """
    if not isinstance(grid, Sequence) or not all(isinstance(row, Sequence) for row in grid):
        raise BadInput("blocks takes a list of rows, each a list of formulas")
    rows = [_only(block.shape[0] for block in row if isinstance(block, Formula)) for row in grid]
    width = max((len(row) for row in grid), default=0)
    columns = [[row[j] for row in grid if j < len(row)] for j in range(width)]
    cols = [_only(block.shape[1] for block in column if isinstance(block, Formula)) for column in columns]

    def entry(i: int, j: int, value: Any) -> Formula:
        if isinstance(value, int) and value == 0 and rows[i] is not None and cols[j] is not None:
            return Number(Fraction(0)) if (rows[i], cols[j]) == (1, 1) else Zero(rows[i], cols[j])
        return formula(value)

    return Blocks(tuple(tuple(entry(i, j, value) for j, value in enumerate(row)) for i, row in enumerate(grid)))


def _only(found: Any) -> Size | None:
    return next(iter(found), None)
