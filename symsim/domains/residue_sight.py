"""Which key each query sees, some rows at a time: for softmax weights that are never written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from symsim.domains.layout import Sight
from symsim.errors import BadInput


class Seen:
    """A sight with its mask as an array of booleans (``mask``: 0/1 residues of shape rows x cols, or None).

    >>> Seen(Sight.plain(3, 3, causal=True), None, 3, 3).block(0, 2)[0].tolist()
    [[True, False, False], [True, True, False]]
    """

    def __init__(self, sight: Sight, mask: Any, rows: int, cols: int) -> None:
        if (rows, cols) != (sight.rows.total, sight.cols.total):
            raise BadInput(f"the scores should be {sight.rows.total} x {sight.cols.total}, not {rows} x {cols}")
        self.all = sight.everything
        self.sight, self.rows, self.cols = sight, rows, cols
        self.mask = None
        if mask is not None:
            table = mask[0] if mask.ndim == 3 else mask
            if not ((table == 0) | (table == 1)).all():
                raise BadInput("a mask has entries 0 and 1 only")
            self.mask = table == 1

    @property
    def flat(self) -> Sight:
        """The sight with its mask as one matrix, for machine numbers."""
        return self.sight if self.mask is None else replace(self.sight, mask=self.mask.astype(np.float64))

    def block(self, start: int, stop: int) -> tuple[Any, Any]:
        """Booleans, and the rank of each key among the visible ones of its row."""
        visible = np.ones((stop - start, self.cols), dtype=bool)
        if self.sight.causal:
            queries = self.sight.row_positions if self.sight.row_positions is not None else range(self.rows)
            keys = self.sight.col_positions if self.sight.col_positions is not None else range(self.cols)
            visible &= np.array(list(keys))[None, :] <= np.array(list(queries)[start:stop])[:, None]
        if self.mask is not None:
            visible &= self.mask[start:stop]
        return visible, np.maximum(np.cumsum(visible, axis=-1) - 1, 0)

    def spread(self, start: int, stop: int, values: Any) -> Any:
        """Values by rank, put where the keys stand; 0 at hidden ones."""
        if self.all:
            return values
        visible, rank = self.block(start, stop)
        if not values.shape[-1]:
            return np.zeros((values.shape[0], stop - start, self.cols))
        clipped = np.minimum(rank, values.shape[-1] - 1)
        return np.take_along_axis(values, clipped[None], axis=-1) * visible
