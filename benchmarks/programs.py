"""RASP programs on machine numbers beside the published interpreter, both beside numpy.

The interpreter of the language's authors (tech-srl/RASP 61dde62) was timed once, on the programs of the simulator's
authors (DDuttaGit/TMA d5c6c96) and beside the same operation in numpy. Its times are scaled by numpy's time in this
run over numpy's time then, so that a faster machine is no faster program.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from benchmarks.cases import Case, Question
from symsim.domains.arrays import Arrays
from symsim.rasp.interpreter import Interpreter
from symsim.rasp.loading import load
from symsim.rasp.numeric import NumericRun
from symsim.rasp.parsing import parse

LIBRARY = "library:matrices"
ROUNDS = 50
NUMPY_ROUNDS = 2000


@dataclass(frozen=True)
class Program:
    """A program and what the published interpreter took for it: parsing the call, building the graph, running it.

    ``published`` and ``numpy_then`` are seconds; the latter of the same operation in numpy on a 3 x 3 matrix. ``bar``
    is the ratio that symsim has to reach. ``shape`` is that of the first operand, ``positions`` the input's length.
    """

    title: str
    call: str
    shape: tuple[int, int]
    positions: int
    operation: Callable[..., Any]
    published: float
    numpy_then: float
    bar: float


def softmax(scores: Any) -> Any:
    """Row softmax as one writes it by hand."""
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


PROGRAMS = (
    Program("3 x 3 product", "matmul(3, 3, 3)", (3, 3), 18, np.matmul, 53.5e-3, 1.17e-6, 10),
    Program("3 x 96 transposition", "transposition(3, 96)", (3, 96), 288, lambda x: x.T.copy(), 562e-3, 0.39e-6, 50),
    Program("3 x 96 softmax", "softmax(3, 96)", (3, 96), 288, softmax, 1748e-3, 10.3e-6, 50),
)


@dataclass(frozen=True)
class Measured:
    """Seconds: the call; numpy on 3 x 3; reading and running the library; the same first in a process. The error."""

    seconds: float
    numpy: float
    library: float
    first: float
    error: float

    @classmethod
    def read(cls, answer: str) -> Measured:
        """From the answer of the case."""
        return cls(*map(float, answer.split()))

    def published(self, program: Program) -> float:
        """The seconds of the published interpreter on this machine."""
        return program.published * self.numpy / program.numpy_then

    def speedup(self, program: Program) -> float:
        """How many times faster symsim is."""
        return self.published(program) / self.seconds


def _least(run: Callable[[], Any], rounds: int) -> float:
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)


def _question(program: Program) -> Question:
    start = time.perf_counter()
    library = load(LIBRARY)
    first = time.perf_counter() - start
    rng = np.random.default_rng(0)
    tokens = rng.uniform(0.1, 1, program.positions).tolist()
    domain = Arrays()

    def run() -> Any:
        node: Any = library.expression(program.call)
        return NumericRun(tokens, domain).array(node)

    def reading() -> None:
        Interpreter("asis").run(parse(library.path.read_text(encoding="utf-8"), library.path.name))

    def ask() -> str:
        cut = program.shape[0] * program.shape[1]
        given = [np.reshape(part, program.shape) for part in (tokens[:cut], tokens[cut:]) if part]
        wanted = program.operation(*given).ravel()
        error = float(np.abs(run()[: wanted.size] - wanted).max())
        small = [rng.uniform(0.1, 1, (3, 3)) for _ in given]
        hand = _least(partial(_often, program.operation, small), 7) / NUMPY_ROUNDS
        return f"{_least(run, ROUNDS):.9f} {hand:.9f} {_least(reading, 5):.6f} {first:.6f} {error:.1e}"

    return ask


def _often(operation: Callable[..., Any], given: list[Any]) -> None:
    for _ in range(NUMPY_ROUNDS):
        operation(*given)


def programs() -> list[Case]:
    """One case for each program; the answer holds what ``Measured.read`` reads."""
    return [Case("RASP program", program.title, partial(_question, program), "") for program in PROGRAMS]
