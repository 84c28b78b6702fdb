"""One encoder simulates every grouped-query attention: groups of heads share keys and values. arXiv 2305.13245."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import grouped_query

n, d, d_k, d_v = sizes("n d d_k d_v")
X = matrix("X", n, d)
HEADS, GROUPS = (1, 2, 3, 4), (1, 2)
SERVING = {1: 1, 2: 1, 3: 2, 4: 2}

W_Q = {g: matrix(f"W_Q{g}", d, d_k) for g in HEADS}
W_O = {g: matrix(f"W_O{g}", d_v, d) for g in HEADS}
W_K = {s: matrix(f"W_K{s}", d, d_k) for s in GROUPS}
W_V = {s: matrix(f"W_V{s}", d, d_v) for s in GROUPS}


def output(g):
    """Head g, with the keys and values of its group."""
    s = SERVING[g]
    return softmax(X @ W_Q[g] @ W_K[s].T @ X.T) @ X @ W_V[s]


derivation = Derivation(
    name="grouped-query-attention",
    title="One encoder simulates every grouped-query attention",
    statement="For all n, d, d_k, d_v there is one encoder with fixed weights that maps the tokens of X and of all "
    "parameters to grouped-query attention: heads 1 and 2 share keys and values, and heads 3 and 4 share others.",
    construction=grouped_query(n=n, d=d, d_k=d_k, d_v=d_v, heads=4, groups=2),
    computes=output(1) @ W_O[1] + output(2) @ W_O[2] + output(3) @ W_O[3] + output(4) @ W_O[4],
    weights_depend_on=("d", "d_k", "d_v"),
    family=partial(grouped_query, heads=4, groups=2),
    source="Ainslie, Lee-Thorp, de Jong, Zemlyanskiy, Lebron, Sanghai: GQA: Training Generalized Multi-Query "
    "Transformer Models from Multi-Head Checkpoints. arXiv 2305.13245, section 2.2.",
    ours="The paper makes grouped heads out of trained ones and measures how well that works. To simulate them by an "
    "encoder that is fixed in advance is the question of arXiv 2506.18739; the construction and the proof are ours.",
)


@derivation.step("One linear head writes four queries, two keys and two values for each token.")
def projections(state):
    """Query of token i: the row x_i. Key of row k of every parameter matrix with d rows: the unit vector e_k.

    So the score is x_ik, and the sum of x_ik times row k of a matrix is row i of the product. There is one token group
    for each matrix: four of queries, but only two of keys and two of values.
    """
    for g in HEADS:
        yield state.slot(f"q{g}", layer=0, rows="X"), X @ W_Q[g]
    for s in GROUPS:
        yield state.slot(f"k{s}", layer=0, rows="X"), X @ W_K[s]
        yield state.slot(f"v{s}", layer=0, rows="X"), X @ W_V[s]


@derivation.step("Four softmax heads; two and two of them read the same keys and values.")
def attention(state):
    """Query in head g: row i of X W_Qg. Heads 1 and 2 read the slots k1 and v1, heads 3 and 4 the slots k2 and v2.

    The mask leaves the n rows of X as keys, and each head writes into a slot of its own.
    """
    for g in HEADS:
        yield state.slot(f"o{g}", layer=1, rows="X"), output(g)


@derivation.step("A linear head multiplies the outputs, side by side, by W_O.")
def projection(state):
    """Query of token i: its four outputs side by side. Key of row k of W_Og: the unit vector e_k beside output g.

    So the weights are the entries of the outputs. The sum over the rows of all four blocks is the sum over g of
    head g times W_Og.
    """
    yield state.slot("out", layer=2, rows="X"), derivation.computes


@derivation.control("Head 2 has the keys of the other group.")
def wrong_keys(construction):
    """The second head of layer 2 reads the keys of the third."""
    return construction.change(layer=1, head=1, W_K=construction.encoder.layers[1].heads[2].W_K)


@derivation.control("Head 4 has the values of the other group.")
def wrong_values(construction):
    """The fourth head of layer 2 reads the values of the second."""
    return construction.change(layer=1, head=3, W_V=construction.encoder.layers[1].heads[1].W_V)


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator of the third head.")
def unmasked(construction):
    """The third head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=2, mask=None)


@derivation.control("One head of four is missing in the sum.")
def dropped(construction):
    """The last head of layer 2 is taken away."""
    return construction.change(layer=1, heads=construction.encoder.layers[1].heads[:3])


derivation.example(
    X=[[1], [-1]],
    W_Q1=[[1]],
    W_Q2=[[2]],
    W_Q3=[[-1]],
    W_Q4=[[0]],
    W_K1=[[1]],
    W_K2=[[2]],
    W_V1=[[1]],
    W_V2=[[3]],
    W_O1=[[1]],
    W_O2=[[2]],
    W_O3=[[1]],
    W_O4=[[-1]],
)

derivation.does_not_say = (
    "The numbers of heads and of groups are fixed in each claim: 4 and 2 on this page, others in the cases below. "
    "All widths and the number of tokens are arbitrary.",
    "The scores have no scale: a factor such as 1/sqrt(d_k) is part of W_Q.",
    "Nothing is said about how grouped heads are made from trained ones, or about speed.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Ainslie, Lee-Thorp, de Jong, Zemlyanskiy, Lebron, Sanghai: GQA: Training Generalized Multi-Query "
    "Transformer Models from Multi-Head Checkpoints. arXiv 2305.13245, 2023.",
    "Shazeer: Fast Transformer Decoding: One Write-Head is All You Need. arXiv 1911.02150, 2019.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for heads, groups in ((2, 1), (2, 2), (4, 1), (4, 2), (4, 4)):
    shared = f"{heads} heads, {groups} {'group' if groups == 1 else 'groups'} of keys and values, all sizes"
    derivation.case(shared, n=n, d=d, d_k=d_k, d_v=d_v, heads=heads, groups=groups)
