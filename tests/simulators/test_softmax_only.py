"""Realisation S: what its layers hold, that the distance holds on many inputs, and the inequality behind it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint
import numpy as np
import pytest
import sympy

from symsim.domains.balls import Balls
from symsim.domains.closed_forms import ball, upper
from symsim.domains.rounded import Rounded
from symsim.errors import BadInput
from symsim.simulators import universal
from symsim.simulators.softmax_only import SoftmaxOnly, distance, temperature_for


def simulator(n: int, d: int, d_v: int, **options: Any) -> SoftmaxOnly:
    found = universal(n, d, d_v, realisation="softmax", **options)
    assert isinstance(found, SoftmaxOnly)
    return found


def distances(S: SoftmaxOnly, **inputs: Any) -> Any:
    """A ball around the largest distance from attention."""
    for domain in (Rounded(), Balls(200)):
        given = {name: domain.given(inputs[name], *shape) for name, shape in S.inputs}
        sides = [side.prepare(domain, given, {})(None) for side in (S, universal(*_sizes(S)))]
        found = domain.distance(*sides)
        if found.rel_accuracy_bits() > 8:
            return found
    return found


def _sizes(S: SoftmaxOnly) -> tuple[int, int, int]:
    shapes = dict(S.inputs)
    return (*shapes["X"], shapes["V"][1])


def test_two_layers_of_softmax_heads_with_rational_weights() -> None:
    S = simulator(3, 2, 4, temperature="7/2")
    assert S.machine.normalisers == ("softmax",) and S.cost.layers == 2 and S.cost.heads == (1, 1)
    assert S.cost.positions == 3 + 2 * 2 and S.cost.ffn_units == (0, 0)
    for layer in S.encoder.layers:
        for head in layer.heads:
            for weight in (head.W_Q, head.W_K, head.W_V, head.W_O):
                assert all(value.is_Rational for value in weight.todok().values())
    assert S.encoder.layers[0].heads[0].W_O.todok()[0, S.encoder.slots.span("xa")[0]] == 7


def test_layer_1_holds_the_quotient_of_sinh_and_cosh() -> None:
    """The statement of the page: d T sinh(x_k / T) / sum_j cosh(x_j / T), times A."""
    S, T = simulator(2, 3, 1, temperature=2), 2.0
    rng = np.random.default_rng(1)
    X, A, V = (rng.uniform(-1, 1, shape) for shape in ((2, 3), (3, 3), (3, 1)))
    state = S.change(layer=1, head=0, normaliser="softmax").encode(X=X, A=A, V=V)
    after = state + _first_layer(S, state)
    start, stop = S.encoder.slots.span("xa")
    P = 3 * T * np.sinh(X / T) / np.cosh(X / T).sum(axis=1, keepdims=True)
    assert np.allclose(after[:2, start:stop], P @ A, atol=1e-13)
    assert np.allclose(after[:2, slice(*S.encoder.slots.span("xv"))], P @ V, atol=1e-13)


def _first_layer(S: SoftmaxOnly, state: Any) -> Any:
    from symsim.domains.arrays import Arrays
    from symsim.encoder.running import head_output

    return head_output(Arrays(), S.encoder.layers[0].heads[0], state, S.encoder.tokens)


def test_the_distance_holds_on_random_inputs_and_is_nearly_reached() -> None:
    rng = np.random.default_rng(11)
    worst = 0.0
    for number in range(150):
        n, d, d_v = (int(rng.integers(1, most)) for most in (6, 5, 4))
        bound = Fraction(rng.choice(["1/4", "1/2", "1", "2"]))
        temperature = bound * int(rng.choice([1, 2, 10]))
        S = simulator(n, d, d_v, temperature=temperature, bound=bound)
        kinds = (lambda s: rng.uniform(-1, 1, s), lambda s: rng.choice([-1.0, 1.0], s), np.ones)
        draw = kinds[number % 3]
        inputs = {name: draw(shape) * float(bound) for name, shape in S.inputs}
        found, eps = distances(S, **inputs), S.eps.ball()
        assert found <= eps, (n, d, d_v, bound, temperature)
        worst = max(worst, float((found / eps).mid()))
    assert worst > 0.8, "the inputs come near the bound, so that a smaller one would fail here"


@pytest.mark.parametrize("u", ["1", "3/4", "1/10"])
def test_the_error_of_layer_1_is_attained(u: str) -> None:
    """At x = (B, ..., B): B tau exactly, so the first lemma cannot be improved."""
    S = simulator(1, 3, 1, temperature=1 / Fraction(u))
    ones = np.ones((3, 1))
    first = distances(S, X=np.ones((1, 3)), A=np.zeros((3, 3)), V=ones)
    with flint.ctx.workprec(128):
        assert abs(first - 3 * (1 - ball(Fraction(u)).tanh() / ball(Fraction(u)))) < 1e-10


def test_sinh_plus_tanh_is_at_most_twice_the_argument_up_to_1_and_not_beyond() -> None:
    """Boxes of balls cover (0, 1]: the third derivative of h = 2u - sinh u - tanh u up to 3/10, h itself from there."""

    def third(u: Any) -> Any:
        t = u.tanh()
        return -u.cosh() + (1 - t * t) * (2 - 6 * t * t)

    def itself(u: Any) -> Any:
        return 2 * u - u.sinh() - u.tanh()

    t = sympy.Symbol("t")
    h = 2 * t - sympy.sinh(t) - sympy.tanh(t)
    assert [sympy.diff(h, t, k).subs(t, 0) for k in range(3)] == [0, 0, 0]
    for value in (0.1, 0.3, 0.9):
        assert abs(float(sympy.diff(h, t, 3).subs(t, value).evalf()) - float(third(flint.arb(value)).mid())) < 1e-12
    assert positive(third, Fraction(0), Fraction(3, 10)) and positive(itself, Fraction(3, 10), Fraction(1))
    assert not positive(itself, Fraction(3, 10), Fraction(3, 2)) and itself(flint.arb(1.5)) < 0


def positive(function: Any, low: Fraction, high: Fraction, deepest: int = 12) -> bool:
    """Whether balls show that a function is positive on an interval."""
    if function(ball(low).union(ball(high))) > 0:
        return True
    middle = (low + high) / 2
    halves = ((low, middle), (middle, high))
    return deepest > 0 and all(positive(function, *half, deepest - 1) for half in halves)


@pytest.mark.parametrize("d", [1, 2, 7, 64])
@pytest.mark.parametrize("bound", ["1/3", "1", "5"])
@pytest.mark.parametrize("eps", ["1", "1/1000", "1/123456789"])
def test_the_chosen_temperature_certifies_the_distance_and_is_not_far_too_high(d: int, bound: str, eps: str) -> None:
    T, B = temperature_for(eps, d, bound), Fraction(bound)
    assert T >= B and T.denominator == 1
    assert upper(distance(d, B, T).ball(256)) <= Fraction(eps)
    if T > 50 and eps != "1":
        assert distance(d, B, T * Fraction(19, 20)).ball(256) > ball(Fraction(eps))


def test_what_the_simulator_is_not_built_for_is_refused() -> None:
    for options, words in (
        ({"temperature": 0}, "temperature"),
        ({"temperature": -3}, "temperature"),
        ({"temperature": 2.5}, "float"),
        ({"temperature": "1/2"}, "at least the bound"),
        ({"temperature": 3, "bound": 4}, "at least the bound"),
        ({"temperature": 3, "eps": "1/10"}, "not both"),
        ({"bound": "x"}, "bound"),
        ({"heads": 2}, "one head"),
    ):
        with pytest.raises(BadInput, match=words):
            universal(2, 2, realisation="softmax", **options)
    with pytest.raises(BadInput, match="for 'softmax'"):
        universal(2, 2, temperature=3)
    with pytest.raises(BadInput, match="give temperature"):
        universal("n", "d", realisation="softmax")
    with pytest.raises(BadInput, match="stands for another number"):
        _ = universal("n", "B", 1, realisation="softmax", temperature=3).claim
