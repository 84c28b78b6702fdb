"""What programs mean: values, scopes, statements, aggregate, casts, printing; as in sessions of the reference."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symsim.rasp import Interpreter, RaspError, evaluate, parse
from symsim.rasp.values import Constant, Elementwise
from tests.rasp.sessions import last, said, values

PRINTED = [
    # numbers carry int or float
    ("7/2*2;", "7.0"),
    ("1/3;", "0.3333333333333333"),
    ("7/2;", "3.5"),
    ("2*3;", "6"),
    ("2^3;", "8"),
    ("2^(0-1);", "0.5"),
    ("0.1+0.2 == 0.3;", "True"),
    ("7 % 3;", "1"),
    ("-7 % 3;", "2"),
    ("7.5 % 2;", "1.5"),
    ("1.0;", "1.0"),
    ("-0.5;", "-0.5"),
    ("4^0.5;", "2.0"),
    ("(8/27)^(2/3);", "0.4444444444444444"),
    ("0^0;", "1"),
    ("round(2.5);", "2"),
    ("round(3.5);", "4"),
    ("round(-2.5);", "-2"),
    ("round(2.4);", "2"),
    ("True + True;", "2"),
    ("10^400 == 10^400;", "True"),
    # precedence where it shows
    ("True or True and False;", "False"),
    ("-2^2;", "4"),
    ("2^3^2;", "64"),
    ("7 % 2 * 3;", "1"),
    ("not 1 == 2;", "False"),
    ("1 if True else 2 if False else 3;", "3"),
    ("1 - 1 - 1;", "-1"),
    ("8 / 4 / 2;", "1.0"),
    ("3 in [1] in [False];", "True"),
    # atoms, lists, dictionaries
    ('"a" + "b";', '"ab"'),
    ('"ab" * 2;', '"abab"'),
    ('"a" < "b";', "True"),
    ('1 == "1";', "False"),
    ("1 == 1.0;", "True"),
    ('["a", 1, 0.5, True];', "['a', 1, 0.5, True]"),
    ("[1] + [2];", "[1, 2]"),
    ("[1, [2]] == [1.0, [2]];", "True"),
    ('{"a": 1, 2: "b"};', "{'a': 1, 2: 'b'}"),
    ('{"a": 5}["a"];', "5"),
    ("{1: 2}[1.0];", "2"),
    ('"abc"[-1];', '"c"'),
    ("[x * x for x in range(4)];", "[0, 1, 4, 9]"),
    ("{x: y for x, y in zip([1, 2], [3, 4])};", "{1: 3, 2: 4}"),
    ("range(5, 1, -2);", "[5, 3]"),
    ("len([1, 2]);", "2"),
    ("zip([1], [2]);", "[[1, 2]]"),
    ("3 and 5;", "5"),
    ("0 or [];", "[]"),
    ('x = [p[0] for p in ["()", "[]"]]; x;', "['(', '[']"),
    ("2 in [1, 2];", "True"),
    ('"a" in {"a": 1};', "True"),
    # s-ops on inputs
    ('indices("hey");', "[0, 1, 2] (ints)"),
    ('(2 * indices)("hey");', "[0, 2, 4] (ints)"),
    ('length("hello");', "[5]*5 (ints)"),
    ('tokens("ab");', "[a, b] (strings)"),
    ('aggregate(full_s, indicator(tokens == "e"))("hey");', "[0.333]*3 (floats)"),
    ('("e" in tokens)("hey");', "[T]*3 (bools)"),
    ('(tokens in ["a", "e"])("hey");', "[F, T, F] (bools)"),
    ('(indices / 2)("hey");', "[0.0, 0.5, 1.0] (floats)"),
    ('(indices if indices > 1 else 0.5)("hey");', "[0.5, 0.5, 2] (floats)"),
    ('({"a": 1, "b": 5}[tokens])("ba");', "[5, 1] (ints)"),
    ('("xyz"[indices])("ab");', "[x, y] (strings)"),
    ('[5, 8, 2][indices]("ab");', "[5, 8] (ints)"),
    ('tokens[1]("abc");', "[b]*3 (strings)"),
    ('tokens[-1]("abc");', "[c]*3 (strings)"),
    ('indices[9]("abc");', "[0]*3 (ints)"),
    ('(not (indices == 1))("ab");', "[T, F] (bools)"),
    ('(-indices)("ab");', "[0, -1] (ints)"),
    ('(indices and True)("ab");', "[F, T] (bools)"),
    ('round(indices / 2)("abcd");', "[0, 0, 1, 2] (ints)"),
    ('full_s("a");', "     a\n a | 1"),
    ('select(indices, indices, <)("hey");', "     h e y\n h |\n e | 1\n y | 1 1"),
    ('tokens("a");', "[a] (strings)"),
    ('(not select(tokens, tokens, ==))("aba");', "     a b a\n a |   1\n b | 1   1\n a |   1"),
    # casts
    ("tokens_int([0, 1.9, -1.9]);", "[0, 1, -1] (ints)"),
    ('tokens_int("12");', "[1, 2] (ints)"),
    ("tokens_float([0, 1]);", "[0.0, 1.0] (floats)"),
    ("tokens_bool([0, 1, 2]);", "[F, T, T] (bools)"),
    ("tokens_str([0, 0.5]);", "[0, 0.5] (strings)"),
    ("tokens_asis([0, 0.5]);", "[0, 0.5] (floats)"),
    ('tokens_float(["0.25", "2"]);', "[0.25, 2.0] (floats)"),
    ("tokens([1, 2]);", "[1, 2] (strings)"),
    ("tokens_asis([True, 1]);", "[T]*2 (ints)"),
]


@pytest.mark.parametrize(("text", "expected"), PRINTED)
def test_printed_values(text: str, expected: str) -> None:
    assert last(text) == expected


AGGREGATES = [
    ("aggregate(select(indices, indices, <), indices)", (0, 0, Fraction(1, 2))),
    ("aggregate(select(indices, indices, ==), tokens)", ("h", "e", "y")),
    ("aggregate(select(indices, 9, ==), indices)", (0, 0, 0)),
    ("aggregate(select(indices, 9, ==), indices, 7)", (7, 7, 7)),
    ('aggregate(select(indices, indices - 1, ==), tokens, "-")', ("-", "h", "e")),
    ("aggregate(select(indices, indices - 1, ==), indices == 0)", (0, True, False)),
    ("aggregate(full_s, 3)", (3, 3, 3)),
    ("aggregate(select(indices, indices, <=), 2 * indices)", (0, 1, 2)),
    ("aggregate(select(indices, 1, !=), indices)", (1, 1, 1)),
    ("aggregate(select(1, indices, ==), indices)", (0, 1, 0)),
    ("aggregate(select(indices, 1, >=) and not select(indices, indices, ==), indices)", (Fraction(3, 2), 2, 1)),
    ("aggregate(select(indices, 0, ==) or select(indices, 2, ==), indices)", (1, 1, 1)),
]


@pytest.mark.parametrize(("text", "expected"), AGGREGATES)
def test_aggregate(text: str, expected: tuple[object, ...]) -> None:
    found = values(text, "hey")
    assert [Fraction(int(v.p), int(v.q)) if hasattr(v, "p") else v for v in found] == list(expected)


def test_row_is_the_query_and_column_the_key() -> None:
    found = Interpreter().run(parse('select(indices, 1, ==)("abc"); select(1, indices, ==)("abc");'))
    assert [outcome.value.matrix() for outcome in found] == [
        [[0, 1, 0], [0, 1, 0], [0, 1, 0]],
        [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    ]


SESSIONS = [
    ("a, b = 3, 5; c = a + b;", ["    value: a =  3", "    value: b =  5", "    value: c =  8"]),
    ("c = indices + 4; c;", ["     s-op: c", "     s-op: c"]),
    (
        "def foo(a, b) { return a + b, a; } e, f = foo(5, 8);",
        ["     console function: foo(a, b)", "    value: e =  13", "    value: f =  5"],
    ),
    ('v = ["a", "e"];', ["     list: v = ['a', 'e']"]),
    ("{};", ["     dict: out = {}"]),
    ("a = select(1, 1, ==);", ["     selector: a"]),
    ('indices("ab");', ["\t =  [0, 1] (ints)"]),
    ('draw(indices, "abc");', ["\t =  [0, 1, 2] (ints)"]),
    ("x = 1, 2;", ["     list: x = [1, 2]"]),
    ("tokens = tokens_int; tokens([1, 2]);", ["     s-op: tokens", "\t =  [1, 2] (ints)"]),
    ("3 + 4; out * 2;", ["    value: out =  7", "    value: out =  14"]),
    ('set example "abc"\ndraw(indices);', ["\t =  [0, 1, 2] (ints)"]),
    ("a = 9; exit()\n a = 1;", ["    value: a =  9"]),
]


@pytest.mark.parametrize(("text", "lines"), SESSIONS)
def test_what_a_session_says(text: str, lines: list[str]) -> None:
    assert said(text) == lines


SCOPES = [
    ("x = 1; def f() { x = 2; return x; } f() * 10 + x;", "21"),
    ("def f() { return x; } x = 5; f();", "5"),
    ("x = 1; def f(x) { def g() { return x; } x = 7; return g(); } f(2);", "7"),
    ("for i in [1, 2] { y = i; } i + y;", "4"),
    ("i = 9; x = [i for i in [1, 2]]; i;", "9"),
    ("s = 0; for a, b in zip([1, 2], [3, 4]) { s = s + a * b; } s;", "11"),
    ('s = ""; for k in {"a": 1, "b": 2} { s = s + k; } s;', '"ab"'),
    ("def f(max) { sort = max + 1; length = 2; return sort * length; } f(3);", "8"),
    ("a, b = 1, 2; a, b = b, a; a;", "2"),
    ('a, b = "xy"; b;', '"y"'),
    ("def f() { for i in range(3) { for j in range(2) { x = i * j; } } return x; } f();", "2"),
    ("def f(n) { return 1 if n == 0 else n * f(n - 1); } f(5);", "120"),
    ("def f(x) { return x; } g = f; g(4);", "4"),
    ("def f(x) { def g(y) { return x + y; } return g; } f(1)(2);", "3"),
    ("tokens = tokens_int; x = tokens + 1; tokens = tokens_str; x([1]);", "[2] (ints)"),
    ("exp = 3; e = 4; exp * e;", "12"),
]


@pytest.mark.parametrize(("text", "expected"), SCOPES)
def test_scopes(text: str, expected: str) -> None:
    assert last(text) == expected


def test_a_conditional_on_an_atom_takes_one_side_only() -> None:
    assert last("1 if True else nothing;") == "1"
    with pytest.raises(RaspError, match="nothing"):
        last("1 if indices else nothing;")


def test_tokens_of_a_library_are_as_they_are_and_of_a_session_strings() -> None:
    assert last("tokens([1, 2]);", "asis") == "[1, 2] (ints)"
    assert last("tokens([1, 2]);", "float") == "[1.0, 2.0] (floats)"


def test_settings_of_a_session() -> None:
    session = Interpreter()
    session.run(parse('set selector example "ab"\nselector examples off\nfull seq display on\n'))
    found = session.settings
    assert (found.sop_example, found.selector_example) == ("hello", "ab")
    assert (found.sop_examples, found.selector_examples, found.full_display) == (True, False, True)
    shown = session.run(parse("show example"))
    assert [(outcome.name, outcome.value) for outcome in shown] == [
        ("s-op example", "hello"),
        ("selector example", "ab"),
    ]


def test_values_are_built_as_graphs_and_run_later() -> None:
    session = Interpreter()
    (_, made) = session.run(parse("x = tokens_int;\ny = x + 1;", "f.rasp"))
    node = made.value
    assert isinstance(node, Elementwise) and node.operator == "+" and node.name == "y"
    assert str(node.place) == "f.rasp, line 2, column 7"
    assert repr(node) == "<Elementwise y +, f.rasp, line 2, column 7>"
    assert isinstance(node.inputs[1], Constant)
    assert evaluate(node, [1, 2]).values == (2, 3)


def test_only_nodes_run() -> None:
    with pytest.raises(RaspError, match="only s-ops and selectors run on an input, got 3"):
        evaluate(3, "a")  # type: ignore[arg-type]


def test_one_program_leaves_no_trace_in_the_next() -> None:
    with pytest.raises(RaspError) as caught:
        Interpreter().run(parse('\n\n(tokens_int + indices)([True, 0.5]); tokens_int("ab");', "first.rasp"))
    assert caught.value.file == "first.rasp"
    with pytest.raises(RaspError) as caught:
        Interpreter().run(parse('(indices * tokens_int)("ab");', "second.rasp"))
    assert caught.value.file == "second.rasp"


def test_shared_graphs_are_walked_once_and_shown_in_a_line() -> None:
    session = Interpreter()
    found = session.run(parse("x = tokens_int; for i in range(60) { x = x + x; } x;"))[-1].value
    assert len(repr(found)) < 100 and len(repr(session.scope)) < 100
    assert evaluate(found, [1]).values == (2**60,)


def test_long_chains_are_walked() -> None:
    assert last("x = " + "1 + " * 5000 + "1; x;") == "5001"
    assert last("x = tokens_int; for i in range(3000) { x = x + 1; } x([1]);") == "[3001] (ints)"
    assert last("def f(n) { return 1 if n == 0 else f(n - 1); } f(90);") == "1"
