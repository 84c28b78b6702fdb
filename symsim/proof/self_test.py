"""A quick self-test of every method: a tiny true claim has to be held, and a tiny false one must not be.

A method that proves nothing today, because a library is broken for instance, is found here before it is trusted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sympy

from symsim.claims.approximate import within
from symsim.claims.comparing import compare
from symsim.claims.report import Verdict
from symsim.claims.sequences import Oracle, SequenceClaim
from symsim.domains.closed_forms import ClosedForm
from symsim.errors import OutOfTime, SymsimError
from symsim.proof.evidence import Method, Options, deadline
from symsim.proof.methods import listed

SECONDS = 20.0
"""A method has this long for a tiny claim."""
HOLDS = (Verdict.PROVED, Verdict.PROBABLE, Verdict.ENCLOSED)


@dataclass(frozen=True)
class Health:
    """Whether a method works: ``said`` is what it answered, or what went wrong."""

    method: str
    works: bool
    said: str
    seconds: float


def self_test() -> list[Health]:
    """The health of every registered method.

    >>> [health.method for health in self_test() if not health.works]
    []
    """
    return [_health(method) for method in listed()]


def pairs() -> Iterator[tuple[Any, Any]]:
    """Claims that are true, each with one like it that is false: of fixed size, of all sizes, finite, approximate."""
    shapes: dict[str, Any] = {"X": ("n", "n")}
    left, right, wrong = "softmax(2 * X) X", "softmax(X + X) X", "softmax(X X) X"
    for sizes in ({"n": 2}, {}):
        yield compare(left, right, shapes, sizes=sizes), compare(left, wrong, shapes, sizes=sizes)
    same, turned = Oracle("reversed", lambda word: word[::-1]), Oracle("as it is", lambda word: word)
    yield SequenceClaim(same, same, ("a", "b"), 3), SequenceClaim(same, turned, ("a", "b"), 3)
    near = compare("exp(x)", "1 + x", {"x": (1, 1)})
    yield within(near, ClosedForm(sympy.Integer(1)), 1), within(near, ClosedForm(sympy.Rational(1, 100)), 1)


def _health(method: Method) -> Health:
    """What a method answers to the pairs that it applies to; one true claim at least has to be held."""
    start = time.perf_counter()
    said: list[str] = []
    wrong: list[str] = []
    for true, false in pairs():
        if method.applicable(true) is not True:
            continue
        try:
            with deadline(SECONDS):
                answers = [method.decide(claim, Options()).verdict for claim in (true, false)]
        except (SymsimError, OutOfTime) as error:
            wrong.append(f"{true.name}: {error}")
            continue
        said.append(f"{answers[0]} and {answers[1]}")
        wrong += [f"says refuted of the true claim {true.name}"] if answers[0] is Verdict.REFUTED else []
        wrong += [f"says {answers[1]} of the false claim {false.name}"] if answers[1] in HOLDS else []
    if not wrong and not any(text.split()[0] in HOLDS for text in said):
        wrong.append("holds none of the true claims" if said else "applies to none of the claims of the self-test")
    best = sorted(said, key=lambda text: text.split()[0] not in HOLDS)
    text = "; ".join(wrong) or f"a true and a false claim are {best[0] if best else ''}"
    return Health(method.name, not wrong, text, time.perf_counter() - start)
