"""The looped simulator: L encoder layers by L passes of the same few layers, with the parameters of all L as tokens.

The parameter tokens hold the matrices of pass 1, 2, .., L side by side in slots. Every pass reads the first of them.
The reset at the end of a pass, done by identity units, sets all working slots to 0 and moves the matrices of pass
l + 1 to the place of those of pass l. From the first pass on, slot x of the parameter tokens holds leftovers: only
queries see them, so nothing is claimed there.
"""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.errors import BadInput
from symsim.formulas.sizes import as_size
from symsim.simulators import rows
from symsim.simulators.drafting import Draft
from symsim.simulators.multi_head import Pass, Simulated, start


def looped(
    n: Any,
    d: Any,
    layers: int,
    d_v: Any = None,
    d_k: Any = None,
    d_ff: Any = None,
    heads: int = 1,
    projections: bool = False,
    scale: Any = 1,
    mask: str | None = None,
    padding: Any = None,
    biases: bool = False,
    norm: str | None = None,
) -> Construction:
    """L = ``layers`` layers of the simulated encoder by L passes of one and the same stack of layers.

    As it stands, the simulated layer is ``X -> softmax(X A_l X^T) X V_l`` with square V_l (a bare head needs d_v = d)
    for l = 1..L. With ``projections`` or ``heads > 1`` it is multi-head attention with W_O, for any d_v; with ``d_ff``
    the whole encoder layer. The inputs are X and the parameters of all layers, such as ``A_1, A_2, ..``; the other
    options are those of :func:`~symsim.simulators.universal.universal`. Raises ``BadInput`` for a number of layers
    that is no whole number of at least 1, and for a bare head with d_v other than d.

    >>> U = looped("n", "d", layers=2)
    >>> str(U.computes).count("softmax"), len(U.encoder.layers)
    (4, 4)
    >>> U.encoder.layers[:2] == U.encoder.layers[2:]
    True
    """
    if isinstance(layers, bool) or not isinstance(layers, int) or layers < 1:
        raise BadInput(f"layers is a whole number of at least 1, got {layers!r}")
    n, d = as_size(n), as_size(d)
    d_v = d if d_v is None else as_size(d_v)
    d_k = d if d_k is None else as_size(d_k)
    d_ff = None if d_ff is None else as_size(d_ff)
    padding = None if padding is None else as_size(padding)
    if mask not in (None, "causal"):
        raise BadInput(f"unknown mask '{mask}': 'causal', or None; for hidden keys give padding, a number of rows")
    if projections or heads != 1 or biases or d_ff is not None:
        what = Simulated(n, d, d_k, d_v, heads, 0, d_ff, scale, mask is not None, padding, biases, norm)
        return _passes(layers, what)
    if d_v != d:
        raise BadInput(f"a bare head in a loop needs d_v = d, got {d_v} and {d}: set projections=True for a W_O")
    if scale != 1 or norm is not None:
        raise BadInput("a scale needs projections=True, and a layer norm a whole encoder layer (d_ff)")
    return _bare(layers, n, d, mask is not None, padding)


def _bare(layers: int, n: Any, d: Any, causal: bool, padding: Any) -> Construction:
    draft = Draft(passes=layers)
    X = draft.rows("X", (n, d), "x")
    if padding is not None:
        draft.rows("X_pad", (padding, d), "x")
    draft.slot("id", d)
    direct = short = X
    for draft.stage in range(1, layers + 1):
        direct, short = rows.bare_pass(draft, direct, short, d, causal, padding is not None)
        draft.reset("out")
    together = tuple((p, tuple(draft.staged(p, s) for s in range(1, layers + 1))) for p in "AV")
    return draft.construction("looped U", "x", direct, together=together if layers > 1 else ())


def _passes(layers: int, what: Simulated) -> Construction:
    draft = Draft(passes=layers)
    X = start(draft, what)
    one_pass = Pass(draft, what, X, X)
    for draft.stage in range(1, layers + 1):
        draft.reset(one_pass.write())
    name = "looped encoder" if what.d_ff is not None else "looped multi-head attention"
    together = rows.together(draft, what)
    return draft.construction(name, "x", one_pass.direct, constants=what.constants, together=together)
