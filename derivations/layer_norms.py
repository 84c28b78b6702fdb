"""One encoder simulates encoder layers with layer norms, before or after each part; arXiv 1607.06450, 2002.04745."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, relu, sizes, softmax
from symsim.formulas import layernorm, ones
from symsim.simulators import universal

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
X, one = matrix("X", n, d), ones(n)
W_Q, W_K, W_V, W_O = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v), matrix("W_O", d_v, d)
W_1, b_1, W_2, b_2 = matrix("W_1", d, d_ff), matrix("b_1", 1, d_ff), matrix("W_2", d_ff, d), matrix("b_2", 1, d)
SIZES = {"n": n, "d": d, "d_v": d_v, "d_k": d_k, "d_ff": d_ff}

DOES_NOT_SAY = (
    "The norm is one of the operations of the encoder: runs of units that see a whole slot. It is not built from "
    "smaller ones. Its factor, 1 divided by the root of variance plus 1/100000, is an atom: the proof uses nothing "
    "about it, so it holds for every function of the variance of a row in its place.",
    "The norm has no gain and no bias of its own. With them it would be followed by one more linear map.",
    "The number h of heads is no size symbol. The page shows h = 1. The cases h = 2 and h = 4 are claims of their own, "
    "each proved for all sizes.",
    "Dropout is not modelled. Arithmetic is exact, over the real numbers, and nothing is said about training, which is "
    "what the place of the norm was studied for.",
)
REFERENCES = (
    "Ba, Kiros, Hinton: Layer Normalization. arXiv 1607.06450, 2016.",
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Xiong, Yang, He, Zheng, Zheng, Xing, Zhang, Lan, Wang, Liu: On Layer Normalization in the Transformer "
    "Architecture. arXiv 2002.04745, 2020.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)
OURS = (
    "The layer is that of the papers, with a norm that has no gain and no bias. The paper on simulators has no norms. "
    "The statement, this construction and this proof are ours."
)
NUMBERS = {
    "X": [[1, 0, 2], [0, 1, -1]],
    "W_Q": [[0], [1], [0]],
    "W_K": [[1], [-1], [0]],
    "W_V": [[2], [0], [1]],
    "W_O": [[1, -1, 0]],
    "W_1": [[1], [-1], [0]],
    "b_1": [[1]],
    "W_2": [[0, 1, 1]],
    "b_2": [[1, 0, 0]],
}


def cases(derivation):
    """The cases of each of the two theorems."""
    for h in (1, 2, 4):
        derivation.case(f"h = {h}, all sizes", **SIZES, heads=h)
        derivation.case(f"h = {h}, causal, with all biases, all sizes", **SIZES, heads=h, mask="causal", biases=True)
    for cut in (True, False):
        title = f"n = d = 2, others 1, {'cut' if cut else 'uncut'}"
        derivation.case(title, cut=cut, n=2, d=2, d_k=1, d_v=1, d_ff=1)


# -- a norm after each residual ----------------------------------------------------------------------------------------
attended = softmax(X @ W_Q @ W_K.T @ X.T) @ X @ W_V
Y = layernorm(X + attended @ W_O)
hidden = Y @ W_1 + one @ b_1

post = Derivation(
    name="post-norm-layer",
    title="One encoder simulates every encoder layer with norms after its parts",
    statement="For all n, d, d_k, d_v, d_ff there is one encoder with fixed weights that maps the tokens of X and of "
    "all weights of an encoder layer to the output of that layer, with a layer norm after each residual.",
    construction=universal(**SIZES, norm="post"),
    computes=layernorm(Y + relu(hidden) @ W_2 + one @ b_2),
    weights_depend_on=("d", "d_ff", "d_k", "d_v"),
    family=partial(universal, d_ff=d_ff, norm="post"),
    source="Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, section 3.1; the norm is that of Ba, Kiros, "
    "Hinton, arXiv 1607.06450.",
    ours=OURS,
    does_not_say=DOES_NOT_SAY,
    references=REFERENCES,
)


@post.step("A linear head writes queries, keys and values.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of W_Q, W_K and W_V: the unit vector e_k.

    So the score is x_ik itself, and the sum of x_ik times row k of a matrix is row i of the product with X.
    """
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V


@post.step("A softmax head that sees only the X rows computes the attention.")
def attention(state):
    """Query of token i: row i of X W_Q. Key of token j: row j of X W_K. The mask leaves n keys."""
    yield state.slot("o", layer=1, rows="X"), attended


@post.step("A linear head adds the output projection to slot x; units replace slot x by its norm.")
def first_norm(state):
    """Query of token i: its row of slot o. Key of row k of W_O: the unit vector e_k. The residual connection adds X.

    Then two runs of units act on slot x: identity units with the factor -1 remove what stands there, and norm
    units write its norm in the same place. Both runs read the slot before either writes.
    """
    yield state.slot("x", layer=2, rows="X"), Y


@post.step("The feed-forward network reads the normed slot x.")
def hidden_layer(state):
    """Query of token i: its row of slot x, and the 1 of slot one. Key of row k of W_1: e_k; of the token of b_1: 1.

    One relu unit for each column of slot h copies its positive part into slot r.
    """
    yield state.slot("r", layer=3, rows="X"), relu(hidden)


