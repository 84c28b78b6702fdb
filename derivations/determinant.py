"""Determinants of any order over scalar tokens, after Faddeev and LeVerrier. The encoder and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, parse, sizes
from symsim.simulators import determinant, determinant_cost

m = sizes("m")
SHAPES = {"A": (m, m)}

derivation = Derivation(
    name="determinant",
    title="m + 1 layers compute a determinant of order m",
    statement="For all m there is an encoder of m + 1 layers, with at most m + 1 average-hard heads each and with "
    "square and identity units, that maps the entries of A (m x m), one a token, to det(A). It divides by nothing. "
    "Proved here for the orders that are named.",
    construction=determinant(3),
    computes=parse("det(A)", SHAPES),
    weights_depend_on=("m",),
    family=determinant,
    inputs=SHAPES,
    cost=determinant_cost(m),
    source="Csanky: Fast parallel matrix inversion algorithms. SIAM Journal on Computing 5, 1976. The recursion is "
    "due to Faddeev and LeVerrier. The claim that attention can do it: arXiv 2506.18739.",
    ours="The paper's program takes cofactors and is written out for order 3; for a 2 x 2 matrix it returns another "
    "number without an error, and it cuts fractions off. Here the order is a parameter. Its cost is polynomial in m, "
    "where cofactors of cofactors would cost m!. The encoder and its proof are ours.",
)


def next_matrix(k):
    """C_(k+1) as text, from C_k as text, in ``e_k A - A C_k`` with ``e_k = tr(C_k) / k``."""
    text = "A"
    for number in range(1, k + 1):
        text = f"(1/{number} * tr({text}) * A - A {text})"
    return text


@derivation.step("Layer 1 prepares: every position gets its row of A, and slot c gets C_1 = A.")
def prepared(state):
    """Head t brings a_it to position (i, j), for each t. Slot row keeps these m numbers to the end.

    An identity unit copies A into slot c, where C_k will stand.
    """
    yield state.flat("c", layer=0, shape=(m, m)), parse("A", SHAPES)


@derivation.step("Each of the next layers replaces C_k by C_(k+1) = e_k A - A C_k, where e_k = tr(C_k) / k.")
def rounds(state):
    """Heads bring column j of C_k to position (i, j), and one head takes the mean over the diagonal of C_k.

    That mean times m / k is e_k. Square units multiply row i of A by column j of C_k, and e_k by a_ij. Identity units
    take C_k and what was fetched away, at the same time. So round k is one layer. The rounds are alike but for the
    constant m / k, and their slots are used again: the width does not grow with the number of rounds.
    """
    for k in range(1, state.sizes["m"] - 1):
        yield state.flat("c", layer=k, shape=(m, m)), parse(next_matrix(k), SHAPES)


@derivation.step("After m - 1 rounds slot c holds det(A) I.")
def last_round(state):
    """Let N_(k+1) = e_k I - C_k. Then C_(k+1) = A N_(k+1), and by induction N_(k+1) is a polynomial in A.

    Its coefficients are the e_k with alternating signs. Newton's identities say that e_k is the k-th elementary
    symmetric polynomial of the eigenvalues, so that e_m = det(A), and the theorem of Cayley and Hamilton says that
    e_m I - C_m = 0. Here it is not taken from these theorems: both sides are polynomials in the entries of A, and they
    are compared.
    """
    yield state.flat("c", layer=state.sizes["m"] - 1, shape=(m, m)), parse("det(A) * I(m)", SHAPES)


@derivation.step("One more head takes the mean over the diagonal.")
def mean(state):
    """All m entries there are det(A). The mean is tr(C_m) / m = e_m, as the recursion has it."""
    yield state.flat("det", layer=state.last, shape=(1, 1)), derivation.computes


@derivation.control("e_2 is half of a trace.")
def wrong_constant(construction):
    """Round 2 divides by 1, as round 1 does."""
    layers = construction.encoder.layers
    number = [head.name for head in layers[1].heads].index("trace into e")
    return construction.change(layer=2, head=number, W_O=layers[1].heads[number].W_O)


@derivation.control("Without the traces it computes a power of A.")
def without_trace(construction):
    """Round 1 has no head for the trace."""
    heads = [head for head in construction.encoder.layers[1].heads if head.name != "trace into e"]
    return construction.change(layer=1, heads=tuple(heads))


@derivation.control("Old columns are added to new ones.")
def uncleared(construction):
    """Round 1 does not clear the first column that it fetched."""
    encoder = construction.encoder
    network = encoder.layers[1].feed_forward
    W_2 = network.W_2.as_mutable()
    W_2[:, encoder.slots.span("column")[0]] = W_2[:, 0] * 0
    return construction.change(layer=1, feed_forward=replace(network, W_2=W_2))


@derivation.control("Two rounds are one too few for order 3.")
def a_round_less(construction):
    """The last round is left out."""
    layers = construction.encoder.layers
    return construction.with_encoder(replace(construction.encoder, layers=(*layers[:2], layers[3])))


derivation.example(A=[[1, 2], [3, 5]])

derivation.does_not_say = (
    "Each order has an encoder of its own: positions are one-hot, and the weights depend on m.",
    "That the recursion gives the determinant for every m is a classical theorem and is not proved here. For the "
    "orders that are named it is proved, by comparing polynomials; these have m! terms, which is why the list ends.",
    "Arithmetic is exact. In floating point the recursion of Faddeev and LeVerrier loses digits quickly as m grows: "
    "it is a statement about what attention can express, not a way to compute determinants.",
)
derivation.references = (
    "Csanky: Fast parallel matrix inversion algorithms. SIAM Journal on Computing 5, pages 618 to 623, 1976.",
    "Faddeev, Faddeeva: Computational Methods of Linear Algebra, 1963, chapter on the method of Faddeev.",
    "LeVerrier: Sur les variations seculaires des elements des orbites. Journal de Mathematiques, 1840.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for order in (1, 2, 4, 5, 6):
    derivation.case(f"m = {order}", m=order)
