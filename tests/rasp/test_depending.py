"""Which tokens matter at a position: what is found holds for every pair of inputs that agree there."""

from __future__ import annotations

import random
from typing import Any

import pytest

from symsim.rasp import Interpreter
from symsim.rasp.depending import tokens_read
from symsim.rasp.evaluate import Run
from symsim.rasp.faults import RaspError

KNOWN = [
    ("tokens if tokens > 0 else 0", [1, 2, 4], [1, 2, 4]),
    ("indices + 1", [0, 0, 0], [0]),
    ("aggregate(select(indices, 2 - indices, ==), tokens)", [4, 2, 1], [1, 2, 4]),
    ("aggregate(select(indices, indices, <=), tokens)", [1, 3, 7], [7]),
    ("aggregate(not select(indices, indices, <=), tokens)", [6, 4, 0], [1, 6]),
    ("aggregate(select(tokens, 0, ==), indices)", [7, 7, 7], [7]),
    ("aggregate(select(tokens, tokens, <) and select(indices, 0, ==), tokens)", [1, 3, 5], [3, 5]),
    ("1 if aggregate(select(indices, 1, <), tokens) > 0 else 2", [1, 1, 1], [1, 2, 4]),
    ("max(tokens, tokens[0])", [1, 3, 5], [3, 5]),
]


@pytest.mark.parametrize(("text", "column", "largest"), KNOWN, ids=[k[0] for k in KNOWN])
def test_known_programs(text: str, column: list[int], largest: list[int]) -> None:
    assert tokens_read(Interpreter("asis").expression(text), 3) == (column, largest)


@pytest.mark.parametrize("text", ['"a" if tokens > 0 else "b"', '["x", "y"][indices % 2]'])
def test_strings_are_left_alone(text: str) -> None:
    assert tokens_read(Interpreter("asis").expression(text), 3) is None


def drawn(generator: random.Random, depth: int) -> str:
    """A program of numbers."""
    if depth == 0:
        return generator.choice(["tokens", "tokens", "indices", "2"])

    def below() -> str:
        return drawn(generator, depth - 1)

    kind = generator.randrange(6)
    if kind == 0:
        return f"({below()} {generator.choice('+-*')} {below()})"
    if kind == 1:
        return f"({below()} if {below()} {generator.choice(['<', '==', '>='])} {below()} else {below()})"
    if kind == 2:
        return f"max({below()}, {below()})"

    def compared() -> str:
        return generator.choice(["indices", "indices + 1", "3 - indices", "0", "indices % 2", below()])

    pairs = [f"select({compared()}, {compared()}, {generator.choice(['<', '==', '>='])})" for _ in range(2)]
    selector = generator.choice([pairs[0], f"({pairs[0]} and {pairs[1]})", f"({pairs[0]} or {pairs[1]})"])
    return f"aggregate({selector}, {below()})"


def at(node: Any, tokens: list[int]) -> list[Any]:
    return Run(tokens).values(node)


def test_inputs_that_agree_on_what_is_read_give_the_same_value() -> None:
    generator = random.Random(11)
    fewer = changed = 0
    for _ in range(60):
        node = Interpreter("asis").expression(drawn(generator, 3))
        found = tokens_read(node, 4)
        assert found is not None
        for _ in range(6):
            first, second = ([generator.randint(-2, 2) for _ in range(4)] for _ in range(2))
            try:
                before = at(node, first)
                for i, reads in enumerate(found[0]):
                    fewer += reads != 15
                    mixed = [first[j] if reads >> j & 1 else second[j] for j in range(4)]
                    assert at(node, mixed)[i] == before[i]
                    other = [second[j] if reads >> j & 1 else first[j] for j in range(4)]
                    changed += at(node, other)[i] != before[i]
            except RaspError:
                continue
    assert fewer > 150 and changed > 150
