"""Programs over a finite alphabet as encoders: right at all words, within the published counts, refuted if changed."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy
from hypothesis import event, given, settings
from hypothesis import strategies as st

import symsim as ss
from symsim.claims import stored_words
from symsim.claims.sequences import SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.domains.exact import Exact
from symsim.encoder.running import states
from symsim.rasp import Interpreter, RaspError, parse
from symsim.rasp.alphabet_lowering import over_alphabet
from symsim.rasp.alphabet_selectors import counted
from symsim.rasp.sequences import SequenceProgram
from symsim.testing.programs_by_value import program
from tests.rasp.compared_by_value import compare

LIBRARY = ss.rasp.load("library:sequences")


def compiled(name: str, args: list[Any], alphabet: Any, length: int, schedule: bool = True) -> WordEncoder:
    made = LIBRARY.compile(name, args, length=length, alphabet=alphabet, schedule=schedule)
    assert isinstance(made, WordEncoder)
    return made


def built(text: str) -> Any:
    return Interpreter("asis").run(parse(text))[-1].value


def lower(text: str, alphabet: Any, length: int, schedule: bool = True) -> WordEncoder:
    return over_alphabet(built(text), length, tuple(alphabet), text, schedule)


# -- what the library costs -------------------------------------------------------------------------------------------
PUBLISHED = [
    ("histogram", [], "ab", 6, 1),
    ("histogram", [], "abc", 5, 1),
    ("reverse", [], "ab", 6, 2),
    ("reverse", [], "abc", 5, 2),
    ("sorted", [], "ab", 6, 2),
    ("sorted", [], "abc", 5, 2),
    ("dyck1", [], "()", 10, 2),
    ("dyck1", [], "()a", 5, 2),
]


@pytest.mark.parametrize(("name", "args", "alphabet", "length", "layers"), PUBLISHED)
def test_published_counts(name: str, args: list[Any], alphabet: str, length: int, layers: int) -> None:
    """As many layers as in the literature, one head each, and right at all words."""
    made = compiled(name, args, alphabet, length)
    assert made.cost.layers == layers and made.cost.heads == (1,) * layers
    report = ss.check(made.claim)
    assert (str(report.verdict), report.method) == ("proved", "exhaustive")
    assert report.to_dict()["cost"]["layers"] == layers and "average-hard" in str(report.to_dict()["machine"])


MORE = [
    ("double_histogram", [], "abc", 4, (2, 1)),
    ("most_frequent", ["-"], "abc", 4, (3, 1, 1)),
    ("match2", [3], (0, 1, 2), 5, (1,)),
    ("max_min", [], (0, 1, 2), 5, (1, 1)),
    ("max_min", [], "abc", 4, (1, 1)),
    ("dyck", [["()", "[]"]], "()[]", 4, (1, 1, 1, 1)),
    ("long_addition", [], "09+", 5, (2, 1, 1, 1)),
]


@pytest.mark.parametrize(("name", "args", "alphabet", "length", "heads"), MORE)
def test_every_other_program_of_the_library(
    name: str, args: list[Any], alphabet: Any, length: int, heads: tuple[int, ...]
) -> None:
    made = compiled(name, args, alphabet, length)
    assert made.cost.heads == heads and str(ss.check(made.claim).verdict) == "proved"
    apart = compiled(name, args, alphabet, length, schedule=False)
    assert apart.cost.heads == (1,) * sum(heads) and str(ss.check(apart.claim).verdict) == "proved"


def test_one_kind_of_brackets_is_the_general_case() -> None:
    short, general = (SequenceProgram(LIBRARY, call) for call in ("dyck1()", 'dyck(["()"])'))
    assert str(ss.check(SequenceClaim(short, general, ("(", ")", "a"), 6)).verdict) == "proved"


def test_heads_that_select_alike_are_one() -> None:
    made = lower("aggregate(full_s, tokens) + 5 * aggregate(full_s, indicator(tokens == 1));", (0, 1, 2), 4)
    assert made.cost.heads == (1,) and made.layers[0].heads[0].W_V.shape[1] == 2
    assert str(ss.check(made.claim).verdict) == "proved"


def test_a_head_waits_for_one_that_selects_alike() -> None:
    """The second mean needs the first; the third needs nothing, and stands beside the second."""
    text = "x = aggregate(select(tokens, tokens, ==), indices); b = select(indices, indices, <);"
    made = lower(f"{text} aggregate(b, x) + 7 * aggregate(b, tokens);", (0, 1, 2), 3)
    assert made.cost.heads == (1, 1) and made.layers[1].heads[0].W_V.shape[1] == 2
    assert str(ss.check(made.claim).verdict) == "proved"


def test_what_is_not_needed_has_no_head() -> None:
    """A mean that positions decide, one that says nothing new, and one that is multiplied by 0."""
    text = "a = aggregate(select(indices, indices, <), indices); b = selector_width(select(tokens, tokens, ==));"
    made = lower(f"{text} a + b + selector_width(select(tokens, tokens, ==)) + 0 * selector_width(full_s);", "ab", 3)
    assert made.cost.heads == (1,) and str(ss.check(made.claim).verdict) == "proved"


def test_what_no_word_tells_apart_is_one_class() -> None:
    """Lengths of different words never meet, so this selects everything, and nobody has to know the length."""
    made = lower('aggregate(select(length, length, ==), indicator(tokens == "a"));', "ab", 4)
    assert made.cost.heads == (1,) and made.layers[0].heads[0].W_Q.shape[1] == 1
    assert str(ss.check(made.claim).verdict) == "proved"


def test_one_set_of_weights_for_all_lengths() -> None:
    made = compiled("sorted", [], "ab", 4)
    assert all(made.encoder_at(n).layers is made.layers for n in range(1, 5))
    assert made.embedding.shape == (2 * 4, made.slots.total) and made.cost.positions == 5


def test_the_sink_is_the_same_at_every_word() -> None:
    made = compiled("most_frequent", ["-"], "ab", 3)
    domain, rows = Exact(), {}
    for n in (1, 2, 3):
        for word in made.claim.words_of(n):
            for layer, state in enumerate(states(domain, made.encoder_at(n), made.tokens(domain, word))):
                rows.setdefault(layer, []).append(state.entries[n])
    assert len(rows) == 4 and all(row == found[0] for found in rows.values() for row in found)


# -- compiled programs do what runs do --------------------------------------------------------------------------------
@settings(max_examples=150)
@given(seed=st.integers(0, 2**32), schedule=st.booleans())
def test_compiled_programs_do_what_runs_do(seed: int, schedule: bool) -> None:
    event(compare(*program(random.Random(seed)), schedule))


def test_what_the_drawn_programs_are() -> None:
    """What the comparison above is about: nearly all run, and half of them attend."""
    cases = [program(random.Random(seed)) for seed in range(30)]
    equal = [case for case in cases if compare(*case, True) == "equal"]
    layers = [over_alphabet(built(f"{text};"), n, tokens, text, True).cost.layers for text, tokens, n in equal]
    assert len(equal) > 25 and sum(count >= 1 for count in layers) > 10 and max(layers) >= 4


def test_the_comparison_tells_programs_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: the encoder of one program, the run of another."""
    text = "selector_width(select(tokens, tokens, ==))"
    assert compare(text, ("a", "b"), 3, True) == "equal"
    monkeypatch.setattr(SequenceProgram, "values", lambda self, tokens: [0] * len(tokens))
    with pytest.raises(AssertionError, match="selector_width"):
        compare(text, ("a", "b"), 3, True)


