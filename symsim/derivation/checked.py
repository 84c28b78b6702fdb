"""Checking a derivation: each step at its node of the dataflow, the whole claim, and every control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from symsim.claims.construction import Construction
from symsim.claims.report import Report, Verdict
from symsim.derivation.agnostic import Agnostic, agnostic
from symsim.derivation.derivation import Control, Derivation, Step
from symsim.derivation.places import Place
from symsim.formulas.syntax import Formula
from symsim.proof import check as prove


@dataclass(frozen=True)
class CheckedIdentity:
    """One identity of a step: what the place holds, and the report that says so."""

    step: Step
    place: Place
    formula: Formula
    report: Report


@dataclass(frozen=True)
class CheckedControl:
    """One control: the changed construction and the report about it, which has to be ``refuted``."""

    control: Control
    construction: Construction
    report: Report

    @property
    def refuted(self) -> bool:
        """Whether the change was found out."""
        return self.report.verdict is Verdict.REFUTED


@dataclass(frozen=True)
class CheckedDerivation:
    """What checking a derivation found. Iterating gives all reports: the claim, the steps, the controls."""

    derivation: Derivation
    construction: Construction
    report: Report
    identities: tuple[CheckedIdentity, ...] = ()
    controls: tuple[CheckedControl, ...] = ()
    weights: Agnostic | None = None
    """Whether the weights are the same for all inputs, and on which sizes they depend."""

    def __iter__(self) -> Iterator[Report]:
        yield self.report
        yield from (item.report for item in self.identities)
        yield from (item.report for item in self.controls)

    @property
    def complete(self) -> bool:
        """Whether claim, steps and weights are settled as they are stated and every control is refuted."""
        settled = all(reached(r) for r in (self.report, *(item.report for item in self.identities)))
        settled = settled and (self.weights is None or self.weights.holds)
        return settled and all(control.refuted for control in self.controls)

    def _repr_html_(self) -> str:
        from symsim.render import html

        return html(self)


def reached(report: Report) -> bool:
    """Whether the verdict is what the claim states: proved, or enclosed where a distance is stated."""
    stated = getattr(report.claim, "approximate", False) and report.verdict is Verdict.ENCLOSED
    return stated or report.verdict is Verdict.PROVED


def check(
    derivation: Derivation,
    options: Mapping[str, Any],
    method: str = "auto",
    cut: bool = True,
    time_limit: float | None = None,
    seed: int = 0,
) -> CheckedDerivation:
    """Check a derivation at the options given (see ``Derivation.check``); the time limit is for each claim."""
    construction = derivation.construction_for(**options)
    how: dict[str, Any] = {"cut": cut, "time_limit": time_limit, "seed": seed}
    report = prove(derivation.claim_of(construction), method=method, **how)
    if not derivation.instance(construction):
        return CheckedDerivation(derivation, construction, report)
    identities = []
    for number, (step, place, formula) in enumerate(derivation.identities(construction), 1):
        claim = derivation.identity_claim(f"{step.name}, {number}", place, formula)
        identities.append(CheckedIdentity(step, place, formula, prove(claim, **how)))
    controls = tuple(_controls(derivation, derivation.small(), how))
    weights = agnostic(derivation, seed)
    return CheckedDerivation(derivation, construction, report, tuple(identities), controls, weights)


def _controls(derivation: Derivation, construction: Construction, how: Mapping[str, Any]) -> Iterator[CheckedControl]:
    for control in derivation.controls:
        changed = control.change(construction)
        yield CheckedControl(control, changed, prove(derivation.claim_of(changed), **how))
