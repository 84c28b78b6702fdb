"""One encoder simulates every multi-query attention: heads share keys and values. arXiv 1911.02150; proof ours."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import grouped_query

n, d, d_k, d_v = sizes("n d d_k d_v")
X = matrix("X", n, d)
W_Q1, W_Q2 = matrix("W_Q1", d, d_k), matrix("W_Q2", d, d_k)
W_K, W_V = matrix("W_K", d, d_k), matrix("W_V", d, d_v)
W_O1, W_O2 = matrix("W_O1", d_v, d), matrix("W_O2", d_v, d)
O1 = softmax(X @ W_Q1 @ W_K.T @ X.T) @ X @ W_V
O2 = softmax(X @ W_Q2 @ W_K.T @ X.T) @ X @ W_V
PARAMETERS = "W_Q1, W_K, W_V, W_Q2, W_O1, W_O2"

derivation = Derivation(
    name="multi-query-attention",
    title="One encoder simulates every multi-query attention",
    statement="For all n, d, d_k, d_v there is one encoder with fixed weights that maps the tokens of X and of all "
    "parameters to multi-query attention: two heads with queries of their own, and keys and values in common.",
    construction=grouped_query(n=n, d=d, d_k=d_k, d_v=d_v, heads=2, groups=1),
    computes=O1 @ W_O1 + O2 @ W_O2,
    weights_depend_on=("d", "d_k", "d_v"),
    family=partial(grouped_query, heads=2, groups=1),
    source="Shazeer: Fast Transformer Decoding: One Write-Head is All You Need. arXiv 1911.02150, section 3.",
    ours="The paper takes multi-query attention for speed and shows by experiments how little is lost. To simulate it "
    "by an encoder that is fixed in advance is the question of arXiv 2506.18739; construction and proof are ours.",
)


@derivation.step("One linear head writes the queries of both heads, and keys and values once.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of every parameter matrix with d rows: the unit vector e_k.

    So the score is x_ik, and the sum of x_ik times row k of a matrix is row i of the product. There is one token group
    W_K and one W_V for all heads, which is the whole difference to multi-head attention.
    """
    yield state.slot("q1", layer=0, rows="X"), X @ W_Q1
    yield state.slot("q2", layer=0, rows="X"), X @ W_Q2
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V
    yield state.slot("k", layer=0, rows=PARAMETERS), 0


@derivation.step("Two softmax heads read the same slots k and v.")
def attention(state):
    """Query in head g: row i of X W_Qg. Key and value in both heads: row j of X W_K and row j of X W_V.

    The mask leaves the n rows of X as keys, and each head writes into a slot of its own.
    """
    yield state.slot("o1", layer=1, rows="X"), O1
    yield state.slot("o2", layer=1, rows="X"), O2


@derivation.step("A linear head multiplies the outputs, side by side, by W_O.")
def output(state):
    """Query of token i: its outputs o1 and o2 side by side. Key of row k of W_O1: e_k beside o1; of W_O2: beside o2.

    So the weights are the entries of the outputs, and the sum over all rows of W_O1 and W_O2 is O1 W_O1 + O2 W_O2.
    """
    yield state.slot("out", layer=2, rows="X"), derivation.computes


@derivation.control("The two heads have the same scores: there is one query left.")
def one_query(construction):
    """The second head of layer 2 reads the queries of the first."""
    first = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=1, W_Q=first.W_Q)


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator of the second head.")
def unmasked(construction):
    """The second head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=1, mask=None)


@derivation.control("The output of the second head is added to that of the first, and both meet W_O1.")
def one_output(construction):
    """The second head of layer 2 writes where the first one writes."""
    first = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=1, W_O=first.W_O)


@derivation.control("Nothing normalises the scores of the first head.")
def linear_head(construction):
    """The first head of layer 2 is linear."""
    return construction.change(layer=1, head=0, normaliser="linear")


derivation.example(
    X=[[1, 0], [0, 1], [1, -1]],
    W_Q1=[[1], [0]],
    W_Q2=[[0], [1]],
    W_K=[[1], [1]],
    W_V=[[1], [2]],
    W_O1=[[1, 0]],
    W_O2=[[0, 1]],
)

derivation.does_not_say = (
    "The number of heads is a fixed number in each claim: 2 on this page, and 4 in a case below. All widths and the "
    "number of tokens are arbitrary.",
    "The scores have no scale: a factor such as 1/sqrt(d_k) is part of W_Q.",
    "Nothing is said about how well multi-query attention replaces multi-head attention, or about speed.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Shazeer: Fast Transformer Decoding: One Write-Head is All You Need. arXiv 1911.02150, 2019.",
    "Ainslie, Lee-Thorp, de Jong, Zemlyanskiy, Lebron, Sanghai: GQA: Training Generalized Multi-Query Transformer "
    "Models from Multi-Head Checkpoints. arXiv 2305.13245, 2023.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for heads in (1, 2, 4):
    title = f"{heads} {'head' if heads == 1 else 'heads'}, keys and values in common, all sizes"
    derivation.case(title, n=n, d=d, d_k=d_k, d_v=d_v, heads=heads)
derivation.case("2 heads, n = 2, all widths 1, the whole encoder expanded", cut=False, n=2, d=1)
