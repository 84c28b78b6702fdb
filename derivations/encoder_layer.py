"""One encoder simulates a whole encoder layer: attention, residual, ReLU network, residual; arXiv 1706.03762."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, relu, sizes, softmax
from symsim.formulas import ones
from symsim.simulators import universal

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
X, one = matrix("X", n, d), ones(n)
W_Q, W_K, W_V, W_O = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v), matrix("W_O", d_v, d)
W_1, b_1, W_2, b_2 = matrix("W_1", d, d_ff), matrix("b_1", 1, d_ff), matrix("W_2", d_ff, d), matrix("b_2", 1, d)

attended = softmax(X @ W_Q @ W_K.T @ X.T) @ X @ W_V
Y = X + attended @ W_O
hidden = Y @ W_1 + one @ b_1

derivation = Derivation(
    name="encoder-layer",
    title="One encoder simulates every encoder layer",
    statement="For all n, d, d_k, d_v, d_ff there is one encoder with fixed weights that maps the tokens of X and of "
    "all weights of an encoder layer to the output of that layer.",
    construction=universal(n=n, d=d, d_v=d_v, d_k=d_k, d_ff=d_ff),
    computes=Y + relu(hidden) @ W_2 + one @ b_2,
    weights_depend_on=("d", "d_ff", "d_k", "d_v"),
    family=partial(universal, d_ff=d_ff),
    source="Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, sections 3.1 to 3.3. The question is that of "
    "Dutta, Chakrabarty, Ansari, Das, arXiv 2506.18739.",
    ours="The layer is that of Vaswani et al. without its norms, which are claims of their own. The construction and "
    "the proof are ours.",
)


@derivation.step("A linear head writes queries, keys and values.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of W_Q, W_K and W_V: the unit vector e_k in slot id.

    So the score is x_ik itself, and the sum of x_ik times row k of a matrix is row i of the product with X.
    The rows of W_1 have the same keys. They do not enter, because the head reads no value from their slot w1.
    """
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V


@derivation.step("A softmax head that sees only the X rows computes the attention.")
def attention(state):
    """Query of token i: row i of X W_Q. Key of token j: row j of X W_K. The mask leaves n keys."""
    yield state.slot("o", layer=1, rows="X"), attended


@derivation.step("A linear head multiplies by W_O, and writes into slot x: the residual connection adds X.")
def first_residual(state):
    """Query of token i: its row of slot o. Key of row k of W_O: the unit vector e_k in slot ido.

    Parameter rows have seen the rows of X in layer 2, so their slot o is not zero, and from here on their slot x holds
    leftovers. Nothing is claimed there: a leftover is a query, and no query of a parameter row is read.
    """
    yield state.slot("x", layer=2, rows="X"), Y


@derivation.step("A linear head multiplies by W_1 and adds b_1; then relu units act on every entry.")
def hidden_layer(state):
    """Query of token i: its row of slot x, and the 1 of slot one. Key of row k of W_1: the unit vector e_k.

    Key of the token of b_1: the 1 of slot idb. So row i of slot h receives row i of the product with W_1, plus b_1.
    One relu unit for each column of slot h copies its positive part into slot r.
    """
    yield state.slot("h", layer=3, rows="X"), hidden
    yield state.slot("r", layer=3, rows="X"), relu(hidden)


@derivation.step("The same once more for W_2 and b_2, written into slot x: the second residual.")
def second_residual(state):
    """Query of token i: its row of slot r, and the 1 of slot one. Key of row k of W_2: the unit vector e_k in slot id2.

    Key of the token of b_2: the 1 of slot idb. The residual connection of the encoder adds what stood in slot x.
    """
    yield state.slot("x", layer=4, rows="X"), derivation.computes


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """The head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("Slot r stays 0, and the network adds b_2 only.")
def no_relu(construction):
    """Layer 4 has no feed-forward network."""
    return construction.change(layer=3, feed_forward=None)


@derivation.control("The output projection replaces X instead of being added to it, and all other slots are lost.")
def no_first_residual(construction):
    """The attention part of layer 3 has no residual connection."""
    return construction.change(layer=2, residual=False)


@derivation.control("The network is not added to Y but replaces it.")
def no_second_residual(construction):
    """The attention part of layer 5 has no residual connection."""
    return construction.change(layer=4, residual=False)


@derivation.control("The network reads means of the rows of W_1.")
def softmax_network(construction):
    """The head of layer 4 is a softmax head."""
    return construction.change(layer=3, head=0, normaliser="softmax")


derivation.example(
    X=[[1, 0], [0, 1]],
    W_Q=[[1], [0]],
    W_K=[[1], [-1]],
    W_V=[[2], [0]],
    W_O=[[1, -1]],
    W_1=[[1], [-1]],
    b_1=[[1]],
    W_2=[[0, 1]],
    b_2=[[1, 0]],
)

derivation.does_not_say = (
    "The number h of heads is no size symbol. The page shows h = 1. The cases h = 2 and h = 4 are claims of their own, "
    "each proved for all sizes.",
    "Layer norms are left out here. Encoder layers with a norm before or after each part are claims of their own, "
    "pre-norm-layer and post-norm-layer.",
    "Dropout is not modelled. Arithmetic is exact, over the real numbers, and nothing is said about training.",
    "One encoder layer is simulated by five. Several layers in a row are the looped simulator, a claim of its own.",
)
derivation.references = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

SIZES = {"n": n, "d": d, "d_v": d_v, "d_k": d_k, "d_ff": d_ff}
for h in (1, 2, 4):
    derivation.case(f"h = {h}, all sizes", **SIZES, heads=h)
    derivation.case(f"h = {h}, causal, with all biases, all sizes", **SIZES, heads=h, mask="causal", biases=True)
for cut in (True, False):
    title = f"n = d = 2, others 1, {'cut' if cut else 'uncut'}"
    derivation.case(title, cut=cut, n=2, d=2, d_k=1, d_v=1, d_ff=1)
