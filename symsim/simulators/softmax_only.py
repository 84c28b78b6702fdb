"""Realisation S: softmax heads only, two layers, close to attention, with a certified distance.

Layer 1 turns a softmax over 2 d parameter tokens into an approximate matrix product: the keys are the unit vectors and
their negatives, so the weights are proportional to ``exp(x_k / T)`` and ``exp(-x_k / T)``, and their differences to
``sinh(x_k / T)``. For a large temperature T that is ``x_k / T``. Layer 2 is the attention head itself. Weights are
rational and depend on the widths and on T alone. The idea to emulate heads by two softmax layers is that of arXiv
2508.17550; this construction, its bound and the proof are ours (see the page "Softmax heads only").
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.approximate import ApproximateClaim, within
from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.domains.closed_forms import ClosedForm
from symsim.domains.layout import Layout
from symsim.encoder.layers import Encoder, Head, Layer
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.weights import block_weight
from symsim.errors import BadInput
from symsim.formulas.building import blocks, identity, matrix, number, softmax
from symsim.formulas.syntax import Formula
from symsim.simulators.heads import head

DISTANCE = Fraction(1, 100)
"""The distance that the temperature is chosen for where neither is given."""

D, B, T = sympy.symbols("d B T")
TAU = 1 - sympy.tanh(B / T) * T / B
"""The largest relative error of an entry in layer 1: of ``d T sinh(x_k / T) / sum_j cosh(x_j / T)`` against B."""
EPS = D * B**2 * (2 * sympy.tanh(D**2 * B**3 * TAU / 2) + TAU)
"""The largest distance of an output from that of attention, for entries within [-B, B] and B <= T."""


@dataclass(frozen=True)
class SoftmaxOnly(Construction):
    """The construction of realisation S with its temperature, and the bound on the entries of the inputs."""

    temperature: Fraction = Fraction(1)
    bound: Fraction = Fraction(1)

    @property
    def eps(self) -> ClosedForm:
        """The certified distance, a closed formula in d, B and T with the numbers that are fixed."""
        return distance(dict(self.inputs)["X"][1], self.bound, self.temperature)

    @property
    def near(self) -> Formula:
        """What takes the place of X in both products, exactly: close to X for a large temperature."""
        return nearly(matrix("X", *dict(self.inputs)["X"]), self.temperature)

    @property
    def through(self) -> Formula:
        """What the encoder computes exactly."""
        sizes = dict(self.inputs)
        return exactly(*sizes["X"], sizes["V"][1], self.temperature)

    @property
    def claim(self) -> ApproximateClaim:
        """That the result is within ``eps`` of attention, for all real inputs with entries in [-B, B]."""
        return within(super().claim, self.eps, self.bound, self.through)


def universal(n: Any, d: Any, d_v: Any, temperature: Any = None, bound: Any = 1, eps: Any = None) -> SoftmaxOnly:
    """U_S: two layers of one softmax head each, within ``U_S.eps`` of ``softmax(X A X^T) X V``.

    X is n x d, A is d x d, V is d x d_v, all with entries in [-B, B] where B is ``bound``. ``temperature`` is T >= B;
    without it, T is the least whole number for which the distance is certified to be at most ``eps`` (1/100 where
    that is not given either). Raises ``BadInput`` for numbers that are not positive, for T < B, and for a distance
    where d is a symbol.

    >>> S = universal(2, 2, 2, temperature=100)
    >>> S.eps.decimal(3)
    '0.000334'
    """
    B_, T_ = _positive(bound, "bound"), None if temperature is None else _positive(temperature, "temperature")
    if T_ is None:
        T_ = temperature_for(DISTANCE if eps is None else eps, d, B_)
    elif eps is not None:
        raise BadInput("give the temperature, or the distance eps that it is chosen for, not both")
    if T_ < B_:
        raise BadInput(f"the distance is proved for temperatures of at least the bound: {T_} is below {B_}")
    slots = Slots(
        (("x", d), ("id", d), ("idm", d), ("a", d), ("am", d), ("v", d_v), ("vm", d_v))
        + (("xa", d), ("xv", d_v), ("out", d_v))
    )
    tokens = TokenLayout((("X", n), ("P", d), ("M", d)))
    attention = head(slots, ["xa"], ["x"], {"xv": "out"}, "softmax", Mask(keys=("X",)), name="attention")
    layers = (
        Layer((_products(slots, d, T_),), name="approximate products"),
        Layer((attention,), name="attention"),
    )
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)
    XA, XV = matrix("XA", n, d), matrix("XV", n, d_v)
    return SoftmaxOnly(
        name="U_S",
        encoder=Encoder(slots, tokens, layers),
        inputs=(("X", (n, d)), ("A", (d, d)), ("V", (d, d_v))),
        placements=(
            Placement("X", "x", "input", "X"),
            *(Placement("P", slot, what, name) for slot, what, name in _parameters("")),
            *(Placement("M", slot, what, name) for slot, what, name in _parameters("m")),
        ),
        readout=Readout("out", (n, d_v), "X"),
        computes=softmax(X @ A @ X.T) @ X @ V,
        cuts=(
            Cut("XA", 0, "xa", nearly(X, T_) @ A, "X", "a softmax over e_k and -e_k weighs row k of A by a sinh"),
            Cut("XV", 0, "xv", nearly(X, T_) @ V, "X", "a softmax over e_k and -e_k weighs row k of V by a sinh"),
            Cut("Y", 1, "out", softmax(XA @ X.T) @ XV, "X", "the softmax head sees the X rows only"),
        ),
        realisation="softmax",
        layer_notes=(
            "Query: x_i / T. Keys of the parameter tokens: e_k and -e_k. Their weights are exp(x_ik / T) and "
            "exp(-x_ik / T) over a common denominator; the values are row k of A and V, with the second set negated, "
            "times d T. What remains is d T sinh(x_ik / T) / sum_j cosh(x_ij / T), close to x_ik.",
            "Query: the approximate row i of X A. Key: the row x_j. The value is the approximate X V. The mask hides "
            "the parameter tokens.",
        ),
        temperature=T_,
        bound=B_,
    )


def _parameters(sign: str) -> list[tuple[str, str, str]]:
    """What the parameter tokens of one sign hold: their row numbers, and rows of A and V."""
    return [(f"id{sign}", "identity", ""), (f"a{sign}", "input", "A"), (f"v{sign}", "input", "V")]


def _products(slots: Slots, d: Any, temperature: Fraction) -> Head:
    """The head of layer 1."""
    inner = Layout((("k", d),))
    middle = Layout(tuple((slot, slots.size(slot)) for slot in ("xa", "xv")))
    cold = sympy.Rational(temperature.denominator, temperature.numerator)
    scale = d / cold
    values = {("a", "xa"): 1, ("am", "xa"): -1, ("v", "xv"): 1, ("vm", "xv"): -1}
    return Head(
        W_Q=block_weight({("x", "k"): cold}, slots, inner),
        W_K=block_weight({("id", "k"): 1, ("idm", "k"): -1}, slots, inner),
        W_V=block_weight(values, slots, middle),
        W_O=block_weight({("xa", "xa"): scale, ("xv", "xv"): scale}, middle, slots),
        mask=Mask(keys=("P", "M")),
        normaliser="softmax",
        name="products",
    )


def nearly(X: Formula, temperature: Fraction) -> Formula:
    """``d T softmax([X / T, -X / T]) [I; -I]``: close to X for a large T."""
    d = X.shape[1]
    warm = number(1 / temperature) * X
    weights = softmax(blocks([[warm, -warm]])) @ blocks([[identity(d)], [-identity(d)]])
    found: Formula = (number(d) if isinstance(d, int) else d) * (number(temperature) * weights)
    return found


def exactly(n: Any, d: Any, d_v: Any, temperature: Fraction) -> Formula:
    """What U_S computes: attention with ``nearly(X)`` in place of X in both products."""
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)
    near = nearly(X, temperature)
    return softmax(near @ A @ X.T) @ near @ V


def distance(d: Any, bound: Fraction, temperature: Fraction) -> ClosedForm:
    """``EPS`` with its numbers; a width that is a symbol stays one.

    >>> distance(2, Fraction(1), Fraction(10)).decimal(3)
    '0.0333'
    """
    if isinstance(d, int):
        return ClosedForm(EPS).at({"B": bound, "T": temperature, "d": d})
    taken = sorted({symbol.name for symbol in d.free_symbols} & {"B", "T"})
    if taken:
        raise BadInput(f"the width has the size {taken[0]}, which stands for another number here: call it d")
    return ClosedForm(EPS.subs(D, d)).at({"B": bound, "T": temperature})


def temperature_for(eps: Any, d: Any, bound: Any = 1) -> Fraction:
    """The least whole number T >= B for which the distance is certified to be at most ``eps`` by ``tau <= u^2 / 3``.

    With ``tanh z <= z`` the distance is at most ``d B^2 (d^2 B^3 + 1) tau``, and ``tau <= B^2 / (3 T^2)``; all is
    computed in whole numbers and rounded up.

    >>> temperature_for("1/100", 2)
    Fraction(19, 1)
    """
    wanted, B_ = _positive(eps, "eps"), _positive(bound, "bound")
    if not isinstance(d, int) or d < 1:
        raise BadInput(f"a temperature for a distance needs a width d >= 1 that is a number, got {d}: give temperature")
    square = d * B_**4 * (d**2 * B_**3 + 1) / (3 * wanted)
    least = math.isqrt(math.ceil(square) - 1) + 1 if square > 1 else 1
    return Fraction(max(least, math.ceil(B_)))


def _positive(value: Any, what: str) -> Fraction:
    """A positive rational from an integer, a fraction or their text; a float is refused."""
    if isinstance(value, float):
        raise BadInput(f"the {what} is an exact number: write Fraction('{value}'), not a float")
    try:
        found = Fraction(str(value)) if not isinstance(value, bool) else Fraction(0)
    except (ValueError, ZeroDivisionError):
        raise BadInput(f"the {what} is a positive rational number, got {value!r}") from None
    if found <= 0:
        raise BadInput(f"the {what} is a positive rational number, got {value!r}")
    return found
