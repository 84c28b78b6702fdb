"""Operators between whatever two names stand for: atoms are computed, s-ops and selectors become nodes of the graph."""

from __future__ import annotations

from typing import Any

from symsim.rasp import arithmetic
from symsim.rasp.arithmetic import compare, is_atom, kind, plain
from symsim.rasp.evaluate import shown
from symsim.rasp.faults import RaspError
from symsim.rasp.values import (
    Aggregate,
    Combined,
    Constant,
    Elementwise,
    Function,
    Indices,
    Lookup,
    Member,
    Pattern,
    Primitive,
    Select,
    Selector,
    Sequence,
    SOp,
    Value,
)

LONGEST_LIST = 100_000
"""A list has at most so many entries."""

DEEPEST_LIST = 50
"""Lists inside lists are compared and printed down to this level."""

_SIGNS = {"-": "negative", "+": "positive"}


def what(value: Value) -> str:
    """What a value is, in words."""
    if is_atom(value):
        return kind(value)
    kinds: list[tuple[type, str]] = [
        (list, "a list"), (dict, "a dictionary"), (SOp, "an s-op"), (Selector, "a selector"),
        (Function, "a function"), (Primitive, "a function"), (Sequence, "the result of a run"),
        (Pattern, "the result of a run"),
    ]  # fmt: skip
    return next((word for known, word in kinds if isinstance(value, known)), "nothing")


def lifted(value: Value, use: str) -> SOp:
    """An s-op, or an atom as the s-op that has it everywhere."""
    if isinstance(value, SOp):
        return value
    if is_atom(value):
        return Constant(value)
    raise RaspError(f"{use} an s-op or an atom, got {what(value)}")


def truth(value: Value) -> bool:
    """Whether an atom, a list or a dictionary counts as true."""
    return bool(value) if is_atom(value) or isinstance(value, list | dict) else True


def binary(sign: str, a: Value, b: Value) -> Value:
    """``a sign b``."""
    if isinstance(a, Selector) or isinstance(b, Selector):
        if sign in ("and", "or") and isinstance(a, Selector) and isinstance(b, Selector):
            return Combined(sign, (a, b))
        raise RaspError(f"'{sign}' does not work between {what(a)} and {what(b)}")
    if isinstance(a, SOp) or isinstance(b, SOp):
        use = f"beside an s-op '{sign}' takes"
        return Elementwise(sign, (lifted(a, use), lifted(b, use)))
    if sign == "and":
        return b if truth(a) else a
    if sign == "or":
        return a if truth(a) else b
    if is_atom(a) and is_atom(b):
        return arithmetic.binary(sign, a, b)
    if sign == "==":
        return same(a, b)
    if isinstance(a, list) and isinstance(b, list) and sign == "+":
        return short([*a, *b])
    if sign == "*" and isinstance(a, list) and isinstance(b, int):
        if len(a) * max(b, 0) > LONGEST_LIST:
            raise RaspError(f"a list grows beyond {LONGEST_LIST} entries")
        return a * b
    raise RaspError(f"'{sign}' does not work between {what(a)} and {what(b)}")


def short(values: list[Value]) -> list[Value]:
    """The list, if it is not too long."""
    if len(values) > LONGEST_LIST:
        raise RaspError(f"a list grows beyond {LONGEST_LIST} entries")
    return values


def same(a: Value, b: Value, level: int = 0) -> bool:
    """Whether two atoms, lists or dictionaries are equal."""
    if level > DEEPEST_LIST:
        raise RaspError(f"lists nest deeper than {DEEPEST_LIST} levels")
    if is_atom(a) and is_atom(b):
        return compare("==", a, b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, level + 1) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key], level + 1) for key in a)
    return a is b


def unary(sign: str, a: Value) -> Value:
    """``not``, ``-``, ``+``, ``round`` or ``indicator``."""
    if isinstance(a, SOp):
        return Elementwise(_SIGNS.get(sign, sign), (a,))
    if isinstance(a, Selector) and sign == "not":
        return Combined("not", (a,))
    if sign == "indicator":
        raise RaspError(f"indicator takes an s-op, got {what(a)}")
    if sign == "not" and not isinstance(a, Selector):
        return not truth(a)
    if is_atom(a):
        return arithmetic.unary(sign, a)
    raise RaspError(f"'{sign}' does not work on {what(a)}")


def select(key: Value, query: Value, relation: str) -> Selector:
    """``select(key, query, relation)``."""
    return Select(lifted(key, "select takes"), lifted(query, "select takes"), relation)


