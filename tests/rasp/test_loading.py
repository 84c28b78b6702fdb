"""Files: loading from Python and from other files, private names, paths, what cannot be read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import symsim as ss
from symsim.rasp import Interpreter, RaspError, load, parse
from symsim.rasp.notation import outcome


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files: a loads b in a folder below, b has a private name."""
    (tmp_path / "below").mkdir()
    (tmp_path / "a.rasp").write_text(
        'load "below/b";\ndouble = 2 * base;\ndef add(n) {\n  return base + n;\n}\n_mine = 1;\n'
    )
    (tmp_path / "below" / "b.rasp").write_text(
        'load "c";\n_hidden = tokens;\nbase = _hidden + more;\ndef twice(n) { return _hidden * n, n; }\n'
    )
    (tmp_path / "below" / "c.rasp").write_text("more = 1;\n# no semicolon needed here\n")
    return tmp_path


def test_public_names_of_all_loaded_files(folder: Path) -> None:
    library = load(folder / "a.rasp")
    assert library.names() == ["more", "base", "twice", "double", "add"]
    assert library.call("double", tokens=[1, Fraction(1, 2)]) == [4, 3]
    assert library.call("add", [5], tokens=[1]) == [7]
    assert library.build("twice", [3])[1] == 3


@pytest.mark.parametrize("name", ["_hidden", "_mine"])
def test_private_names_stay_in_their_file(folder: Path, name: str) -> None:
    (folder / "d.rasp").write_text(f'load "a";\n{name};\n')
    with pytest.raises(RaspError, match=f"d.rasp, line 2, column 1: nothing is named '{name}'"):
        load(folder / "d.rasp")


def test_a_session_tells_what_was_loaded(folder: Path) -> None:
    program = parse('load "a";', str(folder / "session"))
    said = [outcome(o.name, o.value) for o in Interpreter().run(program)]
    assert said == [
        "    value: more =  1",
        "     s-op: base",
        "     b function: twice(n)",
        "     s-op: double",
        "     a function: add(n)",
    ]


def test_the_ending_may_be_left_out(folder: Path) -> None:
    assert load(folder / "a").names() == load(str(folder / "a.rasp")).names()
    assert ss.rasp.load is load


def test_names_of_a_session_do_not_reach_into_files(folder: Path) -> None:
    (folder / "e.rasp").write_text("def f() { return outside; }\n")
    session = Interpreter()
    session.run(parse('outside = 3; load "e";', str(folder / "session")))
    with pytest.raises(RaspError, match="nothing is named 'outside'"):
        session.run(parse("f();"))


BROKEN = [
    ('load "nowhere";', "there is no file nowhere.rasp"),
    ('load "self";', "loads itself"),
    ("x = ;", "expected an expression"),
    ('load "a";\nx = nothing;', "nothing is named 'nothing'"),
    ("length = 3;", "belongs to the library"),
]


@pytest.mark.parametrize(("text", "part"), BROKEN)
def test_broken_files_name_the_file_and_the_line(folder: Path, text: str, part: str) -> None:
    path = folder / "self.rasp"
    path.write_text(text)
    with pytest.raises(RaspError) as caught:
        load(path)
    assert part in caught.value.message
    assert caught.value.file is not None and caught.value.file.endswith("self.rasp")
    assert caught.value.line == text.count("\n") + 1


def test_an_error_in_a_loaded_file_names_that_file(folder: Path) -> None:
    (folder / "below" / "c.rasp").write_text("more = 1;\nmore = more / 0;\n")
    with pytest.raises(RaspError) as caught:
        load(folder / "a.rasp")
    assert caught.value.file is not None and caught.value.file.endswith("c.rasp")
    assert (caught.value.line, caught.value.column) == (2, 13)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.rasp").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "long.rasp").write_text("x = 1;\n" * 40_000)
    unread = "cannot be read"
    for name, part in (("binary.rasp", "UTF-8"), ("long.rasp", "at most"), ("missing.rasp", unread), ("", unread)):
        with pytest.raises(RaspError, match=part):
            load(tmp_path / name)
    with pytest.raises(RaspError, match="zero byte"):
        load("a\0b")
    with pytest.raises(RaspError, match="symsim ships no 'x': there is matrices, sequences, standard"):
        load("library:x")
    with pytest.raises(RaspError, match="tokens are read"):
        load("library:matrices", cast="complex")


def test_several_results_and_selectors(folder: Path) -> None:
    (folder / "f.rasp").write_text("def f() { return indices, tokens; }\ns = select(indices, indices, <);\nn = 3;\n")
    library = load(folder / "f.rasp")
    assert library.call("f", tokens="ab") == [[0, 1], ["a", "b"]]
    assert library.call("s", tokens="ab") == [[0, 0], [1, 0]]
    assert library.evaluated(library.expression("f"), "a") == [[0], ["a"]]
    with pytest.raises(RaspError, match="only s-ops and selectors run on an input, got a number"):
        library.call("n", tokens="ab")
    with pytest.raises(RaspError, match="takes no arguments"):
        library.call("s", [1], tokens="ab")
    with pytest.raises(RaspError, match="no single expression"):
        library.expression("x = 3")
