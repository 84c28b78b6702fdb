"""Multi-query and grouped-query attention: heads that share keys and values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symsim.claims.construction import Construction
from symsim.formulas.sizes import as_size
from symsim.simulators.multi_head import Simulated
from symsim.simulators.rows import projected


def grouped_query(
    n: Any, d: Any, heads: int, groups: int = 1, d_k: Any = None, d_v: Any = None, scale: Any = 1
) -> Construction:
    """``sum_g softmax(scale Q_g K_s(g)^T) V_s(g) W_Og`` with ``heads`` queries that share ``groups`` keys and values.

    ``groups=1`` is multi-query attention, ``groups=heads`` multi-head attention; heads 1, 2, .. of queries in order use
    the first keys and values, the next ones the second, and so on. Raises ``BadInput`` where ``groups`` does not
    divide ``heads``. Sources: arXiv 1911.02150 (multi-query), arXiv 2305.13245 (grouped-query).

    >>> grouped_query("n", "d", heads=4, groups=2).cost.heads
    (1, 4, 1)
    """
    n, d = as_size(n), as_size(d)
    d_k = d if d_k is None else as_size(d_k)
    d_v = d if d_v is None else as_size(d_v)
    found = projected(Simulated(n, d, d_k, d_v, heads, groups, scale=scale))
    return replace(found, name="multi_query" if groups == 1 else "grouped_query")
