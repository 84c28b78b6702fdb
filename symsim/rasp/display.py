"""What a session shows about values: the lines of existing interpreter sessions, with an example below a definition.

The notation of single values is that of :mod:`symsim.rasp.notation`; here it is laid out with tabs, as there.
"""

from __future__ import annotations

from collections.abc import Sequence as Series
from dataclasses import dataclass
from typing import Any

from symsim.errors import SymsimError, visible
from symsim.rasp.arithmetic import is_atom
from symsim.rasp.evaluate import Run, shown
from symsim.rasp.interpreter import Outcome, Settings
from symsim.rasp.notation import all_equal, kind, outcome, pattern, printed, small
from symsim.rasp.operators import DEEPEST_LIST
from symsim.rasp.values import Function, Node, Pattern, Primitive, Selector, Sequence, SOp, Value

SKIPPED = "[skipped full display: identical values]"
GRID = " \t\t\t"


@dataclass(frozen=True)
class Display:
    """How the outcomes of statements are shown under the settings of a session.

    >>> from symsim.rasp.values import Indices
    >>> print(Display(Settings()).outcome(Outcome("x", Indices())).expandtabs(4))
         s-op: x
         Example: x("hello") = [0, 1, 2, 3, 4] (ints)
    """

    settings: Settings

    def outcome(self, found: Outcome) -> str:
        """What is said about one outcome: a name and its value with an example, or the result of a run."""
        if found.name is not None:
            return "\n".join(self._named(found.name, found.value))
        if isinstance(found.value, Pattern):
            return "\t = \n" + _grid(found.value)
        if isinstance(found.value, Sequence) and self.settings.full_display:
            return self._full("\t = ", "  ", found.value, found.value.tokens)
        return outcome(None, found.value)

    def loaded(self, found: Series[Outcome]) -> str:
        """What is said about the names of a file: no examples."""
        quiet = Display(Settings(sop_examples=False, selector_examples=False))
        return "\n".join(quiet.outcome(each) for each in found)

    def example(self, word: str, example: Any) -> str:
        """The example of s-ops or selectors."""
        return f"\t{word} example: {example_text(example)}"

    def _named(self, name: str, value: Value, prefix: str = "", before: str = "") -> list[str]:
        if isinstance(value, list | dict) and not all(map(is_atom, _entries(value))):
            return self._nested(name, value, prefix, before)
        head = outcome(name, value) if name or isinstance(value, Node | Function | Primitive) else _bare(value)
        lines = [f"{prefix}{before}{head.lstrip() if before else head}"]
        if isinstance(value, SOp) and self.settings.sop_examples:
            lines.append(f"{prefix}{self._sop_example(name, value)}")
        if isinstance(value, Selector) and self.settings.selector_examples:
            lines += [f"{prefix}{line}" for line in self._selector_example(value).split("\n")]
        return lines

    def _nested(self, name: str, value: list[Value] | dict[Any, Value], prefix: str, before: str) -> list[str]:
        """A list or dictionary that holds more than atoms: an entry a line."""
        word, opens, closes = ("list", "[", "]") if isinstance(value, list) else ("dict", "{", "}")
        head = f"{'' if before else '     '}{word}: {f'{name} = ' if name else ''}"
        if prefix.count("\t") > 3 * DEEPEST_LIST:
            return [f"{prefix}{before}{head} {opens}...{closes}"]
        lines = [f"{prefix}{before}{head} {opens}"]
        inner = prefix + "\t\t\t"
        keys = [""] * len(value) if isinstance(value, list) else [f"{shown(key)} :     " for key in value]
        for key, entry in zip(keys, _entries(value), strict=True):
            called = (entry.name or _kind(entry)) if isinstance(entry, Node) else ""
            lines += self._named(called, entry, inner + " ", key or "    ")
        return [*lines, f"{prefix}{' ' * len(head)}{closes}"]

    def _sop_example(self, name: str, value: SOp) -> str:
        given = self.settings.sop_example
        lead = f"{name}({example_text(given)}) ="
        try:
            found = Run(given).result(value)
        except SymsimError as error:
            return f" \t Example: {lead} no value: {message(error)}"
        if self.settings.full_display:
            return self._full(" \t Example:", f" {lead} ", found, found.tokens)
        return f" \t Example: {lead} {printed(found)}"

    def _selector_example(self, value: Selector) -> str:
        given = self.settings.selector_example
        try:
            found = Run(given).result(value)
        except SymsimError as error:
            return f" \t Example: no value at {example_text(given)}: {message(error)}"
        return " \t Example:\n" + _grid(found, [_label(token) for token in given])

    def _full(self, lead: str, short: str, found: Sequence, tokens: Series[Any]) -> str:
        """Input and output below each other; equal values are written once."""
        if all_equal(found.values, found.domain):
            return f"{lead}{short}{printed(found)} {SKIPPED}"
        rows = [_cells(tokens, found), _cells(found.values, found)]
        wide = max(len(word) for row in rows for word in row)
        above, below = (" ".join(word.rjust(wide) for word in row) for row in rows)
        return (
            f"{lead.rstrip()}\n \t\tinput:   {above} \t ({kind(tokens)})\n"
            f" \t\toutput:  {below} \t ({kind(found.values)})"
        )


def example_text(example: Any) -> str:
    """An example as it stands between the brackets of a call.

    >>> example_text("hey"), example_text([1, 2, "a"])
    ('"hey"', "[1, 2, 'a']")
    """
    if isinstance(example, list):
        return f"[{', '.join(printed(token, level=1) for token in example)}]"
    return printed(example)


def message(error: SymsimError) -> str:
    """What an error says on one line, without its place and its line."""
    return visible(" ".join(str(getattr(error, "message", error)).split()))


def _kind(value: Value) -> str:
    return "s-op" if isinstance(value, SOp) else "plain select"


def _bare(value: Value) -> str:
    """A value without a name."""
    for word, types in (("list", list), ("dict", dict)):
        if isinstance(value, types):
            return f"     {word}: {printed(value)}"
    return f"    value:  {printed(value)}"


def _entries(value: list[Value] | dict[Any, Value]) -> list[Value]:
    return list(value.values()) if isinstance(value, dict) else value


def _label(token: Any) -> str:
    return small(token) if is_atom(token) else str(token)


def _grid(found: Pattern, labels: Series[str] = ()) -> str:
    return "\n".join(GRID + line for line in pattern(found, labels).split("\n"))


def _cells(values: Series[Any], found: Sequence) -> list[str]:
    """Values for the full display; of booleans the rarer ones alone are written."""
    if not all(isinstance(value, bool) for value in values):
        return [small(value, found.domain) for value in values]
    true = sum(values)
    words = {True: "T" if 2 * true <= len(values) else "", False: "F" if 2 * true >= len(values) else ""}
    return [words[value] for value in values]
