"""The checker of certificates on encoders, programs and words, part by part.

Everything is written by hand and sealed without the package, so that only the checker is on trial: these are the tests
that its mutants have to pass.
"""

from __future__ import annotations

from typing import Any

import pytest

from symsim.proof import recheck
from tests.proof.sealing import (
    ATTENTION,
    FIRST,
    I2,
    SQUARES,
    SUM,
    X,
    Y,
    constant,
    encoder,
    exhaustive,
    formula,
    given,
    head,
    layer,
    network,
    number,
    plain,
    relu,
    sealed,
    stack,
    symbolic,
    weight,
)


def constants(weights: Any, name: str, scores: Any, **parts: Any) -> Any:
    """A head whose scores are these rows (2 positions, up to 4 keys) and whose values are the rows of the identity."""
    n, zero = len(scores), [0] * len(scores)
    W_Q = weight(*([int(i == j) for j in range(n)] for i in range(2 * n)))
    W_K = weight(*([0] * n for _ in range(n)), *([scores[j][i] for j in range(n)] for i in range(n)))
    into = weight(*([int(i == j) for j in range(n)] for i in range(2 * n)))
    out = weight(*([*(int(i == j) for j in range(n)), *zero] for i in range(n)))
    side = encoder(n, 2 * n, [layer(head(W_Q, W_K, into, out, name, **parts), residual=False)],
                   [(0, 0, ["identity", n]), (0, n, ["identity", n])], (0, 0, n, n, n))
    return symbolic(side, constant(*weights), SQUARES[:1])


TWICE = ["product", ATTENTION, ["transpose", ATTENTION], ATTENTION]
ENCODERS: list[tuple[Any, Any]] = [
    (stack(layer(plain())), ["sum", X, ATTENTION]),
    (stack(layer(plain(), residual=False)), ATTENTION),
    (stack(layer(plain(), plain())), ["sum", X, ["scaled", number(2), ATTENTION]]),
    (stack(layer(plain("linear"))), ["sum", X, ["product", SUM, X]]),
    (stack(layer(plain(causal=True), residual=False)), ["product", ["causal_softmax", SUM], X]),
    (stack(layer(plain(mask=[[0, 1]]), residual=False)), ["product", FIRST, X]),
    (stack(layer(plain(mask=[[1, 2]]), residual=False)), ["product", constant((0, 1), (0, 1)), X]),
    (stack(layer(plain(mask=[[0, 1], [1, 2]]), residual=False)), ATTENTION),
    (stack(layer(plain(mask=[]))), X), (stack(layer()), X), (stack(), X),
    (stack(layer(plain("linear", mask=[[0, 1]]), residual=False)), ["product", ["hadamard", SUM, FIRST], X]),
    (stack(layer(head(weight((1, 0), (0, 2)), I2, I2, I2), residual=False)),
     ["product", ["softmax", ["product", X, constant((1, 0), (0, 2)), ["transpose", X]]], X]),
    (stack(layer(head(I2, weight((1, 3), (0, 2)), I2, I2), residual=False)),
     ["product", ["softmax", ["product", X, constant((1, 0), (3, 2)), ["transpose", X]]], X]),
    (stack(layer(head(I2, I2, weight((1,), (2,)), weight((3, 4))), residual=False)),
     ["product", ["softmax", SUM], X, constant((1,), (2,)), constant((3, 4))]),
    (stack(layer(network=network(I2, weight((0, 0)), I2, weight((0, 0)), ("square", 2)))),
     ["sum", X, ["hadamard", X, X]]),
    (stack(layer(network=network(I2, weight((1, 2)), I2, weight((3, 5)), ("identity", 2)), residual_2=False)),
     ["sum", X, constant((4, 7), (4, 7))]),
    (stack(layer(network=network(weight((1,), (0,)), weight((1,)), weight((0, 2)), weight((0, 0)), ("relu", 1)))),
     ["sum", X, ["product", relu(["sum", ["product", X, constant((1,), (0,))], ["ones", 2, 1]]), constant((0, 2))]]),
    (stack(layer(network=network(I2, weight((0, 0)), I2, weight((0, 0)), ("identity", 1), ("square", 1)),
                 residual_2=False)),
     ["sum", ["product", X, constant((1, 0), (0, 0))],
      ["product", ["hadamard", X, X], constant((0, 0), (0, 1))]]),
    (stack(layer(plain(), network=network(I2, weight((0, 0)), I2, weight((0, 0)), ("square", 2)))),
     ["sum", X, ATTENTION, ["apply", "square", ["sum", X, ATTENTION]]]),
    (stack(layer(plain(), residual=False), layer(plain("linear"), residual=False)),
     ["product", ATTENTION, ["transpose", ATTENTION], ATTENTION]),
    (stack(at=((0, 0, X), (0, 0, X))), ["sum", X, X]), (stack(at=()), constant((0, 0), (0, 0))),
    (stack(at=((0, 2, X), (0, 0, Y)), readout=(0, 2, 2, 2, 2), size=(2, 4)), X),
    (stack(at=((1, 0, X), (0, 0, ["ones", 1, 2])), readout=(1, 0, 2, 2, 2), size=(3, 2)), X),
    (stack(at=((0, 0, ["reshape", X, 4, 1]),), readout=(0, 0, 4, 1, 2), size=(4, 1)), X),
    (stack(at=((0, 0, X),), readout=(0, 0, 2, 2, 4)), ["reshape", X, 1, 4]),
    (stack(at=((0, 0, X),), readout=(0, 0, 2, 2, 1)), ["reshape", X, 4, 1]),
    (stack(at=((0, 0, X),), readout=(1, 1, 1, 1, 1)), ["product", constant((0, 1)), X, constant((0,), (1,))]),
    (stack(layer(plain(), residual=False), cuts=((0, 0, 0, 2, 2, ATTENTION),)), ATTENTION),
    (stack(layer(plain(), residual=False), layer(plain("linear"), residual=False),
           cuts=((0, 0, 0, 2, 2, ATTENTION), (1, 0, 0, 2, 2, TWICE))), TWICE),
]


