"""Runs over arrays beside exact runs: the library, random programs of all types, errors, and what is not quadratic."""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import Any

import array_api_strict
import numpy
import pytest
import sympy as sp
from hypothesis import event, given, settings
from hypothesis import strategies as st

from symsim.cli import main
from symsim.domains.arrays import Arrays
from symsim.errors import BadInput
from symsim.rasp import Interpreter, RaspError, load, numeric, numeric_selecting, parse
from symsim.rasp.numeric import NumericRun
from symsim.rasp.numeric_selecting import One
from symsim.rasp.values import Aggregate, Function, Node, Select, ordered
from symsim.testing import programs_by_position as programs
from tests.rasp.compared_by_position import TOKENS
from tests.rasp.numeric_comparison import agree
from tests.rasp.test_libraries import STANDARD
from tests.rasp.test_second_opinion import NUMBERS
from tests.rasp.test_second_opinion import PROGRAMS as ARITHMETIC

FAST = Arrays()
STRICT = Arrays(array_api_strict)
BOTH = pytest.mark.parametrize("domain", [FAST, STRICT], ids=["numpy", "strict"])
MATRICES = load("library:matrices")
SEQUENCES = load("library:sequences")


def built(text: str) -> Node:
    """The node that an expression stands for."""
    found: Node = Interpreter("asis").run(parse(f"x = {text};"))[-1].value
    return found


# -- the library ------------------------------------------------------------------------------------------------------
MATRIX_CALLS: dict[str, tuple[list[Any], int]] = {
    "identity": ([2], 5), "transposition": ([2, 3], 7), "matmul": ([2, 3, 2], 12), "softmax": ([2, 3], 7),
    "trace": ([3], 9), "scaling": ([3, 2, 2], 5), "sum": ([2, 2], 9), "total": ([2, 3], 8), "plus_identity": ([3], 9),
    "attention": ([2, 2, 1], 12), "multi_head": ([2, 1, 1, 1, 1, 2], 10), "determinant": ([3], 9), "inverse": ([3], 9),
    "relu": ([], 4),
}  # fmt: skip
PARTS = {"transpose_of", "product_of", "softmax_of", "trace_of", "attention_of", "behind"}
"""Programs that take s-ops; the others are made of them."""

SEQUENCE_CALLS: dict[str, list[tuple[list[Any], Any]]] = {
    "histogram": [([], "abaca"), ([], [3, 1, 3, 0.5])],
    "double_histogram": [([], "abacab")],
    "reverse": [([], "hello"), ([], [True, False, True]), ([], [0.1, 2])],
    "sorted": [([], "hello"), ([], [3, -1, 2.5, -1])],
    "most_frequent": [(["-"], "abacba")],
    "max_min": [([], [3, -1, 2.5, -1, 7])],
    "group_sort": [([3], [3, -1, 2.5, -1, 7, 7]), ([2], [1, 2, 0.5, 0.25])],
    "match2": [([19], [19, 38, 3, 7, 16])],
    "match2_by_sums": [([5], [0, 1, 4, 3]), ([1], [2, 2])],
    "dyck1": [([], "(()())"), ([], "())(")],
    "dyck": [([["()", "[]"]], "([])[")],
    "long_addition": [([], "275+936"), ([], "00999+001")],
}


@BOTH
@pytest.mark.parametrize("name", MATRIX_CALLS)
def test_matrix_programs(name: str, domain: Arrays) -> None:
    args, size = MATRIX_CALLS[name]
    tokens = [Fraction((7 * i * i + 3) % 11 - 5, 4) for i in range(size)]
    assert agree(MATRICES.build(name, args), tokens, domain) == "equal"
    assert agree(MATRICES.build(name, args), list(range(1, size + 1)), domain) in ("equal", "an error")


def test_every_program_of_the_libraries_is_compared() -> None:
    def functions(library: Any) -> set[str]:
        return {name for name in library.names() if isinstance(library.session.scope.get(name, None), Function)}

    assert functions(MATRICES) == PARTS | set(MATRIX_CALLS)
    assert functions(SEQUENCES) == set(SEQUENCE_CALLS)


