"""Loops and relatives of attention: what their pages say beyond the steps, each with what would contradict it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from derivations import looped, looped_attention, looped_pass, registry
from symsim.claims.report import Verdict
from symsim.derivation import Derivation
from symsim.proof import check

LOOPS = ("looped-attention", "looped-encoder", "looped-pass")
SHOWN = {
    "looped-attention": (1, 1, 1, 1),
    "looped-pass": (1, 1, 1, 1, 1),
    "looped-encoder": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "cross-attention": (1, 1),
    "multi-query-attention": (1, 2, 1),
    "grouped-query-attention": (1, 4, 1),
    "linear-attention": (1, 1),
    "linformer": (1, 2, 1),
}
"""The heads in each layer of the shown constructions."""


def softmax_heads(case: Any) -> Counter[int]:
    """How many layers have so many softmax heads."""
    found: Counter[int] = Counter()
    for layer in case.construction().encoder.layers:
        count = sum(head.normaliser == "softmax" for head in layer.heads)
        found[count] += count > 0
    return +found


@pytest.mark.parametrize("name", SHOWN)
def test_shown_constructions_have_the_stated_heads_and_all_sizes(name: str) -> None:
    found = registry[name]
    assert found.construction.cost.heads == SHOWN[name]
    assert found.claim.free_sizes and not found.claim.fixed
    if name != "linear-attention":
        assert "softmax" in found.construction.machine.normalisers
    else:
        assert found.construction.machine.normalisers == ("linear",)
        assert found.construction.machine.masks == ("none",)


@pytest.mark.parametrize("name", ["looped-attention", "looped-encoder"])
def test_cases_of_loops_have_the_heads_and_passes_of_their_titles(name: str) -> None:
    seen = set()
    for case in registry[name].cases:
        if named := re.match(r"(\d) heads?.*, L = (\d), all sizes", case.title):
            heads, passes = int(named[1]), int(named[2])
            assert softmax_heads(case) == Counter({heads: passes}), case.title
            assert not case.claim().fixed
            seen.add((heads, passes))
    assert seen == {(heads, passes) for heads in (1, 2, 4) for passes in (1, 2, 3)}


@pytest.mark.parametrize("name", ["cross-attention", "linformer", "multi-query-attention"])
def test_cases_with_several_heads_have_so_many(name: str) -> None:
    seen = {}
    for case in registry[name].cases:
        if named := re.match(r"(\d) heads?.*all sizes", case.title):
            seen[int(named[1])] = softmax_heads(case)
    assert seen == {heads: Counter({heads: 1}) for heads in (1, 2, 4)}


def test_cases_of_groups_have_as_many_keys_as_groups() -> None:
    seen = set()
    for case in registry["grouped-query-attention"].cases:
        heads, groups = map(int, re.findall(r"\d", case.title)[:2])
        keys = [name for name, _ in case.construction().inputs if name.startswith("W_K")]
        assert softmax_heads(case) == Counter({heads: 1}) and len(keys) == groups, case.title
        seen.add((heads, groups))
    assert seen >= {(2, 1), (4, 1), (4, 2)}


@pytest.mark.parametrize("name", LOOPS)
def test_no_step_says_anything_about_leftovers(name: str) -> None:
    """From the first result on, slot x of parameter tokens is read by queries alone, and is not 0."""
    found = registry[name]
    for _, place, _ in found.identities(found.construction):
        assert place.slot != "x" or place.groups == ("X",)


def test_leftovers_are_there() -> None:
    found: Derivation = replace(looped_attention.derivation, steps=[], controls=[], cases=[], examples=[])

    @found.step("Slot x of the parameter tokens is 0 again, says somebody.")
    def clean(state: Any) -> Any:
        """It is the mean of the values."""
        yield state.slot("x", layer=1, rows="A"), 0

    assert [item.report.verdict for item in found.check().identities] == [Verdict.REFUTED]


def test_last_reset_is_needed_by_bare_heads_alone() -> None:
    encoder = looped.derivation
    assert check(encoder.claim_of(encoder.construction.change(9, feed_forward=None))).verdict is Verdict.PROVED
    bare = looped_attention.derivation
    assert check(bare.claim_of(bare.construction.change(3, feed_forward=None))).verdict is Verdict.REFUTED


def test_the_lemma_is_about_the_layers_of_the_loop() -> None:
    lemma, loop = looped_pass.derivation.construction, looped.derivation.construction
    assert loop.encoder.layers == lemma.encoder.layers * 2
    starts = {(p.group, p.slot) for p in lemma.placements}
    assert {(group, "x") for group in lemma.encoder.tokens.names} <= starts
    report = check(looped_pass.derivation.claim)
    cut = {(c.group, c.slot) for c in lemma.cuts if c.layer == 4}
    untouched = {"id", "ido", "id2", "idb", "one"}
    every = {(g, s) for g in lemma.encoder.tokens.names for s in lemma.encoder.slots.names if s not in untouched}
    assert every - cut == {(group, "x") for group in lemma.encoder.tokens.names if group != "X"}
    assert all(step.verdict is Verdict.PROVED for step in report.steps) and len(report.steps) > len(cut)


def test_weights_of_linformer_alone_depend_on_n() -> None:
    for name in ("linformer", "cross-attention", "linear-attention", "looped-attention"):
        found = registry[name]
        sizes = dict.fromkeys(found.claim.free_sizes, 2)
        one, other = (found.construction.at({**sizes, "n": n}).encoder.layers for n in (2, 3))
        assert (one != other) == (name == "linformer"), name
