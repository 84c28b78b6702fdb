"""Colours can be told apart and read, formulas are set with subscripts, and lines go from left to right."""

from __future__ import annotations

import re

import pytest

from symsim.flow import slot_colours, trace
from symsim.flow.colours import INK, MUTED, PAGE, PALETTE, SURFACE, SlotColour, contrast
from symsim.flow.sketch import sketch
from symsim.flow.typesetting import clipped, formula, spans, width
from symsim.simulators.universal import universal


@pytest.mark.parametrize("colour", PALETTE, ids=lambda c: c.name)
def test_text_and_lines_have_contrast(colour: SlotColour) -> None:
    assert contrast(colour.text, colour.fill) >= 4.5 and contrast(colour.dark_text, colour.dark_fill) >= 4.5
    assert contrast(colour.line, PAGE[0]) >= 4.5 and contrast(colour.dark_line, PAGE[1]) >= 4.5


@pytest.mark.parametrize("mode", [0, 1])
def test_plain_text_has_contrast(mode: int) -> None:
    for text in (INK, MUTED):
        assert contrast(text[mode], PAGE[mode]) >= 4.5 and contrast(text[mode], SURFACE[mode]) >= 4.5


def test_contrast_of_equal_colours_is_one() -> None:
    assert contrast("#777777", "#777777") == 1.0 and contrast("#ffffff", "#777777") < 4.5


def test_slots_of_the_simulator_have_seven_colours() -> None:
    names = universal("n", "d").encoder.slots.names
    colours = slot_colours(names)
    assert list(colours) == list(names) and len({colour.index for colour in colours.values()}) == 7
    assert [colour.index for colour in PALETTE] == list(range(len(PALETTE)))


def test_pictures_agree_on_the_meaning_of_classes() -> None:
    rules: dict[str, set[str]] = {}
    for U in (universal("n", "d"), universal("n", "d", heads=2), universal(2, 2, realisation="scalars")):
        light = trace(U).to_svg().split("@media")[0]
        for name, body in re.findall(r"\.flow (\.[bltd]\d+)(\{[^}]*\})", light):
            rules.setdefault(name, set()).add(body)
    assert rules and all(len(found) == 1 for found in rules.values())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("X A X^T", [("X", 0), (" ", 0), ("A", 0), (" ", 0), ("X", 0), ("T", 1)]),
        ("W_Q12", [("W", 0), ("Q12", -1)]),
        ("O1", [("O", 0), ("1", -1)]),
        ("ones(d_v)", [("1", 0), ("d_v", -1)]),
        ("I(n)", [("I", 0), ("n", -1)]),
        ("softmax", [("softmax", 0)]),
        ("X^-1", [("X", 0), ("\N{MINUS SIGN}1", 1)]),
    ],
)
def test_formulas_are_set(text: str, shown: list[tuple[str, int]]) -> None:
    assert [(run.text, run.level) for run in formula(text)] == shown


def test_typesetting_escapes_and_measures() -> None:
    assert "<X>" not in spans(formula("<X>")) and width("mm", 10) > width("ii", 10) > 0
    assert clipped("abc", 3) == "abc"


def test_lines_go_one_column_to_the_right() -> None:
    for everything in (False, True):
        found = sketch(trace(universal("n", "d", d_k="k", d_v="v", d_ff="f", heads=2)), everything)
        for link in found.links:
            assert found.items[link.target].column == found.items[link.source].column + 1


def test_every_card_reads_and_writes() -> None:
    found = sketch(trace(universal("n", "d", d_ff="f")))
    cards = {key for key, item in found.items.items() if item.kind == "card"}
    assert len(cards) == 6
    assert cards == {link.target for link in found.links} & cards == {link.source for link in found.links} & cards


def test_many_numbered_slots_and_heads_are_drawn_as_one() -> None:
    few, many = sketch(trace(universal("n", "d", heads=2))), sketch(trace(universal("n", "d", heads=8)))
    titles = [item.title for item in many.items.values()]
    assert "8 heads" in titles and "q1 \N{HORIZONTAL ELLIPSIS} q8" in titles
    assert len(many.items) < len(few.items)


def test_the_picture_of_the_simulator_says_what_it_is_about() -> None:
    text = re.sub(r"<[^>]*>", "", trace(universal("n", "d")).to_svg())
    for words in ("softmax(X A XT) X V", "products", "attention", "mask: keys X", "result", "on X", "layer 1"):
        assert words in text
