"""Plans over scalar tokens: what is fetched and what is computed in which layer, before it is written out or counted.

Tokens are scalars, one a position, and positions are one-hot. A plan is a list of two kinds of steps, heads that
fetch (``Fetch``) and feed-forward units (``Units``), each in the earliest *stage* that has what it reads. Sizes may
be symbols: ``drafting`` turns a plan of integer sizes into an encoder, ``counting`` adds up its cost at any size,
both from the same steps.

A stage is one layer, or k layers where it holds a *narrow* step, which does in k layers, one by one, what a wide one
does side by side.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sympy

from symsim.domains.layout import Size
from symsim.errors import BadInput

TOKEN, POSITION = "token", "pos"
"""The slot that holds the scalar of a token, and the slot of its one-hot position."""

AT_ZERO = {"exp": 1, "step": 1}
"""The activations g with g(0) != 0, and that value."""


@dataclass(frozen=True)
class Value:
    """A ``rows x cols`` matrix in one slot: entry (i, j) at position ``start + i cols + j``.

    ``ready``: 2 s after the heads of stage s, 2 s + 1 after its units, -1 for inputs. ``rest``: what the slot holds
    at all other positions (for values that start at 0); a reader subtracts it, so that what is read is 0 there.
    """

    slot: str
    rows: Size
    cols: Size
    ready: int = -1
    start: Size = 0
    rest: int = 0

    def place(self, i: int, j: int) -> int:
        """The position of entry (i, j), at fixed sizes."""
        return int(self.start + i * self.cols + j)

    @property
    def support(self) -> Size:
        """How many positions hold an entry."""
        return self.rows * self.cols


@dataclass(frozen=True)
class Term:
    """A slot with a coefficient; a ``moving`` one is column t of the slot in copy t of a step, else column 0."""

    slot: str
    coefficient: Any = 1
    moving: bool = False


@dataclass(frozen=True)
class Reading:
    """A linear form in the stream: the terms, plus ``flag`` times a flag that is 1 at positions from ``support`` on.

    The flag has no slot: it is a sum of one-hot coordinates. ``constants`` are further values at single positions.
    """

    terms: tuple[Term, ...]
    flag: Any = 0
    support: Size = 0
    constants: tuple[tuple[int, Any], ...] = ()

    def plus(self, other: Reading, factor: int = 1) -> Reading:
        """``self + factor * other``; both have one support."""
        total: dict[tuple[str, bool], Any] = {(t.slot, t.moving): t.coefficient for t in self.terms}
        for t in other.terms:
            total[t.slot, t.moving] = total.get((t.slot, t.moving), 0) + factor * t.coefficient
        terms = tuple(Term(slot, c, moving) for (slot, moving), c in total.items() if c != 0)
        single = dict(self.constants)
        for place, value in other.constants:
            single[place] = single.get(place, 0) + factor * value
        constants = tuple((place, value) for place, value in sorted(single.items()) if value != 0)
        return Reading(terms, self.flag + factor * other.flag, self.support, constants)


def reading(value: Value, factor: Any = 1) -> Reading:
    """``factor`` times a value, 0 at the sink and at every position without an entry."""
    return Reading((Term(value.slot, factor),), -factor * value.rest, value.support)


@dataclass(frozen=True)
class Selection:
    """Which entries of the source an entry (i, j) of the result fetches, by groups of equal wishes.

    ``group(i, j)`` is its group (``groups`` for an entry that wants nothing), and ``chosen(t, g)`` the entries that
    group g wants in copy t: ``wishes`` of them in all ``groups`` groups together.
    """

    groups: Size
    wishes: Size
    group: Callable[[int, int], int]
    chosen: Callable[[int, int], list[tuple[int, int]]]


@dataclass(frozen=True)
class Carried:
    """What a head carries: a form that it reads at the keys, and the slots that it adds the mean to."""

    reading: Reading
    writes: tuple[Term, ...]


@dataclass(frozen=True)
class Fetch:
    """Average-hard heads: each entry of a ``rows x cols`` result gets the mean of what stands at selected entries.

    ``source`` says where these entries stand. One head a copy, whatever it carries; a narrow step has one copy a layer.
    """

    stage: int
    name: str
    source: Value
    rows: Size
    cols: Size
    selection: Selection
    carried: tuple[Carried, ...]
    copies: Size = 1
    narrow: bool = False


@dataclass(frozen=True)
class Units:
    """Feed-forward units: ``activation(reading)`` is added to the slots in ``writes``; one unit a copy."""

    stage: int
    activation: str
    reading: Reading
    writes: tuple[Term, ...]
    copies: Size = 1
    narrow: bool = False


@dataclass(frozen=True)
class Note:
    """What a stage does, in words, and the slots that it writes; a narrow remark holds for each layer of its stage."""

    stage: int
    slots: tuple[str, ...]
    text: str
    narrow: bool = False


@dataclass
class Plan:
    """The steps so far, the slots that they use, and words on what each stage does.

    ``positions`` counts all tokens, the sink (the last one) included.

    >>> plan = Plan(positions=5)
    >>> x = Value(TOKEN, 2, 2)
    >>> plan.apply("exp", x, "e"), plan.slots["e"]
    (Value(slot='e', rows=2, cols=2, ready=1, start=0, rest=1), 1)
    """

    positions: Size
    slots: dict[str, Size] = field(default_factory=dict)
    steps: list[Fetch | Units] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.slots = {TOKEN: 1, POSITION: self.positions, **self.slots}

    def slot(self, name: str, width: Size = 1) -> str:
        """Allocate a slot, or find it again."""
        if self.slots.setdefault(name, width) != width:
            raise BadInput(f"slot '{name}' has width {self.slots[name]}, asked for {width}")
        return name

    def remarks(self, stage: int, t: int) -> list[Note]:
        """What is said about layer t of a stage."""
        return [note for note in self.notes if note.stage == stage and (t == 0 or note.narrow)]

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return 1 + max((step.stage for step in self.steps), default=-1)

    def repeats(self, stage: int) -> Size:
        """How many layers a stage takes."""
        found = list(dict.fromkeys(step.copies for step in self.steps if step.stage == stage and step.narrow))
        if len(found) > 1 and not all(isinstance(k, int) for k in found):
            raise BadInput(f"narrow steps of {', '.join(map(str, found))} layers side by side: give integer sizes")
        return found[0] if len(found) == 1 else max(found, default=1)

    # -- steps ----------------------------------------------------------------------------------------------------
    def fetch(self, name: str, source: Value, shape: tuple[Size, Size], selection: Selection) -> Value:
        """One head that brings the selected entries of ``source``, or their mean, into the slot ``name``."""
        stage = fetch_stage(source)
        carried = (Carried(reading(source), (Term(self.slot(name)),)),)
        self.steps.append(Fetch(stage, name, source, *shape, selection, carried))
        return Value(name, *shape, 2 * stage)

    def apply(self, activation: str, value: Value, name: str, factor: Any = 1) -> Value:
        """``activation(factor * value)`` at every entry, by one unit; a reciprocal meets 1, not 0, off the entries."""
        aligned(value)
        stage = units_stage(value)
        argument = reading(value, factor)
        rest = AT_ZERO.get(activation, 0)
        if activation == "reciprocal":
            rest, argument = 1, argument.plus(Reading((), 1, value.support))
        self.steps.append(Units(stage, activation, argument, (Term(self.slot(name)),)))
        return Value(name, value.rows, value.cols, 2 * stage + 1, rest=rest)

    def multiply(self, left: Value, right: Value, name: str) -> Value:
        """The entrywise product, by two square units."""
        aligned(left, right)
        stage = units_stage(left, right)
        self.squares(stage, reading(left), reading(right), self.slot(name))
        return Value(name, left.rows, left.cols, 2 * stage + 1)

    def squares(
        self, stage: int, left: Reading, right: Reading, slot: str, copies: Size = 1, narrow: bool = False
    ) -> None:
        """``x y = ((x + y)^2 - (x - y)^2) / 4``, added to a slot; the products of all copies sum up there."""
        quarter = sympy.Rational(1, 4)
        for sign in (1, -1):
            argument = left.plus(right, sign)
            self.steps.append(Units(stage, "square", argument, (Term(slot, sign * quarter),), copies, narrow))


def fetch_stage(*values: Value) -> int:
    """The first stage whose heads find all these values."""
    return max(value.ready for value in values) // 2 + 1


def units_stage(*values: Value) -> int:
    """The first stage whose units find all these values."""
    return (max(value.ready for value in values) + 1) // 2


def aligned(*values: Value) -> None:
    """Raise ``BadInput`` unless the values have one shape and start at position 0: units see no other position."""
    if any(value.start != 0 or (value.rows, value.cols) != (values[0].rows, values[0].cols) for value in values):
        raise BadInput("units combine entries at the same position: fetch the values there first")


def largest(*sizes: Size) -> Size:
    """The largest of some sizes, as a maximum where they are symbols."""
    if all(isinstance(size, int) for size in sizes):
        return max(sizes)
    return sympy.Max(*(sympy.expand(size) for size in sizes))
