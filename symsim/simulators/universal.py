"""The universal simulator: one encoder with fixed weights that computes attention from tokens with its parameters."""

from __future__ import annotations

from typing import Any

from symsim.claims.construction import Construction
from symsim.encoder.cost import Cost
from symsim.errors import BadInput, nearest
from symsim.formulas.sizes import as_size
from symsim.simulators import rows
from symsim.simulators.multi_head import Simulated

REALISATIONS = ("rows", "scalars", "scalars-narrow", "softmax")
MASKS = ("causal",)


def universal(
    n: Any,
    d: Any,
    d_v: Any = None,
    d_k: Any = None,
    d_ff: Any = None,
    heads: int = 1,
    projections: bool = False,
    realisation: str = "rows",
    scale: Any = 1,
    temperature: Any = None,
    bound: Any = None,
    eps: Any = None,
    mask: str | None = None,
    padding: Any = None,
    biases: bool = False,
    norm: str | None = None,
) -> Construction:
    """The universal simulator U: ``decode(U(encode(X, A, V))) = softmax(X A X^T) X V`` for all real X, A, V.

    X is n x d, A is d x d and V is d x d_v. Sizes are integers >= 1, or sympy symbols / names of sizes (realisation
    ``rows`` only). ``d_v`` and ``d_k`` default to ``d``. With ``projections`` or ``heads > 1`` the inputs are X, W_Q,
    W_K, W_V (and W_O for several heads), with ``d_ff`` the whole encoder layer: attention, residual, relu network,
    residual. ``scale`` multiplies the scores: a rational, or the name of a free constant such as ``"tau"``.
    ``mask="causal"``: row i sees rows j <= i. ``padding``: so many further rows X_pad, whose keys are hidden; the
    result on the rows of X does not depend on them. ``biases``: b_Q, b_K, b_V on the projections and b_O on the
    output (implies ``projections``). ``norm``: ``"post"`` or ``"pre"``, a layer norm after each residual or before
    each part of the encoder layer.
    ``realisation``: ``rows`` (R), ``scalars`` (P, the paper's), ``scalars-narrow`` (P with a narrow product), or
    ``softmax`` (S): softmax heads only and not exact, within a certified distance for entries up to ``bound`` (1 by
    default), at the given ``temperature``, or at one that is chosen for the distance ``eps``. Source: arXiv 2506.18739,
    Theorem 5; the constructions are ours.

    >>> U = universal(n=2, d=2)
    >>> U(X=[[1, 0], [0, 0]], A=[[0, 0], [0, 0]], V=[[2, 4], [0, 0]])
    Matrix([
    [1, 2],
    [1, 2]])
    """
    _check(realisation, heads, mask)
    n, d = as_size(n), as_size(d)
    d_v, d_k = (d if size is None else as_size(size) for size in (d_v, d_k))
    d_ff, padding = (None if size is None else as_size(size) for size in (d_ff, padding))
    several = heads > 1 or d_ff is not None
    separate = projections or several or biases
    distance = {"temperature": temperature, "bound": bound, "eps": eps}
    if realisation != "rows":
        if biases or any(option is not None for option in (d_ff, mask, padding, norm)):
            raise BadInput(f"realisation '{realisation}' has no biases, d_ff, mask, padding or norm: use 'rows'")
        if separate and realisation != "softmax":
            _refuse(distance, realisation)
            return _several_heads((n, d, d_k, d_v), heads, realisation, scale)
        return _one_head(n, d, d_v, realisation, distance, separate or scale != 1)
    _refuse(distance, realisation)
    if not separate:
        return _plain_rows(n, d, d_v, mask is not None, padding, scale, norm)
    options = (scale, mask is not None, padding, biases, norm)
    return rows.projected(Simulated(n, d, d_k, d_v, heads, 0, d_ff, *options, output=several or biases))


def _plain_rows(n: Any, d: Any, d_v: Any, causal: bool, padding: Any, scale: Any, norm: str | None) -> Construction:
    if scale != 1:
        raise BadInput("a scale needs separate projections: set projections=True")
    if norm is not None:
        raise BadInput("a layer norm belongs to a whole encoder layer: give d_ff")
    return rows.single_head(n, d, d_v, causal, padding)


def _check(realisation: str, heads: Any, mask: str | None) -> None:
    if realisation not in REALISATIONS:
        raise BadInput(f"unknown realisation '{realisation}': {nearest(realisation, REALISATIONS)}")
    if isinstance(heads, bool) or not isinstance(heads, int) or heads < 1:
        raise BadInput(f"heads is a whole number of at least 1, got {heads!r}")
    if mask is not None and mask not in MASKS:
        raise BadInput(f"unknown mask '{mask}': 'causal', or None; for hidden keys give padding, a number of rows")


def _refuse(distance: dict[str, Any], realisation: str) -> None:
    if any(value is not None for value in distance.values()):
        raise BadInput(f"realisation '{realisation}' is exact: temperature, bound and eps are for 'softmax'")


def universal_cost(
    n: Any,
    d: Any,
    d_v: Any = None,
    d_k: Any = None,
    heads: Any = 1,
    projections: bool = False,
    realisation: str = "scalars",
    d_m: Any = None,
) -> Cost:
    """What a universal simulator costs, at integer or symbolic sizes; for realisation P the number of heads too.

    Counted by the loops that build the encoder. ``d_m``, the width of the result of several heads, defaults to ``d``.

    >>> universal_cost("n", "d", realisation="rows").positions
    2*d + n
    >>> universal_cost("n", "d", heads="h").heads
    (6*d*h, 2*d*h, 0, h, 0, 2*h*n, 2*d*h)
    """
    if realisation in ("rows", "softmax"):
        return universal(n, d, d_v, d_k, heads=heads, projections=projections, realisation=realisation).cost
    _check(realisation, 1, None)
    d_v, d_k, d_m = (d if size is None else size for size in (d_v, d_k, d_m))
    narrow = realisation == "scalars-narrow"
    from symsim.simulators import scalar_heads, scalars

    if heads == 1 and not projections:
        return scalars.universal_cost(n, d, d_v, narrow)
    return scalar_heads.multi_head_cost(n, d, d_k, d_v, d_m, heads, narrow, output=heads != 1)


def _several_heads(sizes: tuple[Any, Any, Any, Any], heads: int, realisation: str, scale: Any) -> Construction:
    """Heads with projections over scalar tokens, with W_O where there are several."""
    from symsim.simulators import scalar_heads

    narrow = realisation == "scalars-narrow"
    return scalar_heads.multi_head(*sizes, sizes[1], heads, narrow, scale, output=heads > 1)


def _one_head(n: Any, d: Any, d_v: Any, realisation: str, distance: dict[str, Any], more: bool) -> Construction:
    """The realisations other than rows, which simulate no ``more`` than X, A and V."""
    if more:
        raise BadInput(f"realisation '{realisation}' simulates one head from X, A, V; use realisation='rows'")
    if realisation == "softmax":
        from symsim.simulators import softmax_only

        return softmax_only.universal(n, d, d_v, **{k: value for k, value in distance.items() if value is not None})
    _refuse(distance, realisation)
    if not all(isinstance(size, int) for size in (n, d, d_v)):
        raise BadInput(
            f"realisation '{realisation}' is built at fixed sizes; symbolic sizes need realisation='rows', or ask "
            "universal_cost for the cost at symbolic sizes"
        )
    from symsim.simulators import scalars

    return scalars.universal(n, d, d_v, narrow=realisation == "scalars-narrow")
