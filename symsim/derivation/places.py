"""Places in the residual stream: what a slot of some token groups holds after a layer, as a side of a claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from symsim.claims.construction import Construction
from symsim.claims.sides import Prepared, Rows
from symsim.domains.protocol import Domain
from symsim.encoder.instantiating import at_size
from symsim.encoder.running import run_layer
from symsim.errors import BadInput, nearest
from symsim.formulas.sizes import as_size


@dataclass(frozen=True)
class Place:
    """The slot ``slot`` of the token groups ``groups`` after layer ``layer`` (counted from 0; -1 is before the first).

    As a side of a claim it is the matrix with the rows of these groups, one below the other. With ``flat`` it is the
    matrix of that shape whose entries stand in row-major order in the first positions, one a token, in a slot of
    width 1.
    """

    construction: Construction
    slot: str
    layer: int
    groups: tuple[str, ...] = ()
    flat: tuple[int, int] | None = None

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns."""
        encoder = self.construction.encoder
        if self.flat is not None:
            return self.flat
        return encoder.tokens.select(self.groups).total, encoder.slots.size(self.slot)

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run the layers up to this one and read the slot."""
        encoder = self.construction.encoder
        state = self.construction.tokens(domain, inputs)
        for layer in encoder.layers[: self.layer + 1]:
            state = run_layer(domain, layer, state, encoder.tokens)
        if self.flat is not None:
            value = self.construction.slot_value(domain, state, self.slot, None, self.flat)
        else:
            value = domain.rows(domain.columns(state, encoder.slots, [self.slot]), encoder.tokens, list(self.groups))

        def result(rows: Rows = None) -> Any:
            return value if rows is None else domain.take(value, rows)

        return result

    def at(self, sizes: Mapping[str, int]) -> Place:
        """The same place of the construction at concrete sizes."""
        return replace(self, construction=self.construction.at(sizes))

    def __str__(self) -> str:
        when = "at the start" if self.layer < 0 else f"after layer {self.layer + 1}"
        if self.flat is not None:
            return f"slot {self.slot} of the first {self.flat[0] * self.flat[1]} positions {when}"
        return f"slot {self.slot} of rows {', '.join(self.groups)} {when}"


@dataclass(frozen=True)
class State:
    """What a step of a derivation looks at: the token matrix of a construction after each layer.

    ``sizes`` are the values of the size symbols of the statement at this construction.
    """

    construction: Construction
    sizes: Mapping[str, Any] = field(default_factory=dict)

    def slot(self, name: str, layer: int, rows: str | tuple[str, ...]) -> Place:
        """The place that slot ``name`` of the token groups ``rows`` is after ``layer``, counted from 0.

        ``rows`` names one group or several: ``"X"``, ``"A, V"``. Raises ``BadInput`` for unknown names and layers.

        >>> from symsim.simulators.universal import universal
        >>> print(State(universal(n=2, d=2)).slot("xa", layer=0, rows="A, V"))
        slot xa of rows A, V after layer 1
        """
        groups = tuple(part.strip() for part in rows.split(",")) if isinstance(rows, str) else tuple(rows)
        place = Place(self.construction, name, self._layer(layer), groups)
        _ = place.shape  # an unknown slot or group is an error here, where its author can see it
        return place

    def flat(self, name: str, layer: int, shape: tuple[Any, Any]) -> Place:
        """The place of a matrix whose entries stand in slot ``name`` of the first positions, row-major, one a token.

        ``shape`` may use the size symbols of the statement. Raises ``BadInput`` where the slot is wider than 1.

        >>> from symsim.simulators import scalars
        >>> print(State(scalars.transposition(2, 3), {"r": 2, "c": 3}).flat("xt", layer=0, shape=("c", "r")))
        slot xt of the first 6 positions after layer 1
        """
        encoder = self.construction.encoder
        if (width := encoder.slots.size(name)) != 1:
            raise BadInput(f"slot {name} is {width} columns wide: a flat place has one number a token")
        rows, cols = (at_size(as_size(size), self.sizes) for size in shape)
        if not (isinstance(rows, int) and isinstance(cols, int) and 1 <= rows * cols <= encoder.tokens.total):
            raise BadInput(f"{rows} x {cols} entries do not stand in {encoder.tokens.total} positions, one a token")
        return Place(self.construction, name, self._layer(layer), flat=(rows, cols))

    def node(self, name: str) -> Place:
        """The place of a node of the dataflow that the construction itself names (see ``Construction.cuts``).

        >>> from symsim.simulators import scalars
        >>> print(State(scalars.universal(2, 2, 2)).node("XA"))
        slot xa of the first 4 positions after layer 1
        """
        cuts = {cut.name: cut for cut in self.construction.cuts}
        if name not in cuts:
            raise BadInput(f"{self.construction.name} has no node '{name}': {nearest(name, list(cuts))}")
        cut = cuts[name]
        if cut.group is None:
            return self.flat(cut.slot, cut.layer, cut.formula.shape)
        return self.slot(cut.slot, cut.layer, cut.group)

    @property
    def last(self) -> int:
        """The number of the last layer, counted from 0."""
        return len(self.construction.encoder.layers) - 1

    def _layer(self, layer: int) -> int:
        layers = self.construction.encoder.layers
        if not -1 <= layer < len(layers):
            raise BadInput(f"there is no layer {layer}: layers count from 0 to {len(layers) - 1}, -1 is the start")
        return layer
