"""Symbolic proof-checking and derivation in transformer expressivity.

Encoders are exact objects, claims about them are decided by named methods, and "proved" is never a guess:

>>> import symsim as ss
>>> U = ss.simulators.universal(n=2, d=2)
>>> print(ss.check(U.claim).verdict)
proved
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symsim import rasp, simulators
    from symsim.claims.claim import Claim
    from symsim.claims.comparing import compare
    from symsim.claims.construction import Construction
    from symsim.claims.report import Report, Verdict
    from symsim.derivation import Derivation
    from symsim.encoder.layers import Encoder, FeedForward, Head, Layer
    from symsim.encoder.layouts import Slots, TokenLayout
    from symsim.encoder.masks import Mask
    from symsim.errors import BadInput, SymsimError
    from symsim.flow import Dataflow, trace
    from symsim.formulas import matrix, parse, relu, sizes, softmax
    from symsim.proof import check
    from symsim.render import Notation, html, latex

_HOME = {
    "simulators": "symsim.simulators",
    "rasp": "symsim.rasp",
    **dict.fromkeys(("Encoder", "FeedForward", "Head", "Layer"), "symsim.encoder.layers"),
    **dict.fromkeys(("Slots", "TokenLayout"), "symsim.encoder.layouts"),
    "Mask": "symsim.encoder.masks",
    "Claim": "symsim.claims.claim",
    "compare": "symsim.claims.comparing",
    "Construction": "symsim.claims.construction",
    **dict.fromkeys(("Report", "Verdict"), "symsim.claims.report"),
    "check": "symsim.proof",
    **dict.fromkeys(("Dataflow", "trace"), "symsim.flow"),
    "Derivation": "symsim.derivation",
    **dict.fromkeys(("matrix", "parse", "relu", "sizes", "softmax"), "symsim.formulas"),
    **dict.fromkeys(("Notation", "html", "latex"), "symsim.render"),
    **dict.fromkeys(("BadInput", "SymsimError"), "symsim.errors"),
}

__all__ = [
    "BadInput",
    "Claim",
    "Construction",
    "Dataflow",
    "Derivation",
    "Encoder",
    "FeedForward",
    "Head",
    "Layer",
    "Mask",
    "Notation",
    "Report",
    "Slots",
    "SymsimError",
    "TokenLayout",
    "Verdict",
    "check",
    "compare",
    "html",
    "latex",
    "matrix",
    "parse",
    "rasp",
    "relu",
    "simulators",
    "sizes",
    "softmax",
    "trace",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use (PEP 562): ``import symsim`` alone loads nothing heavy."""
    if name not in _HOME:
        raise AttributeError(f"symsim has no '{name}'")
    module = importlib.import_module(_HOME[name])
    value = module if _HOME[name] == f"symsim.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
