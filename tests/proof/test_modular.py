"""The modular method: true claims are probable with a bound, false ones never pass, whatever the seed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sympy

from symsim import rasp
from symsim.claims.comparing import compare
from symsim.errors import BadInput
from symsim.proof import check, modular
from symsim.proof.evidence import Options
from symsim.simulators import universal
from tests.faults import faults

SHAPES = {"X": ("n", "d"), "A": ("d", "d"), "V": ("d", "v"), "u": "n", "M": ("n", "n")}
SIZES = {"n": 4, "d": 3, "v": 2}


def claim(left: str, right: str) -> Any:
    names = {name: shape for name, shape in SHAPES.items() if name in left.replace("^T", " ").replace("(", " ").split()}
    used = {name: shape for name, shape in SHAPES.items() if name in left + right} | names
    sizes = {s for shape in used.values() for s in ([shape] if isinstance(shape, str) else shape)}
    return compare(left, right, used, sizes={name: SIZES[name] for name in sorted(sizes)})


def masked() -> Any:
    text = "softmax(X X^T, mask=M) X"
    return compare(text, text, {"X": ("n", "d"), "M": ("n", "n")}, sizes={"n": 2, "d": 2})


def bound(report: Any) -> float:
    return float(report.error_bound.removeprefix("2^"))


@pytest.mark.parametrize(
    ("sizes", "options"),
    [
        ((1, 1, 1), {}),
        ((4, 2, 3), {}),
        ((5, 3), {"heads": 2, "d_k": 2, "scale": "tau"}),
        ((3, 2), {"heads": 2, "d_k": 2, "d_ff": 3}),
        ((3, 2, 2), {"realisation": "scalars"}),
        ((2, 3, 1), {"realisation": "scalars-narrow"}),
        ((64, 16), {}),
    ],
    ids=str,
)
def test_the_simulator_is_probable(sizes: Any, options: dict[str, Any]) -> None:
    report = check(universal(*sizes, **options).claim, method="modular")
    assert report.verdict.value == "probable" and bound(report) <= -80


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("softmax(X A X^T) X V", "softmax(X (A X^T) + u ones(n)^T) (X V)"),
        ("softmax(X A X^T, causal) X", "softmax(u ones(n)^T + X A X^T, causal) X"),
        ("softmax(X X^T) ones(n)", "ones(n)"),
        ("exp(X A) .* X", "X .* exp(X A)"),
        ("softmax(0(n,n)) X", "(1/4) ones(n) (ones(n)^T X)"),
        ("relu(X A) X^T", "(X relu(X A)^T)^T"),
        ("softmax(softmax(X X^T) X X^T) X", "softmax(softmax(X X^T + u ones(n)^T) (X X^T)) X"),
    ],
)
def test_true_formulas_are_probable(left: str, right: str) -> None:
    report = check(claim(left, right), method="modular")
    assert report.verdict.value == "probable", report.reason
    assert bound(report) <= -80 and report.trusted == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("softmax(X A X^T) X V", "softmax(X A^T X^T) X V"),
        ("softmax(X A X^T) X", "softmax(X A X^T + ones(n) u^T) X"),
        ("softmax(X X^T) X", "softmax(X X^T, causal) X"),
        ("softmax(X X^T) X", "softmax(2 X X^T) X"),
        ("relu(X A)", "relu(X) A"),
        ("exp(X A)", "exp(X A + (1/67108859) X A)"),
        ("X A", "X A + (33554467) X A"),
        ("softmax(softmax(X X^T) X X^T) X", "softmax(softmax(X X^T) X (X + X)^T) X"),
    ],
)
def test_false_formulas_never_pass(left: str, right: str, seed: int) -> None:
    evidence = modular.decide(claim(left, right), Options(seed=seed))
    assert evidence.verdict.value == "undecided" and evidence.error_bound is None and evidence.reason


@pytest.mark.parametrize(("sizes", "realisation"), [((2, 2), "rows"), ((1, 1), "scalars")])
def test_planted_faults_pass_only_where_a_proof_says_equal(sizes: Any, realisation: str) -> None:
    construction = universal(*sizes, realisation=realisation)
    found = faults(construction.encoder)
    step = max(1, len(found) // 25)
    passed = 0
    for fault in found[::step]:
        changed = construction.with_encoder(fault.encoder).claim
        evidence = modular.decide(changed, Options())
        if evidence.verdict.value == "probable":
            passed += 1
            assert check(changed, method="symbolic").verdict.value == "proved", fault.name
    assert 0 < passed < len(found[::step])


def test_a_weight_changed_by_a_prime_is_caught() -> None:
    """A fixed prime would miss it; random ones miss it at most in one round of many."""
    construction = universal(2, 2)
    layer = construction.encoder.layers[1]
    head = layer.heads[0]
    prime = modular.primes(1, seed=0)[0]
    changed = dataclasses.replace(head, W_Q=head.W_Q + sympy.ImmutableSparseMatrix(*head.W_Q.shape, {(0, 0): prime}))
    encoder = dataclasses.replace(
        construction.encoder,
        layers=(construction.encoder.layers[0], dataclasses.replace(layer, heads=(changed,))),
    )
    assert modular.decide(construction.with_encoder(encoder).claim, Options()).verdict.value == "undecided"


PROGRAMS = [
    ("transposition(r, c)", "A^T", {"A": ("r", "c")}, {"r": 3, "c": 4}, None),
    ("matmul(r, k, c)", "A B", {"A": ("r", "k"), "B": ("k", "c")}, {"r": 3, "k": 4, "c": 2}, None),
    ("softmax(r, c)", "softmax(A)", {"A": ("r", "c")}, {"r": 2, "c": 5}, None),
    ("trace(n)", "tr(A)", {"A": ("n", "n")}, {"n": 4}, None),
    (
        "attention(n, d, v)",
        "softmax(X A X^T) X V",
        {"X": ("n", "d"), "A": ("d", "d"), "V": ("d", "v")},
        {"n": 4, "d": 2, "v": 3},
        "n*n + n*d",
    ),
]


@pytest.mark.parametrize(("call", "formula", "shapes", "sizes", "positions"), PROGRAMS, ids=lambda v: str(v)[:20])
def test_programs_are_probable(call: str, formula: str, shapes: Any, sizes: Any, positions: Any) -> None:
    (true,) = rasp.claims(rasp.load("library:matrices"), call, formula, shapes, sizes, positions)
    report = check(true, method="modular")
    assert report.verdict.value == "probable" and bound(report) <= -80
    wrong = f"2 ({formula})"
    (false,) = rasp.claims(rasp.load("library:matrices"), call, wrong, shapes, sizes, positions)
    assert modular.decide(false, Options()).verdict.value == "undecided"


def test_programs_that_branch_on_values_are_undecided() -> None:
    (relu,) = rasp.claims(rasp.load("library:matrices"), "relu()", "relu(A)", {"A": ("n", "n")}, {"n": 2})
    evidence = modular.decide(relu, Options())
    assert evidence.verdict.value == "undecided" and "positions only" in evidence.reason


def test_high_degrees_cost_rounds_and_then_the_verdict() -> None:
    low = modular.Abstracted(claim("X A X^T", "X (A X^T)"), 0)
    high = modular.Abstracted(claim("(X X^T) (X X^T) (X X^T) X", "X (X^T X) (X^T X) (X^T X)"), 0)
    assert 0 < low.error() < high.error() < 2**-20


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: universal("n", "d", "v").claim, "needs fixed sizes"),
        (masked, "all 0/1 matrices: M"),
    ],
)
def test_what_it_does_not_apply_to(wrong: Any, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        check(wrong(), method="modular")


@pytest.mark.parametrize("cut", [True, False])
def test_a_claim_without_inputs(cut: bool) -> None:
    options = Options(cut=cut)
    assert modular.decide(compare("I(2) I(2)", "I(2)", {}), options).verdict.value == "probable"
    assert modular.decide(compare("I(2) + I(2)", "I(2)", {}), options).verdict.value == "undecided"


def test_one_seed_gives_one_report() -> None:
    first, second = (check(universal(3, 2).claim, method="modular", seed=5).to_dict() for _ in range(2))
    for report in (first, second):
        report.pop("seconds")
        for step in report["steps"]:
            step.pop("seconds")
    assert first == second


# -- uncut ------------------------------------------------------------------------------------------------------------
LAWS = [
    ("exp(X) .* exp(V)", "exp(X + V)", "exp(X .* V)"),
    ("exp(X) .* exp(-X)", "ones(2) ones(2)^T", "exp(0(2,2)) + X"),
    ("softmax(X)", "softmax(X + u ones(2)^T)", "softmax(X + ones(2) u^T)"),
    ("softmax(X, causal)", "softmax(X + u ones(2)^T, causal)", "softmax(X)"),
    ("exp(X) V", "(V^T exp(X)^T)^T", "V exp(X)"),
]


@pytest.mark.parametrize(("left", "right", "wrong"), LAWS)
def test_laws_of_exponentials_uncut(left: str, right: str, wrong: str) -> None:
    shapes = {"X": (2, 2), "V": (2, 2), "u": 2}

    def decided(a: str, b: str, seed: int) -> Any:
        used = {name: shape for name, shape in shapes.items() if name in a + b.replace("causal", "")}
        return modular.decide(compare(a, b, used), Options(cut=False, seed=seed))

    evidence = decided(left, right, 0)
    assert evidence.verdict.value == "probable" and float(evidence.error_bound.removeprefix("2^")) <= -80
    for seed in range(3):
        assert decided(left, wrong, seed).verdict.value == "undecided"


def test_the_simulators_uncut() -> None:
    for realisation in ("rows", "scalars"):
        construction = universal(2, 1, 1, realisation=realisation)
        evidence = modular.uncut(construction.claim, Options())
        assert "differ" not in evidence.reason
        shifted = dataclasses.replace(construction.claim, right=claim_at(2, 1, 1, "softmax(2 X A X^T) X V"))
        assert "different functions" in modular.uncut(shifted, Options()).reason


def claim_at(n: int, d: int, v: int, formula: str) -> Any:
    return compare(formula, formula, {"X": (n, d), "A": (d, d), "V": (d, v)}).right


def test_what_has_no_value_uncut() -> None:
    for formula, why in (("exp(exp(X))", "inside an exponential"), ("relu(X)", "no value modulo")):
        evidence = modular.uncut(compare(formula, formula, {"X": (2, 2)}), Options())
        assert evidence.verdict.value == "undecided" and why in evidence.reason


def test_many_terms_have_no_useful_bound_uncut() -> None:
    evidence = modular.uncut(universal(3, 2).claim, Options())
    assert evidence.verdict.value == "undecided" and evidence.error_bound is None and "cut" in evidence.reason
