"""One encoder simulates every cross attention head: queries from Y, keys and values from X. arXiv 1706.03762."""

from __future__ import annotations

from symsim import Derivation, Mask, matrix, sizes, softmax
from symsim.simulators import cross_attention

n, m, d, d_y, d_k, d_v = sizes("n m d d_y d_k d_v")
X, Y = matrix("X", n, d), matrix("Y", m, d_y)
W_Q, W_K, W_V = matrix("W_Q", d_y, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v)

derivation = Derivation(
    name="cross-attention",
    title="One encoder simulates every cross attention head",
    statement="For all n, m, d, d_y, d_k, d_v there is one encoder with fixed weights that maps the tokens of X, Y, "
    "W_Q, W_K, W_V to softmax(Y W_Q W_K^T X^T) X W_V, on the rows of Y.",
    construction=cross_attention(n=n, m=m, d=d, d_y=d_y, d_k=d_k, d_v=d_v),
    computes=softmax(Y @ W_Q @ W_K.T @ X.T) @ X @ W_V,
    weights_depend_on=("d", "d_k", "d_v", "d_y"),
    family=cross_attention,
    source="Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, section 3.2.3 (encoder-decoder attention).",
    ours="To simulate it by an encoder that is fixed in advance is the question of arXiv 2506.18739, which treats "
    "self-attention. The statement for two sequences of different widths, the construction and the proof are ours.",
)


@derivation.step("One linear head multiplies both sequences, each by its own parameter matrices.")
def projections(state):
    """Query of a token: the row x_i in slot x, or the row y_i in slot y; the other slot is 0.

    Key of row k of W_K and of W_V: the unit vector e_k, compared with slot x. Key of row k of W_Q: e_k, compared with
    slot y. So an X row meets W_K and W_V with the scores x_ik and W_Q with 0, a Y row the other way round. A linear
    head uses the score as the weight: X rows receive X W_K and X W_V, Y rows receive Y W_Q. Two pairs of slots are used
    because the widths d and d_y may differ.
    """
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V
    yield state.slot("q", layer=0, rows="Y"), Y @ W_Q


@derivation.step("Everything else stays 0.")
def empty(state):
    """An X row has 0 in slot y, a Y row has 0 in slot x, and a parameter row has 0 in both: those scores are 0."""
    yield state.slot("q", layer=0, rows="X"), 0
    yield state.slot("k", layer=0, rows="Y"), 0
    yield state.slot("v", layer=0, rows="Y"), 0
    yield state.slot("q", layer=0, rows="W_Q, W_K, W_V"), 0
    yield state.slot("k", layer=0, rows="W_Q, W_K, W_V"), 0


@derivation.step("A softmax head that sees only the X rows finishes the attention on the Y rows.")
def attention(state):
    """Query of a Y row i: row i of Y W_Q. Key of an X row j: row j of X W_K. Value: row j of X W_V.

    So the scores are Y W_Q W_K^T X^T, with m rows and n columns. The mask leaves the n rows of X as keys. Without it
    the Y rows and the parameter tokens would take part: their keys are 0, and exp(0) = 1 each would enter every
    denominator.
    """
    yield state.slot("out", layer=1, rows="Y"), derivation.computes


@derivation.control("Each Y row adds exp(0) = 1 to every denominator.")
def sees_Y(construction):
    """Layer 2 sees the rows of Y as well."""
    return construction.change(layer=1, head=0, mask=Mask(keys=("X", "Y")))


@derivation.control("The rows of Y and the parameter tokens add exp(0) = 1 each to every denominator.")
def unmasked(construction):
    """Layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("The keys and values of X rows are hidden: the result is 0.")
def sees_Y_alone(construction):
    """Layer 2 sees the rows of Y only, as self-attention on Y would."""
    return construction.change(layer=1, head=0, mask=Mask(keys=("Y",)))


@derivation.control("The query and key of a Y row are exchanged: its query is 0, and the head takes plain means.")
def exchanged(construction):
    """Query and key of layer 2 are exchanged."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_K, W_K=head.W_Q)


@derivation.control("Projections are means of parameter rows, no products.")
def softmax_first(construction):
    """The head of layer 1 is a softmax head."""
    return construction.change(layer=0, head=0, normaliser="softmax")


derivation.example(
    X=[[1, 0], [0, 1], [1, -1]],
    Y=[[1], [2]],
    W_Q=[[1, 1]],
    W_K=[[1, 0], [1, 1]],
    W_V=[[1, 2], [0, 1]],
)

derivation.does_not_say = (
    "The scores have no scale: a factor such as 1/sqrt(d_k) is part of W_Q.",
    "Several heads with an output projection W_O are cases below, with encoders of their own: one linear layer more.",
    "The rows of Y do not attend to each other here. A decoder layer does that in a separate head.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

SIZES = {"n": n, "m": m, "d": d, "d_y": d_y, "d_k": d_k, "d_v": d_v}
derivation.case("1 head, all sizes", **SIZES)
for heads in (2, 4):
    derivation.case(f"{heads} heads with W_O, all sizes", heads=heads, **SIZES)
derivation.case("n = 2, m = 1, all widths 2, the whole encoder expanded", cut=False, n=2, m=1, d=2)
