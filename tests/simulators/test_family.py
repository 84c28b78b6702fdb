"""The family of realisation R: proved for all sizes and at small ones; planted faults refuted by small witnesses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy

from symsim.encoder.layers import weights_of
from symsim.encoder.masks import Mask
from symsim.errors import BadInput
from symsim.formulas import layernorm, matrix, relu, softmax, zeros
from symsim.formulas.substitution import replace as replaced
from symsim.proof import check
from symsim.simulators import cross_attention, grouped_query, linear_attention, linformer, universal
from tests.simulators.family import FAMILY, Member

FAULTS = [(name, fault) for name, member in FAMILY.items() for fault in member.faults]


@pytest.mark.parametrize("member", FAMILY.values(), ids=FAMILY)
def test_proved_for_all_sizes(member: Member) -> None:
    U = member.general()
    report = check(U.claim)
    assert (report.verdict, report.method, report.side_conditions) == ("proved", "parametric", ())
    assert all(step.verdict == "proved" for step in report.steps)
    assert len(report.steps) == 1 + len(U.cuts)
    assert U.claim.free_sizes == tuple(sorted(member.sizes.values()))
    assert U.cost.heads == member.heads
    assert len(U.layer_notes) == len(U.encoder.layers)
    assert U.realisation == "rows"


@pytest.mark.parametrize("member", FAMILY.values(), ids=FAMILY)
def test_proved_at_small_sizes_by_the_symbolic_method(member: Member) -> None:
    for sizes in member.tried:
        U = member.build(**dict(zip(member.sizes, sizes, strict=True)))
        assert check(U.claim, method="symbolic").verdict == "proved"
        named = dict(zip(member.sizes.values(), sizes, strict=True))
        assert member.general().at(named).encoder.layers == U.encoder.layers


def test_every_member_has_two_faults() -> None:
    assert min(len(member.faults) for member in FAMILY.values()) >= 2


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[f"{name}: {fault}" for name, fault in FAULTS])
def test_faults_are_refuted_with_small_witnesses(name: str, fault: str) -> None:
    member = FAMILY[name]
    wrong = member.faults[fault](member.general())
    report = check(wrong.claim)
    assert report.verdict == "refuted", report
    witness = report.witness
    assert witness is not None
    assert max(witness.sizes.values()) <= 2
    assert witness.left_value != witness.right_value


# -- against numpy, written by hand -----------------------------------------------------------------------------------
def shares(scores: Any, sees: Any = True) -> Any:
    powers = np.where(sees, np.exp(scores), 0)
    return powers / powers.sum(axis=1, keepdims=True)


def normed(x: Any) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)


def drawn(U: Any) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    return {name: rng.normal(size=shape) for name, shape in U.inputs}


def agree(U: Any, given: dict[str, Any], expected: Any) -> None:
    np.testing.assert_allclose(U(**given), expected, rtol=0, atol=1e-12)


def test_causal_and_padded_in_numpy() -> None:
    U = universal(4, 3, 2, mask="causal", padding=2)
    g = drawn(U)
    X, A, V = g["X"], g["A"], g["V"]
    agree(U, g, shares(X @ A @ X.T, np.tril(np.ones((4, 4)))) @ X @ V)
    agree(U, {**g, "X_pad": 9 * g["X_pad"]}, U(**g))
    open_ = universal(4, 3, 2, padding=2)
    agree(open_, g, shares(X @ A @ X.T) @ X @ V)


def test_biases_and_scale_in_numpy() -> None:
    U = universal(4, 3, 2, 5, biases=True, scale=sympy.Rational(1, 2))
    g = drawn(U)
    Q, K, V = (g["X"] @ g[f"W_{p}"] + g[f"b_{p}"] for p in "QKV")
    agree(U, g, shares(Q @ K.T / 2) @ V @ g["W_O"] + g["b_O"])


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_norms_in_numpy(norm: str) -> None:
    U = universal(4, 3, 2, 5, d_ff=6, norm=norm)
    g = drawn(U)
    first, last = (normed, lambda x: x) if norm == "pre" else (lambda x: x, normed)
    Z = first(g["X"])
    Y = last(g["X"] + shares(Z @ g["W_Q"] @ (Z @ g["W_K"]).T) @ Z @ g["W_V"] @ g["W_O"])
    network = np.maximum(first(Y) @ g["W_1"] + g["b_1"], 0) @ g["W_2"] + g["b_2"]
    agree(U, g, last(Y + network))


def test_the_others_in_numpy() -> None:
    U = cross_attention(4, 3, 2, 5, 3, 2)
    g = drawn(U)
    agree(U, g, shares(g["Y"] @ g["W_Q"] @ (g["X"] @ g["W_K"]).T) @ g["X"] @ g["W_V"])
    U = linear_attention(4, 3, 2)
    g = drawn(U)
    agree(U, g, g["X"] @ g["A"] @ g["X"].T @ g["X"] @ g["V"])
    U = linformer(4, 3, 2)
    g = drawn(U)
    K, V = g["E"] @ g["X"] @ g["W_K"], g["F"] @ g["X"] @ g["W_V"]
    agree(U, g, shares(g["X"] @ g["W_Q"] @ K.T) @ V)
    U = grouped_query(4, 3, heads=4, groups=2)
    g = drawn(U)
    heads = [
        shares(g["X"] @ g[f"W_Q{h}"] @ (g["X"] @ g[f"W_K{s}"]).T) @ g["X"] @ g[f"W_V{s}"] @ g[f"W_O{h}"]
        for h, s in ((1, 1), (2, 1), (3, 2), (4, 2))
    ]
    agree(U, g, sum(heads))


# -- what is harmless, and what the weights depend on -----------------------------------------------------------------
def test_a_bias_of_the_keys_changes_nothing() -> None:
    """It shifts all scores of a row alike; a bias of the queries does not."""
    U = universal("n", "d", d_k="k", d_v="v", biases=True)
    shapes = dict(U.inputs)
    without = {name: replaced(U.computes, {name: zeros(*shapes[name])}) for name in ("b_K", "b_Q")}
    assert check(replace(U, computes=without["b_K"]).claim).verdict == "proved"
    assert check(replace(U, computes=without["b_Q"]).claim).verdict == "refuted"


def test_under_a_causal_mask_parameters_behind_the_rows_are_hidden_anyway() -> None:
    U = universal("n", "d", mask="causal")
    assert check(U.change(1, 0, mask=Mask(causal=True)).claim).verdict == "proved"


def test_weights_depend_on_the_widths_only_but_for_linformer() -> None:
    def weights(U: Any) -> list[Any]:
        return [weight for layer in U.encoder.layers for weight in weights_of(layer)]

    options: dict[str, Any] = {"mask": "causal", "biases": True, "norm": "pre", "heads": 2, "d_ff": 3}
    assert weights(universal(2, 2, padding=1, **options)) == weights(universal(5, 2, padding=3, **options))
    assert weights(cross_attention(2, 3, 2)) == weights(cross_attention(4, 1, 2))
    assert weights(linear_attention(2, 2)) == weights(linear_attention(4, 2))
    assert weights(linformer(2, 2, 2)) != weights(linformer(4, 2, 2))


def test_shared_keys_are_those_of_the_statement() -> None:
    X = matrix("X", "n", "d")
    found = grouped_query("n", "d", heads=2, groups=1, d_k="k", d_v="v").computes
    K, V = X @ matrix("W_K", "d", "k"), X @ matrix("W_V", "d", "v")
    heads = [softmax(X @ matrix(f"W_Q{g}", "d", "k") @ K.T) @ V @ matrix(f"W_O{g}", "v", "d") for g in (1, 2)]
    assert check(replace(grouped_query("n", "d", 2, 1, "k", "v"), computes=sum(heads[1:], heads[0])).claim).verdict == (
        "proved"
    )
    assert str(found).count("W_K") == 2


def test_the_norm_is_one_function_of_rows() -> None:
    """Two norms of equal rows are equal; a norm is not taken for that of other rows, nor for an entrywise function."""
    U = universal("n", "d", d_ff="f", norm="pre")
    X = matrix("X", "n", "d")
    assert U.machine.layer_norm.startswith("2 runs")
    assert universal("n", "d", d_ff="f").machine.layer_norm == "none"
    wrong = replace(U, computes=replaced(U.computes, {"X": X + X}))
    assert check(wrong.claim).verdict == "refuted"
    assert layernorm(X) != relu(X)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mask": "diagonal"}, "unknown mask 'diagonal'"),
        ({"norm": "pre"}, "give d_ff"),
        ({"norm": "middle", "d_ff": 2}, "norm is 'pre', 'post' or None"),
        ({"mask": "causal", "realisation": "scalars"}, "'scalars' has no biases, d_ff, mask"),
        ({"padding": 0.5}, "size"),
    ],
)
def test_options_that_do_not_exist(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        universal(2, 2, **options)
    with pytest.raises(BadInput, match="cannot share 3 keys and values evenly"):
        grouped_query(2, 2, heads=4, groups=3)
