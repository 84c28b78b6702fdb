"""Verdicts short of a proof exit with 3, unless ``--accept`` lets them pass."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from symsim.claims.claim import Claim
from symsim.claims.report import Verdict
from symsim.proof.evidence import METHODS, Evidence, Method, Options
from tests.cli.conftest import Command

CLAIM = ("check", "X", "X", "--shape", "X=n,d", "--method", "toy")


@pytest.fixture
def toy() -> Iterator[list[Evidence]]:
    """A method that finds whatever a test puts into its list."""
    found: list[Evidence] = []

    def decide(claim: Claim, options: Options) -> Evidence:
        return found[-1]

    METHODS.register(Method("toy", lambda claim: True, decide))
    yield found
    METHODS.remove("toy")


@pytest.mark.parametrize(
    ("evidence", "accept", "status"),
    [
        (Evidence(Verdict.PROVED, "toy"), (), 0),
        (Evidence(Verdict.PROBABLE, "toy"), (), 3),
        (Evidence(Verdict.PROBABLE, "toy"), ("--accept", "enclosed"), 3),
        (Evidence(Verdict.PROBABLE, "toy"), ("--accept", "probable"), 0),
        (Evidence(Verdict.ENCLOSED, "toy", error_bound="1e-9"), (), 3),
        (Evidence(Verdict.ENCLOSED, "toy", error_bound="1e-9"), ("--accept", "probable,enclosed"), 0),
        (Evidence(Verdict.PROVED, "toy", trusted=("z3",)), (), 3),
        (Evidence(Verdict.PROVED, "toy", trusted=("z3",)), ("--accept", "probable"), 3),
        (Evidence(Verdict.PROVED, "toy", trusted=("z3",)), ("--accept", "solver"), 0),
        (Evidence(Verdict.PROBABLE, "toy", trusted=("z3",)), ("--accept", "solver"), 3),
        (Evidence(Verdict.PROBABLE, "toy", trusted=("z3",)), ("--accept", "solver", "--accept", "probable"), 0),
    ],
)
def test_exit_status(
    symsim: Command, toy: list[Evidence], evidence: Evidence, accept: tuple[str, ...], status: int
) -> None:
    toy.append(evidence)
    done = symsim(*CLAIM, *accept)
    assert (done.status, done.err) == (status, "")
    assert done.out.startswith(f"{evidence.verdict} (toy, ")


def test_trust_and_bounds_stand_beside_the_verdict(symsim: Command, toy: list[Evidence]) -> None:
    toy.append(Evidence(Verdict.PROVED, "toy", trusted=("z3",)))
    assert symsim(*CLAIM).out.splitlines()[2] == "on the word of z3"
    assert symsim(*CLAIM, "--json").data["trusted"] == ["z3"]
    toy.append(Evidence(Verdict.ENCLOSED, "toy", error_bound="1e-9"))
    assert symsim(*CLAIM).out.splitlines()[2] == "the sides differ by at most 1e-9"
    toy.append(Evidence(Verdict.PROBABLE, "toy", error_bound="2^-81.5"))
    said = "a false claim would pass with probability at most 2^-81.5"
    assert symsim(*CLAIM, "--accept", "probable").out.splitlines()[2] == said


def test_undecided_is_never_accepted(symsim: Command, toy: list[Evidence]) -> None:
    toy.append(Evidence(Verdict.UNDECIDED, "toy", reason="no idea"))
    done = symsim(*CLAIM, "--accept", "probable,enclosed,solver")
    assert done.status == 3 and "no idea" in done.out
