"""``symsim trace``: the dataflow graph of a derivation's construction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from symsim.cli import options as o
from symsim.cli.family import member
from symsim.cli.output import emit
from symsim.cli.screen import say
from symsim.errors import BadInput, nearest

FORMATS = ("dot", "svg", "json", "html", "mermaid")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a derivation.")]
Format = Annotated[str, typer.Option("--format", help="dot, svg, json, html or mermaid.")]
Drawing = Annotated[Path | None, typer.Option("-o", "--output", help="Write the drawing to this file.")]
Everything = Annotated[bool, typer.Option("--everything", help="Also draw what is never read.")]


def command(
    name: Name,
    n: o.N = None,
    d: o.D = None,
    d_v: o.DV = None,
    d_k: o.DK = None,
    d_ff: o.DFF = None,
    heads: o.Heads = None,
    projections: o.Projections = False,
    realisation: o.Realisation = None,
    option: o.Others = None,
    format_: Format = "dot",
    everything: Everything = False,
    json_: o.Json = False,
    output: Drawing = None,
    force: o.Force = False,
) -> int:
    """Draw how the values flow through the layers of a construction."""
    from symsim.flow import trace

    kind = "json" if json_ else format_
    if kind not in FORMATS:
        raise BadInput(f"unknown format '{kind}': {nearest(kind, FORMATS)}")
    derivation = o.derivations([name])[0]
    given = o.family_options(n, d, d_v, d_k, d_ff, heads, projections, realisation, option)
    flow = trace(derivation.construction_for(**member(derivation, given)))
    draw = {
        "dot": flow.to_dot,
        "svg": flow.to_svg,
        "html": flow.to_html,
        "mermaid": flow.to_mermaid,
    }
    emit(flow.to_json() if kind == "json" else draw[kind](everything=everything), output, force)
    if output is not None and not json_:
        say(f"wrote {output}")
    return 0