@pytest.mark.parametrize(("left", "right"), ENCODERS)
def test_encoders_that_compute_the_formula_are_accepted_and_others_are_not(left: Any, right: Any) -> None:
    body = symbolic(left, right, given(left, right))
    claim = recheck.establish(sealed(body))
    assert claim.startswith("the encoder with SHA-256 ") and f" = {recheck.text(right)} for all " in claim
    for wrong in (["scaled", number(2), right], ["sum", right, ["hadamard", right, right]], ["apply", "exp", right]):
        with pytest.raises(ValueError, match="the two sides differ"):
            if right == constant((0, 0), (0, 0)) and wrong[0] != "apply":
                raise ValueError("the two sides differ")  # twice nothing is nothing
            recheck.establish(sealed({**body, "right": formula(wrong)}))


NORMALISED = [
    ("average-hard", ((1, 1), (0, 2)), (("1/2", "1/2"), (0, 1)), {}),
    ("unique-hard", ((1, 1), (0, 2)), ((1, 0), (0, 1)), {}),
    ("unique-hard-right", ((1, 1), (2, 0)), ((0, 1), (1, 0)), {}),
    ("unique-hard-right", ((0, 0), (0, 0)), ((0, 1), (0, 1)), {}),
    ("average-hard", ((0, 0), (-1, -1)), (("1/2", "1/2"), ("1/2", "1/2")), {}),
    ("average-hard", ((-1, 0), (0, -1)), ((0, 1), (1, 0)), {}),
    ("average-hard", ((-1, -2), (-2, -1)), ((1, 0), (0, 1)), {}),
    ("average-hard", ((-1, 0, 0), (1, 0, 1), (0, 3, 0)), ((0, "1/2", "1/2"), ("1/2", 0, "1/2"), (0, 1, 0)), {}),
    ("unique-hard", ((0, 2, 2), (0, 0, 0), (-1, -1, 0)), ((0, 1, 0), (1, 0, 0), (0, 0, 1)), {}),
    ("unique-hard-right", ((0, 2, 2), (0, 0, -1), (3, 1, 3)), ((0, 0, 1), (0, 1, 0), (0, 0, 1)), {}),
    ("average-hard", ((9, 0), (9, 0)), ((0, 1), (0, 1)), {"mask": [[1, 2]]}),
    ("average-hard", ((0, 9), (0, 0)), ((1, 0), ("1/2", "1/2")), {"causal": True}),
    ("average-hard", ((0, 9), (0, 9)), ((0, 0), (0, 0)), {"mask": []}),
    ("unique-hard", ((1, 1, 1), (1, 1, 1), (1, 1, 1)), ((0, 0, 0), (0, 1, 0), (0, 1, 0)),
     {"mask": [[1, 3]], "causal": True}),
    ("unique-hard-right", ((1, 1, 1), (1, 1, 1), (1, 1, 1)), ((0, 1, 0), (0, 1, 0),
    (0, 1, 0)), {"mask": [[1, 2], [0, 1]]}),
    ("unique-hard", ((0, 0), (0, 0)), ((1, 0), (1, 0)), {"mask": [[1, 2], [0, 1]]}),
    ("unique-hard-right", ((0, 0), (0, 0)), ((0, 1), (0, 1)), {"mask": [[1, 2], [0, 1]]}),
    ("softmax", ((0, 0), (5, 5)), (("1/2", "1/2"), ("1/2", "1/2")), {}),
    ("softmax", ((0, 7), (0, 0)), ((1, 0), ("1/2", "1/2")), {"causal": True}),
    ("linear", ((1, 2), (3, 4)), ((1, 0), (3, 4)), {"causal": True}),
    ("linear", ((1, 2), (3, 4)), ((1, 2), (3, 4)), {"mask": [[0, 1], [0, 2]]}),
]


