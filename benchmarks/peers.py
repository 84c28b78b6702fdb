"""The peer: sympy decides the same claims, entry by entry, on the expressions that the same encoder writes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import sympy

from benchmarks.cases import Case, Question, pair
from symsim.claims.sides import prepare
from symsim.domains.arrays import Arrays

SIZES = (2, 3, 4)
PROGRESS = "entries done: "
ROUTES: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {"expand": sympy.expand, "simplify": sympy.simplify}


def _entries(n: int, shifted: bool) -> list[sympy.Expr]:
    """The differences of both sides as sympy expressions, nothing simplified."""
    claim = pair(n, shifted)
    domain = Arrays(dtype=object)
    inputs = {name: domain.variable(name, *shape) for name, shape in claim.inputs}
    sides = [domain.dense(prepare(side, domain, inputs, {})(None)) for side in (claim.left, claim.right)]
    return [sympy.sympify(a - b) for a, b in zip(sides[0].ravel(), sides[1].ravel(), strict=True)]


def _question(route: str, n: int, shifted: bool) -> Question:
    entries = _entries(n, shifted)

    def decide() -> str:
        for number, entry in enumerate(entries, 1):
            if ROUTES[route](entry) != 0:
                return "not decided"
            print(f"{PROGRESS}{number}/{len(entries)}", flush=True)
        return "proved"

    return decide


def peers() -> list[Case]:
    """The ``expand`` and ``simplify`` of sympy on R uncut, plain and with a row shift."""
    return [
        Case(
            f"sympy {route}, {'row shift' if shifted else 'plain'}",
            f"n = d = {n}",
            partial(_question, route, n, shifted),
            "",
        )
        for shifted in (False, True)
        for n in SIZES
        for route in ROUTES
    ]
