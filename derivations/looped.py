"""A loop over five layers simulates L whole encoder layers. Loops: arXiv 2301.13196; this construction is ours."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, relu, sizes, softmax
from symsim.formulas import ones
from symsim.simulators import looped, unwritten

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
PARAMETERS = ", ".join(SHAPES)
X = matrix("X", n, d)
# For layers 1 and 2 of the simulated encoder, in the order of SHAPES.
P_1, P_2 = ([matrix(f"{name}_{layer}", *shape) for name, shape in SHAPES.items()] for layer in (1, 2))


def attention(x, parameters):
    """Attention with its output projection, and the residual."""
    W_Q, W_K, W_V, W_O, *_ = parameters
    return x + softmax(x @ W_Q @ W_K.T @ x.T) @ x @ W_V @ W_O


def network(y, parameters):
    """The feed-forward network, before its second matrix."""
    W_1, b_1 = parameters[4:6]
    return relu(y @ W_1 + ones(n) @ b_1)


def layer(x, parameters):
    """One layer of the simulated encoder."""
    W_2, b_2 = parameters[6:8]
    y = attention(x, parameters)
    return y + network(y, parameters) @ W_2 + ones(n) @ b_2


Z_1 = layer(X, P_1)

derivation = Derivation(
    name="looped-encoder",
    title="A loop over five layers simulates an encoder of several layers",
    statement="For all n, d, d_k, d_v, d_ff there are five layers with fixed weights that, run twice in a loop, "
    "map the tokens of X and of all parameters to two encoder layers in a row: attention, residual, relu network, "
    "residual.",
    construction=looped(n=n, d=d, d_k=d_k, d_v=d_v, d_ff=d_ff, layers=2),
    computes=layer(Z_1, P_2),
    weights_depend_on=("d", "d_ff", "d_k", "d_v"),
    family=partial(looped, layers=2, d_ff=d_ff),
    source="Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196.",
    ours="That a fixed transformer in a loop can carry out programs is the paper's. Here the loop carries out the "
    "layers of another transformer, with the parameters of all layers beside the input as tokens, in the manner of "
    "arXiv 2506.18739. The statement, this construction and this proof are ours, and so is the reset.",
)


@derivation.step("Attention: queries, keys and values by one linear head, then one softmax head.")
def first_attention(state):
    """Row k of W_Q of layer 1 and of layer 2 stand on one token, in slots wq and wq_2; its key is the unit vector e_k.

    Every pass reads slot wq, never slot wq_2. So the score of token i and row k is x_ik, and token i receives row i of
    X W_Q of layer 1, and in the same way its key and its value. The softmax head sees the X rows only.
    """
    W_Q, W_K, W_V, *_ = P_1
    yield state.slot("q", layer=0, rows="X"), X @ W_Q
    yield state.slot("k", layer=0, rows="X"), X @ W_K
    yield state.slot("v", layer=0, rows="X"), X @ W_V
    yield state.slot("o", layer=1, rows="X"), softmax(X @ W_Q @ W_K.T @ X.T) @ X @ W_V


@derivation.step("The output projection goes into slot x, which adds the residual.")
def residual(state):
    """Query of token i: its output o_i. Key of row k of W_O: the unit vector e_k. So o_i W_O is added to x_i.

    From here on slot x of the parameter tokens holds leftovers, because their softmax in layer 2 was the mean of the
    values. Nothing is said about slot x there: only queries of parameter tokens see it.
    """
    yield state.slot("x", layer=2, rows="X"), attention(X, P_1)


@derivation.step("Two more linear heads and relu units are the feed-forward network.")
def feed_forward(state):
    """The X rows hold a constant 1, which matches the key of the bias token: so the head adds b_1 to the product.

    One relu unit for each hidden coordinate copies relu(h) into slot r. The last head multiplies by W_2, adds b_2, and
    writes into slot x, which adds the second residual.
    """
    yield state.slot("r", layer=3, rows="X"), network(attention(X, P_1), P_1)
    yield state.slot("x", layer=4, rows="X"), Z_1


@derivation.step("The reset sets the working slots to 0 and moves the parameters of layer 2 to the place of layer 1.")
def reset(state):
    """Identity units read a working slot and subtract it from itself, at every token.

    Others subtract slot wq from itself and add slot wq_2 to it; in the same way for every parameter. After this the
    state is one that a pass may start in: the stream in slot x, working slots 0, and the parameters in their places.
    """
    for slot in ("q", "k", "v", "o", "h", "r"):
        yield state.slot(slot, layer=4, rows="X"), 0
        yield state.slot(slot, layer=4, rows=PARAMETERS), 0
    for (name, _), matrix_2 in zip(SHAPES.items(), P_2, strict=True):
        yield state.slot(name.lower().replace("_", "").replace("b", "w"), layer=4, rows=name), matrix_2


@derivation.step("Pass 2 is the same five layers once more.")
def second_pass(state):
    """Keys of parameter tokens are their row numbers, which nobody writes, and the softmax head hides these tokens.

    So the leftovers in their slot x reach no X row, and the X rows go through the second encoder layer.
    """
    W_Q, W_K, W_V, *_ = P_2
    yield state.slot("q", layer=5, rows="X"), Z_1 @ W_Q
    yield state.slot("o", layer=6, rows="X"), softmax(Z_1 @ W_Q @ W_K.T @ Z_1.T) @ Z_1 @ W_V
    yield state.slot("x", layer=7, rows="X"), attention(Z_1, P_2)
    yield state.slot("x", layer=9, rows="X"), derivation.computes


@derivation.control("The second pass starts from the old parameters and full working slots.")
def no_reset(construction):
    """Pass 1 ends without its reset."""
    return construction.change(layer=4, feed_forward=None)


@derivation.control("The second pass finds 0 in the place of W_2: its network adds nothing but b_2.")
def not_moved(construction):
    """The reset of pass 1 clears slot w2 and does not move slot w2_2 there."""
    return unwritten(construction, layer=4, source="w2_2", target="w2")


@derivation.control("The second pass uses the sum of both matrices W_1.")
def old_kept(construction):
    """The reset of pass 1 moves slot w1_2 to slot w1 without clearing it."""
    return unwritten(construction, layer=4, source="w1", target="w1")


@derivation.control("The hidden coordinates of the second pass are added to those of the first.")
def not_cleared(construction):
    """The reset of pass 1 leaves slot h as it is."""
    return unwritten(construction, layer=4, source="h", target="h")


@derivation.control("In the second pass parameter tokens enter every denominator.")
def unmasked(construction):
    """The softmax head of pass 2 sees all tokens."""
    return construction.change(layer=6, head=0, mask=None)


@derivation.control("The first residual of the second pass is missing, and all other slots are lost.")
def no_residual(construction):
    """The heads of layer 8, the output projection of pass 2, have no residual connection."""
    return construction.change(layer=7, residual=False)


derivation.example(
    X=[[1], [-1]],
    W_Q_1=[[0]],
    W_K_1=[[1]],
    W_V_1=[[1]],
    W_O_1=[[1]],
    W_1_1=[[1]],
    b_1_1=[[1]],
    W_2_1=[[1]],
    b_2_1=[[-2]],
    W_Q_2=[[1]],
    W_K_2=[[1]],
    W_V_2=[[1]],
    W_O_2=[[2]],
    W_1_2=[[-1]],
    b_1_2=[[0]],
    W_2_2=[[1]],
    b_2_2=[[1]],
)

derivation.does_not_say = (
    "The number L of passes is a fixed number in each claim: 2 on this page, 1 and 3 in the cases below. The lemma of "
    "one pass (looped-pass) is what an induction over L needs.",
    "The width of the tokens grows with L, because the parameters of all layers stand side by side. The number of "
    "tokens does not.",
    "The last reset is not needed here: the last pass leaves its result in slot x anyway. It is there because all "
    "passes are the same layers. For bare heads, whose result the reset moves into slot x, it is needed: see "
    "looped-attention.",
    "The scores have no scale: a factor such as 1/sqrt(d_k) is part of W_Q. Layer norms are an option of the "
    "construction that this page does not show.",
    "Nothing is said about when to stop: the number of passes is given from outside.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196, 2023.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
)

for heads in (1, 2, 4):
    for layers in (1, 2, 3):
        title = f"{heads} {'head' if heads == 1 else 'heads'}, L = {layers}, all sizes"
        derivation.case(title, n=n, d=d, d_k=d_k, d_v=d_v, d_ff=d_ff, layers=layers, heads=heads)
