"""Masks: which keys a head may look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symsim.domains.layout import Layout, Sight
from symsim.domains.protocol import Domain
from symsim.encoder.layouts import TokenLayout
from symsim.errors import BadInput


@dataclass(frozen=True)
class Mask:
    """A mask M in {0,1}^{N x N}, stored by what it says; the parts combine by "and". The default hides nothing.

    ``keys``: the token groups that may be seen, by everybody (a key mask).
    ``positions``: the single positions that may be seen (key padding; fixed sizes only).
    ``causal``: a query at position i sees positions j <= i.
    ``matrix``: an N x N matrix of zeros and ones (fixed sizes only).
    A row that sees nothing gives a zero row, for every normaliser.

    >>> Mask(keys=("X",)).kind
    'keys X'
    """

    keys: tuple[str, ...] | None = None
    positions: tuple[int, ...] | None = None
    causal: bool = False
    matrix: Any = None

    def __post_init__(self) -> None:
        if isinstance(self.keys, str):
            raise BadInput(f"keys is a tuple of token groups: write ('{self.keys}',)")
        for name in ("keys", "positions"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.matrix is not None:
            from symsim.encoder.weights import as_weight

            matrix = as_weight(self.matrix, "the mask")
            if any(v not in (0, 1) for v in matrix.todok().values()):
                raise BadInput("a mask matrix has entries 0 and 1 only")
            object.__setattr__(self, "matrix", matrix)

    @property
    def kind(self) -> str:
        """The mask in words: ``none``, or what it is made of."""
        parts = []
        if self.keys is not None:
            parts.append("keys " + ", ".join(self.keys))
        if self.positions is not None:
            parts.append("key padding")
        if self.causal:
            parts.append("causal")
        if self.matrix is not None:
            parts.append("arbitrary")
        return " and ".join(parts) or "none"

    def visible(self, tokens: TokenLayout) -> tuple[str, ...]:
        """The token groups that hold a key which somebody may see."""
        if self.keys is None:
            return tokens.names
        for name in self.keys:
            tokens.size(name)
        return tuple(name for name in tokens.names if name in self.keys)

    def check(self, tokens: TokenLayout, where: str) -> None:
        """Raise ``BadInput`` where the mask does not fit the tokens."""
        self.visible(tokens)
        total = tokens.total
        if self.positions is not None and isinstance(total, int):
            outside = [p for p in self.positions if not 0 <= p < total]
            if outside:
                raise BadInput(f"{where}: the mask names position {outside[0]}, and positions are 0 to {total - 1}")
        if self.matrix is not None and isinstance(total, int) and self.matrix.shape != (total, total):
            found = " x ".join(map(str, self.matrix.shape))
            raise BadInput(f"{where}: the mask is {found}, and there are {total} positions")

    def cut(
        self, domain: Domain[Any], keys: Any, tokens: TokenLayout, rows: Sequence[int] | None
    ) -> tuple[Any, Sight]:
        """The rows of ``keys`` that may be seen, and what is left of the mask for the queries at ``rows``."""
        groups = self.visible(tokens)
        if not domain.flat:
            if self.positions is not None or self.matrix is not None:
                raise BadInput("masks by position or by matrix need fixed sizes")
            seen = keys if groups == tokens.names else domain.rows(keys, tokens, groups)
            return seen, Sight(tokens, tokens.select(groups), self.causal, None, tokens.names)
        places = tokens.positions(groups)
        if self.positions is not None:
            allowed = set(self.positions)
            places = tuple(p for p in places if p in allowed)
        seen = keys if len(places) == tokens.total else domain.take(keys, places)
        queries = tuple(range(tokens.total)) if rows is None else tuple(rows)
        table = None
        if self.matrix is not None:
            whole = domain.take(domain.constant(self.matrix), queries)
            table = domain.transpose(domain.take(domain.transpose(whole), places))
        heads, tails = Layout((("", len(queries)),)), Layout((("", len(places)),))
        return seen, Sight(heads, tails, self.causal, table, ("",), queries, places)
