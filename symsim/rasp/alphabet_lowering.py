"""A program as an encoder for all words over a finite alphabet up to a length: selectors may compare values.

Layers are the depth to which aggregates nest. What stands between two of them is a function on finitely many points,
and that is one feed-forward network of relu units.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symsim.claims.sequences import SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.errors import BadInput
from symsim.rasp.alphabet_draft import drafted
from symsim.rasp.alphabet_parts import Parts
from symsim.rasp.alphabet_schedule import scheduled
from symsim.rasp.alphabet_table import Column, Table
from symsim.rasp.faults import RaspError
from symsim.rasp.operators import what
from symsim.rasp.sequences import SequenceProgram
from symsim.rasp.values import SOp, Value


def over_alphabet(
    built: Value, length: int, alphabet: Sequence[Any], text: str, schedule: bool = True
) -> WordEncoder:
    """The encoder of an s-op for all words of length 1 to ``length``; its claim is that it gives what a run gives.

    Parameters
    ----------
    built
        The s-op.
    length
        The longest words.
    alphabet
        The tokens: strings, or exact numbers.
    text
        What the program is called in statements.
    schedule
        False: each aggregate has a layer of its own, in the order of the program.

    Raises
    ------
    RaspError
        With the place of what has no exact layer, and the assumption that would allow it.
    """
    return lowerings(built, length, alphabet, text, (schedule,))[0]


def lowerings(
    built: Value, length: int, alphabet: Sequence[Any], text: str, schedules: Sequence[bool] = (False, True)
) -> list[WordEncoder]:
    """The same for several values of ``schedule``; the program is run once."""
    if not isinstance(built, SOp):
        raise RaspError(f"only s-ops become encoders, {text} gives {what(built)}")
    side = SequenceProgram.of(built, text)
    claim = SequenceClaim(side, side, tuple(alphabet), length)  # refuses alphabets and lengths that are none
    for token in claim.alphabet:
        if not isinstance(token, str | bool | int | Fraction):
            raise BadInput(f"the token {token!r} is no string and no exact number")
    try:
        parts = Parts(built, Table(claim.alphabet, length))
        return [_encoder(parts, claim, built, text, schedule) for schedule in schedules]
    except RaspError as error:
        raise error.at(built.place) from None


def _encoder(parts: Parts, claim: SequenceClaim, built: SOp, text: str, schedule: bool) -> WordEncoder:
    found = drafted(parts, scheduled(parts, schedule))
    return WordEncoder(
        name=text,
        slots=found.slots,
        layers=found.layers,
        alphabet=claim.alphabet,
        length=claim.length,
        embedding=found.embedding,
        sink=found.sink,
        readout=found.readout,
        codes=_codes(parts, parts.columns[built]),
        computes=claim.right,
        layer_notes=found.notes,
    )


def _codes(parts: Parts, column: Column) -> tuple[tuple[Fraction, Any], ...]:
    """What the numbers in the read-out stand for, where they are no numbers of the program."""
    pairs = zip(parts.coded(column), column.atoms, strict=True)
    if column.booleans:
        return tuple((number, bool(number)) for number, _ in pairs)
    return tuple((number, atom) for number, atom in pairs if isinstance(atom, str))