@BOTH
@pytest.mark.parametrize("name", SEQUENCE_CALLS)
def test_sequence_programs(name: str, domain: Arrays) -> None:
    for args, tokens in SEQUENCE_CALLS[name]:
        exact = [Fraction(token) if isinstance(token, float) else token for token in tokens]
        assert agree(SEQUENCES.build(name, args), exact, domain) == "equal"
        assert SEQUENCES.call(name, args, tokens=tokens, domain=domain) == SEQUENCES.call(name, args, tokens=exact)


@pytest.mark.parametrize("text", STANDARD)
def test_standard_library(text: str) -> None:
    for word in ("a", "abcab", "cba"):
        assert agree(built(text), word, FAST) == "equal"


# -- random programs --------------------------------------------------------------------------------------------------
@settings(max_examples=250)
@given(ARITHMETIC, NUMBERS)
def test_random_arithmetic(program: Any, row: list[Any]) -> None:
    found = agree(built(program.text), row, FAST)
    event(found)
    assert found in ("equal", "too close"), program.text


@settings(max_examples=150)
@given(programs(6), TOKENS)
def test_random_programs_with_exponentials(text: str, tokens: list[Any]) -> None:
    try:
        node = built(f"0 * indices + {text}")
    except RaspError:
        return
    found = agree(node, tokens, FAST, 1e-6)
    event(found)
    assert found in ("equal", "too close", "an error") or "depends on the symbols" in found or "machine" in found, text


def texts(depth: int) -> dict[str, st.SearchStrategy[str]]:
    """Expressions of every type: numbers, booleans, words, selectors."""
    number = st.sampled_from(["tokens", "indices", "2", "(-1)", "0.5", "length"])
    truth = st.sampled_from(["(indices == 1)", "(indices < 2)", "(tokens > 0)"])
    letters = st.sampled_from(['("a" if indices == 1 else "b")', '("b" if tokens > 0 else "ab")'])
    pattern = st.sampled_from(["select(indices, indices, <)", "select(indices, 1, ==)", "full_s"])
    if depth == 0:
        return {"N": number, "B": truth, "W": letters, "S": pattern}
    below = texts(depth - 1)
    shapes = {
        "N": [
            "(N + N)", "(N - N)", "(N * N)", "(N / N)", "(N % N)", "(N ^ 2)", "round(N / 2)", "indicator(B)", "(-N)",
            "aggregate(S, N)", "aggregate(S, N, 7)", "(N if B else N)", "(B if B else N)", "selector_width(S)",
            "[5, 6.5, 7][indices % 3]", "{0: 4, 1: 2.5}[indices % 2]", "[1, 2][N % 2]", "(B + N)", "(+B)",
            "aggregate(S, B, 0)", "indicator(W)", "aggregate(S, B if B else N, True)", "round(B)",
        ],
        "B": [
            "(N < N)", "(N == N)", "(N >= N)", "(W == W)", "(W <= W)", "(B and N)", "(B or B)", "(not B)", "(not N)",
            "(N in [1, 2, 0.5])", '(W in ["a", "ab"])', "aggregate(select(indices, N, ==), B, False)", "(W == N)",
            "has_focus(S)", "(B == B)", "(B < N)",
        ],
        "W": [
            "(W + W)", '(W if B else "c")', 'aggregate(S, W, "-")', "(W * (indices % 2))", "(W * N)", "(W if B else N)",
        ],
        "S": [
            "select(N, N, ==)", "select(N, N, <)", "select(N, N, !=)", "select(W, W, ==)", "select(W, W, <=)",
            "select(B, B, ==)", "(S and S)", "(S or S)", "(not S)", "select(indices, N, ==)", "select(W, N, ==)",
            "select(W, N, <)",
        ],
    }  # fmt: skip

    def filled(shape: str) -> st.SearchStrategy[str]:
        pieces = [below[c] if c in "NBSW" and _alone(shape, i) else st.just(c) for i, c in enumerate(shape)]
        return st.tuples(*pieces).map("".join)

    return {kind: st.one_of(below[kind], st.sampled_from(list(map(filled, found))).flatmap(lambda s: s))
            for kind, found in shapes.items()}  # fmt: skip


