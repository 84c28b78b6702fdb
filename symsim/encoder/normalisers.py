"""Normalisers: how a head turns its scores into weights. Open registry: a new one is one object in one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from symsim.domains.layout import Sight
from symsim.domains.protocol import Domain
from symsim.domains.registry import Registry


@dataclass(frozen=True)
class Normaliser:
    """A map from scores S and a mask M to weights, written once over the operations of every number system.

    ``name`` is also the tag in JSON. ``weights(domain, scores, sight)`` gives the weights; hidden keys get 0 and a
    row that sees nothing is a zero row. ``linear`` says that unmasked weights are the scores themselves, so that ``(Q
    K^T) V`` may be computed as ``Q (K^T V)``. ``latex`` is how a page writes it, ``field_name`` the name of the class
    of transformers that uses it.
    """

    name: str
    weights: Callable[[Domain[Any], Any, Sight], Any]
    latex: str
    field_name: str = ""
    linear: bool = False
    lemma: str | None = None
    """The Rocq lemma that a proof for all sizes applies, if there is one."""
    total: bool = False
    """Whether the weights exist for all real scores; a layer with heads where they may not runs at all positions."""


NORMALISERS: Registry[Normaliser] = Registry("normaliser")
"""All known normalisers by name."""

NORMALISERS.register(
    Normaliser(
        "softmax",
        lambda domain, scores, sight: domain.softmax(scores, sight),
        r"\operatorname{softmax}",
        "SMAT: softmax attention",
        total=True,
    )
)
NORMALISERS.register(
    Normaliser(
        "average-hard",
        lambda domain, scores, sight: domain.hard(scores, sight, "average"),
        r"\operatorname{hardmax}",
        "AHAT: average-hard (saturated) attention",
        total=True,
    )
)
NORMALISERS.register(
    Normaliser(
        "unique-hard",
        lambda domain, scores, sight: domain.hard(scores, sight, "left"),
        r"\operatorname{hardmax}_{\mathrm{left}}",
        "UHAT: unique-hard attention, left-most maximiser",
        total=True,
    )
)
NORMALISERS.register(
    Normaliser(
        "unique-hard-right",
        lambda domain, scores, sight: domain.hard(scores, sight, "right"),
        r"\operatorname{hardmax}_{\mathrm{right}}",
        "UHAT: unique-hard attention, right-most maximiser",
        total=True,
    )
)
NORMALISERS.register(
    Normaliser(
        "linear",
        lambda domain, scores, sight: domain.hide(scores, sight),
        r"\operatorname{id}",
        "unnormalised linear attention",
        linear=True,
        total=True,
    )
)
