"""Claims about finitely many exact inputs, each of them listed: given ones, or ones drawn at random."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.sides import prepare
from symsim.domains.exact import Exact
from symsim.errors import BadInput, Undefined
from symsim.formulas.sizes import shape_text

MOST_INPUTS = 10_000
"""A claim lists at most so many inputs."""
LARGEST = 9
"""Entries that are drawn have numerators from -9 to 9 and denominators from 1 to 9."""
MOST_DRAWS = 100
"""An input at which the right side has no value is drawn again, at most so many times."""

Point = Mapping[str, Sequence[Sequence[Fraction]]]


@dataclass(frozen=True)
class ListedClaim(Claim):
    """``left = right`` at each of ``points``, and nothing about any other input.

    A point gives every input of the claim as a table of rationals. ``chosen`` says where they come from. Raises
    ``BadInput`` for symbolic sizes, free scalars, and points that do not give the inputs with their shapes.
    """

    points: tuple[Point, ...] = ()
    chosen: str = "listed"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.fixed or self.scalars:
            raise BadInput("a claim about listed inputs has fixed sizes and no free scalars")
        if not 1 <= len(self.points) <= MOST_INPUTS:
            raise BadInput(f"a claim lists 1 to {MOST_INPUTS} inputs, got {len(self.points)}")
        for number, point in enumerate(self.points, 1):
            for name, (rows, cols) in self.inputs:
                table = point.get(name, ())
                if len(table) != rows or any(len(row) != cols for row in table):
                    raise BadInput(f"input {number} has to give {name} as a {rows} x {cols} table")
            for name in self.binary:
                if any(entry not in (0, 1) for row in point[name] for entry in row):
                    raise BadInput(f"input {number}: {name} is a mask, and its entries are 0 and 1")

    def quantifiers(self) -> str:
        """What the claim ranges over, in words."""
        count = len(self.points)
        return f"for the {count} input{'s' if count > 1 else ''} {self.chosen} and no other"

    @property
    def domain(self) -> dict[str, Any]:
        """The inputs as data, every entry a text."""
        points = [{k: [[str(v) for v in row] for row in table] for k, table in point.items()} for point in self.points]
        return {"inputs": len(self.points), "chosen": self.chosen, "points": points}


def at_random(claim: Claim, count: int, seed: int = 0) -> ListedClaim:
    """The claim at ``count`` random rational inputs of its shapes at which its right side has a value.

    Numerators run from -9 to 9, denominators from 1 to 9; masks get entries 0 and 1. Raises ``BadInput`` for a claim
    with symbolic sizes, a ``count`` that is no integer from 1 to 10000, and a right side without a value at
    100 draws.

    >>> from symsim.claims.comparing import compare
    >>> claim = at_random(compare("inv(A) A", "I", {"A": (3, 3)}), 2)
    >>> claim.statement()
    'inv(A) A = I for the 2 inputs drawn at random with seed 0 and no other (A: 3 x 3)'
    """
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_INPUTS:
        raise BadInput(f"the number of random inputs is an integer from 1 to {MOST_INPUTS}, got {count!r}")
    if not claim.fixed:
        raise BadInput(f"random inputs need fixed sizes; {', '.join(claim.free_sizes)} are free")
    generator = random.Random(seed)
    points = tuple(_drawn(claim, generator) for _ in range(count))
    parts = {field.name: getattr(claim, field.name) for field in fields(Claim)}
    return ListedClaim(**parts, points=points, chosen=f"drawn at random with seed {seed}")


def _drawn(claim: Claim, generator: random.Random) -> Point:
    """An input at which the right side has a value."""
    reason = ""
    for _ in range(MOST_DRAWS):
        point: dict[str, list[list[Fraction]]] = {}
        for name, (rows, cols) in claim.inputs:
            draw = _bit if name in claim.binary else _rational
            point[name] = [[draw(generator) for _ in range(cols)] for _ in range(rows)]
            for row in point[name] if name in claim.binary and claim.nonempty_rows else []:
                row[generator.randrange(cols)] = Fraction(1)
        domain = Exact()
        try:
            prepare(claim.right, domain, {n: domain.given(point[n], *shape) for n, shape in claim.inputs}, {})(None)
        except Undefined as error:
            reason = str(error)
            continue
        return point
    shapes = ", ".join(f"{name}: {shape_text(shape)}" for name, shape in claim.inputs)
    raise BadInput(f"{claim.right} has no value at {MOST_DRAWS} random inputs ({shapes}): {reason}")


def _rational(generator: random.Random) -> Fraction:
    return Fraction(generator.randint(-LARGEST, LARGEST), generator.randint(1, LARGEST))


def _bit(generator: random.Random) -> Fraction:
    return Fraction(generator.randint(0, 1))
