"""One encoder simulates every attention head (realisation R). arXiv 2506.18739, Theorem 5; this proof is ours."""

from __future__ import annotations

from symsim import Derivation, matrix, sizes, softmax
from symsim.derivation import decimals
from symsim.simulators import universal

n, d, d_v, d_k, d_ff = sizes("n d d_v d_k d_ff")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)

derivation = Derivation(
    name="universal-simulator",
    title="One encoder simulates every attention head",
    statement="For all n, d, d_v there is one encoder with fixed weights that maps the tokens of X, A, V to "
    "softmax(X A X^T) X V.",
    construction=universal(n=n, d=d, d_v=d_v, realisation="rows"),
    computes=softmax(X @ A @ X.T) @ X @ V,
    family=universal,
    weights_depend_on=("d", "d_v"),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, Theorem 5.",
    ours="The question and the idea to put the parameters beside the input into tokens are the paper's. "
    "The exact statement, this construction and this proof are ours.",
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


@derivation.step("Nothing is lost: the rows of X are still there.")
def kept(state):
    """The head writes into empty slots, and the residual connection keeps the rest."""
    yield state.slot("x", layer=0, rows="X"), X


@derivation.step("A softmax head that sees only the X rows finishes the attention.")
def attention(state):
    """Query of token i: row i of X A. Key of token j: the row x_j.

    So the scores are X A X^T, one row a token. The value is X V, written by layer 1. The mask leaves n keys,
    and the softmax of a row runs over exactly the n scores that the simulated head has.
    """
    yield state.slot("out", layer=1, rows="X"), derivation.computes


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """Layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("The weights are no longer the entries of X: the head takes means of parameter rows.")
def softmax_first(construction):
    """The head of layer 1 is a softmax head."""
    return construction.change(layer=0, head=0, normaliser="softmax")


@derivation.control("Nothing normalises the scores.")
def linear_second(construction):
    """The head of layer 2 is linear."""
    return construction.change(layer=1, head=0, normaliser="linear")


@derivation.control("It returns the mean of the rows of X V with the largest score, not a weighted mean of all rows.")
def hard_second(construction):
    """The head of layer 2 is an average-hard head."""
    return construction.change(layer=1, head=0, normaliser="average-hard")


@derivation.control("The keys x_j are gone, and all scores are 0.")
def forgetful(construction):
    """Layer 1 has no residual connection."""
    return construction.change(layer=0, residual=False)


@derivation.control("The simulated matrix is the transpose of A.")
def transposed(construction):
    """Query and key of layer 2 are exchanged."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_K, W_K=head.W_Q)


derivation.example(X=[[1, 0], [0, 1], [1, -1]], A=[[1, 0], [0, -1]], V=[[1, 2], [0, 1]])
derivation.example(
    "The numbers of the authors' demo",
    X=decimals(".8 .2 .5; .1 .9 .4; .6 .3 .7"),
    A=decimals(".1 .2 .3; .4 .5 .6; .7 .8 .9"),
    V=decimals(".1 .7 .4; 1 .3 .9; .5 .2 .6"),
)

derivation.does_not_say = (
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
    "The matrix A stands for the product of query and key weights, scale included. Separate projections, several heads "
    "and the whole encoder layer are claims of their own, with their own encoders.",
    "The encoder is larger than the head that it simulates. The table of costs says by how much.",
    "The paper's programs work on scalar tokens with hard attention. That is realisation P: it is checked at fixed "
    "sizes, and it is not the encoder of this page.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196, 2023.",
    "Hu, Liu, Zhang, Liu: In-Context Algorithm Emulation in Fixed-Weight Transformers. arXiv 2508.17550, 2025.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

derivation.case("R, all sizes", n=n, d=d, d_v=d_v)
for label, realisation in (("R", "rows"), ("P", "scalars")):
    for size in ({"n": 3, "d": 3, "d_v": 3}, {"n": 4, "d": 2, "d_v": 3}):
        for cut in (True, False):
            shown = ", ".join(f"{name} = {value}" for name, value in size.items())
            derivation.case(f"{label}, {shown}", cut=cut, realisation=realisation, **size)
for heads in (1, 2, 3):
    title = f"R, {heads} {'head' if heads == 1 else 'heads'} with projections, all sizes"
    derivation.case(title, n=n, d=d, d_v=d_v, d_k=d_k, heads=heads, projections=True)
derivation.case("R, whole encoder layer, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, d_ff=d_ff)
