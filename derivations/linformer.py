"""One encoder simulates every Linformer head: n rows projected to r before the softmax. arXiv 2006.04768."""

from __future__ import annotations

from symsim import Derivation, Mask, matrix, sizes, softmax
from symsim.simulators import linformer

n, d, r, d_k, d_v = sizes("n d r d_k d_v")
X, E, F = matrix("X", n, d), matrix("E", r, n), matrix("F", r, n)
W_Q, W_K, W_V = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v)

derivation = Derivation(
    name="linformer",
    title="One encoder simulates every Linformer head",
    statement="For all n, d, r, d_k, d_v there is one encoder with fixed weights that maps the tokens of X, W_Q, W_K, "
    "W_V, E, F to softmax(X W_Q (E X W_K)^T) F X W_V.",
    construction=linformer(n=n, d=d, r=r, d_k=d_k, d_v=d_v),
    computes=softmax(X @ W_Q @ (E @ X @ W_K).T) @ F @ X @ W_V,
    weights_depend_on=("d", "d_k", "d_v", "n"),
    family=linformer,
    source="Wang, Li, Khabsa, Fang, Ma: Linformer: Self-Attention with Linear Complexity. arXiv 2006.04768, "
    "equation 7.",
    ours="The formula is the paper's, without its scale. To simulate it by an encoder that is fixed in advance is the "
    "question of arXiv 2506.18739. This construction and this proof are ours. The paper's own theorems, about how well "
    "a small r approximates full attention, are not proved here.",
)


@derivation.step("One linear head writes queries, keys and values.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of each parameter matrix: the unit vector e_k.

    So the score is x_ik, and the sum of x_ik times row k of a matrix is row i of the product. Each matrix has a slot of
    its own for its values. Tokens without a row in slot x receive nothing.
    """
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V
    yield state.slot("q", layer=0, rows="W_Q, W_K, W_V, EF"), 0


@derivation.step("Two linear heads project the n keys and the n values to r rows.")
def row_projections(state):
    """Row i of E and row i of F stand on one token. Query of that token: its row of E, or of F in the second head.

    Key of the X row j: its position, the unit vector e_j of length n. So the score is E_ij, and the sum of E_ij k_j
    over j is row i of E X W_K. The second head does the same with F and the values. Both rows have to be on one token,
    because a softmax head takes key and value from the same token. The positions are the reason why the weights of
    this encoder depend on n.
    """
    yield state.slot("ek", layer=1, rows="EF"), E @ X @ W_K
    yield state.slot("fv", layer=1, rows="EF"), F @ X @ W_V
    yield state.slot("ek", layer=1, rows="X, W_Q, W_K, W_V"), 0
    yield state.slot("q", layer=1, rows="X"), X @ W_Q


@derivation.step("A softmax head that sees only the r tokens of E and F finishes the attention.")
def attention(state):
    """Query of token i: row i of X W_Q. Key of a token with rows of E and F: its row of E X W_K; value: of F X W_V.

    So the scores are X W_Q W_K^T X^T E^T, r to a row and no longer n. The mask leaves exactly these r tokens as keys.
    """
    yield state.slot("out", layer=2, rows="X"), derivation.computes


@derivation.control("The values are projected by E, which need not be F.")
def E_for_the_values(construction):
    """The second head of layer 2 reads the rows of E."""
    return construction.change(layer=1, head=1, W_Q=construction.encoder.layers[1].heads[0].W_Q)


@derivation.control("X rows and parameter tokens have 0 as key, and exp(0) = 1 each enters every denominator.")
def unmasked(construction):
    """Layer 3 sees all tokens."""
    return construction.change(layer=2, head=0, mask=None)


@derivation.control("The keys on the X rows are 0 in slot ek, and so are the values: the result is 0.")
def sees_X(construction):
    """Layer 3 sees the X rows, as in full attention."""
    return construction.change(layer=2, head=0, mask=Mask(keys=("X",)))


@derivation.control("A row of E is no longer a list of weights: the head takes a softmax of its entries.")
def softmax_rows(construction):
    """The first head of layer 2 is a softmax head."""
    return construction.change(layer=1, head=0, normaliser="softmax")


@derivation.control("The queries are lost on the way to layer 3.")
def forgetful(construction):
    """Layer 2 has no residual connection."""
    return construction.change(layer=1, residual=False)


derivation.example(
    X=[[1, 0], [0, 1], [1, -1]],
    W_Q=[[1, 0], [1, 1]],
    W_K=[[1, 1], [0, 1]],
    W_V=[[1, 2], [0, 1]],
    E=[[1, 1, 0], [0, 1, 1]],
    F=[[1, 0, 1], [0, 2, 0]],
)

derivation.does_not_say = (
    "The weights depend on n here, through the one-hot positions of the X rows. The simulators of full attention do "
    "not need them.",
    "Nothing is said about how close Linformer is to full attention. That needs E and F to be chosen for it.",
    "The scores have no scale: a factor such as 1/sqrt(d_k) is part of W_Q.",
    "Several heads share E and F, which is the paper's headwise sharing. They are cases below, with encoders of "
    "their own: one linear layer more for W_O.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Wang, Li, Khabsa, Fang, Ma: Linformer: Self-Attention with Linear Complexity. arXiv 2006.04768, 2020.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

SIZES = {"n": n, "d": d, "r": r, "d_k": d_k, "d_v": d_v}
derivation.case("1 head, all sizes", **SIZES)
for heads in (2, 4):
    derivation.case(f"{heads} heads with W_O, all sizes", heads=heads, **SIZES)
derivation.case("n = 2, r = 1, all widths 2, the whole encoder expanded", cut=False, n=2, d=2, r=1)