@pytest.mark.parametrize(("name", "scores", "weights", "parts"), NORMALISED)
def test_weights_of_a_head_at_constant_scores(name: str, scores: Any, weights: Any, parts: Any) -> None:
    body = constants(weights, name, scores, **parts)
    recheck.establish(sealed(body))
    for i in range(len(scores)):
        for j in range(len(scores)):
            rows = [list(row) for row in weights]
            rows[i][j] = "2/3"
            with pytest.raises(ValueError, match="the two sides differ"):
                recheck.establish(sealed({**body, "right": formula(constant(*rows))}))


def test_hard_heads_need_scores_that_depend_on_no_input() -> None:
    for name in ("average-hard", "unique-hard", "unique-hard-right"):
        with pytest.raises(ValueError, match="depends on the inputs"):
            recheck.establish(sealed(symbolic(stack(layer(plain(name))), X, SQUARES[:1])))
        alone = stack(layer(plain(name, mask=[[0, 0]])))
        recheck.establish(sealed(symbolic(alone, X, SQUARES[:1])))
    with pytest.raises(KeyError):
        recheck.establish(sealed(constants(((0, 1), (0, 1)), "soft", ((1, 2), (3, 4)))))


def test_weights_may_be_polynomials_in_scalars() -> None:
    scaled = {"shape": [2, 2], "entries": [[0, 0, ["name", "t"]], [1, 1, ["name", "t"]]]}
    inputs = [["t", 1, 1, "real"], SQUARES[0]]
    body = symbolic(stack(layer(head(I2, I2, I2, scaled), residual=False)), ["scaled", ["name", "t"], ATTENTION],
    inputs)
    recheck.establish(sealed(body))
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(sealed({**body, "right": formula(ATTENTION)}))


