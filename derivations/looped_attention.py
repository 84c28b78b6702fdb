"""A loop over two layers simulates L attention heads in a row. Loops: arXiv 2301.13196; this construction is ours."""

from __future__ import annotations

from functools import partial

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import looped, unwritten

n, d, d_k, d_v = sizes("n d d_k d_v")
X = matrix("X", n, d)
A_1, A_2, V_1, V_2 = (matrix(name, d, d) for name in ("A_1", "A_2", "V_1", "V_2"))
Y_1 = softmax(X @ A_1 @ X.T) @ X @ V_1
Y_2 = softmax(Y_1 @ A_2 @ Y_1.T) @ Y_1 @ V_2

derivation = Derivation(
    name="looped-attention",
    title="A loop over two layers simulates attention heads in a row",
    statement="For all n and d there are two layers with fixed weights that, run twice in a loop, map the tokens of X, "
    "A_1, V_1, A_2, V_2 to two attention heads in a row, each of them softmax(X A X^T) X V with its own A and V.",
    construction=looped(n=n, d=d, layers=2),
    computes=Y_2,
    weights_depend_on=("d",),
    family=partial(looped, layers=2),
    source="Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196.",
    ours="That a fixed transformer in a loop can carry out programs is the paper's. Here the loop carries out the "
    "layers of another transformer, with the parameters of all layers beside the input as tokens, in the manner of "
    "arXiv 2506.18739. The statement, this construction and this proof are ours, and so is the reset.",
)


@derivation.step("Pass 1 begins as the simulator of one head does: a linear head writes X A_1 and X V_1.")
def products(state):
    """Row k of A_1 and row k of A_2 stand on one token, in slots a and a_2. Its key is the unit vector e_k.

    Every pass reads slot a and slot v only. So the score of token i and parameter row k is x_ik, and the sum of x_ik
    times row k of A_1 is row i of X A_1.
    """
    yield state.slot("xa", layer=0, rows="X"), X @ A_1
    yield state.slot("xv", layer=0, rows="X"), X @ V_1
    yield state.slot("xa", layer=0, rows="A, V"), 0


@derivation.step("A softmax head finishes the first head, and the reset moves its result into slot x.")
def first_pass(state):
    """The head writes softmax(X A_1 X^T) X V_1 into slot out, as its mask shows the X rows only.

    Then identity units subtract slot x from itself and add slot out to it. After them the stream in slot x is the
    input of the next head.
    """
    yield state.slot("x", layer=1, rows="X"), Y_1


@derivation.step("The reset sets the working slots to 0 at every token, and moves the parameters up.")
def reset(state):
    """For each working slot there is a run of identity units that reads it and subtracts it from itself.

    Other units subtract slot a from itself and add slot a_2 to it, and subtract slot a_2 from itself; in the same way
    for v. So the parameters of layer 2 stand where the first pass found those of layer 1, and pass 2 can use the very
    same weights.
    """
    for slot in ("xa", "xv", "out"):
        yield state.slot(slot, layer=1, rows="X, A, V"), 0
    yield state.slot("a", layer=1, rows="A"), A_2
    yield state.slot("v", layer=1, rows="V"), V_2
    yield state.slot("a_2", layer=1, rows="A"), 0
    yield state.slot("v_2", layer=1, rows="V"), 0


@derivation.step("Pass 2 is the same two layers once more.")
def second_pass(state):
    """One thing is different: slot x of the parameter tokens is no longer 0.

    In pass 1 their queries were 0, so their softmax was the plain mean of the values, and the reset moved this mean
    into slot x. Such leftovers are harmless, because only queries of parameter tokens see them: keys of layer 3 are
    the row numbers, which nobody writes, and the mask of layer 4 hides the parameter tokens. So nothing is said about
    parameter tokens here, and the X rows receive what the second head asks for.
    """
    yield state.slot("xa", layer=2, rows="X"), Y_1 @ A_2
    yield state.slot("xv", layer=2, rows="X"), Y_1 @ V_2
    yield state.slot("x", layer=3, rows="X"), derivation.computes


@derivation.control("The second pass starts from the old stream, the old parameters and full working slots.")
def no_reset(construction):
    """Pass 1 ends without its reset."""
    return construction.change(layer=1, feed_forward=None)


@derivation.control("The result stays in slot out, where no further pass and no read-out looks for it.")
def no_last_reset(construction):
    """Pass 2 ends without its reset."""
    return construction.change(layer=3, feed_forward=None)


@derivation.control("The second pass finds 0 in the place of A_2, and takes plain means.")
def not_moved(construction):
    """The reset clears slot a and does not move slot a_2 there."""
    return unwritten(construction, layer=1, source="a_2", target="a")


@derivation.control("The second pass uses the sum of A_1 and A_2.")
def old_kept(construction):
    """The reset moves slot a_2 to slot a without clearing it."""
    return unwritten(construction, layer=1, source="a", target="a")


@derivation.control("The queries of the second pass are added to those of the first.")
def not_cleared(construction):
    """The reset leaves slot xa as it is."""
    return unwritten(construction, layer=1, source="xa", target="xa")


@derivation.control("In the second pass keys of parameter tokens are leftovers, and enter every denominator.")
def unmasked(construction):
    """The softmax head of pass 2 sees all tokens."""
    return construction.change(layer=3, head=0, mask=None)


derivation.example(
    X=[[1, 0], [0, 1], [1, 1]],
    A_1=[[0, 0], [0, 0]],
    V_1=[[3, 0], [0, 3]],
    A_2=[[1, 0], [0, -1]],
    V_2=[[1, 1], [0, 1]],
)

derivation.does_not_say = (
    "The number L of passes is a fixed number in each claim: 2 on this page, 1 and 3 in the cases below. The lemma of "
    "one pass (looped-pass) is what an induction over L needs.",
    "The width of the tokens grows with L, because the parameters of all layers stand side by side. The number of "
    "tokens and the weights of a pass as a pattern do not.",
    "A bare head needs d_v = d, so that its result fits into slot x. With an output projection W_O any d_v will do: "
    "cases below, and the whole encoder layer in looped-encoder.",
    "Nothing is said about when to stop: the number of passes is given from outside.",
    "Nothing is said about training: the weights are written down, not learned.",
    "Arithmetic is exact, over the real numbers. Rounding is not modelled.",
)
derivation.references = (
    "Giannou, Rajput, Sohn, Lee, Lee, Papailiopoulos: Looped Transformers as Programmable Computers. "
    "arXiv 2301.13196, 2023.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for layers in (1, 2, 3):
    derivation.case(f"bare heads, L = {layers}, all sizes", n=n, d=d, layers=layers)
for heads in (1, 2, 4):
    for layers in (1, 2, 3):
        title = f"{heads} {'head' if heads == 1 else 'heads'} with W_O, L = {layers}, all sizes"
        options = {"n": n, "d": d, "d_k": d_k, "d_v": d_v}
        derivation.case(title, layers=layers, heads=heads, projections=True, **options)
