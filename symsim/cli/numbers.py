"""The worked examples of a derivation in numbers: every intermediate matrix, exact and decimal, in every realisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from symsim.claims.construction import Construction
from symsim.claims.sides import prepare
from symsim.derivation.derivation import Derivation
from symsim.derivation.examples import Example
from symsim.domains.arrays import Arrays
from symsim.domains.enclosure import decimal
from symsim.domains.exact import Exact
from symsim.domains.exact_matrix import ExactMatrix
from symsim.domains.sympy_edge import to_sympy
from symsim.encoder.running import states
from symsim.errors import SymsimError

DIGITS = 16
LONGEST = 24
"""Exact values up to this many characters are printed beside their decimals."""


def print_numbers(derivation: Derivation, screen: Any) -> None:
    """Run the last example of a derivation exactly through its realisations, and compare with floats."""
    example = derivation.examples[-1]
    results = {}
    for name, construction in realisations(derivation, example):
        domain = Exact()
        screen.print(f"\n[bold]{example.title or 'Worked example'}[/], realisation {name}: every intermediate, exact and to {DIGITS} digits")
        results[name] = _run(construction, domain, example, screen)
    reference = by_floats(derivation, example)
    for name, (domain, value) in results.items():
        worst = max(
            abs(float(decimal(domain.field, value[i, j], 20)) - reference[i, j])
            for i in range(value.height)
            for j in range(value.width)
        )
        screen.print(f"realisation {name} against a float evaluation of the formula: largest difference {worst:.1e}")
    exact = [domain.to_sympy(value) for domain, value in results.values()]
    if len(exact) > 1:
        same = all(value == exact[0] for value in exact[1:])
        screen.print("the realisations agree exactly" if same else "[red]the realisations differ[/]")


def realisations(derivation: Derivation, example: Example) -> list[tuple[str, Construction]]:
    """The constructions of a derivation's family that take the inputs of an example."""
    sizes = {str(k): v for k, v in derivation.sizes_of(example.shapes).items()}
    if derivation.family is None:
        return [(derivation.construction.realisation, derivation.construction.at(sizes))]
    found = []
    for name in ("rows", "scalars"):
        try:
            found.append((name, derivation.construction_for(realisation=name, **sizes)))
        except SymsimError:
            continue
    return found


def by_floats(derivation: Derivation, example: Example) -> Any:
    """The formula of a derivation at an example, in float64."""
    shapes = example.shapes
    floats = {name: np.array([[float(v) for v in row] for row in value]) for name, value in example.inputs.items()}
    sizes = derivation.sizes_of(shapes)
    from symsim.formulas.substitution import substitute_sizes

    formula = substitute_sizes(derivation.computes, sizes)
    return prepare(formula, Arrays(), floats, {})(None)


def _run(construction: Construction, domain: Exact, example: Example, screen: Any) -> tuple[Exact, ExactMatrix]:
    inputs = {name: domain.given(example.inputs[name], *shape) for name, shape in construction.inputs}
    for name, value in inputs.items():
        _show(name, domain, value, screen)
    for number, state in enumerate(states(domain, construction.encoder, construction.tokens(domain, inputs))):
        for node in construction.cuts:
            if node.layer == number - 1:
                value = construction.slot_value(domain, state, node.slot, node.group, node.formula.shape)
                _show(f"{node.name} = {node.formula}   (layer {node.layer + 1}, slot {node.slot})", domain, value, screen)
    return domain, construction.read(domain, state)


def _show(title: str, domain: Exact, value: ExactMatrix, screen: Any) -> None:
    from rich.markup import escape

    screen.print(f"  {escape(title)}")
    for i in range(value.height):
        cells = []
        for j in range(value.width):
            exact = str(to_sympy(domain.field, value[i, j]))
            shown = decimal(domain.field, value[i, j], DIGITS)
            cells.append(exact if exact == shown or "/" not in exact and "(" not in exact and len(exact) < 6 else
                         f"{exact} = {shown}" if len(exact) <= LONGEST else shown)
        screen.print("    " + "   ".join(escape(cell) for cell in cells), soft_wrap=True)
