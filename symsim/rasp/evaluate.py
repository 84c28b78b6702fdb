"""The value of s-ops and selectors at one input, over exact numbers and symbols.

The graph is walked once, every node after the nodes that it reads, so that neither long programs nor shared parts cost
more than they must. Conditions on symbols go to ``decide``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from flint import fmpq
from sympy.logic.boolalg import BooleanAtom

from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.domains.sympy_edge import from_sympy, rational, to_sympy
from symsim.errors import BadInput
from symsim.rasp import arithmetic, cells, selecting
from symsim.rasp.arithmetic import Atom, is_number, numeric, plain
from symsim.rasp.cells import Cells
from symsim.rasp.deciding import Condition, Decide, by_sign
from symsim.rasp.faults import RaspError
from symsim.rasp.symbolic import Symbolic
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Euler,
    Indices,
    Lookup,
    Member,
    Node,
    Pattern,
    Select,
    Sequence,
    Tokens,
    ordered,
)

LONGEST_INPUT = 10_000
"""An input has at most so many tokens."""

MOST_CELLS = 20_000_000
"""The graph times the input length stays below this."""

HIGHEST_TOWER = 50
"""Exponentials and powers of symbolic values stand in each other's exponents at most so deep."""

_HINT = "where nothing is selected aggregate gives its default, 0 unless a third argument says otherwise"
_UNARY = {"negative": "-", "positive": "+", "round": "round"}


def evaluate(node: Node, tokens: Iterable[Any], domain: Exact | None = None, decide: Decide = by_sign) -> Any:
    """The ``Sequence`` of an s-op, or the ``Pattern`` of a selector, at one input.

    Tokens are booleans, strings, integers, ``Fraction``, sympy expressions or values of ``domain.field``; floats are
    refused. Raises ``RaspError``, with the place of the operation where a value does not exist, and ``Undecided``.

    >>> evaluate(Elementwise("+", (Indices(), Indices())), "hey").values
    (0, 2, 4)
    """
    run = Run(tokens, domain, decide)
    return run.result(node)


