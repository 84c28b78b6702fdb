"""Realisation R: tokens are rows of the inputs, linear and softmax heads, exact for all sizes.

Every matrix product ``X W`` is one linear head: the query of token i is its row x_i, the key of parameter row k is
the unit vector e_k, so the score is x_ik itself, and summing ``x_ik w_k`` over k gives row i of ``X W``. A softmax
head that sees only the X rows does the rest. Weights depend on the widths only; the number n of X rows enters through
the mask alone. The idea to put inputs and parameters side by side into tokens is that of arXiv 2506.18739; this
construction and its proofs are ours.
"""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.masks import Mask
from symsim.formulas.building import softmax
from symsim.formulas.syntax import Formula
from symsim.simulators.drafting import Draft, Reads
from symsim.simulators.multi_head import Pass, Simulated, start


def single_head(n: Any, d: Any, d_v: Any, causal: bool = False, padding: Any = None) -> Construction:
    """The universal simulator U in two layers: ``softmax(X A X^T) X V`` from the rows of X, A and V.

    Layer 1, one linear head, writes X A and X V beside X. Layer 2, one softmax head that sees the X rows only,
    finishes the attention. With ``causal`` the simulated head sees j <= i; with ``padding`` there are as many further
    rows X_pad, and the result on the X rows does not depend on them.
    """
    draft = Draft()
    X = draft.rows("X", (n, d), "x")
    if padding is not None:
        draft.rows("X_pad", (padding, d), "x")
    draft.slot("id", d)
    direct, _ = bare_pass(draft, X, X, d_v, causal, padding is not None)
    return draft.construction("U", "out", direct)


def bare_pass(
    draft: Draft, direct: Formula, short: Formula, d_v: Any, causal: bool = False, padded: bool = False
) -> tuple[Formula, Formula]:
    """The two layers of U, written into a draft; the result in the inputs alone and by the names of cuts."""
    d = direct.shape[1]
    A = draft.parameter("A", (d, d), "id", "a")
    V = draft.parameter("V", (d, d_v), "id", "v")
    for name, width in (("xa", d), ("xv", d_v), ("out", d_v)):
        draft.slot(name, width, working=True)
    draft.layer(
        "products",
        "Query: the row x_i. Key of parameter row k: the unit vector e_k. So the score is x_ik itself, and the "
        "head sums x_ik times row k of A, and of V: rows of X A and X V.",
        [Reads(["x"], ["id"], {"a": "xa", "v": "xv"}, "linear", name="products")],
    )
    XA = draft.cut("XA", "xa", short @ A, "row i of X A is the sum of x_ik times row k of A")
    XV = draft.cut("XV", "xv", short @ V, "row i of X V is the sum of x_ik times row k of V")
    hidden = [*(["the keys j > i"] if causal else []), *(["the X_pad rows"] if padded else [])]
    draft.layer(
        "attention",
        "Query: row i of X A. Key: the row x_j. So the scores are X A X^T; the value is X V. The mask hides the "
        "parameter tokens, which would otherwise add exp(0) = 1 each to every denominator."
        + (f" It also hides {' and '.join(hidden)}." if hidden else ""),
        [Reads(["xa"], ["x"], {"xv": "out"}, "softmax", Mask(keys=("X",), causal=causal), name="attention")],
    )
    reason = "the softmax head sees the X rows only"
    Y = draft.cut("Y", "out", softmax(XA @ short.T, causal=causal) @ XV, reason)
    return softmax(direct @ A @ direct.T, causal=causal) @ direct @ V, Y


def projected(what: Simulated) -> Construction:
    """Multi-head attention with separate projections, and with ``d_ff`` the whole encoder layer.

    Three layers compute ``sum_g softmax(scale X W_Qg W_Kg^T X^T) X W_Vg W_Og`` for g = 1..heads; W_O is given as its
    blocks of rows ``W_O1, W_O2, ...``; without ``output`` (one head) there is no W_O and two layers are enough. With
    ``d_ff`` five layers compute ``Y = X + attention``, ``Y + relu(Y W_1 + 1 b_1) W_2 + 1 b_2``. ``biases`` adds b_Q,
    b_K, b_V to the projections and b_O to the output. ``norm="post"`` puts a layer norm after each residual, and
    ``norm="pre"`` one before each of the two parts, which takes one layer more.
    """
    draft = Draft()
    X = start(draft, what)
    one_pass = Pass(draft, what, X, X)
    slot = one_pass.write()
    name = "encoder_layer" if what.d_ff is not None else "multi_head" if what.output else "projected"
    return draft.construction(name, slot, one_pass.direct, constants=what.constants, together=together(draft, what))


def together(draft: Draft, what: Simulated) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The inputs that one keyword stands for, such as ``W_Q`` for those of all heads and passes."""
    names = [name for name, _ in draft.inputs]
    groups = [("W_Q", what.numbers), ("W_K", what.shared), ("W_V", what.shared)]
    found = []
    for group, numbers in [*groups, *([("W_O", what.numbers)] if what.output else [])]:
        members = [draft.staged(f"{group}{g}", s) for s in range(1, draft.passes + 1) for g in numbers]
        found.append((group, tuple(name for name in members if name in names)))
    return tuple(sorted(found, key=lambda group: group[1] == (group[0],)))
