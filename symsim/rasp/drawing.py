"""How the values of an s-op come about at one input, as text: layer by layer the heads, their grids and results."""

from __future__ import annotations

from symsim.rasp.evaluate import Run
from symsim.rasp.layering import Attention, layers
from symsim.rasp.notation import pattern, printed, small
from symsim.rasp.values import Indices, Sequence, SOp, Tokens
from symsim.rasp.wording import Wording

LONGEST_GRID = 40
"""Grids of inputs up to this length are drawn."""


def drawing(sop: SOp, run: Run) -> str:
    """The drawing; ``run`` holds the input.

    >>> from symsim.rasp import Interpreter
    >>> half = Interpreter().expression("aggregate(full_s, indices)")
    >>> print(drawing(half, Run("ab")).expandtabs(4))
        input
           [a, b] (strings)
        layer 1
           head 1: full_s = select(1, 1, ==)
                    a b
                a | 1 1
                b | 1 1
           aggregate(full_s, indices) = [0.5]*2 (floats)
    """
    wording = Wording(sop)
    lines = ["input", f"   {printed(Sequence(run.tokens, run.domain))}"]
    for layer in layers(sop):
        steps = [step for step in layer.steps if not isinstance(step, Tokens)]
        if layer.number == 0:
            lines += [f"   {_valued(step, run, wording)}" for step in steps if not isinstance(step, Indices)]
            continue
        lines.append(f"layer {layer.number}")
        for number, head in enumerate(layer.heads, 1):
            lines += _head(head, number, run, wording)
        if steps:
            lines += ["   then, at every position", *(f"   {_valued(step, run, wording)}" for step in steps)]
    return "\n".join(f"\t {line}" for line in lines)


def _head(head: Attention, number: int, run: Run, wording: Wording) -> list[str]:
    lines = [f"   head {number}: {wording.defined(head.selector)}"]
    lines += [f"      where {wording.defined(part)}" for part in wording.parts(head.selector)]
    if run.size <= LONGEST_GRID:
        lines += [f"        {line}" for line in pattern(run.result(head.selector), labels(run)).split("\n")]
    else:
        lines.append(f"        ({run.size} positions: the grid is drawn up to {LONGEST_GRID})")
    return lines + [f"   {_valued(node, run, wording)}" for node in head.aggregates]


def labels(run: Run) -> list[str]:
    """The tokens of an input, as they stand in grids."""
    return [small(token, run.domain) for token in run.tokens]


def _valued(node: SOp, run: Run, wording: Wording) -> str:
    """A node with what it computes and its value; every node below the result has one, as the result was computed."""
    return f"{wording.defined(node)} = {printed(run.result(node))}"
