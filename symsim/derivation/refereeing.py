"""What referees ask about a program or an encoder, and the answers: tokens, claim, operations, sizes, cost, proof.

The answers come from the objects and from the reports about them; what could not be found out is said too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Report, Verdict
from symsim.encoder.cost import Cost
from symsim.encoder.machine import Machine
from symsim.errors import OutOfTime, SymsimError
from symsim.formulas.sizes import shape_text, size_text
from symsim.proof import check
from symsim.proof.evidence import deadline
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.dialects import MEANING, Outside

MOST_ROWS = 30
"""A table of sizes has at most so many rows."""
LOWERING = 30.0
"""Seconds for building one encoder and for proving that it computes what the program gives."""
ORDER = (Verdict.REFUTED, Verdict.UNDECIDED, Verdict.PROBABLE, Verdict.ENCLOSED, Verdict.PROVED)


@dataclass(frozen=True)
class Answer:
    """A question, sentences that answer it (names of programs between backticks), and a table, its head first."""

    question: str
    lines: tuple[str, ...]
    table: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Lowered:
    """The encoder of a program at some sizes: its cost and machine, and whether it computes what the program gives."""

    sizes: str
    cost: Cost | None
    machine: Machine | None
    verdict: str


@dataclass(frozen=True)
class Refereed:
    """The answers about one file, and the reports that they rest on."""

    subject: str
    digest: str
    answers: tuple[Answer, ...]
    reports: tuple[Report, ...]

    @property
    def verdict(self) -> Verdict:
        """The least of all verdicts."""
        return min((report.verdict for report in self.reports), key=ORDER.index)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "schema_version": 1,
            "file": self.subject,
            "sha256": self.digest,
            "verdict": self.verdict.value,
            "answers": [
                {"question": a.question, "answer": list(a.lines), "table": [list(row) for row in a.table]}
                for a in self.answers
            ],
            "reports": [report.to_dict() for report in self.reports],
        }


def digest(content: bytes) -> str:
    """The SHA-256 of a file, by which readers know that they have the same one."""
    return hashlib.sha256(content).hexdigest()


# -- programs ---------------------------------------------------------------------------------------------------------
def referee_program(
    subject: str, content: bytes, reports: Sequence[Report], fragments: Mapping[str, Outside | None]
) -> Refereed:
    """The report about a program: ``reports`` about its claims, ``fragments`` the dialects that it lives in or not."""
    worst = _shown(reports)
    numbers = isinstance(worst.claim.left, ProgramCall)
    made = _lowered(reports) if numbers else _lowered_words(reports[0])
    answers = (
        _short(reports),
        _tokens_of_numbers(reports) if numbers else _tokens_of_words(reports[0]),
        _claimed(reports),
        _operations(fragments, made),
        _exact(reports),
        _sizes(reports),
        _costs(made),
        _evidence(reports),
        _silent(reports, True),
    )
    return Refereed(subject, digest(content), answers, tuple(reports))


def _lowered(reports: Sequence[Report]) -> list[Lowered]:
    """The encoders at the smallest and at the largest sizes."""
    from symsim.rasp.lowering import lowered

    chosen = [reports[0], reports[-1]] if len(reports) > 1 else [reports[0]]
    found = []
    for report in chosen:
        side = report.claim.left
        shapes = dict(side.operands)

        def build(side: Any = side, shapes: Any = shapes) -> Any:
            return lowered(side.built(), side.length(), side.call, shapes, side.shape)

        found.append(_attempt(_chosen(side), build))
    return found


def _lowered_words(report: Report) -> list[Lowered]:
    from symsim.rasp.alphabet_lowering import lowerings

    claim = report.claim
    program = claim.left

    def build() -> Any:
        return lowerings(program.built, claim.length, claim.alphabet, program.call).encoder

    return [_attempt(f"words of up to {claim.length} tokens", build)]


def _attempt(sizes: str, build: Any) -> Lowered:
    try:
        with deadline(LOWERING):
            made = build()
    except OutOfTime:
        return Lowered(sizes, None, None, f"no encoder was built within {LOWERING:g} seconds")
    except SymsimError as error:
        return Lowered(sizes, None, None, f"no encoder was built: {' '.join(str(error).split())}")
    report = check(made.claim, time_limit=LOWERING)
    return Lowered(sizes, made.cost, made.machine, f"{report.verdict} ({report.method})")


def _chosen(side: Any) -> str:
    return ", ".join(f"{name} = {value}" for name, value in side.sizes) or "fixed sizes"


# -- encoders ---------------------------------------------------------------------------------------------------------
def referee_encoder(subject: str, content: bytes, construction: Construction, report: Report) -> Refereed:
    """The report about an encoder that is stored with its claim."""
    sizes = "these sizes" if construction.fixed else "all sizes"
    made = [Lowered(sizes, construction.cost, construction.machine, "")]
    answers = (
        _short([report]),
        _tokens_of_encoder(construction),
        _claimed([report]),
        _operations({}, made),
        _exact([report]),
        _sizes([report]),
        _costs(made),
        _evidence([report]),
        _silent([report], False),
    )
    return Refereed(subject, digest(content), answers, (report,))


def _tokens_of_encoder(construction: Construction) -> Answer:
    encoder = construction.encoder
    groups = ", ".join(f"{size_text(size)} of `{name}`" for name, size in encoder.tokens.parts)
    slots = ", ".join(f"`{name}` ({size_text(size)})" for name, size in encoder.slots.parts)
    lines = [
        f"There are {size_text(encoder.tokens.total)} tokens: {groups}.",
        f"A token has {size_text(encoder.slots.total)} entries, in slots: {slots}. What is not named below is 0 at the "
        "start.",
    ]
    words = {
        "input": "the input `{name}`, row by row",
        "flat": "the entries of the input `{name}`, row by row, one a token",
        "identity": "the identity: each token carries its own number as a unit vector",
        "ones": "ones",
        "constant": "fixed rational numbers, which are part of the file",
    }
    for placed in construction.placements:
        what = words[placed.what].format(name=placed.name)
        lines.append(f"Slot `{placed.slot}` of the tokens `{placed.group}` holds {what}.")
    readout = construction.readout
    where = f"the tokens `{readout.group}`" if readout.group else "the first positions, row by row"
    lines.append(f"The result is read from slot `{readout.slot}` of {where}, after the last layer.")
    return Answer("How do inputs become tokens?", tuple(lines))


# -- the questions ----------------------------------------------------------------------------------------------------
def _shown(reports: Sequence[Report]) -> Report:
    """The report that says most: the first with the least verdict."""
    return min(reports, key=lambda report: ORDER.index(report.verdict))


def _short(reports: Sequence[Report]) -> Answer:
    worst = _shown(reports)
    many = len(reports) > 1
    proved = sum(report.verdict is Verdict.PROVED for report in reports)
    said = {
        Verdict.PROVED: "The claim is proved"
        + (f" at each of the {len(reports)} choices of sizes that were asked for." if many else "."),
        Verdict.REFUTED: "The claim is wrong"
        + (f": it is refuted at {sum(r.verdict is Verdict.REFUTED for r in reports)} of {len(reports)} choices of "
           f"sizes, and proved at {proved}." if many else ".")
        + " An input on which it fails is given below.",
        Verdict.ENCLOSED: "The distance that the claim states is certified.",
        Verdict.PROBABLE: "The claim holds with a stated probability; that is no proof.",
        Verdict.UNDECIDED: "Nothing was decided"
        + (f" at some sizes; {proved} of {len(reports)} are proved." if many else "."),
    }  # fmt: skip
    lines = [said[worst.verdict]]
    conditions = dict.fromkeys(c for report in reports for c in report.side_conditions)
    if conditions and worst.verdict is Verdict.PROVED:
        lines.append(f"It is proved under a condition: {' and '.join(conditions)}.")
    return Answer("In short", tuple(lines))


def _tokens_of_numbers(reports: Sequence[Report]) -> Answer:
    claim = reports[-1].claim
    side = claim.left
    operands = [f"`{name}` ({shape_text(shape)})" for name, shape in side.operands if name not in side.scalars]
    cells = sum(rows * cols for _, (rows, cols) in side.operands)
    lines = [
        f"The tokens are real numbers, one a position: the entries of {' and then '.join(operands)}, row by row.",
    ]
    if side.scalars:
        lines.append(f"Behind them stands one token for each of {', '.join(f'`{name}`' for name in side.scalars)}.")
    padding = side.length() - cells
    behind = f"{padding} zeros follow" if padding else "no padding"
    many = f"{cells} tokens, and {behind}: {side.length()} positions in all."
    lines.append(f"At the largest sizes ({_chosen(side)}) that is {many}" if len(reports) > 1 else f"That is {many}")
    rows, cols = side.shape
    lines.append(f"The result, {rows} x {cols} there, is read row by row from the first {rows * cols} positions.")
    return Answer("How do inputs become tokens?", tuple(lines))


def _tokens_of_words(report: Report) -> Answer:
    claim = report.claim
    letters = ", ".join(map(str, claim.alphabet))
    lines = (
        f"The input is a word over the alphabet {{{letters}}}: one token a position, 1 to {claim.length} tokens.",
        "The result is one value a position.",
    )
    return Answer("How do inputs become tokens?", lines)


def _claimed(reports: Sequence[Report]) -> Answer:
    if len(reports) == 1:
        return Answer("What exactly is claimed?", (f"`{reports[0].claim.statement()}`",))
    claim, side = reports[-1].claim, reports[-1].claim.left
    names = [name for name, _ in side.sizes]
    values = {name: sorted({dict(report.claim.left.sizes)[name] for report in reports}) for name in names}
    ranges = ", ".join(f"{name} in {{{', '.join(map(str, values[name]))}}}" for name in names)
    right = claim.written[1] if claim.written else str(claim.right)
    lines = (
        f"`{side.call}` computes `{right}`, {_reals(claim)}, at {len(reports)} choices of sizes: {ranges}.",
        f"At the largest sizes that reads: `{claim.statement()}`",
        "At each choice it is a claim of its own, with a decision of its own. Nothing is said about other sizes.",
    )
    return Answer("What exactly is claimed?", lines)


def _reals(claim: Claim) -> str:
    return claim.quantifiers() or "for the listed inputs"


def _operations(fragments: Mapping[str, Outside | None], made: Sequence[Lowered]) -> Answer:
    lines = []
    for name, outside in fragments.items():
        if outside is None:
            lines.append(f"The program is in the dialect `{name}`: {MEANING[name]}.")
        else:
            lines.append(f"It is not in `{name}` ({MEANING[name]}): {outside}.")
    machine = next((item.machine for item in reversed(made) if item.machine is not None), None)
    if machine is None:
        lines.append("No encoder is known, so the program itself is the machine: each of its operations is assumed.")
        return Answer("Which operations are assumed?", tuple(lines))
    if fragments:
        lines.append("As an encoder it needs the following.")
    return Answer("Which operations are assumed?", tuple(lines), (("part", "what there is"), *machine.rows()))


def _exact(reports: Sequence[Report]) -> Answer:
    claim = reports[0].claim
    if claim.domain is not None:
        count = sum(report.claim.domain["inputs"] for report in reports)
        line = f"Yes: values are compared exactly, at each of {count} inputs."
        return Answer("Is it exact?", (line,))
    if claim.approximate:
        return Answer("Is it exact?", (f"No: the claim states a distance, at most `{claim.eps}` in every entry.",))
    lines = ["Yes: the claim is an equality over the real numbers. No rounding and no tolerance is in it."]
    if any(report.side_conditions for report in reports):
        found = dict.fromkeys(c for report in reports for c in report.side_conditions)
        lines.append(f"It is meant where both sides are defined: {' and '.join(found)}.")
    return Answer("Is it exact?", tuple(lines))


def _sizes(reports: Sequence[Report]) -> Answer:
    question = "At which sizes does it hold?"
    if len(reports) == 1:
        report = reports[0]
        where = "all sizes" if not report.claim.fixed else "the sizes that the claim names"
        if isinstance(report.claim.left, ProgramCall):
            where = _chosen(report.claim.left)
        if report.claim.domain is not None:
            where = f"{report.claim.domain['inputs']} inputs, {report.claim.quantifiers().removeprefix('for ')}"
        said = f"The claim is about {where}. It is {report.verdict}, by the method `{report.method}`."
        return Answer(question, (said,))
    rows = [("sizes", "verdict", "method")]
    ordered = sorted(reports, key=lambda report: ORDER.index(report.verdict))
    rows += [(_chosen(r.claim.left), r.verdict.value, r.method) for r in ordered[:MOST_ROWS]]
    left = len(reports) - MOST_ROWS
    lines = (f"{left} more rows, all {ordered[-1].verdict}, are in the JSON.",) if left > 0 else ()
    return Answer(question, lines, tuple(rows))


def _costs(made: Sequence[Lowered]) -> Answer:
    question = "What does it cost?"
    head = ("", *(item.sizes for item in made if item.cost is not None))
    lines = [f"At {item.sizes}: {item.verdict}." for item in made if item.cost is None]
    for item in made:
        if item.cost is not None and item.verdict:
            lines.append(f"At {item.sizes}: that the encoder computes what the program gives is {item.verdict}.")
    costs = [item.cost.to_dict() for item in made if item.cost is not None]
    if not costs:
        return Answer(question, tuple(lines))
    names = {
        "layers": "layers",
        "heads": "heads in each layer",
        "width": "width",
        "positions": "positions",
        "ffn_units": "feed-forward units in each layer",
        "parameters": "parameters, all entries",
        "nonzero_parameters": "parameters that are not 0",
    }
    rows = [(title, *(_amount(cost[key]) for cost in costs)) for key, title in names.items()]
    return Answer(question, tuple(lines), (head, *rows))


def _amount(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _evidence(reports: Sequence[Report]) -> Answer:
    worst = _shown(reports)
    if worst.verdict is Verdict.REFUTED and worst.witness is not None:
        refuted = [report for report in reports if report.witness is not None]
        smallest = min(refuted, key=lambda report: len(str(report.witness)))
        lines = [
            f"The counterexample to `{smallest.claim.statement()}` is exact, and can be pasted into Python:",
            *(f"`{line}`" for line in str(smallest.witness).splitlines()),
        ]
        return Answer("Where is the proof, or the counterexample?", tuple(lines))
    lines = []
    for report in reports[-1:]:
        if report.certificate:
            which = "at the largest sizes has" if len(reports) > 1 else "has"
            lines.append(
                f"The proof {which} the certificate `{report.certificate}`. The option `--certificate` writes it, for "
                "one choice of sizes, and `symsim recheck` checks it without the program that found it."
            )
        else:
            reason = report.certifier.reason if report.certifier else "the report has none"
            lines.append(f"There is no certificate: {reason}.")
        lines += [f"{step.name}: {step.verdict} ({step.method})." for step in report.steps]
        if report.trusted:
            lines.append(f"Trusted without a proof of its own: {', '.join(report.trusted)}.")
        if report.reason:
            lines.append(f"{report.reason}.")
    return Answer("Where is the proof, or the counterexample?", tuple(lines))


def _silent(reports: Sequence[Report], program: bool) -> Answer:
    lines = ["Nothing is said about training, nor about rounding: arithmetic is exact."]
    if any(report.claim.fixed for report in reports):
        lines.append("Nothing is said about sizes that are not named above.")
    if program:
        lines.append("Whether a transformer has these operations is answered by the encoder above, where there is one.")
    return Answer("What does this not say?", tuple(lines))
