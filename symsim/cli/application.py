"""The typer application: all commands, or the one that is called, so that a command imports what it needs alone."""

from __future__ import annotations

import importlib
from typing import Any

import typer

COMMANDS = (
    ("list", "listing", "List every derivation of the library."),
    ("prove", "prove", "Prove derivations of the library."),
    ("check", "check", "Decide whether two matrix formulas are equal."),
    ("certify", "certify", "Prove a claim and write its certificate."),
    ("recheck", "recheck", "Re-check a certificate."),
    ("trace", "trace", "Draw how values flow through the layers."),
    ("derive", "derive", "Write derivations out for a reader."),
    ("referee", "referee", "Answer what referees ask about a program or an encoder."),
    ("doctor", "doctor", "Show what is there and what works."),
)
"""Every command: its name, the file in this room whose ``command`` it is, and what it does."""
GROUPS = (("rasp", "rasp", "Run RASP programs exactly."),)
"""Commands that have commands of their own: the file has an ``application``."""


def application(only: str | None = None) -> Any:
    """The application as a click command: with all commands, or with ``only`` one where there is one of that name."""
    app = typer.Typer(
        name="symsim",
        help="Prove, refute and explain claims about transformer encoders, exactly.",
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_version)
    known = {name for name, *_ in (*COMMANDS, *GROUPS)}
    for name, file, short in COMMANDS:
        if only not in known or only == name:
            app.command(name, short_help=short)(_file(file).command)
    for name, file, short in GROUPS:
        if only not in known or only == name:
            app.add_typer(_file(file).application(), name=name, short_help=short)
    return typer.main.get_command(app)


def _file(name: str) -> Any:
    return importlib.import_module(f"symsim.cli.{name}")


def _version(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    """Prove, refute and explain claims about transformer encoders, exactly."""
    if version:
        from symsim.claims.report import package_version

        typer.echo(f"symsim {package_version()}")
        raise typer.Exit(0)
