"""From the graph of a program to linear forms over heads and units, at one length, over real tokens.

What depends on positions only is evaluated. The rest is followed twice: from the result down, to see at which
positions a value is wanted, and from the input up, to say what computes it. What has no exact unit or head for all
real tokens is an error that says which assumption would help.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.rasp.arithmetic import Atom, plain
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.lowering_forms import Form, Stock
from symsim.rasp.selecting import positions
from symsim.rasp.values import (
    Aggregate,
    Elementwise,
    Euler,
    Lookup,
    Member,
    Node,
    SOp,
    Tokens,
    ordered,
)

HIGHEST_POWER = 64
"""A power of a value of the input is a product of at most so many factors."""

_ALPHABET = "tokens from a finite alphabet would allow it (alphabet=..., on the command line --alphabet a,b)"


class Rules:
    """Lowers one program: ``form(node)`` is the form that the encoder has to compute."""

    def __init__(self, result: SOp, stock: Stock, wanted: int) -> None:
        self.stock = stock
        self.length = stock.length
        self.order = ordered([result])
        self.domain = Exact()
        self.run = Run([0] * stock.length, self.domain)
        self.forms: dict[Node, Form] = {}
        self.truths: set[Node] = set()
        """The s-ops of booleans: their forms are 0 and 1."""
        self._numbers: dict[Node, list[Fraction] | None] = {}
        self.varies: set[Node] = set()
        for node in self.order:
            if isinstance(node, Tokens) or any(part in self.varies for part in node.inputs):
                self.varies.add(node)
        self.wanted: dict[Node, int] = {result: wanted}
        self._follow_down()
        for node in self.order:
            if isinstance(node, SOp) and self.wanted.get(node):
                self._follow_up(node)
        self.result = self._operand(result)

    # -- what positions alone decide ----------------------------------------------------------------------------------
    def atoms(self, node: Node) -> list[Atom] | None:
        """The values of an s-op that depends on positions only, if it does."""
        return None if node in self.varies else self.run.values(node)

    def numbers(self, node: Node) -> list[Fraction] | None:
        """The same as rational numbers, where they are."""
        if node not in self._numbers:
            values = self.atoms(node)
            known = values is not None and not any(isinstance(v, Element | str) for v in values)
            self._numbers[node] = [_fraction(v) for v in values or ()] if known else None
        return self._numbers[node]

    def inside(self, node: Node) -> int | None:
        """The positions at which a condition holds, where positions alone decide that."""
        values = self.atoms(node)
        if values is None or any(isinstance(v, Element) for v in values):
            return None
        return sum(1 << p for p, v in enumerate(values) if v)

    # -- at which positions a value is wanted -------------------------------------------------------------------------
    def _follow_down(self) -> None:
        for node in reversed(self.order):
            here = self.wanted.get(node, 0)
            if here and self.numbers(node) is None:
                for part, need in self._needs(node, here):
                    self.wanted[part] = self.wanted.get(part, 0) | need

    def _needs(self, node: Node, here: int) -> list[tuple[Node, int]]:
        if isinstance(node, Aggregate):
            rows = self._rows(node)
            return [(node.value, _union(rows[p] for p in positions(here)))]
        if not isinstance(node, Elementwise):
            return [(part, here) for part in node.inputs]
        sign, parts = node.operator, node.operands
        if sign == "if" and (inside := self.inside(parts[0])) is not None:
            return [(parts[1], here & inside), (parts[2], here & ~inside)]
        if sign == "*":
            a, b = (self._not_zero(part) for part in parts)
            return [(parts[0], here & b), (parts[1], here & a)]
        if sign == "/":  # a reciprocal is taken at every position
            return [(parts[0], here), (parts[1], self.stock.full)]
        return [(part, self.stock.full if sign == "^" else here) for part in parts]

    def _not_zero(self, node: Node) -> int:
        numbers = self.numbers(node)
        return self.stock.full if numbers is None else sum(1 << p for p, v in enumerate(numbers) if v)

    def _rows(self, node: Aggregate) -> list[int]:
        if node.selector in self.varies:
            raise RaspError(
                "this selector compares values of the input, so which positions it selects is not known before the "
                f"run, and real tokens leave that open: {_ALPHABET}",
                node.selector.place or node.place,
            )
        rows: list[int] = self.run.values(node.selector)
        return rows

    # -- what computes a value ----------------------------------------------------------------------------------------
    def _follow_up(self, node: SOp) -> None:
        self.stock.name = node.name
        numbers = self.numbers(node)
        if numbers is not None:
            self.forms[node] = self.stock.constant(numbers)
            values = self.atoms(node) or []
            if all(isinstance(v, bool) for v in values):
                self.truths.add(node)
            return
        if self._strings(node):
            return
        try:
            self.forms[node] = self._form(node, self.wanted[node])
            self.stock.call(self.forms[node], node.name)
        except RaspError as error:
            readers = (part.place for part in self.order if part.place is not None and node in part.inputs)
            raise error.at(node.place or next(readers, None)) from None

    def _form(self, node: SOp, here: int) -> Form:
        if isinstance(node, Tokens):
            return self._tokens(node)
        if isinstance(node, Euler):
            return self.stock.unit("exp", self.stock.everywhere(1))
        if isinstance(node, Elementwise):
            return self._elementwise(node, here)
        if isinstance(node, Aggregate):
            return self._aggregate(node, here)
        if isinstance(node, Member):
            self.truths.add(node)
            values = {Fraction(_fraction(a)) for a in node.atoms if not isinstance(a, str)}
            return self._sum(self._equal(self.forms[node.item], self.stock.everywhere(v)) for v in sorted(values))
        if isinstance(node, Lookup):
            raise RaspError(f"a value of the input is looked up, and real tokens have no finite table: {_ALPHABET}")
        raise RaspError(f"{type(node).__name__} has no layer")

    def _tokens(self, node: Tokens) -> Form:
        if node.cast == "bool":
            self.truths.add(node)
            return self._nonzero(self.stock.token)
        if node.cast in ("asis", "float"):
            return self.stock.token
        why = "cuts off decimals: tokens_float would allow it" if node.cast == "int" else f"makes strings: {_ALPHABET}"
        raise RaspError(f"tokens are real numbers here, and tokens_{node.cast} {why}")

    def _aggregate(self, node: Aggregate, here: int) -> Form:
        rows = self._rows(node)
        if node.value in self.truths and any(row & (row - 1) for row in rows):
            raise RaspError("booleans have no mean: aggregate indicator(..)")
        empty = [p for p in positions(here) if not rows[p]]
        default = 0 if node.default is None else node.default
        if empty and isinstance(default, str):
            raise RaspError(f"a default that is a string stands among numbers: {_ALPHABET}")
        if node.value in self.truths and (not empty or isinstance(default, bool)):
            self.truths.add(node)
        chosen = tuple(row if here >> p & 1 else 0 for p, row in enumerate(rows))
        blank = [_fraction(default) if p in empty else Fraction(0) for p in range(self.length)]
        value = self.forms.get(node.value, self.stock.everywhere(0))
        return self.stock.fetch(chosen, value).plus(self.stock.constant(blank))

    # -- element by element -------------------------------------------------------------------------------------------
    def _elementwise(self, node: Elementwise, here: int) -> Form:
        sign = node.operator
        if sign == "if":
            return self._if(node, here)
        if sign == "^":
            return self._power(node, here)
        if sign in ("==", "<", "<=", ">", ">="):
            self.truths.add(node)
            return self._compared(node, sign)
        parts = [self._operand(part) for part in node.operands]
        rule = self._rules().get(sign)
        if rule is None:
            what = "the remainder has infinitely many steps" if sign == "%" else f"'{sign}' has infinitely many steps"
            raise RaspError(f"{what} on the real line, and units have finitely many: {_ALPHABET}")
        if sign in ("and", "or", "not"):
            self.truths.add(node)
        return rule(node, parts, here)

    def _rules(self) -> dict[str, Callable[[Elementwise, list[Form], int], Form]]:
        stock = self.stock
        return {
            "+": lambda node, p, here: p[0].plus(p[1]),
            "-": lambda node, p, here: p[0].plus(p[1], -1),
            "*": lambda node, p, here: stock.product(p[0], p[1], here),
            "/": lambda node, p, here: stock.product(p[0], stock.unit("reciprocal", p[1]), here),
            "negative": lambda node, p, here: p[0].times(-1),
            "positive": lambda node, p, here: p[0],
            "exp": lambda node, p, here: stock.unit("exp", p[0]),
            "indicator": lambda node, p, here: self._truth(node.operands[0]),
            "not": lambda node, p, here: stock.everywhere(1).plus(self._truth(node.operands[0]), -1),
            "and": lambda node, p, here: stock.product(*self._truths(node), here),
            "or": lambda node, p, here: self._either(*self._truths(node), here),
        }

    def _operand(self, node: SOp) -> Form:
        """The form of an operand; one that is nowhere wanted is 0."""
        if self._strings(node):
            raise RaspError(f"strings stand where real numbers are needed: {_ALPHABET}", node.place)
        return self.forms.get(node, self.stock.everywhere(0))

    def _if(self, node: Elementwise, here: int) -> Form:
        condition, then, other = node.operands
        inside = self.inside(condition)
        a, b = self._operand(then), self._operand(other)
        if all(part in self.truths for part in (then, other) if self.wanted.get(part)):
            self.truths.add(node)
        if inside is not None:
            cut = self.stock.cut
            return cut(a, here & inside, here).plus(cut(b, here & ~inside, here))
        gap = a.plus(b, -1)
        bent = self._bent(condition, gap, here)
        return b.plus(bent if bent is not None else self.stock.product(self._truth(condition), gap, here))

    def _bent(self, condition: SOp, gap: Form, here: int) -> Form | None:
        """``gap if x > y else 0`` where the gap is a multiple of x - y: one relu, and no jump."""
        if not isinstance(condition, Elementwise) or condition.operator not in ("<", "<=", ">", ">="):
            return None
        x, y = (self._operand(part) for part in condition.operands)
        ahead = x.plus(y, -1) if condition.operator in (">", ">=") else y.plus(x, -1)
        if not ahead.terms:
            return None
        factor = dict(gap.terms).get(ahead.terms[0][0], Fraction(0)) / ahead.terms[0][1]
        rest = gap.plus(ahead, -factor)
        if rest.terms or any(rest.constants[p] for p in positions(here)):
            return None
        return self.stock.unit("relu", ahead).times(factor)

    def _power(self, node: Elementwise, here: int) -> Form:
        base, exponent = node.operands
        if exponent in self.varies or self.numbers(exponent) is None:
            return self._exponential(base, self._operand(exponent))
        found = {(self.numbers(exponent) or [])[p] for p in positions(here)}
        power = found.pop() if len(found) == 1 else Fraction(1, 2)
        if power.denominator != 1 or abs(power) > HIGHEST_POWER:
            raise RaspError(
                f"a value of the input to this power is no product of at most {HIGHEST_POWER} factors: one whole "
                "exponent at all positions would allow it"
            )
        value = self._operand(base)
        if power < 0:
            value = self.stock.unit("reciprocal", value)
        out = self.stock.everywhere(1)
        for bit in bin(abs(int(power)))[2:]:
            out = self.stock.product(out, out, self.stock.full)
            out = self.stock.product(out, value, self.stock.full) if bit == "1" else out
        return out

    def _exponential(self, base: SOp, exponent: Form) -> Form:
        values = self.atoms(base)
        one = self.domain.field.exp(1)
        if values is None or not all(isinstance(v, Element) and self.domain.field.equal(v, one) for v in values):
            raise RaspError("a power with a value of the input in its exponent has the base e: exp(..) would allow it")
        return self.stock.unit("exp", exponent)

    # -- conditions ---------------------------------------------------------------------------------------------------
    def _compared(self, node: Elementwise, sign: str) -> Form:
        if sign == "==" and any(self._strings(part) for part in node.operands):
            return self.stock.everywhere(0)
        a, b = (self._operand(part) for part in node.operands)
        if sign == "==":
            return self._equal(a, b)
        if sign in (">", "<="):
            a, b, sign = b, a, "<" if sign == ">" else ">="
        least = self.stock.unit("step", a.plus(b, -1))
        return least if sign == ">=" else self.stock.everywhere(1).plus(least, -1)

    def _strings(self, node: SOp) -> bool:
        return any(isinstance(v, str) for v in self.atoms(node) or [])

    def _equal(self, a: Form, b: Form) -> Form:
        gap = a.plus(b, -1)
        both = self.stock.unit("step", gap).plus(self.stock.unit("step", gap.times(-1)))
        return both.plus(self.stock.everywhere(-1))

    def _nonzero(self, form: Form) -> Form:
        return self.stock.everywhere(1).plus(self._equal(form, self.stock.everywhere(0)), -1)

    def _truth(self, node: SOp) -> Form:
        """1 where a value counts as true, else 0."""
        form = self._operand(node)
        return form if node in self.truths else self._nonzero(form)

    def _truths(self, node: Elementwise) -> tuple[Form, Form]:
        left, right = node.operands
        return self._truth(left), self._truth(right)

    def _either(self, a: Form, b: Form, here: int) -> Form:
        return a.plus(b).plus(self.stock.product(a, b, here), -1)

    def _sum(self, forms: Any) -> Form:
        total = self.stock.everywhere(0)
        for form in forms:
            total = total.plus(form)
        return total


def _union(rows: Any) -> int:
    total = 0
    for row in rows:
        total |= row
    return total


def _fraction(value: Atom) -> Fraction:
    value = plain(value)
    return Fraction(int(value.p), int(value.q)) if isinstance(value, fmpq) else Fraction(int(value))
