"""The checker of certificates on formulas: what it accepts, what it rejects, operation by operation.

Everything is written by hand and sealed without the package, so that only the checker is on trial: these are the tests
that its mutants have to pass.
"""

from __future__ import annotations

from typing import Any

import pytest

from symsim.proof import recheck
from tests.proof.sealing import (
    HALF,
    INVERSE,
    ONES,
    SQUARES,
    X,
    Y,
    Z,
    constant,
    exp,
    given,
    number,
    relu,
    sealed,
    symbolic,
)

LOWER = constant((1, 0), (1, 1))
EQUAL: list[tuple[Any, Any, Any, str]] = [
    (["transpose", ["transpose", X]], X, SQUARES[:1], "X^T^T = X for all real X (2 x 2)"),
    (["product", ["sum", X, Y], Z], ["sum", ["product", X, Z], ["product", Y, Z]], SQUARES,
     "(X + Y) Z = (X Z) + (Y Z) for all real X (2 x 2), real Y (2 x 2), real Z (2 x 2)"),
    (["product", ["product", X, Y], Z], ["product", X, ["product", Y, Z]], SQUARES,
     "X Y Z = X Y Z for all real X (2 x 2), real Y (2 x 2), real Z (2 x 2)"),
    (["transpose", ["product", X, Y]], ["product", ["transpose", Y], ["transpose", X]], SQUARES[:2],
     "(X Y)^T = Y^T X^T for all real X (2 x 2), real Y (2 x 2)"),
    (["hadamard", X, ["sum", Y, Z]], ["sum", ["hadamard", Z, X], ["hadamard", Y, X]], SQUARES,
     "X .* (Y + Z) = (Z .* X) + (Y .* X) for all real X (2 x 2), real Y (2 x 2), real Z (2 x 2)"),
    (["scaled", number(2), X], ["sum", X, X], SQUARES[:1], "2 * X = X + X for all real X (2 x 2)"),
    (["scaled", HALF, ["sum", X, X]], X, SQUARES[:1], "1/2 * (X + X) = X for all real X (2 x 2)"),
    (["scaled", number(-3), X], ["scaled", number(-1), ["sum", X, X, X]], SQUARES[:1],
     "-3 * X = -1 * (X + X + X) for all real X (2 x 2)"),
    (["product", X, ["identity", 2]], X, SQUARES[:1], "X identity(2) = X for all real X (2 x 2)"),
    (["hadamard", X, ONES], X, SQUARES[:1], "X .* ones(2, 2) = X for all real X (2 x 2)"),
    (["product", ["hadamard", X, Y], Z], ["product", ["hadamard", Y, X], Z], SQUARES,
     "(X .* Y) Z = (Y .* X) Z for all real X (2 x 2), real Y (2 x 2), real Z (2 x 2)"),
    (["apply", "square", X], ["hadamard", X, X], SQUARES[:1], "apply(square, X) = X .* X for all real X (2 x 2)"),
    (["apply", "identity", X], X, SQUARES[:1], "apply(identity, X) = X for all real X (2 x 2)"),
    (exp(["sum", X, Y]), ["hadamard", exp(Y), exp(X)], SQUARES[:2],
     "apply(exp, X + Y) = apply(exp, Y) .* apply(exp, X) for all real X (2 x 2), real Y (2 x 2)"),
    (exp(["sum", X, ["scaled", number(-1), X]]), ONES, SQUARES[:1],
     "apply(exp, X + (-1 * X)) = ones(2, 2) for all real X (2 x 2)"),
    (exp(["sum", exp(X), Y]), ["hadamard", exp(exp(X)), exp(Y)], SQUARES[:2],
     "apply(exp, apply(exp, X) + Y) = apply(exp, apply(exp, X)) .* apply(exp, Y) for all real X (2 x 2), "
     "real Y (2 x 2)"),
    (["hadamard", exp(["hadamard", X, exp(Y)]), exp(["hadamard", ["scaled", number(-1), exp(Y)], X])], ONES,
     SQUARES[:2], "apply(exp, X .* apply(exp, Y)) .* apply(exp, (-1 * apply(exp, Y)) .* X) = ones(2, 2) for all real X "
     "(2 x 2), real Y (2 x 2)"),
    (relu(["sum", X, Y]), relu(["sum", Y, X]), SQUARES[:2],
     "apply(relu, X + Y) = apply(relu, Y + X) for all real X (2 x 2), real Y (2 x 2)"),
    (["sum", relu(X), ["apply", "abs", X], relu(Y)], ["sum", ["apply", "abs", X], relu(Y), relu(X)], SQUARES[:2],
     "apply(relu, X) + apply(abs, X) + apply(relu, Y) = apply(abs, X) + apply(relu, Y) + apply(relu, X) for all "
     "real X (2 x 2), real Y (2 x 2)"),
    (["softmax", ["sum", X, ["product", Y, ONES]]], ["softmax", X], SQUARES[:2],
     "softmax(X + (Y ones(2, 2))) = softmax(X) for all real X (2 x 2), real Y (2 x 2)"),
    (["product", ["softmax", X], ["ones", 2, 1]], ["ones", 2, 1], SQUARES[:1],
     "softmax(X) ones(2, 1) = ones(2, 1) for all real X (2 x 2)"),
    (["causal_softmax", X], ["softmax", X, LOWER], SQUARES[:1],
     "causal_softmax(X) = softmax(X, matrix({\"entries\":[[0,0,\"1\"],[1,0,\"1\"],[1,1,\"1\"]],\"shape\":[2,2]})) "
     "for all real X (2 x 2)"),
    (["hadamard", INVERSE, ["scaled", number(2), X]], ["scaled", number(2), ["hadamard", X, INVERSE]], SQUARES[:1],
     "apply(reciprocal, X) .* (2 * X) = 2 * (X .* apply(reciprocal, X)) for all real X (2 x 2), provided that no entry "
     "of X is 0"),
]


