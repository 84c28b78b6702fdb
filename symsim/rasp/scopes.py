"""Names and what they stand for: the scopes of files, sessions and function calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from symsim.errors import nearest
from symsim.rasp.faults import Place, RaspError
from symsim.rasp.parsing import WORDS
from symsim.rasp.values import Node, Value

FIXED = frozenset(
    ["True", "False", "indices", "out", "range", "zip", "len", "get"]
    + ["tokens_asis", "tokens_str", "tokens_int", "tokens_float", "tokens_bool"]
)
"""Names that no program can assign, anywhere."""


@dataclass(eq=False, slots=True)
class Scope:
    """The names of one file, session or call, and the scope around it.

    A *top* scope refuses to assign ``library`` names; calls may use them for their own variables. Names that do not
    begin with ``_`` are assigned in ``exports`` as well: the scope that loaded this file.
    """

    file: str
    parent: Scope | None = field(default=None, repr=False)
    library: frozenset[str] = field(default=frozenset(), repr=False)
    exports: Scope | None = field(default=None, repr=False)
    names: dict[str, Value] = field(default_factory=dict, repr=False)

    def get(self, name: str, place: Place | None) -> Value:
        """What a name stands for; raises ``RaspError`` with the nearest known name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.parent
        offer = nearest(name, self.known())
        hint = f": {offer}" if offer.startswith("did") else ""
        raise RaspError(f"nothing is named '{name}'{hint}", place)

    def known(self) -> Iterator[str]:
        """All names that can be used here."""
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent

    def assign(self, name: str, value: Value, place: Place | None) -> None:
        """Let a name stand for a value."""
        self.check(name, place)
        self.names[name] = value
        if isinstance(value, Node) and not value.name:
            value.name = name
        if self.exports is not None and not name.startswith("_"):
            self.exports.assign(name, value, place)

    def check(self, name: str, place: Place | None) -> None:
        """Raise ``RaspError`` for a name that cannot be assigned here."""
        if name in FIXED or name in WORDS:
            raise RaspError(f"'{name}' cannot be assigned: it belongs to the language", place)
        if name in self.library:
            raise RaspError(f"'{name}' cannot be assigned: it belongs to the library", place)
