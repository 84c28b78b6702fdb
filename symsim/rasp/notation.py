"""How values are written: in the notation of existing interpreter sessions, with symbols where there are some.

Single atoms are written in full, values in sequences rounded to 3 digits; a sequence of equal values as ``[v]*n``.
"""

from __future__ import annotations

from collections.abc import Sequence as Series
from typing import Any

from flint import fmpq

from symsim.domains.exact import Exact
from symsim.domains.field import Element
from symsim.domains.sympy_edge import to_sympy
from symsim.errors import visible
from symsim.rasp import arithmetic
from symsim.rasp.arithmetic import Atom, is_atom, plain
from symsim.rasp.evaluate import shown
from symsim.rasp.operators import DEEPEST_LIST
from symsim.rasp.values import Function, Pattern, Primitive, Selector, Sequence, SOp, Value

DIGITS = 3


def small(value: Atom, domain: Exact | None = None) -> str:
    """An atom as it stands in a sequence.

    >>> small(fmpq(1, 3)), small(fmpq(2)), small(True), small("a"), small(2.0)
    ('0.333', '2.0', 'T', 'a', '2.0')
    """
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, fmpq):
        near = arithmetic.nearest_float(value)
        return repr(round(near, DIGITS)) if near - near == 0 else str(value)
    if isinstance(value, Element):
        return str(to_sympy(domain.field, value)) if domain is not None else "(symbolic)"
    if isinstance(value, str):
        return visible(value)
    return str(round(value, DIGITS) if isinstance(value, float) else value)


def kind(values: Any) -> str:
    """The type of a sequence: ints and floats together are floats, booleans among numbers count as numbers."""
    if any(isinstance(value, Element) for value in values):
        return "symbolic"
    for word, types in (("bools", bool), ("strings", str), ("ints", int)):
        if all(isinstance(value, types) for value in values):
            return word
    return "floats"


def sequence(values: Any, domain: Exact | None = None) -> str:
    """A sequence with its type.

    >>> sequence([fmpq(1, 3)] * 3), sequence([0, 2, 4]), sequence([True, False])
    ('[0.333]*3 (floats)', '[0, 2, 4] (ints)', '[T, F] (bools)')
    """
    words = [small(value, domain) for value in values]
    if len(values) > 1 and all_equal(values, domain):
        return f"[{words[0]}]*{len(words)} ({kind(values)})"
    return f"[{', '.join(words)}] ({kind(values)})"


def all_equal(values: Any, domain: Exact | None = None) -> bool:
    """Whether the values of a sequence are the same at every position.

    >>> all_equal([1, fmpq(1)]), all_equal([1, 2])
    (True, False)
    """
    if any(isinstance(value, Element) for value in values):
        field = None if domain is None else domain.field
        return field is not None and all(
            not isinstance(value, str) and field.equal(plain(values[0]), plain(value)) for value in values[1:]
        )
    return all(arithmetic.compare("==", values[0], value) for value in values[1:])


def pattern(found: Pattern, labels: Series[str] = ()) -> str:
    """The matrix of a selector, queries down, keys across; what is not selected is left blank.

    ``labels`` stand for the tokens, whose own texts are taken otherwise.

    >>> print(pattern(Pattern((0, 1), ("h", "i"))))
         h i
     h |
     i | 1
    """
    words = list(labels) or [small(token) for token in found.tokens]
    wide = max(map(len, words))
    lines = [" " * (wide + 4) + " ".join(word.rjust(wide) for word in words)]
    for word, row in zip(words, found.matrix(), strict=True):
        cells = " ".join(("1" if cell else "").rjust(wide) for cell in row)
        lines.append(f" {word.rjust(wide)} | {cells}".rstrip())
    return "\n".join(lines)


def printed(value: Value, domain: Exact | None = None, level: int = 0) -> str:
    """Any value on its own.

    >>> printed(fmpq(7)), printed("u"), printed(["a", 1]), printed({"a": fmpq(1, 2)})
    ('7.0', '"u"', "['a', 1]", "{'a': 0.5}")
    """
    if isinstance(value, Sequence):
        return sequence(value.values, domain or value.domain)
    if isinstance(value, Pattern):
        return pattern(value)
    if is_atom(value):
        return visible(shown(value)) if level == 0 else _inside(value)
    if isinstance(value, Element):
        return small(value, domain)
    if isinstance(value, list | dict) and level > DEEPEST_LIST:
        return "..."
    if isinstance(value, list):
        return f"[{', '.join(printed(entry, domain, level + 1) for entry in value)}]"
    if isinstance(value, dict):
        entries = (f"{_inside(key)}: {printed(entry, domain, level + 1)}" for key, entry in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, SOp | Selector):
        return value.name or ("s-op" if isinstance(value, SOp) else "selector")
    if isinstance(value, Function | Primitive):
        return str(value) if isinstance(value, Function) else f"function: {value.name}"
    return str(value)


def _inside(value: Atom) -> str:
    return repr(value) if isinstance(value, str) else arithmetic.text(value)


def outcome(name: str | None, value: Value) -> str:
    """What a session says about one outcome of a statement, without examples.

    >>> outcome("a", 3)
    '    value: a =  3'
    """
    if name is None:
        return f"\t =  {printed(value)}"
    if isinstance(value, SOp):
        return f"     s-op: {name}"
    if isinstance(value, Selector):
        return f"     selector: {name}"
    if isinstance(value, Function):
        return f"     {value}"
    if isinstance(value, Primitive):
        return f"     built-in function: {value.name}(x)"
    for word, types in (("list", list), ("dict", dict)):
        if isinstance(value, types):
            return f"     {word}: {name} = {printed(value)}"
    return f"    value: {name} =  {printed(value)}"
