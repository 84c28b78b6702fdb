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
from symsim.domains.two_fields import ExponentBounds, TwoFields
from symsim.errors import BadInput, Undefined
from symsim.formulas.syntax import Formula
from symsim.proof.evidence import METHODS, Evidence, Method, Options, Steps
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import RaspError

PRIMES = 1_894_120
"""So many primes lie in [2^25, 2^26): pi(2^26) - pi(2^25) = 3957809 - 2063689."""

SAFE_PRIMES = 73_658
"""So many of them are 2 q + 1 with a prime q."""

TARGET = 80
"""Rounds are repeated until the proved error bound is at most 2^-80."""

MOST_ROUNDS = 40
"""A claim that would need more rounds stays undecided."""

MOST_ROUNDS_UNCUT = 400
"""The same without cuts."""

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
    """With ``options.cut`` by abstraction, else with exponentials as powers modulo primes."""
    return cut(claim, options) if options.cut else uncut(claim, options)


def cut(claim: Claim, options: Options) -> Evidence:
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


def uncut(claim: Claim, options: Options) -> Evidence:
    """Compare both sides with one level of exponentials as powers; sides that differ are different functions."""
    steps = Steps("modular uncut")
    seeds = [_seed(options.seed, 200 + attempt) for attempt in range(1 + ATTEMPTS)]
    try:
        abstraction = Abstraction(seeds[0])
        if not steps.run("two rounds modulo p and q", lambda: _agree(claim, abstraction, safe_primes(2, seeds[0]))):
            reason = "the two sides differ modulo primes, so they are different functions"
            return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)
        error = _uncut_error(claim, abstraction)
        rounds = MOST_ROUNDS_UNCUT + 1
        if error < 1:
            rounds = math.ceil((TARGET + math.log2(ATTEMPTS)) / -math.log2(error))
        if rounds > MOST_ROUNDS_UNCUT:
            reason = "two rounds passed, and no useful bound is proved for so many terms: let the claim be cut"
            return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)
        for seed in seeds[1:]:
            abstraction.restart(seed)
            try:
                passed = _agree(claim, abstraction, safe_primes(rounds, seed))
            except Undefined:
                continue
            if not steps.run(f"{rounds} rounds modulo p and q", lambda p=passed: p):  # type: ignore[misc]
                return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason="the two sides differ")
            bits = math.floor(10 * (-rounds * math.log2(error) - math.log2(ATTEMPTS))) / 10
            return Evidence(Verdict.PROBABLE, steps.method, tuple(steps.done), error_bound=f"2^-{bits:.1f}")
        reason = f"a denominator is 0 at {ATTEMPTS} random points"
    except (BadInput, Undefined, Different, RaspError) as problem:
        reason = str(problem).split("\n")[0]
    return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)


def _agree(claim: Claim, abstraction: Abstraction, moduli: list[int]) -> bool:
    domain = TwoFields(moduli, abstraction)
    return domain.equal(*_values(claim, domain)) is True


def _uncut_error(claim: Claim, abstraction: Abstraction) -> Fraction:
    """The proved bound for one round, from 1 on where there is none."""
    domain = ExponentBounds(abstraction)
    domain.equal(*_values(claim, domain))
    point = Fraction(1, 2 ** (BITS - 1)) + Fraction(1, 2**31)
    worst = Fraction(0)
    for degree, bits, projections in domain.checks:
        error = (degree + projections) * point + Fraction(bits // (BITS - 1), SAFE_PRIMES)
        if domain.exponents is not None:
            inside, terms = domain.exponents, 2 ** min(bits, BITS)
            size = inside.bits[0] + inside.delta[0].bit_length() + (2 * degree).bit_length()
            meet = inside.degree[0] * 2 * point + Fraction(size // (BITS - 2), SAFE_PRIMES)
            error += Fraction(terms * terms, 2) * meet + Fraction(bits, BITS - 1)
        worst = max(worst, error)
    return worst


def _values(claim: Claim, domain: Any) -> tuple[Any, Any]:
    """Both sides over a number system."""
    inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
    left = prepare(claim.left, domain, inputs, {})(None)
    return left, prepare(claim.right, domain, inputs, {})(None)


def _seed(*stage: int) -> int:
    return int(np.random.SeedSequence(stage).generate_state(1, np.uint64)[0])


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
        left, right = _values(self.claim, domain)
        domain.equal(left, right)
        point = Fraction(1, 2 ** (BITS - 1)) + Fraction(1, 2**31)
        return max(
            (degree + projections) * point + Fraction(bits // (BITS - 1), PRIMES)
            for degree, bits, projections in domain.checks
        )

    def _sides_agree(self, rounds: int, attempt: int) -> bool:
        moduli = primes(rounds, self._drawn_seed(100 + attempt))
        domain = Residues(moduli, self.abstraction, self.expanded)
        left, right = _values(self.claim, domain)
        return domain.equal(left, right) is True

    def _drawn_seed(self, stage: int) -> int:
        return _seed(self.seed, stage, int(self.expanded))


def primes(count: int, seed: int, wanted: Callable[[int], bool] = is_prime) -> list[int]:
    """Primes of 26 bits, each uniform among all that are wanted and independent of the others.

    >>> all(2**25 <= p < 2**26 for p in primes(3, seed=1))
    True
    """
    generator = np.random.Generator(np.random.Philox(seed))
    found: list[int] = []
    while len(found) < count:
        number = int(generator.integers(2 ** (BITS - 1), 2**BITS))
        if wanted(number):
            found.append(number)
    return found


def safe_primes(count: int, seed: int) -> list[int]:
    """The same among the primes p = 2 q + 1 with a prime q."""
    return primes(count, seed, lambda number: number % 4 == 3 and is_prime(number // 2) and is_prime(number))


_decide: Callable[[Any, Options], Evidence] = decide
METHOD = METHODS.register(Method("modular", applies, _decide))
