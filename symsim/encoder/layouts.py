"""Slots and token layouts: how the columns and the rows of a token matrix are cut into named parts."""

from __future__ import annotations

from symsim.domains.layout import Layout


class Slots(Layout):
    """The residual stream cut into named slots: contiguous column ranges of the token matrix.

    >>> Slots((("x", 2), ("out", 3))).span("out")
    (2, 5)
    """


class TokenLayout(Layout):
    """The positions cut into named groups of tokens: contiguous row ranges of the token matrix.

    >>> TokenLayout((("X", 3), ("A", 2))).total
    5
    """
