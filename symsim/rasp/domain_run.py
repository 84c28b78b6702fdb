"""Programs over any number system: what depends on positions is known exactly, what depends on tokens is a column.

The values of an s-op that reads no token are those of the exact run. Every other s-op is one n x 1 matrix of the number
system, and its operations are those of the protocol, so that a program runs over residues, balls, arrays or bounds
as encoders and formulas do. A value that a program branches on has to be known: otherwise the run says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy
from flint import fmpq

from symsim.domains.field import Element
from symsim.domains.layout import Layout
from symsim.domains.protocol import Domain
from symsim.rasp import selecting
from symsim.rasp.arithmetic import Atom, is_number
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError, Undecided
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Elementwise,
    Euler,
    Lookup,
    Member,
    Node,
    Select,
    Tokens,
)

HIGHEST_POWER = 64
"""Powers of values are multiplied out up to this exponent."""

ONE = Layout((("", 1),))


@dataclass(frozen=True)
class Column:
    """The values of an s-op that reads tokens: an n x 1 matrix of the number system."""

    matrix: Any


class DomainRun(Run):
    """One input over a number system; :meth:`matrix` gives the values of an s-op in the first positions.

    ``operands`` are matrices of the number system by name with their shapes; they stand in the input row by row, and
    zeros follow up to ``length``. Raises ``RaspError``, and ``Undecided`` for a condition on values.
    """

    def __init__(
        self, domain: Domain[Any], operands: Mapping[str, tuple[Any, tuple[int, int]]], length: int
    ) -> None:
        super().__init__([0] * length)
        self.numbers = domain
        parts = [(name, rows * cols) for name, (_, (rows, cols)) in operands.items()]
        rest = length - sum(size for _, size in parts)
        layout = Layout((*parts, *([("zeros ", rest)] if rest else [])))
        grid = {(name, ""): domain.flatten(matrix) for name, (matrix, _) in operands.items()}
        self.input = Column(domain.assemble(grid, layout, ONE))
        exact = dict(self._rules)
        own = {Elementwise: self._operation, Aggregate: self._mean_of, Euler: self._euler}
        for kind in (Elementwise, Aggregate, Lookup, Member, Select, Combined, Euler):
            self._rules[kind] = self._either(exact[kind], own.get(kind, self._refused))
        self._rules[Tokens] = self._read

    def matrix(self, node: Node, rows: int, cols: int) -> Any:
        """The values in the first positions as a ``rows x cols`` matrix."""
        self._walk(node)
        column = self._column(node)
        return self.numbers.unflatten(self.numbers.take(column, range(rows * cols)), rows, cols)

    def _examine(self, node: Node, found: Any) -> None:
        if isinstance(found, Column):
            self._towers[node] = 0
        else:
            super()._examine(node, found)

    # -- which rule -----------------------------------------------------------------------------------------------
    def _either(self, exact: Any, own: Any) -> Any:
        def rule(node: Any) -> Any:
            unknown = any(isinstance(self._known[part], Column) for part in node.inputs)
            return own(node) if unknown or isinstance(node, Euler) else exact(node)

        return rule

    def _refused(self, node: Node) -> Any:
        raise Undecided(
            f"what this gives depends on the tokens, and over the number system {self.numbers.name} a program knows "
            "positions only"
        )

    def _read(self, node: Tokens) -> Column:
        if node.cast not in ("asis", "float"):
            raise Undecided(f"tokens_{node.cast} needs tokens that are known: use tokens_float")
        return self.input

    def _euler(self, node: Node) -> Column:
        return Column(self.numbers.entrywise("exp", self.numbers.ones(self.size, 1)))

    # -- operations on columns ------------------------------------------------------------------------------------
    def _column(self, node: Node) -> Any:
        """The values of an s-op as a column, known ones too."""
        found = self._known[node]
        return found.matrix if isinstance(found, Column) else self._constants(found)

    def _constants(self, values: list[Any]) -> Any:
        entries = {(i, 0): _rational(value) for i, value in enumerate(values)}
        whole = sympy.ImmutableSparseMatrix(self.size, 1, {place: v for place, v in entries.items() if v})
        return self.numbers.product(self.numbers.identity(self.size), self.numbers.constant(whole))

    def _operation(self, node: Elementwise) -> Column:
        domain, sign, operands = self.numbers, node.operator, node.operands
        if sign == "if":
            return self._chosen(node)
        if sign in ("exp", "negative", "positive"):
            a = self._column(operands[0])
            if sign == "exp":
                return Column(domain.entrywise("exp", a))
            return Column(domain.scale(-1, a) if sign == "negative" else a)
        if sign == "^":
            return Column(self._power(node))
        if sign not in ("+", "-", "*", "/"):
            self._refused(node)
        a, b = (self._column(part) for part in operands)
        if sign == "/":
            return Column(domain.hadamard(a, self._reciprocal(operands[1], b)))
        if sign == "*":
            return Column(domain.hadamard(a, b))
        return Column(domain.add(a, b if sign == "+" else domain.scale(-1, b)))

    def _reciprocal(self, node: Node, column: Any) -> Any:
        known = self._known[node]
        if isinstance(known, Column):
            return self.numbers.entrywise("reciprocal", column)
        if any(value == 0 for value in known):
            raise RaspError("division by 0")
        return self._constants([1 / fmpq(value) for value in known])

    def _power(self, node: Elementwise) -> Any:
        exponents = self._known[node.operands[1]]
        if isinstance(exponents, Column) or any(exponent != exponents[0] for exponent in exponents):
            self._refused(node)
        exponent = fmpq(exponents[0])
        if exponent.q != 1 or not 0 <= exponent <= HIGHEST_POWER:
            self._refused(node)
        base = self._column(node.operands[0])
        total = self.numbers.ones(self.size, 1)
        for _ in range(int(exponent)):
            total = self.numbers.hadamard(total, base)
        return total

    def _chosen(self, node: Elementwise) -> Column:
        condition, first, second = (self._known[part] for part in node.operands)
        if isinstance(condition, Column):
            self._refused(node)
        taken = [bool(value) for value in condition]
        if isinstance(first, list) and isinstance(second, list):
            raise RaspError("a conditional without tokens is known")
        if all(taken) or not any(taken):
            return Column(self._column(node.operands[1 if all(taken) else 2]))
        domain = self.numbers
        yes, no = self._constants([int(t) for t in taken]), self._constants([int(not t) for t in taken])
        a, b = (
            self._constants([v if t == mine else 0 for v, t in zip(known, taken, strict=True)])
            if isinstance(known, list)
            else domain.hadamard(known.matrix, mask)
            for known, mask, mine in ((first, yes, True), (second, no, False))
        )
        return Column(domain.add(a, b))

    def _mean_of(self, node: Aggregate) -> Column:
        """The mean over the selected positions: a constant matrix times the column."""
        rows = self._rows(node.selector)
        entries = {
            (i, j): sympy.Rational(1, row.bit_count()) for i, row in enumerate(rows) for j in selecting.positions(row)
        }
        weights = sympy.ImmutableSparseMatrix(self.size, self.size, entries)
        domain = self.numbers
        found = domain.product(domain.constant(weights), self._column(node.value))
        if node.default is not None and node.default != 0 and not all(rows):
            found = domain.add(found, self._constants([0 if row else node.default for row in rows]))
        return Column(found)


def _rational(value: Atom) -> Any:
    if isinstance(value, Element):
        raise Undecided("a constant is not rational")
    if not is_number(value):
        raise Undecided("strings are no numbers of a number system")
    exact = fmpq(int(value) if isinstance(value, bool) else value)
    return sympy.Rational(int(exact.p), int(exact.q))
