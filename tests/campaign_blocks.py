"""A family of a campaign, and what a block of it comes to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symsim.errors import OutOfTime
from symsim.proof.evidence import deadline


@dataclass(frozen=True)
class Family:
    """``blocks()`` names the blocks in order; ``attack(number)`` gives the row of one; ``tell(rows)`` sums rows up.

    A row has the keys ``name`` (of the block), ``tried`` (how many things were attacked in it), ``wrong`` (a text for
    each that is wrong) and ``seconds``, and whatever ``tell`` reads.
    """

    name: str
    blocks: Callable[[], Sequence[str]]
    attack: Callable[[int], dict[str, Any]]
    tell: Callable[[list[dict[str, Any]]], str]


def trials(name: str, cases: Iterator[tuple[str, Callable[[], str]]], limit: float) -> dict[str, Any]:
    """The row of a block of cases: each is a text and a question whose answer is a kind; whatever it raises is wrong.

    ``limit``: seconds for one case.
    """
    start, kinds, wrong, slowest = time.perf_counter(), Counter[str](), [], 0.0
    for text, question in cases:
        before = time.perf_counter()
        try:
            with deadline(limit):
                kinds[question()] += 1
        except (Exception, OutOfTime) as error:
            kinds["WRONG"] += 1
            wrong.append(f"{type(error).__name__}: {error!s:.300} at {text!r:.2000}")
        slowest = max(slowest, time.perf_counter() - before)
    seconds = round(time.perf_counter() - start, 3)
    return {
        "name": name, "tried": sum(kinds.values()), "wrong": wrong, "kinds": dict(sorted(kinds.items())),
        "slowest": round(slowest, 3), "seconds": seconds,
    }  # fmt: skip


def tell(rows: list[dict[str, Any]]) -> str:
    """What blocks of cases came to: how many of each kind, and the slowest case."""
    kinds = Counter[str]()
    for row in rows:
        kinds.update(row["kinds"])
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    return f"{told}; slowest {max(row['slowest'] for row in rows):.2f} s"
