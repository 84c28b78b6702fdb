"""Two softmax layers come as close to attention as one likes (realisation S). Idea of arXiv 2508.17550; proof ours."""

from __future__ import annotations

from symsim import Derivation, matrix, sizes, softmax
from symsim.simulators import universal

n, d, d_v = sizes("n d d_v")
X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)
T = 100


def family(n=n, d=d, d_v=None, temperature=None, bound=1, eps=None, realisation="softmax"):
    """Realisation S at a temperature, or at the least whole one for a distance ``eps``."""
    chosen = {"temperature": temperature, "bound": bound, "eps": eps}
    if temperature is None and eps is None:
        chosen["temperature"] = T
    return universal(n, d, d_v, realisation=realisation, **chosen)


derivation = Derivation(
    name="softmax-only",
    title="Two softmax layers come close to every attention head",
    statement="For all n, d, d_v, every bound B on the entries and every temperature T >= B there is one encoder with "
    "fixed weights and softmax heads only that maps the tokens of X, A, V to softmax(X A X^T) X V up to eps, "
    "a closed formula in d, B, T that tends to 0 as T grows.",
    construction=family(n=n, d=d, d_v=d_v),
    computes=softmax(X @ A @ X.T) @ X @ V,
    family=family,
    weights_depend_on=("d", "d_v"),
    source="Hu, Liu, Zhang, Liu: In-Context Algorithm Emulation in Fixed-Weight Transformers. arXiv 2508.17550.",
    ours="That two softmax layers can emulate any softmax head is the paper's result. This construction, the closed "
    "formula for eps and its proof are ours; the paper's own construction was not reproduced. "
    f"The page shows T = {T} and B = 1.",
)


@derivation.step("A softmax over keys e_k and -e_k weighs row k of a matrix by almost x_k.")
def products(state):
    """Query of token i: x_i / T. There are 2d parameter tokens: row k of A and V once with the key e_k, once with -e_k.

    The head sees only these. Their scores are x_ik / T and -x_ik / T, and the head subtracts the second set of values
    from the first. So row k gets the weight 2 sinh(x_ik / T) over the sum of all 2 cosh(x_ij / T). Times d T that is
    close to x_ik, because sinh(y) is close to y and cosh(y) to 1 for small y. What stands here holds exactly: the
    matrix P takes the place of X in both products.
    """
    near = state.construction.near
    yield state.slot("xa", layer=0, rows="X"), near @ A
    yield state.slot("xv", layer=0, rows="X"), near @ V


@derivation.step("Nothing is lost: the rows of X are still there.")
def kept(state):
    """The head writes into empty slots, and the residual connection keeps the rest."""
    yield state.slot("x", layer=0, rows="X"), X


@derivation.step("A softmax head that sees only the X rows finishes, with P in place of X.")
def attention(state):
    """Query of token i: row i of P A. Key of token j: the row x_j. The value is P V. The mask hides the parameters.

    By two lemmas the result is close. First, no entry of P differs from that of X by more than B tau, where
    tau = 1 - tanh(u) / u and u = B / T. Second, if no score of a row moves by more than h, the weights of the row move
    by at most 2 tanh(h / 2) in all. Scores move by at most d^2 B^3 tau, values by d B^2 tau. Together that is eps.
    Both lemmas are proved by hand, in the documentation; the numbers in them are checked by balls.
    """
    near = state.construction.near
    yield state.slot("out", layer=1, rows="X"), softmax(near @ A @ X.T) @ near @ V


@derivation.control("The products are off by a factor, far more than eps.")
def scaled(construction):
    """Layer 1 writes half of what it should."""
    head = construction.encoder.layers[0].heads[0]
    return construction.change(layer=0, head=0, W_O=head.W_O / 2)


@derivation.control("The weights are not balanced: cosh is subtracted where sinh should be left.")
def one_sign(construction):
    """Both sets of parameter tokens have the keys e_k."""
    head = construction.encoder.layers[0].heads[0]
    return construction.change(layer=0, head=0, W_K=head.W_K.applyfunc(abs))


@derivation.control("Each parameter token adds exp(0) = 1 to every denominator.")
def unmasked(construction):
    """Layer 2 sees all tokens."""
    return construction.change(layer=1, head=0, mask=None)


@derivation.control("The queries are T times too large, so sinh and cosh are far from their tangents.")
def hot(construction):
    """The temperature of layer 1 is 1, its output is scaled as before."""
    head = construction.encoder.layers[0].heads[0]
    return construction.change(layer=0, head=0, W_Q=head.W_Q * T)


derivation.example(X=[[1, 0], [0, 1], [1, -1]], A=[[1, 0], [0, -1]], V=[[1, 1], [0, 1]])

derivation.does_not_say = (
    "Nothing is exact here: the verdict is enclosed, with eps, and never proved.",
    "The two lemmas about the distance are proved by hand, for all sizes; no machine has checked their prose.",
    "Entries beyond the bound B are not covered. A larger B needs a larger T: see the powers of B in eps.",
    "Large temperatures meet rounding: with floating-point numbers the difference of two nearly equal weights loses "
    "digits. Arithmetic is exact here.",
)
derivation.references = (
    "Hu, Liu, Zhang, Liu: In-Context Algorithm Emulation in Fixed-Weight Transformers. arXiv 2508.17550, 2025.",
    "Dutta, Chakrabarty, Ansari, Das: On the Existence of Universal Simulators of Attention. "
    "arXiv 2506.18739, version 2, 2026.",
)

derivation.case("S, T = 100, B = 1, all sizes", n=n, d=d, d_v=d_v, temperature=100)
derivation.case("S, T = 10, B = 1/2, all sizes", n=n, d=d, d_v=d_v, temperature=10, bound="1/2")
for wanted in ("1/10", "1/100", "1/10000"):
    derivation.case(f"S, n = 3, d = d_v = 2, the temperature for eps = {wanted}", n=3, d=2, d_v=2, eps=wanted)
