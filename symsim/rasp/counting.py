"""The cost of a plan, at integer or symbolic sizes: what would be written out into an encoder is added up instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sympy

from symsim.encoder.cost import Cost
from symsim.formulas.sizes import size_symbol
from symsim.rasp.plans import Fetch, Plan, Reading, Units

repeated = sympy.Function("repeated")
"""``repeated(x, k)``: x in each of k layers, in a list with one entry a layer."""


def count(plan: Plan) -> Cost:
    """Layers, heads, width, positions, units and parameters of the encoder of a plan.

    With symbols, polynomials in them and maxima of such; where the number of layers is a symbol, ``repeated(x, k)``
    stands for k entries x.
    """
    tally = _Tally(plan)
    heads: list[Any] = []
    units: list[Any] = []
    total = [0, 0]
    for stage in range(plan.stages):
        for layers, steps in tally.layers(stage):
            found = tally.layer(steps)
            _append(heads, found[0], layers)
            _append(units, found[1], layers)
            total = [total[0] + layers * found[2], total[1] + layers * found[3]]
    return Cost(
        layers=_tidy(sum((plan.repeats(stage) for stage in range(plan.stages)), 0)),
        heads=tuple(heads),
        width=_tidy(tally.width),
        positions=_tidy(plan.positions),
        ffn_units=tuple(units),
        parameters=_tidy(total[0]),
        nonzero_parameters=_tidy(total[1]),
    )


def at_sizes(cost: Cost, sizes: Mapping[str, int]) -> Cost:
    """A symbolic cost at integer sizes.

    >>> at_sizes(Cost(1, (size_symbol("n"),), 1, 1, (0,), 1, 1), {"n": 3}).heads
    (3,)
    """
    values = {size_symbol(name): size for name, size in sizes.items()}

    def at(value: Any) -> Any:
        return _tidy(value.subs(values)) if hasattr(value, "subs") else value

    def all_at(entries: tuple[Any, ...]) -> tuple[Any, ...]:
        out: list[Any] = []
        for entry in entries:
            value = at(entry)
            times = 1
            if getattr(value, "func", None) == repeated:
                value, times = (_tidy(arg) for arg in value.args)
            out += [value] * times
        return tuple(out)

    single = ("layers", "width", "positions", "parameters", "nonzero_parameters")
    changed = {name: at(getattr(cost, name)) for name in single}
    return replace(cost, heads=all_at(cost.heads), ffn_units=all_at(cost.ffn_units), **changed)


class _Tally:
    """Adds up the steps of one plan, layer by layer."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.width = plan.width

    def layers(self, stage: int) -> Iterator[tuple[Any, list[Fetch | Units]]]:
        """The layers of a stage: how many in a row are alike, and the steps that have a part in them."""
        steps = [step for step in self.plan.steps if step.stage == stage]
        repeats = self.plan.repeats(stage)
        if isinstance(repeats, int):
            for t in range(repeats):
                yield 1, [step for step in steps if t < step.layers]
            return
        lasting = [step for step in steps if step.layers == repeats]
        if len(lasting) < len(steps):
            yield 1, steps
            repeats = repeats - 1
        yield repeats, lasting

    def layer(self, steps: list[Fetch | Units]) -> tuple[Any, Any, Any, Any]:
        """Heads, units, parameters and non-zero parameters of a layer in which these steps have a part."""
        heads, units, all_entries, nonzero = 0, 0, 0, 0
        for step in steps:
            copies = step.times * (1 if step.narrow else step.copies)
            if isinstance(step, Fetch):
                heads += copies
                sizes = self._head(step)
            else:
                units += copies
                sizes = self._unit(step)
            all_entries, nonzero = all_entries + copies * sizes[0], nonzero + copies * sizes[1]
            nonzero -= self._absent(step)
        return _tidy(heads), _tidy(units), all_entries, nonzero

    def _head(self, step: Fetch) -> tuple[Any, Any]:
        """W_Q: one entry a position. W_K: one a wanted key, and for the sink one a group, no wish included."""
        groups, width = step.selection.groups, self.width
        nonzero = self.plan.positions + step.selection.wishes + groups + 1
        nonzero += sum(self._form(carried.reading) + len(carried.writes) for carried in step.carried)
        return 2 * width * (groups + 1) + 2 * width * len(step.carried), nonzero

    def _unit(self, step: Units) -> tuple[Any, Any]:
        return 2 * self.width, self._form(step.reading) + len(step.writes)

    def _absent(self, step: Fetch | Units) -> Any:
        """Entries of flags that are 0 in some copies; with a symbolic number of copies none is taken to be."""
        if isinstance(step, Fetch) or not callable(step.reading.flag) or not isinstance(step.copies, int):
            return 0
        zeros = sum(1 for t in range(step.copies) if step.reading.flag(t) == 0)
        return zeros * step.times * (self.plan.positions - step.reading.support)

    def _form(self, form: Reading) -> Any:
        flagged = self.plan.positions - form.support if form.flag != 0 else 0
        return len(form.terms) + flagged + len(form.constants)


def _append(entries: list[Any], value: Any, layers: Any) -> None:
    if isinstance(layers, int):
        entries += [value] * layers
    else:
        entries.append(repeated(value, layers))


def _tidy(value: Any) -> Any:
    """An ``int``, or an expanded expression."""
    expanded = sympy.expand(value)
    return int(expanded) if expanded.is_Integer else expanded
