"""Pages with very long claims: told in the names of the nodes, which are found to hold their formulas first."""

from __future__ import annotations

from dataclasses import replace

from derivations import registry
from symsim.claims.construction import Construction
from symsim.domains.blocks import Blocks
from symsim.flow import trace
from symsim.flow.naming import named_states
from symsim.formulas import matrix
from symsim.render import markdown
from symsim.simulators import looped


def given(construction: Construction) -> tuple[Blocks, dict[str, object]]:
    """The block calculus, and the inputs as free matrices."""
    domain = Blocks()
    return domain, {name: domain.variable(name, *shape) for name, shape in construction.inputs}


def test_what_comes_after_a_node_is_written_in_its_name() -> None:
    U = looped("n", "d", 2)
    names = [cut.name for cut in U.cuts]
    plain, short = trace(U), trace(U, names=names)
    assert plain.nodes[3, "xa"]["by_group"]["X"].text == "softmax(X A_1 X^T) X V_1 A_2"
    assert short.nodes[2, "x"]["by_group"]["X"].text == "Y_1"
    assert short.nodes[3, "xa"]["by_group"]["X"].text == "XA_2"
    assert all(item.decided for _, data in short.nodes(data=True) for item in data["holds"])
    _, found = named_states(U, *given(U), names)
    assert found == set(names)


def test_a_node_that_does_not_hold_its_formula_gets_no_name() -> None:
    U = looped("n", "d", 2)
    wrong = replace(U.cuts[0], formula=matrix("X", "n", "d"))
    spoilt = replace(U, cuts=(wrong, *U.cuts[1:]))
    _, found = named_states(spoilt, *given(U), [cut.name for cut in U.cuts])
    assert wrong.name not in found and "XV_1" in found
    broken = U.change(layer=1, feed_forward=None)
    _, found = named_states(broken, *given(U), [cut.name for cut in U.cuts])
    assert "Y_1" not in found


def test_without_names_nothing_is_replaced() -> None:
    U = looped("n", "d", 2)
    domain, inputs = given(U)
    states, found = named_states(U, domain, inputs, ())
    assert not found and len(states) == len(U.encoder.layers) + 1
    assert domain.equal(U.read(domain, states[-1]), U.computes.evaluate(domain, inputs)) is True


def test_the_page_of_the_looped_encoder_is_short_and_names_its_parts() -> None:
    page = markdown(replace(registry["looped-encoder"], controls=[], examples=[]))
    assert "& = Z_{2}" in page and r"Z_{1} = Y_{1} + R_{1} W_{2,1} + \mathbf{1}_{n} b_{2,1}" in page
    assert r"H_{6}[X, \mathsf{q}] & = H_{5}[X, \mathsf{q}]" in page and r"& = Z_{1} W_{Q,2} \\" in page
    assert len(page) < 150_000
