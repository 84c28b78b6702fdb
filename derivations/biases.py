"""One encoder simulates attention whose projections have biases (realisation R); arXiv 1706.03762, 2506.18739."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from symsim import Derivation, matrix, sizes, softmax
from symsim.formulas import ones
from symsim.simulators import universal

n, d, d_k, d_v, d_ff = sizes("n d d_k d_v d_ff")
X, one = matrix("X", n, d), ones(n)
W_Q, W_K, W_V, W_O = matrix("W_Q", d, d_k), matrix("W_K", d, d_k), matrix("W_V", d, d_v), matrix("W_O", d_v, d)
b_Q, b_K, b_V, b_O = matrix("b_Q", 1, d_k), matrix("b_K", 1, d_k), matrix("b_V", 1, d_v), matrix("b_O", 1, d)

Q, K, V = X @ W_Q + one @ b_Q, X @ W_K + one @ b_K, X @ W_V + one @ b_V
attended = softmax(Q @ K.T) @ V

derivation = Derivation(
    name="attention-with-biases",
    title="One encoder simulates every attention with biases",
    statement="For all n, d, d_k, d_v there is one encoder with fixed weights that maps the tokens of X, of the "
    "projections and of their biases to attention with biases.",
    construction=universal(n=n, d=d, d_v=d_v, d_k=d_k, biases=True),
    computes=attended @ W_O + one @ b_O,
    weights_depend_on=("d", "d_k", "d_v"),
    family=partial(universal, biases=True),
    source="Vaswani et al.: Attention Is All You Need. arXiv 1706.03762, section 3.2. Its formulas have no biases; its "
    "implementations do. The question is that of Dutta, Chakrabarty, Ansari, Das, arXiv 2506.18739.",
    ours="The statement, this construction and this proof are ours. The paper on simulators has no biases.",
)


@derivation.step("A bias is one more parameter token, whose key is matched by a constant 1.")
def projections(state):
    """Query of token i: the row x_i, and beside it the 1 of slot one.

    Key of row k of W_Q, W_K and W_V: the unit vector e_k. Key of the token of a bias: the 1 of slot idb.
    So the score against a bias is 1, and the sum over all parameter rows is row i of X W_Q plus b_Q, and likewise for
    keys and values. Parameter rows have zeros as queries.
    """
    yield state.slot("q", layer=0, rows="X"), Q
    yield state.slot("k", layer=0, rows="X"), K
    yield state.slot("v", layer=0, rows="X"), V
    for slot in ("q", "k", "v"):
        yield state.slot(slot, layer=0, rows="W_Q, W_K, W_V, b_Q, b_K, b_V, W_O, b_O"), 0


@derivation.step("A softmax head that sees only the X rows computes the attention.")
def attention(state):
    """Query of token i: row i of X W_Q plus b_Q. Key of token j: row j of X W_K plus b_K."""
    yield state.slot("o", layer=1, rows="X"), attended


@derivation.step("The key bias changes nothing.")
def idle(state):
    """It adds to the score of i and j the product of query i and b_K, which is the same for all j of a row.

    The softmax of a row does not change where one number is added to all its scores. So the same slot also holds the
    formula without b_K. The query bias is not idle: it adds the product of b_Q and key j, which differs from j to j.
    """
    yield state.slot("o", layer=1, rows="X"), softmax(Q @ (X @ W_K).T) @ V


@derivation.step("The output projection has its bias from one more token with the key 1.")
def output(state):
    """Query of token i: its row of slot o, and the 1 of slot one. Key of row k of W_O: the unit vector e_k in slot ido.

    Key of the token of b_O: the 1 of slot idb.
    """
    yield state.slot("out", layer=2, rows="X"), derivation.computes


def without_key(construction, bias):
    """The construction in which the token of a bias has no key."""
    kept = tuple(p for p in construction.placements if (p.group, p.slot) != (bias, "idb"))
    return replace(construction, placements=kept)


@derivation.control("The query bias is missing, and it does change the result.")
def no_query_bias(construction):
    """The token of b_Q has no key."""
    return without_key(construction, "b_Q")


@derivation.control("Only X W_V is averaged.")
def no_value_bias(construction):
    """The token of b_V has no key."""
    return without_key(construction, "b_V")


@derivation.control("The bias b_O is missing.")
def no_output_bias(construction):
    """The token of b_O has no key."""
    return without_key(construction, "b_O")


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """The head of layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("Every bias is multiplied by 2.")
def twice(construction):
    """The rows of X hold the constant 2 in slot one."""
    n = construction.encoder.tokens.size("X")
    told = tuple(
        replace(p, what="constant", matrix=[[2]] * n) if p.slot == "one" else p for p in construction.placements
    )
    return replace(construction, placements=told)


derivation.example(
    X=[[1, 0], [0, 1]],
    W_Q=[[1], [0]],
    W_K=[[1], [-1]],
    W_V=[[2], [0]],
    b_Q=[[1]],
    b_K=[[3]],
    b_V=[[1]],
    W_O=[[1, -1]],
    b_O=[[0, 2]],
)
derivation.does_not_say = (
    "The number h of heads is no size symbol. The page shows h = 1. The cases h = 2 and h = 4 are claims of their own, "
    "each proved for all sizes.",
    "That the key bias changes nothing holds for softmax attention. It is not so for linear attention.",
    "Arithmetic is exact, over the real numbers. In floating point a large key bias may cost digits.",
    "Nothing is said about training.",
)
derivation.references = (
    "Vaswani, Shazeer, Parmar, Uszkoreit, Jones, Gomez, Kaiser, Polosukhin: Attention Is All You Need. "
    "arXiv 1706.03762, 2017.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

for h in (1, 2, 4):
    derivation.case(f"h = {h}, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, heads=h)
    derivation.case(f"h = {h}, whole encoder layer, all sizes", n=n, d=d, d_v=d_v, d_k=d_k, d_ff=d_ff, heads=h)
for cut in (True, False):
    derivation.case(f"n = d = 2, d_k = d_v = 1, {'cut' if cut else 'uncut'}", cut=cut, n=2, d=2, d_k=1, d_v=1)
