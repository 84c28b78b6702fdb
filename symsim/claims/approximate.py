"""Claims that two sides are close: ``|left - right| <= eps`` for all inputs whose entries lie within a bound."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from symsim.claims.claim import Claim
from symsim.domains.closed_forms import ClosedForm
from symsim.errors import BadInput
from symsim.formulas.sizes import shape_text
from symsim.formulas.syntax import Sum


@dataclass(frozen=True)
class ApproximateClaim(Claim):
    """Every entry of ``left - right`` is at most ``eps`` in absolute value where all inputs have entries in [-B, B].

    ``eps`` is a closed formula, ``bound`` the rational B. ``through`` is a formula that the left side is said to equal
    exactly: where it is given, a lemma may bound its distance from the right side for all inputs. Raises ``BadInput``
    for a bound that is not positive, for free scalars, and for an ``eps`` with symbols other than the sizes.

    >>> from symsim.claims.comparing import compare
    >>> import sympy
    >>> claim = within(compare("exp(X)", "ones(1)", {"X": (1, 1)}), ClosedForm(2 * sympy.Symbol("B")), Fraction(1, 4))
    >>> claim.statement()
    '|exp(X) - ones(1)| <= 2*B with B = 1/4 in every entry, for all real X with entries in [-1/4, 1/4] (X: 1 x 1)'
    """

    eps: ClosedForm | None = None
    bound: Fraction = Fraction(1)
    through: Any = None

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "bound", Fraction(self.bound))
        if self.bound <= 0:
            raise BadInput(f"the entries of the inputs are bounded by a positive number, got {self.bound}")
        if self.scalars or self.binary:
            raise BadInput("a claim that states a distance is about bounded real matrices: no free scalars, no masks")
        if not isinstance(self.eps, ClosedForm):
            raise BadInput(f"the distance eps is a closed formula, got {self.eps!r}")
        if loose := [name for name in self.eps.free if name not in self.free_sizes]:
            raise BadInput(f"the distance {self.eps} has no value for '{loose[0]}'")

    @property
    def approximate(self) -> bool:
        """This claim states a distance."""
        return True

    def at(self, sizes: Any) -> ApproximateClaim:
        """The claim at concrete sizes (for some or all of its size symbols)."""
        from symsim.claims.sides import side_at

        if self.fixed or self.eps is None:
            return self
        plain = Claim(**{field.name: getattr(self, field.name) for field in fields(Claim)}).at(sizes)
        through = None if self.through is None else side_at(self.through, sizes)
        return within(plain, self.eps.at(sizes), self.bound, through)

    def quantifiers(self) -> str:
        """What the claim ranges over, in words."""
        return f"{super().quantifiers()} with entries in [-{self.bound}, {self.bound}]"

    def statement(self) -> str:
        """The claim in one line of text."""
        right = self.written[1] if self.written else str(self.right)
        shapes = ", ".join(f"{name}: {shape_text(shape)}" for name, shape in self.inputs)
        if isinstance(self.right, Sum):  # all of it is subtracted
            right = f"({right})"
        difference = f"|{self._left_text()} - {right}|"
        return f"{difference} <= {self.eps} in every entry, {self.quantifiers()} ({shapes})"


def within(claim: Claim, eps: ClosedForm, bound: Any, through: Any = None) -> ApproximateClaim:
    """The claim that the two sides of ``claim`` differ by at most ``eps`` where all inputs have entries in [-B, B].

    ``bound`` is the rational B, which is also the value of the symbol B in ``eps``; ``through`` is a formula that the
    left side equals exactly, if there is one.
    """
    if isinstance(eps, ClosedForm) and "B" in eps.free:
        eps = eps.at({"B": bound})
    parts = {field.name: getattr(claim, field.name) for field in fields(Claim)}
    return ApproximateClaim(**parts, eps=eps, bound=Fraction(bound), through=through)
