"""Exponentials modulo primes: values in a field of p elements, exponents in one of q elements, with p = 2 q + 1.

Every variable has two independent residues, one modulo p and one modulo q, and ``exp(z)`` is ``g^z`` with z taken
modulo q and g of order q modulo p. This respects sums, products, quotients and the law of exponents, so two sides that
are equal as functions are always equal here: sides that differ are different. Exponentials of exponentials have no
value: nothing is known of an exponential modulo q.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from symsim.domains.abstraction import Abstraction
from symsim.domains.degree_bounds import Bound, Bounds
from symsim.domains.residue_arithmetic import power
from symsim.domains.residues import Residues
from symsim.errors import BadInput, Undefined


class TwoFields(Residues):
    """Residues modulo p for the first half of the batch and modulo q = (p - 1) / 2 for the second half.

    >>> from symsim.domains.abstraction import Abstraction
    >>> D = TwoFields([33554699], Abstraction(seed=1))
    >>> x, y = D.variable("x", 1, 1), D.variable("y", 1, 1)
    >>> product = D.hadamard(D.entrywise("exp", x), D.entrywise("exp", y))
    >>> D.equal(product, D.entrywise("exp", D.add(x, y))), D.equal(product, D.entrywise("exp", D.hadamard(x, y)))
    (True, False)
    """

    name: ClassVar[str] = "residues"

    def __init__(self, primes: Sequence[int], abstraction: Abstraction) -> None:
        super().__init__([*primes, *((p - 1) // 2 for p in primes)], abstraction, expanded=True)
        self.rounds = len(primes)
        self.live = slice(0, self.rounds)
        p = self.p[: self.rounds]
        drawn = abstraction.random("generator", self.rounds, p - 3, 0, 1) + 2  # neither 0 nor 1 nor -1
        self.generator = power(drawn, np.full_like(p, 2.0), p)

    def entrywise(self, function: str, a: Any) -> Any:
        if function == "reciprocal":
            return self._reciprocal(np.broadcast_to(self.dense(a), (self.batch, *a.shape[-2:])))
        if function != "exp":
            raise BadInput(f"'{function}' has no value modulo primes: let it be cut")
        a = np.broadcast_to(self.dense(a), (self.batch, *a.shape[-2:]))
        exponents, p = a[self.rounds :], self.p[: self.rounds]
        if np.isnan(exponents).any():
            raise BadInput("an exponential inside an exponential has no value modulo primes: let it be cut")
        return np.concatenate([power(self.generator, exponents, p), np.full_like(exponents, np.nan)])

    def _reciprocal(self, a: Any) -> Any:
        if (a[: self.rounds] == 0).any() or (a[self.rounds :] == 0).any():
            raise Undefined("a denominator is 0 at this random point")
        safe = np.where(np.isnan(a), 1.0, a)
        return np.where(np.isnan(a), np.nan, super()._reciprocal(safe))


class ExponentBounds(Bounds):
    """Bounds where an exponential is a monomial of degree 1; ``exponents`` is the worst bound of what was in one."""

    def __init__(self, abstraction: Abstraction) -> None:
        super().__init__(abstraction, expanded=True)
        self.exponents: Bound | None = None

    def entrywise(self, function: str, a: Bound) -> Bound:
        if function == "reciprocal":
            return super().entrywise(function, a)
        worst = a.worst
        if worst.low[0] or worst.low_bits[0]:
            raise BadInput("exponents are polynomials here: let the exponentials be cut")
        self.exponents = worst if self.exponents is None else self._stacked([worst, self.exponents])
        return Bound.uniform(a.shape, degree=1)
