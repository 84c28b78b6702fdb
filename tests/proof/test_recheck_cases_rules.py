"""Trees of cases written by hand, rule by rule: accepted are true claims only, and only where the tree says why."""

from __future__ import annotations

from typing import Any

import pytest

from symsim.proof import recheck_cases
from tests.proof.sealing import X, Y, constant, formula, number
from tests.tampering import forged

EQUAL = ["equal"]
ONE, ZERO = number(1), number(0)


def entry(name: str = "X", *more: str) -> list[Any]:
    """A form: the product of some inputs of one entry."""
    return [["1", [[one, 0, 0] for one in (name, *more)], []]]


def gap(sign: str = "-1") -> list[Any]:
    """X - Y as a form, or X + Y."""
    return [["1", [["X", 0, 0]], []], [sign, [["Y", 0, 0]], []]]


def split(form: Any, *children: Any) -> list[Any]:
    return ["split", form, [list(child) for child in children]]


def each_sign(form: Any, leaf: Any = EQUAL) -> list[Any]:
    return split(form, ([1], leaf), ([0], leaf), ([-1], leaf))


def never(*multipliers: Any) -> list[Any]:
    return ["impossible", [list(pair) for pair in multipliers]]


def apply(name: str, part: Any) -> list[Any]:
    return ["apply", name, part]


def minus(part: Any) -> list[Any]:
    return ["scaled", number(-1), part]


def hard(name: str) -> list[Any]:
    """Of two keys with scores X and Y the second has the value 1."""
    scores = ["sum", ["product", X, constant([1, 0])], ["product", Y, constant([0, 1])]]
    return ["product", [name, scores, ["ones", 1, 2]], constant([0], [1])]


def accepted(left: Any, right: Any, tree: Any, conditions: Any = ()) -> bool:
    sides = [side if isinstance(side, dict) else formula(side) for side in (left, right)]
    body = {"schema_version": 1, "kind": "cases", "inputs": [["X", 1, 1], ["Y", 1, 1]], "left": sides[0],
            "right": sides[1], "side_conditions": list(conditions), "tree": tree}  # fmt: skip
    try:
        recheck_cases.establish(forged(body))
    except (ValueError, LookupError, TypeError, ZeroDivisionError):
        return False
    return True


RELU, XY = apply("relu", X), ["product", X, Y]
SQUARED = ["product", X, X]
OVER = apply("reciprocal", X)
DIFFERENCE = ["sum", X, minus(Y)]
ABOVE = ["sum", apply("exp", X), minus(apply("exp", Y))]
AT_0 = ["product", entry("X", "X"), [[entry(), 2]], EQUAL]
SIGNS = split(entry(), ([0, 1], EQUAL), ([-1], EQUAL))

