"""Families of generated programs: the encoder that a program is compiled to gives what a run gives, exactly."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from symsim.testing import programs_by_position
from symsim.testing.programs_by_value import program
from tests.campaign_blocks import Family, tell, trials
from tests.rasp import compared_by_position, compared_by_value

SIZE = 100
"""So many programs a block."""

LIMIT = 60.0
"""Seconds for one program."""

BY_POSITION = st.tuples(
    programs_by_position(6) | programs_by_position(20),
    compared_by_position.TOKENS,
    st.booleans(),
    st.integers(0, 2),
)


def by_position(number: int) -> list[Any]:
    """Programs whose selectors depend on positions only, drawn from a seed, with tokens and how they are compiled."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=SIZE, database=None, derandomize=False, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(BY_POSITION)
    def keep(case: Any) -> None:
        found.append(case)

    keep()
    return found


def by_value(number: int) -> list[Any]:
    """Programs whose selectors depend on values, each with an alphabet, a length and how it is compiled."""
    source = random.Random(number)
    return [(*program(source, 2 + k % 3), k % 2 == 0) for k in range(SIZE)]


def attack(drawn: Callable[[int], list[Any]], compare: Callable[..., str], number: int) -> dict[str, Any]:
    """One block: programs drawn from a seed, each compiled and compared with its run."""
    cases = ((str(case), partial(compare, *case)) for case in drawn(number))
    return trials(f"seed {number}", cases, LIMIT)


def _family(name: str, blocks: int, drawn: Callable[[int], list[Any]], compare: Callable[..., str]) -> Family:
    return Family(name, lambda: [f"seed {k}" for k in range(blocks)], partial(attack, drawn, compare), tell)


def families() -> list[Family]:
    """10,000 programs whose selectors depend on positions only, and 10,000 whose selectors depend on values."""
    return [
        _family("compiled by position", 100, by_position, compared_by_position.compare),
        _family("compiled by value", 100, by_value, compared_by_value.compare),
    ]
