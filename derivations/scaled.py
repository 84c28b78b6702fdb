"""One encoder simulates attention with a scale of its own, tau (realisation R); arXiv 1706.03762, 2506.18739."""

from __future__ import annotations

from functools import partial

from sympy import Symbol

from symsim import Derivation, matrix, sizes, softmax
from symsim.formulas import scalar
from symsim.simulators import universal

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
X, tau = matrix("X", n, d), scalar("tau")
W_Q, W_K, W_V = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v)

derivation = Derivation(
    name="scaled-attention",
    title="One encoder simulates every attention with the scale tau",
    statement="For all n, d, d_k, d_v and every real number tau there is one encoder that maps the tokens of X, "
    "W_Q, W_K, W_V to attention whose scores are multiplied by tau.",
    construction=universal(n=n, d=d, d_v=d_v, d_k=d_k, projections=True, scale="tau"),
    computes=softmax(tau * X @ W_Q @ W_K.T @ X.T) @ X @ W_V,
    weights_depend_on=("d", "d_k", "d_v"),
    family=partial(universal, projections=True, scale="tau"),
    source="Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, section 3.2.1, where tau is 1 divided "
    "by the square root of d_k. The question is that of Dutta, Chakrabarty, Ansari, Das, arXiv 2506.18739.",
    ours="The paper on simulators takes the scale into its matrix W_Q W_K^T. That the scale may stand in the weights "
    "as a free symbol, this construction and this proof are ours.",
)


@derivation.step("A linear head writes queries, keys and values, without the scale.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of every parameter matrix: the unit vector e_k.

    So the score is x_ik itself, and the sum of x_ik times row k of a matrix is row i of the product with X.
    """
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V
    for slot in ("q", "k", "v"):
        yield state.slot(slot, layer=0, rows="W_Q, W_K, W_V"), 0


@derivation.step("The query weight of the softmax head is tau times the identity.")
def attention(state):
    """Query of token i: tau times row i of X W_Q. Key of token j: row j of X W_K. So every score has the factor tau.

    The mask leaves the rows of X as keys. No other weight of the encoder contains tau.
    """
    yield state.slot("o", layer=1, rows="X"), derivation.computes


@derivation.control("The scores have no scale, which is right for tau = 1 only.")
def unscaled(construction):
    """The query weight of layer 2 is divided by tau."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_Q / Symbol("tau"))


@derivation.control("The scores have the factor tau twice, which is right for tau = 0 and tau = 1 only.")
def squared(construction):
    """The key weight of layer 2 is multiplied by tau as well."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_K=head.W_K * Symbol("tau"))


@derivation.control("The means of the values are scaled, and not the scores.")
def values_scaled(construction):
    """In layer 2 the factor tau stands in the value weight and not in the query weight."""
    head, factor = construction.encoder.layers[1].heads[0], Symbol("tau")
    return construction.change(layer=1, head=0, W_Q=head.W_Q / factor, W_V=head.W_V * factor)


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator, whatever tau is.")
def unmasked(construction):
    """The head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


derivation.example(X=[[1, 0], [0, 1]], W_Q=[[1], [0]], W_K=[[1], [-1]], W_V=[[2, 0], [0, 4]])

derivation.does_not_say = (
    "The usual scale, 1 divided by the square root of d_k, is one value of tau. It is irrational for most d_k, which "
    "is why the claim has a free symbol. The proof is one for all real numbers tau.",
    "The weights are not the same for all tau: tau is a constant of the architecture, like d_k. With the "
    "scale in W_Q one encoder serves all scales.",
    "The number h of heads is no size symbol. The page shows h = 1. The cases h = 2 and h = 4 are claims of their own, "
    "each proved for all sizes.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled, and nothing is said about training.",
)
derivation.references = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for h in (1, 2, 4):
    derivation.case(f"h = {h}, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, heads=h)
    derivation.case(f"h = {h}, whole encoder layer, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, d_ff=d_ff, heads=h)
for cut in (True, False):
    derivation.case(f"n = d = 2, d_k = d_v = 1, {'cut' if cut else 'uncut'}", cut=cut, n=2, d=2, d_k=1, d_v=1)
