"""Sessions: conversations that are replayed, what a failed statement leaves as it was, and lines from a pipe."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.errors import BadInput
from symsim.rasp.faults import RaspError
from symsim.rasp.layering import layers
from symsim.rasp.lines import gathered, unfinished
from symsim.rasp.session import Session
from symsim.rasp.wording import Wording
from tests.rasp.dialogue import answer, differences, exchanges
from tests.transcripts import ROOT

DIALOGUES = sorted((ROOT / "tests" / "rasp" / "dialogues").glob("*.txt"))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_conversations(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(list(exchanges(text))) > 5
    assert "\n\n".join(differences(text, Session())) == ""


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_a_changed_answer_is_noticed(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [i for i, line in enumerate(lines) if line.startswith("     ") and line[-1] in "0123456789)"][:3]
    for i in changed or pytest.fail("no line to change"):
        planted = [*lines[:i], lines[i] + ".", *lines[i + 1 :]]
        assert len(differences("\n".join(planted), Session())) == 1


FAILS = [
    "x = 5; y = 6 / 0;",
    "x, y = [indices, full_s], 1 / 0;",
    "x, True = 5, 6;",
    "for i in range(10) { x = i; y = 1 / (5 - i); }",
    "for x in range(10^4) { for z in range(10^4) { x = z; } }",
    'load "broken";',
    "set example []",
    "def f(a) { return a; } f(1, 2);",
]


@pytest.mark.parametrize("typed", FAILS)
def test_a_failed_statement_changes_nothing(typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.rasp").write_text('x = 7;\nset example "other"\nexamples off\ny = 1 / 0;\n')
    session = Session()
    answer(session, 'set example "ab"')
    list(session.enter("x = 1; tokens = tokens_asis;"))
    before = answer(session, "x; tokens; show example")
    replies = list(session.enter(typed))
    assert replies[-1].error is not None and all(reply.error is None for reply in replies[:-1])
    if len(replies) == 1:
        assert answer(session, "x; tokens; show example") == before
    assert "nothing is named 'y'" in answer(session, "y;") and "nothing is named 'i'" in answer(session, "i;")


def test_an_interrupted_statement_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    list(session.enter("x = 1;"))

    class Interrupted(RaspError):
        def at(self, place: object) -> RaspError:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("symsim.rasp.expressions.MOST_STEPS", 3)
        patch.setattr("symsim.rasp.expressions.RaspError", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(session.enter("for i in [1, 2, 3] { x = 2; y = 3; }"))
    assert answer(session, "x;") == "    value: x =  1"


def test_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "one.rasp").write_text('load "two";\n_hidden = 1;\nx = y + 1;\nx = x * 10;\n')
    (tmp_path / "parts" / "two.rasp").write_text("y = indices;\ndef f(a) { return a; }\nexit()\n")
    session = Session()
    said = answer(session, 'load "parts/one";')
    assert said.split("\n") == ["     s-op: y", "     two function: f(a)", "     s-op: x"]
    assert answer(session, 'x("ab");').strip() == "=  [10, 20] (ints)" and not session.left
    assert "nothing is named '_hidden'" in answer(session, "_hidden;")
    (tmp_path / "wrong.rasp").write_text("a = 1;\nb = (a;\n")
    wrong = answer(session, 'load "wrong";')
    assert f"{tmp_path}/wrong.rasp, line 2, column 7: unexpected ';'" in wrong and wrong.endswith("^")
    assert "histogram()" in answer(session, 'load "library:sequences";')


def test_what_is_typed_after_leaving_is_not_run() -> None:
    session = Session()
    assert answer(session, "x = 1; quit() x = 2;") == "    value: x =  1" and session.left


def test_another_beginning() -> None:
    session = Session("asis", [1, 2])
    assert "tokens([1, 2]) = [1, 2] (ints)" in answer(session, "tokens;")
    with pytest.raises(BadInput, match="at least one token"):
        Session("str", "")
    with pytest.raises(BadInput, match="tokens are read"):
        Session("words")


PIPED = [
    ("a;\nb;\n", [(1, "a;\n"), (2, "b;\n")]),
    ("\n\na\n\n;\nb;", [(3, "a\n\n;\n"), (6, "b;")]),
    ("def f(a) {\n x = ;\n return a;\n}\nb;\n", [(1, "def f(a) {\n x = ;\n return a;\n}\n"), (5, "b;\n")]),
    ('def f(a) {\n x = "}"; # }\n return a;\n}\n', [(1, 'def f(a) {\n x = "}"; # }\n return a;\n}\n')]),
    ("x = {1;\nb;\n", [(1, "x = {1;\n"), (2, "b;\n")]),
    ("set example [1,\n 2]\nb;\n", [(1, "set example [1,\n 2]\n"), (3, "b;\n")]),
    ("set example\nb;\n", [(1, "set example\n"), (2, "b;\n")]),
    ("a; b +", [(1, "a; b +")]),
]


@pytest.mark.parametrize(("text", "expected"), PIPED)
def test_lines_become_statements(text: str, expected: list[tuple[int, str]]) -> None:
    assert list(gathered(iter(text.splitlines(keepends=True)))) == expected


def test_errors_name_the_line_of_the_whole_input() -> None:
    session = Session()
    list(session.enter("def f(a) {\n  return a / 0;\n}", first=10))
    for typed, line in (("x = f(1);", 11), ("\n\n  y;", 42), ("z = (;", 40)):
        error = list(session.enter(typed, first=40))[-1].error
        assert getattr(error, "line", None) == line
        assert str(error).splitlines()[1].strip() in ("return a / 0;", "y;", "z = (;")


@pytest.mark.parametrize("text", ["x = 3", "f(", "def f(a) { return a;", "[1,", "set example [", "if", "1 if 2"])
def test_unfinished(text: str) -> None:
    assert unfinished(text) == (text != "if")


def test_layers_merge_what_is_the_same_and_follow_what_is_read() -> None:
    session = Session()
    list(session.enter("def here(n) { return aggregate(select(indices, n, ==), tokens); }"))
    build = session._interpreter.expression
    same = layers(build("here(0) + here(0)"))
    assert [len(layer.heads) for layer in same] == [0, 1] and len(same[1].heads[0].aggregates) == 1
    other = layers(build("here(0) + here(1)"))
    assert [len(layer.heads) for layer in other] == [0, 2]
    chain = layers(build("selector_width(select(selector_width(full_s), indices, ==))"))
    assert [layer.number for layer in chain] == [0, 1, 2]


def test_a_drawing_has_one_name_for_one_thing() -> None:
    session = Session()
    list(
        session.enter(
            "def plus(s, n) { s = s + n; s = s + n; return s; } s_2 = tokens_int + 0; x = plus(plus(s_2, 1), 1);"
        )
    )
    sop = session._interpreter.expression("x * x")
    wording = Wording(sop)
    names = [wording.name(step) for layer in layers(sop) for step in layer.steps]
    assert names == ["tokens_int", "s_2", "s_1", "s_3", "s_4", "s_5", ""]
    assert wording.text(sop) == "s_5 * s_5"
    own = session._interpreter.expression("plus(s_2, 1)")
    assert [Wording(own).name(own), Wording(own).text(own)] == ["s", "s_1 + 1"]


PIECES = [
    "x", "y = ", "indices", "tokens", "full_s", " + ", " == ", "1", "0.5", '"a"', "[", "]", "(", ")", "{", "}",
    ";", ", ", "select(", "aggregate(", "def f(a) {", "return ", "for i in ", "range(3)", "draw(",
    "set example ", "show example\n", "examples off\n", "full seq display on\n", "load ", " if ", " else ",
    "not ", " and ", "length", "sort(", "\n", "#", "/ 0", '"ab"', "exp(", "x = indices;",
    "s = select(indices, x, <);", "d = {1: x, 2: s};", "help", "tokens = tokens_int;",
]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), max_size=6))
def test_whatever_is_typed_is_answered(lines: list[str]) -> None:
    session = Session()
    for first, text in gathered(iter(f"{line}\n" for line in lines)):
        for reply in session.enter(text, first):
            assert "\n\n" not in str(reply) and not str(reply).endswith("\n")
    assert unfinished("\n".join(lines)) in (True, False)
    session = session if not session.left else Session()
    assert "x = " not in answer(session, "x_new = 1;") and answer(session, "x_new;") == "    value: x_new =  1"
