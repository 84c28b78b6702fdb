"""``symsim rasp compile``: a program as an encoder with exact weights, written as JSON, and what it costs."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli.output import as_json, check_target, emit
from symsim.cli.screen import coloured, say, working
from symsim.errors import BadInput

File = Annotated[str, typer.Argument(help="The program: a .rasp file, or library:matrices, library:sequences.")]
Call = Annotated[str, typer.Option("--call", help="What to lower, such as 'matmul(3, 2, 4)', or the name of an s-op.")]
Length = Annotated[int | None, typer.Option("--length", help="The number of positions, the sink not counted.")]
Shape = Annotated[
    list[str] | None,
    typer.Option("--shape", help="An operand and its shape, such as A=3,2; repeat it, in the order of the tokens."),
]
Result = Annotated[
    str | None, typer.Option("--result", help="The shape of the result in the first positions, such as 3,4.")
]
Cast = Annotated[str, typer.Option("--cast", help="What 'tokens' is at the start: asis, str, int, float or bool.")]
Prove = Annotated[bool, typer.Option("--prove", help="Prove that the encoder computes what the program gives.")]
STATUS = {"proved": 0, "refuted": 1}
UNDECIDED = 3


def command(
    file: File,
    call: Call,
    length: Length = None,
    shape: Shape = None,
    result: Result = None,
    cast: Cast = "asis",
    prove: Prove = False,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Lower a program to an encoder at one length: exact weights as JSON in the file of -o, and the cost.

    Selectors may depend on positions only; tokens are real numbers. --json prints the cost as JSON. Exit status: 0 done
    (and proved, with --prove), 1 refuted, 2 bad program or bad input, 3 undecided.
    """
    from symsim.encoder.stored import save
    from symsim.rasp.loading import load
    from symsim.rasp.lowering import lowered

    check_target(output, force)
    operands = dict(_operand(text) for text in shape or []) or None
    ends = _pair("--result", result) if result is not None else None
    positions = length if length is not None else _least(operands, ends)
    built = load(file, cast).expression(call)
    with working("lowering"):
        before, after = (lowered(built, positions, call, operands, ends, schedule) for schedule in (False, True))
        text = save(after.encoder)
    found = _verdict(after) if prove else None
    if output is not None:
        emit(text, output, force)
    data = {"call": call, "length": positions, "cost": after.cost.to_dict(), "unscheduled": before.cost.to_dict()}
    if found is not None:
        data.update({"verdict": found[0], "reason": found[1], "side_conditions": found[2]})
    if json_:
        emit(as_json({"schema_version": 1, **data}), None)
    else:
        _tell(before, after, found)
        if output is not None:
            say(f"wrote {output}")
    return 0 if found is None else STATUS.get(found[0], UNDECIDED)


def _operand(text: str) -> tuple[str, tuple[int, int]]:
    name, sign, sizes = text.partition("=")
    if not sign or not name.strip():
        raise BadInput(f"--shape {text}: write a name and its shape, such as A=3,2")
    return name.strip(), _pair("--shape", sizes)


def _pair(option: str, text: str) -> tuple[int, int]:
    words = [word.strip() for word in text.split(",")]
    if len(words) != 2 or not all(word.isdecimal() and len(word) < 7 for word in words):
        raise BadInput(f"{option} {text}: write two whole numbers, such as 3,2")
    return int(words[0]), int(words[1])


def _least(operands: dict[str, tuple[int, int]] | None, result: tuple[int, int] | None) -> int:
    """The positions that operands and result need."""
    if operands is None:
        raise BadInput("say how many positions there are: --length 6, or the operands: --shape A=2,3")
    entries = sum(rows * cols for rows, cols in operands.values())
    return max(entries, result[0] * result[1] if result else 0)


def _verdict(construction: Any) -> tuple[str, str, list[str]]:
    from symsim.proof import check

    with working("proving"):
        report = check(construction.claim)
    return str(report.verdict), report.reason, list(report.side_conditions)


def _tell(before: Any, after: Any, found: tuple[str, str, list[str]] | None) -> None:
    cost, machine = after.cost, after.machine
    say(f"{after.name}: {_count(cost.layers, 'layer')}, {_count(sum(cost.heads), 'head')}, width {cost.width}")
    for number, note in enumerate(after.layer_notes, 1):
        say(note, [(f"  layer {number}: ", "")])
    say(
        f"{cost.positions} positions with the sink, {_count(sum(cost.ffn_units), 'unit')}, "
        f"{cost.parameters} parameters, {cost.nonzero_parameters} of them not 0"
    )
    say(f"activations: {', '.join(machine.activations) or 'none'}")
    say(f"one operation a layer: {_count(before.cost.layers, 'layer')}, {_count(sum(before.cost.heads), 'head')}")
    if found is not None:
        verdict, reason, conditions = found
        lead = [("the encoder computes what the program gives: ", ""), coloured(verdict)]
        say(f": {reason}" if reason else "", lead)
        if conditions:
            say("provided that " + " and ".join(conditions))


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
