"""Products of matrices of scalar tokens, wide and narrow (realisation P). arXiv 2506.18739; the proofs are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, matrix, parse, sizes
from symsim.simulators import product, product_cost

r, k, c = sizes("r k c")
A, B = matrix("A", r, k), matrix("B", k, c)
SHAPES = {"A": (r, k), "B": (k, c)}
PAPER = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026."
)
RASP = "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021."
OURS = (
    "The paper's programs fix one dimension (3 x k times k x 4, 4 x 4, and a 3 x 3 program whose file says 3 x k) and "
    "are written out by hand. They multiply by an element-wise operation that a transformer layer does not have, take "
    "means and multiply them by k, which is not exact in floating point. Here all three sizes are parameters, and "
    "products are made of squares: x y = ((x + y)^2 - (x - y)^2) / 4."
)
LIMITS = (
    "Each size has an encoder of its own: positions are one-hot, and the weights depend on r, k and c.",
    "Units that square are assumed. With relu units alone, products of real numbers are approximations.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)


def narrow_product(r, k, c):
    """The narrow product."""
    return product(r, k, c, narrow=True)


wide = Derivation(
    name="scalar-product",
    title="One layer multiplies two matrices of scalar tokens",
    statement="For all r, k, c there is an encoder of one layer, with 2 k average-hard heads and 2 k square units, "
    "that maps the entries of A (r x k) and B (k x c), one a token, to the entries of A B. Proved here for the sizes "
    "that are named.",
    construction=product(2, 3, 1),
    computes=A @ B,
    piece="product",
    weights_depend_on=("c", "k", "r"),
    family=product,
    inputs=SHAPES,
    cost=product_cost(r, k, c),
    source=PAPER,
    ours=OURS,
)

narrow = Derivation(
    name="scalar-product-narrow",
    title="Two heads multiply matrices of scalar tokens, one column a layer",
    statement="For all r, k, c there is an encoder of k layers, each with 2 average-hard heads and 4 units, that maps "
    "the entries of A (r x k) and B (k x c), one a token, to the entries of A B. Proved here for the sizes that are "
    "named.",
    construction=narrow_product(2, 2, 1),
    computes=A @ B,
    piece="product-narrow",
    weights_depend_on=("c", "k", "r"),
    family=narrow_product,
    inputs=SHAPES,
    cost=product_cost(r, k, c, narrow=True),
    source=PAPER,
    ours=OURS + " The narrow encoder is for machines with few heads: heads and width do not grow with k.",
)


@wide.step("Two heads for every t bring a_it and b_tj to position (i, j), and squares multiply and add.")
def all_at_once(state):
    """Entry (i, j) of the product belongs at position i c + j. The t-th pair of heads works for all positions at once.

    The first head: the query of position (i, j) is the unit vector of row i, and the key of entry (i, t) is the same
    vector. The second head: the query is the unit vector of column j, the key of entry (t, j) the same. So a_it and
    b_tj arrive, in column t of the slots ab_left and ab_right. Positions beyond the product want nothing; they get the
    sink, whose value is 0.

    Then two square units for every t add a_it b_tj to slot ab. Over all t that is entry (i, j) of A B.
    """
    yield state.flat("ab", layer=0, shape=(r, c)), wide.computes


@wide.step("The operands stay where they are.")
def kept(state):
    """All writes go to other slots. A begins at the first position."""
    yield state.flat("token", layer=0, shape=(r, k)), A


@wide.control("Each position gets its products of the other operand.")
def exchanged(construction):
    """The heads of t = 1 read from each other's keys."""
    first, second, *rest = construction.encoder.layers[0].heads
    heads = (replace(first, W_K=second.W_K), replace(second, W_K=first.W_K), *rest)
    return construction.change(layer=0, heads=heads)


@wide.control("Without the minus sign it adds (a^2 + b^2) / 2 instead of a b.")
def sums_of_squares(construction):
    """All square units write with weight 1/4."""
    network = construction.encoder.layers[0].feed_forward
    return construction.change(layer=0, feed_forward=replace(network, W_2=network.W_2.applyfunc(abs)))


@wide.control("One term of the sum is missing.")
def one_less(construction):
    """The last head is left out."""
    return construction.change(layer=0, heads=construction.encoder.layers[0].heads[:-1])


wide.example(A=[[1, 2, 0], [0, 1, -1]], B=[[3], [4], [5]])
wide.does_not_say = LIMITS
wide.references = (PAPER, RASP)
for size in ((1, 1, 1), (1, 3, 2), (3, 1, 3), (2, 4, 3), (3, 3, 3), (4, 2, 5)):
    wide.case("r = {}, k = {}, c = {}".format(*size), r=size[0], k=size[1], c=size[2])


@narrow.step("Layer 1 multiplies the first column of A by the first row of B.")
def first_term(state):
    """One head brings a_i1 and one brings b_1j to position (i, j); two square units add their product to slot ab.

    So slot ab holds the first column of A times the first row of B. The formula takes them out by a unit vector.
    """
    rows, inner, cols = (state.sizes[name] for name in ("r", "k", "c"))
    entries = (", ".join("1" if i == j == 0 else "0" for j in range(inner)) for i in range(inner))
    first = parse(f"[{'; '.join(entries)}]", {})
    yield state.flat("ab", layer=0, shape=(r, c)), matrix("A", rows, inner) @ first @ matrix("B", inner, cols)


@narrow.step("The same layer clears its operands, and the next one uses the slots again.")
def cleared(state):
    """Heads add to what a slot holds. Two identity units subtract what was fetched, while the square units read it.

    Without them, layer 2 would multiply a_i1 + a_i2 by b_1j + b_2j.
    """
    for layer in range(state.last + 1):
        yield state.flat("operand1_left", layer=layer, shape=(r, c)), 0
        yield state.flat("operand1_right", layer=layer, shape=(r, c)), 0


@narrow.step("After layer k all terms are added.")
def all_terms(state):
    """Layer t adds a_it b_tj at position (i, j). The residual connection keeps what was there."""
    yield state.flat("ab", layer=state.last, shape=(r, c)), narrow.computes


@narrow.control("Old operands are added to new ones.")
def uncleared(construction):
    """Layer 1 does not clear the first operand."""
    network = construction.encoder.layers[0].feed_forward
    W_2 = network.W_2.as_mutable()
    W_2[2, :] = W_2[2, :] * 0
    return construction.change(layer=0, feed_forward=replace(network, W_2=W_2))


@narrow.control("The first term is added twice, the second one never.")
def same_layer_twice(construction):
    """Layer 2 is layer 1 again."""
    first = construction.encoder.layers[0]
    return construction.with_encoder(replace(construction.encoder, layers=(first, first)))


@narrow.control("Layer 2 starts from nothing: the first term is lost.")
def forgetful(construction):
    """Layer 2 has no residual connection."""
    return construction.change(layer=1, residual=False)


narrow.example(A=[[1, 2], [0, 1]], B=[[3], [4]])
narrow.does_not_say = LIMITS
narrow.references = (PAPER, RASP)
for size in ((1, 1, 1), (1, 3, 2), (3, 1, 3), (2, 4, 3), (3, 3, 3), (4, 2, 5)):
    narrow.case("r = {}, k = {}, c = {}".format(*size), r=size[0], k=size[1], c=size[2])
