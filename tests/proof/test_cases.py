"""Claims decided by case splits: true ones with cases that are checked again here, false ones with a witness."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest
import sympy as sp

import symsim as ss
from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction, Placement, Readout
from symsim.claims.report import Report
from symsim.domains import second_opinion
from symsim.domains.cases_solver import Solver
from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.errors import Disagreement
from symsim.proof import cases, check
from symsim.rasp import load

PAIR = {"x": (1, 1), "y": (1, 1), "z": (1, 1)}
SQUARE = {"A": (2, 2), "B": (2, 2)}

TRUE = [
    ("relu(A) - relu(-A)", "A", SQUARE),
    ("abs(A)", "relu(A) + relu(-A)", SQUARE),
    ("relu(2 A)", "2 relu(A)", SQUARE),
    ("step(A) .* A", "relu(A)", SQUARE),
    ("step(3 A)", "step(A)", SQUARE),
    ("step(A) + step(-A)", "ones(2) ones(2)^T + step(-abs(A))", SQUARE),
    ("relu(A .* B)", "relu(A) .* relu(B) + relu(-A) .* relu(-B)", SQUARE),
    ("softmax(A)", "softmax(relu(A) - relu(-A))", SQUARE),
    ("relu(A B) relu(B)", "(A B + relu(-A B)) relu(B)", SQUARE),
    ("x + relu(y - x)", "y + relu(x - y)", PAIR),
    ("x + relu(y + relu(z - y) - x)", "z + relu(x + relu(y - x) - z)", PAIR),
    ("relu(relu(x) + relu(y))", "relu(x) + relu(y)", PAIR),
    ("exp(relu(x))", "1 + relu(exp(x) - 1)", PAIR),
    ("relu(exp(x) - exp(y)) relu(y - x)", "0", PAIR),
    ("relu(x x + y y - 2 x y)", "x x + y y - 2 x y", PAIR),
    ("inv(relu(x) + 1)", "inv(relu(x) + 1) + relu(-abs(x))", PAIR),
    ("step(x) step(y - x) step(z - y) step(-z)", "step(x) step(-x) step(y) step(-y) step(z) step(-z)", PAIR),
]
FALSE = [
    ("relu(A) + relu(-A)", "A", SQUARE),
    ("relu(-2 A)", "-2 relu(A)", SQUARE),
    ("step(A) + step(-A)", "ones(2) ones(2)^T", SQUARE),
    ("relu(A .* B)", "relu(A) .* relu(B)", SQUARE),
    ("relu(x + y)", "relu(x) + relu(y)", PAIR),
    ("x + relu(y + relu(z - y) - x)", "z + relu(x + relu(y - x) - y)", PAIR),
    ("exp(relu(x))", "1 + relu(exp(x) - 2)", PAIR),
    ("step(x - 3 y) step(3 y - x) step(y - 5/7)", "0", PAIR),
    ("step(x x - 2 y) step(2 y - x x) step(y - 3)", "0", PAIR),
    ("relu(x x x x + y y y y + z z z z - 5 x y z + 1)", "x x x x + y y y y + z z z z - 5 x y z + 1", PAIR),
]


def split(left: str, right: str, shapes: Any) -> Report:
    return check(compare(left, right, shapes), method="smt")


def numeric(formula: str) -> Any:
    """A scalar formula of the table as a function of x, y, z, by sympy alone."""
    names = {"relu": lambda v: sp.Max(v, 0), "step": lambda v: sp.Heaviside(v, 1), "abs": sp.Abs}
    return sp.parse_expr(formula.replace(" ", "*").replace("*+*", "+").replace("*-*", "-"), local_dict=names)


# -- formulas ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("left", "right", "shapes"), TRUE, ids=[t[0] for t in TRUE])
def test_true_claims_are_proved(left: str, right: str, shapes: Any) -> None:
    report = split(left, right, shapes)
    assert (str(report.verdict), report.method, report.trusted) == ("proved", "smt", ()), report.reason
    assert check(report.claim).verdict == "proved"
    for case in json.loads(report.steps[0].detail):
        assert case["because"]
        assert all(contradiction(terms) for excluded in case["impossible"] for terms in excluded["sums"])


@pytest.mark.parametrize(("left", "right", "shapes"), FALSE, ids=[f[0] for f in FALSE])
def test_false_claims_are_refuted_by_a_witness(left: str, right: str, shapes: Any) -> None:
    report = split(left, right, shapes)
    assert str(report.verdict) == "refuted", report.reason
    assert report.witness is not None and report.witness.left != report.witness.right
    if shapes is PAIR:
        point = {sp.Symbol(n): report.witness[n][0] for n in PAIR if n in report.witness.inputs}
        values = [numeric(side).subs(point) for side in (left, right)]
        assert values == [report.witness.left[0], report.witness.right[0]]
    assert check(report.claim).verdict == "refuted"


def contradiction(terms: list[Any]) -> bool:
    """Whether the multipliers sum the texts up to a contradiction, summed by sympy."""
    total, strict = sp.Integer(0), False
    for _, text, factor in terms:
        value, relation, _ = text.replace("_1,1", "").rsplit(" ", 2)
        m = sp.Rational(factor)
        if m < 0 and relation != "=":
            return False
        strict = strict or (relation in ("<", ">") and m > 0)
        total += (-m if relation in ("<", "<=") else m) * sp.parse_expr(value.replace(",", "_"))
    total = sp.expand(total)
    return bool(total.is_number and (total < 0 or total == 0 and strict))


ORDERED = ("step(x) step(y - x) step(z - y) step(-z)", "step(x) step(-x) step(y) step(-y) step(z) step(-z)")


def test_multipliers_are_kept_and_tampering_shows() -> None:
    found = json.loads(split(*ORDERED, PAIR).steps[0].detail)
    kept = [terms for case in found for excluded in case["impossible"] for terms in excluded["sums"]]
    assert kept and all(map(contradiction, kept))
    assert not any(contradiction([[k, text, "0"] for k, text, _ in terms]) for terms in kept)
    for case in found:
        known = set(case["case"])
        for excluded in case["impossible"]:
            own = {text for terms in excluded["sums"] for k, text, _ in terms if k == -1}
            assert own <= {excluded["excluded"]} and known


@pytest.mark.parametrize(("left", "right"), [(t[0], t[1]) for t in TRUE if t[2] is PAIR and "exp" not in t[0]])
def test_the_cases_cover_every_input_once(left: str, right: str) -> None:
    found = json.loads(split(left, right, PAIR).steps[0].detail)
    generator = random.Random(1)
    points = [*itertools.product((-1, 0, 1), repeat=3), *([generator.randint(-9, 9) for _ in PAIR] for _ in range(40))]
    for values in points:
        point = dict(zip(sp.symbols("x y z"), values, strict=True))
        inside = [case for case in found if all(true(text, point) for text in case["case"])]
        assert len(inside) == 1, values


def true(text: str, point: dict[Any, Any]) -> bool:
    value, relation, _ = text.rsplit(" ", 2)
    number = sp.parse_expr(value.replace("_1,1", "")).subs(point)
    held = {"=": {0}, "!=": {-1, 1}, ">": {1}, "<": {-1}, ">=": {0, 1}, "<=": {-1, 0}}
    return sp.sign(number) in held[relation]


def test_only_what_differs_is_split() -> None:
    report = split("relu(A B) + relu(A)", "relu(A B) + A + relu(-A)", SQUARE)
    assert "split into 8 cases" in report.steps[0].name
    for case in json.loads(report.steps[0].detail):
        assert all("B" not in text for text in case["case"])


CONDITIONS = [
    ("1", "step(x) inv(step(x))", ("x_1,1 >= 0",)),
    ("relu(x) inv(relu(x))", "1", ("x_1,1 != 0", "x_1,1 >= 0")),
    (
        "step(x) inv(step(x) + relu(y))",
        "inv(1 + relu(y)) step(x)",
        ("not (y_1,1 = 0 and x_1,1 < 0)", "not (y_1,1 < 0 and x_1,1 < 0)"),
    ),
    ("inv(relu(x) + 1)", "inv(relu(x) + 1) + relu(-abs(x))", ()),
    ("inv(x) abs(x)", "2 step(x) - 1", ("x_1,1 != 0",)),
]


@pytest.mark.parametrize(("left", "right", "conditions"), CONDITIONS)
def test_where_a_formula_has_no_value_is_a_condition(left: str, right: str, conditions: tuple[str, ...]) -> None:
    report = split(left, right, PAIR)
    assert (str(report.verdict), report.side_conditions) == ("proved", conditions), report.reason


# -- the solver -------------------------------------------------------------------------------------------------------
POSITIVE = "x x x x + y y y y + z z z z - 4 x y z + 1"  # the inequality of the means


def test_the_word_of_the_solver_is_named() -> None:
    report = split(f"relu({POSITIVE})", POSITIVE, PAIR)
    assert (str(report.verdict), report.trusted) == ("proved", ("z3", "cvc5"))
    assert report.to_dict()["trusted"] == ["z3", "cvc5"]


@pytest.mark.parametrize("said", ["unknown", "missing"])
def test_where_cvc5_does_not_say_so_z3_stands_alone(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(second_opinion, "available", lambda: said != "missing")
    monkeypatch.setattr(second_opinion, "opinion", lambda question: "unknown")
    assert split(f"relu({POSITIVE})", POSITIVE, PAIR).trusted == ("z3",)


def test_two_solvers_that_disagree_decide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "opinion", lambda question: "sat")
    with pytest.raises(Disagreement, match="z3 calls a case impossible that cvc5 calls possible"):
        split(f"relu({POSITIVE})", POSITIVE, PAIR)


def test_cvc5_answers_on_its_own() -> None:
    square = "(set-logic QF_NRA) (declare-fun x () Real) (assert (< (+ (* x x) {}) 0.0)) (check-sat)"
    assert second_opinion.opinion(square.format("1.0")) == "unsat"
    assert second_opinion.opinion(square.format("(- 1.0)")) == "sat"


def test_without_the_solver_it_stays_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "available", False)
    report = split(f"relu({POSITIVE})", POSITIVE, PAIR)
    assert str(report.verdict) == "undecided" and "and no witness was found" in report.reason
    for left, right, shapes in TRUE[:6]:
        assert str(split(left, right, shapes).verdict) == "proved"
    for left, right, shapes in FALSE[:6]:
        assert str(split(left, right, shapes).verdict) == "refuted"


def test_limits_leave_it_undecided_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "MOST_CASES", 5)
    report = split("abs(A)", "relu(A) + relu(-A)", SQUARE)
    assert str(report.verdict) == "undecided" and "more than 5 cases" in report.reason
    free = compare("relu(X)", "X + relu(-X)", {"X": ("n", "n")})
    with pytest.raises(ss.BadInput, match="case splits need fixed sizes"):
        check(free, method="smt")


# -- encoders ---------------------------------------------------------------------------------------------------------
def test_compiled_programs_are_proved_against_the_program() -> None:
    made = load("library:sequences").compile("max_min", [], length=3)
    report = check(made.claim)
    assert str(report.verdict) == "proved" and report.method == "smt"
    layers = list(made.encoder.layers)
    number = next(k for k, layer in enumerate(layers) if layer.feed_forward is not None)
    network = layers[number].feed_forward
    turned = FeedForward(network.W_1, network.b_1, -network.W_2, network.b_2, network.activations)
    layers[number] = Layer(layers[number].heads, turned, layers[number].residual)
    wrong = made.with_encoder(Encoder(made.encoder.slots, made.encoder.tokens, tuple(layers)))
    report = check(wrong.claim, method="smt")
    assert str(report.verdict) == "refuted" and report.witness is not None


def hard(normaliser: str, against: str) -> Claim:
    """Two tokens with scores x_1, x_2 and values x_1, x_2: one hard head without residual."""
    slots = Slots((("x", 1), ("one", 1)))
    head = Head([[0], [1]], [[1], [0]], [[1], [0]], [[1, 0]], normaliser=normaliser)
    encoder = Encoder(slots, TokenLayout((("t", 2),)), (Layer((head,), residual=False),))
    placements = (Placement("t", "x", "input", "x"), Placement("t", "one", "ones"))
    formula = ss.parse(against, {"x": (2, 1)})
    return Construction("largest", encoder, (("x", (2, 1)),), placements, Readout("x", (2, 1), "t"), formula).claim


@pytest.mark.parametrize("normaliser", ["average-hard", "unique-hard", "unique-hard-right"])
def test_hard_attention_finds_the_largest(normaliser: str) -> None:
    largest = "ones(2) ([1, 0] x + relu([-1, 1] x))"
    report = check(hard(normaliser, largest))
    assert str(report.verdict) == "proved" and report.method == "smt", report.reason
    wrong = check(hard(normaliser, "ones(2) ([1, 0] x + relu([1, -1] x))"), method="smt")
    assert str(wrong.verdict) == "refuted" and wrong.witness is not None
    first, second = wrong.witness["x"]
    assert wrong.witness.left == sp.Matrix([max(first, second)] * 2) != wrong.witness.right
