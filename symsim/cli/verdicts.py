"""Exit codes: what the reports about one claim, one derivation or several come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from symsim.claims.report import Report, Verdict
from symsim.cli.numbers import Numbers
from symsim.cli.output import with_more
from symsim.derivation.agnostic import Agnostic
from symsim.derivation.checked import CheckedControl, CheckedDerivation
from symsim.derivation.derivation import Derivation
from symsim.errors import BadInput, nearest

ACCEPTABLE = ("probable", "enclosed", "solver")
PROVED, REFUTED, UNDECIDED = 0, 1, 3
ORDER = (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.PROBABLE, Verdict.ENCLOSED, Verdict.PROVED)
AS_STATED = "as stated"


def status(reports: Iterable[Report], accept: Sequence[str] = ()) -> int:
    """The exit status of some reports: 1 if one is refuted, else 3 if one falls short of its claim, else 0.

    A claim that states a distance is reached by ``enclosed``, any other by ``proved`` alone.
    """
    return worst(_status(report, accept) for report in reports)


def _status(report: Report, accept: Sequence[str]) -> int:
    if report.verdict is Verdict.REFUTED:
        return REFUTED
    trusted = not report.trusted or "solver" in accept
    stated = report.verdict is Verdict.ENCLOSED and getattr(report.claim, "approximate", False)
    reached = report.verdict is Verdict.PROVED or stated or report.verdict.value in accept
    return PROVED if reached and trusted else UNDECIDED


def worst(statuses: Iterable[int]) -> int:
    """One exit status for several: refuted outweighs undecided, undecided outweighs proved."""
    found = set(statuses)
    return next((code for code in (REFUTED, UNDECIDED) if code in found), PROVED)


def check_accept(accept: Sequence[str]) -> tuple[str, ...]:
    """The verdicts that ``--accept`` lets pass, checked."""
    words = tuple(word.strip() for item in accept for word in item.split(","))
    for word in words:
        if word not in ACCEPTABLE:
            raise BadInput(f"--accept takes verdicts short of a proof, got '{word}': {nearest(word, ACCEPTABLE)}")
    return words


@dataclass(frozen=True)
class Proof:
    """What was found about one derivation: reports by case; its steps, controls and numbers where all was checked."""

    derivation: Derivation
    cases: tuple[tuple[str, Report], ...]
    checked: CheckedDerivation | None = None
    numbers: tuple[Numbers, ...] = ()

    @property
    def reports(self) -> list[Report]:
        """The reports that have to be proofs: of the claim, of each step and of each case."""
        own = self.checked and [self.checked.report, *(item.report for item in self.checked.identities)]
        return [*(own or []), *(report for _, report in self.cases)]

    @property
    def controls(self) -> tuple[CheckedControl, ...]:
        """The planted faults, each of which has to be refuted."""
        return self.checked.controls if self.checked else ()

    @property
    def weights(self) -> Agnostic | None:
        """What comparing the serialised weights found, where all was checked."""
        return self.checked.weights if self.checked else None

    def status(self, accept: tuple[str, ...]) -> int:
        """The exit status: a control that is not refuted is a failed check too, and so are numbers that differ."""
        found = [status(self.reports, accept), *map(_control_status, self.controls)]
        found += [PROVED if self.weights is None or self.weights.holds else REFUTED]
        return worst([*found, *(PROVED if item.agree else REFUTED for item in self.numbers)])

    @property
    def verdict(self) -> str:
        """The least of all verdicts, which ``list`` shows."""
        found = [report.verdict for report in self.reports]
        found += [Verdict.REFUTED for item in self.numbers if not item.agree]
        found += [Verdict.REFUTED] if self.weights is not None and not self.weights.holds else []
        for status in map(_control_status, self.controls):
            found += {PROVED: [], REFUTED: [Verdict.REFUTED], UNDECIDED: [Verdict.UNDECIDED]}[status]
        return min(found, key=ORDER.index).value

    def to_list(self) -> list[dict[str, Any]]:
        """One object a claim; the first of a whole derivation has its steps and its controls."""
        name = self.derivation.name
        data = [with_more(report, derivation=name, case=title) for title, report in self.cases]
        return data if self.checked is None else [_whole(self.checked, self.numbers), *data]


def _control_status(item: CheckedControl) -> int:
    if item.refuted:
        return 0
    return REFUTED if item.report.verdict is Verdict.PROVED else UNDECIDED


def _whole(checked: CheckedDerivation, numbers: tuple[Numbers, ...]) -> dict[str, Any]:
    """The claim as it is stated, as data; its steps are those of the derivation, then those of the report."""
    steps = [
        {
            "name": f"{item.step.name}: {item.place} = {item.formula}",
            "verdict": item.report.verdict.value,
            "method": item.report.method,
            "seconds": round(item.report.seconds, 4),
        }
        for item in checked.identities
    ]
    controls = []
    for control in checked.controls:
        witness = control.report.witness
        shown = {"name": control.control.name, "title": control.control.title, "verdict": control.report.verdict.value}
        controls.append({**shown, "witness": witness.to_dict() if witness else None})
    own = [step.to_dict() for step in checked.report.steps]
    more: dict[str, Any] = {"steps": [*steps, *own], "controls": controls}
    more["weights"] = checked.weights.to_dict() if checked.weights else None
    more["numbers"] = [item.to_dict() for item in numbers]
    return with_more(checked.report, derivation=checked.derivation.name, case=AS_STATED, **more)
