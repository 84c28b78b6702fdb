"""Values on their way through an encoder: linear forms in what heads and units computed, with a constant a position.

An *atom* is what one head fetches or what one or two units compute. Equal atoms are one, so that equal work is done
once. For every position an atom knows whether its value there is a constant; that is how a value is cut to some
positions without a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from symsim.rasp.faults import RaspError
from symsim.rasp.selecting import positions

Known = tuple[Fraction | None, ...]
"""A value a position: a constant, or None where it depends on the input."""

ONE = Fraction(1)

LONG_BITS = 64
"""Coefficients up to so many binary digits are taken out of products and means, so that equal ones are found."""

DEEPEST = 8
"""A product of products is cut at a factor down to this level."""

_RATIONAL: dict[str, Callable[[Fraction], Fraction | None]] = {
    "exp": lambda x: ONE if x == 0 else None,
    "reciprocal": lambda x: 1 / x,
    "relu": lambda x: max(x, Fraction(0)),
    "step": lambda x: Fraction(x >= 0),
    "square": lambda x: x * x,
}
"""What an activation makes of a constant, where that is rational."""

AT_SINK = {"exp": 1, "step": 1, "reciprocal": 1}
"""What a unit writes at the sink, where it reads 0 (a reciprocal reads 1 there)."""


@dataclass(frozen=True)
class Form:
    """``sum of coefficient * atom + constant``; terms by atom number, one constant a position."""

    terms: tuple[tuple[int, Fraction], ...]
    constants: tuple[Fraction, ...]

    def plus(self, other: Form, factor: Fraction | int = 1) -> Form:
        """``self + factor * other``."""
        total = dict(self.terms)
        for atom, coefficient in other.terms:
            total[atom] = total.get(atom, Fraction(0)) + factor * coefficient
        terms = tuple(sorted((atom, c) for atom, c in total.items() if c))
        pairs = zip(self.constants, other.constants, strict=True)
        return Form(terms, tuple(a + factor * b for a, b in pairs))

    def times(self, factor: Fraction | int) -> Form:
        """``factor * self``."""
        if factor == 0:
            return Form((), (Fraction(0),) * len(self.constants))
        return Form(tuple((a, factor * c) for a, c in self.terms), tuple(factor * c for c in self.constants))

    def lead(self) -> Fraction:
        """The first coefficient that is not 0, or 1. A long one stays: it would grow from product to product."""
        found = next((c for _, c in self.terms), next((c for c in self.constants if c), ONE))
        return ONE if max(found.numerator.bit_length(), found.denominator.bit_length()) > LONG_BITS else found


@dataclass
class Atom:
    """What one head fetches (``rows``: the selected positions of each query) or what units compute (``parts``).

    ``factors`` are the two forms that a product multiplies, ``rest`` what the slot holds at the sink.
    """

    known: Known
    name: str = ""
    rows: tuple[int, ...] = ()
    value: Form | None = None
    parts: tuple[tuple[str, Form, Fraction], ...] = ()
    factors: tuple[Form, Form] | None = None
    rest: int = 0

    @property
    def reads(self) -> list[Form]:
        """The forms that it reads."""
        return [self.value] if self.value is not None else [form for _, form, _ in self.parts]


@dataclass
class Stock:
    """All atoms of one program at one length. Atom 0 is the token; ``given`` positions hold an input, the others 0."""

    length: int
    given: int
    atoms: list[Atom] = field(default_factory=list)
    known: dict[object, int] = field(default_factory=dict)
    name: str = ""
    """The name that new atoms get."""
    efforts: dict[tuple[int, int, int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.atoms.append(Atom(tuple(None if p < self.given else Fraction(0) for p in range(self.length)), "token"))

    # -- forms --------------------------------------------------------------------------------------------------------
    @property
    def token(self) -> Form:
        """The input."""
        return self._single(0)

    def constant(self, values: Iterable[Fraction | int]) -> Form:
        """The same values at every input."""
        return Form((), tuple(Fraction(v) for v in values))

    def everywhere(self, value: Fraction | int) -> Form:
        """One value at every position."""
        return self.constant([value] * self.length)

    def _single(self, atom: int) -> Form:
        return Form(((atom, ONE),), (Fraction(0),) * self.length)

    def at(self, form: Form, position: int) -> Fraction | None:
        """The value of a form at a position, where it is a constant."""
        total = form.constants[position]
        for atom, coefficient in form.terms:
            known = self.atoms[atom].known[position]
            if known is None:
                return None
            total += coefficient * known
        return total

    def fixed(self, form: Form) -> Known:
        """The value of a form at every position where it is a constant."""
        return tuple(self.at(form, p) for p in range(self.length))

    def _made(self, key: object, make: Callable[[], Atom]) -> Form:
        if key not in self.known:
            atom = make()
            if all(value is not None for value in atom.known):
                return self.constant(value or 0 for value in atom.known)
            atom.name = self.name
            self.known[key] = len(self.atoms)
            self.atoms.append(atom)
        return self._single(self.known[key])

    # -- heads --------------------------------------------------------------------------------------------------------
    def fetch(self, rows: tuple[int, ...], value: Form) -> Form:
        """At each position the mean of the value over the selected positions, 0 where none is selected."""
        here = sum(row & 1 << p for p, row in enumerate(rows))
        if all(row in (0, 1 << p) for p, row in enumerate(rows)) and self._cut_is_free(value, here, self.full):
            return self.cut(value, here, self.full)
        through = self._through(rows, value)
        if through is not None:
            return through
        lead = value.lead()
        value = value.times(1 / lead)
        fixed = self.fixed(value)
        known = tuple(_mean([fixed[p] for p in positions(row)]) for row in rows)
        return self._made((rows, value), lambda: Atom(known, rows=rows, value=value)).times(lead)

    def _through(self, rows: tuple[int, ...], value: Form) -> Form | None:
        """What is fetched from where another head fetched it to, by one head, if the mean of the means is a mean."""
        if len(value.terms) != 1 or self.atoms[value.terms[0][0]].value is None:
            return None
        ((number, coefficient),) = value.terms
        inner, composed = self.atoms[number], []
        for row in rows:
            steps = [inner.rows[p] for p in positions(row)]
            union = 0
            for step in steps:
                union |= step
            sizes = {step.bit_count() for step in steps}
            if len(steps) > 1 and (len(sizes) > 1 or sum(step.bit_count() for step in steps) != union.bit_count()):
                return None
            composed.append(union)
        constants = tuple(_mean([value.constants[p] for p in positions(row)]) or Fraction(0) for row in rows)
        if inner.value is None:
            return None
        return self.fetch(tuple(composed), inner.value).times(coefficient).plus(Form((), constants))

    def call(self, form: Form, name: str) -> None:
        """Give a name to the atoms of a form that have none."""
        for number, _ in form.terms:
            self.atoms[number].name = self.atoms[number].name or name

    @property
    def full(self) -> int:
        """All positions."""
        return (1 << self.length) - 1

    # -- units --------------------------------------------------------------------------------------------------------
    def unit(self, activation: str, form: Form) -> Form:
        """``activation(form)`` at every position; ``RaspError`` for the reciprocal of a constant 0."""
        fixed = self.fixed(form)
        if activation == "reciprocal" and any(value == 0 for value in fixed):
            raise RaspError("division by 0")
        rule = _RATIONAL[activation]
        known = tuple(None if value is None else rule(value) for value in fixed)
        part = ((activation, form, ONE),)
        return self._made((activation, form), lambda: Atom(known, parts=part, rest=AT_SINK.get(activation, 0)))

    def product(self, a: Form, b: Form, wanted: int) -> Form:
        """``a b`` at the wanted positions."""
        if b.terms and not a.terms:
            a, b = b, a
        if not b.terms:
            chosen = [b.constants[p] for p in positions(wanted)]
            factors = sorted({c for c in chosen if c})
            if len(factors) <= 1:
                if not factors:
                    return self.everywhere(0)
                inside = sum(1 << p for p in positions(wanted) if b.constants[p])
                if inside == wanted or self._cut_is_free(a, inside, wanted):
                    return self.cut(a, inside, wanted).times(factors[0])
        lead = a.lead() * b.lead()
        first, second = sorted((a.times(1 / a.lead()), b.times(1 / b.lead())), key=lambda f: (f.terms, f.constants))
        if first == second:
            return self.unit("square", first).times(lead)
        known = tuple(_times(x, y) for x, y in zip(self.fixed(first), self.fixed(second), strict=True))
        parts = (("square", first.plus(second), Fraction(1, 4)), ("square", first.plus(second, -1), Fraction(-1, 4)))
        made = self._made((first, second), lambda: Atom(known, parts=parts, factors=(first, second)))
        return made.times(lead)

    # -- cutting ------------------------------------------------------------------------------------------------------
    def _cut_is_free(self, form: Form, inside: int, wanted: int) -> bool:
        outside = positions(wanted & ~inside)
        return all(self.atoms[atom].known[p] is not None for atom, _ in form.terms for p in outside)

    def cut(self, form: Form, inside: int, wanted: int, deepest: int = DEEPEST) -> Form:
        """What is the form inside and 0 outside, among the wanted positions."""
        if not inside & wanted:
            return self.everywhere(0)
        out = self.constant(c if inside >> p & 1 else 0 for p, c in enumerate(form.constants))
        for number, coefficient in form.terms:
            out = out.plus(self._cut_atom(number, inside, wanted, deepest), coefficient)
        return out

    def _cut_atom(self, number: int, inside: int, wanted: int, deepest: int) -> Form:
        atom, single = self.atoms[number], self._single(number)
        if self._cut_is_free(single, inside, wanted):
            off = (-(atom.known[p] or 0) if not inside >> p & 1 else 0 for p in range(self.length))
            return single.plus(self.constant(off))
        if atom.value is not None:
            return self.fetch(tuple(row if inside >> p & 1 else 0 for p, row in enumerate(atom.rows)), atom.value)
        if number == 0:
            return self.fetch(tuple(inside & 1 << p for p in range(self.length)), single)
        if self._cut_inside(atom, inside, wanted, deepest):
            activation, form, _ = atom.parts[0]
            return self.cut(self.unit(activation, self.cut(form, inside, wanted, deepest - 1)), inside, wanted, 0)
        if atom.factors is not None and deepest:
            first, second = atom.factors
            efforts = [self._effort(factor, inside, wanted, deepest - 1) for factor in atom.factors]
            if efforts[0] <= efforts[1]:
                return self.product(self.cut(first, inside, wanted, deepest - 1), second, wanted)
            return self.product(first, self.cut(second, inside, wanted, deepest - 1), wanted)
        return self._made_product(single, inside)

    def _cut_inside(self, atom: Atom, inside: int, wanted: int, deepest: int) -> bool:
        """Whether to cut what a unit reads: what it makes of 0 is a constant."""
        if len(atom.parts) != 1 or not deepest or atom.parts[0][0] == "reciprocal":
            return False
        return self._effort(atom.parts[0][1], inside, wanted, deepest - 1) < 2

    def _effort(self, form: Form, inside: int, wanted: int, deepest: int) -> int:
        """What a cut of the form takes: 0 nothing, 1 heads that select less, 2 units."""
        return max((self._atom_effort(number, inside, wanted, deepest) for number, _ in form.terms), default=0)

    def _atom_effort(self, number: int, inside: int, wanted: int, deepest: int) -> int:
        key = number, inside, wanted, deepest
        if key not in self.efforts:
            atom = self.atoms[number]
            factors = atom.factors if atom.factors is not None and deepest else ()
            if self._cut_is_free(self._single(number), inside, wanted):
                self.efforts[key] = 0
            elif number == 0 or atom.value is not None or self._cut_inside(atom, inside, wanted, deepest):
                self.efforts[key] = 1
            else:
                below = (self._effort(factor, inside, wanted, deepest - 1) for factor in factors)
                self.efforts[key] = min(below, default=2)
        return self.efforts[key]

    def _made_product(self, single: Form, inside: int) -> Form:
        """An atom times 0 and 1, by squares."""
        flag = self.constant(inside >> p & 1 for p in range(self.length))
        return self.product(single, flag, self.full)


def _mean(values: Sequence[Fraction | None]) -> Fraction | None:
    """The mean of constants, 0 of none; None where one of them is unknown."""
    found = [value for value in values if value is not None]
    return None if len(found) < len(values) else sum(found, Fraction(0)) / max(1, len(found))


def _times(x: Fraction | None, y: Fraction | None) -> Fraction | None:
    if x == 0 or y == 0:
        return Fraction(0)
    return None if x is None or y is None else x * y
