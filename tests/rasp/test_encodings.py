"""Integer lookups and one-hot classes: both right at all words, with a margin, and the cheaper one is taken."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy

import symsim as ss
from symsim.claims import stored_words
from symsim.claims.word_encoder import WordEncoder
from symsim.domains.exact import Exact
from symsim.domains.polynomials import fraction
from symsim.encoder.running import states
from symsim.rasp import Interpreter, parse
from symsim.rasp.alphabet_codes import codes
from symsim.rasp.alphabet_lowering import ENCODINGS, lowerings, over_alphabet
from symsim.rasp.alphabet_program import AlphabetProgram
from symsim.rasp.alphabet_table import Table
from symsim.testing.programs_by_value import program
from tests.rasp.compared_by_value import compare

LIBRARY = ss.rasp.load("library:sequences")
HALF = sympy.Rational(1, 2)

PROGRAMS = [
    ("histogram", [], "ab", 6, (1,)),
    ("histogram", [], (-1, 0, 2), 4, (1,)),
    ("reverse", [], "abc", 4, (1, 1)),
    ("sorted", [], "abc", 4, (1, 1)),
    ("dyck1", [], "()", 7, (1, 1)),
    ("double_histogram", [], "abc", 4, (2, 1)),
    ("most_frequent", ["-"], "abc", 4, (3, 1, 1)),
    ("match2", [3], (0, 1, 2), 4, (1,)),
    ("max_min", [], (0, 1, 2), 4, (1, 1)),
    ("dyck", [["()", "[]"]], "()[]", 4, (1, 1, 1, 1)),
    ("long_addition", [], "09+", 4, (2, 1, 1, 1)),
]


def built(text: str) -> Any:
    return Interpreter("asis").run(parse(text))[-1].value


def compiled(
    name: str, args: list[Any], alphabet: Any, length: int, encoding: str, schedule: bool = True
) -> WordEncoder:
    made = LIBRARY.compile(name, args, length=length, alphabet=alphabet, schedule=schedule, encoding=encoding)
    assert isinstance(made, WordEncoder)
    return made


def verdict(made: WordEncoder) -> str:
    return str(ss.check(made.claim).verdict)


# -- programs ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ENCODINGS[1:])
@pytest.mark.parametrize(("name", "args", "alphabet", "length", "heads"), PROGRAMS)
def test_every_program_of_the_library(
    name: str, args: list[Any], alphabet: Any, length: int, heads: tuple[int, ...], encoding: str
) -> None:
    made = compiled(name, args, alphabet, length, encoding)
    assert made.cost.heads == heads and verdict(made) == "proved"
    assert verdict(compiled(name, args, alphabet, length, encoding, schedule=False)) == "proved"


@pytest.mark.parametrize(("name", "args", "alphabet", "length", "heads"), PROGRAMS)
def test_the_narrower_encoding_is_taken(
    name: str, args: list[Any], alphabet: Any, length: int, heads: tuple[int, ...]
) -> None:
    text = f"{name}({', '.join(map(str, args))})" if args else name
    found = lowerings(LIBRARY.build(name, args), length, tuple(alphabet), text)
    assert [tried for tried, _ in found.costs] == list(ENCODINGS[1:])
    costs = dict(found.costs)
    assert found.encoder.cost == costs[found.encoding] and found.encoder.cost.heads == heads
    assert found.encoder.cost.width == min(cost.width for cost in costs.values())
    assert found.encoder == compiled(name, args, alphabet, length, found.encoding)


WIDTHS = [("histogram", "abcdefgh", 4, 12, 6), ("reverse", "ab", 10, 27, 10), ("sorted", "abc", 5, 30, 23)]


@pytest.mark.parametrize(("name", "alphabet", "length", "one_hot", "integer"), WIDTHS)
def test_widths(name: str, alphabet: str, length: int, one_hot: int, integer: int) -> None:
    widths = [compiled(name, [], alphabet, length, encoding).cost.width for encoding in ENCODINGS[1:]]
    assert widths == [one_hot, integer]


@pytest.mark.parametrize("block", range(12))
def test_drawn_programs(block: int) -> None:
    """Encoders of 120 programs with integer lookups wherever there are some do what runs do, at all words."""
    found = []
    for seed in range(10 * block, 10 * block + 10):
        found.append(compare(*program(random.Random(seed)), bool(seed % 2), "integer"))
    assert found.count("equal") >= 6


# -- which selectors are lookups --------------------------------------------------------------------------------------
SELECTORS = [
    ("select(tokens, tokens, ==)", "abc", 3, "integer lookup of slot tokens,"),
    ("select(indices, indices - 1, ==)", "ab", 3, "integer lookup of"),
    ("select(tokens, tokens, ==) and select(indices, indices, <)", "ab", 3, "with one-hot classes"),
    ("not (select(tokens, tokens, !=) or select(indices, indices, >=))", "ab", 3, "with one-hot classes"),
    ('select(tokens, "a", ==) and select(indices, indices - 1, ==)', "ab", 4, "integer lookup of"),
    ("select(tokens, tokens, ==) and select(indices % 2, indices % 2, ==)", "ab", 4, "integer lookup of"),
    ("select(tokens, tokens, <=) and select(tokens, tokens, >=)", "abc", 3, "integer lookup of"),
    ("select(tokens, 1 - tokens, ==)", (0, 1, Fraction(1, 2)), 3, "integer lookup of"),
    ("select(tokens, tokens, ==)", (10**30, -3, 0), 3, "integer lookup of"),
    ("select(tokens, tokens, <)", "abc", 3, "One head, select"),
    ("select(indices, indices, <=)", "ab", 3, "One head, select"),
    ("select(tokens, tokens, ==) or select(indices, indices, <)", "ab", 3, "One head, (select"),
    ("select(1, 2, ==)", "ab", 3, "no head"),
]


@pytest.mark.parametrize(("selector", "alphabet", "length", "part"), SELECTORS)
def test_which_selectors_are_lookups(selector: str, alphabet: Any, length: int, part: str) -> None:
    value = 'indicator(tokens == "a") + indices' if "a" in alphabet else "tokens + indices"
    forms = [f"aggregate({selector}, {value}, -1);", f"selector_width({selector});"]
    for form in forms if "tokens" in selector else forms[:1]:  # a count by positions alone has no head
        made = over_alphabet(built(form), length, tuple(alphabet), selector, True, "integer")
        assert verdict(made) == "proved"
        assert part in " ".join(made.layer_notes) if part != "no head" else not made.layers


def test_tokens_that_are_numbers_stand_once() -> None:
    """One slot is compared and carried."""
    text = "aggregate(select(tokens, 5 - tokens, ==), tokens, 7);"
    made = over_alphabet(built(text), 3, (0, 1, 2, 3, 4), text, True, "integer")
    key = made.layers[0].heads[0].W_K.todok()
    read = made.layers[0].heads[0].W_V.todok()
    slot = made.slots.span("tokens")[0]
    assert verdict(made) == "proved" and (slot, 0) in read and slot in {row for row, _ in key}
    assert made.embedding.extract(list(range(0, 15, 3)), [slot]) == sympy.Matrix([0, 1, 2, 3, 4])


def test_what_is_no_equality_has_no_codes() -> None:
    for selector, expected in (("<", False), ("==", True), ("!=", False), ("<=", False)):
        node = built(f"aggregate(select(tokens, tokens, {selector}), indices);")
        assert bool(codes(node.selector, AlphabetProgram(node, Table(("a", "b", "c"), 3)))) is expected


# -- the margin -------------------------------------------------------------------------------------------------------
def forms(weight: Any) -> list[dict[int, Fraction]]:
    """The columns of a weight."""
    columns: list[dict[int, Fraction]] = [{} for _ in range(weight.shape[1])]
    for (row, column), value in weight.todok().items():
        columns[column][row] = Fraction(int(value.p), int(value.q))
    return columns


def scores(made: WordEncoder, word: tuple[Any, ...]) -> Iterator[list[list[Fraction]]]:
    """The scores of every head at a word."""
    domain, encoder = Exact(), made.encoder_at(len(word))
    for layer, state in zip(made.layers, states(domain, encoder, made.tokens(domain, word)), strict=False):
        rows = [{j: fraction(v) if hasattr(v, "p") else Fraction(v) for j, v in row.items()} for row in state.entries]
        for head in layer.heads:
            sides = [
                [[sum(c * row.get(j, 0) for j, c in form.items()) for form in forms(weight)] for row in rows]
                for weight in (head.W_Q, head.W_K)
            ]
            yield [[sum(a * b for a, b in zip(q, k, strict=True)) for k in sides[1]] for q in sides[0]]


@pytest.mark.parametrize(("name", "args", "alphabet", "length", "heads"), PROGRAMS)
def test_the_margin(name: str, args: list[Any], alphabet: Any, length: int, heads: tuple[int, ...]) -> None:
    """What is selected leads by 1 at least, the sink stands 1/2 away or with it, and the sink selects itself alone."""
    made = compiled(name, args, alphabet, min(length, 4), "integer")
    seen = 0
    for n in range(1, made.length + 1):
        for word in list(made.claim.words_of(n))[:9]:
            for table in scores(made, word):
                for row in table[:-1]:
                    best, sink = max(row[:-1]), row[-1]
                    assert sink <= best or sink - best >= HALF
                    assert sink >= best or best - sink >= HALF
                    assert all(best - score >= 1 for score in row[:-1] if score != best and best >= sink)
                    seen += 1
                assert all(score < table[-1][-1] for score in table[-1][:-1])
    assert seen > 40


# -- faults -----------------------------------------------------------------------------------------------------------
def moved(made: WordEncoder, layer: int, part: str, entry: tuple[int, int], by: Any) -> WordEncoder:
    """The encoder with one entry of a weight of the first head of a layer moved."""
    weight = getattr(made.layers[layer].heads[0], part)
    entries = weight.todok()
    entries[entry] = entries.get(entry, sympy.Integer(0)) + by
    return made.change(layer, 0, **{part: sympy.ImmutableSparseMatrix(*weight.shape, entries)})


def smallest_wrong_word(made: WordEncoder) -> list[Any] | None:
    for n in range(1, made.length + 1):
        for word in made.claim.words_of(n):
            if made.values(word) != made.computes.values(word):
                return list(word)
    return None


PREVIOUS = "aggregate(select(indices, indices - 1, ==), tokens, 7);"
BEFORE = "aggregate(select(tokens, tokens, ==) and select(indices, indices, <), indices, 7);"


@pytest.mark.parametrize(("text", "by"), [(PREVIOUS, HALF), (PREVIOUS, -HALF * 3), (BEFORE, HALF), (BEFORE, -HALF)])
def test_a_removed_margin_is_refuted(text: str, by: Any) -> None:
    """The sink stands level with what is selected, or below what is not: a default is mixed in, or lost."""
    made = over_alphabet(built(text), 3, (0, 1, 2), text, True, "integer")
    assert verdict(made) == "proved" and "integer lookup" in made.layer_notes[0]
    last = made.layers[0].heads[0].W_Q.shape[1] - 1
    wrong = moved(made, 0, "W_Q", (made.slots.span("word flag")[0], last), by)
    report, word = ss.check(wrong.claim), smallest_wrong_word(wrong)
    assert word is not None and str(report.verdict) == "refuted" and report.witness["tokens"] == word


def test_half_the_margin_is_enough() -> None:
    """The sink may stand anywhere between what is selected and the rest."""
    made = over_alphabet(built(PREVIOUS), 3, (0, 1, 2), PREVIOUS, True, "integer")
    last = made.layers[0].heads[0].W_Q.shape[1] - 1
    for by in (sympy.Rational(1, 4), sympy.Rational(-1, 4)):
        assert verdict(moved(made, 0, "W_Q", (made.slots.span("word flag")[0], last), by)) == "proved"


@pytest.mark.parametrize("slot", ["tokens", "tokens squared"])
def test_a_square_that_is_wrong_is_refuted(slot: str) -> None:
    made = compiled("histogram", [], (0, 1, 3), 3, "integer")
    table = made.embedding.todok()
    row, column = made.alphabet.index(3) * made.length, made.slots.span(slot)[0]
    wrong = replace(made, embedding=sympy.ImmutableSparseMatrix(*made.embedding.shape, {**table, (row, column): 5}))
    report, word = ss.check(wrong.claim), smallest_wrong_word(wrong)
    assert word is not None and str(report.verdict) == "refuted" and report.witness["tokens"] == word


@pytest.mark.parametrize("name", ["histogram", "reverse", "double_histogram"])
def test_a_changed_score_is_refuted_at_the_smallest_word(name: str) -> None:
    made, refuted, tried = compiled(name, [], "abc", 3, "integer"), 0, 0
    for layer in range(len(made.layers)):
        for part in ("W_Q", "W_K"):
            for entry in list(getattr(made.layers[layer].heads[0], part).todok())[:6]:
                wrong, tried = moved(made, layer, part, entry, sympy.Rational(-7, 3)), tried + 1
                report, word = ss.check(wrong.claim), smallest_wrong_word(wrong)
                assert str(report.verdict) == ("proved" if word is None else "refuted")
                if word is not None:
                    refuted += 1
                    assert report.witness["tokens"] == word
    assert refuted > tried / 3


# -- around it --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_json_gives_the_encoder_back(encoding: str) -> None:
    made = compiled("double_histogram", [], "abc", 3, encoding)
    text = stored_words.save(made)
    back = stored_words.load(text, made.computes)
    assert back == made and back.layer_notes == made.layer_notes and stored_words.save(back) == text
    assert verdict(back) == "proved"


def test_pictures_say_what_is_looked_up() -> None:
    made = compiled("histogram", [], "abc", 3, "integer")
    assert made.layer_notes[0].startswith("One head, integer lookup of slot tokens, select(tokens, tokens, ==): ")
    assert "integer lookup of slot tokens" in ss.html(made) and "tokens squared" in ss.html(made)
    assert "integer lookup of slot tokens" in ss.trace(made.at_word("cab")).to_json()


def test_bad_encodings() -> None:
    with pytest.raises(ss.BadInput, match="did you mean 'integer'"):
        LIBRARY.compile("histogram", length=2, alphabet="ab", encoding="integers")
    with pytest.raises(ss.BadInput, match="real tokens"):
        ss.rasp.load("library:matrices").compile("trace", [2], length=4, encoding="integer")
