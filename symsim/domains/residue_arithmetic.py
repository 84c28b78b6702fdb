"""Vectorised arithmetic modulo word-size primes, exact in float64.

Residues are float64 arrays of shape (batch, rows, cols) with whole entries in [0, p); each batch entry has a prime of
its own, below 2^26. Products of two residues stay below 2^52, and sums of products below 2^53 by cutting one
factor of a matrix product into two halves of 13 bits, so no operation ever rounds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BITS = 26
"""Primes are taken from [2^25, 2^26)."""

HALF = float(2 ** (BITS // 2))

LONGEST = 2**13
"""A sum of products is cut into pieces of at most this many terms: 2^13 * 2^26 * 2^13 < 2^53."""

Array = Any


def reduced(a: Array, p: Array) -> Array:
    """Whole numbers in (-2^52, 2^53) modulo p.

    >>> reduced(np.array([[[-1.0, 14.0]]]), np.array([[[7.0]]])).tolist()
    [[[6.0, 0.0]]]
    """
    quotient = np.floor(a * (1.0 / p))
    quotient *= p
    a = a - quotient
    np.add(a, p, out=a, where=a < 0)  # the quotient may be off by one
    np.subtract(a, p, out=a, where=a >= p)
    return a


def plus(a: Array, b: Array, p: Array) -> Array:
    """The sum modulo p."""
    total = np.asarray(a + b)
    np.subtract(total, p, out=total, where=total >= p)
    return total


def times(a: Array, b: Array, p: Array) -> Array:
    """The entrywise product modulo p."""
    return reduced(a * b, p)


def matmul(a: Array, b: Array, p: Array) -> Array:
    """The matrix product modulo p.

    >>> p = np.array([[[33554467.0]]])
    >>> a = np.full((1, 1, 3), 33554466.0)
    >>> matmul(a, np.ones((1, 3, 1)), p).tolist()
    [[[33554464.0]]]
    """
    total = None
    for start in range(0, max(a.shape[-1], 1), LONGEST):
        left, right = a[..., start : start + LONGEST], b[..., start : start + LONGEST, :]
        high, low = _halves(left if left.shape[-2] <= right.shape[-1] else right)  # the smaller factor is cut
        if high is None:
            part = reduced(np.matmul(left, right), p)
        else:
            if left.shape[-2] <= right.shape[-1]:
                both = np.matmul(np.concatenate([high, low], axis=-2), right)
                upper, lower = both[..., : left.shape[-2], :], both[..., left.shape[-2] :, :]
            else:
                both = np.matmul(left, np.concatenate([high, low], axis=-1))
                upper, lower = both[..., : right.shape[-1]], both[..., right.shape[-1] :]
            part = reduced(reduced(upper, p) * HALF + reduced(lower, p), p)
        total = part if total is None else plus(total, part, p)
    return total


def _halves(a: Array) -> tuple[Array, Array]:
    """High and low digits to the base 2^13; None for high ones that are all 0."""
    high = np.floor(a * (1.0 / HALF))
    return (high, a - high * HALF) if high.any() else (None, a)


def power(a: Array, exponent: Array, p: Array) -> Array:
    """``a`` to whole powers below 2^26, entrywise, by squaring."""
    result = np.ones(np.broadcast_shapes(a.shape, exponent.shape))
    base, left = a, exponent
    for _ in range(BITS):
        half = np.floor(left / 2)
        odd = left - 2 * half
        result = np.where(odd == 1, times(result, base, p), result)
        base, left = times(base, base, p), half
    return result


def inverses(a: Array, p: Array) -> Array:
    """The reciprocals modulo p, by Fermat; entries other than 0.

    >>> p = np.array([[[33554467.0]]])
    >>> times(inverses(np.array([[[3.0]]]), p), np.array([[[3.0]]]), p).tolist()
    [[[1.0]]]
    """
    return power(a, p - 2, p)


def is_prime(number: int) -> bool:
    """Whether a number below 2^32 is prime: Miller's test to the bases 2, 3, 5, 7, which is a proof below 3.2e9.

    Source: Jaeschke, On strong pseudoprimes to several bases, Math. Comp. 61 (1993): the least strong pseudoprime to
    these four bases is 3215031751.

    >>> [n for n in range(30) if is_prime(n)]
    [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
    """
    if number < 2:
        return False
    for small in (2, 3, 5, 7):
        if number % small == 0:
            return number == small
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 3, 5, 7):
        x = pow(base, odd, number)
        if x in (1, number - 1):
            continue
        for _ in range(twos - 1):
            x = x * x % number
            if x == number - 1:
                break
        else:
            return False
    return True