TRUE: dict[str, Any] = {
    "pieces": (["sum", RELU, minus(apply("relu", minus(X)))], X, SIGNS),
    "absolute value": (apply("abs", X), ["sum", RELU, apply("relu", minus(X))], SIGNS),
    "signs that overlap": (apply("abs", minus(X)), apply("abs", X), split(entry(), ([0, 1], EQUAL), ([-1, 0], EQUAL))),
    "one form twice": (["product", RELU, apply("relu", minus(X))], ZERO,
                       split(entry(), ([0, 1], split(entry(), ([-1, 0], AT_0), ([1], EQUAL))), ([-1], EQUAL))),
    "a square": (apply("relu", SQUARED), SQUARED, EQUAL),
    "a square is not below 0": (RELU, RELU, split(entry("X", "X"), ([-1], never([0, "1"])), ([0, 1], EQUAL))),
    "contradiction": (RELU, RELU, split(gap(), ([1], split(gap(), ([0, -1], never([0, "1"], [1, "1"])), ([1], EQUAL))),
                                        ([0, -1], EQUAL))),
    "equation with any multiplier": (RELU, RELU, split(
        gap(), ([0], split(gap(), ([1], never([0, "-1"], [1, "1"])), ([0, -1], EQUAL))), ([1], EQUAL), ([-1], EQUAL))),
    "known signs that exclude": (RELU, RELU, split(entry(), ([1], split(entry(), ([0, -1], never()), ([1], EQUAL))),
                                                   ([0, -1], EQUAL))),
    "factors": (apply("relu", XY), ["sum", ["product", RELU, apply("relu", Y)], [
        "product", apply("relu", minus(X)), apply("relu", minus(Y))]], each_sign(entry(), each_sign(entry("Y"), [
            "product", entry("X", "Y"), [[entry(), 1], [entry("Y"), 1]], EQUAL]))),
    "comparison": (["binary", "<=", X, Y], apply("step", ["sum", Y, minus(X)]),
                   split(gap(), ([1], EQUAL), ([0, -1], EQUAL))),
    "exponentials": (["binary", "<", apply("exp", X), apply("exp", Y)], ["binary", "<", X, Y],
                     split(gap(), ([1, 0], EQUAL), ([-1], EQUAL))),
    "average": (hard("average-hard"), ["scaled", number("1/2"), [
        "sum", hard("unique-hard"), hard("unique-hard-right")]], each_sign(gap())),
    "denominator": (apply("step", OVER), apply("step", X), SIGNS, [X]),
    "denominator above 0": (["product", apply("reciprocal", ["sum", SQUARED, ONE]), ["sum", SQUARED, ONE]], ONE, EQUAL),
    "unknown functions": (apply("f", ["sum", X, Y]), apply("f", ["sum", Y, X]), EQUAL),
    "an even power": (RELU, RELU, ["product", entry("X", "X"), [[entry(), 2]], split(
        entry("X", "X"), ([1, 0], EQUAL), ([-1], never()))]),
    "products of three": (["product", X, Y, X], ["hadamard", ["product", X, X], Y], EQUAL),
    "sums in weights": (["product", X, constant([0, 2]), constant([1], [3])], ["scaled", number(6), X], EQUAL),
    "transposed weights": (["product", ["transpose", constant([1], [3])], ["transpose", constant([5, 7])]],
                           number(26), EQUAL),
    "reshaped": (["product", ["reshape", constant([1, 2, 3], [4, 5, 6]), 3, 2], constant([1], [10])],
                 constant([21], [43], [65]), EQUAL),
    "softmax": (["product", ["softmax", ["product", ["ones", 2, 1], ["product", X, constant([1, 2])]]], ["ones", 2, 1]],
                ["ones", 2, 1], EQUAL),
    "causal softmax": (["causal_softmax", ["product", ["ones", 2, 1], X, ["ones", 1, 2]]],
                       ["softmax", ["product", ["ones", 2, 1], Y, ["ones", 1, 2]], constant([1, 0], [1, 1])], EQUAL),
    "identity": (["product", ["identity", 2], constant([1, 2], [3, 4])], constant([1, 2], [3, 4]), EQUAL),
    "squares": (apply("square", apply("identity", X)), SQUARED, EQUAL),
    "constants": (["binary", "%", number(5), number(3)], apply("round", number("9/4")), EQUAL),
}  # fmt: skip
FALSE: dict[str, Any] = {
    "relu is not the identity": (RELU, X, SIGNS),
    "steps at 0": (["sum", apply("step", X), apply("step", minus(X))], ONE, each_sign(entry())),
    "comparisons at a tie": (["binary", "<", X, Y], ["binary", "<=", X, Y], each_sign(gap())),
    "left and right at a tie": (hard("unique-hard"), hard("unique-hard-right"), each_sign(gap())),
    "average and left at a tie": (hard("average-hard"), hard("unique-hard"), each_sign(gap())),
    "the sign of a reciprocal": (apply("step", OVER), ONE, SIGNS, [X]),
    "exponentials are no numbers": (apply("relu", ABOVE), DIFFERENCE, each_sign(gap())),
    "another function": (apply("f", X), apply("g", X), EQUAL),
    "another argument": (apply("f", X), apply("f", Y), EQUAL),
    "rows that see other keys": (["causal_softmax", ["ones", 2, 2]], ["softmax", ["ones", 2, 2]], EQUAL),
    "places in a matrix": (constant([1, 2]), constant([2, 1]), EQUAL),
    "identity and ones": (["identity", 2], ["ones", 2, 2], EQUAL),
    "remainder": (["binary", "%", number(5), number(3)], ONE, EQUAL),
}
UNSHOWN: dict[str, Any] = {
    "no split": (apply("abs", X), ["sum", RELU, apply("relu", minus(X))], EQUAL),
    "a sign less": (RELU, RELU, split(entry(), ([1], EQUAL), ([-1], EQUAL))),
    "a sign more": (RELU, RELU, split(entry(), ([1, 0], EQUAL), ([-1, 2], EQUAL))),
    "a case that is there": (RELU, X, split(entry(), ([0, 1], EQUAL), ([-1], never([0, "1"])))),
    "a multiplier below 0": (RELU, RELU, split(entry(), ([0, 1], split(
        entry(), ([1], never([0, "-1"], [1, "1"])), ([0, -1], EQUAL))), ([-1], EQUAL))),
    "a multiplier below 0, strict": (RELU, RELU, split(gap(), ([1], split(
        gap(), ([1], never([0, "1"], [1, "-1"])), ([0, -1], EQUAL))), ([0, -1], EQUAL))),
    "a multiplier that is 0": (RELU, X, split(entry(), ([0, 1], EQUAL), ([-1], never([0, "0"])))),
    "a square may be 0": (RELU, RELU, split(
        entry("X", "X"), ([-1], never([0, "1"])), ([0], never([0, "-1"])), ([1], EQUAL))),
    "no square": (RELU, RELU, split(entry("X", "Y"), ([-1], never([0, "1"])), ([0, 1], EQUAL))),
    "sums of 0 that are not strict": (RELU, RELU, split(gap(), ([0, 1], split(
        gap(), ([-1, 0], never([0, "1"], [1, "1"])), ([1], EQUAL))), ([-1], EQUAL))),
    "different from 0 is no inequality": (RELU, RELU, split(gap(), ([0], EQUAL), ([-1, 1], split(
        gap(), ([1], never([0, "1"], [1, "1"])), ([0, -1], EQUAL))))),
    "an even power of an open sign": (RELU, RELU, ["product", entry("X", "X"), [[entry(), 2]], split(
        entry("X", "X"), ([1], EQUAL), ([0], never()), ([-1], never()))]),
    "two inputs added": (apply("relu", ["sum", X, Y]), ["sum", RELU, apply("relu", Y)],
                         each_sign(entry(), each_sign(entry("Y"), each_sign(gap("1"))))),
    "an assumption that is not there": (RELU, X, split(entry(), ([0, 1], EQUAL), ([-1], never([1, "1"])))),
    "no factors of it": (apply("step", XY), ONE, each_sign(entry(), [
        "product", entry("X", "Y"), [[entry(), 2]], EQUAL])),
    "factors of the opposite": (apply("step", minus(SQUARED)), ONE, [
        "product", entry("X", "X"), [[[["-1", [["X", 0, 0]], []]], 1], [entry(), 1]], EQUAL]),
    "a power beyond squares": (RELU, RELU, ["product", entry("X", "X", "X"), [[entry(), 3]], EQUAL]),
    "no entry": (RELU, X, ["each", []]),
    "an entry that is not there": (RELU, X, ["each", [[[0, 1], EQUAL]]]),
    "an entry counted from the end": (X, X, ["each", [[[0, -1], EQUAL]]]),
    "a denominator": (OVER, OVER, EQUAL),
    "a denominator that is left out": (OVER, OVER, ["each", [[[0], EQUAL]]]),
    "a denominator in a case": (OVER, OVER, each_sign(entry())),
    "a denominator behind 0": (["product", ZERO, OVER], ZERO, EQUAL),
    "a condition that divides": (OVER, OVER, EQUAL, [OVER]),
    "a remainder by 0": (["product", ZERO, ["binary", "%", ONE, ZERO]], ZERO, EQUAL),
    "a remainder of an input": (["binary", "%", X, ONE], ["binary", "%", X, ONE], EQUAL),
    "a logarithm": (apply("log", X), apply("log", X), EQUAL),
    "a number that is none": (["product", ZERO, number("2/4")], ZERO, EQUAL),
    "a comparison that is none": (["product", ZERO, ["binary", "!", X, Y]], ZERO, EQUAL),
    "sizes that do not fit": (["product", ["ones", 1, 2], ["ones", 1, 2]], ["ones", 1, 2], EQUAL),
    "sums that do not fit": (["sum", ["ones", 1, 2], ["ones", 2, 1]], ["ones", 1, 2], EQUAL),
    "shapes that do not fit": (["reshape", ["ones", 2, 2], 1, 3], ["ones", 1, 3], EQUAL),
    "scaled by a matrix": (["scaled", ["ones", 1, 2], ["ones", 1, 2]], ["ones", 1, 2], EQUAL),
    "a place outside": (["matrix", {"shape": [1, 1], "entries": [[1, 0, "1"]]}], ZERO, EQUAL),
    "a place twice": (["matrix", {"shape": [1, 1], "entries": [[0, 0, "1"], [0, 0, "1"]]}], ONE, EQUAL),
    "a matrix beyond limits": (["ones", 5000, 5000], ["ones", 5000, 5000], ["each", [[[0], EQUAL]]]),
    "shapes": (["ones", 1, 2], ["ones", 2, 1], EQUAL),
    "a part too many": (["scaled", ONE, X, Y], X, EQUAL),
    "a definition twice": (formula(["name", "X"], [["X", Y]]), Y, EQUAL),
    "an unknown node": (X, X, ["sure"]),
    "an unknown part": (X, X, ["equal", 1]),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_true_claim_with_its_tree_is_accepted(name: str) -> None:
    assert accepted(*TRUE[name])


@pytest.mark.parametrize("name", FALSE)
def test_false_claim_is_rejected_though_all_cases_are_there(name: str) -> None:
    assert not accepted(*FALSE[name])


@pytest.mark.parametrize("name", UNSHOWN)
def test_tree_that_does_not_say_why_is_rejected(name: str) -> None:
    assert not accepted(*UNSHOWN[name])


def test_printed_claim_names_the_conditions() -> None:
    left, right, tree, conditions = TRUE["denominator"]
    body = {"schema_version": 1, "kind": "cases", "inputs": [["X", 1, 1]], "left": formula(left),
            "right": formula(right), "side_conditions": conditions, "tree": tree}  # fmt: skip
    assert recheck_cases.establish(forged(body)) == (
        "apply(step, apply(reciprocal, X)) = apply(step, X) for all real X (1 x 1), provided that no entry of X is 0"
    )
