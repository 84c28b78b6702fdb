"""Sizes of matrices: positive integers, or polynomials in size symbols such as ``n`` and ``d``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

import sympy

from symsim.domains.layout import Size
from symsim.errors import BadInput

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
FUNCTIONS = ("exp", "log", "relu", "step", "silu", "abs", "square", "reciprocal", "normscale")
"""The entrywise functions that the language knows; other names are opaque and have to be declared."""
OPERATIONS = ("softmax", "layernorm", "diag", "tr", "det", "inv", "ones")
RESERVED = {"T": "X^T is the transpose", "I": "I(n) is the identity"}


def check_name(name: object, what: str) -> str:
    """Return ``name`` where it can be a name in a formula, and raise ``BadInput`` that says why it cannot otherwise.

    >>> check_name("W_Q1", "matrix")
    'W_Q1'
    """
    if not isinstance(name, str) or not NAME.match(name):
        raise BadInput(f"{name!r} cannot name a {what}: a name is a letter, then letters, digits and _")
    if name in RESERVED:
        raise BadInput(f"'{name}' cannot name a {what}: it is reserved ({RESERVED[name]})")
    if name in FUNCTIONS or name in OPERATIONS:
        raise BadInput(f"'{name}' cannot name a {what}: it is a function of the language")
    return name


@cache
def size_symbol(name: str) -> Any:
    """The sympy symbol of the size ``name``: equal names are equal symbols.

    >>> size_symbol("n") == size_symbol("n"), size_symbol("n").is_positive
    (True, True)
    """
    return sympy.Symbol(check_name(name, "size"), positive=True, integer=True)


def sizes(names: str) -> Any:
    """The size symbols of the blank-separated ``names``: a tuple, or the symbol itself where there is one name.

    >>> sizes("n d v")
    (n, d, v)
    >>> sizes("n")
    n
    """
    symbols = tuple(size_symbol(name) for name in names.replace(",", " ").split())
    if not symbols:
        raise BadInput('sizes("n d v") needs at least one name')
    return symbols[0] if len(symbols) == 1 else symbols


def as_size(value: Any) -> Size:
    """A size in canonical form, from an ``int``, the name of a size, or a sympy polynomial in sizes.

    A size is at least 1 whatever its symbols are: a polynomial with positive integer coefficients. ``BadInput``
    otherwise, as for ``n - 1``, which is 0 at n = 1.

    >>> as_size(3), as_size("n"), as_size(2 * size_symbol("n") + 1)
    (3, n, 2*n + 1)
    """
    if isinstance(value, str):
        return as_size(int(value)) if value.isdecimal() and len(value) < 19 else size_symbol(value)
    if isinstance(value, sympy.Expr):
        return _polynomial(value)
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise BadInput(f"{value!r} is not a size: give a positive integer, a name, or a polynomial in sizes")
    number = int(value.__index__())
    if number < 1:
        raise BadInput(f"{number} is not a size: a matrix has at least one row and one column")
    return number


@lru_cache(maxsize=4096)
def _polynomial(value: Any) -> Size:
    if value.is_Integer:
        return as_size(int(value))
    symbols = sorted(value.free_symbols, key=lambda symbol: str(symbol.name))
    expanded = sympy.expand(value.xreplace({symbol: size_symbol(symbol.name) for symbol in symbols}))
    ours = [size_symbol(symbol.name) for symbol in symbols]
    if not ours or not expanded.is_polynomial(*ours):
        raise BadInput(f"{value} is not a size: give a positive integer, a name, or a polynomial in sizes")
    coefficients = sympy.Poly(expanded, *ours).coeffs()
    if not all(c.is_Integer and c > 0 for c in coefficients):
        raise BadInput(f"{value} is not a size: to be at least 1 always, its coefficients have to be 1, 2, ...")
    return expanded


def size_text(size: Size) -> str:
    """The size as text of the language: sums of products.

    >>> size_text(as_size(2 * size_symbol("n") ** 2 + 1))
    '2*n*n + 1'
    """
    if isinstance(size, int):
        return str(size)
    polynomial = sympy.Poly(size, *sorted(size.free_symbols, key=str))
    summands = []
    for powers, coefficient in polynomial.terms():
        factors = [str(g) for g, power in zip(polynomial.gens, powers, strict=True) for _ in range(power)]
        if coefficient != 1 or not factors:
            factors.insert(0, str(coefficient))
        summands.append("*".join(factors))
    return " + ".join(summands)


def shape_text(shape: tuple[Size, Size]) -> str:
    """The shape in words, such as ``n x d``; a sum keeps its parentheses.

    >>> shape_text((as_size("n"), as_size(size_symbol("d") + 1)))
    'n x (d + 1)'
    """
    texts = [size_text(size) for size in shape]
    return " x ".join(f"({text})" if "+" in text else text for text in texts)


def size_names(size: Size) -> tuple[str, ...]:
    """The names of the symbols in a size, sorted."""
    return () if isinstance(size, int) else tuple(sorted(str(symbol.name) for symbol in size.free_symbols))


def substituted(size: Size, values: Mapping[str, Size]) -> Size:
    """The size with its symbols replaced by name, all at once.

    >>> substituted(as_size(size_symbol("n") + 1), {"n": 3})
    4
    """
    if isinstance(size, int):
        return size
    chosen = {size_symbol(name): as_size(values[name]) for name in size_names(size) if name in values}
    return as_size(size.xreplace(chosen)) if chosen else size
