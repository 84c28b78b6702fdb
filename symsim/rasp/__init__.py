"""RASP programs: read, run exactly over numbers and symbols.

>>> from symsim import rasp
>>> lib = rasp.load("library:sequences")
>>> lib.call("reverse", tokens="abc")
['c', 'b', 'a']
"""

from __future__ import annotations

from symsim.claims.listed import at_random
from symsim.rasp.claiming import claims
from symsim.rasp.deciding import Condition, by_sign
from symsim.rasp.evaluate import evaluate
from symsim.rasp.faults import RaspError, Undecided
from symsim.rasp.interpreter import Interpreter
from symsim.rasp.loading import Library, load
from symsim.rasp.parsing import parse

__all__ = [
    "Condition",
    "Interpreter",
    "Library",
    "RaspError",
    "Undecided",
    "at_random",
    "by_sign",
    "claims",
    "evaluate",
    "load",
    "parse",
]
