"""Cross attention: queries from the rows of Y, keys and values from the rows of X."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.building import softmax
from symsim.formulas.sizes import as_size
from symsim.simulators.drafting import Draft, Reads


def cross_attention(n: Any, m: Any, d: Any, d_y: Any = None, d_k: Any = None, d_v: Any = None) -> Construction:
    """``softmax(Y W_Q W_K^T X^T) X W_V`` for X of n rows and width d, Y of m rows and width ``d_y``; two layers.

    Rows of X and of Y have slots and row numbers of their own, so that the widths may differ. The sizes ``d_y``,
    ``d_k`` and ``d_v`` default to ``d``. The mask shows the X rows to everybody; the result stands on the Y rows.

    >>> cross_attention("n", "m", "d").computes
    <softmax(Y W_Q W_K^T X^T) X W_V: m x d>
    """
    n, m, d = as_size(n), as_size(m), as_size(d)
    d_y, d_k, d_v = (d if size is None else as_size(size) for size in (d_y, d_k, d_v))
    draft = Draft()
    X, Y = draft.rows("X", (n, d), "x"), draft.rows("Y", (m, d_y), "y")
    W_Q = draft.parameter("W_Q", (d_y, d_k), "idy", "wq")
    W_K = draft.parameter("W_K", (d, d_k), "id", "wk")
    W_V = draft.parameter("W_V", (d, d_v), "id", "wv")
    for name, width in (("q", d_k), ("k", d_k), ("v", d_v), ("out", d_v)):
        draft.slot(name, width, working=True)
    draft.layer(
        "projections",
        "Query: the row x_i or y_i. Key of row k of W_K and W_V: the unit vector e_k beside slot x; of W_Q: the unit "
        "vector beside slot y. So one linear head writes keys and values on the X rows and queries on the Y rows; "
        "elsewhere these slots stay 0.",
        [Reads({"x": "x", "y": "y"}, {"id": "x", "idy": "y"}, {"wq": "q", "wk": "k", "wv": "v"}, name="projections")],
    )
    reason = "a linear head multiplies by any parameter matrix"
    Q = draft.cut("Q", "q", Y @ W_Q, reason, "Y")
    K = draft.cut("K", "k", X @ W_K, reason)
    V = draft.cut("V", "v", X @ W_V, reason)
    draft.layer(
        "attention",
        "Query: q_i of the Y rows. Keys and values: k_j and v_j of the X rows. The mask hides the Y rows and the "
        "parameter tokens, whose keys are 0 and would add exp(0) = 1 each to every denominator.",
        [Reads(["q"], ["k"], {"v": "out"}, "softmax", Mask(keys=("X",)), name="attention")],
    )
    draft.cut("Z", "out", softmax(Q @ K.T) @ V, "the softmax head sees the X rows only", "Y")
    return draft.construction("cross_attention", "out", softmax(Y @ W_Q @ W_K.T @ X.T) @ X @ W_V, "Y")
