"""Softmax of every row, on scalar tokens (realisation P). arXiv 2506.18739; the encoder and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, parse, sizes
from symsim.simulators import row_softmax, row_softmax_cost

r, c = sizes("r c")
SHAPES = {"X": (r, c)}

derivation = Derivation(
    name="scalar-softmax",
    title="Three layers take the softmax of every row of scalar tokens",
    statement="For all r, c there is an encoder of three layers and one head that maps the entries of X (r x c), one a "
    "token, to the entries of the softmax of its rows. Proved here for the sizes that are named.",
    construction=row_softmax(2, 3),
    computes=parse("softmax(X)", SHAPES),
    piece="row-softmax",
    weights_depend_on=("c", "r"),
    family=row_softmax,
    inputs=SHAPES,
    cost=row_softmax_cost(r, c),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739.",
    ours="The paper's programs fix 3 rows or 3 columns, raise 2.718 or 2.73 to a power instead of taking exp, and for "
    "four rows or more one of them gives rows 3 to n one shared denominator. Here r and c are parameters, exp is exp, "
    "and every row has its own denominator. The encoder and the proof are ours.",
)


@derivation.step("Layer 1 takes exp of every entry.")
def powers(state):
    """One exp unit, at every position. At the sink it gives exp(0) = 1; who reads the slot subtracts that 1 there."""
    yield state.flat("w_exp", layer=0, shape=(r, c)), parse("exp(X)", SHAPES)


@derivation.step("Layer 2 brings the mean of its own row to every entry, and divides 1 by the sum.")
def denominators(state):
    """The query of position (i, j) is the unit vector of row i, and so is the key of each of the c entries of that row.

    An average-hard head takes their mean, which is the sum of the row divided by c. One reciprocal unit reads c times
    that mean. At the sink it reads a flag, 1, so that it never meets 1/0: the flag is the one-hot position itself.
    """
    yield state.flat("w_mean", layer=1, shape=(r, c)), parse("1/c * exp(X) ones(c) ones(c)^T", SHAPES)
    yield state.flat("w_inverse", layer=1, shape=(r, c)), parse("reciprocal(exp(X) ones(c) ones(c)^T)", SHAPES)


@derivation.step("Layer 3 multiplies the two.")
def quotient(state):
    """Both factors stand at the same position, so two square units are enough, and no head is needed."""
    yield state.flat("w", layer=2, shape=(r, c)), derivation.computes


@derivation.control("All rows share one denominator.")
def one_denominator(construction):
    """The head of layer 2 does not look at rows: every query sees every entry."""
    head = construction.encoder.layers[1].heads[0]
    return construction.change(layer=1, head=0, W_Q=head.W_Q * 0)


@derivation.control("The denominators are means, not sums: the rows sum to c.")
def without_the_count(construction):
    """The reciprocal unit reads the mean itself, as if c were 1."""
    encoder = construction.encoder
    network = encoder.layers[1].feed_forward
    row = encoder.slots.span("w_mean")[0]
    W_1 = network.W_1.as_mutable()
    W_1[row, :] = W_1[row, :] / W_1[row, 0]
    return construction.change(layer=1, feed_forward=replace(network, W_1=W_1))


@derivation.control("Without the flag the reciprocal unit meets 1/0 at the sink.")
def without_the_flag(construction):
    """The reciprocal unit reads no position."""
    encoder = construction.encoder
    network = encoder.layers[1].feed_forward
    W_1 = network.W_1.as_mutable()
    for row in range(*encoder.slots.span("pos")):
        W_1[row, 0] = 0
    return construction.change(layer=1, feed_forward=replace(network, W_1=W_1))


derivation.example(X=[[0, 0, 0], [1, 0, -1]])

derivation.does_not_say = (
    "The normalisation is done by hard attention, exp and reciprocal units. A softmax head would do it by itself: that "
    "is what the other realisation uses.",
    "Each size has an encoder of its own: positions are one-hot, and the weights depend on r and c.",
    "Arithmetic is exact, over the real numbers. The encoder does not subtract the largest entry of a row first, so in "
    "floating point it overflows for entries above 709.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for rows, cols in ((1, 1), (1, 4), (4, 1), (3, 3), (5, 2), (2, 5)):
    derivation.case(f"r = {rows}, c = {cols}", r=rows, c=cols)
