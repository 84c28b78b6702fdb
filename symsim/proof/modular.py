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
from abc import ABC, abstractmethod
from collections.abc import Callable
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

POINT = Fraction(1, 2 ** (BITS - 1)) + Fraction(1, 2**31)
"""A random value is any given residue with at most this probability."""

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
    first = _evidence(Abstracted(claim, options.seed), "modular")
    if first.verdict is Verdict.PROBABLE:
        return first
    second = _evidence(Abstracted(claim, options.seed, expanded=True), "modular")
    if second.verdict is Verdict.PROBABLE:
        return second
    reasons = dict.fromkeys((first.reason, second.reason))
    return Evidence(Verdict.UNDECIDED, "modular", reason="; ".join(reasons))


def uncut(claim: Claim, options: Options) -> Evidence:
    """Compare both sides with one level of exponentials as powers; sides that differ are different functions."""
    return _evidence(Powers(claim, options.seed), "modular uncut")


def _evidence(way: Way, method: str) -> Evidence:
    steps = Steps(method)
    try:
        found = way.run(steps)
    except (BadInput, Undefined, Different, RaspError) as error:
        found = str(error).split("\n")[0]
    if isinstance(found, float):
        return Evidence(Verdict.PROBABLE, method, tuple(steps.done), error_bound=f"2^-{found:.1f}")
    return Evidence(Verdict.UNDECIDED, method, tuple(steps.done), reason=found)


class Way(ABC):
    """How one claim is run modulo primes: over which number system, over which primes, and with which error."""

    guessed: str
    """What the first two rounds are for, in words;"""
    differ: str
    """what it means if they differ;"""
    useless: str
    """and why there may be no bound."""
    most_rounds: int

    def __init__(self, claim: Claim, seed: int) -> None:
        self.claim, self.seed = claim, seed
        self.abstraction = Abstraction(self._drawn_seed(0))

    @abstractmethod
    def system(self, rounds: int, seed: int) -> Residues:
        """The number system of some rounds."""

    @abstractmethod
    def error(self) -> Fraction:
        """The proved bound for one round, from 1 on where there is none."""

    @abstractmethod
    def _drawn_seed(self, stage: int) -> int: ...

    def run(self, steps: Steps) -> float | str:
        """The binary logarithm of one over the error bound, or why there is none."""
        if not steps.run(self.guessed, lambda: self._agree(2, 0)):
            return self.differ
        error = max(self.error(), POINT)  # a claim without inputs has no random point to fail at
        if error >= 1:
            return self.useless
        rounds = math.ceil((TARGET + math.log2(ATTEMPTS)) / -math.log2(error))
        if rounds > self.most_rounds:
            return f"{self.useless}: {rounds} rounds would be needed, the limit is {self.most_rounds}"
        for attempt in range(1, ATTEMPTS + 1):
            self.abstraction.restart(self._drawn_seed(attempt))
            try:
                passed = self._agree(rounds, attempt)
            except Undefined:
                continue
            if not steps.run(f"{rounds} rounds modulo primes of {BITS} bits", lambda p=passed: p):  # type: ignore[misc]
                return self.differ
            return math.floor(10 * (-rounds * math.log2(error) - math.log2(ATTEMPTS))) / 10
        return f"a denominator is 0 at {ATTEMPTS} random points"

    def _agree(self, rounds: int, attempt: int) -> bool:
        domain = self.system(rounds, self._drawn_seed(100 + attempt))
        return domain.equal(*self.sides(domain)) is True

    def sides(self, domain: Any) -> tuple[Any, Any]:
        """Both sides over a number system."""
        inputs = {name: domain.variable(name, *shape) for name, shape in self.claim.inputs}
        left = prepare(self.claim.left, domain, inputs, {})(None)
        return left, prepare(self.claim.right, domain, inputs, {})(None)


class Abstracted(Way):
    """Fresh values for softmax rows, or with ``expanded`` for every exponential, and for opaque functions."""

    guessed = "which arguments are equal: guessed"
    differ = "the two sides differ modulo primes, where equal arguments of exponentials are the same symbols"
    useless = f"the degrees are too high for primes of {BITS} bits"
    most_rounds = MOST_ROUNDS

    def __init__(self, claim: Claim, seed: int, expanded: bool = False) -> None:
        self.expanded = expanded
        super().__init__(claim, seed)

    def system(self, rounds: int, seed: int) -> Residues:
        return Residues(primes(rounds, seed), self.abstraction, self.expanded)

    def error(self) -> Fraction:
        domain = Bounds(self.abstraction, self.expanded)
        domain.equal(*self.sides(domain))
        return max(_failing(*check, PRIMES) for check in domain.checks)

    def _drawn_seed(self, stage: int) -> int:
        return _seed(self.seed, stage, int(self.expanded))


class Powers(Way):
    """Exponentials as powers, their exponents in a second field."""

    guessed = "two rounds modulo p and q"
    differ = "the two sides differ modulo primes, so they are different functions"
    useless = "two rounds passed, and no useful bound is proved for so many terms: let the claim be cut"
    most_rounds = MOST_ROUNDS_UNCUT

    def system(self, rounds: int, seed: int) -> Residues:
        return TwoFields(safe_primes(rounds, seed), self.abstraction)

    def error(self) -> Fraction:
        domain = ExponentBounds(self.abstraction)
        domain.equal(*self.sides(domain))
        return max(_failing(*check, SAFE_PRIMES) + self._meeting(domain, *check[:2]) for check in domain.checks)

    def _meeting(self, domain: ExponentBounds, degree: int, bits: int) -> Fraction:
        """The chance that exponents meet modulo q, or that powers cancel modulo p."""
        if domain.exponents is None:
            return Fraction(0)
        inside, terms = domain.exponents, 2 ** min(bits, BITS)
        size = inside.bits[0] + inside.delta[0].bit_length() + (2 * degree).bit_length()
        meet = int(inside.degree[0]) * 2 * POINT + Fraction(int(size) // (BITS - 2), SAFE_PRIMES)
        return Fraction(terms * terms, 2) * meet + Fraction(bits, BITS - 1)

    def _drawn_seed(self, stage: int) -> int:
        return _seed(self.seed, 200 + stage)


def _failing(degree: int, bits: int, projections: int, drawn_from: int) -> Fraction:
    """The chance that one check passes wrongly, for polynomials."""
    return (degree + projections) * POINT + Fraction(bits // (BITS - 1), drawn_from)


def _seed(*stage: int) -> int:
    return int(np.random.SeedSequence(stage).generate_state(1, np.uint64)[0])


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


METHOD = METHODS.register(Method("modular", applies, decide))