def test_cuts_are_proved_before_symbols_take_their_place() -> None:
    two = (layer(plain(), residual=False), layer(plain("linear"), residual=False))
    after = ["product", ATTENTION, ["transpose", ATTENTION], ATTENTION]
    for cut, reason in (
        ((0, 0, 0, 2, 2, X), "a slot does not hold X"), ((1, 0, 0, 2, 2, ATTENTION), "a slot does not hold"),
        ((2, 0, 0, 2, 2, X), "a cut lies outside the layers"), ((-1, 0, 0, 2, 2, X), "is no integer"),
        ((0, 0, 0, 0, 2, X), "is no integer"), ((0, -1, 0, 2, 2, ATTENTION), "is no integer"),
        ((0, 0, -1, 2, 2, ATTENTION), "is no integer"), ((0, 0, 0, 2, 0, X), "is no integer"),
        ((0, 0, 0, 1 << 12, 1 << 12, ATTENTION), "too large"),
    ):
        with pytest.raises(ValueError, match=reason):
            recheck.establish(sealed(symbolic(stack(*two, cuts=(cut,)), after, SQUARES[:1])))
    with pytest.raises(IndexError):
        recheck.establish(sealed(symbolic(stack(*two, cuts=((0, 1, 0, 2, 2, ATTENTION),)), after, SQUARES[:1])))


def test_a_cut_hides_what_it_is_made_of_on_both_sides() -> None:
    """After the cut at A = softmax(X X^T) X the formula knows A only as a whole: the claim about A holds for all A."""
    left = stack(layer(plain(), residual=False), layer(plain("linear"), residual=False),
                 cuts=((0, 0, 0, 2, 2, ATTENTION),))
    machine = recheck.Machine()
    machine.named["X"] = machine.matrix(2, 2, [(i, j, machine.symbol((i, j)), recheck.UNIT)
                                               for i in range(2) for j in range(2)])
    plainly = machine.value(SUM)
    found = machine.side(left)
    assert machine.same(found, machine.value(["product", ATTENTION, ["transpose", ATTENTION], ATTENTION]))
    assert not machine.same(machine.value(["product", ["softmax", SUM], X]), machine.memo[recheck.canonical(X)])
    assert plainly[1] == 2 and recheck.canonical(ATTENTION) in machine.memo
    cut = machine.memo[recheck.canonical(ATTENTION)]
    assert [sorted(row) for row in cut[0]] == [[0, 1], [0, 1]]
    assert len({next(iter(v)) for row in cut[0] for v in row.values()}) == 4
    assert all(len(v) == 1 for row in cut[0] for v in row.values())


def test_definitions_name_formulas_of_one_side() -> None:
    left = formula(["sum", ["name", "s1"], ["name", "s2"]], [["s1", ["sum", X, X]], ["s2", ["hadamard", ["name",
    "s1"], X]]],
                   "program")
    right = ["sum", X, X, ["scaled", number(2), ["hadamard", X, X]]]
    claim = recheck.establish(sealed(symbolic(left, right, SQUARES[:1])))
    assert claim.startswith("the program with SHA-256 ") and len(claim.split()[4]) == 64
    for wrong, reason in (
        (formula(X, [["X", X]], "program"), "X names two things"),
        (formula(X, [["s", X], ["s", X]], "program"), "s names two things"),
        (formula(X, [["1s", X]], "program"), "no name"),
        ({**left, "more": 1}, "other keys"),
    ):
        with pytest.raises(ValueError, match=reason):
            recheck.establish(sealed(symbolic(wrong, X, SQUARES[:1])))
    for tree in (["name", "s1"], ["sum", X, ["name", "s2"]]):
        with pytest.raises(KeyError):
            recheck.establish(sealed(symbolic(left, tree, SQUARES[:1])))
    again = formula(["name", "s1"], [["s1", ["sum", X, X]]])
    other = formula(["name", "s1"], [["s1", ["sum", Y, Y]]])
    with pytest.raises(ValueError, match="the two sides differ"):  # what a name of one side is, the other does not see
        recheck.establish(sealed(symbolic(again, other, SQUARES[:2])))
    assert recheck.claimed(symbolic(again, X, SQUARES[:1])).startswith("the formula with SHA-256")


