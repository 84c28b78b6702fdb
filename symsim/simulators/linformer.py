"""Linformer: keys and values are projected from n rows to r rows before the softmax."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.building import matrix, softmax
from symsim.formulas.sizes import as_size
from symsim.formulas.syntax import Formula
from symsim.simulators.drafting import Draft, Reads
from symsim.simulators.multi_head import Simulated
from symsim.simulators.output import project_outputs
from symsim.simulators.rows import together


def linformer(n: Any, d: Any, r: Any, d_k: Any = None, d_v: Any = None, heads: int = 1) -> Construction:
    """``softmax(X W_Q (E X W_K)^T) F X W_V`` with E and F of shape r x n; three layers.

    Row i of E and row i of F share one token, since a softmax head takes key and value from the same token. Here the
    weights depend on n: the X rows carry one-hot positions of width n. ``d_k`` and ``d_v`` default to ``d``. With
    ``heads > 1`` all heads share E and F, and a fourth layer multiplies by W_O. Raises ``BadInput`` for sizes that are
    none. Source: arXiv 2006.04768; the construction is ours.

    >>> linformer("n", "d", "r").computes
    <softmax(X W_Q (E X W_K)^T) F X W_V: n x d>
    >>> linformer("n", "d", "r", heads=4).cost.heads
    (1, 2, 4, 1)
    """
    n, d, r = as_size(n), as_size(d), as_size(r)
    d_k, d_v = (d if size is None else as_size(size) for size in (d_k, d_v))
    what = Simulated(n, d, d_k, d_v, heads, output=heads != 1)
    draft = Draft()
    X = draft.rows("X", (n, d), "x")
    draft.slot("pos", n)
    draft.place("X", "pos", "identity")
    weights, cuts, E, F = _projections(draft, what, X, r)
    EK, FV = _row_projections(draft, what, cuts, E, F)
    results = [draft.slot(f"o{g}" if what.output else "out", d_v, working=True) for g in what.numbers]
    seen = Mask(keys=("EF",))
    heads_of = zip(what.numbers, results, strict=True)
    draft.layer(
        "attention",
        "Query: q_i. Key and value: row j of E K and of F V, on one token. The mask shows these r tokens only.",
        [Reads([f"q{g}"], [f"ek{g}"], {f"fv{g}": o}, "softmax", seen, name=f"attention{g}") for g, o in heads_of],
    )
    outputs = []
    for g, out in zip(what.numbers, results, strict=True):
        direct = softmax(X @ weights["q" + g] @ (E @ X @ weights["k" + g]).T) @ F @ X @ weights["v" + g]
        short = softmax(cuts["q" + g] @ EK[g].T) @ FV[g]
        name = f"O{g}" if what.output else "Y"
        outputs.append((direct, draft.cut(name, out, short, "the softmax head sees the tokens of E and F only")))
    if what.output:
        direct = project_outputs(draft, what.numbers, outputs, (d_v, d))
        return draft.construction("multi_head_linformer", "out", direct, together=together(draft, what))
    return draft.construction("linformer", "out", outputs[0][0])


def _projections(
    draft: Draft, what: Simulated, X: Formula, r: Any
) -> tuple[dict[str, Formula], dict[str, Formula], Formula, Formula]:
    """Queries, keys and values of all heads: the weights, the products by the names of cuts; and E and F."""
    widths = {"q": what.d_k, "k": what.d_k, "v": what.d_v}
    weights = {}
    for g in what.numbers:
        for p, width in widths.items():
            weights[p + g] = draft.parameter(f"W_{p.upper()}{g}", (what.d, width), "id", f"w{p}{g}")
    E, F = _shared_rows(draft, r, what.n)
    for p, width in (*widths.items(), ("ek", what.d_k), ("fv", what.d_v)):
        for g in what.numbers:
            draft.slot(p + g, width, working=True)
    draft.layer(
        "projections",
        "Query: the row x_i. Key of row k of every parameter matrix: the unit vector e_k. So one linear head writes "
        "queries, keys and values.",
        [Reads(["x"], ["id"], {f"w{name}": name for name in weights}, "linear", name="projections")],
    )
    reason = "a linear head multiplies X by any parameter matrix"
    cuts = {name: draft.cut(name.upper(), name, X @ weight, reason) for name, weight in weights.items()}
    return weights, cuts, E, F


def _row_projections(
    draft: Draft, what: Simulated, cuts: dict[str, Formula], E: Formula, F: Formula
) -> tuple[dict[str, Formula], dict[str, Formula]]:
    """E K and F V of each head, on the tokens of E and F."""
    draft.layer(
        "row projections",
        "Two linear heads. Query of a token with row i of E and of F: that row of E (of F). Key of the X row j: its "
        "one-hot position e_j, so the score is E_ij (F_ij). The values are k_j and v_j: rows of E K and of F V.",
        [
            Reads({"e": "p"}, {"pos": "p"}, {f"k{g}": f"ek{g}" for g in what.numbers}, "linear", name="E K"),
            Reads({"f": "p"}, {"pos": "p"}, {f"v{g}": f"fv{g}" for g in what.numbers}, "linear", name="F V"),
        ],
    )
    reason = "positions are one-hot, so a score is an entry of E or F"
    EK = {g: draft.cut(f"EK{g}", f"ek{g}", E @ cuts["k" + g], reason, "EF") for g in what.numbers}
    FV = {g: draft.cut(f"FV{g}", f"fv{g}", F @ cuts["v" + g], reason, "EF") for g in what.numbers}
    return EK, FV


def _shared_rows(draft: Draft, r: Any, n: Any) -> tuple[Formula, Formula]:
    """The token group EF: row i of E and row i of F on token i."""
    draft.tokens["EF"] = r
    for name in ("E", "F"):
        draft.inputs.append((name, (r, n)))
        draft.place("EF", draft.slot(name.lower(), n), "input", name)
    return matrix("E", r, n), matrix("F", r, n)
