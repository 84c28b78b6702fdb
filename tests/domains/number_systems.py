"""The number systems that the shared suite runs over: how each makes a matrix, and when two are the same."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import array_api_strict
import numpy as np
import sympy

from symsim.domains.abstraction import Abstraction
from symsim.domains.alphabet import Alphabet
from symsim.domains.arrays import Arrays
from symsim.domains.balls import Balls
from symsim.domains.blocks import Blocks
from symsim.domains.exact import Exact
from symsim.domains.protocol import Domain
from symsim.domains.residues import Residues
from symsim.domains.rounded import Rounded

FIXED = {"n": 3, "m": 2, "k": 4}


@dataclass(frozen=True)
class System:
    """A number system under test."""

    name: str
    domain: Domain[Any]
    matrix: Callable[[str, Any, Any], Any]
    """A matrix in general position: free symbols, or numbers that depend on the name."""
    sizes: dict[str, Any]
    same: Callable[[Any, Any], bool]
    """Whether two matrices are known to be equal, up to rounding for floats."""
    exponentials: bool = True
    """Whether the exponential of any entry has a value."""
    ordered: bool = True
    """Whether any two entries can be compared."""


def numbers(name: str, rows: int, cols: int) -> list[list[Fraction]]:
    """Rationals without ties, drawn from the name alone."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return [[Fraction(int(v), 7) for v in row] for row in rng.permutation(rows * cols).reshape(rows, cols) - 2]


def arrays(name: str, domain: Arrays) -> System:
    """Arrays of any library, with numbers in them."""

    def same(a: Any, b: Any) -> bool:
        if domain.equal(a, b) is not None:
            return bool(domain.equal(a, b))
        left, right = (np.asarray(domain.dense(x)).astype(float) for x in (a, b))
        return left.shape == right.shape and bool(np.allclose(left, right, rtol=1e-12, atol=1e-12))

    return System(name, domain, lambda n, r, c: domain.given(numbers(n, r, c), r, c), FIXED, same)


def exact() -> System:
    """The exact field, with free symbols."""
    domain = Exact()
    return System("exact", domain, domain.variable, FIXED, lambda a, b: domain.equal(a, b) is True)


def blocks() -> System:
    """Blocks of symbolic size, with free matrix symbols."""
    domain = Blocks()
    n, m, k = sympy.symbols("n m k")
    return System("blocks", domain, domain.variable, {"n": n, "m": m, "k": k}, lambda a, b: domain.equal(a, b) is True)


def alphabet() -> System:
    """Numbers at several inputs at once; at the first they are those of the other systems."""
    domain = Alphabet(["one", "two", "three"])

    def matrix(name: str, rows: int, cols: int) -> Any:
        labels = (name, f"{name} two", f"{name} three")
        return domain.given([numbers(label, rows, cols) for label in labels], rows, cols)

    return System("alphabet", domain, matrix, FIXED, domain.equal, exponentials=False)


def residues() -> System:
    """Random residues modulo two primes."""
    domain = Residues([33554467, 67108859], Abstraction(seed=1))
    return System("residues", domain, domain.variable, FIXED, lambda a, b: domain.equal(a, b) is True, False, False)


def balls() -> System:
    """Arb balls around numbers; two matrices are the same where all balls are narrow and overlap."""
    domain = Balls(bits=96)

    def same(a: Any, b: Any) -> bool:
        narrow = all(x.rad() < 2.0**-60 for side in (a, b) for x in domain.dense(side).ravel())
        return narrow and domain.shape(a) == domain.shape(b) and domain.equal(a, b) is None

    return System("balls", domain, lambda n, r, c: domain.given(numbers(n, r, c), r, c), FIXED, same)


def rounded() -> System:
    """Floats with a proved bound; two matrices are the same where all radii are small and the enclosures overlap."""
    domain = Rounded()

    def same(a: Any, b: Any) -> bool:
        narrow = all(bool(np.all(domain.dense(side).radius < 1e-11)) for side in (a, b))
        return narrow and domain.shape(a) == domain.shape(b) and domain.equal(a, b) is None

    return System("rounded", domain, lambda n, r, c: domain.given(numbers(n, r, c), r, c), FIXED, same)


def systems() -> list[System]:
    """Every number system there is."""
    return [
        arrays("arrays float64", Arrays()),
        arrays("arrays strict", Arrays(array_api_strict)),
        arrays("arrays object", Arrays(dtype=object)),
        alphabet(),
        residues(),
        balls(),
        rounded(),
        exact(),
        blocks(),
    ]
