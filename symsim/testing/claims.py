"""Claims that are true by construction, and claims that are false by a planted fault."""

from __future__ import annotations

import random
from dataclasses import replace

import sympy
from hypothesis import strategies as st

from symsim.claims.claim import Claim
from symsim.claims.comparing import compare
from symsim.claims.construction import Construction, Placement, Readout
from symsim.encoder.layers import Encoder, FeedForward, Layer
from symsim.formulas import Formula, ones, zeros
from symsim.testing.encoder_rewrites import rewritten
from symsim.testing.encoders import encoders
from symsim.testing.formula_rewrites import rewritten_formula
from symsim.testing.formulas import formulas

SOURCES = st.integers(0, 2**32 - 1).map(random.Random)


def constructed(encoder: Encoder, name: str = "drawn") -> Construction:
    """The construction whose inputs are all slots x and y of an encoder's tokens, read from slot x of the last group.

    What it computes is itself unknown: it is a side of claims.
    """
    grid = [(g, s) for g in encoder.tokens.names for s in ("x", "y")]
    sizes = {(g, s): (encoder.tokens.size(g), encoder.slots.size(s)) for g, s in grid}
    shape = sizes["b", "x"]
    return Construction(
        name=name,
        encoder=encoder,
        inputs=tuple((f"{g}_{s}", sizes[g, s]) for g, s in sorted(grid)),
        placements=tuple(Placement(g, s, "input", f"{g}_{s}") for g, s in grid),
        readout=Readout("x", shape, "b"),
        computes=zeros(*shape),
    )


def constructions() -> st.SearchStrategy[Construction]:
    """Random encoders with all their tokens as inputs, as sides of claims."""
    return encoders().map(constructed)


def claim_of(encoder: Encoder, other: Encoder) -> Claim:
    """That two encoders over slots x and y compute the same."""
    left, right = constructed(other, "rewritten"), constructed(encoder)
    return Claim("two encoders", left, right, right.inputs)


def equal_formulas(formula: Formula, source: random.Random, steps: int) -> Claim:
    """That a formula is what so many rewrites make of it."""
    other = formula
    for _ in range(steps):
        _, other = rewritten_formula(other, source)
    return compare(other, formula, {})


def faulty(encoder: Encoder, source: random.Random) -> Encoder:
    """An encoder with one more layer, which adds a number to one column of slot x: it is wrong at every input."""
    start, stop = encoder.slots.span("x")
    place, D = source.randrange(start, stop), encoder.slots.total
    more = sympy.Matrix(1, D, lambda _, j: int(j == place) * source.choice([1, -2, 3]))
    network = FeedForward(sympy.zeros(D, 1), None, sympy.zeros(1, D), more, "identity")
    return replace(encoder, layers=(*encoder.layers, Layer((), network)))


@st.composite
def true_claims(draw: st.DrawFn, steps: int = 1) -> Claim:
    """Claims that hold: a formula or an encoder against ``steps`` rewrites of itself.

    >>> from hypothesis import find
    >>> claim = find(true_claims(), lambda claim: isinstance(claim.left, Formula))
    >>> claim.left == claim.right, claim.left.shape == claim.right.shape
    (False, True)
    """
    source = draw(SOURCES)
    if draw(st.booleans()):
        return equal_formulas(draw(formulas(depth=2)), source, steps)
    encoder = other = draw(encoders())
    for _ in range(steps):
        _, other = rewritten(other, source)
    return claim_of(encoder, other)


@st.composite
def false_claims(draw: st.DrawFn) -> Claim:
    """Claims that hold at no input: a rewritten formula or encoder to which a number is added.

    >>> from hypothesis import find
    >>> import symsim as ss
    >>> str(ss.check(find(false_claims(), lambda claim: True)).verdict)
    'refuted'
    """
    source = draw(SOURCES)
    if draw(st.booleans()):
        formula = draw(formulas(depth=2))
        _, other = rewritten_formula(formula, source)
        return compare(other + source.choice([1, -2, 3]) * ones(*formula.shape), formula, {})
    encoder = draw(encoders())
    return claim_of(encoder, faulty(rewritten(encoder, source)[1], source))
