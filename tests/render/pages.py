"""The pages that the tests of this folder look at: the universal simulator, checked once, and a hostile derivation."""

from __future__ import annotations

from functools import cache

from derivations import registry
from symsim.derivation import CheckedDerivation, Derivation
from symsim.formulas import matrix, softmax
from symsim.simulators.universal import universal

HOSTILE = '<script>alert(1)</script> \\input{/etc/passwd} \\write18{ls} $x$ & 50% #1 ~ ^ _ {} "quoted" \u202e |\n```'


@cache
def checked() -> CheckedDerivation:
    """The checked derivation of the universal simulator."""
    return registry["universal-simulator"].check()


@cache
def hostile() -> CheckedDerivation:
    """A derivation whose every text tries to break out."""
    X, A, V = matrix("X", "n", "d"), matrix("A", "d", "d"), matrix("V", "d", "d")
    found = Derivation(
        "hostile",
        HOSTILE,
        universal("n", "d"),
        softmax(X @ A @ X.T) @ X @ V,
        title=HOSTILE,
        source=HOSTILE,
        ours=HOSTILE,
        does_not_say=(HOSTILE,),
        references=(HOSTILE, "https://example.org/<b>"),
    )

    def step(state):  # type: ignore[no-untyped-def]
        yield state.slot("xa", layer=0, rows="X"), X @ A

    def control(construction):  # type: ignore[no-untyped-def]
        return construction.change(layer=1, head=0, mask=None)

    step.__doc__ = control.__doc__ = HOSTILE
    found.step(HOSTILE)(step)
    found.control(HOSTILE)(control)
    found.example(HOSTILE, X=[[1]], A=[[1]], V=[[1]])
    return found.check()
