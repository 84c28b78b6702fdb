"""The benchmarks can be run, and their tables say what was measured. Nothing here looks at a time."""

from __future__ import annotations

import pytest

from benchmarks.cases import cases
from benchmarks.certified import Enclosed, certified, evaluated
from benchmarks.floor import floors
from benchmarks.large import larges
from benchmarks.peers import peers
from benchmarks.programs import PROGRAMS, Measured, programs
from benchmarks.tables import Timing, page, ratio
from benchmarks.worker import everything


def test_names_are_unique() -> None:
    names = [case.name for case in everything()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "case", [c for c in cases() if "n = d = 2" in c.name or c.group == "all sizes"], ids=lambda c: c.name
)
def test_small_cases_answer_as_expected(case: object) -> None:
    assert case.build()() == case.wanted  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", [c for c in peers() if "n = d = 2" in c.name], ids=lambda c: c.name)
def test_the_peer_gets_the_same_claims(case: object) -> None:
    shifted_expand = "expand, row shift" in case.name  # type: ignore[attr-defined]
    answer = case.build()()  # type: ignore[attr-defined]
    assert answer == ("not decided" if shifted_expand else "proved")


def test_tables_hold_every_case() -> None:
    timings = {case.name: Timing(case.wanted or "proved", 2.0, 10.0) for case in [*cases(), *peers()]}
    timings |= {case.name: Timing("3.0 1.5 1e-16", 1.0, 10.0) for case in floors()}
    timings |= {case.name: Timing("0.6 0.03 probable 2^-81.2", 1.0, 250.0) for case in larges()}
    timings |= {case.name: Timing("0.001 0.00000117 0.01 0.1 1e-16", 1.0, 10.0) for case in programs()}
    timings |= {case.name: Timing("0.01 0.05 2.0 1e-13 6e-38", 1.0, 10.0) for case in certified()}
    timings |= {case.name: Timing("evaluated", 3.0, 10.0) for case in evaluated()}
    timings["sympy simplify, plain: n = d = 4"] = Timing("stopped after 3/16 entries", 60.0, 0.0, finished=False)
    text = page(timings)
    ours = len(cases()) + len(floors()) + len(larges()) + len(programs()) + len(certified())
    assert text.count("\n| ") == 6 + ours + 6 * 2
    assert "stopped after 3/16 entries (> 30)" in text and "| 2 | 2 | 1e-16 |" in text
    assert "| probable | 2^-81.2 | 0.60 | 0.0300 | 20 | 30 | 250 |" in text
    assert "| n = 256, d = 32 | 0.0100 | 0.0500 (5) | 1e-13 | 2.00 (200) | 6e-38 | not tried |" in text
    assert "| n = 4, d = 4 | 0.0100 | 0.0500 (5) | 1e-13 | 2.00 (200) | 6e-38 | 3.00 s |" in text
    assert ratio(1, 3) == "0.33" and ratio(12345, 1) == "12,345"


def test_the_smallest_sizes_are_enclosed_and_evaluated() -> None:
    found = Enclosed.read(certified()[0].build()())
    assert 0 < found.ball_radius < 1e-30 < found.rounded_radius < 1e-12 and found.plain < found.balls < 1
    assert evaluated()[0].build()() == "evaluated"


def test_tables_of_a_part() -> None:
    assert "sympy gets" not in page({"all sizes: R": Timing("proved", 0.1, 80.0)})


@pytest.mark.parametrize(("case", "program"), list(zip(programs(), PROGRAMS, strict=True)), ids=lambda c: c.title)
def test_programs_are_compared_with_numpy_and_scaled(case: object, program: object) -> None:
    found = Measured.read(case.build()())  # type: ignore[attr-defined]
    assert 0 < found.seconds < 1 and 0 < found.numpy < 1e-3 and 0 < found.library and found.error < 1e-12
    twice = Measured(found.seconds, 2 * found.numpy, found.library, found.first, found.error)
    assert twice.speedup(program) == pytest.approx(2 * found.speedup(program))  # type: ignore[arg-type]
    same = Measured(0.001, program.numpy_then, 0, 0, 0)  # type: ignore[attr-defined]
    assert same.speedup(program) == pytest.approx(program.published * 1000)  # type: ignore
