"""From forms to a plan: in which layer each atom is computed, which slot it is added to, which heads are one.

Atoms that every reader reads in one proportion are added up in one slot, so that a sum costs no unit. Atoms that select
alike in one layer are fetched by one head. ``merged=False`` gives every atom a layer of its own, in the order of the
program: what the schedule saves is seen against that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symsim.rasp.lowering_forms import Atom, Form, Stock
from symsim.rasp.plans import POSITION, TOKEN, Carried, Fetch, Note, Plan, Reading, Selection, Term, Units, Value
from symsim.rasp.selecting import positions

Usage = tuple[tuple[int, Fraction], ...]
"""Which readers read an atom, each with its coefficient."""

RESULT = -1
"""The read-out, as a reader."""

_WORDS = {"square": "square", "exp": "exp", "reciprocal": "reciprocal", "relu": "relu", "step": "step"}


def scheduled(stock: Stock, result: Form, merged: bool = True) -> tuple[Plan, str]:
    """The plan that computes a form, and the slot in which it stands at the end."""
    schedule = _Schedule(stock, result, merged)
    return schedule.plan(), schedule.out


@dataclass
class _Group:
    """Atoms in one slot: ``share`` is what each one is multiplied with on its way there."""

    slot: str
    coefficients: dict[int, Fraction]
    share: dict[int, Fraction]


class _Schedule:
    def __init__(self, stock: Stock, result: Form, merged: bool) -> None:
        self.stock, self.result = stock, result
        self.used = self._reached()
        self.ready = self._times(merged)
        self.readers: list[Form] = []
        self.reader: dict[Form, int] = {}
        for number in self.used:
            for form in stock.atoms[number].reads:
                if form not in self.reader:
                    self.reader[form] = len(self.readers)
                    self.readers.append(form)
        self.names: set[str] = {TOKEN, POSITION}
        self.group: dict[int, _Group] = {}
        self.out = ""
        self._settle_slots()

    def _reached(self) -> list[int]:
        """The atoms that the result needs, each after what it reads."""
        found, open_ = {0}, [self.result]
        while open_:
            for number, _ in open_.pop().terms:
                if number not in found:
                    found.add(number)
                    open_ += self.stock.atoms[number].reads
        return sorted(found - {0})

    def _times(self, merged: bool) -> dict[int, int]:
        """2 s for what the heads of layer s fetch, 2 s + 1 for its units; -1 for the token.

        Units come as early, heads as late as they can: heads for one unit then stand in its layer, and heads that
        select alike more often meet in one.
        """
        ready = {0: -1}
        for count, number in enumerate(self.used):
            atom = self.stock.atoms[number]
            before = max((ready[a] for form in atom.reads for a, _ in form.terms), default=-1)
            if atom.value is not None:
                ready[number] = 2 * (before // 2 + 1 if merged else count)
            else:
                ready[number] = 2 * ((before + 1) // 2 if merged else count) + 1
        return self._heads_late(ready) if merged else ready

    def _heads_late(self, ready: dict[int, int]) -> dict[int, int]:
        latest = {number: max(ready.values()) for number in self.used}
        for number in reversed(self.used):
            atom = self.stock.atoms[number]
            if atom.value is not None:
                ready[number] = latest[number] - latest[number] % 2
            for form in atom.reads:
                for below, _ in form.terms:
                    if below:
                        latest[below] = min(latest[below], ready[number] - 1)
        return ready

    # -- slots --------------------------------------------------------------------------------------------------------
    def _usages(self, with_result: bool) -> dict[int, Usage]:
        usage: dict[int, list[tuple[int, Fraction]]] = {number: [] for number in self.used}
        forms = [*enumerate(self.readers), *([(RESULT, self.result)] if with_result else [])]
        for reader, form in forms:
            for number, coefficient in form.terms:
                if number:
                    usage[number].append((reader, coefficient))
        return {number: tuple(found) for number, found in usage.items()}

    def _settle_slots(self) -> None:
        """The result has a slot of its own, unless the atoms in it are all that one slot holds."""
        groups = self._grouped(self._usages(True))
        mine = [group for group in groups if any(reader == RESULT for reader, _ in group[0][1])]
        if len(mine) == 1 and not any(self.result.constants) and not dict(self.result.terms).get(0):
            self._assign(groups)
            self.out = self.group[mine[0][0][0]].slot
        else:
            self._assign(self._grouped(self._usages(False)))
            untouched = self.result.terms == ((0, Fraction(1)),) and not any(self.result.constants)
            self.out = TOKEN if untouched else self._name("result")

    def _grouped(self, usages: dict[int, Usage]) -> list[list[tuple[int, Usage]]]:
        groups: dict[Usage, list[tuple[int, Usage]]] = {}
        for number, usage in usages.items():
            if usage:
                key = tuple((reader, c / usage[-1][1]) for reader, c in usage)
                groups.setdefault(key, []).append((number, usage))
        return list(groups.values())

    def _assign(self, groups: list[list[tuple[int, Usage]]]) -> None:
        for members in groups:
            first = members[0][1]
            scale = Fraction(1) if first[-1][0] == RESULT else first[-1][1]
            named = next((self.stock.atoms[n].name for n, _ in reversed(members) if self.stock.atoms[n].name), "value")
            slot = self._name(named)
            share = {number: usage[-1][1] / scale for number, usage in members}
            coefficients = {reader: c / first[-1][1] * scale for reader, c in first}
            group = _Group(slot, coefficients, share)
            self.group.update({number: group for number, _ in members})

    def _name(self, wish: str) -> str:
        name, number = wish, 1
        while name in self.names:
            number += 1
            name = f"{wish}{number}"
        self.names.add(name)
        return name

    # -- the plan -----------------------------------------------------------------------------------------------------
    def plan(self) -> Plan:
        """All steps, with what each layer does in words."""
        plan = Plan(positions=self.stock.length + 1)
        for number in self.used:
            if number in self.group:
                plan.slot(self.group[number].slot)
        plan.slot(self.out)
        stages = 1 + max((self.ready[number] // 2 for number in self.used), default=-1 if self.out == TOKEN else 0)
        for stage in range(stages):
            here = [n for n in self.used if self.ready[n] // 2 == stage]
            plan.steps += self._heads(stage, [n for n in here if self.stock.atoms[n].value is not None])
            plan.steps += self._units(stage, [n for n in here if self.stock.atoms[n].value is None], stage == 0)
            plan.notes.append(_note(plan, stage))
        return plan

    def _writes(self, number: int, factor: Fraction) -> Iterator[tuple[str, Fraction]]:
        """Where an atom, times a factor, is added."""
        group = self.group.get(number)
        if group is not None:
            yield group.slot, factor * group.share[number]
        if group is None or group.slot != self.out:
            coefficient = dict(self.result.terms).get(number)
            if coefficient:
                yield self.out, factor * coefficient

    def _reading(self, form: Form, at_sink: int = 0) -> Reading:
        reader = self.reader[form]
        slots: dict[str, Fraction] = {}
        sink = Fraction(at_sink)
        for number, coefficient in form.terms:
            sink -= coefficient * self.stock.atoms[number].rest
            if number:
                slots[self.group[number].slot] = self.group[number].coefficients[reader]
            else:
                slots[TOKEN] = coefficient
        terms = tuple(Term(slot, _rational(c)) for slot, c in slots.items())
        constants = tuple((p, _rational(c)) for p, c in enumerate((*form.constants, sink)) if c)
        return Reading(terms, constants=constants)

    def _heads(self, stage: int, numbers: list[int]) -> list[Fetch]:
        together: dict[tuple[int, ...], list[int]] = {}
        for number in numbers:
            together.setdefault(self.stock.atoms[number].rows, []).append(number)
        return [self._head(stage, rows, members) for rows, members in together.items()]

    def _head(self, stage: int, rows: tuple[int, ...], numbers: list[int]) -> Fetch:
        atoms = [self.stock.atoms[number] for number in numbers]
        carried = tuple(
            Carried(self._reading(_value(atom)), _terms(dict(self._writes(number, Fraction(1)))))
            for number, atom in zip(numbers, atoms, strict=True)
        )
        name = ", ".join(dict.fromkeys(atom.name or "value" for atom in atoms))
        source = Value(TOKEN, 1, self.stock.length)
        return Fetch(stage, name, source, 1, self.stock.length, selection(rows), carried)

    def _units(self, stage: int, numbers: list[int], first: bool) -> list[Units]:
        """Units that read the same are one, and may write to several slots."""
        found: dict[tuple[str, Reading], dict[str, Fraction]] = {}
        for number in numbers:
            for activation, form, factor in self.stock.atoms[number].parts:
                key = activation, self._reading(form, int(activation == "reciprocal"))
                written = found.setdefault(key, {})
                for slot, coefficient in self._writes(number, factor):
                    written[slot] = written.get(slot, Fraction(0)) + coefficient
        if first and (left := self._untouched()) is not None:
            found["identity", left] = {self.out: Fraction(1)}
        return [Units(stage, name, form, _terms(writes)) for (name, form), writes in found.items() if _terms(writes)]

    def _untouched(self) -> Reading | None:
        """The part of the result that no atom computes: the token and constants."""
        if self.out == TOKEN or self.out in (group.slot for group in self.group.values()):
            return None
        token = dict(self.result.terms).get(0)
        terms = (Term(TOKEN, _rational(token)),) if token else ()
        constants = tuple((p, _rational(c)) for p, c in enumerate(self.result.constants) if c)
        return Reading(terms, constants=constants) if terms or constants or not self.used else None


def selection(rows: tuple[int, ...]) -> Selection:
    """What each position selects, by groups of positions that select alike; a position may select nothing."""
    wishes = [row for row in dict.fromkeys(rows) if row]
    group = {row: g for g, row in enumerate(wishes)}
    return Selection(
        groups=len(wishes),
        wishes=sum(row.bit_count() for row in wishes),
        group=lambda i, j: group.get(rows[j], len(wishes)),
        chosen=lambda t, g: [(0, p) for p in positions(wishes[g])],
    )


def _value(atom: Atom) -> Form:
    return atom.reads[0]


def _terms(written: dict[str, Fraction]) -> tuple[Term, ...]:
    return tuple(Term(slot, _rational(c)) for slot, c in written.items() if c)


def _rational(value: Fraction) -> Any:
    return sympy.Rational(value.numerator, value.denominator)


def _note(plan: Plan, stage: int) -> Note:
    """What a layer does, in words."""
    heads = [step for step in plan.steps if isinstance(step, Fetch) and step.stage == stage]
    units = [step for step in plan.steps if isinstance(step, Units) and step.stage == stage]
    said, slots = [], {}
    if heads:
        into = dict.fromkeys(term.slot for head in heads for c in head.carried for term in c.writes)
        slots.update(into)
        count = "One head fetches" if len(heads) == 1 else f"{len(heads)} heads fetch"
        said.append(f"{count} by position into {_slots(into)}.")
    for activation in dict.fromkeys(unit.activation for unit in units):
        mine = [unit for unit in units if unit.activation == activation]
        into = dict.fromkeys(term.slot for unit in mine for term in unit.writes)
        slots.update(into)
        count = f"One {activation} unit writes" if len(mine) == 1 else f"{len(mine)} {activation} units write"
        said.append(f"{count} into {_slots(into)}.")
    return Note(stage, tuple(slots), " ".join(said))


def _slots(names: dict[str, None]) -> str:
    return f"slot{'s' if len(names) > 1 else ''} {', '.join(names)}"
