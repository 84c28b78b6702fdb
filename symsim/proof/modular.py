"""The modular method: both sides at random points modulo random primes; what passes is ``probable``, with a bound.

A run that learns guesses which arguments of exponentials, softmax rows and opaque functions are equal. Then several
rounds check, each with a prime, a random point and fresh random values of its own: every equality that was guessed,
and the two sides. A claim that is false passes a round with probability at most

    max over all checks of  (degree + projections) (2^-25 + 2^-31) + floor(bits / 25) / 1894120,

with the degree and the bits of the coefficients of what the check compares, bounded by a run over the number system
``bounds``; 1894120 primes have 26 bits. Rounds are independent. A batch of rounds in which a denominator vanishes is
drawn again, at most ``ATTEMPTS`` times in all, which costs that factor. The proof is in the page on trust.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Verdict
from symsim.claims.sides import prepare
from symsim.domains.abstraction import Abstraction, Different
from symsim.domains.degree_bounds import Bounds
from symsim.domains.residue_arithmetic import BITS, is_prime
from symsim.domains.residues import Residues
from symsim.errors import BadInput, Undefined
from symsim.formulas.syntax import Formula
from symsim.proof.evidence import METHODS, Evidence, Method, Options, Steps
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import RaspError

PRIMES = 1_894_120
"""So many primes lie in [2^25, 2^26): pi(2^26) - pi(2^25) = 3957809 - 2063689."""

TARGET = 80
"""Rounds are repeated until the proved error bound is at most 2^-80."""

MOST_ROUNDS = 40
"""A claim that would need more rounds stays undecided."""

ATTEMPTS = 2
"""A batch of rounds is drawn at most so many times."""


def applies(claim: Any) -> bool | str:
    """Encoders, formulas and programs that branch on positions only, at fixed sizes, over real inputs."""
    if not isinstance(claim, Claim):
        return "the modular method needs a claim about real inputs"
    if not claim.fixed:
        return f"the modular method needs fixed sizes; {', '.join(claim.free_sizes)} are free"
    if claim.binary:
        return f"the modular method knows no masks that range over all 0/1 matrices: {', '.join(claim.binary)}"
    if not all(isinstance(side, Formula | Construction | ProgramCall) for side in (claim.left, claim.right)):
        return "the modular method runs encoders, formulas and calls of programs"
    return True


def decide(claim: Claim, options: Options) -> Evidence:
    """Abstract softmax rows; where that does not meet, write every softmax out in exponentials and try again."""
    reasons: dict[str, None] = {}
    for expanded in (False, True):
        steps = Steps("modular")
        try:
            found = _Trial(claim, options.seed, expanded).run(steps)
        except (BadInput, Undefined, Different, RaspError) as error:
            reasons[str(error).split("\n")[0]] = None
            continue
        if isinstance(found, float):
            return Evidence(Verdict.PROBABLE, "modular", tuple(steps.done), error_bound=f"2^-{found:.1f}")
        reasons[found] = None
    return Evidence(Verdict.UNDECIDED, "modular", reason="; ".join(reasons))


@dataclass
class _Trial:
    """One claim under one way of abstraction."""

    claim: Claim
    seed: int
    expanded: bool

    def run(self, steps: Steps) -> float | str:
        """The binary logarithm of one over the error bound, or why there is none."""
        self.abstraction = Abstraction(self._drawn_seed(0))
        if not steps.run("which arguments are equal: guessed", lambda: self._sides_agree(2, 0)):
            return "the two sides differ modulo primes, where equal arguments of exponentials are the same symbols"
        error = self.error()
        if error >= Fraction(1, 2):
            return "the degrees are too high for primes of 26 bits"
        rounds = math.ceil((TARGET + math.log2(ATTEMPTS)) / -math.log2(error))
        if rounds > MOST_ROUNDS:
            return f"{rounds} rounds would be needed; the limit is {MOST_ROUNDS}"
        for attempt in range(1, ATTEMPTS + 1):
            self.abstraction.restart(self._drawn_seed(attempt))
            try:
                passed = self._sides_agree(rounds, attempt)
            except Undefined:
                continue
            steps.run(f"{rounds} rounds modulo primes of {BITS} bits", lambda p=passed: p)  # type: ignore[misc]
            if not passed:
                return "the two sides differ modulo primes"
            return math.floor(10 * (-rounds * math.log2(error) - math.log2(ATTEMPTS))) / 10
        return f"a denominator is 0 at {ATTEMPTS} random points"

    def error(self) -> Fraction:
        """The proved bound for one round."""
        domain = Bounds(self.abstraction, self.expanded)
        left, right = self._values(domain)
        domain.equal(left, right)
        point = Fraction(1, 2 ** (BITS - 1)) + Fraction(1, 2**31)
        return max(
            (degree + projections) * point + Fraction(bits // (BITS - 1), PRIMES)
            for degree, bits, projections in domain.checks
        )

    def _sides_agree(self, rounds: int, attempt: int) -> bool:
        moduli = primes(rounds, self._drawn_seed(100 + attempt))
        domain = Residues(moduli, self.abstraction, self.expanded)
        left, right = self._values(domain)
        return domain.equal(left, right) is True

    def _values(self, domain: Any) -> tuple[Any, Any]:
        inputs = {name: domain.variable(name, *shape) for name, shape in self.claim.inputs}
        left = prepare(self.claim.left, domain, inputs, {})(None)
        return left, prepare(self.claim.right, domain, inputs, {})(None)

    def _drawn_seed(self, stage: int) -> int:
        sequence = np.random.SeedSequence([self.seed, stage, int(self.expanded)])
        return int(sequence.generate_state(1, np.uint64)[0])


def primes(count: int, seed: int) -> list[int]:
    """Primes of 26 bits, each uniform among all of them and independent of the others.

    >>> all(2**25 <= p < 2**26 for p in primes(3, seed=1))
    True
    """
    generator = np.random.Generator(np.random.Philox(seed))
    found: list[int] = []
    while len(found) < count:
        number = int(generator.integers(2 ** (BITS - 1), 2**BITS))
        if is_prime(number):
            found.append(number)
    return found


_decide: Callable[[Any, Options], Evidence] = decide
METHOD = METHODS.register(Method("modular", applies, _decide))
