"""Linear inequalities over QQ: a rational point that satisfies all, or multipliers that show that there is none.

Farkas 1902 and Motzkin 1936: ``f_i = 0``, ``f_i >= 0`` and ``f_i > 0`` for affine ``f_i`` have no common real solution
exactly if rational multipliers (at least 0 except at equations) exist with ``sum m_i f_i = -c`` for a number c >= 0,
where c > 0 or some strict inequality has a multiplier above 0. Both answers come from one run of the simplex method
with exact numbers and the rule of Bland 1977, which ends on every input, and both are checked before they are given.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from flint import fmpq

from symsim.domains.polynomials import Number, number
from symsim.errors import SymsimError

Key: TypeAlias = Hashable
"""The name of a variable."""

RELATIONS = ("=", ">=", ">")


@dataclass(frozen=True)
class Constraint:
    """``sum coefficients[x] x + constant`` is ``= 0``, ``>= 0`` or ``> 0``; ``relation`` is ``=``, ``>=`` or ``>``."""

    coefficients: Mapping[Any, Number]
    constant: Number
    relation: str

    def at(self, point: Mapping[Any, Number]) -> Number:
        """The value of the left side; a variable without a value is 0."""
        return number(sum((c * point.get(x, 0) for x, c in self.coefficients.items()), fmpq(self.constant)))

    def holds(self, point: Mapping[Any, Number]) -> bool:
        """Whether it holds at a point."""
        value = self.at(point)
        return bool(value == 0 if self.relation == "=" else value >= 0 if self.relation == ">=" else value > 0)


@dataclass(frozen=True)
class Feasible:
    """A point at which all constraints hold; variables that are not named are 0."""

    point: dict[Any, Number]


@dataclass(frozen=True)
class Infeasible:
    """One multiplier a constraint: the sum of multiplier times left side is a contradiction."""

    multipliers: tuple[Number, ...]


def solve(constraints: Sequence[Constraint]) -> Feasible | Infeasible:
    """A common solution of all constraints, or multipliers that refute one.

    >>> x, low, high = {"x": 1}, Constraint({"x": 1}, -2, ">="), Constraint({"x": -1}, 1, ">")   # x >= 2, x < 1
    >>> solve([low, high]).multipliers
    (1, 1)
    >>> solve([low]).point["x"] >= 2
    True
    """
    names = list(dict.fromkeys(x for c in constraints for x in c.coefficients))
    found = _simplex(constraints, names)
    if isinstance(found, Infeasible):
        if not refutes(constraints, found.multipliers):
            raise SymsimError("the exact simplex method gave multipliers that refute nothing")
    elif not all(c.holds(found.point) for c in constraints):
        raise SymsimError("the exact simplex method gave a point that is no solution")
    return found


def refutes(constraints: Sequence[Constraint], multipliers: Sequence[Number]) -> bool:
    """Whether the multipliers show that the constraints have no common solution: the check on its own.

    >>> refutes([Constraint({"x": 1}, 0, ">"), Constraint({"x": -1}, 0, ">=")], [1, 1])
    True
    >>> refutes([Constraint({"x": 1}, 0, ">="), Constraint({"x": -1}, 0, ">=")], [1, 1])
    False
    """
    total: dict[Any, Any] = {}
    constant: Any = fmpq(0)
    strict = False
    for c, m in zip(constraints, multipliers, strict=True):
        if m < 0 and c.relation != "=":
            return False
        strict = strict or c.relation == ">" and m > 0
        constant += m * c.constant
        for x, coefficient in c.coefficients.items():
            total[x] = total.get(x, 0) + m * coefficient
    if any(total.values()):
        return False
    return bool(constant < 0 or strict and constant == 0)


def _simplex(constraints: Sequence[Constraint], names: list[Any]) -> Feasible | Infeasible:
    """Multipliers with ``sum m f + m_0 = 0``, total 1 over m_0 and the strict ones (phase 1); else the dual point."""
    columns: list[tuple[int, int]] = [(-1, 1)]
    for i, c in enumerate(constraints):
        columns += [(i, 1), (i, -1)] if c.relation == "=" else [(i, 1)]
    place = {x: k for k, x in enumerate(names)}
    height = len(names) + 2
    width = len(columns)
    table = [[fmpq(0)] * (width + height + 1) for _ in range(height)]
    for j, (i, side) in enumerate(columns):
        if i < 0:
            table[-2][j] = table[-1][j] = fmpq(1)
            continue
        for x, coefficient in constraints[i].coefficients.items():
            table[place[x]][j] = fmpq(side * coefficient)
        table[-2][j] = fmpq(side * constraints[i].constant)
        table[-1][j] = fmpq(int(constraints[i].relation == ">"))
    for k, row in enumerate(table):
        row[width + k] = fmpq(1)
    table[-1][-1] = fmpq(1)
    basis = [width + k for k in range(height)]
    costs = [-sum((row[j] for row in table), fmpq(0)) for j in range(width + height + 1)]
    costs[width : width + height] = [fmpq(0)] * height
    while (entering := next((j for j in range(width) if costs[j] < 0), None)) is not None:
        rows = [k for k in range(height) if table[k][entering] > 0]
        if not rows:
            raise SymsimError("the first phase of the simplex method is unbounded")
        leaving = min(rows, key=lambda k: (table[k][-1] / table[k][entering], basis[k]))
        _pivot(table, costs, leaving, entering)
        basis[leaving] = entering
    if costs[-1] == 0:
        multipliers: list[Any] = [fmpq(0)] * len(constraints)
        for k, j in enumerate(basis):
            if j < width and columns[j][0] >= 0:
                multipliers[columns[j][0]] += columns[j][1] * table[k][-1]
        return Infeasible(_whole(multipliers))
    dual = [1 - costs[width + k] for k in range(height)]
    return Feasible({x: number(dual[k] / dual[-2]) for k, x in enumerate(names)})


def _pivot(table: list[list[Any]], costs: list[Any], row: int, column: int) -> None:
    pivot = table[row][column]
    table[row] = line = [v / pivot if v else v for v in table[row]]
    used = [j for j, v in enumerate(line) if v]
    for other in [*table[:row], *table[row + 1 :], costs]:
        factor = other[column]
        if factor:
            for j in used:
                other[j] -= factor * line[j]


def _whole(multipliers: list[Any]) -> tuple[Number, ...]:
    """The multipliers times the least common denominator, divided by their common divisor."""
    common, shared = 1, 0
    for m in multipliers:
        common = common * int(m.q) // _gcd(common, int(m.q))
    for m in multipliers:
        shared = _gcd(shared, abs(int((m * common).p)))
    return tuple(number(m * common / (shared or 1)) for m in multipliers)


def _gcd(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a
