"""One encoder simulates causal attention, and attention beside padding (realisation R); arXiv 1706.03762."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, Mask, matrix, sizes, softmax
from symsim.simulators import universal

n, m, d, d_v, d_k, d_ff = sizes("n m d d_v d_k d_ff")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)

SOURCE = (
    "Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, section 3.2.3. The question is that of Dutta, "
    "Chakrabarty, Ansari, Das, arXiv 2506.18739."
)
OURS = "The paper on simulators has no masks. The statement, this construction and this proof are ours."
REFERENCES = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

causal = Derivation(
    name="causal-attention",
    title="One encoder simulates every causal attention head",
    statement="For all n, d, d_v there is one encoder with fixed weights that maps the tokens of X, A, V to attention "
    "in which token i sees the tokens up to and including i.",
    construction=universal(n=n, d=d, d_v=d_v, mask="causal"),
    computes=softmax(X @ A @ X.T, causal=True) @ X @ V,
    weights_depend_on=("d", "d_v"),
    family=partial(universal, mask="causal"),
    source=SOURCE,
    ours=OURS,
    references=REFERENCES,
)


@causal.step("A linear head multiplies X by A and by V; it needs no mask.")
def products(state):
    """Query of token i: the row x_i. Key of parameter row k: the unit vector e_k. So the score is x_ik itself.

    Keys that are rows of X have a zero in slot id, so a linear head gives them the weight 0, masked or not. The order
    of the tokens plays no part in this layer.
    """
    yield state.slot("xa", layer=0, rows="X"), X @ A
    yield state.slot("xv", layer=0, rows="X"), X @ V
    yield state.slot("xa", layer=0, rows="A, V"), 0
    yield state.slot("xv", layer=0, rows="A, V"), 0


@causal.step("A causal softmax head over the X rows finishes the attention.")
def attention(state):
    """Query of token i: row i of X A. Key of token j: the row x_j. The mask hides the parameter tokens and all j > i.

    The rows of X are the first tokens, so their order in H is their order in X, and the causal mask of the encoder is
    the causal mask of the simulated head. Every row of X sees at least itself, so no denominator is empty.
    """
    yield state.slot("out", layer=1, rows="X"), causal.computes


@causal.control("Every token sees all rows of X, later ones included.")
def not_causal(construction):
    """The head of layer 2 has the key mask alone."""
    return construction.change(layer=1, head=0, mask=Mask(keys=("X",)))


@causal.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """The head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@causal.control("Token i does not see itself; the first one sees nothing and gets a row of zeros.")
def strictly_before(construction):
    """The mask of layer 2 shows to token i the rows j < i of X only."""
    total = construction.encoder.tokens.total
    earlier = [[int(j < i) for j in range(total)] for i in range(total)]
    return construction.change(layer=1, head=0, mask=Mask(keys=("X",), matrix=earlier))


@causal.control("The products are written to no row of X: each sees itself and earlier rows of X, never a parameter.")
def causal_first(construction):
    """The head of layer 1 has the causal mask as well."""
    return construction.change(layer=0, head=0, mask=Mask(causal=True))


causal.example(X=[[1, 0], [0, 1], [1, -1]], A=[[1, 0], [0, -1]], V=[[1, 2], [0, 1]])
causal.does_not_say = (
    "The causal mask belongs to the encoder, not to its weights: the weights are those of the encoder without it.",
    "Generating text token by token is not modelled. The claim is about one pass over n tokens.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled, and nothing is said about training.",
)

SIZES = {"n": n, "d": d, "d_v": d_v}
causal.case("one head from A, all sizes", **SIZES)
for h in (1, 2, 4):
    causal.case(f"h = {h}, separate projections, all sizes", **SIZES, d_k=d_k, heads=h, projections=True)
    causal.case(f"h = {h}, with biases, all sizes", **SIZES, d_k=d_k, heads=h, biases=True)
    causal.case(f"h = {h}, whole encoder layer, all sizes", **SIZES, d_k=d_k, d_ff=d_ff, heads=h)
