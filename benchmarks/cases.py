"""What is timed: each case builds a question, and the question answers with a word that is known beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction
from symsim.formulas import names
from symsim.proof import check
from symsim.simulators import universal

Question = Callable[[], str]


@dataclass(frozen=True)
class Case:
    """``build`` is not timed, the question that it returns is. ``full`` marks what is left out of a short run."""

    group: str
    title: str
    build: Callable[[], Question]
    wanted: str
    full: bool = False

    @property
    def name(self) -> str:
        """The name by which a process of its own is told which case to run."""
        return f"{self.group}: {self.title}"


SHIFTED = "softmax(X (A X^T) + u ones^T) (X V)"
PLAIN = "softmax(X (A X^T)) (X V)"
SQUARE = {"X": ("n", "n"), "A": ("n", "n"), "V": ("n", "n"), "u": "n"}
ONCE = "(softmax(X A X^T{}) X V)"
TWICE = "softmax({0} A ({0})^T{1}) {0} V"


def pair(n: int, shifted: bool) -> Claim:
    """R at n = d = d_v against the formula with its products the other way round, and a row shift if asked."""
    formula = SHIFTED if shifted else PLAIN
    right = compare(formula, formula, SQUARE, sizes={"n": n}).right
    return replace(universal(n, n).claim, right=right, inputs=tuple(names(right).items()))


def verdict(claim: Claim, method: str = "symbolic", cut: bool = False) -> Question:
    """What a method says about a claim."""
    return lambda: str(check(claim, method=method, cut=cut).verdict)


def _rows(n: int, shifted: bool) -> Question:
    return verdict(pair(n, shifted))


def _construction(cut: bool, *sizes: Any, **options: Any) -> Question:
    construction: Construction = universal(*sizes, **options)
    return verdict(construction.claim, cut=cut)


def _all_sizes(**options: Any) -> Question:
    return verdict(universal("n", "d", "v", **options).claim, method="parametric")


def _wrong(n: int) -> Question:
    """R against the formula with A transposed."""
    claim = universal(n, n).claim
    right = compare("softmax(X A^T X^T) X V", "X V", SQUARE, sizes={"n": n}).left
    return verdict(replace(claim, right=right), method="auto", cut=True)


def _nested(equal: bool) -> Question:
    """Two softmax layers at n = d = 3, up to row shifts, or with A transposed in the outer one."""
    left = TWICE.format(ONCE.format(""), "")
    right = TWICE.format(ONCE.format(" + u ones^T"), " + u ones^T") if equal else left.replace("A (", "A^T (", 1)
    claim = compare(left, right, SQUARE, sizes={"n": 3})
    return verdict(claim) if equal else verdict(claim, method="auto", cut=True)


def cases() -> list[Case]:
    """All cases of our own, in the order of the table."""
    found = [
        Case(
            "R uncut, " + ("row shift" if shifted else "plain"),
            f"n = d = {n}",
            partial(_rows, n, shifted),
            "proved",
            n > 32,
        )
        for shifted in (False, True)
        for n in (2, 3, 4, 8, 16, 32, 64)
    ]
    found += [
        Case("P uncut", f"n, d, d_v = {sizes}", partial(_construction, False, *sizes, realisation="scalars"), "proved")
        for sizes in ((3, 3, 3), (4, 2, 3), (6, 6, 6))
    ]
    found += [
        Case("R cut", "n = d = 64", partial(_construction, True, 64, 64), "proved"),
        Case("P cut", "n = d = 16", partial(_construction, True, 16, 16, realisation="scalars"), "proved"),
        Case("wrong R", "n = d = 32, A transposed", partial(_wrong, 32), "refuted"),
        Case("two softmax layers", "n = d = 3, equal up to row shifts", partial(_nested, True), "proved"),
        Case("two softmax layers", "n = d = 3, A transposed once", partial(_nested, False), "refuted"),
        Case("all sizes", "R", _all_sizes, "proved"),
        Case("all sizes", "R with 8 heads, scale tau", partial(_all_sizes, d_k="k", heads=8, scale="tau"), "proved"),
        Case("all sizes", "R, whole encoder layer", partial(_all_sizes, d_k="k", d_ff="f"), "proved"),
    ]
    return found