@pytest.mark.parametrize(("left", "right", "inputs", "claim"), EQUAL, ids=[row[3][:50] for row in EQUAL])
def test_equal_sides_are_accepted_and_the_claim_is_printed(left: Any, right: Any, inputs: Any, claim: str) -> None:
    conditions = [X] if "provided" in claim else []
    assert recheck.establish(sealed(symbolic(left, right, inputs, conditions))) == claim


TRUE: list[tuple[Any, Any]] = [
    (["hadamard", INVERSE, X], ONES),
    (["apply", "reciprocal", ["scaled", number(3), X]], ["scaled", number("1/3"), INVERSE]),
    (["hadamard", ["apply", "reciprocal", exp(X)], exp(X)], ONES),
    (["apply", "reciprocal", exp(X)], exp(["scaled", number(-1), X])),
    (["sum", INVERSE, INVERSE], ["hadamard", INVERSE, ["scaled", number(2), ONES]]),
    (["hadamard", ["apply", "reciprocal", ["sum", exp(X), exp(Y)]], ["sum", exp(Y), exp(X)]], ONES),
    (["apply", "reciprocal", number(4)], number("1/4")),
    (relu(number(3)), number(3)), (relu(number(-3)), number(0)), (relu(number("-1/2")), number(0)),
    (["apply", "step", number(0)], number(1)), (["apply", "step", number(-1)], number(0)),
    (["apply", "step", number(1)], number(1)), (["apply", "abs", number(-2)], number(2)),
    (["apply", "round", number("7/4")], number(2)), (["apply", "round", number("5/2")], number(2)),
    (relu(["product", X, constant((0, 0), (0, 0))]), constant((0, 0), (0, 0))),
    (exp(number(0)), number(1)), (["product", exp(number(1)), exp(number(-1))], number(1)),
    (["reshape", ["reshape", X, 4, 1], 2, 2], X),
    (["reshape", constant((1, 2, 3), (4, 5, 6)), 3, 2], constant((1, 2), (3, 4), (5, 6))),
    (["transpose", constant((1, 2, 3))], constant((1,), (2,), (3,))),
    (["binary", "<", constant((1, 2, 3)), constant((2, 2, 2))], constant((1, 0, 0))),
    (["binary", "<=", constant((1, 2, 3)), constant((2, 2, 2))], constant((1, 1, 0))),
    (["binary", "==", constant((1, 2, 0)), constant((2, 2, 0))], constant((0, 1, 1))),
    (["binary", "%", constant((5, 6, -1)), constant((3, 3, 3))], constant((2, 0, 2))),
    (["binary", "<", constant((0, -1)), constant((1, 0))], constant((1, 1))),
    (["softmax", constant((0, 0, 0), (5, 5, 5))], ["scaled", number("1/3"), ["ones", 2, 3]]),
    (["softmax", X, constant((0, 0), (0, 1))], constant((0, 0), (0, 1))),
    (["causal_softmax", X, constant((1, 1), (0, 1))], constant((1, 0), (0, 1))),
    (["causal_softmax", constant((0, 0, 0), (0, 0, 0))], constant((1, 0, 0), ("1/2", "1/2", 0))),
    (["product", constant((1, 2)), constant((3, 0), (0, 5)), constant((1,), (1,))], number(13)),
    (["scaled", number(0), X], constant((0, 0), (0, 0))),
    (["scaled", ["sum", number(1), number(1)], constant((1, 2), (3, 4))], constant((2, 4), (6, 8))),
    (["identity", 3], constant((1, 0, 0), (0, 1, 0), (0, 0, 1))),
    (["ones", 1, 3], constant((1, 1, 1))),
    (["hadamard", constant((1, 2, 0)), constant((3, 0, 4))], constant((3, 0, 0))),
    (["apply", "silu", ["sum", X, Y]], ["apply", "silu", ["sum", Y, X]]),
]


