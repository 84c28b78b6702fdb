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
    simulated = _simulated(n, d, d_v, d_k, d_ff, heads, projections, scale, mask, padding, biases, norm)
    return _Loop(_count(layers), simulated).written(layers)


def looped_pass(
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
    """One pass of :func:`looped` from any state that a pass may start in: the lemma that is applied L times.

    Slot x of the parameter tokens holds leftovers, which are inputs ``left_W_Q``, ... here. The claim is that slot x of
    the X rows holds the next stream. The cuts at the end say the rest of the state, so that the next pass starts in
    such a state again: working slots are 0 at all tokens, every parameter slot holds the matrix of the pass after (0
    after the last), and nothing writes to the slots of row numbers and constants.

    >>> lemma = looped_pass("n", "d", layers=3)
    >>> [str(cut.formula) for cut in lemma.cuts if cut.name == "A_in_a"]
    ['A_2']
    """
    simulated = _simulated(n, d, d_v, d_k, d_ff, heads, projections, scale, mask, padding, biases, norm)
    return _Loop(_count(layers), simulated).lemma()


def _count(layers: int) -> int:
    if isinstance(layers, bool) or not isinstance(layers, int) or layers < 1:
        raise BadInput(f"layers is a whole number of at least 1, got {layers!r}")
    return layers


def _simulated(
    n: Any,
    d: Any,
    d_v: Any,
    d_k: Any,
    d_ff: Any,
    heads: int,
    projections: bool,
    scale: Any,
    mask: str | None,
    padding: Any,
    biases: bool,
    norm: str | None,
) -> tuple[Simulated, bool]:
    """What one layer simulates, and whether it is a bare head with A and V."""
    n, d = as_size(n), as_size(d)
    d_v = d if d_v is None else as_size(d_v)
    d_k = d if d_k is None else as_size(d_k)
    d_ff = None if d_ff is None else as_size(d_ff)
    padding = None if padding is None else as_size(padding)
    if mask not in (None, "causal"):
        raise BadInput(f"unknown mask '{mask}': 'causal', or None; for hidden keys give padding, a number of rows")
    bare = not (projections or heads != 1 or biases or d_ff is not None)
    if bare and d_v != d:
        raise BadInput(f"a bare head in a loop needs d_v = d, got {d_v} and {d}: set projections=True for a W_O")
    if bare and scale != 1:
        raise BadInput("a scale needs separate projections: set projections=True")
    return Simulated(n, d, d_k, d_v, heads, 0, d_ff, scale, mask is not None, padding, biases, norm), bare


class _Loop:
    """The draft of a loop, pass by pass."""

    def __init__(self, layers: int, simulated: tuple[Simulated, bool]) -> None:
        self.draft = Draft(passes=layers)
        self.what, self.bare = simulated
        X = start(self.draft, self.what)
        self.step = Pass(self.draft, self.what, X, X)

    def write(self, passes: int) -> None:
        """The first passes, each with its reset."""
        what, step = self.what, self.step
        for self.draft.stage in range(1, passes + 1):
            if self.bare:
                padded = what.padding is not None
                found = rows.bare_pass(self.draft, step.direct, step.short, what.d, what.causal, padded)
                step.direct, step.short = found
                self.draft.reset("out")
            else:
                self.draft.reset(step.write())

    def written(self, layers: int) -> Construction:
        """All passes."""
        self.write(layers)
        name = "looped U" if self.bare else "looped multi-head attention"
        return self.construction(name if self.what.d_ff is None else "looped encoder")

    def construction(self, name: str) -> Construction:
        draft = self.draft
        together = rows.together(draft, self.what)
        if self.bare:
            together = tuple((p, tuple(draft.staged(p, s) for s in range(1, draft.passes + 1))) for p in "AV")
            together = together if draft.passes > 1 else ()
        return draft.construction(name, "x", self.step.direct, constants=self.what.constants, together=together)

    def lemma(self) -> Construction:
        """One pass, with leftovers on the parameter tokens, and what the state is at its end."""
        self.write(1)
        draft = self.draft
        groups = [group for group in draft.tokens if group not in ("X", "X_pad")]
        for group, slot, content in draft.after_reset():
            draft.cut(f"{group}_in_{slot}", slot, content, "the reset", group, staged=False)
        for group in groups:
            shape = (draft.tokens[group], self.what.d)
            draft.inputs.append((f"left_{group}", shape))
            draft.place(group, "x", "input", f"left_{group}")
        return self.construction("one pass")
