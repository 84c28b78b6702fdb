"""The universal simulator over scalar tokens (realisation P). arXiv 2506.18739; the encoder and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import universal, universal_cost

n, d, d_v = sizes("n d d_v")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)


def family(n, d, d_v, narrow=False):
    """The simulator, wide or narrow."""
    return universal(n, d, d_v, realisation="scalars-narrow" if narrow else "scalars")


derivation = Derivation(
    name="scalar-universal-simulator",
    title="Hard attention over scalar tokens simulates every attention head",
    statement="For all n, d, d_v there is one encoder of six layers, with average-hard heads and exact units, that "
    "maps the entries of X, A, V, one a token, to the entries of softmax(X A X^T) X V. Proved here for the sizes that "
    "are named.",
    construction=family(2, 2, 1),
    computes=softmax(X @ A @ X.T) @ X @ V,
    weights_depend_on=("d", "d_v", "n"),
    family=family,
    inputs={"X": (n, d), "A": (d, d), "V": (d, d_v)},
    cost=universal_cost(n, d, d_v),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, Theorem 5.",
    ours="The plan is the paper's: scalar tokens, a program for each matrix operation, one after the other. Its "
    "programs are right for n = d = 3 only, a script outside cuts and joins the token lists between six runs, exp is "
    "a power of 2.718, and element-wise operations are free. Here it is one encoder, all sizes are parameters, exp is "
    "exp, and every element-wise operation is a unit that is counted. Encoder, exact statement and proof are ours.",
)


@derivation.step("Layer 1 transposes X, and multiplies X by A and by V.")
def products(state):
    """One head transposes, as in the derivation scalar-transposition.

    For each product and each t two heads bring the factors to position (i, j), and square units multiply and add, as in
    the derivation scalar-product.
    """
    yield state.flat("xt", layer=0, shape=(d, n)), X.T
    yield state.flat("xa", layer=0, shape=(n, d)), X @ A
    yield state.flat("xv", layer=0, shape=(n, d_v)), X @ V


@derivation.step("Layer 2 makes the scores.")
def scores(state):
    """The same product once more, of what layer 1 wrote.

    The result is n x n: it may need more positions than the inputs have. Then pads stand between the inputs and the
    sink.
    """
    yield state.flat("s", layer=1, shape=(n, n)), X @ A @ X.T


@derivation.step("Layers 3 to 5 take the softmax of every row.")
def weights(state):
    """An exp unit; one head that brings the mean over the own row, and a reciprocal unit; two square units.

    They are those of the derivation scalar-softmax. The one-hot positions of the pads and the sink tell the reciprocal
    unit where no entry stands.
    """
    yield state.flat("w", layer=4, shape=(n, n)), softmax(X @ A @ X.T)


@derivation.step("Layer 6 multiplies by the values.")
def output(state):
    """The values X V have waited in their slot since layer 1."""
    yield state.flat("y", layer=5, shape=(n, d_v)), derivation.computes


@derivation.control("The heads of layer 2 read X A in place of the transpose: the scores are (X A)^2.")
def without_transposition(construction):
    """The value matrices of the second factor read slot xa, not slot xt."""
    encoder = construction.encoder
    layer = encoder.layers[1]
    heads = [head if "left" in head.name else replace(head, W_V=layer.heads[0].W_V) for head in layer.heads]
    return construction.change(layer=1, heads=tuple(heads))


@derivation.control("All rows of the scores share one denominator.")
def one_denominator(construction):
    """The head of layer 4 does not look at rows."""
    head = construction.encoder.layers[3].heads[0]
    return construction.change(layer=3, head=0, W_Q=head.W_Q * 0)


@derivation.control("The scores are the weights: nothing is normalised.")
def without_reciprocal(construction):
    """Layer 4 has no unit, and layer 5 multiplies by 0."""
    return construction.change(layer=3, feed_forward=None)


@derivation.control("A sink that scores 1 ties with what is wanted, and halves it.")
def loud_sink(construction):
    """The key of the sink is doubled in the transposing head of layer 1."""
    encoder = construction.encoder
    W_K = encoder.layers[0].heads[0].W_K.as_mutable()
    sink = encoder.slots.span("pos")[1] - 1
    W_K[sink, :] = W_K[sink, :] * 2
    return construction.change(layer=0, head=0, W_K=W_K)


derivation.example(X=[[1, 0], [0, 1]], A=[[1, 0], [0, -1]], V=[[1], [2]])

derivation.does_not_say = (
    "Each size has an encoder of its own: positions are one-hot, and the weights depend on n, d and d_v. The "
    "realisation over rows has weights that depend on d and d_v alone, and is proved for all sizes.",
    "Units for squares, exp and reciprocals are assumed to be exact.",
    "The matrix A stands for the product of query and key weights, scale included. For separate projections and "
    "several heads see the derivation scalar-multi-head.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for size in ((1, 1, 1), (3, 2, 2), (1, 3, 2), (3, 3, 3), (4, 2, 3), (2, 5, 4)):
    derivation.case("n = {}, d = {}, d_v = {}".format(*size), n=size[0], d=size[1], d_v=size[2])
for size in ((3, 3, 3), (4, 2, 3)):
    derivation.case("narrow, n = {}, d = {}, d_v = {}".format(*size), n=size[0], d=size[1], d_v=size[2], narrow=True)
