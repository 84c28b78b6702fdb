"""The search for the smallest exact input on which two sides differ, and its confirmation.

Floats propose (see ``screening``); a proposal counts only when both sides were evaluated exactly there and Arb balls
separate the two values, or when the left side, an encoder, is undefined where the right side is defined.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Verdict, Witness
from symsim.claims.sides import prepare
from symsim.domains.enclosure import decimal, is_constant, separate
from symsim.domains.exact import Exact
from symsim.domains.sympy_edge import rational, to_sympy
from symsim.encoder.running import states
from symsim.errors import BadInput, SymsimError, Undefined
from symsim.formulas.evaluation import Evaluation
from symsim.proof.disagreement import WITNESS, disagreement
from symsim.proof.evidence import Evidence, Options, kind
from symsim.proof.screening import Screen
from symsim.rasp.claiming import ProgramCall

MOST_POINTS = 60_000
"""A level of the exhaustive search has at most this many points,"""
MOST_FLOATS = 100_000_000
"""and at most this many floats of the largest intermediate matrix."""
PROBES = 2
"""So many differing points of the first glance are confirmed, thin ones first."""
MOST_SIZES = 5
"""Symbolic sizes are tried up to this."""
MOST_BLIND = 40
"""Without a hint from floats, inputs of at most this many entries in all are tried,"""
BLIND_SIZES = 4
"""and so many of the smallest sizes."""
SMALL = 36
"""Values of the two sides are kept whole up to this many entries, else the differing row alone."""


def applies(claim: Any) -> bool:
    """Claims about real inputs, but for programs, whose method searches by itself."""
    return not kind(claim) and not isinstance(claim.left, ProgramCall)


def searched(claim: Any, evidence: Evidence, options: Options) -> Evidence:
    """Look for a witness where nothing is proved, and where an encoder divides by more than the right side."""
    proved = evidence.verdict is Verdict.PROVED
    open_ = proved and evidence.conditions and not evidence.shared and isinstance(claim.left, Construction)
    if evidence.verdict is not Verdict.UNDECIDED and not open_ or not applies(claim):
        return evidence
    try:
        found = find(claim, options.seed)
    except SymsimError as error:
        return evidence if proved else replace(evidence, reason=f"{evidence.reason}; no witness search: {error}")
    if found is None:
        reason = f"{evidence.reason or 'no proof'}; no witness was found"
        return evidence if proved else replace(evidence, reason=reason)
    if proved and found.left is not None:
        raise disagreement(claim, options, evidence, Evidence(Verdict.REFUTED, WITNESS, witness=found))
    return Evidence(Verdict.REFUTED, evidence.method, evidence.steps, found)


def glance(claim: Any, options: Options) -> Witness | None:
    """A witness among a few points, for a claim that is proved: at its own sizes, or where all sizes are 2."""
    small = claim.at(dict.fromkeys(claim.free_sizes, 2))
    found = probe(small, options.seed)
    return found and replace(found, sizes=dict.fromkeys(claim.free_sizes, 2))


def find(claim: Claim, seed: int = 0, thorough: bool = True) -> Witness | None:
    """The smallest witness that the search finds, or None. Symbolic sizes are tried from the smallest on."""
    if not claim.fixed:
        return _over_sizes(claim, seed)
    return _Search(claim, {}, seed).run(thorough)


def _over_sizes(claim: Claim, seed: int) -> Witness | None:
    names = claim.free_sizes
    most = MOST_SIZES if len(names) <= 3 else 3
    order = sorted(itertools.product(range(1, most + 1), repeat=len(names)), key=lambda s: (max(s), sum(s), s))
    for values in order[:150]:
        sizes = dict(zip(names, values, strict=True))
        try:
            search = _Search(claim.at(sizes), sizes, seed)
            found = search.run(thorough=True) if search.quick() else None
        except SymsimError:
            continue
        if found is not None:
            return found
    for values in order[:BLIND_SIZES]:
        sizes = dict(zip(names, values, strict=True))
        if (found := _Search(claim.at(sizes), sizes, seed).blind()) is not None:
            return found
    return None


def probe(claim: Claim, seed: int = 0) -> Witness | None:
    """A witness among a few random points of a claim of fixed size, or None: cheap, and far from the smallest.

    Confirmed like any other: where exponentials grow large, floats see differences between equal sides.
    """
    return _Search(claim, {}, seed).first()


def confirmed(claim: Claim, tables: Mapping[str, Any], scalars: Mapping[str, Fraction]) -> Witness | None:
    """The witness that an exact point of a claim of fixed size is, both sides run there, or None where it is none."""
    entries = [v for name, _ in claim.inputs for line in tables[name] for v in line]
    point = np.array([*map(Fraction, entries), *(scalars[name] for name in claim.scalars)], dtype=object)
    return _Search(claim, {}, 0).confirm(point, None)


class _Search:
    """One search at fixed sizes."""

    def __init__(self, claim: Claim, sizes: Mapping[str, int], seed: int) -> None:
        self.claim, self.sizes, self.seed = claim, dict(sizes), seed
        self.screen = Screen(claim)

    def quick(self) -> bool:
        return bool(self.screen.differs(self._few()))

    def first(self) -> Witness | None:
        points = self._few()
        hits = sorted(self.screen.differs(points), key=lambda hit: (np.count_nonzero(points[hit[0]]), hit[0]))
        return next((w for k, place in hits[:PROBES] if (w := self.confirm(points[k], place)) is not None), None)

    def _few(self) -> Any:
        count = min(24, max(3, self.screen.batch))
        return np.concatenate([self.screen.random(count, self.seed), self.screen.fractions(count // 3, self.seed + 3)])

    def run(self, thorough: bool) -> Witness | None:
        tried = 0
        try:
            for point, place in self._proposals(thorough):
                witness = self.confirm(point, place)
                if witness is not None:
                    return witness
                tried += 1
                if tried >= 12:
                    break
        except BadInput:  # a side does not run over floats: points are tried without their hints
            if (found := self.blind()) is None:
                raise
            return found
        return self.blind()

    def _proposals(self, thorough: bool) -> Iterator[tuple[Any, tuple[int, int]]]:
        most = min(MOST_POINTS, MOST_FLOATS // self.screen.largest) if thorough else self.screen.batch
        for points in self.screen.sparse(most):
            for k, place in self.screen.differs(points)[:4]:
                yield points[k], place
        count = 16 if self.screen.batch < 64 else 256
        for points in (self.screen.random(count, self.seed + 1), self.screen.fractions(count, self.seed + 4)):
            for k, _ in self.screen.differs(points)[:8]:
                small = self.screen.shrink(points[k])
                hits = self.screen.differs(small[None, :])
                if hits:
                    yield small, hits[0][1]

    def blind(self) -> Witness | None:
        """A witness among a few points where the sides are compared exactly: floats miss small and huge differences."""
        size = self.screen.size
        if size > MOST_BLIND:
            return None
        points = np.concatenate([np.zeros((1, size)), np.ones((1, size)), self.screen.random(4, self.seed + 2)])
        found = (self.confirm(point, None) for point in self.screen.allowed(points))
        return next((witness for witness in found if witness is not None), None)

    def confirm(self, point: Any, place: tuple[int, int] | None) -> Witness | None:
        """The witness at a point, checked exactly, or None where it is none; without a place the first difference."""
        claim = self.claim
        domain = Exact()
        tables = self._tables(point)
        exact = {name: _exact(point[self.screen.entries + k]) for k, name in enumerate(claim.scalars)}
        domain.values.update({name: rational(value) for name, value in exact.items()})
        scalars = {name: sympy.Rational(value.numerator, value.denominator) for name, value in exact.items()}
        inputs = {name: domain.given(table, *claim.inputs[k][1]) for k, (name, table) in enumerate(tables.items())}
        whole = place is None or claim.right.shape[0] * claim.right.shape[1] <= SMALL
        rows = None if whole or place is None else [place[0]]
        try:
            right = prepare(claim.right, domain, inputs, scalars)(rows)
        except Undefined:
            return None
        given = {**{name: sympy.Matrix(table) for name, table in tables.items()}, **scalars}
        try:
            left = prepare(claim.left, domain, inputs, scalars)(rows)
        except Undefined as error:
            if not isinstance(claim.left, Construction):
                return None
            place = place or (0, 0)
            value = shown(domain, right[place[0] if whole else 0, place[1]])
            node = self._part(domain, inputs, scalars)
            text = f"undefined ({error})"
            return Witness(given, self.sizes, None, domain.to_sympy(right), text, value, place, node)
        place = place or domain.first_difference(left, right)
        if place is None or domain.conditions or domain.positives:
            return None
        row, j = place[0] if whole else 0, place[1]
        gap = domain.field.add(left[row, j], right[row, j], -1)
        if not is_constant(domain.field, gap) or separate(domain.field, gap) is None:
            return None
        texts = told_apart(domain, left[row, j], right[row, j])
        return Witness(
            inputs=given,
            sizes=self.sizes,
            left=domain.to_sympy(left),
            right=domain.to_sympy(right),
            left_value=texts[0],
            right_value=texts[1],
            place=place,
            node=self._part(domain, inputs, scalars),
        )

    def _tables(self, point: Any) -> dict[str, list[list[Fraction]]]:
        out, start = {}, 0
        for name, (rows, cols) in self.claim.inputs:
            values = point[start : start + rows * cols].reshape(rows, cols)
            out[name] = [[_exact(v) for v in line] for line in values]
            start += rows * cols
        return out

    def _part(self, domain: Exact, inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> str:
        """The first node of the dataflow whose slot does not hold its formula at this input."""
        construction = self.claim.left
        if not isinstance(construction, Construction) or construction.encoder.tokens.total > 200:
            return ""
        values = Evaluation(domain, inputs, scalars)
        try:
            for number, state in enumerate(states(domain, construction.encoder, construction.tokens(domain, inputs))):
                for node in construction.cuts:
                    if node.layer != number - 1:
                        continue
                    found = construction.slot_value(domain, state, node.slot, node.group, node.formula.shape)
                    expected = values.value(node.formula)
                    values.inputs[node.name] = expected
                    if domain.equal(found, expected) is not True:
                        where = f"layer {node.layer + 1}, slot {node.slot}"
                        return f"{where}, which has to hold {node.name} = {node.formula}"
        except Undefined as error:
            return f"an undefined value: {error}"
        return "the output"


def _exact(value: Any) -> Fraction:
    """The rational that a float of the search is; a rational is itself."""
    return value if isinstance(value, Fraction) else Fraction(float(value))


def shown(domain: Exact, value: Any, digits: int = 8) -> str:
    """An exact value, with its decimals where it is not rational."""
    exact = to_sympy(domain.field, value)
    return str(exact) if exact.is_Rational else f"{exact} = {decimal(domain.field, value, digits)}..."


def told_apart(domain: Exact, left: Any, right: Any) -> tuple[str, str]:
    """Two different values, with as many decimals (up to 64) as it takes to see that."""
    digits = 8
    while digits < 64 and decimal(domain.field, left, digits) == decimal(domain.field, right, digits):
        digits *= 2
    return shown(domain, left, digits), shown(domain, right, digits)


def as_arrays(witness: Witness) -> dict[str, Any]:
    """The inputs of a witness as numpy arrays, for a second opinion."""
    matrices = {name: value for name, value in witness.inputs.items() if hasattr(value, "tolist")}
    return {name: np.array(value.tolist(), dtype=float) for name, value in matrices.items()}
