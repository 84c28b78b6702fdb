"""``symsim rasp check``: whether a program computes a formula, or the same as another program or a Python function."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli.certificate_file import check_certificate, write_certificate
from symsim.cli.output import deliver, with_more
from symsim.cli.screen import coloured, say, working
from symsim.errors import BadInput

File = Annotated[str, typer.Argument(help="The program: a .rasp file, or library:matrices, library:sequences.")]
Call = Annotated[str, typer.Option("--call", help="What to check, such as 'matmul(r, k, c)'; sizes are arguments.")]
Against = Annotated[str | None, typer.Option("--against", help="A matrix formula, such as 'softmax(X A X^T) X V'.")]
Shape = Annotated[
    list[str] | None,
    typer.Option("--shape", help="An operand and its shape, such as A=r,k; repeat it, in the order of the tokens."),
]
Sizes = Annotated[
    list[str] | None, typer.Option("--sizes", help="A size and its values, such as n=3 or n=1..5; repeat it.")
]
Positions = Annotated[
    str | None, typer.Option("--positions", help="The least number of positions, such as 'n*n'; zeros are appended.")
]
Scalars = Annotated[
    list[str] | None,
    typer.Option("--scalar", help="A number such as tau, in formula and call; its token stands behind the operands."),
]
MaskRows = Annotated[str, typer.Option("--mask-rows", help="any, or nonempty: every row of a mask has a 1.")]
AtRandom = Annotated[
    int | None,
    typer.Option(
        "--at-random", metavar="K", help="Not for all numbers, but exactly at K random rational inputs (see --seed)."
    ),
]
Alphabet = Annotated[
    str | None, typer.Option("--alphabet", help="Check all inputs over these tokens: 'a,b', '0,1,2' or 'text:ab'.")
]
Length = Annotated[int | None, typer.Option("--length", help="With --alphabet: inputs of length 1 to this.")]
AgainstCall = Annotated[
    str | None,
    typer.Option(
        "--against-call", metavar="FILE:CALL", help="Another program: over an alphabet, or all numbers with --shape."
    ),
]
OracleName = Annotated[
    str | None,
    typer.Option(
        "--oracle",
        metavar="MODULE:CALLABLE",
        help="A Python function from a list of tokens to a list of values, over an alphabet. It is imported and run.",
    ),
]
Dialect = Annotated[
    str | None, typer.Option("--dialect", help="Does the program live in rasp, s-op-positional or c-rasp?")
]
Cast = Annotated[str, typer.Option("--cast", help="What 'tokens' is at the start: asis, str, int, float or bool.")]
MOST_DETAILS = 3
"""So many reports that are no proofs are shown in full."""


def command(
    file: File,
    call: Call,
    against: Against = None,
    shape: Shape = None,
    sizes: Sizes = None,
    positions: Positions = None,
    scalar: Scalars = None,
    mask_rows: MaskRows = "any",
    at_random: AtRandom = None,
    alphabet: Alphabet = None,
    length: Length = None,
    against_call: AgainstCall = None,
    oracle: OracleName = None,
    dialect: Dialect = None,
    cast: Cast = "asis",
    method: o.Method = "auto",
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    output: o.Output = None,
    certificate: o.Certificate = None,
    force: o.Force = False,
) -> int:
    """Decide whether a program computes a matrix formula, at every choice of sizes, for all real operands.

    The tokens are the operands row by row in the order of --shape, then zeros; the result is read from the first
    positions. With --at-random K the claim is about K random rational inputs alone, for sizes that are too large for
    symbols. With --alphabet and --length every input is run, against another program or a Python function. Exit
    status: 0 proved, 1 refuted, 2 bad program or bad input, 3 undecided.
    """
    from symsim.cli.verdicts import check_accept, status, worst
    from symsim.proof import check
    from symsim.rasp.dialects import check_dialect
    from symsim.rasp.loading import load

    accepted = check_accept(accept or [])
    check_certificate(certificate, force, output)
    wanted = check_dialect(dialect) if dialect is not None else None
    library = load(file, cast)
    operands = (shape, sizes, positions, scalar, mask_rows)
    claims = read_claims(library, call, (against, against_call, oracle), operands, (alphabet, length), cast)
    if not claims and wanted is None:
        raise BadInput("give one of --against FORMULA, --against-call FILE:CALL and --oracle MODULE:CALLABLE")
    claims = claims if at_random is None else _listed(claims, at_random, seed)
    how: dict[str, Any] = {"method": method, "seed": seed, "time_limit": o.seconds(time_limit), "save_to": output}
    with working("checking"):
        reports = [check(claim, **how) for claim in claims]
    found = read_dialects(library, call, claims, sizes)
    lives = {name: str(outside) if outside else None for name, outside in found.items()}
    more = {"call": call, "file": Path(file).name, "dialects": lives}
    if not json_:
        _print(reports)
        if wanted is not None:
            _print_dialect(found, wanted)
    data = [with_more(report, **more) for report in reports] or [more]
    deliver(data[0] if len(data) == 1 else data, json_, output, force)
    statuses = [status(reports, accepted), write_certificate(reports, certificate, force, json_)]
    return worst([*statuses, 1 if wanted is not None and found[wanted] else 0])


# -- claims -----------------------------------------------------------------------------------------------------------
def read_claims(
    library: Any, call: str, references: tuple[Any, Any, Any], operands: Any, words: tuple[Any, Any], cast: str
) -> list[Any]:
    """The claims about a formula, a program or a function, whichever is given: about all numbers, or about words."""
    against, against_call, oracle = references
    given = [text for text in references if text is not None]
    if len(given) > 1:
        raise BadInput("give one of --against FORMULA, --against-call FILE:CALL and --oracle MODULE:CALLABLE")
    if against is not None or against_call is not None and operands[0]:
        if words != (None, None):
            raise BadInput("--alphabet and --length go without --shape: a formula is about all numbers")
        other = against if against is not None else read_call(against_call, cast)
        return _number_claims(library, call, other, *operands)
    if any(value not in (None, [], "any") for value in (operands[0], *operands[2:])):
        raise BadInput("--shape, --positions, --scalar and --mask-rows go with --against, or with --against-call")
    return [_word_claim(library, call, *words, against_call, oracle, cast)] if given else []


def _number_claims(
    library: Any,
    call: str,
    against: Any,
    shape: list[str] | None,
    sizes: list[str] | None,
    positions: str | None,
    scalar: list[str] | None,
    mask_rows: str,
) -> list[Any]:
    from symsim.formulas.parsing import parse_shapes
    from symsim.rasp.claiming import claims

    if not shape:
        raise BadInput("--against needs the operands: declare them with --shape A=r,k, in the order of the tokens")
    if mask_rows not in ("any", "nonempty"):
        raise BadInput(f"--mask-rows takes any or nonempty, got '{mask_rows}'")
    numbers, nonempty = read_sizes(sizes), mask_rows == "nonempty"
    return claims(library, call, against, parse_shapes(shape), numbers, positions, scalar or (), nonempty)


def _listed(claims: list[Any], count: int, seed: int) -> list[Any]:
    """The same claims at random inputs alone."""
    from symsim.claims.claim import Claim
    from symsim.claims.listed import at_random

    if not all(isinstance(claim, Claim) for claim in claims):
        raise BadInput("--at-random goes with --against FORMULA, or with --against-call and --shape")
    if count < 1:
        raise BadInput(f"--at-random takes an integer >= 1, got {count}")
    return [at_random(claim, count, seed) for claim in claims]


def read_sizes(items: list[str] | None) -> dict[str, list[int]]:
    """The sizes that ``--sizes`` names, each with its values; one item may name several, divided by commas.

    >>> read_sizes(["n=1..3", "d=2"]), read_sizes(["r=1..2,c=4"])
    ({'n': [1, 2, 3], 'd': [2]}, {'r': [1, 2], 'c': [4]})
    """
    found: dict[str, list[int]] = {}
    for item in (part for text in items or [] for part in text.split(",")):
        name, equals, value = (part.strip() for part in item.partition("="))
        low, dots, high = (part.strip() for part in value.partition(".."))
        ends = [low, high] if dots else [low]
        numbers = all(end.isascii() and end.isdecimal() and len(end) < 10 for end in ends)
        if not (equals and numbers) or not 1 <= int(low) <= int(ends[-1]):
            raise BadInput(f"--sizes {item}: write a size and integers >= 1, such as n=3 or n=1..5")
        if name in found:
            raise BadInput(f"--sizes gives {name} twice")
        if int(ends[-1]) - int(low) >= 1000:
            raise BadInput(f"--sizes {item}: at most 1000 values")
        found[name] = list(range(int(low), int(ends[-1]) + 1))
    return found


def _word_claim(
    library: Any,
    call: str,
    alphabet: str | None,
    length: int | None,
    against_call: str | None,
    oracle: str | None,
    cast: str,
) -> Any:
    from symsim.claims.sequences import SequenceClaim
    from symsim.cli.rasp import read_tokens
    from symsim.rasp.sequences import SequenceProgram

    if alphabet is None or length is None:
        raise BadInput("--against-call and --oracle need --alphabet a,b and --length 6: every such input is run")
    if alphabet.startswith("symbolic:"):
        raise BadInput("--alphabet takes known tokens, such as a,b or 0,1: symbols go with --against FORMULA")
    left = SequenceProgram(library, call)
    if oracle is not None:
        right: Any = read_oracle(oracle)
    else:
        right = SequenceProgram(*read_call(str(against_call), cast))
    return SequenceClaim(left, right, tuple(read_tokens(alphabet)), length)


def read_call(text: str, cast: str) -> tuple[Any, str]:
    """A program ``FILE:CALL``: what the file defines, and the call."""
    from symsim.rasp.loading import load

    file, colon, call = text.rpartition(":")
    if not (colon and file and call):
        raise BadInput(f"--against-call {text}: write a file, a colon and a call, such as f.rasp:g(2)")
    return load(file, cast), call


def read_oracle(text: str) -> Any:
    """The Python function ``MODULE:CALLABLE``; modules are looked up in the current folder too. Importing runs them."""
    from symsim.claims.sequences import Oracle

    module, colon, name = text.partition(":")
    if not (colon and name.isidentifier() and all(part.isidentifier() for part in module.split("."))):
        raise BadInput(f"--oracle {text}: write a module, a colon and a function, such as reference:dyck")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        raise BadInput(f"--oracle {text}: {error}") from None
    except Exception as error:
        shown = f"{type(error).__name__}: {error}"
        raise BadInput(f"--oracle {text}: importing {module} failed with {shown}") from error
    finally:
        sys.path.remove(here)
    if not callable(found):
        raise BadInput(f"--oracle {text}: the module {module} has no function {name}")
    return Oracle(text, found)


def read_dialects(library: Any, call: str, claims: list[Any], sizes: list[str] | None) -> dict[str, Any]:
    """The fragments of the program; at several sizes of the first choice."""
    from symsim.rasp.claiming import ProgramCall
    from symsim.rasp.dialects import dialects

    left = claims[0].left if claims else None
    if not isinstance(left, ProgramCall):
        chosen = tuple((name, values[0]) for name, values in read_sizes(sizes).items())
        left = ProgramCall(library, call, (), (1, 1), chosen)
    return dialects(left.built())


# -- what people read -------------------------------------------------------------------------------------------------
def _print(reports: list[Any]) -> None:
    from symsim.cli.check import print_finding

    if len(reports) > 1:
        counts = {verdict: sum(r.verdict.value == verdict for r in reports) for verdict in ("proved", "refuted")}
        counts["undecided"] = len(reports) - sum(counts.values())
        said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
        say(f"{len(reports)} choices of sizes: {said}")
    shown = reports if len(reports) == 1 else [r for r in reports if r.verdict.value != "proved"]
    for report in shown[:MOST_DETAILS] or reports[-1:]:
        say(lead=[coloured(report.verdict.value), (f" ({report.method}, {report.seconds:.2f} s)", "")])
        say(report.claim.statement())
        print_finding(report)
    rest = [report.claim.left for report in shown[MOST_DETAILS:]]
    if rest:
        say(f"not proved either: {'; '.join(map(str, rest[:20]))}{' ...' if len(rest) > 20 else ''}")


def _print_dialect(found: dict[str, Any], wanted: str) -> None:
    from symsim.rasp.dialects import MEANING

    lives = [name for name, outside in found.items() if outside is None]
    say(f"dialect: {', '.join(f'{name} ({MEANING[name]})' for name in lives)}")
    if found[wanted] is not None:
        say(f"not {wanted}: {found[wanted]}")
