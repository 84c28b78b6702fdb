"""MaxMin and GroupSort: proved on all reals at several sizes, sorted by networks, counted, and faults refuted."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.errors import BadInput
from symsim.formulas.building import matrix
from symsim.proof import check
from symsim.proof.certificate import rechecked
from symsim.rasp import claims, counting, load
from symsim.simulators import group_sort, group_sort_cost, max_min, max_min_cost, sorted_by_rank
from symsim.simulators.sorting import NETWORKS, rounds


@pytest.mark.parametrize("pairs", [1, 2, 3])
def test_max_min_on_all_reals(pairs: int) -> None:
    report = check(max_min(pairs).claim)
    assert str(report.verdict) == "proved" and report.method == "smt" and report.trusted == ()
    assert "abs" in rechecked(report.certifier.data)


@pytest.mark.parametrize(
    ("groups", "size", "network"),
    [(1, 2, "odd-even"), (2, 3, "odd-even"), (1, 4, "odd-even"), (1, 4, "merge-exchange"), (1, 3, "merge-exchange")],
)
def test_group_sort_on_all_reals(groups: int, size: int, network: str) -> None:
    report = check(group_sort(groups, size, network).claim)
    assert str(report.verdict) == "proved" and report.method == "smt" and report.trusted == ()


def test_a_certificate_of_sorting_is_accepted_again() -> None:
    report = check(group_sort(2, 2).claim)
    assert "X (2 x 2)" in rechecked(report.certifier.data)


def test_sorting_by_rank_is_what_a_program_with_a_selector_for_ranks_gives() -> None:
    E = group_sort(2, 3)
    (claim,) = claims(load("library:sequences"), "group_sort(g)", matrix("X", 2, 3), {"X": (2, 3)}, {"g": 3})
    report = check(Claim("by program", E, claim.left, E.inputs))
    assert str(report.verdict) == "proved"
    wrong = Claim("by program", without_heads(E, 1), claim.left, E.inputs)
    assert str(check(wrong).verdict) == "refuted"


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", range(2, 11))
def test_networks_sort_all_words_over_0_and_1(network: str, size: int) -> None:
    """The 0-1 principle: a network of comparators that sorts these sorts everything."""
    found = rounds(size, network)
    for comparators in found:
        places = [*comparators, *comparators.values()]
        assert len(places) == len(set(places)) and all(a < b for a, b in comparators.items())
    for word in product((0, 1), repeat=size):
        assert through(found, word) == sorted(word, reverse=True)
    shorter = [through(found[:-1], word) == sorted(word, reverse=True) for word in product((0, 1), repeat=size)]
    assert not all(shorter)


def through(network: list[dict[int, int]], word: tuple[int, ...]) -> list[int]:
    numbers = list(word)
    for comparators in network:
        for a, b in comparators.items():
            numbers[a], numbers[b] = max(numbers[a], numbers[b]), min(numbers[a], numbers[b])
    return numbers


@pytest.mark.parametrize(("size", "network"), [(7, "odd-even"), (8, "merge-exchange"), (11, "merge-exchange")])
def test_large_groups_in_floats(size: int, network: str) -> None:
    X = np.random.default_rng(0).integers(-5, 6, (3, size)).astype(float)
    assert np.array_equal(group_sort(3, size, network)(X=X), -np.sort(-X, axis=1))


def test_costs_are_those_of_the_encoders() -> None:
    assert max_min_cost(3) == max_min(3).cost == counting.at_sizes(max_min_cost("m"), {"m": 3})
    for groups, size in ((1, 3), (2, 4), (3, 5)):
        counted = group_sort_cost("m", "g")
        assert group_sort_cost(groups, size) == group_sort(groups, size).cost
        assert counting.at_sizes(counted, {"m": groups, "g": size}) == group_sort(groups, size).cost
    assert group_sort_cost(2, 8, "merge-exchange") == group_sort(2, 8, "merge-exchange").cost
    assert group_sort_cost(2, 8, "merge-exchange").layers == 6


def without_heads(E: Construction, layer: int) -> Construction:
    return E.change(layer, heads=())


def with_weight(E: Construction, layer: int, row: int, column: int, value: Any) -> Construction:
    network = E.encoder.layers[layer].feed_forward
    assert network is not None
    W_2 = network.W_2.as_mutable()
    assert W_2[row, column] != value
    W_2[row, column] = value
    return E.change(layer, feed_forward=replace(network, W_2=W_2))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: without_heads(group_sort(1, 3), 2),
        lambda: group_sort(1, 3).change(0, heads=group_sort(1, 3).encoder.layers[0].heads[::-1][:1]),
        lambda: with_weight(group_sort(1, 3), 1, 1, 0, 0),
        lambda: with_weight(group_sort(1, 3), 0, 2, 5, 0),
        lambda: with_weight(max_min(1), 0, 0, 0, 2),
        lambda: with_weight(max_min(1), 0, 1, 0, 0),
    ],
)
def test_faults_are_refuted_by_an_input_that_shows_them(wrong: Any) -> None:
    faulty = wrong()
    report = check(faulty.claim)
    assert str(report.verdict) == "refuted" and report.witness is not None
    X = report.witness["X"]
    rows, cols = faulty.shape
    wanted = [sorted(X.row(i), reverse=True) for i in range(rows)]
    assert faulty(X=X).tolist() != wanted == report.witness.right.reshape(rows, cols).tolist()


def test_what_cannot_be_sorted_is_an_error() -> None:
    with pytest.raises(BadInput, match="at least 2 numbers"):
        group_sort(2, 1)
    with pytest.raises(BadInput, match="merge-exchange"):
        group_sort(2, 3, "merge-exchang")
    with pytest.raises(BadInput, match=r"sorting\.group_sort_cost"):
        group_sort("m", 3)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="no polynomial in g"):
        group_sort_cost("m", "g", "merge-exchange")
    assert sorted_by_rank("m", 4).shape[1] == 4
