"""Match2: is there a token that adds up with the own one to a multiple of p? For all words over 0 to p - 1.

The problem is that of arXiv 2306.02896. The encoder is the library program ``match2``, lowered: a head looks for the
residue ``(p - x) mod p``, which is 0 for x = 0, and where none occurs the sink answers with 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symsim.claims.word_encoder import WordEncoder
from symsim.errors import BadInput
from symsim.rasp.loading import load
from symsim.rasp.sequences import SequenceProgram


def match2(p: int, length: int) -> WordEncoder:
    """1 at every token x_i with a j, i itself included, such that x_i + x_j = 0 (mod p), else 0.

    For all words of 1 to ``length`` tokens out of 0, ..., p - 1: one layer with one average-hard head, width 7 whatever
    p and the length are (for p = 1 no layer at all). Its claim is about the definition, tried residue by residue.

    >>> match2(3, 4).values((0, 1, 1, 2)), match2(3, 4).values((1, 1)), match2(4, 2).values((2,))
    ([1, 1, 1, 1], [0, 0], [1])
    """
    for name, value in (("p", p), ("length", length)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise BadInput(f"{name} is an integer >= 1, got {value!r}")
    library = load("library:sequences")
    made = library.compile("match2", [p], length=length, alphabet=range(p), encoding="integer")
    if not isinstance(made, WordEncoder):
        raise BadInput(f"a program over an alphabet becomes an encoder for words, got {type(made).__name__}")
    return replace(made, computes=SequenceProgram(library, f"match2_by_sums({p})"))


def match2_of(p: int, word: Sequence[int]) -> list[int]:
    """Match2 of one word by its definition, in plain Python.

    >>> match2_of(5, [0, 1, 4, 2])
    [1, 1, 1, 0]
    """
    return [int(any((x + y) % p == 0 for y in word)) for x in word]

