"""Deciding whether a RASP program computes a formula at fixed sizes: proved over symbols, refuted by a small input.

Masks are operands with entries 0 and 1: what follows is done for each of them.
Both sides are run over the field of exp-rational functions. Where they differ as formulas, machine numbers of the
difference propose points with few entries other than 0; a point counts once both sides were evaluated exactly there
and balls separate the two values, or where the program divides by 0 and the formula has a value.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symsim.claims.claim import Claim
from symsim.claims.report import Verdict, Witness
from symsim.claims.sides import prepare
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.polynomials import divide
from symsim.errors import BadInput, Undefined
from symsim.proof.evidence import NOWHERE, Evidence, Options, Steps
from symsim.proof.formula_values import Floats, symbols_of
from symsim.proof.masks import TooManyMasks, with_masks
from symsim.proof.points import at_point
from symsim.rasp.blame import near_e
from symsim.rasp.faults import RaspError, Undecided
from symsim.rasp.values import SOp

VALUES = (Fraction(1), Fraction(-1), Fraction(2), Fraction(-2), Fraction(1, 2))
TOLERANCE = 1e-9
MOST_POINTS = 20_000
"""A level of the search by machine numbers has at most this many points for an entry,"""
MOST_ENTRIES = 40
"""at most this many entries that differ are looked at,"""
MOST_TRIES = 40
"""and at most this many points are evaluated exactly."""
MOST_BLIND = 400
"""Without machine numbers, both sides are evaluated exactly at so many points."""

Point = dict[str, Fraction]


@dataclass(frozen=True)
class _Given:
    """A claim about a program, and the names of the entries of its operands."""

    claim: Claim
    built: SOp
    masks: Mapping[str, Any]

    @property
    def names(self) -> list[str]:
        """The entries in the order of the tokens, those of masks left out."""
        shapes = [(name, shape) for name, shape in self.claim.inputs if name not in self.masks]
        return [self.entry(name, i, j) for name, (r, c) in shapes for i in range(r) for j in range(c)]

    def entry(self, name: str, i: int, j: int) -> str:
        """The symbol at a place of an operand; a scalar is its own name."""
        return name if name in self.claim.left.scalars else f"{name}_{i + 1},{j + 1}"

    def operands(self, domain: Exact) -> dict[str, ExactMatrix]:
        """Every operand with these symbols, and the masks with their values."""
        found = {}
        for name, (rows, cols) in self.claim.inputs:
            symbols = [{j: domain.field.symbol(self.entry(name, i, j)) for j in range(cols)} for i in range(rows)]
            given = self.masks.get(name)
            found[name] = ExactMatrix(symbols, cols) if given is None else domain.given(given, rows, cols)
        return found


def decide(claim: Claim, options: Options, tries: int = MOST_BLIND) -> Evidence:
    """Prove or refute ``program = formula`` at fixed sizes; a condition on symbols leaves it undecided.

    A program that does not run on symbols is run at ``tries`` points.
    """
    built = claim.left.built()
    steps = Steps("symbolic uncut")
    conditions: dict[str, None] = {}
    try:
        for masks, name in with_masks(claim):
            evidence = _decide(_Given(claim, built, masks), steps, name, options, tries)
            if evidence.verdict is not Verdict.PROVED:
                return evidence
            conditions.update(dict.fromkeys(evidence.conditions))
    except TooManyMasks as error:
        return Evidence(Verdict.UNDECIDED, steps.method, reason=str(error))
    return Evidence(Verdict.PROVED, steps.method, tuple(steps.done), conditions=tuple(conditions))


def _decide(given: _Given, steps: Steps, name: str, options: Options, tries: int) -> Evidence:
    """The evidence at one value of the masks."""
    claim, domain = given.claim, Exact()
    inputs = given.operands(domain)
    try:
        right = prepare(claim.right, domain, inputs, {})(None)
    except Undefined as error:
        raise BadInput(f"the formula is {NOWHERE}: {error}") from None
    except Undecided as error:  # the right side is a program too
        return _without_symbols(given, error, options, tries)
    before = len(domain.conditions)
    try:
        left = prepare(claim.left, domain, inputs, {})(None)
    except RaspError as error:
        return _without_symbols(given, error, options, tries)
    if steps.run(name, lambda: domain.equal(left, right) is True):
        own = _new(domain, before)
        domain.conditions[before:] = own
        failing = _failing(given, options) if own else None
        if failing is not None:
            return Evidence(Verdict.REFUTED, steps.method, tuple(steps.done), failing)
        return Evidence(Verdict.PROVED, steps.method, tuple(steps.done), conditions=domain.side_conditions())
    found = _search(given, domain, left, right, options)
    note = near_e(given.built)
    if found is not None:
        return Evidence(Verdict.REFUTED, steps.method, tuple(steps.done), found, reason=note)
    reason = "; ".join(filter(None, ["the two normal forms differ and no witness was found", note]))
    return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)


def _new(domain: Exact, before: int) -> list[Any]:
    """The conditions of the program that are no rational multiples of one of the formula or of each other."""
    kept: list[Any] = []
    for value in domain.conditions[before:]:
        if not any(_proportional(domain, value, known) for known in [*domain.conditions[:before], *kept]):
            kept.append(value)
    return kept


def _proportional(domain: Exact, value: Any, known: Any) -> bool:
    exponent = next(iter(value.num))
    mono, coefficient = next(iter(value.num[exponent].terms.items()))
    other = known.num[exponent].terms.get(mono) if exponent in known.num else None
    return other is not None and domain.field.equal(domain.field.multiply(divide(other, coefficient), value), known)


def _without_symbols(given: _Given, error: RaspError, options: Options, tries: int) -> Evidence:
    """A program that does not run on symbols: it may still be refuted at numbers."""
    ran = False
    for point in itertools.islice(_blind(given.names, options.seed), tries):
        found, defined = _confirm(given, point)
        ran = ran or defined
        if found is not None:
            return Evidence(Verdict.REFUTED, "witness", witness=found, reason=near_e(given.built))
    if not ran and not isinstance(error, Undecided):
        raise error
    return Evidence(Verdict.UNDECIDED, "symbolic uncut", reason=str(error))


# -- points -----------------------------------------------------------------------------------------------------------
def _search(given: _Given, domain: Exact, left: Any, right: Any, options: Options) -> Witness | None:
    """The smallest witness by machine numbers of the entries that differ; else among some points without them."""
    rows, cols = given.claim.right.shape
    gaps: list[tuple[Any, tuple[str, ...]]] = []
    try:
        for i, j in itertools.product(range(rows), range(cols)):
            if not domain.field.equal(left[i, j], right[i, j]) and len(gaps) < MOST_ENTRIES:
                gap = domain.field.add(left[i, j], right[i, j], -1)
                gaps.append((gap, symbols_of(domain.field, gap)))
        proposals = _proposals(domain, gaps, options.seed)
        for point in itertools.islice(proposals, MOST_TRIES):
            if (found := _confirm(given, point)[0]) is not None:
                return found
    except BadInput:
        pass  # an opaque function has no machine number
    for point in itertools.islice(_blind(given.names, options.seed), MOST_BLIND // 4):
        if (found := _confirm(given, point)[0]) is not None:
            return found
    return None


def _proposals(domain: Exact, gaps: list[tuple[Any, tuple[str, ...]]], seed: int) -> Iterator[Point]:
    """Points at which some difference is not 0, those with fewest entries first, then random ones."""
    for support in range(max((len(names) for _, names in gaps), default=0) + 1):
        reached = False
        for gap, names in gaps:
            if support <= len(names) and math.comb(len(names), support) * len(VALUES) ** support <= MOST_POINTS:
                reached = True
                yield from _hits(domain, gap, names, _level(names, support))
        if not reached:
            break
    generator = np.random.default_rng(seed)
    for gap, names in gaps[:4]:
        drawn = generator.integers(-2, 3, size=(200, len(names))).tolist()
        points = [{name: Fraction(v) for name, v in zip(names, row, strict=True)} for row in drawn]
        for point in _hits(domain, gap, names, points):
            small = _shrunk(domain, gap, names, point)
            yield from (small, point) if small != point else (point,)


def _shrunk(domain: Exact, gap: Any, names: tuple[str, ...], point: Point) -> Point:
    """The point with entries set to 0 in ever smaller blocks, then to 1 or -1, as long as the sides differ."""
    width = max(1, len(names) // 2)
    while True:
        places = [name for name in names if point[name]]
        blocks = [places[k : k + width] for k in range(0, len(places), width)]
        trials = [{**point, **dict.fromkeys(block, Fraction(0))} for block in blocks]
        if smaller := next(_hits(domain, gap, names, trials), None):
            point = smaller
        elif width == 1:
            break
        else:
            width //= 2
    for name in (name for name in names if point[name]):
        trials = [{**point, name: Fraction(value)} for value in (1, -1)]
        point = next(_hits(domain, gap, names, trials), point)
    return point


def _level(names: tuple[str, ...], support: int) -> list[Point]:
    """All points with so many entries other than 0, small values first."""
    ordered = sorted(itertools.product(VALUES, repeat=support), key=lambda values: (sum(map(_size, values)), values))
    return [
        dict(zip(places, values, strict=True))
        for values in sorted(ordered, key=lambda values: sum(map(_size, values)))
        for places in itertools.combinations(names, support)
    ]


def _size(value: Fraction) -> int:
    return abs(value.numerator) + 3 * (value.denominator - 1) + (value < 0)


def _hits(domain: Exact, gap: Any, names: tuple[str, ...], points: list[Point]) -> Iterator[Point]:
    arrays = {name: np.array([float(point.get(name, 0)) for point in points]) for name in names}
    values = np.broadcast_to(Floats(domain.field, arrays).value(gap), (len(points),))
    with np.errstate(all="ignore"):
        chosen = np.flatnonzero(np.isfinite(values) & (np.abs(values) > TOLERANCE))
    yield from (points[k] for k in chosen[:4])


def _blind(names: list[str], seed: int) -> Iterator[Point]:
    """0, points with one entry other than 0, then random ones: small integers, and some halves."""
    yield {}
    yield from itertools.islice(({name: value} for value in VALUES for name in names), MOST_BLIND // 4)
    generator = np.random.default_rng(seed)
    for k in range(MOST_BLIND):
        drawn = generator.integers(-3, 4, size=len(names)).tolist()
        yield {name: Fraction(v, 1 + k % 2) for name, v in zip(names, drawn, strict=True)}


def _failing(given: _Given, options: Options) -> Witness | None:
    """A point at which the program divides by 0 and the formula has a value."""
    for point in itertools.islice(_blind(given.names, options.seed), MOST_BLIND // 4):
        found, _ = _confirm(given, point)
        if found is not None:
            return found
    return None


# -- one point --------------------------------------------------------------------------------------------------------
def _confirm(given: _Given, point: Point) -> tuple[Witness | None, bool]:
    """The witness at a point, checked exactly, or None where it is none; and whether the program has a value there."""
    tables = {
        name: [[point.get(given.entry(name, i, j), Fraction(0)) for j in range(c)] for i in range(r)]
        for name, (r, c) in given.claim.inputs
    }
    try:
        found = at_point(given.claim, {**tables, **given.masks})
    except (BadInput, Undefined):
        return None, False
    return found.witness, found.witness is None or found.witness.left is not None
