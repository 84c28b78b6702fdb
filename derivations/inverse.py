"""Inverses of any order over scalar tokens, after Faddeev and LeVerrier. The encoder and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, parse, sizes
from symsim.simulators import inverse, inverse_cost

m = sizes("m")
SHAPES = {"A": (m, m)}

derivation = Derivation(
    name="inverse",
    title="m + 2 layers invert a matrix of order m",
    statement="For all m there is an encoder of m + 2 layers, with at most m + 2 average-hard heads each, that maps "
    "the entries of A (m x m), one a token, to the entries of the inverse of A, for all A with det(A) != 0. It "
    "divides once, by det(A). Proved here for the orders that are named.",
    construction=inverse(2),
    computes=parse("inv(A)", SHAPES),
    weights_depend_on=("m",),
    family=inverse,
    inputs=SHAPES,
    cost=inverse_cost(m),
    source="Csanky: Fast parallel matrix inversion algorithms. SIAM Journal on Computing 5, 1976. The recursion is "
    "due to Faddeev and LeVerrier. The claim that attention can do it: arXiv 2506.18739.",
    ours="The paper's program takes cofactors and is written out for order 3; for other orders it returns other "
    "numbers without an error, it cuts fractions off, and a singular matrix ends it with a division by zero. Here the "
    "order is a parameter, and a singular matrix is reported. The encoder and its proof are ours.",
)


@derivation.step("Layer 1 prepares: every position gets its row of A, slot c gets C_1 = A, and slot n holds N_1 = I.")
def prepared(state):
    """This is layer 1 of the derivation determinant. The identity is part of the encoding: constants 0 and 1."""
    yield state.flat("c", layer=0, shape=(m, m)), parse("A", SHAPES)
    yield state.flat("n", layer=0, shape=(m, m)), parse("I(m)", SHAPES)


@derivation.step("Round k replaces C_k by C_(k+1) = e_k A - A C_k and N_k by N_(k+1) = e_k I - C_k.")
def rounds(state):
    """The rounds are those of the derivation determinant, where e_k = tr(C_k) / k.

    One more head brings e_k to the diagonal alone, which is e_k I, and an identity unit makes the new N of it.
    So C_(k+1) = A N_(k+1) throughout. For m = 2 there is one round.
    """
    yield state.flat("c", layer=1, shape=(m, m)), parse("tr(A) * A - A A", SHAPES)
    yield state.flat("n", layer=1, shape=(m, m)), parse("tr(A) * I(m) - A", SHAPES)


@derivation.step("After m - 1 rounds N_m is the adjugate: A N_m = C_m = det(A) I.")
def adjugate(state):
    """That is the theorem of Cayley and Hamilton; see the derivation determinant. Here both sides are compared."""
    yield state.flat("c", layer=state.sizes["m"] - 1, shape=(m, m)), parse("det(A) * I(m)", SHAPES)


@derivation.step("Layer m + 1 brings the determinant to every entry, and one unit takes its reciprocal.")
def division(state):
    """One head takes the mean over the diagonal of C_m, which is det(A). Every position gets it.

    At the sink the reciprocal unit reads 1, by its one-hot position, so that it never meets 1/0 there. At the entries
    it meets 1/0 if and only if det(A) = 0.
    """
    yield state.flat("det", layer=state.last - 1, shape=(m, m)), parse("det(A) * ones(m) ones(m)^T", SHAPES)


@derivation.step("Layer m + 2 divides the adjugate by the determinant.")
def quotient(state):
    """Two square units multiply the two numbers that stand at each position."""
    yield state.flat("y", layer=state.last, shape=(m, m)), derivation.computes


def number(construction, layer, name):
    """The number of the head called ``name``."""
    return [head.name for head in construction.encoder.layers[layer].heads].index(name)


@derivation.control("Slot n holds -C_1, and not e_1 I - C_1.")
def without_trace(construction):
    """Round 1 has no head that brings e_1 to the diagonal."""
    heads = [head for head in construction.encoder.layers[1].heads if head.name != "trace into e_diagonal"]
    return construction.change(layer=1, heads=tuple(heads))


@derivation.control("Slot n holds e_1 at every entry, less C_1.")
def trace_everywhere(construction):
    """The head for the diagonal brings e_1 to every position."""
    here, other = (number(construction, 1, f"trace into {slot}") for slot in ("e_diagonal", "e"))
    W_Q = construction.encoder.layers[1].heads[other].W_Q
    return construction.change(layer=1, head=here, W_Q=W_Q)


@derivation.control("It returns the adjugate times det(A), not divided by it.")
def multiplied(construction):
    """An identity unit stands in place of the reciprocal unit."""
    network = construction.encoder.layers[2].feed_forward
    return construction.change(layer=2, feed_forward=replace(network, activations="identity"))


@derivation.control("Without the flag the reciprocal unit meets 1/0 at the sink.")
def without_the_flag(construction):
    """The reciprocal unit reads no position."""
    encoder = construction.encoder
    network = encoder.layers[2].feed_forward
    W_1 = network.W_1.as_mutable()
    for row in range(*encoder.slots.span("pos")):
        W_1[row, 0] = 0
    return construction.change(layer=2, feed_forward=replace(network, W_1=W_1))


derivation.example(A=[[1, 2], [3, 4]])

derivation.does_not_say = (
    "Nothing is said about singular matrices, which have no inverse. Called on one, the construction says so.",
    "Each order has an encoder of its own: positions are one-hot, and the weights depend on m.",
    "That the recursion gives the inverse for every m is a classical theorem and is not proved here. For the orders "
    "that are named it is proved, by comparing polynomials; these have m! terms, which is why the list ends.",
    "A reciprocal unit is assumed to be exact.",
    "Arithmetic is exact. In floating point the recursion of Faddeev and LeVerrier loses digits quickly as m grows: "
    "it is a statement about what attention can express, not a way to invert matrices.",
)
derivation.references = (
    "Csanky: Fast parallel matrix inversion algorithms. SIAM Journal on Computing 5, pages 618 to 623, 1976.",
    "Faddeev, Faddeeva: Computational Methods of Linear Algebra, 1963, chapter on the method of Faddeev.",
    "LeVerrier: Sur les variations seculaires des elements des orbites. Journal de Mathematiques, 1840.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for order in (1, 3, 4, 5):
    derivation.case(f"m = {order}", m=order)
