"""Floats: which numbers are let in, and functions of one real variable over float arrays of any array library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy

from symsim.domains import norm_scale
from symsim.errors import BadInput


def finite(value: Any, where: str = "here") -> float:
    """The float of any real number; ``BadInput`` for symbols, NaN, infinite values and whatever is no number.

    >>> from fractions import Fraction
    >>> finite(Fraction(1, 4))
    0.25
    """
    symbols = sorted(map(str, getattr(value, "free_symbols", ())))
    if symbols:
        first = symbols[0]
        raise BadInput(f"{value} {where} holds symbols: declare a value, as in Arrays(constants={{'{first}': 0.5}})")
    try:
        number = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(f"{value!r} {where} is no finite real number")
    return number


def real_array(xp: Any, value: Any, dtype: Any, device: Any = None) -> Any:
    """An array of reals of any library as one of ``xp``; ``BadInput`` for complex, NaN and infinite entries."""
    array = xp.asarray(value, device=device)
    if not xp.isdtype(array.dtype, ("bool", "integral", "real floating")):
        raise BadInput(f"a matrix has entries of type {array.dtype}: real numbers are asked")
    array = xp.astype(array, dtype)
    if not bool(xp.all(xp.isfinite(array))):
        raise BadInput("a matrix has an entry that is NaN or infinite: give finite numbers")
    return array


def place_name(index: Sequence[int]) -> str:
    """Where an entry stands, counted from 1 as on pages.

    >>> place_name((0, 1))
    'row 1, column 2'
    """
    if len(index) < 2:
        return f"entry {(*index, 0)[0] + 1}"
    *batch, row, col = index
    return f"row {row + 1}, column {col + 1}" + (f" of matrix {tuple(batch)}" if batch else "")


def quiet() -> Any:
    """Numpy without its warnings: what overflows or divides by 0 is infinite or nan, and floats only report."""
    return numpy.errstate(all="ignore")


def floating(xp: Any) -> dict[str, Callable[[Any], Any]]:
    """The functions by name, each from arrays to arrays of the namespace ``xp``.

    >>> floating(numpy)["step"](numpy.asarray([-1.0, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return {
        "exp": xp.exp,
        "log": xp.log,
        "reciprocal": lambda a: 1.0 / a,
        "relu": lambda a: xp.where(a > 0, a, xp.zeros_like(a)),
        "step": lambda a: xp.astype(a >= 0, a.dtype),
        "silu": lambda a: a / (1.0 + xp.exp(-a)),
        "abs": xp.abs,
        "normscale": partial(norm_scale.of_array, xp),
    }
