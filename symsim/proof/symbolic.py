"""The symbolic method: exact, fixed sizes, all inputs symbols; uncut, or cut at the nodes of the dataflow.

Both sides are run over the field of exp-rational functions and compared entry by entry; equal normal forms prove.
*Cut*: after each layer every slot that has a counterpart in the specification is proved equal to it and replaced by
fresh symbols, on both sides; nothing else of the token matrix is dropped, so a later layer that reads anything else
still sees its true value. The chain of counterparts has to compose to the claim's right side. What holds for all
values of the fresh symbols holds for the values that they stand for.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction, Cut
from symsim.claims.report import Verdict
from symsim.claims.sides import prepare
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.encoder.running import layer_rows, run_layer
from symsim.errors import Undefined
from symsim.formulas.evaluation import Evaluation
from symsim.formulas.syntax import Formula
from symsim.proof import programs
from symsim.proof.composing import composes, fresh_name, side_conditions
from symsim.proof.evidence import METHODS, NOWHERE, Evidence, Method, Options, Steps
from symsim.proof.masks import TooManyMasks, with_masks
from symsim.rasp.claiming import ProgramCall
from symsim.rasp.faults import Undecided

ROWS_AT_ONCE = 8


def applies(claim: Claim) -> bool | str:
    """Fixed sizes only."""
    return True if claim.fixed else f"the symbolic method needs fixed sizes; {', '.join(claim.free_sizes)} are free"


def decide(claim: Claim, options: Options) -> Evidence:
    """Cut where the claim has cuts and ``options.cut`` asks for it; uncut otherwise, and where the cut proof fails.

    A program has a way of its own.
    """
    if isinstance(claim.left, ProgramCall):
        return programs.decide(claim, options)
    if options.cut and can_be_cut(claim):
        evidence = cut(claim)
        if evidence.verdict is Verdict.PROVED:
            return evidence
        whole = uncut(claim)
        if whole.verdict is Verdict.PROVED:
            return whole
        return replace(whole, method="symbolic", steps=(*evidence.steps, *whole.steps))
    return uncut(claim)


# -- uncut ------------------------------------------------------------------------------------------------------------
def uncut(claim: Claim) -> Evidence:
    """Run both sides whole and compare every entry, row by row."""
    steps = Steps("symbolic uncut")
    conditions: dict[str, None] = {}
    try:
        for given, name in with_masks(claim):
            domain = Exact()
            inputs = {n: domain.variable(n, *shape) for n, shape in claim.inputs if n not in claim.binary}
            inputs.update({n: domain.given(value, *dict(claim.inputs)[n]) for n, value in given.items()})
            if not steps.run(name, lambda d=domain, i=inputs: _rows_agree(claim, d, i)):  # type: ignore[misc]
                reason = "the two normal forms differ"
                return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason)
            conditions.update(dict.fromkeys(domain.side_conditions()))
    except Undefined as error:
        reason = f"{NOWHERE}: {error}"
        return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=reason, undefined=True)
    except Undecided as error:  # a program branches on a condition whose truth depends on the symbols
        return Evidence(Verdict.UNDECIDED, steps.method, tuple(steps.done), reason=error.message)
    except TooManyMasks as error:
        return Evidence(Verdict.UNDECIDED, "symbolic uncut", reason=str(error))
    return Evidence(Verdict.PROVED, "symbolic uncut", tuple(steps.done), conditions=tuple(conditions))


def _rows_agree(claim: Claim, domain: Exact, inputs: dict[str, ExactMatrix]) -> bool:
    left = prepare(claim.left, domain, inputs, {})
    right = prepare(claim.right, domain, inputs, {})
    return all(domain.equal(left([i]), right([i])) for i in range(claim.right.shape[0]))


# -- cut --------------------------------------------------------------------------------------------------------------
def can_be_cut(claim: Claim) -> bool:
    """Whether the left side is a construction with cuts and the right one a formula, without masks to range over."""
    cuts = claim.left.cuts if isinstance(claim.left, Construction) else ()
    return bool(cuts) and isinstance(claim.right, Formula) and not claim.binary


def cut(claim: Claim) -> Evidence:
    """Prove the small identity of each node, then that they compose to the right side."""
    construction: Construction = claim.left
    steps = Steps("symbolic cut")

    def undecided(reason: str, undefined: bool = False) -> Evidence:
        return Evidence(Verdict.UNDECIDED, "symbolic cut", tuple(steps.done), reason=reason, undefined=undefined)

    if not ends_at_readout(construction):
        return undecided("the last cut is not the read-out")
    if not steps.run("composition", lambda: composes(claim)):
        return undecided("the cuts do not compose to the right side")
    domain = Exact()
    inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
    try:
        state = construction.tokens(domain, inputs)
        values = Evaluation(domain, dict(inputs), {})
        last = len(construction.encoder.layers) - 1
        for number, layer in enumerate(construction.encoder.layers):
            nodes = [c for c in construction.cuts if c.layer == number]
            holds = _last_layer if number == last else _node_holds
            if number != last:
                state = run_layer(domain, layer, state, construction.encoder.tokens)
            for node in nodes:
                question = partial(holds, construction, domain, state, values, node)
                if not steps.run(node_name(node), question):
                    return undecided(f"the two sides differ as formulas at {node_name(node)}")
            for node in nodes if number != last else ():
                state = _replace(construction, domain, state, values, node)
        conditions, shared = side_conditions(claim, domain, inputs)
    except Undefined as error:
        return undecided(f"{NOWHERE}: {error}", undefined=True)
    if not shared:
        return undecided("a side condition is left that the right side does not have: " + conditions[-1])
    return Evidence(Verdict.PROVED, "symbolic cut", tuple(steps.done), conditions=conditions, shared=True)


def node_name(node: Cut) -> str:
    """A node for people: the formula that its slot has to hold."""
    return f"layer {node.layer + 1}, slot {node.slot}: {node.name} = {node.formula}"


def ends_at_readout(construction: Construction) -> bool:
    """Whether the last cut is what the read-out reads, and no other cut lies in the last layer."""
    last, layers = construction.cuts[-1], len(construction.encoder.layers)
    at_end = [c for c in construction.cuts if c.layer == layers - 1]
    in_order = all(a.layer <= b.layer for a, b in zip(construction.cuts, construction.cuts[1:], strict=False))
    read = construction.readout
    reads = (last.slot, last.group, last.formula.shape) == (read.slot, read.group, read.shape)
    return at_end == [last] and in_order and reads


def _node_holds(
    construction: Construction, domain: Exact, state: ExactMatrix, values: Evaluation, node: Cut
) -> bool:
    """A node of the state after its layer."""
    found = construction.slot_value(domain, state, node.slot, node.group, node.formula.shape)
    return domain.equal(found, values.value(node.formula)) is True


def _replace(
    construction: Construction, domain: Exact, state: ExactMatrix, values: Evaluation, node: Cut
) -> ExactMatrix:
    """The token matrix with fresh symbols for a proved node, which the formulas of later nodes then use as well."""
    height, width = node.formula.shape
    fresh = domain.variable(fresh_name(node), height, width)
    values.inputs[node.name] = fresh
    slots = construction.encoder.slots
    left = slots.span(node.slot)[0]
    places = construction.places(None, node.group, (height, width))
    block = domain.flatten(fresh) if node.group is None else fresh
    entries = list(state.entries)
    for row, place in zip(block.entries, places, strict=True):
        kept = {j: v for j, v in entries[place].items() if not left <= j < left + block.width}
        entries[place] = {**kept, **{left + j: v for j, v in row.items()}}
    return ExactMatrix(entries, state.width)


def _last_layer(construction: Construction, domain: Exact, state: ExactMatrix, values: Evaluation, node: Cut) -> bool:
    """The last node, some rows at a time, so that little is held at once."""
    encoder, (height, width) = construction.encoder, node.formula.shape
    last = layer_rows(domain, encoder.layers[-1], state, encoder.tokens)
    for start in range(0, height, ROWS_AT_ONCE):
        rows = list(range(start, min(height, start + ROWS_AT_ONCE)))
        found = domain.columns(last(construction.places(rows)), encoder.slots, [node.slot])
        if node.group is None:
            found = domain.unflatten(found, len(rows), width)
        if not domain.equal(found, values.value(node.formula, rows)):
            return False
    return True


METHOD = METHODS.register(Method("symbolic", applies, decide, cuts=can_be_cut))