def _alone(text: str, i: int) -> bool:
    return not (text[i - 1 : i].isalpha() or text[i + 1 : i + 2].isalpha())


TYPED = st.one_of(*texts(3).values())
ROWS = st.one_of(
    st.lists(st.integers(-2, 3), min_size=1, max_size=5),
    st.lists(st.sampled_from([0, 1, Fraction(1, 2), Fraction(-3, 2), 2]), min_size=1, max_size=5),
    st.lists(st.booleans(), min_size=1, max_size=4),
)


@settings(max_examples=500)
@given(TYPED, ROWS, st.booleans())
def test_random_programs_of_all_types(text: str, row: list[Any], strict: bool) -> None:
    """Values, their types (int, float, boolean, string) and errors are the same."""
    try:
        node = built(f"{text}")
    except RaspError:
        return
    if not isinstance(node, Node):
        return
    found = agree(node, row, STRICT if strict else FAST)
    event(found if found in ("equal", "an error", "too close") else "other")
    assert found in ("equal", "an error", "too close"), text


@pytest.mark.parametrize(("table", "sign"), [(numeric.ARITHMETIC, "-"), (numeric_selecting.RELATIONS, "<")])
def test_the_comparison_notices_a_wrong_rule(monkeypatch: pytest.MonkeyPatch, table: Any, sign: str) -> None:
    node = built("aggregate(select(indices, indices, <), tokens - indices)")
    assert agree(node, [1, 5, 7], FAST) == "equal"
    monkeypatch.setitem(table, sign, {"-": lambda xp, a, b: b - a, "<": lambda a, b: a <= b}[sign])
    assert "position" in agree(node, [1, 5, 7], FAST)
    monkeypatch.undo()


# -- selectors --------------------------------------------------------------------------------------------------------
@given(st.lists(st.integers(0, 4), min_size=70, max_size=90), st.sampled_from(sorted(numeric_selecting.RELATIONS)))
@settings(max_examples=40)
def test_equal_rows_are_shared_without_a_difference(numbers: list[int], relation: str) -> None:
    """Above the length from which equal rows are looked for."""
    sign = relation
    for text in (
        f"aggregate(select(tokens, tokens, {sign}), indices, 1/2)",
        f"aggregate(select(tokens, 2, {sign}) and select(indices, tokens * 9, <), tokens)",
        f"aggregate(not (select(tokens, 1, {sign}) or select(indices, 20, ==)), indices * tokens)",
        f"aggregate(select(tokens, tokens, {sign}) and select(indices, tokens * 9, ==), tokens, -1)",
    ):
        assert agree(built(text), numbers, FAST) == "equal"


def test_a_turned_matrix_and_a_softmax_of_thousands_of_entries_are_not_quadratic() -> None:
    tokens = numpy.random.default_rng(0).standard_normal(9999)
    node = MATRICES.build("transposition", [3, 3333])
    run = NumericRun(tokens)
    start = time.process_time()
    assert numpy.array_equal(run.array(node), tokens.reshape(3, 3333).T.ravel())
    (select,) = [part.selector for part in ordered([node]) if isinstance(part, Aggregate)]
    assert isinstance(select, Select) and isinstance(run._known[select], One)
    found = NumericRun(tokens).array(MATRICES.build("softmax", [3, 3333]))
    assert time.process_time() - start < 2
    weights = numpy.exp(tokens.reshape(3, 3333))
    assert numpy.allclose(found, (weights / weights.sum(axis=1, keepdims=True)).ravel(), rtol=1e-12)


