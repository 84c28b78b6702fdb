"""The command line ``symsim``: one thin command a file, one line for every error, never a traceback for bad input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

INTERRUPTED = 130
BAD_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return (as the console script: exit with) its status.

    0 the verdict reaches what the claim states; 1 refuted; 2 bad usage or bad input; 3 undecided, or less than a proof; 130 interrupted.
    """
    status = run(sys.argv[1:] if arguments is None else list(arguments))
    if arguments is None:
        sys.exit(status)
    return status


def run(arguments: list[str]) -> int:
    """Run one command and return its status."""
    import typer

    from symsim.cli.application import application
    from symsim.errors import SymsimError

    usage: type[Any] = typer.BadParameter.__bases__[0]  # typer brings its own click, and names no common base
    command_error: type[Any] = usage.__bases__[0]
    try:
        result = application()(arguments, prog_name="symsim", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        print("symsim: interrupted", file=sys.stderr)
        return INTERRUPTED
    except SymsimError as error:
        return _bad(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _bad(f"{error.filename or 'a file'}: {error.strerror or error}")
    except Exception as error:
        if not isinstance(error, command_error):
            raise
        hint = f" (see 'symsim {' '.join(arguments[:1])} --help')" if isinstance(error, usage) else ""
        return _bad(error.format_message().rstrip(".") + hint)


def _bad(message: str) -> int:
    print(f"symsim: {message}", file=sys.stderr)
    return BAD_USAGE
