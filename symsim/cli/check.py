"""``symsim check``: are two matrix formulas equal?"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.report import Report
from symsim.cli import options as o
from symsim.cli.output import as_json, check_accept, console, emit, status, verdict_markup, working
from symsim.errors import BadInput, Undefined
from symsim.proof import check

Left = Annotated[str, typer.Argument(help="The left formula, such as 'softmax(X A X^T) X V'.")]
Right = Annotated[str, typer.Argument(help="The right formula.")]
Shape = Annotated[list[str] | None, typer.Option("--shape", help="Shape of a name, such as X=n,d (u=n is a column); repeat it.")]
Scalars = Annotated[list[str] | None, typer.Option("--scalar", help="A free scalar, such as tau; repeat it.")]
Sizes = Annotated[list[str] | None, typer.Option("--size", help="Fix a size, such as n=3; repeat it.")]
At = Annotated[Path | None, typer.Option("--at", help="Evaluate both sides exactly at the inputs in this JSON file as well.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show the normal forms and the steps.")]
MaskRows = Annotated[str, typer.Option("--mask-rows", help="any, or nonempty: every row of a mask has a 1.")]


def command(
    left: Left,
    right: Right,
    shape: Shape = None,
    scalar: Scalars = None,
    size: Sizes = None,
    at: At = None,
    explain: Explain = False,
    mask_rows: MaskRows = "any",
    method: o.Method = "auto",
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    output: o.Output = None,
    force: o.Force = False,
) -> int:
    """Decide whether two matrix formulas are equal: for all sizes, or at the sizes given."""
    accepted = check_accept(accept or [])
    if mask_rows not in ("any", "nonempty"):
        raise BadInput(f"--mask-rows takes any or nonempty, got '{mask_rows}'")
    claim = compare(left, right, _shapes(shape), tuple(scalar or ()), _sizes(size), mask_rows == "nonempty")
    values = _values(claim, at) if at is not None else None
    with working("checking"):
        report = check(claim, method=method, time_limit=time_limit, seed=seed)
    if json_ or output is not None:
        data = report.to_dict()
        if values is not None:
            data["at"] = values
        emit(as_json(data), output, force)
    else:
        _print(report, explain, values)
    return status([report], accepted)


def _shapes(items: list[str] | None) -> dict[str, Any]:
    from symsim.formulas.parsing import parse_shapes

    return parse_shapes(items or [])


def _sizes(items: list[str] | None) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for item in items or []:
        name, equals, value = item.partition("=")
        if not equals or not value.strip().isdecimal() or len(value) > 9 or int(value) < 1:
            raise BadInput(f"--size {item}: write a size and an integer >= 1, such as n=3")
        if name.strip() in sizes:
            raise BadInput(f"--size gives {name.strip()} twice")
        sizes[name.strip()] = int(value)
    return sizes


def _values(claim: Claim, path: Path) -> dict[str, Any]:
    """Both sides at the inputs of a JSON file ``{"X": [[1, 2], ["1/3", 0.5]], "tau": 2}``; decimals are read as rationals."""
    from symsim.claims.sides import prepare
    from symsim.domains.exact import Exact

    given = read_inputs(path)
    if not claim.fixed:
        claim = claim.at(_sizes_of(claim, given, path))
    domain = Exact()
    scalars = {name: _needed(given, name, path) for name in claim.scalars}
    inputs = {name: domain.given(_needed(given, name, path), *shape) for name, shape in claim.inputs}
    unknown = sorted(set(given) - set(inputs) - set(scalars))
    if unknown:
        raise BadInput(f"{path} gives {', '.join(unknown)}, which the formulas do not use")
    try:
        sides = [domain.to_sympy(prepare(side, domain, inputs, scalars)(None)) for side in (claim.left, claim.right)]
    except Undefined as error:
        raise BadInput(f"at the inputs of {path} a side is undefined: {error}") from None
    return {"left": [list(map(str, row)) for row in sides[0].tolist()], "right": [list(map(str, row)) for row in sides[1].tolist()]}


def read_inputs(path: Path) -> dict[str, Any]:
    """Named matrices and numbers of a JSON file, every number an exact rational."""

    def refuse(word: str) -> Any:
        raise BadInput(f"{path} holds {word}: every number has to be finite")

    try:
        data = json.loads(path.read_text(), parse_float=Fraction, parse_constant=refuse)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput(f"{path} is no complete JSON: {error}") from None
    if not isinstance(data, dict):
        raise BadInput(f'{path} has to hold an object such as {{"X": [[1, 2], [3, 4]]}}')
    return {name: _exact(value, f"{path}, {name}") for name, value in data.items()}


def _exact(value: Any, where: str) -> Any:
    if isinstance(value, list):
        return [_exact(item, where) for item in value]
    if isinstance(value, str) and len(value) < 2000:
        try:
            return Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise BadInput(f"{where}: '{value}' is no rational number") from None
    if isinstance(value, bool) or not isinstance(value, (int, Fraction)):
        raise BadInput(f"{where}: {value!r} is no number")
    return value


def _needed(given: dict[str, Any], name: str, path: Path) -> Any:
    if name not in given:
        raise BadInput(f"{path} gives no '{name}'")
    return given[name]


def _sizes_of(claim: Claim, given: dict[str, Any], path: Path) -> dict[str, int]:
    """The sizes that the shapes of the given matrices imply."""
    sizes: dict[str, int] = {}
    for name, shape in claim.inputs:
        value = _needed(given, name, path)
        rows = value if isinstance(value, list) else [value]
        found = (len(rows), len(rows[0]) if rows and isinstance(rows[0], list) else 1)
        for symbol, size in zip(shape, found, strict=True):
            if not isinstance(symbol, int) and symbol.is_Symbol:
                if sizes.setdefault(symbol.name, size) != size or size < 1:
                    raise BadInput(f"{path}: {name} is {found[0]} x {found[1]}, but {symbol} is {sizes[symbol.name]}")
    missing = sorted(set(claim.free_sizes) - set(sizes))
    if missing:
        raise BadInput(f"fix {', '.join(missing)} with --size to evaluate at {path}")
    return sizes


def _print(report: Report, explain: bool, values: dict[str, Any] | None) -> None:
    from rich.markup import escape

    screen = console()
    screen.print(f"{verdict_markup(report.verdict.value)} ({report.method}, {report.seconds:.2f} s)")
    screen.print(escape(report.claim.statement()))
    if report.side_conditions:
        screen.print(escape("provided that " + " and ".join(report.side_conditions)))
    if report.reason:
        screen.print(escape(report.reason))
    if report.witness is not None:
        if report.witness.sizes:
            screen.print(escape("at " + ", ".join(f"{k} = {v}" for k, v in sorted(report.witness.sizes.items()))))
        screen.print(escape(str(report.witness)), soft_wrap=True)
    if explain:
        for line in explanation(report):
            screen.print(escape(line), soft_wrap=True)
    if values is not None:
        screen.print(escape(f"left  at the given inputs: {values['left']}\nright at the given inputs: {values['right']}"), soft_wrap=True)


def explanation(report: Report) -> list[str]:
    """The steps of a report and, where the block calculus can say them, the normal forms of both sides."""
    from symsim.claims.sides import prepare
    from symsim.domains.blocks import Blocks

    claim = report.claim
    lines = [f"step: {step.name}: {step.verdict} ({step.method})" for step in report.steps]
    domain = Blocks(scalars=claim.scalars, nonempty_rows=claim.nonempty_rows)
    try:
        inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
        for word, side in (("left", claim.left), ("right", claim.right)):
            lines.append(f"normal form, {word:5}: {prepare(side, domain, inputs, {})(None)}")
    except BadInput as error:
        lines.append(f"no block normal form: {error}")
    return lines
