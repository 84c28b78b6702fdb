"""``symsim rasp repl``: through a pipe, and at a terminal that the test plays."""

from __future__ import annotations

import builtins
import io
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from symsim.cli import rasp_repl, run
from symsim.cli.rasp_completion import completions
from symsim.cli.rasp_terminal import history_file, plain, reader
from symsim.rasp.session import Session

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and a home of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def piped(monkeypatch: pytest.MonkeyPatch, text: str, *options: str) -> int:
    """The exit status where the statements come through a pipe."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return run(["rasp", "repl", *options])


# -- through a pipe ---------------------------------------------------------------------------------------------------
def test_results_and_errors_go_their_own_ways(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert piped(monkeypatch, "x = indices;\ny = 1 / 0;\n\ndef f(a) {\n  return a +;\n}\nf(1);\nx([5]);\n") == 2
    said = capsys.readouterr()
    assert said.out == '     s-op: x\n \t Example: x("hello") = [0, 1, 2, 3, 4] (ints)\n\t =  [0] (ints)\n'
    assert said.err.splitlines() == [
        "symsim: line 2, column 7: division by 0",
        "symsim: line 5, column 13: unexpected ';': expected an expression",
        "symsim: line 7, column 1: nothing is named 'f'",
    ]


def test_nothing_wrong_is_status_0(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert piped(monkeypatch, "x = 1;\nexit()\nx = 1 / 0;\n") == 0
    assert capsys.readouterr() == ("    value: x =  1\n", "")
    assert piped(monkeypatch, "") == 0 and piped(monkeypatch, "y = 3 +") == 2
    assert "line 1, column 8: the program ends early" in capsys.readouterr().err


def test_a_closed_or_unreadable_input(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert run(["rasp", "repl"]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"x = 1;\n\xff\xfe;\n"), encoding="utf-8"))
    assert run(["rasp", "repl"]) == 2
    assert "standard input is no text in UTF-8" in capsys.readouterr().err


BEGINNINGS = [
    (["--example", "1,2/3"], "tokens([1, 0.6666666666666666]) = [1, 0.667] (floats)"),
    (["--tokens", "text:ab"], 'tokens("ab") = [a, b] (strings)'),
    (["--example", "a,b"], "tokens(['a', 'b']) = [a, b] (strings)"),
    (["--example", "1,2", "--cast", "str"], "tokens([1, 2]) = [1, 2] (strings)"),
    (["--example", "symbolic:2"], "tokens([x1, x2]) = [x1, x2] (symbolic)"),
]


@pytest.mark.parametrize(("options", "shown"), BEGINNINGS)
def test_the_example_of_the_command_line(
    options: list[str], shown: str, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    assert piped(monkeypatch, "tokens;", *options) == 0
    assert capsys.readouterr().out == f"     s-op: tokens\n \t Example: {shown}\n"


def test_files_are_loaded_first(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    (folder / "mine.rasp").write_text("double = 2 * indices;\n_own = 3;\n")
    assert piped(monkeypatch, 'double("ab"); reverse()("ab");', "mine.rasp", "library:sequences") == 0
    out = capsys.readouterr().out
    assert out.startswith("     s-op: double\n     sequences function: histogram()\n")
    assert out.endswith("\t =  [0, 2] (ints)\n\t =  [b, a] (strings)\n")
    for name, part in (("nowhere.rasp", "there is no file nowhere.rasp"), ("library:x", "symsim ships no 'x'")):
        assert piped(monkeypatch, "x = 1;", name) == 2
        said = capsys.readouterr()
        assert said.out == "" and part in said.err


@pytest.mark.parametrize("options", [["--example", ""], ["--example", "1,a"], ["--cast", "words"]])
def test_bad_options(options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    assert piped(monkeypatch, "x = 1;", *options) == 2
    assert capsys.readouterr().out == ""


# -- pictures ---------------------------------------------------------------------------------------------------------
def test_draw_writes_a_picture_and_replaces_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    (folder / "h.svg").write_text("mine")
    (folder / "h-3.svg").mkdir()
    typed = 'h = selector_width(select(tokens, tokens, ==));\ndraw(h, "a<b");\ndraw(h, "a<b");\ndraw(h, "ab");\n'
    assert piped(monkeypatch, typed) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "wrote" in line] == [
        "\t wrote h-2.svg",
        "\t wrote h-2.svg",
        "\t wrote h-4.svg",
    ]
    assert (folder / "h.svg").read_text() == "mine"
    picture = ElementTree.fromstring((folder / "h-2.svg").read_text(encoding="utf-8"))
    texts = ["".join(node.itertext()) for node in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "layer 1: attention" in texts and "= [1, 1, 1] (ints)" not in texts and "= [1]*3 (ints)" in texts
    assert texts.count("<") == 2 * 2, "the token stands on both sides of both grids"
    filled = [r for r in picture.iter("{http://www.w3.org/2000/svg}rect") if r.get("class", "").startswith("d")]
    assert len(filled) == 6, "five cells of the first grid and one of the second"


def test_a_picture_that_cannot_be_written_is_no_failure(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def refuse(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("symsim.cli.output._replace", refuse)
    assert piped(monkeypatch, 'draw(length, "ab");') == 0
    out = capsys.readouterr().out
    assert "no picture: " in out and "No space left" in out and "=  [2]*2 (ints)" in out


# -- at a terminal ----------------------------------------------------------------------------------------------------
Play = Callable[[str], list[str]]


@pytest.fixture
def play() -> Iterator[Play]:
    """Types keys at a prompt, and gives the texts that were accepted; a dropped line is ``^C``, leaving is ``^D``."""
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    def typed(keys: str) -> list[str]:
        found: list[str] = []
        with create_pipe_input() as given:
            ask = reader(Session(), input=given, output=DummyOutput())
            given.send_text(keys)
            while not found or found[-1] != "^D":
                try:
                    found.append(ask())
                except KeyboardInterrupt:
                    found.append("^C")
                except EOFError:
                    found.append("^D")
        return found

    yield typed


ENTER, TAB, LEAVE, DROP = "\r", "\t", "\x04", "\x03"
KEYS = [
    ("x = 1;" + ENTER, ["x = 1;"]),
    ("def f(a) {" + ENTER + "return a;" + ENTER + "}" + ENTER + "f(1);" + ENTER, ["def f(a) {\nreturn a;\n}", "f(1);"]),
    ("x = 3" + ENTER + "+ 4" + ENTER + ";" + ENTER, ["x = 3\n+ 4\n;"]),
    ("x = = 3" + ENTER, ["x = = 3"]),
    ("show" + ENTER, ["show"]),
    (ENTER, [""]),
    ("x = 3" + ENTER + "+ 4" + DROP + "y;" + ENTER, ["^C", "y;"]),
    ("selector_w" + TAB + "(full_s);" + ENTER, ["selector_width(full_s);"]),
    ('load "library:seq' + TAB + '";' + ENTER, ['load "library:sequences";']),
    ('load "par' + TAB + "on" + TAB + '";' + ENTER, ['load "parts/one";']),
    ("\x1b[200~a = 1;\nb = 2;\x1b[201~" + ENTER, ["a = 1;\nb = 2;"]),
]


@pytest.mark.parametrize(("keys", "accepted"), KEYS)
def test_keys(keys: str, accepted: list[str], play: Play, folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "one.rasp").write_text("x = 1;")
    assert play(keys + LEAVE) == [*accepted, "^D"]


def test_history_outlives_a_session(play: Play, folder: Path) -> None:
    from prompt_toolkit.history import FileHistory

    play("a = 1;" + ENTER + "def f(a) {" + ENTER + "return a; }" + ENTER + LEAVE)
    path = history_file()
    assert path == folder / "data" / "symsim" / "rasp-history"
    remembered = list(FileHistory(str(path)).load_history_strings())
    assert remembered == ["def f(a) {\nreturn a; }", "a = 1;"]


def test_without_a_place_for_history(play: Play, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "blocked").write_text("a file")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "blocked"))
    assert history_file() is None
    assert play("a = 1;" + ENTER + LEAVE) == ["a = 1;", "^D"] and not (folder / "data").exists()


def test_a_history_that_breaks_later(play: Play, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prompt_toolkit.history.FileHistory.store_string", full)
    assert play("a = 1;" + ENTER + "b;" + ENTER + LEAVE) == ["a = 1;", "b;", "^D"]


def test_completions_know_the_session(folder: Path) -> None:
    session = Session()
    assert list(completions(session, "my")) == []
    list(session.enter("my_sop = indices; _my_own = 3; def my_fun(a) { return a; }"))
    assert [name for name, _ in completions(session, "x = my")] == ["my_fun", "my_sop"]
    assert {name for name, _ in completions(session, "se")} >= {"select", "selector", "selector_width", "set"}
    for nothing in ('x = "se', "# se", "x = ", "3", 'x = "a # b"; y = "se'):
        assert list(completions(session, nothing)) == []
    (folder / "one.rasp").write_text("")
    (folder / "other.txt").write_text("")
    assert list(completions(session, 'load "o')) == [("one", 1)]
    assert ("library:matrices", 8) in list(completions(session, 'load "library:'))


def test_plain_input_asks_until_the_statement_ends(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    lines, prompts = iter(["x = (1", "+ 2);"]), []

    def given(prompt: str) -> str:
        prompts.append(prompt)
        line = next(lines, None)
        if line is None:
            raise EOFError
        return line

    monkeypatch.setattr(builtins, "input", given)
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    ask = reader(Session())
    assert ask is plain and ask() == "x = (1\n+ 2);" and prompts == [">> ", ".. "]
    with pytest.raises(EOFError):
        ask()


def test_a_whole_session_at_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers: list[Any] = ["x = 1;", KeyboardInterrupt, "y = x / 0;", "for i in [1] { stop; }", "x;", EOFError]

    def ask() -> str:
        found = answers.pop(0)
        if isinstance(found, str):
            return found
        raise found

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr("symsim.cli.rasp_terminal.reader", lambda session: ask)
    assert run(["rasp", "repl"]) == 0
    out = capsys.readouterr().out.split("\n")
    assert out[0].startswith("RASP in symsim ") and out[1].startswith('running example is: "hello"')
    assert out[2:6] == ["    value: x =  1", "\t!! division by 0", "\t     y = x / 0;", "\t           ^"]
    assert out[-2] == "    value: x =  1"


def test_ctrl_c_stops_a_run(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    def interrupted(self: Session, text: str, first: int = 1) -> Iterator[Any]:
        raise KeyboardInterrupt
        yield

    answers = iter(["x = 1;"])

    def ask() -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(Session, "enter", interrupted)
    monkeypatch.setattr("symsim.cli.rasp_terminal.reader", lambda session: ask)
    assert rasp_repl._talk(Session()) == 0
    assert "!! interrupted: nothing was changed" in capsys.readouterr().out


def test_strings_do_not_steer_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    text = (
        'x = "\x1b[2J"; tokens; indices + x; ["\x1b"]; tokens("\x1b");\nx + 1;\n{1: 2}["\x1b"];\ndraw(tokens == x);\n'
    )
    assert piped(monkeypatch, text, "--example", "text:a\x1b") == 2
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err and r"[a, \x1b] (strings)" in said.out
