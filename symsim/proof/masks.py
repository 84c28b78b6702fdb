"""The values of the masks of a claim that ranges over all 0/1 masks, one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from symsim.claims.claim import Claim
from symsim.errors import SymsimError

MOST_MASKS = 4096
"""A claim about all 0/1 masks is proved mask by mask up to this many of them."""


class TooManyMasks(SymsimError):
    """A claim ranges over more masks than are tried one by one."""


def with_masks(claim: Claim) -> Iterator[tuple[dict[str, Any], str]]:
    """All values of the masks of a claim, each with a name for its step.

    Raises ``TooManyMasks`` for more than 4096 of them.

    >>> from symsim.claims.comparing import compare
    >>> claim = compare("softmax(S, mask=M) 1", "softmax(S, mask=M) 1", {"S": (1, 2), "M": (1, 2)})
    >>> [name for _, name in with_masks(claim)][:2]
    ['all outputs, mask 00', 'all outputs, mask 01']
    """
    if not claim.binary:
        yield {}, "all outputs"
        return
    shapes = dict(claim.inputs)
    cells = sum(shapes[name][0] * shapes[name][1] for name in claim.binary)
    if 2**cells > MOST_MASKS:
        raise TooManyMasks(f"there are 2^{cells} masks; the symbolic method tries at most {MOST_MASKS}")
    for bits in itertools.product((0, 1), repeat=cells):
        source = iter(bits)
        given = {}
        for name in claim.binary:
            rows, cols = shapes[name]
            given[name] = [list(itertools.islice(source, cols)) for _ in range(rows)]
        if claim.nonempty_rows and not all(any(row) for table in given.values() for row in table):
            continue
        yield given, "all outputs, mask " + "".join(map(str, bits))
