"""A construction of symbolic size as the plain data that the Rocq export states: layouts, blocks, steps, cuts.

A layer is one or two steps: its heads, then its feed-forward network. Nothing is derived here; every number stands in
the construction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symsim.claims.construction import Construction, Cut
from symsim.encoder.layers import FeedForward, Head, Layer
from symsim.encoder.weights import same_size
from symsim.errors import BadInput
from symsim.formulas.syntax import Formula
from symsim.proof.rocq_language import OPAQUE, ROWS
from symsim.proof.rocq_weights import BlockWeight, block_weight


@dataclass(frozen=True)
class HeadModel:
    """A head: its four weights, what it sees (token groups by number, or None for all), and its normaliser.

    ``causal``: a query sees no key behind its own position.
    """

    name: str
    Q: BlockWeight
    K: BlockWeight
    V: BlockWeight
    O: BlockWeight  # noqa: E741
    sees: tuple[int, ...] | None
    normaliser: str
    causal: bool = False

    @property
    def into(self) -> BlockWeight:
        """The weight that writes to the slots."""
        return self.O


@dataclass(frozen=True)
class NetworkModel:
    """A feed-forward network without biases: its two weights, and one function for each run of hidden units."""

    name: str
    W_1: BlockWeight
    W_2: BlockWeight
    functions: tuple[str, ...]

    @property
    def into(self) -> BlockWeight:
        """The weight that writes to the slots."""
        return self.W_2


@dataclass(frozen=True)
class Step:
    """Heads that act side by side, or one network; ``residual`` says whether the old state is added."""

    parts: tuple[Any, ...]
    residual: bool
    layer: int
    name: str

    def writes(self, s: int) -> bool:
        """Whether the step changes slot s."""
        return not self.residual or any(part.into.column(s) for part in self.parts)


@dataclass(frozen=True)
class Model:
    """Everything that a theorem states, by number: token groups, slots, contents of the tokens, steps, cuts."""

    construction: Construction
    groups: tuple[Any, ...]
    slots: tuple[Any, ...]
    contents: tuple[tuple[int, int, str, str], ...]
    """Group, slot, kind (``input``, ``identity``, ``ones``) and name of what the tokens hold."""
    steps: tuple[Step, ...]
    functions: tuple[str, ...]
    """The opaque functions of all networks."""

    @property
    def strips(self) -> dict[int, list[tuple[int, str, str]]]:
        """Slot, kind and name of what the tokens of each group hold, group by group."""
        return {
            g: [(s, kind, name) for here, s, kind, name in self.contents if here == g] for g in range(len(self.groups))
        }

    def group(self, name: str) -> int:
        """The number of a token group."""
        return self.construction.encoder.tokens.names.index(name)

    def slot(self, name: str) -> int:
        """The number of a slot."""
        return self.construction.encoder.slots.names.index(name)

    def cuts(self, step: int) -> list[tuple[int, int, Cut]]:
        """Group, slot and cut of the nodes that a step finishes: it is the last of the layer that writes to them."""
        found = []
        for cut in self.construction.cuts if step else ():
            if cut.group is not None and cut.layer == self.steps[step - 1].layer:
                s = self.slot(cut.slot)
                layer = [i for i, part in enumerate(self.steps, start=1) if part.layer == cut.layer]
                if step == max((i for i in layer if self.steps[i - 1].writes(s)), default=layer[-1]):
                    found.append((self.group(cut.group), s, cut))
        return found


def model_of(construction: Construction) -> Model:
    """The data of a construction; ``BadInput`` where a part of it cannot be stated."""
    encoder = construction.encoder
    if construction.readout.group is None or not isinstance(construction.computes, Formula):
        raise BadInput(
            f"the Rocq export states claims of realisation R, with a formula on one side; {construction.name} reads "
            "its result from single positions, or claims no formula"
        )
    if encoder.slots.fixed:
        raise BadInput("the Rocq export states claims for all sizes: leave the sizes out, or give names of sizes")
    groups = tuple(size for _, size in encoder.tokens.parts)
    slots = tuple(size for _, size in encoder.slots.parts)
    contents = []
    for p in construction.placements:
        if p.what not in ("input", "identity", "ones"):
            raise BadInput(f"slot {p.slot} of {p.group} holds a {p.what}, which the Rocq export cannot state")
        place = (encoder.tokens.names.index(p.group), encoder.slots.names.index(p.slot))
        contents.append((*place, p.what, p.name))
    steps: list[Step] = []
    for number, layer in enumerate(encoder.layers):
        steps += _steps(construction, number, layer, slots)
    networks = [part for step in steps for part in step.parts if isinstance(part, NetworkModel)]
    used = [name for part in networks for name in part.functions if name in (*OPAQUE, ROWS)]
    return Model(construction, groups, slots, tuple(contents), tuple(steps), tuple(dict.fromkeys(used)))


def _steps(construction: Construction, number: int, layer: Layer, slots: tuple[Any, ...]) -> list[Step]:
    """The one or two steps of a layer."""
    network = layer.feed_forward
    out = []
    if layer.heads or not layer.residual or network is None:
        heads = tuple(_head(construction, head, f"{number + 1}_{h + 1}", slots) for h, head in enumerate(layer.heads))
        out.append(Step(heads, layer.residual, number, f"attention{number + 1}"))
    if network is not None:
        part = _network(network, f"{number + 1}", slots)
        out.append(Step((part,), network.residual, number, f"network{number + 1}"))
    return out


def _head(construction: Construction, head: Head, name: str, slots: tuple[Any, ...]) -> HeadModel:
    where = f"of head {name.replace('_', ', number ')}"
    mask = head.mask
    if mask.positions is not None or mask.matrix is not None:
        raise BadInput(f"the mask {where} is {mask.kind}: the Rocq export states masks by token groups")
    if mask.causal and (head.normaliser != "softmax" or mask.keys is None):
        raise BadInput(f"the causal mask {where}: the Rocq export states those of softmax heads that see named groups")
    if head.normaliser not in ("softmax", "linear"):
        raise BadInput(f"the normaliser {where} is {head.normaliser}: the Rocq export states softmax and linear heads")
    tokens = construction.encoder.tokens
    sees = None if mask.keys is None else tuple(tokens.names.index(group) for group in mask.visible(tokens))
    Q = block_weight(head.W_Q, f"W_Q {where}", rows=slots)
    V = block_weight(head.W_V, f"W_V {where}", rows=slots)
    return HeadModel(
        name,
        Q,
        block_weight(head.W_K, f"W_K {where}", rows=slots, cols=Q.cols),
        V,
        block_weight(head.W_O, f"W_O {where}", rows=V.cols, cols=slots),
        sees,
        head.normaliser,
        mask.causal,
    )


def _network(network: FeedForward, name: str, slots: tuple[Any, ...]) -> NetworkModel:
    where = f"of the network of layer {name}"
    if network.b_1 is not None or network.b_2 is not None:
        raise BadInput(f"a bias {where}: the Rocq export states networks without biases")
    W_1 = block_weight(network.W_1, f"W_1 {where}", rows=slots)
    return NetworkModel(
        name,
        W_1,
        block_weight(network.W_2, f"W_2 {where}", rows=W_1.cols, cols=slots),
        _functions(network, W_1.cols, where),
    )


def _functions(network: FeedForward, parts: tuple[Any, ...], where: str) -> tuple[str, ...]:
    """The function of each part of the hidden units: a run of one activation may be cut into several parts."""
    out: list[str] = []
    for function, size in network.activations:
        if function not in (*OPAQUE, ROWS, "identity", "exp"):
            known = ", ".join((*OPAQUE, ROWS))
            raise BadInput(f"the activation {function} {where}: there are {known}, identity and exp")
        covered: Any = 0
        if function == ROWS and not (len(out) < len(parts) and same_size(parts[len(out)], size)):
            raise BadInput(f"the {ROWS} units {where} lie in several parts: a run of them has to be one")
        while not same_size(covered, size) and len(out) < len(parts):
            covered = covered + parts[len(out)]
            out.append(function)
        if not same_size(covered, size):
            raise BadInput(f"the hidden units {where} are cut into {parts}, and their runs are {network.activations}")
    return tuple(out)
