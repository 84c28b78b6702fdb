"""Strategies of hypothesis for what symsim is about: matrices, formulas, encoders, claims, words, programs.

They are drawn by ``hypothesis.given``; hypothesis is asked for when this room is imported, and never by
``import symsim``. What is drawn is an ordinary object of the package.

>>> from hypothesis import given, settings
>>> import symsim as ss
>>> from symsim import testing
>>> @settings(max_examples=20, deadline=None)
... @given(testing.true_claims())
... def holds(claim):
...     if str(ss.check(claim).verdict) == "refuted":
...         raise ValueError(claim.statement())
>>> holds()
"""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("hypothesis") is None:
    raise ImportError("symsim.testing draws with hypothesis, which is not installed: pip install 'symsim[testing]'")

from symsim.testing.claims import constructions, false_claims, true_claims
from symsim.testing.encoders import encoders, heads, layers, masks, networks
from symsim.testing.formulas import formulas
from symsim.testing.matrices import rationals, shapes, tables
from symsim.testing.programs_by_position import programs_by_position
from symsim.testing.programs_by_value import programs_by_value
from symsim.testing.words import alphabets, words

__all__ = [
    "alphabets",
    "constructions",
    "encoders",
    "false_claims",
    "formulas",
    "heads",
    "layers",
    "masks",
    "networks",
    "programs_by_position",
    "programs_by_value",
    "rationals",
    "shapes",
    "tables",
    "true_claims",
    "words",
]
