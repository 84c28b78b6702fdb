"""Constructions over scalar tokens from plans: inputs in row-major order, one number a position, the sink last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.domains.layout import Size
from symsim.encoder.layouts import TokenLayout
from symsim.errors import BadInput
from symsim.formulas.sizes import as_size
from symsim.rasp.drafting import draft, one_hot, words
from symsim.rasp.plans import TOKEN, Plan, Value


def fixed(cost: str, **given: Any) -> list[int]:
    """The sizes as integers >= 1; an encoder over scalar tokens has one position a number, so none at symbolic size.

    ``cost`` is the function that knows the cost at symbolic sizes.

    >>> fixed("relu_cost", r=2, c=3)
    [2, 3]
    """
    found = {name: as_size(size) for name, size in given.items()}
    loose = [f"{name} = {size}" for name, size in found.items() if not isinstance(size, int)]
    if loose:
        raise BadInput(
            f"an encoder over scalar tokens needs integer sizes, got {', '.join(loose)}: give integers, or ask {cost} "
            "for its cost at symbolic sizes"
        )
    return list(found.values())


def written(
    name: str,
    plan: Plan,
    shapes: Mapping[str, tuple[Size, Size]],
    result: Value,
    computes: Any,
    cuts: tuple[Cut, ...] = (),
    kind: type[Construction] = Construction,
    **more: Any,
) -> Construction:
    """The construction of a plan whose inputs stand one after the other, and whose result stands at the start."""
    used = sum(int(rows * cols) for rows, cols in shapes.values())
    groups = [(group, rows * cols) for group, (rows, cols) in shapes.items()]
    if used + 1 < plan.positions:
        groups.append(("pads", plan.positions - used - 1))
    tokens = TokenLayout((*groups, ("sink", 1)))
    return kind(
        name=name,
        encoder=draft(plan, tokens),
        inputs=tuple(shapes.items()),
        placements=(*(Placement(group, TOKEN, "flat", group) for group in shapes), *one_hot(tokens)),
        readout=Readout(result.slot, (result.rows, result.cols)),
        computes=computes,
        cuts=cuts,
        realisation="scalars",
        layer_notes=tuple(words(plan)),
        **more,
    )
