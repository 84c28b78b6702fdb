"""One encoder simulates multi-head attention with separate projections (realisation R); arXiv 1706.03762."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import universal

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
X = matrix("X", n, d)
W_Q1, W_K1, W_V1, W_O1 = matrix("W_Q1", d, d_k), matrix("W_K1", d, d_k), matrix("W_V1", d, d_v), matrix("W_O1", d_v, d)
W_Q2, W_K2, W_V2, W_O2 = matrix("W_Q2", d, d_k), matrix("W_K2", d, d_k), matrix("W_V2", d, d_v), matrix("W_O2", d_v, d)

O_1 = softmax(X @ W_Q1 @ W_K1.T @ X.T) @ X @ W_V1
O_2 = softmax(X @ W_Q2 @ W_K2.T @ X.T) @ X @ W_V2
PARAMETERS = "W_Q1, W_K1, W_V1, W_Q2, W_K2, W_V2, W_O1, W_O2"

derivation = Derivation(
    name="multi-head-attention",
    title="One encoder simulates every multi-head attention",
    statement="For all n, d, d_k, d_v there is one encoder with fixed weights that maps the tokens of X and of the "
    "projections of two heads to the output of multi-head attention.",
    construction=universal(n=n, d=d, d_v=d_v, d_k=d_k, heads=2),
    computes=O_1 @ W_O1 + O_2 @ W_O2,
    weights_depend_on=("d", "d_k", "d_v"),
    family=partial(universal, heads=2, projections=True),
    source="Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, section 3.2.2. The question is that of "
    "Dutta, Chakrabarty, Ansari, Das, arXiv 2506.18739.",
    ours="The attention is that of Vaswani et al., without its scale. The construction and the proof are ours. The "
    "published simulators take W_Q W_K^T as one matrix and have no output projection.",
)


@derivation.step("One linear head writes the queries, keys and values of both heads.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of every parameter matrix: the unit vector e_k.

    So the score is x_ik itself, and the sum of x_ik times row k of a matrix is row i of the product with X.
    All six matrices share the keys e_k. They do not mix, because each has a slot of its own for its values. Parameter
    rows have a zero row as query, so nothing is written there.
    """
    yield state.slot("q1", layer=0, rows="X"), X @ W_Q1
    yield state.slot("k1", layer=0, rows="X"), X @ W_K1
    yield state.slot("v1", layer=0, rows="X"), X @ W_V1
    yield state.slot("q2", layer=0, rows="X"), X @ W_Q2
    yield state.slot("k2", layer=0, rows="X"), X @ W_K2
    yield state.slot("v2", layer=0, rows="X"), X @ W_V2
    for slot in ("q1", "k1", "v1", "q2", "k2", "v2"):
        yield state.slot(slot, layer=0, rows=PARAMETERS), 0


@derivation.step("One softmax head for each simulated head.")
def heads(state):
    """Query of token i in head 1: row i of X W_Q1. Key of token j: row j of X W_K1. Head 2 has slots of its own.

    So the scores of head 1 are X W_Q1 W_K1^T X^T. The mask leaves the rows of X as keys: the softmax of a row runs over
    exactly the n scores that the simulated head has.
    """
    yield state.slot("o1", layer=1, rows="X"), O_1
    yield state.slot("o2", layer=1, rows="X"), O_2


@derivation.step("One more linear head multiplies the outputs, side by side, by W_O.")
def output(state):
    """The rows of W_O are cut into W_O1 and W_O2, one block for each head.

    Query of token i: its rows of slots o1 and o2. Key of row k of W_O1: the unit vector e_k in slot ido1; rows of W_O2
    have theirs in slot ido2. So the sum over all rows of W_O1 and W_O2 is the output of head 1 times W_O1 plus the
    output of head 2 times W_O2, which is the product of the outputs side by side with W_O.
    """
    yield state.slot("out", layer=2, rows="X"), derivation.computes


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator of this head.")
def unmasked(construction):
    """The second head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=1, mask=None)


@derivation.control("The second simulated head returns means of the rows of X W_V1.")
def values_shared(construction):
    """The second head of layer 2 reads the values of the first."""
    return construction.change(layer=1, head=1, W_V=construction.encoder.layers[1].heads[0].W_V)


@derivation.control("Its scores are those of the first simulated head.")
def queries_and_keys_shared(construction):
    """The second head of layer 2 reads the queries and keys of the first."""
    first = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=1, W_Q=first.W_Q, W_K=first.W_K)


@derivation.control("The scores are transposed: they are X W_K1 W_Q1^T X^T.")
def transposed(construction):
    """Query and key of the first head of layer 2 are exchanged."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_K, W_K=head.W_Q)


@derivation.control("It returns a mean of the rows of W_O, with weights that depend on the outputs.")
def softmax_last(construction):
    """The head of layer 3 is a softmax head."""
    return construction.change(layer=2, head=0, normaliser="softmax")


derivation.example(
    X=[[1, 0], [0, 1]],
    W_Q1=[[1], [0]],
    W_K1=[[1], [-1]],
    W_V1=[[2], [0]],
    W_Q2=[[0], [1]],
    W_K2=[[1], [2]],
    W_V2=[[0], [1]],
    W_O1=[[1, 0]],
    W_O2=[[1, 1]],
)

derivation.does_not_say = (
    "The number h of heads is no size symbol. The page shows h = 2. The cases h = 1 (separate projections, no W_O), "
    "h = 2 and h = 4 are claims of their own, each proved for all sizes.",
    "The scores have no scale here: it can be put into W_Q. A scale that stands in the weights of the encoder is a "
    "claim of its own, scaled-attention.",
    "Biases, masks, the residual connection and the feed-forward network are claims of their own.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled, and nothing is said about training.",
)
derivation.references = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

derivation.case("h = 1, separate projections, no W_O, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, heads=1)
for h in (2, 4):
    derivation.case(f"h = {h}, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, heads=h)
for cut in (True, False):
    derivation.case(f"h = 2, n = d = 2, d_k = d_v = 1, {'cut' if cut else 'uncut'}", cut=cut, n=2, d=2, d_k=1, d_v=1)
