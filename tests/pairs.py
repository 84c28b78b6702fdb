"""Pairs of matrix formulas with what has to be found about them: true and false ones of every kind."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare

SHAPES: dict[str, Any] = {
    "X": ("n", "d"),
    "K": ("m", "d"),
    "W": ("m", "v"),
    "V": ("d", "v"),
    "S": ("n", "m"),
    "Q": ("n", "n"),
    "A": ("d", "d"),
    "B": ("d", "d"),
    "C": ("d", "d"),
    "D": ("d", "d"),
    "M": ("n", "m"),
    "L": ("n", "n"),
    "u": "n",
    "w": "m",
    "c": "d",
    "b": (1, "v"),
}
SMALL = {"n": 2, "m": 3, "d": 2, "v": 1}
"""Sizes at which what is true for all sizes is proved once more by the other method."""


@dataclass(frozen=True)
class Pair:
    """One row: ``verdict`` is what has to come out, ``condition`` (part of) a side condition that has to be listed."""

    left: str
    right: str
    verdict: str
    sizes: tuple[tuple[str, int], ...] = ()
    scalars: tuple[str, ...] = ()
    nonempty: bool = False
    functions: tuple[str, ...] = ()
    condition: str = ""

    @property
    def id(self) -> str:
        left = self.left if len(self.left) < 60 else self.left[:57] + "..."
        at = ",".join(f"{name}={size}" for name, size in self.sizes)
        return f"{left} = {self.right}" + (f" at {at}" if at else "")

    def claim(self, **sizes: int) -> Claim:
        """The claim; ``sizes`` fixes more sizes, as far as they occur."""
        given = dict(self.sizes)
        free = compare_with(self, given).free_sizes
        return compare_with(self, {**given, **{name: size for name, size in sizes.items() if name in free}})


def compare_with(pair: Pair, sizes: dict[str, int]) -> Claim:
    """The claim of a row at these sizes."""
    return compare(pair.left, pair.right, SHAPES, pair.scalars, sizes, pair.nonempty, pair.functions)


def true(left: str, right: str, **more: Any) -> Pair:
    """True for all sizes, and found so."""
    return Pair(left, right, "proved", **more)


def false(left: str, right: str, **more: Any) -> Pair:
    """False at some sizes, and found so, with a witness."""
    return Pair(left, right, "refuted", **more)


def unknown(left: str, right: str, **more: Any) -> Pair:
    """Out of reach, and said so."""
    return Pair(left, right, "undecided", **more)


def only_at(name: str, holds: tuple[int, ...], fails: int, left: str, right: str) -> list[Pair]:
    """An identity that holds at some values of one size only."""
    there = [true(left, right, sizes=((name, size),)) for size in holds]
    return [*there, false(left, right, sizes=((name, fails),)), false(left, right)]


def standard_identity() -> str:
    """The signed sum of the products of four matrices in all orders (Amitsur and Levitzki: 0 exactly up to 2 x 2)."""
    text = ""
    for order in permutations("ABCD"):
        swaps = sum(order[i] > order[j] for i in range(4) for j in range(i + 1, 4))
        text += (" - " if swaps % 2 else " + ") + " ".join(order)
    return text.removeprefix(" + ")


CAYLEY_HAMILTON = "A A - tr(A) * A + (tr(A) * tr(A) - tr(A A)) / 2 * I(d)"
CENTRE = "(I(n) - ones(n) ones(n)^T / n)"

SHIFTS = [
    true("softmax(S + u ones(m)^T)", "softmax(S)"),
    true("softmax(S - 2.5 * ones(n, m))", "softmax(S)"),
    true("softmax(X (K + ones(m) c^T)^T)", "softmax(X K^T)"),
    false("softmax((X + ones(n) c^T) K^T)", "softmax(X K^T)"),
    false("softmax(S + ones(n) w^T)", "softmax(S)"),
    true("softmax(S + u ones(m)^T) W", "softmax(S) W"),
    true("softmax(S) (W + ones(m) b)", "softmax(S) W + ones(n) b"),
    false("softmax(S) (W + ones(m) b)", "softmax(S) W + 2 * ones(n) b"),
    true("softmax(S) ones(m)", "ones(n)"),
    false("softmax(Q)^T ones(n)", "ones(n)"),
    true("ones(n)^T softmax(Q)^T", "ones(n)^T"),
    false("softmax(Q)^T", "softmax(Q^T)"),
]
TRANSPOSES = [
    true("(A B)^T", "B^T A^T"),
    false("(A B)^T", "A^T B^T"),
    true("(X A K^T)^T", "K A^T X^T"),
    true("(A + 2 * B^T)^T", "A^T + 2 * B"),
    true("softmax(X A X^T) X V", "softmax(X (A X^T)) (X V)"),
    false("softmax(X A X^T) X V", "softmax(X A^T X^T) X V"),
    true("softmax((X A) (X B)^T)", "softmax(X (A B^T) X^T)"),
    false("softmax((X A) (X B)^T)", "softmax(X (A^T B) X^T)"),
]
SCALARS = [
    true("softmax(tau * X A X^T)", "softmax(X (tau * A) X^T)", scalars=("tau",)),
    true("tau * (X / tau)", "X", scalars=("tau",), condition="tau != 0"),
    false("softmax(tau * S)", "tau * softmax(S)", scalars=("tau",)),
    false("softmax(X K^T / tau)", "softmax(tau * X K^T)", scalars=("tau",)),
    true("exp(tau) * exp(0 - tau)", "1", scalars=("tau",)),
    true("(tau + 1) * (tau - 1) * X", "tau * tau * X - X", scalars=("tau",)),
    true("0.1 * X + 0.2 * X", "0.3 * X"),
    false("softmax(2 * S)", "softmax(S)"),
    false("softmax(0.5 * S)", "softmax(S) / 2"),
]
MASKS = [
    true("softmax(Q + u ones^T, causal)", "softmax(Q, causal)"),
    true("softmax(Q, causal) ones(n)", "ones(n)"),
    false("softmax(Q, causal)", "softmax(Q)"),
    false("softmax(Q, causal)^T", "softmax(Q^T, causal)"),
    true("softmax(Q, causal)", "softmax(Q)", sizes=(("n", 1),)),
    true("softmax(S + u ones(m)^T, mask=M)", "softmax(S, mask=M)"),
    false("softmax(S, mask=M) ones(m)", "ones(n)"),
    true("softmax(S, mask=M) ones(m)", "ones(n)", nonempty=True),
    false("softmax(S, mask=M)", "softmax(S)", nonempty=True),
    true("softmax(Q, causal, mask=L) X", "softmax(Q + u ones^T, causal, mask=L) X"),
    false("softmax(Q, causal, mask=L)", "softmax(Q, mask=L)"),
    true("softmax(Q, mask=L) .* L", "softmax(Q, mask=L)", sizes=(("n", 2),)),
    false("softmax(0(n, n), causal)", "ones(n, n) / n"),
]
BLOCKS = [
    true("[X, 0(n, v)] [A; V^T]", "X A"),
    true("[A, 0; 0, B] [A, 0; 0, B]", "[A A, 0; 0, B B]"),
    false("[A, B; 0, C] [A, B; 0, C]", "[A A, B B; 0, C C]"),
    true("softmax(Q) [X A, X B]", "[softmax(Q) X A, softmax(Q) X B]"),
    false("softmax([S, 0(n, d)]) [W; 0(d, v)]", "softmax(S) W"),
    unknown("softmax([S, S]) [W; W]", "softmax(S) W"),
    true("softmax([S, S]) [W; W]", "softmax(S) W", sizes=(("n", 2), ("m", 2), ("v", 1))),
    true("softmax([S, 0(n, d)]) ones(m + d)", "ones(n)"),
    true("softmax(0(n, m)) W", "ones(n) ones(m)^T W / m"),
    false("softmax(0(n, m)) W", "ones(n) ones(m)^T W"),
]
NESTED = [
    true("softmax(softmax(Q + u ones^T) Q)", "softmax(softmax(Q) Q)"),
    false("softmax(softmax(Q) Q)", "softmax(Q softmax(Q))"),
    true("softmax(softmax(S) W W^T softmax(S)^T + u ones^T) X", "softmax(softmax(S) W (softmax(S) W)^T) X"),
    false("softmax(softmax(Q))", "softmax(Q)"),
    true("(softmax(Q) X) A", "softmax(Q) (X A)"),
    false("softmax(X A) V", "softmax(X A V)"),
    false("softmax(Q X) A", "softmax(Q) X A"),
    true("(I(n) + softmax(Q)) X", "X + softmax(Q) X"),
]
PRODUCTS = [
    true("(X K^T) W", "X (K^T W)"),
    true("(X X^T) X", "X (X^T X)"),
    true("u u^T u", "(u^T u) * u"),
    true("u w^T w", "(w^T w) * u"),
    false("u w^T w", "(u^T u) * u"),
    true(f"{CENTRE} {CENTRE}", CENTRE),
    true(f"{CENTRE} ones(n)", "0"),
    true("ones(n)^T ones(n)", "n"),
    true("c^T A c", "c^T A^T c"),
    false("c^T A c", "c^T c"),
    true("(A + B) (A + B)", "A A + A B + B A + B B"),
    false("(A + B) (A + B)", "A A + 2 * A B + B B"),
]
SIZES = [
    *only_at("d", (1,), 2, "A B", "B A"),
    *only_at("d", (1, 2), 3, CAYLEY_HAMILTON, "0(d, d)"),
    *only_at("d", (1, 2), 3, standard_identity(), "0(d, d)"),
    *only_at("d", (2,), 3, "(A B - B A) (A B - B A) C", "C (A B - B A) (A B - B A)"),
    *only_at("d", (1,), 2, "tr(A B)", "tr(A) * tr(B)"),
    *only_at("d", (2,), 3, "2 * tr(A A A)", "3 * tr(A) * tr(A A) - tr(A) * tr(A) * tr(A)"),
    *only_at("m", (1,), 2, "softmax(S)", "ones(n, m)"),
    *only_at("d", (1,), 2, "diag(c) A", "A diag(c)"),
    false("2 * tr(A A A)", "3 * tr(A) * tr(A A) - tr(A) * tr(A) * tr(A) + 1", sizes=(("d", 2),)),
]
TRACES = [
    true("tr(A B C)", "tr(C A B)"),
    true("tr(A B C)", "tr(C^T B^T A^T)"),
    false("tr(A B C)", "tr(B A C)"),
    true("tr(A B - B A)", "0"),
    true("tr(X X^T)", "tr(X^T X)"),
    true("tr(I(n))", "n"),
    false("tr(A A)", "tr(A) * tr(A)"),
    true("tr(diag(c))", "ones(d)^T c"),
    true("diag(u) ones(n)", "u"),
    true("diag(u) diag(u)", "diag(u .* u)"),
    true("diag(u) X", "(u ones(d)^T) .* X"),
]
ENTRYWISE = [
    true("exp(A) .* exp(B)", "exp(A + B)"),
    false("exp(A) exp(B)", "exp(A + B)"),
    true("exp(A)^T", "exp(A^T)"),
    true("exp(2 * A)", "exp(A) .* exp(A)"),
    true("exp(A) .* exp(0 - A)", "ones(d, d)"),
    true("diag(reciprocal(exp(S) ones(m))) exp(S)", "softmax(S)"),
    false("diag(reciprocal(exp(S) ones(m))) S", "softmax(S)"),
    true("A .* B", "B .* A"),
    true("A .* (B + C)", "A .* B + A .* C"),
    false("(A .* B) C", "A .* (B C)"),
    false("A .* B", "A B"),
    true("relu(X)^T", "relu(X^T)"),
    true("relu(X A) V", "relu(X A) V"),
    false("relu(A + B)", "relu(A) + relu(B)"),
    false("relu(X A)", "relu(X) A"),
    unknown("relu(X) - relu(0 - X)", "X"),
    true("f(X A)^T", "f(A^T X^T)", functions=("f",)),
    unknown("f(A B)", "f(B A)", functions=("f",)),
]
INVERSES = [
    true("inv(A) A", "I", sizes=(("d", 2),), condition="det(A) != 0"),
    true("(A B)^-1", "B^-1 A^-1", sizes=(("d", 2),), condition="!= 0"),
    true("inv(A^T)", "inv(A)^T", sizes=(("d", 3),), condition="det(A^T) != 0"),
    false("inv(A + B)", "inv(A) + inv(B)", sizes=(("d", 1),)),
    false("inv(A B)", "inv(A) inv(B)", sizes=(("d", 2),)),
    true("inv(I(d) + c c^T)", "I(d) - c c^T / (1 + c^T c)", sizes=(("d", 2),), condition="!= 0"),
    true("tr(inv(A)) * (tr(A) * tr(A) - tr(A A))", "2 * tr(A)", sizes=(("d", 2),), condition="!= 0"),
    unknown("inv(A) A", "I(d)"),
]
DETERMINANTS = [
    *(true("det(A B)", "det(A) * det(B)", sizes=(("d", size),)) for size in (2, 3)),
    *(true("det(A^T)", "det(A)", sizes=(("d", size),)) for size in (1, 2, 4)),
    true("2 * det(A)", "tr(A) * tr(A) - tr(A A)", sizes=(("d", 2),)),
    true("det(A) * det(inv(A))", "1", sizes=(("d", 2),), condition="det(A) != 0"),
    true("det(I(d) + c c^T)", "1 + c^T c", sizes=(("d", 3),)),
    true("det([A, B; 0, C])", "det(A) * det(C)", sizes=(("d", 2),)),
    true("det(softmax(ones(d, d)))", "0", sizes=(("d", 2),)),
    false("det(2 * A)", "2 * det(A)", sizes=(("d", 2),)),
    false("det(A + B)", "det(A) + det(B)", sizes=(("d", 2),)),
    false("det(A B - B A)", "0", sizes=(("d", 2),)),
    unknown("det(A B)", "det(A) * det(B)"),
]
PAIRS: list[Pair] = [
    *SHIFTS,
    *TRANSPOSES,
    *SCALARS,
    *MASKS,
    *BLOCKS,
    *NESTED,
    *PRODUCTS,
    *SIZES,
    *TRACES,
    *ENTRYWISE,
    *INVERSES,
    *DETERMINANTS,
]
