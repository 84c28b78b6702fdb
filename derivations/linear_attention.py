"""Two linear heads simulate every head of linear attention. arXiv 2006.16236; this construction is ours."""

from __future__ import annotations

from symsim import Derivation, matrix, sizes
from symsim.simulators import linear_attention

n, d, d_v, d_k = sizes("n d d_v d_k")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)

derivation = Derivation(
    name="linear-attention",
    title="Two linear heads simulate every head of linear attention",
    statement="For all n, d, d_v there is one encoder with fixed weights and linear heads only that maps the tokens of "
    "X, A, V to X A X^T X V.",
    construction=linear_attention(n=n, d=d, d_v=d_v),
    computes=(X @ A @ X.T) @ X @ V,
    weights_depend_on=("d", "d_v"),
    family=linear_attention,
    source="Katharopoulos, Vyas, Pappas, Fleuret: Transformers are RNNs: Fast Autoregressive Transformers with Linear "
    "Attention. arXiv 2006.16236, section 3.2.",
    ours="The paper's attention has a feature map and divides each row by its sum of scores. Simulated here is the "
    "plain form without either: weights are the scores themselves. To simulate it by an encoder that is fixed in "
    "advance is the question of arXiv 2506.18739; this construction and this proof are ours.",
)


@derivation.step("A linear head multiplies X by any parameter matrix whose rows carry their own row number as key.")
def products(state):
    """Query of token i: the row x_i. Key of parameter row k: the unit vector e_k.

    So the score is x_ik itself. A linear head uses the score as the weight, and the sum of x_ik a_k over k is
    row i of X A. The rows of V go the same way, in their own slot. Parameter rows have a zero row as query, so their
    weights are 0 and nothing is written there.
    """
    yield state.slot("xa", layer=0, rows="X"), X @ A
    yield state.slot("xv", layer=0, rows="X"), X @ V
    yield state.slot("xa", layer=0, rows="A, V"), 0
    yield state.slot("xv", layer=0, rows="A, V"), 0


@derivation.step("The rows of X are still there, and no other token has anything in slot x.")
def kept(state):
    """The head writes into empty slots, and the residual connection keeps the rest."""
    yield state.slot("x", layer=0, rows="X"), X
    yield state.slot("x", layer=0, rows="A, V"), 0


@derivation.step("A second linear head finishes the attention, and it needs no mask.")
def attention(state):
    """Query of token i: row i of X A. Key of token j: the row x_j. Value: row j of X V.

    So the score of tokens i and j is entry (i, j) of X A X^T, and the head adds up the rows of X V with these weights.
    Parameter tokens have 0 in slot x: their scores are 0, and a weight of 0 adds nothing. A softmax head would give
    them exp(0) = 1 instead, which is why the simulator of softmax attention needs a mask and this one does not.

    Nothing stands between the factors, so the product may be formed from the right: first X^T X V, of shape d x d_v
    and the same for all tokens. This is why linear attention costs time in proportion to n, and not to its square.
    """
    yield state.slot("out", layer=1, rows="X"), derivation.computes
    yield state.slot("out", layer=1, rows="A, V"), 0


@derivation.control("The scores are normalised, and parameter tokens count as well.")
def softmax_second(construction):
    """The head of layer 2 is a softmax head."""
    return construction.change(layer=1, head=0, normaliser="softmax")


@derivation.control("The weights are no longer the entries of X: the head takes means of parameter rows.")
def softmax_first(construction):
    """The head of layer 1 is a softmax head."""
    return construction.change(layer=0, head=0, normaliser="softmax")


@derivation.control("The matrix A is forgotten: the result is (X X^T) X V.")
def without_A(construction):
    """The query of layer 2 is slot x, as the key is."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_K)


@derivation.control("The simulated matrix is the transpose of A.")
def transposed(construction):
    """Query and key of layer 2 are exchanged."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_K, W_K=head.W_Q)


@derivation.control("The keys x_j are gone, and all scores are 0.")
def forgetful(construction):
    """Layer 1 has no residual connection."""
    return construction.change(layer=0, residual=False)


derivation.example(X=[[1, 0], [0, 2], [1, -1]], A=[[1, 0], [1, -1]], V=[[1, 2], [0, 1]])

derivation.does_not_say = (
    "The feature map of the paper (elu(x) + 1) and its division by the row sums are not simulated: its result is a "
    "quotient, which linear heads alone cannot form.",
    "Nothing is said about speed. As it is drawn here, the second head forms all n x n scores.",
    "The matrix A stands for the product of query and key weights. Separate projections and several heads are cases "
    "below, with encoders of their own.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Katharopoulos, Vyas, Pappas, Fleuret: Transformers are RNNs: Fast Autoregressive Transformers with Linear "
    "Attention. arXiv 2006.16236, 2020.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

derivation.case("A and V, all sizes", n=n, d=d, d_v=d_v)
derivation.case("1 head with projections, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, projections=True)
for heads in (2, 4):
    derivation.case(f"{heads} heads with projections and W_O, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, heads=heads)
for size in ({"n": 2, "d": 1, "d_v": 2}, {"n": 3, "d": 2, "d_v": 3}):
    shown = ", ".join(f"{name} = {value}" for name, value in size.items())
    derivation.case(f"{shown}, the whole encoder expanded", cut=False, **size)
