"""The exhaustive method: every input over a finite alphabet up to a length is run, exactly."""

from __future__ import annotations

from typing import Any

from symsim.claims.report import Verdict, Witness
from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput
from symsim.proof.evidence import METHODS, Evidence, Method, Options, Steps
from symsim.rasp.blame import fails
from symsim.rasp.faults import RaspError

MOST_INPUTS = 1_000_000
"""At most so many inputs are run."""


def applies(claim: Any) -> bool | str:
    """Claims about sequences over an alphabet only."""
    return True if isinstance(claim, SequenceClaim) else "the exhaustive method needs a finite alphabet and a length"


def decide(claim: SequenceClaim, options: Options) -> Evidence:
    """Run both sides on every input, short ones first: the first on which they differ is the smallest witness.

    The right side is the reference: an input at which it has no value is a ``BadInput``; one at which only the left
    side has none is a witness.
    """
    if claim.count > MOST_INPUTS:
        raise BadInput(f"there are {claim.count} inputs of length up to {claim.length}; the limit is {MOST_INPUTS}")
    steps = Steps("exhaustive")
    found: list[Witness] = []
    for length in range(1, claim.length + 1):
        if not steps.run(f"inputs of length {length}", lambda n=length: not _differs(claim, n, found)):  # type: ignore[misc]
            return Evidence(Verdict.REFUTED, steps.method, tuple(steps.done), found[0])
    return Evidence(Verdict.PROVED, steps.method, tuple(steps.done))


def _differs(claim: SequenceClaim, length: int, found: list[Witness]) -> bool:
    for tokens in claim.words_of(length):
        witness = _at(claim, tokens)
        if witness is not None:
            found.append(witness)
            return True
    return False


def _at(claim: SequenceClaim, tokens: tuple[Any, ...]) -> Witness | None:
    """The witness that an input is, or None."""
    given = {"tokens": list(tokens)}
    try:
        right = claim.right.values(tokens)
    except RaspError as error:
        raise BadInput(f"{claim.right} has no value at {_text(tokens)}: {error}") from None
    try:
        left = claim.left.values(tokens)
    except RaspError as error:
        if not fails(error):
            raise
        reason = str(error).split("\n")[0]
        return Witness(given, {}, None, right, f"undefined ({reason})", _text(right), (0, 0))
    for position, (a, b) in enumerate(zip(left, right, strict=True)):
        if isinstance(a, str) != isinstance(b, str) or a != b:
            part = claim.left.part(tokens, position)
            node = f"position {position}, made in {part}" if part else f"position {position}"
            return Witness(given, {}, left, right, _text(left), _text(right), (0, position), node)
    return None


def _text(values: Any) -> str:
    return "[" + ", ".join(map(str, values)) + "]"


METHODS.register(Method("exhaustive", applies, decide))
