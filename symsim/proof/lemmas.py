"""Lemmas that bound the distance of two formulas for all inputs: an open registry, and how one is used.

A claim that states a distance may name a formula ``through`` that its left side equals. The equality is proved exactly;
a lemma bounds the distance of ``through`` from the right side. Its proof is written, in the documentation; what of it
is an inequality between numbers is checked by balls here, for the numbers of the claim.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import flint
import sympy

from symsim.claims.claim import Claim
from symsim.claims.report import Step, Verdict
from symsim.domains.closed_forms import ClosedForm
from symsim.domains.registry import Registry
from symsim.formulas.building import matrix, softmax
from symsim.proof import parametric, symbolic
from symsim.proof.evidence import Evidence, Options
from symsim.simulators import softmax_only


@dataclass(frozen=True)
class Inequality:
    """``smaller <= larger`` between two closed formulas with numbers."""

    name: str
    smaller: ClosedForm
    larger: ClosedForm

    def holds(self) -> bool:
        """Whether balls show it; formulas that are the same are equal."""
        if self.smaller == self.larger:
            return True
        if self.smaller.free or self.larger.free:
            return False
        for bits in (64, 256, 1024):
            with flint.ctx.workprec(bits):
                if self.smaller.ball(bits) <= self.larger.ball(bits):
                    return True
        return False


@dataclass(frozen=True)
class Lemma:
    """``inequalities(claim)`` is None where the lemma is not about the claim, else what has to hold for its numbers.

    ``written`` says what is proved by hand, and where.
    """

    name: str
    written: str
    inequalities: Callable[[Any], list[Inequality] | None]


LEMMAS: Registry[Lemma] = Registry("lemma")
"""All known lemmas by name. Open: a new one is one object in one file."""


@dataclass(frozen=True)
class Proof:
    """What came of a lemma: its steps, and the reason where it does not show the distance."""

    steps: tuple[Step, ...]
    reason: str | None


def proof(claim: Any, options: Options) -> Proof | None:
    """The steps by which the first lemma that fits shows the distance of a claim, or None where none fits."""
    for lemma in LEMMAS:
        wanted = lemma.inequalities(claim)
        if wanted is not None:
            return _by(lemma, wanted, claim, options)
    return None


def _by(lemma: Lemma, wanted: list[Inequality], claim: Any, options: Options) -> Proof:
    exact = _exactly(claim, options)
    steps = [Step(f"exact: {s.name}", s.verdict, s.method, s.seconds, s.detail) for s in exact.steps]
    if exact.verdict is not Verdict.PROVED or exact.conditions:
        return Proof(tuple(steps), "it is not proved that the left side equals the formula that the lemma is about")
    failed = None
    for inequality in wanted:
        start = time.perf_counter()
        holds = inequality.holds()
        verdict = Verdict.PROVED if holds else Verdict.UNDECIDED
        steps.append(Step(inequality.name, verdict, "ball", time.perf_counter() - start))
        failed = failed or (None if holds else f"the lemma '{lemma.name}' needs {inequality.name}")
    if failed is None:
        steps.append(Step(f"lemma '{lemma.name}', {lemma.written}", Verdict.ENCLOSED, "lemma"))
    return Proof(tuple(steps), failed)


def _exactly(claim: Any, options: Options) -> Evidence:
    """That the left side equals the formula ``through``, for all real inputs."""
    parts = {field.name: getattr(claim, field.name) for field in fields(Claim)}
    plain = Claim(**{**parts, "right": claim.through, "written": None})
    if not plain.fixed:
        return parametric.decide(plain, options)
    if options.cut and symbolic.can_be_cut(plain):
        found = symbolic.cut(plain)
        if found.verdict is Verdict.PROVED:
            return found
    found = parametric.decide(plain, options)
    return found if found.verdict is Verdict.PROVED else symbolic.uncut(plain)


# -- softmax heads only -----------------------------------------------------------------------------------------------
def _softmax_only(claim: Any) -> list[Inequality] | None:
    """The claim has to be about attention and its softmax-only form, at one temperature, in this very wording."""
    shapes = dict(claim.inputs)
    temperature = getattr(claim.left, "temperature", None)
    if set(shapes) != {"X", "A", "V"} or temperature is None or claim.through is None:
        return None
    (n, d), (_, d_v) = shapes["X"], shapes["V"]
    X, A, V = matrix("X", n, d), matrix("A", d, d), matrix("V", d, d_v)
    wanted = softmax(X @ A @ X.T) @ X @ V
    through = softmax_only.exactly(n, d, d_v, temperature)
    if shapes["A"] != (d, d) or claim.right != wanted or claim.through != through:
        return None

    def form(expression: Any) -> ClosedForm:
        return ClosedForm(expression).at({"B": claim.bound, "T": temperature})

    bound = softmax_only.distance(d, claim.bound, temperature)
    u = softmax_only.B / softmax_only.T
    return [
        Inequality("u = B / T <= 1", form(u), form(sympy.Integer(1))),
        Inequality("sinh u + tanh u <= 2 u", form(sympy.sinh(u) + sympy.tanh(u)), form(2 * u)),
        Inequality("the bound of the lemma is at most eps", bound, claim.eps),
    ]


LEMMAS.register(
    Lemma(
        "softmax heads only",
        "proved by hand in the documentation, for all sizes and all inputs within the bound",
        _softmax_only,
    )
)
