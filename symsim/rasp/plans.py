"""Plans over scalar tokens: what is fetched and what is computed in which layer, before it is written out or counted.

Tokens are scalars, one a position, and positions are one-hot. A plan is a list of two kinds of steps, heads that
fetch (``Fetch``) and feed-forward units (``Units``), each in the earliest *stage* that has what it reads. Sizes may
be symbols: ``drafting`` turns a plan of integer sizes into an encoder, ``counting`` adds up its cost at any size,
both from the same steps.

A stage is one layer, or k layers where it holds a *narrow* step, which does in k layers, one by one, what a wide one
does side by side, or a step of k *rounds*, which is done again in each of k layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
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

    The flag has no slot: it is a sum of one-hot coordinates. A flag that is a function is asked for copy t of a wide
    step. ``constants`` are further values at single positions.
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
    """What a head carries: a form that it reads at the keys, and the slots that it adds the mean to.

    ``scale(k)`` multiplies what is written in round k, counted from 1.
    """

    reading: Reading
    writes: tuple[Term, ...]
    scale: Callable[[int], Any] | None = None


@dataclass(frozen=True)
class Fetch:
    """Average-hard heads: each entry of a ``rows x cols`` result gets the mean of what stands at selected entries.

    ``source`` says where these entries stand. One head a copy, whatever it carries; a narrow step has one copy a layer.
    All copies are there again in each of ``rounds`` layers. ``times``: so many steps like this one stand side by side.
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
    rounds: Size = 1
    times: Size = 1

    @property
    def layers(self) -> Size:
        """In how many layers of its stage the step has a part."""
        return self.copies if self.narrow else self.rounds


@dataclass(frozen=True)
class Units:
    """Feed-forward units: ``activation(reading)`` is added to the slots in ``writes``; one unit a copy.

    ``narrow``, ``rounds`` and ``times`` as for ``Fetch``.
    """

    stage: int
    activation: str
    reading: Reading
    writes: tuple[Term, ...]
    copies: Size = 1
    narrow: bool = False
    rounds: Size = 1
    times: Size = 1

    @property
    def layers(self) -> Size:
        """In how many layers of its stage the step has a part."""
        return self.copies if self.narrow else self.rounds


@dataclass(frozen=True)
class Note:
    """What a stage does, in words, and the slots that it writes; a lasting remark holds for each layer of its stage."""

    stage: int
    slots: tuple[str, ...]
    text: str
    lasting: bool = False


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
    times: dict[str, Size] = field(default_factory=dict)
    """How many slots like this one there are, where it stands for several."""
    _side_by_side: Size = 1

    def __post_init__(self) -> None:
        self.slots = {TOKEN: 1, POSITION: self.positions, **self.slots}

    def slot(self, name: str, width: Size = 1) -> str:
        """Allocate a slot, or find it again."""
        if self.slots.setdefault(name, width) != width:
            raise BadInput(f"slot '{name}' has width {self.slots[name]}, asked for {width}")
        self.times.setdefault(name, self._side_by_side)
        return name

    def each(self, count: Size) -> Iterator[str]:
        """The numbers of ``count`` parts that stand side by side, as parts of names: ``1``, ``2``, ..; nothing for one.

        With a symbol it is one part, and the slots and steps that are added meanwhile stand for so many like them.

        >>> list(Plan(positions=5).each(3))
        ['1', '2', '3']
        """
        if isinstance(count, int):
            yield from [""] if count == 1 else map(str, range(1, count + 1))
            return
        self._side_by_side = count
        yield ""
        self._side_by_side = 1

    def add(self, *steps: Fetch | Units) -> None:
        """Append steps."""
        self.steps += [replace(step, times=self._side_by_side) for step in steps]

    @property
    def width(self) -> Size:
        """The columns of all slots."""
        return sum((width * self.times.get(name, 1) for name, width in self.slots.items()), 0)

    def remarks(self, stage: int, t: int) -> list[Note]:
        """What is said about layer t of a stage."""
        return [note for note in self.notes if note.stage == stage and (t == 0 or note.lasting)]

    @property
    def stages(self) -> int:
        """How many stages there are."""
        return 1 + max((step.stage for step in self.steps), default=-1)

    def repeats(self, stage: int) -> Size:
        """How many layers a stage takes."""
        here = [step for step in self.steps if step.stage == stage]
        found = list(dict.fromkeys(step.layers for step in here if step.narrow or step.rounds != 1))
        if len(found) > 1 and not all(isinstance(k, int) for k in found):
            raise BadInput(f"steps of {', '.join(map(str, found))} layers side by side: give integer sizes")
        return found[0] if len(found) == 1 else max(found, default=1)

    # -- steps ----------------------------------------------------------------------------------------------------
    def fetch(self, name: str, source: Value, shape: tuple[Size, Size], selection: Selection) -> Value:
        """One head that brings the selected entries of ``source``, or their mean, into the slot ``name``."""
        stage = fetch_stage(source)
        carried = (Carried(reading(source), (Term(self.slot(name)),)),)
        self.add(Fetch(stage, name, source, *shape, selection, carried))
        return Value(name, *shape, 2 * stage)

    def apply(self, activation: str, value: Value, name: str, factor: Any = 1) -> Value:
        """``activation(factor * value)`` at every entry, by one unit; a reciprocal meets 1, not 0, off the entries."""
        aligned(value)
        stage = units_stage(value)
        argument = reading(value, factor)
        rest = AT_ZERO.get(activation, 0)
        if activation == "reciprocal":
            rest, argument = 1, argument.plus(Reading((), 1, value.support))
        self.add(Units(stage, activation, argument, (Term(self.slot(name)),)))
        return Value(name, value.rows, value.cols, 2 * stage + 1, rest=rest)

    def multiply(self, left: Value, right: Value, name: str) -> Value:
        """The entrywise product, by two square units."""
        aligned(left, right)
        stage = units_stage(left, right)
        self.squares(stage, reading(left), reading(right), self.slot(name))
        return Value(name, left.rows, left.cols, 2 * stage + 1)

    def squares(self, stage: int, left: Reading, right: Reading, slot: str, factor: int = 1, **copies: Any) -> None:
        """``factor x y = factor ((x + y)^2 - (x - y)^2) / 4``, added to a slot, where all copies sum up.

        ``copies`` are the fields of ``Units`` from ``copies`` on.
        """
        quarter = sympy.Rational(factor, 4)
        for sign in (1, -1):
            self.add(Units(stage, "square", left.plus(right, sign), (Term(slot, sign * quarter),), **copies))


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
