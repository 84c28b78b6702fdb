"""Lipschitz functions by interpolation on a grid, within L s / 2. The task is that of arXiv 2506.18739; proof ours."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from symsim import Derivation, parse, sizes
from symsim.derivation import decimals
from symsim.simulators import interpolant, interpolation, lipschitz, lipschitz_cost

n, m = sizes("n m")
INTERVALS = 2
GRID = [Fraction(-1), Fraction(0), Fraction(1)]
shapes = {"X": (1, n), "F": (1, INTERVALS + 1)}


def family(n=2, intervals=INTERVALS, constant=None, bound=1, of=None):
    """The encoder for n numbers; with a constant, the same with a claim about its distance from Lipschitz functions."""
    if constant is None:
        return lipschitz(n, intervals, -bound, bound)
    return interpolation(n, intervals, constant, bound, of)


derivation = Derivation(
    name="lipschitz-interpolation",
    title="Interpolation on a grid, within L s / 2 of every Lipschitz function",
    statement="For all n, all values F of a function on an even grid of step s and all real X there is one encoder of "
    "two layers, whose weights know the grid alone, that gives the piecewise-linear interpolant of F at every entry of "
    "X, exactly. If F = f(grid) and |f(u) - f(v)| <= L |u - v|, the result is within L s / 2 of f(X) on the grid.",
    construction=lipschitz(2, INTERVALS),
    computes=interpolant(n, GRID),
    weights_depend_on=("n",),
    family=family,
    inputs=shapes,
    cost=lipschitz_cost(n, m),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739.",
    ours="The encoder, the exact statement about the interpolant and its proof are ours. The bound for interpolation "
    "is classical; its proof is written out. The page shows n = 2 and the grid -1, 0, 1.",
)


@derivation.step("Two heads form the rises of the function, one at each of the first positions.")
def rises(state):
    """Position k fetches the value at point k + 1 and, with the opposite sign, the value at point k.

    These positions are told where to look by their one-hot codes. What else stands there does not matter.
    """
    yield state.flat("rise", layer=0, shape=(1, INTERVALS)), parse(f"F {DIFFERENCES}", shapes)


DIFFERENCES = "[-1, 0; 1, -1; 0, 1]"
"""One column an interval: the value at its end minus that at its beginning."""


@derivation.step("For each interval two ReLU units measure the part of it that lies left of x.")
def parts(state):
    """(relu(x - a) - relu(x - b)) / s is 0 for x left of the interval [a, b], 1 right of it, and (x - a) / s inside.

    Stated without ReLU it is (|x - a| - |x - b| + s) / (2 s). Here s = 1.
    """
    text = "1/2 (abs(X^T ones(1, 2) - ones(n) [-1, 0]) - abs(X^T ones(1, 2) - ones(n) [0, 1]) + ones(n, 2))"
    yield state.slot("part", layer=0, rows="X"), parse(text, shapes)


@derivation.step("Every number gets all rises, and the products of rises and parts add up to the interpolant.")
def products(state):
    """In layer 2 one head an interval brings its rise, and one more head the first value.

    Two square units an interval multiply: r c = ((r + c)^2 - (r - c)^2) / 4. Intervals left of x count fully, those
    right of x not at all, and the one around x in part. The rises telescope: at a point of the grid the sum is the
    value there, and between two points it runs in a straight line. Outside the grid it is constant. The claim says
    this by cases: step(X - a) is 1 where x >= a, else 0.
    """
    yield state.slot("rises", layer=1, rows="X"), parse(f"ones(n) F {DIFFERENCES}", shapes)
    yield state.flat("y", layer=1, shape=(1, n)), derivation.computes


@derivation.step("The result is a weighted mean of two neighbouring values, and that bounds its distance from f.")
def distance(state):
    """The weight of the value at a point a is relu(1 - |c - a| / s), where c is x, or the nearest end of the grid.

    Inside [a, b] with x = a + t s the weights are 1 - t and t. Let y = f(x), F_a = f(a), F_b = f(b). The result I obeys
    I - y = (1 - t) (F_a - y) + t (F_b - y), where |F_a - y| <= L t s and |F_b - y| <= L (1 - t) s. So |I - y| is at
    most 2 t (1 - t) L s. Because 2 t (1 - t) = 1/2 - (1 - 2 t)^2 / 2, that is at most L s / 2.

    This lemma about every f is proved here by hand; the one identity that it uses is checked as well. For single
    functions boxes that cover all inputs show the distance without it. The bound cannot be improved: f(x) = L |x - c|
    reaches it at the middle c of an interval.
    """
    clamped = "1/2 (abs(X + ones(1, n)) - abs(X - ones(1, n)))"
    terms = []
    for k, point in enumerate(GRID):
        chosen = "; ".join("1" if j == k else "0" for j in range(len(GRID)))
        away = f"{clamped} - ({point}) ones(1, n)" if point else clamped
        terms.append(f"(F [{chosen}]) * relu(ones(1, n) - abs({away}))")
    yield state.flat("y", layer=1, shape=(1, n)), parse(" + ".join(terms), shapes)


@derivation.control("All intervals begin at 0: the grid is gone.")
def without_grid(construction):
    """The units of layer 1 read x alone, without the points of the grid."""
    network = construction.encoder.layers[0].feed_forward
    first = construction.encoder.slots.span("pos")
    W_1 = network.W_1.as_mutable()
    W_1[first[0] : first[1], :] = W_1[first[0] : first[1], :] * 0
    return construction.change(layer=0, feed_forward=replace(network, W_1=W_1))


@derivation.control("The interpolant is moved up or down: it begins at 0.")
def without_start(construction):
    """The head that brings the first value is gone."""
    return construction.change(layer=1, heads=construction.encoder.layers[1].heads[:-1])


@derivation.control("Values in the place of rises: each interval adds the value at its end.")
def values_for_rises(construction):
    """The head that takes away the value at the beginning is gone."""
    return construction.change(layer=0, heads=construction.encoder.layers[0].heads[:1])


@derivation.control("Smooth units do not end: every interval leaks into the others.")
def smooth(construction):
    """The units of layer 1 are SiLU units."""
    network = construction.encoder.layers[0].feed_forward
    return construction.change(layer=0, feed_forward=replace(network, activations="silu"))


derivation.example("Values of f(x) = |x|, with one number outside the grid", X=decimals(".25 -2"), F=decimals("1 0 1"))

derivation.does_not_say = (
    "What is proved above is that the encoder gives the interpolant. Its distance from f is a bound, not an equality. "
    "The cases about it are enclosed, not proved: the lemma about every f is proved by hand.",
    "The values of f on the grid are given. Nothing is said about finding them, or about learning f.",
    "Outside the grid the result is constant, and nothing is said about its distance from f there.",
    "Each n and each grid has an encoder of its own. Where f is fixed and its values on the grid are rational, one "
    "layer without heads is enough: the values then stand in the weights.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Anil, Lucas, Grosse: Sorting out Lipschitz function approximation. arXiv 1811.05381, 2019.",
    "Yun, Bhojanapalli, Rawat, Reddi, Kumar: Are Transformers universal approximators of sequence-to-sequence "
    "functions? arXiv 1912.10077, 2020.",
)

for count, intervals in ((1, 1), (2, 4), (3, 3)):
    shown = "1 interval" if intervals == 1 else f"{intervals} intervals"
    derivation.case(f"n = {count}, {shown}: the interpolant, exactly", n=count, intervals=intervals)
for L, intervals in ((1, 4), (3, 12)):
    title = f"n = 2, {intervals} intervals: within L s / 2 of every f with L = {L}"
    derivation.case(title, n=2, intervals=intervals, constant=L)
for function, shown in (("1/2 X .* X", "x^2 / 2"), ("abs(X - 1/3 ones(1, n))", "|x - 1/3|")):
    title = f"n = 1, 8 intervals: within L s / 2 of f(x) = {shown}, L = 1"
    derivation.case(title, n=1, intervals=8, constant=1, of=function)
