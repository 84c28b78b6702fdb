"""A head transposes a matrix of scalar tokens (realisation P). arXiv 2506.18739; the encoder and proof are ours."""

from __future__ import annotations

from symsim import Derivation, matrix, sizes
from symsim.simulators import transposition, transposition_cost

r, c = sizes("r c")
X = matrix("X", r, c)

derivation = Derivation(
    name="scalar-transposition",
    title="One head transposes a matrix of scalar tokens",
    statement="For all r, c there is an encoder of one layer and one head that maps the entries of X (r x c), one a "
    "token, to the entries of its transpose. Proved here for the sizes that are named.",
    construction=transposition(2, 3),
    computes=X.T,
    piece="transposition",
    weights_depend_on=("c", "r"),
    family=transposition,
    inputs={"X": (r, c)},
    cost=transposition_cost(r, c),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739.",
    ours="The paper writes RASP programs: Transpose for square matrices, Transpose_3dot for 3 rows. The first one is "
    "wrong for a 2 x 3 matrix, and both cut fractions off. Here r and c are parameters, and the program is an encoder "
    "whose every weight is 0, 1 or 1/2.",
)


@derivation.step("Each position fetches one entry, and that is the entry of the transpose.")
def permuted(state):
    """Entry (i, j) of X stands at position i c + j. Entry (j, i) of the transpose belongs at position j r + i.

    Positions are one-hot, so the product of W_Q and W_K can be any table of scores between positions. Here the score
    of a query at j r + i is 1 for the key at i c + j, 1/2 for the sink and 0 for all others. An average-hard head
    takes the mean over the largest scores. That is one position, and its value is x_ij. No unit is needed.
    """
    yield state.flat("xt", layer=0, shape=(c, r)), derivation.computes


@derivation.step("The entries of X stay where they are.")
def kept(state):
    """The head writes into an empty slot, and the residual connection keeps slot token."""
    yield state.flat("token", layer=0, shape=(r, c)), X


@derivation.control("Every position gets the mean of all entries.")
def uniform(construction):
    """The queries are 0, so all scores are equal."""
    return construction.change(layer=0, head=0, W_Q=construction.encoder.layers[0].heads[0].W_Q * 0)


@derivation.control("The inverse permutation is another one, unless X is square.")
def reversed_roles(construction):
    """Queries and keys change places."""
    head = construction.encoder.layers[0].heads[0]
    return construction.change(layer=0, head=0, W_Q=head.W_K, W_K=head.W_Q)


@derivation.control("Softmax weights are never 0: each position gets a mean of everything.")
def soft(construction):
    """The head is a softmax head."""
    return construction.change(layer=0, head=0, normaliser="softmax")


derivation.example(X=[[1, 2, 3], [4, 5, 6]])

derivation.does_not_say = (
    "Each size has an encoder of its own: positions are one-hot, and the weights depend on r and c.",
    "The head is a hard attention head. Softmax with finite scores can come near it and never be equal to it.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for rows, cols in ((1, 1), (1, 4), (3, 2), (3, 3), (5, 4)):
    derivation.case(f"r = {rows}, c = {cols}", r=rows, c=cols)
