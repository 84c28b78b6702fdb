"""Programs that go wrong: one error type, with the place, the reason and what would be right; limits have names."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symsim.rasp import Interpreter, RaspError, parse
from tests.rasp.sessions import last

WRONG = [
    ("undefined;", 1, 1, "nothing is named 'undefined'"),
    ("x = 3;\n  lenght;", 2, 3, "did you mean 'length'?"),
    ('1 + "a";', 1, 3, "'+' does not work between a number and a string"),
    ("1 / 0;", 1, 3, "division by 0"),
    ("1 % 0;", 1, 3, "division by 0"),
    ("0^(0 - 1);", 1, 2, "division by 0"),
    ("2^0.5;", 1, 2, "no rational number"),
    ("(0 - 8)^(1/3);", 1, 8, "not real"),
    ('"a" < 1;', 1, 5, "no order"),
    ("range(7) + 6;", 1, 10, "a list and a number"),
    ('1("hi");', 1, 1, "a number cannot be called"),
    ("f(1);", 1, 1, "nothing is named 'f'"),
    ("indicator(3);", 1, 1, "takes an s-op"),
    ("def f(a) { return a; } f(1, 2);", 1, 24, "f(a) takes 1 argument, got 2"),
    ("indices(3);", 1, 1, "runs on one input"),
    ("indices(tokens);", 1, 1, "got an s-op"),
    ("full_s + 1;", 1, 8, "a selector and a number"),
    ("full_s and indices;", 1, 8, "a selector and an s-op"),
    ("aggregate(indices, 1);", 1, 1, "takes a selector first"),
    ("aggregate(full_s, [1]);", 1, 1, "got a list"),
    ("aggregate(full_s, 1, indices);", 1, 1, "default of aggregate is an atom"),
    ("tokens[indices];", 1, 1, "is an integer, got an s-op"),
    ("tokens[0.5];", 1, 1, "is an integer"),
    ('{"a": 1}["b"];', 1, 1, 'no entry for "b"'),
    ("[1, 2][2];", 1, 1, "out of range"),
    ("{indices: 1};", 1, 2, "key of a dictionary"),
    ("for x in 3 { y = x; }", 1, 1, "a list or a dictionary"),
    ('[x for x in "ab"];', 1, 1, "a list or a dictionary"),
    ("a, b = 1, 2, 3;", 1, 1, "2 names cannot take 3 values"),
    ("a, b = 4;", 1, 1, "take a list of 2"),
    ("len(3);", 1, 1, "len takes one list"),
    ("range(1.5);", 1, 1, "integers"),
    ("range(0, 1, 0);", 1, 1, "not 0"),
    ("zip([1], [2, 3]);", 1, 1, "one length"),
    ("indices in 3;", 1, 9, "a list of atoms"),
    ("indices == [1];", 1, 9, "takes an s-op or an atom, got a list"),
    ("draw(3);", 1, 1, "draw takes an s-op"),
    ("set example 3\n", 1, 1, "an input is"),
    ("1 if full_s else 2;", 1, 3, "a condition is"),
    ('x = indices("a") + 1;', 1, 18, "the result of a run"),
    ("exp(1, 2);", 1, 1, "1 argument"),
    # while a program runs
    ('(1 / tokens)("a");', 1, 4, "at position 0 of 1"),
    ('x = 1;\n(1 / indices)("ab");', 2, 4, "division by 0 (at position 0 of 2)"),
    ('aggregate(full_s, tokens)("ab");', 1, 1, "query position 0 selects 2 strings"),
    ('aggregate(full_s, indices == 0)("ab");', 1, 1, "booleans have no mean"),
    ('aggregate(select(indices, indices - 1, ==), tokens)("ab");', 1, 1, "gives its default, 0 unless"),
    ('("a" if indices == 0 else 1)("ab");', 1, 6, "one type"),
    ('tokens_int("ab");', 1, 1, "'a' is no integer"),
    ('(1 + tokens_float)(["x"]);', 1, 4, "is no number"),
    ('length([1, "a"]);', 1, 1, "one type"),
    ("length([]);", 1, 1, "at least one token"),
    ("length([[1]]);", 1, 1, "are atoms, got a list"),
    ('[5][indices]("ab");', 1, 1, "out of range"),
    ('{"a": 1}[tokens]("b");', 1, 1, 'no entry for "b"'),
    ('select(indices, tokens, <)("a");', 1, 1, "no order"),
    ("(indices^0.5)([1, 2, 3]);", 1, 9, "2^(1/2)"),
    ('sort(tokens, indices / tokens_int)("01");', 1, 22, "division by 0"),
    ('shift(tokens, 1, 0)("ab");', 1, 1, "one type"),
]


@pytest.mark.parametrize(("text", "line", "column", "part"), WRONG)
def test_errors_of_programs(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(RaspError) as caught:
        Interpreter().run(parse(text, "f.rasp"))
    assert part in caught.value.message
    assert (caught.value.file, caught.value.line, caught.value.column) == ("f.rasp", line, column)
    assert str(caught.value).endswith("^")


@pytest.mark.parametrize("name", ["indices", "True", "out", "tokens_int", "len", "get"])
def test_names_of_the_language_are_kept(name: str) -> None:
    for text in (
        f"{name} = 3;",
        f"{name}, y = 3, 4;",
        f"def f({name}) {{ return 1; }} f(1);",
        f"for {name} in [1] {{ 2; }}",
    ):
        with pytest.raises(RaspError, match=f"'{name}' cannot be assigned: it belongs to the language"):
            last(text)


@pytest.mark.parametrize("name", ["length", "full_s", "max", "sort", "selector_width"])
def test_names_of_the_library_are_kept_outside_functions(name: str) -> None:
    with pytest.raises(RaspError, match=f"'{name}' cannot be assigned: it belongs to the library"):
        last(f"{name} = 3;")
    assert last(f"def f() {{ {name} = 3; return {name}; }} f();") == "3"


LIMITS = [
    ("x = 2; for i in range(100) { x = x * x; }", "100000 binary digits"),
    ("x = 0.5; for i in range(100) { x = x * x; }", "100000 binary digits"),
    ("x = 2^100000000;", "100000 binary digits"),
    ('x = "a"; for i in range(100) { x = x + x; }', "100000 characters"),
    ('"a" * 10^9;', "100000 characters"),
    ("x = [1]; for i in range(100) { x = x + x; }", "100000 entries"),
    ("range(10^9);", "100000 entries"),
    ("[1] * 10^9;", "100000 entries"),
    ("def f(n) { return f(n); } f(1);", "deeper than 100 calls"),
    ("def f(n) { x = " + "[" * 90 + "f(n)" + "]" * 90 + "; return x; } f(1);", "deeper than 1000 levels"),
    ("x = 1; for i in range(20) { x = [x, x]; } for i in range(60) { x = [x]; } x == [[x]];", "lists nest deeper"),
    ("x = tokens_int; for i in range(100) { x = x * x; } x([3]);", "100000 binary digits"),
    ("1" * 1001 + ";", "1000 are read"),
]


@pytest.mark.parametrize(("text", "part"), LIMITS)
def test_growth_is_stopped_and_the_limit_named(text: str, part: str) -> None:
    start = time.process_time()
    with pytest.raises(RaspError) as caught:
        last(text)
    assert part in caught.value.message and time.process_time() - start < 2


def test_endless_loops_are_stopped() -> None:
    with pytest.raises(RaspError, match="1000000 steps"):
        last("x = range(100000); for i in x { for j in x { 1; } }")


def test_a_session_goes_on_after_an_error() -> None:
    session = Interpreter()
    for text in ("def f(n) { return f(n); } f(1);", "x = nothing;"):
        with pytest.raises(RaspError):
            session.run(parse(text))
    assert session.run(parse("1 + 1;"))[0].value == 2


PIECES = [
    "indices",
    "tokens",
    "1",
    "0",
    "2.5",
    '"a"',
    "full_s",
    "length",
    "[1, 2]",
    '{"a": 1}',
    "True",
    "f",
    "x",
    "exp",
    "e",
]
SHAPES = [
    "({} + {})",
    "({} * {})",
    "({} / {})",
    "({} ^ {})",
    "({} % {})",
    "({} == {})",
    "({} < {})",
    "({} and {})",
    "({} or {})",
    "{}[{}]",
    "{}({})",
    "({} in {})",
    "select({}, {}, ==)",
    "select({}, {}, <)",
    "aggregate({}, {})",
    "[{} for x in {}]",
    "(1 if {} else {})",
    "zip({}, {})",
    "not {} == {}",
    "sort({}, {})",
    "shift({}, 1, {})",
    "round({} - {})",
    "indicator({} == {})",
    "range({}, {})",
]
EXPRESSIONS = st.recursive(
    st.sampled_from(PIECES),
    lambda inner: st.builds(lambda shape, a, b: shape.format(a, b), st.sampled_from(SHAPES), inner, inner),
    max_leaves=8,
)


@settings(max_examples=300)
@given(EXPRESSIONS)
def test_random_programs_give_a_value_or_the_error_of_the_language(text: str) -> None:
    try:
        last(f'x = 3; def f(a) {{ return a; }} y = {text}; aggregate(select(indices, 0, ==), y)("ab1");')
        last(f"x = {text}; x([1, 0.5]);")
    except RaspError as error:
        assert error.message
