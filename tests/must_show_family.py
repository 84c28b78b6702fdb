"""The lines of ``make must-show`` about the family of simulators: what running them costs."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.floor import FLOORS
from tests.measuring import Failed, benchmark

ERROR = 1e-12
"""U over floats may differ by so much from attention written by hand."""


def beside_attention(n: int) -> Callable[[], str]:
    """U over float64 arrays at a size: its time in runs of attention written by hand in the same numpy and process."""

    def run() -> str:
        floor = next(floor for floor in FLOORS if floor.n == n)
        ours, by_hand, error = map(float, benchmark(f"U over float64: {floor.title}")["answer"].split())
        text = f"{ours:.3f} s, {ours / by_hand:.2f} times attention by hand (bar {floor.bar:g}), difference {error:.0e}"
        if floor.bar is None or ours > floor.bar * by_hand or error > ERROR:
            raise Failed(text)
        return text

    return run


FAMILY: list[tuple[str, Callable[[], str]]] = [
    ("U over float64 arrays at n = 4096, d = 64, beside attention by hand", beside_attention(4096)),
]
