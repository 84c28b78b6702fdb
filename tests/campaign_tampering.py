"""Families of altered certificates: none may establish a false claim, or the claim of the original for another content.

What an altered certificate claims is judged by machine numbers, with an evaluator that shares nothing with the checker.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from symsim.claims.comparing import compare
from symsim.claims.listed import at_random
from symsim.claims.sequences import SequenceClaim
from symsim.proof import check
from symsim.rasp import load
from symsim.rasp.claiming import claims
from symsim.rasp.sequences import SequenceProgram
from symsim.simulators import inverse, universal
from tests import tampering
from tests.campaign_blocks import Family, tell, trials

SIZE = 200
"""So many altered certificates a block."""
BLOCKS = 20
LIMIT = 60.0
"""Seconds for one."""
MASKED = ("softmax(X X^T, mask=M) X", "softmax(X X^T + u ones(2)^T, mask=M) X")


def _word_program() -> SequenceClaim:
    reverse = SequenceProgram(load("library:sequences"), "reverse()")
    return SequenceClaim(reverse, reverse, ("a", "b"), 2)


CLAIMS: dict[str, Callable[[], Any]] = {
    "R": lambda: universal(n=2, d=2, d_v=1).claim,
    "R projections": lambda: universal(n=2, d=1, projections=True).claim,
    "R for all sizes": lambda: universal(n="n", d="d").claim,
    "norms for all sizes": lambda: universal(n="n", d="d", d_ff="f", norm="pre").claim,
    "P": lambda: universal(n=1, d=2, d_v=1, realisation="scalars").claim,
    "inverse": lambda: inverse(2).claim,
    "listed": lambda: at_random(inverse(2).claim, 3),
    "layer": lambda: universal(n=2, d=1, d_ff=1).claim,
    "formula": lambda: compare(*MASKED, {"X": ("n", "d"), "u": "n", "M": ("n", "n")}, sizes={"n": 2, "d": 1}),
    "condition": lambda: compare("1/tau * X", "X / tau", {"X": (1, 2)}, scalars=("tau",)),
    "program": lambda: claims(load("library:matrices"), "matmul(1, 2, 1)", "A B", {"A": (1, 2), "B": (2, 1)})[0],
    "compiled": lambda: load("library:matrices").compile("softmax", [1, 2], length=2).claim,
    "words": _word_program,
    "encoder of words": lambda: load("library:sequences").compile("histogram", [], length=2, alphabet="ab").claim,
}
"""One claim of each kind that has a certificate."""


@cache
def certificate(name: str) -> bytes:
    """The bytes of the certificate of a claim."""
    return bytes(check(CLAIMS[name]()).certifier.data)


def altered(name: str, number: int) -> Iterator[tuple[str, Callable[[], str]]]:
    """The altered certificates of a block: one alteration each, in a quarter of them a second one."""
    source = random.Random(f"{name} {number}")
    for _ in range(SIZE):
        seed = source.randrange(2**40)
        yield f"{name}, seed {seed}", partial(judged, name, seed, source.random() < 0.25)


def judged(name: str, seed: int, twice: bool) -> str:
    """What the checker makes of it; a wrong acceptance fails."""
    original = certificate(name)
    changed = tampering.tampered(original, seed)
    if twice:
        try:
            changed = tampering.tampered(changed.data, seed + 1)
        except (ValueError, LookupError, TypeError, AttributeError):
            pass  # what is left is no certificate any more that could be altered
    if changed.data == original:
        return "unchanged"
    outcome = tampering.verdict(original, changed.data)
    assert not outcome.startswith("WRONG"), f"{outcome} ({changed.how})"
    return outcome


def attack(name: str, number: int) -> dict[str, Any]:
    """One block: alterations drawn from its number."""
    return trials(f"seed {number}", altered(name, number), LIMIT)


def families() -> list[Family]:
    """56,000 alterations; a few of them change nothing."""
    return [
        Family(f"tampered {name}", lambda: [f"seed {k}" for k in range(BLOCKS)], partial(attack, name), tell)
        for name in CLAIMS
    ]