@pytest.mark.parametrize(("left", "right"), TRUE, ids=lambda tree: recheck.text(tree)[:60])
def test_true_claims_are_accepted(left: Any, right: Any) -> None:
    conditions = [tree for tree in (X, ["scaled", number(3), X]) if str(["apply", "reciprocal", tree]) in str(left)]
    recheck.establish(sealed(symbolic(left, right, given(left, right), conditions)))


FALSE: list[tuple[Any, Any]] = [
    (X, Y), (X, ["transpose", X]), (["product", X, Y], ["product", Y, X]), (["sum", X, X], X),
    (relu(X), relu(Y)), (relu(X), ["apply", "abs", X]), (["apply", "silu", X], relu(X)),
    (exp(["sum", X, Y]), ["sum", exp(X), exp(Y)]), (exp(exp(X)), exp(X)), (exp(X), exp(Y)),
    (exp(["hadamard", X, X]), exp(X)), (exp(["hadamard", X, exp(X)]), exp(["hadamard", Y, exp(X)])),
    (exp(["hadamard", X, exp(X)]), exp(["hadamard", X, exp(Y)])), (exp(["hadamard", X, exp(X)]), exp(X)),
    (["softmax", X], ["causal_softmax", X]), (["softmax", X], X), (["softmax", X], ["softmax", Y]),
    (["softmax", ["scaled", number(2), X]], ["softmax", X]),
    (["softmax", X, LOWER], ["softmax", X, ["transpose", LOWER]]),
    (["apply", "square", X], X), (["apply", "identity", X], ["apply", "square", X]),
    (["reshape", X, 2, 2], ["transpose", X]), (["hadamard", X, Y], ["product", X, Y]),
    (constant((1, 2)), constant((1, 3))), (constant((1, 0)), constant((1, 1))), (constant((0, 0)), constant((0, 1))),
    (constant((1, 1), (1, 1)), constant((1, 1), (1, 0))), (constant((1, 1), (1, 0)), constant((1, 1), (1, 1))),
    (["scaled", HALF, X], X), (number(2), number(3)), (number("1/2"), number("1/3")),
    (["apply", "reciprocal", exp(X)], exp(X)),
    (["apply", "reciprocal", ["sum", exp(X), exp(Y)]], ["apply", "reciprocal", exp(X)]),
    (["identity", 2], ONES), (["ones", 2, 2], constant((1, 1), (1, 2))),
]


@pytest.mark.parametrize(("left", "right"), FALSE, ids=lambda tree: recheck.text(tree)[:60])
def test_false_claims_are_rejected(left: Any, right: Any) -> None:
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(sealed(symbolic(left, right, given(left, right))))


