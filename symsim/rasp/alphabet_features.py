"""What heads of a program over an alphabet fetch, and the functions that they read: data, no deciding."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from symsim.rasp.alphabet_selectors import Choice
from symsim.rasp.alphabet_table import Ids
from symsim.rasp.values import Selector, SOp


@dataclass(eq=False)
class Lookup:
    """A score that is largest exactly where two integers q and k are equal: ``2 q k - k^2 = q^2 - (q - k)^2``.

    A key that nobody selects has k = 0 and 1 for k^2, a query that selects nothing q = 0 and 1 for q^2: they score less
    than q^2 by 1 at least. ``query_square`` is None where every query selects something: the sink need not follow q^2.
    """

    query: Feature
    key: Feature
    query_square: Feature | None
    key_square: Feature

    @property
    def reads(self) -> list[Feature]:
        """The features that the score reads."""
        return [self.query, self.key, self.key_square] + ([self.query_square] if self.query_square is not None else [])


@dataclass(eq=False)
class OneHot:
    """A score that is 1 where ``table[rows[a], columns[b]]`` for a query of class a and a key of class b, else 0."""

    query: Feature
    key: Feature
    table: Any
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    @property
    def reads(self) -> list[Feature]:
        """The features that the score reads."""
        return [self.query, self.key] if self.query is not self.key else [self.query]


@dataclass(eq=False)
class Score:
    """What a query and a key score: the sum of a lookup and a one-hot score, or one of them.

    A selected key scores ``q^2 + 1`` (without a lookup 1, without one-hot classes ``q^2``), all others 1 less at least.
    """

    lookup: Lookup | None
    classes: OneHot | None

    @property
    def reads(self) -> list[Feature]:
        """The features that the score reads, each once."""
        parts = [part for part in (self.lookup, self.classes) if part is not None]
        return list(dict.fromkeys(feature for part in parts for feature in part.reads))

    @property
    def ready(self) -> int:
        """The layer after which all of them are known."""
        return max((feature.ready for feature in self.reads), default=0)


@dataclass(eq=False)
class Fetched:
    """What a head fetches for an aggregate, or for a count of what a selector selects.

    ``numbers[ids[c]]`` is what stands in its slot in context c: the mean, or 1/(1 + count); ``at_sink`` is what stands
    there at the sink. ``layer``, from 1, is where it stands; ``earliest`` is the first layer that has what it reads.
    """

    node: SOp
    selector: Selector
    counts: bool
    choice: Choice
    score: Score
    value: Feature | None
    ids: Ids
    numbers: tuple[Fraction, ...]
    at_sink: Fraction
    earliest: int = 0
    layer: int = 0

    @property
    def reads(self) -> list[Feature]:
        """The features that its head reads."""
        return self.score.reads + ([self.value] if self.value is not None else [])


@dataclass(eq=False)
class Feature:
    """A function of ``bases`` and, if ``place``, of the place: one-hot (-1: nothing), or a number where there are some.

    ``name`` is for people.
    """

    ids: Ids
    numbers: tuple[Fraction, ...] | None
    bases: tuple[Fetched, ...]
    place: bool
    name: str = field(default="", compare=False)

    @property
    def ready(self) -> int:
        """The layer after which it is known; 0 where the embedding has it."""
        return max((base.layer for base in self.bases), default=0)

    @cached_property
    def mark(self) -> tuple[bytes, tuple[Fraction, ...] | None]:
        """Equal for features that are equal in every context."""
        return self.ids.tobytes(), self.numbers

    @property
    def width(self) -> int:
        """How many columns a slot for it has."""
        return 1 if self.numbers is not None else int(self.ids.max()) + 1

    @property
    def constant(self) -> bool:
        """Whether the flag for words says it: one class, at every position."""
        return not self.bases and not self.place and int(self.ids.max()) == 0 and int(self.ids.min()) == 0

    @property
    def number(self) -> Fraction:
        """The number of a constant."""
        return self.numbers[0] if self.numbers else Fraction(0)

    @property
    def direct(self) -> Fetched | None:
        """The head whose slot is this number already."""
        if self.numbers is not None and len(self.bases) == 1 and not self.place:
            base = self.bases[0]
            if [self.numbers[i] for i in self.ids] == [base.numbers[i] for i in base.ids]:
                return base
        return None
