"""Pages of derivations with norms, several heads or free constants: symbols are introduced, pictures stay small."""

from __future__ import annotations

import re
from functools import cache

import pytest

from derivations import registry
from symsim.derivation import CheckedDerivation
from symsim.render import html, latex, markdown
from symsim.render.breaking import width
from symsim.render.context import LEFTOVER, LONG_CELL, Context
from symsim.render.layers import stepper
from symsim.render.notation import Notation
from symsim.render.symbols import in_parts


@cache
def checked(name: str) -> CheckedDerivation:
    """A derivation, checked once."""
    return registry[name].check()


def section(text: str, title: str) -> str:
    """A section of a Markdown page."""
    return re.split(r"^## ", text.split(title, 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_layer_norm_is_introduced_before_the_claim_uses_it() -> None:
    text = markdown(checked("post-norm-layer"))
    claim = section(text, "The claim")
    introduced = claim.index(r"\operatorname{layernorm}(z)_{j}")
    assert introduced < claim.index(r"\operatorname{decode}(U(")
    assert "with the mean" in claim and r"\operatorname{layernorm}" not in markdown(checked("scaled-attention"))


def test_scale_is_introduced_and_the_weights_are_said_to_hold_it() -> None:
    text = markdown(checked("scaled-attention"))
    claim = section(text, "The claim")
    assert claim.index(r"$\tau$ is a real number") < claim.index(r"\operatorname{decode}(U(")
    assert re.search(r"depend on .*\$\\tau\$ alone", claim)
    assert "polynomials in $\\tau$" in text and "All weights are fixed rational numbers" not in text
    assert r"\tau$ stays a symbol" in text and "tau I_" in text
    assert not re.search(r"(?<![\\\w-])tau(?![\w-])", section(text, "Why it cannot be simpler"))


@pytest.mark.parametrize("name", ["scaled-attention", "post-norm-layer"])
def test_weights_of_the_encoder_do_not_share_the_letter_of_the_inputs(name: str) -> None:
    text = markdown(checked(name))
    assert "(H G_Q)(H G_K)" in text and "H W_Q" not in text
    assert "(H W_Q)(H W_K)" in markdown(registry["causal-attention"].check())


def test_factors_of_norms_are_letters_that_are_explained() -> None:
    text = markdown(checked("post-norm-layer"))
    for part in ("Why it cannot be simpler", "Worked example"):
        shown = section(text, part)
        assert r"\rho_{1}" in shown and "normscale" not in shown
    assert r"1 / \sqrt{v + 1/100000}" in section(text, "Why it cannot be simpler")
    assert re.search(r"\\rho_\{\d+\} = \\frac\{1\}\{\\sqrt\{", section(text, "Worked example"))


def test_long_claim_is_repeated_with_names_for_its_parts_if_they_make_the_same_formula() -> None:
    context = Context(checked("post-norm-layer"), Notation())
    shown = in_parts(context)
    assert len(shown) == 2 and any("Y = " in item for item in shown[1].items)  # type: ignore[union-attr]
    context.computes = context.computes + context.computes
    assert in_parts(context) == []
    assert in_parts(Context(checked("scaled-attention"), Notation())) == []


def test_pictures_with_many_slots_number_long_formulas_in_order_and_mark_leftovers() -> None:
    context = Context(checked("post-norm-layer"), Notation())
    assert list(context.marks.values()) == [f"({k})" for k in range(1, len(context.marks) + 1)]
    latexes = {cell.latex for layer in range(6) for cell in context.picture(layer).cells.values()}
    assert LEFTOVER in latexes and set(context.marks.values()) <= latexes
    assert all(width(latex) <= LONG_CELL for latex in latexes)


def test_stepper_keeps_what_stood_in_a_slot_before_a_residual_changed_it() -> None:
    context = Context(checked("post-norm-layer"), Notation())
    cell = stepper(context).picture.cells["x", "X"]
    writes = [k for k, (_, slot, group) in enumerate(context.steps(), 1) if (slot, group) == ("x", "X")]
    assert [(a, b) for a, b, _ in cell.earlier] == [(0, writes[0]), (writes[0], writes[1])]
    assert cell.step == writes[1] and cell.earlier[0][2] == "X"
    page = html(checked("post-norm-layer"))
    assert f'data-from="0" data-until="{writes[0]}"' in page and "dataset.until" in page


def test_two_identities_of_one_place_are_both_shown() -> None:
    text = markdown(registry["attention-with-biases"].check())
    with_bias, without = r"(X W_{K} + \mathbf{1}_{n} b_{K})^{\top})", r"(X W_{K})^{\top})"
    layer = text.split("Layer 2: attention")[1].split("Layer 3")[0]
    assert with_bias in layer and without in layer


@pytest.mark.parametrize("name", ["multi-head-attention", "post-norm-layer"])
def test_rows_of_parameters_and_marks_of_heads_are_valid_mathematics(name: str) -> None:
    page = latex(checked(name))
    assert "(W_{" in page and not re.search(r"\}\^\{\(\d\)\}\^", page)
