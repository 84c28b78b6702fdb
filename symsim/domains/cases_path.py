"""A path of assumptions about signs: what it implies, what it leaves open, and what it contradicts.

What a path implies is decided by exact linear reasoning: every monomial times an exponential is taken for a variable of
its own, of which is known that it is above 0 (exponentials) or not below 0 (squares). Forgetting how monomials depend
on each other only loses conclusions, so whatever is called impossible is; the Farkas multipliers are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from symsim.domains.cases_signs import Factored, Form, Signs
from symsim.domains.farkas import Constraint, Feasible, solve
from symsim.domains.field import Element, Value
from symsim.domains.polynomials import Number, Poly, number
from symsim.domains.sympy_edge import to_sympy
from symsim.errors import Undefined

Cells: TypeAlias = tuple[tuple[int, ...], ...]
"""A division of the signs -1, 0, 1: what a question has to tell apart."""

Terms: TypeAlias = "tuple[tuple[int | None, str, Number], ...]"
"""What is summed: the number of an assumption of the path (-1: the sign in question; None: a fact that always holds),
what is taken from it as a text, and its multiplier."""

NEVER_BELOW: Cells = ((0, 1), (-1,))
"""At least 0, or below."""
NEVER_ABOVE: Cells = ((1,), (-1, 0))
"""Above 0, or not."""
ZERO: Cells = ((0,), (-1, 1))
EACH: Cells = ((1,), (0,), (-1,))

_TEXTS = {(0,): "= 0", (1,): "> 0", (-1,): "< 0", (0, 1): ">= 0", (-1, 0): "<= 0", (-1, 1): "!= 0"}
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "!=": "!="}


@dataclass(frozen=True)
class Assumption:
    """The sign of a form is one of ``signs`` (increasing)."""

    form: Form
    signs: tuple[int, ...]


@dataclass(frozen=True)
class Impossible:
    """Why a form cannot have a sign under the assumptions before it: each of ``sums`` is a contradiction.

    One sum, or two for an assumption ``!= 0``, which is first taken for ``< 0`` and then for ``> 0``.
    """

    form: Form
    sign: int
    sums: tuple[Terms, ...]


@dataclass(frozen=True)
class Question:
    """The sign of ``form`` decides, and the path leaves open which of ``options`` it is among."""

    form: Form
    options: tuple[tuple[int, ...], ...]


class Contradiction(Exception):
    """The assumptions of a path contradict each other: it is no case."""


@dataclass
class Path:
    """Assumptions in order, and what is known of every form that was looked at."""

    signs: Signs
    assumptions: tuple[Assumption, ...] = ()
    known: dict[Form, tuple[int, ...]] = field(default_factory=dict)
    refuted: list[Impossible] = field(default_factory=list)
    """What was found impossible along the path, in order."""
    point: dict[Any, Number] | None = None
    """Values of the monomials under which all assumptions hold (``!=`` aside)."""

    def assume(self, form: Form, signs: tuple[int, ...]) -> Path:
        """The path with one more assumption; one about the same form becomes narrower and keeps its number."""
        known = {**self.known, form: signs}
        new = Assumption(form, signs)
        own = tuple(new if a.form is form else a for a in self.assumptions)
        own = own if new in own else (*own, new)
        longer = Path(self.signs, own, known, list(self.refuted))
        if self.point is not None and _sign(self.signs, form, self.point) in signs:
            longer.point = self.point
        return longer

    def sign(self, value: Value) -> int | None:
        """The sign of a value where the assumptions themselves name it, form by form; nothing is derived."""
        found = self.signs.factored(value)
        assumed = {a.form: a.signs for a in self.assumptions}
        outcomes = self._outcomes(found, assumed)
        return outcomes.pop() if len(outcomes) == 1 else None

    def answer(self, value: Value, cells: Cells) -> int | Question:
        """The number of the cell that the sign of a value lies in, or the question that has to be asked first.

        A question about a denominator has the answer 0 as well, so that no input gets lost. Raises ``Undefined`` where
        a denominator is 0, and ``Contradiction`` where the path turns out to be impossible.
        """
        found = self.signs.factored(value)
        if any(self.narrow(form) == (0,) for form in found.below):
            raise Undefined("a denominator is 0 in this case")
        if _cell(self._outcomes(found), cells) is None:
            for form in (*found.odd, *found.even):
                self.narrow(form)
                if _cell(self._outcomes(found), cells) is not None:
                    break
        cell = _cell(self._outcomes(found), cells)
        return cell if cell is not None else self._question(found, cells)

    def _outcomes(self, found: Factored, known: Mapping[Form, tuple[int, ...]] | None = None) -> set[int]:
        """The signs that a value can have, as far as is known of its factors one by one."""
        out = {found.sign}
        for form in found.odd:
            out = {s * t for s in out for t in self._allowed(form, found, known)}
        for form in found.even:
            out = {s * t * t for s in out for t in self._allowed(form, found, known)}
        return out

    def _allowed(
        self, form: Form, found: Factored, known: Mapping[Form, tuple[int, ...]] | None = None
    ) -> tuple[int, ...]:
        allowed = (self.known if known is None else known).get(form, (-1, 0, 1))
        return tuple(s for s in allowed if s) if form in found.below else allowed

    def _question(self, found: Factored, cells: Cells) -> Question:
        """About the first form that is open: grouped by what its sign means for the value."""
        forms = [form for form in (*found.odd, *found.even) if len(self._allowed(form, found)) > 1]
        form = forms[0]
        power = 2 if form in found.even else 1
        order = (1, 0, -1) if found.sign > 0 or power == 2 else (-1, 0, 1)
        allowed = sorted(self.narrow(form), key=order.index)
        groups: dict[Any, list[int]] = {}
        for s in allowed:
            if form in found.below and not s:
                key: Any = "none"
            elif len(forms) == 1:
                rest = self._outcomes(Factored(found.sign, tuple(f for f in found.odd if f is not form),
                                               tuple(f for f in found.even if f is not form), found.below))
                key = _cell({r * s**power for r in rest}, cells)
            else:
                key = s**power
            groups.setdefault(key, []).append(s)
        return Question(form, tuple(tuple(sorted(group)) for group in groups.values()))

    # -- linear reasoning -----------------------------------------------------------------------------------------
    def narrow(self, form: Form) -> tuple[int, ...]:
        """The signs that a form can have under the path, as far as linear reasoning can tell."""
        allowed = self.known.get(form, (-1, 0, 1))
        if len(allowed) == 1:
            return allowed
        kept = []
        for sign in allowed:
            sums = self._contradiction(form, sign)
            if sums is None:
                kept.append(sign)
            else:
                self.refuted.append(Impossible(form, sign, sums))
        if not kept:
            raise Contradiction
        self.known[form] = tuple(kept)
        return self.known[form]

    def _contradiction(self, form: Form, sign: int) -> tuple[Terms, ...] | None:
        """Multipliers against a sign of a form; None where there are none."""
        if self.point is not None and _sign(self.signs, form, self.point) == sign and self._apart(self.point):
            return None
        own = Assumption(form, (sign,))
        rows = [(k, a) for k, a in enumerate(self.assumptions) if a.signs != (-1, 1)] + [(-1, own)]
        found = self._solve(rows)
        if isinstance(found, tuple):
            return (found,)
        if self.point is None and self._apart(found):
            self.point = found
        for k, a in enumerate(self.assumptions):
            if a.signs == (-1, 1) and not _sign(self.signs, a.form, found):
                both = [self._solve([*rows, (k, Assumption(a.form, (s,)))]) for s in (-1, 1)]
                sums = tuple(b for b in both if isinstance(b, tuple))
                if len(sums) == 2:
                    return sums
        return None

    def _apart(self, point: dict[Any, Number]) -> bool:
        return all(_sign(self.signs, a.form, point) for a in self.assumptions if a.signs == (-1, 1))

    def _solve(self, rows: Sequence[tuple[int, Assumption]]) -> dict[Any, Number] | Terms:
        """A point, or the terms of a contradiction."""
        constraints = [constraint(self.signs, a) for _, a in rows]
        labels: list[tuple[int | None, str]] = [(k, assumption_text(self.signs, a)) for k, a in rows]
        for key, relation in facts(self.signs, constraints):
            constraints.append(Constraint({key: 1}, 0, relation))
            labels.append((None, f"{_key_text(self.signs, key)} {relation} 0"))
        found = solve(constraints)
        if isinstance(found, Feasible):
            return found.point
        return tuple((k, text, m) for (k, text), m in zip(labels, found.multipliers, strict=True) if m)

    def forced(self) -> list[Form]:
        """The forms that are 0 under the path: assumed to be, or left no other sign by it."""
        found = []
        for a in self.assumptions:
            if 0 in a.signs and (len(a.signs) == 1 or self._beyond(a)):
                found.append(a.form)
        return list(dict.fromkeys(found))

    def _beyond(self, a: Assumption) -> bool:
        return all(self._contradiction(a.form, s) is not None for s in a.signs if s)

    def solution(self, more: Sequence[Assumption] = ()) -> dict[Any, Number] | None:
        """Values of the monomials under which the assumptions and some more hold (``!=`` aside), if there are any."""
        rows = [(-1, a) for a in (*self.assumptions, *more) if a.signs != (-1, 1)]
        found = self._solve(rows)
        return found if isinstance(found, dict) else None

    def impossible(self) -> list[dict[str, Any]]:
        """What was found impossible along the path, as data: multipliers that sum assumptions to a contradiction."""
        return [
            {
                "excluded": assumption_text(self.signs, Assumption(found.form, (found.sign,))),
                "sums": [[[number, text, str(factor)] for number, text, factor in terms] for terms in found.sums],
            }
            for found in self.refuted
        ]

    def texts(self) -> list[str]:
        """The assumptions for people."""
        return [assumption_text(self.signs, a) for a in self.assumptions]

    def negated(self) -> str:
        """That the assumptions do not all hold, for people."""
        if len(self.assumptions) != 1:
            return f"not ({' and '.join(self.texts())})"
        (a,) = self.assumptions
        return assumption_text(self.signs, Assumption(a.form, tuple(s for s in (-1, 0, 1) if s not in a.signs)))


def _cell(outcomes: set[int], cells: Cells) -> int | None:
    found = {k for k, cell in enumerate(cells) for s in outcomes if s in cell}
    return found.pop() if len(found) == 1 else None


def constraint(signs: Signs, a: Assumption) -> Constraint:
    """An assumption, other than ``!=``, as a linear constraint on monomials times exponentials."""
    turn = -1 if a.signs in ((-1,), (-1, 0)) or a.signs == (0,) and _shown(signs, a.form)[1] else 1
    coefficients: dict[Any, Number] = {}
    constant: Number = 0
    for exponent, poly in a.form.num.items():
        for mono, c in poly.terms.items():
            if mono == 1 and not exponent.terms:
                constant = number(turn * c)
            else:
                coefficients[exponent, mono] = number(turn * c)
    return Constraint(coefficients, constant, "=" if a.signs == (0,) else ">=" if 0 in a.signs else ">")


def facts(signs: Signs, constraints: Sequence[Constraint]) -> list[tuple[Any, str]]:
    """What holds for monomials times exponentials at all inputs."""
    out: list[tuple[Any, str]] = []
    for key in dict.fromkeys(key for c in constraints for key in c.coefficients):
        primes = signs.field.factors(key[1])
        if not primes:
            out.append((key, ">"))
        elif all(primes.count(q) % 2 == 0 or q in signs.field.nonnegative for q in primes):
            out.append((key, ">="))
    return out


def _sign(signs: Signs, form: Form, point: dict[Any, Number]) -> int:
    """The sign of a form at a point of the monomials; exponentials without a value are 1, other monomials 0."""
    total: Any = 0
    for exponent, poly in form.num.items():
        for mono, c in poly.terms.items():
            if mono == 1:
                total += c * (point.get((exponent, mono), 1) if exponent.terms else 1)
            else:
                total += c * point.get((exponent, mono), 0)
    return int(total > 0) - int(total < 0)


def assumption_text(signs: Signs, a: Assumption) -> str:
    """An assumption for people, such as ``x - y >= 0``."""
    shown, turned = _shown(signs, a.form)
    relation, zero = _TEXTS[a.signs].split()
    return f"{shown} {_TURNED[relation] if turned else relation} {zero}"


def _shown(signs: Signs, form: Form) -> tuple[str, bool]:
    """A form for people, and whether it is the opposite of the form that is shown."""
    if form not in signs.texts:
        shown = to_sympy(signs.field, Element(form.num, ()))
        turned = bool(shown.could_extract_minus_sign())
        signs.texts[form] = (str(-shown if turned else shown), turned)
    return signs.texts[form]


def _key_text(signs: Signs, key: Any) -> str:
    exponent, mono = key
    return str(to_sympy(signs.field, Element({exponent: Poly({mono: 1}, 1)}, ())))
