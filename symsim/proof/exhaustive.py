"""The exhaustive method: every input is run, exactly: all over a finite alphabet up to a length, or those listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symsim.claims.listed import ListedClaim
from symsim.claims.real_values import same
from symsim.claims.report import Verdict, Witness
from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput, Undefined
from symsim.proof import points
from symsim.proof.evidence import FINITE, METHODS, Evidence, Method, Options, Steps
from symsim.rasp.blame import fails
from symsim.rasp.faults import RaspError

MOST_INPUTS = 1_000_000
"""At most so many inputs are run."""


def applies(claim: Any) -> bool | str:
    """Claims about finitely many inputs only: sequences over an alphabet, or a list."""
    finite = isinstance(claim, SequenceClaim | ListedClaim)
    return True if finite else "the exhaustive method needs a finite alphabet and a length, or listed inputs"


def decide(claim: SequenceClaim | ListedClaim, options: Options) -> Evidence:
    """Run both sides on every input, short ones first: the first on which they differ is the smallest witness.

    The right side is the reference: an input at which it has no value is a ``BadInput``; one at which only the left
    side has none is a witness. An encoder may write real numbers that are not rational: those are equal where their
    forms are, and different where balls separate them; an input where neither is seen leaves the claim undecided.
    """
    if isinstance(claim, ListedClaim):
        return points.decide(claim)
    if claim.count > MOST_INPUTS:
        raise BadInput(f"there are {claim.count} inputs of length up to {claim.length}; the limit is {MOST_INPUTS}")
    steps = Steps("exhaustive")
    found: list[Witness] = []
    unknown: list[str] = []
    for length in range(1, claim.length + 1):
        steps.run(f"inputs of length {length}", lambda n=length: _agree(claim, n, found, unknown))  # type: ignore[misc]
        if found:
            return Evidence(Verdict.REFUTED, steps.method, tuple(steps.done), found[0])
    if unknown:
        reason = f"inputs at which the values are not known to be equal or different: {len(unknown)}; {unknown[0]}"
        return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)
    return Evidence(Verdict.PROVED, steps.method, tuple(steps.done))


def _agree(claim: SequenceClaim, length: int, found: list[Witness], unknown: list[str]) -> bool:
    """Whether the sides agree at every input of this length.

    The first input at which they are known to differ is appended to ``found``; those before it at which that is not
    known, to ``unknown``.
    """
    lefts, rights = (side.values_of_all(claim.words_of(length)) for side in (claim.left, claim.right))
    before = len(unknown)
    for tokens in claim.words_of(length):
        witness = _at(claim, tokens, lefts, rights, unknown)
        if witness is not None:
            found.append(witness)
            return False
    return len(unknown) == before


def _at(
    claim: SequenceClaim,
    tokens: tuple[Any, ...],
    lefts: Iterator[list[Any]],
    rights: Iterator[list[Any]],
    unknown: list[str],
) -> Witness | None:
    """The witness that an input is, or None; the values of both sides come next from the iterators."""
    given = {"tokens": list(tokens)}
    try:
        right = next(rights)
    except (RaspError, Undefined) as error:
        raise BadInput(f"{claim.right} has no value at {_text(tokens)}: {error}") from None
    try:
        left = next(lefts)
    except (RaspError, Undefined) as error:
        if isinstance(error, RaspError) and not fails(error):
            raise
        reason = str(error).split("\n")[0]
        return Witness(given, {}, None, right, f"undefined ({reason})", _text(right), (0, 0))
    answers = [same(a, b) for a, b in zip(left, right, strict=True)]
    if False in answers:
        position = answers.index(False)
        part = claim.left.part(tokens, position)
        node = f"position {position}, made in {part}" if part else f"position {position}"
        return Witness(given, {}, left, right, _text(left), _text(right), (0, position), node)
    if None in answers:
        position = answers.index(None)
        unknown.append(f"at {_text(tokens)}, position {position}: {left[position]} and {right[position]}")
    return None


def _text(values: Any) -> str:
    return "[" + ", ".join(map(str, values)) + "]"


METHOD = METHODS.register(Method("exhaustive", applies, decide, beyond=(FINITE,)))
