"""GroupSort: groups of any size sorted by networks of MaxMin layers. arXiv 1811.05381; the encoder is ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, parse, sizes
from symsim.derivation import decimals
from symsim.simulators import group_sort, group_sort_cost, sorted_by_rank

m, g = sizes("m g")
SIZE = 3
shapes = {"X": (m, SIZE)}


def family(m, size=SIZE, network="odd-even"):
    """The encoder for m groups of a size, by a network of comparators."""
    return group_sort(m, size, network)


derivation = Derivation(
    name="group-sort",
    title="Layers of comparators sort groups",
    statement="For all m and g there is an encoder that maps the entries of an m x g matrix X, one a token, to the "
    "entries of its rows in falling order: one layer of two heads for each round of a sorting network. Proved here for "
    "the sizes that are named.",
    construction=group_sort(2, SIZE),
    computes=sorted_by_rank(m, SIZE),
    weights_depend_on=("m",),
    family=family,
    inputs=shapes,
    cost=group_sort_cost(m, g),
    source="Anil, Lucas, Grosse: Sorting out Lipschitz function approximation. arXiv 1811.05381, section 4.",
    ours="The paper sorts the units of one token, in rising order. Here the numbers of a group are tokens, the order "
    "falls, so that groups of two are MaxMin, and sorting is built from heads and units. The encoder and the proof are "
    "ours; the networks are classical.",
)


def compared(numbers, signs):
    """What a comparator makes of rows: with D = first - second, (|D| - D) / 2 is added to one, taken from the other."""
    return f"({numbers} + 1/2 (abs({numbers} {signs}) - {numbers} {signs}) {signs}^T)"


FIRST, LAST = "[1; -1; 0]", "[0; 1; -1]"


@derivation.step("In layer 1 the first two places of every group compare their numbers.")
def first_round(state):
    """Every place fetches its partner p and the second number s of its comparator, by position.

    Two units add relu(s - u) - relu(s - p) to the own number u. At the first place s = p, and the larger number
    remains; at the second place s = u, and the smaller one remains. The third place has no partner: it fetches
    itself, and both units are 0. So one comparator is MaxMin, and all comparators of a round fit in one layer.
    """
    yield state.flat("token", layer=0, shape=(m, SIZE)), parse(compared("X", FIRST), shapes)


@derivation.step("Two identity units clear what was fetched: the next layer uses the same two slots again.")
def cleared(state):
    """What a head fetches is added to its slot. Without the clearing, layer 2 would add to what layer 1 left there."""
    for layer in range(state.last + 1):
        yield state.flat("partner", layer=layer, shape=(m, SIZE)), 0
        yield state.flat("second", layer=layer, shape=(m, SIZE)), 0


@derivation.step("In layer 2 the last two places compare: the smallest number has arrived at the last place.")
def second_round(state):
    """After layer 1 the smaller of the first two numbers stands at the second place.

    So the smaller of that and the third number is the smallest of all three, and layer 2 puts it last.
    """
    yield state.flat("token", layer=1, shape=(m, SIZE)), parse(compared(compared("X", FIRST), LAST), shapes)


@derivation.step("In layer 3 the first two places compare again, and every row is sorted.")
def third_round(state):
    """Layer 3 orders the two larger numbers. The result is stated without a network, by counting.

    For each pair of places, step(X E) is 1 if the first number is at least the second, else 0: E has one column a
    pair, 1 at its first place and -1 at its second. So 1 (2, 1, 0) - step(X E) E^T counts for each number how many
    stand before it: larger ones, and equal ones to its left. No two numbers of a row have the same count, and column k
    of the result is the number with the count k. step(-|z|) is 1 for z = 0 and 0 else.

    For groups of g numbers, g rounds of neighbours are enough, for all g (Knuth, section 5.3.4); this is a theorem
    about networks, not proved here. Here every size is proved by itself: all orders of the numbers, ties included, are
    gone through as cases.
    """
    yield state.flat("token", layer=2, shape=(m, SIZE)), derivation.computes


@derivation.control("Two rounds are not enough: three numbers in rising order come out unsorted.")
def two_rounds(construction):
    """The last layer is left out."""
    return construction.with_encoder(replace(construction.encoder, layers=construction.encoder.layers[:2]))


@derivation.control("A round without its heads compares nothing.")
def without_second_round(construction):
    """Layer 2 has no heads."""
    return construction.change(layer=1, heads=())


@derivation.control("Old partners are added to new ones.")
def uncleared(construction):
    """Layer 1 does not clear what it fetched."""
    network = construction.encoder.layers[0].feed_forward
    W_2 = network.W_2.as_mutable()
    for unit in (2, 3):
        W_2[unit, :] = W_2[unit, :] * 0
    return construction.change(layer=0, feed_forward=replace(network, W_2=W_2))


@derivation.control("The first two places compare twice in a row, and the third number never moves.")
def same_round_twice(construction):
    """Layer 2 is layer 1 again."""
    layers = construction.encoder.layers
    return construction.with_encoder(replace(construction.encoder, layers=(layers[0], layers[0], layers[2])))


@derivation.control("Softmax heads bring a mean of all numbers.")
def soft(construction):
    """The heads of layer 1 are softmax heads."""
    heads = construction.encoder.layers[0].heads
    return construction.change(layer=0, heads=tuple(replace(head, normaliser="softmax") for head in heads))


derivation.example("Rising, and with a tie", X=decimals("1 2 3; -.5 4 -.5"))

derivation.does_not_say = (
    "That g rounds of neighbours sort g numbers for every g is a known theorem about networks and is not proved here. "
    "Proved are the sizes that are named. Larger networks of both kinds are tested on all words over 0 and 1, which is "
    "enough for a network of comparators (Knuth, section 5.3.4, theorem Z).",
    "The cost is that of the network of neighbours, for g >= 3. For large groups Batcher's network has fewer layers: "
    "t (t + 1) / 2, with 2^t the least power of two that is not below g.",
    "Each size has an encoder of its own: positions are one-hot.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Anil, Lucas, Grosse: Sorting out Lipschitz function approximation. arXiv 1811.05381, 2019.",
    "Knuth: The Art of Computer Programming, volume 3, Sorting and Searching, second edition, 1998: section 5.2.2, "
    "algorithm M, and section 5.3.4.",
    "Batcher: Sorting networks and their applications. AFIPS Spring Joint Computer Conference, 1968.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for groups, size in ((1, 2), (1, 3), (3, 3), (1, 4), (2, 4)):
    words = f"{groups} {'group' if groups == 1 else 'groups'} of {size}"
    derivation.case(f"{words}, all real numbers", m=groups, size=size)
derivation.case("1 group of 4, Batcher's network, all real numbers", m=1, size=4, network="merge-exchange")
