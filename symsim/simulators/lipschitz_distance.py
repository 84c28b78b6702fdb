"""How far interpolation on a grid is from a Lipschitz function: at most ``L s / 2``, as claims that state a distance.

Lemma. Let ``|f(u) - f(v)| <= L |u - v|``, x between the points a and b = a + s of the grid, x = a + t s, and I the
interpolant. Then ``|I(x) - f(x)| <= L s / 2``. Proof. With y = f(x), ``I(x) - y = (1 - t) (f(a) - y) + t (f(b) - y)``,
where ``|f(a) - y| <= L t s`` and ``|f(b) - y| <= L (1 - t) s``. So ``|I(x) - y| <= 2 t (1 - t) L s``, and
``2 t (1 - t) = 1/2 - (1 - 2 t)^2 / 2``. The bound is reached: by ``f(x) = L |x - c|`` at the middle c of an interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from symsim.claims.approximate import ApproximateClaim, within
from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction
from symsim.claims.sides import Prepared
from symsim.domains.closed_forms import ClosedForm
from symsim.domains.exact import Exact
from symsim.domains.protocol import Domain
from symsim.domains.sympy_edge import to_sympy
from symsim.encoder.weights import sparse_weight
from symsim.errors import BadInput
from symsim.formulas.building import apply, matrix, number
from symsim.formulas.parsing import parse
from symsim.formulas.syntax import Formula
from symsim.simulators.interpolation import by_parts, grid, lipschitz

ANY = "f"
"""The name of the function where it may be any."""

EPS = sympy.Symbol("L") * sympy.Symbol("s") / 2
"""The largest distance, for a function with constant L and a grid of step s."""


@dataclass(frozen=True)
class LipschitzClaim(ApproximateClaim):
    """A claim that states a distance for every f with ``|f(u) - f(v)| <= L |u - v|``, L being ``constant``."""

    constant: Fraction = Fraction(1)
    points: tuple[Fraction, ...] = ()

    def quantifiers(self) -> str:
        """What the claim ranges over, in words."""
        factor = "" if self.constant == 1 else f"{self.constant} "
        return f"{super().quantifiers()} and every {ANY} with |{ANY}(u) - {ANY}(v)| <= {factor}|u - v|"


@dataclass(frozen=True)
class OnGrid:
    """The encoder whose input F holds the values of the function ``f`` on the grid, as a side of a claim about X."""

    construction: Construction = field(repr=False)
    points: tuple[Fraction, ...]

    def __str__(self) -> str:
        return f"{self.construction.name}(X, {ANY} on the grid)"

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns of the result."""
        return self.construction.shape

    def at(self, sizes: Mapping[str, int]) -> OnGrid:
        """The same side: its sizes are fixed."""
        return self

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run the encoder, where the number system knows functions without a rule."""
        row = {(0, k): sympy.Rational(p.numerator, p.denominator) for k, p in enumerate(self.points) if p}
        values = domain.entrywise(ANY, domain.constant(sparse_weight(1, len(self.points), row)))
        return self.construction.prepare(domain, {**inputs, "F": values}, scalars)


@dataclass(frozen=True)
class Interpolation(Construction):
    """An encoder that interpolates, with the grid and the constant of the functions that it is claimed to be close to.

    With an input F the claim is about every function f with that constant, and F holds its values on the grid. Without
    one it is about the one function ``computes``.
    """

    points: tuple[Fraction, ...] = ()
    constant: Fraction = Fraction(1)

    @property
    def eps(self) -> ClosedForm:
        """The distance ``L s / 2``."""
        return ClosedForm(EPS).at({"L": self.constant, "s": self.points[1] - self.points[0]})

    @property
    def claim(self) -> ApproximateClaim:
        """That the result is within ``eps`` of the function, for all real entries of X within the grid."""
        plain, bound = super().claim, self.points[-1]
        if "F" not in dict(self.inputs):
            return within(plain, self.eps, bound)
        n = dict(self.inputs)["X"][1]
        return LipschitzClaim(
            name=self.name,
            left=OnGrid(self, self.points),
            right=self.computes,
            inputs=(("X", (1, n)),),
            machine=plain.machine,
            cost=plain.cost,
            eps=self.eps,
            bound=bound,
            through=through(n, self.points),
            constant=self.constant,
            points=self.points,
        )


def interpolation(n: int, intervals: int, constant: Any = 1, bound: Any = 1, of: str | None = None) -> Interpolation:
    """Interpolation of X (1 x n) on a grid from -B to B, claimed to be within ``L s / 2`` of a function there.

    ``constant`` is L and ``bound`` B. ``of`` is one function, a formula in X such as ``"1/2 X .* X"`` with n for the
    columns of X, whose values on the grid are rational and stand in the weights; without it the claim is about every
    function with the constant L, and its values on the grid are an input.

    >>> from symsim.proof import check
    >>> print(check(interpolation(2, 4).claim).verdict)
    enclosed
    >>> print(check(interpolation(1, 4, of="1/2 X .* X").claim).verdict)
    enclosed
    """
    largest, L = Fraction(bound), Fraction(constant)
    if L <= 0:
        raise BadInput(f"the constant of a Lipschitz function is a positive number, got {L}")
    points = grid(intervals, -largest, largest)
    if of is None:
        built, computes = lipschitz(n, intervals, -largest, largest), apply(ANY, matrix("X", 1, n))
    else:
        computes = parse(of, {"X": (1, "n")}, sizes={"n": n})
        built = lipschitz(n, intervals, -largest, largest, _values(of, points))
    parts = {**vars(built), "computes": computes, "name": "lipschitz" if of is None else built.name}
    known = {name: parts[name] for name in Construction.__dataclass_fields__}
    return Interpolation(**known, points=points, constant=L)


def through(n: int, points: Sequence[Fraction]) -> Formula:
    """What the encoder computes exactly where F holds the values of f on the grid."""
    return by_parts(n, points, [apply(ANY, number(point)) for point in points])


def lemma_identity() -> Claim:
    """The identity on which the lemma rests, about real numbers (1 x 1 matrices); it is decided like any other claim.

    With the ends ``Fa``, ``Fb``, the value ``y``, ``q = 1 - t``: ``L s / 2 - (I - y)`` is ``q`` times
    ``L t s - (Fa - y)``, plus ``t`` times ``L q s - (Fb - y)``, plus ``L s (q - t)^2 / 2``; no factor is negative.
    The other sign of ``I - y`` is the same for -f.

    >>> from symsim.proof import check
    >>> print(check(lemma_identity()).verdict)
    proved
    """
    names = ("L", "s", "t", "Fa", "Fb", "y")
    left = "1/2 L s - ((1 - t) Fa + t Fb - y)"
    right = "(1 - t) (L t s - (Fa - y)) + t (L (1 - t) s - (Fb - y)) + 1/2 L s (1 - 2 t) (1 - 2 t)"
    return compare(left, right, {name: (1, 1) for name in names})


def _values(of: str, points: Sequence[Fraction]) -> list[Fraction]:
    """The values of a function on the grid; ``BadInput`` where one is no rational number."""
    domain = Exact()
    formula = parse(of, {"X": (1, "n")}, sizes={"n": len(points)})
    row = formula.evaluate(domain, {"X": domain.given([list(points)], 1, len(points))})
    found = []
    for k, point in enumerate(points):
        value = to_sympy(domain.field, row[0, k])
        if not value.is_Rational:
            raise BadInput(f"{of} is {value} at {point}: only rational values can stand in weights")
        found.append(Fraction(int(value.p), int(value.q)))
    return found
