"""Programs as encoders: proved equal to the run, at the generator's cost or below; what has no layer says why."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from symsim import check
from symsim.claims.construction import Construction
from symsim.claims.report import Verdict
from symsim.domains.exact import Exact
from symsim.encoder import stored
from symsim.errors import BadInput, Undefined
from symsim.flow import trace
from symsim.formulas import matrix, softmax
from symsim.formulas.syntax import Formula
from symsim.rasp import Interpreter, RaspError, load, lowering_forms, parse
from symsim.rasp.lowering import lowered
from symsim.rasp.lowering_rules import Rules
from symsim.simulators import scalars

MATRICES = load("library:matrices")
PAIRS = list(itertools.product((1, 2, 3), repeat=2))
TRIPLES = list(itertools.product((1, 2, 3), repeat=3))


def proved(construction: Construction, formula: Formula | None = None) -> bool:
    """Whether the claim is proved against the program, and against a formula if there is one."""
    claims = [construction.claim] + ([replace(construction, computes=formula).claim] if formula else [])
    return all(check(claim).verdict is Verdict.PROVED for claim in claims)


def not_above(found: Construction, built: Construction) -> bool:
    """Whether the cost of one is in no respect above that of the other."""
    a, b = found.cost, built.cost
    whole = ("layers", "width", "positions", "parameters", "nonzero_parameters")
    return all(getattr(a, name) <= getattr(b, name) for name in whole) and all(
        x <= y for name in ("heads", "ffn_units") for x, y in zip(getattr(a, name), getattr(b, name), strict=False)
    )


def compiled(text: str, length: int, **more: Any) -> Construction:
    """The encoder of an expression."""
    node = Interpreter("asis").run(parse(text + ";"))[-1].value
    return lowered(node, length, text, **more)


def same_at(construction: Construction, *numbers: Any) -> bool:
    """Whether encoder and run agree at one input."""
    domain = Exact()
    given = {"tokens": domain.given([list(numbers)], 1, len(numbers))}
    left = construction.prepare(domain, given, {})(None)
    return domain.equal(left, construction.computes.prepare(domain, given, {})(None)) is True


# -- matrix programs --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("r", "c"), PAIRS)
def test_transposition_and_softmax(r: int, c: int) -> None:
    given = {"X": (r, c)}
    turned = MATRICES.compile("transposition", [r, c], length=r * c, inputs=given, shape=(c, r))
    assert proved(turned, matrix("X", r, c).T) and not_above(turned, scalars.transposition(r, c))
    rows = MATRICES.compile("softmax", [r, c], length=r * c, inputs=given, shape=(r, c))
    assert proved(rows, softmax(matrix("X", r, c))) and not_above(rows, scalars.row_softmax(r, c))


@pytest.mark.parametrize(("r", "k", "c"), TRIPLES)
def test_product(r: int, k: int, c: int) -> None:
    length = max(r * k + k * c, r * c)
    given = {"A": (r, k), "B": (k, c)}
    found = MATRICES.compile("matmul", [r, k, c], length=length, inputs=given, shape=(r, c))
    assert proved(found, matrix("A", r, k) @ matrix("B", k, c)) and not_above(found, scalars.product(r, k, c))


@pytest.mark.parametrize(("r", "k", "c"), list(itertools.product((2, 5, 8), repeat=3)))
def test_cost_of_a_product_is_the_generators_formula(r: int, k: int, c: int) -> None:
    length = max(r * k + k * c, r * c)
    given = {"A": (r, k), "B": (k, c)}
    found = MATRICES.compile("matmul", [r, k, c], length=length, inputs=given, shape=(r, c))
    assert found.cost == scalars.product_cost(r, k, c)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 2, 2), (3, 2, 1), (2, 1, 3), (4, 1, 1), (3, 3, 3)])
def test_universal_simulator(sizes: tuple[int, int, int]) -> None:
    n, d, v = sizes
    built = scalars.universal(n, d, v)
    given = {"X": (n, d), "A": (d, d), "V": (d, v)}
    length = built.cost.positions - 1
    found = MATRICES.compile("attention", [n, d, v], length=length, inputs=given, shape=(n, v))
    assert proved(found, built.computes) and not_above(found, built)


@pytest.mark.parametrize("name", ["trace", "determinant", "inverse", "plus_identity", "identity"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_square_programs(name: str, n: int) -> None:
    assert proved(MATRICES.compile(name, [n], length=n * n))


def test_inverse_carries_its_side_condition() -> None:
    report = check(MATRICES.compile("inverse", [2], length=4).claim)
    assert report.verdict is Verdict.PROVED and len(report.side_conditions) == 1
    found = MATRICES.compile("inverse", [2], length=4, inputs={"X": (2, 2)}, shape=(2, 2))
    assert found(X=[[2, 1], [1, 1]]) == sp.Matrix([[1, -1], [-1, 2]])
    with pytest.raises(Undefined):
        found(X=[[1, 1], [1, 1]])


@pytest.mark.parametrize(("name", "args"), [("scaling", [3, 2, 2]), ("sum", [2, 2]), ("total", [2, 3])])
def test_programs_behind_spare_positions(name: str, args: list[int]) -> None:
    assert proved(MATRICES.compile(name, args, length=9))
    assert proved(MATRICES.compile(name, args, length=10, inputs={"X": (2, 4)}, shape=(5, 2)))


def test_a_wrong_claim_or_weight_is_not_proved() -> None:
    given = {"A": (2, 2), "B": (2, 2)}
    found = MATRICES.compile("matmul", [2, 2, 2], length=8, inputs=given, shape=(2, 2))
    assert check(replace(found, computes=matrix("B", 2, 2) @ matrix("A", 2, 2)).claim).verdict is Verdict.REFUTED
    for index in range(4):
        head = found.encoder.layers[0].heads[index]
        faulty = found.change(0, index, W_V=2 * head.W_V)
        assert check(faulty.claim).verdict is not Verdict.PROVED, head.name


@pytest.mark.parametrize("activation", ["exp", "step"])
def test_a_sink_that_is_not_cleared_is_noticed(activation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the flag of the sink a query that selects nothing reads what a unit makes of 0."""
    value = {"exp": "exp(tokens)", "step": "indicator(tokens >= 0)"}[activation]
    text = f"aggregate(select(indices, indices + 1, ==), {value})"
    assert same_at(compiled(text, 3), -1, 2, 3)
    monkeypatch.setitem(lowering_forms.AT_SINK, activation, 0)
    assert not same_at(compiled(text, 3), -1, 2, 3)


