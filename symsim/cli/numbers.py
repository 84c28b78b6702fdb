"""A worked example in numbers: every intermediate matrix of every realisation, exact and in decimals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symsim.claims.approximate import ApproximateClaim
from symsim.claims.construction import Construction
from symsim.claims.sides import prepare
from symsim.cli.options import SHORT
from symsim.cli.screen import say, title
from symsim.derivation import WordDerivation
from symsim.derivation.derivation import Derivation
from symsim.derivation.examples import Example, Trace
from symsim.domains.arrays import Arrays
from symsim.domains.closed_forms import ClosedForm
from symsim.domains.enclosure import decimal
from symsim.domains.exact import Exact, ExactMatrix
from symsim.domains.field import Element, Value
from symsim.domains.sympy_edge import to_sympy
from symsim.errors import SymsimError

DIGITS = 16
LONGEST = 49
"""Exact values with exponentials up to this many characters are printed beside their decimals."""
WIDEST = 72
"""Decimals stand beside rationals where a row of both has at most this many characters."""
FLOAT_ERROR = 1e-14
"""How far float64 may be from the exact value, relative to the largest entry."""


@dataclass(frozen=True)
class Numbers:
    """An exact run of an example through one realisation, and how far the formula in float64 is from it."""

    realisation: str
    trace: Trace
    distance: float

    @property
    def eps(self) -> ClosedForm | None:
        """The distance that is claimed, where the claim states one."""
        claim = self.trace.construction.claim
        return claim.eps if isinstance(claim, ApproximateClaim) else None

    @property
    def agree(self) -> bool:
        """Whether the result is what is claimed, exactly or within eps, and floats say so too."""
        if self.eps is not None:
            return self.trace.within(self.eps)
        return self.trace.agrees and self.distance <= FLOAT_ERROR

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        found: dict[str, Any] = {"realisation": self.realisation, "equals_formula": self.trace.agrees}
        if self.eps is not None:
            return {**found, "distance": self.trace.distance, "eps": self.eps.decimal(3)}
        return {**found, "distance_to_float64": f"{self.distance:.1e}"}

    @property
    def compared(self) -> str:
        """How the result compares with the formula, in words."""
        if self.eps is not None:
            inside = "within" if self.agree else "NOT WITHIN"
            return f"differs from the formula by at most {self.trace.distance}, {inside} eps = {self.eps.decimal(3)}"
        exactly = "equals the formula exactly" if self.trace.agrees else "DIFFERS FROM THE FORMULA"
        far = "" if self.distance <= FLOAT_ERROR else ", TOO FAR"
        return f"{exactly}; float64 is off by {self.distance:.1e}{far}"


def run(derivation: Derivation, example: Example) -> list[Numbers]:
    """Run an example through all realisations of the family that are what the claim says, or the derivation's own."""
    if isinstance(derivation, WordDerivation):  # its examples are words, whose values are exact
        return []
    if derivation.construction.encoder.constants:  # a free symbol has no float
        return []
    sizes = {str(name): size for name, size in derivation.sizes_of(example.shapes).items()}
    constructions = []
    for realisation in SHORT.values() if derivation.family is not None else ():
        try:
            constructions.append(derivation.construction_for(realisation=realisation, **sizes))
        except SymsimError:  # a family need not have it
            continue
    if not constructions:
        constructions.append(derivation.at(sizes))
    stated = [c for c in constructions if c.claim.approximate == derivation.claim.approximate]
    traces = [(c, example.run(c, derivation.computes_for(c))) for c in stated]
    return [Numbers(c.realisation, trace, _distance(trace, by_floats(derivation, example, c))) for c, trace in traces]


def by_floats(derivation: Derivation, example: Example, construction: Construction) -> Any:
    """What a construction is claimed to compute at an example, in float64: it knows nothing of the encoder."""
    floats = {name: np.array([[float(v) for v in row] for row in value]) for name, value in example.inputs.items()}
    return prepare(derivation.computes_for(construction), Arrays(), floats, {})(None)


