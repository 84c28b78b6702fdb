"""The command line as a whole: help, unknown commands, interrupts, closed pipes, terminals, and nonsense as input."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symsim.cli
from symsim.cli import main, run, screen
from tests.cli.conftest import Command

PROGRAM = [sys.executable, "-m", "symsim"]
COMMANDS = ("list", "prove", "check", "trace", "derive", "referee", "doctor")
Refused = Callable[..., str]

HELP = """\
Usage: symsim [OPTIONS] COMMAND [ARGS]...

  Prove, refute and explain claims about transformer encoders, exactly.

Options:
  --version             Show the version and exit.
  --install-completion  Install completion for the current shell.
  --show-completion     Show completion for the current shell, to copy it or
                        customize the installation.
  --help                Show this message and exit.

Commands:
  list     List every derivation of the library.
  prove    Prove derivations of the library.
  check    Decide whether two matrix formulas are equal.
  certify  Prove a claim and write its certificate.
  recheck  Re-check a certificate.
  trace    Draw how values flow through the layers.
  derive   Write derivations out for a reader.
  referee  Answer what referees ask about a program or an encoder.
  doctor   Show what is there and what works.
  rasp     Run RASP programs exactly.
"""


def test_help(symsim: Command) -> None:
    done = symsim("--help")
    assert (done.status, done.err) == (0, "") and done.out.startswith(HELP)
    without = symsim()
    assert (without.status, without.out, without.err) == (2, done.out, "")


def test_a_command_imports_no_other(environment: dict[str, str]) -> None:
    """Each command is found by its name alone, and brings the files of no other one with it."""
    code = "import sys; from symsim.cli.application import application; application(sys.argv[1]); "
    code += "print(*sorted(name for name in sys.modules if name.startswith('symsim.')))"
    for name, absent in (("rasp", "symsim.proof"), ("recheck", "symsim.render"), ("list", "symsim.flow")):
        program = [sys.executable, "-c", code, name]
        done = subprocess.run(program, capture_output=True, text=True, env=environment, check=True)
        files = {"list": "listing"}
        assert f"symsim.cli.{files.get(name, name)}" in done.stdout.split() and absent not in done.stdout.split()


def test_a_shell_can_complete_commands(environment: dict[str, str]) -> None:
    asked = {"_SYMSIM_COMPLETE": "complete_bash", "COMP_WORDS": "symsim pr", "COMP_CWORD": "1"}
    done = subprocess.run(PROGRAM, capture_output=True, text=True, env={**environment, **asked}, check=False)
    assert (done.stdout.split(), done.stderr) == (["prove"], "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(symsim: Command, command: str) -> None:
    done = symsim(command, "--help")
    assert (done.status, done.err) == (0, "") and done.out.startswith(f"Usage: symsim {command} [OPTIONS]")
    assert "--json" in done.out and "--output" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_version(symsim: Command) -> None:
    assert symsim("--version").out.startswith("symsim ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("chek", "no such command 'chek'. Did you mean 'check', 'recheck'? (see 'symsim --help')"),
        ("check", "missing argument 'LEFT' (see 'symsim check --help')"),
        ("check X", "missing argument 'RIGHT' (see 'symsim check --help')"),
        ("check -X -X --shape X=n,d", "no such option: -X (a formula that begins with a minus sign goes last,"),
        ("list extra", "got unexpected extra argument(s) (extra) (see 'symsim list --help')"),
        ("--nonsense", "no such option: --nonsense (see 'symsim --help')"),
        ("trace", "missing argument 'NAME' (see 'symsim trace --help')"),
        ("trace foo", "unknown derivation 'foo': known: "),
        ("trace universal-simulator --format svgg", "unknown format 'svgg': did you mean 'svg'?"),
        ("derive", "name a derivation, or give --all; known: "),
        ("derive universal-simulator --format htm", "unknown format 'htm': did you mean 'html'?"),
        ("derive universal-simulator --format ,", "--format takes some of latex, pdf, html, md, ipynb, separated by"),
    ],
)
def test_bad_usage_is_one_line(refused: Refused, arguments: str, message: str) -> None:
    err = refused(*arguments.split())
    assert err.startswith(message) and "\n" not in err


def test_formulas_with_a_minus_sign_go_after_two(symsim: Command) -> None:
    assert symsim("check", "--shape", "X=n,d", "--", "-X", "-1 * X").status == 0


@pytest.mark.parametrize(
    ("kind", "start"),
    [("dot", "digraph"), ("svg", "<svg"), ("html", "<!DOCTYPE html>"), ("mermaid", "flowchart LR"), ("json", "{")],
)
def test_trace_draws_in_every_format(symsim: Command, kind: str, start: str) -> None:
    done = symsim("trace", "universal-simulator", "--n", "2", "--d", "2", "--format", kind)
    assert (done.status, done.err) == (0, "") and done.out.lower().startswith(start.lower())
    if kind == "json":
        assert done.data["schema_version"] == 1
        assert symsim("trace", "universal-simulator", "--n", "2", "--d", "2", "--json").out == done.out


# -- outside this process ---------------------------------------------------------------------------------------------
@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    path = os.pathsep.join([str(Path(symsim.cli.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": path, "TERM": "xterm", "NO_COLOR": "1"}


def test_an_interrupted_proof_exits_with_130_and_one_line(environment: dict[str, str]) -> None:
    long = ["prove", "universal-simulator", "--n", "14", "--d", "14", "--realisation", "P", "--uncut"]
    process = subprocess.Popen(
        [*PROGRAM, *long], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored in background jobs
    )  # fmt: skip
    time.sleep(4)  # while modules are imported an interrupt may be lost in a callback
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "symsim: interrupted\n")
    assert "proved" not in out


@pytest.mark.parametrize("command", ["list", "prove --all"])
def test_a_closed_pipe_is_no_error(environment: dict[str, str], command: str) -> None:
    process = subprocess.Popen(
        [*PROGRAM, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    if process.stdout is None or process.stderr is None:
        raise AssertionError("no pipes")
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) in (0, 141)


def on_terminal(columns: int, environment: dict[str, str], *arguments: str) -> str:
    """What a command prints on a terminal of so many columns."""
    screen_side, program_side = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        stdin=program_side,
        stdout=program_side,
        stderr=program_side,
        env={**environment, "COLUMNS": str(columns)},
    )
    os.close(program_side)
    found = b""
    while True:
        try:
            chunk = os.read(screen_side, 65536)
        except OSError:  # the program closed its side
            break
        if not chunk:
            break
        found += chunk
    os.close(screen_side)
    process.wait(timeout=60)
    return found.decode().replace("\r\n", "\n")


def test_a_terminal_wraps_between_words(environment: dict[str, str]) -> None:
    claim = ("check", "softmax(X A X^T) X V", "softmax(X (A X^T)) (X V)", "--shape", "X=n,d")
    claim = (*claim, "--shape", "A=d,d", "--shape", "V=d,v")
    lines = on_terminal(80, environment, *claim).splitlines()
    assert lines[1:] == [
        "softmax(X A X^T) X V = softmax(X (A X^T)) (X V) for all d, n, v >= 1 and all",
        "real X, A, V (X: n x d, A: d x d, V: d x v)",
    ]
    assert len(on_terminal(200, environment, *claim).splitlines()) == 2


def test_rows_wrap_below_their_text(environment: dict[str, str]) -> None:
    out = re.sub(r"\x1b\[\d+m", "", on_terminal(80, environment, "list"))  # bold takes no room
    assert max(map(len, out.splitlines())) <= 80
    assert "\n             the tokens of X, A, V to softmax(X A X^T) X V.\n" in out


def test_work_shows_on_a_terminal_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(screen, "PATIENCE", 0.05)
    monkeypatch.setattr("rich.status.Status.start", lambda self: shown.append("start"))
    monkeypatch.setattr("rich.status.Status.stop", lambda self: shown.append("stop"))
    with screen.working("short"):
        pass
    assert shown == ["stop"]
    with screen.working("long"):
        time.sleep(0.3)
    assert shown == ["stop", "start", "stop"]


# -- what may not happen ----------------------------------------------------------------------------------------------
def test_an_error_inside_is_one_line_and_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: list[str]) -> int:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(symsim.cli, "run", broken)
    monkeypatch.delenv(symsim.cli.TRACE, raising=False)
    assert main(["list"]) == 3
    assert capsys.readouterr().err == (
        "symsim: an error inside symsim, nothing is decided: ZeroDivisionError: two lines "
        "(please report it; SYMSIM_TRACEBACK=1 shows where)\n"
    )
    monkeypatch.setenv(symsim.cli.TRACE, "1")
    with pytest.raises(ZeroDivisionError):
        main(["list"])


@pytest.mark.parametrize(("error", "status"), [(RecursionError, 3), (MemoryError, 3), (KeyboardInterrupt, 130)])
def test_exhaustion_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: type[BaseException], status: int
) -> None:
    def broken(_: list[str]) -> int:
        raise error

    monkeypatch.setattr(symsim.cli, "_dispatch", broken)
    assert run(["list"]) == status
    assert capsys.readouterr().err.count("\n") == 1


def test_deep_and_long_formulas_end_in_a_verdict_or_one_line(symsim: Command) -> None:
    for text in ("(" * 5000 + "X" + ")" * 5000, "X" + "^T" * 5000, "X" + " + X" * 3000, "exp(" * 300 + "X" + ")" * 300):
        done = symsim("check", text, text, "--shape", "X=n,n", "--time-limit", "5")
        assert done.status in (0, 2, 3) and "Traceback" not in done.err
        assert len(done.err.splitlines()) <= 3


WORDS = st.sampled_from(
    "X Y u tau softmax( exp( diag( tr( inv( relu( I( 0( ones( ) [ ] , ; ^T ^-1 + - * / .* causal mask= 0 1 2.5 1e3 n d "
    "__import__('os') lambda: {0} % \\ $ é ∞ \0 \n".split(" ")
)
FORMULAS = st.one_of(st.lists(WORDS, max_size=8).map(" ".join), st.text(max_size=20))
DECLARED = ["--shape", "X=n,d", "--shape", "Y=d,n", "--shape", "u=n", "--scalar", "tau", "--time-limit", "2"]


@settings(max_examples=200)
@given(left=FORMULAS, right=FORMULAS)
def test_nonsense_never_raises(left: str, right: str) -> None:
    assert run(["check", "--json", *DECLARED, "--", left, right]) in (0, 1, 2, 3)


@settings(max_examples=60)
@given(option=st.sampled_from(["--shape", "--size", "--scalar", "--method", "--seed", "--time-limit"]), text=st.text())
def test_nonsense_in_options_never_raises(option: str, text: str) -> None:
    assert run(["check", "X", "X", "--shape", "X=n,d", f"{option}={text}"]) in (0, 1, 2, 3)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["X", "Y", "a"]), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60)
@given(data=JSON | st.fixed_dictionaries({"X": JSON}))
def test_nonsense_in_inputs_never_raises(data: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "nonsense.json"
    path.write_text(json.dumps(data))
    assert run(["check", "X", "X", "--shape", "X=n,d", "--at", str(path)]) in (0, 2)
