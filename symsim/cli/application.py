"""The typer application with all commands."""

from __future__ import annotations

from typing import Any

import typer

from symsim.cli import certify, check, derive, listing, prove, rasp, recheck, trace

COMMANDS = (
    ("list", listing.command, "List every derivation of the library."),
    ("prove", prove.command, "Prove derivations of the library."),
    ("check", check.command, "Decide whether two matrix formulas are equal."),
    ("certify", certify.command, "Prove a claim and write its certificate."),
    ("recheck", recheck.command, "Re-check a certificate."),
    ("trace", trace.command, "Draw how values flow through the layers."),
    ("derive", derive.command, "Write derivations out for a reader."),
)


def application() -> Any:
    """The application as a click command."""
    app = typer.Typer(
        name="symsim",
        help="Prove, refute and explain claims about transformer encoders, exactly.",
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_version)
    for name, command, short in COMMANDS:
        app.command(name, short_help=short)(command)
    app.add_typer(rasp.application(), name="rasp", short_help="Run RASP programs exactly.")
    return typer.main.get_command(app)


def _version(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    """Prove, refute and explain claims about transformer encoders, exactly."""
    if version:
        from symsim.claims.report import package_version

        typer.echo(f"symsim {package_version()}")
        raise typer.Exit(0)
