"""Activations of feed-forward units. Open registry: a new one is one object in one file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from symsim.domains.protocol import Domain
from symsim.domains.registry import Registry
from symsim.errors import BadInput
from symsim.formulas.building import layernorm, matrix
from symsim.formulas.evaluation import evaluate


@dataclass(frozen=True)
class Activation:
    """A function of hidden units, written once over the operations of every number system.

    ``name`` is also the tag in JSON. ``apply(domain, hidden)`` maps an ``N x u`` matrix of pre-activations to one of
    the same shape. ``group`` units belong together (2 for the MaxMin pair, else 1), or with
    ``whole`` all units of a run. ``total`` says that it is defined at every real input; a layer with units that are not
    runs at all positions, even where only some are read.
    """

    name: str
    apply: Callable[[Domain[Any], Any], Any]
    latex: str
    group: int = 1
    total: bool = False
    whole: bool = False


ACTIVATIONS: Registry[Activation] = Registry("activation")
"""All known activations by name."""


def _maxmin(domain: Domain[Any], hidden: Any) -> Any:
    """Neighbouring units (x, y) become (max, min) = (x + r, y - r) with r = relu(y - x)."""
    width = domain.shape(hidden)[1]
    if not isinstance(width, int) or width % 2:
        raise BadInput(f"maxmin units come in pairs, got {width}")
    half = width // 2
    spread = sympy.ImmutableSparseMatrix(
        width, half, {(2 * i + k, i): 2 * k - 1 for i in range(half) for k in (0, 1)}
    )
    gap = domain.entrywise("relu", domain.product(hidden, domain.constant(spread)))
    return domain.add(hidden, domain.scale(-1, domain.product(gap, domain.transpose(domain.constant(spread)))))


def _layernorm(domain: Domain[Any], hidden: Any) -> Any:
    """The units of one run become the layer norm of their row, as the formula ``layernorm(H)`` says."""
    rows = layernorm(matrix("H", *domain.shape(hidden)))
    return evaluate(rows, domain, {"H": hidden})


def _entrywise(name: str, latex: str, total: bool = True) -> None:
    rule = Activation(name, lambda domain, hidden: domain.entrywise(name, hidden), latex, total=total)
    ACTIVATIONS.register(rule)


_entrywise("relu", r"\operatorname{relu}")
ACTIVATIONS.register(
    Activation("square", lambda domain, hidden: domain.hadamard(hidden, hidden), r"(\cdot)^2", total=True)
)
_entrywise("exp", r"\exp")
_entrywise("reciprocal", r"1/(\cdot)", total=False)
_entrywise("step", r"\mathbf{1}[\,\cdot \ge 0\,]")
ACTIVATIONS.register(Activation("identity", lambda domain, hidden: hidden, r"\operatorname{id}", total=True))
_entrywise("silu", r"\operatorname{silu}")
ACTIVATIONS.register(Activation("layernorm", _layernorm, r"\operatorname{layernorm}", total=True, whole=True))
ACTIVATIONS.register(Activation("maxmin", _maxmin, r"\operatorname{maxmin}", group=2, total=True))
