"""Programs over arrays of machine numbers: the same graph and the same rules as an exact run, for speed.

Numbers and booleans of an s-op are one array, and every operation on numbers is one operation on arrays. What has no
numbers in it (strings), and every case in which a value may not exist, is left to the rules of the exact run, which
also say what is wrong. Results are machine numbers: integers are exact up to 2^53, everything else is rounded, and a
number that grows beyond the machine's is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from flint import fmpq

from symsim.domains.arrays import Arrays
from symsim.domains.exact import Exact
from symsim.domains.floats import quiet
from symsim.errors import BadInput
from symsim.rasp import arithmetic, selecting
from symsim.rasp.arithmetic import Atom
from symsim.rasp.deciding import Decide, by_sign
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.numeric_kinds import BOOL, INT, LARGEST_WHOLE, Kinds, atoms, kind_of
from symsim.rasp.numeric_selecting import (
    RELATIONS,
    One,
    Selection,
    both,
    compared,
    either,
    everything,
    host,
    negated,
)
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Indices,
    Member,
    Node,
    Pattern,
    Select,
    Sequence,
    Tokens,
)

ARITHMETIC: dict[str, Callable[[Any, Any, Any], Any]] = {
    "+": lambda xp, a, b: a + b,
    "-": lambda xp, a, b: a - b,
    "*": lambda xp, a, b: a * b,
    "/": lambda xp, a, b: a / b,
    "%": lambda xp, a, b: xp.remainder(a, b),
    "^": lambda xp, a, b: xp.pow(a, b),
}
"""The operators on two arrays of numbers; where there is no value, the result is infinite or not a number."""


def run_over(tokens: Iterable[Any], domain: Exact | Arrays | None, decide: Decide = by_sign) -> Run:
    """One input over a number system: exact numbers and symbols, or arrays of machine numbers.

    >>> from symsim.rasp.values import Elementwise, Indices, Tokens
    >>> node = Elementwise("/", (Tokens("float"), Elementwise("+", (Indices(), Constant(2)))))
    >>> run_over([0.5, 1], Arrays()).result(node).values
    (0.25, 0.3333333333333333)
    """
    return NumericRun(tokens, domain) if isinstance(domain, Arrays) else Run(tokens, domain, decide)


class NumericRun(Run):
    """One input over arrays. ``array`` gives the numbers of an s-op as they are, ``result`` as in the exact run.

    Raises ``RaspError`` as the exact run does, and where a number is beyond those of the machine.
    """

    def __init__(self, tokens: Iterable[Any], domain: Arrays | None = None) -> None:
        self.arrays = domain if domain is not None else Arrays()
        if self.arrays.exact:
            raise BadInput("Arrays(dtype=object) is exact: a program runs exactly over Exact(), or leave out dtype")
        self.xp = self.arrays.xp
        super().__init__(host(tokens).tolist() if hasattr(tokens, "__dlpack__") else tokens)
        self._kinds = Kinds(self.size, self._known)
        self._numbers: dict[Any, Any] = {}
        self._mixed: set[Node] = set()
        self._rules[Indices] = lambda node: self._array(range(self.size))
        self._rules[Constant] = lambda node: self._constant(node.value)
        self._rules[Euler] = lambda node: self._constant(math.e)

    def token(self, given: Any) -> Atom:
        if type(given) is float:
            if math.isfinite(given):
                return given
        elif isinstance(given, bool | int | str | Fraction | fmpq):
            return fmpq(given.numerator, given.denominator) if isinstance(given, Fraction) else given
        try:
            return float(self.arrays.scalar(given))
        except BadInput as error:
            raise RaspError(f"among the tokens, {error}") from None

    def array(self, node: Node) -> Any:
        """The numbers or booleans of an s-op as an array of shape (positions,), or its strings as a list."""
        self._walk(node)
        found = self._known[node]
        return found.rows if isinstance(found, Selection) else found

    def result(self, node: Node) -> Any:
        """The value of one node: a ``Sequence`` of floats, ints, booleans or strings, or a ``Pattern``."""
        found = self.array(node)
        if isinstance(node, Select | Combined):
            return Pattern(tuple(found), self.tokens)
        return Sequence(tuple(found if isinstance(found, list) else self._outside(node, found)), None, self.tokens)

    def _outside(self, node: Node, array: Any) -> list[Any]:
        values: list[Any] = host(array).tolist()
        kinds = self._kinds.of(node).tolist()
        return [
            bool(value) if kind == BOOL else int(value) if kind == INT and abs(value) <= LARGEST_WHOLE else value + 0.0
            for value, kind in zip(values, kinds, strict=True)
        ]

    def _walk(self, node: Node) -> None:
        with quiet():
            super()._walk(node)

    def column(self, node: Node) -> list[Any]:
        found = self._known[node]
        return found if isinstance(found, list) else atoms(found, self._kinds.of(node))

    def _rows(self, node: Node) -> list[int]:
        found: Selection = self._known[node]
        return found.rows

    def _examine(self, node: Node, found: Any) -> None:
        if isinstance(found, list):
            super()._examine(node, found)

    def _count_exponentials(self, node: Node, found: list[Any]) -> None:
        """Machine numbers hold no symbols."""

    # -- between atoms and arrays ---------------------------------------------------------------------------------
    def _array(self, values: Any) -> Any:
        return self.xp.asarray(list(values), dtype=self.arrays.dtype, device=self.arrays.device)

    def _constant(self, value: Atom) -> Any:
        if isinstance(value, str):
            return [value] * self.size
        key = value, type(value)
        if key not in self._numbers:
            made = value if isinstance(value, bool) else _near(value)
            dtype = self.xp.bool if isinstance(value, bool) else self.arrays.dtype
            self._numbers[key] = self.xp.full((self.size,), made, dtype=dtype, device=self.arrays.device)
        return self._numbers[key]

    def _packed(self, node: Node, values: list[Atom]) -> Any:
        """What the exact rules gave: numbers as an array that remembers what they are, anything else as it is."""
        types = set(map(type, values))
        if str in types:
            return values
        if types == {bool}:
            return self.xp.asarray(values, dtype=self.xp.bool, device=self.arrays.device)
        kinds = [kind_of(value) for value in values]
        self._kinds.set(node, kinds)
        if BOOL in kinds:
            self._mixed.add(node)
        return self._array(map(_near, values))

    def _unmixed(self, node: Node, found: Any, sources: Iterable[Node], booleans: bool = False) -> Any:
        """An array that was put together from others; where only booleans came together it is one of booleans."""
        plain = all(self._known[part].dtype == found.dtype and part not in self._mixed for part in sources)
        if plain and not booleans:
            return found
        self._known[node] = found
        kinds = self._kinds.of(node).tolist()
        if BOOL in kinds:
            self._mixed.add(node)
        return self._truth(found) if set(kinds) == {BOOL} else found

    def _number(self, array: Any) -> Any:
        return self.xp.astype(array, self.arrays.dtype) if array.dtype == self.xp.bool else array

    def _truth(self, array: Any) -> Any:
        return array if array.dtype == self.xp.bool else array != 0

    # -- s-ops ----------------------------------------------------------------------------------------------------
    def _cast(self, node: Tokens) -> Any:
        types = set(map(type, self.tokens))
        if types <= {int, float, fmpq} and node.cast in ("asis", "float"):
            if node.cast == "asis" and int in types:
                self._kinds.set(node, [kind_of(value) for value in self.tokens])
            return self._array(self.tokens if types == {float} else map(_near, self.tokens))
        return self._packed(node, super()._cast(node))

    def _as(self, node: Tokens, value: Atom) -> Atom:
        return super()._as(node, fmpq(*value.as_integer_ratio()) if isinstance(value, float) else value)

    def _elementwise(self, node: Elementwise) -> Any:
        parts = [self._known[operand] for operand in node.operands]
        if any(isinstance(part, list) for part in parts):
            return self._packed(node, super()._elementwise(node))
        sign, xp = node.operator, self.xp
        if sign in ("and", "or"):
            a, b = map(self._truth, parts)
            return a & b if sign == "and" else a | b
        if sign == "not":
            return ~self._truth(parts[0])
        if sign == "indicator":
            return xp.astype(self._truth(parts[0]), self.arrays.dtype)
        if sign == "if":
            return self._chosen(node, *parts)
        numbers = [self._number(part) for part in parts]
        if sign in RELATIONS:
            return RELATIONS[sign](*numbers)
        return self._finite(node, self._calculated(sign, numbers))

    def _calculated(self, sign: str, numbers: list[Any]) -> Any:
        if sign == "exp":
            return self.arrays.entrywise("exp", numbers[0])
        if sign == "round":
            return self.xp.round(numbers[0])
        if sign in ("negative", "positive"):
            return -numbers[0] if sign == "negative" else numbers[0]
        return ARITHMETIC[sign](self.xp, *numbers)

    def _finite(self, node: Node, found: Any) -> Any:
        """The array if all its numbers exist; the exact rules say what does not."""
        if bool(self.xp.all(self.xp.isfinite(found))):
            return found
        i = host(self.xp.isfinite(found)).tolist().index(False)
        if isinstance(node, Elementwise) and node.operator in ARITHMETIC:
            try:
                self._binary(node, node.operator, *(self.column(operand)[i] for operand in node.operands))
            except RaspError as error:
                raise self._located(error, i) from None
        raise RaspError(f"a number grows beyond those of the machine (at position {i} of {self.size}): run it exactly")

    def _chosen(self, node: Elementwise, condition: Any, a: Any, b: Any) -> Any:
        if a.dtype != b.dtype:
            a, b = self._number(a), self._number(b)
        return self._unmixed(node, self.xp.where(self._truth(condition), a, b), node.operands[1:])

    def _lookup(self, node: Any) -> Any:
        return self._packed(node, super()._lookup(node))

    def _member(self, node: Member) -> Any:
        item = self._known[node.item]
        if isinstance(item, list) or not node.atoms:
            return self._packed(node, super()._member(node))
        found = self._constant(False)
        for atom in node.atoms:
            if not isinstance(atom, str):
                found = found | (self._number(item) == _near(atom))
        return found

    def _aggregate(self, node: Aggregate) -> Any:
        values, selection = self._known[node.value], self._known[node.selector]
        default = 0 if node.default is None else node.default
        words = isinstance(values, list) or isinstance(default, str)
        if words or not (isinstance(selection, One) or values.dtype != self.xp.bool):
            return self._packed(node, super()._aggregate(node))
        found = self._finite(node, selection.means(self._number(values), _near(default)))
        return self._unmixed(node, found, (node.value,), isinstance(default, bool))

    # -- selectors ------------------------------------------------------------------------------------------------
    def _select(self, node: Select) -> Any:
        keys, queries = self._known[node.key], self._known[node.query]
        if isinstance(keys, list) and isinstance(queries, list):  # strings by their rank
            rank = {word: float(i) for i, word in enumerate(sorted({*keys, *queries}))}
            keys, queries = (self._array(rank[word] for word in words) for words in (keys, queries))
        elif isinstance(keys, list) or isinstance(queries, list):
            some = selecting.rows(node.operator, self.column(node.key), self.column(node.query))
            return everything(self.xp, self.size, self.arrays.device, bool(some[0]))
        positions = isinstance(node.key, Indices)
        return compared(self.xp, node.operator, self._number(keys), self._number(queries), positions)

    def _combined(self, node: Combined) -> Any:
        operands = [self._known[operand] for operand in node.operands]
        if node.operator == "not":
            return negated(operands[0])
        return (both if node.operator == "and" else either)(*operands)


def _near(value: Atom) -> float:
    """The machine number nearest to a number of the language."""
    try:
        found = arithmetic.nearest_float(value) if isinstance(value, fmpq) else float(value)
    except OverflowError:
        found = math.inf
    if math.isfinite(found):
        return found
    raise RaspError("a number is beyond those of the machine: run it exactly")
