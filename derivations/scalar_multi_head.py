"""Multi-head attention over scalar tokens (realisation P). arXiv 2506.18739; the encoder and the proof are ours."""

from __future__ import annotations

from dataclasses import replace

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import multi_head, multi_head_cost

n, d, d_k, d_v, d_m, h = sizes("n d d_k d_v d_m h")
SHAPES = {"X": (n, d)}
for g in ("1", "2"):
    SHAPES.update({f"W_Q{g}": (d, d_k), f"W_K{g}": (d, d_k), f"W_V{g}": (d, d_v)})
SHAPES.update({"W_O1": (d_v, d_m), "W_O2": (d_v, d_m)})
given = {name: matrix(name, *shape) for name, shape in SHAPES.items()}
X = given["X"]


def head(g):
    """The output of head g."""
    return softmax(X @ given[f"W_Q{g}"] @ (given[f"W_K{g}"].T @ X.T)) @ X @ given[f"W_V{g}"]


derivation = Derivation(
    name="scalar-multi-head",
    title="Hard attention over scalar tokens simulates multi-head attention",
    statement="For all n, d, d_k, d_v, d_m, h there is one encoder of seven layers, with average-hard heads and exact "
    "units, that maps the entries of X and of all W_Q, W_K, W_V, W_O, one a token, to the entries of multi-head "
    "attention with h heads. Written out for h = 2, and proved here for the sizes and numbers of heads that are named.",
    construction=multi_head(2, 1, 1, 1, 1),
    computes=head("1") @ given["W_O1"] + head("2") @ given["W_O2"],
    weights_depend_on=("d", "d_k", "d_m", "d_v", "n"),
    family=multi_head,
    inputs=SHAPES,
    cost=multi_head_cost(n, d, d_k, d_v, d_m, h),
    source="Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. arXiv 2506.18739.",
    ours="The paper has programs for two heads and 3 rows, one for each matrix operation, and no output projection. "
    "Here the number of heads and all sizes are parameters, the projections are inputs like everything else, and it is "
    "one encoder. Encoder, exact statement and proof are ours.",
)


@derivation.step("Layer 1 makes queries, keys and values of both heads.")
def projections(state):
    """Six products side by side: see the derivation scalar-product. Each has its own slot.

    X and all weights are tokens, entry by entry. So the weights of the encoder do not depend on what it simulates.
    """
    for g in ("1", "2"):
        yield state.flat(f"q{g}", layer=0, shape=(n, d_k)), X @ given[f"W_Q{g}"]
        yield state.flat(f"k{g}", layer=0, shape=(n, d_k)), X @ given[f"W_K{g}"]
        yield state.flat(f"v{g}", layer=0, shape=(n, d_v)), X @ given[f"W_V{g}"]


@derivation.step("Layer 2 makes the scores of each head.")
def scores(state):
    """A product with a transpose needs no transposition: the heads of the second factor fetch k_jt instead of k_tj."""
    for g in ("1", "2"):
        queries, keys = X @ given[f"W_Q{g}"], X @ given[f"W_K{g}"]
        yield state.flat(f"s{g}", layer=1, shape=(n, n)), queries @ keys.T


@derivation.step("Layers 3 to 5 take the softmax, and layer 6 multiplies by the values.")
def outputs(state):
    """Each simulated head has its own slots, so that all of them work side by side, in the same layers."""
    for g in ("1", "2"):
        yield state.flat(f"o{g}", layer=5, shape=(n, d_v)), head(g)


@derivation.step("Layer 7 multiplies by W_O: the products of all heads add up in one slot.")
def output(state):
    """The outputs of the heads side by side, times W_O, are the sum over the heads of output times its rows of W_O.

    The square units of every head write to the same slot y, so adding costs nothing.
    """
    yield state.flat("y", layer=6, shape=(n, d_m)), derivation.computes


@derivation.control("Head 1 mixes the values of head 2.")
def values_of_the_other_head(construction):
    """In layer 6 the heads for the first product read slot v2."""
    heads = construction.encoder.layers[5].heads
    read = {item.name.replace("o2", "o1"): item.W_V for item in heads if "o2 right" in item.name}
    changed = tuple(replace(item, W_V=read.get(item.name, item.W_V)) for item in heads)
    return construction.change(layer=5, heads=changed)


@derivation.control("Nothing divides by the sums of the rows, and all weights are 0.")
def without_reciprocals(construction):
    """Layer 4 has no units."""
    return construction.change(layer=3, feed_forward=None)


@derivation.control("Only the output of head 1 arrives.")
def one_head_less(construction):
    """Layer 7 does not fetch the outputs of head 2."""
    heads = [item for item in construction.encoder.layers[6].heads if "y2 left" not in item.name]
    return construction.change(layer=6, heads=tuple(heads))


derivation.example(
    X=[[1], [2]],
    W_Q1=[[1]],
    W_K1=[[0]],
    W_V1=[[1]],
    W_Q2=[[1]],
    W_K2=[[1]],
    W_V2=[[3]],
    W_O1=[[1]],
    W_O2=[[-1]],
)

derivation.does_not_say = (
    "Each size and each number of heads has an encoder of its own: positions are one-hot. The realisation over rows "
    "has weights that do not depend on n, and is proved for all sizes.",
    "Units for squares, exp and reciprocals are assumed to be exact.",
    "A scale of the scores is a rational constant of the encoder here, 1 on this page.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Vaswani and others: Attention Is All You Need. arXiv 1706.03762, 2017.",
    "Weiss, Goldberg, Yahav: Thinking Like Transformers. arXiv 2106.06981, 2021.",
)

for heads, size in ((2, (3, 2, 1, 2, 3)), (1, (2, 3, 2, 1, 2)), (3, (2, 2, 1, 2, 1)), (4, (2, 4, 1, 1, 4))):
    options = dict(zip(("n", "d", "d_k", "d_v", "d_m"), size, strict=True))
    shown = ", ".join(f"{name} = {value}" for name, value in options.items())
    derivation.case(f"{heads} {'head' if heads == 1 else 'heads'}, {shown}", heads=heads, **options)
sizes_of_one = {"n": 3, "d": 2, "d_k": 1, "d_v": 2, "d_m": 3}
derivation.case("narrow, 2 heads, n = 3, d = 2, d_k = 1, d_v = 2, d_m = 3", narrow=True, **sizes_of_one)
