"""Whether the nodes at which a proof is cut compose to the claim, and what was divided by, in the inputs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.construction import Cut
from symsim.claims.sides import prepare
from symsim.domains.blocks import Blocks
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.substituting import Substitution
from symsim.errors import BadInput, Undefined
from symsim.formulas.evaluation import Evaluation
from symsim.formulas.substitution import replace as put
from symsim.formulas.syntax import Formula


def fresh_name(node: Cut) -> str:
    """The name of the symbols that take the place of a proved node."""
    return f"{node.name}'"


def composes(claim: Claim) -> bool:
    """Whether the formulas of the cuts, put into one another, give the right side: as trees or as normal forms.

    What has no normal form in blocks, such as a determinant, is evaluated entry by entry.
    """
    known: dict[str, Formula] = {}
    for node in claim.left.cuts:
        known[node.name] = put(node.formula, known)
    whole = known[claim.left.cuts[-1].name]
    if whole == claim.right:
        return True
    blocks = Blocks(scalars=claim.scalars)
    given = {name: blocks.variable(name, *shape) for name, shape in claim.inputs}
    try:
        sides = [prepare(side, blocks, given, {})(None) for side in (whole, claim.right)]
    except BadInput:
        return claim.fixed and _same_entries(claim)
    return blocks.equal(*sides) is True and not blocks.conditions


def _same_entries(claim: Claim) -> bool:
    domain = Exact()
    inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
    try:
        right = prepare(claim.right, domain, inputs, {})(None)
        return domain.equal(_values(claim, domain, inputs)[claim.left.cuts[-1].name], right) is True
    except Undefined:
        return False


def _values(claim: Claim, domain: Exact, inputs: Mapping[str, Any]) -> dict[str, ExactMatrix]:
    """The nodes as functions of the inputs."""
    values = Evaluation(domain, dict(inputs), {})
    for node in claim.left.cuts:
        values.inputs[node.name] = values.value(node.formula)
    return {node.name: values.inputs[node.name] for node in claim.left.cuts}


def side_conditions(claim: Claim, domain: Exact, inputs: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """What a proof by cuts divided by, with the nodes in place of their symbols, and what the right side divides by.

    Also whether the right side divides by all of that. ``inputs`` are those of the claim in ``domain``. Raises
    ``Undefined`` where a divisor is 0 at all inputs, and for a logarithm, whose argument would have to be positive.
    """
    if not domain.conditions and not domain.positives:
        return (), True
    met, domain.conditions = domain.conditions, []
    if domain.positives:
        raise Undefined("a logarithm of a node is left")
    values = _values(claim, domain, inputs)
    domain.conditions = []
    prepare(claim.right, domain, inputs, {})(None)
    changes = {}
    for node in claim.left.cuts:
        for i, row in enumerate(values[node.name].entries):
            for j in range(values[node.name].width):
                (prime,) = domain.field.variable(f"{fresh_name(node)}_{i + 1},{j + 1}").terms
                changes[prime] = row.get(j, 0)
    found = _each_once(domain, domain.conditions)
    right, substitution = len(found), Substitution(domain.field, changes)
    for value in met:
        whole = substitution.value(value)
        if domain.field.equal(whole, 0):
            raise Undefined("a divisor is 0 at all inputs")
        if domain.sign(whole) is None:
            found = _each_once(domain, [*found, whole])
    domain.conditions = found
    return domain.side_conditions(), len(found) == right


def _each_once(domain: Exact, values: Iterable[Any]) -> list[Any]:
    """Values, those that are equal once."""
    found: list[Any] = []
    for value in values:
        if not any(domain.field.equal(value, known) for known in found):
            found.append(value)
    return found
