"""Open registries: one object a kind, found by its name, so that a new one is one file and no ``if`` anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from symsim.errors import BadInput, nearest


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str: ...


T = TypeVar("T", bound=Named)


class Registry(Generic[T]):
    """Objects of one kind by name, in the order in which they were registered.

    Raises ``BadInput`` for an unknown name (the nearest known one is offered) and for a name taken twice.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._known: dict[str, T] = {}

    def register(self, item: T) -> T:
        """Add ``item`` under its name and return it."""
        if item.name in self._known and self._known[item.name] is not item:
            raise BadInput(f"a {self.kind} named '{item.name}' is registered already")
        self._known[item.name] = item
        return item

    def remove(self, name: str) -> None:
        """Forget the object of that name."""
        self[name]
        del self._known[name]

    def __getitem__(self, name: str) -> T:
        try:
            return self._known[name]
        except KeyError:
            raise BadInput(f"unknown {self.kind} '{name}': {nearest(name, self._known)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[T]:
        return iter(self._known.values())

    def names(self) -> list[str]:
        """The names, in the order of registration."""
        return list(self._known)