causal.case("h = 2, beside padding, all sizes", **SIZES, d_k=d_k, heads=2, padding=m)
for cut in (True, False):
    causal.case(f"n = 3, d = d_v = 2, {'cut' if cut else 'uncut'}", cut=cut, n=3, d=2, d_v=2)


padded = Derivation(
    name="padded-attention",
    title="One encoder simulates every attention head beside padding",
    statement="For all n, m, d, d_v the encoder gives attention on the n rows of X, whatever stands in "
    "m rows of padding.",
    construction=universal(n=n, d=d, d_v=d_v, padding=m),
    computes=softmax(X @ A @ X.T) @ X @ V,
    weights_depend_on=("d", "d_v"),
    family=partial(universal, padding=m),
    source=SOURCE,
    ours=OURS,
    references=REFERENCES,
)
X_pad = matrix("X_pad", m, d)


@padded.step("A linear head multiplies the rows of X and of the padding alike.")
def products_and_padding(state):
    """Query of token i: its row in slot x. Key of parameter row k: the unit vector e_k. So the score is x_ik itself.

    Rows of padding are rows like those of X, with numbers of their own, so X_pad A and X_pad V are written there.
    """
    yield state.slot("xa", layer=0, rows="X"), X @ A
    yield state.slot("xv", layer=0, rows="X"), X @ V
    yield state.slot("xa", layer=0, rows="X_pad"), X_pad @ A
    yield state.slot("xv", layer=0, rows="X_pad"), X_pad @ V
    yield state.slot("xa", layer=0, rows="A, V"), 0


@padded.step("The key mask of the softmax head hides the padding.")
def attention_beside_padding(state):
    """Query of token i: row i of X A. Key of token j: the row x_j. The mask shows the rows of X only.

    So neither the keys nor the values of the padding enter a row of X. Rows of padding are queries too: they receive
    attention over the rows of X, as rows of a further input would, and nobody reads it.
    """
    yield state.slot("out", layer=1, rows="X"), padded.computes
    yield state.slot("out", layer=1, rows="X_pad"), softmax(X_pad @ A @ X.T) @ X @ V


@padded.control("The rows of padding are keys and values like all others.")
def padding_seen(construction):
    """The mask of layer 2 shows the padding as well."""
    return construction.change(layer=1, head=0, mask=Mask(keys=("X", "X_pad")))


@padded.control("Rows of zeros are not nothing: each token with a zero key adds exp(0) = 1 to every denominator.")
def everything_seen(construction):
    """The head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@padded.control("The result is a mean over the padding.")
def only_padding(construction):
    """The mask of layer 2 shows the padding alone."""
    return construction.change(layer=1, head=0, mask=Mask(keys=("X_pad",)))


@padded.control("The last row of X sees no padding, but the earlier ones do not see the later ones.")
def causal_instead(construction):
    """The mask of layer 2 is the causal one, which hides the padding because it stands behind X."""
    return construction.change(layer=1, head=0, mask=Mask(causal=True))


padded.example(X=[[1, 0], [0, 1]], X_pad=[[2, 3]], A=[[1, 0], [0, -1]], V=[[1, 2], [0, 1]])
padded.does_not_say = (
    "The padding stands behind the rows of X, and which tokens are padding is part of the mask, not of the input. "
    "A mask that changes from input to input is not modelled.",
    "Arithmetic is exact, over the real numbers. In practice a mask adds a large negative number to a score, which is "
    "not the same in floating point.",
    "Nothing is said about training.",
)

padded.case("one head from A, all sizes", **SIZES)
for h in (1, 2, 4):
    padded.case(f"h = {h}, separate projections, all sizes", **SIZES, d_k=d_k, heads=h, projections=True)
    padded.case(f"h = {h}, whole encoder layer, all sizes", **SIZES, d_k=d_k, d_ff=d_ff, heads=h)
padded.case("h = 2, causal too, all sizes", **SIZES, d_k=d_k, heads=2, mask="causal")
for cut in (True, False):
    padded.case(f"n = 2, m = 1, d = 2, {'cut' if cut else 'uncut'}", cut=cut, n=2, d=2, padding=1)
