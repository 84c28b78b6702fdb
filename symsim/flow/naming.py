"""Runs in which nodes of the dataflow get names: what comes after is written in these names, and stays short."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from symsim.claims.construction import Construction, Cut
from symsim.domains.protocol import Domain
from symsim.encoder.running import run_layer
from symsim.formulas.evaluation import Evaluation


def named_states(
    construction: Construction, domain: Domain[Any], inputs: Mapping[str, Any], names: Collection[str]
) -> tuple[list[Any], frozenset[str]]:
    """The state before the first layer and after each one; and the names that were given.

    A cut of the construction that is named, and whose slot is found to hold its formula, is replaced in the state by a
    free matrix of its name. Its formula is in the inputs and the names given before it, so nothing is lost: put in one
    after the other, the formulas give the states of the plain run.
    """
    encoder = construction.encoder
    state = construction.tokens(domain, inputs)
    found, known, given = [state], dict(inputs), set()
    for number, layer in enumerate(encoder.layers):
        state = run_layer(domain, layer, state, encoder.tokens)
        values = Evaluation(domain, dict(known))
        for cut in (cut for cut in construction.cuts if cut.layer == number):
            value = construction.slot_value(domain, state, cut.slot, cut.group, cut.formula.shape)
            known[cut.name] = value
            if cut.name in names and domain.equal(value, values.value(cut.formula)) is True:
                known[cut.name] = domain.variable(cut.name, *cut.formula.shape)
                state = _replaced(construction, domain, state, cut, value, known[cut.name])
                given.add(cut.name)
            values = Evaluation(domain, dict(known))
        found.append(state)
    return found, frozenset(given)


def _replaced(construction: Construction, domain: Domain[Any], state: Any, cut: Cut, old: Any, new: Any) -> Any:
    """The state with another matrix in the place of a cut."""
    tokens, slots = construction.encoder.tokens, construction.encoder.slots
    change = domain.add(new, domain.scale(-1, old))
    return domain.add(state, domain.assemble({(cut.group or "", cut.slot): change}, tokens, slots))