def test_rows_come_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    row = [(7 * i) % 13 for i in range(80)]
    text = "aggregate(select(tokens + indices, tokens * indices, <), tokens)"
    monkeypatch.setattr(numeric_selecting, "MOST_CELLS", 170)
    assert agree(built(text), row, FAST) == "equal"


def test_one_value_keeps_all_its_digits() -> None:
    found = NumericRun([0.1, 1e300, 0.3]).result(built("aggregate(select(tokens, tokens, ==), tokens)"))
    assert found.values == (0.1, 1e300, 0.3)


# -- what is no number ------------------------------------------------------------------------------------------------
ERRORS: list[tuple[str, list[Any], str]] = [
    ("1 / tokens", [0.5, 0.0], "division by 0 (at position 1 of 2)"),
    ("tokens % (tokens - 2)", [3.0, 2.0], "the remainder of a division by 0 (at position 1 of 2)"),
    ("exp(tokens)", [1.0, 1000.0], "grows beyond those of the machine (at position 1 of 2)"),
    ("tokens * tokens", [1e200], "grows beyond those of the machine (at position 0 of 1)"),
    ("tokens ^ (1/2)", [2.0, -1.0], "a fractional power of a negative number is not real (at position 1 of 2)"),
    ("tokens ^ (-1)", [0.0], "0 to a negative power"),
    ("aggregate(full_s, tokens > 0)", [1.0, 2.0], "booleans have no mean"),
    ("aggregate(full_s, 10^200 * 10^200 * tokens)", [1.0], "beyond those of the machine"),
    ("tokens", [math.nan], "nan as a scalar is no finite real number"),
    ("tokens", [1.0, "a"], "one type"),
    ("tokens", [sp.Symbol("x")], "holds symbols"),
    ("tokens_int", ["a"], "is no integer"),
    ("[1, 2][tokens]", [1.0], "an index is an integer, got 1.0"),
]


@pytest.mark.parametrize(("text", "tokens", "part"), ERRORS)
def test_errors(text: str, tokens: list[Any], part: str) -> None:
    with pytest.raises(RaspError) as caught:
        NumericRun(tokens).result(built(text))
    assert part in str(caught.value)


def test_roots_have_values_here() -> None:
    assert NumericRun([2.0]).result(built("tokens ^ 0.5")).values == (math.sqrt(2),)


def test_what_tokens_may_be() -> None:
    for tokens in (numpy.asarray([1.5, 2.0]), [numpy.float64(1.5), 2.0], [sp.Rational(3, 2), 2], [Fraction(3, 2), 2]):
        assert MATRICES.call("scaling", [2, 1, 2], tokens=tokens, domain=FAST) == [3.0, 4.0]
    constant = Arrays(constants={"tau": 0.25})
    assert MATRICES.call("relu", tokens=[sp.Symbol("tau")], domain=constant) == [0.25]
    assert MATRICES.call("relu", tokens=[0.1], domain=Arrays(dtype="float32")) == [float(numpy.float32(0.1))]
    with pytest.raises(BadInput, match="machine's own value.*domain=Arrays"):
        MATRICES.call("relu", tokens=[0.1])
    with pytest.raises(BadInput, match="leave out dtype"):
        MATRICES.call("relu", tokens=[1], domain=Arrays(dtype=object))


# -- the command ------------------------------------------------------------------------------------------------------
def test_the_command_runs_on_machine_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    run = ["rasp", "run", "library:matrices", "--float"]
    assert main([*run, "--call", "softmax(1,2)", "--tokens", "0.5,1e-3"]) == 0
    assert capsys.readouterr().out == "[0.622, 0.378] (floats)\n"  # no line says exactly
    assert main([*run, "--call", "relu", "--tokens", "2e-3,-1,3", "--json"]) == 0
    said = capsys.readouterr().out
    assert '"arithmetic": "float64"' in said and "0.002," in said
    assert main([*run, "--call", "relu", "--tokens", "symbolic:2"]) == 2
    assert "leave out --float" in capsys.readouterr().err
