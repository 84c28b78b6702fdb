"""MaxMin of pairs on all real numbers, by one layer. arXiv 1811.05381 for the activation; the encoder is ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, matrix, parse, sizes
from symsim.derivation import decimals
from symsim.simulators import max_min, max_min_cost

m = sizes("m")
shapes = {"X": (m, 2)}
X = matrix("X", m, 2)


def family(m):
    """The encoder for m pairs."""
    return max_min(m)


derivation = Derivation(
    name="max-min",
    title="Two heads and two units compute MaxMin",
    statement="For all m there is an encoder of one layer that maps the entries of an m x 2 matrix X, one a token, to "
    "the larger and the smaller number of each row, for all real numbers, equal ones included.",
    construction=max_min(2),
    computes=parse("1/2 (X ones(2, 2) + abs(X [1; -1]) [1, -1])", shapes),
    weights_depend_on=("m",),
    family=family,
    inputs=shapes,
    cost=max_min_cost(m),
    source="Anil, Lucas, Grosse: Sorting out Lipschitz function approximation. arXiv 1811.05381, section 4. "
    "As a task for transformers: arXiv 2506.18739.",
    ours="In the paper MaxMin is an activation of a feed-forward network, on pairs of units of one token. Here the two "
    "numbers are two tokens, and attention has to bring them together. This encoder and this proof are ours.",
)


@derivation.step("Two heads fetch: one the partner, one what stands at the second place of the pair.")
def fetched(state):
    """Positions are one-hot, so a head can be told position by position where to look: one key has score 1.

    The sink has score 1/2 and every other key 0, and an average-hard head takes the only maximum. In a row (x, y), the
    first head brings y to the place of x and x to the place of y. The second head brings y to both.
    """
    yield state.flat("partner", layer=0, shape=(m, 2)), X @ parse("[0, 1; 1, 0]", {})
    yield state.flat("second", layer=0, shape=(m, 2)), X @ parse("[0, 0; 1, 1]", {})


@derivation.step("The same two units leave the larger number at the first place and the smaller one at the second.")
def compared(state):
    """A token with number u, partner p and second number s adds relu(s - u) - relu(s - p) to its own number.

    At the first place of (x, y) this is u = x, p = y, s = y: the second unit is relu(0) = 0, and x + relu(y - x) is the
    larger number. At the second place u = y, p = x, s = y: the first unit is 0, and y - relu(y - x) is the smaller.

    The larger number is half the sum plus half the distance |x - y|, and the smaller one half the sum minus half the
    distance: this is how the claim says it.
    """
    yield state.flat("token", layer=0, shape=(m, 2)), derivation.computes


@derivation.step("The sink stays 0, so a further layer may read these numbers.")
def sink(state):
    """The sink looks at nothing but itself, and its number is 0: both units see 0 - 0."""
    yield state.slot("token", layer=0, rows="sink"), 0


@derivation.control("Both places get the larger number: a place cannot tell whether it is the first one.")
def one_head(construction):
    """Without the head for the second place, and with the unit relu(p - u) alone."""
    layer = construction.encoder.layers[0]
    keep = construction.encoder.slots.span("partner")[0]
    own = construction.encoder.slots.span("token")[0]
    W_1, W_2 = (layer.feed_forward.W_1 * 0).as_mutable(), (layer.feed_forward.W_2 * 0).as_mutable()
    W_1[keep, 0], W_1[own, 0], W_2[0, own] = 1, -1, 1
    return construction.change(
        layer=0, heads=layer.heads[1:], feed_forward=replace(layer.feed_forward, W_1=W_1, W_2=W_2)
    )


@derivation.control("Softmax heads bring a mean of all numbers instead of one of them.")
def soft(construction):
    """Both heads are softmax heads."""
    return construction.change(
        layer=0, heads=tuple(replace(head, normaliser="softmax") for head in construction.encoder.layers[0].heads)
    )


@derivation.control("Smooth units give neither of the two numbers.")
def smooth(construction):
    """The units are SiLU units."""
    network = construction.encoder.layers[0].feed_forward
    return construction.change(layer=0, feed_forward=replace(network, activations="silu"))


@derivation.control("The numbers are exchanged whenever the first one is larger: the smaller number comes first.")
def other_way(construction):
    """Both units write with the opposite sign, and the differences are taken the other way round."""
    network = construction.encoder.layers[0].feed_forward
    return construction.change(layer=0, feed_forward=replace(network, W_1=-network.W_1, W_2=-network.W_2))


derivation.example("Unequal and equal numbers", X=decimals("1 3; 2 2; 0 -.5"))

derivation.does_not_say = (
    "One head is enough where both places may keep the larger number. For one head and units of this kind to give the "
    "larger number to one place and the smaller to the other, the units would have to tell the places apart, and "
    "numbers of any size leave no room for a constant that does it. This remark is not proved by a program.",
    "Each number of pairs has an encoder of its own: positions are one-hot. Each is proved by splitting into cases.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Anil, Lucas, Grosse: Sorting out Lipschitz function approximation. arXiv 1811.05381, 2019.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for pairs in (1, 2, 4):
    derivation.case(f"{pairs} {'pair' if pairs == 1 else 'pairs'}, all real numbers", m=pairs)
