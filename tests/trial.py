"""One fault on trial: the package decides, and a second opinion confirms or contradicts it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from symsim.proof import check
from tests import second_opinion
from tests.algebra import algebra
from tests.faults import Fault
from tests.harmless import reason

GAP = 1e-7
"""Two values are different from this gap on, relative to their size: far above the rounding of floats at a witness."""
CLOSE = 1e-8
RANGE = 0.8
"""Random inputs are this small: P squares its exponentials, and of those of large scores floats lose all digits."""


@dataclass(frozen=True)
class Result:
    """What became of a fault. ``wrong`` says what the second opinion objects to, and is empty where all is well."""

    kind: str
    name: str
    verdict: str
    wrong: str = ""
    why: str = ""
    support: int | None = None
    seconds: float = 0.0


Formula = Callable[[dict[str, Any]], Any]


def trial(
    construction: Any, fault: Fault, explain: bool = True, limit: float | None = None,
    formula: Formula = second_opinion.formula,
) -> Result:  # fmt: skip
    """Decide a fault within ``limit`` seconds and confirm that; with ``explain`` a harmless fault needs a reason.

    ``formula`` is what the construction computes, in numpy.
    """
    start = time.perf_counter()
    report = check(construction.with_encoder(fault.encoder).claim, time_limit=limit)
    seconds = time.perf_counter() - start
    verdict = str(report.verdict)
    wiring = reason(construction, fault.encoder)
    why, support, wrong = "", None, ""
    if verdict == "refuted":
        support = sum(1 for value in report.witness.inputs.values() for entry in value if entry != 0)
        wrong = confirm(construction, fault.encoder, report.witness, formula) or (
            f"refuted, but harmless: {wiring}" if wiring else ""
        )
    elif verdict == "proved":
        why = wiring or algebra(construction, fault.encoder) or ""
        wrong = contradict(construction, fault.encoder, formula)
        if report.side_conditions and explain:
            wrong = f"proved under {', '.join(report.side_conditions)}"
        elif report.side_conditions:  # a pair of changes may leave a condition that holds and that nobody sees to hold
            verdict = "proved under a condition"
        if explain and not (wrong or why):
            wrong = "proved, and nothing says why"
    else:
        wrong = f"not decided: {report.reason}"
    return Result(fault.kind, fault.name, verdict, wrong, why, support, seconds)


def confirm(construction: Any, encoder: Any, witness: Any, formula: Formula = second_opinion.formula) -> str:
    """What is wrong with a witness: nothing where the dense evaluator sees its two values and the gap between them."""
    inputs = {name: second_opinion.floats(value) for name, value in witness.inputs.items()}
    right = formula(inputs)
    if not _close(right, _floats(witness.right)):
        return f"the formula gives {right.tolist()}, the witness says {witness.right}"
    try:
        left = second_opinion.run(construction, inputs, encoder)
    except ZeroDivisionError:
        return "" if witness.left is None else "the encoder divides by 0 there, and the witness shows a value"
    if witness.left is None:
        return "the witness says undefined, and the encoder has a value there"
    if not _close(left, _floats(witness.left)):
        return f"the encoder gives {left.tolist()}, the witness says {witness.left}"
    a, b = left[witness.place], right[witness.place]
    return "" if abs(a - b) > GAP * max(1.0, abs(a), abs(b)) else f"both sides are {a} at {witness.place}"


def contradict(construction: Any, encoder: Any, formula: Formula = second_opinion.formula) -> str:
    """A random real point at which the dense evaluator sees a difference that a proof denies, in words, or nothing."""
    source = np.random.default_rng(11)
    for _ in range(8):
        inputs = {name: source.uniform(-RANGE, RANGE, shape) for name, shape in construction.inputs}
        try:
            left = second_opinion.run(construction, inputs, encoder)
        except ZeroDivisionError:
            return f"proved, but the encoder divides by 0 at {inputs}"
        if not _close(left, formula(inputs)):
            return f"proved, but the sides differ at {inputs}"
    return ""


def _close(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE))


def _floats(matrix: Any) -> Any:
    return np.array(matrix.evalf(30).tolist(), dtype=float)
