"""The error of the language: file, line, column, the line itself, a caret, and what would be right."""

from __future__ import annotations

from dataclasses import dataclass, field

from symsim.errors import BadInput

WIDTH = 60
"""How many characters of a long line are shown on either side of the caret."""


@dataclass(frozen=True)
class Source:
    """A text, the name of the file that it came from, and the number of its first line there."""

    name: str
    text: str = field(repr=False)
    first: int = 1

    def line(self, number: int) -> str:
        """One line of the text, by its number."""
        lines = self.text.split("\n")
        return lines[number - self.first] if 0 <= number - self.first < len(lines) else ""


NOWHERE = Source("", "")


@dataclass(frozen=True)
class Place:
    """A position in a source: line and column count from 1.

    >>> print(Place(Source("f.rasp", "a = ;"), 1, 5))
    f.rasp, line 1, column 5
    """

    source: Source = field(repr=False, compare=False)
    line: int
    column: int

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{self.source.name}, {where}" if self.source.name else where


class RaspError(BadInput):
    """A program cannot be read or run: ``str`` of it gives the place, the reason, the line and a caret.

    ``file``, ``line`` and ``column`` are None where the error belongs to no place in a program.
    """

    def __init__(self, message: str, place: Place | None = None) -> None:
        self.message = message
        self.place = place
        super().__init__(message if place is None else f"{place}: {message}\n{pointer(place)}")

    @property
    def file(self) -> str | None:
        """The file that the place is in."""
        return None if self.place is None else self.place.source.name

    @property
    def line(self) -> int | None:
        """The line, counted from 1."""
        return None if self.place is None else self.place.line

    @property
    def column(self) -> int | None:
        """The column, counted from 1."""
        return None if self.place is None else self.place.column

    def at(self, place: Place | None) -> RaspError:
        """The same error with a place, if it has none yet."""
        if self.place is not None or place is None:
            return self
        return type(self)(self.message, place)


class Unfinished(RaspError):
    """A text ends where a program cannot end: more of it may follow."""


class Undecided(RaspError):
    """Whether a condition holds depends on the values of symbols, and nothing says which case to take."""


def pointer(place: Place) -> str:
    """The line of a place with a caret under the column.

    >>> print(pointer(Place(Source("", "a = ;"), 1, 5)))
      a = ;
          ^
    """
    line, column = place.source.line(place.line), place.column - 1
    left = max(0, column - WIDTH)
    shown = "".join(c if c.isprintable() else " " for c in line[left : column + WIDTH])
    return f"  {shown}\n  {' ' * (column - left)}^"
