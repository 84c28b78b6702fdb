"""The parametric method: all sizes at once, over matrices of symbolic size cut into blocks.

Equal normal forms prove for all sizes >= 1; different ones decide nothing here and go to the witness search at
concrete sizes.
"""

from __future__ import annotations

from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Construction
from symsim.claims.report import Verdict
from symsim.claims.sides import prepare
from symsim.domains.blocks import Blocks
from symsim.encoder.running import states
from symsim.errors import BadInput, Undefined
from symsim.formulas.evaluation import Evaluation
from symsim.proof.evidence import METHODS, Evidence, Method, Options, Steps
from symsim.proof.symbolic import node_name


def applies(claim: Claim) -> bool | str:
    """Every claim whose parts the block calculus can say; what it cannot say is found on the way."""
    return True


def decide(claim: Claim, options: Options) -> Evidence:
    """Compare the block normal forms of both sides, and with ``options.cut`` of every node on the way."""
    steps = Steps("parametric")
    domain = Blocks(scalars=claim.scalars, nonempty_rows=claim.nonempty_rows)
    try:
        inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
        if options.cut and isinstance(claim.left, Construction):
            _nodes(claim.left, domain, inputs, steps)
        left = prepare(claim.left, domain, inputs, {})(None)
        right = prepare(claim.right, domain, inputs, {})(None)
        proved = steps.run("all outputs", lambda: domain.equal(left, right) is True)
    except (BadInput, Undefined) as error:
        return Evidence(Verdict.UNDECIDED, "parametric", tuple(steps.done), reason=str(error))
    if proved:
        return Evidence(Verdict.PROVED, "parametric", tuple(steps.done), conditions=tuple(domain.conditions))
    return Evidence(Verdict.UNDECIDED, "parametric", tuple(steps.done), reason="the two block normal forms differ")


def _nodes(construction: Construction, domain: Blocks, inputs: dict[str, Any], steps: Steps) -> None:
    """Note for every node whether its slot holds its formula; the verdict does not depend on it."""
    values = Evaluation(domain, inputs, {})
    for number, state in enumerate(states(domain, construction.encoder, construction.tokens(domain, inputs))):
        for node in construction.cuts:
            if node.layer == number - 1:
                found = construction.slot_value(domain, state, node.slot, node.group, node.formula.shape)
                expected = values.value(node.formula)
                steps.run(node_name(node), lambda f=found, e=expected: domain.equal(f, e) is True)  # type: ignore[misc]
                values.inputs[node.name] = expected


METHOD = METHODS.register(Method("parametric", applies, decide))