def _distance(trace: Trace, floats: Any) -> float:
    decimals = np.array([[float(text) for text in row] for row in trace.decimals(trace.result, 20)])
    return float(np.abs(decimals - floats).max() / np.abs(floats).max())


def intermediates(trace: Trace) -> list[tuple[str, str, ExactMatrix]]:
    """Every node of the dataflow on the way: its equation, where it stands, its value; the last one is the result."""
    construction, found = trace.construction, []
    for node in construction.cuts:
        state, shape = trace.states[node.layer + 1], node.formula.shape
        value = construction.slot_value(trace.domain, state, node.slot, node.group, shape)
        found.append((f"{node.name} = {node.formula}", f"layer {node.layer + 1}, slot {node.slot}", value))
    return found


def print_numbers(example: Example, found: Sequence[Numbers]) -> None:
    """Print the inputs, every intermediate of every realisation, and how the results compare."""
    title(f"{example.title or 'A worked example'}: every intermediate, exact and in decimals")
    for name, value in found[0].trace.inputs.items():
        _show(name, "", found[0].trace.domain, value)
    for numbers in found:
        title(_called(numbers), indent=2)
        for equation, where, value in intermediates(numbers.trace):
            _show(equation, where, numbers.trace.domain, value)
    say()
    for numbers in found:
        say(f"{_called(numbers)} {numbers.compared}", indent=2)


def _called(numbers: Numbers) -> str:
    letters = [letter for letter, name in SHORT.items() if name == numbers.realisation]
    return f"Realisation {letters[0]} ({numbers.realisation})" if letters else f"Realisation {numbers.realisation}"


def _show(name: str, where: str, domain: Exact, value: ExactMatrix) -> None:
    say(name + (f"   ({where})" if where else ""), indent=2)
    entries = [[value[i, j] for j in range(value.width)] for i in range(value.height)]
    rational = all(type(entry) is not Element for row in entries for entry in row)
    for line in _grid(entries) if rational else _list(domain, entries):
        say(line, indent=4)


def _grid(entries: list[list[Value]]) -> list[str]:
    """Rationals row by row, and their decimals beside them where some are no integers and the line is wide enough."""
    fractions = [[Fraction(str(entry)) for entry in row] for row in entries]
    left = _aligned([[str(entry) for entry in row] for row in fractions])
    right = _aligned([[_decimal(entry) for entry in row] for row in fractions])
    if left == right or len(left[0]) + len(right[0]) > WIDEST - 3:
        return left
    return [f"{a} = {b}" for a, b in zip(left, right, strict=True)]


def _aligned(texts: list[list[str]]) -> list[str]:
    widths = [max(len(row[j]) for row in texts) for j in range(len(texts[0]))]
    return ["  ".join(f"{text:>{width}}" for text, width in zip(row, widths, strict=True)) for row in texts]


def _decimal(value: Fraction) -> str:
    """A rational as a decimal: all its digits where they end soon, else rounded."""
    scaled = value * 10**DIGITS
    if scaled.denominator > 1:
        return format(float(value), f".{DIGITS}g")
    digits = f"{abs(scaled.numerator):0{DIGITS + 1}d}"
    text = f"{digits[:-DIGITS]}.{digits[-DIGITS:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text


def _list(domain: Exact, entries: list[list[Value]]) -> list[str]:
    """One line an entry: the exact value where it is short, and its decimals."""
    lines = []
    for i, row in enumerate(entries, 1):
        for j, entry in enumerate(row, 1):
            exact, shown = str(to_sympy(domain.field, entry)), str(decimal(domain.field, entry, DIGITS))
            short = exact != shown and len(exact) <= LONGEST
            lines.append(f"({i},{j}) {exact} = {shown}" if short else f"({i},{j}) {shown}")
    return lines
