"""ReLU of every number, by one unit over scalar tokens. arXiv 2506.18739; the statement and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, matrix, parse, sizes
from symsim.derivation import decimals
from symsim.simulators import relu_cost, relu_unit

r, c = sizes("r c")
X = matrix("X", r, c)

derivation = Derivation(
    name="relu",
    title="One unit computes ReLU",
    statement="For all r, c there is an encoder of one layer without heads that maps the entries of an r x c matrix X, "
    "one a token, to their positive parts (X + |X|) / 2.",
    construction=relu_unit(r=2, c=3),
    computes=parse("1/2 (X + abs(X))", {"X": (r, c)}),
    weights_depend_on=("c", "r"),
    family=relu_unit,
    inputs={"X": (r, c)},
    cost=relu_cost(r, c),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739.",
    ours="That point-wise operations are lowered to units is ours: the paper's programs take them as given. "
    "The result is stated without ReLU, by the distance from 0, so that the claim does not repeat the encoder.",
)


@derivation.step("A unit at every position computes the positive part.")
def unit(state):
    """The unit of a token with the number x adds relu(x) to the empty slot y.

    For x >= 0 the distance |x| is x, and (x + |x|) / 2 = x. For x < 0 it is -x, and (x + |x|) / 2 = 0. These are the
    two values of relu(x). The proof splits every number into these two cases.
    """
    yield state.flat("y", layer=0, shape=(r, c)), derivation.computes


@derivation.step("The numbers themselves are still there.")
def kept(state):
    """The unit writes to slot y alone, and the residual connection keeps the rest."""
    yield state.flat("token", layer=0, shape=(r, c)), X


def with_unit(construction, activation):
    """The encoder with another activation in its unit."""
    network = construction.encoder.layers[0].feed_forward
    return construction.change(layer=0, feed_forward=replace(network, activations=activation))


@derivation.control("Negative numbers pass.")
def identity(construction):
    """The unit is an identity unit."""
    return with_unit(construction, "identity")


@derivation.control("It says whether a number is below 0, not how large it is.")
def step(construction):
    """The unit is a step unit."""
    return with_unit(construction, "step")


@derivation.control("Smooth, close to ReLU for large numbers, and equal to it at 0 only.")
def silu(construction):
    """The unit is a SiLU unit, x / (1 + exp(-x))."""
    return with_unit(construction, "silu")


@derivation.control("The number is added a second time.")
def in_place(construction):
    """The unit writes to the slot of the token, and the result is read there."""
    W_2 = construction.encoder.layers[0].feed_forward.W_1.T
    network = replace(construction.encoder.layers[0].feed_forward, W_2=W_2)
    changed = construction.change(layer=0, feed_forward=network)
    return replace(changed, readout=replace(changed.readout, slot="token"))


derivation.example(X=decimals("-1 0 5; -1.5 .25 2"))

derivation.does_not_say = (
    "Each size has an encoder of its own: positions are one-hot, so the width grows with the number of tokens.",
    "Each size is proved by splitting into cases at that size. That all sizes are alike, since no token looks at "
    "another, is seen from the construction and not proved by a program.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for size in ({"r": 1, "c": 1}, {"r": 2, "c": 3}, {"r": 4, "c": 4}):
    derivation.case(f"{size['r']} x {size['c']}, all real entries", **size)
