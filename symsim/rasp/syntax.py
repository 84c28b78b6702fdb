"""The syntax tree of RASP: frozen nodes that know their place; trees are equal where their texts mean the same.

The place of an operator is the operator itself, that of a call or an index is the place of what is called or indexed,
that of everything else its first character.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from symsim.rasp.faults import Place, Source


@dataclass(frozen=True)
class Node:
    """A part of a program. ``depth`` counts the levels below it; chains of left operands count once."""

    place: Place = field(repr=False, compare=False)
    depth: int = field(repr=False, compare=False)


# -- expressions ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Name(Node):
    """A name, ``True`` and ``False`` among them."""

    name: str


@dataclass(frozen=True)
class Literal(Node):
    """An integer, a decimal (an exact ``Fraction``) or a string."""

    value: int | Fraction | str


@dataclass(frozen=True)
class ListDisplay(Node):
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class DictDisplay(Node):
    """``{k: v}``."""

    pairs: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class ListComprehension(Node):
    """``[value for names in iterable]``."""

    value: Expression
    names: tuple[str, ...]
    iterable: Expression


@dataclass(frozen=True)
class DictComprehension(Node):
    """``{key: value for names in iterable}``."""

    key: Expression
    value: Expression
    names: tuple[str, ...]
    iterable: Expression


@dataclass(frozen=True)
class Unary(Node):
    """``not a``, ``-a``, ``+a``, ``round(a)``, ``indicator(a)``."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """``a op b`` with ``op`` one of ``^ * / % + - == <= >= < > and or``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Conditional(Node):
    """``value if condition else otherwise``."""

    value: Expression
    condition: Expression
    otherwise: Expression


@dataclass(frozen=True)
class Contains(Node):
    """``item in container``."""

    item: Expression
    container: Expression


@dataclass(frozen=True)
class Call(Node):
    """``function(arguments)``."""

    function: Expression
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Index(Node):
    """``container[index]``."""

    container: Expression
    index: Expression


@dataclass(frozen=True)
class SelectExpression(Node):
    """``select(key, query, operator)``."""

    key: Expression
    query: Expression
    operator: str


@dataclass(frozen=True)
class AggregateExpression(Node):
    """``aggregate(selector, value)`` or ``aggregate(selector, value, default)``."""

    selector: Expression
    value: Expression
    default: Expression | None


@dataclass(frozen=True)
class Builtin(Node):
    """``range(..)``, ``zip(..)`` or ``len(..)``."""

    word: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = (
    Name | Literal | ListDisplay | DictDisplay | ListComprehension | DictComprehension | Unary | Binary | Conditional
    | Contains | Call | Index | SelectExpression | AggregateExpression | Builtin
)  # fmt: skip


# -- statements -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Evaluate(Node):
    """``expression;``."""

    value: Expression


@dataclass(frozen=True)
class Assign(Node):
    """``x, y = e1, e2;``."""

    names: tuple[str, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True)
class Define(Node):
    """``def name(parameters) { body return results; }``."""

    name: str
    parameters: tuple[str, ...]
    body: tuple[Statement, ...]
    results: tuple[Expression, ...]


@dataclass(frozen=True)
class For(Node):
    """``for names in iterable { body }``."""

    names: tuple[str, ...]
    iterable: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Load(Node):
    """``load "file";``."""

    file: str


@dataclass(frozen=True)
class Draw(Node):
    """``draw(sop, input);``."""

    sop: Expression
    input: Expression | None


@dataclass(frozen=True)
class SetExample(Node):
    """``set example value``, for s-ops (``scope`` is ``s-op``), selectors (``selector``) or both (empty)."""

    scope: str
    value: Expression


@dataclass(frozen=True)
class ShowExample(Node):
    """``show example``."""

    scope: str


@dataclass(frozen=True)
class SwitchExamples(Node):
    """``examples on`` and ``examples off``."""

    scope: str
    on: bool


@dataclass(frozen=True)
class SwitchFullDisplay(Node):
    """``full seq display on`` and ``full seq display off``."""

    on: bool


@dataclass(frozen=True)
class Leave(Node):
    """``exit()`` or ``quit()``."""


Command: TypeAlias = SetExample | ShowExample | SwitchExamples | SwitchFullDisplay | Leave
"""What is said to a session and stands without a semicolon."""

Statement: TypeAlias = Evaluate | Assign | Define | For | Load | Draw | Command


@dataclass(frozen=True)
class Program:
    """A text that was read: its statements in order."""

    source: Source = field(repr=False, compare=False)
    statements: tuple[Statement, ...]
