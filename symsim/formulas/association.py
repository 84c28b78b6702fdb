"""Where to cut a matrix product in two, so that it takes the fewest multiplications."""

from __future__ import annotations

from collections.abc import Sequence

from symsim.formulas.syntax import Formula

LONGEST_CHAIN = 16
"""Longer products are multiplied from the right: the search grows like the cube of their length."""


def cheapest(factors: Sequence[Formula]) -> int:
    """How many factors stand in the left part of the best cut (matrix chain order); among equals the shortest.

    Products of symbolic size are cut behind their last factor but one: there nothing is counted.

    >>> from symsim.formulas.building import matrix
    >>> K, V = matrix("K", 100, 2), matrix("V", 100, 2)
    >>> cheapest((K, K.T, V)), cheapest((K.T, K, K.T))
    (1, 2)
    """
    count = len(factors)
    sizes = [factors[0].shape[0], *(factor.shape[1] for factor in factors)]
    if not all(isinstance(size, int) for size in sizes):
        return count - 1
    if count > LONGEST_CHAIN:
        return 1
    cost = {(i, i + 1): 0 for i in range(count)}
    best: dict[tuple[int, int], int] = {}
    for length in range(2, count + 1):
        for i in range(count - length + 1):
            j = i + length
            options = [(cost[i, k] + cost[k, j] + sizes[i] * sizes[k] * sizes[j], k) for k in range(i + 1, j)]
            cost[i, j], best[i, j] = min(options)
    return best[0, count]
