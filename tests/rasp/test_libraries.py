"""The library against its meaning in Python, sequence programs against oracles, matrix programs against formulas."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import example, given
from hypothesis import strategies as st

from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.layout import Layout, Sight
from symsim.errors import BadInput
from symsim.rasp import Interpreter, evaluate, load, parse
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError
from symsim.rasp.loading import Library, exact_values
from symsim.rasp.values import Select, ordered, reads_tokens

MATRICES = load("library:matrices")
SEQUENCES = load("library:sequences")
WORDS = st.text(alphabet="abc", min_size=1, max_size=7)
STANDARD: dict[str, Callable[[str], list[Any]]] = {
    "selector_width(select(tokens, tokens, ==))": lambda w: [w.count(c) for c in w],
    "selector_width(select(indices, indices, <))": lambda w: list(range(len(w))),
    "selector_width(select(indices, 0, <))": lambda w: [0] * len(w),
    "has_focus(select(indices, indices, >))": lambda w: [i < len(w) - 1 for i in range(len(w))],
    "length": lambda w: [len(w)] * len(w),
    'count(tokens, "a")': lambda w: [w.count("a")] * len(w),
    'contains(tokens, "a")': lambda w: ["a" in w] * len(w),
    'max(tokens, shift(tokens, 1, "b"))': lambda w: [max(c, d) for c, d in zip(w, "b" + w, strict=False)],
    "min(indices, 2)": lambda w: [min(i, 2) for i in range(len(w))],
    "average(indices)": lambda w: [Fraction(len(w) - 1, 2)] * len(w),
    'load_from_location(tokens + "", length - 1 - indices)': lambda w: list(w[::-1]),
    'shift(tokens, 2, "-")': lambda w: list(("--" + w)[: len(w)]),
    'shift(tokens, -1, "-")': lambda w: list((w + "-")[1:]),
    'mark_last_instance(tokens, "a")': lambda w: [i == w.rfind("a") for i in range(len(w))],
    'mark_first_instance(tokens, "a")': lambda w: [i == w.find("a") for i in range(len(w))],
    'aggregate(select_from_last(tokens, "a"), indices, -1)': lambda w: [w.rfind("a")] * len(w),
    'aggregate(select_from_first(tokens, "a"), indices, -1)': lambda w: [w.find("a")] * len(w),
    "sort(tokens, tokens)": lambda w: sorted(w),
    "sort(tokens, -indices)": lambda w: list(w[::-1]),
    "aggregate(select_next_identical(tokens), indices, -1)": lambda w: [w.find(c, i + 1) for i, c in enumerate(w)],
}


@pytest.mark.parametrize("text", STANDARD)
@given(word=WORDS)
def test_library(text: str, word: str) -> None:
    node = Interpreter().run(parse(text + ";"))[-1].value
    domain = Exact()
    assert exact_values(domain, evaluate(node, word, domain)) == STANDARD[text](word)


def double_histogram(word: str) -> list[int]:
    often = Counter(word)
    return [sum(often[c] == often[d] for d in often) for c in word]


def most_frequent(word: str) -> list[str]:
    found = sorted(dict.fromkeys(word), key=lambda c: (-word.count(c), word.find(c)))
    return [*found, *"-" * len(word)][: len(word)]


def balance(pairs: list[str]) -> Callable[[str], list[str]]:
    """The prefixes of a word: T balanced, P may still be, F cannot."""

    def states(word: str) -> list[str]:
        stack: list[str] = []
        out, broken = [], False
        for c in word:
            if any(c == pair[0] for pair in pairs):
                stack.append(c)
            elif not stack or stack.pop() + c not in pairs:
                broken = True
            out.append("F" if broken else "P" if stack else "T")
        return out

    return states


ORACLES: list[tuple[str, list[Any], str, Callable[[Any], list[Any]]]] = [
    ("histogram", [], "abc", lambda w: [w.count(c) for c in w]),
    ("double_histogram", [], "abc", double_histogram),
    ("reverse", [], "abc", lambda w: list(w[::-1])),
    ("sorted", [], "abc", lambda w: sorted(w)),
    ("most_frequent", ["-"], "abc", most_frequent),
    ("dyck1", [], "()", balance(["()"])),
    ("dyck", [["()", "[]"]], "()[]", balance(["()", "[]"])),
]


@pytest.mark.parametrize(("name", "args", "alphabet", "oracle"), ORACLES, ids=lambda v: v if isinstance(v, str) else "")
def test_sequence_programs(name: str, args: list[Any], alphabet: str, oracle: Callable[[Any], list[Any]]) -> None:
    longest = 4 if len(alphabet) > 3 else 5 if len(alphabet) > 2 else 7
    for n in range(1, longest + 1):
        for word in itertools.product(alphabet, repeat=n):
            assert SEQUENCES.call(name, args, tokens=word) == oracle("".join(word)), word


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=7), st.integers(1, 5))
def test_number_programs(numbers: list[int], p: int) -> None:
    pairs = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
    assert SEQUENCES.call("max_min", tokens=numbers) == [v for pair in pairs for v in sorted(pair, reverse=True)]
    match = [int(any((a + b) % p == 0 for b in numbers)) for a in numbers]
    assert SEQUENCES.call("match2", [p], tokens=numbers) == match
    assert MATRICES.call("relu", tokens=numbers) == [max(v, 0) for v in numbers]


class Shape:
    """Symbolic matrices in one number system, and what a program makes of their entries."""

    def __init__(self, *shapes: tuple[int, int], names: Sequence[str] = "XAV", positions: int = 0) -> None:
        self.K = Exact()
        self.given = [self.K.variable(name, *shape) for name, shape in zip(names, shapes, strict=False)]
        self.tokens = [m[i, j] for m in self.given for i in range(m.height) for j in range(m.width)]
        self.tokens += [0] * (positions - len(self.tokens))

    def run(self, name: str, args: list[int], rows: int, cols: int) -> ExactMatrix:
        values = Run(self.tokens, self.K).values(MATRICES.build(name, args))
        assert all(v == 0 for v in values[rows * cols :]) or rows == cols == 1
        return self.K.unflatten(ExactMatrix([{0: v} if v != 0 else {} for v in values[: rows * cols]], 1), rows, cols)


SIZES = list(itertools.product((1, 2, 3), repeat=3))


@pytest.mark.parametrize(("r", "k", "c"), SIZES)
def test_product_at_all_small_shapes(r: int, k: int, c: int) -> None:
    s = Shape((r, k), (k, c), positions=r * c)
    found = s.run("matmul", [r, k, c], r, c)
    assert s.K.equal(found, s.K.product(*s.given))
    if r * c > 1 and k > 1:
        assert not s.K.equal(found, s.K.product(s.given[0], s.K.scale(2, s.given[1])))


@pytest.mark.parametrize(("r", "c"), list(itertools.product((1, 2, 3), repeat=2)))
@pytest.mark.parametrize("spare", [0, 2])
def test_programs_on_one_matrix_at_all_small_shapes(r: int, c: int, spare: int) -> None:
    s = Shape((r, c), positions=r * c + spare)
    (x,) = s.given
    assert s.K.equal(s.run("transposition", [r, c], c, r), s.K.transpose(x))
    softmax = s.run("softmax", [r, c], r, c)
    assert s.K.equal(softmax, s.K.softmax(x, Sight.plain(r, c)))
    assert c == 1 or not s.K.equal(softmax, s.K.softmax(s.K.scale(2, x), Sight.plain(r, c)))
    assert s.K.equal(s.run("scaling", [3, r, c], r, c), s.K.scale(3, x))
    ones = s.K.product(s.K.product(s.K.ones(1, r), x), s.K.ones(c, 1))
    assert s.K.equal(s.run("total", [r, c], 1, 1), ones)
    two = Shape((r, c), (r, c), positions=2 * r * c + spare)
    assert two.K.equal(two.run("sum", [r, c], r, c), two.K.add(*two.given))


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("spare", [0, 3])
def test_square_programs(n: int, spare: int) -> None:
    s = Shape((n, n), positions=n * n + spare)
    (x,) = s.given
    exact = s.K.to_sympy(x)
    assert s.K.equal(s.run("trace", [n], 1, 1), s.K.trace(x))
    assert s.K.equal(s.run("plus_identity", [n], n, n), s.K.add(x, s.K.identity(n)))
    assert s.K.equal(s.run("identity", [n], n, n), s.K.identity(n))
    determinant = s.K.given(sp.Matrix([[exact.det(method="berkowitz")]]), 1, 1)
    assert s.K.equal(s.run("determinant", [n], 1, 1), determinant)
    assert s.K.equal(s.K.product(s.run("inverse", [n], n, n), x), s.K.identity(n))


def test_determinant_and_inverse_of_order_four() -> None:
    s = Shape((4, 4))
    (x,) = s.given
    determinant = s.run("determinant", [4], 1, 1)
    assert s.K.equal(determinant, s.K.given(sp.Matrix([[s.K.to_sympy(x).det(method="berkowitz")]]), 1, 1))
    numbers = sp.Matrix(4, 4, lambda i, j: (3 * i + j * j) % 5 + (i == j))
    found = MATRICES.call("inverse", [4], tokens=list(numbers))
    assert sp.Matrix(4, 4, found) * numbers == sp.eye(4)


def test_inverse_of_a_singular_matrix_is_an_error() -> None:
    with pytest.raises(RaspError, match="division by 0"):
        MATRICES.call("inverse", [3], tokens=range(1, 10))


@pytest.mark.parametrize(("n", "d", "v"), [(1, 1, 1), (2, 1, 1), (1, 2, 2), (2, 2, 1), (3, 2, 1)])
def test_attention(n: int, d: int, v: int) -> None:
    s = Shape((n, d), (d, d), (d, v), positions=max(n * d + d * d + d * v, n * n))
    K = s.K
    x, a, w = s.given
    scores = K.product(K.product(x, a), K.transpose(x))
    values = K.product(K.product(K.softmax(scores, Sight.plain(n, n)), x), w)
    assert K.equal(s.run("attention", [n, d, v], n, v), values)


@pytest.mark.parametrize(("n", "d", "k", "v", "m", "h"), [(1, 1, 1, 1, 1, 1), (2, 1, 1, 1, 2, 2), (2, 2, 1, 2, 1, 2)])
def test_several_heads(n: int, d: int, k: int, v: int, m: int, h: int) -> None:
    shapes = [(n, d), *[(d, k), (d, k), (d, v)] * h, (h * v, m)]
    s = Shape(*shapes, names=[f"M{i}" for i in range(len(shapes))], positions=n * n)
    K = s.K
    x, *weights, out = s.given
    parts = []
    for g in range(h):
        q, key, value = (K.product(x, w) for w in weights[3 * g : 3 * g + 3])
        parts.append(K.product(K.softmax(K.product(q, K.transpose(key)), Sight.plain(n, n)), value))
    beside = K.beside(parts, Layout(tuple((f"head {g}", v) for g in range(h))))
    assert K.equal(s.run("multi_head", [n, d, k, v, m, h], n, m), K.product(beside, out))


@given(st.integers(0, 99999), st.integers(0, 99999), st.integers(0, 2))
@example(99999, 1, 0)
@example(1, 99999, 0)
@example(5, 95, 1)
def test_long_addition(a: int, b: int, zeros: int) -> None:
    text = "0" * zeros + f"{a}+{b}"
    assert SEQUENCES.call("long_addition", tokens=text) == [int(c) for c in str(a + b).zfill(len(text))]


def test_a_program_that_is_right_for_one_shape_only_is_caught() -> None:
    program = parse("4 * aggregate(select(indices, indices - indices % 2, >=), tokens);")
    node = Interpreter("asis").run(program)[-1].value
    x = sp.symbols("x1:5")
    K = Exact()
    right = Run(x, K).values(MATRICES.build("total", [2, 2]))
    assert not K.field.equal(Run(x, K).values(node)[2], right[2])


@pytest.mark.parametrize(
    ("library", "name", "args", "expected"),
    [
        (MATRICES, "transposition", [2, 3], False),
        (MATRICES, "matmul", [2, 2, 2], False),
        (MATRICES, "softmax", [2, 2], False),
        (SEQUENCES, "reverse", [], False),
        (SEQUENCES, "histogram", [], True),
        (SEQUENCES, "sorted", [], True),
        (SEQUENCES, "max_min", [], False),
    ],
)
def test_selectors_on_positions_are_told_apart(library: Library, name: str, args: list[int], expected: bool) -> None:
    selectors = [node for node in ordered([library.build(name, args)]) if isinstance(node, Select)]
    assert any(reads_tokens(node) for node in selectors) == expected


def test_long_inputs_run_fast() -> None:
    import time

    tokens = list(range(288))
    start = time.process_time()
    assert MATRICES.call("transposition", [3, 96], tokens=tokens)[:4] == [0, 96, 192, 1]
    assert time.process_time() - start < 1


def test_published_behaviour() -> None:
    assert Interpreter().run(parse("tokens_int([0.5, -1.5]);"))[0].value.values == (0, -1)
    program = parse("aggregate(select(indices, 99, ==), tokens_float)([1.5, 2.5]);")
    assert Interpreter().run(program)[0].value.values == (0, 0)
    with pytest.raises(RaspError, match="default"):
        Interpreter().run(parse('aggregate(select(indices + 1, indices, ==), tokens)("ab");'))
    x = sp.Symbol("x")
    assert MATRICES.call("scaling", [1, 1, 2], tokens=[Fraction(1, 3), x]) == [Fraction(1, 3), x]
    assert MATRICES.call("matmul", [1, 7, 1], tokens=[29, *[0] * 6, 1, *[0] * 6])[0] == 29


def test_arguments_and_results_of_calls() -> None:
    assert MATRICES.names()[:2] == ["transpose_of", "product_of"]
    assert "Library matrices.rasp" in repr(MATRICES)
    with pytest.raises(BadInput, match="takes 2 arguments, got 1"):
        MATRICES.call("softmax", [2], tokens=[1, 2])
    with pytest.raises(BadInput, match="did you mean 'matmul'"):
        MATRICES.call("matmull", [2], tokens=[1, 2])
    with pytest.raises(BadInput, match="only tokens may be symbols"):
        MATRICES.call("trace", [sp.Symbol("n")], tokens=[1])
    with pytest.raises(BadInput, match="do not hold 3 tokens"):
        SEQUENCES.call("reverse", tokens="abc", positions=2)
    assert SEQUENCES.call("reverse", tokens=[1, 2], positions=3) == [0, 2, 1]