def aggregate(selector: Value, value: Value, default: Value | None) -> SOp:
    """``aggregate(selector, value, default)``."""
    if not isinstance(selector, Selector):
        raise RaspError(f"aggregate takes a selector first, got {what(selector)}")
    if default is not None and not is_atom(default):
        raise RaspError(f"the default of aggregate is an atom, got {what(default)}")
    return Aggregate(selector, lifted(value, "aggregate takes"), default)


def conditional(condition: SOp, value: Value, otherwise: Value) -> SOp:
    """``value if condition else otherwise``, position by position."""
    use = "a conditional on an s-op takes"
    return Elementwise("if", (condition, lifted(value, use), lifted(otherwise, use)))


def index(container: Value, at: Value, length: Value) -> Value:
    """``container[at]``; ``length`` is the s-op that counts the positions."""
    if isinstance(container, SOp):
        if not isinstance(at, int):
            raise RaspError(f"the index into an s-op is an integer, got {what(at)}")
        place = Constant(at) if at >= 0 else Elementwise("+", (length, Constant(at)))
        return Aggregate(Select(Indices(name="indices"), place, "=="), container, None)
    if not isinstance(container, list | dict | str):
        raise RaspError(f"an index reads a list, a dictionary, a string or an s-op, not {what(container)}")
    if isinstance(at, SOp):
        entries: Any = container.values() if isinstance(container, dict) else container
        if not all(is_atom(entry) for entry in entries):
            raise RaspError("an s-op indexes lists and dictionaries of atoms only")
        return Lookup(dict(container) if isinstance(container, dict) else container, at)
    if isinstance(container, dict):
        return _entry(container, at)
    if not isinstance(at, int):
        raise RaspError(f"the index into a list or a string is an integer, got {what(at)}")
    if not -len(container) <= at < len(container):
        raise RaspError(f"index {at} is out of range: there are {len(container)} entries")
    return container[at]


def _entry(container: dict[Any, Any], at: Value) -> Value:
    if not is_atom(at):
        raise RaspError(f"the key of a dictionary is an atom, got {what(at)}")
    if plain(at) not in container:
        raise RaspError(f"the dictionary has no entry for {shown(at)}")
    return container[plain(at)]


def contains(item: Value, container: Value, everywhere: Value) -> Value:
    """``item in container``; ``everywhere`` is the selector that selects all."""
    if isinstance(item, SOp):
        if not isinstance(container, list) or not all(is_atom(entry) for entry in container):
            raise RaspError(f"whether an s-op is in something asks for a list of atoms, got {what(container)}")
        return Member(item, tuple(container))
    if not is_atom(item):
        raise RaspError(f"'in' asks for an atom or an s-op, got {what(item)}")
    if isinstance(container, list):
        return any(same(item, entry) for entry in container)
    if isinstance(container, dict):
        return plain(item) in container
    if isinstance(container, SOp):
        found = Elementwise("indicator", (Elementwise("==", (container, Constant(item))),))
        return Elementwise(">", (Aggregate(everywhere, found, None), Constant(0)))
    raise RaspError(f"'in' looks into a list, a dictionary or an s-op, not {what(container)}")


def builtin(word: str, arguments: list[Value]) -> Value:
    """``range``, ``zip`` and ``len``."""
    if word == "len":
        if len(arguments) != 1 or not isinstance(arguments[0], list | dict | str):
            raise RaspError(f"len takes one list, got {', '.join(map(what, arguments))}")
        return len(arguments[0])
    if word == "range":
        if not 1 <= len(arguments) <= 3 or not all(isinstance(value, int) for value in arguments):
            raise RaspError(f"range takes one, two or three integers, got {', '.join(map(what, arguments))}")
        if len(arguments) == 3 and arguments[2] == 0:
            raise RaspError("the step of range is not 0")
        numbers = range(*arguments)
        if numbers and (abs(numbers[-1] - numbers[0]) // abs(numbers.step)) >= LONGEST_LIST:
            raise RaspError(f"a list grows beyond {LONGEST_LIST} entries")
        return list(numbers)
    for value in arguments:
        if not isinstance(value, list):
            raise RaspError(f"zip takes lists, got {what(value)}")
    if len({len(value) for value in arguments}) > 1:
        raise RaspError(f"zip takes lists of one length, got {', '.join(str(len(value)) for value in arguments)}")
    return [list(entry) for entry in zip(*arguments, strict=True)]
