"""From text to tree: precedence, associativity, statements, session commands, limits; random texts crash nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from symsim.rasp import RaspError, parse
from symsim.rasp import syntax as s
from symsim.rasp.parsing import LONGEST_TEXT, WORDS
from symsim.rasp.reading import DEEPEST


def expression(text: str) -> s.Expression:
    (statement,) = parse(text + ";").statements
    assert isinstance(statement, s.Evaluate)
    return statement.value


SAME = [
    # call and index, then unary
    ("-a[0]", "-(a[0])"),
    ("not f(a)", "not (f(a))"),
    ("f(a)(b)[0]", "((f(a))(b))[0]"),
    ("--a", "-(-a)"),
    ("round(a)[0]", "(round(a))[0]"),
    ("not not a", "not (not a)"),
    ("-round(a)", "-(round(a))"),
    # ^ binds looser than unary, tighter than * and /
    ("-a ^ b", "(-a) ^ b"),
    ("a ^ -b", "a ^ (-b)"),
    ("a * b ^ c", "a * (b ^ c)"),
    ("a ^ b * c", "(a ^ b) * c"),
    ("a ^ b ^ c", "(a ^ b) ^ c"),
    # * and /, then %, then + and -
    ("a % b * c", "a % (b * c)"),
    ("a * b % c", "(a * b) % c"),
    ("a / b * c", "(a / b) * c"),
    ("a % b % c", "(a % b) % c"),
    ("a + b % c", "a + (b % c)"),
    ("a % b + c", "(a % b) + c"),
    ("a - b - c", "(a - b) - c"),
    ("a - b + c", "(a - b) + c"),
    # comparisons
    ("a + b < c", "(a + b) < c"),
    ("a == b + c", "a == (b + c)"),
    ("a < b < c", "(a < b) < c"),
    ("not a == b", "(not a) == b"),
    ("-a < b", "(-a) < b"),
    # and, or: one level
    ("a or b and c", "(a or b) and c"),
    ("a and b or c", "(a and b) or c"),
    ("a == b and c", "(a == b) and c"),
    ("not a and b", "(not a) and b"),
    # the conditional, to the left
    ("a if b else c if d else e", "(a if b else c) if d else e"),
    ("a or b if c and d else e", "(a or b) if (c and d) else e"),
    ("a if b if c else d else e", "a if (b if c else d) else e"),
    ("a if b in c else d", "a if (b in c) else d"),
    ("a if b else c or d", "a if b else (c or d)"),
    # in
    ("a if b else c in d", "(a if b else c) in d"),
    ("a + b in c", "(a + b) in c"),
    ("a in b in c", "(a in b) in c"),
    ("a and b in c", "(a and b) in c"),
    ("not a in b", "(not a) in b"),
    ("a in b if c else d", "a in (b if c else d)"),
]


@pytest.mark.parametrize(("bare", "grouped"), SAME)
def test_precedence(bare: str, grouped: str) -> None:
    assert expression(bare) == expression(grouped)


@pytest.mark.parametrize(
    ("bare", "other"),
    [
        ("-a ^ b", "-(a ^ b)"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a % b * c", "(a % b) * c"),
        ("not a == b", "not (a == b)"),
        ("a or b and c", "a or (b and c)"),
        ("a if b else c if d else e", "a if b else (c if d else e)"),
        ("a in b if c else d", "(a in b) if c else d"),
        ("a - b - c", "a - (b - c)"),
    ],
)
def test_other_groupings_are_other_trees(bare: str, other: str) -> None:
    assert expression(bare) != expression(other)


STATEMENTS = [
    ("x = 3;", s.Assign),
    ("x, y = y, x;", s.Assign),
    ("f(3);", s.Evaluate),
    ('load "f";', s.Load),
    ("draw(a);", s.Draw),
    ('draw(a, "x");', s.Draw),
    ("def f() { return 1; }", s.Define),
    ("for x in y { z = x; }", s.For),
    ('set example "hey"', s.SetExample),
    ("set s-op example [1, 2]", s.SetExample),
    ("show example", s.ShowExample),
    ("show selector example", s.ShowExample),
    ("examples on", s.SwitchExamples),
    ("selector examples off", s.SwitchExamples),
    ("s-op examples off", s.SwitchExamples),
    ("full seq display on", s.SwitchFullDisplay),
    ("exit()", s.Leave),
    ("exit", s.Leave),
    ("quit()", s.Leave),
    ("quit", s.Leave),
    ("{};", s.Evaluate),
    ('{"a": 1};', s.Evaluate),
    ("[x for x, y in z];", s.Evaluate),
    ("{x: y for x, y in z};", s.Evaluate),
    ("select(1, 1, ==);", s.Evaluate),
    ("select(a, b, !=);", s.Evaluate),
    ("aggregate(a, b, 0.5);", s.Evaluate),
    ("zip(a, b);", s.Evaluate),
]


@pytest.mark.parametrize(("text", "kind"), STATEMENTS)
def test_statements(text: str, kind: type) -> None:
    (statement,) = parse(text).statements
    assert isinstance(statement, kind)


def test_commands_end_with_their_line() -> None:
    program = parse('set example "hey"  # a comment\n[1, 2];\nset example [1,\n 2]\n(3);\nexamples off\nx;')
    assert [type(part).__name__ for part in program.statements] == [
        "SetExample",
        "Evaluate",
        "SetExample",
        "Evaluate",
        "SwitchExamples",
        "Evaluate",
    ]


def test_comments_and_blanks_say_nothing() -> None:
    bare = parse("def f(a) { x = a; for i in a { x = i; } return x, a; }")
    full = parse(
        "# c\ndef f(a) # c }\n{ # c\n x = a; # c\n\tfor i in a {\r\n x = i; # c\n } return x, # c\n a; # c\n}\n#"
    )
    assert bare == full
    assert parse("").statements == parse("# nothing").statements == ()


def test_every_node_knows_its_place() -> None:
    program = parse("x = 1;\ndef f(a) {\n  return a\n    + aggregate(b, c);\n}", "g.rasp")
    define = program.statements[1]
    assert isinstance(define, s.Define)
    (result,) = define.results
    assert isinstance(result, s.Binary) and isinstance(result.right, s.AggregateExpression)
    places = [define.place, result.place, result.left.place, result.right.place]
    assert [(p.line, p.column) for p in places] == [(2, 1), (4, 5), (3, 10), (4, 7)]
    assert {p.source.name for p in places} == {"g.rasp"}


def test_words_inside_names_are_names() -> None:
    text = "format = iff + s - op + exit_code + selector_width(notable) + range + select + showing + offer;"
    assert isinstance(parse(text).statements[0], s.Assign)


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("x = ;", 1, 5, "expected an expression"),
        ("x = 3", 1, 6, "ends early"),
        ("\n\n  ;", 3, 3, "expected a statement"),
        ("a != b;", 1, 3, "in select only"),
        ("x ** 2;", 1, 4, "a power is written ^"),
        ("x = 'a';", 1, 5, "double quotes"),
        ('x = "a', 1, 5, "does not end on its line"),
        ("1.;", 1, 2, "both sides of its point"),
        ("def f() { x = 1; }", 1, 18, "'return'"),
        ("def f(a, a) { return 1; }", 1, 10, "twice"),
        ("if = 3;", 1, 1, "a word of the"),
        ("select(1, 2, 3);", 1, 14, "one of == <= >= > < !="),
        ("f(a = 3);", 1, 5, "=="),
        ("for in;", 1, 5, "a name"),
        ("set example", 1, 12, "the line ends early"),
        ("x = a & b;", 1, 7, "'and'"),
        ("f(1, 2", 1, 7, "')'"),
        ("\u20ac;", 1, 1, "cannot stand here"),
        ("\x00", 1, 1, "U+0000"),
        ("a b;", 1, 3, "an operator"),
        ("def f() { retrun 3; }", 1, 18, "did you mean 'return'?"),
        ("examlpes on", 1, 10, "did you mean 'examples'?"),
    ],
)
def test_errors_say_where_and_what_is_right(text: str, line: int, column: int, part: str) -> None:
    with pytest.raises(RaspError) as caught:
        parse(text, "f.rasp")
    assert (caught.value.file, caught.value.line, caught.value.column) == ("f.rasp", line, column)
    assert part in caught.value.message
    caret = str(caught.value).splitlines()[-1]
    assert caret == " " * (column + 1) + "^"


@pytest.mark.parametrize("brackets", ["()", "[]", "{}"])
def test_nesting_has_a_limit(brackets: str) -> None:
    opening, closing = brackets
    inner = "1:" if brackets == "{}" else ""
    deep = f"{opening}{inner}" * (DEEPEST - 10) + "1" + closing * (DEEPEST - 10) + ";"
    assert len(parse(deep).statements) == 1
    if brackets == "()":
        return  # brackets alone leave no level in the tree
    with pytest.raises(RaspError, match="nests deeper"):
        parse(f"{opening}{inner}" * 2 * DEEPEST + "1" + closing * 2 * DEEPEST + ";")


@pytest.mark.parametrize(
    "text",
    [
        "(" * LONGEST_TEXT,
        "[" * LONGEST_TEXT,
        "a+" * (LONGEST_TEXT // 2),
        "-" * LONGEST_TEXT,
        "f(" * (LONGEST_TEXT // 2),
        "a if " * (LONGEST_TEXT // 5),
        '"' * LONGEST_TEXT,
        "#" * LONGEST_TEXT,
        "\n" * (LONGEST_TEXT - 1) + "(",
        "x;" * (LONGEST_TEXT // 2),
        "select(" * (LONGEST_TEXT // 7),
        "1" * LONGEST_TEXT,
        "[1]" * (LONGEST_TEXT // 3) + ";",
        "for x in y {" * (LONGEST_TEXT // 12),
        "select " * (LONGEST_TEXT // 7),
        "a[0]" * (LONGEST_TEXT // 4),
    ],
    ids=lambda text: text[:8].strip() or "blank",
)
def test_long_texts_are_read_or_refused_in_time(text: str) -> None:
    def seconds() -> float:
        start = time.process_time()
        try:
            parse(text)
        except RaspError:
            pass
        return time.process_time() - start

    assert seconds() < 2 or seconds() < 2, "twice, because a busy machine can slow down one"


def test_longer_texts_are_refused() -> None:
    with pytest.raises(RaspError, match=str(LONGEST_TEXT)):
        parse("x" * (LONGEST_TEXT + 1))


SIGNS = (
    "x y 1 2.5 + - * / % ^ == < <= != = ( ) [ ] { } , ; : True indices s-op exit() select( aggregate( range( zip( len("
)
TOKENS = [*WORDS, *SIGNS.split(), '"a"', "full seq display", "\n", "# c\n"]


def only_rasp_errors(text: str) -> None:
    try:
        parse(text)
    except RaspError as error:
        assert error.line is not None and error.column is not None and error.message
        assert str(error).endswith("^")


@settings(max_examples=300)
@given(st.text())
@example("set example \n")
@example("set")
@example("\ufeffx;")
@example("s-op")
def test_random_text_gives_only_the_error_of_the_language(text: str) -> None:
    only_rasp_errors(text)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(TOKENS), max_size=25))
def test_random_tokens_give_only_the_error_of_the_language(words: list[str]) -> None:
    only_rasp_errors(" ".join(words))
