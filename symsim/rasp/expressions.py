"""What an expression stands for in a scope."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from flint import fmpq

from symsim.rasp import operators
from symsim.rasp import syntax as s
from symsim.rasp.arithmetic import is_atom, plain
from symsim.rasp.evaluate import evaluate
from symsim.rasp.faults import Place, RaspError
from symsim.rasp.operators import what
from symsim.rasp.scopes import Scope
from symsim.rasp.values import Elementwise, Euler, Function, Indices, Node, Primitive, SOp, Tokens, Value

MOST_STEPS = 1_000_000
"""A run of a program evaluates at most so many expressions."""

DEEPEST_LEVELS = 1_000
"""Expressions, blocks and calls together nest at most so deep while a program runs."""


class Expressions(ABC):
    """Evaluates expressions; statements and calls are added by the interpreter."""

    def __init__(self) -> None:
        self.steps = 0
        self.level = 0
        self.origin: Place | None = None
        """The call in a user's program under which library code runs: what it builds has that place."""
        self._leaves: dict[type, Callable[[Any, Scope], Value]] = {
            s.Name: lambda node, scope: scope.get(node.name, node.place),
            s.Literal: self._literal,
            s.ListDisplay: lambda node, scope: [self.value(item, scope) for item in node.items],
            s.DictDisplay: self._dict,
            s.ListComprehension: self._list_comprehension,
            s.DictComprehension: self._dict_comprehension,
            s.Unary: lambda node, scope: operators.unary(node.operator, self.value(node.operand, scope)),
            s.Conditional: self._conditional,
            s.SelectExpression: self._select,
            s.AggregateExpression: self._aggregate,
            s.Builtin: self._builtin,
        }
        self._chains: dict[type, Callable[[Any, Value, Scope], Value]] = {
            s.Binary: lambda node, left, scope: operators.binary(node.operator, left, self.value(node.right, scope)),
            s.Contains: self._contains,
            s.Index: self._index,
            s.Call: self._call,
        }

    @abstractmethod
    def call(self, function: Function, arguments: list[Value], place: Place | None) -> Value:
        """Call a function of a program."""

    def value(self, node: s.Expression, scope: Scope) -> Value:
        """What an expression stands for. Chains of left operands are walked, not nested."""
        chain: list[Any] = []
        while (left := _left(node)) is not None:
            chain.append(node)
            node = left
        self.deeper(node.place)
        part: Any = node
        try:
            found = self._counted(part, self._leaves[type(part)](part, scope))
            while chain:
                part = chain.pop()
                found = self._counted(part, self._chains[type(part)](part, found, scope))
        except RaspError as error:
            raise error.at(part.place) from None
        self.level -= 1
        return found

    def deeper(self, place: Place) -> None:
        """Count one level."""
        self.level += 1
        if self.level > DEEPEST_LEVELS:
            raise RaspError(f"the program nests deeper than {DEEPEST_LEVELS} levels while it runs", place)

    def _counted(self, node: s.Node, found: Value) -> Value:
        """Count one step, and give what it built its place."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise RaspError(f"the program takes more than {MOST_STEPS} steps", node.place)
        if isinstance(found, Node) and found.place is None:
            _place_new(found, self.origin or node.place)
        return found

    # -- leaves -------------------------------------------------------------------------------------------------------
    def _literal(self, node: s.Literal, scope: Scope) -> Value:
        value = node.value
        return fmpq(value.numerator, value.denominator) if isinstance(value, Fraction) else value

    def _key(self, node: s.Expression, scope: Scope) -> Value:
        key = self.value(node, scope)
        if not is_atom(key):
            raise RaspError(f"the key of a dictionary is an atom, got {what(key)}", node.place)
        return plain(key)

    def _dict(self, node: s.DictDisplay, scope: Scope) -> Value:
        return {self._key(key, scope): self.value(value, scope) for key, value in node.pairs}

    def _list_comprehension(self, node: s.ListComprehension, scope: Scope) -> Value:
        return [self.value(node.value, inner) for inner in self._each(node, scope)]

    def _dict_comprehension(self, node: s.DictComprehension, scope: Scope) -> Value:
        return {self._key(node.key, inner): self.value(node.value, inner) for inner in self._each(node, scope)}

    def _each(self, node: s.ListComprehension | s.DictComprehension, scope: Scope) -> Iterator[Scope]:
        for entry in iterated(self.value(node.iterable, scope), "a comprehension"):
            inner = Scope(scope.file, scope)
            unpack(inner, node.names, entry, node.place)
            yield inner

    def _conditional(self, node: s.Conditional, scope: Scope) -> Value:
        condition = self.value(node.condition, scope)
        if isinstance(condition, SOp):
            return operators.conditional(condition, self.value(node.value, scope), self.value(node.otherwise, scope))
        if isinstance(condition, Node):
            raise RaspError(f"a condition is an s-op or an atom, got {what(condition)}")
        return self.value(node.value if operators.truth(condition) else node.otherwise, scope)

    def _select(self, node: s.SelectExpression, scope: Scope) -> Value:
        return operators.select(self.value(node.key, scope), self.value(node.query, scope), node.operator)

    def _aggregate(self, node: s.AggregateExpression, scope: Scope) -> Value:
        default = None if node.default is None else self.value(node.default, scope)
        return operators.aggregate(self.value(node.selector, scope), self.value(node.value, scope), default)

    def _builtin(self, node: s.Builtin, scope: Scope) -> Value:
        return operators.builtin(node.word, [self.value(argument, scope) for argument in node.arguments])

    # -- chains -------------------------------------------------------------------------------------------------------
    def _contains(self, node: s.Contains, item: Value, scope: Scope) -> Value:
        container = self.value(node.container, scope)
        everywhere = operators.select(1, 1, "==")
        return operators.contains(item, container, everywhere)

    def _index(self, node: s.Index, container: Value, scope: Scope) -> Value:
        at = self.value(node.index, scope)
        length = self.ground().get("length", None) if isinstance(container, SOp) else None
        return operators.index(container, at, length)

    @abstractmethod
    def ground(self) -> Scope:
        """The scope of the library."""

    def _call(self, node: s.Call, function: Value, scope: Scope) -> Value:
        arguments = [self.value(argument, scope) for argument in node.arguments]
        if isinstance(function, Function):
            return self.call(function, arguments, node.place)
        if isinstance(function, Primitive):
            return self._primitive(function, arguments)
        if not isinstance(function, Node):
            raise RaspError(f"{what(function)} cannot be called")
        if len(arguments) != 1 or not isinstance(arguments[0], list | str | dict):
            got = ", ".join(map(what, arguments)) or "nothing"
            raise RaspError(f"{what(function)} runs on one input, a string or a list of atoms, got {got}")
        return evaluate(function, _tokens(arguments[0]))

    def _primitive(self, function: Primitive, arguments: list[Value]) -> Value:
        if len(arguments) != 1:
            raise RaspError(f"{function.name} takes 1 argument, got {len(arguments)}")
        return Elementwise(function.name, (operators.lifted(arguments[0], f"{function.name} takes"),))


def iterated(value: Value, use: str) -> list[Value]:
    """The entries of a list, or the keys of a dictionary."""
    if not isinstance(value, list | dict):
        raise RaspError(f"{use} goes through a list or a dictionary, got {what(value)}")
    return list(value)


def unpack(scope: Scope, names: tuple[str, ...], value: Value, place: Place | None) -> None:
    """Assign one name, or several names to the entries of a list, a dictionary or a string."""
    if len(names) == 1:
        scope.assign(names[0], value, place)
        return
    if not isinstance(value, list | dict | str):
        raise RaspError(f"{len(names)} names take a list of {len(names)} values, got {what(value)}", place)
    if len(value) != len(names):
        raise RaspError(f"{len(names)} names cannot take {len(value)} values", place)
    for name in names:
        scope.check(name, place)
    for name, entry in zip(names, value, strict=True):
        scope.assign(name, entry, place)


def _left(node: Any) -> s.Expression | None:
    kind = type(node)
    if kind is s.Binary:
        left: s.Expression = node.left
    elif kind is s.Index:
        left = node.container
    elif kind is s.Call:
        left = node.function
    elif kind is s.Contains:
        left = node.item
    else:
        return None
    return left


def _place_new(node: Node, place: Place) -> None:
    """Give a new node its place, and the nodes that were made for it; what all programs share has no place."""
    fresh = [node]
    while fresh:
        part = fresh.pop()
        if part.place is None and not isinstance(part, Indices | Tokens | Euler):
            part.place = place
            fresh.extend(part.inputs)


def _tokens(given: Any) -> list[Any]:
    for token in given:
        if not is_atom(token):
            raise RaspError(f"the tokens of an input are atoms, got {what(token)}")
    return list(given)
