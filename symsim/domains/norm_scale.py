"""The function ``normscale`` of a layer norm: ``1 / sqrt(v + eps)`` at a variance v; below 0 its value at 0.

It exists at every real number and is positive. Number systems for proofs keep it as an atom.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

EPSILON = Fraction(1, 100_000)
"""What is added to a variance, so that the norm of a constant row exists."""


def of_array(xp: Any, a: Any) -> Any:
    """Over floats of the namespace ``xp``.

    >>> import numpy
    >>> float(of_array(numpy, numpy.asarray(0.25 - 1e-5)))
    2.0
    """
    return 1.0 / xp.sqrt(xp.where(a > 0, a, xp.zeros_like(a)) + float(EPSILON))


def of_ball(ball: Any) -> Any:
    """Over Arb balls, at the precision of the context."""
    import flint

    return (ball.max(flint.arb(0)) + flint.fmpq(EPSILON.numerator, EPSILON.denominator)).rsqrt()
