"""``symsim rasp compile``: a program as an encoder with exact weights, written as JSON, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli.output import as_json, check_target, emit
from symsim.cli.screen import coloured, say, working
from symsim.errors import BadInput

File = Annotated[str, typer.Argument(help="The program: a .rasp file, or library:matrices, library:sequences.")]
Call = Annotated[str, typer.Option("--call", help="What to lower, such as 'matmul(3, 2, 4)', or the name of an s-op.")]
Length = Annotated[
    int | None,
    typer.Option("--length", help="The number of positions, the sink not counted; with --alphabet the longest words."),
]
Alphabet = Annotated[
    str | None,
    typer.Option("--alphabet", help="Tokens are these alone: 'a,b', '0,1,2' or 'text:ab'. Selectors may compare them."),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", help="With --alphabet: of queries and keys, one-hot, integer or least (if not given)."),
]
Shape = Annotated[
    list[str] | None,
    typer.Option("--shape", help="An operand and its shape, such as A=3,2; repeat it, in the order of the tokens."),
]
Result = Annotated[
    str | None, typer.Option("--result", help="The shape of the result in the first positions, such as 3,4.")
]
Cast = Annotated[str, typer.Option("--cast", help="What 'tokens' is at the start: asis, str, int, float or bool.")]
Prove = Annotated[bool, typer.Option("--prove", help="Prove that the encoder computes what the program gives.")]
Draw = Annotated[
    Path | None, typer.Option("--draw", help="Draw the dataflow into this file: .svg, .html, .dot, .mermaid or .json.")
]
Word = Annotated[
    str | None, typer.Option("--word", help="With --alphabet and --draw: the word whose run is drawn, such as a,b,b.")
]
STATUS = {"proved": 0, "refuted": 1}
UNDECIDED = 3


def command(
    file: File,
    call: Call,
    length: Length = None,
    alphabet: Alphabet = None,
    encoding: Encoding = None,
    shape: Shape = None,
    result: Result = None,
    cast: Cast = "asis",
    prove: Prove = False,
    draw: Draw = None,
    word: Word = None,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Lower a program to an encoder at one length: exact weights as JSON in the file of -o, and the cost.

    Tokens are real numbers, and selectors depend on positions only. With --alphabet a,b the encoder is for all words
    over these tokens up to the length, and selectors may compare values; of the encodings of queries and keys the one
    of least width is taken. --json prints the cost as JSON. Exit status: 0 done (and proved, with --prove), 1 refuted,
    2 bad program or bad input, 3 undecided.
    """
    from symsim.rasp.loading import load

    check_target(output, force)
    check_target(draw, force)
    if word is not None and (alphabet is None or draw is None):
        raise BadInput("--word goes with --alphabet and --draw: it is the word whose run is drawn")
    if encoding is not None and alphabet is None:
        raise BadInput("--encoding goes with --alphabet: over real tokens queries and keys are one-hot positions")
    built = load(file, cast).expression(call)
    words: Any = None
    if alphabet is not None:
        if shape or result is not None:
            raise BadInput("--shape and --result go with real tokens: an encoder over an alphabet reads words")
        words, text = _over_words(built, call, alphabet, length, encoding or "least")
        before, after = words.apart, words.encoder
    else:
        before, after, text = _over_numbers(built, call, shape, result, length)
    found = _verdict(after) if prove else None
    picture = _drawn(after, draw, word) if draw is not None else ""
    for path, content in ((output, text), (draw, picture)):
        if path is not None:
            emit(content, path, force)
    if json_:
        emit(as_json({"schema_version": 1, "call": call, **_data(before, after, found, words)}), None)
    else:
        _tell(before, after, found, words)
        for path in (output, draw):
            if path is not None:
                say(f"wrote {path}")
    return 0 if found is None else STATUS.get(found[0], UNDECIDED)


