"""Constructions with their claims as JSON: encoder, encoding, read-out and formula, with a schema version and a hash.

What is read back is equal to what was written, and its claim is the same claim: nothing of it was proved by being
stored.
"""

from __future__ import annotations

import json
from typing import Any

from symsim.claims.construction import Construction, Cut, Placement, Readout
from symsim.encoder import stored
from symsim.encoder.weights import same_size
from symsim.errors import BadInput
from symsim.formulas.parsing import parse, parse_size
from symsim.formulas.printing import to_text
from symsim.formulas.sizes import as_size, shape_text, size_text
from symsim.formulas.syntax import Formula

KIND = "construction"
MOST_PARTS = 10_000
"""So many inputs, placements, nodes and notes are read."""


def save(construction: Construction) -> str:
    """The JSON text of a construction whose claim is that it computes a formula.

    Raises ``BadInput`` where it computes something else, and for a claim that states a distance.

    >>> from symsim.simulators import universal
    >>> U = universal(n="n", d="d")
    >>> load(save(U)) == U
    True
    """
    if type(construction) is not Construction or not isinstance(construction.computes, Formula):
        raise BadInput(
            f"{construction.name} cannot be stored: only a claim that it equals a formula can be written down"
        )
    data = {
        "schema_version": stored.SCHEMA_VERSION,
        "kind": KIND,
        "name": construction.name,
        "realisation": construction.realisation,
        "encoder": stored.to_dict(construction.encoder),
        "inputs": [[name, _shape(shape)] for name, shape in construction.inputs],
        "together": [[key, list(names)] for key, names in construction.together],
        "placements": [_placement(placement) for placement in construction.placements],
        "readout": {
            "slot": construction.readout.slot,
            "group": construction.readout.group,
            "shape": _shape(construction.readout.shape),
        },
        "computes": to_text(construction.computes),
        "nodes": [_node(cut) for cut in construction.cuts],
        "notes": list(construction.layer_notes),
    }
    return json.dumps({**data, "hash": stored.content_hash(data)}, sort_keys=True, indent=1) + "\n"


def load(text: str) -> Construction:
    """The construction that :func:`save` wrote.

    Raises ``BadInput`` for torn JSON, another schema, values that are not exact, a formula that cannot be read, and
    content that does not match its hash.
    """
    data = stored.checked(text, KIND)
    try:
        return _read(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"a field of the {KIND} is missing or malformed: {type(error).__name__}: {error}") from None


def _read(data: dict[str, Any]) -> Construction:
    for part in ("inputs", "placements", "nodes", "notes", "together"):
        if len(data[part]) > MOST_PARTS:
            raise BadInput(f"the {KIND} has more than {MOST_PARTS} {part}")
    encoder = stored.from_dict(data["encoder"])
    inputs = tuple((_text(name), _read_shape(shape)) for name, shape in data["inputs"])
    readout = data["readout"]
    shape = _read_shape(readout["shape"])
    names: dict[str, Any] = dict(inputs)
    cuts = []
    for node in data["nodes"]:
        formula = parse(_text(node["formula"]), names, encoder.constants, shape=_read_shape(node["shape"]))
        _fits(formula, _read_shape(node["shape"]))
        cuts.append(
            Cut(_text(node["name"]), int(node["layer"]), _text(node["slot"]), formula, node["group"], node["reason"])
        )
        names[cuts[-1].name] = formula.shape
    computes = parse(_text(data["computes"]), dict(inputs), encoder.constants, shape=shape)
    _fits(computes, shape)
    return Construction(
        name=_text(data["name"]),
        encoder=encoder,
        inputs=inputs,
        placements=tuple(_read_placement(placement) for placement in data["placements"]),
        readout=Readout(_text(readout["slot"]), shape, readout["group"]),
        computes=computes,
        cuts=tuple(cuts),
        together=tuple((_text(key), tuple(map(_text, names))) for key, names in data["together"]),
        realisation=_text(data["realisation"]),
        layer_notes=tuple(map(_text, data["notes"])),
    )


def _fits(formula: Formula, shape: tuple[Any, Any]) -> None:
    if not all(same_size(a, b) for a, b in zip(formula.shape, shape, strict=True)):
        raise BadInput(f"{formula} is {shape_text(formula.shape)}, and its place has the shape {shape_text(shape)}")


def _shape(shape: tuple[Any, Any]) -> list[Any]:
    return [size if isinstance(size, int) else size_text(as_size(size)) for size in shape]


def _read_shape(shape: Any) -> tuple[Any, Any]:
    rows, cols = (parse_size(size) if isinstance(size, str) else as_size(size) for size in shape)
    return rows, cols


def _placement(placement: Placement) -> dict[str, Any]:
    matrix = None if placement.matrix is None else stored.weight_data(placement.matrix)
    return {
        "group": placement.group,
        "slot": placement.slot,
        "what": placement.what,
        "name": placement.name,
        "matrix": matrix,
    }


def _read_placement(data: Any) -> Placement:
    matrix = None if data["matrix"] is None else stored.read_weight(data["matrix"])
    return Placement(_text(data["group"]), _text(data["slot"]), _text(data["what"]), _text(data["name"]), matrix)


def _node(cut: Cut) -> dict[str, Any]:
    return {
        "name": cut.name,
        "layer": cut.layer,
        "slot": cut.slot,
        "formula": to_text(cut.formula),
        "shape": _shape(cut.formula.shape),
        "group": cut.group,
        "reason": cut.reason,
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise BadInput(f"{value!r} is no text")
    return value
