"""Linear attention: the weights are the scores themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.sizes import as_size
from symsim.simulators.drafting import Draft, Reads
from symsim.simulators.multi_head import Simulated
from symsim.simulators.rows import projected


def linear_attention(
    n: Any, d: Any, d_v: Any = None, d_k: Any = None, heads: int = 1, projections: bool = False
) -> Construction:
    """``(X A X^T) X V``: two layers of one linear head each; X is n x d, A d x d and V d x d_v.

    As U with a linear head in place of the softmax head. No mask is needed: the parameter tokens have 0 in slot x, so
    their scores are 0. With ``projections`` the inputs are X, W_Q, W_K (d x d_k) and W_V; with ``heads > 1`` there are
    as many of these, and W_O in a third layer. Raises ``BadInput`` for sizes that are none.

    >>> U = linear_attention("n", "d")
    >>> U.computes, U.machine.masks
    (<X A X^T X V: n x d>, ('none',))
    >>> linear_attention("n", "d", heads=2).cost.heads
    (1, 2, 1)
    """
    n, d = as_size(n), as_size(d)
    d_v, d_k = (d if size is None else as_size(size) for size in (d_v, d_k))
    if projections or heads != 1:
        what = Simulated(n, d, d_k, d_v, heads, output=heads != 1, linear=True)
        return replace(projected(what), name="multi_head_linear" if what.output else "projected_linear")
    draft = Draft()
    X = draft.rows("X", (n, d), "x")
    A = draft.parameter("A", (d, d), "id", "a")
    V = draft.parameter("V", (d, d_v), "id", "v")
    for name, width in (("xa", d), ("xv", d_v), ("out", d_v)):
        draft.slot(name, width, working=True)
    draft.layer(
        "products",
        "Query: the row x_i. Key of parameter row k: the unit vector e_k. So the head sums x_ik times row k of A, and "
        "of V: rows of X A and X V.",
        [Reads(["x"], ["id"], {"a": "xa", "v": "xv"}, "linear", name="products")],
    )
    XA = draft.cut("XA", "xa", X @ A, "row i of X A is the sum of x_ik times row k of A")
    XV = draft.cut("XV", "xv", X @ V, "row i of X V is the sum of x_ik times row k of V")
    draft.layer(
        "attention",
        "Query: row i of X A. Key: the row x_j. The weights are the scores X A X^T themselves, the value is X V. The "
        "parameter tokens need no mask: their slot x is 0, and so are their scores.",
        [Reads(["xa"], ["x"], {"xv": "out"}, "linear", Mask(), name="attention")],
    )
    draft.cut("Y", "out", (XA @ X.T) @ XV, "scores of other tokens are 0")
    return draft.construction("linear_attention", "out", X @ A @ X.T @ X @ V)
