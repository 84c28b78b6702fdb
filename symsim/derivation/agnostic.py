"""Data-agnostic weights, checked: serialised weights are the same for all inputs, and depend on the sizes as stated.

A universal simulator has to compute with fixed weights: what it simulates comes in through tokens. So the weights are
written out before and after runs on different inputs, and must be the same bytes; and they are written out at different
sizes, and must differ for just those sizes of which the statement says so. Masks and the number of tokens are no
weights.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import numpy as np

from symsim.claims.construction import Construction
from symsim.derivation.derivation import SMALL, Derivation
from symsim.derivation.words import WordDerivation
from symsim.domains.arrays import Arrays
from symsim.encoder.layers import Encoder
from symsim.encoder.stored import content_hash, to_dict

RUNS = 3
"""Inputs that are run between two looks at the weights."""


@dataclass(frozen=True)
class Agnostic:
    """What the comparison of serialised weights found.

    ``same``: whether they are the same before and after runs on different inputs, and when built again. ``uses``:
    the sizes for which they differ; ``others``: those for which they do not; ``stated``: what the derivation says,
    None where it says nothing.
    """

    same: bool
    uses: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    stated: tuple[str, ...] | None = None

    @property
    def holds(self) -> bool:
        """Whether the weights are the same for all inputs and depend on the sizes as it is stated."""
        return self.same and (self.stated is None or set(self.stated) == set(self.uses))

    def __str__(self) -> str:
        found = ["the same for all inputs" if self.same else "NOT THE SAME FOR ALL INPUTS"]
        if self.uses:
            found.append(f"they depend on {', '.join(self.uses)}")
        if self.others:
            found.append(f"not on {', '.join(self.others)}")
        if not self.holds and self.stated is not None:
            found.append(f"STATED: they depend on {', '.join(self.stated) or 'no size'}")
        return "; ".join(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "same_for_all_inputs": self.same,
            "depend_on": list(self.uses),
            "independent_of": list(self.others),
            "as_stated": self.holds,
        }


def fingerprint(encoder: Encoder) -> str:
    """A hash of the weights of an encoder: masks, names and the number of tokens are left out.

    >>> from symsim.simulators import universal
    >>> one, two = universal(n=2, d=2), universal(n=5, d=2)
    >>> fingerprint(one.encoder) == fingerprint(two.encoder)
    True
    """
    data = to_dict(encoder)
    layers = [
        {
            **layer,
            "name": "",
            "heads": [{k: v for k, v in head.items() if k not in ("mask", "name")} for head in layer["heads"]],
        }
        for layer in data["layers"]
    ]
    return content_hash({"slots": data["slots"], "constants": data["constants"], "layers": layers})


def agnostic(derivation: Derivation, seed: int = 0) -> Agnostic:
    """Compare the serialised weights of a derivation's construction over inputs and over sizes.

    Every size is 2, and then each one 3 by itself. Raises ``BadInput`` where the family has no construction there.

    >>> from symsim.derivation.library import installed
    >>> print(agnostic(installed()["universal-simulator"]))
    the same for all inputs; they depend on d, d_v; not on n
    """
    if isinstance(derivation, WordDerivation):
        return _of_words(derivation)
    names = derivation.stated.free_sizes
    small = dict.fromkeys(names, SMALL)
    first = derivation.at(small)
    before = fingerprint(first.encoder)
    rng = random.Random(seed)
    for _ in range(RUNS):
        _run(first, rng)
    same = fingerprint(first.encoder) == before == fingerprint(derivation.at(small).encoder)
    differs = {name: fingerprint(derivation.at({**small, name: SMALL + 1}).encoder) != before for name in names}
    uses = tuple(name for name in names if differs[name])
    others = tuple(name for name in names if not differs[name])
    return Agnostic(same, uses, others, derivation.weights_depend_on)


def _run(construction: Construction, rng: random.Random) -> None:
    """A run on random floats between 1/2 and 3/2: only the weights are looked at."""
    domain = Arrays(constants=dict.fromkeys(construction.encoder.constants, 0.5))
    inputs = {
        name: np.array([[0.5 + rng.random() for _ in range(cols)] for _ in range(rows)])
        for name, (rows, cols) in construction.inputs
    }
    construction.prepare(domain, inputs, {})(None)


def _of_words(derivation: WordDerivation) -> Agnostic:
    """The same for an encoder of words: runs on words of the first and the last token, and on all in turn."""
    made = derivation.construction
    before = fingerprint(made.encoder)
    for word in ((made.alphabet[0],) * made.length, (made.alphabet[-1],), made.sample):
        made.values(word)
    return Agnostic(fingerprint(made.encoder) == before)
