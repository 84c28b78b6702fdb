"""A program as an encoder for all words over a finite alphabet up to a length: selectors may compare values.

Layers are the depth to which aggregates nest. What stands between two of them is a function on finitely many points,
and that is one feed-forward network of relu units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from symsim.claims.sequences import SequenceClaim
from symsim.claims.word_encoder import WordEncoder
from symsim.encoder.cost import Cost
from symsim.errors import BadInput, nearest
from symsim.rasp.alphabet_draft import drafted
from symsim.rasp.alphabet_parts import Parts
from symsim.rasp.alphabet_program import AlphabetProgram
from symsim.rasp.alphabet_schedule import scheduled
from symsim.rasp.alphabet_table import Column, Table
from symsim.rasp.faults import RaspError
from symsim.rasp.operators import what
from symsim.rasp.sequences import SequenceProgram
from symsim.rasp.values import SOp, Value

ENCODINGS = ("least", "one-hot", "integer")
"""What can be asked for: ``least`` is the cheapest of the others."""


@dataclass(frozen=True)
class Lowered:
    """What a program becomes: the encoder, with its encoding, and what the encodings that were tried cost.

    ``apart`` is the encoder in which each aggregate has a layer of its own.
    """

    encoder: WordEncoder
    encoding: str
    costs: tuple[tuple[str, Cost], ...]
    apart: WordEncoder


def over_alphabet(
    built: Value, length: int, alphabet: Sequence[Any], text: str, schedule: bool = True, encoding: str = "least"
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
    encoding
        Of queries and keys: ``"one-hot"``; ``"integer"``, that is integer lookups where selecting is an equality; or
        ``"least"``, of these two the one with fewer layers, then fewer heads, columns, and numbers that are not 0.

    Raises
    ------
    RaspError
        With the place of what has no exact layer, and the assumption that would allow it.
    """
    return _Lowering(built, length, alphabet, text).tried(schedule, encoding)[0][1]


def lowerings(built: Value, length: int, alphabet: Sequence[Any], text: str, encoding: str = "least") -> Lowered:
    """The same with what it was chosen among; the program is run once."""
    lowering = _Lowering(built, length, alphabet, text)
    found = lowering.tried(True, encoding)
    name, encoder = found[0]
    costs = tuple((other, made.cost) for other, made in sorted(found, key=lambda pair: ENCODINGS.index(pair[0])))
    return Lowered(encoder, name, costs, lowering.encoder(False, name))


class _Lowering:
    """One program, run at every word."""

    def __init__(self, built: Value, length: int, alphabet: Sequence[Any], text: str) -> None:
        if not isinstance(built, SOp):
            raise RaspError(f"only s-ops become encoders, {text} gives {what(built)}")
        side = SequenceProgram.of(built, text)
        self.claim = SequenceClaim(side, side, tuple(alphabet), length)  # refuses alphabets and lengths that are none
        for token in self.claim.alphabet:
            if not isinstance(token, str | bool | int | Fraction):
                raise BadInput(f"the token {token!r} is no string and no exact number")
        self.built, self.text = built, text
        try:
            self.program = AlphabetProgram(built, Table(self.claim.alphabet, length))
        except RaspError as error:
            raise error.at(built.place) from None

    def tried(self, schedule: bool, encoding: str) -> list[tuple[str, WordEncoder]]:
        """The encodings to choose among with their encoders, the cheapest first."""
        if encoding not in ENCODINGS:
            raise BadInput(f"there is no encoding {encoding!r}: {nearest(str(encoding), ENCODINGS)}")
        names = ENCODINGS[1:] if encoding == "least" else (encoding,)
        made = [(name, self.encoder(schedule, name)) for name in names]
        return sorted(made, key=lambda pair: _price(pair[1].cost))

    def encoder(self, schedule: bool, encoding: str) -> WordEncoder:
        """The encoder under one encoding."""
        try:
            return _encoder(Parts(self.program, encoding), self.claim, self.built, self.text, schedule)
        except RaspError as error:
            raise error.at(self.built.place) from None


def _price(cost: Cost) -> tuple[int, ...]:
    return cost.layers, sum(cost.heads), cost.width, cost.nonzero_parameters


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
    pairs = zip(parts.program.coded(column), column.atoms, strict=True)
    if column.booleans:
        return tuple((number, bool(number)) for number, _ in pairs)
    return tuple((number, atom) for number, atom in pairs if isinstance(atom, str))
