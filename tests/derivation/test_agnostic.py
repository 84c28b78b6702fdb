"""Weights are the same for all inputs and depend on the sizes as stated: what is compared, and faults that are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from symsim.claims.construction import Construction
from symsim.derivation import Derivation, agnostic
from symsim.derivation.agnostic import fingerprint
from symsim.derivation.library import installed
from symsim.formulas import matrix, softmax
from symsim.simulators import linformer, universal


def theorem(construction: Construction, stated: tuple[str, ...] | None) -> Derivation:
    return Derivation("t", "T.", construction, construction.computes, weights_depend_on=stated)


def test_the_weights_of_u_depend_on_d_and_d_v_alone() -> None:
    found = agnostic(theorem(universal("n", "d", "d_v"), ("d", "d_v")))
    assert found.holds and (found.uses, found.others) == (("d", "d_v"), ("n",))
    assert str(found) == "the same for all inputs; they depend on d, d_v; not on n"


@pytest.mark.parametrize("stated", [("d",), ("d", "d_v", "n"), ()])
def test_a_wrong_statement_is_seen(stated: tuple[str, ...]) -> None:
    made = theorem(universal("n", "d", "d_v"), stated)
    found = agnostic(made)
    assert not found.holds and "STATED" in str(found)
    assert not made.check().complete


def test_linformer_depends_on_n() -> None:
    made = linformer("n", "d", "r")
    assert not agnostic(theorem(made, ("d",))).holds
    assert set(agnostic(theorem(made, None)).uses) == {"d", "n"}


class Remembering(Construction):
    """A construction that takes what it sees into its weights."""

    def prepare(self, domain: Any, inputs: Any, scalars: Any) -> Any:
        head = self.encoder.layers[0].heads[0]
        changed = self.encoder.change(0, 0, W_V=2 * head.W_V)
        object.__setattr__(self, "encoder", changed)
        return super().prepare(domain, inputs, scalars)


def test_weights_that_take_in_an_input_are_seen() -> None:
    made = universal(n=2, d=2)
    fields = {name: getattr(made, name) for name in made.__dataclass_fields__}
    X, A, V = matrix("X", 2, 2), matrix("A", 2, 2), matrix("V", 2, 2)
    learned = Derivation("t", "T.", Remembering(**fields), softmax(X @ A @ X.T) @ X @ V)
    assert agnostic(replace_construction(learned, made)).same
    found = agnostic(learned)
    assert not found.same and not found.holds and "NOT THE SAME" in str(found)


def replace_construction(made: Derivation, construction: Construction) -> Derivation:
    return Derivation("t", "T.", construction, made.computes)


def test_masks_and_tokens_are_no_weights_and_entries_are() -> None:
    made = universal(n=2, d=2)
    assert fingerprint(made.encoder) == fingerprint(made.change(1, 0, mask=None).encoder)
    head = made.encoder.layers[0].heads[0]
    assert fingerprint(made.encoder) != fingerprint(made.change(0, 0, W_V=2 * head.W_V).encoder)
    layers = (replace(made.encoder.layers[0], residual=False), *made.encoder.layers[1:])
    assert fingerprint(made.encoder) != fingerprint(replace(made.encoder, layers=layers))


def test_every_derivation_says_on_which_sizes_its_weights_depend_and_is_right() -> None:
    for made in installed():
        assert made.weights_depend_on is not None or not made.stated.free_sizes, made.name
        assert agnostic(made).holds, made.name
