"""The pieces of realisation P as steps of a plan: transposition, matrix product (wide and narrow), row softmax."""

from __future__ import annotations

from typing import Any

from symsim.errors import BadInput
from symsim.rasp.plans import (
    Carried,
    Fetch,
    Note,
    Plan,
    Reading,
    Selection,
    Term,
    Units,
    Value,
    fetch_stage,
    reading,
)

PERMUTED = "one head permutes the entries"
SUMMED = "the entry at (i, j) is the sum over t of what the heads of t brought there, multiplied by squares"
NORMALISED = "exp, times the reciprocal of the sum over the own row"
"""Why the pieces compute what they do, in one line each."""


def transposition(plan: Plan, value: Value, name: str) -> Value:
    """The transpose: one head, and position (i, j) of the result wants entry (j, i)."""
    rows, cols = value.cols, value.rows
    wish = Selection(
        groups=rows * cols,
        wishes=rows * cols,
        group=lambda i, j: i * cols + j,
        chosen=lambda t, g: [(g % cols, g // cols)],
    )
    out = plan.fetch(name, value, (rows, cols), wish)
    text = f"Into slot {name}: one head, whose query at position (i, j) is matched by the key of entry (j, i) alone."
    plan.notes.append(Note(out.ready // 2, (name,), text))
    return out


def product(
    plan: Plan, left: Value, right: Value, name: str, narrow: bool = False, turned: bool = False, into: str = ""
) -> Value:
    """The matrix product: heads bring ``a_it`` and ``b_tj`` to position (i, j) for every t, squares multiply.

    Wide: all t in one layer, 2 k heads and 2 k units. Narrow: one t a layer, 2 heads and 4 units, two of which clear
    the operands. ``turned``: times the transpose of ``right``, whose entries are fetched from where they stand.
    ``into``: the slot that the product is added to; without it a new one of its name.
    """
    inner_right, cols = (right.cols, right.rows) if turned else (right.rows, right.cols)
    if left.cols != inner_right:
        raise BadInput(f"{left.rows} x {left.cols} times {inner_right} x {cols}: the inner sizes differ")
    rows, inner = left.rows, left.cols
    stage = fetch_stage(left, right)
    lane = _lane(plan, stage) if narrow else name
    first = Term(plan.slot(f"{lane}_left", 1 if narrow else inner), moving=not narrow)
    second = Term(plan.slot(f"{lane}_right", 1 if narrow else inner), moving=not narrow)
    by_row = Selection(rows, rows, lambda i, j: i, lambda t, g: [(g, t)])
    by_column = Selection(cols, cols, lambda i, j: j, lambda t, g: [(g, t) if turned else (t, g)])
    for side, value, wish, operand in (("left", left, by_row, first), ("right", right, by_column, second)):
        carried = (Carried(reading(value), (operand,)),)
        plan.add(Fetch(stage, f"{name} {side}", value, rows, cols, wish, carried, inner, narrow))
    into = into or plan.slot(name)
    plan.squares(stage, Reading((first,)), Reading((second,)), into, copies=inner, narrow=narrow)
    if narrow:
        for operand in (first, second):
            plan.add(Units(stage, "identity", Reading((operand,)), (Term(operand.slot, -1),), inner, narrow))
    again = any(note.text.startswith(f"{_PRODUCT} into") for note in plan.remarks(stage, 0))
    text = _words(into, first.slot, second.slot, narrow) if not again else f"Likewise into slot {into}."
    plan.notes.append(Note(stage, (into,), text, narrow))
    return Value(into, rows, cols, 2 * stage + 1)


def _lane(plan: Plan, stage: int) -> str:
    """Operand slots of a narrow product: used again by later stages, not by other products of this stage."""
    here = [step for step in plan.steps if isinstance(step, Fetch) and step.stage == stage and step.narrow]
    return f"operand{1 + len(here) // 2}"


_PRODUCT = "A product"


def _words(name: str, first: str, second: str, narrow: bool) -> str:
    how = "two identity units clear these afterwards" if narrow else "into column t of each"
    when = "" if narrow else "for every t, "
    return (
        f"{_PRODUCT} into slot {name}: {when}one head brings a_it and one brings b_tj to position (i, j), into slots "
        f"{first} and {second} ({how}); two square units add a b = ((a + b)^2 - (a - b)^2) / 4."
    )


def row_softmax(plan: Plan, scores: Value, name: str, scale: Any = 1) -> Value:
    """Softmax of every row of ``scale`` times a matrix: exp; mean over the own row and reciprocal; product."""
    rows, cols = scores.rows, scores.cols
    powers = plan.apply("exp", scores, f"{name}_exp", factor=scale)
    own_row = Selection(rows, rows * cols, lambda i, j: i, lambda t, g: [(g, j) for j in range(int(cols))])
    mean = plan.fetch(f"{name}_mean", powers, (rows, cols), own_row)
    inverse = plan.apply("reciprocal", mean, f"{name}_inverse", factor=cols)
    result = plan.multiply(powers, inverse, name)
    plan.notes += [
        Note(powers.ready // 2, (powers.slot,), f"Into slot {powers.slot}: one exp unit."),
        Note(
            mean.ready // 2,
            (mean.slot, inverse.slot),
            f"Into slot {mean.slot}: one head takes the mean over the own row. It reads exp minus a flag, because "
            f"exp(0) = 1 at positions without an entry. Into slot {inverse.slot}: one reciprocal unit of {cols} times "
            "the mean, plus that flag, so that there is no 1/0.",
        ),
        Note(result.ready // 2, (name,), f"Into slot {name}: two square units multiply exp by one over its row sum."),
    ]
    return result
