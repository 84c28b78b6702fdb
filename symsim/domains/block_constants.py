"""Weights for the ``blocks`` domain: explicit sympy matrices, and expressions in symbols, I, zeros and ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, Any

import sympy

from symsim.domains.block_matrix import BlockMatrix, single
from symsim.domains.explicit import explicit
from symsim.domains.layout import Layout
from symsim.domains.words import Sum
from symsim.errors import BadInput

if TYPE_CHECKING:
    from symsim.domains.blocks import Blocks

Reader = Callable[["Blocks", Any], BlockMatrix]


def from_sympy(domain: Blocks, value: Any) -> BlockMatrix:
    """The block matrix of a sympy matrix; parts of a sympy ``BlockMatrix`` are named ``0``, ``1``, ...

    Raises ``BadInput`` for an expression of another kind (an inverse, an element-wise function).

    >>> from symsim.domains.blocks import Blocks
    >>> n, d = sympy.symbols("n d")
    >>> weight = sympy.BlockMatrix([[sympy.Identity(d)], [sympy.ZeroMatrix(n, d)]])
    >>> from_sympy(Blocks(), weight).row_parts
    (('0', d), ('1', n))
    """
    if isinstance(value, sympy.MatrixBase):
        return _explicit(domain, value)
    for kind, reader in _READERS:
        if isinstance(value, kind):
            return reader(domain, value)
    raise BadInput(
        f"'{value}' is a {type(value).__name__}: a weight of symbolic size is made of MatrixSymbol, Identity, "
        "ZeroMatrix, OneMatrix, sums, products, transposes and BlockMatrix"
    )


def _explicit(domain: Blocks, value: Any) -> BlockMatrix:
    entries = value.todok()
    rows, cols = value.shape
    if all(isinstance(x, sympy.Rational) for x in entries.values()):
        table = [[Fraction(0)] * cols for _ in range(rows)]
        for (i, j), x in entries.items():
            table[i][j] = Fraction(int(x.p), int(x.q))
        return single(Sum.collect(rows, cols, explicit(table)))
    symbol = next((x for x in entries.values() if not isinstance(x, sympy.Rational)), None)
    factor = domain.scalar(symbol)
    rest = {at: domain.scalar(x) / factor for at, x in entries.items()}
    if any(not isinstance(x, int | Fraction) for x in rest.values()):
        raise BadInput(
            f"the explicit {rows} x {cols} weight is not a rational matrix times one scalar such as '{symbol}'"
        )
    table = [[Fraction(rest.get((i, j), 0)) for j in range(cols)] for i in range(rows)]
    return single(Sum.collect(rows, cols, explicit(table)).scaled(factor))


def _symbol(domain: Blocks, value: Any) -> BlockMatrix:
    return domain.variable(str(value.name), *value.shape)


def _added(domain: Blocks, value: Any) -> BlockMatrix:
    return reduce(domain.add, [from_sympy(domain, part) for part in value.args])


def _multiplied(domain: Blocks, value: Any) -> BlockMatrix:
    factor, matrices = value.as_coeff_matrices()
    return domain.scale(domain.scalar(factor), reduce(domain.product, [from_sympy(domain, part) for part in matrices]))


def _power(domain: Blocks, value: Any) -> BlockMatrix:
    base, exponent = value.args
    if not (isinstance(exponent, sympy.Integer) and exponent > 0):
        raise BadInput(f"'{value}': only whole powers above 0 are possible at symbolic sizes")
    return reduce(domain.product, [from_sympy(domain, base)] * int(exponent))


def _entry_product(domain: Blocks, value: Any) -> BlockMatrix:
    return reduce(domain.hadamard, [from_sympy(domain, part) for part in value.args])


def _blocks(domain: Blocks, value: Any) -> BlockMatrix:
    table = value.blocks
    rows = Layout(tuple((str(i), table[i, 0].shape[0]) for i in range(table.shape[0])))
    cols = Layout(tuple((str(j), table[0, j].shape[1]) for j in range(table.shape[1])))
    cells = {
        (str(i), str(j)): from_sympy(domain, table[i, j])
        for i in range(table.shape[0])
        for j in range(table.shape[1])
        if not isinstance(table[i, j], sympy.ZeroMatrix)
    }
    return domain.assemble(cells, rows, cols)


_READERS: list[tuple[Any, Reader]] = [
    (sympy.MatrixSymbol, _symbol),
    (sympy.ZeroMatrix, lambda domain, value: domain.zeros(*value.shape)),
    (sympy.Identity, lambda domain, value: domain.identity(value.shape[0])),
    (sympy.OneMatrix, lambda domain, value: domain.ones(*value.shape)),
    (sympy.Transpose, lambda domain, value: domain.transpose(from_sympy(domain, value.arg))),
    (sympy.MatAdd, _added),
    (sympy.MatMul, _multiplied),
    (sympy.MatPow, _power),
    (sympy.HadamardProduct, _entry_product),
    (sympy.BlockMatrix, _blocks),
]
