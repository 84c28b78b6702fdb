"""Families of planted faults: every single change of many encoders, and random pairs of changes, one fault a block."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from symsim.errors import SymsimError
from symsim.simulators import universal
from tests.campaign_blocks import Family
from tests.faults import Fault, doubles, faults
from tests.trial import Result, trial

LIMIT = 120.0
"""Seconds for one fault; what is not decided then counts as failed."""

MACHINES: dict[str, dict[str, Any]] = {
    "R 2,2,2": {"n": 2, "d": 2},
    "R 2,1,1": {"n": 2, "d": 1},
    "R 3,1,2": {"n": 3, "d": 1, "d_v": 2},
    "R 1,2,1": {"n": 1, "d": 2, "d_v": 1},
    "R 3,2,2": {"n": 3, "d": 2},
    "R projections 2,2": {"n": 2, "d": 2, "projections": True},
    "R two heads 2,1": {"n": 2, "d": 1, "heads": 2},
    "P 2,2,2": {"n": 2, "d": 2, "realisation": "scalars"},
    "P narrow 2,1,1": {"n": 2, "d": 1, "realisation": "scalars-narrow"},
}
DOUBLES = {"R 2,2,2": 400, "R two heads 2,1": 150, "P 2,2,2": 150}
"""So many random pairs of changes."""


@cache
def planted(name: str) -> tuple[Any, list[Fault]]:
    """A construction and its faults; a name that ends in ``, twice`` stands for pairs of changes."""
    base = name.removesuffix(", twice")
    construction = universal(**MACHINES[base])
    if base != name:
        return construction, list(doubles(construction.encoder, DOUBLES[base], seed=1))
    return construction, faults(construction.encoder)


def blocks(name: str) -> list[str]:
    """The names of the faults."""
    return [fault.name for fault in planted(name)[1]]


def attack(name: str, number: int) -> dict[str, Any]:
    """One fault on trial. An exception is a failure of this fault, not of the campaign."""
    construction, found = planted(name)
    fault = found[number]
    try:
        result = trial(construction, fault, explain=not name.endswith("twice"), limit=LIMIT)
    except (SymsimError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        result = Result(fault.kind, fault.name, "error", f"{type(error).__name__}: {error}")
    return {**asdict(result), "tried": 1, "wrong": [result.wrong] if result.wrong else []}


def tell(rows: list[dict[str, Any]]) -> str:
    """Verdicts, sizes of witnesses, and why faults are harmless."""
    verdicts = Counter(row["verdict"] for row in rows)
    supports = Counter(row["support"] for row in rows if row["support"] is not None)
    told = ", ".join(f"{verdict} {count}" for verdict, count in sorted(verdicts.items()))
    harmless = Counter(row["why"] for row in rows if row["why"])
    reasons = "".join(f"; harmless {count}: {why}" for why, count in sorted(harmless.items()))
    return f"{told}; entries in a witness {dict(sorted(supports.items()))}{reasons}"


def families() -> list[Family]:
    """One family a machine, and one of pairs of changes for some of them."""
    names = [*MACHINES, *(f"{name}, twice" for name in DOUBLES)]
    return [Family(name, partial(blocks, name), partial(attack, name), tell) for name in names]
