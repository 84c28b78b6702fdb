"""Cross attention: queries from the rows of Y, keys and values from the rows of X."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.building import softmax
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.simulators.drafting import Draft, Reads
from symsim.simulators.multi_head import Simulated
from symsim.simulators.output import Term, project_outputs
from symsim.simulators.rows import together


def cross_attention(
    n: Any, m: Any, d: Any, d_y: Any = None, d_k: Any = None, d_v: Any = None, heads: int = 1
) -> Construction:
    """``softmax(Y W_Q W_K^T X^T) X W_V`` for X of n rows and width d, Y of m rows and width ``d_y``; two layers.

    Rows of X and of Y have slots and row numbers of their own, so that the widths may differ. The sizes ``d_y``,
    ``d_k`` and ``d_v`` default to ``d``. The mask shows the X rows to everybody; the result stands on the Y rows. With
    ``heads > 1`` the outputs are multiplied by W_O, of width ``d_y``, in a third layer. Raises ``BadInput`` for sizes
    that are none.

    >>> cross_attention("n", "m", "d").computes
    <softmax(Y W_Q W_K^T X^T) X W_V: m x d>
    >>> cross_attention("n", "m", "d", heads=2).cost.heads
    (1, 2, 1)
    """
    n, m, d = as_size(n), as_size(m), as_size(d)
    d_y, d_k, d_v = (d if size is None else as_size(size) for size in (d_y, d_k, d_v))
    what = Simulated(n, d, d_k, d_v, heads, output=heads != 1)
    draft = Draft()
    X, Y = draft.rows("X", (n, d), "x"), draft.rows("Y", (m, d_y), "y")
    outputs = _attention(draft, what, X, Y)
    if what.output:
        direct = project_outputs(draft, what.numbers, outputs, (d_v, d_y), "Y", "Z")
        return draft.construction("multi_head_cross", "out", direct, "Y", together=together(draft, what))
    return draft.construction("cross_attention", "out", outputs[0][0], "Y")


def _attention(draft: Draft, what: Simulated, X: Formula, Y: Formula) -> list[Term]:
    """Projections and softmax heads: the output of each simulated head."""
    rows = {"q": (Y, "idy", what.d_k), "k": (X, "id", what.d_k), "v": (X, "id", what.d_v)}
    weights = {}
    for g in what.numbers:
        for p, (data, key, width) in rows.items():
            weights[p + g] = draft.parameter(f"W_{p.upper()}{g}", (data.shape[1], width), key, f"w{p}{g}")
    for p, (_, _, width) in rows.items():
        for g in what.numbers:
            draft.slot(p + g, width, working=True)
    results = [draft.slot(f"o{g}" if what.output else "out", what.d_v, working=True) for g in what.numbers]
    draft.layer(
        "projections",
        "Query: the row x_i or y_i. Key of row k of W_K and W_V: the unit vector e_k beside slot x; of W_Q: the unit "
        "vector beside slot y. So one linear head writes keys and values on the X rows and queries on the Y rows; "
        "elsewhere these slots stay 0.",
        [
            Reads(
                {"x": "x", "y": "y"},
                {"id": "x", "idy": "y"},
                {f"w{name}": name for name in weights},
                name="projections",
            )
        ],
    )
    reason = "a linear head multiplies by any parameter matrix"
    cuts = {}
    for name, weight in weights.items():
        cuts[name] = draft.cut(name.upper(), name, rows[name[0]][0] @ weight, reason, "Y" if name[0] == "q" else "X")
    draft.layer(
        "attention",
        "Query: q_i of the Y rows. Keys and values: k_j and v_j of the X rows. The mask hides the Y rows and the "
        "parameter tokens, whose keys are 0 and would add exp(0) = 1 each to every denominator.",
        [
            Reads([f"q{g}"], [f"k{g}"], {f"v{g}": out}, "softmax", Mask(keys=("X",)), name=f"attention{g}")
            for g, out in zip(what.numbers, results, strict=True)
        ],
    )
    found = []
    for g, out in zip(what.numbers, results, strict=True):
        direct = softmax(Y @ weights["q" + g] @ weights["k" + g].T @ X.T) @ X @ weights["v" + g]
        short = softmax(cuts["q" + g] @ cuts["k" + g].T) @ cuts["v" + g]
        name = f"O{g}" if what.output else "Z"
        found.append((direct, draft.cut(name, out, short, "the softmax head sees the X rows only", "Y")))
    return found
