"""z3 over nonlinear real arithmetic: the last resort against cases that linear reasoning cannot exclude.

Exponentials are taken for positive unknowns, so what z3 calls impossible is (on its word); the points that it proposes
are proposals. The solver is optional, imported when it is needed, and stopped by a count of its own steps, which gives
the same answer on every machine, and by a clock.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from symsim.domains import second_opinion
from symsim.domains.cases_path import Path
from symsim.domains.field import Value
from symsim.domains.group_ring import Num
from symsim.domains.nested import NestedField
from symsim.domains.polynomials import fraction
from symsim.errors import Disagreement

NAME = "z3"
LOGIC = "QF_NRA"
"""Nonlinear real arithmetic without quantifiers."""
STEPS = 2_000_000
"""z3 counts its steps; a question ends after so many."""
SECONDS_EACH, SECONDS = 3.0, 30.0
"""The limits by the clock: for a question, and for all questions of one solver."""
DIGITS = 10**6
"""Coordinates of a proposed point that are no rational numbers are cut off at this denominator."""


class Solver:
    """Questions to z3 about one field, within limits. ``available`` is False where z3 is not installed.

    >>> from symsim.domains.cases_signs import Signs
    >>> F = NestedField()
    >>> x = F.symbol("x")
    >>> square = F.add(F.add(F.multiply(x, x), x), 1)
    >>> Solver(F).ask(Path(Signs(F)), square, (-1,)) is IMPOSSIBLE
    True
    """

    def __init__(self, field: NestedField, seconds: float = SECONDS) -> None:
        self.field = field
        self.seconds = seconds
        self._alone = False

    @property
    def words(self) -> tuple[str, ...]:
        """On whose word cases were called impossible: z3's, and cvc5's where it said so each time."""
        return (NAME,) if self._alone or not second_opinion.available() else (NAME, second_opinion.NAME)

    @property
    def available(self) -> bool:
        """Whether z3 can be imported."""
        try:
            import z3  # noqa: F401
        except ImportError:
            return False
        return True

    def ask(self, path: Path, value: Value, signs: Sequence[int]) -> dict[str, Fraction] | str | None:
        """``IMPOSSIBLE``, a point (symbol name to ``Fraction``) that may have a sign among ``signs``, or None.

        The assumptions of the path hold at a point as far as z3 knows exponentials. Raises ``Disagreement`` where cvc5
        is installed and finds possible what z3 finds impossible.
        """
        if not self.available or self.seconds <= 0:
            return None
        import z3

        question = _Question(self.field, z3)
        factored = path.signs.factored(value)
        for a in path.assumptions:
            question.add(question.num(a.form.num), a.signs)
        for form in factored.below:
            question.add(question.num(form.num), (-1, 1))
        total: Any = z3.RealVal(factored.sign)
        for form in (*factored.odd, *factored.even, *factored.even):
            total = total * question.num(form.num)
        question.add(total, signs)
        answer, clock = question.check(min(self.seconds, SECONDS_EACH))
        self.seconds -= clock
        if answer == z3.unsat:
            self._again(f"(set-logic {LOGIC})\n{question.solver.to_smt2()}")
            return IMPOSSIBLE
        return question.point() if answer == z3.sat else None


    def _again(self, text: str) -> None:
        """Ask cvc5 what z3 called impossible; ``Disagreement`` where it finds it possible."""
        said = second_opinion.opinion(text)
        if said == "sat":
            raise Disagreement(
                f"{NAME} calls a case impossible that {second_opinion.NAME} calls possible, so nothing is decided: "
                + " ".join(text.split())
            )
        self._alone = self._alone or said != "unsat"


IMPOSSIBLE = "impossible"


class _Question:
    """One call of the solver."""

    def __init__(self, field: NestedField, z3: Any) -> None:
        self.field, self.z3 = field, z3
        self.solver = z3.SolverFor(LOGIC)
        self._variables: dict[int, Any] = {}
        self._exponentials: dict[Any, Any] = {}

    def add(self, term: Any, signs: Sequence[int]) -> None:
        """The sign of a term is one of ``signs``."""
        ways = {-1: term < 0, 0: term == 0, 1: term > 0}
        self.solver.add(self.z3.Or(*(ways[s] for s in signs)))

    def num(self, num: Num) -> Any:
        """A sum of polynomials times exponentials; each exponent is an unknown above 0."""
        total: Any = self.z3.RealVal(0)
        for exponent, poly in num.items():
            part: Any = self.z3.RealVal(0)
            for mono, coefficient in poly.terms.items():
                term: Any = self.z3.RealVal(str(fraction(coefficient)))
                for prime in self.field.factors(mono):
                    term = term * self._variable(prime)
                part = part + term
            total = total + (part * self._exponential(exponent) if exponent.terms else part)
        return total

    def _variable(self, prime: int) -> Any:
        if prime not in self._variables:
            self._variables[prime] = found = self.z3.Real(f"v{prime}")
            if prime in self.field.nonnegative:
                self.solver.add(found >= 0)
        return self._variables[prime]

    def _exponential(self, exponent: Any) -> Any:
        if exponent not in self._exponentials:
            self._exponentials[exponent] = found = self.z3.Real(f"e{len(self._exponentials)}")
            self.solver.add(found > 0)
        return self._exponentials[exponent]

    def check(self, seconds: float) -> tuple[Any, float]:
        """The answer, and the seconds that it took."""
        self.solver.set("timeout", max(1, int(1000 * seconds)))
        self.solver.set("rlimit", STEPS)
        start = time.perf_counter()
        answer = self.solver.check()
        return answer, time.perf_counter() - start

    def point(self) -> dict[str, Fraction]:
        """The values of the symbols in the model that was found."""
        model = self.solver.model()
        out: dict[str, Fraction] = {}
        for prime, variable in self._variables.items():
            name = self.field.names[prime]
            if isinstance(name, str):
                out[name] = _rational(model.eval(variable, model_completion=True), self.z3)
        return out


def _rational(value: Any, z3: Any) -> Fraction:
    if z3.is_algebraic_value(value):
        value = value.approx(8)
    exact = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return exact.limit_denominator(DIGITS) if exact.denominator > DIGITS else exact