MIXED = [
    ('aggregate(select(tokens, "c", ==) and select(indices, indices - 1, ==), tokens, "-");', "ac", 3),
    ("aggregate(select(indices, 1, ==), tokens);", "ac", 3),  # a number at words of one token
    ("tokens == tokens;", "ab", 2),
    ("1 if indices == 0 else aggregate(select(tokens, tokens, <), tokens);", (0, Fraction(1, 2), 3), 3),
    ("3;0 * indices;", "ab", 2),
    ("tokens;", "ab", 2),
    ("aggregate(select(tokens, tokens, <) and select(tokens, tokens, >), 7, 5);", "ab", 3),
    ("indices ^ 2 + 2 * length;", "a", 6),
    ("exp(indices) > 2;", "ab", 3),
    ("aggregate(select(indices, indices, <) or select(tokens, tokens, ==), indicator(tokens == \"a\")) ^ 2;", "ab", 4),
]


@pytest.mark.parametrize(("text", "alphabet", "length"), MIXED)
def test_values_of_all_kinds(text: str, alphabet: Any, length: int) -> None:
    made = lower(text, alphabet, length)
    assert str(ss.check(made.claim).verdict) == "proved"
    first = next(made.claim.words_of(length))
    assert [type(value) for value in made.values(first)] == [type(value) for value in made.computes.values(first)]


