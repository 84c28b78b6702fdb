"""Realisation P: every piece at every small size equals its formula over the exact field; faults do not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product as combinations

import numpy
import pytest
import sympy

from symsim.domains.enclosure import decimal
from symsim.domains.exact import Exact
from symsim.encoder.running import states
from symsim.errors import BadInput, Undefined
from symsim.formulas.evaluation import evaluate
from symsim.formulas.sizes import size_symbol
from symsim.formulas.substitution import replace as substitute
from symsim.simulators import scalars, universal

TWO = list(combinations((1, 2, 3), repeat=2))
THREE = list(combinations((1, 2, 3), repeat=3))
SIZES = [(2, 2, 2), (3, 3, 3), (4, 2, 3), (1, 3, 2), (2, 1, 1), (1, 1, 1), (3, 1, 4)]


def proved(construction, computes=None):
    """Whether all outputs equal the formula (or another one) for symbolic inputs; and that nothing was assumed."""
    domain = Exact()
    inputs = {name: domain.variable(name, *shape) for name, shape in construction.inputs}
    got = construction.prepare(domain, inputs, {})(None)
    assert domain.conditions == []
    return domain.equal(got, evaluate(computes or construction.computes, domain, inputs))


def all_pieces():
    yield from (scalars.transposition(r, c) for r, c in TWO)
    yield from (scalars.row_softmax(r, c) for r, c in TWO)
    yield from (scalars.product(r, k, c, narrow) for r, k, c in THREE for narrow in (False, True))


@pytest.mark.parametrize(("r", "c"), TWO)
def test_transposition_and_softmax_at_every_size(r, c):
    assert proved(scalars.transposition(r, c)) is True
    assert proved(scalars.row_softmax(r, c)) is True


@pytest.mark.parametrize(("r", "k", "c"), THREE)
@pytest.mark.parametrize("narrow", [False, True])
def test_product_at_every_size(r, k, c, narrow):
    assert proved(scalars.product(r, k, c, narrow)) is True


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("narrow", [False, True])
def test_universal(sizes, narrow):
    U = scalars.universal(*sizes, narrow=narrow)
    assert proved(U) is True


def test_the_check_tells_other_formulas_apart():
    """Negative control: the same comparison refutes the transposed parameter, and a product in the other order."""
    from symsim.formulas import matrix, softmax

    X, A, V = matrix("X", 2, 2), matrix("A", 2, 2), matrix("V", 2, 2)
    assert proved(scalars.universal(2, 2, 2), softmax(X @ A.T @ X.T) @ X @ V) is False
    assert proved(scalars.universal(2, 2, 2), softmax(X @ A @ X.T) @ (X @ V.T)) is False
    A, B = matrix("A", 2, 2), matrix("B", 2, 2)
    assert proved(scalars.product(2, 2, 2), B @ A) is False
    assert proved(scalars.row_softmax(2, 2), softmax(matrix("X", 2, 2).T)) is False


@pytest.mark.parametrize("sizes", [(2, 2, 2), (4, 2, 3), (1, 3, 2)])
@pytest.mark.parametrize("narrow", [False, True])
def test_every_cut_holds_where_it_says(sizes, narrow):
    """The state after the layer of a cut holds its formula, and the chain of cuts expanded is the claim."""
    U = scalars.universal(*sizes, narrow=narrow)
    domain = Exact()
    env = {name: domain.variable(name, *shape) for name, shape in U.inputs}
    after = list(states(domain, U.encoder, U.tokens(domain, env)))[1:]
    expanded = {}
    for cut in U.cuts:
        formula = substitute(cut.formula, expanded)
        held = U.slot_value(domain, after[cut.layer], cut.slot, cut.group, formula.shape)
        assert domain.equal(held, evaluate(formula, domain, env)), cut.name
        if cut.layer:
            early = U.slot_value(domain, after[cut.layer - 1], cut.slot, cut.group, formula.shape)
            assert not domain.equal(early, held), f"{cut.name} stands there before layer {cut.layer}"
        expanded[cut.name] = formula
    assert [cut.name for cut in U.cuts] == ["XT", "XA", "XV", "S", "W", "Y"]
    assert [cut.layer for cut in U.cuts] == sorted(cut.layer for cut in U.cuts)
    whole = evaluate(expanded["Y"], domain, env)
    assert domain.equal(whole, evaluate(U.computes, domain, env))


def test_what_a_head_reads_is_zero_at_the_sink_and_the_pads():
    """The rule that keeps an empty selection at 0: checked for every head of every construction, in every layer.

    A pad may hold an entry of a matrix that is larger than the inputs; beyond the largest matrix all is idle.
    """
    everything = [*all_pieces(), scalars.universal(3, 2, 3), scalars.universal(3, 1, 2, narrow=True)]
    heads = 0
    for construction in everything:
        domain, encoder = Exact(), construction.encoder
        env = {name: domain.variable(name, *shape) for name, shape in construction.inputs}
        entries = sum(encoder.tokens.size(name) for name, _ in construction.inputs)
        largest = max(rows * cols for rows, cols in (cut.formula.shape for cut in construction.cuts))
        before = list(states(domain, encoder, construction.tokens(domain, env)))
        token = encoder.slots.span("token")[0]
        for layer, state in zip(encoder.layers, before, strict=False):
            for head in layer.heads:
                idle = range(entries if head.W_V[token, 0] else largest, encoder.tokens.total)
                value = domain.product(domain.take(state, idle), domain.constant(head.W_V))
                assert domain.equal(value, domain.zeros(len(idle), 1)), (construction.name, head.name)
                heads += 1
    assert heads > 250


def test_layout_of_the_tokens():
    U = scalars.universal(4, 2, 3)
    assert U.encoder.tokens.parts == (("X", 8), ("A", 4), ("V", 6), ("sink", 1))
    assert scalars.universal(4, 1, 1).encoder.tokens.parts == (("X", 4), ("A", 1), ("V", 1), ("pads", 10), ("sink", 1))
    tokens = U.encode(X=sympy.zeros(4, 2), A=[[5, 6], [7, 8]], V=sympy.zeros(2, 3))
    left, right = U.encoder.slots.span("pos")
    assert tokens[:, left:right] == sympy.eye(19)
    assert list(tokens[8:12, U.encoder.slots.span("token")[0]]) == [5, 6, 7, 8]


def test_every_layer_is_named_and_explained():
    for U in (scalars.universal(2, 3, 2), scalars.universal(2, 3, 2, narrow=True)):
        assert len(U.layer_notes) == len(U.encoder.layers) and all(U.layer_notes)
        assert all(layer.name for layer in U.encoder.layers)
    assert U.layer_notes[1].startswith("Step t = 2.")


def test_machine_model_is_read_off():
    machine = scalars.universal(2, 2, 2).machine
    assert machine.normalisers == ("average-hard",)
    assert machine.activations == ("square", "exp", "reciprocal")
    assert machine.positions == "one-hot row numbers in slot pos"
    assert scalars.product(2, 2, 2, narrow=True).machine.activations == ("square", "identity")


# -- faults -----------------------------------------------------------------------------------------------------------
def changed(weight, places, value):
    new = sympy.MutableSparseMatrix(weight)
    for place in places:
        new[place] = value
    return sympy.ImmutableSparseMatrix(new)


@pytest.mark.parametrize("layer", [0, 1, 3, 5])
def test_a_dropped_head_is_noticed(layer):
    U = scalars.universal(2, 2, 2)
    heads = U.encoder.layers[layer].heads
    for index in range(len(heads)):
        faulty = U.change(layer, heads=(*heads[:index], *heads[index + 1 :]))
        try:
            assert proved(faulty) is False, heads[index].name
        except Undefined:
            assert heads[index].name == "w_mean"


@pytest.mark.parametrize("layer", [0, 1, 3, 5])
def test_a_sink_that_scores_1_is_noticed(layer):
    """A tie with the sink halves what was fetched."""
    U = scalars.universal(2, 2, 2)
    sink = U.encoder.slots.span("pos")[1] - 1
    for index, head in enumerate(U.encoder.layers[layer].heads):
        keys = changed(head.W_K, [(sink, g) for g in range(head.W_K.cols)], 1)
        assert proved(U.change(layer, index, W_K=keys)) is False, head.name


def test_wrong_weights_are_noticed():
    U = scalars.universal(2, 2, 2)
    for number in (0, 1, 4, 5):
        network = U.encoder.layers[number].feed_forward
        for place in network.W_2.todok():
            faulty = replace(network, W_2=changed(network.W_2, [place], sympy.Rational(1, 2)))
            assert proved(U.change(number, feed_forward=faulty)) is False, (number, place)
    for place, old in U.encoder.layers[5].feed_forward.W_1.todok().items():
        network = U.encoder.layers[5].feed_forward
        faulty = replace(network, W_1=changed(network.W_1, [place], -old))
        assert proved(U.change(5, feed_forward=faulty)) is False, place


def test_a_harmless_change_stays_proved():
    """Doubling what the exp unit writes changes nothing: the normalisation cancels it. The prover says so."""
    U = scalars.row_softmax(2, 2)
    network = U.encoder.layers[0].feed_forward
    ((place, one),) = network.W_2.todok().items()
    assert one == 1
    assert proved(U.change(0, feed_forward=replace(network, W_2=changed(network.W_2, [place], 2)))) is True


def test_without_the_flag_a_reciprocal_of_0_is_undefined():
    U = scalars.row_softmax(2, 2)
    network = U.encoder.layers[1].feed_forward
    left, right = U.encoder.slots.span("pos")
    without = changed(network.W_1, [(row, 0) for row in range(left, right)], 0)
    with pytest.raises(Undefined):
        proved(U.change(1, feed_forward=replace(network, W_1=without)))


def test_a_narrow_product_that_does_not_clear_its_operands_is_wrong():
    U = scalars.product(2, 2, 2, narrow=True)
    network = U.encoder.layers[0].feed_forward
    assert network.activations == (("square", 2), ("identity", 2))
    for unit in (2, 3):
        kept = changed(network.W_2, [p for p in network.W_2.todok() if p[0] == unit], 0)
        assert proved(U.change(0, feed_forward=replace(network, W_2=kept))) is False


# -- bad input --------------------------------------------------------------------------------------------------------
def test_no_encoder_at_symbolic_size():
    with pytest.raises(BadInput, match=r"integer sizes, got n = n.*universal_cost"):
        scalars.universal(size_symbol("n"), 2, 2)
    with pytest.raises(BadInput, match="product_cost"):
        scalars.product(2, "k", 2)
    with pytest.raises(BadInput, match="fixed sizes"):
        universal("n", 2, realisation="scalars")
    with pytest.raises(BadInput, match="at least one row"):
        scalars.universal(0, 2, 2)


def test_through_the_front_door():
    assert universal(2, 2, realisation="scalars").realisation == "scalars"
    assert universal(2, 2, realisation="scalars-narrow").realisation == "scalars-narrow"


# -- numbers ----------------------------------------------------------------------------------------------------------
def demo():
    def square(text):
        values = [Fraction(word) for word in text.split()]
        return [values[:3], values[3:6], values[6:]]

    return {
        "X": square(".8 .2 .5 .1 .9 .4 .6 .3 .7"),
        "A": square(".1 .2 .3 .4 .5 .6 .7 .8 .9"),
        "V": square(".1 .7 .4 1 .3 .9 .5 .2 .6"),
    }


def by_numpy(inputs):
    """Attention in extended precision, written down again."""
    x, a, v = (
        numpy.array([[numpy.longdouble(q.numerator) / q.denominator for q in row] for row in inputs[name]])
        for name in "XAV"
    )
    weights = numpy.exp(x @ a @ x.T)
    return (weights / weights.sum(axis=1, keepdims=True)) @ (x @ v)


def test_demo_numbers_agree_with_rows_exactly_and_with_numpy_to_15_digits():
    inputs = demo()
    domain = Exact()
    given = {name: domain.given(value, 3, 3) for name, value in inputs.items()}
    results = {
        name: universal(3, 3, realisation=name).prepare(domain, given, {})(None)
        for name in ("rows", "scalars", "scalars-narrow")
    }
    assert domain.equal(results["scalars"], results["rows"]) is True
    assert domain.equal(results["scalars-narrow"], results["rows"]) is True
    independent = by_numpy(inputs)
    for i, j in combinations(range(3), repeat=2):
        ours = numpy.longdouble(decimal(domain.field, results["scalars"][i, j], 20))
        assert abs(ours - independent[i, j]) < 1e-15 * abs(independent[i, j])
    other = {**given, "V": domain.given(inputs["A"], 3, 3)}
    changed_ = universal(3, 3, realisation="scalars").prepare(domain, other, {})(None)
    assert domain.equal(changed_, results["rows"]) is False


def test_floats_run_too():
    rng = numpy.random.default_rng(0)
    x, a, v = rng.normal(size=(4, 2)), rng.normal(size=(2, 2)), rng.normal(size=(2, 3))
    weights = numpy.exp(x @ a @ x.T)
    expected = weights / weights.sum(axis=1, keepdims=True) @ x @ v
    for narrow in (False, True):
        got = scalars.universal(4, 2, 3, narrow=narrow)(X=x, A=a, V=v)
        assert numpy.allclose(got, expected, rtol=1e-9, atol=1e-9)
