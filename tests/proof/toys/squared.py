"""A toy normaliser in one object: the weight of a visible key is 1 + s^2 over the sum of these."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from symsim.domains.layout import Sight
from symsim.domains.protocol import Domain
from symsim.encoder.normalisers import Normaliser


def weights(domain: Domain[Any], scores: Any, sight: Sight) -> Any:
    """The weights; a query that sees no key has a sum of 0 there, to which 1 is added so that its row stays 0."""
    rows, cols = domain.shape(scores)
    if cols == 0:
        return scores
    raised = domain.hide(domain.add(domain.ones(rows, cols), domain.hadamard(scores, scores)), sight)
    total = domain.product(raised, domain.ones(cols, 1))
    if not sight.everything:
        count = domain.product(domain.hide(domain.ones(rows, cols), sight), domain.ones(cols, 1))
        few = domain.add(domain.scale(Fraction(1, 2), domain.ones(rows, 1)), domain.scale(-1, count))
        total = domain.add(total, domain.entrywise("step", few))
    return domain.product(domain.diag(domain.entrywise("reciprocal", total)), raised)


SQUARED = Normaliser("squared", weights, r"\operatorname{sq}", "toy: squared scores")