# -- lowering ---------------------------------------------------------------------------------------------------------
def _over_numbers(
    built: Any, call: str, shape: list[str] | None, result: str | None, length: int | None
) -> tuple[Any, Any, str]:
    """Without and with the schedule, and the JSON text."""
    from symsim.encoder.stored import save
    from symsim.rasp.lowering import lowered

    operands = dict(_operand(text) for text in shape or []) or None
    ends = _pair("--result", result) if result is not None else None
    positions = length if length is not None else _least(operands, ends)
    with working("lowering"):
        before, after = (lowered(built, positions, call, operands, ends, schedule) for schedule in (False, True))
        return before, after, save(after.encoder)


def _over_words(built: Any, call: str, alphabet: str, length: int | None, encoding: str) -> tuple[Any, str]:
    """The encoders with what the encodings cost, and the JSON text."""
    from symsim.claims.stored_words import save
    from symsim.cli.rasp import read_tokens
    from symsim.rasp.alphabet_lowering import lowerings

    if length is None:
        raise BadInput("say how long words are at most: --length 6")
    if alphabet.startswith("symbolic:"):
        raise BadInput("--alphabet takes known tokens, such as a,b or 0,1")
    tokens = read_tokens(alphabet)
    with working("lowering"):
        found = lowerings(built, length, tokens, call, encoding)
        return found, save(found.encoder)


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


# -- drawing ----------------------------------------------------------------------------------------------------------
def _drawn(made: Any, target: Path, word: str | None) -> str:
    """The drawing of the dataflow; over an alphabet at one word, its tokens in turn if none is given."""
    from symsim.cli.rasp import read_tokens
    from symsim.flow import trace

    if hasattr(made, "alphabet"):
        made = made.at_word(read_tokens(word) if word is not None else made.sample)
    kinds = {".svg": "to_svg", ".html": "to_html", ".dot": "to_dot", ".mermaid": "to_mermaid", ".json": "to_json"}
    if target.suffix not in kinds:
        raise BadInput(f"--draw {target}: the name ends in {', '.join(kinds)}")
    with working("drawing"):
        return str(getattr(trace(made), kinds[target.suffix])())


def _data(before: Any, after: Any, found: tuple[str, str, list[str]] | None, words: Any) -> dict[str, Any]:
    """What --json prints."""
    data: dict[str, Any] = {"length": after.cost.positions - 1}
    if words is not None:
        data["alphabet"] = [str(token) for token in after.alphabet]
        data["encoding"] = words.encoding
        data["encodings"] = {name: cost.to_dict() for name, cost in words.costs}
    data.update({"cost": after.cost.to_dict(), "unscheduled": before.cost.to_dict()})
    if found is not None:
        data.update({"verdict": found[0], "reason": found[1], "side_conditions": found[2]})
    return data


# -- what people read -------------------------------------------------------------------------------------------------
def _tell(before: Any, after: Any, found: tuple[str, str, list[str]] | None, words: Any) -> None:
    cost, machine = after.cost, after.machine
    say(f"{after.name}: {_count(cost.layers, 'layer')}, {_count(sum(cost.heads), 'head')}, width {cost.width}")
    for number, note in enumerate(after.layer_notes, 1):
        say(note, [(f"  layer {number}: ", "")])
    say(
        f"{cost.positions} positions with the sink, {_count(sum(cost.ffn_units), 'unit')}, "
        f"{cost.parameters} parameters, {cost.nonzero_parameters} of them not 0"
    )
    say(f"activations: {', '.join(machine.activations) or 'none'}")
    if words is not None:
        say(f"tokens know at the start: {machine.positions}")
        tried = [f"{name} {_size(cost)}{' (taken)' * (name == words.encoding)}" for name, cost in words.costs]
        say(f"queries and keys: {'; '.join(tried)}")
    unscheduled = "one operation a layer" if words is None else "one aggregate a layer"
    say(f"{unscheduled}: {_count(before.cost.layers, 'layer')}, {_count(sum(before.cost.heads), 'head')}")
    if found is not None:
        verdict, reason, conditions = found
        lead = [("the encoder computes what the program gives: ", ""), coloured(verdict)]
        say(f": {reason}" if reason else "", lead)
        if conditions:
            say("provided that " + " and ".join(conditions))


def _size(cost: Any) -> str:
    return f"width {cost.width}, {cost.nonzero_parameters} parameters not 0"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