class Run:
    """One input, and what every node that was asked for is there."""

    def __init__(self, tokens: Iterable[Any], domain: Exact | None = None, decide: Decide = by_sign) -> None:
        self.domain = domain or Exact()
        self.decide = decide
        self.symbolic = Symbolic(self.domain)
        self.tokens = tuple(self.token(token) for token in tokens)
        self.size = len(self.tokens)
        if not self.tokens:
            raise RaspError("an input has at least one token")
        if self.size > LONGEST_INPUT:
            raise RaspError(f"the input has {self.size} tokens; at most {LONGEST_INPUT} are read")
        _one_type(self.tokens, "the tokens of one input have one type")
        self._known: dict[Node, Any] = {}
        self._asked: dict[Node, list[int]] = {}
        self._towers: dict[Node, int] = {}
        self._orders: dict[Node, list[Node]] = {}
        self._rules: dict[type, Callable[[Any], Any]] = {
            Indices: lambda node: list(range(self.size)),
            Tokens: self._cast,
            Constant: lambda node: [node.value] * self.size,
            Euler: lambda node: [self.domain.field.exp(1)] * self.size,
            Elementwise: self._elementwise,
            Lookup: self._lookup,
            Member: self._member,
            Aggregate: self._aggregate,
            Select: self._select,
            Combined: self._combined,
        }

    def again(self, tokens: Iterable[Any]) -> Run:
        """A run on another input; where it is as long, what does not depend on the input stays known.

        >>> Run("ab").again("ba").values(Tokens("str"))
        ['b', 'a']
        """
        run = Run(tokens, self.domain, self.decide)
        run._orders = self._orders
        if run.size == self.size:
            reading: set[Node] = set()
            for node, found in self._known.items():  # every node after the nodes that it reads
                if isinstance(node, Tokens) or any(part in reading for part in node.inputs):
                    reading.add(node)
                else:
                    run._known[node], run._towers[node] = found, self._towers[node]
        return run

    def result(self, node: Node) -> Any:
        """The value of one node: a ``Sequence`` or a ``Pattern``."""
        values = self.values(node)
        if isinstance(node, Select | Combined):
            return Pattern(tuple(values), self.tokens)
        return Sequence(tuple(values), self.domain, self.tokens)

    def values(self, node: Node) -> list[Any]:
        """The values of an s-op, or the rows of a selector as integers."""
        self._walk(node)
        return self._rows(node) if isinstance(node, Select | Combined) else self.column(node)

    def _walk(self, node: Node) -> None:
        """Find the values of a node and of all nodes below it."""
        if not isinstance(node, Node):
            raise RaspError(f"only s-ops and selectors run on an input, got {node!r:.60}")
        if node not in self._known:
            order = self._orders.setdefault(node, [])
            if not order:
                order += ordered([node])
            if len(order) * self.size > MOST_CELLS:
                raise RaspError(f"{len(order)} operations on {self.size} tokens: the limit is {MOST_CELLS} values")
            for part in order:
                if part not in self._known:
                    self._known[part] = self._value(part, order)

    def token(self, given: Any) -> Atom:
        """An atom from what a user passes in."""
        return atom(self.domain, given)

    def column(self, node: Node) -> list[Any]:
        """The atoms of an s-op that is known."""
        found: list[Any] = self._known[node]
        return found

    def _value(self, node: Node, order: list[Node]) -> Any:
        try:
            found = self._rules[type(node)](node)
            self._examine(node, found)
            return found
        except RaspError as error:
            readers = (part.place for part in order if part.place is not None and node in part.inputs)
            raise error.at(node.place or next(readers, None)) from None

    def _examine(self, node: Node, found: Any) -> None:
        """Refuse a value that is none."""
        if isinstance(node, Select | Combined):
            self._towers[node] = max(self._towers[part] for part in node.inputs)
            return
        _one_type(found, _HINT if isinstance(node, Aggregate) else "")
        self._count_exponentials(node, found)

    def _count_exponentials(self, node: Node, found: list[Any]) -> None:
        """Stop towers of exponentials before the number system has to climb them."""
        tower = max((self._towers[part] for part in node.inputs), default=0)
        if isinstance(node, Elementwise) and node.operator in ("exp", "^"):
            tower += any(isinstance(value, Element) for value in found)
        if tower > HIGHEST_TOWER:
            raise RaspError(f"symbolic powers and exponentials nest deeper than {HIGHEST_TOWER} levels")
        self._towers[node] = tower

    # -- s-ops --------------------------------------------------------------------------------------------------------
    def _each(self, change: Callable[..., Atom], *columns: list[Any]) -> list[Any]:
        """``change`` at every position; an error says at which one."""
        out = []
        for i, values in enumerate(zip(*columns, strict=True)):
            try:
                out.append(change(*values))
            except RaspError as error:
                raise self._located(error, i) from None
        return out

    def _located(self, error: RaspError, i: int) -> RaspError:
        return type(error)(f"{error.message} (at position {i} of {self.size})", error.place)

    def _cast(self, node: Tokens) -> list[Any]:
        return self._each(lambda value: self._as(node, value), list(self.tokens))

    def _as(self, node: Tokens, value: Atom) -> Atom:
        if not isinstance(value, Element):
            return arithmetic.cast(node.cast, value)
        if node.cast in ("asis", "float"):
            return value
        if node.cast == "bool":
            return self._true(node, value)
        symbol = to_sympy(self.domain.field, value)
        if node.cast == "int" and symbol.is_Symbol and symbol.is_integer:
            return value
        if node.cast == "int":
            raise RaspError(
                f"tokens_int cuts off decimals, and nothing says that {symbol} is an integer: use tokens_float, "
                "or a symbol with integer=True"
            )
        raise RaspError(f"tokens_str needs a token that is known, and {symbol} is a symbol: use tokens_float")

    def _elementwise(self, node: Elementwise) -> list[Any]:
        columns = [self.column(operand) for operand in node.operands]
        sign = node.operator
        if sign == "if":
            return self._each(lambda c, a, b: a if self._true(node, c) else b, *columns)
        if sign in ("and", "or"):
            return self._each(lambda a, b: self._both(node, sign == "and", a, b), *columns)
        if sign == "not":
            return self._each(lambda a: not self._true(node, a), *columns)
        if sign == "indicator":
            return self._each(lambda a: 1 if self._true(node, a) else 0, *columns)
        if sign == "exp":
            return self._each(self.symbolic.exp, *columns)
        if sign in _UNARY:
            return self._each(lambda a: self._unary(sign, a), *columns)
        return self._each(lambda a, b: self._binary(node, sign, a, b), *columns)

    def _unary(self, sign: str, a: Atom) -> Atom:
        if not isinstance(a, Element):
            return arithmetic.unary(_UNARY[sign], a)
        if sign == "round":
            raise RaspError(f"round({self.symbolic.text(a)}) depends on the symbols: it is no formula")
        return self.symbolic.negative(a) if sign == "negative" else a

    def _binary(self, node: Node, sign: str, a: Atom, b: Atom) -> Atom:
        if not isinstance(a, Element) and not isinstance(b, Element):
            return arithmetic.binary(sign, a, b)
        if sign in ("==", "<", "<=", ">", ">="):
            return self._holds(node, sign, a, b, "")
        return self.symbolic.binary(sign, a, b)

    def _true(self, node: Node, value: Atom) -> bool:
        """Whether a value counts as true: not 0, not empty, not False."""
        return self._holds(node, "!=", value, 0, "") if isinstance(value, Element) else bool(value)

    def _both(self, node: Node, every: bool, a: Atom, b: Atom) -> bool:
        """``a and b`` or ``a or b``; a symbol is asked about only where the other side leaves it open."""
        if isinstance(a, Element):
            a, b = b, a
        first = self._true(node, a)
        return self._true(node, b) if first == every else first

    def _holds(self, node: Node, relation: str, a: Atom, b: Atom, what: str) -> bool:
        if isinstance(a, str) or isinstance(b, str):
            return arithmetic.compare(relation, a, b)
        return self.decide(self.domain, Condition(numeric(a), relation, numeric(b), what, node.place))

    def _lookup(self, node: Lookup) -> list[Any]:
        known = node.container
        if isinstance(known, dict):
            return self._each(lambda key: self._entry(known, key), self.column(node.index))
        return self._each(lambda i: _item(known, i), self.column(node.index))

    def _entry(self, known: dict[Any, Any], key: Atom) -> Atom:
        if isinstance(key, Element):
            raise RaspError(f"{self.symbolic.text(key)} is a symbol: which entry it means is not known")
        if plain(key) not in known:
            raise RaspError(f"the dictionary has no entry for {shown(key)}")
        return known[plain(key)]

    def _member(self, node: Member) -> list[Any]:
        def among(value: Atom) -> bool:
            return any(
                self._holds(node, "==", value, other, "")
                if isinstance(value, Element)
                else arithmetic.compare("==", value, other)
                for other in node.atoms
            )

        return self._each(among, self.column(node.item))

    def _aggregate(self, node: Aggregate) -> list[Any]:
        values = self.column(node.value)
        means: dict[int, Atom] = {}
        rows = self._rows(node.selector)
        for i, row in enumerate(rows):
            if row not in means:
                means[row] = self._mean(row, values, node.default, i)
        return [means[row] for row in rows]

    def _mean(self, row: int, values: list[Any], default: Atom | None, i: int) -> Atom:
        if not row:
            return 0 if default is None else default
        if not row & (row - 1):
            return values[row.bit_length() - 1]
        if not _have_means(values):
            what = "strings" if isinstance(values[0], str) else "booleans"
            raise RaspError(
                f"query position {i} selects {row.bit_count()} {what}, and {what} have no mean: select one, "
                "or aggregate indicator(..)"
            )
        chosen = [values[j] for j in selecting.positions(row)]
        if any(isinstance(value, Element) for value in chosen):
            total = self.domain.field.dot((numeric(value), 1) for value in chosen)
            mean = self.domain.field.multiply(fmpq(1, len(chosen)), total)
            return mean if isinstance(mean, Element) else fmpq(mean)
        return arithmetic.checked(fmpq(1, len(chosen)) * sum(chosen))

    # -- selectors ----------------------------------------------------------------------------------------------------
    def _select(self, node: Select) -> Cells:
        keys, queries = self.column(node.key), self.column(node.query)
        if not any(isinstance(value, Element) for value in (*keys, *queries)):
            return cells.known(selecting.rows(node.operator, keys, queries))

        def ask(i: int, j: int) -> bool:
            what = f"for key position {j} and query position {i}"
            try:
                return self._compared(node, node.operator, keys[j], queries[i], what)
            except RaspError as error:
                raise error.at(node.place) from None

        return cells.asked(self.size, ask)

    def _compared(self, node: Node, relation: str, a: Atom, b: Atom, what: str) -> bool:
        if isinstance(a, Element) or isinstance(b, Element):
            return self._holds(node, relation, a, b, what)
        return arithmetic.compare(relation, a, b)

    def _combined(self, node: Combined) -> Cells:
        operands = [self._known[operand] for operand in node.operands]
        if node.operator == "not":
            return cells.negated(operands[0])
        return cells.combined(node.operator == "and", *operands)

    def _rows(self, node: Node) -> list[int]:
        """The rows of a selector; what is open in them is asked about now."""
        if node not in self._asked:
            self._asked[node] = self._known[node].rows()
        return self._asked[node]


