"""Machine numbers for values of the exact field at many points at once. They only suggest where two values differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from symsim.domains.field import Element, Value
from symsim.domains.group_ring import Num
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import Poly, fraction
from symsim.errors import BadInput


def symbols_of(field: NestedField, value: Value) -> tuple[str, ...]:
    """The names of the symbols in a value, sorted.

    >>> F = NestedField()
    >>> symbols_of(F, F.exp(F.multiply(F.symbol("x"), F.symbol("y"))))
    ('x', 'y')
    """
    found: set[str] = set()
    _collect(field, value, found, set())
    return tuple(sorted(found))


def _collect(field: NestedField, value: Value, found: set[str], seen: set[int]) -> None:
    if type(value) is not Element:
        return
    for num in (value.num, *(d.num for d, _ in value.den)):
        for poly in (part for item in num.items() for part in item):
            for name in {field.names[prime] for mono in poly.terms for prime in field.factors(mono)}:
                if isinstance(name, str):
                    found.add(name)
                elif name[0] == "atom" and name[1] not in seen:
                    seen.add(name[1])
                    _collect(field, field.atoms[name[1]].value, found, seen)
                elif name[0] not in ("atom", "log"):
                    raise BadInput(f"{name[0]} has no machine number")


class Floats:
    """Values at points: ``points`` gives every symbol an array, one entry a point.

    >>> F = NestedField()
    >>> Floats(F, {"x": np.array([0.0, 1.0])}).value(F.add(F.symbol("x"), 2)).tolist()
    [2.0, 3.0]
    """

    def __init__(self, field: NestedField, points: dict[str, Any]) -> None:
        self.field = field
        self.points = points

    def value(self, value: Value) -> Any:
        """The numbers of one value; not finite where a denominator is 0."""
        if type(value) is not Element:
            return float(fraction(value))
        out = self._num(value.num)
        with np.errstate(all="ignore"):
            for d, power in value.den:
                out = out / self._num(d.num) ** power
        return out

    def _num(self, num: Num) -> Any:
        with np.errstate(all="ignore"):
            return sum((self._poly(p) * np.exp(self._poly(e)) for e, p in num.items()), np.float64(0))

    def _poly(self, poly: Poly) -> Any:
        total: Any = np.float64(0)
        for mono, coefficient in poly.terms.items():
            term: Any = float(fraction(coefficient))
            for prime in self.field.factors(mono):
                term = term * self._variable(self.field.names[prime])
            total = total + term
        return total

    def _variable(self, name: Any) -> Any:
        if isinstance(name, str):
            return self.points[name]
        if name[0] == "log":
            return np.log(float(name[1]))
        if name[0] == "atom":
            return self.value(self.field.atoms[name[1]].value)
        raise BadInput(f"{name[0]} has no machine number")
