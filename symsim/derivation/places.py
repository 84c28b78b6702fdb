"""Places in the residual stream: what a slot of some token groups holds after a layer, as a side of a claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from symsim.claims.construction import Construction
from symsim.claims.sides import Prepared, Rows
from symsim.domains.protocol import Domain
from symsim.encoder.running import run_layer
from symsim.errors import BadInput


@dataclass(frozen=True)
class Place:
    """The slot ``slot`` of the token groups ``groups`` after layer ``layer`` (counted from 0; -1 is before the first).

    As a side of a claim it is the matrix with the rows of these groups, one below the other.
    """

    construction: Construction
    slot: str
    layer: int
    groups: tuple[str, ...]

    @property
    def shape(self) -> tuple[Any, Any]:
        """Rows and columns."""
        encoder = self.construction.encoder
        return encoder.tokens.select(self.groups).total, encoder.slots.size(self.slot)

    def prepare(self, domain: Domain[Any], inputs: Mapping[str, Any], scalars: Mapping[str, Any]) -> Prepared:
        """Run the layers up to this one and read the slot."""
        encoder = self.construction.encoder
        state = self.construction.tokens(domain, inputs)
        for layer in encoder.layers[: self.layer + 1]:
            state = run_layer(domain, layer, state, encoder.tokens)
        column = domain.columns(state, encoder.slots, [self.slot])
        value = domain.rows(column, encoder.tokens, list(self.groups))

        def result(rows: Rows = None) -> Any:
            return value if rows is None else domain.take(value, rows)

        return result

    def at(self, sizes: Mapping[str, int]) -> Place:
        """The same place of the construction at concrete sizes."""
        return replace(self, construction=self.construction.at(sizes))

    def __str__(self) -> str:
        when = "at the start" if self.layer < 0 else f"after layer {self.layer + 1}"
        return f"slot {self.slot} of rows {', '.join(self.groups)} {when}"


@dataclass(frozen=True)
class State:
    """What a step of a derivation looks at: the token matrix of a construction after each layer."""

    construction: Construction

    def slot(self, name: str, layer: int, rows: str | tuple[str, ...]) -> Place:
        """The place that slot ``name`` of the token groups ``rows`` is after ``layer``, counted from 0.

        ``rows`` names one group or several: ``"X"``, ``"A, V"``. Raises ``BadInput`` for unknown names and layers.

        >>> from symsim.simulators.universal import universal
        >>> print(State(universal(n=2, d=2)).slot("xa", layer=0, rows="A, V"))
        slot xa of rows A, V after layer 1
        """
        encoder = self.construction.encoder
        groups = tuple(part.strip() for part in rows.split(",")) if isinstance(rows, str) else tuple(rows)
        if not -1 <= layer < len(encoder.layers):
            raise BadInput(
                f"there is no layer {layer}: layers count from 0 to {len(encoder.layers) - 1}, -1 is the start"
            )
        place = Place(self.construction, name, layer, groups)
        _ = place.shape  # an unknown slot or group is an error here, where its author can see it
        return place