WORD, INDEX, LETTER = ["name", "word"], ["name", "index"], ["name", "letter"]
LENGTH = ["product", ["ones", "#", "#"], ["ones", "#", 1]]


def test_words_are_run_through() -> None:
    claim = recheck.establish(sealed(exhaustive(WORD, LETTER)))
    name = claim.split()[4]
    assert claim == (f"the program with SHA-256 {name} = the program with SHA-256 {claim.split()[10]} for all words of "
                     "length 1 to 2 over the letters a = 0, b = 1")
    half = [["a", "1/2"], ["b", "-3"], ["c", "0"]]
    recheck.establish(sealed(exhaustive(["sum", WORD, WORD], ["scaled", number(2), WORD], half, 3)))
    squared = ["product", ["ones", "#", "#"], ["ones", "#", "#"], ["ones", "#", 1]]
    recheck.establish(sealed(exhaustive(["hadamard", LENGTH, LENGTH], squared, half, 3)))
    for left, right in ((WORD, INDEX), (LENGTH, INDEX), (WORD, number(0)), (["sum", WORD, INDEX], WORD)):
        with pytest.raises(ValueError):
            recheck.establish(sealed(exhaustive(left, right)))


@pytest.mark.parametrize(("letters", "length", "wrong"), [
    ([["a", "2"], ["b", "5"]], 1, [["binary", "==", WORD, ["scaled", number(5), ["ones", "#", 1]]],
                                   ["binary", "<", WORD, WORD]]),
    ([["a", "2"], ["b", "5"]], 2, [["binary", "<", INDEX, ["ones", "#", 1]], ["ones", "#", 1]]),
    ([["a", "2"], ["b", "5"], ["c", "7"]], 1, [["binary", "<", LETTER, ["scaled", number(2), ["ones", "#", 1]]],
                                               ["ones", "#", 1]]),
])
def test_a_difference_at_the_last_word_is_found(letters: Any, length: int, wrong: Any) -> None:
    with pytest.raises(ValueError, match="the two sides differ"):
        recheck.establish(sealed(exhaustive(*wrong, letters, length)))


def test_letters_and_lengths() -> None:
    for letters, length in (([["a", "1"], ["b", "1"]], 1), ([["a", "1"], ["a", "2"]], 1), ([], 1),
                            ([["a", "0"]], 0), ([["a", "0"]], 100), ([["a", "0"], ["b", "1"]], 21),
                            ([["a", "2/4"]], 1), ([["a", "1.5"]], 1), ([["a b", "1"]], 1), ([["a", 1]], 1)):
        body = exhaustive(WORD, WORD, letters, length)
        with pytest.raises((ValueError, TypeError)):
            recheck.establish(sealed({**body, "claim": ""}))
        with pytest.raises((ValueError, TypeError)):
            recheck.claimed(body)
            next(recheck.cases(body))
    assert len(list(recheck.cases(exhaustive(WORD, WORD, [["a", "0"], ["b", "1"]], 3)))) == 2 + 4 + 8
    assert next(recheck.cases(exhaustive(WORD, WORD, [["a", "0"], ["b", "1"]], 20)))[2]["word"] == [[0]]
    assert next(recheck.cases(exhaustive(WORD, WORD, [["a", "3"]], 99)))[2] == {
        "word": [[3]], "letter": [[0]], "index": [[0]]}
    cases = [case[2]["word"] for case in recheck.cases(exhaustive(WORD, WORD, [["a", "0"], ["b", "1/2"]], 2))]
    assert cases[:3] == [[[0]], [[recheck.rational("1/2")]], [[0], [0]]]
