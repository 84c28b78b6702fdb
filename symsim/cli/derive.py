"""``symsim derive``: derivations written out for a reader, checked on the way."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from symsim.cli import options as o
from symsim.cli.output import check_place, deliver
from symsim.cli.screen import coloured, say, working
from symsim.cli.verdicts import Proof, check_accept, worst
from symsim.errors import BadInput, nearest

FORMATS = ("latex", "pdf", "html", "md", "ipynb")
Formats = Annotated[str, typer.Option("--format", help="Some of latex, pdf, html, md, ipynb, separated by commas.")]
Folder = Annotated[Path, typer.Option("-o", "--output", help="The folder to write to; it is made where it is missing.")]


def command(
    names: o.Names = None,
    everything: o.All = False,
    format_: Formats = "latex,html",
    output: Folder = Path("out"),
    method: o.Method = "auto",
    time_limit: o.TimeLimit = None,
    seed: o.Seed = 0,
    accept: o.Accept = None,
    json_: o.Json = False,
    force: o.Force = False,
) -> int:
    """Write derivations as LaTeX, PDF, HTML, Markdown or a notebook; they are checked on the way.

    The exit status is that of the check. A PDF needs pdflatex; beside other formats it is left out where there is none.
    """
    accepted = check_accept(accept or [])
    wanted = _formats(format_)
    chosen = o.derivations(names, everything)
    how: dict[str, Any] = {"method": method, "time_limit": o.seconds(time_limit), "seed": seed}
    _check_folder(output, [derivation.name for derivation in chosen], wanted, force)
    proofs, written = [], []
    for derivation in chosen:
        with working(f"checking {derivation.name}"):
            proof = Proof(derivation, (), derivation.check(**how))
        with working(f"writing {derivation.name}"):
            paths = _write(proof, wanted, output)
        proofs.append(proof)
        written += paths
        if not json_:
            say(derivation.title, [(f"{derivation.name}: ", ""), coloured(proof.verdict), (": ", "")])
            for path in paths:
                say(f"wrote {path}")
    verdicts = {proof.derivation.name: proof.verdict for proof in proofs}
    deliver({"verdicts": verdicts, "written": [str(path) for path in written]}, json_, None, force)
    return worst(proof.status(accepted) for proof in proofs)


def _formats(text: str) -> list[str]:
    wanted = list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for word in wanted:
        if word not in FORMATS:
            raise BadInput(f"unknown format '{word}': {nearest(word, FORMATS)}")
    if not wanted:
        raise BadInput(f"--format takes some of {', '.join(FORMATS)}, separated by commas")
    return wanted


def _check_folder(folder: Path, names: list[str], wanted: list[str], force: bool) -> None:
    """Say before the work that a page could not be written, or would replace another one."""
    from symsim.render import FORMATS as ENDINGS

    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file: -o takes a folder for the pages")
    if not folder.exists():
        parent = next(place for place in folder.absolute().parents if place.exists())
        check_place(parent / "folder")
        return
    for name in names:
        for kind in wanted:
            path = folder / f"{name}{ENDINGS[kind]}"
            check_place(path)
            if path.exists() and not force:
                raise BadInput(f"{path} exists: choose another folder with -o, or --force to replace it")


def _write(proof: Proof, wanted: list[str], folder: Path) -> list[Path]:
    """The pages of one derivation; a PDF that no program can make is no reason to lose the others."""
    from symsim.render import write
    from symsim.render.files import NoProgram

    others = [kind for kind in wanted if kind != "pdf"]
    paths = list(write(proof.checked, others, folder)) if others else []
    if "pdf" in wanted:
        try:
            paths += write(proof.checked, ["pdf"], folder)
        except NoProgram as error:
            if not others:
                raise
            print(f"symsim: no PDF: {error}", file=sys.stderr)
    return paths
