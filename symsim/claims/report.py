"""Verdicts and reports: what a check found. Reports are made in one place and cannot be built outside it."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from enum import StrEnum
from typing import Any

from symsim.encoder.stored import content_hash
from symsim.errors import SymsimError

SCHEMA_VERSION = 1


class Verdict(StrEnum):
    """The five answers of a method."""

    PROVED = "proved"
    REFUTED = "refuted"
    PROBABLE = "probable"
    ENCLOSED = "enclosed"
    UNDECIDED = "undecided"


class NotProved(SymsimError):
    """Raised by ``raise_if_not_proved``; the report is ``.report``."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.summary())
        self.report = report


@dataclass(frozen=True)
class Witness:
    """An exact input on which the two sides differ.

    ``inputs`` are sympy matrices; ``sizes`` the sizes it was found at; ``left`` and ``right`` the two values as sympy
    matrices (``left`` is None where it is undefined); ``place`` the entry at which they differ, ``node`` the first
    node of the dataflow at which the two sides part.
    """

    inputs: dict[str, Any]
    sizes: dict[str, int]
    left: Any
    right: Any
    left_value: str
    right_value: str
    place: tuple[int, int]
    node: str = ""

    def __getitem__(self, name: str) -> Any:
        return self.inputs[name]

    def __str__(self) -> str:
        """Python that can be pasted."""
        words = all(isinstance(value, list) for value in self.inputs.values())
        lines = [] if words and self.inputs else ["from sympy import Matrix, Rational, SparseMatrix"]
        for name, value in self.inputs.items():
            lines.append(f"{name} = {_paste(value)}")
        i, j = self.place
        entry = "" if words else f"entry ({i + 1}, {j + 1}): "
        lines.append(f"# {entry}left = {self.left_value}, right = {self.right_value}")
        if self.node:
            lines.append(f"# the sides part at: {self.node}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, every number a string."""
        return {
            "inputs": {name: _texts(value) for name, value in self.inputs.items()},
            "sizes": dict(self.sizes),
            "left": self.left_value,
            "right": self.right_value,
            "first_difference": {"row": self.place[0] + 1, "column": self.place[1] + 1, "node": self.node},
        }


def _texts(value: Any) -> Any:
    """A matrix as rows of texts, a sequence as a list of them, a number as one."""
    if isinstance(value, list):
        return [str(v) for v in value]
    if not hasattr(value, "rows"):
        return str(value)
    return [[str(v) for v in value.row(i)] for i in range(value.rows)]


def _paste(value: Any) -> str:
    if not hasattr(value, "rows"):
        return f"Rational({str(value)!r})" if not getattr(value, "is_Integer", True) else str(value)
    if value.rows * value.cols > 36:
        places = [(i, j) for i in range(value.rows) for j in range(value.cols) if value[i, j] != 0]
        entries = ", ".join(f"({i}, {j}): {_paste(value[i, j])}" for i, j in places)
        return f"SparseMatrix({value.rows}, {value.cols}, {{{entries}}})"
    rows = []
    for i in range(value.rows):
        rows.append("[" + ", ".join(str(v) if v.is_Integer else f"Rational({v.p}, {v.q})" for v in value.row(i)) + "]")
    return f"Matrix([{', '.join(rows)}])"


@dataclass(frozen=True)
class Step:
    """One step of a check: a node of the dataflow, or the whole; ``seconds`` is not part of any hash."""

    name: str
    verdict: Verdict
    method: str
    seconds: float = 0.0
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        seconds = round(self.seconds, 4)
        return {"name": self.name, "verdict": self.verdict.value, "method": self.method, "seconds": seconds}


def _bound(verdict: Verdict | None, bound: str | None) -> str:
    if bound is None:
        return ""
    what = "a false claim would pass with probability" if verdict is Verdict.PROBABLE else "the sides differ by"
    return f"{what} at most {bound}"


@dataclass(frozen=True)
class Finding:
    """What one method said where all were asked: its verdict, or None and the reason why it does not apply."""

    method: str
    verdict: Verdict | None
    seconds: float = 0.0
    reason: str = ""
    error_bound: str | None = None
    trusted: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What is said beside the verdict."""
        trusted = f"on the word of {', '.join(self.trusted)}" if self.trusted else ""
        return "; ".join(filter(None, [trusted, _bound(self.verdict, self.error_bound), self.reason]))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "method": self.method,
            "verdict": self.verdict.value if self.verdict else None,
            "seconds": round(self.seconds, 4),
            "reason": self.reason or None,
            "error_bound": self.error_bound,
            "trusted": list(self.trusted),
        }


_SEAL = object()


@dataclass(frozen=True)
class Report:
    """What a check found about a claim.

    Made by ``symsim.proof`` only: building one elsewhere, or changing one with ``dataclasses.replace``, raises
    ``SymsimError``.
    """

    claim: Any
    """A ``Claim``, or a ``SequenceClaim``."""
    verdict: Verdict
    method: str
    steps: tuple[Step, ...] = ()
    witness: Witness | None = None
    reason: str = ""
    side_conditions: tuple[str, ...] = ()
    error_bound: str | None = None
    trusted: tuple[str, ...] = ()
    seed: int = 0
    limits: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    undefined: bool = False
    """Whether a side has no value at any input, which the reason then says."""
    findings: tuple[Finding, ...] = ()
    """What every method said, where all were asked."""
    certifier: Any = field(default=None, repr=False, compare=False)
    """Makes the certificate when it is asked for: ``.hash``, ``.data`` (bytes), ``.reason`` why there is none."""
    _seal: InitVar[Any] = None  # not kept, so that no copy inherits it

    def __post_init__(self, _seal: Any) -> None:
        if _seal is not _SEAL:
            raise SymsimError("a report is made by checking a claim: use symsim.check(claim)")
        if self.verdict is Verdict.REFUTED and self.witness is None:
            raise SymsimError("a refuted claim needs a witness")

    @property
    def certificate(self) -> str | None:
        """The hash of the certificate; None where the claim has none (``certifier.reason`` says why)."""
        found: str | None = self.certifier.hash if self.certifier else None
        return found

    def raise_if_not_proved(self) -> Report:
        """Return the report where the claim is proved, and raise ``NotProved`` otherwise."""
        if self.verdict is not Verdict.PROVED:
            raise NotProved(self)
        return self

    def summary(self) -> str:
        """The verdict in one line."""
        text = f"{self.verdict}: {self.claim.statement()} [{self.method}]"
        if self.side_conditions:
            text += f", provided that {' and '.join(self.side_conditions)}"
        if self.reason:
            text += f" ({self.reason})"
        return text

    def __str__(self) -> str:
        return self.summary() + (f"\n{self.witness}" if self.witness else "")

    def _repr_html_(self) -> str:
        from symsim.render import html

        return str(html(self))

    @property
    def bound(self) -> str:
        """What the error bound says: how likely a false claim passes, or how far the sides are apart; else empty."""
        return _bound(self.verdict, self.error_bound)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data (schema of the command line's ``--json``)."""
        claim = self.claim
        data = {
            "schema_version": SCHEMA_VERSION,
            "kind": "report",
            "claim": claim.statement(),
            "quantifiers": claim.quantifiers(),
            "verdict": self.verdict.value,
            "method": self.method,
            "sizes": claim.sizes_text(),
            "domain": claim.domain,
            "side_conditions": list(self.side_conditions),
            "error_bound": self.error_bound,
            "reason": self.reason or None,
            "witness": self.witness.to_dict() if self.witness else None,
            "machine": claim.machine.to_dict() if claim.machine else None,
            "cost": claim.cost.to_dict() if claim.cost else None,
            "steps": [step.to_dict() for step in self.steps],
            "certificate": self.certificate,
            "trusted": list(self.trusted),
            "seed": self.seed,
            "limits": dict(self.limits),
            "seconds": round(self.seconds, 4),
            "version": package_version(),
        }
        if self.findings:
            data["methods"] = [finding.to_dict() for finding in self.findings]
        return {**data, "hash": content_hash(data)}


def package_version() -> str:
    """The installed version of the package."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return str(version("symsim"))
    except PackageNotFoundError:
        return "0+source"