# -- counting ---------------------------------------------------------------------------------------------------------
ALMOST = [
    "round(1 / aggregate(s or first, indicator(indices == 0)) - 1 + aggregate(s and first, 1, 5));",
    "round(1 / aggregate(s or first, indicator(indices == 0)) - 1 + aggregate(t and first, 1));",
    "round(1 / aggregate(s or first, indicator(indices == 1) + 1/4) - 1 + aggregate(s and first, 1));",
    "round(2 / aggregate(s or first, indicator(indices == 0)) - 1 + aggregate(s and first, 1));",
]


@pytest.mark.parametrize("text", ALMOST)
def test_what_is_almost_a_count_is_none(text: str) -> None:
    names = "s = select(tokens, tokens, ==); t = select(tokens, tokens, <); first = select(indices, 0, ==);"
    exact = "round(1 / aggregate(s or first, indicator(indices == 0)) - 1 + aggregate(s and first, 1));"
    assert counted(built(names + exact)) is not None and counted(built(names + text)) is None
    assert str(ss.check(lower(names + text, "ab", 3).claim).verdict) == "proved"


# -- faults -----------------------------------------------------------------------------------------------------------
def smallest_wrong_word(made: WordEncoder) -> list[Any] | None:
    for n in range(1, made.length + 1):
        for word in made.claim.words_of(n):
            if made.values(word) != made.computes.values(word):
                return list(word)
    return None


def faults(made: WordEncoder) -> list[WordEncoder]:
    """Encoders with one entry of one weight changed, some in every weight."""
    out = []
    for number, layer in enumerate(made.layers):
        for h, head in enumerate(layer.heads):
            for part in ("W_Q", "W_K", "W_V", "W_O"):
                for entry in list(getattr(head, part).todok())[:3]:
                    out.append(made.change(number, h, **{part: _plus(getattr(head, part), entry)}))
        for part in ("W_1", "b_1", "W_2") if layer.feed_forward is not None else ():
            for entry in list(getattr(layer.feed_forward, part).todok())[:3]:
                network = replace(layer.feed_forward, **{part: _plus(getattr(layer.feed_forward, part), entry)})
                out.append(made.change(number, feed_forward=network))
    for entry in list(made.embedding.todok())[:12]:
        out.append(replace(made, embedding=_plus(made.embedding, entry)))
    return out


def _plus(weight: Any, entry: tuple[int, int]) -> Any:
    table = weight.todok()
    return sympy.ImmutableSparseMatrix(*weight.shape, {**table, entry: table[entry] - sympy.Rational(7, 5)})


@pytest.mark.parametrize(("name", "alphabet"), [("histogram", "ab"), ("sorted", "ab"), ("dyck1", "()")])
def test_a_changed_weight_is_refuted_at_the_smallest_word(name: str, alphabet: str) -> None:
    made = compiled(name, [], alphabet, 4)
    refuted = 0
    for wrong in faults(made):
        report, word = ss.check(wrong.claim), smallest_wrong_word(wrong)
        if word is None:  # a score may move a little and stay the largest
            assert str(report.verdict) == "proved"
            continue
        refuted += 1
        assert str(report.verdict) == "refuted" and report.witness["tokens"] == word
        assert "slot" in report.witness.node
    assert refuted > len(faults(made)) / 2


def test_another_program_is_refuted() -> None:
    wrong = replace(compiled("histogram", [], "ab", 3), computes=SequenceProgram(LIBRARY, "reverse()"))
    assert str(ss.check(wrong.claim).verdict) == "refuted"


# -- JSON, drawing ----------------------------------------------------------------------------------------------------
def test_json_gives_the_encoder_back() -> None:
    for alphabet in ("ab", (1, Fraction(-1, 2), True and 3)):
        made = compiled("sorted", [], alphabet, 3)
        text = stored_words.save(made)
        back = stored_words.load(text, made.computes)
        assert back == made and back.layer_notes == made.layer_notes and stored_words.save(back) == text
        assert str(ss.check(back.claim).verdict) == "proved"
        with pytest.raises(ss.BadInput, match="give computes"):
            _ = stored_words.load(text).claim


