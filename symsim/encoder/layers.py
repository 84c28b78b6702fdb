"""The machine: heads, feed-forward networks, layers and encoders as frozen objects with exact weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from symsim.domains.layout import Layout
from symsim.encoder.activations import ACTIVATIONS
from symsim.encoder.layouts import Slots, TokenLayout
from symsim.encoder.masks import Mask
from symsim.encoder.normalisers import NORMALISERS
from symsim.encoder.weights import as_weight, runs, same_size, undeclared
from symsim.errors import BadInput
from symsim.formulas.sizes import check_name


@dataclass(frozen=True)
class Head:
    """One attention head: ``normalise((H W_Q)(H W_K)^T, M) (H W_V) W_O``.

    ``W_Q, W_K`` are D x r, ``W_V`` is D x m, ``W_O`` is m x D, over QQ; any sympy matrix or nested list is accepted
    and stored sparse, and block matrices of symbolic size are kept as they are. ``mask`` may be None (nothing
    hidden). Raises ``BadInput`` for shapes that do not fit, floats, and unknown normalisers.

    >>> Head([[1], [0]], [[0], [1]], [[1], [0]], [[0, 1]], normaliser="linear").width
    2
    """

    W_Q: Any
    W_K: Any
    W_V: Any
    W_O: Any
    mask: Mask = field(default_factory=Mask)
    normaliser: str = "softmax"
    name: str = ""

    def __post_init__(self) -> None:
        for part in ("W_Q", "W_K", "W_V", "W_O"):
            object.__setattr__(self, part, as_weight(getattr(self, part), part))
        object.__setattr__(self, "mask", self.mask if self.mask is not None else Mask())
        if not isinstance(self.mask, Mask):
            raise BadInput(f"a mask is a Mask, such as Mask(causal=True) or Mask(matrix=...), got {self.mask!r}")
        NORMALISERS[self.normaliser]
        _agree("W_Q and W_K", "rows", self.W_Q.shape[0], self.W_K.shape[0])
        _agree("W_Q and W_K", "columns", self.W_Q.shape[1], self.W_K.shape[1])
        _agree("W_Q and W_V", "rows", self.W_Q.shape[0], self.W_V.shape[0])
        _agree("W_V and W_O^T", "columns", self.W_V.shape[1], self.W_O.shape[0])
        _agree("W_Q and W_O^T", "rows", self.W_Q.shape[0], self.W_O.shape[1])

    @property
    def width(self) -> Any:
        """D, the width of the residual stream that the head reads and writes."""
        return self.W_Q.shape[0]


@dataclass(frozen=True)
class FeedForward:
    """A feed-forward network: ``act(H W_1 + 1 b_1) W_2 + 1 b_2``, each hidden unit with its own activation.

    ``W_1`` is D x u, ``b_1`` 1 x u, ``W_2`` u x D, ``b_2`` 1 x D; biases may be None (zero). ``activations`` is one
    name for all units, one name a unit, or runs ``(name, number of units)``; it is stored as runs. The units act at
    every position.

    >>> FeedForward([[1, 1]], None, [[1], [-1]], None, ("relu", "square")).activations
    (('relu', 1), ('square', 1))
    """

    W_1: Any
    b_1: Any
    W_2: Any
    b_2: Any
    activations: Any = "relu"
    residual: bool = True

    def __post_init__(self) -> None:
        for part in ("W_1", "W_2", "b_1", "b_2"):
            value = getattr(self, part)
            if value is not None or part in ("W_1", "W_2"):
                object.__setattr__(self, part, as_weight(value, part))
        _agree("W_1 and W_2^T", "columns", self.W_1.shape[1], self.W_2.shape[0])
        _agree("W_1 and W_2^T", "rows", self.W_1.shape[0], self.W_2.shape[1])
        for bias, width in ((self.b_1, self.units), (self.b_2, self.width)):
            if bias is not None:
                _agree("a bias", "rows", bias.shape[0], 1)
                _agree("a bias and its weight", "columns", bias.shape[1], width)
        object.__setattr__(self, "activations", runs(self.activations, self.units))
        for name, size in self.activations:
            if isinstance(size, int) and size % ACTIVATIONS[name].group:
                raise BadInput(f"{name} units come in groups of {ACTIVATIONS[name].group}, got {size}")

    @property
    def width(self) -> Any:
        """D, the width of the residual stream."""
        return self.W_1.shape[0]

    @property
    def units(self) -> Any:
        """How many hidden units there are."""
        return self.W_1.shape[1]

    @property
    def hidden(self) -> Layout:
        """The hidden units cut into runs of one activation."""
        return Layout(tuple((str(i), size) for i, (_, size) in enumerate(self.activations)))


@dataclass(frozen=True)
class Layer:
    """One encoder layer: ``H1 = H + sum of the heads``, then ``H2 = H1 + feed_forward(H1)``; either part may be absent.

    ``residual`` switches the ``H +`` of the attention part (a layer without heads and without it starts from zeros);
    the feed-forward network has its own switch.
    """

    heads: tuple[Head, ...] = ()
    feed_forward: FeedForward | None = None
    residual: bool = True
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "heads", tuple(self.heads))


@dataclass(frozen=True)
class Encoder:
    """A stack of layers over a token matrix whose columns are cut into ``slots`` and whose rows into ``tokens``.

    ``constants`` names the architecture constants (such as tau) that may occur in weights. ``dataclasses.replace`` on
    any part gives a new encoder. Raises ``BadInput`` where a weight does not fit the slots, a mask does not fit the
    tokens, or a weight holds an undeclared symbol: weights do not depend on inputs.
    """

    slots: Slots
    tokens: TokenLayout
    layers: tuple[Layer, ...]
    constants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))
        object.__setattr__(self, "constants", tuple(check_name(name, "constant") for name in self.constants))
        for number, layer in enumerate(self.layers):
            where = f"layer {number + 1}"
            for index, head in enumerate(layer.heads):
                _agree(f"{where}, head {index + 1}, and the slots", "widths", head.width, self.slots.total)
                head.mask.check(self.tokens, f"{where}, head {index + 1}")
            if layer.feed_forward is not None:
                _agree(f"{where}, feed-forward, and the slots", "widths", layer.feed_forward.width, self.slots.total)
            for weight in weights_of(layer):
                loose = sorted(undeclared(weight, self.constants))
                if loose:
                    raise BadInput(f"{where}: a weight holds '{loose[0]}', which is no declared constant")

    @property
    def fixed(self) -> bool:
        """Whether all sizes are integers."""
        return self.slots.fixed and self.tokens.fixed

    def change(self, layer: int, head: int | None = None, **parts: Any) -> Encoder:
        """The encoder with parts of one layer (or of one of its heads) replaced; indices count from 0."""
        old = self.layers[layer]
        if head is None:
            new = replace(old, **parts)
        else:
            heads: Sequence[Head] = old.heads
            new = replace(old, heads=(*heads[:head], replace(heads[head], **parts), *heads[head + 1 :]))
        return replace(self, layers=(*self.layers[:layer], new, *self.layers[layer + 1 :]))


def weights_of(layer: Layer) -> list[Any]:
    """All weight matrices of a layer, in a fixed order."""
    out = [w for head in layer.heads for w in (head.W_Q, head.W_K, head.W_V, head.W_O)]
    network = layer.feed_forward
    if network is not None:
        out += [w for w in (network.W_1, network.b_1, network.W_2, network.b_2) if w is not None]
    return out


def _agree(what: str, of: str, a: Any, b: Any) -> None:
    if not same_size(a, b):
        raise BadInput(f"{what} differ in their {of}: {a} against {b}")
