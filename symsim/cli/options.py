"""Options that several commands share, and how their values are read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli.family import named
from symsim.errors import BadInput, nearest
from symsim.formulas.sizes import as_size

Names = Annotated[
    list[str] | None, typer.Argument(help="Names of derivations; 'symsim list' shows them.", metavar="NAME")
]
All = Annotated[bool, typer.Option("--all", help="Every derivation of the library.")]
N = Annotated[str | None, typer.Option("--n", help="Number of tokens: an integer, or a symbol.")]
D = Annotated[str | None, typer.Option("--d", help="Width of a token.")]
DV = Annotated[str | None, typer.Option("--d-v", help="Width of a value.")]
DK = Annotated[str | None, typer.Option("--d-k", help="Width of queries and keys (separate projections).")]
DFF = Annotated[str | None, typer.Option("--d-ff", help="Hidden units: the whole encoder layer.")]
Heads = Annotated[int | None, typer.Option("--heads", help="Number of simulated heads.")]
Projections = Annotated[bool, typer.Option("--projections", help="Separate W_Q, W_K, W_V instead of A and V.")]
Realisation = Annotated[
    str | None,
    typer.Option("--realisation", help="rows (short: R), scalars (short: P), scalars-narrow, or softmax (short: S)."),
]
Others = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="Another option of the family, such as layers=3."),
]
Temperature = Annotated[
    str | None, typer.Option("--temperature", help="Temperature of realisation S, a rational number such as 100.")
]
Bound = Annotated[str | None, typer.Option("--bound", help="Realisation S: entries lie in [-B, B]; 1 by default.")]
Eps = Annotated[str | None, typer.Option("--eps", help="Realisation S: the distance to choose T for.")]

Method = Annotated[
    str, typer.Option("--method", help="auto, symbolic, parametric, exhaustive, smt, modular, ball, or all of these.")
]
Uncut = Annotated[bool, typer.Option("--uncut", help="No cuts at dataflow nodes: expand the whole encoder.")]
TimeLimit = Annotated[float | None, typer.Option("--time-limit", help="Seconds for each claim; then it is undecided.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the witness search.")]
Accept = Annotated[list[str] | None, typer.Option("--accept", help="Let probable, enclosed or solver verdicts pass.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
Output = Annotated[Path | None, typer.Option("-o", "--output", help="Write the JSON to this file.")]
Certificate = Annotated[Path | None, typer.Option("--certificate", help="Write the certificate to this file.")]
Force = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]

SHORT = {"R": "rows", "P": "scalars", "S": "softmax"}

LONGEST_TIME = 1e8


def seconds(limit: float | None) -> float | None:
    """A time limit that can be kept: more than no seconds, and finite."""
    if limit is not None and not 0 < limit <= LONGEST_TIME:
        raise BadInput(f"--time-limit takes seconds, more than 0 and at most {LONGEST_TIME:g}, got {limit:g}")
    return limit


def size_option(name: str, value: str | None) -> Any:
    """A size from the command line: an integer >= 1, or the name of a symbol."""
    if value is None:
        return None
    try:
        return as_size(value)
    except BadInput as error:
        raise BadInput(f"--{name}: {error}") from None


def family_options(
    n: str | None,
    d: str | None,
    d_v: str | None,
    d_k: str | None,
    d_ff: str | None,
    heads: int | None,
    projections: bool,
    realisation: str | None,
    others: list[str] | None = None,
    **more: str | None,
) -> dict[str, Any]:
    """The options of a family of constructions that were given, in the family's own words; ``more`` as they are."""
    given: dict[str, Any] = {
        "n": size_option("n", n),
        "d": size_option("d", d),
        "d_v": size_option("d-v", d_v),
        "d_k": size_option("d-k", d_k),
        "d_ff": size_option("d-ff", d_ff),
        "heads": heads,
        "projections": projections or None,
        "realisation": SHORT.get(realisation, realisation) if realisation else None,
        **more,
    }
    return named(others, {key: value for key, value in given.items() if value is not None})


def derivations(names: list[str] | None, everything: bool = False) -> list[Any]:
    """The derivations that were asked for by name."""
    from symsim.derivation.library import installed

    library = installed()
    if everything:
        if names:
            raise BadInput("give names or --all, not both")
        return list(library)
    if not names:
        raise BadInput(f"name a derivation, or give --all; {nearest('', library.names())}")
    return [library[name] for name in dict.fromkeys(names)]
