"""``symsim referee``: one report on a RASP program or on an encoder with its claim, as referees ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli import rasp_check as r
from symsim.cli.certificate_file import check_certificate, write_certificate
from symsim.cli.output import as_json, check_target, emit
from symsim.cli.screen import coloured, say, title, working
from symsim.errors import BadInput, nearest

FORMATS = ("text", "html", "json")
File = Annotated[str, typer.Argument(help="A .rasp file, library:matrices, or the JSON of an encoder with its claim.")]
Call = Annotated[str | None, typer.Option("--call", help="For a program: what is claimed, such as 'matmul(r, k, c)'.")]
Format = Annotated[str, typer.Option("--format", help="text, html or json.")]
Target = Annotated[Path | None, typer.Option("-o", "--output", help="Write the report to this file.")]
ENCODER = "construction"
WIDEST = 34
"""The first columns of a printed table are at most so wide."""


def command(
    file: File,
    call: Call = None,
    against: r.Against = None,
    shape: r.Shape = None,
    sizes: r.Sizes = None,
    positions: r.Positions = None,
    scalar: r.Scalars = None,
    mask_rows: r.MaskRows = "any",
    alphabet: r.Alphabet = None,
    length: r.Length = None,
    against_call: r.AgainstCall = None,
    oracle: r.OracleName = None,
    cast: r.Cast = "asis",
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    format_: Format = "text",
    json_: o.Json = False,
    output: Target = None,
    certificate: o.Certificate = None,
    force: o.Force = False,
) -> int:
    """Answer what referees ask: tokens, claim, operations, exactness, sizes, cost, and the proof or a counterexample.

    A program takes the options of 'symsim rasp check', which say what is claimed. An encoder is a file that carries
    its claim, as Construction.to_json writes it. Exit status: 0 proved, 1 refuted, 2 bad input, 3 undecided.
    """
    from symsim.cli.verdicts import check_accept, status, worst

    accepted, kind = check_accept(accept or []), "json" if json_ else format_
    if kind not in FORMATS:
        raise BadInput(f"unknown format '{kind}': {nearest(kind, FORMATS)}")
    check_target(output, force)
    check_certificate(certificate, force, output)
    how: dict[str, Any] = {"seed": seed, "time_limit": o.seconds(time_limit)}
    if file.endswith(".json"):
        if call is not None or against is not None:
            raise BadInput("--call and --against go with a program: the file of an encoder carries its claim")
        found = _encoder(file, how)
    else:
        operands = (shape, sizes, positions, scalar, mask_rows)
        references = (against, against_call, oracle)
        found = _program(file, call, references, operands, (alphabet, length), cast, sizes, how)
    _write(found, kind, output, force)
    quiet = kind == "json" or output is not None
    return worst([status(found.reports, accepted), write_certificate(list(found.reports), certificate, force, quiet)])


def _encoder(file: str, how: dict[str, Any]) -> Any:
    from symsim.claims.stored_constructions import load
    from symsim.derivation.refereeing import referee_encoder
    from symsim.proof import check

    path = Path(file)
    if not path.is_file():
        raise BadInput(f"{file}: no such file")
    content = path.read_bytes()
    try:
        construction = load(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadInput(f"{file} is no text in UTF-8") from None
    except BadInput as error:
        raise BadInput(f"{file}: {error}") from None
    with working("checking"):
        report = check(construction.claim, **how)
    return referee_encoder(path.name, content, construction, report)


def _program(
    file: str,
    call: str | None,
    references: tuple[Any, Any, Any],
    operands: Any,
    words: tuple[Any, Any],
    cast: str,
    sizes: list[str] | None,
    how: dict[str, Any],
) -> Any:
    from symsim.derivation.refereeing import referee_program
    from symsim.proof import check
    from symsim.rasp.loading import load

    if call is None:
        raise BadInput("say what is claimed: --call 'matmul(r, k, c)', with the options of 'symsim rasp check'")
    library = load(file, cast)
    claims = r.read_claims(library, call, references, operands, words, cast)
    if not claims:
        raise BadInput("give one of --against FORMULA, --against-call FILE:CALL and --oracle MODULE:CALLABLE")
    with working("checking"):
        reports = [check(claim, **how) for claim in claims]
        fragments = r.read_dialects(library, call, claims, sizes)
        return referee_program(library.path.name, library.path.read_bytes(), reports, fragments)


def _write(found: Any, kind: str, output: Path | None, force: bool) -> None:
    if kind == "text" and output is None:
        _print(found)
        return
    if kind == "json":
        text = as_json(found.to_dict())
    else:
        from symsim.render.html_writer import to_html_page
        from symsim.render.markdown_writer import to_markdown_page
        from symsim.render.notation import Notation
        from symsim.render.page import today, version
        from symsim.render.referee_page import referee_page

        page = referee_page(found, f"symsim {version(found.reports[0])}, {today()}")
        text = (to_html_page if kind == "html" else to_markdown_page)(page, Notation())
    emit(text, output, force)
    if output is not None:
        say(lead=[coloured(found.verdict.value)])
        say(f"wrote {output}")


def _print(found: Any) -> None:
    say(found.subject, [("report for referees: ", "bold")])
    say(lead=[coloured(found.verdict.value)])
    for answer in found.answers:
        title(answer.question)
        for line in answer.lines:
            say(line.replace("`", ""), indent=2)
        _table(answer.table)


def _table(table: tuple[tuple[str, ...], ...]) -> None:
    widths = [min(WIDEST, max(len(row[k]) for row in table)) for k in range(len(table[0]) - 1)] if table else []
    for row in table:
        lead = "".join(f"{cell:<{width}}  " for cell, width in zip(row, widths, strict=False))
        say(row[-1], [(f"  {lead}", "")])
