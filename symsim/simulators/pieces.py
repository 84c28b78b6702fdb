"""The pieces of realisation P as steps of a plan: transposition, matrix product (wide and narrow), row softmax."""

from __future__ import annotations

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


def product(plan: Plan, left: Value, right: Value, name: str, narrow: bool = False) -> Value:
    """The matrix product: heads bring ``a_it`` and ``b_tj`` to position (i, j) for every t, squares multiply.

    Wide: all t in one layer, 2 k heads and 2 k units. Narrow: one t a layer, 2 heads and 4 units, two of which clear
    the operands.
    """
    if left.cols != right.rows:
        raise BadInput(f"{left.rows} x {left.cols} times {right.rows} x {right.cols}: the inner sizes differ")
    rows, inner, cols = left.rows, left.cols, right.cols
    stage = fetch_stage(left, right)
    lane = _lane(plan, stage) if narrow else name
    first = Term(plan.slot(f"{lane}_left", 1 if narrow else inner), moving=not narrow)
    second = Term(plan.slot(f"{lane}_right", 1 if narrow else inner), moving=not narrow)
    by_row = Selection(rows, rows, lambda i, j: i, lambda t, g: [(g, t)])
    by_column = Selection(cols, cols, lambda i, j: j, lambda t, g: [(t, g)])
    for side, value, wish, operand in (("left", left, by_row, first), ("right", right, by_column, second)):
        carried = (Carried(reading(value), (operand,)),)
        plan.steps.append(Fetch(stage, f"{name} {side}", value, rows, cols, wish, carried, inner, narrow))
    plan.squares(stage, Reading((first,)), Reading((second,)), plan.slot(name), inner, narrow)
    if narrow:
        for operand in (first, second):
            plan.steps.append(Units(stage, "identity", Reading((operand,)), (Term(operand.slot, -1),), inner, narrow))
    again = any(note.text.startswith(f"{_PRODUCT} into") for note in plan.remarks(stage, 0))
    text = _words(name, first.slot, second.slot, narrow) if not again else f"Likewise into slot {name}."
    plan.notes.append(Note(stage, (name,), text, narrow))
    return Value(name, rows, cols, 2 * stage + 1)


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


def row_softmax(plan: Plan, scores: Value, name: str) -> Value:
    """Softmax of every row in three stages: exp; mean over the own row and reciprocal; product."""
    rows, cols = scores.rows, scores.cols
    powers = plan.apply("exp", scores, f"{name}_exp")
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
