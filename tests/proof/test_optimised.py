"""Under ``python -O``, where ``assert`` vanishes, every verdict and every refusal is the same."""

from __future__ import annotations

from tests.proof.test_determinism import run


def test_verdicts_are_the_same_under_python_o() -> None:
    plain, optimised = run("verdicts", "0"), run("verdicts", "0", "-O")
    assert plain == optimised
    lines = plain.splitlines()
    assert {line.split()[0] for line in lines} == {"proved", "refuted", "undecided", "refused:"}
    assert sum(line.startswith("refused:") for line in lines) == 3
    assert sum(line.startswith("refuted") for line in lines) > 15