def test_a_denominator_needs_a_condition_unless_it_is_a_sum_of_exponentials() -> None:
    ok = ["hadamard", INVERSE, X]
    with pytest.raises(ValueError, match="a denominator may be 0"):
        recheck.establish(sealed(symbolic(ok, ONES, SQUARES[:1])))
    below: Any
    for below in (["sum", exp(X), ["scaled", number(-1), exp(Y)]], ["hadamard", X, exp(Y)], ["sum", X, exp(Y)]):
        side = ["apply", "reciprocal", below]
        with pytest.raises(ValueError, match="a denominator may be 0"):
            recheck.establish(sealed(symbolic(side, side, SQUARES[:2])))
        recheck.establish(sealed(symbolic(side, side, SQUARES[:2], [below])))
    with pytest.raises(ValueError, match="a denominator may be 0"):  # a condition on something else is none
        recheck.establish(sealed(symbolic(ok, ONES, SQUARES[:2], [Y])))
    both = ["hadamard", INVERSE, ["apply", "reciprocal", Y]]
    with pytest.raises(ValueError, match="a denominator may be 0"):
        recheck.establish(sealed(symbolic(both, both, SQUARES[:2], [Y])))
    claim = recheck.establish(sealed(symbolic(both, both, SQUARES[:2], [Y, X])))
    assert claim.endswith("real Y (2 x 2), provided that no entry of Y is 0, provided that no entry of X is 0")


def test_a_reciprocal_of_zero_is_rejected() -> None:
    for below in (["product", X, constant((0, 0), (0, 0))], ["sum", X, ["scaled", number(-1), X]],
                  ["sum", ["hadamard", X, INVERSE], ["scaled", number(-1), ONES]]):
        with pytest.raises(ValueError, match="a reciprocal of 0"):
            recheck.establish(sealed(symbolic(["apply", "reciprocal", below], X, SQUARES[:1], [X])))


NESTED = ["apply", "reciprocal", ["sum", INVERSE, ["apply", "reciprocal", Y]]]


def test_fractions_in_fractions() -> None:
    rest = ["hadamard", ["hadamard", X, Y], ["apply", "reciprocal", ["sum", X, Y]]]
    conditions = [X, Y, ["sum", INVERSE, ["apply", "reciprocal", Y]], ["sum", X, Y]]
    recheck.establish(sealed(symbolic(NESTED, rest, SQUARES[:2], conditions)))
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(sealed(symbolic(NESTED, ["hadamard", rest, X], SQUARES[:2], conditions)))


# -- masks ------------------------------------------------------------------------------------------------------------
MASKED = [["X", 1, 2, "real"], ["M", 1, 2, "0/1"]]
FULL = [["X", 1, 2, "real"], ["M", 1, 2, "0/1, a 1 in each row,"]]
M = ["name", "M"]


def test_masks_range_over_zeros_and_ones() -> None:
    total, one = ["product", ["softmax", X, M], ["ones", 2, 1]], number(1)
    claim = recheck.establish(sealed(symbolic(total, one, FULL)))
    assert claim.endswith("= 1 for all real X (1 x 2), 0/1, a 1 in each row, M (1 x 2)")
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(sealed(symbolic(total, one, MASKED)))
    squared = recheck.establish(sealed(symbolic(["hadamard", M, M], M, MASKED[1:])))
    assert squared == "M .* M = M for all 0/1 M (1 x 2)"
    for wrong in (["ones", 1, 2], ["scaled", number(0), ["ones", 1, 2]], ["product", M, constant((0, 1), (1, 0))]):
        with pytest.raises(ValueError, match="the two sides differ"):
            recheck.establish(sealed(symbolic(M, wrong, MASKED[1:])))
    with pytest.raises(ValueError, match="the two sides differ"):  # two rows: a 1 in each of them, not in one of them
        recheck.establish(sealed(symbolic(["product", M, ["ones", 1, 1]], ["ones", 2, 1], [["M", 2, 1, "0/1"]])))
    recheck.establish(sealed(symbolic(M, ["ones", 2, 1], [["M", 2, 1, FULL[1][3]]])))


def test_at_most_twenty_bits_of_masks() -> None:
    for size, reason in ((21, "too many masks"), (0, "no integer from 1")):
        with pytest.raises(ValueError, match=reason):
            recheck.establish(sealed(symbolic(M, M, [["M", 1, size, "0/1"]])))
    assert next(recheck.cases(symbolic(M, M, [["M", 4, 5, "0/1"]])))[2] == {"M": [[0] * 5] * 4}
    with pytest.raises(ValueError, match="too many masks"):
        next(recheck.cases(symbolic(M, M, [["M", 3, 5, "0/1"], ["N", 2, 3, FULL[1][3]]])))


def test_the_order_of_values_that_depend_on_inputs_is_not_known() -> None:
    tree: Any
    for tree in (["binary", "<", X, Y], ["softmax", X, Y], ["binary", "==", X, X]):
        with pytest.raises(ValueError, match="depends on the inputs"):
            recheck.establish(sealed(symbolic(tree, tree, SQUARES[:2])))
