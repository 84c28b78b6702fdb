"""Linformer: keys and values are projected from n rows to r rows before the softmax."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.building import matrix, softmax
from symsim.formulas.sizes import as_size
from symsim.simulators.drafting import Draft, Reads


def linformer(n: Any, d: Any, r: Any, d_k: Any = None, d_v: Any = None) -> Construction:
    """``softmax(X W_Q (E X W_K)^T) F X W_V`` with E and F of shape r x n; three layers.

    Row i of E and row i of F share one token, since a softmax head takes key and value from the same token. Here the
    weights depend on n: the X rows carry one-hot positions of width n. ``d_k`` and ``d_v`` default to ``d``. Source:
    arXiv 2006.04768; the construction is ours.

    >>> linformer("n", "d", "r").computes
    <softmax(X W_Q (E X W_K)^T) F X W_V: n x d>
    """
    n, d, r = as_size(n), as_size(d), as_size(r)
    d_k, d_v = (d if size is None else as_size(size) for size in (d_k, d_v))
    draft = Draft()
    X = draft.rows("X", (n, d), "x")
    draft.slot("pos", n)
    draft.place("X", "pos", "identity")
    widths = {"q": d_k, "k": d_k, "v": d_v}
    weights = {p: draft.parameter(f"W_{p.upper()}", (d, width), "id", f"w{p}") for p, width in widths.items()}
    E, F = _shared_rows(draft, r, n)
    for name, width in (("q", d_k), ("k", d_k), ("v", d_v), ("ek", d_k), ("fv", d_v), ("out", d_v)):
        draft.slot(name, width, working=True)
    draft.layer(
        "projections",
        "Query: the row x_i. Key of row k of every parameter matrix: the unit vector e_k. So one linear head writes "
        "queries, keys and values.",
        [Reads(["x"], ["id"], {"wq": "q", "wk": "k", "wv": "v"}, "linear", name="projections")],
    )
    reason = "a linear head multiplies X by any parameter matrix"
    Q, K, V = (draft.cut(p.upper(), p, X @ weights[p], reason) for p in "qkv")
    draft.layer(
        "row projections",
        "Two linear heads. Query of a token with row i of E and of F: that row of E (of F). Key of the X row j: its "
        "one-hot position e_j, so the score is E_ij (F_ij). The values are k_j and v_j: rows of E K and of F V.",
        [
            Reads({"e": "p"}, {"pos": "p"}, {"k": "ek"}, "linear", name="E K"),
            Reads({"f": "p"}, {"pos": "p"}, {"v": "fv"}, "linear", name="F V"),
        ],
    )
    reason = "positions are one-hot, so a score is an entry of E or F"
    EK = draft.cut("EK", "ek", E @ K, reason, "EF")
    FV = draft.cut("FV", "fv", F @ V, reason, "EF")
    draft.layer(
        "attention",
        "Query: q_i. Key and value: row j of E K and of F V, on one token. The mask shows these r tokens only.",
        [Reads(["q"], ["ek"], {"fv": "out"}, "softmax", Mask(keys=("EF",)), name="attention")],
    )
    draft.cut("Y", "out", softmax(Q @ EK.T) @ FV, "the softmax head sees the tokens of E and F only")
    computes = softmax(X @ weights["q"] @ (E @ X @ weights["k"]).T) @ F @ X @ weights["v"]
    return draft.construction("linformer", "out", computes)


def _shared_rows(draft: Draft, r: Any, n: Any) -> list[Any]:
    """The token group EF: row i of E and row i of F on token i."""
    draft.tokens["EF"] = r
    found = []
    for name in ("E", "F"):
        draft.inputs.append((name, (r, n)))
        draft.place("EF", draft.slot(name.lower(), n), "input", name)
        found.append(matrix(name, r, n))
    return found
