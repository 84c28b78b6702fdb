"""Opaque piecewise functions in a value, resolved case by case: relu, abs, step and the weights of hard attention.

Only what a value really holds is split: where both sides of an equation share ``relu(A B)`` the difference does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symsim.domains.cases_path import EACH, NEVER_ABOVE, NEVER_BELOW, Cells, Path, Question
from symsim.domains.field import Element, Value
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import divide
from symsim.domains.substituting import Substitution

LINEAR: dict[str, tuple[Value | None, Value | None]] = {"relu": (None, 0), "abs": (None, None), "step": (1, 0)}
"""The value at arguments >= 0 and < 0; None is the argument itself, or its opposite."""

HARD = re.compile(r"(average|left|right)-hard\[(\d+)\]")
"""The weight of one key among those that may win."""

Name = tuple[Any, ...]


def piecewise(field: NestedField, values: Iterator[Value] | list[Value]) -> list[Name]:
    """The piecewise functions in some values, also inside exponents and arguments, oldest (and so innermost) first.

    >>> F = NestedField()
    >>> x = F.symbol("x")
    >>> outer = F.opaque("relu", (F.add(F.opaque("abs", (x,)), 1),))
    >>> [name[1] for name in piecewise(F, [F.exp(outer)])]
    ['abs', 'relu']
    """
    found: set[Name] = set()
    seen: set[int] = set()
    for value in values:
        _collect(field, value, found, seen)
    return sorted(found, key=lambda name: int(name[2]))


def _collect(field: NestedField, value: Value, found: set[Name], seen: set[int]) -> None:
    if type(value) is not Element:
        return
    for num in (value.num, *(d.num for d, _ in value.den)):
        for prime in {q for item in num.items() for p in item for mono in p.terms for q in field.factors(mono)}:
            if prime in seen:
                continue
            seen.add(prime)
            name = field.names[prime]
            if isinstance(name, tuple) and name[0] == "atom":
                _collect(field, field.atoms[name[1]].value, found, seen)
            elif isinstance(name, tuple) and name[0] == "opaque":
                if name[1] in LINEAR or HARD.fullmatch(name[1]):
                    found.add(name)
                for argument in field.arguments[name]:
                    _collect(field, argument, found, seen)


@dataclass(frozen=True)
class Resolved:
    """What a piecewise function is on a path."""

    value: Value


def resolve(field: NestedField, path: Path, function: str, arguments: tuple[Value, ...]) -> Resolved | Question:
    """The value of a piecewise function whose arguments hold no other, or the question that decides it."""
    if function in LINEAR:
        answer = path.answer(arguments[0], NEVER_BELOW)
        if not isinstance(answer, int) and function != "step":  # at 0 both sides agree
            answer = _either(path.answer(arguments[0], NEVER_ABOVE), answer)
        if not isinstance(answer, int):
            return answer
        fixed = LINEAR[function][answer]
        return Resolved(field.multiply(1 - 2 * answer, arguments[0]) if fixed is None else fixed)
    found = HARD.fullmatch(function)
    if found is None:
        raise ValueError(f"{function} is no piecewise function")
    ties, place = found[1], int(found[2])
    best = winners(field, path, arguments, ties)
    if not isinstance(best, list):
        return best
    if ties == "average":
        return Resolved(divide(1, len(best)) if place in best else 0)
    return Resolved(int(place == best[0]))


def _either(answer: int | Question, question: Question) -> int | Question:
    return answer if isinstance(answer, int) else question


def winners(field: NestedField, path: Path, scores: tuple[Value, ...], ties: str) -> list[int] | Question:
    """The places of the largest scores: all of them for ``average``, else the one that the tie rule takes."""
    cells: Cells = {"average": EACH, "left": ((1,), (-1, 0)), "right": ((0, 1), (-1,))}[ties]
    best = [0]
    for place in range(1, len(scores)):
        answer = path.answer(field.add(scores[place], scores[best[0]], -1), cells)
        if not isinstance(answer, int):
            return answer
        if answer == 0:
            best = [place]
        elif ties == "average" and answer == 1:
            best.append(place)
    return best


def with_value(field: NestedField, name: Name, value: Value) -> Substitution:
    """Replaces a piecewise function by its value on a path."""
    (prime,) = field.variable(name).terms
    return Substitution(field, {prime: value}, lambda function, arguments: _again(field, function, arguments))


def _again(field: NestedField, function: str, arguments: tuple[Value, ...]) -> Value:
    """A function at new arguments: its value where that is visible, else opaque."""
    if function in LINEAR:
        sign = field.sign(arguments[0])
        if sign is not None:
            fixed = LINEAR[function][int(sign < 0)]
            return field.multiply(1 if sign >= 0 else -1, arguments[0]) if fixed is None else fixed
    never_below = function in LINEAR or bool(HARD.fullmatch(function))
    return field.opaque(function, arguments, nonnegative=never_below)
