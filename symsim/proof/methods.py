"""The methods of this package, in the order in which tables list them; importing this file registers them.

A further method is one file with a ``Method`` and one entry here; one of another package is registered by that package.
"""

from __future__ import annotations

from symsim.proof import ball, cases, exhaustive, lipschitz_lemma, modular, parametric, symbolic
from symsim.proof.evidence import METHODS, Method
from symsim.proof.lemmas import Lemma

STANDARD: tuple[Method, ...] = (
    symbolic.METHOD,
    parametric.METHOD,
    exhaustive.METHOD,
    cases.METHOD,
    modular.METHOD,
    ball.METHOD,
)

OWN_FILES: tuple[Lemma, ...] = (lipschitz_lemma.LEMMA,)
"""The lemmas that have files of their own; importing these registers them."""


def listed() -> list[Method]:
    """All registered methods: those of this package, then those of others.

    >>> [method.name for method in listed()][:3]
    ['symbolic', 'parametric', 'exhaustive']
    """
    known = [method for method in STANDARD if method.name in METHODS]
    return [*known, *(method for method in METHODS if method not in STANDARD)]
