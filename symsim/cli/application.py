"""The typer application with all commands."""

from __future__ import annotations

from typing import Any

import typer

from symsim.cli import check, derive, listing, prove, trace


def application() -> Any:
    """The application as a click command."""
    app = typer.Typer(
        name="symsim",
        help="Prove, refute and explain claims about transformer encoders, exactly.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback(invoke_without_command=True)(_version)
    app.command("list")(listing.command)
    app.command("prove")(prove.command)
    app.command("check")(check.command)
    app.command("trace")(trace.command)
    app.command("derive")(derive.command)
    return typer.main.get_command(app)


def _version(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Show the version and exit.")
) -> None:
    """Prove, refute and explain claims about transformer encoders, exactly."""
    if version:
        from symsim.claims.report import package_version

        typer.echo(f"symsim {package_version()}")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)