def test_a_value_wanted_in_fewer_places_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "tokens * average(tokens) if indices < 2 else 0"
    assert same_at(compiled(text, 3), 1, 2, 3)
    needs = Rules._needs
    monkeypatch.setattr(Rules, "_needs", lambda rules, node, here: [(p, n & 1) for p, n in needs(rules, node, here)])
    assert not same_at(compiled(text, 3), 1, 2, 3)


# -- schedule and slots -----------------------------------------------------------------------------------------------
def test_what_the_schedule_saves() -> None:
    given = {"X": (2, 2), "A": (2, 2), "V": (2, 2)}
    before, after = (
        MATRICES.compile("attention", [2, 2, 2], length=12, inputs=given, shape=(2, 2), schedule=s)
        for s in (False, True)
    )
    assert before.cost.layers > 20 and after.cost.layers == 6 and sum(before.cost.heads) >= sum(after.cost.heads)
    assert max(before.cost.heads) == 1 and proved(before)
    assert sum(after.cost.heads) == 15 < sum(scalars.universal(2, 2, 2).cost.heads)


SHARED = [
    ("aggregate(select(indices, 0, ==), tokens) + 2 * aggregate(select(indices, 1, <), exp(tokens))", [0, 1], [1, 0]),
    ("average(tokens) * aggregate(full_s, tokens * tokens)", [0, 1], [1, 2]),
    ("average(tokens) + average(tokens)", [1], [0]),
    ("average(tokens) * average(2 * tokens)", [1], [1]),
    ("aggregate(select(indices, indices, ==), tokens) + 1", [0], [1]),
    ("shift(shift(tokens, 1, 0), 1, 5)", [1], [1]),
    ("3 * average(tokens) - 3 * average(tokens)", [0], [1]),
    ("indices * indices", [0], [1]),
    ("tokens", [], []),
]


@pytest.mark.parametrize(("text", "heads", "units"), SHARED)
def test_equal_work_is_done_once(text: str, heads: list[int], units: list[int]) -> None:
    found = compiled(text, 4)
    assert proved(found)
    assert (list(found.cost.heads), list(found.cost.ffn_units)) == (heads, units)


def test_two_values_through_one_selector_share_a_head() -> None:
    found = compiled("average(exp(tokens)) * aggregate(full_s, 1 / (1 + exp(tokens)))", 3)
    assert proved(found) and max(found.cost.heads) == 1
    side_by_side = compiled("average(tokens) * aggregate(full_s, indicator(indices == 0) + tokens)", 3)
    assert side_by_side.cost.heads == (1,) and side_by_side.encoder.layers[0].heads[0].W_V.cols == 2


def test_neighbours_in_order_take_one_layer() -> None:
    found = load("library:sequences").compile("max_min", length=5)
    assert found.cost.layers == 1 and found.machine.activations == ("relu",)
    assert all(same_at(found, *numbers) for numbers in itertools.permutations((-1, 0, Fraction(1, 2), 2, 2)))


def test_result_in_the_encoder_that_is_stored() -> None:
    found = MATRICES.compile("softmax", [1, 2], length=2)
    again = found.with_encoder(stored.load(stored.save(found.encoder)))
    assert again(tokens=[[0, 0]]) == sp.Matrix([[sp.Rational(1, 2)] * 2])
    flow = trace(found)
    assert any(slot == "weights" for _, slot in flow.nodes)
    assert all(found.layer_notes) and all(layer.name for layer in found.encoder.layers)
    assert found.encoder.tokens.parts == (("tokens", 2), ("sink", 1))


