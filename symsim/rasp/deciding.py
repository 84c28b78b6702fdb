"""Conditions on symbols: decided by the signs that the field shows, and otherwise reported, never guessed.

An evaluation asks one function, ``decide``, about every condition that has a symbol in it. The one here knows what
holds at all real inputs; another one may split into cases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from symsim.domains.exact import Exact
from symsim.domains.field import Value as FieldValue
from symsim.domains.sympy_edge import to_sympy
from symsim.rasp.faults import Place, Undecided


@dataclass(frozen=True)
class Condition:
    """``left relation right`` between two numbers of the exact field, at least one of them with a symbol.

    ``what`` says in words where in a run the condition comes up, ``place`` where in the program.
    """

    left: FieldValue
    relation: str
    right: FieldValue
    what: str = ""
    place: Place | None = None

    def text(self, domain: Exact) -> str:
        """The condition as a formula."""
        return f"{to_sympy(domain.field, self.left)} {self.relation} {to_sympy(domain.field, self.right)}"


Decide: TypeAlias = Callable[[Exact, Condition], bool]
"""Says whether a condition holds, or raises ``Undecided``."""

_HOLDS: dict[str, tuple[int, ...]] = {
    "==": (0,), "!=": (-1, 1), "<": (-1,), "<=": (-1, 0), ">": (1,), ">=": (0, 1),
}  # fmt: skip


def by_sign(domain: Exact, condition: Condition) -> bool:
    """Whether a condition holds at all real inputs, or at none; over ``Cases``, in the case that is looked at.

    Raises ``Undecided`` where that depends on the input and the number system does not split into cases.

    >>> K = Exact()
    >>> x = K.field.symbol("x")
    >>> by_sign(K, Condition(K.field.exp(x), ">", 0)), by_sign(K, Condition(x, "==", K.field.add(x, 1)))
    (True, False)
    """
    difference = domain.field.reduce(domain.field.add(condition.left, condition.right, -1))
    holds = _HOLDS[condition.relation]
    cell = domain.which(difference, (holds, tuple(s for s in (-1, 0, 1) if s not in holds)))
    if cell is None:
        what = f" {condition.what}" if condition.what else ""
        raise Undecided(
            f"whether {condition.text(domain)} holds{what} depends on the symbols: run it on numbers, "
            "or on inputs for which the condition has one answer",
            condition.place,
        )
    return cell == 0
