"""A construction: how inputs become tokens, the encoder, how the result is read, and what it is claimed to compute."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy

from symsim.claims.claim import Claim
from symsim.claims.sides import Prepared, Rows
from symsim.domains.protocol import Domain
from symsim.encoder.cost import Cost, cost
from symsim.encoder.instantiating import at_size, encoder_at
from symsim.encoder.layers import Encoder
from symsim.encoder.machine import Machine, machine
from symsim.encoder.running import layer_rows, run_layer
from symsim.encoder.weights import as_weight, undeclared
from symsim.errors import BadInput, nearest
from symsim.formulas.substitution import substitute_sizes
from symsim.formulas.syntax import Formula

KINDS = ("input", "flat", "identity", "ones", "constant")
"""What a slot may hold at the start."""


@dataclass(frozen=True)
class Placement:
    """What one slot of one token group holds at the start.

    ``what``: ``input`` (the input called ``name``, row by row), ``flat`` (its entries in row-major order, one a token),
    ``identity``, ``ones``, or ``constant`` (the matrix ``matrix`` of rationals). Raises ``BadInput`` for others: a
    constant with symbols could carry results of a computation into the tokens.
    """

    group: str
    slot: str
    what: str
    name: str = ""
    matrix: Any = None

    def __post_init__(self) -> None:
        where = f"what slot {self.slot} of {self.group} holds"
        if self.what not in KINDS:
            raise BadInput(f"{where}: unknown kind '{self.what}': {nearest(self.what, KINDS)}")
        if self.what == "constant":
            object.__setattr__(self, "matrix", as_weight(self.matrix, where))
            if loose := sorted(undeclared(self.matrix, ())):
                raise BadInput(f"{where} is no constant: it has the symbol '{loose[0]}'")


@dataclass(frozen=True)
class Readout:
    """Where the result stands at the end: ``slot`` of the token group ``group``.

    With ``group`` None it stands in the first rows x cols positions, row-major.
    """

    slot: str
    shape: tuple[Any, Any]
    group: str | None = None


@dataclass(frozen=True)
class Cut:
    """A node of the dataflow that has a counterpart in the specification.

    After ``layer`` (counted from 0; the state after it) the slot holds ``formula``, which may use the inputs and the
    names of earlier cuts. ``group`` None reads the first rows x cols positions in row-major order.
    """

    name: str
    layer: int
    slot: str
    formula: Formula
    group: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Construction:
    """An encoder with its fixed encoding and read-out, and the formula that it is claimed to compute.

    ``computes`` may also be another side of a claim, such as a program.
    ``inputs`` are the names and shapes in order. ``together`` groups input names under one keyword, as ``W_Q`` for
    ``W_Q1, W_Q2``. ``cuts`` are in the order of the layers, each with a name of its own. ``layer_notes`` says for
    each layer why it does what it does. Calling the object encodes, runs and decodes.
    """

    name: str
    encoder: Encoder
    inputs: tuple[tuple[str, tuple[Any, Any]], ...]
    placements: tuple[Placement, ...]
    readout: Readout
    computes: Any
    cuts: tuple[Cut, ...] = ()
    together: tuple[tuple[str, tuple[str, ...]], ...] = ()
    realisation: str = ""
    layer_notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.inputs] + [cut.name for cut in self.cuts]
        for name in names:
            if names.count(name) > 1:  # the proof of a later cut would take one value for the other
                raise BadInput(f"'{name}' names two inputs or cuts of one construction: use two names")
        places = [(placement.group, placement.slot) for placement in self.placements]
        for group, slot in places:
            if places.count((group, slot)) > 1:
                raise BadInput(f"slot {slot} of {group} is filled twice")

    # -- as a side of a claim -------------------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns of the result."""
        return self.readout.shape

    @property
    def fixed(self) -> bool:
        """Whether all sizes are integers."""
        return self.encoder.fixed

    def tokens(self, domain: Domain[Any], inputs: Mapping[str, Any]) -> Any:
        """The token matrix at the start, over a number system."""
        grid = {(p.group, p.slot): self._placed(domain, p, inputs) for p in self.placements}
        return domain.assemble(grid, self.encoder.tokens, self.encoder.slots)

    def _placed(self, domain: Domain[Any], placement: Placement, inputs: Mapping[str, Any]) -> Any:
        height, width = self.encoder.tokens.size(placement.group), self.encoder.slots.size(placement.slot)
        if placement.what == "input":
            return inputs[placement.name]
        if placement.what == "flat":
            return domain.flatten(inputs[placement.name])
        if placement.what == "identity":
            return domain.identity(height)
        return domain.ones(height, width) if placement.what == "ones" else domain.constant(placement.matrix)

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run all layers but the last; the last one runs on the positions that are asked for."""
        state = self.tokens(domain, inputs)
        layers, tokens = self.encoder.layers, self.encoder.tokens
        for layer in layers[:-1]:
            state = run_layer(domain, layer, state, tokens)
        last = layer_rows(domain, layers[-1], state, tokens) if layers and domain.flat else partial(domain.take, state)

        def result(rows: Rows = None) -> Any:
            if not domain.flat:
                return self.read(domain, run_layer(domain, layers[-1], state, tokens) if layers else state)
            column = domain.columns(last(self.places(rows)), self.encoder.slots, [self.readout.slot])
            return self._shaped(domain, column, rows)

        return result

    def places(self, rows: Rows = None, group: str | None = None, shape: tuple[int, int] | None = None) -> list[int]:
        """The absolute positions that hold these rows of the result (fixed sizes)."""
        height, width = shape or self.readout.shape
        wanted = range(height) if rows is None else rows
        group = self.readout.group if shape is None else group
        if group is None:
            return [i * width + j for i in wanted for j in range(width)]
        start = self.encoder.tokens.span(group)[0]
        return [start + i for i in wanted]

    def read(self, domain: Domain[Any], state: Any) -> Any:
        """The result in a token matrix."""
        return self.slot_value(domain, state, self.readout.slot, self.readout.group, self.readout.shape)

    def slot_value(self, domain: Domain[Any], state: Any, slot: str, group: str | None, shape: tuple[Any, Any]) -> Any:
        """The matrix of that shape that a slot holds."""
        column = domain.columns(state, self.encoder.slots, [slot])
        if group is not None:
            return domain.rows(column, self.encoder.tokens, [group])
        return domain.unflatten(domain.take(column, range(shape[0] * shape[1])), *shape)

    def _shaped(self, domain: Domain[Any], column: Any, rows: Rows) -> Any:
        if self.readout.group is not None:
            return column
        height, width = self.readout.shape
        return domain.unflatten(column, height if rows is None else len(rows), width)

    def at(self, sizes: Mapping[str, int]) -> Construction:
        """The same construction at concrete sizes, weights written out."""
        if self.fixed:
            return self
        def shape(pair: tuple[Any, Any]) -> tuple[Any, Any]:
            return at_size(pair[0], sizes), at_size(pair[1], sizes)

        return replace(
            self,
            encoder=encoder_at(self.encoder, sizes),
            inputs=tuple((name, shape(pair)) for name, pair in self.inputs),
            readout=replace(self.readout, shape=shape(self.readout.shape)),
            computes=substitute_sizes(self.computes, sizes),
            cuts=tuple(replace(cut, formula=substitute_sizes(cut.formula, sizes)) for cut in self.cuts),
        )

    # -- for users ------------------------------------------------------------------------------------------------
    @property
    def claim(self) -> Claim:
        """That decoding the encoder's output gives ``computes``, for all real inputs."""
        return Claim(
            name=self.name,
            left=self,
            right=self.computes,
            inputs=self.inputs,
            scalars=self.encoder.constants,
            machine=self.machine,
            cost=self.cost,
        )

    @cached_property
    def machine(self) -> Machine:
        """The machine model, read off the encoder and the placements."""
        coded = [p.slot for p in self.placements if p.what in ("identity", "constant")]
        slots = ", ".join(dict.fromkeys(coded))
        return machine(self.encoder, f"one-hot row numbers in slot {slots}" if slots else "none")

    @cached_property
    def cost(self) -> Cost:
        """Layers, heads, width, positions, units and parameters, counted on the encoder."""
        return cost(self.encoder)

    def encode(self, **inputs: Any) -> Any:
        """The token matrix of the inputs: a sympy matrix, or a numpy array where an input is a numpy float array."""
        domain, values = self.given(inputs)
        return _out(domain, self.tokens(domain, values))

    def __call__(self, **inputs: Any) -> Any:
        """Encode, run, decode: a sympy matrix, or a numpy array where an input is a numpy float array."""
        domain, values = self.given(inputs)
        return _out(domain, self.prepare(domain, values, {})(None))

    def given(self, inputs: Mapping[str, Any]) -> tuple[Domain[Any], dict[str, Any]]:
        """The number system that the inputs ask for, and the inputs in it; ``BadInput`` for wrong shapes or names."""
        if not self.fixed:
            raise BadInput("the sizes are symbols: build the construction at fixed sizes to run it on matrices")
        flat = self.named(inputs)
        domain = _domain_for(flat.values())
        values = {}
        for name, shape in self.inputs:
            try:
                values[name] = domain.given(flat[name], *shape)
            except BadInput as problem:
                raise BadInput(f"{name}: {problem}") from None
        return domain, values

    def named(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs one by one by their own names, where keywords such as ``W_Q`` stand for several."""
        groups = dict(self.together)
        flat: dict[str, Any] = {}
        for key, value in inputs.items():
            if key in groups:
                flat.update(zip(groups[key], _split(key, value, groups[key], dict(self.inputs)), strict=True))
            else:
                flat[key] = value
        known = [name for name, _ in self.inputs]
        for name in flat:
            if name not in known:
                raise BadInput(f"there is no input '{name}': {nearest(name, [*known, *groups])}")
        missing = [name for name in known if name not in flat]
        if missing:
            raise BadInput(f"missing inputs: {', '.join(missing)}")
        return flat

    def to_json(self) -> str:
        """Encoder, encoding, read-out and claim as JSON, which ``symsim referee`` reads."""
        from symsim.claims.stored_constructions import save

        return save(self)

    def with_encoder(self, encoder: Encoder) -> Construction:
        """The same claim about another encoder: how faults are planted."""
        return replace(self, encoder=encoder)

    def change(self, layer: int, head: int | None = None, **parts: Any) -> Construction:
        """The construction with parts of one layer or head of its encoder replaced; indices count from 0."""
        return self.with_encoder(self.encoder.change(layer, head, **parts))


def _split(key: str, value: Any, names: tuple[str, ...], shapes: Mapping[str, tuple[Any, Any]]) -> list[Any]:
    """A list of matrices, one a name; or one matrix cut by rows into them."""
    if isinstance(value, (list, tuple)) and [_rows(v) for v in value] == [shapes[name][0] for name in names]:
        return list(value)
    total = sum(shapes[name][0] for name in names)
    if _rows(value) != total:
        raise BadInput(f"{key} takes a list of {len(names)} matrices, or one matrix of {total} rows")
    out, start = [], 0
    for name in names:
        stop = start + shapes[name][0]
        out.append(value[start:stop, :] if hasattr(value, "shape") else value[start:stop])
        start = stop
    return out


def _rows(value: Any) -> int | None:
    if hasattr(value, "shape") and len(value.shape) == 2:
        return int(value.shape[0])
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], (list, tuple)):
        return len(value)
    return None


def _domain_for(values: Iterable[Any]) -> Domain[Any]:
    """Arrays where an input is a numpy array of floats, else the exact field."""
    if any(isinstance(v, numpy.ndarray | numpy.generic) and v.dtype.kind == "f" for v in values):
        from symsim.domains.arrays import Arrays

        return Arrays()
    from symsim.domains.exact import Exact

    return Exact()


def _out(domain: Domain[Any], value: Any) -> Any:
    to_sympy = getattr(domain, "to_sympy", None)
    return to_sympy(value) if to_sympy else value
