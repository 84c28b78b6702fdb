"""The comparison of encoders with runs of programs whose selectors compare values, at all words."""

from __future__ import annotations

from typing import Any

from symsim.claims.sequences import SequenceClaim
from symsim.errors import BadInput
from symsim.rasp import Interpreter, RaspError, parse
from symsim.rasp.alphabet_lowering import over_alphabet
from symsim.rasp.sequences import SequenceProgram


def compare(text: str, alphabet: tuple[Any, ...], length: int, schedule: bool, encoding: str = "least") -> str:
    """``equal``, or ``no value`` where the program has none at some word; an encoder that differs fails."""
    try:
        node = Interpreter("asis").run(parse(f"{text};"))[-1].value
    except RaspError:
        return "no program"
    side = SequenceProgram.of(node, text)
    claim = SequenceClaim(side, side, alphabet, length)
    words = [list(claim.words_of(n)) for n in range(1, length + 1)]
    try:
        made = over_alphabet(node, length, alphabet, text, schedule, encoding)
    except RaspError as error:
        assert not all(runs(side, word) for found in words for word in found), (text, error.message)
        return "no value"
    for found in words:
        for word, left in zip(found, made.values_of_all(found), strict=True):
            right = side.values(word)
            kinds = [isinstance(a, str) == isinstance(b, str) for a, b in zip(left, right, strict=True)]
            assert left == right and all(kinds), (text, word, left, right)
    return "equal"


def runs(side: SequenceProgram, word: tuple[Any, ...]) -> bool:
    """Whether a program has a value at a word."""
    try:
        side.values(word)
    except BadInput:
        return False
    return True
