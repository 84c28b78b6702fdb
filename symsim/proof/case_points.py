"""Points inside one case of a claim, small ones first: proposals for a witness, confirmed by running both sides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from symsim.claims.claim import Claim
from symsim.claims.report import Witness
from symsim.domains.cases_path import Assumption, Path
from symsim.domains.cases_solver import Solver
from symsim.domains.field import Element, Value
from symsim.domains.polynomials import fraction
from symsim.errors import BadInput, Undefined
from symsim.proof.formula_values import Floats, symbols_of
from symsim.proof.points import at_point
from symsim.proof.witness import confirmed
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import RaspError

VALUES = tuple(Fraction(*v) for v in ((0, 1), (1, 1), (-1, 1), (2, 1), (-2, 1), (1, 2), (-1, 2), (3, 1), (-3, 1)))
MOST_POINTS = 10_000
"""So many points with small coordinates are looked at by machine numbers."""
TOLERANCE = 1e-9
REST = (Fraction(0), Fraction(1), Fraction(-5, 2))
"""What symbols are tried as that do not matter in a case: a side may divide by them elsewhere."""
MOST_TRIES = 6
"""So many points of one kind are evaluated exactly."""

Point = Mapping[str, Fraction]


def symbol_name(claim: Claim, name: str, i: int, j: int) -> str:
    """The symbol at a place of an input; a scalar of a program is its own name."""
    return name if name in getattr(claim.left, "scalars", ()) else f"{name}_{i + 1},{j + 1}"


def confirm(claim: Claim, masks: Mapping[str, Any], point: Point, rest: Fraction = REST[0]) -> Witness | None:
    """The witness that a point is, or None; symbols that the point leaves out have the value ``rest``."""
    tables = {
        name: masks[name] if name in masks
        else [[point.get(symbol_name(claim, name, i, j), rest) for j in range(c)] for i in range(r)]
        for name, (r, c) in claim.inputs
    }  # fmt: skip
    try:
        if isinstance(claim.left, ProgramCall):
            return at_point(claim, tables).witness
        return confirmed(claim, tables, {name: point.get(name, rest) for name in claim.scalars})
    except (RaspError, BadInput, Undefined):
        return None


def differing(claim: Claim, masks: Mapping[str, Any], path: Path, gap: Value, solver: Solver) -> Witness | str | None:
    """A witness in a case in which the gap between the sides is not 0, ``impossible`` on z3's word, or None.

    Any witness counts, whether or not it lies in the case. A gap of 1 stands for a side that is undefined.
    """
    if (witness := next(witnesses(claim, masks, path, gap), None)) is not None:
        return witness
    answer = solver.ask(path, gap, (-1, 1))
    return confirm(claim, masks, answer) if isinstance(answer, dict) else answer


def witnesses(claim: Claim, masks: Mapping[str, Any], path: Path, gap: Value) -> Iterator[Witness]:
    """The witnesses among some points of a case, small ones first."""
    for propose in (_small, _on_lines):
        for point in itertools.islice(propose(path, gap), MOST_TRIES):
            found = (confirm(claim, masks, point, rest) for rest in REST)
            yield from itertools.islice((one for one in found if one is not None), 1)


def _small(path: Path, gap: Value) -> Iterator[Point]:
    """Points with small coordinates at which machine numbers see the assumptions hold and the gap differ from 0."""
    field = path.signs.field
    forms = [(Element(a.form.num, ()), a.signs) for a in path.assumptions]
    try:
        parts = [symbols_of(field, value) for value in (gap, *(form for form, _ in forms))]
    except BadInput:
        return  # an opaque function has no machine number
    names = list(dict.fromkeys(name for part in parts for name in part))
    values = VALUES
    while len(values) > 3 and len(values) ** len(names) > MOST_POINTS:
        values = values[:-2]
    grid = sorted(itertools.islice(itertools.product(values, repeat=len(names)), MOST_POINTS), key=_size)
    arrays = {name: np.array([float(row[k]) for row in grid]) for k, name in enumerate(names)}
    floats = Floats(field, arrays)
    with np.errstate(all="ignore"):
        good = np.abs(np.broadcast_to(floats.value(gap), (len(grid),))) > TOLERANCE
        for form, signs in forms:
            found = np.broadcast_to(floats.value(form), (len(grid),))
            sign = np.where(np.abs(found) <= TOLERANCE, 0, np.sign(found))
            good = good & np.isin(sign, signs)
    for k in np.flatnonzero(good):
        yield dict(zip(names, grid[k], strict=True))


def _size(row: tuple[Fraction, ...]) -> Any:
    return sum(v != 0 for v in row), sum(abs(v.numerator) + 3 * (v.denominator - 1) + (v < 0) for v in row)


def _on_lines(path: Path, gap: Value) -> Iterator[Point]:
    """Exact solutions of the assumptions where these are linear in the symbols, then points between two of them."""
    factored = path.signs.factored(gap)
    forms = [form for form in (*factored.odd, *factored.even)]
    solutions = []
    for signs in itertools.product((1, -1), repeat=min(len(forms), 2)):
        extra = [Assumption(form, (sign,)) for form, sign in zip(forms, signs, strict=False)]
        if (found := path.solution(extra)) is not None:
            solutions.append(_symbols(path, found))
    yield from solutions
    for a, b in itertools.combinations(solutions, 2):
        for share in (Fraction(1, 2), Fraction(1, 3), Fraction(2, 3)):
            yield {name: share * a.get(name, 0) + (1 - share) * b.get(name, 0) for name in {**a, **b}}


def _symbols(path: Path, found: Mapping[Any, Any]) -> Point:
    field = path.signs.field
    out = {}
    for (exponent, mono), value in found.items():
        name = field.names.get(mono)
        if isinstance(name, str) and not exponent.terms:
            out[name] = fraction(value)
    return out
