"""Match2 as an encoder for words: every word of several p and lengths, residue 0, repeats, self-match, and faults."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.errors import BadInput
from symsim.proof import check
from symsim.proof.certificate import rechecked
from symsim.rasp import load
from symsim.simulators import match2
from symsim.simulators.matching import match2_of


@pytest.mark.parametrize(("p", "length"), [(1, 3), (2, 4), (3, 4), (4, 3), (5, 3), (6, 3), (7, 2)])
def test_every_word(p: int, length: int) -> None:
    E = match2(p, length)
    assert str(check(E.claim).verdict) == "proved"
    oracle = Oracle("match2", lambda word: match2_of(p, word))
    assert str(check(SequenceClaim(E, oracle, E.alphabet, length)).verdict) == "proved"


def test_the_definition_in_the_library_is_the_one_in_python() -> None:
    library = load("library:sequences")
    for p, word in product((1, 2, 3, 4, 6), ([0, 1, 2], [5, 5, 7, 1], [0, 0], [3])):
        assert library.call("match2_by_sums", [p], tokens=word) == match2_of(p, word)
        assert library.call("match2", [p], tokens=word) == match2_of(p, word)


def test_the_cases_that_programs_get_wrong() -> None:
    E = match2(4, 3)
    assert E.values((0,)) == [1]  # residue 0 matches itself
    assert E.values((2,)) == [1] and E.values((1,)) == [0]  # a match with itself, and none
    assert E.values((1, 1, 1)) == [0, 0, 0] and E.values((3, 3, 1)) == [1, 1, 1]  # repeats


@pytest.mark.parametrize(("p", "length"), [(3, 2), (5, 4), (8, 2), (11, 2)])
def test_the_size_does_not_grow_with_p(p: int, length: int) -> None:
    cost = match2(p, length).cost
    assert (cost.layers, cost.heads, cost.width, cost.positions) == (1, (1,), 7, length + 1)
    assert (cost.parameters, cost.nonzero_parameters, cost.ffn_units) == (56, 10, (0,))


def test_a_certificate_is_accepted_again() -> None:
    report = check(match2(3, 3).claim)
    assert "for all words of length 1 to 3" in rechecked(report.certifier.data)


def test_faults_are_refuted_at_short_words() -> None:
    E = match2(5, 3)
    table = E.embedding.as_mutable()
    wanted = E.slots.span("token number")[0]
    squared = E.slots.span("token number squared")[0]
    for row in range(3):  # a token 0 looks for 5
        table[row, wanted], table[row, squared] = 5, 25
    head = E.layers[0].heads[0]
    louder = head.W_Q.as_mutable()
    louder[E.slots.span("word flag")[0], 2] = 1
    faults = [
        replace(E, embedding=table),
        E.change(0, 0, W_Q=louder),
        E.change(0, 0, W_K=head.W_K * 0),
        E.change(0, 0, normaliser="softmax"),
    ]
    for faulty in faults:
        report = check(faulty.claim)
        assert str(report.verdict) == "refuted"
        word = report.witness.inputs["tokens"]
        assert len(word) <= 2 and report.witness.right == match2_of(5, word)


@pytest.mark.parametrize(("p", "length"), [(0, 2), (3, 0), (-1, 1), (True, 2), (2.0, 2)])
def test_sizes_that_are_none(p: int, length: int) -> None:
    with pytest.raises(BadInput, match="integer >= 1"):
        match2(p, length)
