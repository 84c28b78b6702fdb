"""The command line ``symsim``: one thin command a file, one line for every error, never a traceback for bad input."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Sequence
from typing import Any

BAD_USAGE = 2
UNDECIDED = 3
INTERRUPTED = 130
PIPE_CLOSED = 141
COMPLETE = "_SYMSIM_COMPLETE"
"""The environment variable through which a shell asks what could come next."""
TRACE = "SYMSIM_TRACEBACK"
"""Set this environment variable to see the traceback of an error inside symsim."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return (as the console script: exit with) its status.

    0 the verdict reaches what the claim states; 1 refuted; 2 bad usage or bad input; 3 undecided, or less than a
    proof; 130 interrupted. An error inside symsim decides nothing, so it is 3 and one line too.
    """
    try:
        status = run(sys.argv[1:] if arguments is None else list(arguments))
    except Exception as error:
        if os.environ.get(TRACE):
            raise
        kind = type(error).__name__
        line = " ".join(f"an error inside symsim, nothing is decided: {kind}: {error}".split())
        status = _say(f"{line} (please report it; {TRACE}=1 shows where)", UNDECIDED)
    if arguments is None:
        sys.exit(status)
    return status


def run(arguments: list[str]) -> int:
    """Run one command and return its status; an exception that leaves this function is an error inside symsim."""
    from symsim.errors import Disagreement, OutOfTime, SymsimError

    try:
        if sys.stdout is None:  # closed by the shell
            sys.stdout = open(os.devnull, "w", encoding="utf-8")
        status = _dispatch(arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        return _nobody_reads()
    except OutOfTime as error:
        return _say(f"undecided: {error} before there was a claim to check", UNDECIDED)
    except Disagreement as error:
        return _say(str(error), UNDECIDED)
    except SymsimError as error:
        return _say(str(error), BAD_USAGE)
    except OSError as error:
        return _say(f"{error.filename or 'standard output'}: {error.strerror or error}", BAD_USAGE)
    except RecursionError:
        return _say("undecided: the formulas are nested too deep; name parts of them or nest less", UNDECIDED)
    except MemoryError:
        return _say("undecided: the memory ran out; take smaller sizes", UNDECIDED)


def _dispatch(arguments: list[str]) -> int:
    import typer

    from symsim.cli.application import application

    usage: type[Any] = typer.BadParameter.__bases__[0]  # typer brings its own click, and names no common base
    command_error: type[Any] = usage.__bases__[0]
    app = application(None if COMPLETE in os.environ else next(iter(arguments), None))
    if COMPLETE in os.environ:
        app(prog_name="symsim")  # answers the shell, and exits
    if not arguments:
        print(app.get_help(app.context_class(app, info_name="symsim")))
        return BAD_USAGE
    try:
        with app.make_context("symsim", list(arguments)) as context:
            result = app.invoke(context)
        return result if isinstance(result, int) else 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except typer.Abort:
        return _say("interrupted", INTERRUPTED)
    except command_error as error:
        sentence = error.format_message().rstrip(".")
        hint = _hint(arguments, app.commands) if isinstance(error, usage) else ""
        return _say(sentence[:1].lower() + sentence[1:] + hint, BAD_USAGE)


def _hint(arguments: list[str], commands: Container[str]) -> str:
    """Where to read on; and a formula such as -X is taken for an option, which nobody guesses."""
    command = arguments[0]
    if command == "check" and "--" not in arguments:
        if any(word[:1] == "-" and word[:2] != "--" and word != "-o" for word in arguments[1:]):
            return " (a formula that begins with a minus sign goes last, after --)"
    return f" (see 'symsim {command} --help')" if command in commands else " (see 'symsim --help')"


def _say(message: str, status: int) -> int:
    """One line on standard error (a formula with a caret takes two more), and the status to exit with."""
    from symsim.errors import visible

    shown = visible(message, keep="\n")
    print(f"symsim: {shown}", file=sys.stderr)
    return status


def _nobody_reads() -> int:
    """The reader of our output went away, as ``head`` does: no message, and none while Python shuts down."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
