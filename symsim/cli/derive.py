"""``symsim derive``: derivations written out for a reader, checked on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symsim.cli import options as o
from symsim.cli.output import as_json, working
from symsim.errors import BadInput, nearest

FORMATS = ("latex", "pdf", "html", "md", "ipynb")
Formats = Annotated[str, typer.Option("--format", help="Some of latex, pdf, html, md, ipynb, separated by commas.")]
Folder = Annotated[Path, typer.Option("-o", "--output", help="The folder to write to; it is made where it is missing.")]


def command(
    names: o.Names = None,
    everything: o.All = False,
    format_: Formats = "latex,html",
    output: Folder = Path("out"),
    force: o.Force = False,
    json_: o.Json = False,
) -> int:
    """Write derivations as LaTeX, PDF, HTML, Markdown or a notebook."""
    from symsim.render import write

    wanted = [word.strip() for word in format_.split(",") if word.strip()]
    for word in wanted:
        if word not in FORMATS:
            raise BadInput(f"unknown format '{word}': {nearest(word, FORMATS)}")
    if not wanted:
        raise BadInput(f"--format takes some of {', '.join(FORMATS)}")
    written: list[str] = []
    for derivation in o.derivations(names, everything):
        with working(f"writing {derivation.name}"):
            written += [str(path) for path in write(derivation, wanted, output, force=force)]
    typer.echo(as_json({"written": written}) if json_ else "\n".join(f"wrote {path}" for path in written))
    return 0
