"""Families of rewrites: constructions, random encoders and formulas written in other ways; all have to be proved equal.

Each is also tried at random points by an evaluator that is not the package's: a law that were wrong would be found.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from symsim.claims.comparing import compare
from symsim.proof import check
from symsim.simulators import universal
from symsim.testing import encoders, formulas
from symsim.testing.claims import claim_of
from symsim.testing.encoder_rewrites import rewritten
from symsim.testing.formula_rewrites import rewritten_formula
from tests.campaign_blocks import Family, tell, trials
from tests.campaign_faults import MACHINES
from tests.encoder import in_numpy
from tests.numpy_formulas import value
from tests.trial import contradict

SIZE = 25
"""So many rewrites a block."""
BLOCKS = {"constructions": 40, "encoders": 40, "formulas": 60}
"""So many blocks: 3,500 rewrites in all."""
LIMIT = 60.0
"""Seconds for one rewrite."""
POINTS = 3

Case = tuple[str, Callable[[], str]]


@cache
def machine(name: str) -> Any:
    """A construction, made once."""
    return universal(**MACHINES[name])


def drawn(strategy: st.SearchStrategy[Any], number: int) -> list[Any]:
    """So many things as a block has, drawn from its number."""
    found: list[Any] = []

    @seed(number)
    @settings(
        max_examples=SIZE, database=None, derandomize=False, deadline=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def keep(case: Any) -> None:
        found.append(case)

    keep()
    return found


def proved(claim: Any) -> str:
    """``proved``; anything else fails."""
    report = check(claim, time_limit=LIMIT)
    assert str(report.verdict) == "proved", f"{report.verdict}: {report.reason}"
    return f"proved, {report.method}"


# -- constructions ----------------------------------------------------------------------------------------------------
def of_constructions(number: int) -> Iterator[Case]:
    """R and P in all their variants, rewritten one to three times."""
    source = random.Random(number)
    for _ in range(SIZE):
        name = source.choice(list(MACHINES))
        found, names = machine(name).encoder, []
        for _ in range(source.randint(1, 3)):
            law, found = rewritten(found, source, positions=machine(name).readout.group is None)
            names.append(law)
        yield f"{name}: {'; '.join(names)}", partial(judged, machine(name), found)


def judged(construction: Any, other: Any) -> str:
    """The rewritten encoder still computes the formula, says the prover, and numpy sees nothing else."""
    kind = proved(construction.with_encoder(other).claim)
    wrong = contradict(construction, other)
    assert not wrong, wrong
    return kind


# -- random encoders --------------------------------------------------------------------------------------------------
def of_encoders(number: int) -> Iterator[Case]:
    """Random encoders, each against a rewrite of itself."""
    source = random.Random(number)
    for encoder in drawn(encoders().filter(_small), number):
        law, other = rewritten(encoder, source)
        yield f"{law}: {encoder}", partial(same, encoder, other)


def _small(encoder: Any) -> bool:
    """Whether all entries can be written out: exponentials of exponentials grow with each layer."""
    return bool(encoder.tokens.total * encoder.slots.total <= (9 if len(encoder.layers) == 1 else 6))


def same(encoder: Any, other: Any) -> str:
    """Two encoders are proved equal, and numpy sees no difference."""
    kind = proved(claim_of(encoder, other))
    rng = np.random.default_rng(1)
    for _ in range(POINTS):
        parts = {(g, s): np.round(rng.uniform(-1, 1, (encoder.tokens.size(g), encoder.slots.size(s))), 1)
                 for g in encoder.tokens.names for s in encoder.slots.names}
        a, b = (_read(one, parts) for one in (encoder, other))
        assert np.allclose(a, b, rtol=1e-6, atol=1e-6) or not np.isfinite(a).all(), f"numpy: {a} and {b}"
    return kind


def _read(encoder: Any, parts: dict[tuple[str, str], Any]) -> Any:
    """Slot x of group b, by the definition; slots that are not given start from 0."""
    H = np.zeros((encoder.tokens.total, encoder.slots.total))
    for (group, slot), block in parts.items():
        H[slice(*encoder.tokens.span(group)), slice(*encoder.slots.span(slot))] = block
    with np.errstate(all="ignore"):
        H = in_numpy.run(encoder, H)
    return H[slice(*encoder.tokens.span("b")), slice(*encoder.slots.span("x"))]


# -- formulas ---------------------------------------------------------------------------------------------------------
def of_formulas(number: int) -> Iterator[Case]:
    """Random formulas, masks among them, each against one to three rewrites of itself."""
    source = random.Random(number)
    for formula in drawn(formulas(depth=2), number):
        other, names = formula, []
        for _ in range(source.randint(1, 3)):
            law, other = rewritten_formula(other, source)
            names.append(law)
        if other != formula:
            yield f"{'; '.join(names)}: {other} = {formula}", partial(equal, other, formula)


def equal(other: Any, formula: Any) -> str:
    """Two formulas are proved equal, and numpy sees no difference (a step at 0 is none of floats)."""
    claim = compare(other, formula, {})
    kind = proved(claim)
    rng = np.random.default_rng(1)
    for _ in range(POINTS if "step" not in str(formula) else 0):
        at: dict[str, Any] = {name: rng.uniform(-1, 1, shape) for name, shape in claim.inputs}
        at |= {name: rng.integers(0, 2, at[name].shape).astype(float) for name in claim.binary}
        at |= {name: rng.uniform(1, 2) for name in claim.scalars}
        a, b = value(other, at), value(formula, at)
        assert np.allclose(a, b, rtol=1e-8, atol=1e-8), f"numpy: {a} and {b}"
    return kind


KINDS = {"constructions": of_constructions, "encoders": of_encoders, "formulas": of_formulas}


def attack(kind: str, number: int) -> dict[str, Any]:
    """One block: rewrites drawn from its number."""
    return trials(f"seed {number}", KINDS[kind](number), LIMIT)


def families() -> list[Family]:
    """Rewritten constructions, encoders and formulas."""
    return [
        Family(f"rewritten {kind}", partial(_blocks, kind), partial(attack, kind), tell) for kind in KINDS
    ]


def _blocks(kind: str) -> list[str]:
    return [f"seed {k}" for k in range(BLOCKS[kind])]
