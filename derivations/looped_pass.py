"""The lemma of one pass: what a loop over encoder layers keeps true, from any state that a pass may start in."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, relu, sizes, softmax
from symsim.formulas import ones
from symsim.simulators import looped_pass

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
SHAPES = {
    "W_Q": (d, d_k),
    "W_K": (d, d_k),
    "W_V": (d, d_v),
    "W_O": (d_v, d),
    "W_1": (d, d_ff),
    "b_1": (1, d_ff),
    "W_2": (d_ff, d),
    "b_2": (1, d),
}
SLOTS = {"W_Q": "wq", "W_K": "wk", "W_V": "wv", "W_O": "wo", "W_1": "w1", "b_1": "w1", "W_2": "w2", "b_2": "w2"}
TOKENS = ("X", *SHAPES)
X = matrix("X", n, d)
W_Q, W_K, W_V, W_O, W_1, b_1, W_2, b_2 = (matrix(f"{name}_1", *shape) for name, shape in SHAPES.items())
NEXT = {name: matrix(f"{name}_2", *shape) for name, shape in SHAPES.items()}

head = softmax(X @ W_Q @ W_K.T @ X.T) @ X @ W_V
Y = X + head @ W_O
R = relu(Y @ W_1 + ones(n) @ b_1)

derivation = Derivation(
    name="looped-pass",
    title="One pass of a loop, from any state that a pass may start in",
    statement="For all n, d, d_k, d_v, d_ff five layers with fixed weights map a state with the stream X and the "
    "parameters of this and of the next encoder layer, whatever stands in slot x of the parameter tokens, to a state "
    "with the next stream and the parameters of the next layer in the place of this one.",
    construction=looped_pass(n=n, d=d, d_k=d_k, d_v=d_v, d_ff=d_ff, layers=2),
    computes=Y + R @ W_2 + ones(n) @ b_2,
    weights_depend_on=("d", "d_ff", "d_k", "d_v"),
    family=partial(looped_pass, layers=2),
    source="Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196.",
    ours="The lemma, this construction and this proof are ours. The paper's loop runs a program; ours runs the layers "
    "of another transformer. The parameters are tokens in the manner of arXiv 2506.18739.",
)


@derivation.step("What stands in slot x of the parameter tokens reaches no X row.")
def projections(state):
    """Earlier passes leave something there. Here it is an input of its own for each group, left_W_Q and so on.

    It is part of the query of a parameter token, and of nothing else: the key of a parameter row is its row number e_k.
    So the X rows receive their queries, keys and values as if slot x of the other tokens were 0.
    """
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V


@derivation.step("The softmax head sees the X rows only, so the leftovers do not enter its sums.")
def attention(state):
    """Parameter tokens have keys and values now, made of leftovers. The mask hides them."""
    yield state.slot("o", layer=1, rows="X"), head


@derivation.step("The output projection adds to slot x, and the network follows with its two linear heads.")
def network(state):
    """Keys are row numbers again: of W_O beside slot o, of W_1 beside slot x, of W_2 beside slot r.

    The constant 1 of the X rows matches the keys of the bias tokens. Parameter tokens have no such constant.
    """
    yield state.slot("x", layer=2, rows="X"), Y
    yield state.slot("r", layer=3, rows="X"), R


@derivation.step("After the pass slot x of the X rows holds the next stream.")
def stream(state):
    """The last head adds R W_2 + 1 b_2, and the reset leaves slot x as it is."""
    yield state.slot("x", layer=4, rows="X"), derivation.computes


@derivation.step("After the pass all working slots are 0 at all tokens.")
def cleared(state):
    """For each of them there is a run of identity units that reads the slot and subtracts it from itself.

    The units come after the heads of the layer, and they read what the heads have written.
    """
    for slot in ("q", "k", "v", "o", "h", "r"):
        yield state.slot(slot, layer=4, rows=TOKENS), 0


@derivation.step("After the pass every parameter slot holds the matrix of the next layer, and the last place is empty.")
def moved(state):
    """Identity units subtract slot wq from itself, add slot wq_2 to it, and subtract slot wq_2 from itself.

    The same holds for every other parameter. No head and no unit writes to the row numbers and to the constant 1.
    So this is a state that a pass may start in, and the lemma can be applied again: by induction, L passes of these
    five layers simulate L encoder layers, for every L. The names W_Q_1 and W_Q_2 stand for any matrices, those of
    layers l and l + 1.
    """
    for name, slot in SLOTS.items():
        yield state.slot(slot, layer=4, rows=name), NEXT[name]
        yield state.slot(f"{slot}_2", layer=4, rows=name), 0


@derivation.control("Parameter tokens have keys that are made of leftovers, and enter every denominator.")
def unmasked(construction):
    """The softmax head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("A leftover is a key of its own, and the X rows receive sums with it.")
def keys_of_x(construction):
    """The head of layer 1 compares slot x with slot x, as attention does, and not with row numbers."""
    return construction.change(layer=0, head=0, W_K=construction.encoder.layers[0].heads[0].W_Q)


@derivation.control("The stream is lost: nothing but what the last head adds remains.")
def stream_cleared(construction):
    """The head of layer 5 has no residual connection."""
    return construction.change(layer=4, residual=False)


@derivation.control("The network adds nothing but b_2.")
def without_relu(construction):
    """Layer 4 has no relu units, and slot r stays 0."""
    return construction.change(layer=3, feed_forward=None)


derivation.example(
    X=[[1], [0]],
    W_Q_1=[[1]],
    W_K_1=[[1]],
    W_V_1=[[2]],
    W_O_1=[[1]],
    W_1_1=[[1]],
    b_1_1=[[-1]],
    W_2_1=[[-1]],
    b_2_1=[[3]],
    W_Q_2=[[7]],
    W_K_2=[[6]],
    W_V_2=[[5]],
    W_O_2=[[4]],
    W_1_2=[[3]],
    b_1_2=[[2]],
    W_2_2=[[1]],
    b_2_2=[[8]],
    left_W_Q=[[1]],
    left_W_K=[[-1]],
    left_W_V=[[2]],
    left_W_O=[[3]],
    left_W_1=[[-2]],
    left_b_1=[[1]],
    left_W_2=[[5]],
    left_b_2=[[-4]],
)

derivation.does_not_say = (
    "The statement about slot x is the claim with the certificate, and the one that the controls attack. What is said "
    "about the other slots are steps, each proved for all sizes in the same way. Faults in the reset are controls of "
    "looped-encoder and of looped-attention, where a second pass shows them.",
    "The page shows the parameters of two layers side by side. With those of L layers the last step has L places "
    "instead of two; L = 1 and L = 3 are cases below.",
    "The lemma is proved by the checker; that it may be applied L times is the induction written above. For L = 1, 2, "
    "3 the whole loop is proved as well, in looped-encoder.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196, 2023.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for heads in (1, 2, 4):
    for layers in (1, 2, 3):
        title = f"{heads} {'head' if heads == 1 else 'heads'}, parameters of L = {layers}, all sizes"
        derivation.case(title, n=n, d=d, d_k=d_k, d_v=d_v, d_ff=d_ff, layers=layers, heads=heads)
for layers in (1, 2, 3):
    derivation.case(f"bare head, parameters of L = {layers}, all sizes", n=n, d=d, layers=layers)