@post.step("The second residual, and the norm of the sum.")
def second_norm(state):
    """Query of token i: its row of slot r, and the 1 of slot one. The head writes into slot x, which adds the residual.

    The same two runs of units as before replace slot x by its norm.
    """
    yield state.slot("x", layer=4, rows="X"), post.computes


@post.control("The result is the sum itself, with no norm.")
def no_last_norm(construction):
    """Layer 5 has no units."""
    return construction.change(layer=4, feed_forward=None)


@post.control("The network and the second residual see the sum itself, with no norm.")
def no_first_norm(construction):
    """Layer 3 has no units."""
    return construction.change(layer=2, feed_forward=None)


@post.control("The attention is computed and never used: slot x holds the norm of X.")
def no_attention(construction):
    """Layer 3 has units, but no head."""
    return construction.change(layer=2, heads=())


@post.control("The output is the norm of the network alone.")
def no_second_residual(construction):
    """The attention part of layer 5 has no residual connection."""
    return construction.change(layer=4, residual=False)


post.example(**NUMBERS)
cases(post)


# -- a norm before each part -------------------------------------------------------------------------------------------
N = layernorm(X)
attended_norm = softmax(N @ W_Q @ W_K.T @ N.T) @ N @ W_V
Z = X + attended_norm @ W_O
hidden_norm = layernorm(Z) @ W_1 + one @ b_1

pre = Derivation(
    name="pre-norm-layer",
    title="One encoder simulates every encoder layer with norms before its parts",
    statement="For all n, d, d_k, d_v, d_ff there is one encoder with fixed weights that maps the tokens of X and of "
    "all weights of an encoder layer to the output of that layer, with a norm before attention and network.",
    construction=universal(**SIZES, norm="pre"),
    computes=Z + relu(hidden_norm) @ W_2 + one @ b_2,
    weights_depend_on=("d", "d_ff", "d_k", "d_v"),
    family=partial(universal, d_ff=d_ff, norm="pre"),
    source="Xiong et al.: On Layer Normalization in the Transformer Architecture. arXiv 2002.04745, section 3; the "
    "norm is that of Ba, Kiros, Hinton, arXiv 1607.06450.",
    ours=OURS,
    does_not_say=DOES_NOT_SAY,
    references=REFERENCES,
)


@pre.step("A layer without heads writes the norm of slot x into slot xn.")
def norm_first(state):
    """Slot xn is empty at the start. Slot x keeps X for the residual connection."""
    yield state.slot("xn", layer=0, rows="X"), N
    yield state.slot("x", layer=0, rows="X"), X


@pre.step("A linear head writes queries, keys and values of the norm.")
def projections_of_norms(state):
    """Query of token i: row i of the norm, in slot xn. Key of row k of W_Q, W_K and W_V: the unit vector e_k."""
    yield state.slot("q", layer=1, rows="X"), N @ W_Q
    yield state.slot("k", layer=1, rows="X"), N @ W_K
    yield state.slot("v", layer=1, rows="X"), N @ W_V


@pre.step("A softmax head that sees only the X rows computes the attention, as without a norm.")
def attention_of_norms(state):
    """Query of token i: its row of slot q. Key of token j: its row of slot k. The mask leaves n keys."""
    yield state.slot("o", layer=2, rows="X"), attended_norm


@pre.step("The residual adds X itself; units put the norm of the sum into slot xn.")
def first_residual(state):
    """A linear head multiplies slot o by W_O and writes into slot x, which still held X.

    Then identity units with the factor -1 remove the old norm from slot xn, and norm units write that of the new
    slot x there.
    """
    yield state.slot("x", layer=3, rows="X"), Z
    yield state.slot("xn", layer=3, rows="X"), layernorm(Z)


@pre.step("The feed-forward network reads the new norm.")
def hidden_layer_of_norms(state):
    """Query of token i: its row of slot xn, and the 1 of slot one. Key of row k of W_1: e_k; of the token of b_1: 1."""
    yield state.slot("r", layer=4, rows="X"), relu(hidden_norm)


@pre.step("The second residual adds the sum itself, not its norm.")
def second_residual(state):
    """Query of token i: its row of slot r, and the 1 of slot one. The head writes into slot x."""
    yield state.slot("x", layer=5, rows="X"), pre.computes


@pre.control("Slot xn stays 0: all queries, keys and values are 0.")
def no_norm(construction):
    """Layer 1 has no units."""
    return construction.change(layer=0, feed_forward=None)


@pre.control("The network reads the norm of X, not that of the sum.")
def old_norm(construction):
    """Layer 4 has no units."""
    return construction.change(layer=3, feed_forward=None)


@pre.control("The attention replaces X instead of being added to it.")
def no_first_residual(construction):
    """The attention part of layer 4 has no residual connection."""
    return construction.change(layer=3, residual=False)


@pre.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """The head of layer 3 sees all tokens."""
    return construction.change(layer=2, head=0, mask=None)


pre.example(**NUMBERS)
cases(pre)
