"""``symsim rasp``: RASP programs on the command line. ``run``: the exact values of a program at an input."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli import rasp_check, rasp_compile, rasp_repl
from symsim.cli.output import check_target, deliver
from symsim.cli.screen import say, verbatim, working
from symsim.errors import BadInput

File = Annotated[str, typer.Argument(help="The program: a .rasp file, or library:matrices, library:sequences.")]
Call = Annotated[str, typer.Option("--call", help="What to run, such as 'matmul(3, 2, 4)', or the name of an s-op.")]
Tokens = Annotated[
    str,
    typer.Option(
        "--tokens", help="The input: '1,2,1/3,0.5' or 'a,b' or 'text:hello', or 'symbolic:6' for the symbols x1 to x6."
    ),
]
Positions = Annotated[int | None, typer.Option("--positions", help="Append zeros up to this number of positions.")]
Float = Annotated[
    bool, typer.Option("--float", help="Run on machine numbers, fast: rounded, and so never called exact.")
]
Cast = Annotated[str, typer.Option("--cast", help="What 'tokens' is at the start: asis, str, int, float or bool.")]

MOST_SYMBOLS = 10_000
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?|[+-]?[0-9]+/[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def application() -> typer.Typer:
    """The sub-application with its commands."""
    app = typer.Typer(help="Run RASP programs, exactly or on machine numbers.", rich_markup_mode=None)
    app.callback()(_group)
    app.command("run")(run)
    app.command("check")(rasp_check.command)
    app.command("compile")(rasp_compile.command)
    app.command("repl")(rasp_repl.command)
    return app


def _group() -> None:
    """Run RASP programs exactly, on numbers and on symbols."""


def run(
    file: File,
    call: Call,
    tokens: Tokens,
    positions: Positions = None,
    cast: Cast = "asis",
    float_: Float = False,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Run a program on one input, exactly; symbols stay symbols. With ``--float`` on machine numbers.

    Exit status: 0 it ran, 2 bad program or bad input.
    """
    from symsim.domains.arrays import Arrays
    from symsim.domains.exact import Exact
    from symsim.domains.sympy_edge import to_sympy
    from symsim.rasp.loading import exact_values, load, padded
    from symsim.rasp.notation import printed
    from symsim.rasp.numeric import run_over
    from symsim.rasp.operators import what
    from symsim.rasp.values import Node

    check_target(output, force)
    library = load(file, cast)
    given = padded(read_floats(tokens) if float_ else read_tokens(tokens), positions)
    domain = Exact()
    built = library.expression(call)
    if not isinstance(built, Node):
        raise BadInput(f"--call {call} gives {what(built)}: only s-ops and selectors run on an input")
    with working("running"):
        found = run_over(given, Arrays() if float_ else domain).result(built)
    values = exact_values(domain, found)
    conditions = list(dict.fromkeys(f"{to_sympy(domain.field, value)} != 0" for value in domain.conditions))
    if not json_:
        verbatim(printed(found, domain))
        if any(isinstance(value, Fraction) and value.denominator != 1 for value in values):
            say(f"exactly [{', '.join(map(str, values))}]")
        if conditions:
            say("provided that " + " and ".join(conditions))
    arithmetic = "float64" if float_ else "exact"
    deliver(_data(file, call, given, values, conditions, arithmetic), json_, output, force)
    return 0


def read_tokens(text: str) -> list[Any]:
    """The tokens that ``--tokens`` names.

    >>> read_tokens("1, 0.5, a"), read_tokens("text:hi"), read_tokens("symbolic:2")
    ([1, Fraction(1, 2), 'a'], ['h', 'i'], [x1, x2])
    """
    if text.startswith("text:"):
        found: list[Any] = list(text[5:])
    elif text.startswith("symbolic:"):
        found = _symbols(text[9:].strip())
    else:
        found = [_token(word.strip()) for word in text.split(",")] if text.strip() else []
    if not found:
        raise BadInput("--tokens is empty: an input has at least one token")
    return found


def read_floats(text: str) -> list[Any]:
    """The same for machine numbers, which may be written as ``1e-3``.

    >>> read_floats("1, 0.5, 1/3, 2e-3, a")
    [1, Fraction(1, 2), Fraction(1, 3), 0.002, 'a']
    """
    if text.startswith("symbolic:"):
        raise BadInput(f"--float runs on numbers, and --tokens {text} are symbols: leave out --float, or give numbers")
    return [
        float(token) if isinstance(token, str) and len(token) < 1000 and _FLOAT.fullmatch(token) else token
        for token in read_tokens(text)
    ]


def _symbols(count: str) -> list[Any]:
    import sympy

    if not count.isdecimal() or len(count) > 6 or not 1 <= int(count) <= MOST_SYMBOLS:
        raise BadInput(f"--tokens symbolic:{count}: write how many, such as symbolic:6 (at most {MOST_SYMBOLS})")
    return [sympy.Symbol(f"x{i + 1}") for i in range(int(count))]


def _token(word: str) -> Any:
    if word in ("True", "False"):
        return word == "True"
    if not word:
        raise BadInput("--tokens holds an empty token: write the tokens between single commas")
    if not _NUMBER.fullmatch(word) or len(word) > 1000:
        return word.strip('"') if len(word) > 1 and word[0] == word[-1] == '"' else word
    if word.lstrip("+-").isdecimal():
        return int(word)
    try:
        return Fraction(word)
    except ZeroDivisionError:
        raise BadInput(f"--tokens: {word} divides by 0") from None


def _data(
    file: str, call: str, tokens: list[Any], values: Any, conditions: list[str], arithmetic: str
) -> dict[str, Any]:
    from symsim.claims.report import package_version
    from symsim.encoder.stored import content_hash

    data = {
        "schema_version": 1,
        "file": Path(file).name,
        "call": call,
        "arithmetic": arithmetic,
        "tokens": _plain(tokens),
        "values": _plain(values),
        "side_conditions": conditions,
        "version": package_version(),
    }
    return {**data, "hash": content_hash(data)}


def _plain(value: Any) -> Any:
    """Values for JSON: integers, floats, booleans and strings as they are, every other exact value as a string."""
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value if isinstance(value, bool | int | float) else str(value)
