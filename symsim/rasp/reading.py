"""From what the parser reduces to nodes of the syntax tree, bottom up, so that nothing recurses."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import lark

from symsim.rasp import syntax as s
from symsim.rasp.faults import NOWHERE, Place, RaspError, Source

DEEPEST = 200
"""Expressions and blocks nest at most so deep. Chains such as ``a + b + c`` do not nest."""

LONGEST_NUMBER = 1_000
"""A number has at most so many digits."""


class Reader(lark.Transformer[Any, Any]):
    """Makes nodes; ``source`` is the text at hand."""

    def __init__(self) -> None:
        super().__init__(visit_tokens=False)
        self.source: Source = NOWHERE

    def place(self, token: lark.Token) -> Place:
        """Where a token begins."""
        return Place(self.source, (token.line or 1) + self.source.first - 1, token.column or 1)

    def _deeper(self, place: Place, children: Iterable[s.Node], left: s.Node | None = None) -> tuple[Place, int]:
        depth = 1 + max((child.depth for child in children), default=0)
        if left is not None:
            depth = max(depth, left.depth)
        if depth > DEEPEST:
            raise RaspError(f"the program nests deeper than {DEEPEST} levels here: name the parts", place)
        return place, depth

    # -- expressions --------------------------------------------------------------------------------------------------
    def name(self, children: list[Any]) -> s.Name:
        return s.Name(self.place(children[0]), 1, str(children[0]))

    def integer(self, children: list[Any]) -> s.Literal:
        return s.Literal(self.place(children[0]), 1, int(self._short(children[0])))

    def decimal(self, children: list[Any]) -> s.Literal:
        return s.Literal(self.place(children[0]), 1, Fraction(self._short(children[0])))

    def _short(self, token: lark.Token) -> str:
        if len(token) > LONGEST_NUMBER:
            raise RaspError(
                f"this number has {len(token)} digits; at most {LONGEST_NUMBER} are read", self.place(token)
            )
        return str(token)

    def string(self, children: list[Any]) -> s.Literal:
        return s.Literal(self.place(children[0]), 1, str(children[0])[1:-1])

    def list_display(self, children: list[Any]) -> s.ListDisplay:
        items = children[1] or ()
        return s.ListDisplay(*self._deeper(self.place(children[0]), items), items)

    def list_comprehension(self, children: list[Any]) -> s.ListComprehension:
        token, value, _, names, _, iterable = children
        return s.ListComprehension(*self._deeper(self.place(token), (value, iterable)), value, names[1], iterable)

    def dict_display(self, children: list[Any]) -> s.DictDisplay:
        pairs = children[1] or ()
        return s.DictDisplay(*self._deeper(self.place(children[0]), [part for pair in pairs for part in pair]), pairs)

    def dict_comprehension(self, children: list[Any]) -> s.DictComprehension:
        token, key, value, _, names, _, iterable = children
        place, depth = self._deeper(self.place(token), (key, value, iterable))
        return s.DictComprehension(place, depth, key, value, names[1], iterable)

    def pair(self, children: list[Any]) -> tuple[Any, Any]:
        return children[0], children[1]

    def pairs(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def unary(self, children: list[Any]) -> s.Unary:
        token, operand = children
        return s.Unary(*self._deeper(self.place(token), (operand,)), str(token), operand)

    def binary(self, children: list[Any]) -> s.Binary:
        left, token, right = children
        return s.Binary(*self._deeper(self.place(token), (right,), left), str(token), left, right)

    def conditional(self, children: list[Any]) -> s.Conditional:
        value, token, condition, _, otherwise = children
        place, depth = self._deeper(self.place(token), (value, condition, otherwise))
        return s.Conditional(place, depth, value, condition, otherwise)

    def contains(self, children: list[Any]) -> s.Contains:
        item, token, container = children
        return s.Contains(*self._deeper(self.place(token), (container,), item), item, container)

    def call(self, children: list[Any]) -> s.Call:
        function, arguments = children[0], children[1] or ()
        return s.Call(*self._deeper(function.place, arguments, function), function, arguments)

    def index(self, children: list[Any]) -> s.Index:
        container, index = children
        return s.Index(*self._deeper(container.place, (index,), container), container, index)

    def select(self, children: list[Any]) -> s.SelectExpression:
        token, key, query, operator = children
        return s.SelectExpression(*self._deeper(self.place(token), (key, query)), key, query, str(operator))

    def aggregate(self, children: list[Any]) -> s.AggregateExpression:
        token, selector, value, default = children
        parts = [part for part in (selector, value, default) if part is not None]
        return s.AggregateExpression(*self._deeper(self.place(token), parts), selector, value, default)

    def builtin(self, children: list[Any]) -> s.Builtin:
        token, arguments = children
        return s.Builtin(*self._deeper(self.place(token), arguments), str(token), arguments)

    # -- statements ---------------------------------------------------------------------------------------------------
    def start(self, children: list[Any]) -> s.Program:
        return s.Program(self.source, tuple(children))

    def expressions(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def body(self, children: list[Any]) -> tuple[Any, ...]:
        return tuple(children)

    def names(self, children: list[Any]) -> tuple[Place, tuple[str, ...]]:
        seen: set[str] = set()
        for token in children:
            if str(token) in seen:
                raise RaspError(f"the name '{token}' stands twice in one list of names", self.place(token))
            seen.add(str(token))
        return self.place(children[0]), tuple(map(str, children))

    def scope(self, children: list[Any]) -> lark.Token:
        token: lark.Token = children[0]
        return token

    def evaluate(self, children: list[Any]) -> s.Evaluate:
        return s.Evaluate(children[0].place, children[0].depth, children[0])

    def assign(self, children: list[Any]) -> s.Assign:
        (place, names), _, values = children
        return s.Assign(*self._deeper(place, values), names, values)

    def define(self, children: list[Any]) -> s.Define:
        token, name, names, body, _, results = children
        parameters = names[1] if names else ()
        return s.Define(*self._deeper(self.place(token), (*body, *results)), str(name), parameters, body, results)

    def loop(self, children: list[Any]) -> s.For:
        token, names, _, iterable, body = children
        return s.For(*self._deeper(self.place(token), (iterable, *body)), names[1], iterable, body)

    def load(self, children: list[Any]) -> s.Load:
        return s.Load(self.place(children[0]), 1, str(children[1])[1:-1])

    def draw(self, children: list[Any]) -> s.Draw:
        token, sop, given = children
        parts = (sop,) if given is None else (sop, given)
        return s.Draw(*self._deeper(self.place(token), parts), sop, given)

    # -- commands -----------------------------------------------------------------------------------------------------
    def set_example(self, children: list[Any]) -> s.SetExample:
        token, scope, _, value = children
        return s.SetExample(*self._deeper(self.place(token), (value,)), str(scope or ""), value)

    def show_example(self, children: list[Any]) -> s.ShowExample:
        token, scope, _ = children
        return s.ShowExample(self.place(token), 1, str(scope or ""))

    def switch_examples(self, children: list[Any]) -> s.SwitchExamples:
        scope, token, switch = children
        return s.SwitchExamples(self.place(scope or token), 1, str(scope or ""), str(switch) == "on")

    def switch_full_display(self, children: list[Any]) -> s.SwitchFullDisplay:
        token, switch = children
        return s.SwitchFullDisplay(self.place(token), 1, str(switch) == "on")

    def leave(self, children: list[Any]) -> s.Leave:
        return s.Leave(self.place(children[0]), 1)
