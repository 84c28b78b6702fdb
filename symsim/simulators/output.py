"""The output projection: outputs of several heads, side by side, times W_O, by one linear head."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from symsim.formulas.syntax import Formula
from symsim.simulators.drafting import Draft, Reads

Term = tuple[Formula, Formula]
"""A matrix as a formula in the inputs alone, and by the names of cuts."""


def times_W_O(draft: Draft, heads: Sequence[str], outputs: Sequence[Term], shape: tuple[Any, Any]) -> list[Term]:
    """The output of each head times its block of rows of W_O, of this shape; the blocks share slot ``wo``."""
    found = []
    for g, (value, name) in zip(heads, outputs, strict=True):
        weight = draft.parameter(f"W_O{g}", shape, f"ido{g}", "wo")
        found.append((value @ weight, name @ weight))
    return found


def reads_outputs(heads: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Query and key of the head that multiplies by W_O: the outputs side by side, and the row numbers of W_O."""
    return {f"o{g}": f"o{g}" for g in heads}, {f"ido{g}": f"o{g}" for g in heads}


def added(terms: Iterable[Term]) -> Term:
    """The sum of some terms."""
    direct, short = zip(*terms, strict=True)
    return reduce(operator.add, direct), reduce(operator.add, short)


def project_outputs(
    draft: Draft,
    heads: Sequence[str],
    outputs: Sequence[Term],
    shape: tuple[Any, Any],
    group: str = "X",
    name: str = "Y",
) -> Formula:
    """One more layer: the sum of the outputs times their blocks of W_O, in slot out of ``group``; the result.

    ``name`` is that of its cut.
    """
    direct, short = added(times_W_O(draft, heads, outputs, shape))
    draft.slot("out", shape[1], working=True)
    draft.layer(
        "output projection",
        "Query: the outputs of all heads side by side. Key of a row of W_O: its own row number. So a linear head "
        "multiplies by W_O.",
        [Reads(*reads_outputs(heads), {"wo": "out"}, "linear", name="output")],
    )
    draft.cut(name, "out", short, "a linear head multiplies by W_O", group)
    return direct