# -- element by element -----------------------------------------------------------------------------------------------
SYMBOLIC = [
    "-tokens + 2 * tokens / 4",
    "tokens ^ 3 - tokens ^ 0",
    "e ^ tokens * exp(-tokens)",
    "(exp(tokens) + 1) ^ -2",
    "tokens * tokens if indices % 2 == 0 else 1 / exp(tokens)",
    "exp(tokens) if indices > 1 else tokens",
    "exp(indices) * tokens",
    "e * aggregate(select(indices, indices, <), exp(indices), 7)",
    "aggregate(select(indices, indices, <), tokens, 7/2)",
    "indices * tokens * (indices - 1)",
    "indicator(exp(tokens) > 0) + indicator(exp(tokens) == 0)",
    "3 if exp(tokens) >= 0 else tokens",
    "tokens[1] * tokens[-1]",
    "(True if indices == 1 else False) and exp(tokens) > 0",
]


@pytest.mark.parametrize("text", SYMBOLIC)
@pytest.mark.parametrize("length", [2, 3])
def test_operators_for_all_real_tokens(text: str, length: int) -> None:
    assert proved(compiled(text, length))


CONDITIONS = [
    "max(tokens, 0)", "min(tokens, indices - 1)", "max(tokens, -tokens)", "tokens if tokens <= 1 else 2 * tokens - 1",
    "tokens if tokens > 0 else 5", "indicator(tokens == 1)", "tokens in [1, 1/2]", "not tokens", "tokens and 1",
    "tokens > 0 or indices == 1", "tokens < 1", "tokens >= 1", 'tokens == "a"', "indicator(tokens)",
    "tokens * tokens if tokens == 1 or tokens < 0 else indices", "tokens_bool",
]  # fmt: skip


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_are_exact_also_where_they_jump(text: str) -> None:
    found = compiled(text, 3)
    values = (Fraction(-3, 2), 0, Fraction(1, 2), 1, 4)
    assert all(same_at(found, *numbers) for numbers in itertools.product(values, repeat=3))


def test_bent_lines_need_one_relu() -> None:
    for text in CONDITIONS[:4]:
        assert compiled(text, 3).machine.activations[-1] in ("relu", "identity")
        assert compiled(text, 3).cost.layers == 1 and "step" not in compiled(text, 3).machine.activations
    assert "step" in compiled(CONDITIONS[4], 3).machine.activations


# -- what has no layer ------------------------------------------------------------------------------------------------
REFUSED = [
    ("aggregate(select(tokens, tokens, ==), tokens)", "compares values of the input.*finite alphabet", 11),
    ("selector_width(select(tokens, 1, <) and full_s)", "compares values of the input", 1),
    ("tokens % 2", "infinitely many steps", 8),
    ("1 + round(tokens)", "infinitely many steps", 5),
    ("tokens ^ 0.5", "one whole exponent", 8),
    ("2 ^ tokens", "base e", 3),
    ("tokens_str", "makes strings", None),
    ("1 + tokens_int", "cuts off decimals: tokens_float", 3),
    ("[1, 2][tokens]", "no finite table", 1),
    ('tokens if indices == 0 else "a"', "string", 8),
    ("1 / (tokens - tokens)", "division by 0", 3),
    ("aggregate(full_s, tokens > 1)", "booleans have no mean", 1),
]


@pytest.mark.parametrize(("text", "why", "column"), REFUSED)
def test_what_cannot_be_lowered_says_why_and_where(text: str, why: str, column: int | None) -> None:
    with pytest.raises(RaspError, match=f"(?s){why}") as caught:
        compiled(text, 3)
    assert column is None or caught.value.column == column


def test_long_programs_are_lowered_in_moments() -> None:
    start = time.process_time()
    chain = "a = tokens; b = tokens + 1; for i in range(40) { a, b = b, a * b / 2; } (a if indices < 1 else 0);"
    node = Interpreter("asis").run(parse(chain))[-1].value
    chained = lowered(node, 3, "chain")
    assert 38 < chained.cost.layers < 42 and len(stored.save(chained.encoder)) < 10**6
    steps = "a = tokens; for i in range(600) { a = aggregate(full_s, a) + tokens; } a if indices < 2 else 0;"
    node = Interpreter("asis").run(parse(steps))[-1].value
    assert lowered(node, 3, "steps").cost.layers > 1
    assert time.process_time() - start < 20


def test_bad_requests() -> None:
    for length in (0, 2.5, 10**6):
        with pytest.raises(BadInput, match="length"):
            compiled("tokens", length)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="do not fit"):
        MATRICES.compile("transposition", [2, 2], length=3, inputs={"X": (2, 2)})
    with pytest.raises(BadInput, match="only s-ops"):
        compiled("full_s", 2)
