"""``symsim prove``: checks derivations of the library, step by step, and prints a table of verdicts."""

from __future__ import annotations

from typing import Any

from symsim.claims.report import Report, Verdict
from symsim.cli import options as o
from symsim.cli.check import print_finding
from symsim.cli.family import member
from symsim.cli.listing import remember
from symsim.cli.numbers import print_numbers, run
from symsim.cli.output import check_target, deliver
from symsim.cli.screen import MARGIN, coloured, heading, row, say, title, working
from symsim.cli.verdicts import Proof, check_accept, worst
from symsim.derivation.checked import CheckedDerivation, reached
from symsim.derivation.derivation import Control, Derivation
from symsim.errors import BadInput
from symsim.proof import check
from symsim.proof.evidence import deadline
from symsim.proof.rocq_pieces import piece

BUILDING = 10.0
"""Seconds that a construction may take to build, whatever the time limit: without it there is no claim to report on."""


def command(
    names: o.Names = None,
    everything: o.All = False,
    n: o.N = None,
    d: o.D = None,
    d_v: o.DV = None,
    d_k: o.DK = None,
    d_ff: o.DFF = None,
    heads: o.Heads = None,
    projections: o.Projections = False,
    realisation: o.Realisation = None,
    option: o.Others = None,
    temperature: o.Temperature = None,
    bound: o.Bound = None,
    eps: o.Eps = None,
    method: o.Method = "auto",
    uncut: o.Uncut = False,
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Prove derivations of the library, or the one case that the options describe.

    Without options: every step, all cases, the controls (planted faults that have to be refuted), and an example in
    numbers. With options such as --n 4 --d 2 --realisation P: that claim alone. Exit status: 0 proved (enclosed,
    for a claim that states a distance), 1 refuted, 2 bad input, 3 undecided.
    """
    accepted = check_accept(accept or [])
    check_target(output, force)
    chosen = o.derivations(names, everything)
    softmax_only = {"temperature": temperature, "bound": bound, "eps": eps}
    given = o.family_options(n, d, d_v, d_k, d_ff, heads, projections, realisation, option, **softmax_only)
    members = [member(derivation, given) for derivation in chosen]
    how: dict[str, Any] = {"method": method, "time_limit": o.seconds(time_limit), "seed": seed}
    proofs = []
    for number, (derivation, wanted) in enumerate(zip(chosen, members, strict=True)):
        if number and not json_:
            say()
        if given or uncut:
            proof = _one(derivation, wanted, {**how, "cut": not uncut, "save_to": output}, json_)
        else:
            proof = _whole_derivation(derivation, how, json_)
        remember(derivation.name, proof.verdict)
        proofs.append(proof)
    data = [item for proof in proofs for item in proof.to_list()]
    deliver(data[0] if len(data) == 1 else data, json_, output, force)
    return worst(proof.status(accepted) for proof in proofs)


def _one(derivation: Derivation, given: dict[str, Any], how: dict[str, Any], quiet: bool) -> Proof:
    """The one claim that the options describe."""
    limit = how["time_limit"] and max(how["time_limit"], BUILDING)
    with working(f"building {derivation.name}"), deadline(limit):
        construction = derivation.construction_for(**given)
        claim = derivation.claim_of(construction)
    with working(f"proving {derivation.name}"):
        report = check(claim, **how)
    realisation = getattr(construction, "realisation", "")  # encoders for words have none
    case = f"realisation {realisation}, " * bool(realisation) + ("cut" if how["cut"] else "uncut")
    if not quiet:
        _print_name(derivation)
        say(claim.statement())
        say(f"machine: {', '.join(claim.machine.normalisers)}; {_cost(claim.cost.to_dict())}")
        heading("step")
        for step in report.steps:
            row(step.verdict.value, step.seconds, step.method, step.name)
        row(report.verdict.value, report.seconds, report.method, f"the claim, {case}")
        print_finding(report)
    return Proof(derivation, ((case, report),))


def _cost(cost: dict[str, Any]) -> str:
    heads = " + ".join(str(count) for count in cost["heads"])
    return f"{cost['layers']} layers with {heads} heads, width {cost['width']}, {cost['positions']} positions"


def _whole_derivation(derivation: Derivation, how: dict[str, Any], quiet: bool) -> Proof:
    """The claim as it is stated with every step and control, then all cases, then the numbers of the last example."""
    with working(f"proving {derivation.name}"):
        checked = derivation.check(**how)
    if not quiet:
        _print_name(derivation)
        say(derivation.statement)
        _print_steps(checked)
    cases = tuple(_cases(derivation, how, quiet))
    numbers = tuple(run(derivation, derivation.examples[-1])) if derivation.examples else ()
    proof = Proof(derivation, cases, checked, numbers)
    if not quiet:
        _print_controls(checked)
        if numbers:
            print_numbers(derivation.examples[-1], numbers)
        _print_summary(proof)
    return proof


def _cases(derivation: Derivation, how: dict[str, Any], quiet: bool) -> list[tuple[str, Report]]:
    if derivation.cases and not quiet:
        title("Cases")
        heading("case")
    found = []
    for case in derivation.cases:
        with working(f"proving {case.title}"):
            try:
                report = check(case.claim(), cut=case.cut, **how)
            except BadInput as error:
                raise BadInput(f"{derivation.name}, case '{case.title}': {error}") from None
        found.append((case.title, report))
        if not quiet:
            row(report.verdict.value, report.seconds, report.method, case.title)
            print_finding(report, indent=4)
    return found


def _print_name(derivation: Derivation) -> None:
    say(derivation.title, [(derivation.name, "bold"), (": ", "")])


def _print_steps(checked: CheckedDerivation) -> None:
    title("The proof, step by step")
    heading("step")
    for item in checked.identities:
        formula = f"{item.place} = {item.formula}"
        row(item.report.verdict.value, item.report.seconds, item.report.method, f"{item.step.name}: {formula}")
        print_finding(item.report, indent=4)
    report = checked.report
    row(report.verdict.value, report.seconds, report.method, f"therefore: {report.claim.statement()}")
    print_finding(report, indent=4)
    if checked.weights is not None:
        say(f"weights: {checked.weights}", indent=2)
    if name := checked.derivation.piece:
        theorem = piece(name)
        say(f"all sizes: theorem {theorem.theorem} of our library for Rocq. {theorem.statement}", indent=2)


def _print_controls(checked: CheckedDerivation) -> None:
    """The planted faults of the derivation, each of which has to be refuted."""
    if not checked.controls:
        return
    title("Controls: each of these changes has to be refuted")
    heading("change, and what a witness shows")
    for item in checked.controls:
        witness = item.report.witness
        row(item.report.verdict.value, item.report.seconds, item.report.method, _change(item.control))
        shown = f"{witness.left_value} instead of {witness.right_value}" if witness else "NOT REFUTED"
        say(shown, indent=MARGIN)


def _change(control: Control) -> str:
    """What is changed, and what goes wrong then."""
    return " ".join(f"{control.reason} {control.title}".split())


def _print_summary(proof: Proof) -> None:
    refuted = sum(item.refuted for item in proof.controls)
    proved = sum(report.verdict is Verdict.PROVED for report in proof.reports)
    enclosed = sum(map(reached, proof.reports)) - proved
    within = f" and {enclosed} enclosed, as they are stated" if enclosed else ""
    counts = f"{proved} of {len(proof.reports)} steps and cases proved{within}, "
    counts += f"{refuted} of {len(proof.controls)} controls refuted"
    say()
    say(counts, [(f"{proof.derivation.name}: ", ""), coloured(proof.verdict), (": ", "")])
