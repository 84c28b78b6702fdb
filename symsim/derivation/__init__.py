"""Derivations: a theorem with its steps, its controls and its examples, and what checking them found."""

from __future__ import annotations

from symsim.derivation.agnostic import Agnostic, agnostic
from symsim.derivation.checked import CheckedControl, CheckedDerivation, CheckedIdentity
from symsim.derivation.decimals import decimals
from symsim.derivation.derivation import Case, Control, Derivation, Step
from symsim.derivation.examples import Example
from symsim.derivation.library import installed, library
from symsim.derivation.places import Place, State
from symsim.derivation.words import WordDerivation, WordExample, WordPlace, WordState

__all__ = [
    "Agnostic",
    "Case",
    "CheckedControl",
    "CheckedDerivation",
    "CheckedIdentity",
    "Control",
    "Derivation",
    "Example",
    "Place",
    "State",
    "Step",
    "WordDerivation",
    "WordExample",
    "WordPlace",
    "WordState",
    "agnostic",
    "decimals",
    "installed",
    "library",
]