def atom(domain: Exact, token: Any) -> Atom:
    """A token from what a user passes in."""
    if isinstance(token, bool | int | str | Element):
        return token
    if isinstance(token, Fraction):
        return fmpq(token.numerator, token.denominator)
    if isinstance(token, fmpq):
        return token
    if hasattr(token, "free_symbols"):
        if isinstance(token, BooleanAtom):
            return bool(token)
        found = from_sympy(domain.field, token)
        if isinstance(found, Element):
            return found
        return int(found) if token.is_Integer else fmpq(found)
    try:
        found = rational(token, "among the tokens")
    except BadInput as error:
        hint = ", or run over arrays with domain=Arrays()" if isinstance(token, float) else ""
        raise RaspError(f"{error}{hint}") from None
    return found


def shown(value: Atom) -> str:
    """An atom as a program would write it."""
    return f'"{value}"' if isinstance(value, str) else arithmetic.text(value)


def _item(known: Any, index: Atom) -> Atom:
    if not isinstance(index, int):
        raise RaspError(f"an index is an integer, got {'a symbol' if isinstance(index, Element) else shown(index)}")
    if not -len(known) <= index < len(known):
        raise RaspError(f"index {index} is out of range: there are {len(known)} entries")
    return known[index]


def _have_means(values: list[Any]) -> bool:
    """Whether the sequence is one of numbers; booleans among numbers count as numbers."""
    return is_number(values[0]) and not all(isinstance(value, bool) for value in values)


def _one_type(values: Iterable[Any], hint: str) -> None:
    strings = {isinstance(value, str): value for value in values}
    if len(strings) > 1:
        raise RaspError(
            f"a sequence has one type, and this one holds the string {shown(strings[True])[:40]} beside "
            f"{arithmetic.kind(strings[False])}" + (f": {hint}" if hint else "")
        )