BROKEN = [
    ("{", "no complete JSON"),
    ("{}", "holds no word encoder"),
    ('{"kind": "word encoder", "schema_version": 1}', "hash"),
]


@pytest.mark.parametrize(("text", "part"), BROKEN)
def test_broken_json(text: str, part: str) -> None:
    with pytest.raises(ss.BadInput, match=part):
        stored_words.load(text)
    whole = stored_words.save(compiled("histogram", [], "ab", 2))
    with pytest.raises(ss.BadInput, match="hash"):
        stored_words.load(whole.replace('"length": 2', '"length": 1'))


def test_the_dataflow_at_a_word() -> None:
    made = compiled("sorted", [], "abc", 3)
    flow = ss.trace(made.at_word(("c", "a", "b")))
    held = flow.nodes[flow.readout]["by_group"]["word"].text
    codes = {value: number for number, value in made.codes}
    assert held == "[" + "; ".join(str(codes[letter]) for letter in "abc") + "]"
    assert made.layer_notes[0] in flow.to_json() and "count" in flow.to_svg()


def test_the_claim_at_a_word() -> None:
    made = compiled("sorted", [], "abc", 3)
    assert str(ss.check(made.at_word("cab").claim).verdict) == "proved"
    value = made.layers[0].heads[0].W_V
    assert str(ss.check(made.change(0, 0, W_V=2 * value).at_word("cab").claim).verdict) == "refuted"


def test_pages() -> None:
    made = compiled("sorted", [], "abc", 3)
    page = ss.html(made)
    assert made.layer_notes[0].split("<")[0] in page and "for all inputs of length 1 to 3" in page and "a b c" in page
    assert "sorted" in ss.latex(made) and "sorted" in ss.html(made.at_word("ab"))
    assert "trace" in ss.html(ss.rasp.load("library:matrices").compile("trace", [2], length=4))
    assert "nothing is claimed" in ss.html(replace(made, computes=None))


def test_encoding() -> None:
    made = compiled("reverse", [], "ab", 3)
    table = made.encode(("b", "a"))
    assert table.shape == (3, made.slots.total) and table[2, :] == made.sink.as_explicit()
    assert table[0, :] == made.embedding[3, :].as_explicit()
    for word, part in ((("c",), "no 'c'"), ((), "got 0"), (("a",) * 4, "got 4")):
        with pytest.raises(ss.BadInput, match=part):
            made.encode(word)


# -- what is not lowered ----------------------------------------------------------------------------------------------
REFUSED = [
    ("selector_width(full_s);", "ab", 17, "smaller alphabet"),
    ("exp(indices);", "ab", 2, "not rational"),
    ("aggregate(full_s, tokens);", "ab", 2, "no mean.*no value at"),
    ("1 / indices;", "ab", 2, "division by 0"),
    ("tokens + 1;", "ab", 2, "string"),
    ("full_s;", "ab", 2, "only s-ops"),
]


@pytest.mark.parametrize(("text", "alphabet", "length", "part"), REFUSED)
def test_what_is_not_lowered_says_why(text: str, alphabet: str, length: int, part: str) -> None:
    with pytest.raises(RaspError, match=f"(?s){part}") as caught:
        lower(text, alphabet, length)
    assert caught.value.place is not None or "only s-ops" in part or "full_s" in text


def test_bad_alphabets() -> None:
    for alphabet, part in (((), "empty"), (("a", 1), "mixes"), (("a", "a"), "twice"), ((0.5,), "exact")):
        with pytest.raises(ss.BadInput, match=part):
            compiled("histogram", [], alphabet, 2)
    with pytest.raises(ss.BadInput, match="real tokens"):
        LIBRARY.compile("histogram", length=2, alphabet="ab", shape=(1, 2))
    with pytest.raises(ss.BadInput, match="length"):
        compiled("histogram", [], "ab", 0)
    with pytest.raises(RaspError, match="--alphabet a,b"):
        LIBRARY.compile("histogram", length=2)


def test_a_limit_has_a_place(tmp_path: Path) -> None:
    file = tmp_path / "f.rasp"
    file.write_text("def f() {\n    return selector_width(select(tokens, tokens, ==));\n}\n")
    with pytest.raises(RaspError, match="line 2"):
        ss.rasp.load(file).compile("f", length=20, alphabet="ab")
